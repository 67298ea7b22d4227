"""SOAP: the operations, their requests as zeep writes them from the packaged WSDLs, and their answers.

zeep does what it is good at: order, names, types and nil of the parameters. It never gets to see the network or an
answer. It is imported when the first request is written, because that takes a tenth of a second.
"""

from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, NoReturn

from lxml import etree

from tribe_yuki.adapters.yuki.markup import (
    Element,
    UnreadableAnswer,
    child_named,
    elements,
    local_name,
    packaged,
    parse_untrusted,
    text_of,
)
from tribe_yuki.adapters.yuki.transport import RawAnswer
from tribe_yuki.core.errors import Defect


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service (yuki-api 1.3, 1.4). A misspelt session parameter means "no session" to Yuki."""

    name: str
    service: str
    session_parameter: str = "sessionID"
    writes: bool = False


# The operations that every service has are called on Contact: its WSDL is needed anyway.
AUTHENTICATE = Operation("Authenticate", "Contact")
DOMAINS = Operation("Domains", "Contact")
GET_CURRENT_DOMAIN = Operation("GetCurrentDomain", "Contact")
# Choosing a domain concerns the session alone and may be repeated, so it does not count as writing.
SET_CURRENT_DOMAIN = Operation("SetCurrentDomain", "Contact")
ADMINISTRATIONS = Operation("Administrations", "Contact")
SEARCH_CONTACTS = Operation("SearchContacts", "Contact")
GET_SUPPLIERS_AND_CUSTOMERS = Operation("GetSuppliersAndCustomers", "Contact")
UPDATE_CONTACT = Operation("UpdateContact", "Contact", writes=True)
PROCESS_SALES_INVOICES = Operation("ProcessSalesInvoices", "Sales", session_parameter="sessionId", writes=True)
CHECK_OUTSTANDING_ITEM = Operation("CheckOutstandingItemAdmin", "Accounting")
OUTSTANDING_DEBTOR_ITEMS = Operation("OutstandingDebtorItems", "Accounting")
ACTIVE_VAT_CODES = Operation("ActiveVATCodesList", "Vat")
GL_ACCOUNT_SCHEME = Operation("GetGLAccountScheme", "AccountingInfo")
MODIFIED_DOCUMENTS_BY_TYPE = Operation("ModifiedDocumentsByType", "Archive")

# zeep does not check enumerations, and Yuki takes the first member for what it cannot read (yuki-api 1.4).
CONTACT_SEARCH_OPTIONS = frozenset(
    [
        "All",
        "Name",
        "City",
        "Postcode",
        "Tag",
        "Email",
        "Website",
        "Phone",
        "Code",
        "CoCNumber",
        "VATNumber",
        "BankAccount",
        "ID",
        "ContactType",
        "HID",
    ]
)
CONTACT_SORT_ORDERS = frozenset(["Name", "LastName", "CreatedAsc", "CreatedDesc", "ModifiedAsc", "ModifiedDesc", "HID"])
CONTACT_ACTIVE = frozenset(["Both", "Active", "Inactive"])
CONTACT_TYPES = frozenset(["Customer", "Supplier", "Both", "None"])

SALES_INVOICE_DOCUMENT_TYPE = 6  # the type of the archive, and of outstanding items (yuki-api 5.2, 5.4)


_NAMESPACE = "http://www.theyukicompany.com/"
_BINDINGS = {"Vat": "VATSoap"}  # the WSDL of Vat.asmx calls its service VAT (yuki-api 1.2)
_building = Lock()


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """A SOAP 1.1 envelope and its action. It holds keys, sessions and personal data, and is never shown."""

    action: str
    envelope: bytes = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that belong to it."""
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{self.action}"'}


def write_request(operation: Operation, **parameters: Any) -> SoapRequest:  # noqa: ANN401 (what the WSDL declares)
    """Write the request of an operation; raise Defect when the parameters do not fit the WSDL."""
    import zeep.exceptions  # noqa: PLC0415 (cold start)

    client = _client(operation.service)
    binding = f"{{{_NAMESPACE}}}{_BINDINGS.get(operation.service, operation.service + 'Soap')}"
    service = client.create_service(binding, "")
    try:
        envelope = client.create_message(service, operation.name, **parameters)
    except (zeep.exceptions.Error, TypeError, ValueError):
        # These texts may quote parameters, so they are not passed on.
        raise Defect("yuki_request_does_not_fit", operation.name) from None
    return SoapRequest(_NAMESPACE + operation.name, etree.tostring(envelope, encoding="utf-8", xml_declaration=True))


def _client(service: str) -> Any:  # noqa: ANN401 (zeep ships no types)
    with _building:
        return _build_client(service)


@cache  # one for each service and process
def _build_client(service: str) -> Any:  # noqa: ANN401 (zeep ships no types)
    import io  # noqa: PLC0415 (with zeep, below)

    import zeep  # noqa: PLC0415 (cold start)

    settings = zeep.Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False)
    build: Any = zeep.Client
    return build(io.BytesIO(packaged(f"{service}.wsdl")), transport=_NoTransport(), settings=settings)


class _NoTransport:
    """What zeep gets instead of a way to the network."""

    def load(self, url: str) -> NoReturn:
        raise Defect("yuki_wsdl_incomplete", f"the packaged WSDLs must not refer to {url}")


_OK = 200


class SoapFault(Exception):
    """Yuki answered with a fault. Its words are data from outside: kept apart from the exception's text."""

    def __init__(self, words: str) -> None:
        super().__init__("Yuki answered with a SOAP fault")
        self.words = words


def read_result(answer: RawAnswer, operation: Operation) -> Element | None:
    """Return the `…Result` element of an answer; None when the response has none.

    Faults count whatever the HTTP status; a result counts with status 200 alone (yuki-api 1.2). Raises SoapFault or
    UnreadableAnswer.
    """
    content = _content(answer)
    if local_name(content) == "Fault":
        raise SoapFault(_fault_words(content))
    if answer.status != _OK or local_name(content) != f"{operation.name}Response":
        raise UnreadableAnswer("the answer is not that of the operation")
    return child_named(content, f"{operation.name}Result")


def _content(answer: RawAnswer) -> Element:
    root = parse_untrusted(answer.body)
    body = child_named(root, "Body") if local_name(root) == "Envelope" else None
    content = next(elements(body), None) if body is not None else None
    if content is None:
        raise UnreadableAnswer("the answer is not a SOAP envelope")
    return content


def _fault_words(fault: Element) -> str:
    """Return faultstring (SOAP 1.1) or Reason (1.2)."""
    words = child_named(fault, "faultstring")
    return text_of(words if words is not None else child_named(fault, "Reason"))
