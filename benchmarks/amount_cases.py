"""Run the product's own rules for amounts over invoices as OData answers them: one outcome for each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from uuid import NAMESPACE_OID, uuid5

from benchmarks.cases import UnreadableCaseError, text_of
from tribe_yuki.adapters.tribe import invoice_rows
from tribe_yuki.adapters.tribe.answers import Answer, parse_json
from tribe_yuki.adapters.tribe.application import TribeOptions
from tribe_yuki.adapters.tribe.values import Record
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings, TotalsReading, VatRule
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.errors import Held
from tribe_yuki.core.ids import is_guid
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.discounts import spread
from tribe_yuki.invoices.document.invoice import map_invoice
from tribe_yuki.invoices.document.learned import Learned, Sample, learn
from tribe_yuki.invoices.document.rounding import ROUNDING
from tribe_yuki.invoices.document.totals import CodeOfVat, YukiRounding, by_code, vat_by_code, vat_code_of
from tribe_yuki.invoices.model import SalesInvoiceContact, SalesInvoiceLine, TribeInvoice
from tribe_yuki.invoices.reasons import SkipReason

_DAY = date(2026, 1, 1)
_ID = "00000000-0000-4000-8000-000000000000"
_CONTACT = SalesInvoiceContact("D-1", "Klant", ContactKind.ORGANISATION, "NL")
_WITHOUT_VAT = VatCode(0, Decimal(0), "Zonder btw")
# Yuki's types of the usual percentages (yuki-api 4.5); any other percentage is booked as the high rate.
_TYPES: Mapping[Decimal, int] = {Decimal(12): 21, Decimal(9): 2, Decimal(6): 2, Decimal(0): 4}
_HIGH_RATE = 1


@dataclass(frozen=True, slots=True)
class AmountCase:
    """An invoice as Tribe answers it, and where they are known the text of its PDF and the total on its paper."""

    invoice: TribeInvoice
    paper: str = ""
    paper_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the product makes of an invoice; `reason` says why it is held."""

    number: str
    reason: str | None = None
    excl: Decimal | None = None
    vat: Decimal | None = None
    incl: Decimal | None = None
    vat_by_rate: Mapping[Decimal, Decimal] | None = None
    rounding: Decimal = Decimal(0)
    target_from: str | None = None

    def as_line(self) -> dict[str, object]:
        """Return it as a line of JSON has it."""
        rates = {f"{rate.normalize():f}": str(vat) for rate, vat in (self.vat_by_rate or {}).items()}
        return {
            "number": self.number,
            "state": "held" if self.reason else "ready",
            "reason": self.reason,
            "excl": _text(self.excl),
            "vat": _text(self.vat),
            "incl": _text(self.incl),
            "vat_by_rate": rates,
            "rounding": f"{self.rounding:.2f}",
            "target_from": self.target_from,
        }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def read_case(case: Mapping[str, object]) -> AmountCase:
    """Read a case as Tribe's own answers are read; raise UnreadableCaseError when it is none."""
    read = parse_json(Answer(200, {}, json.dumps(case).encode()), "case")
    if not isinstance(read, dict) or not isinstance(read.get("invoice"), dict):
        raise UnreadableCaseError("invoice has to be an Activity_Invoice of Tribe")
    total, paper = read.get("paper_total_incl"), text_of(read, "pdf_text", optional=True)
    return AmountCase(_invoice(read["invoice"]), paper, None if total is None else Decimal(str(total)))


def _invoice(record: Record) -> TribeInvoice:
    """Return an invoice; what has nothing to do with its amounts may be missing, and ids may be any texts."""
    known = _with_ids({"Phase": {"Code": "Sent"}, **record})
    invoice = invoice_rows.invoice(known, None, (), TribeOptions())
    return replace(invoice, number=invoice.number or "", invoice_date=invoice.invoice_date or _DAY)


def _with_ids(record: Record) -> Record:
    """Return a record in which every record has an id of Tribe's kind: of one text, or of one code, always the same."""
    shown = str(record.get("ID") or record.get("Code") or record.get("Percentage") or "")
    inner = {name: _inner_with_ids(value) for name, value in record.items()}
    return {**inner, "ID": shown if is_guid(shown) else str(uuid5(NAMESPACE_OID, shown))}


