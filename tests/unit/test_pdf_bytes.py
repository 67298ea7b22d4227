"""Which bytes are a whole PDF: also the odd ones that every reader opens (design 6.4)."""

import pytest

from tribe_yuki.invoices.document.invoice import is_pdf

BODY = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + b"x" * 4_000
END = b"\nstartxref\n9\n%%EOF"
WHOLE = BODY + END


@pytest.mark.parametrize(
    "content",
    [
        *(WHOLE, WHOLE + b"\n", WHOLE + b"\r\n\r\n", b"\xef\xbb\xbf" + WHOLE, b"\r\n  " + WHOLE),
        *(b"HTTP junk " * 50 + WHOLE, WHOLE + b"<!-- stamped -->", WHOLE + END),
        # Blocks of a fixed size are filled up behind the end, with what says nothing.
        *(WHOLE + bytes(5_000), WHOLE + b" " * 5_000, WHOLE + b"\r\n" * 2_000 + bytes(3_000) + b"\x1a"),
        BODY[:1_000] + END + BODY + END,  # linearized: an end in front, too
    ],
)
def test_a_whole_pdf(content: bytes) -> None:
    assert is_pdf(content)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"%PDF-", BODY, WHOLE[:-5], END, bytes(9_000), b"<html>404</html>", b"%PDF" + END),
        *(BODY[:1_000] + END + BODY, b"x" * 2_000 + WHOLE, WHOLE + b"x" * 5_000),
    ],
)
def test_no_pdf_or_a_part_of_one(content: bytes) -> None:
    assert not is_pdf(content)
