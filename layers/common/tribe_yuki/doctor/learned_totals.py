"""Learn from the newest sent invoices how Tribe rounds, and rehearse what Yuki would come to (design 6.5)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tribe_yuki.admin.outside import Tribe
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.settings import ConnectionSettings, TotalsReading
from tribe_yuki.core.errors import ConnectorError, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.doctor.check import Check, amber, green, red
from tribe_yuki.invoices.document.amounts import settle_amounts
from tribe_yuki.invoices.document.invoice import is_pdf
from tribe_yuki.invoices.document.learned import Learned, Sample, learn
from tribe_yuki.invoices.document.lines import map_lines
from tribe_yuki.invoices.document.pdf_choice import choose_pdf
from tribe_yuki.invoices.document.pdf_text import pdf_text
from tribe_yuki.invoices.model import TribeInvoice, TribeInvoiceLine, TribeProduct

_NAME = "Tribe's totals"
_ACCOUNT = GlAccount("any", 4, 0, is_enabled=True, description="")
# A reading that fewer papers told of may be another tomorrow.
_SURE_FROM = 5
_BOOKED, _ROUNDED, _HELD = "booked as they are", "with a rounding line", "held"


def samples_with_papers(
    tribe: Tribe, sample: Sequence[TribeInvoice], settings: ConnectionSettings, now: datetime
) -> list[Sample]:
    """Return invoices with the text of their PDFs: a call of Tribe for each; none while PDFs are off."""
    if settings.pdf == "off":
        return [Sample(invoice) for invoice in sample]
    return [Sample(invoice, _paper(tribe, invoice, settings.pdf_largest_bytes, now)) for invoice in sample]


def _paper(tribe: Tribe, invoice: TribeInvoice, largest: int, now: datetime) -> str | None:
    attachment = choose_pdf(invoice, invoice.modified_at or now)
    if attachment is None:
        return None
    try:
        content = tribe.read_document(attachment.tribe_attachment_id, largest=largest)
    except ConnectorError:
        return None
    return pdf_text(content) if content and is_pdf(content) else None


def check_totals(samples: Sequence[Sample], settings: ConnectionSettings) -> Check:
    """Look whether the chosen reading is the one that fits best, and what it would make of these invoices."""
    learned = learn(samples)
    if learned is None:
        return amber(
            _NAME,
            "there is no sent invoice to learn from whose amount is the sum of its lines",
            "The first invoices will show whether totals agree; look at their holds.",
        )
    found = f"{_words(learned.reading)}, fits {learned.fits} of {learned.of} invoices{_certainty(learned)}"
    if settings.totals.rounding is None and learned.agrees_but_for_rounding(settings.totals):
        return amber(_NAME, f"{found}; the settings leave it to PDFs and the look of lines", _command(learned.reading))
    if not learned.is_as_good(settings.totals):
        return red(_NAME, f"{found}; the settings say: {_words(settings.totals)}", _command(learned.reading))
    rehearsed = _rehearsed(samples, settings)
    found = f"{found}; in Yuki: {', '.join(f'{count} {what}' for what, count in rehearsed.items() if count)}"
    if rehearsed[_HELD]:
        return amber(_NAME, found, "Compare one of those in Tribe by hand: its amount is not the sum of its lines.")
    return green(_NAME, found)


def _certainty(learned: Learned) -> str:
    papers = f", {learned.told_by_paper} PDFs tell ways of rounding apart" if learned.told_by_paper else ""
    if learned.rivals:
        return f"{papers}; not certain, as well fits {', '.join(learned.rivals)}"
    if learned.told_by_paper < _SURE_FROM:
        return f"{papers}; by the look of the lines"
    return f"{papers}; certain"


def _words(reading: TotalsReading) -> str:
    amount = "without VAT" if reading.amount == "excl" else "with VAT"
    rounding = reading.rounding or "not learned yet"
    return f"amounts {amount}, lines {reading.line_totals.replace('_', ' ')}, rounding {rounding}"


def _command(reading: TotalsReading) -> str:
    how = f"totals.amount={reading.amount} totals.line_totals={reading.line_totals} totals.rounding={reading.rounding}"
    return f"`tribe-yuki settings set {how}`"


def _rehearsed(samples: Sequence[Sample], settings: ConnectionSettings) -> Counter[str]:
    counted: Counter[str] = Counter()
    for sample in samples:
        try:
            rounding = _rounding(sample, settings)
        except ConnectorError as error:
            counted[_HELD] += isinstance(error, Held) and error.reason is HoldReason.TOTALS_DIFFER
        else:
            counted[_ROUNDED if rounding else _BOOKED] += 1
    return counted


def _rounding(sample: Sample, settings: ConnectionSettings) -> Decimal:
    """Return the rounding line of an invoice, whatever its codes and accounts are."""
    invoice = sample.invoice
    codes = _codes_of(invoice)
    mapped = map_lines(
        [_with_account(line) for line in invoice.lines],
        vat_included=invoice.is_vat_included,
        discount_percentage=invoice.discount_percentage,
        vat_of=_by_percentage(codes),
        accounts=[replace(_ACCOUNT, type=settings.revenue_gl_account_types[0])],
        settings=settings,
    )
    books = AdministrationCodes((VatCode(0, Decimal(0), ""), *codes.values()), ())
    if invoice.invoice_date is None:
        return Decimal(0)
    paper = sample.paper
    return settle_amounts(invoice, mapped, settings, books, invoice.invoice_date, (), lambda: paper).rounding


def _with_account(line: TribeInvoiceLine) -> TribeInvoiceLine:
    product = line.product or TribeProduct("", "")
    return replace(line, product=replace(product, ledger_account=_ACCOUNT.code))


def _codes_of(invoice: TribeInvoice) -> dict[Decimal, VatCode]:
    """Return a made-up code for each percentage of an invoice."""
    groups = [line.vat_group for line in invoice.lines if line.vat_group]
    percentages = dict.fromkeys(group.percentage or Decimal(0) for group in groups)
    return {each: VatCode(place, each, "") for place, each in enumerate(percentages, start=1)}


def _by_percentage(codes: dict[Decimal, VatCode]) -> Callable[[TribeInvoiceLine], VatCode]:
    def vat_of(line: TribeInvoiceLine) -> VatCode:
        percentage = (line.vat_group.percentage if line.vat_group else None) or Decimal(0)
        return codes.get(percentage, VatCode(0, Decimal(0), ""))

    return vat_of
