"""How far a task of several slices has come; stored, so that any cut can be resumed (design 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

FAILING_FROM = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """One run of a task; instants are UTC.

    A slice runs only if `slice_number` says that it is next, and moves it on conditionally. `phase` and `cursor` are
    the task's own: where the next slice begins. `counts` are what was done so far, by stable names, such as `created`.
    `expected` is how many records there will be, where known. `calls_in_minute` are the calls to Tribe since
    `minute_began_at`.
    """

    task: str
    run: str
    started_at: datetime
    changed_at: datetime
    slice_number: int = 0
    phase: str = ""
    cursor: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    expected: int | None = None
    calls_in_minute: int = 0
    minute_began_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    finished_at: datetime | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.finished_at is not None

    def count(self, **more: int) -> Self:
        """Return the progress with something added to its counts."""
        counts = {name: self.counts.get(name, 0) + number for name, number in more.items() if number}
        return replace(self, counts={**self.counts, **counts})

    def go_on(self, phase: str, cursor: str = "") -> Self:
        """Return the progress at another place."""
        return replace(self, phase=phase, cursor=cursor)

    def finish(self, now: datetime) -> Self:
        """Return the progress of a run that is done."""
        return replace(self, phase="", cursor="", finished_at=now)


@dataclass(frozen=True, slots=True)
class UnfinishedTask:
    """A task that has to be started again, as noted at an instant (None in notes of former versions).

    `attempt` counts in a row how often it failed by itself: not for a pause that was asked for, nor for what a person
    has to put right. `code` says how it ended last.
    """

    again_at: datetime
    noted_at: datetime | None = None
    attempt: int = 0
    code: str = ""

    @property
    def is_failing(self) -> bool:
        """Whether trying again does not seem to help."""
        return self.attempt >= FAILING_FROM
