"""What Tribe works out about invoices: amounts, numbers, dates and the document."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simulators.shared.clock import AMSTERDAM
from simulators.tribe.store import Record, Store

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_NUMBER = re.compile(r"(\d{4})-(\d+)")


def set_amounts(store: Store, invoice: Record, switches: Mapping[str, Any]) -> None:
    """Set the totals of an invoice's lines and its amount, from the lines' quantities, prices and discounts."""
    document_factor = _factor(invoice)
    meaning = "TotalIncludingVat" if switches["amount_meaning"] == "incl" else "TotalExcludingVat"
    lines = store.pointing("Invoice", invoice.id, "ProductLine")
    amount = Decimal(0)
    for line in lines:
        totals = _line_totals(store, invoice, line, document_factor, switches)
        for name, value in totals.items():
            _put(store, line, name, None if value is None else float(value))
        in_currency = totals[f"{meaning}InCurrency"]
        total = (in_currency if in_currency is not None else totals[meaning]) or Decimal(0)
        amount += total if switches["line_totals_include_document_discount"] else total * document_factor
    _put(store, invoice, "Amount", float(amount.quantize(_CENT, ROUND_HALF_UP)) if lines else None)


def _line_totals(
    store: Store, invoice: Record, line: Record, document_factor: Decimal, switches: Mapping[str, Any]
) -> dict[str, Decimal | None]:
    group = store.target(line, "VatGroup")
    percentage = _decimal(group.values.get("Percentage")) if group else None
    factor = _factor(line) * (document_factor if switches["line_totals_include_document_discount"] else 1)
    totals: dict[str, Decimal | None] = {"VatPercentage": percentage}
    for price, suffix in (("Price", ""), ("PriceInCurrency", "InCurrency")):
        gross = _product(line.values.get("Quantity"), line.values.get(price))
        rate = (percentage or Decimal(0)) / _HUNDRED
        figures = _figures(gross, factor, rate, is_vat_included=bool(invoice.values.get("IsVatIncluded")))
        for name, value in figures.items():
            is_rounded = value is not None and switches["line_amounts"] == "rounded"
            totals[name + suffix] = value.quantize(_CENT, ROUND_HALF_UP) if is_rounded and value is not None else value
    totals["TotalPurchasePrice"] = _product(line.values.get("Quantity"), line.values.get("PurchasePrice"))
    return totals


def _figures(
    gross: Decimal | None, factor: Decimal, rate: Decimal, *, is_vat_included: bool
) -> dict[str, Decimal | None]:
    names = ("Total", "TotalExcludingVat", "TotalIncludingVat", "VatAmount", "VatAmountIncludingDiscount")
    if gross is None:
        return dict.fromkeys(names)
    full_excluding = gross / (1 + rate) if is_vat_included else gross
    excluding = full_excluding * factor
    including = gross * factor if is_vat_included else excluding * (1 + rate)
    full_vat = gross - full_excluding if is_vat_included else gross * rate
    return dict(zip(names, (gross * factor, excluding, including, full_vat, including - excluding), strict=True))


def _put(store: Store, record: Record, name: str, value: float | None) -> None:
    if record.values.get(name) != value:
        store.put(record, name, value)


def _factor(record: Record) -> Decimal:
    return 1 - (_decimal(record.values.get("DiscountPercentage")) or Decimal(0)) / _HUNDRED


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _product(left: Any, right: Any) -> Decimal | None:
    return None if left is None or right is None else Decimal(str(left)) * Decimal(str(right))


def next_number(taken: Iterable[str], year: int) -> str:
    """Return the next number of a year's series."""
    found = (match for number in taken if (match := _NUMBER.fullmatch(number)))
    used = [int(match[2]) for match in found if int(match[1]) == year]
    return f"{year}-{max(used, default=0) + 1:04d}"


def assigned(
    store: Store, invoice: Record, now: datetime, planned: Mapping[str, Any], taken: Iterable[str]
) -> dict[str, Any]:
    """Return number, date and due date for an invoice that is sent now; `planned` wins over what Tribe would take."""
    today = now.astimezone(AMSTERDAM).date()
    day = str(planned.get("InvoiceDate") or today.isoformat())
    customer = store.target(invoice, "Relationship")
    term = (customer.values.get("PaymentTermInDays") if customer else None) or 30
    return {
        "Number": planned.get("Number") or next_number(taken, today.year),
        "InvoiceDate": day,
        "ExpirationDate": planned.get("ExpirationDate") or (_local_day(day) + timedelta(days=term)).isoformat(),
    }


def _local_day(value: str) -> date:
    instant = datetime.fromisoformat(value)
    return instant.astimezone(AMSTERDAM).date() if instant.tzinfo else instant.date()


def pdf(lines: Iterable[str], least_bytes: int = 0) -> bytes:
    """Return a document of one page with these lines of text, and a comment that makes it as large as wanted."""
    escaped = (re.sub(r"([\\()])", r"\\\1", line) for line in lines)
    shown = b" T* ".join(f"({line}) Tj".encode("cp1252", "replace") for line in escaped)
    stream = b"BT /F1 14 Tf 18 TL 72 770 Td " + shown + b" ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    body, places = b"%PDF-1.4\n%" + b"-" * least_bytes + b"\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer
