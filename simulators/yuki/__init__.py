"""A simulator of Yuki's SOAP web services, for tests and for running the product without an account."""

from simulators.yuki.seed import DEFAULT_SEED
from simulators.yuki.simulator import YukiSimulator

__all__ = ["DEFAULT_SEED", "YukiSimulator"]
