"""Calls to Tribe over one pooled HTTP client, with the access token, and with every failure classified."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from tribe_yuki.adapters.tls import client_context
from tribe_yuki.adapters.tribe.answers import Answer, Effect, Failure, Verdict, error_of, unsure, verdict_of
from tribe_yuki.core.errors import Defect, Retryable

# A page of 100 records with everything expanded stays far below this.
LARGEST_ANSWER = 32_000_000
CONNECT_SECONDS = 10.0

_NO_ACCESS = 401
_DONE = range(200, 300)

# The request never left: whatever it was, it may be repeated.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

type Observer = Callable[[str], None]


class Tokens(Protocol):
    """Gives access tokens. Both calls raise CredentialsRefused, RateLimited, Retryable or Defect."""

    def current(self) -> str:
        """Return a token that should be accepted."""
        ...

    def renew(self, refused: str) -> str:
        """Return another token, after Tribe refused this one."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `target` is path and query, already encoded; `what` is the kind of record, for errors and metrics."""

    method: str
    target: str
    what: str
    effect: Effect = Effect.READ
    content: bytes | None = None
    content_type: str = "application/json"
    is_record: bool = False
    is_file: bool = False  # what comes is a document: it may look like anything
    largest: int = LARGEST_ANSWER


def new_http_client(read_timeout_seconds: float) -> httpx.Client:
    """Return a pooled client that follows no redirects and takes nothing from the environment.

    httpx logs every URL with its query, which holds debtor numbers, and httpcore the headers of answers: both are kept
    quiet below warnings, whatever the level of the root logger.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(
        timeout=httpx.Timeout(read_timeout_seconds, connect=min(CONNECT_SECONDS, read_timeout_seconds)),
        limits=httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=30),
        follow_redirects=False,
        trust_env=False,
        verify=client_context(),
        headers={"User-Agent": "tribe-yuki"},
    )


def send(http: httpx.Client, base_url: str, call: Call, headers: Mapping[str, str], observer: Observer) -> Answer:
    """Make one call and return its answer, whatever its status.

    Raises Retryable, or OutcomeUnknown for a creating call that may have reached Tribe. No error holds the address,
    the token, or a part of the contents.
    """
    observer(f"{call.method} {call.what}")
    sent = {"Accept": "*/*" if call.is_file else "application/json", **headers}
    if call.content is not None:
        sent["Content-Type"] = call.content_type
    try:
        with http.stream(call.method, base_url + call.target, content=call.content, headers=sent) as response:
            answered = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, answered, _body(response, call, http.timeout.read))
    except _NOT_SENT as error:
        raise Retryable("tribe_unreachable", f"{call.what}: {type(error).__name__}") from None
    except httpx.HTTPError as error:
        raise unsure(call.what, call.effect, type(error).__name__) from None
    except httpx.InvalidURL:
        raise Defect("tribe_address_invalid", f"{call.what}: the address cannot be built") from None


def _body(response: httpx.Response, call: Call, longest_pause: float | None) -> bytes | None:
    try:
        return _read(response, call, longest_pause)
    except httpx.HTTPError:
        if call.effect is Effect.READ or not response.is_success:
            raise
        return b""  # Tribe did it; what it would have said about it is not needed


def _read(response: httpx.Response, call: Call, longest_pause: float | None) -> bytes | None:
    """Return the body, or None when it is too large.

    The read timeout allows a byte now and then for ever; the whole answer gets twice that time.
    """
    deadline = time.monotonic() + 2 * (longest_pause or 60)
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > call.largest:
            return None
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer takes too long")
    return bytes(body)


class Transport:
    """Makes calls to the API with the access token, which is renewed once when Tribe refuses it."""

    def __init__(self, http: httpx.Client, api_url: str, tokens: Tokens, observer: Observer) -> None:
        self._http = http
        self._api_url = api_url
        self._tokens = tokens
        self._observer = observer

    def call(self, call: Call) -> Answer:
        """Make a call and return its answer, which is a success.

        Raises what the table in `answers` says, and what `send` raises.
        """
        token = self._tokens.current()
        answer = self._send(call, token)
        if answer.status == _NO_ACCESS:
            answer = self._send(call, self._tokens.renew(token))
        is_done = answer.status in _DONE if call.is_file else verdict_of(answer) is Verdict.SUCCESS
        if not is_done:
            raise error_of(Failure(answer, call.what, call.effect, call.is_record))
        return answer

    def _send(self, call: Call, token: str) -> Answer:
        return send(self._http, self._api_url, call, {"Authorization": f"Bearer {token}"}, self._observer)
