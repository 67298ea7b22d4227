"""Serve a simulated outside system over real HTTP, with faults, switches and a clock to steer it."""

from local.simulator.clock import SimulatorClock
from local.simulator.faults import FAULTS, Faults
from local.simulator.server import Request, Response, Simulator, SimulatorServer, json_response

__all__ = [
    "FAULTS",
    "Faults",
    "Request",
    "Response",
    "Simulator",
    "SimulatorClock",
    "SimulatorServer",
    "json_response",
]
