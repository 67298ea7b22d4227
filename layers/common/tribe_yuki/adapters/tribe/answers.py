"""What an HTTP answer of Tribe means: one table of statuses, one of bodies that overrule them, and JSON with decimals.

Whatever Tribe's API says, it says in JSON. A web page is from a proxy, a firewall, a login or a maintenance page
between Tribe and us: with any status it says nothing about what was asked or written.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum, auto

from tribe_yuki.adapters.retry_after import asked_pause
from tribe_yuki.core.details import Detail, DetailCode, Right, no_right
from tribe_yuki.core.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    Defect,
    Gone,
    Held,
    OutcomeUnknown,
    RateLimited,
    Retryable,
)
from tribe_yuki.core.holds import HoldReason

# Tribe asks for at least a minute's pause (tribe-api 3.6).
SHORTEST_PAUSE = timedelta(minutes=1)
# How a refusal names the rate limit: Tribe blocks whoever goes on calling for a while (tribe-api 3.6).
_LIMIT_WORDS = re.compile(
    r"rate.?limit|too many (requests|calls)|temporar(y|ily) block|calls? per minute", re.IGNORECASE
)

_BAD_REQUEST, _TOO_LARGE = 400, 413
# So much of a body tells whether it is a page, with blanks before it.
_BEGINNING = 1_000
# What an answer has that is no error, whatever fields its records have.
_OF_RECORDS = frozenset({"ID", "value"})

# Tribe computes with doubles, so a sum may read 0.5249999999999999; no amount or quantity has this many decimals.
_LEAST_EXPONENT = -10
_MOST_DIGITS = 100


class Effect(Enum):
    """What a call does to Tribe, which decides whether it may be repeated."""

    READ = auto()
    UPDATE = auto()  # setting fields and deleting: a second time changes nothing more
    CREATE = auto()


class Refused(Defect):
    """Tribe does not take the request as it is; it would not take it a second time either."""


class NotKnown(Refused):
    """Tribe's API itself says that the request is wrong or names something that this environment does not have."""


class Verdict(Enum):
    """What a status means for the caller."""

    SUCCESS = auto()
    MISSING = auto()
    REFUSED = auto()
    CHANGED = auto()
    NO_ACCESS = auto()
    NO_RIGHT = auto()
    SLOW_DOWN = auto()
    NOT_DONE = auto()
    UNSURE = auto()
    STRANGE = auto()
    # What a body says against its status.
    PAGE = auto()
    ERROR_INSIDE = auto()


