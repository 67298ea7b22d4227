"""The VAT mapping of a connection: which Yuki code a VAT group of Tribe means, by place (design 6.5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from tribe_yuki.admin.access import books_of, open_tribe
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import Location, Supply, VatRule
from tribe_yuki.invoices.model import TribeVatGroup
from tribe_yuki.setup.allowed_values import VAT_RULES
from tribe_yuki.setup.change_settings import JUST_READ, SettingsChanged, save_settings, today, validated
from tribe_yuki.setup.row_checks import check_percentages, code_text, names_of, offered_on
from tribe_yuki.setup.vat_proposals import open_proposals
from tribe_yuki.setup.vat_rows import Mapping, VatRow
from tribe_yuki.setup.vat_use import row_name, use_of_last_year

ANY = "any"


@dataclass(frozen=True, slots=True)
class VatMappingShown:
    """The VAT mapping of a connection, and the codes that Yuki offers today.

    `invoices` of the last year were looked at to see which rows are needed; None when Tribe showed none of them.
    """

    connection: str
    rows: tuple[VatRow, ...]
    yuki_codes: tuple[str, ...]
    invoices: int | None
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which row of the mapping: a VAT group by code, id or name, a place or `any`, and what narrows it down.

    `valid_from` and `valid_to` are the first and last day of the invoices that it is for.
    """

    vat_group: str
    location: str = ANY
    supply: str | None = None
    country: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def show_vat_mapping(operator: Operator, connection_id: str) -> VatMappingShown:
    """Return all VAT groups of Tribe at all places, and which of these the invoices of the last year needed.

    A percentage above zero may be proposed, 0 % never. Asks Yuki anew what it offers (two calls).
    """
    record, day = operator.record(connection_id), today(operator)
    with open_tribe(operator, record) as tribe:
        groups = tribe.vat_groups()
        use = use_of_last_year(tribe, record.settings, day)
    books = books_of(operator, record, not_older_than=operator.now() - JUST_READ)
    offered = offered_on(books.vat_codes, day)
    proposals = tuple(open_proposals(record.settings, groups, offered, day))
    rows = tuple(Mapping(record.settings, groups, books.vat_codes, proposals, use, day).rows())
    return VatMappingShown(
        connection_id,
        rows,
        tuple(map(code_text, offered)),
        use.invoices if use else None,
        tuple(_next_steps(rows)),
    )


def accept_proposals(operator: Operator, connection_id: str, why: str = "") -> SettingsChanged:
    """Store every proposed row."""
    record, groups = _with_groups(operator, connection_id)
    offered = offered_on(books_of(operator, record).vat_codes, today(operator))
    rules = told_apart(record.settings.vat_rules, groups)
    for proposal in open_proposals(record.settings, groups, offered, today(operator)):
        group = _known_group(groups, proposal.vat_group)
        rules += _besides(rules, proposal.model_copy(update={"vat_group": row_name(group, groups)}), names_of(group))
    return _save_rules(operator, record, rules, why)


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
    """Store one row in place of the row that was there; of one for other days, those days stay.

    Raises Declined for a group or code that does not exist, and for a code of another percentage than the group's.
    """
    record, groups = _with_groups(operator, connection_id)
    group = _known_group(groups, key.vat_group)
    rule = _rule(key, row_name(group, groups), vat_type, _decimal(percentage), description)
    check_percentages([rule], groups, today(operator))
    return _save_rules(operator, record, _replaced(told_apart(record.settings.vat_rules, groups), rule, group), why)


def unset_row(operator: Operator, connection_id: str, key: RowKey, why: str = "") -> SettingsChanged:
    """Take a row away, or the days of it that are named; raise Declined when there is none."""
    record, groups = _with_groups(operator, connection_id)
    rules = told_apart(record.settings.vat_rules, groups)
    names = frozenset({key.vat_group.casefold()})
    if not any(rule.vat_group.casefold() in names for rule in rules):
        names = names_of(_known_group(groups, key.vat_group))
    left = _without(rules, _rule(key, key.vat_group, 0, Decimal(0)), names)
    if left == rules:
        raise Declined("vat_row_unknown", f"there is no row {key.vat_group} {key.location}; see `settings vat`")
    return _save_rules(operator, record, left, why)


