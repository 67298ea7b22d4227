"""What the operator's use cases need from the outside, as Protocols; adapters fit them by shape."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from tribe_yuki.admin.dead_letter import DeadLetter
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import ConnectionSettings, TotalsReading
from tribe_yuki.contacts.deferred_event import PendingEvent, Route
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import ContactKind, TribeRelation, YukiContact
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.journal import JournalEntry, WrittenEntry
from tribe_yuki.invoices.document.invoice import Books
from tribe_yuki.invoices.model import (
    GlAccount,
    InvoiceHead,
    OutstandingItem,
    SalesDocument,
    TribeInvoice,
    TribeVatGroup,
    VatCode,
)
from tribe_yuki.invoices.reconcile.findings import InvoiceInTribe, Reconciliation
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.work.progress import Progress, UnfinishedTask

type Region = Literal["nl", "be"]
type GrantName = Literal["client_credentials", "authorization_code"]


class TribeApplication(Protocol):
    """An application as registered in Tribe."""

    @property
    def grant(self) -> GrantName:
        """Return how it gets its tokens."""
        ...

    @property
    def client_id(self) -> str:
        """Return its id."""
        ...

    @property
    def client_secret(self) -> str:
        """Return its secret."""
        ...

    @property
    def scope(self) -> str:
        """Return the scopes to ask for, separated by blanks; empty for the grant's usual ones."""
        ...


class Webhook(Protocol):
    """A webhook as registered in Tribe; the secret is None where Tribe does not tell it."""

    @property
    def webhook_id(self) -> str:
        """Return its id."""
        ...

    @property
    def secret(self) -> str | None:
        """Return what it is signed with."""
        ...

    @property
    def entity_type(self) -> str:
        """Return the dotted type whose events it tells."""
        ...

    @property
    def url(self) -> str:
        """Return where it posts to."""
        ...


class Named(Protocol):
    """Something with a name: the company itself, a domain."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...


class OwnOrganisation(Named, Protocol):
    """The company itself in Tribe."""

    @property
    def tribe_relation_id(self) -> str:
        """Return its id, which no other environment has."""
        ...


class Domain(Named, Protocol):
    """A domain of Yuki."""

    @property
    def domain_id(self) -> str:
        """Return its GUID."""
        ...


class Administration(Named, Protocol):
    """An administration of Yuki."""

    @property
    def administration_id(self) -> str:
        """Return its GUID."""
        ...

    @property
    def domain_id(self) -> str:
        """Return the GUID of its domain."""
        ...

    @property
    def country(self) -> str | None:
        """Return its country in two letters."""
        ...

    @property
    def is_active(self) -> bool:
        """Tell whether it is in use."""
        ...

    @property
    def coc_number(self) -> str | None:
        """Return its Chamber of Commerce number."""
        ...

    @property
    def vat_number(self) -> str | None:
        """Return its VAT number."""
        ...


class InvoicePhase(Protocol):
    """A phase of invoices in Tribe."""

    @property
    def code(self) -> str:
        """Return its code."""
        ...

    @property
    def name(self) -> str:
        """Return its name in Tribe's screens."""
        ...


