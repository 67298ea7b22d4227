"""The PDF that goes with an invoice to Yuki."""

from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.document.invoice import with_pdf
from tribe_yuki.invoices.model import SalesInvoice
from tribe_yuki.invoices.paper import read_pdf
from tribe_yuki.invoices.prepare import Prepared


def document_with_pdf(connection: InvoiceContext, entry: Prepared) -> SalesInvoice:
    """Return the document with its PDF; without when that is too large, unless the setting says that it is required."""
    if entry.pdf is None or connection.settings.pdf == "off":
        return entry.document
    content = entry.content or read_pdf(connection, entry.transfer, entry.pdf)
    may_go_without = connection.settings.pdf != "required" or entry.transfer.has_agreement(Agreement.WITHOUT_PDF)
    if content is None and not may_go_without:
        raise Held(HoldReason.PDF_MISSING)
    return with_pdf(entry.document, entry.pdf.file_name, content) if content else entry.document
