"""What Yuki's client needs from its users."""

from typing import Protocol

from tribe_yuki.connections.yuki_session import RefusedKey, StoredSession


class SessionStore(Protocol):
    """The place where all processes of a connection find its one session, or that its key is refused."""

    def read(self) -> StoredSession | RefusedKey | None:
        """Return the stored session, or the key that is refused; None when there is neither."""
        ...

    def replace(self, old: str | None, new: StoredSession | RefusedKey) -> bool:
        """Store this only if `old` is still the stored id (None: no session is stored); return whether it was."""
        ...


class CallBudget(Protocol):
    """The counter of the day's calls of a domain (design 7)."""

    def take(self, operation: str) -> None:
        """Count one call before it is made; raise BudgetSpent instead of letting it pass."""
        ...


class CallObserver(Protocol):
    """What has to know how calls end: a connection's breaker and daily limit."""

    def succeeded(self, operation: str) -> None:
        """Note that Yuki answered, be it with a fault of its own."""
        ...

    def failed_in_transport(self, operation: str) -> None:
        """Note that there was no connection, no answer in time, or an answer that is not Yuki's."""
        ...

    def slowed_down(self, operation: str) -> None:
        """Note that Yuki, or a gateway before it, asked for a pause."""
        ...

    def limit_exceeded(self) -> None:
        """Note that Yuki refuses every call of the domain until midnight in Amsterdam."""
        ...


class NoObserver:
    """An observer that ignores how calls end."""

    def succeeded(self, operation: str) -> None:
        """Do nothing."""

    def failed_in_transport(self, operation: str) -> None:
        """Do nothing."""

    def slowed_down(self, operation: str) -> None:
        """Do nothing."""

    def limit_exceeded(self) -> None:
        """Do nothing."""
