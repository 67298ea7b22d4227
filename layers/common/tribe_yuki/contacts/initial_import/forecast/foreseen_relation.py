"""A relation as Tribe will show it once the import has created or changed it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from tribe_yuki.contacts.fields.addresses import AddressSource
from tribe_yuki.contacts.merge.after_write import relation_after
from tribe_yuki.contacts.merge.tribe_values import TribeValues
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeRelation, TribeRole
from tribe_yuki.contacts.new_relation import NewRelation

_NUMBER = re.compile(r"(?P<prefix>\D*)(?P<digits>\d+)")
_NAME_PARTS = ("first_name", "middle_name", "last_name")


def foreseen_relation(
    new: NewRelation, relations: Iterable[TribeRelation], now: datetime, *, with_number: bool
) -> TribeRelation:
    """Return a relation that is to be created, under made-up ids.

    A customer without a number gets the next one after those of `relations`, if Tribe gives out numbers.
    """
    addresses = {
        AddressSource(name): replace(address, tribe_address_id=_made_up_id(f"{new.import_id}#{name}"))
        for name, address in new.addresses.items()
    }
    empty = TribeRelation(
        _made_up_id(new.import_id),
        new.kind,
        name=_full_name(new.values),
        import_id=new.import_id,
        roles=tuple(TribeRole(_made_up_id(f"{new.import_id}#{role}"), role) for role in new.roles),
        modified_at=now,
    )
    relation = relation_after(empty, TribeValues(new.values, addresses))
    if with_number and relation.debtor_number is None and relation.has_role(RoleKind.CUSTOMER):
        return replace(relation, debtor_number=_next_number(relations))
    return relation


def updated_relation(relation: TribeRelation, written: TribeValues, now: datetime) -> TribeRelation:
    """Return a relation after an update; Tribe computes the name of a person."""
    after = replace(relation_after(relation, written), modified_at=now)
    if after.kind is ContactKind.ORGANISATION:
        return after
    parts = {"first_name": after.first_name, "middle_name": after.middle_name, "last_name": after.last_name}
    return replace(after, name=_full_name({part: value for part, value in parts.items() if value}))


def _full_name(values: Mapping[str, str]) -> str:
    return values.get("name") or " ".join(values[part] for part in _NAME_PARTS if values.get(part))


def _next_number(relations: Iterable[TribeRelation]) -> str:
    """Return the number that follows the highest of the series that most relations have."""
    numbers = [match for relation in relations if (match := _NUMBER.fullmatch(relation.debtor_number or ""))]
    if not numbers:
        return "1"
    prefix = Counter(match["prefix"] for match in numbers).most_common(1)[0][0]
    series = [match for match in numbers if match["prefix"] in ("", prefix)]
    highest = max(series, key=lambda match: int(match["digits"]))
    return f"{prefix}{int(highest['digits']) + 1:0{len(highest['digits'])}}"


def _made_up_id(text: str) -> str:
    return str(uuid5(NAMESPACE_URL, text))
