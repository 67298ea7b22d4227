"""The operations of the Sales service: take a document of invoices and answer for each of them (yuki-api 4.8)."""

from dataclasses import replace

from lxml import etree

from simulators.yuki.booking import Outcome, book
from simulators.yuki.books import Administration
from simulators.yuki.context import Context
from simulators.yuki.invoice_contact import Refused
from simulators.yuki.invoice_lines import texts
from simulators.yuki.invoice_rules import Draft
from simulators.yuki.schema_check import schema_errors
from simulators.yuki.soap import SoapFault
from simulators.yuki.xml_nodes import bare_child, child, payload, row

ANSWER_NAMESPACE = "urn:xmlns:http://www.theyukicompany.com:salesinvoicesresponse"
STOP_AFTER_FAILURES = 6


def process_sales_invoices(context: Context) -> etree._Element:
    """Book the invoices of a document, one by one; stop after six that fail."""
    administration = context.administration
    document = context.arguments["xmlDoc"]
    errors = schema_errors("SalesInvoices", document)
    if errors and context.switches["schema_error"] == "fault":
        raise SoapFault("\n".join(errors))
    elements = document.findall("{*}SalesInvoice") if document is not None else []
    if errors:
        outcomes = [_failed(element, "\n".join(errors)) for element in elements]
        return _answer(context, administration, outcomes, skipped=0)
    outcomes = []
    for element in _without_skipped(context, elements):
        outcomes.append(_try(context, administration, element))
        if sum(not outcome.succeeded for outcome in outcomes) == STOP_AFTER_FAILURES:
            break
    not_tried = len(elements) - len(outcomes)
    counted = context.switches["skipped_after_stop"] == "counted"
    return _answer(context, administration, outcomes, skipped=not_tried if counted else 0)


def sales_invoice_schema_path(context: Context) -> str:
    """Return the address of the schema of the document."""
    return f"{context.address}/schemas/SalesInvoices.xsd"


def sales_items(context: Context) -> list[etree._Element]:
    """List the products of an administration."""
    products = context.administration.products.values()
    return [row("SalesItem", {"id": product.id, "description": product.description}) for product in products]


def _without_skipped(context: Context, elements: list[etree._Element]) -> list[etree._Element]:
    return elements[:-1] if "skip_last" in context.switches["answer_quirks"] else elements


def _try(context: Context, administration: Administration, element: etree._Element) -> Outcome:
    try:
        return book(context, Draft(context, administration, texts(element)), element)
    except Refused as refusal:
        return _failed(element, str(refusal))


def _failed(element: etree._Element, message: str) -> Outcome:
    sent, contact = texts(element), texts(element.find("{*}Contact"))
    return Outcome(
        succeeded=False,
        processed=False,
        email_sent=False,
        reference=sent.get("Reference", ""),
        subject=sent.get("Subject", ""),
        contact=contact.get("FullName", ""),
        message=message,
    )


def _answer(context: Context, administration: Administration, outcomes: list[Outcome], skipped: int) -> etree._Element:
    failed = sum(not outcome.succeeded for outcome in outcomes)
    inside = f"{{{ANSWER_NAMESPACE}}}" if context.switches["answer_namespace"] == "inside" else ""
    answer = payload("SalesInvoicesImportResponse", ANSWER_NAMESPACE)
    totals = {
        "TimeStamp": context.local.date().isoformat(),
        "AdministrationId": administration.id,
        "TotalSucceeded": str(len(outcomes) - failed),
        "TotalFailed": str(failed),
        "TotalSkipped": str(skipped),
    }
    append = child if inside else bare_child
    for name, value in totals.items():
        append(answer, inside + name, value)
    for outcome in _with_quirks(context, outcomes):
        element = append(answer, f"{inside}Invoice")
        for name, value in _told(outcome).items():
            child(element, inside + name, value)
    return answer


def _told(outcome: Outcome) -> dict[str, str]:
    return {
        "Succeeded": str(outcome.succeeded).lower(),
        "Processed": str(outcome.processed).lower(),
        "EmailSent": str(outcome.email_sent).lower(),
        "Reference": outcome.reference,
        "Subject": outcome.subject,
        "Contact": outcome.contact,
        "Message": outcome.message,
    }


def _with_quirks(context: Context, outcomes: list[Outcome]) -> list[Outcome]:
    """Return the outcomes as the switch `answer_quirks` wants them told, which is not always how it went."""
    quirks = context.switches["answer_quirks"]
    told = list(outcomes)
    if "empty_message" in quirks:
        told = [replace(outcome, message="") for outcome in told]
    if "extra_invoice" in quirks and told:
        told.append(replace(told[-1], reference="NOT-SENT"))
    if "omit_last" in quirks:
        told = told[:-1]
    return told[::-1] if "reversed" in quirks else told
