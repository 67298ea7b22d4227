"""What only an operator asks of the outside systems, as Protocols."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, Protocol, override

from tribe_yuki.admin.dead_letter import DeadLetter
from tribe_yuki.budget.yuki_budget import DayCount
from tribe_yuki.connections import outside as companies
from tribe_yuki.connections.settings import ConnectionSettings, TotalsReading
from tribe_yuki.invoices import outside
from tribe_yuki.invoices.model import InvoiceHead, SalesDocument, TribeVatGroup

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


class Administration(companies.Administration, Protocol):
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
        """Whether it is in use."""
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


class Tribe(outside.Tribe, Protocol):
    """A Tribe environment, with what only an operator asks."""

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

    def invoice_heads(self, *, modified_since: datetime) -> list[InvoiceHead]:
        """Return number and date of invoices in a phase other than Draft that were changed since an instant."""
        ...


class Yuki(outside.Yuki, Protocol):
    """Yuki with one key, with what only an operator asks."""

    def sales_documents(self, *, modified_since: datetime, start: int = 0, count: int = 500) -> list[SalesDocument]:
        """Return sales invoices of the archive of the domain, in the order of their change, from `start` on."""
        ...

    def domains(self) -> Sequence[Domain]:
        """Return the domains that the key gives access to."""
        ...

    @override
    def administrations(self) -> Sequence[Administration]: ...

    def sales_items(self) -> int:
        """Return how many products the administration sells; needs the right for sales and books nothing."""
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


class DeadLetters(Protocol):
    """Messages that no function could handle. Raises Retryable when a queue does not answer."""

    def receive(self, *, most: int) -> Iterable[DeadLetter]:
        """Yield messages; one that is not deleted stays."""
        ...

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message whose work is safe elsewhere."""
        ...


class BudgetReader(Protocol):
    """The counter of Yuki calls of a domain."""

    def today(self, yuki_domain_id: str, now: datetime) -> DayCount:
        """Return what was counted on this day in Amsterdam."""
        ...
