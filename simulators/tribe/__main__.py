"""Serve the simulator alone: `python -m simulators.tribe [--port N] [--seed DIR]`."""

from simulators.shared.alone import serve_alone
from simulators.tribe import DEFAULT_SEED, TribeSimulator

if __name__ == "__main__":
    serve_alone("simulators.tribe", TribeSimulator, DEFAULT_SEED, "entities/ and invoices/")
