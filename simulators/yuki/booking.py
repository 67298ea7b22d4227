"""Book one invoice, or refuse it without a trace (yuki-api 4.9)."""

import base64
from dataclasses import dataclass

from lxml import etree

from simulators.yuki.books import new_id
from simulators.yuki.contacts import Contact
from simulators.yuki.context import Context
from simulators.yuki.invoice_contact import find_debtor
from simulators.yuki.invoice_lines import LineReader, texts
from simulators.yuki.invoice_rules import Draft, check, check_peppol
from simulators.yuki.invoices import Invoice
from simulators.yuki.products import Line
from simulators.yuki.totals import add_up

# Kept with the invoice as they were sent, because nothing else in the books depends on them.
_DETAILS = (
    "PurchaseOrderNumber",
    "BuyerReference",
    "Layout",
    "Notes",
    "PriceList",
    "ProjectID",
    "ProjectCode",
    "Remarks",
)


@dataclass(frozen=True)
class Outcome:
    """What the answer tells about one invoice."""

    succeeded: bool
    processed: bool
    email_sent: bool
    reference: str
    subject: str
    contact: str
    message: str = ""


def book(context: Context, draft: Draft, element: etree._Element) -> Outcome:
    """Book an invoice; raise Refused when it breaks a rule.

    Everything is checked first and stored afterwards, so that a refused invoice leaves no contact and no product.
    """
    check(draft)
    debtor = find_debtor(context, draft.administration, texts(element.find("{*}Contact")))
    check_peppol(draft, debtor)
    reader = LineReader(draft.administration, draft.day, context.switches["revenue_gl_account_types"])
    lines = tuple(reader.read(line) for line in element.iterfind("{*}InvoiceLines/{*}InvoiceLine"))

    draft.administration.products.update(reader.new_products)
    contact = debtor.store(context, draft.administration)
    _give_role(context, draft, contact)
    can_mail = bool(debtor["InvoiceEmail"] or debtor["EMailWork"] or debtor["EMailHome"])
    invoice = _invoice(draft, contact, lines, email_sent=can_mail and draft.flag("EmailToCustomer"))
    invoice.details = _details(draft, element)
    context.books.invoices.add(invoice)
    return Outcome(
        succeeded=True,
        processed=invoice.processed,
        email_sent=invoice.email_sent,
        reference=invoice.reference,
        subject=invoice.subject,
        contact=invoice.contact_name,
    )


def _invoice(draft: Draft, contact: Contact, lines: tuple[Line, ...], *, email_sent: bool) -> Invoice:
    context = draft.context
    totals = add_up(lines, context.switches["vat_rounding"])
    return Invoice(
        id=new_id(),
        document_id=new_id(),
        administration_id=draft.administration.id,
        reference=_reference(context, draft),
        contact_id=contact.id,
        contact_code=contact["Code"],
        contact_name=contact["Name"],
        day=draft.day,
        due_date=draft.due,
        subject=draft.text("Subject"),
        total_excl=totals.excl,
        total_vat=totals.vat,
        total_incl=totals.incl,
        booked_at=context.now,
        created=context.local,
        modified=context.local,
        processed=draft.process,
        currency=draft.currency,
        rate=context.books.currency_rates[draft.currency],
        payment_method=draft.text("PaymentMethod") or "Unspecified",
        payment_id=draft.text("PaymentID"),
        email_sent=email_sent,
        sent_to_peppol=draft.flag("SentToPeppol"),
        document_file_name=draft.text("DocumentFileName"),
        document_bytes=len(base64.b64decode(draft.text("DocumentBase64"))),
        lines=lines,
    )


def _give_role(context: Context, draft: Draft, contact: Contact) -> None:
    if draft.process and not contact.is_customer and context.switches["role_after_booking"] == "customer":
        contact.is_customer = True
        if context.switches["role_change_is_modified"]:
            contact.modified = context.local


def _reference(context: Context, draft: Draft) -> str:
    """Return the number that the invoice keeps: a draft loses its own, a booked one without any gets Yuki's."""
    sent = draft.text("Reference")
    if not draft.process:
        return sent if context.switches["draft_reference"] == "kept" else ""
    while not sent:
        draft.administration.numbers_given += 1
        number = f"{draft.day.year}{draft.administration.numbers_given:05d}"
        if not context.books.invoices.with_reference(draft.administration.id, number):
            sent = number
    return sent


def _details(draft: Draft, element: etree._Element) -> dict[str, object]:
    details: dict[str, object] = {name: draft.text(name) for name in _DETAILS if draft.text(name)}
    corrected = [reference.text or "" for reference in element.iterfind("{*}SourceInvoiceReference")]
    person = texts(element.find("{*}ContactPerson"))
    if corrected:
        details["SourceInvoiceReference"] = corrected
    if person:
        details["ContactPerson"] = person
    return details
