"""An import of some hundred customers while people edit in Tribe: how many calls, and who waits (design 5, 7)."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest

from tests.support.world.busy_world import BusyWorld, TimedCall, most_in_a_minute, open_busy_world
from tests.support.world.small_seed import yuki_seed
from tribe_yuki.connections.context import IMPORT_CONTACTS, TRIBE_PAUSE
from tribe_yuki.contacts.link import LinkState

CUSTOMERS, IN_TRIBE = 600, 60
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
# Of each 80 % of what Tribe takes in a minute, and all of it.
MOST_BY_IMPORT, MOST = 800, 1000


class Edits:
    """Addresses for mail that somebody changed in Tribe, and when they were written to Yuki."""

    def __init__(self, busy: BusyWorld) -> None:
        self.made: dict[str, datetime] = {}
        self.arrived: dict[str, datetime] = {}
        self._busy = busy
        self._edited: set[str] = set()
        busy.on_update_contact = self._see

    def make(self) -> None:
        world = self._busy.world
        links = [one for one in world.links.page(limit=500) if one.base and one.state is LinkState.LINKED]
        new = [one.tribe_relation_id for one in links if one.tribe_relation_id not in self._edited]
        if new:
            self._edited.add(new[0])
            email = f"changed-{len(self.made)}@edits.example"
            self.made[email] = world.clock.instant
            world.edit_in_tribe(new[0], EmailAddress=email)
            world.settle_webhooks()

    def _see(self, _by: str, body: bytes) -> None:
        for email in self.made.keys() - self.arrived.keys():
            if f">{email}<".encode() in body:
                self.arrived[email] = self._busy.world.clock.instant


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BusyWorld, Edits]]:
    """A world after the import, which had enough calls of Yuki for one day."""
    with ExitStack() as stack:
        few = yuki_seed(tmp_path_factory.mktemp("seed"), {"D-10018"})
        busy = open_busy_world(stack, yuki_seed=few)
        world = busy.world
        companies = {"seed": 3}
        world.control.post(f"{world.yuki_url}/_control/bulk", json={"contacts": CUSTOMERS, **companies})
        world.control.post(f"{world.tribe_url}/_control/bulk", json={"relations": IN_TRIBE, **companies})
        highest = {"Name": "Hoogste Nummer", "DebtorNumber": "D-500000"}
        world.control.post(f"{world.tribe_url}/_control/create/Relation_Organization", json=highest)
        world.save_settings(daily_call_limit=5000)
        world.switch_yuki(daily_limit=5000)
        edits = Edits(busy)
        world.start_import()
        while not is_finished(busy):
            edits.make()
            busy.run_until(world.clock.instant + 20 * SECOND)
        busy.run_until(world.clock.instant + MINUTE)
        yield busy, edits


def is_finished(busy: BusyWorld) -> bool:
    progress = busy.world.tasks.progress(IMPORT_CONTACTS)
    return progress is not None and progress.is_finished


def of_import(calls: list[TimedCall]) -> list[TimedCall]:
    return [call for call in calls if call.by == IMPORT_CONTACTS]


def test_all_customers_are_linked_once(imported: tuple[BusyWorld, Edits]) -> None:
    links = [link for link in imported[0].world.all_links() if link.state is LinkState.LINKED]

    assert len(links) >= CUSTOMERS
    assert len({link.yuki_contact_id for link in links}) == len(links)


def test_yuki_is_read_a_page_at_a_time(imported: tuple[BusyWorld, Edits]) -> None:
    calls = [call.what for call in of_import(imported[0].yuki_calls)]

    assert sum(not what.startswith("UpdateContact") for what in calls) <= CUSTOMERS / 100 + 10


def test_each_code_is_written_once(imported: tuple[BusyWorld, Edits]) -> None:
    busy = imported[0]
    written = sum(call.what == "UpdateContact Code" for call in busy.yuki_calls)
    stories = [link for link in busy.world.all_links() if link.code is not None]

    assert written <= len(stories)


def test_tribe_is_called_less_than_three_times_for_a_customer(imported: tuple[BusyWorld, Edits]) -> None:
    busy, _ = imported
    progress = busy.world.tasks.progress(IMPORT_CONTACTS)
    assert progress is not None
    customers = progress.counts["seen"]

    assert len(of_import(busy.tribe_calls)) < 3 * customers
    assert len(busy.tribe_calls) < 4 * customers


def test_the_import_leaves_room_in_every_minute(imported: tuple[BusyWorld, Edits]) -> None:
    busy, _ = imported

    assert most_in_a_minute(call.at for call in of_import(busy.tribe_calls)) <= MOST_BY_IMPORT
    assert most_in_a_minute(call.at for call in busy.tribe_calls) <= MOST
    assert busy.world.timestamps.get(TRIBE_PAUSE) is None


def test_edits_reach_yuki_meanwhile(imported: tuple[BusyWorld, Edits]) -> None:
    _, edits = imported
    waited = sorted(edits.arrived[email] - made for email, made in edits.made.items() if email in edits.arrived)

    assert len(edits.made) >= 10
    assert edits.arrived.keys() == edits.made.keys()
    assert waited[len(waited) // 2] < 15 * SECOND
    assert waited[-1] < 3 * MINUTE


def test_nothing_is_left_on_a_queue_for_the_dead(imported: tuple[BusyWorld, Edits]) -> None:
    assert [queue.dead_letters for queue in imported[0].world.sqs.queues.values() if queue.dead_letters] == []
