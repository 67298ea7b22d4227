"""Processes that the stack starts, and ends again without ever touching one that it did not start.

Each has a file that holds its process id, and a lock on that file that lives as long as the process does. A process id
alone may belong to another process by now; a locked file cannot.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local.stack.errors import StackError
from local.stack.folders import ROOT, Folders

# Nothing of what they hold is worth waiting for.
_SECONDS_TO_END = 1.0
_LOOK_EVERY_SECONDS = 0.02

# Children of this very process, so that they can be waited for when they have ended.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class OwnProcess:
    """One process of a stack, by its name."""

    folders: Folders
    name: str

    @property
    def log(self) -> Path:
        """Return the file with everything that the process printed."""
        return self.folders.log(self.name)

    @property
    def _file(self) -> Path:
        return self.folders.processes / self.name

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Start it in a process group of its own, with a fresh log; raises StackError when it runs already."""
        for folder in (self._file.parent, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+") as file, self.log.open("wb") as log:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError(f"{self.name} runs already; make down ends it") from None
            # The child inherits the file and with it the lock; nothing that the child starts does.
            child = subprocess.Popen(  # noqa: S603 (our own words)
                [str(word) for word in command],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(file.fileno(),),
            )
            _children[child.pid] = child
            file.truncate(0)
            file.write(str(child.pid))

    def pid(self) -> int | None:
        """Return its process id, or None when it does not run."""
        try:
            with self._file.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            text = self._file.read_text().strip()
            return int(text) if text else None
        return None

    def wait(self) -> int:
        """Return the exit status, once a process that this very process started has ended."""
        child = _children[int(self._file.read_text())]
        return child.wait()

    def stop(self) -> bool:
        """End it and all that it started; tell whether it ran."""
        pid = self.pid()
        if pid is not None:
            _signal_group(pid, signal.SIGTERM)
            if not self._has_ended_within(_SECONDS_TO_END):
                _signal_group(pid, signal.SIGKILL)
                self._has_ended_within(_SECONDS_TO_END)
            # What it started may still be about to end.
            _signal_group(pid, signal.SIGKILL)
        if self._file.is_file():
            text = self._file.read_text().strip()
            child = _children.pop(int(text), None) if text else None
            if child is not None:
                child.wait()
        self._file.unlink(missing_ok=True)
        return pid is not None

    def _has_ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_EVERY_SECONDS)
        return True


def all_processes(folders: Folders) -> Iterator[OwnProcess]:
    """Yield every process that a stack started and that was not ended by `stop` yet."""
    if folders.processes.is_dir():
        for file in sorted(folders.processes.iterdir()):
            yield OwnProcess(folders, file.name)


def plain_environment() -> dict[str, str]:
    """Return this process's environment without AWS's variables, and with local addresses never sent to a proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    local = ",".join(filter(None, [os.environ.get("NO_PROXY", ""), "127.0.0.1", "localhost"]))
    return {**kept, "NO_PROXY": local, "no_proxy": local, "PYTHONUNBUFFERED": "1"}


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
