"""Where tests keep the tokens of Tribe."""

from datetime import datetime, timedelta
from threading import Condition

from tribe_yuki.adapters.tribe import (
    TribeTokens,
)
from tribe_yuki.core.errors import Retryable


class SharedStore:
    """Tokens that several clients share, as processes share a secret; a lease ends after a minute."""

    def __init__(self, tokens: TribeTokens | None) -> None:
        self.tokens = tokens
        self.changed = Condition()
        self.leased_until: datetime | None = None
        self.fails = 0
        self.writes = 0

    def read(self) -> TribeTokens | None:
        return self.tokens

    def lease(self, now: datetime) -> bool:
        with self.changed:
            if self.leased_until is not None and now < self.leased_until:
                return False
            self.leased_until = now + timedelta(minutes=1)
            return True

    def write(self, tokens: TribeTokens) -> None:
        with self.changed:
            if self.fails:
                self.fails -= 1
                raise Retryable("secret_unwritable")
            self.tokens, self.leased_until, self.writes = tokens, None, self.writes + 1
            self.changed.notify_all()

    def release(self) -> None:
        with self.changed:
            self.leased_until = None
            self.changed.notify_all()

    def wait_until_free(self, _: float) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.leased_until is None, timeout=10)