class Tribe(Protocol):
    """A Tribe environment. Every call may raise what `connections.ports.Tribe` raises."""

    def webhooks(self) -> Sequence[Webhook]:
        """Return the registered webhooks."""
        ...

    def register_webhook(self, entity_type: str, url: str, headers: Mapping[str, str]) -> Webhook:
        """Register a webhook; raise OutcomeUnknown when it may exist now."""
        ...

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook; one that is gone already is fine."""
        ...

    def own_organisation(self) -> OwnOrganisation:
        """Return the company itself."""
        ...

    def current_employee(self) -> Named:
        """Return the virtual user of the application."""
        ...

    def vat_groups(self) -> list[TribeVatGroup]:
        """Return the VAT groups."""
        ...

    def phases(self) -> Sequence[InvoicePhase]:
        """Return the phases of invoices; tenants may have added some."""
        ...

    def newest_debtor_numbers(self, count: int) -> list[str | None]:
        """Return the debtor numbers of the newest customers, newest first; None where there is none."""
        ...

    def newest_sent_invoices(self, count: int) -> list[str]:
        """Return the ids of invoices in a phase other than Draft, last changed first."""
        ...

    def read_invoices(self, tribe_invoice_ids: Sequence[str]) -> list[TribeInvoice]:
        """Return invoices whole, in the order asked for; those that are gone are left out."""
        ...

    def relation_page(self, kind: ContactKind, *, skip: int = 0, with_roles: bool = False) -> list[TribeRelation]:
        """Return at least 100 of all relations of a kind, in the order in which they were made; fewer at the end."""
        ...

    def invoice_heads(self, *, modified_since: datetime) -> list[InvoiceHead]:
        """Return number and date of invoices in a phase other than Draft that were changed since an instant."""
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

    def resolve(self, record_id: str) -> str | None:
        """Return the dotted type of any record; None when Tribe does not know the id."""
        ...

    def relation_of(self, record_id: str, record_type: str) -> str | None:
        """Return the id of the relation behind a role or address, or None."""
        ...

    def read_relations(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for."""
        ...

    def find_relations_by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of all relations with exactly this debtor number."""
        ...


class Yuki(Protocol):
    """Yuki with one key. Every call may raise what `connections.ports.Yuki` raises."""

    def domains(self) -> Sequence[Domain]:
        """Return the domains that the key gives access to."""
        ...

    def administrations(self) -> Sequence[Administration]:
        """Return the administrations that the key gives access to."""
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

    def sales_items(self) -> int:
        """Return how many products the administration sells; needs the right for sales and books nothing."""
        ...

    def check_outstanding_item(self, reference: str) -> list[OutstandingItem]:
        """Return the open items with a reference."""
        ...

    def outstanding_debtor_items(self) -> list[OutstandingItem]:
        """Return all open items of debtors of the administration."""
        ...

    def sales_documents(self, *, modified_since: datetime, start: int = 0, count: int = 500) -> list[SalesDocument]:
        """Return sales invoices of the archive."""
        ...

    def vat_codes(self) -> list[VatCode]:
        """Return the active VAT codes of the administration."""
        ...

    def gl_accounts(self) -> list[GlAccount]:
        """Return the ledger scheme of the administration."""
        ...


class OutsideSystems(Protocol):
    """Opens Tribe and Yuki for the operator."""

    def tribe(
        self,
        connection_id: str,
        application: TribeApplication,
        totals: TotalsReading | None = None,
        token: Mapping[str, str] | None = None,
    ) -> AbstractContextManager[Tribe]:
        """Open a Tribe environment; closed at the end of the block.

        `token` is what `exchange_code` returned, for a consent that is not stored yet; else the stored one is used.
        """
        ...

    def yuki_key(self, region: Region, access_key: str, domain_id: str = "") -> Yuki:
        """Open Yuki with a key that belongs to no connection yet; its calls are counted nowhere but in `yuki_calls`."""
        ...

    def yuki(self, connection_id: str, settings: ConnectionSettings, access_key: str) -> Yuki:
        """Open Yuki for a connection: with its session, within the calls of the day."""
        ...

    @property
    def yuki_calls(self) -> int:
        """Return how many calls of Yuki were made so far."""
        ...

    def consent_address(self, application: TribeApplication, redirect_uri: str, state: str) -> str:
        """Return the address where a user gives the application access."""
        ...

    def exchange_code(self, application: TribeApplication, code: str, redirect_uri: str) -> Mapping[str, str]:
        """Trade in the code of the consent screen; return the content of the secret `tribe-token`."""
        ...


class Secrets(Protocol):
    """The secrets of connections, by kind: `webhook`, `credentials`, `tribe-token`. Each is a JSON object."""

    def read(self, connection_id: str, kind: str) -> dict[str, Any] | None:
        """Return a secret, or None when there is none."""
        ...

    def write(self, connection_id: str, kind: str, value: Mapping[str, object]) -> None:
        """Make a secret, or replace what it holds."""
        ...

    def delete(self, connection_id: str, kind: str) -> None:
        """Remove a secret at once; one that is gone already is fine."""
        ...


class Records(Protocol):
    """The stored connections."""

    def all_ids(self) -> list[str]:
        """Return the ids of all connections that are not disconnected."""
        ...

    def get(self, connection_id: str) -> ConnectionRecord | None:
        """Return a connection, also one that is disconnected."""
        ...

    def save(self, record: ConnectionRecord, entries: Sequence[JournalEntry], now: datetime) -> None:
        """Store a connection with journal entries; raise Conflict when somebody else stored it meanwhile."""
        ...

    def note(self, connection_id: str, entry: JournalEntry, now: datetime) -> None:
        """Store a journal entry about the connection alone."""
        ...

    def forget_yuki_session(self, connection_id: str) -> None:
        """Delete the session of a key that is replaced or given up."""
        ...


class Connections(Protocol):
    """What the workers remember of a connection."""

    def books(self, connection_id: str, *, not_older_than: datetime) -> Books | None:
        """Return what Yuki's administration offered when last asked, unless that is too long ago."""
        ...

    def store_books(self, connection_id: str, books: Books, now: datetime) -> None:
        """Remember what Yuki's administration offers."""
        ...

    def mark(self, connection_id: str, name: str) -> datetime | None:
        """Return the instant remembered under a name."""
        ...

    def set_mark(self, connection_id: str, name: str, instant: datetime) -> None:
        """Remember an instant under a name."""
        ...

    def yuki_away_since(self, connection_id: str) -> datetime | None:
        """Return since when Yuki is left alone because it does not answer, or None."""
        ...

    def progress(self, connection_id: str, task: str) -> Progress | None:
        """Return how far the newest run of a task has come, or None when it never ran."""
        ...

    def unfinished_tasks(self, connection_id: str) -> dict[str, UnfinishedTask]:
        """Return the tasks that have to be started again, and when."""
        ...

    def acquire_lease(self, connection_id: str, name: str, now: datetime, length: timedelta) -> str | None:
        """Return a token when nobody else holds the lease, else None."""
        ...

    def release_lease(self, connection_id: str, name: str, token: str) -> None:
        """End a lease early."""
        ...

    def seen_with(self, connection_id: str, record_id: str) -> list[str]:
        """Return the notes of what runs of tasks saw that name a record."""
        ...

    def forget_seen(self, connection_id: str, record_id: str) -> int:
        """Take a record out of the notes of what runs of tasks saw; return how many named it."""
        ...

    def save_progress(self, connection_id: str, progress: Progress, former: Progress | None) -> None:
        """Move a run on; raise Conflict when somebody else moved it on meanwhile."""
        ...


