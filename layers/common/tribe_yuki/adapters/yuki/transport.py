"""HTTP to Yuki: pooled, bounded in time and size, without redirects or proxies, and the raw answer kept.

Ordinary timeouts bound each read and write; a server that sends one byte a second passes them all. Here every
operation on a socket gets only what is left of the exchange's time. This is why the transport is built on
httpcore, the engine of httpx: httpx itself offers no place for it.
"""

import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpcore

from tribe_yuki.adapters.retry_after import asked_pause
from tribe_yuki.adapters.tls import client_context

_WRITE_SLICE = 16 * 1024
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_ending: ContextVar[Callable[[], timedelta] | None] = ContextVar("ending", default=None)


@contextmanager
def ending(left: Callable[[], timedelta]) -> Iterator[None]:
    """Let no exchange of this thread outlast what makes it; `left` tells how long that still lasts."""
    token = _ending.set(left)
    try:
        yield
    finally:
        _ending.reset(token)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let every socket operation of this thread end within so many seconds from now, together, and before `ending`."""
    left = time_left()
    token = _deadline.set(time.monotonic() + (seconds if left is None else min(seconds, left.total_seconds())))
    try:
        yield
    finally:
        _deadline.reset(token)


def time_left() -> timedelta | None:
    """Return how long what makes the exchanges of this thread still lasts, if that has an end."""
    left = _ending.get()
    return left() if left else None


def has_ended() -> bool:
    """Whether this thread has no time for another exchange."""
    left = time_left()
    return left is not None and left <= timedelta()


def _left(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float | None:
    end = _deadline.get()
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise too_late("the time for the whole exchange is over")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_SLICE):
            self._inner.write(buffer[start : start + _WRITE_SLICE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (httpcore's signature)
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Open sockets whose operations end with the deadline of the calling thread."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection within the smaller of the timeout and what is left."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


# Content codings: we ask for none, but a proxy or a web server before Yuki may send compressed answers all the same.
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


LARGEST_ANSWER = 20 * 1024 * 1024
_NOT_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, to wait for the next bytes, and for a whole call from the first to the last of them."""

    connect: float = 5.0
    read: float = 45.0
    total: float = 60.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back, whatever it is, and the pause that it asks for. The body may hold anything: not shown."""

    status: int
    body: bytes = field(repr=False)
    pause: timedelta | None = None


class TransportFailure(Exception):
    """No answer. `was_sent` is False only when Yuki cannot have received anything of the request.

    `is_ours` tells that not Yuki is the cause: whoever called had no time left.
    """

    def __init__(self, code: str, *, was_sent: bool, is_ours: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.was_sent = was_sent
        self.is_ours = is_ours


class HttpTransport:
    """Post documents and return raw answers. One instance serves all threads and connections of a process.

    Nothing is read from the environment, no redirect is followed, nothing is repeated, and no compressed answer is
    asked for; if it comes all the same, the limit counts what it unfolds to.
    """

    def __init__(self, timeouts: Timeouts | None = None, largest_answer: int = LARGEST_ANSWER) -> None:
        self.timeouts = timeouts or Timeouts()
        self._largest = largest_answer
        self._pool = httpcore.ConnectionPool(
            ssl_context=client_context(),
            max_connections=20,
            keepalive_expiry=20.0,
            retries=0,
            network_backend=DeadlineBackend(),
        )

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        """Post once and return what came back; raises TransportFailure."""
        if has_ended():
            raise TransportFailure("out_of_time", was_sent=False, is_ours=True)
        try:
            with (
                deadline(self.timeouts.total),
                self._pool.stream(
                    "POST", url, headers=_headers(body, headers), content=body, extensions=self._extensions()
                ) as answer,
            ):
                pause = asked_pause(_header(answer, b"retry-after"), _header(answer, b"date"))
                return RawAnswer(answer.status, self._body(answer), pause)
        except _NOT_SENT as error:
            raise _failure("yuki_unreachable", was_sent=False) from error
        except httpcore.TimeoutException as error:
            raise _failure("yuki_timeout", was_sent=True) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise TransportFailure("yuki_connection_broken", was_sent=True) from error
        except Undecodable as error:
            raise TransportFailure("yuki_answer_unreadable", was_sent=True) from error

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _extensions(self) -> dict[str, dict[str, float]]:
        times = self.timeouts
        return {"timeout": {"connect": times.connect, "read": times.read, "write": times.read, "pool": times.connect}}

    def _body(self, answer: httpcore.Response) -> bytes:
        announced = _header(answer, b"content-length")
        if announced.isdecimal() and int(announced) > self._largest:
            raise TransportFailure("yuki_answer_too_large", was_sent=True)
        return b"".join(self._pieces(answer))

    def _pieces(self, answer: httpcore.Response) -> Iterator[bytes]:
        size = 0
        for piece in decoded(answer.iter_stream(), _header(answer, b"content-encoding")):
            size += len(piece)
            if size > self._largest:
                raise TransportFailure("yuki_answer_too_large", was_sent=True)
            yield piece


def _failure(code: str, *, was_sent: bool) -> TransportFailure:
    """Return what a call failed with that took too long: for Yuki, or for the invocation that made it."""
    is_ours = has_ended()
    return TransportFailure("out_of_time" if is_ours else code, was_sent=was_sent, is_ours=is_ours)


def _headers(body: bytes, headers: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    # Without it any content coding would be right (RFC 9110, 12.5.3).
    own = {"Content-Length": str(len(body)), "User-Agent": "tribe-yuki", "Accept-Encoding": "identity"}
    return [*headers.items(), *own.items()]


def _header(answer: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in answer.headers if key.lower() == name), "")
