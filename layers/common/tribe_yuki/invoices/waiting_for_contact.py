"""Release invoices that wait for a contact, once that contact is as Yuki needs it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import override

from tribe_yuki.connections.store import WorkQueues
from tribe_yuki.contacts.store import LinkStore, WaitingInvoices
from tribe_yuki.core.clock import Clock
from tribe_yuki.core.holds import HOLDS, HoldReason, Release
from tribe_yuki.invoices.store import TransferStore
from tribe_yuki.invoices.transfer import State, Transfer

_RELEASED_BY_A_CHANGE = frozenset({Release.RECORD_CHANGED, Release.CAUSE_GONE_IN_YUKI})


@dataclass(frozen=True, slots=True)
class HeldInvoices(WaitingInvoices):
    """The held invoices of one connection; what is released is looked at again."""

    transfers: TransferStore
    links: LinkStore
    queues: WorkQueues
    clock: Clock

    @override
    def release_of_relation(self, tribe_relation_id: str) -> None:
        self._release(
            lambda transfer: transfer.tribe_relation_id == tribe_relation_id and _is_released_by_a_change(transfer)
        )

    @override
    def release_known_customers(self) -> int:
        return self._release(
            lambda transfer: transfer.reason == HoldReason.CONTACT_NOT_CUSTOMER and self._is_customer(transfer)
        )

    @override
    def release_active_again(self, yuki_contact_ids: Collection[str]) -> None:
        self._release(
            lambda transfer: (
                transfer.reason == HoldReason.CONTACT_INACTIVE_IN_YUKI and transfer.yuki_contact_id in yuki_contact_ids
            )
        )

    def _release(self, is_released: Callable[[Transfer], bool]) -> int:
        held = self.transfers.in_state(State.HELD)
        released = [transfer.tribe_invoice_id for transfer in held if is_released(transfer)]
        if released:
            self.queues.enqueue_invoices(released, self.clock.now())
        return len(released)

    def _is_customer(self, transfer: Transfer) -> bool:
        link = self.links.get(transfer.tribe_relation_id or "")
        return link is not None and bool(link.is_customer)


def _is_released_by_a_change(transfer: Transfer) -> bool:
    reason = transfer.hold_reason
    return reason is not None and (
        HOLDS[reason].release in _RELEASED_BY_A_CHANGE or reason is HoldReason.CONTACT_GONE_IN_YUKI
    )
