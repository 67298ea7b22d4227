"""Every night at six, in slices: compare the invoices of this month and the month before (design 9)."""

from datetime import date, datetime, timedelta

from tribe_yuki.connections.context import RECONCILE_INVOICES
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.reconcile.findings import join_reconciliations
from tribe_yuki.invoices.reconcile.run import Reconciler
from tribe_yuki.work.progress import Progress
from tribe_yuki.work.slices import SlicedTask

MOST_FINDINGS = 200
_INVOICES, _NUMBERS = "invoices", "numbers"


def nightly_period(now: datetime) -> tuple[date, date]:
    """Return the period that is compared every night: this month and the month before."""
    today = now.astimezone(AMSTERDAM).date()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1), today


def months(first: date, last: date) -> list[tuple[date, date]]:
    """Return a period in calendar months, the first and the last perhaps not whole."""
    found = []
    while first <= last:
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        found.append((first, min(last, following - timedelta(days=1))))
        first = following
    return found


def run_reconcile_slice(connection: InvoiceContext, progress: Progress) -> Progress:
    """Do one slice: the invoices of a month, and at last the numbers of all of them and the report."""
    reports = connection.reconciliations
    reconciler = reconciler_of(connection)
    first, last = nightly_period(progress.started_at)
    slices = months(first, last)
    name = progress.cursor or slices[0][0].isoformat()
    if progress.phase == _INVOICES:
        month = next(bounds for bounds in slices if bounds[0].isoformat() == name)
        part = reconciler.reconcile_invoices(*month)
        following = slices.index(month) + 1
        moved = (
            progress.go_on(_INVOICES, slices[following][0].isoformat())
            if following < len(slices)
            else progress.go_on(_NUMBERS)
        )
    else:
        name, part = _NUMBERS, reconciler.check_numbers(first, last)
        moved = progress.finish(connection.now())
    reports.save_part(progress.run, name, part.shortened(MOST_FINDINGS), connection.now())
    if moved.is_finished:
        parts = reports.parts(progress.run)
        reports.save(join_reconciliations(parts).shortened(MOST_FINDINGS))
    return moved.count(compared=part.compared.count, findings=part.found)


def reconciler_of(connection: InvoiceContext) -> Reconciler:
    """Return what compares a connection's invoices."""
    return Reconciler(
        stores=connection,
        settings=connection.settings,
        tribe=connection.tribe,
        yuki=connection.yuki,
        now=connection.now,
        repairs=not connection.is_paused,
    )


reconcile_invoices = SlicedTask(RECONCILE_INVOICES, _INVOICES, run_reconcile_slice)
