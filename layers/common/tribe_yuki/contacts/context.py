"""Everything a use case of contacts works with, for one connection."""

from dataclasses import dataclass

from tribe_yuki.connections.context import INDEXED, ConnectionContext
from tribe_yuki.contacts.fields.mapping import ContactMapping, contact_mapping
from tribe_yuki.contacts.outside import Tribe, Yuki
from tribe_yuki.contacts.store import ContactStores, WaitingInvoices
from tribe_yuki.core.fingerprint import Fingerprints

# What records are filed under: a change of that (`match/blocks.py`) has the index filled anew.
INDEX_VERSION = 2


@dataclass(frozen=True, kw_only=True)
class ContactContext(ConnectionContext, ContactStores):
    """A connection at work on contacts."""

    tribe: Tribe
    yuki: Yuki
    waiting_invoices: WaitingInvoices

    @property
    def contact_mapping(self) -> ContactMapping:
        """Return what the connection chose about contacts."""
        return contact_mapping(self.settings)

    @property
    def match_fingerprints(self) -> Fingerprints:
        """Return what makes the fingerprints by which records are found."""
        return self.fingerprints("match")

    @property
    def indexed_since(self) -> str:
        """Return the name of the timestamp of when the match index was completed, by this version, with this key."""
        return f"{INDEXED}#{INDEX_VERSION}#{self.match_fingerprints.keys[0].key_id}"
