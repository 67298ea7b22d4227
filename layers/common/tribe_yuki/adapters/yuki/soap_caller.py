"""One call of Yuki, from the budget to the verdict.

| What happens | on a read | on a write |
|---|---|---|
| budget spent, session not to be had | as it is | as it is: nothing was sent |
| nothing was sent | Retryable | Retryable |
| 429 that is not a fault | RateLimited | RateLimited |
| the key is refused | CredentialsRefused, and no call with this key again | the same |
| sent, and no readable answer of Yuki | Retryable | OutcomeUnknown |
| a fault of the table | by the table | by the table |
| any other fault | a new session and once more, then Retryable | OutcomeUnknown |
| an answer in an unknown notation | Defect | OutcomeUnknown |
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from tribe_yuki.adapters.yuki.answers import Result, to_text
from tribe_yuki.adapters.yuki.faults import Meaning, error_for, meaning_of
from tribe_yuki.adapters.yuki.markup import UnreadableAnswer, fit_for_xml
from tribe_yuki.adapters.yuki.ports import CallBudget, CallObserver, SessionStore
from tribe_yuki.adapters.yuki.session import Sessions
from tribe_yuki.adapters.yuki.soap import AUTHENTICATE, Operation, SoapFault, SoapRequest, read_result, write_request
from tribe_yuki.adapters.yuki.transport import HttpTransport, RawAnswer, TransportFailure
from tribe_yuki.adapters.yuki.values import UnknownNotation
from tribe_yuki.core.errors import ConnectorError, CredentialsRefused, Defect, OutcomeUnknown, RateLimited, Retryable

Region = Literal["nl", "be"]

# The key goes along with every sign-in, so nothing but this machine gets it unencrypted.
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

HOSTS: Mapping[Region, str] = {"nl": "https://api.yukiworks.nl", "be": "https://api.yukiworks.be"}


@dataclass(frozen=True, slots=True)
class YukiEndpoint:
    """The address that the services of one region share (yuki-api 1.1)."""

    base_url: str

    @classmethod
    def of(cls, region: Region, base_url: str | None = None) -> Self:
        """Return the endpoint of a region.

        A `base_url` stands in for Yuki's own hosts; behind it the Dutch services are at `/ws` and the Belgian
        ones at `/be/ws`. Raises ValueError for an unknown region or an unusable address.
        """
        if region not in HOSTS:
            raise ValueError(f"unknown Yuki region {region!r}: give nl or be")
        if not base_url:
            return cls(HOSTS[region])
        return cls(_checked(base_url) + ("/be" if region == "be" else ""))

    def address(self, service: str) -> str:
        """Return the address to post to for a service such as `Sales`."""
        return f"{self.base_url}/ws/{service}.asmx"

    @property
    def host(self) -> str:
        """Return host and port, for messages."""
        return urlsplit(self.base_url).netloc


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_encrypted or not parts.hostname or not is_plain:
        raise ValueError("the base URL of Yuki must look like https://host/path, or http://127.0.0.1:port here")
    return base_url.rstrip("/")


_TOO_MANY_REQUESTS = 429
_SHORTEST_PAUSE = timedelta(minutes=1)
_HINTS: tuple[tuple[int, int, str], ...] = (
    (300, 399, ", another address: check Yuki's"),
    (403, 403, ", which is none of Yuki's: a proxy or a firewall"),
    (413, 413, ", the request is too large for a proxy: lower batch_bytes"),
)

type Reader[Value] = Callable[[Result], Value]


class _UnknownFault(Exception):
    """A fault outside the table."""


class SoapCaller:
    """Call operations with a session, within the budget, and raise only errors of `core.errors`."""

    def __init__(
        self,
        endpoint: YukiEndpoint,
        access_key: str,
        *,
        sessions: SessionStore,
        budget: CallBudget,
        observer: CallObserver,
        now: Callable[[], datetime],
        transport: HttpTransport,
    ) -> None:
        self._endpoint = endpoint
        self._access_key = access_key
        self._budget = budget
        self._observer = observer
        self._now = now
        self._transport = transport
        # Only random keys can be told apart by a part of their hash without giving them away: Yuki's are.
        key_id = sha256(access_key.strip().lower().encode()).hexdigest()[:16]
        self._sessions = Sessions(sessions, self._authenticate, now, key_id=key_id)

    def __repr__(self) -> str:
        return f"SoapCaller({self._endpoint.host})"

    def session(self) -> str:
        """Return the id of the session that the next call will use."""
        return self._sessions.current()

    def read[Value](self, operation: Operation, reader: Reader[Value], **parameters: Any) -> Value:  # noqa: ANN401
        """Call an operation that may be repeated; after an unknown fault once more with a new session."""
        session = self._sessions.current()
        try:
            return self._call_with(session, operation, reader, parameters)
        except _UnknownFault:
            session = self._sessions.renew(session)
        try:
            return self._call_with(session, operation, reader, parameters)
        except _UnknownFault:
            raise Retryable("yuki_fault_unknown", operation.name) from None

    def write[Value](self, operation: Operation, reader: Reader[Value], **parameters: Any) -> Value:  # noqa: ANN401
        """Call an operation that must not be repeated."""
        session = self._sessions.current()
        try:
            return self._call_with(session, operation, reader, parameters)
        except _UnknownFault:
            self._sessions.doubt(session)
            raise OutcomeUnknown("yuki_fault_unknown", operation.name) from None

    def _call_with[Value](
        self, session: str, operation: Operation, reader: Reader[Value], parameters: dict[str, Any]
    ) -> Value:
        try:
            return self._call(operation, reader, {operation.session_parameter: session, **parameters})
        except CredentialsRefused as error:
            self._sessions.refuse(session, error)
            raise

    def _authenticate(self) -> str:
        try:
            return self._call(AUTHENTICATE, to_text, {"accessKey": self._access_key})
        except _UnknownFault:
            raise Retryable("yuki_fault_unknown", AUTHENTICATE.name) from None

    def _call[Value](self, operation: Operation, reader: Reader[Value], parameters: dict[str, Any]) -> Value:
        request = write_request(operation, **{name: _cleaned(value) for name, value in parameters.items()})
        self._budget.take(operation.name)
        try:
            result = self._result(self._post(operation, request), operation)
            self.note(self._observer.succeeded, operation)
            return reader(result)
        except UnreadableAnswer as error:
            raise _not_certain(operation, "yuki_answer_unreadable", str(error)) from None
        except UnknownNotation as error:
            raise _not_known(operation, str(error)) from None

    def _post(self, operation: Operation, request: SoapRequest) -> RawAnswer:
        try:
            return self._transport.post(self._endpoint.address(operation.service), request.envelope, request.headers)
        except TransportFailure as failure:
            if not failure.is_ours:
                self.note(self._observer.failed_in_transport, operation)
            if not failure.was_sent:
                raise Retryable(failure.code, operation.name) from None
            raise _not_certain(operation, failure.code) from None

    def note(self, hear: Callable[[str], None], operation: Operation) -> None:
        """Tell the observer how a call ended; its own errors must not pass for the call's."""
        with suppress(ConnectorError):
            hear(operation.name)

    def _result(self, answer: RawAnswer, operation: Operation) -> Result:
        try:
            return read_result(answer, operation)
        except UnreadableAnswer:
            if answer.status == _TOO_MANY_REQUESTS:
                self.note(self._observer.slowed_down, operation)
                pause = max(answer.pause or _SHORTEST_PAUSE, _SHORTEST_PAUSE)
                raise RateLimited("yuki_rate_limited", operation.name, retry_after=pause) from None
            self.note(self._observer.failed_in_transport, operation)
            raise _not_certain(operation, "yuki_answer_unreadable", _cause(answer), pause=answer.pause) from None
        except SoapFault as fault:
            raise self._verdict(fault.words, operation) from None

    def _verdict(self, words: str, operation: Operation) -> Exception:
        known = meaning_of(words, operation)
        if known is not None and known.meaning is Meaning.LIMIT_EXCEEDED:
            self.note(lambda _: self._observer.limit_exceeded(), operation)
        else:
            self.note(self._observer.succeeded, operation)
        if known is None:
            return _UnknownFault()
        return error_for(known, words, operation, host=self._endpoint.host, now=self._now())


def _not_certain(
    operation: Operation, code: str, why: str = "", *, pause: timedelta | None = None
) -> OutcomeUnknown | Retryable:
    text = f"{operation.name}: {why}" if why else operation.name
    return OutcomeUnknown(code, text) if operation.writes else Retryable(code, text, retry_after=pause)


def _cause(answer: RawAnswer) -> str:
    """Say what came instead of an answer of Yuki, and what to look at."""
    hint = next((hint for first, last, hint in _HINTS if first <= answer.status <= last), "")
    return f"HTTP {answer.status}{hint}"


def _not_known(operation: Operation, field: str) -> ConnectorError:
    text = f"{operation.name}: {field}"
    if operation.writes:
        return OutcomeUnknown("yuki_notation_unknown", text)
    return Defect("yuki_notation_unknown", text)


def _cleaned(value: Any) -> Any:  # noqa: ANN401 (texts are cleaned, the rest is what the WSDL declares)
    return fit_for_xml(value) if isinstance(value, str) else value
