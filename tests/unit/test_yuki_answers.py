"""Answers of Yuki, read by local name; the samples are those of docs/reference/yuki-api.md."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from tests.support.details import said
from tribe_yuki.adapters.yuki import answers
from tribe_yuki.adapters.yuki.markup import UnreadableAnswer
from tribe_yuki.adapters.yuki.values import UnknownNotation
from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.contacts.model import AddressLines, ContactKind, YukiContact
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument

CONTACT_ID = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19"

CONTACT = f"""
<Contact ID="{CONTACT_ID.upper()}">
  <Type>Company</Type><HID>139</HID><Code>TR-48213</Code><Name> Dakbedrijf Voorbeeld B.V.</Name>
  <AddressLine_1>Voorbeeldstraat 12</AddressLine_1><AddressLine_2 /><Postcode>8011 AB</Postcode><City>Zwolle</City>
  <MailAddressLine_1>Postbus 5</MailAddressLine_1><MailAddressLine_2 /><MailPostcode>8000 AA</MailPostcode>
  <MailCity>Zwolle</MailCity><Country>nl</Country><PhoneWork>038 000 00 00</PhoneWork>
  <EMailWork>administratie@dakbedrijf.example</EMailWork><Website>www.dakbedrijf.example</Website>
  <VATNumber>NL000000000B00</VATNumber><CoCNumber>00000000</CoCNumber><IncomeTaxNumber />
  <Created>4/10/2024 3:50:52 PM</Created><Modified>12/18/2025 10:21:40 AM</Modified>
  <MainContactPerson>ba62b21c-0a0b-4c0d-8e0f-f7f3b2daab79</MainContactPerson>
  <Tags>Klant, Dakonderhoud</Tags><BackofficeStatus>Actief</BackofficeStatus>
