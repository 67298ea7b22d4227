"""What each setting may be, in plain words, taken from the settings themselves."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import ValidationError

from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.settings import ConnectionSettings

# Made by `connect` and `activate`, never chosen; or, for the VAT mapping, chosen row by row.
NOT_CHOSEN = frozenset(
    {
        "yuki_region",
        "yuki_domain_id",
        "yuki_administration_id",
        "yuki_administration_name",
        "administrations_in_domain",
        "country",
        "tribe_organisation_id",
        "activated_at",
    }
)
VAT_RULES = "vat_rules"
_FORMATS: Mapping[str, str] = {
    "date": "a date such as 2026-01-31",
    "date-time": "yes, no, or an instant such as 2026-01-31T09:00:00Z",
}
_TYPES: Mapping[str, str] = {"boolean": "yes or no", "array": "values separated by commas", "string": "a text"}

type Schema = Mapping[str, Any]


@cache
def choices() -> Mapping[str, Schema]:
    """Return every setting that can be chosen, with its JSON schema; a dot leads to a part of a setting."""
    whole = ConnectionSettings.model_json_schema(mode="validation")
    found: dict[str, Schema] = {}
    for name, schema in whole["properties"].items():
        if name in NOT_CHOSEN or name == VAT_RULES:
            continue
        resolved = _resolved(schema, whole)
        if "properties" in resolved:
            parts = resolved["properties"].items()
            found |= {f"{name}.{part}": _resolved(inner, whole) for part, inner in parts}
        else:
            found[name] = resolved
    return found


def _resolved(schema: Schema, whole: Schema) -> Schema:
    reference = schema.get("$ref")
    return whole["$defs"][reference.rpartition("/")[2]] if reference else schema


def allowed(name: str) -> str:
    """Return what a setting may be, such as `a whole number from 5 to 240`."""
    schema = choices().get(name)
    return _words(schema) if schema is not None else "another value"


def is_list(name: str) -> bool:
    """Whether a setting holds several values."""
    return choices()[name].get("type") == "array"


def may_be_none(name: str) -> bool:
    """Whether a setting may be left out."""
    return any(choice.get("type") == "null" for choice in choices()[name].get("anyOf", ()))


def _words(schema: Schema) -> str:
    if "anyOf" in schema:
        named = [_words(choice) for choice in schema["anyOf"] if choice.get("type") != "null"]
        return ", or ".join([*named, "none"])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if schema.get("type") == "integer":
        return _number(schema)
    return _FORMATS.get(schema.get("format", ""), _TYPES.get(schema.get("type", ""), "another value"))


def _number(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return "a whole number"
    return f"a whole number from {low} to {high}" if high is not None else f"a whole number of {low} or more"


_GONE: Mapping[str, str] = {
    "totals.tolerance_cents": "a difference of cents goes into a line of its own, so that totals are always equal",
}


def check_known(name: str) -> None:
    """Raise Declined for what is no setting, or cannot be chosen."""
    if name in choices():
        return
    if name == VAT_RULES:
        raise Declined("setting_elsewhere", "the VAT mapping is set with `tribe-yuki settings vat`")
    if name in NOT_CHOSEN:
        raise Declined("setting_fixed", f"{name} is what Yuki and the activation say; it cannot be set")
    if name in _GONE:
        raise Declined("setting_gone", f"{name} is no setting any more: {_GONE[name]}")
    near = get_close_matches(name, choices(), n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "`tribe-yuki settings` lists them"
    raise Declined("setting_unknown", f"there is no setting {name}; {hint}")


def declined(error: ValidationError) -> Declined:
    """Return what is wrong with settings, a sentence for each."""
    return Declined("setting_not_allowed", "; ".join(dict.fromkeys(_sentence(dict(fault)) for fault in error.errors())))


def _sentence(fault: Mapping[str, Any]) -> str:
    place = [str(part) for part in fault["loc"]]
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "extra_forbidden":
        return f"there is no setting {'.'.join(place)}"
    if place[:1] == [VAT_RULES]:
        return f"the VAT mapping is wrong at {' '.join(place[1:])}: {fault['msg'].lower()}"
    name = next((name for name in (".".join(place[:2]), place[0]) if name in choices()), place[0])
    return f"{name} cannot be {fault['input']}; give {allowed(name)}"
