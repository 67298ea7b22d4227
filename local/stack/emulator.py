"""The AWS emulator: ministack in its own environment, reachable from this machine only, with permissions enforced."""

import os
import socket
import time
from collections.abc import Callable

import httpx

from local.stack.errors import StackError
from local.stack.folders import ENVIRONMENTS, Folders
from local.stack.process import OwnProcess

REGION = "eu-west-1"
USUAL_PORT = 4566
_SECONDS_TO_START = 60
_LOOK_EVERY_SECONDS = 0.05


def start_emulator(folders: Folders, port: int) -> str:
    """Start it and return its address once it answers. With port 0 any free port is taken.

    When the wished port is taken by something else, another free one is used.
    """
    port = port if port and _is_free(port) else _free_port()
    process = OwnProcess(folders, "emulator")
    process.start([ENVIRONMENTS / "emulator" / "bin" / "python", "-m", "ministack"], _environment(folders, port))
    endpoint = f"http://127.0.0.1:{port}"
    wait_until(process, lambda: _is_ready(endpoint))
    return endpoint


def wait_until(process: OwnProcess, is_ready: Callable[[], bool], seconds: float = _SECONDS_TO_START) -> None:
    """Return when a process is ready; raise StackError when it ends before that, or takes too long."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.pid() is None:
            raise StackError(f"{process.name} ended while it was starting.", process.log)
        if time.monotonic() > deadline:
            raise StackError(f"{process.name} was not ready after {seconds:.0f} seconds.", process.log)
        time.sleep(_LOOK_EVERY_SECONDS)


def client_environment(endpoint: str) -> dict[str, str]:
    """Return the variables with which AWS's tools speak to the emulator, and with nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _environment(folders: Folders, port: int) -> dict[str, str]:
    """Return the emulator's whole environment. The functions inherit it, so nothing of this shell gets into it."""
    folders.temporary.mkdir(parents=True, exist_ok=True)
    temporary = str(folders.temporary)
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "PATH": os.defpath,
        "HOME": temporary,  # there is no .aws folder in it
        "TZ": "UTC",  # as in Lambda
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": temporary,
        "STATE_DIR": f"{temporary}/state",
        "S3_DATA_DIR": f"{temporary}/s3",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # the functions may do what their roles say, and nothing else
        # Neither is used here, and each would open a port of its own.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }


def _is_ready(endpoint: str) -> bool:
    try:
        return httpx.get(f"{endpoint}/_ministack/ready", trust_env=False, timeout=5).is_success
    except httpx.TransportError:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
