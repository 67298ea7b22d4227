"""The documents that go to Yuki: valid, complete, and nothing in them but what was meant."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from tests.support.details import said
from tribe_yuki.adapters.yuki.documents import contact_document, plain, sales_invoice_size, sales_invoices_document
from tribe_yuki.adapters.yuki.markup import CONTACT, SALES_INVOICES
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.errors import Defect, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.details import element_invalid
from tribe_yuki.invoices.model import InvoiceDocument, SalesInvoice, SalesInvoiceContact, SalesInvoiceLine

LINE = SalesInvoiceLine(
    description="Onderhoudsbeurt plat dak",
    quantity=Decimal("2.5"),
    price=Decimal("80.0000"),
    product_description="Onderhoud",
    product_reference="OND-01",
    vat_type=1,
    vat_percentage=Decimal("21.00"),
    vat_description=None,
    vat_included=False,
    gl_account="80000",
)
CONTACT_IN_INVOICE = SalesInvoiceContact(
    code="TR-48213",
    full_name="Dakbedrijf Voorbeeld B.V.",
    kind=ContactKind.ORGANISATION,
    country="NL",
    address_line_1="Voorbeeldstraat 12",
    postcode="8011 AB",
    city="Zwolle",
    email="administratie@dakbedrijf.example",
    vat_number="NL000000000B00",
)
INVOICE = SalesInvoice(
    reference="2026-0107",
    subject="Onderhoud maart 2026",
    payment_method="ElectronicTransfer",
    date=date(2026, 3, 31),
    due_date=date(2026, 4, 30),
    currency="EUR",
    contact=CONTACT_IN_INVOICE,
    lines=(LINE,),
    payment_id="20260107",
    document=InvoiceDocument("2026-0107.pdf", b"%PDF-1.4\n%%EOF\n"),
)

# The sample of yuki-api 4.7, with decimals as `plain` writes them.
SAMPLE = """
<SalesInvoices xmlns="urn:xmlns:http://www.theyukicompany.com:salesinvoices"
               xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
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
          <Category xsi:nil="true"/>
          <SalesPrice>80</SalesPrice>
          <VATPercentage>21</VATPercentage>
          <VATIncluded>false</VATIncluded>
          <VATType>1</VATType>
          <GLAccountCode>80000</GLAccountCode>
        </Product>
      </InvoiceLine>
    </InvoiceLines>
  </SalesInvoice>
