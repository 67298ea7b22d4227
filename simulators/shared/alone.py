"""Serve one simulator alone, until somebody ends it."""

import argparse
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event

from simulators.shared.server import Simulator, SimulatorServer


def serve_alone(program: str, simulator: Callable[[Path], Simulator], seed: Path, seed_files: str) -> None:
    """Print the URL, then serve until Ctrl-C or SIGTERM; end with 2 when the seed data cannot be loaded."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=simulator.__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--seed", type=Path, default=seed, help=f"folder with {seed_files}")
    arguments = parser.parse_args()
    try:
        served = simulator(arguments.seed)
    except (ValueError, KeyError, FileNotFoundError) as error:
        parser.exit(2, f"{type(error).__name__}: {error}\n")
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with SimulatorServer(served, arguments.port) as server:
        print(server.url, flush=True)
        stop.wait()
