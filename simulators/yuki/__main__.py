"""Serve the simulator alone: `python -m simulators.yuki [--port N] [--seed DIR]`."""

import argparse
import signal
from pathlib import Path
from threading import Event

from simulators.shared import SimulatorServer
from simulators.yuki import DEFAULT_SEED, YukiSimulator


def main() -> None:
    """Serve until interrupted, and print the URL first."""
    parser = argparse.ArgumentParser(prog="python -m simulators.yuki", description="Simulate Yuki's web services.")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--seed", type=Path, default=DEFAULT_SEED, help="folder with books.json and contacts.json")
    arguments = parser.parse_args()
    try:
        simulator = YukiSimulator(arguments.seed)
    except (ValueError, KeyError, FileNotFoundError) as error:
        parser.exit(2, f"{type(error).__name__}: {error}\n")
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with SimulatorServer(simulator, arguments.port) as server:
        print(server.url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
