"""Access tokens: asked for at Tribe's identity server, and kept fresh (tribe-api 2).

Per process for client credentials, shared by all for authorization code.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol
from urllib.parse import quote, urlencode

import httpx

from tribe_yuki.adapters.tribe.answers import (
    Answer,
    Effect,
    Failure,
    Verdict,
    consent_needed,
    error_of,
    parse_json,
    verdict_of,
)
from tribe_yuki.adapters.tribe.application import Grant, TribeApplication
from tribe_yuki.adapters.tribe.transport import Call, Observer, send
from tribe_yuki.adapters.tribe.values import Record, opaque, text, whole_number
from tribe_yuki.core.details import DetailCode
from tribe_yuki.core.errors import ConnectorError, Defect, Retryable

RENEW_EARLY = timedelta(seconds=60)
# What Tribe's identity server hands out when not configured otherwise (tribe-api 2.2).
USUAL_LIFE_SECONDS = 3600

_TOKEN_PATH = "/oauth2/token"  # noqa: S105 (a path)
_LARGEST_ANSWER = 100_000
_HEADER_SAFE = re.compile(r"[!-~]+")

# Refusals by the grant that was asked for and RFC 6749's error. Tribe answers `invalid_grant` where others answer
# `invalid_scope` (tribe-api 2.2).
_REFUSALS: Mapping[tuple[str, str], DetailCode] = {
    ("client_credentials", "invalid_grant"): DetailCode.SCOPE_REFUSED,
    ("client_credentials", "invalid_scope"): DetailCode.SCOPE_REFUSED,
    ("client_credentials", "invalid_client"): DetailCode.CLIENT_REFUSED,
    ("client_credentials", "unauthorized_client"): DetailCode.GRANT_REFUSED,
    ("client_credentials", "unsupported_grant_type"): DetailCode.GRANT_REFUSED,
    ("refresh_token", "invalid_grant"): DetailCode.CONSENT_LOST,
    ("refresh_token", "invalid_scope"): DetailCode.SCOPE_REFUSED,
    ("refresh_token", "invalid_client"): DetailCode.CLIENT_REFUSED,
    ("refresh_token", "unauthorized_client"): DetailCode.GRANT_REFUSED,
    ("refresh_token", "unsupported_grant_type"): DetailCode.GRANT_REFUSED,
    ("authorization_code", "invalid_grant"): DetailCode.CONSENT_CODE_USED,
    ("authorization_code", "invalid_scope"): DetailCode.SCOPE_REFUSED,
    ("authorization_code", "invalid_client"): DetailCode.CLIENT_REFUSED,
    ("authorization_code", "unauthorized_client"): DetailCode.GRANT_REFUSED,
    ("authorization_code", "unsupported_grant_type"): DetailCode.GRANT_REFUSED,
}
_PASSING = frozenset({"temporarily_unavailable", "server_error"})


@dataclass(frozen=True, slots=True)
class TribeTokens:
    """Tokens as issued; instants in UTC. `refresh_token` is empty for client credentials."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime

    @property
    def renew_at(self) -> datetime:
        """Return when to renew: 60 seconds early, or at half time of a life shorter than two minutes."""
        return self.expires_at - min(RENEW_EARLY, (self.expires_at - self.issued_at) / 2)


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Asks for tokens on behalf of one application.

    Every call raises CredentialsRefused with what to repair, RateLimited, Retryable or Defect.
    """

    http: httpx.Client
    auth_url: str
    application: TribeApplication
    now: Callable[[], datetime]
    observer: Observer

    def by_client_credentials(self) -> TribeTokens:
        """Return a token of the application itself."""
        return self._ask(Grant.CLIENT_CREDENTIALS.value, {"scope": self.application.scope})

    def by_refresh_token(self, refresh_token: str) -> TribeTokens:
        """Trade in a refresh token; the old token is void from then on (tribe-api 2.1)."""
        tokens = self._ask("refresh_token", {"refresh_token": refresh_token})
        if tokens.refresh_token:
            return tokens
        return TribeTokens(tokens.access_token, refresh_token, tokens.issued_at, tokens.expires_at)

    def by_code(self, code: str, redirect_uri: str) -> TribeTokens:
        """Trade in the code that the consent screen handed to the redirect address."""
        tokens = self._ask(Grant.AUTHORIZATION_CODE.value, {"code": code, "redirect_uri": redirect_uri})
        if not tokens.refresh_token:
            raise consent_needed(DetailCode.NO_REFRESH_TOKEN)
        return tokens

    def _ask(self, grant: str, further: Mapping[str, str]) -> TribeTokens:
        form = {
            "grant_type": grant,
            "client_id": self.application.client_id,
            "client_secret": self.application.client_secret,
            **further,
        }
        asked_at = self.now()
        # A token that nobody got can be asked for again, so a lost answer is no uncertain outcome.
        call = Call(
            "POST",
            _TOKEN_PATH,
            "oauth2/token",
            content=urlencode(form, quote_via=quote).encode(),
            content_type="application/x-www-form-urlencoded",
            largest=_LARGEST_ANSWER,
        )
        answer = send(self.http, self.auth_url, call, {}, self.observer)
        if verdict_of(answer) is not Verdict.SUCCESS:
            raise _refusal(grant, answer)
        return _tokens(_object(answer), asked_at)


def consent_address(auth_url: str, application: TribeApplication, redirect_uri: str, state: str) -> str:
    """Return the address where a user gives the application access (tribe-api 2.1).

    `state` must have at least eight characters, come from a random source, and be compared on the way back.
    """
    least = 8
    if len(state) < least:
        raise ValueError(f"state: Tribe wants at least {least} characters")
    query = {
        "client_id": application.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": application.scope,
        "state": state,
    }
    return f"{auth_url}/oauth2/auth?{urlencode(query, quote_via=quote)}"


def _refusal(grant: str, answer: Answer) -> ConnectorError:
    verdict = verdict_of(answer)
    if verdict in {Verdict.SLOW_DOWN, Verdict.UNSURE, Verdict.NOT_DONE, Verdict.PAGE}:
        return error_of(Failure(answer, "oauth2/token", Effect.READ))
    named = _error_name(answer)
    if named in _PASSING:
        return Retryable("tribe_unavailable", f"oauth2/token: {named}")
    refusal = _REFUSALS.get((grant, named))
    if refusal:
        return consent_needed(refusal)
    if verdict in {Verdict.NO_ACCESS, Verdict.NO_RIGHT} and (answer.is_json or not answer.body):
        return consent_needed(DetailCode.CLIENT_REFUSED)
    return Defect("tribe_token_refused", f"status {answer.status}; check the address of Tribe's identity server")


def _error_name(answer: Answer) -> str:
    """Return RFC 6749's `error`, or nothing; never another member, they are free text."""
    try:
        return text(_object(answer), "error") or ""
    except ConnectorError:
        return ""


