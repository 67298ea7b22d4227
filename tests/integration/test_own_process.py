"""The local stack ends what it started, and never anything else."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from local.stack.errors import StackError
from local.stack.folders import Folders
from local.stack.process import OwnProcess, all_processes

# Starts a child of its own, which says on a socket that it is there, and waits until it is ended.
CHILD = "import socket; line = socket.create_connection(('127.0.0.1', {port})); line.sendall(b'here'); line.recv(1)"
PARENT = "import subprocess, sys; print('started', flush=True); subprocess.run([sys.executable, '-c', {child!r}])"
WAITING = "import signal; print('started', flush=True); signal.pause()"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
"""


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    folders = Folders(tmp_path)
    yield folders
    for process in all_processes(folders):
        process.stop()


def start(folders: Folders, code: str, *, until: str, name: str = "one") -> OwnProcess:
    process = OwnProcess(folders, name)
    process.start([sys.executable, "-c", code], os.environ)
    while until not in process.log.read_text():
        assert process.pid() is not None, process.log.read_text()
    return process


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_is_known_by_its_id_until_it_is_stopped(folders: Folders) -> None:
    process = start(folders, WAITING, until="started")
    pid = process.pid()
    assert pid is not None
    assert process.stop()
    assert process.pid() is None
    assert not is_alive(pid)
    assert not list(all_processes(folders))


def test_what_a_process_started_itself_ends_with_it(folders: Folders) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        child = CHILD.format(port=server.getsockname()[1])
        process = start(folders, PARENT.format(child=child), until="started")
        line, _ = server.accept()
    with line:
        line.settimeout(30)
        assert line.recv(4) == b"here"
        process.stop()
        with suppress(ConnectionResetError):
            assert line.recv(1) == b""  # nobody is at the other end any more


def test_a_process_that_ignores_the_request_is_ended_all_the_same(folders: Folders) -> None:
    assert start(folders, STUBBORN, until="deaf").stop()


def test_a_process_that_ended_by_itself_is_not_taken_for_running(folders: Folders) -> None:
    process = OwnProcess(folders, "short")
    process.start([sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    assert process.wait() == 3
    assert process.pid() is None
    assert not process.stop()


def test_a_process_id_that_belongs_to_another_process_by_now_is_left_alone(folders: Folders) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as stranger:
        folders.processes.mkdir(parents=True)
        (folders.processes / "emulator").write_text(str(stranger.pid))
        assert not OwnProcess(folders, "emulator").stop()
        assert stranger.poll() is None
        stranger.communicate(b"\n")
    assert stranger.returncode == 0


def test_nothing_is_started_twice(folders: Folders) -> None:
    process = start(folders, WAITING, until="started")
    with pytest.raises(StackError, match="runs already"):
        process.start([sys.executable, "-c", ""], os.environ)


def test_a_failure_tells_the_end_of_the_log(folders: Folders) -> None:
    process = OwnProcess(folders, "talkative")
    process.start([sys.executable, "-c", "print(*range(100), sep='\\n')"], os.environ)
    process.wait()
    text = str(StackError("it ended", process.log))
    assert text.startswith("it ended")
    assert text.endswith("99")
    assert " 50" not in text