# Statuses as from, to and verdict; the first row that fits counts. Sources: tribe-api 3.3, 3.5, 3.6.
STATUSES: tuple[tuple[int, int, Verdict], ...] = (
    (200, 299, Verdict.SUCCESS),
    (300, 399, Verdict.STRANGE),  # redirects are never followed: they would take the token along
    (401, 401, Verdict.NO_ACCESS),
    (403, 403, Verdict.NO_RIGHT),
    (404, 404, Verdict.MISSING),
    (408, 408, Verdict.UNSURE),
    (409, 409, Verdict.CHANGED),
    (412, 412, Verdict.CHANGED),
    (423, 423, Verdict.CHANGED),
    (425, 425, Verdict.NOT_DONE),
    (429, 429, Verdict.SLOW_DOWN),
    (400, 499, Verdict.REFUSED),
    (500, 599, Verdict.UNSURE),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; `body` is None when it was larger than asked for. `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def is_page(self) -> bool:
        """Whether some web server speaks and not Tribe's API."""
        begins = (self.body or b"")[:_BEGINNING].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
        return "html" in self.headers.get("content-type", "").lower() or begins.startswith("<")

    @property
    def error(self) -> object:
        """The error that the body is, as OData and RFC 6749 write it; None for any other body (tribe-api 3.5)."""
        if not self.body or b'"error"' not in self.body:
            return None
        with suppress(ConnectorError):
            value = parse_json(self, "")
            is_record = isinstance(value, dict) and not value.keys().isdisjoint(_OF_RECORDS)
            return value.get("error") if isinstance(value, dict) and not is_record else None
        return None

    @property
    def is_about_limit(self) -> bool:
        """Whether the body is an error that tells of too many calls."""
        return _LIMIT_WORDS.search(str(self.error or "")) is not None

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON, as everything that Tribe's API says."""
        with suppress(ConnectorError):
            parse_json(self, "")
            return True
        return False


# What the body says goes before what these statuses say; the first row that fits counts.
_NO = frozenset({Verdict.MISSING, Verdict.REFUSED, Verdict.CHANGED, Verdict.NO_RIGHT, Verdict.NO_ACCESS})
BODIES: tuple[tuple[frozenset[Verdict], Callable[[Answer], bool], Verdict], ...] = (
    (_NO | {Verdict.SUCCESS}, lambda answer: answer.is_page, Verdict.PAGE),
    (frozenset({Verdict.REFUSED, Verdict.NO_RIGHT}), lambda answer: answer.is_about_limit, Verdict.SLOW_DOWN),
    (frozenset({Verdict.SUCCESS}), lambda answer: bool(answer.error), Verdict.ERROR_INSIDE),
)


def verdict_of(answer: Answer) -> Verdict:
    """Return what an answer means."""
    said = next((verdict for first, last, verdict in STATUSES if first <= answer.status <= last), Verdict.STRANGE)
    rows = (verdict for statuses, fits, verdict in BODIES if said in statuses and fits(answer))
    return next(rows, said)


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that was no success.

    `what` names the kind of record, such as `Activity_Invoice`; `is_record` tells that one record was asked for by id,
    so that 404 is about that record and not about its whole kind.
    """

    answer: Answer
    what: str
    effect: Effect
    is_record: bool = False

    @property
    def cause(self) -> str:
        """Say what happened, without contents."""
        return f"{self.what}: status {self.answer.status}"


def error_of(failure: Failure) -> ConnectorError:
    """Return the error for an answer that is no success."""
    return _ERRORS[verdict_of(failure.answer)](failure)


def consent_needed(code: DetailCode) -> CredentialsRefused:
    """Return the error for an application that Tribe does not accept (any more)."""
    return CredentialsRefused(HoldReason.TRIBE_CONSENT_NEEDED, Detail(code))


def unsure(
    what: str, effect: Effect, cause: str, *, code: str = "tribe_unavailable", retry_after: timedelta | None = None
) -> ConnectorError:
    """Return the error for a call of which it is not known whether Tribe did it."""
    if effect is Effect.CREATE:
        return OutcomeUnknown("tribe_outcome_unknown", f"{what}: {cause}; look for the record before creating it again")
    return Retryable(code, f"{what}: {cause}", retry_after=retry_after)


def _unsure(failure: Failure) -> ConnectorError:
    cause, pause = f"status {failure.answer.status}", _asked_pause(failure.answer)
    return unsure(failure.what, failure.effect, cause, retry_after=pause)


def _page(failure: Failure) -> ConnectorError:
    """Return the error for a web page: a proxy's refusal is none of Tribe's, and its success none either."""
    cause = f"a web page with status {failure.answer.status}, from a proxy, a firewall or a wrong address of Tribe"
    return unsure(failure.what, failure.effect, cause, code="tribe_web_page")


def _error_inside(failure: Failure) -> ConnectorError:
    """Return the error for a failure with a success's status: an object is OData's, and says no to the request."""
    is_final = isinstance(failure.answer.error, dict) and not failure.answer.is_about_limit
    if is_final and failure.effect is not Effect.CREATE:
        return _refused(failure)
    return unsure(failure.what, failure.effect, f"an error with status {failure.answer.status}")


def _missing(failure: Failure) -> ConnectorError:
    if failure.answer.body and not failure.answer.is_json:
        return _strange(failure)  # not Tribe's API but some other server: no record is gone because of that
    if failure.is_record:
        return Gone("tribe_record_gone", f"{failure.what}: no such record in Tribe")
    known = NotKnown if failure.answer.is_json else Refused
    return known("tribe_does_not_know", f"{failure.what} is not known in this Tribe environment")


def _refused(failure: Failure) -> ConnectorError:
    status = failure.answer.status
    if status == _TOO_LARGE:
        return Refused("tribe_refused", f"{failure.cause}: the request is too large for Tribe or a proxy before it")
    known = NotKnown if status == _BAD_REQUEST and failure.answer.is_json else Refused
    return known("tribe_refused", f"{failure.cause}: Tribe does not take this request")


def _no_right(failure: Failure) -> ConnectorError:
    right: Right = "read" if failure.effect is Effect.READ else "write"
    return Held(HoldReason.TRIBE_CONSENT_NEEDED, no_right(right, failure.what))


def _strange(failure: Failure) -> ConnectorError:
    return Defect("tribe_answer_strange", f"{failure.cause}; check the address of Tribe")


_ERRORS: Mapping[Verdict, Callable[[Failure], ConnectorError]] = {
    Verdict.MISSING: _missing,
    Verdict.REFUSED: _refused,
    Verdict.CHANGED: lambda failure: Conflict("tribe_record_changed", failure.cause),
    Verdict.NO_ACCESS: lambda _: consent_needed(DetailCode.TOKEN_REFUSED),
    Verdict.NO_RIGHT: _no_right,
    Verdict.SLOW_DOWN: lambda failure: RateLimited(
        "tribe_rate_limited", "Tribe asks for a pause", retry_after=pause_of(failure.answer)
    ),
    Verdict.NOT_DONE: lambda failure: Retryable("tribe_unavailable", failure.cause),
    Verdict.UNSURE: _unsure,
    Verdict.STRANGE: _strange,
    Verdict.PAGE: _page,
    Verdict.ERROR_INSIDE: _error_inside,
}


def pause_of(answer: Answer) -> timedelta:
    """Return how long to leave Tribe alone after 429: what it says itself, and a minute at least."""
    return max(SHORTEST_PAUSE, _asked_pause(answer) or SHORTEST_PAUSE)


def _asked_pause(answer: Answer) -> timedelta | None:
    return asked_pause(answer.headers.get("retry-after", ""), answer.headers.get("date", ""))


def parse_json(answer: Answer, what: str) -> object:
    """Return the body as JSON whose fractions are Decimals.

    Raises Retryable when it is not JSON (cut off on the way, or an error page).
    """
    if answer.body is None:
        raise Defect("tribe_answer_too_large", f"{what}: more than an answer of 100 records can be")
    try:
        value: object = json.loads(answer.body, parse_float=_decimal, parse_constant=str, parse_int=_int)
    except (ValueError, RecursionError, InvalidOperation):
        raise Retryable("tribe_answer_unreadable", f"{what}: the answer is not JSON") from None
    return value


def _decimal(text: str) -> Decimal:
    """Return a double as the decimal that its text says, without the noise of binary arithmetic."""
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _LEAST_EXPONENT:
        with suppress(InvalidOperation):  # of more digits than any context has: as it stands
            return number.quantize(Decimal(1).scaleb(_LEAST_EXPONENT)).normalize()
    return number


def _int(text: str) -> int | Decimal:
    """Return a whole number; as a decimal if it has thousands of digits, which Python refuses to read.

    Infinity and NaN come as their names: what they stand in is not a number, and the other records of an answer are not
    the worse for it.
    """
    return int(text) if len(text) <= _MOST_DIGITS else Decimal(text)
