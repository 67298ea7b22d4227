"""The world as a fixture, for the folders whose tests work in one."""

from contextlib import ExitStack

import pytest

from tests.support.world.world import World, open_world


@pytest.fixture
def world(exits: ExitStack) -> World:
    """The whole product with the seed data, connected and active, with nothing imported yet."""
    return open_world(exits)
