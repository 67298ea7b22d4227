"""A small seed for the simulator of Yuki, and callers that show its answers as they stand on the wire."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import zeep
from lxml import etree
from zeep.transports import Transport

from simulators.shared import SimulatorServer
from simulators.yuki import YukiSimulator

NAMESPACE = "http://www.theyukicompany.com/"
INVOICES = "urn:xmlns:http://www.theyukicompany.com:salesinvoices"
CONTACT = "urn:xmlns:http://www.theyukicompany.com:contact"

KEY = "00000000-aaaa-bbbb-cccc-000000000001"
BELGIAN_KEY = "00000000-aaaa-bbbb-cccc-000000000002"
READ_ONLY_KEY = "00000000-aaaa-bbbb-cccc-000000000003"
UNSCOPED_KEY = "00000000-aaaa-bbbb-cccc-000000000004"
NARROW_KEY = "00000000-aaaa-bbbb-cccc-000000000005"
DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f10"
BELGIAN_DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f20"
ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"
SECOND_ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4d"
BELGIAN_ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b5c"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # 11:00 in Amsterdam
RIGHTS = ["Accounting", "Archive", "Sales", "Contacts", "ContactsUpdate", "Vat", "AccountingInfo", "Domains"]

ROOFER = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d01"
SUPPLIER = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d02"
PERSON = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d03"
INACTIVE = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d04"
TWIN_OLD = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d05"
TWIN_NEW = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d06"


def _contact(contact_id: str, number: int, name: str, **others: Any) -> dict[str, Any]:
    return {
        "ID": contact_id,
        "HID": number,
        "Type": "Company",
        "Name": name,
        "Country": "NL",
        "Created": f"2024-04-{number:02}T15:50:52",
        "Modified": f"2026-01-{number:02}T08:00:00",
        "DomainID": DOMAIN,
        **others,
    }


CONTACTS = [
    _contact(
        ROOFER,
        1,
        "Dakbedrijf Voorbeeld B.V.",
        Code="TR-48213",
        AddressLine_1="Voorbeeldstraat 12",
        Postcode="8011 AB",
        City="Zwolle",
        MailAddressLine_1="Postbus 5",
        MailPostcode="8000 AA",
        MailCity="Zwolle",
        PhoneWork="038 000 00 00",
        EMailWork="administratie@dakbedrijf.example",
        Website="www.dakbedrijf.example",
        VATNumber="NL000000000B00",
        CoCNumber="00000000",
        Modified="2025-12-18T10:21:40",
        MainContactPerson=PERSON,
        Tags="Klant, Dakonderhoud",
        BackofficeStatus="Actief",
        IsCustomer=True,
    ),
    _contact(SUPPLIER, 2, " Zagerij Hout", IsSupplier=True, BackofficeStatus="Inactief"),
    _contact(PERSON, 3, "Jan de Proef", Type="Person", FirstName="Jan", MiddleName="de", LastName="Proef"),
    _contact(INACTIVE, 4, "Gestopt B.V.", Code="TR-4", Active=False, IsCustomer=True),
    _contact(TWIN_OLD, 5, "Tweeling", Code="TR-5", EMailWork="oud@tweeling.example", IsCustomer=True),
    _contact(TWIN_NEW, 6, "Tweeling", Code="TR-5", EMailWork="nieuw@tweeling.example", IsCustomer=True),
]


def _administration(administration_id: str, name: str, domain_id: str, country: str) -> dict[str, Any]:
    return {
        "ID": administration_id,
        "Name": name,
        "AddressLine": "Handelskade 1",
        "Postcode": "8011 AB",
        "City": "Zwolle",
        "Country": country,
        "CoCNumber": "00000000",
        "VATNumber": "NL000000000B00",
        "StartDate": "2019-01-01",
        "DomainID": domain_id,
        "Active": True,
    }


def _vat_code(kind: int, percentage: str, description: str, **others: Any) -> dict[str, Any]:
    empty = {"typeDescription": "", "country": None, "startDate": None, "endDate": None}
    return {"type": kind, "percentage": percentage, "description": description, **empty, **others}


VAT_CODES = [
    _vat_code(1, "21.00", "BTW hoog 21%", typeDescription="BTW hoog", country="NL"),
    _vat_code(2, "9.00", "BTW laag 9%", startDate="2019-01-01"),
    _vat_code(2, "6.00", "BTW laag 6%", endDate="2018-12-31"),
    _vat_code(0, "0.00", "Vrijgesteld"),
    _vat_code(40, "25.00", "OSS Zweden", country="SE"),
    _vat_code(40, "25.00", "OSS Denemarken", country="DK"),
]


def _account(code: str, kind: int, *, enabled: bool = True) -> dict[str, Any]:
    return {"code": code, "type": kind, "subtype": 0, "isEnabled": enabled, "descripton": f"Rekening {code}"}


ACCOUNTS = [_account("80000", 4), _account("80100", 4), _account("80999", 4, enabled=False), _account("10000", 1)]


def _key(key: str, region: str, domains: list[str], **others: Any) -> dict[str, Any]:
    return {"key": key, "region": region, "domain_ids": domains, "rights": RIGHTS, **others}


BOOKS = {
    "access_keys": [
        _key(KEY, "nl", [DOMAIN]),
        _key(BELGIAN_KEY, "be", [BELGIAN_DOMAIN]),
        _key(READ_ONLY_KEY, "nl", [DOMAIN], rights=["Contacts", "Archive"]),
        _key(UNSCOPED_KEY, "nl", []),
        _key(NARROW_KEY, "nl", [DOMAIN], administration_ids=[ADMINISTRATION]),
    ],
    "domains": [
        {"ID": DOMAIN, "Name": "voorbeeld-groep", "URL": "voorbeeld-groep.yukiworks.nl"},
        {"ID": BELGIAN_DOMAIN, "Name": "voorbeeld-be", "URL": "voorbeeld-be.yukiworks.be"},
    ],
    "administrations": [
        _administration(ADMINISTRATION, "Voorbeeld Dakwerken B.V.", DOMAIN, "NL"),
        _administration(SECOND_ADMINISTRATION, "Voorbeeld Vastgoed B.V.", DOMAIN, "NL"),
        _administration(BELGIAN_ADMINISTRATION, "Voorbeeld BV", BELGIAN_DOMAIN, "BE"),
    ],
    "vat_codes": dict.fromkeys((ADMINISTRATION, SECOND_ADMINISTRATION, BELGIAN_ADMINISTRATION), VAT_CODES),
    "gl_accounts": {ADMINISTRATION: ACCOUNTS, BELGIAN_ADMINISTRATION: [_account("700000", 4)]},
    "payment_methods": {ADMINISTRATION: [{"ID": 5, "Description": "Bezorgd"}]},
    "invoices": [
        {
            "administration_id": ADMINISTRATION,
            "reference": "NV2025/156",
            "contact_id": ROOFER,
            "date": "2025-12-16",
            "due_date": "2025-12-30",
            "subject": "Uit het archief",
            "total_excl": "76.00",
            "total_vat": "15.96",
            "total_incl": "91.96",
            "open_amount": "41.96",
            "source": "bookkeeper",
        }
    ],
}


def write_seed(folder: Path, contacts: list[dict[str, Any]] | None = None) -> Path:
    (folder / "books.json").write_text(json.dumps(BOOKS))
    (folder / "contacts.json").write_text(json.dumps(CONTACTS if contacts is None else contacts))
    return folder


class Fault(Exception):
    """A SOAP fault, with the text and code that it carried."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.text, self.code = text, code


