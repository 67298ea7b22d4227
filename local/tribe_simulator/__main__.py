"""Run the simulator alone: `python -m local.tribe_simulator`."""

import argparse
from pathlib import Path
from threading import Event

from local.simulator import SimulatorServer
from local.tribe_simulator.simulator import DEFAULT_SEED, TribeSimulator


def main() -> None:
    """Serve until interrupted, after printing the URL."""
    parser = argparse.ArgumentParser(prog="python -m local.tribe_simulator", description=__doc__)
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
