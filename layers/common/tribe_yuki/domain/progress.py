"""How far a task of several slices has come; stored, so that any cut can be resumed (design 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """One run of a task; instants are UTC.

    A slice runs only if `slice_number` says that it is next, and moves it on conditionally. `phase` and `cursor` are
    the task's own: where the next slice begins. `counts` are what was done so far, by stable names, such as `created`.
    `expected` is how many records there will be, where known.
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
    finished_at: datetime | None = None
