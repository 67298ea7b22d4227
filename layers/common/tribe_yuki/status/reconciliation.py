"""Reconcile on demand: the invoices of a period in Tribe, in our tables and in Yuki's books (design 9)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tribe_yuki.admin.access import open_tribe, open_yuki
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.texts import details_in
from tribe_yuki.invoices.reconcile.findings import Ending, Finding, Reconciliation, join_reconciliations
from tribe_yuki.invoices.reconcile.nightly import nightly_period
from tribe_yuki.invoices.reconcile.run import Reconciler
from tribe_yuki.status.reconciliation_sentence import sentence

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.IGNORECASE)
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding; amounts are in the currency named."""

    finding: str
    standing: str
    number: str
    invoice_date: date | None
    amount: Decimal | None
    currency: str | None
    transfer: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReconciliationShown:
    """A reconciliation with its sentence; `invoices` and `unchecked` are counted, `found` may be more than is shown.

    `rounding` is what the lines of cents come to in each month, in euros.
    """

    connection: str
    summary: str
    first: date
    last: date
    checked_at: datetime
    needs_a_person: bool
    invoices: Mapping[str, int]
    euros: Mapping[str, Decimal]
    typed_in_yuki: int
    rounding: Mapping[str, Decimal]
    unchecked: Mapping[str, int]
    yuki_calls: int
    found: int
    findings: tuple[FindingShown, ...]
    next_steps: tuple[str, ...]


def reconcile(
    operator: Operator, connection_id: str, period: str | None = None, *, language: str = "en"
) -> ReconciliationShown:
    """Compare the invoices of a period, by default this month and the month before; repair what is certain.

    A paused connection is only compared. Raises Declined for a period that cannot be read, and for a connection that
    is not activated.
    """
    record = operator.record(connection_id)
    if record.status == "connected":
        raise Declined("not_activated", f"{connection_id} is not activated yet: it has booked nothing")
    now = operator.now()
    first, last = parse_period(period) if period else nightly_period(now)
    calls = operator.systems.yuki_calls
    with open_tribe(operator, record) as tribe:
        reconciler = Reconciler(
            settings=record.settings,
            tribe=tribe,
            yuki=open_yuki(operator, record),
            stores=operator.stores(connection_id),
            now=operator.now,
            repairs=record.status == "active",
        )
        parts = (reconciler.reconcile_invoices(first, last), reconciler.check_numbers(first, last))
    calls = operator.systems.yuki_calls - calls
    return _shown(connection_id, join_reconciliations(parts), language, calls)


def last_reconciliation(operator: Operator, connection_id: str, *, language: str = "en") -> ReconciliationShown:
    """Return what the last night found; raise Declined when there was none yet."""
    operator.record(connection_id)
    report = operator.stores(connection_id).reconciliations.last()
    if report is None:
        raise Declined("not_reconciled", f"{connection_id} was not reconciled yet; it is every night, at six")
    return _shown(connection_id, report, language, 0)


def parse_period(text: str) -> tuple[date, date]:
    """Return the first and last day of `2026`, `2026-11`, `2026-Q4` or `2026-01-01..2026-03-31`.

    Raises Declined for anything else.
    """
    try:
        if (month := _MONTH.fullmatch(text)) is not None:
            return _months(int(month[1]), int(month[2]), 1)
        if (quarter := _QUARTER.fullmatch(text)) is not None:
            return _months(int(quarter[1]), 3 * int(quarter[2]) - 2, 3)
        if _YEAR.fullmatch(text):
            return _months(int(text), 1, 12)
        first, _, last = text.partition("..")
        found = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise _unreadable(text) from None
    if found[0] > found[1]:
        raise _unreadable(text)
    return found


def _unreadable(text: str) -> Declined:
    return Declined("period_unreadable", f"{text} is no period; write 2026-11, 2026-Q4, 2026 or 2026-01-01..2026-03-31")


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    """Return the first day of a month and the last day of so many months."""
    following = month - 1 + count
    end = date(year + following // 12, following % 12 + 1, 1)
    return date(year, month, 1), end - timedelta(days=1)


def _shown(connection_id: str, report: Reconciliation, language: str, yuki_calls: int) -> ReconciliationShown:
    return ReconciliationShown(
        connection=connection_id,
        summary=sentence(report, language),
        first=report.first,
        last=report.last,
        checked_at=report.checked_at,
        needs_a_person=report.needs_a_person,
        invoices={ending.value: report.ended(ending).count for ending in Ending},
        euros={ending.value: report.ended(ending).euros for ending in Ending},
        typed_in_yuki=report.typed_in_yuki.count,
        rounding={month: tally.euros for month, tally in sorted(report.rounding.items())},
        unchecked={why.value: count for why, count in report.unchecked.items()},
        yuki_calls=yuki_calls,
        found=report.found,
        findings=tuple(_finding(finding, language) for finding in report.findings),
        next_steps=tuple(_next_steps(report)),
    )


def _finding(finding: Finding, language: str) -> FindingShown:
    state = " ".join(filter(None, (finding.state, finding.reason and f"({finding.reason})")))
    return FindingShown(
        finding=finding.code.value,
        standing=finding.standing.value,
        number=finding.number or finding.tribe_invoice_id or "",
        invoice_date=finding.invoice_date,
        amount=finding.amount,
        currency=finding.currency if finding.amount is not None else None,
        transfer=state,
        detail=details_in(language, finding.details),
    )


def _next_steps(report: Reconciliation) -> list[str]:
    steps = []
    if report.ended(Ending.OPEN).count:
        steps.append(
            "compare each open invoice in both systems and correct the one that is wrong, or `tribe-yuki accept` it; "
            "`tribe-yuki explain` tells its story"
        )
    if report.number_faults:
        steps.append("look in Tribe what became of the missing numbers, and which of the double ones is right")
    if report.found > len(report.findings):
        steps.append(f"{report.found - len(report.findings)} more findings are not kept; run it for a shorter period")
    return steps