class Transfers(Protocol):
    """The stored transfers."""

    def get(self, connection_id: str, tribe_invoice_id: str) -> Transfer | None:
        """Return one transfer, or None."""
        ...

    def holders_of_reference(self, connection_id: str, reference: str) -> list[str]:
        """Return the Tribe invoices that a number is reserved for, one a book year; `yuki` when the books had it."""
        ...

    def holder_of_number(self, transfer: Transfer) -> str | None:
        """Return what a transfer's number is reserved for in its book year, as `holders_of_reference` does, or None."""
        ...

    def in_state(self, connection_id: str, state: State) -> list[Transfer]:
        """Return transfers in a state."""
        ...

    def reported(self, connection_id: str) -> list[Transfer]:
        """Return booked transfers of which something is reported."""
        ...

    def newest(self, connection_id: str, state: State, *, since: datetime | None = None, limit: int) -> list[Transfer]:
        """Return the transfers that came into a state last, since an instant if it is given, newest first."""
        ...

    def page(self, connection_id: str, *, after: str = "", limit: int) -> list[Transfer]:
        """Return transfers in the order of their invoices' ids, beginning after one of them."""
        ...

    def of_relation(self, connection_id: str, tribe_relation_id: str) -> list[Transfer]:
        """Return the transfers of a relation's invoices."""
        ...

    def save(self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime) -> Transfer:
        """Store a transfer with journal entries; raise Conflict when somebody else stored it since it was read."""
        ...

    def claim_reference(self, transfer: Transfer, entries: Sequence[JournalEntry], now: datetime) -> Transfer | str:
        """Store a transfer as `save` does, and reserve its number for it in its book year.

        Returns the stored transfer; or, and then nothing is stored, what the number is reserved for: another invoice
        of Tribe, or `yuki`.
        """
        ...


class Reconciliations(Protocol):
    """The stored reports of the nightly reconciliation."""

    def last(self, connection_id: str) -> Reconciliation | None:
        """Return the report of the last night that was finished, or None before the first one."""
        ...


class DeadLetters(Protocol):
    """Messages that no function could handle. Raises Retryable when a queue does not answer."""

    def receive(self, *, most: int) -> Iterable[DeadLetter]:
        """Yield messages; one that is not deleted stays."""
        ...

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message whose work is safe elsewhere."""
        ...


class Journal(Protocol):
    """What happened to the records."""

    def entries(self, connection_id: str, item: str) -> list[WrittenEntry]:
        """Return all entries about a connection's item, such as `invoice#<id>`, oldest first."""
        ...

    def forget(self, connection_id: str, item: str, *, but: str) -> int:
        """Delete all entries about an item but the last one with a code; return how many there were."""
        ...

    def reduce(self, connection_id: str, item: str, reduced: Callable[[JournalEntry], JournalEntry]) -> int:
        """Replace the facts of each entry about an item by those of `reduced`; return how many lost something."""
        ...


