"""The two simulated systems, each a process of its own; or the servers that the environment names instead."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from local.stack.emulator import wait_until
from local.stack.folders import Folders
from local.stack.process import OwnProcess, plain_environment

_ADDRESS = re.compile(r"https?://[^\s\"']+[^\s\"'/.,)]")


@dataclass(frozen=True, slots=True)
class Systems:
    """The addresses of Yuki and Tribe, without a closing slash."""

    yuki: str
    tribe_api: str
    tribe_auth: str


def given_yuki(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the Yuki that the environment names, or None: then a simulator is started."""
    return _address(environment, "YUKI_BASE_URL")


def given_tribe(environment: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """Return the API and the token server of the Tribe that the environment names, or None.

    One address stands for both when only one is given.
    """
    api, auth = _address(environment, "TRIBE_API_URL"), _address(environment, "TRIBE_AUTH_URL")
    either = api or auth
    return (api or either, auth or either) if either else None


def start_simulator(folders: Folders, name: str) -> str:
    """Start `yuki-simulator` or `tribe-simulator` on a free port and return the address that it prints."""
    process = OwnProcess(folders, name)
    command = [sys.executable, "-m", f"simulators.{name.removesuffix('-simulator')}", "--port", "0"]
    process.start(command, plain_environment())
    wait_until(process, lambda: _printed_address(process) is not None)
    return _printed_address(process) or ""


def _printed_address(process: OwnProcess) -> str | None:
    found = _ADDRESS.search(process.log.read_text(encoding="utf-8", errors="replace"))
    return found.group() if found else None


def _address(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(name, "").strip().rstrip("/") or None
