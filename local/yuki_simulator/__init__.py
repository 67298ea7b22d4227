"""A simulator of Yuki's SOAP web services, for tests and for running the product without an account."""

from local.yuki_simulator.seed import DEFAULT_SEED
from local.yuki_simulator.simulator import YukiSimulator

__all__ = ["DEFAULT_SEED", "YukiSimulator"]
