"""What can go wrong, sorted by what has to be done next.

    ConnectorError
    ├── Retryable          nothing happened, or repeating is harmless: try again later
    │   ├── BudgetSpent        the day's Yuki calls are used up: try again after midnight
    │   ├── Conflict           somebody else changed the record meanwhile: read it again
    │   └── RateLimited        asked to slow down: try again after a pause
    ├── OutcomeUnknown     a write may have happened: ask before repeating
    ├── Held               waits for a person, with a reason that has an owner
    │   └── CredentialsRefused every record of the connection waits for new credentials
    ├── Gone               the record does not exist (any more)
    └── Defect             our own mistake, or an answer that nobody has seen before
        └── Unreadable         one record holds a value that is not such as its system is known to write

Adapters classify once, at the edge. No class carries record contents, secrets or a response body.
"""

from datetime import timedelta

from tribe_yuki.core.details import Detail, failure, to_text
from tribe_yuki.core.holds import HOLDS, HoldReason, Release


class ConnectorError(Exception):
    """Base of all errors; `code` is stable and safe to log, the text says what to do."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        self.text = text


class Retryable(ConnectorError):
    """Nothing was done for certain, or doing it again is harmless."""

    def __init__(self, code: str, text: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(code, text)
        self.retry_after = retry_after


class BudgetSpent(Retryable):
    """The allowance of Yuki calls is used up until midnight in Amsterdam."""


class Conflict(Retryable):
    """Somebody else changed the record since it was read."""


class RateLimited(Retryable):
    """The other system asked us to slow down."""


class OutcomeUnknown(ConnectorError):
    """A write was sent and its result is not known; never repeat it before asking."""


class Held(ConnectorError):
    """The record waits for a person.

    `details` are what the hold's sentence needs.
    `words` are the other system's own words, already masked. `tribe_relation_ids` are of the relations that a
    contact of Yuki may be.
    """

    def __init__(
        self, reason: HoldReason, *details: Detail, words: str = "", tribe_relation_ids: tuple[str, ...] = ()
    ) -> None:
        super().__init__(reason.value, to_text(details))
        self.reason = reason
        self.details = details
        self.words = words
        self.tribe_relation_ids = tribe_relation_ids

    @property
    def waits_for_credentials(self) -> bool:
        """Whether not the record is the cause but a key or an application, so that all of its kind wait."""
        return HOLDS[self.reason].release is Release.NEW_CREDENTIALS


class CredentialsRefused(Held):
    """A key or an application is no longer accepted: the whole connection waits for new credentials."""


class Gone(ConnectorError):
    """The record that was asked for does not exist (any more)."""


class Defect(ConnectorError):
    """Our own mistake, or an answer that does not fit what is known of the other system."""


class Unreadable(Defect):
    """One record holds values that are not such as its system is known to write; names the fields, never a value."""

    def __init__(self, code: str, *details: Detail) -> None:
        super().__init__(code, to_text(details))
        self.details = details


def code_of(error: Exception) -> str:
    """Return what may be stored and logged of any error: our own errors' code, else its type.

    An exception's text may hold anything.
    """
    return str(getattr(error, "code", type(error).__name__))


def as_ours(error: Exception) -> ConnectorError:
    """Return what an error makes of the one record that it came from, so that it stops no other.

    What is no error of ours, or a value that cannot be read, holds the record for a person: trying again is of no use
    before the record, or the connector, has changed.
    """
    if isinstance(error, Unreadable):
        return Held(HoldReason.NOT_UNDERSTOOD, *error.details)
    if isinstance(error, ConnectorError):
        return error
    return Held(HoldReason.NOT_UNDERSTOOD, failure(error))
