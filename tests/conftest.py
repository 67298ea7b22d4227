"""What all tests share."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.support.world.world import World, open_world

# Machines differ, and a test that times itself fails on the slow ones.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def exits() -> Iterator[ExitStack]:
    """Everything that a test opens is closed after it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def world(exits: ExitStack) -> World:
    """The whole product with the seed data, connected and active, with nothing imported yet."""
    return open_world(exits)
