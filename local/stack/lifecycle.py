"""Start and end a whole stack."""

import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from shlex import quote
from typing import Any

from local.stack import deployment
from local.stack.bridge import start_bridge
from local.stack.demo_connection import connect_stack
from local.stack.demo_people import invite_people
from local.stack.emulator import USUAL_PORT, start_emulator
from local.stack.errors import StackError
from local.stack.folders import Folders, locked
from local.stack.process import all_processes
from local.stack.simulators import Systems, given_tribe, given_yuki, start_simulator
from local.stack.steps import Steps
from tribe_yuki.entrypoints.cli import emulated_webhook_base

CONNECTION_ID = "demo"

type Stack = dict[str, Any]
"""The content of `stack.json`: where everything of a running stack is."""


def up(folders: Folders, steps: Steps, *, port: int = USUAL_PORT, connects: bool = True) -> Stack:
    """Start a stack and return where everything is, or return where it is when it runs already.

    Unless it `connects`, connecting is left to the operator's command.
    Raises StackError when a step fails; then nothing is left running. So it is after an interrupt.
    """
    with locked(folders.state / "stack.lock"):
        running = running_stack(folders)
        if running is not None:
            return running
        _end(folders)
        try:
            return _start(folders, steps, port, connects=connects)
        except BaseException:
            _end(folders)
            raise


def open_account(folders: Folders, steps: Steps, *, port: int = USUAL_PORT) -> dict[str, str]:
    """Start an AWS account with nothing in it, a Tribe and a Yuki; return the variables with which to deploy there.

    Raises StackError when something runs already, or a step fails.
    """
    with locked(folders.state / "stack.lock"):
        if any(process.pid() for process in all_processes(folders)):
            raise StackError("Something runs already; make down ends it.")
        _end(folders)
        try:
            with ThreadPoolExecutor() as pool:
                begin = _beginner(pool, steps)
                emulator = begin("AWS emulator started, permissions enforced", partial(start_emulator, folders, port))
                systems = _systems(folders, begin)
                variables = deployment.variables(emulator.result(), systems())
        except BaseException:
            _end(folders)
            raise
        lines = [f"export {name}={quote(value)}\n" for name, value in variables.items()]
        folders.account_file.write_text("".join(lines), encoding="utf-8")
        return variables


def down(folders: Folders) -> list[str]:
    """End what `up` started, and return the names of what ran."""
    with locked(folders.state / "stack.lock"):
        return _end(folders)


def running_stack(folders: Folders) -> Stack | None:
    """Return where everything is, or None unless all of it runs."""
    processes = {process.name: process.pid() for process in all_processes(folders)}
    if not processes or None in processes.values():
        return None
    try:
        stack: Stack = json.loads(folders.stack_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return stack


def _start(folders: Folders, steps: Steps, port: int, *, connects: bool) -> Stack:
    # The build needs nothing of the rest, and takes the longest.
    with ThreadPoolExecutor() as pool, deployment.build_in_use():
        try:
            begin = _beginner(pool, steps)
            build = begin("functions and layers built", partial(deployment.build, folders))
            emulator = begin("AWS emulator started, permissions enforced", partial(start_emulator, folders, port))
            systems = _systems(folders, begin)
            endpoint = emulator.result()
            the_systems = systems()
            build.result()
            with steps.step("template deployed"):
                deployment.deploy(folders, endpoint, the_systems)
        except BaseException:
            _end(folders)  # so that nobody in the pool waits for them
            raise
    stack = _describe(endpoint, the_systems)
    deployment.let_items_expire(endpoint, stack["outputs"])
    start_bridge(folders, endpoint)
    if connects:
        with steps.step(f"connection {CONNECTION_ID} connected"):
            stack |= asdict(connect_stack(stack))
            invite_people(stack)
    _write(folders, stack)
    return stack


def _beginner(pool: ThreadPoolExecutor, steps: Steps) -> Callable[[str, Callable[[], Any]], Future[Any]]:
    def begin(title: str, work: Callable[[], Any]) -> Future[Any]:
        def run() -> object:
            with steps.step(title):
                return work()

        return pool.submit(run)

    return begin


def _systems(folders: Folders, begin: Callable[[str, Callable[[], Any]], Future[Any]]) -> Callable[[], Systems]:
    """Start the simulators that are needed; the result waits for their addresses."""
    yuki, tribe = given_yuki(), given_tribe()
    starting = {
        name: begin(f"{name} started", partial(start_simulator, folders, name))
        for name, given in (("yuki-simulator", yuki), ("tribe-simulator", tribe))
        if given is None
    }

    def result() -> Systems:
        the_yuki = yuki or starting["yuki-simulator"].result()
        api, auth = tribe or (starting["tribe-simulator"].result(),) * 2
        return Systems(the_yuki, api, auth)

    return result


def _describe(endpoint: str, systems: Systems) -> Stack:
    """Return where everything is."""
    outputs, parameters = deployment.describe(endpoint)
    return {
        "aws_endpoint": endpoint,
        "webhook_base": emulated_webhook_base(endpoint, outputs),
        "yuki_url": systems.yuki,
        "tribe_url": systems.tribe_api,
        "connection_id": CONNECTION_ID,
        "webhook_secret": "",
        "webhook_token": "",
        "signature_header": parameters["SignatureHeader"],
        "token_header": parameters["TokenHeader"],
        "stack": deployment.STACK,
        "outputs": outputs,
    }


def _write(folders: Folders, stack: Mapping[str, Any]) -> None:
    """Write the file whole or not at all; it holds keys, so it is for this user only."""
    draft = folders.stack_file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(stack, indent=2) + "\n", encoding="utf-8")
    draft.replace(folders.stack_file)


def _end(folders: Folders) -> list[str]:
    folders.stack_file.unlink(missing_ok=True)
    folders.account_file.unlink(missing_ok=True)
    # The tools first, then the emulator before what it calls.
    order = ("sam-deploy", "sam-build", "emulator")
    processes = sorted(all_processes(folders), key=lambda process: (process.name not in order, process.name))
    ended = [process.name for process in processes if process.stop()]
    shutil.rmtree(folders.temporary, ignore_errors=True)
    with suppress(OSError):
        folders.processes.rmdir()
    return ended
