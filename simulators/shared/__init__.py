"""Serve a simulated outside system over real HTTP, with faults, switches and a clock to steer it."""

from simulators.shared.clock import AMSTERDAM, SimulatorClock
from simulators.shared.control import ControlCall, find_call
from simulators.shared.faults import FAULTS, Faults
from simulators.shared.messages import Request, Response, json_response
from simulators.shared.server import COMMON_CALLS, Simulator, SimulatorServer
from simulators.shared.switches import COMMON_SWITCHES, Switch, check_values

__all__ = [
    "AMSTERDAM",
    "COMMON_CALLS",
    "COMMON_SWITCHES",
    "FAULTS",
    "ControlCall",
    "Faults",
    "Request",
    "Response",
    "Simulator",
    "SimulatorClock",
    "SimulatorServer",
    "Switch",
    "check_values",
    "find_call",
    "json_response",
]
