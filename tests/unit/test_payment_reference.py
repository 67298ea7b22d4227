"""A payment reference that nobody can pay by is left out, and keeps no invoice out of the books."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.outside.stated_invoices import stated
from tests.support.samples.public_cases import CASES
from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import VatRule
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.invoice import MappedInvoice, is_payment_id, map_invoice
from tribe_yuki.invoices.model import SalesInvoiceContact

RIGHT, WRONG = "+++090/9337/55493+++", "+++090/9337/55494+++"
CASE = next(case for case in CASES if {line.percentage for line in case.lines} == {21})
BOOKS = AdministrationCodes((VatCode(1, Decimal(21), "", "BE"),), (GlAccount("80000", 4, 0, True, "Omzet"),))
CONTACT = SalesInvoiceContact(
    "D-10001", "Klant BV", ContactKind.ORGANISATION, "BE", address_line_1="Kerkstraat 1", vat_number="BE0428759497"
)


def mapped(reference: str | None, *agreed: Agreed) -> MappedInvoice:
    """Return the document of an invoice with a payment reference, by a connection that sends over Peppol."""
    asked = stated(CASE.lines, CASE.switches).invoice
    invoice = replace(asked, fields={"Reference": reference} if reference else {})
    groups = {f"21{line.group}" for line in CASE.lines}
    rules = tuple(VatRule(vat_group=group, vat_type=1, percentage=Decimal(21)) for group in groups)
    wanted = settings(
        country="BE", peppol="yuki", vat_rules=rules, default_ledger_account="80000", payment_id_field="Reference"
    )
    return map_invoice(invoice, CONTACT, CustomerVat("BE", CONTACT.vat_number), BOOKS, wanted, agreed)


@pytest.mark.parametrize(
    ("reference", "is_fit"), [(RIGHT, True), (WRONG, False), ("RF18 5390 0754 7034", True), (None, True), ("", True)]
)
def test_only_a_structured_reference_has_check_digits(reference: str | None, is_fit: bool) -> None:
    assert is_payment_id(reference) is is_fit


def test_a_wrong_reference_is_left_out_and_told() -> None:
    assert (mapped(RIGHT).document.payment_id, mapped(RIGHT).lacks_payment_id) == (RIGHT, False)
    assert (mapped(WRONG).document.payment_id, mapped(WRONG).lacks_payment_id) == (None, True)


def test_a_person_has_one_invoice_booked_without_peppol() -> None:
    assert mapped(None).document.sent_to_peppol is True
    assert mapped(None, Agreed(Agreement.WITHOUT_PEPPOL)).document.sent_to_peppol is None
