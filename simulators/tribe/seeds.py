"""Reading the seed data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulators.tribe.model import TYPES, dotted
from simulators.tribe.store import Store
from simulators.tribe.writer import Writer

_CREATED, _CHANGED = "2026-01-12T08:30:00Z", "2026-03-04T09:15:22Z"
type Planned = dict[str, Mapping[str, Any]]


def load(seed_dir: Path, store: Store, writer: Writer) -> Planned:
    """Fill a store from a seed folder and return what Send assigns to each invoice, by id."""
    if not seed_dir.is_dir():
        raise ValueError(f"there is no seed folder {seed_dir}")
    for path in sorted((seed_dir / "entities").glob("*.json")):
        if dotted(path.stem) not in TYPES:
            raise ValueError(f"{path.name}: there is no entity set {path.stem}")
        for row in json.loads(path.read_text("utf-8")):
            writer.create(dotted(path.stem), row, is_forced=True, is_seed=True)
    planned: Planned = {}
    for path in sorted((seed_dir / "invoices").glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        invoice = dict(content["invoice"])
        if not invoice.get("Phase"):
            invoice["Phase"] = {"ID": _draft_phase(store)}
        record = writer.create("Activity.Invoice", invoice, is_forced=True, is_seed=True)
        planned[record.id] = dict(content.get("send") or {})
    writer.adopt_addresses()
    for invoice_record in store.by_set["Activity_Invoice"].values():
        writer.settle(invoice_record)
    for record in store.by_id.values():
        for name, instant in (("CreationDate", _CREATED), ("LastMutationDate", _CHANGED)):
            store.put(record, name, record.values.get(name, instant))
    store.forget_changes()
    return planned


def _draft_phase(store: Store) -> str:
    phases = store.by_set["Datastore_Phase_ActivityInvoice"].values()
    draft = next((phase.id for phase in phases if phase.values.get("Code") == "Draft"), None)
    if draft is None:
        raise ValueError("Datastore_Phase_ActivityInvoice.json holds no phase with the code Draft")
    return draft
