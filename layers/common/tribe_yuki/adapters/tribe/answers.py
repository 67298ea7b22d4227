"""What an HTTP answer of Tribe means: one table of statuses, and JSON with decimals."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Never

from tribe_yuki.domain.errors import (
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
from tribe_yuki.domain.holds import HoldReason

# Tribe asks for at least a minute's pause (tribe-api 3.6). More than a day would be a mistake of theirs.
SHORTEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(days=1)
_SECONDS = re.compile(r"[0-9]{1,9}")

# Tribe computes with doubles, so a sum may read 0.5249999999999999; no amount or quantity has this many decimals.
_LEAST_EXPONENT = -10


class Effect(Enum):
    """What a call does to Tribe, which decides whether it may be repeated."""

    READ = auto()
    UPDATE = auto()  # setting fields and deleting: a second time changes nothing more
    CREATE = auto()


class Refused(Defect):
    """Tribe does not take the request as it is; it would not take it a second time either."""


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


def verdict_of(status: int) -> Verdict:
    """Return what a status means."""
    return next((verdict for first, last, verdict in STATUSES if first <= status <= last), Verdict.STRANGE)


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
    return _ERRORS[verdict_of(failure.answer.status)](failure)


def consent_needed(detail: str) -> CredentialsRefused:
    """Return the error for an application that Tribe does not accept (any more)."""
    return CredentialsRefused(HoldReason.TRIBE_CONSENT_NEEDED, detail=detail)


def unsure(what: str, effect: Effect, cause: str) -> ConnectorError:
    """Return the error for a call of which it is not known whether Tribe did it."""
    if effect is Effect.CREATE:
        return OutcomeUnknown("tribe_outcome_unknown", f"{what}: {cause}; look for the record before creating it again")
    return Retryable("tribe_unavailable", f"{what}: {cause}")


def _missing(failure: Failure) -> ConnectorError:
    if "html" in failure.answer.headers.get("content-type", ""):
        return _strange(failure)  # not Tribe's API but some web server: no record is gone because of that
    if failure.is_record:
        return Gone("tribe_record_gone", f"{failure.what}: no such record in Tribe")
    return Refused("tribe_does_not_know", f"{failure.what} is not known in this Tribe environment")


def _no_right(failure: Failure) -> ConnectorError:
    right = "read" if failure.effect is Effect.READ else "write"
    return Held(HoldReason.TRIBE_CONSENT_NEEDED, detail=f"no right to {right} {failure.what}")


def _strange(failure: Failure) -> ConnectorError:
    return Defect("tribe_answer_strange", f"{failure.cause}; check the address of Tribe")


_ERRORS: Mapping[Verdict, Callable[[Failure], ConnectorError]] = {
    Verdict.MISSING: _missing,
    Verdict.REFUSED: lambda failure: Refused("tribe_refused", f"{failure.cause}: Tribe does not take this request"),
    Verdict.CHANGED: lambda failure: Conflict("tribe_record_changed", failure.cause),
    Verdict.NO_ACCESS: lambda _: consent_needed("the access token is not accepted"),
    Verdict.NO_RIGHT: _no_right,
    Verdict.SLOW_DOWN: lambda failure: RateLimited(
        "tribe_rate_limited", "Tribe asks for a pause", retry_after=pause_of(failure.answer)
    ),
    Verdict.NOT_DONE: lambda failure: Retryable("tribe_unavailable", failure.cause),
    Verdict.UNSURE: lambda failure: unsure(failure.what, failure.effect, f"status {failure.answer.status}"),
    Verdict.STRANGE: _strange,
}


def pause_of(answer: Answer) -> timedelta:
    """Return how long to leave Tribe alone after 429: what it says itself, and a minute at least."""
    seconds = answer.headers.get("retry-after", "").strip()
    if not _SECONDS.fullmatch(seconds):
        return SHORTEST_PAUSE
    return max(SHORTEST_PAUSE, min(timedelta(seconds=int(seconds)), LONGEST_PAUSE))


def parse_json(answer: Answer, what: str) -> object:
    """Return the body as JSON whose fractions are Decimals.

    Raises Retryable when it is not JSON (cut off on the way, or an error page).
    """
    if answer.body is None:
        raise Defect("tribe_answer_too_large", f"{what}: more than an answer of 100 records can be")
    try:
        value: object = json.loads(answer.body, parse_float=_decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, InvalidOperation):
        raise Retryable("tribe_answer_unreadable", f"{what}: the answer is not JSON") from None
    return value


def _decimal(text: str) -> Decimal:
    """Return a double as the decimal that its text says, without the noise of binary arithmetic."""
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _LEAST_EXPONENT:
        return number.quantize(Decimal(1).scaleb(_LEAST_EXPONENT)).normalize()
    return number


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not a number")
