"""Whether an alarm's values breach, as CloudWatch decides it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import ge, gt, le, lt
from typing import Any, Self

# CloudWatch looks further back than it has to, so that a late point does not count as a missing one.
PERIODS_MORE = 2

type Point = tuple[datetime, float]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": ge,
    "GreaterThanThreshold": gt,
    "LessThanOrEqualToThreshold": le,
    "LessThanThreshold": lt,
}


class State(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm breaches."""

    period: timedelta
    periods: int
    points_to_alarm: int
    threshold: float
    comparison: str
    missing: str

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> Self:
        """Return the rule of an alarm as DescribeAlarms gives it."""
        return cls(
            timedelta(seconds=alarm["Period"]),
            alarm["EvaluationPeriods"],
            alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
            alarm["Threshold"],
            alarm["ComparisonOperator"],
            alarm.get("TreatMissingData", "missing"),
        )

    def earliest(self, now: datetime) -> datetime:
        """Return the beginning of the first period that is looked at."""
        return _beginning(now, self.period) - (self.periods + PERIODS_MORE) * self.period

    def evaluate(self, points: Sequence[Point], now: datetime, current: State) -> State:
        """Return the state; `points` are one for each period that has any, `current` is the state until now.

        The period that is not over yet counts as soon as it has a value, and is not missed until it is over.
        """
        real = [value for at, value in sorted(points) if self.earliest(now) <= at <= now][-self.periods :]
        if not real and self.missing in {"missing", "ignore"}:
            return State.INSUFFICIENT_DATA if self.missing == "missing" else current
        breaching = sum(_COMPARISONS[self.comparison](value, self.threshold) for value in real)
        if self.missing == "breaching":
            breaching += self.periods - len(real)
        return State.ALARM if breaching >= self.points_to_alarm else State.OK


def _beginning(now: datetime, period: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (now - epoch) // period * period
