"""Seeds with a few of Yuki's contacts, for tests that open a world many times."""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

from simulators.yuki import DEFAULT_SEED


def yuki_seed(folder: Path, codes_or_names: Collection[str]) -> Path:
    """Copy Yuki's seed with only the contacts that have one of these codes or names; return where it is."""
    seed = folder / "yuki"
    shutil.copytree(DEFAULT_SEED, seed)
    contacts = json.loads((seed / "contacts.json").read_text(encoding="utf-8"))
    kept = [one for one in contacts if {one.get("Code"), one["Name"].strip()} & set(codes_or_names)]
    (seed / "contacts.json").write_text(json.dumps(kept), encoding="utf-8")
    books = json.loads((seed / "books.json").read_text(encoding="utf-8"))
    ids = {one["ID"] for one in kept}
    books["invoices"] = [one for one in books["invoices"] if one.get("contact_id", one.get("ContactID")) in ids]
    (seed / "books.json").write_text(json.dumps(books), encoding="utf-8")
    return seed
