"""Rehearse the newest sent invoices: do our totals equal Tribe's, and does everything have a code (design 6.5)?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tribe_yuki.admin.outside import Tribe
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings, PhaseMeaning
from tribe_yuki.contacts.fields.mapping import contact_mapping
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.texts import details_in
from tribe_yuki.doctor.check import Check, amber, green, red
from tribe_yuki.invoices.document.customer_vat import customer_vat_of
from tribe_yuki.invoices.document.lines import map_lines
from tribe_yuki.invoices.document.vat import choose_vat_code, supply_of
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoice, TribeInvoiceLine

_MOST_NAMED = 5
_NO_INVOICE = "there is no sent invoice to rehearse with"
# Holds of one customer's data; the mapping itself is complete.
_OF_THE_CUSTOMER = frozenset({HoldReason.VAT_IMPLAUSIBLE, HoldReason.VAT_NUMBER_MISSING})


@dataclass(frozen=True, slots=True)
class _Faults:
    """What is wrong, and the numbers of the invoices in which it was seen."""

    numbers: dict[str, list[str]] = field(default_factory=dict)

    def add(self, invoice: TribeInvoice, error: Held) -> None:
        seen = self.numbers.setdefault("; ".join(map(_said, error.details)) or error.reason.value, [])
        number = invoice.number or "without number"
        if number not in seen:
            seen.append(number)

    def __str__(self) -> str:
        named = [
            f"{fault} on {numbers[0]}" + (f" and {len(numbers) - 1} more" if len(numbers) > 1 else "")
            for fault, numbers in self.numbers.items()
        ]
        rest = len(named) - _MOST_NAMED
        return "; ".join(named[:_MOST_NAMED]) + (f"; and {rest} others" if rest > 0 else "")


def _said(detail: Detail) -> str:
    """Return a detail in English; a location by its word in the settings, because the operator types that next."""
    if detail.code is DetailCode.VAT_GROUP_UNMAPPED:
        return f"{detail.values['group']} ({detail.values['location']})"
    return details_in("en", (detail,)).strip()


def read_sample(tribe: Tribe, tribe_invoice_ids: Sequence[str], settings: ConnectionSettings) -> list[TribeInvoice]:
    """Read invoices whole; leave out those that were not sent or cannot be booked as they are."""
    return [
        invoice
        for invoice in tribe.read_invoices(tribe_invoice_ids)
        if settings.standing_of(invoice) is PhaseMeaning.SENT and invoice.invoice_date is not None and not invoice.flaws
    ]


def check_vat_mapping(
    sample: Sequence[TribeInvoice], books: AdministrationCodes, settings: ConnectionSettings
) -> Check:
    """Look whether every VAT group that was used, where it was used, has an active code of Yuki."""
    name, open_rows, doubtful = "VAT mapping", _Faults(), _Faults()
    for invoice, line in _lines(sample):
        try:
            _vat_code(invoice, line, books, settings)
        except Held as error:
            (doubtful if error.reason in _OF_THE_CUSTOMER else open_rows).add(invoice, error)
    if open_rows.numbers:
        return red(name, f"no code for {open_rows}", "Set it with `tribe-yuki settings vat set`.")
    if not sample:
        return amber(name, _NO_INVOICE, "Review `tribe-yuki settings vat` yourself.")
    if doubtful.numbers:
        return amber(name, f"complete, but look at {doubtful}", "Correct these customers in Tribe.")
    return green(name, f"complete for the {len(sample)} newest sent invoices")


def check_ledger_mapping(
    sample: Sequence[TribeInvoice], books: AdministrationCodes, settings: ConnectionSettings
) -> Check:
    """Look whether every line that was invoiced has a ledger account that takes revenue."""
    name, faults = "ledger accounts", _Faults()
    for invoice, line in _lines(sample):
        try:
            _mapped(invoice, [line], books.gl_accounts, settings)
        except Held as error:
            if error.reason is HoldReason.LEDGER_UNMAPPED:
                faults.add(invoice, error)
    if faults.numbers:
        return red(
            name,
            str(faults),
            "Set revenue accounts on the products in Tribe, or `tribe-yuki settings set default_ledger_account=…`.",
        )
    if not sample:
        return amber(name, _NO_INVOICE, "See that products have a revenue account, or set default_ledger_account.")
    return green(name, f"complete for the {len(sample)} newest sent invoices")


def _lines(sample: Sequence[TribeInvoice]) -> Iterator[tuple[TribeInvoice, TribeInvoiceLine]]:
    for invoice in sample:
        for line in invoice.lines:
            if line.has_amount:
                yield invoice, line


def _vat_code(
    invoice: TribeInvoice, line: TribeInvoiceLine, books: AdministrationCodes, settings: ConnectionSettings
) -> VatCode | None:
    if invoice.relation is None or invoice.invoice_date is None:
        return None
    customer = customer_vat_of(invoice.relation, contact_mapping(settings))
    supply = supply_of(line, settings)
    return choose_vat_code(settings, books.vat_codes, line.vat_group, customer, supply, invoice.invoice_date)


def _mapped(
    invoice: TribeInvoice,
    lines: Sequence[TribeInvoiceLine],
    accounts: Sequence[GlAccount],
    settings: ConnectionSettings,
) -> Sequence[SalesInvoiceLine]:
    return map_lines(
        lines,
        vat_included=invoice.is_vat_included,
        discount_percentage=invoice.discount_percentage,
        vat_of=_any_code,
        accounts=accounts,
        settings=settings,
    ).lines


def _any_code(_: TribeInvoiceLine) -> VatCode:
    return VatCode(0, Decimal(0), "")
