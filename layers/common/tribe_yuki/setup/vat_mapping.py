"""The VAT mapping of a connection: which Yuki code a VAT group of Tribe means, by place (design 6.5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import ValidationError

from tribe_yuki.admin.access import books_of, open_tribe
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import ConnectionSettings, Location, Supply, VatRule
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.invoices.document.vat import find_rule
from tribe_yuki.invoices.model import TribeVatGroup
from tribe_yuki.setup.change_settings import SettingsChanged, check_percentages, save_settings, validated

ANY = "any"
# Rates of the own country (yuki-api 4.5), which a percentage alone can mean, and the customers who pay them.
OWN_RATES = frozenset({1, 2, 21})
PAY_OWN_RATES = frozenset({Location.DOMESTIC, Location.EU_WITHOUT_VAT})

type RowState = Literal["mapped", "proposed", "open"]


@dataclass(frozen=True, slots=True)
class VatRow:
    """One VAT group at one place: the code it means, the code that is proposed, or none yet."""

    vat_group: str
    name: str
    percentage: str
    location: str
    supply: str
    state: RowState
    vat_type: int | None
    vat_percentage: str
    yuki_code: str


@dataclass(frozen=True, slots=True)
class VatMappingShown:
    """The VAT mapping of a connection, and the codes that Yuki offers today."""

    connection: str
    rows: tuple[VatRow, ...]
    yuki_codes: tuple[str, ...]
    next_steps: tuple[str, ...]


def show_vat_mapping(operator: Operator, connection_id: str) -> VatMappingShown:
    """Return all VAT groups of Tribe at all places. A percentage above zero may be proposed, 0 % never."""
    record = operator.record(connection_id)
    with open_tribe(operator, record) as tribe:
        groups = tribe.vat_groups()
    codes = _valid_codes(operator, books_of(operator, record).vat_codes)
    rows = tuple(row for group in groups for row in _rows_of(group, record.settings, codes))
    return VatMappingShown(
        connection_id,
        rows,
        tuple(f"{code.type} {_percent(code.percentage)} {code.description}" for code in codes),
        tuple(_next_steps(rows)),
    )


def accept_proposals(operator: Operator, connection_id: str, why: str = "") -> SettingsChanged:
    """Store every proposed row."""
    record = operator.record(connection_id)
    shown = show_vat_mapping(operator, connection_id)
    proposed = [
        {"vat_group": row.vat_group, "location": row.location, "vat_type": row.vat_type, "percentage": row.percentage}
        for row in shown.rows
        if row.state == "proposed"
    ]
    rules = [*(rule.model_dump() for rule in record.settings.vat_rules), *proposed]
    return save_settings(operator, record, validated(record.settings.model_dump() | {"vat_rules": rules}), why)


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which row of the mapping: a VAT group by its code, a place or `any`, and perhaps what is sold."""

    vat_group: str
    location: str = ANY
    supply: str | None = None


def set_row(
    operator: Operator,
    connection_id: str,
    key: RowKey,
    vat_type: int,
    percentage: str,
    *,
    description: str | None = None,
    why: str = "",
) -> SettingsChanged:
    """Store one row in place of the row that was there.

    Raises Declined for a group or code that does not exist, and for a code of another percentage than the group's.
    """
    record = operator.record(connection_id)
    with open_tribe(operator, record) as tribe:
        groups = tribe.vat_groups()
    group = _known_group(groups, key.vat_group)
    try:
        rule = VatRule(
            vat_group=group,
            location=_location(key.location),
            supply=_supply(key.supply),
            vat_type=vat_type,
            percentage=_decimal(percentage),
            description=description,
        )
    except ValidationError:
        raise Declined("vat_row_not_allowed", "a VAT type is 0 or more, a percentage 0 to 100") from None
    check_percentages([rule], (), groups)
    others = [row for row in record.settings.vat_rules if _key(row) != _key(rule)]
    settings = validated(record.settings.model_dump() | {"vat_rules": [row.model_dump() for row in (*others, rule)]})
    return save_settings(operator, record, settings, why)


