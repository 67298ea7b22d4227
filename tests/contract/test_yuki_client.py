"""The client against the simulator, over real HTTP; what counts is what stands in the simulated books."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulators.shared import SimulatorServer
from simulators.yuki import YukiSimulator
from tests.support.details import said
from tribe_yuki.adapters.yuki import (
    HttpTransport,
    InMemorySessionStore,
    Region,
    Timeouts,
    YukiAdministration,
    YukiClient,
    YukiDomain,
    YukiEndpoint,
)
from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.contacts.model import AddressLines, ContactKind, YukiContact
from tribe_yuki.core.errors import (
    BudgetSpent,
    ConnectorError,
    CredentialsRefused,
    Held,
    OutcomeUnknown,
    RateLimited,
    Retryable,
)
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.model import InvoiceDocument, SalesInvoice, SalesInvoiceContact, SalesInvoiceLine

if TYPE_CHECKING:
    from tribe_yuki.invoices.outside import Yuki as YukiPort

KEY = "00000000-aaaa-bbbb-cccc-000000000001"
BELGIAN_KEY = "00000000-aaaa-bbbb-cccc-000000000002"
FIRST_DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f00"
DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f10"
BELGIAN_DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f20"
FIRST_ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b00"
ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"
BELGIAN_ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b5c"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RIGHTS = ["Accounting", "Archive", "Sales", "Contacts", "ContactsUpdate", "Vat", "AccountingInfo", "Domains"]

BAKERY = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19"
PERSON = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d20"
INACTIVE = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d21"
ELSEWHERE = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d22"
FILLERS = 230


def contacts() -> list[dict[str, Any]]:
    stamped = {"Created": "2024-04-10T15:50:52", "DomainID": DOMAIN}
    named = [
        {
            "ID": BAKERY,
            "Type": "Company",
            "HID": 1,
            "Code": "1001",
            "Name": " Bakkerij Proef B.V.",
            "AddressLine_1": "Voorbeeldstraat 12",
            "Postcode": "8011 AB",
            "City": "Zwolle",
            "MailAddressLine_1": "Postbus 99",
            "MailPostcode": "8000 AA",
            "MailCity": "Zwolle",
            "Country": "NL",
            "PhoneWork": "038 000 00 00",
            "EMailWork": "info@bakkerij.example",
            "Website": "www.bakkerij.example",
            "VATNumber": "NL000000000B00",
            "CoCNumber": "00000000",
            "Modified": "2026-07-01T08:00:00",
            "IsCustomer": True,
        },
        {
            "ID": PERSON,
            "Type": "Person",
            "HID": 2,
            "Name": "Proef de Voorbeeld",
            "FirstName": "Proef",
            "MiddleName": "de",
            "LastName": "Voorbeeld",
            "EMailHome": "proef@voorbeeld.example",
            "MobileHome": "06 00000000",
            "Country": "NL",
            "Modified": "2026-07-01T08:00:01",
            "IsSupplier": True,
        },
        {
            "ID": INACTIVE,
            "Type": "Company",
            "HID": 3,
            "Code": "1003",
            "Name": "Gestopt B.V.",
            "Modified": "2026-01-01T00:00:00",
            "Active": False,
        },
    ]
    fillers = [
        {
            "ID": f"00000000-0000-4000-8000-{number:012}",
            "Type": "Company",
            "HID": number,
            "Name": f"Vulling {number}",
            "Modified": "2025-01-01T00:00:00",
        }
        for number in range(100, 100 + FILLERS)
    ]
    elsewhere = {"ID": ELSEWHERE, "Type": "Company", "Name": "Elders B.V.", "DomainID": FIRST_DOMAIN}
    return [*({**stamped, **one} for one in (*named, *fillers)), {**stamped, **fillers[0], **elsewhere, "HID": 9}]


def books() -> dict[str, Any]:
    def administration(identity: str, domain: str, name: str, country: str) -> dict[str, Any]:
        return {
            "ID": identity,
            "Name": name,
            "AddressLine": "Handelskade 1",
            "Postcode": "8011 AB",
            "City": "Zwolle",
            "Country": country,
            "CoCNumber": "00000000",
            "VATNumber": "",
            "StartDate": "2019-01-01",
            "DomainID": domain,
            "Active": True,
        }

    vat = {"type": 1, "typeDescription": "BTW hoog", "percentage": "21.00"}
    account = {"type": 4, "subtype": 0, "isEnabled": True, "descripton": "Omzet", "isVATApplicable": True}
    return {
        "access_keys": [
            {"key": KEY, "region": "nl", "domain_ids": [FIRST_DOMAIN, DOMAIN], "rights": RIGHTS},
            {"key": BELGIAN_KEY, "region": "be", "domain_ids": [BELGIAN_DOMAIN], "rights": RIGHTS},
        ],
        "domains": [
            {"ID": one, "Name": f"voorbeeld-{one[-2:]}", "URL": f"voorbeeld-{one[-2:]}.yukiworks.nl"}
            for one in (FIRST_DOMAIN, DOMAIN, BELGIAN_DOMAIN)
        ],
        "administrations": [
            administration(FIRST_ADMINISTRATION, FIRST_DOMAIN, "Elders Beheer B.V.", "NL"),
            administration(ADMINISTRATION, DOMAIN, "Voorbeeld Administratie B.V.", "NL"),
            administration(BELGIAN_ADMINISTRATION, BELGIAN_DOMAIN, "Voorbeeld BV", "BE"),
        ],
        "vat_codes": {
            ADMINISTRATION: [
                {**vat, "description": "BTW hoog 21%", "country": None, "startDate": None, "endDate": None},
                {
                    **vat,
                    "type": 40,
                    "percentage": "19.00",
                    "description": "OSS DE",
                    "country": "DE",
                    "startDate": "2021-07-01",
                    "endDate": "2026-12-31",
                },
            ]
        },
        "gl_accounts": {
            ADMINISTRATION: [
                {**account, "code": "80000", "descriptionNL": "Omzet"},
                {**account, "code": "13000", "type": 1, "subtype": 1, "descripton": "Debiteuren"},
                {**account, "code": "89999", "isEnabled": False, "descripton": "Oude omzet"},
            ]
        },
        "payment_methods": {ADMINISTRATION: []},
        "invoices": [
            {
                "administration_id": FIRST_ADMINISTRATION,
                "reference": "E-1",
                "contact_id": ELSEWHERE,
                "date": "2026-01-05",
                "total_incl": "121.00",
            }
        ],
    }


LINE = SalesInvoiceLine(
    "Brood, elke dag", Decimal("2.5"), Decimal("80.0000"), "Brood", "BRD", 1, Decimal("21.00"), None, False, "80000"
)
INVOICE = SalesInvoice(
    reference="2026-0107",
    subject="Brood maart 2026",
    payment_method="ElectronicTransfer",
    date=date(2026, 3, 31),
    due_date=date(2026, 4, 30),
    currency="EUR",
    contact=SalesInvoiceContact("1001", "Bakkerij Proef B.V.", ContactKind.ORGANISATION, "NL"),
    lines=(LINE,),
)
NO_REVENUE_ACCOUNT = replace(INVOICE, lines=(replace(LINE, gl_account="13000"),))


@dataclass
class Watcher:
    """A budget without end and an observer in one."""

    taken: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def take(self, operation: str) -> None:
        self.taken.append(operation)

    def succeeded(self, operation: str) -> None:
        self.seen.append(f"{operation} ok")

    def failed_in_transport(self, operation: str) -> None:
        self.seen.append(f"{operation} failed")

    def slowed_down(self, operation: str) -> None:
        self.seen.append(f"{operation} slowed down")

    def limit_exceeded(self) -> None:
        self.seen.append("limit")


class Yuki:
    """A simulator that is being served, and clients of it."""

    def __init__(self, simulator: YukiSimulator, url: str, transport: HttpTransport) -> None:
        self.simulator = simulator
        self.url = url
        self.transport = transport
        self.store = InMemorySessionStore()
        self.watcher = Watcher()
        self.client = self.connect()

    def connect(
        self,
        key: str = KEY,
        domain: str = DOMAIN,
        administration: str = ADMINISTRATION,
        region: Region = "nl",
        store: InMemorySessionStore | None = None,
    ) -> YukiClient:
        return YukiClient(
            YukiEndpoint.of(region, self.url),
            key,
            domain,
            administration,
            sessions=store or self.store,
            budget=self.watcher,
            observer=self.watcher,
            now=self.simulator.clock.now,
            transport=self.transport,
        )

    @property
    def calls(self) -> dict[str, int]:
        calls: dict[str, int] = self.simulator.state()["calls"]
        return calls

    def booked(self) -> list[str]:
        return [one["reference"] for one in self.simulator.state()["invoices"] if one["reference"] != "E-1"]

    def contact(self, contact_id: str) -> YukiContact:
        (found,) = self.client.search_contacts("ID", contact_id, active="Both")
        return found


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seed")
    (folder / "books.json").write_text(json.dumps(books()))
    (folder / "contacts.json").write_text(json.dumps(contacts()))
    return folder


@pytest.fixture
def yuki(seed: Path) -> Iterator[Yuki]:
    simulator = YukiSimulator(seed)
    simulator.clock.set(NOW)
    transport = HttpTransport(Timeouts(connect=5, read=5, total=10))
    with SimulatorServer(simulator) as server:
        served = Yuki(simulator, server.url, transport)
        yield served
        served.transport.close()


@pytest.fixture
def hurried(yuki: Yuki) -> Yuki:
    """A client that gives up soon, already with a session."""
    yuki.client.search_contacts("All", "")
    yuki.transport.close()
    yuki.transport = HttpTransport(Timeouts(connect=5, read=0.5, total=2))
    yuki.client = yuki.connect()
    yuki.watcher.seen.clear()
    return yuki


def raised(call: Callable[[], object]) -> ConnectorError:
    with pytest.raises(ConnectorError) as error:
        call()
    return error.value


def test_the_client_fits_the_port_of_the_use_cases(yuki: Yuki) -> None:
    port: YukiPort = yuki.client
    assert isinstance(port, YukiClient)
    assert len(port.vat_codes()) == 2


# --- setting up a connection ----------------------------------------------------------------------------------------


def test_domains_and_administrations_before_anything_is_chosen(yuki: Yuki) -> None:
    client = yuki.connect(domain="", administration="")
    assert [domain.domain_id for domain in client.domains()] == [FIRST_DOMAIN, DOMAIN]
    assert client.domains()[1] == YukiDomain(DOMAIN, "voorbeeld-10", "voorbeeld-10.yukiworks.nl")
    assert client.administrations()[1] == YukiAdministration(
        administration_id=ADMINISTRATION,
        name="Voorbeeld Administratie B.V.",
        domain_id=DOMAIN,
        country="NL",
        coc_number="00000000",
        start_date=date(2019, 1, 1),
    )


def test_a_wrong_key_is_refused_and_not_tried_twice(yuki: Yuki) -> None:
    error = raised(lambda: yuki.connect("00000000-aaaa-bbbb-cccc-00000000ffff").search_contacts("All", ""))
    assert isinstance(error, CredentialsRefused)
    assert error.reason is HoldReason.YUKI_KEY_REFUSED
    assert yuki.calls == {"Authenticate": 1}


def test_a_key_of_the_other_country_is_recognised_on_the_first_data_call(yuki: Yuki) -> None:
    client = yuki.connect(BELGIAN_KEY, BELGIAN_DOMAIN, BELGIAN_ADMINISTRATION, "nl")
    assert [one.administration_id for one in client.administrations()] == [BELGIAN_ADMINISTRATION]
    for call in (client.vat_codes, lambda: client.process_sales_invoices([INVOICE])):
        error = raised(call)
        assert isinstance(error, CredentialsRefused)
        assert yuki.url.removeprefix("http://") in said(error.details)
    belgian = yuki.connect(BELGIAN_KEY, BELGIAN_DOMAIN, BELGIAN_ADMINISTRATION, "be", InMemorySessionStore())
    assert belgian.vat_codes() == []


def test_another_administration_is_refused_and_nothing_is_booked(yuki: Yuki) -> None:
    client = yuki.connect(administration=BELGIAN_ADMINISTRATION)
    error = raised(lambda: client.process_sales_invoices([INVOICE]))
    assert isinstance(error, CredentialsRefused)
    assert "administration" in said(error.details)
    assert yuki.booked() == []


def test_vat_codes_and_ledger_accounts(yuki: Yuki) -> None:
    assert yuki.client.vat_codes() == [
        VatCode(1, Decimal(21), "BTW hoog 21%"),
        VatCode(40, Decimal(19), "OSS DE", "DE", date(2021, 7, 1), date(2026, 12, 31)),
    ]
    assert set(yuki.client.gl_accounts()) == {
        GlAccount("80000", 4, 0, is_enabled=True, description="Omzet"),
        GlAccount("13000", 1, 1, is_enabled=True, description="Debiteuren"),
        GlAccount("89999", 4, 0, is_enabled=False, description="Oude omzet"),
    }


# --- contacts -------------------------------------------------------------------------------------------------------


def test_a_contact_is_read_whole(yuki: Yuki) -> None:
    (bakery,) = yuki.client.search_contacts("Code", "1001")
    assert bakery == YukiContact(
        yuki_contact_id=BAKERY,
        kind=ContactKind.ORGANISATION,
        name="Bakkerij Proef B.V.",
        code="1001",
        hid=1,
        address=AddressLines("Voorbeeldstraat 12", None, "8011 AB", "Zwolle", "NL"),
        mail_address=AddressLines("Postbus 99", None, "8000 AA", "Zwolle", "NL"),
        email_work="info@bakkerij.example",
        phone_work="038 000 00 00",
        website="www.bakkerij.example",
        vat_number="NL000000000B00",
        coc_number="00000000",
        created_at=datetime(2024, 4, 10, 13, 50, 52, tzinfo=UTC),
        modified_at=datetime(2026, 7, 1, 6, 0, tzinfo=UTC),
    )


def test_a_person_is_read_whole(yuki: Yuki) -> None:
    person = yuki.contact(PERSON)
    assert (person.kind, person.code, person.mail_address) == (ContactKind.PERSON, None, None)
    assert (person.first_name, person.middle_name, person.last_name) == ("Proef", "de", "Voorbeeld")
    assert (person.email_home, person.mobile_home) == ("proef@voorbeeld.example", "06 00000000")


def test_pages_hold_a_hundred_and_together_everybody_once(yuki: Yuki) -> None:
    pages = [yuki.client.search_contacts("All", "", active="Both", sort="HID", page=page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [100, 100, FILLERS + 3 - 200, 0]
    assert len({contact.yuki_contact_id for page in pages for contact in page}) == FILLERS + 3


def test_inactive_contacts_are_found_only_when_asked_for(yuki: Yuki) -> None:
    found = {active: yuki.client.search_contacts("Code", "1003", active=active) for active in ("Active", "Inactive")}
    assert [len(contacts) for contacts in found.values()] == [0, 1]


def test_modified_after_is_an_instant_and_not_a_wall_clock(yuki: Yuki) -> None:
    eight_in_amsterdam = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)
    found = yuki.client.search_contacts("All", "", modified_after=eight_in_amsterdam - timedelta(seconds=1))
    assert [contact.yuki_contact_id for contact in found] == [BAKERY, PERSON]
    assert yuki.client.search_contacts("All", "", modified_after=eight_in_amsterdam + timedelta(seconds=1)) == []


def test_roles_are_told(yuki: Yuki) -> None:
    (customer,) = yuki.client.suppliers_and_customers("Customer")
    (supplier,) = yuki.client.suppliers_and_customers("Supplier", modified_after=datetime(2026, 1, 1, tzinfo=UTC))
    assert (customer.yuki_contact_id, customer.is_customer, customer.is_supplier) == (BAKERY, True, False)
    assert (supplier.yuki_contact_id, supplier.is_customer, supplier.is_supplier) == (PERSON, False, True)


def test_a_contact_is_created_and_its_id_returned(yuki: Yuki) -> None:
    elements = {"Type": "2", "Code": "2001", "FullName": "Nieuw & Proef B.V.", "Country": "NL", "WorkCity": "Zwolle"}
    created = yuki.client.update_contact(elements)
    contact = yuki.contact(created)
    assert (contact.code, contact.name, contact.kind) == ("2001", "Nieuw & Proef B.V.", ContactKind.ORGANISATION)


def test_a_contact_is_updated_by_its_id_and_what_is_empty_stays(yuki: Yuki) -> None:
    changed = yuki.client.update_contact({"CoCNumber": "11111111", "Type": "2", "ID": BAKERY, "PhoneWork": ""})
    assert changed == BAKERY
    bakery = yuki.contact(BAKERY)
    assert (bakery.coc_number, bakery.phone_work, bakery.code) == ("11111111", "038 000 00 00", "1001")


def test_markup_in_a_name_arrives_literally(yuki: Yuki) -> None:
    name = "]]></FullName><Code>1"
    created = yuki.client.update_contact({"Type": "2", "Code": "2002", "FullName": name})
    assert (yuki.contact(created).name, yuki.contact(created).code) == (name, "2002")


def test_an_unknown_id_is_refused_with_yukis_words(yuki: Yuki) -> None:
    error = raised(lambda: yuki.client.update_contact({"ID": ELSEWHERE, "Type": "2", "FullName": "X"}))
    assert isinstance(error, Held)
    assert error.reason is HoldReason.REFUSED_BY_YUKI
    assert ELSEWHERE in error.words


def test_the_sentence_on_creation_may_be_another_one(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"update_contact_text": "Contact {id} is aangemaakt."})
    created = yuki.client.update_contact({"Type": "2", "FullName": "Anders B.V."})
    assert yuki.contact(created).name == "Anders B.V."


# --- invoices -------------------------------------------------------------------------------------------------------


def test_an_invoice_is_booked_with_its_document(yuki: Yuki) -> None:
    answer = yuki.client.process_sales_invoices([replace(INVOICE, document=InvoiceDocument("a.pdf", b"%PDF-1.4"))])
    assert (answer.total_succeeded, answer.total_failed, answer.total_skipped) == (1, 0, 0)
    assert [(one.reference, one.succeeded, one.processed) for one in answer.invoices] == [("2026-0107", True, True)]
    (item,) = yuki.client.check_outstanding_item("2026-0107")
    assert (item.original_amount, item.open_amount, item.type_id) == (Decimal(242), Decimal(242), 6)
    assert (item.date, item.due_date) == (date(2026, 3, 31), date(2026, 4, 30))
    assert (item.yuki_contact_id, item.contact_code) == (BAKERY, "1001")
    (listed,) = yuki.client.outstanding_debtor_items()
    assert listed == replace(item, yuki_document_id=listed.yuki_document_id)
    assert listed.yuki_document_id is not None, "only the list tells the document"
    assert yuki.client.check_outstanding_item("2026-9999") == []


@pytest.mark.parametrize("namespace", ["none", "inside"])
def test_each_invoice_of_a_batch_has_its_own_answer(yuki: Yuki, namespace: str) -> None:
    yuki.simulator.set_switches({"answer_namespace": namespace})
    batch = [INVOICE, replace(NO_REVENUE_ACCOUNT, reference="2026-0108"), replace(INVOICE, reference="2026-0109")]
    answer = yuki.client.process_sales_invoices(batch)
    assert [(one.reference, one.succeeded) for one in answer.invoices] == [
        ("2026-0107", True),
        ("2026-0108", False),
        ("2026-0109", True),
    ]
    assert answer.invoices[1].message == "Onjuiste artikelcategorie"
    assert yuki.booked() == ["2026-0107", "2026-0109"]


def test_after_six_failures_the_rest_is_skipped(yuki: Yuki) -> None:
    batch = [replace(NO_REVENUE_ACCOUNT, reference=f"2026-{number}") for number in range(8)]
    answer = yuki.client.process_sales_invoices([*batch, INVOICE])
    assert (answer.total_succeeded, answer.total_failed, answer.total_skipped) == (0, 6, 3)
    assert [one.reference for one in answer.invoices] == [f"2026-{number}" for number in range(6)]


@pytest.mark.parametrize(
    ("quirk", "references"),
    [
        ("reversed", ["2026-0108", "2026-0107"]),
        ("omit_last", ["2026-0107"]),
        ("extra_invoice", ["2026-0107", "2026-0108", "NOT-SENT"]),
    ],
)
def test_odd_answers_are_passed_on_as_they_are(yuki: Yuki, quirk: str, references: list[str]) -> None:
    yuki.simulator.set_switches({"answer_quirks": [quirk]})
    answer = yuki.client.process_sales_invoices([INVOICE, replace(INVOICE, reference="2026-0108")])
    assert [one.reference for one in answer.invoices] == references


def test_an_invoice_twice_is_told_by_yuki(yuki: Yuki) -> None:
    yuki.client.process_sales_invoices([INVOICE])
    (again,) = yuki.client.process_sales_invoices([INVOICE]).invoices
    assert not again.succeeded
    assert again.message
    assert yuki.booked() == ["2026-0107"]


@pytest.mark.parametrize("element", ["ContactId", "ContactID"])
def test_the_archive_is_that_of_our_domain(yuki: Yuki, element: str) -> None:
    yuki.simulator.set_switches({"archive_contact_element": element})
    yuki.client.process_sales_invoices([INVOICE])
    # The session starts in the first domain of the key, which is not ours.
    (document,) = yuki.client.sales_documents(modified_since=datetime(2000, 1, 1, tzinfo=UTC))
    assert (document.reference, document.amount, document.date) == ("2026-0107", Decimal(242), date(2026, 3, 31))
    assert (document.yuki_contact_id, document.modified_at) == (BAKERY, NOW)
    assert yuki.client.sales_documents(modified_since=NOW + timedelta(seconds=1)) == []
    assert yuki.client.sales_documents(modified_since=datetime(2000, 1, 1, tzinfo=UTC), start=1, count=1) == []
    assert (yuki.calls["GetCurrentDomain"], yuki.calls["SetCurrentDomain"]) == (1, 1)


# --- sessions and limits --------------------------------------------------------------------------------------------


def test_an_expired_session_is_renewed_on_a_read(yuki: Yuki) -> None:
    yuki.client.vat_codes()
    yuki.simulator.sessions.end()
    assert yuki.client.vat_codes()
    assert yuki.calls == {"Authenticate": 2, "ActiveVATCodesList": 3}
    assert yuki.watcher.taken == ["Authenticate", *["ActiveVATCodesList"] * 2, "Authenticate", "ActiveVATCodesList"]


def test_an_expired_session_leaves_a_write_unknown_and_is_renewed_after_it(yuki: Yuki) -> None:
    yuki.client.vat_codes()
    yuki.simulator.sessions.end()
    assert isinstance(raised(lambda: yuki.client.process_sales_invoices([INVOICE])), OutcomeUnknown)
    assert (yuki.calls["ProcessSalesInvoices"], yuki.booked()) == (1, [])
    yuki.client.process_sales_invoices([INVOICE])
    assert yuki.booked() == ["2026-0107"]


def test_a_session_is_renewed_before_yuki_ends_it(yuki: Yuki) -> None:
    yuki.client.vat_codes()
    yuki.simulator.clock.advance(12 * 3600)
    yuki.client.process_sales_invoices([INVOICE])
    assert yuki.calls["Authenticate"] == 2
    assert yuki.booked() == ["2026-0107"]


def test_processes_share_a_session_even_when_authenticating_ends_the_others(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"authenticate_ends_sessions": True})
    first, second = yuki.connect(), yuki.connect()
    for client in (first, second, first, second):
        client.vat_codes()
    assert yuki.calls["Authenticate"] == 1


def test_a_right_that_is_missing_is_not_asked_for_for_ever(yuki: Yuki) -> None:
    yuki.simulator.books.access_keys[KEY] = replace(
        yuki.simulator.books.access_keys[KEY], rights=frozenset({"Contacts"})
    )
    error = raised(yuki.client.vat_codes)
    assert (type(error), error.code) == (Retryable, "yuki_fault_unknown")
    assert yuki.calls == {"Authenticate": 2, "ActiveVATCodesList": 2}


def test_the_daily_limit_means_tomorrow(yuki: Yuki) -> None:
    yuki.client.vat_codes()
    yuki.simulator.set_switches({"daily_limit": 1, "fault_prefix": True})
    for call in (yuki.client.vat_codes, lambda: yuki.client.process_sales_invoices([INVOICE])):
        error = raised(call)
        assert isinstance(error, BudgetSpent)
        assert error.retry_after == timedelta(hours=13)
    assert yuki.watcher.seen[-2:] == ["limit", "limit"]
    assert yuki.booked() == []
    yuki.simulator.clock.advance(13 * 3600)
    yuki.client.search_contacts("All", "")


# --- faults in between ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["unavailable", "timeout_before_commit", "timeout_after_commit", "truncate"])
def test_a_read_that_fails_in_between_may_be_repeated(hurried: Yuki, fault: str) -> None:
    hurried.simulator.set_switches({fault: 1})
    assert type(raised(hurried.client.vat_codes)) is Retryable
    assert len(hurried.client.vat_codes()) == 2
    assert hurried.watcher.seen == ["ActiveVATCodesList failed", "ActiveVATCodesList ok"]


@pytest.mark.parametrize(
    ("fault", "booked"),
    [
        ("unavailable", []),
        ("timeout_before_commit", []),
        ("timeout_after_commit", ["2026-0107"]),
        ("truncate", ["2026-0107"]),
    ],
)
def test_a_write_that_fails_in_between_is_sent_once_and_unknown(hurried: Yuki, fault: str, booked: list[str]) -> None:
    hurried.simulator.set_switches({fault: 1})
    assert isinstance(raised(lambda: hurried.client.process_sales_invoices([INVOICE])), OutcomeUnknown)
    assert hurried.booked() == booked
    assert hurried.simulator.faults.struck == {fault: 1}
    assert hurried.watcher.seen == ["ProcessSalesInvoices failed"]


@pytest.mark.parametrize("coin", range(6))
def test_a_reset_is_unknown_whether_or_not_it_was_booked(hurried: Yuki, coin: int) -> None:
    hurried.simulator.set_switches({"reset_connection": 1, "seed": coin})
    assert isinstance(raised(lambda: hurried.client.process_sales_invoices([INVOICE])), OutcomeUnknown)
    assert hurried.calls.get("ProcessSalesInvoices", 0) <= 1


ODD_ANSWERS: list[dict[str, object]] = [
    {"compression": "asked"},
    {"compression": "gzip"},
    {"compression": "deflate"},
    {"payload_as_text": True},
    {"payload_as_text": True, "compression": "gzip", "answer_namespace": "inside"},
]


@pytest.mark.parametrize("switches", ODD_ANSWERS, ids=str)
def test_answers_that_come_compressed_or_as_text_are_the_same_answers(yuki: Yuki, switches: dict[str, object]) -> None:
    yuki.simulator.set_switches(switches)
    assert len(yuki.client.search_contacts("All", "")) > 1
    assert len(yuki.client.vat_codes()) == 2
    assert yuki.client.process_sales_invoices([INVOICE]).invoices[0].succeeded
    assert len(yuki.client.check_outstanding_item("2026-0107")) == 1
    assert yuki.client.update_contact({"Type": "2", "FullName": "Proef B.V."})
    assert yuki.booked() == ["2026-0107"]


@pytest.mark.parametrize("page", ["maintenance_page", "forbidden_page"])
def test_a_page_of_a_proxy_says_nothing_of_a_write(hurried: Yuki, page: str) -> None:
    hurried.simulator.set_switches({page: 2})
    assert type(raised(hurried.client.vat_codes)) is Retryable
    assert isinstance(raised(lambda: hurried.client.process_sales_invoices([INVOICE])), OutcomeUnknown)
    assert hurried.booked() == []


def test_too_many_requests_is_a_pause(hurried: Yuki) -> None:
    hurried.simulator.set_switches({"too_many_requests": 1})
    error = raised(lambda: hurried.client.process_sales_invoices([INVOICE]))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=60)
    assert hurried.booked() == []


def test_a_server_that_is_gone_was_sent_nothing(seed: Path) -> None:
    simulator = YukiSimulator(seed)
    transport = HttpTransport(Timeouts(connect=1, read=1, total=1))
    with SimulatorServer(simulator) as server:
        gone = Yuki(simulator, server.url, transport)
        gone.client.vat_codes()
        transport.close()
    error = raised(lambda: gone.client.process_sales_invoices([INVOICE]))
    assert (type(error), error.code) == (Retryable, "yuki_unreachable")
