"""An HTTP/1.1 server for a simulated system, with the control plane that both simulators share."""

import select
import socket
import struct
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, override
from urllib.parse import unquote

from simulators.shared.clock import SimulatorClock
from simulators.shared.control import ControlCall, find_call
from simulators.shared.faults import FAULTS, Faults
from simulators.shared.loopback import LoopbackServer
from simulators.shared.messages import Request, Response, json_response
from simulators.shared.switches import COMMON_SWITCHES, Switch, check_values, defaults

_PAGE_STATUS = {"unavailable": 503, "maintenance_page": 200, "forbidden_page": 403}
_UNAVAILABLE_PAGE = (
    b"<!DOCTYPE html><html><head><title>Service Unavailable</title></head>"
    b"<body><h1>503 Service Unavailable</h1></body></html>"
)


class Simulator(ABC):
    """A simulated system: its protocol, its state and its switches.

    `handle` is called from many threads at once; implementations lock what they share.
    """

    switch_table: Mapping[str, Switch] = {}

    def __init__(self) -> None:
        self.clock = SimulatorClock()
        self.faults = Faults()
        self.switches = self._default_switches()

    def _default_switches(self) -> dict[str, Any]:
        return defaults({**self.switch_table, **COMMON_SWITCHES})

    @abstractmethod
    def operation(self, request: Request) -> str:
        """Name the operation that a request asks for, for faults and counters."""

    @abstractmethod
    def handle(self, request: Request) -> Response:
        """Answer a request of the simulated protocol."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return everything the simulated system holds."""

    @abstractmethod
    def load_seed(self) -> None:
        """Forget everything and load the seed data, counters at zero."""

    def control(self, request: Request) -> Response | None:  # noqa: ARG002 (simulators read it)
        """Answer a further call under `/_control/`; None when there is no such call."""
        return None

    def set_switches(self, wanted: Mapping[str, Any]) -> None:
        """Set switches and arm faults; raise ValueError for an unknown name or a value that does not suit."""
        check_values({**self.switch_table, **COMMON_SWITCHES}, wanted)
        for name, value in wanted.items():
            if name in FAULTS:
                self.faults.arm(name, value)
            elif name == "seed":
                self.faults.seed(int(value))
            elif name in self.switches:
                self.switches[name] = value
            else:
                known = ", ".join(sorted([*FAULTS, "seed", *self.switches]))
                raise ValueError(f"unknown switch {name!r}; known are: {known}")

    def reset(self) -> None:
        """Return to the seed data, default switches, no faults and real time."""
        self.faults.clear()
        self.faults.seed(0)
        self.switches = self._default_switches()
        self.clock.set(None)
        self.load_seed()

    def answer_control(self, request: Request) -> Response:
        """Answer a call under `/_control/`."""
        try:
            found = find_call(COMMON_CALLS, request)
            answer = json_response(found[0].run(self, request)) if found else self.control(request)
        except (ValueError, KeyError, TypeError) as error:
            return json_response({"error": f"{type(error).__name__}: {error}"}, 400)
        return answer or json_response({"error": f"no such control call: {request.method} {request.path}"}, 404)


def _state(simulator: Simulator, _: Request) -> dict[str, Any]:
    """Return everything that the simulator holds, and what it counted."""
    return simulator.state()


def _reset(simulator: Simulator, _: Request) -> dict[str, Any]:
    """Return to the seed data, default switches, no faults and real time."""
    simulator.reset()
    return {}


def _switches(simulator: Simulator, _: Request) -> dict[str, Any]:
    """Return all switches and their values."""
    return simulator.switches


def _set_switches(simulator: Simulator, request: Request) -> dict[str, Any]:
    """Set switches, arm faults or restart the random choices from a `seed`, by name."""
    simulator.set_switches(request.json_object())
    return simulator.switches


def _set_clock(simulator: Simulator, request: Request) -> dict[str, Any]:
    """Stop the clock at `now` (an instant; null lets it run), then move it by `advance_seconds`."""
    wanted = request.json_object()
    if "now" in wanted:
        now = wanted["now"]
        simulator.clock.set(datetime.fromisoformat(now) if now is not None else None)
    simulator.clock.advance(float(wanted.get("advance_seconds", 0)))
    return {"now": simulator.clock.now().isoformat()}


# What every simulated system answers under `/_control/`.
COMMON_CALLS = (
    ControlCall("state", _state, "GET"),
    ControlCall("reset", _reset),
    ControlCall("switches", _switches, "GET"),
    ControlCall("switches", _set_switches),
    ControlCall("clock", _set_clock),
)


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the simulator, and answers with its answer or its fault."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "SimulatorServer"

    def _serve(self) -> None:
        simulator = self.server.simulator
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, unquote(path), query, headers, self.rfile.read(length))
        if request.path.startswith("/_control/"):
            self.send(simulator.answer_control(request))
            return
        fault = simulator.faults.strike(simulator.operation(request))
        match fault:
            case "unavailable" | "maintenance_page" | "forbidden_page":
                self.send(Response(_PAGE_STATUS[fault], _UNAVAILABLE_PAGE, "text/html"))
            case "too_many_requests":
                self.send(Response(429, b"Too many requests", "text/plain"))
            case "too_many_requests_after_commit":
                simulator.handle(request)
                self.send(Response(429, b"Too many requests", "text/plain"))
            case "timeout_before_commit":
                self._hang()
            case "timeout_after_commit":
                simulator.handle(request)
                self._hang()
            case "reset_connection":
                if simulator.faults.random.choice((True, False)):
                    simulator.handle(request)
                self._reset()
            case "truncate":
                answer = simulator.handle(request)
                cut = int(len(answer.body) * simulator.faults.random.uniform(0.1, 0.9))
                self.send(Response(answer.status, answer.body[:cut], answer.content_type, answer.headers))
            case _:
                self.send(simulator.handle(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (names that http.server calls)

    def send(self, answer: Response) -> None:
        """Write an answer to whoever asked."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != HTTPStatus.NO_CONTENT:
            self.wfile.write(answer.body)

    def _hang(self) -> None:
        """Keep the caller waiting until it gives up, the server stops, or the longest hang is over."""
        waited, longest = 0.0, float(self.server.simulator.switches["hang_seconds"])
        while waited < longest and not self.server.stopping.wait(0.05):
            waited += 0.05
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable:
                break
        self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    @override
    def finish(self) -> None:
        with suppress(OSError):  # the connection was reset on purpose, or the caller has gone
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name that http.server gives it)
        """Stay silent: the state and the counters tell what happened."""


class SimulatorServer(LoopbackServer):
    """Serve one simulator."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        super().__init__(Handler, port)
        self.simulator = simulator

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over callers that went away; anything else is a defect of the simulator and is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
