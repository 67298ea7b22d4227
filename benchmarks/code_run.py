"""How much of the package runs for one record: its files and functions, as a reader meets who follows that record."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import CodeType

from benchmarks.report import Line, print_lines
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.world import World, open_world
from tribe_yuki.connections.context import COMPARE_CONTACTS, FIRST_LOOK, POLL_CONTACTS

MOST_FILES_OF_AN_INVOICE = 70
_ROOT = Path(__file__).parents[1]
_PRODUCT = (str(_ROOT / "layers" / "common" / "tribe_yuki"), str(_ROOT / "functions"))
_TOOL = sys.monitoring.PROFILER_ID
_STEPS, _STEP_SECONDS = 12, 10


def main() -> int:
    """Follow an invoice, a contact each way and an import, and return 1 when an invoice meets too many files."""
    lines = []
    with ExitStack() as stack:
        world = _settled_world(stack)
        customer = link_customers(world, 1)[0]
        (invoice,) = draft_invoices(world, [customer], 1)
        ran = _followed(world, lambda: world.send(invoice, Number=number_of(0)))
        booked = len(world.booked(number_of(0)))
        is_short = booked == 1 and len(_files(ran)) <= MOST_FILES_OF_AN_INVOICE
        lines.append(
            _line("an invoice, from its webhook until it is booked", ran, MOST_FILES_OF_AN_INVOICE, is_met=is_short)
        )
        relation, contact = customer.id("tribe organisation"), customer.id("yuki contact")
        ran = _followed(world, lambda: world.edit_in_tribe(relation, PhoneNumber="038 7601234"))
        lines.append(_line("a contact that changed in Tribe", ran))
        world.edit_contact(contact, PhoneWork="038 7605678")
        ran = _followed(world, lambda: world.start_task(POLL_CONTACTS))
        lines.append(_line("a contact that changed in Yuki", ran))
    with ExitStack() as stack:
        world = open_world(stack)
        with _recorded() as ran:
            world.import_everything()
        lines.append(_line("the initial import, with the sweep", ran))
    return int(not print_lines(lines))


def _settled_world(stack: ExitStack) -> World:
    """Return a world in which everything that comes once has come, and the time of its next task is far."""
    world = open_world(stack)
    for task in (FIRST_LOOK, COMPARE_CONTACTS):
        world.start_task(task)
    world.run(minutes=30)
    return world


def _followed(world: World, act: Callable[[], None]) -> set[CodeType]:
    """Return what ran because somebody did something: the functions that it wakes, and no sweep."""
    with _recorded() as ran:
        act()
        for _ in range(_STEPS):
            world.pump()
            world.advance(_STEP_SECONDS)
    return ran


@contextmanager
def _recorded() -> Iterator[set[CodeType]]:
    """Give what the product runs meanwhile, in all threads."""
    ran: set[CodeType] = set()

    def started(code: CodeType, _offset: int) -> object:
        if code.co_filename.startswith(_PRODUCT) and not code.co_name.startswith("<"):
            ran.add(code)
        return sys.monitoring.DISABLE

    sys.monitoring.use_tool_id(_TOOL, "code_run")
    sys.monitoring.register_callback(_TOOL, sys.monitoring.events.PY_START, started)
    sys.monitoring.set_events(_TOOL, sys.monitoring.events.PY_START)
    sys.monitoring.restart_events()
    try:
        yield ran
    finally:
        sys.monitoring.set_events(_TOOL, sys.monitoring.events.NO_EVENTS)
        sys.monitoring.free_tool_id(_TOOL)


def _files(ran: set[CodeType]) -> set[str]:
    return {code.co_filename for code in ran}


def _line(what: str, ran: set[CodeType], most: int | None = None, *, is_met: bool = True) -> Line:
    figure = f"{len(_files(ran))} files, {len(ran)} functions"
    return Line(what, figure, f"at most {most} files" if most else "", is_met)
