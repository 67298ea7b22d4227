"""What tests of faults share."""

from tests.support.world.fixture import world

__all__ = ["world"]
