"""Compressed answers. We ask for none, but a proxy or a web server before Yuki may send them all the same."""

import zlib
from collections.abc import Iterable, Iterator

_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 64 * 1024
# The first byte of a zlib stream; some send `deflate` without it (RFC 9110, 8.4.1.2).
_ZLIB = 0x78


class Undecodable(Exception):
    """A body is not what its content coding says, or only a part of it."""


def decoded(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Yield a body without its content coding, never more than a piece at once, however far it unfolds.

    A coding that is not known leaves the body as it is. Raises Undecodable.
    """
    match coding.strip().lower():
        case "gzip" | "x-gzip":
            return _inflated(pieces, _GZIP)
        case "deflate":
            return _inflated(pieces, None)
        case _:
            return iter(pieces)


def _inflated(pieces: Iterable[bytes], window: int | None) -> Iterator[bytes]:
    inflater = None
    for piece in filter(None, pieces):
        if inflater is None:
            is_raw = window is None and piece[0] != _ZLIB
            inflater = zlib.decompressobj(-zlib.MAX_WBITS if is_raw else window or zlib.MAX_WBITS)
        rest = piece
        while rest and not inflater.eof:
            yield _next(inflater, rest)
            rest = inflater.unconsumed_tail
    while inflater is not None and not inflater.eof:
        more = _next(inflater, b"")
        if not more:
            raise Undecodable("the answer breaks off")
        yield more


def _next(inflater: "zlib._Decompress", compressed: bytes) -> bytes:
    try:
        return inflater.decompress(compressed, _PIECE)
    except zlib.error:
        raise Undecodable("the answer is not compressed as it says") from None