def unset_row(operator: Operator, connection_id: str, key: RowKey, why: str = "") -> SettingsChanged:
    """Take a row away; raise Declined when there is none."""
    record = operator.record(connection_id)
    wanted = (key.vat_group.casefold(), _location(key.location), _supply(key.supply))
    left = [rule for rule in record.settings.vat_rules if _key(rule) != wanted]
    if len(left) == len(record.settings.vat_rules):
        raise Declined("vat_row_unknown", f"there is no row {key.vat_group} {key.location}; see `settings vat`")
    settings = validated(record.settings.model_dump() | {"vat_rules": [rule.model_dump() for rule in left]})
    return save_settings(operator, record, settings, why)


def propose(group: TribeVatGroup, location: Location, codes: Sequence[VatCode]) -> VatCode | None:
    """Return the code of the own country with the group's percentage, for customers who pay it; never for 0 %."""
    if not group.percentage or location not in PAY_OWN_RATES:
        return None
    fitting = [code for code in codes if code.type in OWN_RATES and code.percentage == group.percentage]
    return fitting[0] if len(fitting) == 1 else None


def _rows_of(group: TribeVatGroup, settings: ConnectionSettings, codes: Sequence[VatCode]) -> Iterator[VatRow]:
    for location in Location:
        rules = {supply: find_rule(settings.vat_rules, group, location, supply) for supply in Supply}
        goods, services = rules[Supply.GOODS], rules[Supply.SERVICES]
        if goods == services:
            yield _row(group, location, "", goods, codes)
        else:
            yield from (_row(group, location, supply.value, rule, codes) for supply, rule in rules.items())


def _row(
    group: TribeVatGroup, location: Location, supply: str, rule: VatRule | None, codes: Sequence[VatCode]
) -> VatRow:
    proposal = propose(group, location, codes) if rule is None and not supply else None
    state: RowState = "mapped" if rule else "proposed" if proposal else "open"
    vat_type = rule.vat_type if rule else proposal.type if proposal else None
    percentage = rule.percentage if rule else proposal.percentage if proposal else None
    named = [code for code in codes if (code.type, code.percentage) == (vat_type, percentage)]
    described = rule.description if rule and rule.description else named[0].description if named else ""
    return VatRow(
        vat_group=_code_of(group),
        name=group.name or "",
        percentage=f"{group.percentage.normalize():f}" if group.percentage is not None else "",
        location=location.value,
        supply=supply,
        state=state,
        vat_type=vat_type,
        vat_percentage=f"{percentage.normalize():f}" if percentage is not None else "",
        yuki_code=described,
    )


def _next_steps(rows: Sequence[VatRow]) -> Iterator[str]:
    if any(row.state == "proposed" for row in rows):
        yield "Take the proposed rows over with `tribe-yuki settings vat accept`."
    if any(row.state == "open" for row in rows):
        yield (
            "Set the open rows that you invoice, such as `tribe-yuki settings vat set NL-VERLEGD domestic 17 0`; "
            "0 % is never proposed, because it means six things: see `tribe-yuki settings vat -h`."
        )


def _valid_codes(operator: Operator, codes: Sequence[VatCode]) -> list[VatCode]:
    day = operator.now().astimezone(AMSTERDAM).date()
    return [code for code in codes if code.is_valid_on(day)]


def _code_of(group: TribeVatGroup) -> str:
    return group.code or group.tribe_vat_group_id


def _known_group(groups: Sequence[TribeVatGroup], wanted: str) -> str:
    for group in groups:
        names = (group.code, group.tribe_vat_group_id, group.name)
        if wanted.casefold() in {name.casefold() for name in names if name}:
            return _code_of(group)
    known = ", ".join(map(_code_of, groups))
    raise Declined("vat_group_unknown", f"Tribe has no VAT group {wanted}; it has {known}")


def _location(text: str) -> Location | None:
    if text == ANY:
        return None
    if text not in list(Location):
        raise Declined("location_unknown", f"{text} is no place; give one of {', '.join(Location)} or {ANY}")
    return Location(text)


def _supply(text: str | None) -> Supply | None:
    if text is not None and text not in list(Supply):
        raise Declined("supply_unknown", f"{text} is not sold; give one of {', '.join(Supply)}")
    return Supply(text) if text else None


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text.strip().rstrip("%").strip().replace(",", "."))
    except InvalidOperation:
        raise Declined("percentage_malformed", f"{text} is no percentage; give a number such as 21") from None
    return value


def _key(rule: VatRule) -> tuple[str, Location | None, Supply | None]:
    return rule.vat_group.casefold(), rule.location, rule.supply


def _percent(percentage: Decimal) -> str:
    return f"{percentage.normalize():f} %"
