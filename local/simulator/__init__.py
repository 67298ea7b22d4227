"""Serve a simulated outside system over real HTTP, with faults, switches and a clock to steer it."""

from local.simulator.clock import SimulatorClock
from local.simulator.control import ControlCall, find_call
from local.simulator.faults import FAULTS, Faults
from local.simulator.messages import Request, Response, json_response
from local.simulator.server import COMMON_CALLS, Simulator, SimulatorServer
from local.simulator.switches import COMMON_SWITCHES, Switch, check_values

__all__ = [
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
