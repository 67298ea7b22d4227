"""The PDF that goes with an invoice to Yuki."""

from tribe_yuki.core.errors import Held, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.document.invoice import is_pdf, with_pdf
from tribe_yuki.invoices.model import SalesInvoice, TribeAttachment
from tribe_yuki.invoices.prepare import Prepared
from tribe_yuki.invoices.transfer import Transfer

# What Tribe gives for a PDF is fetched so often at once, and in so many attempts, before it counts as missing.
_FETCHES = 2
_ATTEMPTS_FOR_PDF = 2


def document_with_pdf(connection: InvoiceContext, entry: Prepared) -> SalesInvoice:
    """Return the document with its PDF; without when that is too large, unless the setting says that it is required."""
    if entry.pdf is None or connection.settings.pdf == "off":
        return entry.document
    content = _pdf(connection, entry.transfer, entry.pdf)
    may_go_without = connection.settings.pdf != "required" or entry.transfer.has_agreement(Agreement.WITHOUT_PDF)
    if content is None and not may_go_without:
        raise Held(HoldReason.PDF_MISSING)
    return with_pdf(entry.document, entry.pdf.file_name, content) if content else entry.document


def _pdf(connection: InvoiceContext, transfer: Transfer, attachment: TribeAttachment) -> bytes | None:
    """Return the PDF; None when it is too large, gone, or not one however often it is fetched.

    Yuki has no call that takes a document away again. What is no PDF may be a page of a server that is away: it is
    fetched again, and with the next attempts of the invoice. Raises Retryable until then.
    """
    largest = connection.settings.pdf_largest_bytes
    for _ in range(_FETCHES):
        content = connection.tribe.read_document(attachment.tribe_attachment_id, largest=largest)
        if content is None or is_pdf(content):
            return content
    if transfer.attempt < _ATTEMPTS_FOR_PDF:
        raise Retryable("tribe_document_unreadable", "what Tribe gives for the PDF is none")
    return None
