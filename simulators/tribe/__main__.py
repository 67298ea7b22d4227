"""Run the simulator alone: `python -m simulators.tribe`."""

import argparse
from pathlib import Path
from threading import Event

from simulators.shared import SimulatorServer
from simulators.tribe.simulator import DEFAULT_SEED, TribeSimulator


def main() -> None:
    """Serve until interrupted, after printing the URL."""
    parser = argparse.ArgumentParser(prog="python -m simulators.tribe", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=Path, default=DEFAULT_SEED, help="folder with entities/ and invoices/")
    arguments = parser.parse_args()
    with SimulatorServer(TribeSimulator(arguments.seed), arguments.port) as server:
        print(server.url, flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
