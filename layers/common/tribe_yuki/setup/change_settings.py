"""Show and change the settings of a connection; they are checked as a whole, and against what Yuki offers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from tribe_yuki.admin.access import books_of, open_tribe
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.administration import AdministrationCodes
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.release import release_skipped, release_unmapped
from tribe_yuki.setup.allowed_values import (
    NOT_CHOSEN,
    VAT_RULES,
    allowed,
    check_known,
    choices,
    declined,
    is_list,
    may_be_none,
)
from tribe_yuki.setup.row_checks import check_accounts, check_percentages, check_rows, row_text

CONNECTOR_OFF = "tribe_connector_confirmed_off"
# After a change of these, what waits for a mapping is looked at again.
_ACCOUNTS, _TAKES_REVENUE = ("default_ledger_account", "rounding_ledger_account"), "revenue_gl_account_types"
MAPPINGS = frozenset({VAT_RULES, *_ACCOUNTS, _TAKES_REVENUE})
_AMOUNTS = frozenset({"vat_rounding", "totals.amount", "totals.line_totals", "totals.rounding"})
_SUPPLIES = frozenset({"default_supply", "service_product_groups"})
START_DATE_UNCONFIRMED = "start_date_unconfirmed"
# What was skipped for these settings is looked at again when they change.
_SKIPPED_FOR: Mapping[str, frozenset[str]] = {
    "start_date": frozenset({SkipReason.BEFORE_START}),
    "sent_phase": frozenset({SkipReason.DRAFT}),
    "excluded_phases": frozenset({SkipReason.PHASE}),
    "external_id_field": frozenset({SkipReason.EXTERNAL_ID}),
}
_YES, _NO = frozenset({"yes", "true", "1", "y", "on"}), frozenset({"no", "false", "0", "n", "off"})
_MOST_SHOWN = 15
_LONGEST_FACT = 500
# What a person looks for in Yuki's lists may have been added this minute.
JUST_READ = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value, and what it may be."""

    name: str
    value: str
    allowed: str


