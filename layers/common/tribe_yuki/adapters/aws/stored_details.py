"""Details as records and the journal store them: as one text, such as `account_missing?line=2`."""

from collections.abc import Mapping

from tribe_yuki.adapters.aws.dynamodb import Item
from tribe_yuki.adapters.aws.former_details import former_details
from tribe_yuki.core.details import Detail, DetailCode, Details, from_text, to_text
from tribe_yuki.core.journal import Fact

# The facts of journal entries that are details.
_FACTS = frozenset({"changed", "detail", "difference"})


def read_details(stored: str) -> Details:
    """Return the details that a text holds, of this or an earlier version."""
    if not stored:
        return ()
    details = from_text(stored)
    return former_details(stored) if details is None else details


def with_stored_details(dumped: Item) -> Item:
    """Return a dumped record with the stored form of all `details`, its own and those of its parts, as `detail`."""
    stored = {name: _dumped(value) for name, value in dumped.items() if name != "details"}
    if "details" in dumped:
        details = tuple(Detail(DetailCode(detail["code"]), detail["values"]) for detail in dumped["details"])
        stored["detail"] = to_text(details)
    return stored


def with_read_details(item: Item) -> Item:
    """Return an item as it was dumped, to be validated."""
    read = {name: _stored(value) for name, value in item.items() if name != "detail"}
    return read | ({"details": read_details(item["detail"])} if "detail" in item else {})


def stored_facts(facts: Mapping[str, Fact]) -> dict[str, str | int | bool]:
    """Return the facts of a journal entry as they are stored."""
    plain = {name: to_text(value) if isinstance(value, tuple) else value for name, value in facts.items()}
    return {name: value for name, value in plain.items() if value is not None}


def read_facts(facts: Mapping[str, str | int | bool]) -> dict[str, Fact]:
    """Return the facts of a stored journal entry."""
    return {
        name: read_details(value) if name in _FACTS and isinstance(value, str) else value
        for name, value in facts.items()
    }


def _dumped(value: object) -> object:
    if isinstance(value, list):
        return [_dumped(part) for part in value]
    return with_stored_details(value) if isinstance(value, dict) else value


def _stored(value: object) -> object:
    if isinstance(value, list):
        return [_stored(part) for part in value]
    return with_read_details(value) if isinstance(value, dict) else value
