"""Have records looked at again after a person removed what they waited for (design 6.6)."""

from collections.abc import Callable, Collection

from tribe_yuki.admin.context import Operator
from tribe_yuki.contacts.deferred_event import Route
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.holds import HOLDS, HoldReason, Release
from tribe_yuki.invoices.transfer import State
from tribe_yuki.setup.lifecycle import START_WINDOW_SECONDS


def release_refused_credentials(operator: Operator, connection_id: str) -> int:
    """Have everything looked at again that waited for new credentials; return how many records.

    Tasks that could not be finished go on at once, too.
    """
    for task in operator.stores(connection_id).tasks.unfinished():
        operator.stores(connection_id).queues.start_task(task, operator.now(), window_seconds=START_WINDOW_SECONDS)
    return release_held(operator, connection_id, Release.NEW_CREDENTIALS)


def release_unmapped(operator: Operator, connection_id: str) -> int:
    """Have everything looked at again that waited for a mapping, or whose amounts it may put right; return how many."""
    return release_held(operator, connection_id, Release.MAPPING_SAVED)


def release_skipped(operator: Operator, connection_id: str, reasons: Collection[str]) -> int:
    """Have the invoices looked at again that were skipped for some reasons; return how many."""
    skipped = operator.stores(connection_id).transfers.in_state(State.SKIPPED)
    invoices = [transfer.tribe_invoice_id for transfer in skipped if transfer.reason in reasons]
    if invoices:
        operator.stores(connection_id).queues.enqueue_invoices(invoices, operator.now())
    return len(invoices)


def release_held(operator: Operator, connection_id: str, by: Release) -> int:
    """Release what is held until this happens; return how many records."""
    now = operator.now()
    is_released = _ended_by(by)
    held = operator.stores(connection_id).transfers.in_state(State.HELD)
    invoices = [transfer.tribe_invoice_id for transfer in held if is_released(transfer.reason)]
    links = operator.stores(connection_id).links.in_state(LinkState.HELD)
    relations = [link.tribe_relation_id for link in links if is_released(link.reason)]
    for event in operator.stores(connection_id).deferred.held():
        if is_released(event.reason):
            (invoices if event.route is Route.INVOICES else relations).append(event.record_id)
    if invoices:
        operator.stores(connection_id).queues.enqueue_invoices(invoices, now)
    for relation in relations:
        operator.stores(connection_id).queues.enqueue_relation(relation, now)
    return len(invoices) + len(relations)


def _ended_by(by: Release) -> Callable[[str | None], bool]:
    reasons = {reason.value for reason in HoldReason if HOLDS[reason].release is by}
    if by is Release.MAPPING_SAVED:
        reasons.add(HoldReason.TOTALS_DIFFER.value)
    return lambda reason: reason in reasons
