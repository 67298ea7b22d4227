"""Activate a connection: from then on it works, beginning with the initial import (design 1, 9)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tribe_yuki.admin.access import open_tribe
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.tribe_environment import shared_sentence, sharing
from tribe_yuki.connections.context import IMPORT_CONTACTS
from tribe_yuki.connections.record import ConnectionRecord, ConnectionStatus
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.initial_import.phases import import_contacts
from tribe_yuki.doctor.check import Light
from tribe_yuki.doctor.in_tribe import check_numbering
from tribe_yuki.setup.change_settings import set_settings, today
from tribe_yuki.setup.vat_use import use_of_last_year, without_row
from tribe_yuki.work.progress import Progress

START_WINDOW_SECONDS = 5
NUMBERING_UNCONFIRMED = "numbering_unconfirmed"
VAT_ROWS_OPEN = "vat_rows_open"


@dataclass(frozen=True, slots=True)
class Activated:
    """What began; `import_is` tells whether the import was started now, runs already, or was done before."""

    connection: str
    before: ConnectionStatus
    status: ConnectionStatus
    import_is: str
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far the import is; `left` is an estimate from the pace so far, None while nothing can be said."""

    phase: str
    seen: int
    expected: int | None
    counts: dict[str, int]
    left: timedelta | None
    is_finished: bool


def activate(
    operator: Operator,
    connection_id: str,
    *,
    expected: int | None = None,
    again: bool = False,
    is_numbering_confirmed: bool = False,
    leaves_vat_open: bool = False,
    why: str = "",
) -> Activated:
    """Have a connection work, and start its import; a second time nothing is started but what is asked for.

    `expected` is how many contacts will come, where a plan told. `again` starts another import after one that is done.
    `is_numbering_confirmed` is a person's word that Tribe gives out debtor numbers by itself, and is kept as a setting.
    `leaves_vat_open` is a person's word that invoices may be held for the VAT groups without a code.
    Raises Declined with what is missing when the settings are not complete, while Tribe gives out no numbers, and when
    invoices of the last year had VAT groups without a code.
    """
    record = _with_numbering(operator, connection_id, why) if is_numbering_confirmed else operator.record(connection_id)
    missing = (*_missing(record.settings), *_shared(operator, record))
    if missing:
        raise Declined("not_ready", " ".join(missing))
    _check_numbering(operator, record)
    before = record.status or "connected"
    lacking = _without_vat_code(operator, record) if before == "connected" else ""
    if lacking and not leaves_vat_open:
        raise Declined(VAT_ROWS_OPEN, f"{lacking} Or say --yes to have such invoices held until then")
    if before == "connected":
        _set_to_work(operator, record, why)
    state = _start_import(operator, connection_id, expected, again=again, why=why)
    step = "Watch it with `tribe-yuki status`." if state != "done before" else "`--again` imports once more."
    steps = (lacking, step) if lacking else (step,)
    status: ConnectionStatus = "active" if before == "connected" else before
    return Activated(connection_id, before, status, state, steps)


def import_progress(operator: Operator, connection_id: str) -> ImportProgress | None:
    """Return how far the newest import is, or None when there was none."""
    progress = operator.stores(connection_id).tasks.progress(IMPORT_CONTACTS)
    if progress is None:
        return None
    seen = progress.counts.get("seen", 0)
    return ImportProgress(
        phase=progress.phase,
        seen=seen,
        expected=progress.expected,
        counts=dict(progress.counts),
        left=_time_left(progress, seen, operator.now()),
        is_finished=progress.is_finished,
    )


def _missing(settings: ConnectionSettings) -> Iterator[str]:
    if settings.tribe_connector_confirmed_off is None:
        yield (
            "Confirm that Tribe's own connector for Yuki is off (`tribe-yuki connect --connection … "
            "--tribe-connector-off`): both on would book every invoice twice."
        )
    if not settings.vat_rules:
        yield "Map the VAT groups with `tribe-yuki settings vat`: without that no invoice can be booked."
    if settings.country == "BE" and settings.peppol is None:
        yield "Choose who sends invoices over Peppol: `tribe-yuki settings set peppol=tribe` (or elsewhere, or yuki)."


def _with_numbering(operator: Operator, connection_id: str, why: str) -> ConnectionRecord:
    set_settings(operator, connection_id, {"numbering_confirmed": "yes"}, why)
    return operator.record(connection_id)


def _check_numbering(operator: Operator, record: ConnectionRecord) -> None:
    """Raise Declined as long as Tribe gives out no debtor numbers: it leads, and the import needs them."""
    with open_tribe(operator, record) as tribe:
        check = check_numbering(record, tribe, is_confirmed_now=False)
    if check.state is Light.RED:
        raise Declined(
            NUMBERING_UNCONFIRMED,
            f"Tribe has to give out debtor numbers by itself before the import ({check.finding}). {check.to_do}",
        )


def _without_vat_code(operator: Operator, record: ConnectionRecord) -> str:
    """Return which VAT groups without a code the newest invoices had, and where: others like them are held."""
    with open_tribe(operator, record) as tribe:
        groups, use = tribe.vat_groups(), use_of_last_year(tribe, record.settings, today(operator))
    lacking = without_row(record.settings, groups, use) if use else []
    if not lacking:
        return ""
    return (
        f"Invoices of the last year had VAT groups without a code of Yuki: {', '.join(lacking)}. Set them with "
        "`tribe-yuki settings vat`."
    )


def _shared(operator: Operator, record: ConnectionRecord) -> Iterator[str]:
    others = sharing(operator, record.connection_id, record.settings.tribe_organisation_id)
    if others:
        yield shared_sentence(record.connection_id, others)


def _set_to_work(operator: Operator, record: ConnectionRecord, why: str) -> None:
    now = operator.now()
    active = replace(record, settings=record.settings.model_copy(update={"activated_at": now}), status="active")
    operator.records.save(active, [operator.entry("activated", why)], now)


def _start_import(operator: Operator, connection_id: str, expected: int | None, *, again: bool, why: str) -> str:
    now = operator.now()
    former = operator.stores(connection_id).tasks.progress(IMPORT_CONTACTS)
    if former is not None and not former.is_finished:
        operator.stores(connection_id).queues.start_task(IMPORT_CONTACTS, now, window_seconds=START_WINDOW_SECONDS)
        return "running"
    if former is not None and not again:
        return "done before"
    operator.stores(connection_id).tasks.save_progress(import_contacts.begin(now, expected=expected), former)
    operator.records.note(connection_id, operator.entry("import_started", why, expected=expected), now)
    operator.stores(connection_id).queues.start_task(IMPORT_CONTACTS, now, window_seconds=START_WINDOW_SECONDS)
    return "started"


def _time_left(progress: Progress, seen: int, now: datetime) -> timedelta | None:
    if progress.expected is None or not seen or progress.is_finished:
        return None
    left = max(progress.expected - seen, 0)
    return (now - progress.started_at) * left / seen
