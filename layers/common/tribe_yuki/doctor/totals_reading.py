"""Rehearse the newest sent invoices: do our totals equal Tribe's, and does everything have a code (design 6.5)?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tribe_yuki.admin.outside import Tribe
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings, PhaseMeaning, Supply, TotalsReading
from tribe_yuki.contacts.fields.addresses import relation_country
from tribe_yuki.contacts.fields.mapping import contact_mapping
from tribe_yuki.contacts.fields.numbers import vat_number
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import ConnectorError, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.money import CENT
from tribe_yuki.core.texts import details_in
from tribe_yuki.doctor.check import Check, amber, green, red
from tribe_yuki.invoices.document.lines import map_lines
from tribe_yuki.invoices.document.totals import Totals, tribe_totals, yuki_totals
from tribe_yuki.invoices.document.vat import CustomerVat, choose_vat_code
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoice, TribeInvoiceLine

READINGS = (
    TotalsReading(amount="excl", line_totals="before_document_discount"),
    TotalsReading(amount="excl", line_totals="after_document_discount"),
    TotalsReading(amount="incl", line_totals="before_document_discount"),
    TotalsReading(amount="incl", line_totals="after_document_discount"),
)
BASE_CURRENCY = "EUR"
LARGEST_TOLERANCE = 10
_MOST_NAMED = 5
_ANY_ACCOUNT = "any"
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


def check_totals(sample: Sequence[TribeInvoice], settings: ConnectionSettings) -> Check:
    """Rehearse the totals in every reading, and look whether the one of the settings fits all invoices.

    Those in another currency tell nothing: Tribe shows no total in it, so theirs is put together in the chosen reading.
    """
    name, chosen = "Tribe's totals", settings.totals
    own_currency = [invoice for invoice in sample if invoice.currency == BASE_CURRENCY]
    rehearsed = [(invoice, totals) for invoice in own_currency if (totals := _our_totals(invoice, settings))]
    if not rehearsed:
        return amber(name, _NO_INVOICE, "The first invoices will show whether totals agree; look at their holds.")
    cents = {_key(reading): _largest_difference(rehearsed, reading) for reading in READINGS}
    if cents[_key(chosen)] <= chosen.tolerance_cents:
        return green(name, f"{_words(chosen)} fits all {len(rehearsed)} rehearsed invoices")
    best = min(READINGS, key=lambda reading: cents[_key(reading)])
    least = cents[_key(best)]
    how = f"totals.amount={best.amount} totals.line_totals={best.line_totals}"
    if least <= chosen.tolerance_cents:
        return red(name, f"{_words(chosen)} does not fit, {_words(best)} does", f"`tribe-yuki settings set {how}`")
    finding = f"no reading fits all {len(rehearsed)} invoices; the best, {_words(best)}, is up to {least} cents off"
    if least <= LARGEST_TOLERANCE:
        return red(name, finding, f"Accept that with `tribe-yuki settings set {how} totals.tolerance_cents={least}`.")
    return red(name, finding, "Compare one invoice in Tribe by hand; without a reading every invoice would be held.")


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
    country = relation_country(invoice.relation, contact_mapping(settings))
    number = vat_number(invoice.relation.vat_number, country.written)
    customer = CustomerVat(country.written, number.written if number.is_valid and number.written else None)
    group = line.product.product_group if line.product else None
    supply = Supply.SERVICES if group and group in settings.service_product_groups else settings.default_supply
    return choose_vat_code(settings, books.vat_codes, line.vat_group, customer, supply, invoice.invoice_date)


def _our_totals(invoice: TribeInvoice, settings: ConnectionSettings) -> Totals | None:
    """Return what Yuki would come to, whatever codes and accounts are; None when it cannot be told."""
    account = GlAccount(_ANY_ACCOUNT, settings.revenue_gl_account_types[0], 0, is_enabled=True, description="")
    lines = [_with_account(line) for line in invoice.lines if line.has_price]
    if any(line.vat_group is None or line.vat_group.percentage is None for line in lines):
        return None
    try:
        mapped = _mapped(invoice, lines, [account], settings)
    except ConnectorError:
        return None
    return yuki_totals(mapped, settings.vat_rounding)


def _with_account(line: TribeInvoiceLine) -> TribeInvoiceLine:
    return replace(line, product=replace(line.product, ledger_account=_ANY_ACCOUNT) if line.product else None)


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
        vat_of=_by_percentage(invoice),
        accounts=accounts,
        settings=settings,
    ).lines


def _by_percentage(invoice: TribeInvoice) -> Callable[[TribeInvoiceLine], VatCode]:
    """Return what gives each VAT group of an invoice a made-up code of its own with its percentage."""
    groups = list(dict.fromkeys(line.vat_group.tribe_vat_group_id for line in invoice.lines if line.vat_group))

    def vat_of(line: TribeInvoiceLine) -> VatCode:
        if line.vat_group is None:
            return VatCode(0, Decimal(0), "")
        return VatCode(groups.index(line.vat_group.tribe_vat_group_id), line.vat_group.percentage or Decimal(0), "")

    return vat_of


def _largest_difference(rehearsed: Sequence[tuple[TribeInvoice, Totals]], reading: TotalsReading) -> int:
    return max(_difference(ours, tribe_totals(invoice, reading)) for invoice, ours in rehearsed)


def _difference(ours: Totals, theirs: Totals | None) -> int:
    """Return by how many cents totals differ at most; an invoice for which Tribe shows none agrees with everything."""
    if theirs is None:
        return 0
    pairs = ((ours.excl, theirs.excl), (ours.vat, theirs.vat), (ours.incl, theirs.incl))
    return max(int(abs(our - their) / CENT) for our, their in pairs)


def _key(reading: TotalsReading) -> tuple[str, str]:
    return reading.amount, reading.line_totals


def _words(reading: TotalsReading) -> str:
    amount = "without VAT" if reading.amount == "excl" else "with VAT"
    return f"reading the amount {amount}, lines {reading.line_totals.replace('_', ' ')}"
