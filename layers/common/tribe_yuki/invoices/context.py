"""Everything a use case of invoices works with, for one connection."""

from dataclasses import dataclass

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.invoices.outside import Tribe, Yuki
from tribe_yuki.invoices.store import InvoiceStores


@dataclass(frozen=True, kw_only=True)
class InvoiceContext(ContactContext, InvoiceStores):
    """A connection at work on invoices."""

    tribe: Tribe
    yuki: Yuki