def _inner_with_ids(value: object) -> object:
    if isinstance(value, dict):
        return _with_ids(value)
    return list(map(_inner_with_ids, value)) if isinstance(value, list) else value


def learned_from(cases: Iterable[AmountCase]) -> Learned | None:
    """Learn from invoices how Tribe rounds; a total on paper that is known counts as what the PDF says."""
    return learn([Sample(case.invoice, _paper_of(case)) for case in cases])


def _paper_of(case: AmountCase) -> str:
    if not case.paper and case.paper_total is not None:
        return f"Te betalen {case.paper_total:.2f}"
    return case.paper


def run_case(case: AmountCase, reading: TotalsReading, vat_rounding: YukiRounding) -> Outcome:
    """Return what the product makes of an invoice."""
    invoice = case.invoice
    if invoice.is_empty:
        return Outcome(invoice.number or "", SkipReason.EMPTY.value)
    if invoice.flaws:
        return Outcome(invoice.number or "", "invoice_invalid")
    numbered = replace(invoice, number=invoice.number or "0")
    codes, accounts = _codes_of(invoice), _accounts_of(invoice)
    settings = _settings(tuple(codes.items()), reading, vat_rounding)
    books = AdministrationCodes((_WITHOUT_VAT, *dict.fromkeys(codes.values())), accounts)
    try:
        mapped = map_invoice(numbered, _CONTACT, CustomerVat("NL", None), books, settings, paper=lambda: case.paper)
    except Held as held:
        return Outcome(invoice.number or "", held.reason.value)
    amounts = mapped.amounts
    return Outcome(
        number=invoice.number or "",
        excl=amounts.totals.excl,
        vat=amounts.totals.vat,
        incl=amounts.totals.incl,
        vat_by_rate=_vat_by_rate(amounts.lines, amounts.totals.vat, vat_rounding),
        rounding=amounts.rounding,
        target_from=amounts.found_by.value if amounts.found_by else None,
    )


def _vat_by_rate(lines: Sequence[SalesInvoiceLine], vat: Decimal, rounding: YukiRounding) -> dict[Decimal, Decimal]:
    """Return the VAT of each rate of the invoice, in cents that add up to all of it."""
    kept: dict[CodeOfVat, Decimal] = vat_by_code(by_code(lines), rounding)
    rates: dict[Decimal, Decimal] = {}
    sold = {vat_code_of(line) for line in lines if line.product_description != ROUNDING}
    for code in sold:
        rates[code[1]] = rates.get(code[1], Decimal(0)) + kept[code]
    return spread(vat, rates)


def _codes_of(invoice: TribeInvoice) -> dict[str, VatCode]:
    """Return a code of its percentage for each VAT group, by the group's code or id."""
    codes = {}
    for line in invoice.lines:
        if line.vat_group is not None:
            percentage = line.vat_group.percentage or Decimal(0)
            vat_type = _TYPES.get(percentage, _HIGH_RATE)
            codes[line.vat_group.code or line.vat_group.tribe_vat_group_id] = VatCode(vat_type, percentage, "")
    return codes


def _accounts_of(invoice: TribeInvoice) -> tuple[GlAccount, ...]:
    named = [line.product.ledger_account for line in invoice.lines if line.product and line.product.ledger_account]
    return tuple(GlAccount(code, 4, 0, is_enabled=True, description="") for code in dict.fromkeys((*named, "80000")))


@cache
def _settings(
    codes: tuple[tuple[str, VatCode], ...], reading: TotalsReading, vat_rounding: YukiRounding
) -> ConnectionSettings:
    return ConnectionSettings(
        yuki_domain_id=_ID,
        yuki_administration_id=_ID,
        yuki_administration_name="Voorbeeld",
        activated_at=datetime(2026, 1, 1, tzinfo=UTC),
        start_date=_DAY,
        vat_rules=tuple(
            VatRule(vat_group=group, vat_type=code.type, percentage=code.percentage) for group, code in codes
        ),
        vat_rounding=vat_rounding,
        default_ledger_account="80000",
        totals=reading,
    )