def _object(answer: Answer) -> Record:
    value = parse_json(answer, "oauth2/token")
    if not isinstance(value, dict):
        raise Defect("tribe_answer_malformed", "oauth2/token: the answer is not an object")
    return value


def _tokens(record: Record, asked_at: datetime) -> TribeTokens:
    access_token = opaque(record, "access_token") or ""
    if not _HEADER_SAFE.fullmatch(access_token):
        raise Defect("tribe_answer_malformed", "oauth2/token: there is no usable access_token in the answer")
    seconds = whole_number(record, "expires_in")
    life = timedelta(seconds=min(max(seconds if seconds is not None else USUAL_LIFE_SECONDS, 0), 10**7))
    return TribeTokens(access_token, opaque(record, "refresh_token") or "", asked_at, asked_at + life)


# How often, and with what pause, a process looks whether the holder of the lease has finished.
LOOKS = 10
PAUSE_SECONDS = 1.0


class ClientCredentialsTokens:
    """Tokens of one process, for client credentials; threads wait for each other instead of each asking."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint
        self._lock = Lock()
        self._held: TribeTokens | None = None

    def current(self) -> str:
        """Return the token, renewed 60 seconds before it expires."""
        with self._lock:
            if self._held is None or self._endpoint.now() >= self._held.renew_at:
                self._held = self._endpoint.by_client_credentials()
            return self._held.access_token

    def renew(self, refused: str) -> str:
        """Return another token, unless somebody else renewed it meanwhile."""
        with self._lock:
            if self._held is None or self._held.access_token == refused:
                self._held = self._endpoint.by_client_credentials()
            return self._held.access_token


class TokenStore(Protocol):
    """Where the tokens of one connection are kept for all processes, with a lease on renewing them."""

    def read(self) -> TribeTokens | None:
        """Return the tokens; None before a user's consent."""
        ...

    def lease(self, now: datetime) -> bool:
        """Take the right to renew; False when somebody has it. It must end by itself after a few minutes."""
        ...

    def write(self, tokens: TribeTokens) -> None:
        """Store new tokens and end the lease."""
        ...

    def release(self) -> None:
        """End the lease without new tokens."""
        ...


