"""What Tribe computes: line totals, the invoice's amount, names; and what the Send button does."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from local.tribe_simulator.store import Fields, Record, Store

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CENT = Decimal("0.01")
HUNDRED = Decimal(100)
DRAFT, SENT = "Draft", "Sent"
# What a sent invoice no longer lets anybody change (tribe-api 6.3).
FROZEN = frozenset(
    {
        "Number",
        "InvoiceDate",
        "ExpirationDate",
        "Currency",
        "IsVatIncluded",
        "DiscountPercentage",
        "Relationship",
        "ProductLines",
    }
)


def phase_of(store: Store, invoice: Record) -> str | None:
    """Return the code of an invoice's phase."""
    phase = store.linked(invoice, "Phase")
    return str(phase.fields["Code"]) if phase else None


def phase_link(store: Store, code: str) -> Fields:
    """Return a link to the phase with a code."""
    for phase in store.by_set["Datastore_Phase_ActivityInvoice"].values():
        if phase.fields["Code"] == code:
            return {"ID": phase.record_id}
    raise ValueError(f"the seed has no phase {code}")


def line_totals(store: Store, line: Record, switches: dict[str, Any]) -> Fields:
    """Return what Tribe shows on a line: exact doubles, or cents with the switch `line_amounts`."""
    invoice = store.linked(line, "Invoice")
    included = bool(invoice and invoice.fields.get("IsVatIncluded"))
    document = decimal(invoice.fields.get("DiscountPercentage")) if invoice else Decimal(0)
    whole = document if switches["line_totals_include_document_discount"] else Decimal(0)
    group = store.linked(line, "VatGroup")
    percentage = decimal(group.fields.get("Percentage")) if group else Decimal(0)
    computed: Fields = {"VatPercentage": float(percentage)}
    for price_name, suffix in (("Price", ""), ("PriceInCurrency", "InCurrency")):
        price = line.fields.get(price_name, line.fields.get("Price"))
        before = decimal(line.fields.get("Quantity")) * decimal(price) * (HUNDRED - whole) / HUNDRED
        after = before * (HUNDRED - decimal(line.fields.get("DiscountPercentage"))) / HUNDRED
        base = HUNDRED + percentage if included else HUNDRED
        vat = after * percentage / base
        excl = after - vat if included else after
        amounts = {
            f"Total{suffix}": after,
            f"TotalExcludingVat{suffix}": excl,
            f"TotalIncludingVat{suffix}": excl + vat,
            f"VatAmount{suffix}": before * percentage / base,
            f"VatAmountIncludingDiscount{suffix}": vat,
        }
        rounded = switches["line_amounts"] == "rounded"
        computed |= {name: float(to_cents(value) if rounded else value) for name, value in amounts.items()}
    return computed


def invoice_amount(store: Store, invoice: Record, switches: dict[str, Any]) -> float:
    """Return the invoice's amount, in its base currency, after all discounts; what it includes is a switch."""
    name = "TotalIncludingVat" if switches["amount_meaning"] == "incl" else "TotalExcludingVat"
    lines = store.collection("ProductLine", "Invoice", invoice.record_id)
    exact = {**switches, "line_amounts": "exact", "line_totals_include_document_discount": True}
    total = sum((decimal(line_totals(store, line, exact)[name]) for line in lines), Decimal(0))
    return float(to_cents(total))


def decimal(value: Any) -> Decimal:
    """Return a number as a Decimal from its text; nothing is zero."""
    return Decimal(str(value)) if value is not None else Decimal(0)


def to_cents(value: Decimal) -> Decimal:
    """Round half away from zero, after the noise of doubles is gone."""
    return value.quantize(Decimal("0.00000001"), ROUND_HALF_UP).quantize(CENT, ROUND_HALF_UP)


def next_number(store: Store, now: datetime) -> str:
    """Return the next number of the year's series."""
    year = now.astimezone(AMSTERDAM).year
    taken = [
        int(number.rpartition("-")[2])
        for invoice in store.by_set["Activity_Invoice"].values()
        if (number := str(invoice.fields.get("Number", ""))).startswith(f"{year}-")
    ]
    return f"{year}-{max(taken, default=200) + 1:04d}"


def make_pdf(text: str) -> bytes:
    """Return a small but whole PDF of one page that names the invoice."""
    content = f"BT /F1 18 Tf 72 770 Td (Factuur {text}) Tj ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            len(body),
        )
    )
