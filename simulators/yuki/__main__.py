"""Serve the simulator alone: `python -m simulators.yuki [--port N] [--seed DIR]`."""

from simulators.shared.alone import serve_alone
from simulators.yuki import DEFAULT_SEED, YukiSimulator

if __name__ == "__main__":
    serve_alone("simulators.yuki", YukiSimulator, DEFAULT_SEED, "books.json and contacts.json")
