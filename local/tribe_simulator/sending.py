"""What the Send button of an invoice does (tribe-api 4.7, 6.3)."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from local.tribe_simulator import rules
from local.tribe_simulator.arithmetic import invoice_total
from local.tribe_simulator.changes import Work
from local.tribe_simulator.computed import display_name
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.invoice_numbers import next_number
from local.tribe_simulator.pdf import make_pdf
from local.tribe_simulator.store import Fields, Record

type Step = Callable[[Work], None]


def send_steps(environment: Environment, invoice: Record, wanted: Mapping[str, Any]) -> list[Step]:
    """Return what is to be done one after the other, each told by itself: PDF, number and date, phase, final.

    `wanted` overrides the Number, InvoiceDate and ExpirationDate that Tribe would give. Raises NotAllowed when the
    invoice cannot be sent.
    """
    if invoice.entity_set != rules.INVOICE:
        raise NotAllowed("only invoices can be sent")
    if rules.is_sent(environment, invoice):
        raise NotAllowed("the invoice was sent already")
    numbered = assigned(environment, invoice, wanted)
    phase = {"Phase": rules.phase_link(environment, rules.SENT)}

    def pdf(work: Work) -> None:
        attach_pdf(work, invoice, numbered["Number"], numbered["InvoiceDate"])

    def change(fields: Fields) -> Step:
        return lambda work: work.update(invoice, fields, as_tribe=True)

    separately = [change(numbered), change(phase), change({"IsFinal": True})]
    match environment.switches["send_order"]:
        case "at_once":
            return [pdf, change({**numbered, **phase, "IsFinal": True})]
        case "pdf_last":
            return [*separately, pdf]
        case "no_pdf":
            return separately
        case _:
            return [pdf, *separately]


def assigned(environment: Environment, invoice: Record, wanted: Mapping[str, Any]) -> Fields:
    """Return number, invoice date and due date: as asked, else as the seed says, else the next ones."""
    unknown = wanted.keys() - {"Number", "InvoiceDate", "ExpirationDate"}
    if unknown:
        raise NotAllowed(f"sending assigns Number, InvoiceDate and ExpirationDate, not {', '.join(sorted(unknown))}")
    seeded = environment.to_be_sent.get(invoice.key, {})
    fields: Fields = {"Number": None, "InvoiceDate": environment.today(), **seeded, **wanted}
    if not fields.get("Number"):
        fields["Number"] = next_number(environment, fields["InvoiceDate"])
    if not seeded and "ExpirationDate" not in wanted:
        fields["ExpirationDate"] = _due_date(environment, invoice, fields["InvoiceDate"])
    return {name: value for name, value in fields.items() if value is not None}


def attach_pdf(work: Work, invoice: Record, number: str, invoice_date: str) -> None:
    """Make the PDF of an invoice and link it, as the switch `pdf_link` says."""
    environment = work.environment
    name, how = f"{number}.pdf", environment.switches["pdf_link"]
    reference = {"ID": invoice.record_id}
    attachment = work.create(
        environment.model["Attachment"],
        {
            "Description": name,
            "File": {"Name": name, "MimeType": "application/pdf"},
            "Invoice": reference if how != "attachments" else None,
            "Entity": reference if how != "invoice" else None,
        },
    )
    file = environment.store.linked(attachment, "File")
    if file is not None:
        environment.contents[file.key] = make_pdf(_lines(environment, invoice, number, invoice_date))


def _lines(environment: Environment, invoice: Record, number: str, invoice_date: str) -> list[str]:
    customer = environment.store.linked(invoice, "Relationship")
    including = invoice_total(environment, invoice, "TotalIncludingVat")
    return [
        f"Factuur {number}",
        f"Datum {invoice_date[:10]}",
        f"Aan {display_name(environment, customer).strip() if customer else ''}",
        str(invoice.fields.get("Subject", "")),
        f"Totaal incl. btw EUR {including:.2f}",
    ]


def _due_date(environment: Environment, invoice: Record, invoice_date: str) -> str | None:
    customer = environment.store.linked(invoice, "Relationship")
    days = customer.fields.get("PaymentTermInDays") if customer else None
    return (date.fromisoformat(invoice_date[:10]) + timedelta(days=days)).isoformat() if days is not None else None
