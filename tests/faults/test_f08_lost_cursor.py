"""F8: a poll that dies between pages, loses its cursor, or meets rows that move while it pages, leaves no row out.

It goes on from the last page whose rows were all dealt with; without a cursor everything is compared, never only what
changes from now on; pages are asked for by when their rows changed, so that a row that moves takes none with it; and
the cursor never passes a row that failed (one that Tribe refuses for good is left to the nightly comparison instead).
Pages are ten rows here. What is shown is what stands in Tribe before any nightly comparison.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulators.shared.companies import Company
from tests.support.faults.crashes import crashes
from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import link_customers
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_tables import CONNECTIONS
from tribe_yuki.adapters.yuki import YukiClient
from tribe_yuki.connections.context import COMPARE_CONTACTS, FIRST_LOOK, POLL_CONTACTS, POLL_CURSOR
from tribe_yuki.contacts.model import YukiContact

ROWS, PAGE = 50, 10
# So far apart that the overlap of a later poll reaches back to a few rows only.
APART = timedelta(minutes=3)


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with linked customers in which all is quiet, and pages of ten rows."""
    monkeypatch.setattr("simulators.yuki.contact_search.PAGE_SIZE", PAGE)
    for module in ("contacts.poll", "contacts.nightly", "adapters.yuki.client"):
        monkeypatch.setattr(f"tribe_yuki.{module}.ROWS_PER_PAGE", PAGE)
    return open_world(exits, yuki_seed=yuki_seed(tmp_path, []))


@pytest.fixture
def customers(world: World) -> list[Company]:
    """Customers whose telephone numbers the bookkeeper changed one after the other, while nobody polled."""
    companies = link_customers(world, ROWS)
    for task in (FIRST_LOOK, COMPARE_CONTACTS):
        world.start_task(task)
    world.run(minutes=30)
    for place, company in enumerate(companies):
        world.set_time(world.clock.instant + APART)
        world.edit_contact(company.id("yuki contact"), PhoneWork=phone(place))
    return companies


def phone(place: int) -> str:
    """Return the new telephone number of a customer."""
    return f"038 765 4{place:03}"


def missing(world: World, companies: list[Company]) -> list[int]:
    """Return the places of the customers whose new number is not in Tribe."""
    phones = {row["ID"]: row["PhoneNumber"] for row in world.tribe_state()["Relation_Organization"]}
    return [
        place for place, company in enumerate(companies) if phones[company.id("tribe organisation")] != phone(place)
    ]


def writes(world: World) -> int:
    """Return how often organisations of Tribe were changed over its API."""
    return sum(n for name, n in world.tribe_state()["calls"].items() if name.startswith("PUT Relation_Organization"))


def poll(world: World) -> None:
    """Poll now."""
    world.start_task(POLL_CONTACTS)
    world.pump()


def on_page(number: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something once, right before a page of the poll is asked for."""
    search = YukiClient.search_contacts
    asked: list[str] = []

    def count(client: YukiClient, option: str, value: str, **parameters: Any) -> list[YukiContact]:
        if option == "All":
            asked.append(value)
            if len(asked) == number:
                act()
        return search(client, option, value, **parameters)

    monkeypatch.setattr(YukiClient, "search_contacts", count)


# --- killed between two pages -----------------------------------------------------------------------------------------


def die_after_page_2(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll with a worker that dies before it asks for the third page."""
    with crashes(world, lambda _: False) as counted:
        on_page(3, counted.kill, monkeypatch)
        poll(world)
        assert counted.happened == 1


def test_a_poll_that_was_killed_goes_on_after_the_last_page_it_dealt_with(
    world: World, customers: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = writes(world)
    die_after_page_2(world, monkeypatch)
    # The second page begins with the last row of the first.
    assert missing(world, customers) == list(range(2 * PAGE - 1, ROWS))

    world.run(minutes=30)

    assert missing(world, customers) == []
    assert writes(world) == before + ROWS


def test_with_a_cursor_that_runs_ahead_of_its_rows_the_other_pages_would_be_left_out(
    world: World, customers: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:

    world.without(Protection.CURSOR_BEHIND_ROWS)
    die_after_page_2(world, monkeypatch)

    world.run(minutes=60)

    assert missing(world, customers) != []


# --- the cursor is gone -----------------------------------------------------------------------------------------------


def lose_the_cursor(world: World) -> None:
    """Delete the item of the cursor, long after the changes."""
    world.db.delete(CONNECTIONS, {"owner": CONNECTION, "item": f"mark#{POLL_CURSOR}"})
    world.set_time(world.clock.instant + timedelta(hours=3))


def test_without_a_cursor_everything_is_compared(world: World, customers: list[Company]) -> None:
    lose_the_cursor(world)

    world.run(minutes=30)

    assert missing(world, customers) == []
    assert world.timestamps.get(POLL_CURSOR) is not None


def test_without_the_comparison_only_what_changes_from_now_on_would_come(
    world: World, customers: list[Company]
) -> None:

    world.without(Protection.COMPARISON_AFTER_A_LOSS)
    lose_the_cursor(world)

    world.run(minutes=60)

    assert missing(world, customers) == list(range(ROWS))


# --- rows that move while they are read -------------------------------------------------------------------------------


def touch_a_row_of_page_1(world: World, customers: list[Company], monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll, and have the bookkeeper change a contact of the first page right before the third is asked for."""
    touched = customers[3].id("yuki contact")
    on_page(3, lambda: world.edit_contact(touched, City="Elders"), monkeypatch)
    poll(world)


def test_a_row_that_moves_takes_no_other_row_with_it(
    world: World, customers: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    touch_a_row_of_page_1(world, customers, monkeypatch)

    assert missing(world, customers) == []


def test_by_page_numbers_alone_a_row_would_be_skipped(
    world: World, customers: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.without(Protection.PAGES_BY_TIME)

    touch_a_row_of_page_1(world, customers, monkeypatch)
    world.run(minutes=60)

    assert missing(world, customers) == [2 * PAGE]


# --- a row that fails -------------------------------------------------------------------------------------------------


def poll_while_tribe_is_away(world: World) -> None:
    """Poll for three hours in which Tribe answers nobody, and an hour in which it does."""
    world.switch_tribe(unavailable=1_000_000)
    world.run(minutes=180, step_seconds=60)
    world.switch_tribe(unavailable=0)
    world.run(minutes=60)


def test_the_cursor_waits_for_a_row_that_fails(world: World, customers: list[Company]) -> None:
    poll_while_tribe_is_away(world)

    assert missing(world, customers) == []


def test_a_cursor_that_passes_failed_rows_would_leave_them_out(world: World, customers: list[Company]) -> None:

    world.without(Protection.FAILED_ROWS)

    poll_while_tribe_is_away(world)

    assert missing(world, customers) != []