def told_apart(rules: Sequence[VatRule], groups: Sequence[TribeVatGroup]) -> list[VatRule]:
    """Return the rows with each group named so that it is the only one.

    A row by a code that several groups have becomes one by id for each of them that has the row's percentage.
    """
    apart = [rule for rule in rules if not _meant(rule, groups)]
    for rule in rules:
        for group in _meant(rule, groups):
            by_id = group.tribe_vat_group_id
            apart += _besides(rules, rule.model_copy(update={"vat_group": by_id}), frozenset({by_id.casefold()}))
    return apart


def _meant(rule: VatRule, groups: Sequence[TribeVatGroup]) -> list[TribeVatGroup]:
    """Return the groups that a row may mean by the code that they share; none when its name tells them apart."""
    sharing = [group for group in groups if rule.vat_group.casefold() in names_of(group)]
    return [group for group in sharing if group.percentage in (None, rule.percentage)] if sharing[1:] else []


def _replaced(rules: Sequence[VatRule], rule: VatRule, group: TribeVatGroup) -> list[VatRule]:
    return [*_without(rules, rule, names_of(group)), rule]


def _besides(rules: Iterable[VatRule], new: VatRule, names: frozenset[str]) -> list[VatRule]:
    """Return what is left of a new row when those of its group, by any of these names, keep their days."""
    left = [new]
    for rule in rules:
        if rule.vat_group.casefold() in names and rule.key[1:] == new.key[1:]:
            left = [rest for piece in left for rest in piece.without(rule)]
    return left


def _without(rules: Iterable[VatRule], gone: VatRule, names: frozenset[str]) -> list[VatRule]:
    """Return what is left of rows when those of a group, by any of its names, end where another begins."""
    left: list[VatRule] = []
    for rule in rules:
        is_same = rule.vat_group.casefold() in names and rule.key[1:] == gone.key[1:]
        left.extend(rule.without(gone) if is_same else (rule,))
    return left


def _rule(key: RowKey, vat_group: str, vat_type: int, percentage: Decimal, description: str | None = None) -> VatRule:
    location, supply = _location(key.location), _supply(key.supply)
    try:
        return VatRule(
            vat_group=vat_group,
            location=location,
            country=key.country,
            supply=supply,
            valid_from=key.valid_from,
            valid_to=key.valid_to,
            vat_type=vat_type,
            percentage=percentage,
            description=description,
        )
    except ValidationError:
        raise Declined(
            "vat_row_not_allowed",
            "a VAT type is 0 or more, a percentage 0 to 100, a country two letters, and the last day not before the "
            "first",
        ) from None


def _with_groups(operator: Operator, connection_id: str) -> tuple[ConnectionRecord, list[TribeVatGroup]]:
    record = operator.record(connection_id)
    with open_tribe(operator, record) as tribe:
        return record, tribe.vat_groups()


def _save_rules(operator: Operator, record: ConnectionRecord, rules: Iterable[VatRule], why: str) -> SettingsChanged:
    values = record.settings.model_dump() | {VAT_RULES: [rule.model_dump() for rule in rules]}
    return save_settings(operator, record, validated(values), why)


def _next_steps(rows: Sequence[VatRow]) -> Iterator[str]:
    if any(row.state == "invalid" for row in rows):
        yield (
            "Set the invalid rows anew, or give them their days (`--from`, `--to`); only their own invoices wait "
            "for that."
        )
    if any(row.state == "proposed" for row in rows):
        yield "Take the proposed rows over with `tribe-yuki settings vat accept`."
    needed = dict.fromkeys(f"{row.vat_group} {row.location}" for row in rows if row.is_needed)
    if any(row.state == "open" for row in rows):
        which = f"were invoiced ({', '.join(needed)})" if needed else "you invoice"
        yield (
            f"Set the open rows that {which}, such as `tribe-yuki settings vat set NL-VERLEGD domestic 17 0`; "
            "0 % is never proposed, because it means six things: see `tribe-yuki settings vat -h`."
        )


def _known_group(groups: Sequence[TribeVatGroup], wanted: str) -> TribeVatGroup:
    """Return the group with a code, id or name; raise Declined when that is none or not one alone."""
    for name in ("tribe_vat_group_id", "code", "name"):
        found = [group for group in groups if (getattr(group, name) or "").casefold() == wanted.casefold()]
        if len(found) > 1:
            ids = "; ".join(f"{group.tribe_vat_group_id} ({group.name})" for group in found)
            raise Declined("vat_group_ambiguous", f"several VAT groups are called {wanted}; give the id: {ids}")
        if found:
            return found[0]
    known = ", ".join(row_name(group, groups) for group in groups)
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
