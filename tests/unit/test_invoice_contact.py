"""The debtor of an invoice: always code, name, kind and country, and of the rest only what is complete and valid."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples.contact_samples import BAKERY, CLIENT, SETTINGS, bakery
from tests.support.samples.samples import settings as options
from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import Supply, VatRule
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.model import ContactKind, TribeAddress
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.debtor import InvoiceContactOptions, invoice_contact
from tribe_yuki.invoices.document.vat import REVERSE_CHARGED, choose_vat_code
from tribe_yuki.invoices.model import SalesInvoiceContact, TribeVatGroup


def test_a_company_with_all_that_it_has() -> None:
    assert invoice_contact(BAKERY, settings=SETTINGS).contact == SalesInvoiceContact(
        code="D-10042",
        full_name="Bakkerij De Korenschuur B.V.",
        kind=ContactKind.ORGANISATION,
        country="NL",
        address_line_1="Molenweg 12A",
        postcode="8011 AB",
        city="Zwolle",
        email="facturen@korenschuur.example",
        vat_number="NL004495445B01",
    )


def test_a_person() -> None:
    contact = invoice_contact(CLIENT, settings=SETTINGS).contact
    assert (contact.kind, contact.full_name, contact.address_line_1) == (
        ContactKind.PERSON,
        "Femke van der Molen",
        "Kerkstraat 7 bis",
    )
    assert contact.email is None


@pytest.mark.parametrize("missing", ["street", "postcode", "city"])
def test_an_incomplete_address_stays_out(missing: str) -> None:
    address = TribeAddress(None, "Nieuwstraat", None, None, "Gebouw C", "1000", "Brussel", "BE")
    contact = invoice_contact(bakery(invoice_address=replace(address, **{missing: None})), settings=SETTINGS).contact
    assert contact.country == "BE"
    assert (contact.address_line_1, contact.address_line_2, contact.postcode, contact.city) == (None, None, None, None)


def test_the_address_that_stands_in_goes_along_only_with_fallback() -> None:
    relation = bakery(invoice_address=None)
    assert invoice_contact(relation, settings=SETTINGS).contact.address_line_1 == "Postbus 99"
    alone = invoice_contact(relation, settings=ContactMapping(address_fallback=False)).contact
    assert (alone.address_line_1, alone.country) == (None, "NL")


def test_the_e_mail_address_can_stay_out_and_the_website_can_go_along() -> None:
    options = InvoiceContactOptions(financial_email=False, website=True)
    contact = invoice_contact(BAKERY, settings=SETTINGS, options=options).contact
    assert (contact.email, contact.website) == (None, "https://www.korenschuur.example/")


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"financial_email": "a@b.example; c@d.example"}, FieldWarning("financial_email", WarningCode.EMAIL_INVALID)),
        ({"vat_number": "NL004495446B01"}, FieldWarning("vat_number", WarningCode.VAT_NUMBER_INVALID)),
    ],
)
def test_what_is_invalid_stays_out_and_is_told(change: dict[str, Any], warning: FieldWarning) -> None:
    result = invoice_contact(replace(BAKERY, **change), settings=SETTINGS)
    assert result.warnings == (warning,)
    assert not set(change.values()) & {result.contact.email, result.contact.vat_number}


@pytest.mark.parametrize(
    ("postcode", "named", "names_country", "country"),
    [
        ("8011 AB", None, True, "NL"),
        ("B-9000", None, True, "BE"),
        ("9000", "BE", True, "BE"),
        ("9000", None, False, "NL"),
        (None, None, False, "NL"),
    ],
)
def test_the_country_goes_along_only_when_tribe_tells_it(
    postcode: str | None, named: str | None, *, names_country: bool, country: str
) -> None:
    address = TribeAddress(street="Veldstraat", postcode=postcode, city="Gent", country=named)
    contact = invoice_contact(bakery(invoice_address=address, postal_address=None), settings=SETTINGS).contact
    # Where nobody tells it, VAT still counts the customer to the administration's own country.
    assert (contact.names_country, contact.country) == (names_country, country)


@pytest.mark.parametrize("word", ["GEEN", "PARTICULIER", "n.v.t.", "MWST DE136695975", "TVA BE 0403.019.262"])
def test_with_a_word_as_vat_number_a_reverse_charged_invoice_waits(word: str) -> None:
    contact = invoice_contact(bakery(vat_number=word), settings=SETTINGS).contact
    rule = VatRule(vat_group="NL-0", vat_type=REVERSE_CHARGED, percentage=0)
    codes = (VatCode(REVERSE_CHARGED, Decimal(0), "Verlegd"),)
    group = TribeVatGroup("70000000-0000-4000-8000-000000000073", "NL-0", "NL - 0%", Decimal(0))
    customer = CustomerVat(contact.country, contact.vat_number)
    with pytest.raises(Held) as held:
        choose_vat_code(options(vat_rules=(rule,)), codes, group, customer, Supply.GOODS, date(2026, 11, 20))
    assert held.value.reason is HoldReason.VAT_NUMBER_MISSING


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"debtor_number": " "}, HoldReason.DEBTOR_NUMBER_MISSING),
        ({"name": "\u200b"}, HoldReason.INVOICE_INVALID),
        ({"invoice_address": TribeAddress(city="Hier", country="Luilekkerland")}, HoldReason.INVOICE_INVALID),
    ],
)
def test_without_code_name_or_country_the_invoice_waits(change: dict[str, Any], reason: HoldReason) -> None:
    with pytest.raises(Held) as held:
        invoice_contact(replace(BAKERY, **change), settings=SETTINGS)
    assert held.value.reason is reason
