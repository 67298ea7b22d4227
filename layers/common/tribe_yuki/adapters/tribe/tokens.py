"""Keep access tokens fresh: per process for client credentials, shared by all for authorization code (tribe-api 2)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from tribe_yuki.adapters.tribe.answers import consent_needed
from tribe_yuki.adapters.tribe.token_endpoint import TokenEndpoint, TribeTokens
from tribe_yuki.core.details import DetailCode
from tribe_yuki.core.errors import Retryable

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
