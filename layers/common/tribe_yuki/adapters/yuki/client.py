"""Yuki as the use cases see it: the port `Yuki`, and what setting up a connection needs besides."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from tribe_yuki.adapters.yuki import answers, documents, soap
from tribe_yuki.adapters.yuki.documents import contact_document, sales_invoice_size, sales_invoices_document
from tribe_yuki.adapters.yuki.ports import CallBudget, CallObserver, NoObserver, SessionStore
from tribe_yuki.adapters.yuki.records import YukiAdministration, YukiDomain
from tribe_yuki.adapters.yuki.soap_caller import SoapCaller, YukiEndpoint
from tribe_yuki.adapters.yuki.transport import HttpTransport
from tribe_yuki.adapters.yuki.values import local_time
from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.contacts.model import YukiContact
from tribe_yuki.contacts.outside import ROWS_PER_PAGE
from tribe_yuki.core.errors import Defect, Retryable
from tribe_yuki.invoices.model import BatchAnswer, OutstandingItem, SalesDocument, SalesInvoice

DOCUMENTS_PER_CALL = 500


class YukiClient:
    """The web services of Yuki for one administration in its domain.

    Before both are chosen (while a connection is made) `domains` and `administrations` work with empty ids. All
    times given and returned are aware; ids are returned in lower case. For the errors see `soap_caller`.

    Args:
        endpoint: where the services are.
        access_key: the key of the connection; it is in no message and no representation.
        domain_id: GUID of the domain, for contacts and the archive.
        administration_id: GUID of the administration, for everything else; not the same.
        sessions: where the connection's session is shared.
        budget: counts every call before it is made, `Authenticate` too.
        now: the current instant, aware.
        transport: shared by all clients of a process; its maker closes it.
        observer: is told how calls end.
    """

    def __init__(
        self,
        endpoint: YukiEndpoint,
        access_key: str,
        domain_id: str,
        administration_id: str,
        *,
        sessions: SessionStore,
        budget: CallBudget,
        now: Callable[[], datetime],
        transport: HttpTransport,
        observer: CallObserver | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._domain_id = domain_id.lower()
        self._administration_id = administration_id.lower()
        self._session_in_domain = ""
        self._caller = SoapCaller(
            endpoint,
            access_key,
            sessions=sessions,
            budget=budget,
            observer=observer or NoObserver(),
            now=now,
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"YukiClient({self._endpoint.host}, administration {self._administration_id or 'not chosen'})"

    def domains(self) -> list[YukiDomain]:
        """Return the domains that the key gives access to."""
        return self._caller.read(soap.DOMAINS, answers.to_domains)

    def administrations(self) -> list[YukiAdministration]:
        """Return the administrations that the key gives access to.

        A key of the other country gets this far too; only a call for data tells (yuki-api 1.1).
        """
        return self._caller.read(soap.ADMINISTRATIONS, answers.to_administrations)

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
        """Return one page (at most 100) of contacts; pages count from 1 (yuki-api 3.1)."""
        parameters = self._search(option, value, active, sort, modified_after, page)
        return self._caller.read(soap.SEARCH_CONTACTS, answers.to_contacts, **parameters)

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
        """Return one page (at most 100) of contacts with their roles (yuki-api 3.2)."""
        parameters = self._search(option, value, active, sort, modified_after, page)
        parameters["contactType"] = _one_of(contact_type, soap.CONTACT_TYPES, "contact type")
        return self._caller.read(soap.GET_SUPPLIERS_AND_CUSTOMERS, answers.to_contacts, **parameters)

    def contact_pages(
        self, contact_type: str, *, sort: str = "HID", modified_after: datetime | None = None
    ) -> Iterator[list[YukiContact]]:
        """Yield the active contacts of a type, page by page; the last page is not full, and may be empty."""
        for page in itertools.count(1):
            rows = self.suppliers_and_customers(contact_type, sort=sort, modified_after=modified_after, page=page)
            yield rows
            if len(rows) < ROWS_PER_PAGE:
                return

    def update_contact(self, elements: Mapping[str, str]) -> str:
        """Create or update a contact from elements of Contact.xsd by name; return the id that Yuki names.

        Empty values are not sent. Raises Held(refused_by_yuki) with Yuki's words, unmasked, when it says
        Failed; Defect for elements that the schema does not know.
        """
        document = {"_value_1": contact_document(elements)}
        return self._caller.write(
            soap.UPDATE_CONTACT, documents.contact_id_of, domainID=self.domain_id, xmlDoc=document
        )

    def process_sales_invoices(self, invoices: Sequence[SalesInvoice]) -> BatchAnswer:
        """Send invoices in one call and return what Yuki said of each, in its own order and number.

        Raises Held(invoice_invalid) when the document was refused as a whole, by our check before anything was sent
        or by Yuki's (nothing was booked). Words and messages are Yuki's, unmasked.
        """
        document = {"_value_1": sales_invoices_document(invoices)}
        administration = self._administration()
        return self._caller.write(
            soap.PROCESS_SALES_INVOICES,
            documents.batch_answer_of(administration),
            administrationId=administration,
            xmlDoc=document,
        )

    def document_size(self, invoice: SalesInvoice) -> int:
        """Return how many bytes an invoice takes in a call; raise Held(invoice_invalid) when it is not valid."""
        return sales_invoice_size(invoice)

    def check_outstanding_item(self, reference: str) -> list[OutstandingItem]:
        """Return the open items of the administration with this reference (yuki-api 5.3: empty says little)."""
        return self._caller.read(
            soap.CHECK_OUTSTANDING_ITEM,
            answers.to_outstanding_items,
            administrationID=self._administration(),
            Reference=reference,
        )

    def outstanding_debtor_items(self) -> list[OutstandingItem]:
        """Return all open items of debtors of the administration, without bank lines."""
        return self._caller.read(
            soap.OUTSTANDING_DEBTOR_ITEMS,
            answers.to_outstanding_items,
            administrationID=self._administration(),
            includeBankTransactions=False,
            sortOrder="DateAsc",
        )

    def sales_documents(self, *, modified_since: datetime, start: int = 0, count: int = 500) -> list[SalesDocument]:
        """Return sales invoices of the archive of the domain, in the order of their change, from `start` on.

        The archive takes no domain but uses the session's, so the client sees to that first: one or two calls for
        every session. Raises Retryable when the session was renewed again and again meanwhile.
        """
        parameters = {
            "documentType": soap.SALES_INVOICE_DOCUMENT_TYPE,
            "sortOrder": "ModifiedAsc",
            "modifiedSince": local_time(modified_since),
            "numberOfRecords": _at_least(1, count, "count"),
            "startRecord": _at_least(0, start, "start"),
        }
        for _ in range(2):
            session = self._session_in_our_domain()
            documents = self._caller.read(soap.MODIFIED_DOCUMENTS_BY_TYPE, answers.to_sales_documents, **parameters)
            if self._caller.session() == session:
                return documents
        raise Retryable("yuki_session_unstable", soap.MODIFIED_DOCUMENTS_BY_TYPE.name)

    def all_sales_documents(self, *, modified_since: datetime) -> Iterator[SalesDocument]:
        """Yield the sales invoices of the archive of the domain, in the order of their change (one call per 500)."""
        seen = 0
        while True:
            documents = self.sales_documents(modified_since=modified_since, start=seen, count=DOCUMENTS_PER_CALL)
            yield from documents
            seen += len(documents)
            if len(documents) < DOCUMENTS_PER_CALL:
                return

    def vat_codes(self) -> list[VatCode]:
        """Return the active VAT codes of the administration."""
        return self._caller.read(soap.ACTIVE_VAT_CODES, answers.to_vat_codes, administrationID=self._administration())

    def gl_accounts(self) -> list[GlAccount]:
        """Return the ledger scheme of the administration."""
        return self._caller.read(
            soap.GL_ACCOUNT_SCHEME, answers.to_gl_accounts, administrationID=self._administration()
        )

    def _search(
        self, option: str, value: str, active: str, sort: str, modified_after: datetime | None, page: int
    ) -> dict[str, object]:
        return {
            "domainID": self.domain_id,
            "searchOption": _one_of(option, soap.CONTACT_SEARCH_OPTIONS, "search option"),
            "searchValue": value,
            "sortOrder": _one_of(sort, soap.CONTACT_SORT_ORDERS, "sort order"),
            "modifiedAfter": local_time(modified_after) if modified_after is not None else None,
            "active": _one_of(active, soap.CONTACT_ACTIVE, "active state"),
            "pageNumber": _at_least(1, page, "page"),
        }

    def _session_in_our_domain(self) -> str:
        session = self._caller.session()
        if session != self._session_in_domain:
            current = self._caller.read(soap.GET_CURRENT_DOMAIN, answers.to_domains)
            if [domain.domain_id for domain in current] != [self.domain_id]:
                self._caller.read(soap.SET_CURRENT_DOMAIN, _nothing, domainID=self.domain_id)
            session = self._session_in_domain = self._caller.session()
        return session

    @property
    def domain_id(self) -> str:
        """Return the domain that contacts and invoices are for."""
        if not self._domain_id:
            raise Defect("yuki_domain_not_chosen", "give the client the id of a domain")
        return self._domain_id

    def _administration(self) -> str:
        if not self._administration_id:
            raise Defect("yuki_administration_not_chosen", "give the client the id of an administration")
        return self._administration_id


def _nothing(_: answers.Result) -> None:
    """Read an answer that has no content."""


def _one_of(value: str, allowed: frozenset[str], what: str) -> str:
    if value not in allowed:
        raise Defect("yuki_value_not_allowed", f"{what}: give one of {', '.join(sorted(allowed))}")
    return value


def _at_least(lowest: int, value: int, what: str) -> int:
    if value < lowest:
        raise Defect("yuki_value_not_allowed", f"{what}: give {lowest} or more")
    return value
