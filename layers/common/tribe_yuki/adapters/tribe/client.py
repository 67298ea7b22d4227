"""Tribe CRM for the use cases: whole relations and invoices in, single fields and new records out."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Self

from tribe_yuki.adapters.tribe.application import Grant, TribeApplication, TribeEndpoints, TribeOptions
from tribe_yuki.adapters.tribe.changes import relations_changed_since
from tribe_yuki.adapters.tribe.environment import Environment, OwnOrganisation, TribeEmployee, TribePhase
from tribe_yuki.adapters.tribe.invoice_reader import InvoiceReader
from tribe_yuki.adapters.tribe.invoices import ATTACHMENTS
from tribe_yuki.adapters.tribe.odata import OData
from tribe_yuki.adapters.tribe.relation_reader import RelationReader
from tribe_yuki.adapters.tribe.relation_writer import RelationWriter
from tribe_yuki.adapters.tribe.token_endpoint import TokenEndpoint, TribeTokens
from tribe_yuki.adapters.tribe.tokens import AuthorizationCodeTokens, ClientCredentialsTokens, TokenStore
from tribe_yuki.adapters.tribe.transport import Observer, Tokens, Transport, new_http_client
from tribe_yuki.adapters.tribe.values import record_id, text
from tribe_yuki.adapters.tribe.webhooks import RegisteredWebhook, Webhooks
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress, TribeRelation
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.core.errors import ConnectorError, OutcomeUnknown
from tribe_yuki.core.ids import is_guid
from tribe_yuki.invoices.model import InvoiceHead, TribeInvoice, TribeVatGroup
from tribe_yuki.invoices.reconcile.findings import InvoiceInTribe


def ignore(_: str) -> None:
    """Observe nothing."""


class TribeClient:
    """One Tribe environment, for as long as the process lives; threads may share it.

    Reads and partial writes raise Retryable, RateLimited, CredentialsRefused, Held(tribe_consent_needed) for a missing
    right or module, or Defect.
    """

    def __init__(
        self,
        application: TribeApplication,
        endpoints: TribeEndpoints,
        *,
        now: Callable[[], datetime],
        options: TribeOptions | None = None,
        token_store: TokenStore | None = None,
        observer: Observer = ignore,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`now` tells the instant in UTC; `observer` hears "GET Relation_Organization" before each HTTP call.

        `token_store` is needed for authorization code only, and `wait` (seconds) while another process renews them.
        """
        if application.grant is Grant.AUTHORIZATION_CODE and token_store is None:
            raise ValueError("tribe: authorization code needs a token store")
        options = options or TribeOptions()
        self._http = new_http_client(options.read_timeout_seconds)
        endpoint = TokenEndpoint(self._http, endpoints.auth_url, application, now, observer)
        transport = Transport(self._http, endpoints.api_url, _tokens(endpoint, token_store, wait), observer)
        self._odata = OData(transport)
        self._relations = RelationReader(self._odata)
        self._invoices = InvoiceReader(self._odata, self._relations, options)
        self._environment = Environment(self._odata)
        self._writer = RelationWriter(self._odata, self._relations, self._environment)
        self._webhooks = Webhooks(transport)

    def resolve(self, record_id: str) -> str | None:
        """Return the dotted type of any record, such as `Activity.Invoice`; None when Tribe does not know the id."""
        return text(self._odata.single("Entity", record_id) or {}, "_Type")

    def relation_of(self, record_id: str, record_type: str) -> str | None:
        """Return the id of the relation behind a relation, role or address; None for contact persons and all else."""
        return self._relations.of(record_id, record_type)

    def read_relation(self, tribe_relation_id: str) -> TribeRelation | None:
        """Return an organisation or person whole, or None when it is gone (three or four calls)."""
        return self._relations.read(tribe_relation_id)

    def read_relations(self, tribe_relation_ids: Sequence[str]) -> list[TribeRelation]:
        """Return relations whole, in the order asked for; those gone are left out (three to five calls per 20)."""
        return self._relations.read_many(tribe_relation_ids)

    def relation_page(self, kind: ContactKind, *, skip: int = 0, with_roles: bool = False) -> list[TribeRelation]:
        """Return at least 100 of all relations of a kind, in the order in which they were made; fewer at the end."""
        return self._relations.page(kind, skip=skip, with_roles=with_roles)

    def relations_changed_since(self, since: datetime) -> list[str]:
        """Return the ids of relations whose fields, addresses or roles changed since an instant, each once."""
        return relations_changed_since(self._odata, since)

    def find_relations_by_import_id(self, import_id: str) -> list[str]:
        """Return the ids of all relations with exactly this ImportId."""
        return self._relations.by_import_id(import_id)

    def create_relation(self, new: NewRelation) -> str:
        """Create a relation with its addresses and roles; return its id.

        Raises OutcomeUnknown when it may exist now, perhaps without all its roles; any other error says that nothing
        was done.
        """
        return self._writer.create(new)

    def add_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:
        """Make a relation a customer or supplier, unless it is one (one or two calls).

        Raises OutcomeUnknown when it may be one now: doing it again is harmless.
        """
        self._writer.add_role(tribe_relation_id, kind, role)

    def known_countries(self) -> Collection[str]:
        """Return the ISO codes of the countries that Tribe's list has; an address in another one is stored without."""
        return self._writer.known_countries()

    def update_relation(
        self, relation: TribeRelation, values: Mapping[str, str], addresses: Mapping[str, TribeAddress]
    ) -> None:
        """Write some fields and addresses of a relation, by attribute of TribeRelation.

        Raises Gone when the relation is gone, Conflict when an address of it is, and Refused when Tribe declines.
        """
        self._writer.update(relation, values, addresses)

    def find_relations_by_debtor_number(self, debtor_number: str) -> list[str]:
        """Return the ids of all relations with exactly this debtor number."""
        return self._relations.by_debtor_number(debtor_number)

    def read_invoices(self, tribe_invoice_ids: Sequence[str]) -> list[TribeInvoice]:
        """Return invoices whole, in the order asked for; those gone are left out (four calls per 20)."""
        return self._invoices.read(tribe_invoice_ids)

    def invoice_of_line(self, tribe_line_id: str) -> str | None:
        """Return the id of the invoice that a product line belongs to; None when there is none or Tribe is silent."""
        return self._invoices.of_line(tribe_line_id)

    def sent_invoices(self, *, modified_since: datetime) -> list[str]:
        """Return the ids of invoices in a phase other than Draft that were changed since an instant."""
        return self._invoices.sent_since(modified_since)

    def invoice_heads(self, *, modified_since: datetime) -> list[InvoiceHead]:
        """Return number and date of invoices in a phase other than Draft that were changed since an instant."""
        return self._invoices.heads_since(modified_since)

    def invoices_dated(self, first: date, last: date) -> list[InvoiceInTribe]:
        """Return the invoices in a phase other than Draft that are dated from a day to another (one call per 100)."""
        return self._invoices.dated(first, last)

    def invoice_heads_dated(self, first: date, last: date) -> list[InvoiceHead]:
        """Return number and date of the invoices that `invoices_dated` returns (one call per 100)."""
        return self._invoices.heads_dated(first, last)

    def invoices_with_numbers(self, numbers: Sequence[str]) -> list[InvoiceHead]:
        """Return number and date of the invoices, drafts too, that have one of some numbers (one call per 20)."""
        return self._invoices.with_numbers(numbers)

    def read_document(self, tribe_attachment_id: str, *, largest: int) -> bytes | None:
        """Return the bytes of an attachment; None when it is larger than `largest` bytes or gone."""
        return self._odata.file(ATTACHMENTS, tribe_attachment_id, "File", largest=largest)

    def write_invoice_field(self, tribe_invoice_id: str, field: str, value: str) -> None:
        """Write one field of an invoice. Raises Gone, or Held(invoice_invalid) for a field that is frozen."""
        self._invoices.write_field(tribe_invoice_id, field, value)

    def create_record(self, entity_set: str, fields: Mapping[str, object]) -> str:
        """Create a record with its children and links, and return its id.

        With an `ImportId` among the fields it is found again when Tribe answers without its id. Raises OutcomeUnknown
        when it may exist now; Retryable only when nothing was done.
        """
        if "ID" in fields:
            raise ValueError("a record with an ID is changed, not created: use update_record")
        made = self._odata.create(entity_set, fields) or {}
        if is_guid(str(made.get("ID"))):
            return record_id(made)
        return self._find_created(entity_set, fields.get("ImportId"))

    def update_record(self, entity_set: str, record_id: str, fields: Mapping[str, object]) -> None:
        """Set some fields of a record; the others stay. Raises Gone, or Refused (a Defect) when Tribe declines."""
        self._odata.update(entity_set, record_id, fields)

    def webhooks(self) -> list[RegisteredWebhook]:
        """Return the registered webhooks."""
        return self._webhooks.all()

    def register_webhook(self, entity_type: str, url: str, headers: Mapping[str, str]) -> RegisteredWebhook:
        """Register a webhook for one dotted entity type, with headers of ours on every delivery."""
        return self._webhooks.register(entity_type, url, headers)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook; one that is gone already is fine."""
        self._webhooks.delete(webhook_id)

    def own_organisation(self) -> OwnOrganisation:
        """Return the company itself. Raises Defect unless there is exactly one."""
        return self._environment.own_organisation()

    def current_employee(self) -> TribeEmployee:
        """Return the virtual user of the application."""
        return self._environment.current_employee()

    def phases(self) -> list[TribePhase]:
        """Return the phases of invoices."""
        return self._environment.phases()

    def vat_groups(self) -> list[TribeVatGroup]:
        """Return the VAT groups."""
        return self._environment.vat_groups()

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _find_created(self, entity_set: str, import_id: object) -> str:
        unknown = OutcomeUnknown("tribe_outcome_unknown", f"{entity_set}: created, but its id is not known")
        if not isinstance(import_id, str) or not import_id:
            raise unknown
        try:
            found = self._odata.ids_with(entity_set, "ImportId", import_id)
        except ConnectorError as error:
            raise unknown from error
        if len(found) != 1:
            raise unknown
        return found[0]


def exchange_code(
    application: TribeApplication, endpoints: TribeEndpoints, code: str, redirect_uri: str, now: Callable[[], datetime]
) -> TribeTokens:
    """Trade in the code that the consent screen handed to the redirect address, for the first tokens.

    Raises CredentialsRefused with what to repair, RateLimited, Retryable or Defect.
    """
    with new_http_client(TribeOptions().read_timeout_seconds) as http:
        return TokenEndpoint(http, endpoints.auth_url, application, now, ignore).by_code(code, redirect_uri)


def _tokens(endpoint: TokenEndpoint, store: TokenStore | None, wait: Callable[[float], None]) -> Tokens:
    uses_code = endpoint.application.grant is Grant.AUTHORIZATION_CODE
    return AuthorizationCodeTokens(endpoint, store, wait) if uses_code and store else ClientCredentialsTokens(endpoint)
