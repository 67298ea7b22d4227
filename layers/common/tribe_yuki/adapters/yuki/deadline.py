"""Sockets that respect one deadline for a whole exchange.

Ordinary timeouts bound each read and write; a server that sends one byte a second passes them all. Here every
operation on a socket gets only what is left of the exchange's time. This is why the transport is built on
httpcore, the engine of httpx: httpx itself offers no place for it.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import httpcore

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
