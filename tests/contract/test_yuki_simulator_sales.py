"""Sending invoices to the simulator (yuki-api 4)."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from simulators.yuki.wsdl import FOLDER
from tests.support.outside.simulated_yuki import (
    ADMINISTRATION,
    BELGIAN_ADMINISTRATION,
    BELGIAN_DOMAIN,
    BELGIAN_KEY,
    INVOICES,
    ROOFER,
    SECOND_ADMINISTRATION,
    SUPPLIER,
    TWIN_NEW,
    Fault,
    Yuki,
    fresh,
    invoice,
    line,
    message,
    outcomes,
    served,
    texts,
)

ANSWER = "{urn:xmlns:http://www.theyukicompany.com:salesinvoicesresponse}"
NEW_CONTACT = (
    "<FullName>Nieuw Bedrijf</FullName><CountryCode>NL</CountryCode><City>Zwolle</City><Zipcode>8011 AB</Zipcode>"
    "<AddressLine_1>Straat 1</AddressLine_1>"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as yuki:
        yield yuki


@pytest.fixture
def yuki(running: Yuki) -> Yuki:
    return fresh(running)


def totals(yuki: Yuki, reference: str = "2026-0107") -> tuple[str, str, str]:
    booked = yuki.invoice(reference)
    return booked["total_excl"], booked["total_vat"], booked["total_incl"]


def counts(answer: etree._Element) -> tuple[str, str, str]:
    read = texts(answer)
    return read["TotalSucceeded"], read["TotalFailed"], read["TotalSkipped"]


# Answers


def test_a_booked_invoice_is_answered_as_documented(yuki: Yuki) -> None:
    answer = yuki.send(invoice())
    assert answer.tag == f"{ANSWER}SalesInvoicesImportResponse"
    assert [(one.tag, one.text) for one in list(answer)[:5]] == [
        ("TimeStamp", "2026-11-23"),
        ("AdministrationId", ADMINISTRATION),
        ("TotalSucceeded", "1"),
        ("TotalFailed", "0"),
        ("TotalSkipped", "0"),
    ]
    assert [(one.tag, one.text) for one in answer[5]] == [
        ("Succeeded", "true"),
        ("Processed", "true"),
        ("EmailSent", "false"),
        ("Reference", "2026-0107"),
        ("Subject", "Onderhoud maart 2026"),
        ("Contact", "Dakbedrijf Voorbeeld B.V."),
        ("Message", None),
    ]


def test_a_booked_invoice_stands_in_the_books(yuki: Yuki) -> None:
    yuki.send(invoice(after_dates="<Currency>EUR</Currency>"))
    booked = yuki.invoice("2026-0107")
    expected = {
        "administration_id": ADMINISTRATION,
        "contact_id": ROOFER,
        "contact_code": "TR-48213",
        "date": "2026-03-31",
        "due_date": "2026-04-30",
        "currency": "EUR",
        "payment_method": "ElectronicTransfer",
        "subject": "Onderhoud maart 2026",
        "total_excl": "200.00",
        "total_vat": "42.00",
        "total_incl": "242.00",
        "open_amount": "242.00",
        "processed": True,
        "source": "webservice",
        "document_file_name": "",
        "document_bytes": 0,
    }
    assert {name: booked[name] for name in expected} == expected
    assert booked["lines"] == [
        {
            "description": "Onderhoudsbeurt plat dak",
            "remarks": "",
            "quantity": "2.5",
            "price": "80.00",
            "product": "Onderhoud",
            "product_reference": "",
            "vat_type": 1,
            "vat_percentage": "21.00",
            "vat_description": "BTW hoog 21%",
            "vat_included": False,
            "gl_account": "80000",
            "amount": "200.00",
        }
    ]


def test_the_answer_may_stand_in_its_namespace(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"answer_namespace": "inside"})
    answer = yuki.send(invoice())
    assert {one.tag.removeprefix(ANSWER) for one in answer[5]} >= {"Succeeded", "Message"}
    assert all(one.tag.startswith(ANSWER) for one in answer.iter())


def test_zeep_sends_an_invoice(yuki: Yuki) -> None:
    document = etree.fromstring(f'<SalesInvoices xmlns="{INVOICES}">{invoice()}</SalesInvoices>')
    answer = yuki.client("Sales").service.ProcessSalesInvoices(
        sessionId=yuki.session(), administrationId=ADMINISTRATION, xmlDoc={"_value_1": document}
    )
    assert counts(answer) == ("1", "0", "0")


def test_a_batch_is_answered_one_by_one_in_its_order(yuki: Yuki) -> None:
    wrong = invoice("2026-0108", lines=line(account="10000"))
    answer = yuki.send(invoice(), wrong, invoice("2026-0109"))
    assert counts(answer) == ("2", "1", "0")
    assert [(one["Reference"], one["Succeeded"], one["Message"]) for one in outcomes(answer)] == [
        ("2026-0107", "true", ""),
        ("2026-0108", "false", "Onjuiste artikelcategorie"),
        ("2026-0109", "true", ""),
    ]


@pytest.mark.parametrize(("switch", "skipped"), [("counted", "2"), ("zero", "0")])
def test_the_import_stops_after_six_failures(yuki: Yuki, switch: str, skipped: str) -> None:
    yuki.simulator.set_switches({"skipped_after_stop": switch})
    wrong = [invoice(f"W-{number}", lines=line(account="10000")) for number in range(6)]
    answer = yuki.send(*wrong[:3], invoice("R-1"), *wrong[3:], invoice("R-2"), invoice("R-3"))
    assert counts(answer) == ("1", "6", skipped)
    assert [one["Reference"] for one in outcomes(answer)][-1] == "W-5"
    assert {one["reference"] for one in yuki.state()["invoices"]} == {"NV2025/156", "R-1"}


def test_six_failures_at_the_end_skip_nothing(yuki: Yuki) -> None:
    answer = yuki.send(*(invoice(f"W-{number}", lines=line(account="10000")) for number in range(6)))
    assert counts(answer) == ("0", "6", "0")


@pytest.mark.parametrize(
    ("quirk", "references", "skipped"),
    [
        ("reversed", ["B", "A"], "0"),
        ("omit_last", ["A"], "0"),
        ("skip_last", ["A"], "1"),
        ("extra_invoice", ["A", "B", "NOT-SENT"], "0"),
    ],
)
def test_the_answer_can_be_told_wrongly(yuki: Yuki, quirk: str, references: list[str], skipped: str) -> None:
    yuki.simulator.set_switches({"answer_quirks": [quirk]})
    answer = yuki.send(invoice("A"), invoice("B"))
    assert [one["Reference"] for one in outcomes(answer)] == references
    assert texts(answer)["TotalSkipped"] == skipped
    booked = {one["reference"] for one in yuki.state()["invoices"]}
    assert ("B" in booked) == (quirk != "skip_last")


def test_a_reason_can_be_left_out_or_made_up(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"refuse_invoices": {"A": "De boekhouding is gesloten"}})
    assert message(yuki.send(invoice("A"))) == "De boekhouding is gesloten"
    yuki.simulator.set_switches({"refuse_invoices": {"*": "Alles dicht"}, "answer_quirks": ["empty_message"]})
    assert message(yuki.send(invoice("B"))) == ""


SAMPLE = """
      <SalesInvoice>
        <Reference>2026-0107</Reference>
        <Subject>Onderhoud maart 2026</Subject>
        <PaymentMethod>ElectronicTransfer</PaymentMethod>
        <PaymentID>20260107</PaymentID>
        <Process>true</Process>
        <EmailToCustomer>false</EmailToCustomer>
        <Date>2026-03-31</Date>
        <DueDate>2026-04-30</DueDate>
        <Currency>EUR</Currency>
        <DocumentFileName>2026-0107.pdf</DocumentFileName>
        <DocumentBase64>JVBERi0xLjQKJSVFT0YK</DocumentBase64>
        <Contact>
          <ContactCode>TR-48213</ContactCode>
          <FullName>Dakbedrijf Voorbeeld B.V.</FullName>
          <CountryCode>NL</CountryCode>
          <City>Zwolle</City>
          <Zipcode>8011 AB</Zipcode>
          <AddressLine_1>Voorbeeldstraat 12</AddressLine_1>
          <EmailAddress>administratie@dakbedrijf.example</EmailAddress>
          <VATNumber>NL000000000B00</VATNumber>
          <ContactType>Company</ContactType>
        </Contact>
        <InvoiceLines>
          <InvoiceLine>
            <Description>Onderhoudsbeurt plat dak</Description>
            <ProductQuantity>2.5</ProductQuantity>
            <Product>
              <Description>Onderhoud</Description>
              <Reference>OND-01</Reference>
              <Category xsi:nil="true" />
              <SalesPrice>80.00</SalesPrice>
              <VATPercentage>21.00</VATPercentage>
              <VATIncluded>false</VATIncluded>
              <VATType>1</VATType>
              <GLAccountCode>80000</GLAccountCode>
            </Product>
          </InvoiceLine>
        </InvoiceLines>
      </SalesInvoice>
