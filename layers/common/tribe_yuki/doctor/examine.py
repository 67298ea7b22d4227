"""Examine a connection: every check there is, in the order in which one would repair them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.admin.access import open_tribe
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.outside import Tribe
from tribe_yuki.connections.administration import AdministrationCodes
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.doctor.check import Check, Light, failed, guarded
from tribe_yuki.doctor.in_settings import check_budget, check_choices, check_codes
from tribe_yuki.doctor.in_tribe import (
    check_access,
    check_environment,
    check_invoicing,
    check_numbering,
    check_phases,
    check_webhooks,
)
from tribe_yuki.doctor.in_yuki import look_into_yuki
from tribe_yuki.doctor.learned_totals import check_totals, samples_with_papers
from tribe_yuki.doctor.received_events import check_events
from tribe_yuki.doctor.rounding_in_yuki import check_rounding
from tribe_yuki.doctor.totals_reading import check_ledger_mapping, check_vat_mapping, read_sample


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What all checks found, and how many calls of Yuki that took. `release` is what is deployed."""

    connection: str
    status: str
    release: str
    is_healthy: bool
    yuki_calls_made: int
    checks: tuple[Check, ...]
    next_steps: tuple[str, ...]


def examine(
    operator: Operator,
    connection_id: str,
    *,
    is_numbering_confirmed: bool = False,
    look_for_events: Callable[[Operator, str], Check] = check_events,
) -> Diagnosis:
    """Run every check; one that fails does not end the others.

    No record, setting or secret is changed, in Tribe, in Yuki or here; only the calls are counted, and Tribe's
    environment is noted where it was not known yet.
    """
    record = operator.record(connection_id)
    before = operator.systems.yuki_calls
    in_yuki = look_into_yuki(operator, record)
    checks = [
        *in_yuki.checks,
        *_in_tribe(operator, record, in_yuki.books, is_numbering_confirmed=is_numbering_confirmed),
        look_for_events(operator, connection_id),
        *check_choices(record),
        *(check_codes(operator, record, in_yuki.books) if in_yuki.books else ()),
        *check_rounding(operator, record, in_yuki.books),
        check_budget(operator, record),
    ]
    return Diagnosis(
        connection=connection_id,
        status=record.status or "",
        release=operator.deployment.release,
        is_healthy=all(check.state is not Light.RED for check in checks),
        yuki_calls_made=operator.systems.yuki_calls - before,
        checks=tuple(checks),
        next_steps=_next_steps(checks),
    )


def _in_tribe(
    operator: Operator, record: ConnectionRecord, books: AdministrationCodes | None, *, is_numbering_confirmed: bool
) -> list[Check]:
    to_do = "Run `tribe-yuki connect` again."
    try:
        opened = open_tribe(operator, record)
    except ConnectorError as error:
        return [failed("Tribe application", error, to_do)]
    with opened as tribe:
        access = check_access(operator, record, tribe)
        if access.state is Light.RED:
            return [access]
        invoicing, recent = check_invoicing(tribe)
        return [
            access,
            check_environment(operator, record, tribe),
            invoicing,
            check_phases(record, tribe),
            check_numbering(record, tribe, is_confirmed_now=is_numbering_confirmed),
            check_webhooks(operator, record, tribe),
            *guarded("rehearsal", to_do, lambda: _rehearse(tribe, recent, record, books, operator.now())),
        ]


def _rehearse(
    tribe: Tribe, recent: list[str], record: ConnectionRecord, books: AdministrationCodes | None, now: datetime
) -> list[Check]:
    sample = read_sample(tribe, recent, record.settings)
    mapping = (check_vat_mapping, check_ledger_mapping) if books else ()
    return [
        *(check(sample, books, record.settings) for check in mapping if books),
        check_totals(samples_with_papers(tribe, sample, record.settings, now), record.settings),
    ]


def _next_steps(checks: list[Check]) -> tuple[str, ...]:
    reds = sum(check.state is Light.RED for check in checks)
    if reds:
        return (f"{reds} red: do what stands beside each, then run `tribe-yuki doctor` again.",)
    return ("Nothing red. A connection that is only connected goes on with `tribe-yuki plan`.",)
