"""A world after its first night, so that nothing is left to be done by itself."""

from contextlib import ExitStack

from simulators.shared.companies import Company
from tests.support.world.many_invoices import link_customers
from tests.support.world.world import World, open_world
from tribe_yuki.connections.context import COMPARE_CONTACTS, FIRST_LOOK

PHONE = "038 765 43 21"


def settled_world(stack: ExitStack, customers: int) -> tuple[World, list[Company]]:
    """Open a world with linked customers, after one night: everything was compared, and the first look taken."""
    world = open_world(stack)
    companies = link_customers(world, customers)
    for task in (FIRST_LOOK, COMPARE_CONTACTS):
        world.start_task(task)
    world.run(minutes=30)
    return world, companies


def with_phone(world: World) -> int:
    """Return how many contacts of Yuki have the new number."""
    return sum(contact.get("PhoneWork") == PHONE for contact in world.yuki_state()["contacts"])