"""


def test_the_documented_sample_is_booked(yuki: Yuki) -> None:
    assert counts(yuki.send(SAMPLE)) == ("1", "0", "0")
    booked = yuki.invoice("2026-0107")
    assert (booked["total_incl"], booked["payment_id"], booked["document_bytes"]) == ("242.00", "20260107", 15)


def test_answers_follow_their_schema(yuki: Yuki) -> None:
    schema = etree.XMLSchema(etree.parse(FOLDER / "SalesInvoicesResponse.xsd"))
    wrong = invoice("W", lines=line(account="10000"))
    assert schema.validate(etree.fromstring(etree.tostring(yuki.send(invoice(), wrong))))


# Documents that are refused as a whole

INVALID = {
    "order": invoice()
    .replace("<Subject>Onderhoud maart 2026</Subject>", "")
    .replace("<Process>", "<Subject/><Process>"),
    "price": invoice(lines=line(price="1.12345")),
    "product": invoice(lines=line(description="")),
    "type": invoice(contact="<FullName>X</FullName><ContactType>Klant</ContactType>"),
    "date": invoice(day="31-03-2026"),
    "no lines": invoice().replace("<InvoiceLine>", "<!--").replace("</InvoiceLine>", "-->"),
}


@pytest.mark.parametrize("document", INVALID.values(), ids=INVALID)
def test_a_document_against_the_schema_books_nothing(yuki: Yuki, document: str) -> None:
    with pytest.raises(Fault, match=r"(?:invalid|incomplete)"):
        yuki.send(invoice("GOOD"), document)
    assert len(yuki.state()["invoices"]) == 1
    yuki.simulator.set_switches({"schema_error": "answer"})
    answer = yuki.send(invoice("GOOD"), document)
    assert counts(answer) == ("0", "2", "0")
    assert "in" in outcomes(answer)[0]["Message"]
    assert len(yuki.state()["invoices"]) == 1


def test_every_violation_is_told_in_the_words_of_the_platform(yuki: Yuki) -> None:
    with pytest.raises(Fault) as refused:
        yuki.send(INVALID["order"], INVALID["type"])
    first, second = refused.value.text.splitlines()
    assert first.startswith(f"The element 'SalesInvoice' in namespace '{INVOICES}' has invalid child element 'Subject'")
    assert "List of possible elements expected: 'PaymentID," in first
    assert second.startswith(f"The '{INVOICES}:ContactType' element is invalid - The value 'Klant' is invalid")


@pytest.mark.parametrize("inner", ["", "text", '<SalesInvoices xmlns="urn:other"/>'])
def test_a_call_without_document_is_refused(yuki: Yuki, inner: str) -> None:
    parameters = f"<administrationId>{ADMINISTRATION}</administrationId><xmlDoc>{inner}</xmlDoc>"
    with pytest.raises(Fault):
        yuki.with_session("Sales", "ProcessSalesInvoices", parameters)
    yuki.simulator.set_switches({"schema_error": "answer"})
    answer = yuki.with_session("Sales", "ProcessSalesInvoices", parameters)[0]
    assert counts(answer) == ("0", "0", "0")


# The contact


def test_a_contact_that_is_no_customer_is_refused_without_a_trace(yuki: Yuki) -> None:
    before = yuki.state()["contacts"]
    changed = "<FullName>Zagerij Hout</FullName><City>Kampen</City>"
    assert "geen klant" in message(yuki.send(invoice(contact=changed, lines=line("Nieuw artikel"))))
    assert yuki.state()["contacts"] == before
    assert yuki.state()["products"] == []


def test_a_ticked_contact_is_accepted(yuki: Yuki) -> None:
    yuki.control(f"contacts/{SUPPLIER}", {"IsCustomer": True})
    assert counts(yuki.send(invoice(contact="<FullName>Zagerij Hout</FullName>"))) == ("1", "0", "0")


def test_an_inactive_contact_is_refused(yuki: Yuki) -> None:
    answer = yuki.send(invoice(contact="<ContactCode>TR-4</ContactCode><FullName>Gestopt B.V.</FullName>"))
    assert "niet actief" in message(answer)
    assert outcomes(answer)[0]["Contact"] == "Gestopt B.V."


def test_an_unknown_contact_is_refused_and_not_made(yuki: Yuki) -> None:
    assert "geen klant" in message(yuki.send(invoice(contact=NEW_CONTACT)))
    assert len(yuki.state()["contacts"]) == 6


def test_a_contact_without_any_name_is_refused(yuki: Yuki) -> None:
    assert "naam" in message(yuki.send(invoice(contact="<ContactCode>TR-9</ContactCode>")))


def test_a_code_overwrites_what_is_stored(yuki: Yuki) -> None:
    contact = (
        "<ContactCode>tr-48213</ContactCode><FullName>Dak Anders B.V.</FullName><City>Kampen</City>"
        "<Website>www.anders.example</Website><BankAccount>NL00BANK0000000000</BankAccount>"
    )
    yuki.send(invoice(contact=contact))
    stored = yuki.contact(ROOFER)
    assert (stored["Name"], stored["City"], stored["Postcode"]) == ("Dak Anders B.V.", "Kampen", "8011 AB")
    assert (stored["IBAN"], stored["Modified"]) == ("NL00BANK0000000000", "2026-11-23T11:00:00")


def test_an_invoice_that_changes_nothing_leaves_the_contact_as_it_was(yuki: Yuki) -> None:
    before = yuki.contact(ROOFER)
    yuki.send(invoice())
    assert yuki.contact(ROOFER) == before


@pytest.mark.parametrize(("switch", "city"), [("clears", ""), ("ignored", "Zwolle")])
def test_an_empty_element_clears_what_a_code_found(yuki: Yuki, switch: str, city: str) -> None:
    yuki.simulator.set_switches({"empty_element": switch})
    yuki.send(invoice(contact="<ContactCode>TR-48213</ContactCode><FullName/><City/>"))
    stored = yuki.contact(ROOFER)
    assert (stored["City"], stored["Name"]) == (city, "Dakbedrijf Voorbeeld B.V.")


def test_a_code_of_two_contacts_means_the_newest(yuki: Yuki) -> None:
    yuki.send(invoice(contact="<ContactCode>TR-5</ContactCode><FullName>Tweeling</FullName>"))
    assert yuki.invoice("2026-0107")["contact_id"] == TWIN_NEW


def test_a_name_match_only_fills_what_is_empty(yuki: Yuki) -> None:
    contact = (
        "<ContactCode>TR-999</ContactCode><FullName>dakbedrijf voorbeeld bv</FullName><CountryCode>NL</CountryCode>"
        "<City>Zwolle</City><AddressLine_1>Voorbeeldstraat 12</AddressLine_1><AddressLine_2>Hal B</AddressLine_2>"
        "<Website>www.anders.example</Website><PhoneHome>038</PhoneHome>"
    )
    yuki.send(invoice(contact=contact))
    stored = yuki.contact(ROOFER)
    assert stored["AddressLine_2"] == "Hal B"
    assert stored["PhoneHome"] == "038"
    assert (stored["Code"], stored["Website"]) == ("TR-48213", "www.dakbedrijf.example")


def test_a_name_match_with_another_address_fills_no_address(yuki: Yuki) -> None:
    contact = (
        "<FullName>Dakbedrijf Voorbeeld B.V.</FullName><City>Kampen</City><AddressLine_2>Hal B</AddressLine_2>"
        "<PhoneHome>038</PhoneHome>"
    )
    yuki.send(invoice(contact=contact))
    stored = yuki.contact(ROOFER)
    assert (stored["City"], stored["AddressLine_2"], stored["PhoneHome"]) == ("Zwolle", "", "038")


@pytest.fixture
def lenient(yuki: Yuki) -> Yuki:
    """Yuki without the check on the customer checkbox."""
    yuki.simulator.set_switches({"customer_check": False})
    return yuki


def test_a_new_contact_is_a_person_unless_it_says_otherwise(lenient: Yuki) -> None:
    lenient.send(invoice("A", contact=NEW_CONTACT))
    company = NEW_CONTACT.replace("Nieuw Bedrijf", "Ander Bedrijf") + "<ContactType>Company</ContactType>"
    lenient.send(invoice("B", contact=f"<ContactCode>TR-10</ContactCode>{company}"))
    person, firm = (lenient.contact(lenient.invoice(reference)["contact_id"]) for reference in ("A", "B"))
    assert (person["Type"], firm["Type"], firm["Code"], firm["City"]) == ("Person", "Company", "TR-10", "Zwolle")


@pytest.mark.parametrize(("switch", "role"), [("customer", True), ("unchanged", False)])
def test_booking_may_give_the_role(lenient: Yuki, switch: str, role: bool) -> None:
    lenient.simulator.set_switches({"role_after_booking": switch})
    lenient.send(invoice(contact="<FullName>Zagerij Hout</FullName>"))
    assert lenient.contact(SUPPLIER)["IsCustomer"] is role


def test_a_draft_gives_no_role(lenient: Yuki) -> None:
    lenient.send(invoice(contact="<FullName>Zagerij Hout</FullName>", process="false"))
    assert lenient.contact(SUPPLIER)["IsCustomer"] is False


@pytest.mark.parametrize(
    ("switch", "new", "known"), [("new_contact", False, True), ("always", False, False), ("never", True, True)]
)
def test_who_needs_an_address_is_a_switch(lenient: Yuki, switch: str, new: bool, known: bool) -> None:
    lenient.simulator.set_switches({"address_required": switch})
    contacts = {"A": "<FullName>Nieuw Bedrijf</FullName>", "B": "<FullName>Tweeling</FullName>"}
    answer = lenient.send(*(invoice(reference, contact=contact) for reference, contact in contacts.items()))
    assert [one["Succeeded"] == "true" for one in outcomes(answer)] == [new, known]


def test_the_email_becomes_the_one_for_invoices(yuki: Yuki) -> None:
    for reference, address in (("A", "eerst@dak.example"), ("B", "daarna@dak.example")):
        contact = f"<ContactCode>TR-48213</ContactCode><EmailAddress>{address}</EmailAddress>"
        yuki.send(invoice(reference, contact=contact))
    stored = yuki.contact(ROOFER)
    assert (stored["InvoiceEmail"], stored["OtherEmail"]) == ("daarna@dak.example", "eerst@dak.example")
    assert stored["EMailWork"] == "administratie@dakbedrijf.example"
    assert texts(yuki.outstanding("A")[0])["RecipientEmail"] == "daarna@dak.example"


def test_phones_of_an_invoice_may_be_normalised_too(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"normalise_phones": True})
    yuki.send(invoice(contact="<ContactCode>TR-48213</ContactCode><PhoneHome>+31 38 000 00 00</PhoneHome>"))
    assert yuki.contact(ROOFER)["PhoneHome"] == "0380000000"


def test_a_contact_person_stays_with_the_invoice(yuki: Yuki) -> None:
    person = "<ContactPerson><FullName>Jan de Proef</FullName></ContactPerson>"
    yuki.send(invoice().replace("<InvoiceLines>", f"{person}<InvoiceLines>"))
    assert yuki.invoice("2026-0107")["details"] == {"ContactPerson": {"FullName": "Jan de Proef"}}


# Rules of one invoice


@pytest.mark.parametrize(("switch", "booked"), [("refuse", 1), ("accept", 2)])
def test_a_number_is_booked_once(yuki: Yuki, switch: str, booked: int) -> None:
    yuki.simulator.set_switches({"duplicate_reference": switch})
    answer = yuki.send(invoice(), invoice())
    assert counts(answer) == (str(booked), str(2 - booked), "0")
    if switch == "refuse":
        assert outcomes(answer)[1]["Message"] == "Er bestaat al een verkoopfactuur met referentie 2026-0107."
    assert sum(one["reference"] == "2026-0107" for one in yuki.state()["invoices"]) == booked


def test_a_number_that_the_bookkeeper_used_is_taken_too(yuki: Yuki) -> None:
    assert "bestaat al" in message(yuki.send(invoice("NV2025/156")))
    yuki.control(
        "invoices", {"reference": "2026-0107", "contact_id": ROOFER, "date": "2026-03-31", "total_incl": "242.00"}
    )
    assert "bestaat al" in message(yuki.send(invoice()))


def test_another_administration_has_its_own_numbers(yuki: Yuki) -> None:
    yuki.send(invoice())
    assert counts(yuki.send(invoice(lines=line(account="")), administration=SECOND_ADMINISTRATION)) == ("1", "0", "0")


def test_an_invoice_without_number_gets_one(yuki: Yuki) -> None:
    yuki.control(
        "invoices", {"reference": "202600001", "contact_id": ROOFER, "date": "2026-03-31", "total_incl": "1.00"}
    )
    assert outcomes(yuki.send(invoice("")))[0]["Reference"] == "202600002"
    assert yuki.invoice("202600002")["processed"] is True


@pytest.mark.parametrize(("switch", "kept"), [("dropped", ""), ("kept", "2026-0107")])
@pytest.mark.parametrize("process", ["false", "0"])
def test_a_draft_loses_its_number(yuki: Yuki, switch: str, kept: str, process: str) -> None:
    yuki.simulator.set_switches({"draft_reference": switch})
    (outcome,) = outcomes(yuki.send(invoice(process=process)))
    assert (outcome["Succeeded"], outcome["Processed"], outcome["Reference"]) == ("true", "false", kept)
    assert yuki.outstanding("2026-0107") == []
    assert [one.findtext("Reference") for one in yuki.documents()] == ["NV2025/156"]
    assert counts(yuki.send(invoice())) == ("1", "0", "0")  # a draft takes no number


PDF = base64.b64encode(b"%PDF-1.4 proef").decode()
DOCUMENT = f"<DocumentFileName>2026-0107.pdf</DocumentFileName><DocumentBase64>{PDF}</DocumentBase64>"


def test_a_document_is_kept_with_its_name_and_size(yuki: Yuki) -> None:
    yuki.send(invoice(after_dates=DOCUMENT))
    booked = yuki.invoice("2026-0107")
    assert (booked["document_file_name"], booked["document_bytes"]) == ("2026-0107.pdf", 14)
    (document,) = yuki.documents(since="2026-01-01")
    assert (document.findtext("FileName"), document.findtext("FileSize")) == ("2026-0107.pdf", "14")


def test_a_draft_takes_no_document(yuki: Yuki) -> None:
    answer = yuki.send(invoice(after_dates=DOCUMENT, process="false"))
    assert message(answer) == "When supplying a document process must be set to true"


def test_a_document_needs_a_name(yuki: Yuki) -> None:
    assert "DocumentFileName" in message(yuki.send(invoice(after_dates=f"<DocumentBase64>{PDF}</DocumentBase64>")))


@pytest.mark.parametrize(
    ("method", "shown"),
    [
        *(("ElectronicTransfer", True), ("DirectCollection", True), ("Unspecified", True), ("ToSettle", True)),
        *(("", True), ("Bezorgd", True)),
        *(("CreditCard", False), ("DebitCard", False), ("Cash", False), ("iDeal", False), ("Online", False)),
        *(("ReceivedElectronically", False), ("ReceivedCash", False)),
    ],
)
def test_what_is_paid_on_the_spot_is_never_outstanding(yuki: Yuki, method: str, shown: bool) -> None:
    assert counts(yuki.send(invoice(method=method))) == ("1", "0", "0")
    assert bool(yuki.outstanding("2026-0107")) is shown
    assert len(yuki.documents()) == 2


def test_an_unknown_payment_method_is_refused_or_not(yuki: Yuki) -> None:
    assert "Onbekende betaalmethode" in message(yuki.send(invoice(method="Schelpen")))
    yuki.simulator.set_switches({"unknown_payment_method": "accept"})
    assert counts(yuki.send(invoice(method="Schelpen"))) == ("1", "0", "0")


def test_a_price_list_must_have_the_currency_of_the_invoice(yuki: Yuki) -> None:
    answer = yuki.send(invoice(after_dates="<PriceList>Standaard</PriceList><Currency>USD</Currency>"))
    assert message(answer).startswith('The pricelist\'s currency "EUR" does not match')


MAIL = invoice().replace("<EmailToCustomer>false", "<EmailToCustomer>true")


@pytest.mark.parametrize(
    ("switches", "sent", "words"),
    [
        ({"bundle": "minimal"}, invoice(process="false"), "bundel"),
        ({"bundle": "minimal"}, MAIL, "bundel"),
        ({"bundle": "small"}, invoice(method="DirectCollection"), "bundel"),
        ({"bundle": "small"}, invoice(after_dates="<ProjectCode>P1</ProjectCode>"), "bundel"),
        ({"sales_settings_complete": False}, MAIL, "verkoopinstellingen"),
        ({"sales_settings_complete": False}, invoice(method="DirectCollection"), "verkoopinstellingen"),
        ({"closed_until": "2026-03-31"}, invoice(), "afgesloten"),
    ],
)
def test_settings_of_the_administration_refuse_invoices(
    yuki: Yuki, switches: dict[str, Any], sent: str, words: str
) -> None:
    yuki.simulator.set_switches(switches)
    assert words in message(yuki.send(sent))
    yuki.simulator.reset()
    yuki.sessions.clear()
    assert counts(yuki.send(sent)) == ("1", "0", "0")


def test_the_smallest_bundle_books_at_once(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"bundle": "minimal"})
    assert counts(yuki.send(invoice())) == ("1", "0", "0")


def test_yuki_mails_only_where_there_is_an_address(yuki: Yuki) -> None:
    assert outcomes(yuki.send(MAIL))[0]["EmailSent"] == "true"
    yuki.control(f"contacts/{ROOFER}", {"EMailWork": ""})
    assert outcomes(yuki.send(MAIL.replace("2026-0107", "B")))[0]["EmailSent"] == "false"


def peppol(process: str = "true", contact: str = "TR-48213") -> str:
    return invoice(
        contact=f"<ContactCode>{contact}</ContactCode>",
        before_date="<SentToPeppol>true</SentToPeppol>",
        process=process,
    )


def test_peppol_has_conditions(yuki: Yuki) -> None:
    assert "direct worden verwerkt" in message(yuki.send(peppol(process="false")))
    assert "ondernemings- of btw-nummer" in message(yuki.send(peppol(contact="TR-5")))
    yuki.simulator.set_switches({"peppol_registered": False})
    assert "niet geregistreerd" in message(yuki.send(peppol()))
    yuki.simulator.set_switches({"peppol_registered": True})
    assert counts(yuki.send(peppol())) == ("1", "0", "0")
    assert yuki.invoice("2026-0107")["sent_to_peppol"] is True


def test_without_due_date_the_term_is_yukis(yuki: Yuki) -> None:
    yuki.send(invoice().replace("<DueDate>2026-04-30</DueDate>", ""))
    assert yuki.invoice("2026-0107")["due_date"] == "2026-04-30"


# Products, VAT codes, accounts


def test_a_product_is_made_once_and_matched_on_sixty_characters(yuki: Yuki) -> None:
    long = "Onderhoud aan daken en goten met een heel lange omschrijving erbij"
    yuki.send(invoice("A", lines=line(long)), invoice("B", lines=line(long[:60].upper(), price="90.00")))
    (product,) = yuki.state()["products"]
    assert product["description"] == long[:60]
    assert product["price"] == "80.00"
    assert yuki.invoice("B")["lines"][0]["price"] == "90.00"
    listed = yuki.with_session("Sales", "GetSalesItems", f"<administrationID>{ADMINISTRATION}</administrationID>")
    assert [texts(one) for one in listed] == [{"id": product["id"], "description": long[:60]}]


def test_a_product_needs_a_description(yuki: Yuki) -> None:
    assert "omschrijving" in message(yuki.send(invoice(lines=line("   "))))


def test_a_long_product_reference_is_cut_off(yuki: Yuki) -> None:
    named = line().replace("<SalesPrice>", f"<Reference>{'R' * 50}</Reference><SalesPrice>")
    yuki.send(invoice(lines=named))
    assert yuki.state()["products"][0]["reference"] == "R" * 40


@pytest.mark.parametrize("price", ["0", "0.0000", ""])
def test_no_price_means_the_one_of_the_catalogue(yuki: Yuki, price: str) -> None:
    yuki.send(invoice("A"), invoice("B", lines=line(price=price, quantity="1")))
    assert totals(yuki, "B") == ("80.00", "16.80", "96.80")


def test_a_new_product_without_price_costs_nothing(yuki: Yuki) -> None:
    yuki.send(invoice(lines=line("Gratis", price="0")))
    assert totals(yuki) == ("0.00", "0.00", "0.00")


def test_a_known_product_brings_its_own_vat_and_account(yuki: Yuki) -> None:
    yuki.send(invoice("A", lines=line(account="80100")), invoice("B", lines=line(vat=None, account="")))
    booked = yuki.invoice("B")["lines"][0]
    assert (booked["vat_type"], booked["vat_percentage"], booked["gl_account"]) == (1, "21.00", "80100")


def test_an_account_for_one_invoice_does_not_change_the_product(yuki: Yuki) -> None:
    yuki.send(invoice("A"), invoice("B", lines=line(account="80100")))
    assert yuki.invoice("B")["lines"][0]["gl_account"] == "80100"
    assert yuki.state()["products"][0]["gl_account"] == "80000"


@pytest.mark.parametrize("account", ["", "99999", "80999"])
def test_an_account_that_cannot_be_used_becomes_the_default(yuki: Yuki, account: str) -> None:
    yuki.send(invoice(lines=line(account=account)))
    assert yuki.invoice("2026-0107")["lines"][0]["gl_account"] == "80000"


def test_the_belgian_default_account_is_another(yuki: Yuki) -> None:
    yuki.prefix = "/be"
    yuki.control("contacts", {"Name": "Klant BE", "DomainID": BELGIAN_DOMAIN, "IsCustomer": True})
    sent = invoice(contact="<FullName>Klant BE</FullName>", lines=line(account=""))
    yuki.send(sent, administration=BELGIAN_ADMINISTRATION, key=BELGIAN_KEY)
    assert yuki.invoice("2026-0107")["lines"][0]["gl_account"] == "700000"


def test_which_accounts_take_revenue_is_a_switch(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"revenue_gl_account_types": [1]})
    assert message(yuki.send(invoice("A"))) == "Onjuiste artikelcategorie"
    assert counts(yuki.send(invoice("B", lines=line(account="10000")))) == ("1", "0", "0")


@pytest.mark.parametrize(
    ("vat", "day", "accepted"),
    [
        ((1, "21"), "2026-03-31", True),
        ((1, "19.00"), "2026-03-31", False),
        ((2, "21.00"), "2026-03-31", False),
        ((2, "9.00"), "2019-01-01", True),
        ((2, "9.00"), "2018-12-31", False),
        ((2, "6.00"), "2018-12-31", True),
        ((2, "6.00"), "2019-01-01", False),
        ((17, "0.00"), "2026-03-31", False),
    ],
)
def test_a_vat_code_must_be_active_on_the_invoice_date(
    yuki: Yuki, vat: tuple[int, str], day: str, accepted: bool
) -> None:
    answer = yuki.send(invoice(lines=line(vat=vat), day=day))
    if accepted:
        assert counts(answer) == ("1", "0", "0")
    else:
        assert message(answer).startswith("Geen actieve btw-code gevonden voor type")


def test_a_new_product_needs_a_vat_code(yuki: Yuki) -> None:
    assert "btw-type" in message(yuki.send(invoice(lines=line(vat=None))))


@pytest.mark.parametrize(
    ("description", "booked"),
    [("", "OSS Zweden"), ("OSS Denemarken", "OSS Denemarken"), ("OSS Frankrijk", None)],
)
def test_a_description_picks_among_equal_codes(yuki: Yuki, description: str, booked: str | None) -> None:
    extra = f"<VATDescription>{description}</VATDescription>" if description else ""
    answer = yuki.send(invoice(lines=line(vat=(40, "25.00"), extra=extra)))
    if booked:
        assert yuki.invoice("2026-0107")["lines"][0]["vat_description"] == booked
    else:
        assert "OSS Frankrijk" in message(answer)


# Totals

HIGH, LOW = (1, "21.00"), (2, "9.00")


@pytest.mark.parametrize(
    ("rounding", "vat", "incl"), [("rate", "0.03", "0.23"), ("line", "0.00", "0.20"), ("document", "0.04", "0.24")]
)
def test_where_vat_is_rounded_is_a_switch(yuki: Yuki, rounding: str, vat: str, incl: str) -> None:
    yuki.simulator.set_switches({"vat_rounding": rounding})
    # 21 % of 0.02 is 0.0042, eight times 0.0336; 9 % of 0.04 is 0.0036; together 0.0372
    lines = [*(line("A", "1", "0.02", HIGH) for _ in range(8)), line("B", "1", "0.04", LOW)]
    yuki.send(invoice(lines="".join(lines)))
    assert totals(yuki) == ("0.20", vat, incl)


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("1", "0.005", "0.01"), ("-1", "0.005", "-0.01"), ("3", "33.3333", "100.00"), ("0.3333", "100", "33.33")],
)
def test_a_line_is_rounded_half_away_from_zero(yuki: Yuki, quantity: str, price: str, amount: str) -> None:
    yuki.send(invoice(lines=line(quantity=quantity, price=price, vat=(0, "0.00"))))
    assert yuki.invoice("2026-0107")["lines"][0]["amount"] == amount
    assert totals(yuki) == (amount, "0.00", amount)


def test_vat_that_is_included_is_taken_out(yuki: Yuki) -> None:
    yuki.send(invoice(lines=line("A", "1", "121.00", extra="included") + line("B", "1", "10.00")))
    assert totals(yuki) == ("110.00", "23.10", "133.10")


def test_a_credit_note_is_negative(yuki: Yuki) -> None:
    corrected = "<SourceInvoiceReference>NV2025/156</SourceInvoiceReference>"
    credit = invoice("C-1", method="ToSettle", lines=line(quantity="-1"))
    yuki.send(credit.replace("<Process>", f"{corrected}<Process>"))
    assert totals(yuki, "C-1") == ("-80.00", "-16.80", "-96.80")
    assert texts(yuki.outstanding("C-1")[0])["OpenAmount"] == "-96.80"
    assert yuki.invoice("C-1")["details"] == {"SourceInvoiceReference": ["NV2025/156"]}


def test_another_currency_is_outstanding_in_euros(yuki: Yuki) -> None:
    yuki.send(invoice(after_dates="<Currency>USD</Currency>"))
    booked = yuki.invoice("2026-0107")
    assert (booked["currency"], booked["total_incl"], booked["total_incl_eur"]) == ("USD", "242.00", "210.43")
    assert texts(yuki.outstanding("2026-0107")[0])["OriginalAmount"] == "210.43"


def test_an_unknown_currency_is_refused(yuki: Yuki) -> None:
    assert "XTS" in message(yuki.send(invoice(after_dates="<Currency>XTS</Currency>")))