</SalesInvoices>
"""

INJECTION = "]]></FullName><Code>1"


def canonical(xml: bytes | str) -> bytes:
    root = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True))
    return etree.tostring(root, method="c14n")


def texts(root: etree._Element, name: str) -> list[str | None]:
    return [element.text for element in root.iter(f"{{*}}{name}")]


def test_an_invoice_is_written_like_the_sample() -> None:
    document = etree.tostring(sales_invoices_document([INVOICE]), encoding="utf-8")
    assert canonical(document) == canonical(SAMPLE)


def test_every_optional_field_has_its_place_in_the_schema() -> None:
    contact = replace(
        CONTACT_IN_INVOICE,
        kind=ContactKind.PERSON,
        first_name="Proef",
        middle_name="van",
        last_name="Voorbeeld",
        address_line_2="Achter",
        website="www.voorbeeld.example",
        coc_number="00000000",
    )
    line = replace(LINE, vat_description="BTW hoog 21%")
    invoice = replace(
        INVOICE,
        contact=contact,
        lines=(line, LINE),
        purchase_order_number="PO 7",
        sent_to_peppol=True,
        remarks="Gratis regel",
    )
    document = sales_invoices_document([invoice, INVOICE])
    assert texts(document, "SentToPeppol") == ["true"]
    assert texts(document, "ContactType") == ["Person", "Company"]
    assert texts(document, "Reference")[0] == "2026-0107"
    assert len(list(document)) == 2


def test_a_country_that_nobody_told_stays_out_of_an_invoice() -> None:
    unnamed = replace(INVOICE, contact=replace(CONTACT_IN_INVOICE, names_country=False))
    name = SALES_INVOICES.tag("CountryCode")
    assert [one.text for one in sales_invoices_document([INVOICE]).iter(name)] == ["NL"]
    assert list(sales_invoices_document([unnamed]).iter(name)) == []


def test_an_invoice_is_always_booked_and_never_mailed() -> None:
    document = sales_invoices_document([INVOICE, INVOICE])
    assert texts(document, "Process") == ["true", "true"]
    assert texts(document, "EmailToCustomer") == ["false", "false"]


def test_markup_in_a_name_arrives_as_text() -> None:
    invoice = replace(INVOICE, contact=replace(CONTACT_IN_INVOICE, full_name=INJECTION))
    reread = etree.fromstring(etree.tostring(sales_invoices_document([invoice])))
    assert texts(reread, "FullName") == [INJECTION]
    assert texts(reread, "Code") == []
    contact = etree.fromstring(etree.tostring(contact_document({"Type": "2", "FullName": INJECTION})))
    assert [(etree.QName(element).localname, element.text) for element in contact] == [
        ("Type", "2"),
        ("FullName", INJECTION),
    ]


def test_control_characters_are_removed_and_other_scripts_stay() -> None:
    dirty = "\x00A\x0bB\x1fC\x7fD\x85E\ud800F\ufffeG é Ω 漢 🙂 \t\nH "
    document = sales_invoices_document([replace(INVOICE, subject=dirty)])
    assert texts(etree.fromstring(etree.tostring(document)), "Subject") == ["ABCDEFG é Ω 漢 🙂 \t\nH"]


def test_empty_elements_are_never_written() -> None:
    contact = replace(CONTACT_IN_INVOICE, email="", vat_number=" \x00 ", address_line_2=None)
    document = sales_invoices_document([replace(INVOICE, contact=contact, payment_id="", remarks="\n")])
    empty = [
        etree.QName(element).localname
        for element in document.iter()
        if len(element) == 0 and not (element.text or "").strip()
    ]
    assert empty == ["Category"]  # nil, as in the samples
    assert [len(element) for element in [contact_document({"Type": "0", "FullName": "A", "City": " "})]] == [2]


@pytest.mark.parametrize(
    ("invoice", "field"),
    [
        (replace(INVOICE, reference=" "), "Reference"),
        (replace(INVOICE, subject=""), "Subject"),
        (replace(INVOICE, payment_method="x" * 61), "PaymentMethod"),
        (replace(INVOICE, lines=()), "InvoiceLines"),
        (replace(INVOICE, contact=replace(CONTACT_IN_INVOICE, code="")), "ContactCode"),
        (replace(INVOICE, contact=replace(CONTACT_IN_INVOICE, full_name="\x07")), "FullName"),
        (replace(INVOICE, lines=(replace(LINE, gl_account=""),)), "GLAccountCode"),
        (replace(INVOICE, lines=(replace(LINE, product_description=" "),)), "Product/Description"),
        (replace(INVOICE, lines=(replace(LINE, price=Decimal("0.03333")),)), "SalesPrice"),
        (replace(INVOICE, lines=(replace(LINE, quantity=Decimal("12345678901.2345")),)), "ProductQuantity"),
        (replace(INVOICE, lines=(replace(LINE, vat_percentage=Decimal("21.005")),)), "VATPercentage"),
    ],
)
def test_an_invalid_invoice_is_held_with_the_field(invoice: SalesInvoice, field: str) -> None:
    with pytest.raises(Held) as held:
        sales_invoices_document([INVOICE, invoice])
    assert (held.value.reason, held.value.details) == (HoldReason.INVOICE_INVALID, (element_invalid(field),))
    with pytest.raises(Held):
        sales_invoice_size(invoice)


def test_a_hold_never_quotes_a_value() -> None:
    with pytest.raises(Held) as held:
        sales_invoices_document([replace(INVOICE, payment_method="kanarie" * 10)])
    assert "kanarie" not in f"{held.value!r} {held.value} {said(held.value.details)} {held.value.words}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("80.0000", "80"),
        ("1E+3", "1000"),
        ("1E-4", "0.0001"),
        ("-0.00", "0"),
        ("-12.50", "-12.5"),
        ("100", "100"),
        ("0.10", "0.1"),
    ],
)
def test_decimals_are_written_plainly(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_what_is_no_number_is_a_defect(value: str) -> None:
    with pytest.raises(Defect):
        plain(Decimal(value))


def test_the_size_is_that_of_the_invoice_in_the_call() -> None:
    small, large = (
        sales_invoice_size(INVOICE),
        sales_invoice_size(replace(INVOICE, document=InvoiceDocument("a.pdf", b"0" * 300_000))),
    )
    assert 1_000 < small < 3_000
    assert 400_000 < large < 404_000


def test_contact_elements_are_put_in_the_order_of_the_schema() -> None:
    names = CONTACT.names()[1:]
    values = dict.fromkeys(reversed(names), "x") | {"Type": "2"}
    document = contact_document(values)
    assert [etree.QName(element).localname for element in document] == list(names)
    assert names[:4] == ("ID", "Type", "Code", "FirstName")
    assert "GLAccountCode" in SALES_INVOICES.names()


@pytest.mark.parametrize(
    ("elements", "code", "text"),
    [
        ({"Type": "2", "Website": "www.voorbeeld.example"}, "contact_element_unknown", "Website"),
        ({"Type": "2", "Contact": "x"}, "contact_element_unknown", "Contact"),
        ({"Type": "1", "FullName": "kanarie"}, "contact_document_invalid", "Type"),
        ({"FullName": "kanarie"}, "contact_document_invalid", "FullName"),
    ],
)
def test_a_contact_that_the_schema_does_not_know_is_a_defect(elements: dict[str, str], code: str, text: str) -> None:
    with pytest.raises(Defect) as defect:
        contact_document(elements)
    assert (defect.value.code, defect.value.text) == (code, text)