class AuthorizationCodeTokens:
    """Tokens of a user's consent, renewed by one process: a second use of a refresh token passes for theft."""

    def __init__(self, endpoint: TokenEndpoint, store: TokenStore, wait: Callable[[float], None]) -> None:
        self._endpoint = endpoint
        self._store = store
        self._wait = wait
        self._lock = Lock()
        self._held: TribeTokens | None = None
        self._unsaved: TribeTokens | None = None

    def current(self) -> str:
        """Return the token, renewed 60 seconds before it expires."""
        with self._lock:
            self._save()
            if self._held is None or self._endpoint.now() >= self._held.renew_at:
                self._held = self._shared(refused=None)
            return self._held.access_token

    def renew(self, refused: str) -> str:
        """Return another token: the one that another process stored meanwhile, or a new token."""
        with self._lock:
            self._save()
            if self._held is None or self._held.access_token == refused:
                self._held = self._shared(refused)
            return self._held.access_token

    def _shared(self, refused: str | None) -> TribeTokens:
        """Return stored tokens that are good, renewing them under the lease; who does not get it reads again."""
        for _ in range(LOOKS):
            stored = self._read()
            now = self._endpoint.now()
            if _is_good(stored, refused, now):
                return stored
            if self._store.lease(now):
                return self._renew_under_lease(refused)
            if stored.access_token != refused and now < stored.expires_at:
                return stored  # good for a while yet, and somebody is renewing it
            self._wait(PAUSE_SECONDS)
        raise Retryable(
            "tribe_token_being_renewed", "another process is renewing it", retry_after=timedelta(seconds=30)
        )

    def _renew_under_lease(self, refused: str | None) -> TribeTokens:
        try:
            stored = self._read()  # the holder before us may just have written
            is_good = _is_good(stored, refused, self._endpoint.now())
            tokens = stored if is_good else self._endpoint.by_refresh_token(stored.refresh_token)
        except BaseException:
            self._store.release()
            raise
        if is_good:
            self._store.release()
        else:
            self._unsaved = tokens
            self._save()
        return tokens

    def _save(self) -> None:
        """Store what was renewed. The old refresh token is void by then, so a failure is made good at the next call."""
        if self._unsaved is not None:
            self._store.write(self._unsaved)
            self._held, self._unsaved = self._unsaved, None

    def _read(self) -> TribeTokens:
        stored = self._store.read()
        if stored is None:
            raise consent_needed(DetailCode.CONSENT_MISSING)
        return stored


def _is_good(tokens: TribeTokens, refused: str | None, now: datetime) -> bool:
    return tokens.access_token != refused and now < tokens.renew_at
