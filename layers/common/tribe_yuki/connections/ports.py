"""What the use cases need from the outside, as Protocols; adapters fit them by shape.

Every call may raise the errors of `core.errors`; each Protocol says which ones matter.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from tribe_yuki.contacts.deferred_event import PendingEvent, Route
from tribe_yuki.contacts.importable import OwnCompany
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress, TribeRelation, YukiContact
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.holds import Owner
from tribe_yuki.core.journal import JournalEntry
from tribe_yuki.invoices.document.invoice import Books
from tribe_yuki.invoices.model import (
    BatchAnswer,
    GlAccount,
    InvoiceHead,
    OutstandingItem,
    SalesDocument,
    SalesInvoice,
    TribeInvoice,
    VatCode,
)
from tribe_yuki.invoices.reconcile.findings import InvoiceInTribe, Reconciliation
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.work.progress import Progress, UnfinishedTask


class Clock(Protocol):
    """The time, so that tests can move it."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class Tribe(Protocol):
    """Tribe CRM. Reads raise Retryable, RateLimited, CredentialsRefused or Defect."""

    def resolve(self, record_id: str) -> str | None:
        """Return the dotted type of any record, such as `Activity.Invoice`; None when Tribe does not know the id."""
        ...

    def relation_of(self, record_id: str, record_type: str) -> str | None:
        """Return the id of the relation behind a relation, customer, supplier, contact or address record.

        None for records that belong to no relation (any more).
        """
        ...

    def invoice_of_line(self, tribe_line_id: str) -> str | None:
        """Return the id of the invoice that a product line belongs to, or None."""
        ...

    def read_relation(self, tribe_relation_id: str) -> TribeRelation | None:
        """Return an organisation or person whole, or None when it is gone."""
        ...

    def read_relations(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for, with as few calls as it takes; those gone are left out."""
        ...

    def relation_page(self, kind: ContactKind, *, skip: int = 0, with_roles: bool = False) -> list[TribeRelation]:
        """Return at least 100 of all relations of a kind, in the order in which they were made; fewer at the end."""
        ...

    def relations_changed_since(self, since: datetime) -> list[str]:
        """Return the ids of relations whose fields, addresses or roles changed since an instant, each once."""
        ...

    def find_relations_by_import_id(self, import_id: str) -> list[str]:
        """Return the ids of all relations with exactly this ImportId."""
        ...

    def create_relation(self, new: NewRelation) -> str:
        """Create a relation with its addresses and roles; return its id. Raises OutcomeUnknown when it may exist."""
        ...

    def add_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:
        """Make a relation a customer or supplier, unless it is one."""
        ...

    def known_countries(self) -> Collection[str]:
        """Return the ISO codes of the countries that Tribe's list has; an address in another one is stored without."""
        ...

    def update_relation(
        self, relation: TribeRelation, values: Mapping[str, str], addresses: Mapping[str, TribeAddress]
    ) -> None:
        """Write some fields and addresses of a relation, by attribute of TribeRelation. Raises Gone."""
        ...

    def find_relations_by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of all relations with exactly this debtor number."""
        ...

    def read_invoices(self, tribe_invoice_ids: Sequence[str]) -> list[TribeInvoice]:
        """Return invoices whole, in the order asked for; those that are gone are left out."""
        ...

    def read_document(self, tribe_attachment_id: str, *, largest: int) -> bytes | None:
        """Return the bytes of an attachment; None when it is larger than `largest` bytes or gone."""
        ...

    def sent_invoices(self, *, modified_since: datetime) -> list[str]:
        """Return the ids of invoices in a phase other than Draft that were changed since an instant."""
        ...

    def invoices_dated(self, first: date, last: date) -> list[InvoiceInTribe]:
        """Return the invoices in a phase other than Draft that are dated from a day to another."""
        ...

    def invoice_heads_dated(self, first: date, last: date) -> list[InvoiceHead]:
        """Return number and date of the invoices that `invoices_dated` returns."""
        ...

    def invoices_with_numbers(self, numbers: Sequence[str]) -> list[InvoiceHead]:
        """Return number and date of the invoices, drafts too, that have one of some numbers."""
        ...

    def write_invoice_field(self, tribe_invoice_id: str, field: str, value: str) -> None:
        """Write one field of an invoice."""
        ...


class Administration(Protocol):
    """One of the companies whose books are in Yuki."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    @property
    def coc_number(self) -> str | None:
        """Return its Chamber of Commerce number."""
        ...

    @property
    def vat_number(self) -> str | None:
        """Return its VAT number."""
        ...


class Yuki(Protocol):
    """Yuki's administration and its domain.

    Reads raise Retryable (also BudgetSpent), CredentialsRefused or Defect. The two writes raise these only
    when nothing was done for certain, and OutcomeUnknown otherwise.
    """

    def administrations(self) -> Sequence[Administration]:
        """Return the administrations that the key can see."""
        ...

    def search_contacts(
        self,
        option: str,
        value: str,
        *,
        active: str = "Active",
        sort: str = "ModifiedAsc",
        modified_after: datetime | None = None,
        page: int = 1,
    ) -> list[YukiContact]:
        """Return one page (at most 100) of contacts."""
        ...

    def suppliers_and_customers(
        self,
        contact_type: str,
        *,
        option: str = "All",
        value: str = "",
        active: str = "Active",
        sort: str = "HID",
        modified_after: datetime | None = None,
        page: int = 1,
    ) -> list[YukiContact]:
        """Return one page (at most 100) of contacts with their roles."""
        ...

    def update_contact(self, elements: Mapping[str, str]) -> str:
        """Create or update a contact from elements of Contact.xsd by name; return its id.

        Raises Held(refused_by_yuki) with Yuki's words when it says Failed.
        """
        ...

    def process_sales_invoices(self, invoices: Sequence[SalesInvoice]) -> BatchAnswer:
        """Send invoices in one call and return what Yuki said of each.

        Raises Held(invoice_invalid) when the document was refused as a whole (nothing was booked).
        """
        ...

    def document_size(self, invoice: SalesInvoice) -> int:
        """Return how many bytes an invoice takes in a call."""
        ...

    def check_outstanding_item(self, reference: str) -> list[OutstandingItem]:
        """Return the open items of the administration with this reference."""
        ...

    def outstanding_debtor_items(self) -> list[OutstandingItem]:
        """Return all open items of debtors of the administration."""
        ...

    def sales_documents(self, *, modified_since: datetime, start: int = 0, count: int = 500) -> list[SalesDocument]:
        """Return sales invoices of the archive of the domain, in the order of their change, from `start` on."""
        ...

    def vat_codes(self) -> list[VatCode]:
        """Return the active VAT codes of the administration."""
        ...

    def gl_accounts(self) -> list[GlAccount]:
        """Return the ledger scheme of the administration."""
        ...


class YukiHealth(Protocol):
    """Whether Yuki is there."""

    @property
    def answered_at(self) -> datetime | None:
        """Return when Yuki last answered this connection."""
        ...

    @property
    def is_away(self) -> bool:
        """Tell whether Yuki is being left alone, because it did not answer several times in a row."""
        ...

    @property
    def recovered(self) -> bool:
        """Tell whether this worker saw Yuki come back after it was away or blocked."""
        ...


class Transfers(Protocol):
    """The stored transfers. Writes raise Conflict when the stored version is another than the one given."""

    def get(self, connection_id: str, tribe_invoice_id: str) -> Transfer | None:
        """Return one transfer, or None."""
        ...

    def save(self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime) -> Transfer:
        """Store a transfer with journal entries; return it with its new version."""
        ...

    def claim_reference(
        self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime, *, ended: str | None = None
    ) -> Transfer | str:
        """Store a transfer and reserve its number in its book year; return what the number belongs to when it is taken.

        That is another Tribe invoice's id, or `yuki`; what has `ended` has it no longer.
        """
        ...

    def holder_of_number(self, transfer: Transfer) -> str | None:
        """Return what a transfer's number is reserved for in its book year, as `claim_reference` tells it, or None."""
        ...

    def reserve_for_yuki(self, connection_id: str, reference: str, day: date | None) -> None:
        """Mark a number as held by Yuki's books already, in the book year of a day or in every one."""
        ...

    def in_state(self, connection_id: str, state: State, *, limit: int | None = None) -> list[Transfer]:
        """Return transfers in a state, longest in it first; may lag behind by a moment."""
        ...

    def page(self, connection_id: str, *, after: str = "", limit: int) -> list[Transfer]:
        """Return transfers in the order of their invoices' ids, beginning after one of them."""
        ...

    def reported(self, connection_id: str) -> list[Transfer]:
        """Return booked transfers of which something is reported; may lag behind by a moment."""
        ...


class Links(Protocol):
    """The stored links. Writes raise Conflict when the stored version is another than the one given."""

    def get(self, connection_id: str, tribe_relation_id: str) -> Link | None:
        """Return one link, or None."""
        ...

    def relation_linked_to(self, connection_id: str, yuki_contact_id: str) -> str | None:
        """Return the relation that a Yuki contact is linked to, or None."""
        ...

    def save(self, link: Link, entries: Sequence[JournalEntry], now: datetime, *, former: Link | None = None) -> Link:
        """Store a link with journal entries; raise Held when its contact or code is another relation's.

        What `former` had and the link no longer has, contact or code, is free again.
        """
        ...

    def note_read(self, connection_id: str, tribe_relation_id: str, read_at: datetime) -> None:
        """Remember when a linked relation was last read in Tribe."""
        ...

    def repoint(self, loser: Link, winner: Link, entries: Sequence[JournalEntry], now: datetime) -> Link:
        """Give the contact and code of one link to another one, in one step, and return the new link."""
        ...

    def relation_of_record(self, connection_id: str, record_id: str) -> str | None:
        """Return the linked relation that an address or role was last seen at, or None."""
        ...

    def remember_records(self, connection_id: str, tribe_relation_id: str, record_ids: Iterable[str]) -> None:
        """Remember which addresses and roles belong to a relation."""
        ...

    def page(self, connection_id: str, *, after: str = "", limit: int) -> list[Link]:
        """Return links in the order of their relations' ids, beginning after one of them."""
        ...

    def in_state(self, connection_id: str, state: LinkState) -> list[Link]:
        """Return links in a state; may lag behind by a moment."""
        ...


class UnlinkedContacts(Protocol):
    """What is remembered of Yuki contacts without a link."""

    def get(self, connection_id: str, yuki_contact_id: str) -> UnlinkedContact | None:
        """Return what is remembered of a contact, or None."""
        ...

    def save(self, contact: UnlinkedContact, entries: Sequence[JournalEntry], now: datetime) -> None:
        """Store what is known of a contact, in place of what was known, with journal entries."""
        ...

    def delete(self, connection_id: str, yuki_contact_id: str) -> None:
        """Forget a contact that has a link now."""
        ...

    def held(self, connection_id: str) -> list[UnlinkedContact]:
        """Return the contacts that wait for a person; may lag behind by a moment."""
        ...


class MatchRegister(Protocol):
    """What records can be recognised by, as fingerprints."""

    def remember(self, connection_id: str, fingerprints: Mapping[str, Iterable[str]]) -> None:
        """Add records, by id, under some fingerprints each."""
        ...

    def forget(self, connection_id: str, record_id: str, fingerprint: str) -> None:
        """Take a record away from a fingerprint."""
        ...

    def near(self, connection_id: str, fingerprints: Collection[str]) -> list[str]:
        """Return the ids of records that have one of the fingerprints, each once."""
        ...


class PendingEvents(Protocol):
    """The stored events whose records could not be asked about yet."""

    def get(self, connection_id: str, route: Route, record_id: str) -> PendingEvent | None:
        """Return a pending event, or None."""
        ...

    def held(self, connection_id: str) -> list[PendingEvent]:
        """Return the events that wait for a person, longest first; may lag behind by a moment."""
        ...

    def save(self, event: PendingEvent) -> None:
        """Keep an event, in place of what was known of it."""
        ...

    def delete(self, connection_id: str, route: Route, record_id: str) -> None:
        """Forget an event that was dealt with."""
        ...


class Connections(Protocol):
    """What belongs to a connection as a whole."""

    def books(self, connection_id: str, *, not_older_than: datetime) -> Books | None:
        """Return what Yuki's administration offered when last asked, unless that is too long ago."""
        ...

    def store_books(self, connection_id: str, books: Books, now: datetime) -> None:
        """Remember what Yuki's administration offers."""
        ...

    def own_companies(self, connection_id: str, *, not_older_than: datetime) -> tuple[OwnCompany, ...] | None:
        """Return the companies of the administrations when last asked, unless that is too long ago."""
        ...

    def store_own_companies(self, connection_id: str, companies: tuple[OwnCompany, ...], now: datetime) -> None:
        """Remember the companies of the administrations."""
        ...

    def mark(self, connection_id: str, name: str) -> datetime | None:
        """Return the instant remembered under a name."""
        ...

    def set_mark(self, connection_id: str, name: str, instant: datetime) -> None:
        """Remember an instant under a name."""
        ...

    def note_unfinished_task(self, connection_id: str, task: str, unfinished: UnfinishedTask) -> None:
        """Remember that a task has to be started again, and when."""
        ...

    def unfinished_tasks(self, connection_id: str) -> dict[str, UnfinishedTask]:
        """Return the tasks that have to be started again, and when."""
        ...

    def forget_unfinished_task(self, connection_id: str, task: str) -> None:
        """Forget a task that is done."""
        ...

    def progress(self, connection_id: str, task: str) -> Progress | None:
        """Return how far the newest run of a task has come, or None when it never ran."""
        ...

    def save_progress(self, connection_id: str, progress: Progress, former: Progress | None) -> None:
        """Move a run on; raise Conflict when another worker moved it on meanwhile."""
        ...

    def note_seen(self, connection_id: str, run: str, name: str, ids: Sequence[str], now: datetime) -> None:
        """Remember which records a run of a task saw."""
        ...

    def seen(self, connection_id: str, run: str) -> Iterator[str]:
        """Yield which records a run of a task saw."""
        ...

    def told(self, connection_id: str) -> frozenset[str]:
        """Return the kinds of holds that people were told of and that were there ever since."""
        ...

    def store_told(self, connection_id: str, kinds: Collection[str]) -> None:
        """Remember which kinds of holds people were told of."""
        ...

    def acquire_lease(self, connection_id: str, name: str, now: datetime, length: timedelta) -> str | None:
        """Return a token when nobody else holds the lease, else None."""
        ...

    def release_lease(self, connection_id: str, name: str, token: str) -> None:
        """End a lease early."""
        ...


class Reconciliations(Protocol):
    """The stored reports of the nightly reconciliation."""

    def keep_part(self, connection_id: str, run: str, name: str, part: Reconciliation, now: datetime) -> None:
        """Keep a part of a run; a part that is done again replaces itself."""
        ...

    def parts(self, connection_id: str, run: str) -> list[Reconciliation]:
        """Return the parts of a run."""
        ...

    def store(self, connection_id: str, report: Reconciliation) -> None:
        """Keep a report in place of the one before."""
        ...


class Topics(Protocol):
    """The mails to those who have to act. Raises Retryable when one was not taken."""

    def has(self, owner: Owner) -> bool:
        """Tell whether there is a topic for an owner."""
        ...

    def publish(self, owner: Owner, subject: str, text: str) -> None:
        """Send a mail to everybody who subscribed to an owner's topic."""
        ...


class Queues(Protocol):
    """Work for other functions. Raises Retryable when a queue did not take it."""

    def push_invoices(
        self, connection_id: str, tribe_invoice_ids: Sequence[str], now: datetime, *, delay_seconds: int = 0
    ) -> None:
        """Have invoices looked at again; without ids, have the connection's ready transfers sent."""
        ...

    def push_relation(self, connection_id: str, tribe_relation_id: str, now: datetime) -> None:
        """Have a relation looked at again."""
        ...

    def start_task(self, connection_id: str, task: str, now: datetime, *, window_seconds: int) -> None:
        """Start a task of a connection, at most once per window."""
        ...

    def continue_task(self, connection_id: str, task: str, now: datetime, *, place: str) -> None:
        """Have the next slice of a task run; `place` tells it from all other slices."""
        ...

    def bury(self, connection_id: str, tribe_invoice_id: str, now: datetime) -> None:
        """Put a dead transfer's id on the dead-letter queue."""
        ...
