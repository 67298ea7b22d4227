"""Build the template with the SAM CLI and deploy it on the emulator."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from local.stack.emulator import REGION, client_environment
from local.stack.errors import StackError
from local.stack.folders import ENVIRONMENTS, LOCAL, ROOT, Folders, locked
from local.stack.process import OwnProcess, plain_environment
from local.stack.simulators import Systems

STACK = "tribe-yuki-local"
WINDOW_SECONDS = 2
_BUILD = LOCAL / "build"

# The emulator takes a table's expiry from calls only, not from the template.
EXPIRING_TABLES = ("ConnectionsTableName", "JournalTableName", "ConsoleTableName")


@contextmanager
def build_in_use() -> Iterator[None]:
    """Keep the built artifacts as they are; all stacks of this project share them."""
    with locked(LOCAL / "build.lock"):
        yield


def build(folders: Folders) -> None:
    """Build functions and layers for this machine; what did not change is taken from the cache."""
    complete = _BUILD / "complete"
    if not complete.exists():
        shutil.rmtree(_BUILD, ignore_errors=True)  # an interrupted build leaves half a cache behind
    complete.unlink(missing_ok=True)
    _sam(
        folders,
        "sam-build",
        ["build", "--cached", "--parallel", "--build-dir", _BUILD / "artifacts", "--cache-dir", _BUILD / "cache"],
        ["--parameter-overrides", f"Stage=local Architecture={_architecture()}"],
        environment={"LAYER_TARGET": "host", "LAYER_PYTHON": sys.executable},
    )
    complete.touch()


def deploy(folders: Folders, endpoint: str, systems: Systems) -> None:
    """Deploy what was built."""
    parameters = {
        "Stage": "local",
        "Architecture": _architecture(),
        "WindowSeconds": WINDOW_SECONDS,
        **_parameters(endpoint, systems),
    }
    _sam(
        folders,
        "sam-deploy",
        [
            *("deploy", "--config-file", ROOT / "samconfig.toml", "--config-env", "local"),
            *("--template-file", _BUILD / "artifacts" / "template.yaml"),
        ],
        ["--parameter-overrides", " ".join(f"{name}={value}" for name, value in parameters.items())],
        environment={**client_environment(endpoint), "SAM_CLI_POLL_DELAY": "0.5"},
    )


def variables(endpoint: str, systems: Systems) -> dict[str, str]:
    """Return the environment in which `make deploy` and all others take the emulator for AWS."""
    return {
        **client_environment(endpoint),
        "ARCHITECTURE": _architecture(),
        "LAYER_TARGET": "host",
        "ACCOUNT_PARAMETERS": " ".join(f"{name}={value}" for name, value in _parameters(endpoint, systems).items()),
        "SAM_CLI_POLL_DELAY": "0.5",
    }


def describe(endpoint: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the outputs and the parameters of the deployed stack."""
    cloudformation = client(endpoint, "cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    parameters = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}
    return outputs, parameters


def let_items_expire(endpoint: str, outputs: Mapping[str, str]) -> None:
    """Turn on what the template says about expiry."""
    dynamodb = client(endpoint, "dynamodb")
    for output in EXPIRING_TABLES:
        dynamodb.update_time_to_live(
            TableName=outputs[output],
            TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
        )


def client(endpoint: str, service: str) -> Any:
    """Return a client of the emulator that may do everything."""
    session: Any = boto3.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=endpoint)


def _sam(
    folders: Folders, name: str, command: list[str | Path], options: list[str], *, environment: Mapping[str, str]
) -> None:
    process = OwnProcess(folders, name)
    python = Path(sys.executable).parent
    folders.temporary.mkdir(parents=True, exist_ok=True)
    process.start(
        [ENVIRONMENTS / "sam" / "bin" / "sam", *command, *options],
        {
            **plain_environment(),
            # SAM looks for a `python3.13` of its own.
            "PATH": os.pathsep.join([str(python), os.environ.get("PATH", os.defpath)]),
            "TMPDIR": str(folders.temporary),  # SAM leaves empty folders behind
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(LOCAL / "sam"),
            **environment,
        },
    )
    status = process.wait()
    process.stop()
    if status != 0:
        raise StackError(f"sam {command[0]} failed.", process.log)


def _parameters(endpoint: str, systems: Systems) -> dict[str, str]:
    """Return what a stack on the emulator is told that differs from one in AWS."""
    return {
        "YukiBaseUrl": systems.yuki,
        "TribeApiUrl": systems.tribe_api,
        "TribeAuthUrl": systems.tribe_auth,
        "SavedQueries": "none",
        "EmulatorPort": endpoint.rpartition(":")[2],
    }


def _architecture() -> str:
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