</Contact>"""


def result(inner: str) -> etree._Element:
    return etree.fromstring(f'<Result xmlns="http://www.theyukicompany.com/">{inner}</Result>')


def contacts(inner: str) -> etree._Element:
    return result(f'<Contacts xmlns="">{inner}</Contacts>')


def test_a_company() -> None:
    assert answers.to_contacts(contacts(CONTACT)) == [
        YukiContact(
            yuki_contact_id=CONTACT_ID,
            kind=ContactKind.ORGANISATION,
            name="Dakbedrijf Voorbeeld B.V.",
            code="TR-48213",
            hid=139,
            address=AddressLines("Voorbeeldstraat 12", None, "8011 AB", "Zwolle", "NL"),
            mail_address=AddressLines("Postbus 5", None, "8000 AA", "Zwolle", "NL"),
            email_work="administratie@dakbedrijf.example",
            phone_work="038 000 00 00",
            website="www.dakbedrijf.example",
            vat_number="NL000000000B00",
            coc_number="00000000",
            created_at=datetime(2024, 4, 10, 13, 50, 52, tzinfo=UTC),
            modified_at=datetime(2025, 12, 18, 9, 21, 40, tzinfo=UTC),
        )
    ]


def test_a_person_with_next_to_nothing() -> None:
    (person,) = answers.to_contacts(contacts(f'<Contact ID="{CONTACT_ID}"><Type>Person</Type></Contact>'))
    assert person == YukiContact(yuki_contact_id=CONTACT_ID, kind=ContactKind.PERSON, name="")


def test_roles_are_told_only_where_yuki_tells_them() -> None:
    roles = "<IsSupplier>False</IsSupplier><IsCustomer>True</IsCustomer>"
    (with_roles,) = answers.to_contacts(contacts(CONTACT.replace("<Tags>", roles + "<Tags>")))
    (without,) = answers.to_contacts(contacts(CONTACT))
    assert (with_roles.is_customer, with_roles.is_supplier) == (True, False)
    assert (without.is_customer, without.is_supplier) == (None, None)


def test_a_country_alone_makes_a_main_address_but_no_mail_address() -> None:
    (contact,) = answers.to_contacts(contacts(f'<Contact ID="{CONTACT_ID}"><Country>BE</Country></Contact>'))
    assert (contact.address, contact.mail_address) == (AddressLines(country="BE"), None)


def test_the_namespace_of_the_children_does_not_matter() -> None:
    assert answers.to_contacts(result(f"<Contacts>{CONTACT}</Contacts>")) == answers.to_contacts(contacts(CONTACT))


def test_xml_written_as_text_is_read_as_xml() -> None:
    as_text = etree.fromstring("<Result/>")
    as_text.text = f'  <Contacts xmlns="">{CONTACT}</Contacts>'
    assert answers.to_contacts(as_text) == answers.to_contacts(contacts(CONTACT))


def test_an_empty_list_is_an_empty_container() -> None:
    assert answers.to_contacts(contacts("")) == []
    assert answers.to_outstanding_items(result('<OutstandingItems xmlns=""/>')) == []
    assert answers.to_vat_codes(result("")) == []


@pytest.mark.parametrize(
    "inner",
    ["", "geen toegang", "<Error>geen toegang</Error>", "<Contacts/>", "<OutstandingItems><Error/></OutstandingItems>"],
)
def test_anything_else_is_never_taken_for_an_empty_list(inner: str) -> None:
    with pytest.raises(UnreadableAnswer):
        answers.to_outstanding_items(result(inner))


def test_a_missing_result_is_unreadable() -> None:
    for read in (answers.to_contacts, answers.to_vat_codes, answers.to_text):
        with pytest.raises(UnreadableAnswer):
            read(None)


ODD_FIELDS = {
    "HID": ("12a", "9" * 5000, "1.5"),
    "IsCustomer": ("maybe", "2"),
    "IsSupplier": ("ja",),
    "Created": ("yesterday", "13/13/2026 09:00:00 AM"),
    "Modified": (
        "12/31/9999 11:59:59 PM -14",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30T00:00:00",
        "0/0/0000 12:00:00 AM",
    ),
}


@pytest.mark.parametrize(("field", "text"), [(field, text) for field, texts in ODD_FIELDS.items() for text in texts])
def test_a_value_in_an_unknown_notation_is_a_flaw_of_its_contact_and_of_no_other(field: str, text: str) -> None:
    good = '<Contact ID="B{0}"><Name>Goed {0}</Name><HID>{0}</HID></Contact>'
    odd = f'<Contact ID="A1"><Name>Kanarie</Name><{field}>{text}</{field}></Contact>'
    found = answers.to_contacts(contacts(good.format(1) + odd + good.format(2)))
    assert [said(one.flaws) for one in found] == ["", f"{field} is written in an unknown way", ""]
    assert [one.name for one in found] == ["Goed 1", "Kanarie", "Goed 2"]


@pytest.mark.parametrize("text", ["1/1/0001 12:00:00 AM", "0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", ""])
def test_the_year_1_is_no_instant(text: str) -> None:
    (contact,) = answers.to_contacts(contacts(f'<Contact ID="A1"><Modified>{text}</Modified></Contact>'))
    assert (contact.modified_at, said(contact.flaws)) == (None, "")


def test_a_row_without_its_id_is_no_contact_that_anything_is_done_with() -> None:
    (contact,) = answers.to_contacts(contacts("<Contact><Name>Kanarie</Name></Contact>"))
    assert (contact.yuki_contact_id, said(contact.flaws)) == ("", "ID is missing")


def test_a_code_or_an_account_that_cannot_be_read_is_none_to_choose() -> None:
    codes = "".join(f"<VATCode><type>{kind}</type><percentage>21</percentage></VATCode>" for kind in ("1", "een", "2"))
    assert [one.type for one in answers.to_vat_codes(result(codes))] == [1, 2]
    accounts = "".join(f"<GlAccount><code>{code}</code><type>4</type></GlAccount>" for code in ("80000", "", "80002"))
    assert [one.code for one in answers.to_gl_accounts(result(accounts))] == ["80000", "80002"]


def test_a_document_whose_date_or_amount_cannot_be_read_is_still_there() -> None:
    odd = "<Reference>2026-1</Reference><DocumentDate>soon</DocumentDate><Amount>1e99</Amount>"
    (document,) = answers.to_sales_documents(
        result(f'<Documents xmlns=""><Document ID="D1">{odd}</Document></Documents>')
    )
    assert (document.reference, document.date, document.amount) == ("2026-1", None, None)


def test_domains_and_administrations() -> None:
    (domain,) = answers.to_domains(
        result('<Domains xmlns=""><Domain ID="C3"><Name>voorbeeld-groep</Name><Status ID="1"/></Domain></Domains>')
    )
    assert (domain.domain_id, domain.name, domain.url) == ("c3", "voorbeeld-groep", None)
    (books,) = answers.to_administrations(
        result(
            '<Administrations xmlns=""><Administration ID="5b"><Name>Voorbeeld B.V.</Name><Country>NL</Country>'
            "<StartDate>2019-01-01</StartDate><DomainID>C3</DomainID><Active>false</Active>"
            "</Administration></Administrations>"
        )
    )
    assert (books.administration_id, books.domain_id, books.start_date) == ("5b", "c3", date(2019, 1, 1))
    assert (books.country, books.coc_number, books.is_active) == ("NL", None, False)


def test_an_outstanding_item() -> None:
    item = f"""<Item ID="99a9dbe2-b010-4f78-876c-46b113249096">
      <Date>2026-03-31</Date><Description>Onderhoud maart 2026</Description>
      <Contact>Dakbedrijf Voorbeeld B.V.</Contact><ContactID>{CONTACT_ID}</ContactID>
      <OpenAmount>142.00</OpenAmount><OriginalAmount>242.00</OriginalAmount>
      <Type ID="6">Verkoopfactuur</Type><Reference> 2026-0107</Reference><DueDate>2026-04-30</DueDate>
      <PaymentMethod>Overschrijving</PaymentMethod><ContactCode>TR-48213</ContactCode></Item>"""
    expected = OutstandingItem(
        reference="2026-0107",
        date=date(2026, 3, 31),
        due_date=date(2026, 4, 30),
        open_amount=Decimal(142),
        original_amount=Decimal(242),
        type_id=6,
        yuki_contact_id=CONTACT_ID,
        contact_code="TR-48213",
    )
    for container in ("OutstandingItems", "OutstandingDebtorItems"):
        assert answers.to_outstanding_items(result(f'<{container} xmlns="">{item}</{container}>')) == [expected]


def test_a_bank_line_has_no_type_and_no_reference() -> None:
    amounts = "<OpenAmount>-5.00</OpenAmount><OriginalAmount>-5.00</OriginalAmount>"
    item = f'<Item ID="1">{amounts}<Type ID="">Bank</Type></Item>'
    (bank_line,) = answers.to_outstanding_items(result(f"<OutstandingDebtorItems>{item}</OutstandingDebtorItems>"))
    assert (bank_line.type_id, bank_line.reference, bank_line.due_date) == (None, "", None)


def test_an_item_without_an_amount_is_an_unknown_notation() -> None:
    with pytest.raises(UnknownNotation, match="OpenAmount"):
        answers.to_outstanding_items(result("<OutstandingItems><Item ID='1'/></OutstandingItems>"))


def test_documents_with_and_without_reference() -> None:
    live = (
        '<Document ID="AA"><Subject>Onderhoud</Subject><DocumentDate>2026-03-31T00:00:00</DocumentDate>'
        f"<Amount>242.00</Amount><Reference>2026-0107</Reference><ContactID>{CONTACT_ID}</ContactID>"
        "<Modified>2026-07-01T08:00:00</Modified></Document>"
    )
    sample = '<Document ID="bb"><DocumentDate>2026-03-31</DocumentDate><Amount /></Document>'
    assert answers.to_sales_documents(result(f'<Documents xmlns="">{live}{sample}</Documents>')) == [
        SalesDocument(
            yuki_document_id="aa",
            reference="2026-0107",
            date=date(2026, 3, 31),
            amount=Decimal(242),
            yuki_contact_id=CONTACT_ID,
            subject="Onderhoud",
            modified_at=datetime(2026, 7, 1, 6, 0, tzinfo=UTC),
        ),
        SalesDocument("bb", None, date(2026, 3, 31), None, None, None),
    ]


def test_vat_codes() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    codes = f"""<VATCode {xsi}><description>BTW hoog 21%</description><type>1</type>
      <typeDescription>BTW hoog</typeDescription><percentage>21.00</percentage>
      <startDate xsi:nil="true" /><endDate>2026-12-31T00:00:00</endDate></VATCode>"""
    assert answers.to_vat_codes(result(codes)) == [
        VatCode(1, Decimal(21), "BTW hoog 21%", None, None, date(2026, 12, 31))
    ]


def test_ledger_accounts() -> None:
    accounts = """<GlAccount><code>80000</code><type>4</type><subtype>0</subtype><isEnabled>true</isEnabled>
      <descripton>Omzet</descripton></GlAccount><GlAccount><code>80001</code><type>4</type></GlAccount>"""
    assert answers.to_gl_accounts(result(accounts)) == [
        GlAccount("80000", 4, 0, is_enabled=True, description="Omzet"),
        GlAccount("80001", 4, 0, is_enabled=False, description=""),
    ]


# --- XML that was written as text ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declaration",
    [
        "",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="utf-16"?>\r\n',
        "<?xml version='1.0' encoding='UTF-16' standalone='yes' ?>",
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
    ],
)
def test_what_was_written_as_text_is_read_whatever_encoding_it_says_it_has(declaration: str) -> None:
    text = f'{declaration}<Contacts><Contact ID="{CONTACT_ID}"><Name>Café Zoë</Name></Contact></Contacts>'
    element = etree.Element("Result")
    element.text = text
    (contact,) = answers.to_contacts(element)
    assert contact.name == "Café Zoë"


@pytest.mark.parametrize("written", ["{%s}", " {%s} ", "%s"])
def test_braces_around_a_guid_are_no_part_of_it(written: str) -> None:
    guid = written % CONTACT_ID.upper()
    (domain,) = answers.to_domains(result(f'<Domains><Domain ID="{guid}"><Name>x</Name></Domain></Domains>'))
    assert domain.domain_id == CONTACT_ID
    row = f"<Document ID='{guid}'><ContactID>{guid}</ContactID></Document>"
    (document,) = answers.to_sales_documents(result(f"<Documents>{row}</Documents>"))
    assert (document.yuki_document_id, document.yuki_contact_id) == (CONTACT_ID, CONTACT_ID)


# --- what people type -------------------------------------------------------------------------------------------------

TYPED = "D-10050&#10;Betaal aan NL00\u202e\u200b&#x9b;31m"
ON_ONE_LINE = "D-10050 Betaal aan NL0031m"


def test_what_people_type_in_yuki_stays_on_one_line() -> None:
    ids = f'ID="{CONTACT_ID}"'
    (contact,) = answers.to_contacts(contacts(f"<Contact {ids}><Code>{TYPED}</Code><Name>{TYPED}</Name></Contact>"))
    document = f"<Document {ids}><Reference>{TYPED}</Reference><Subject>{TYPED}</Subject></Document>"
    (read,) = answers.to_sales_documents(result(f"<Documents>{document}</Documents>"))
    (administration,) = answers.to_administrations(
        result(f"<Administrations><Administration {ids}><Name>{TYPED}</Name></Administration></Administrations>")
    )
    texts = {contact.code, contact.name, read.reference, read.subject, administration.name}
    assert texts == {ON_ONE_LINE}


def test_the_name_of_an_administration_has_an_end() -> None:
    ids = f'ID="{CONTACT_ID}"'
    name = "x" * 10_000
    (found,) = answers.to_administrations(
        result(f"<Administrations><Administration {ids}><Name>{name}</Name></Administration></Administrations>")
    )
    assert found.name == f"{'x' * 99}…"


def test_the_description_of_a_vat_code_goes_back_to_yuki_as_it_is() -> None:
    row = "<VATCode><description> BTW  hoog </description><type>1</type><percentage>21</percentage></VATCode>"
    (code,) = answers.to_vat_codes(result(row))
    assert code.description == "BTW  hoog"
