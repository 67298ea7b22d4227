"""Check the catalogues of messages against the code: `python -m local.messages`.

It refuses a message that is missing, untranslated,
fuzzy or unused in any language, and placeholders that differ between languages.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import get_args

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tribe_yuki.connections.settings import Location
from tribe_yuki.console.decide import OUTCOMES
from tribe_yuki.console.pages import TEMPLATES
from tribe_yuki.console.roles import Action, Role
from tribe_yuki.console.routes import MESSAGES
from tribe_yuki.contacts.fields.table import FIELDS
from tribe_yuki.contacts.link import LinkState, Side
from tribe_yuki.contacts.merge.warnings import WarningCode
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.details import DetailCode, Right, Wanted
from tribe_yuki.core.holds import HoldReason, Owner, Release
from tribe_yuki.core.texts import DOMAIN, LOCALE, NOTATIONS
from tribe_yuki.invoices.details import (
    BookedValue,
    EditedAmount,
    EditedValue,
    InvoiceField,
    Total,
    TribeDay,
    TribeNumber,
)
from tribe_yuki.invoices.moves import Verification
from tribe_yuki.invoices.reconcile.findings import Ending
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.explain import CONTACT_HOLDS
from tribe_yuki.people.open_item import KINDS
from tribe_yuki.people.story_entries import STORIES, Actor

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "en"
# What the command prints by itself is no message of the catalogue.
_MESSAGE = re.compile(r"[a-z]+(?:\.[\w./]+)?")
# What a template puts together ends with a full stop, and belongs to a family.
_SAID_IN_TEMPLATES = re.compile(r"(?:say|count)\(\"([\w.-]*\w)\"")


def _words(*vocabularies: object) -> set[str]:
    """Return the words of vocabularies that are types."""
    return {word for vocabulary in vocabularies for word in get_args(getattr(vocabulary, "__value__", vocabulary))}


# The messages whose ids the code puts together, by the parts that vary.
FAMILIES: Mapping[str, Iterable[str]] = {
    "hold": HoldReason,
    "contact": CONTACT_HOLDS,
    "open.*.title": KINDS,
    "open.*.to_do": KINDS,
    "reconciliation": Ending,
    "released": Release,
    "after": Release,
    "detail": DetailCode,
    "total": _words(Total),
    "value": _words(BookedValue, EditedAmount, EditedValue, TribeDay, TribeNumber) | {"payment_term"},
    "wanted": _words(Wanted),
    "right": _words(Right),
    "location": Location,
    "kind": ContactKind,
    "field": {entry.name for entries in FIELDS.values() for entry in entries} | _words(InvoiceField),
    "warning": WarningCode,
    "verification": Verification,
    "side": Side,
    "actor": Actor,
    "owner": Owner,
    "transfer": State,
    "link": LinkState,
    "console.action": Action,
    "console.means": Action,
    "console.did": Action,
    "console.outcome": OUTCOMES,
    "console.role": Role,
    **{f"console.message.*.{part}": MESSAGES for part in ("title", "what", "then")},
    "story": {
        ".".join((*key, *more)) for key, story in STORIES.items() for more in ((), *((fact,) for fact in story.more))
    },
}
# The families whose codes are written somewhere in the package: a state that needs a next step, an error, a task.
OF_CODES = ("cause", "element", "field", "given", "label", "named", "next", "reported", "task", "way")


def read(language: str) -> Catalog:
    """Return the catalogue of a language."""
    with _source(language).open(encoding="utf-8") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def faults() -> Iterator[str]:
    """Yield what is wrong with the catalogues."""
    reference = _messages(REFERENCE)
    needed, codes = set(_needed()), set(_constants())
    for language in NOTATIONS:
        messages = _messages(language)
        yield from (f"{language}: {message} is missing" for message in sorted(needed - set(messages)))
        for message, texts in messages.items():
            is_code = message.partition(".")[0] in OF_CODES and message.partition(".")[2] in codes
            if message not in needed and not is_code:
                yield f"{language}: {message} is used nowhere"
            if not all(texts):
                yield f"{language}: {message} is not translated"
            wanted = reference.get(message, texts)
            if {_placeholders(text) for text in texts} != {_placeholders(text) for text in wanted}:
                yield f"{language}: {message} has other placeholders than in {REFERENCE}"
        yield from (f"{language}: {message.id} is fuzzy" for message in read(language) if message.id and message.fuzzy)


def _source(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _messages(language: str) -> dict[str, tuple[str, ...]]:
    """Return the texts of each message: one, or one for each plural form."""
    texts = {}
    for message in read(language):
        if message.id:
            name = message.id if isinstance(message.id, str) else message.id[0]
            texts[name] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
    return texts


def _needed() -> Iterator[str]:
    """Yield the ids of all messages that the code is known to say."""
    for family, codes in FAMILIES.items():
        yield from (family.replace("*", code) if "*" in family else f"{family}.{code}" for code in codes)
    for call in _calls():
        choices = (call.body, call.orelse) if isinstance(call, ast.IfExp) else (call,)
        named = (str(choice.value) for choice in choices if isinstance(choice, ast.Constant))
        yield from (name for name in named if _MESSAGE.fullmatch(name))
    for template in sorted(TEMPLATES.glob("*.html")):
        yield from _SAID_IN_TEMPLATES.findall(template.read_text(encoding="utf-8"))


def _calls() -> Iterator[ast.expr]:
    """Yield the first argument of every call that says a message."""
    for tree in _trees():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="say" | "count"), args=[message, *_]):
                    yield message


def _constants() -> Iterator[str]:
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _trees() -> Iterator[ast.Module]:
    for folder in (LOCALE.parent, ROOT / "cli", ROOT / "local"):
        for path in sorted(folder.rglob("*.py")):
            yield ast.parse(path.read_text(encoding="utf-8"))


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def main() -> int:
    """Say what is wrong."""
    found = list(faults())
    print("\n".join(found) if found else "Every message is there, in every language, and used.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
