"""Let a worker die between any two of its outside effects."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
from unittest.mock import patch

from tests.support.world.virtual_sqs import Crash
from tests.support.world.world import World
from tribe_yuki.entrypoints.worker import Worker

TABLE_WRITES = ("put_item", "update_item", "delete_item", "transact_write_items", "batch_write_item")


@dataclass
class Crashes:
    """Counts effects; before the ones that `strikes` names the worker dies, and does nothing more in that call."""

    strikes: Callable[[int], bool]
    effects: int = 0
    happened: int = 0
    is_dead: bool = False

    def effect(self) -> None:
        """Count an effect, or die before it."""
        if not self.is_dead:
            self.effects += 1
            self.is_dead = self.strikes(self.effects)
            self.happened += self.is_dead
        if self.is_dead:
            raise Crash(self.revive)

    def kill(self) -> NoReturn:
        """Die here."""
        self.happened += not self.is_dead
        self.is_dead = True
        raise Crash(self.revive)

    def revive(self) -> None:
        """Start another worker in the place of the dead one."""
        self.is_dead = False


@contextmanager
def crashes(world: World, strikes: Callable[[int], bool]) -> Iterator[Crashes]:
    """Have the workers of a world die; effects are writes to the tables and to Tribe (before Yuki's there is one)."""
    counted = Crashes(strikes)
    with ExitStack() as patches:
        patches.enter_context(patch.object(Worker, "before_tribe_call", dying_before_tribe_writes(counted)))
        for name in TABLE_WRITES:
            write = _counting(counted, getattr(world.dynamodb, name))
            patches.enter_context(patch.object(world.dynamodb, name, write))
        yield counted


def dying_before_tribe_writes(
    counted: Crashes, workers: Sequence[Worker] | None = None
) -> Callable[[Worker, str, str], None]:
    """Return a `Worker.before_tribe_call` that counts writes to Tribe: of these workers, or of all."""
    before_tribe_call = Worker.before_tribe_call

    def hear(worker: Worker, connection_id: str, call: str) -> None:
        if (workers is None or worker in workers) and not call.startswith("GET") and "oauth2" not in call:
            counted.effect()
        before_tribe_call(worker, connection_id, call)

    return hear


def _counting(counted: Crashes, write: Callable[..., Any]) -> Callable[..., Any]:
    def counting(**request: Any) -> Any:
        counted.effect()
        return write(**request)

    return counting
