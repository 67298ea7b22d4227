"""Work that overlaps in simulated time: what runs has threads of its own, but only one of them moves at any moment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from threading import Semaphore, Thread

type Work = Callable[[], None]


@dataclass(slots=True)
class _Turn:
    """One piece of work; it moves only while it has the turn."""

    work: Work
    may_move: Semaphore = field(default_factory=lambda: Semaphore(0))
    has_ended: bool = False
    error: BaseException | None = None


class Simultaneous:
    """Runs work that passes simulated time with `wait`; whose time is next, moves next.

    The order depends on the instants alone, so that a run can be repeated. `set_time` moves all clocks.
    """

    def __init__(self, now: Callable[[], datetime], set_time: Callable[[datetime], None]) -> None:
        self._now = now
        self._set_time = set_time
        self._waiting: list[tuple[datetime, int, _Turn]] = []
        self._numbers = count()
        self._turn_ended = Semaphore(0)
        self._moving: _Turn | None = None

    @property
    def next_at(self) -> datetime | None:
        """Return when something goes on; None when nothing runs."""
        return self._waiting[0][0] if self._waiting else None

    def start(self, work: Work) -> None:
        """Begin some work now, and let it move until it waits or ends."""
        turn = _Turn(work)
        Thread(target=self._live, args=(turn,), daemon=True).start()
        self._move(turn)

    def wait(self, seconds: float) -> None:
        """Let simulated time pass; to be called by work that runs."""
        turn = self._moving
        if turn is None:
            raise RuntimeError("only work that was started can wait")
        heappush(self._waiting, (self._now() + timedelta(seconds=seconds), next(self._numbers), turn))
        self._turn_ended.release()
        turn.may_move.acquire()

    def go_on(self) -> None:
        """Set the time to the next instant at which something goes on, and let it move."""
        at, _, turn = heappop(self._waiting)
        self._set_time(at)
        self._move(turn)

    def _move(self, turn: _Turn) -> None:
        self._moving = turn
        turn.may_move.release()
        self._turn_ended.acquire()
        self._moving = None
        if turn.error is not None:
            raise turn.error

    def _live(self, turn: _Turn) -> None:
        turn.may_move.acquire()
        try:
            turn.work()
        except BaseException as error:  # noqa: BLE001 (raised where the work was started)
            turn.error = error
        finally:
            self._turn_ended.release()
