"""HTTP to Yuki: pooled, bounded in time and size, without redirects or proxies, and the raw answer kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpcore

from tribe_yuki.adapters.retry_after import asked_pause
from tribe_yuki.adapters.tls import client_context
from tribe_yuki.adapters.yuki.coding import Undecodable, decoded
from tribe_yuki.adapters.yuki.deadline import DeadlineBackend, deadline, has_ended

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
