"""What the client needs from whoever uses it."""

from typing import Protocol

from tribe_yuki.domain.session import StoredSession


class SessionStore(Protocol):
    """The place where all processes of a connection find its one session."""

    def read(self) -> StoredSession | None:
        """Return the stored session, or None when there is none yet."""
        ...

    def replace(self, old: str | None, new: StoredSession) -> bool:
        """Store a session only if `old` is still the stored id (None: nothing is stored); tell whether it was."""
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

    def limit_exceeded(self) -> None:
        """Note that Yuki refuses every call of the domain until midnight in Amsterdam."""
        ...


class NoObserver:
    """An observer for those who do not need to know."""

    def succeeded(self, operation: str) -> None:
        """Do nothing."""

    def failed_in_transport(self, operation: str) -> None:
        """Do nothing."""

    def limit_exceeded(self) -> None:
        """Do nothing."""
