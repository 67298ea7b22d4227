"""What the client needs from whoever uses it."""

from typing import Protocol

from tribe_yuki.connections.yuki_session import RefusedKey, StoredSession


class SessionStore(Protocol):
    """The place where all processes of a connection find its one session, or that its key is refused."""

    def read(self) -> StoredSession | RefusedKey | None:
        """Return the stored session, or the key that is refused; None when there is neither."""
        ...

    def replace(self, old: str | None, new: StoredSession | RefusedKey) -> bool:
        """Store this only if `old` is still the stored id (None: no session is stored); tell whether it was."""
        ...


class CallBudget(Protocol):
    """The counter of the day's calls of a domain (design 7)."""

    def take(self, operation: str) -> None:
        """Count one call before it is made; raise BudgetSpent instead of letting it pass."""
        ...


class CallObserver(Protocol):
    """Whoever has to know how calls end: the breaker and the daily limit of a connection."""

    def succeeded(self, operation: str) -> None:
        """Note that Yuki answered, be it with a fault of its own."""
        ...

    def failed_in_transport(self, operation: str) -> None:
        """Note that there was no connection, no answer in time, or nothing that Yuki itself would say."""
        ...

    def slowed_down(self, operation: str) -> None:
        """Note that Yuki, or a gateway before it, asked for a pause."""
        ...

    def limit_exceeded(self) -> None:
        """Note that Yuki refuses every call of the domain until midnight in Amsterdam."""
        ...


class NoObserver:
    """An observer for those who do not need to know."""

    def succeeded(self, operation: str) -> None:
        """Do nothing."""

    def failed_in_transport(self, operation: str) -> None:
        """Do nothing."""

    def slowed_down(self, operation: str) -> None:
        """Do nothing."""

    def limit_exceeded(self) -> None:
        """Do nothing."""
