"""Small but whole PDF documents, for invoices."""

from collections.abc import Iterable

_LEFT, _TOP, _STEP = 72, 770, 24


def make_pdf(lines: Iterable[str]) -> bytes:
    """Return a PDF of one page with lines of text; characters outside Windows-1252 become question marks."""
    content = _page(lines)
    resources = b"<< /Font << /F1 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % resources,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    document, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, one in enumerate(objects, start=1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    return document + _cross_references(offsets, start=len(document))


def _page(lines: Iterable[str]) -> bytes:
    shown = [b"(%s) Tj 0 -%d Td" % (_escaped(line), _STEP) for line in lines]
    return b"BT /F1 14 Tf %d %d Td\n%s\nET" % (_LEFT, _TOP, b"\n".join(shown))


def _escaped(text: str) -> bytes:
    for mark in "\\()":
        text = text.replace(mark, f"\\{mark}")
    return text.encode("cp1252", "replace")


def _cross_references(offsets: list[int], start: int) -> bytes:
    size = len(offsets) + 1
    # Each row of the table takes exactly twenty bytes, the line end included.
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, rows, trailer)
