"""The PDF of an invoice: the customer's own copy, which says what is to be paid, and goes along to Yuki."""

from dataclasses import dataclass

from tribe_yuki.core.errors import Retryable
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.document.invoice import is_pdf
from tribe_yuki.invoices.document.pdf_text import pdf_text
from tribe_yuki.invoices.model import TribeAttachment
from tribe_yuki.invoices.transfer import Transfer

# What Tribe gives for a PDF is fetched so often at once, and in so many attempts, before it counts as missing.
_FETCHES = 2
_ATTEMPTS_FOR_PDF = 2
# Of larger files only a few fit into a worker's memory: they are fetched again when they are sent.
LARGEST_KEPT = 300_000


@dataclass(slots=True)
class Paper:
    """The PDF of a transfer's invoice, fetched once it is asked for; `attachment` is None where there is none."""

    connection: InvoiceContext
    transfer: Transfer
    attachment: TribeAttachment | None
    content: bytes | None = None
    _text: str | None = None
    _is_read: bool = False

    def text(self) -> str | None:
        """Return its text; None without one that can be read. Raises Retryable as `read_pdf` does."""
        if not self._is_read:
            self._text, self._is_read = self._read(), True
        return self._text

    def _read(self) -> str | None:
        if self.attachment is None or self.connection.settings.pdf == "off":
            return None
        content = read_pdf(self.connection, self.transfer, self.attachment)
        if content is not None and len(content) <= LARGEST_KEPT:
            self.content = content
        return pdf_text(content) if content else None


def read_pdf(connection: InvoiceContext, transfer: Transfer, attachment: TribeAttachment) -> bytes | None:
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
