"""The records that a name stands for: the number of an invoice or of a debtor, or an id of either system."""

from collections.abc import Sequence

from tribe_yuki.admin.outside import Tribe
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.contacts.store import LinkStore, UnlinkedContactStore
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.ids import is_guid
from tribe_yuki.invoices.store import YUKI_HOLDS_IT, TransferStore
from tribe_yuki.invoices.transfer import State, Transfer

_NOT_BOOKED = tuple(state for state in State if state is not State.BOOKED)
_NUMBERED = (LinkState.NEW, LinkState.CREATING, LinkState.HELD, LinkState.LINKED)


def find_transfers(transfers: TransferStore, name: str) -> list[Transfer]:
    """Return the transfers with an id or number, first seen first, and those that had the number."""
    holders = [name.lower()] if is_guid(name) else transfers.holders_of_reference(name)
    claimed = (transfers.get(tribe_invoice_id) for tribe_invoice_id in holders)
    found = {transfer.tribe_invoice_id: transfer for transfer in claimed if transfer}
    if not is_guid(name):
        # What was never ready claims no number, and what is booked only unless Yuki had the number before.
        states = (*_NOT_BOOKED, State.BOOKED) if YUKI_HOLDS_IT in holders else _NOT_BOOKED
        listed = (transfer for state in states for transfer in transfers.in_state(state))
        found = {each.tribe_invoice_id: each for each in listed if each.reference == name} | found
    return sorted(found.values(), key=lambda transfer: transfer.first_seen_at)


def find_links(links: LinkStore, name: str) -> list[Link]:
    """Return the links with a debtor number, or with an id of either system."""
    guid = name.lower() if is_guid(name) else None
    relation_id = (links.relation_linked_to(guid) or guid) if guid else links.relation_with_code(name)
    holder = links.get(relation_id) if relation_id else None
    found = {holder.tribe_relation_id: holder} if holder else {}
    if guid is None:
        numbered = (link for state in _NUMBERED for link in links.in_state(state) if link.number == name)
        found = {link.tribe_relation_id: link for link in numbered} | found
    return [found[each] for each in sorted(found)]


def find_unlinked(unlinked: UnlinkedContactStore, name: str) -> list[UnlinkedContact]:
    """Return the Yuki contacts without a link with an id, or with a number of Yuki's screens."""
    if not is_guid(name):
        return [contact for contact in unlinked.held() if str(contact.number) == name]
    contact = unlinked.get(name.lower())
    return [contact] if contact else []


def find_relations(tribe: Tribe, name: str) -> Sequence[TribeRelation]:
    """Return the relations that Tribe has with a debtor number or id."""
    ids = [name.lower()] if is_guid(name) else tribe.find_relations_by_debtor_number(name)
    return tribe.read_relations(ids) if ids else ()
