"""Where a local stack keeps its things."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
ENVIRONMENTS = LOCAL / "environments"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one stack. Several stacks may run side by side, each with a `state` folder of its own."""

    state: Path = LOCAL

    @property
    def stack_file(self) -> Path:
        """Return the file that tells where everything is; it is there exactly while the stack runs."""
        return self.state / "stack.json"

    @property
    def account_file(self) -> Path:
        """Return the file of shell variables with which everything goes to an emulated account instead of AWS."""
        return self.state / "account.sh"

    @property
    def processes(self) -> Path:
        """Return the folder with one file for each process that was started."""
        return self.state / "processes"

    @property
    def temporary(self) -> Path:
        """Return the folder of the emulator's temporary files, deleted when the stack ends."""
        return self.state / "temporary"

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.state / "logs" / f"{name}.log"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes; wait as long as another one holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
