"""The bridge, a process of its own: it keeps metrics and alarms alive."""

import sys

from local.stack.deployment import STACK
from local.stack.folders import Folders
from local.stack.process import OwnProcess, plain_environment


def start_bridge(folders: Folders, endpoint: str) -> None:
    """Start it for a stack that is deployed; nothing waits for it."""
    command = [sys.executable, "-m", "local.bridge", "--endpoint", endpoint, "--stack", STACK]
    OwnProcess(folders, "bridge").start(command, plain_environment())
