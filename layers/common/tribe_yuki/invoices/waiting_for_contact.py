"""Release invoices that wait for a contact, once that contact is as Yuki needs it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import override

from tribe_yuki.connections.store import WorkQueues
from tribe_yuki.contacts.held_links import WAITS_FOR_A_CONTACT, is_meant
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.contacts.store import LinkStore, WaitingInvoices
from tribe_yuki.core.clock import Clock
from tribe_yuki.core.holds import HOLDS, HoldReason, Release
from tribe_yuki.invoices.store import TransferStore
from tribe_yuki.invoices.transfer import State, Transfer

_RELEASED_BY_A_CHANGE = frozenset({Release.RECORD_CHANGED, Release.CAUSE_GONE_IN_YUKI, Release.MAPPING_SAVED})


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
    def release_of_contacts(self, contacts: Collection[YukiContact]) -> None:
        self._release(lambda transfer: _waits_for_one_of(transfer, contacts) and not self._is_link_held(transfer))

    def _release(self, is_released: Callable[[Transfer], bool]) -> int:
        held = self.transfers.in_state(State.HELD)
        released = [transfer.tribe_invoice_id for transfer in held if is_released(transfer)]
        if released:
            self.queues.enqueue_invoices(released, self.clock.now())
        return len(released)

    def _is_link_held(self, transfer: Transfer) -> bool:
        """Whether its relation waits as well, is looked at for itself, and releases the invoice then."""
        link = self.links.get(transfer.tribe_relation_id or "")
        return link is not None and link.state is LinkState.HELD

    def _is_customer(self, transfer: Transfer) -> bool:
        link = self.links.get(transfer.tribe_relation_id or "")
        return link is not None and bool(link.is_customer)


def _is_released_by_a_change(transfer: Transfer) -> bool:
    reason = transfer.hold_reason
    return reason is not None and (
        HOLDS[reason].release in _RELEASED_BY_A_CHANGE or reason is HoldReason.CONTACT_GONE_IN_YUKI
    )


def _waits_for_one_of(transfer: Transfer, contacts: Collection[YukiContact]) -> bool:
    """Whether an invoice waits for one of some contacts: its own, one that has its number, or one that is named."""
    return transfer.hold_reason in WAITS_FOR_A_CONTACT and any(
        contact.yuki_contact_id == transfer.yuki_contact_id
        or is_meant(contact, transfer.contact_code, transfer.details)
        for contact in contacts
    )