@dataclass(frozen=True, slots=True)
class SettingsShown:
    """The settings of a connection."""

    connection: str
    status: str
    administration: str
    country: str
    vat_rules: int
    settings: tuple[Setting, ...]
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that got another value."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """What a change of settings came to; `looked_at_again` records had waited for it."""

    connection: str
    changes: tuple[Change, ...]
    looked_at_again: int
    next_steps: tuple[str, ...]


def show_settings(operator: Operator, connection_id: str) -> SettingsShown:
    """Return the settings of a connection with what each may be."""
    record = operator.record(connection_id)
    values = _flat(record.settings)
    return SettingsShown(
        connection=connection_id,
        status=record.status or "",
        administration=record.settings.yuki_administration_name,
        country=record.settings.country,
        vat_rules=len(record.settings.vat_rules),
        settings=tuple(Setting(name, _shown(values[name]), allowed(name)) for name in choices()),
        next_steps=("Change them with `tribe-yuki settings set NAME=VALUE …`, the VAT mapping with `settings vat`.",),
    )


def set_settings(
    operator: Operator, connection_id: str, given: Mapping[str, str], why: str = "", *, is_confirmed: bool = False
) -> SettingsChanged:
    """Change settings given as text by name; raise Declined when one of them is not allowed, and change nothing.

    A start date that leaves invoices out, or lies ahead, wants to be confirmed: Declined says what it would do.
    """
    record = operator.record(connection_id)
    values = record.settings.model_dump()
    for name, text in given.items():
        check_known(name)
        whole, _, part = name.partition(".")
        value = _read(operator, name, text)
        values[whole] = {**values[whole], part: value} if part else value
    changed = validated(values)
    if not is_confirmed:
        check_start_date(operator, record, changed)
    return save_settings(operator, record, changed, why)


def settings_document(operator: Operator, connection_id: str) -> dict[str, Any]:
    """Return what can be chosen, as `load_settings` takes it."""
    return operator.record(connection_id).settings.model_dump(mode="json", exclude=set(NOT_CHOSEN))


def load_settings(
    operator: Operator,
    connection_id: str,
    document: Mapping[str, object],
    why: str = "",
    *,
    is_confirmed: bool = False,
) -> SettingsChanged:
    """Take over settings of a document; what it does not name stays. Raises Declined as `set_settings` does."""
    record = operator.record(connection_id)
    values = record.settings.model_dump()
    for name in document:
        if name in NOT_CHOSEN or name not in values:
            check_known(name)
    changed = validated(values | dict(document))
    if not is_confirmed:
        check_start_date(operator, record, changed)
    rows = [rule for rule in changed.vat_rules if rule not in record.settings.vat_rules]
    if rows:
        with open_tribe(operator, record) as tribe:
            check_percentages(rows, tribe.vat_groups(), today(operator))
    return save_settings(operator, record, changed, why)


def check_start_date(operator: Operator, record: ConnectionRecord, changed: ConnectionSettings) -> None:
    """Raise Declined when a new start date lies ahead, or makes invoices not for Yuki that wait or are held."""
    first, this_day = changed.start_date, today(operator)
    if first == record.settings.start_date:
        return
    dropped = [
        transfer.reference or transfer.tribe_invoice_id
        for state in (State.WAITING, State.READY, State.HELD)
        for transfer in operator.stores(record.connection_id).transfers.in_state(state)
        if transfer.invoice_date is not None and transfer.invoice_date < first
    ]
    if first <= this_day and not dropped:
        return
    ahead = f"{first} lies ahead of today: no invoice dated before it goes to Yuki. " if first > this_day else ""
    named = ", ".join(sorted(dropped)[:_MOST_SHOWN])
    more = f" and {len(dropped) - _MOST_SHOWN} more" if len(dropped) > _MOST_SHOWN else ""
    left_out = f"It makes {len(dropped)} that wait or are held not for Yuki: {named}{more}. " if dropped else ""
    raise Declined(START_DATE_UNCONFIRMED, f"start_date: {ahead}{left_out}Say --yes if that is meant")


def today(operator: Operator) -> date:
    """Return the day in Amsterdam."""
    return operator.now().astimezone(AMSTERDAM).date()


def validated(values: Mapping[str, object]) -> ConnectionSettings:
    """Return settings from values; raise Declined with a sentence for each that is not allowed."""
    try:
        return ConnectionSettings.model_validate(values)
    except ValidationError as error:
        raise declined(error) from None


def save_settings(
    operator: Operator, record: ConnectionRecord, settings: ConnectionSettings, why: str
) -> SettingsChanged:
    """Store changed settings, and have looked at again what waited for them; what is equal is not stored.

    Raises Declined for a VAT code or ledger account that Yuki does not offer, Conflict when somebody else changed them.
    """
    changes = tuple(_changes(record.settings, settings))
    names = {change.name for change in changes}
    if names & MAPPINGS:
        _check_against_books(operator, record, settings)
    if changes:
        facts = {change.name: f"{change.before} → {change.after}"[:_LONGEST_FACT] for change in changes}
        entry = operator.entry("settings_changed", why, **facts)
        operator.records.save(replace(record, settings=settings), [entry], operator.now())
    again = release_unmapped(operator, record.connection_id) if names & (MAPPINGS | _SUPPLIES | _AMOUNTS) else 0
    reasons = frozenset[str]().union(*(_SKIPPED_FOR.get(name, ()) for name in names))
    again += release_skipped(operator, record.connection_id, reasons) if reasons else 0
    return SettingsChanged(record.connection_id, changes, again, tuple(_next_steps(changes)))


def _next_steps(changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        yield "Nothing was changed: the settings are these already."
    else:
        yield "This holds from now on; see that all is well with `tribe-yuki doctor`."


def _check_against_books(operator: Operator, record: ConnectionRecord, changed: ConnectionSettings) -> None:
    """Raise Declined for what is new in settings and is not one that Yuki offers; what is missing is asked for anew.

    What stood there before is not in question: that it became invalid must not keep anybody from changing the rest.
    """
    before, now = record.settings, operator.now()
    rows = [rule for rule in changed.vat_rules if rule not in before.vat_rules]
    accounts = [getattr(changed, name) for name in _ACCOUNTS if _differ(before, changed, name, _TAKES_REVENUE)]

    def check(books: AdministrationCodes) -> None:
        check_rows(rows, books, today(operator))
        check_accounts(accounts, changed, books)

    if not rows and not accounts:
        return
    try:
        check(books_of(operator, record))
    except Declined:
        check(books_of(operator, record, not_older_than=now - JUST_READ))


def _differ(before: ConnectionSettings, after: ConnectionSettings, *names: str) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _read(operator: Operator, name: str, text: str) -> object:
    """Return a text as the setting's kind of value; what it cannot be is left to the check of the whole."""
    plain = text.strip()
    if name == CONNECTOR_OFF and plain.casefold() in _YES | _NO:
        return operator.now() if plain.casefold() in _YES else None
    if may_be_none(name) and plain.casefold() in ("", "none"):
        return None
    if is_list(name):
        return tuple(part.strip() for part in plain.split(",") if part.strip())
    return plain


def _changes(before: ConnectionSettings, after: ConnectionSettings) -> Iterator[Change]:
    old, new = _flat(before), _flat(after)
    for name, value in new.items():
        if value != old[name]:
            yield Change(name, _shown(old[name]), _shown(value))
    if before.vat_rules != after.vat_rules:
        gone = [row_text(rule) for rule in before.vat_rules if rule not in after.vat_rules]
        come = [row_text(rule) for rule in after.vat_rules if rule not in before.vat_rules]
        yield Change(VAT_RULES, _shown(gone), _shown(come))


def _flat(settings: ConnectionSettings) -> dict[str, object]:
    values = settings.model_dump(mode="json")
    found: dict[str, object] = {}
    for name in choices():
        whole, _, part = name.partition(".")
        found[name] = values[whole][part] if part else values[whole]
    return found


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
