"""Which of an invoice's files is its PDF, and not a reminder, a timesheet or another invoice's (design 6.4)."""

import re
from datetime import datetime, timedelta
from enum import IntEnum, auto
from unicodedata import normalize

from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.invoices.model import TribeAttachment, TribeInvoice

# What stands around the number in the name of an invoice, in the languages of both countries and of their neighbours.
_USUAL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "factuur facturen fact verkoopfactuur creditfactuur creditnota kredietnota credit nota eindfactuur deelfactuur "
        "voorschotfactuur nummer factuurnummer kopie definitief invoice invoices inv sales note number copy final "
        "facture avoir de du crédit numéro numero copie rechnung gutschrift nr no n",
    )
)
# Parts of words that name another paper, whatever number it bears.
_OTHER_PAPERS = re.compile(
    r"aanman|herinner|sommatie|ingebreke|rappel|mise[\W_]+en[\W_]+demeure|relance|reminder|dunning|overdue|mahnung|erinnerung"
    r"|urenstaat|urenstaten|urenlijst|urenspec|urenoverz|urenbrief|urenverantw|werkbon|timesheet|time[\W_]+sheet"
    r"|feuilles?[\W_]+de[\W_]+temps|stundenzettel|offerte|quotation|devis|angebot|pakbon|leverbon|packing[\W_]+slip"
    r"|pro[\W_]?forma|voorwaarden|conditions|^\W*(?:bijlage|annexe?|appendix|attachment|anlage)"
)
_AT_ONCE = timedelta(hours=1)
_SEPARATOR = r"[\W_]"


class Likeness(IntEnum):
    """How a file's name says that it is the invoice, the surest first."""

    NUMBER_ALONE = auto()
    NUMBER_OF_AN_INVOICE = auto()
    NUMBER = auto()
    MADE_WHEN_SENT = auto()


def choose_pdf(invoice: TribeInvoice, sent_at: datetime) -> TribeAttachment | None:
    """Return the PDF that is an invoice: named by its whole number, else made when it was sent (tribe-api 6.4).

    Of several that are named alike it is the file made nearest to when the invoice was seen as sent.
    """
    pdfs = [file for file in invoice.attachments if file.mime_type.lower() == "application/pdf"]
    alike = [(likeness, file) for file in pdfs if (likeness := likeness_of(file, invoice, sent_at)) is not None]
    return min(alike, key=lambda pair: (pair[0], _distance(pair[1], sent_at)))[1] if alike else None


def likeness_of(file: TribeAttachment, invoice: TribeInvoice, sent_at: datetime) -> Likeness | None:
    """Return how a file is the invoice, or None when it is something else."""
    name, number = re.sub(r"\.pdf$", "", _folded(file.file_name)), _folded(invoice.number or "")
    if number and re.fullmatch(_written(number), name):
        return Likeness.NUMBER_ALONE
    if _OTHER_PAPERS.search(name):
        return None
    if number and (found := _whole(_written(number), name)):
        around = f"{name[: found.start()]} {name[found.end() :]}"
        is_usual = _words(re.sub(r"\(\d+\)", "", around)) <= _USUAL_WORDS
        return Likeness.NUMBER_OF_AN_INVOICE if is_usual else Likeness.NUMBER
    if number and _whole(_of_the_series(number), name):
        return None
    return Likeness.MADE_WHEN_SENT if _is_made_when_sent(file, invoice, sent_at) else None


def _folded(text: str) -> str:
    return normalize("NFKC", text).strip().casefold()


def _written(number: str) -> str:
    """Return the pattern of a number in a name: a name of a file cannot hold every character."""
    return re.sub(_SEPARATOR, lambda _: _SEPARATOR, number)


def _of_the_series(number: str) -> str:
    """Return the pattern of the numbers that look like this number."""
    runs = re.findall(r"\d+", number)
    # A year in a name looks like a number without a separator: such numbers have the same length.
    digits = rf"\\d{{{len(runs[0])}}}" if len(runs) == 1 else r"\\d+"
    return re.sub(r"\d+", digits, re.sub(_SEPARATOR, lambda _: _SEPARATOR, number))


def _whole(pattern: str, name: str) -> re.Match[str] | None:
    """Return where a number stands in a name, and is not a part of a longer number."""
    ends = r"(?![^\W_])(?![-./]\d)(?![-./][a-z](?![^\W_]))"
    starts = re.finditer(rf"(?<![^\W_])(?<!\d[-./]){pattern}{ends}", name)
    return next((found for found in starts if not _is_series_before(name[: found.start()])), None)


def _is_series_before(before: str) -> bool:
    """Whether what stands before a number is the letters of another series, such as the A of A-10."""
    series = re.search(r"(?<![^\W_])([^\W\d_]{1,3})[-./]$", before)
    return series is not None and series[1] not in _USUAL_WORDS


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text))


def _is_made_when_sent(file: TribeAttachment, invoice: TribeInvoice, sent_at: datetime) -> bool:
    """Whether a file was made when the invoice was sent: within the hour, or about the day that the invoice bears."""
    if file.created_at is None or abs(file.created_at - sent_at) <= _AT_ONCE:
        return True
    day = file.created_at.astimezone(AMSTERDAM).date()
    return invoice.invoice_date is not None and abs(day - invoice.invoice_date) <= timedelta(days=1)


def _distance(file: TribeAttachment, sent_at: datetime) -> timedelta:
    return abs(file.created_at - sent_at) if file.created_at is not None else timedelta.max