@dataclass
class Yuki:
    """The simulator on a port, and plain HTTP towards it."""

    simulator: YukiSimulator
    server: SimulatorServer
    http: httpx.Client
    prefix: str = ""
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url + self.prefix

    def post(self, service: str, operation: str, parameters: str) -> httpx.Response:
        """Send a SOAP 1.1 request whose parameters are given as XML."""
        body = (
            '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>'
            f'<{operation} xmlns="{NAMESPACE}">{parameters}</{operation}></soap:Body></soap:Envelope>'
        )
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}{operation}"'}
        return self.http.post(f"{self.url}/ws/{service}.asmx", content=body.encode(), headers=headers)

    def call(self, service: str, operation: str, parameters: str) -> etree._Element:
        """Return the result element of a call; raise Fault when it ends in one."""
        answer = self.post(service, operation, parameters)
        body = etree.fromstring(answer.content)[0]
        if answer.status_code != 200:
            raise Fault(body.findtext(".//faultstring") or "", body.findtext(".//faultcode") or "")
        response = body[0]
        assert response.tag == f"{{{NAMESPACE}}}{operation}Response"
        return response[0] if len(response) else response

    def session(self, key: str = KEY) -> str:
        """Return a session of a key, opened on first use."""
        if key not in self.sessions:
            parameters = f"<accessKey>{key}</accessKey>"
            self.sessions[key] = self.call("Contact", "Authenticate", parameters).text or ""
        return self.sessions[key]

    def with_session(self, service: str, operation: str, parameters: str = "", key: str = KEY) -> etree._Element:
        name = "sessionId" if operation == "ProcessSalesInvoices" else "sessionID"
        return self.call(service, operation, f"<{name}>{self.session(key)}</{name}>{parameters}")

    def search(
        self,
        option: str = "All",
        value: str = "",
        *,
        sort: str = "HID",
        after: str = "",
        active: str = "Both",
        page: int = 1,
        role: str = "",
    ) -> list[etree._Element]:
        """Return the contacts of SearchContacts, or with a role of GetSuppliersAndCustomers."""
        modified = f"<modifiedAfter>{after}</modifiedAfter>" if after else '<modifiedAfter xsi:nil="true" />'
        parameters = (
            f"<domainID>{DOMAIN}</domainID><searchOption>{option}</searchOption><searchValue>{value}</searchValue>"
            f"<sortOrder>{sort}</sortOrder>{modified}<active>{active}</active><pageNumber>{page}</pageNumber>"
        )
        if role:
            operation, parameters = "GetSuppliersAndCustomers", f"{parameters}<contactType>{role}</contactType>"
        else:
            operation = "SearchContacts"
        return list(self.with_session("Contact", operation, parameters)[0])

    def update(self, **fields: str) -> etree._Element:
        """Send a contact; return the ContactResponse."""
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
        document = f'<xmlDoc><Contact xmlns="{CONTACT}">{inner}</Contact></xmlDoc>'
        return self.with_session("Contact", "UpdateContact", f"<domainID>{DOMAIN}</domainID>{document}")[0]

    def send(self, *invoices: str, administration: str = ADMINISTRATION, key: str = KEY) -> etree._Element:
        """Send invoices; return the SalesInvoicesImportResponse."""
        document = f'<xmlDoc><SalesInvoices xmlns="{INVOICES}">{"".join(invoices)}</SalesInvoices></xmlDoc>'
        identity = f"<administrationId>{administration}</administrationId>"
        return self.with_session("Sales", "ProcessSalesInvoices", identity + document, key)[0]

    def outstanding(self, reference: str) -> list[etree._Element]:
        parameters = f"<administrationID>{ADMINISTRATION}</administrationID><Reference>{reference}</Reference>"
        return list(self.with_session("Accounting", "CheckOutstandingItemAdmin", parameters)[0])

    def documents(self, since: str = "2000-01-01T00:00:00", kind: int = 6) -> list[etree._Element]:
        parameters = (
            f"<documentType>{kind}</documentType><sortOrder>ModifiedAsc</sortOrder><modifiedSince>{since}"
            "</modifiedSince><numberOfRecords>100</numberOfRecords><startRecord>0</startRecord>"
        )
        return list(self.with_session("Archive", "ModifiedDocumentsByType", parameters)[0])

    def control(self, path: str, body: Any = None) -> Any:
        """Call the control plane; the answer must be good."""
        answer = self.http.post(f"{self.server.url}/_control/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.http.get(f"{self.server.url}/_control/state").json()
        return state

    def contact(self, contact_id: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.state()["contacts"] if one["ID"] == contact_id)
        return found

    def invoice(self, reference: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.state()["invoices"] if one["reference"] == reference)
        return found

    @cached_property
    def transport(self) -> Transport:
        return Transport(timeout=10)  # type: ignore[no-untyped-call]

    def client(self, service: str) -> zeep.Client:
        """Return a zeep client built from the WSDL that the simulator publishes."""
        return zeep.Client(f"{self.url}/ws/{service}.asmx?WSDL", transport=self.transport)  # type: ignore[no-untyped-call]


def line(
    description: str = "Onderhoud",
    quantity: str = "2.5",
    price: str = "80.00",
    vat: tuple[int | str, str] | None = (1, "21.00"),
    account: str = "80000",
    extra: str = "",
    text: str = "Onderhoudsbeurt plat dak",
) -> str:
    """Return an InvoiceLine; empty values leave their elements out, `extra` goes before the account."""
    rate = f"<VATPercentage>{vat[1]}</VATPercentage>" if vat else ""
    kind = f"<VATType>{vat[0]}</VATType>" if vat else ""
    included = "<VATIncluded>true</VATIncluded>" if "included" in extra else ""
    more = "" if "included" in extra else extra
    return (
        f"<InvoiceLine><Description>{text}</Description><ProductQuantity>{quantity}</ProductQuantity><Product>"
        f"<Description>{description}</Description>"
        + (f"<SalesPrice>{price}</SalesPrice>" if price else "")
        + rate
        + included
        + kind
        + more
        + (f"<GLAccountCode>{account}</GLAccountCode>" if account else "")
        + "</Product></InvoiceLine>"
    )


def invoice(
    reference: str = "2026-0107",
    contact: str = "<ContactCode>TR-48213</ContactCode><FullName>Dakbedrijf Voorbeeld B.V.</FullName>",
    lines: str = "",
    method: str = "ElectronicTransfer",
    process: str = "true",
    before_date: str = "",
    after_dates: str = "",
    day: str = "2026-03-31",
) -> str:
    """Return a SalesInvoice of 242.00 including VAT."""
    number = f"<Reference>{reference}</Reference>" if reference else ""
    return (
        f"<SalesInvoice>{number}<Subject>Onderhoud maart 2026</Subject><PaymentMethod>{method}</PaymentMethod>"
        f"<Process>{process}</Process><EmailToCustomer>false</EmailToCustomer>{before_date}<Date>{day}</Date>"
        f"<DueDate>2026-04-30</DueDate>{after_dates}<Contact>{contact}</Contact>"
        f"<InvoiceLines>{lines or line()}</InvoiceLines></SalesInvoice>"
    )


def texts(element: etree._Element) -> dict[str, str]:
    """Return the children of an element by local name."""
    return {etree.QName(child).localname: child.text or "" for child in element}


def outcomes(answer: etree._Element) -> list[dict[str, str]]:
    return [texts(one) for one in answer.iterfind("{*}Invoice")]


def message(answer: etree._Element) -> str:
    """Return the message of the only invoice, which must have failed."""
    (only,) = outcomes(answer)
    assert only["Succeeded"] == "false"
    return only["Message"]


@contextmanager
def served(folder: Path) -> Iterator[Yuki]:
    """Serve the simulator with the small seed until the block ends."""
    with SimulatorServer(YukiSimulator(write_seed(folder))) as server, httpx.Client(timeout=10, verify=False) as http:
        assert isinstance(server.simulator, YukiSimulator)
        yield Yuki(server.simulator, server, http)


def fresh(yuki: Yuki) -> Yuki:
    """Return the served simulator as new: seed data, default switches, no sessions, the clock at NOW."""
    yuki.simulator.reset()
    yuki.simulator.clock.set(NOW)
    yuki.sessions.clear()
    yuki.prefix = ""
    return yuki
