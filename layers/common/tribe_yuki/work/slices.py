"""Tasks that are too long for one invocation: one slice at a time, resumable at any cut (design 3)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex

from tribe_yuki.connections.context import ConnectionContext
from tribe_yuki.core.errors import Retryable
from tribe_yuki.work.leases import task_lease
from tribe_yuki.work.pace import counted, pause_until
from tribe_yuki.work.progress import Progress

RUN_SEPARATOR = "#"


@dataclass(frozen=True, slots=True)
class SlicedTask[Context: ConnectionContext]:
    """A task in slices: its first phase, and what does one slice and returns the progress after it.

    One that does not `starts_by_itself` needs a run that somebody began.
    """

    name: str
    first_phase: str
    run_slice: Callable[[Context, Progress], Progress]
    starts_by_itself: bool = True

    def __call__(self, connection: Context, run: str = "") -> datetime | None:
        """Run the next slice and ask for the one after it; `run` restricts this to one run.

        Returns when to go on, if that is later. Raises Retryable while another worker runs a slice, or when it has to
        wait.
        """
        with task_lease(connection, self.name):
            stored = connection.tasks.progress(self.name)
            progress = self._next(connection, stored, run)
            return self._run(connection, progress, stored) if progress is not None else None

    def begin(self, now: datetime, *, expected: int | None = None) -> Progress:
        """Return the progress of a run that begins; it is not stored yet."""
        run = f"{now:%Y%m%dT%H%M%S}-{token_hex(3)}"
        return Progress(self.name, run, now, now, phase=self.first_phase, expected=expected, minute_began_at=now)

    def _next(self, connection: Context, stored: Progress | None, run: str) -> Progress | None:
        if stored is not None and not stored.is_finished:
            return stored if run in ("", stored.run) else None
        return self.begin(connection.now()) if self.starts_by_itself and not run else None

    def _run(self, connection: Context, progress: Progress, stored: Progress | None) -> datetime | None:
        now = connection.now()
        pause = pause_until(progress, now)
        if pause is not None:
            raise Retryable("tribe_pace", "bulk work leaves room for webhooks", retry_after=pause - now)
        if progress.slice_number == 0:
            connection.timestamps.set(self.name, progress.started_at)
        done = self.run_slice(connection, progress)
        moved = counted(
            connection,
            replace(done, slice_number=progress.slice_number + 1, changed_at=connection.now()),
            now,
        )
        connection.tasks.save_progress(moved, stored)
        return None if moved.is_finished else self._go_on(connection, moved)

    def _go_on(self, connection: Context, progress: Progress) -> datetime | None:
        now = connection.now()
        pause = pause_until(progress, now)
        if pause is None:
            name = f"{self.name}{RUN_SEPARATOR}{progress.run}"
            connection.queues.continue_task(name, now, place=str(progress.slice_number))
        return pause
