"""Write PDF documents: pages of text at their places, a scan without text, or text that opens with a password only."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import NamedTuple

_LEFT, _RIGHT, _TOP, _LEADING = 72, 523, 770, 18
_LINES_PER_PAGE = 40
# Of Helvetica, in thousandths of its size.
_SIZE, _DIGIT_WIDTH = 11, 556
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
)
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
# A grey picture of one point, over the whole page.
_SCAN = b"q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xdd EI Q"
# The padding of passwords, and rights that forbid everything (PDF 1.4, 3.5).
_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_RIGHTS = -3904
_DOCUMENT_ID = hashlib.md5(b"simulated", usedforsecurity=False).digest()


class Row(NamedTuple):
    """A row of text: what stands at the left, and what ends at the right margin."""

    left: str
    right: str = ""


def pdf(rows: Sequence[Row], *, least_bytes: int = 0, password: str | None = None) -> bytes:
    """Return a document of these rows, and a comment that makes it as large as wanted."""
    return _document([_text(page) for page in batched(rows, _LINES_PER_PAGE, strict=False)], least_bytes, password)


def scan(*, least_bytes: int = 0) -> bytes:
    """Return a document of a page that is a picture: nothing of it can be read as text."""
    return _document([_SCAN], least_bytes, None)


def _text(rows: Sequence[Row]) -> bytes:
    shown = []
    for place, row in enumerate(rows):
        height = _TOP - _LEADING * place
        shown.append(_at(_LEFT, height, row.left))
        if row.right:
            width = len(row.right) * _DIGIT_WIDTH * _SIZE // 1000
            shown.append(_at(_RIGHT - width, height, row.right))
    return b"BT /F1 %d Tf %s ET" % (_SIZE, b" ".join(shown))


def _at(left: int, height: int, text: str) -> bytes:
    escaped = re.sub(r"([\\()])", r"\\\1", text).encode("cp1252", "replace")
    return b"1 0 0 1 %d %d Tm (%s) Tj" % (left, height, escaped)


def _document(contents: Sequence[bytes], least_bytes: int, password: str | None) -> bytes:
    lock = _Lock(password) if password is not None else None
    objects = [*_objects(contents, lock), *([lock.dictionary] if lock else [])]
    body, places = b"%PDF-1.4\n%" + b"-" * least_bytes + b"\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    identity = _DOCUMENT_ID.hex().encode()
    locked = b" /Encrypt %d 0 R /ID [<%s> <%s>]" % (len(objects), identity, identity) if lock else b""
    trailer = b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        locked,
        len(body),
    )
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def _objects(contents: Sequence[bytes], lock: "_Lock | None") -> Iterator[bytes]:
    """Yield catalogue, list of pages, font, and each page with its content."""
    pages = [4 + 2 * place for place in range(len(contents))]
    yield b"<< /Type /Catalog /Pages 2 0 R >>"
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    yield b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages))
    yield _FONT
    for number, content in zip(pages, contents, strict=True):
        yield _PAGE % (number + 1)
        stream = lock.closed(number + 1, content) if lock else content
        yield b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)


class _Lock:
    """The standard way to close a PDF with a password, of 128 bits (PDF 1.4, 3.5.2)."""

    def __init__(self, password: str) -> None:
        padded = (password.encode("latin-1") + _PADDING)[:32]
        owner = _rounds(_digest(padded, times=51), padded)
        self._key = _digest(padded + owner + _RIGHTS.to_bytes(4, "little", signed=True) + _DOCUMENT_ID, times=51)
        user = _rounds(self._key, _digest(_PADDING + _DOCUMENT_ID)) + bytes(16)
        self.dictionary = b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P %d /O <%s> /U <%s> >>" % (
            _RIGHTS,
            owner.hex().encode(),
            user.hex().encode(),
        )

    def closed(self, number: int, content: bytes) -> bytes:
        """Return the content of an object as nobody can read it without the password."""
        return _rc4(_digest(self._key + number.to_bytes(3, "little") + bytes(2)), content)


def _digest(content: bytes, *, times: int = 1) -> bytes:
    for _ in range(times):
        content = hashlib.md5(content, usedforsecurity=False).digest()
    return content


def _rounds(key: bytes, content: bytes) -> bytes:
    for place in range(20):
        content = _rc4(bytes(byte ^ place for byte in key), content)
    return content


def _rc4(key: bytes, content: bytes) -> bytes:
    state, mixed = list(range(256)), 0
    for place in range(256):
        mixed = (mixed + state[place] + key[place % len(key)]) % 256
        state[place], state[mixed] = state[mixed], state[place]
    place = mixed = 0
    coded = bytearray()
    for byte in content:
        place = (place + 1) % 256
        mixed = (mixed + state[place]) % 256
        state[place], state[mixed] = state[mixed], state[place]
        coded.append(byte ^ state[(state[place] + state[mixed]) % 256])
    return bytes(coded)