class MatchRegister(Protocol):
    """What records can be recognised by, as fingerprints."""

    def of_records(self, connection_id: str, record_ids: Collection[str]) -> list[tuple[str, str]]:
        """Return record and fingerprint of all entries of some records."""
        ...

    def forget(self, connection_id: str, record_id: str, fingerprint: str) -> None:
        """Take a record away from a fingerprint."""
        ...


class PendingEvents(Protocol):
    """Events that wait because Tribe could not be asked about their records."""

    def get(self, connection_id: str, route: Route, record_id: str) -> PendingEvent | None:
        """Return a pending event, or None."""
        ...

    def held(self, connection_id: str) -> list[PendingEvent]:
        """Return the events that wait for a person, longest first; may lag behind by a moment."""
        ...

    def delete(self, connection_id: str, route: Route, record_id: str) -> None:
        """Forget an event."""
        ...


class UnlinkedContacts(Protocol):
    """What is remembered of Yuki contacts without a link."""

    def get(self, connection_id: str, yuki_contact_id: str) -> UnlinkedContact | None:
        """Return what is remembered of a contact, or None."""
        ...

    def held(self, connection_id: str) -> list[UnlinkedContact]:
        """Return the contacts that wait for a person."""
        ...

    def delete(self, connection_id: str, yuki_contact_id: str) -> None:
        """Forget a contact that has a link now."""
        ...


class Links(Protocol):
    """The stored links."""

    def get(self, connection_id: str, tribe_relation_id: str) -> Link | None:
        """Return one link, or None."""
        ...

    def relation_linked_to(self, connection_id: str, yuki_contact_id: str) -> str | None:
        """Return the relation that a Yuki contact is linked to, or None."""
        ...

    def relation_with_code(self, connection_id: str, code: str) -> str | None:
        """Return the relation whose contact has a relation code, or None."""
        ...

    def save(self, link: Link, entries: Sequence[JournalEntry], now: datetime, *, former: Link | None = None) -> Link:
        """Store a link with journal entries; raise Held when its contact or code is another relation's."""
        ...

    def page(self, connection_id: str, *, after: str = "", limit: int) -> list[Link]:
        """Return links in the order of their relations' ids, beginning after one of them."""
        ...

    def in_state(self, connection_id: str, state: LinkState) -> list[Link]:
        """Return links in a state."""
        ...

    def relation_of_record(self, connection_id: str, record_id: str) -> str | None:
        """Return the linked relation that an address or role was last seen at, or None."""
        ...

    def mirrors(self, connection_id: str, tribe_relation_id: str) -> list[str]:
        """Return the items that point to a relation: by contact, by code, by address or role."""
        ...

    def forget_mirror(self, connection_id: str, tribe_relation_id: str, mirror: str) -> None:
        """Delete an item that points to a relation."""
        ...


class Queues(Protocol):
    """Work for the functions. Raises Retryable when a queue did not take it."""

    def push_invoices(
        self, connection_id: str, tribe_invoice_ids: Sequence[str], now: datetime, *, delay_seconds: int = 0
    ) -> None:
        """Have invoices looked at again."""
        ...

    def push_relation(self, connection_id: str, tribe_relation_id: str, now: datetime) -> None:
        """Have a relation looked at again."""
        ...

    def start_task(self, connection_id: str, task: str, now: datetime, *, window_seconds: int) -> None:
        """Start a task of a connection, at most once per window."""
        ...


class CallsOfToday(Protocol):
    """The counter of Yuki calls of a domain."""

    def today(self, yuki_domain_id: str, now: datetime) -> "DayCount":
        """Return what was counted on this day in Amsterdam."""
        ...


class DayCount(Protocol):
    """The calls of one day."""

    @property
    def calls(self) -> int:
        """Return how many were counted."""
        ...

    @property
    def is_blocked(self) -> bool:
        """Tell whether Yuki said that its limit is reached."""
        ...


class WebhookLog(Protocol):
    """What the webhook function wrote about the calls that it answered."""

    def answers(self, connection_id: str, since: datetime) -> "Sequence[WebhookAnswer] | None":
        """Return its answers since an instant, oldest first; None when the log cannot be read."""
        ...


class WebhookAnswer(Protocol):
    """One call of Tribe that the webhook function answered."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        ...

    @property
    def header_names(self) -> Sequence[str]:
        """Return the names of the headers that came; empty when the call was accepted."""
        ...

    @property
    def reasons(self) -> Sequence[str]:
        """Return why it was refused."""
        ...
