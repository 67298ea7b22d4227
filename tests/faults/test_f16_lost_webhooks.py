"""F16: of what the sender drops, the nightly catch-up repairs everything, invoices and contacts alike.

Edits of both sides, in any order and with workers that die, are in `tests/integration/test_histories.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from simulators.shared.companies import Company
from tests.support.faults.protections import Protection
from tests.support.world.invoice_books import sent_totals
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import START, World, open_world
from tribe_yuki.connections.context import COMPARE_CONTACTS, FIRST_LOOK
from tribe_yuki.invoices.transfer import State

# A booking changes its contact, and the poll then looks at that: customers that are edited get no invoice here.
INVOICED, EDITED, INVOICES = 20, 20, 40
DROPPED_SHARE = 0.05
PHONE = "038 765 43 21"
BEFORE_THE_NIGHT = datetime(2026, 11, 24, 2, 55, tzinfo=UTC)  # the catch-up begins at four in Amsterdam


class BusyDay:
    """A day on which every customer is edited and many invoices are sent, while one webhook in twenty gets lost."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.world = open_world(stack, yuki_seed=yuki_seed(folder, []))
        customers = link_customers(self.world, INVOICED + EDITED)
        self.invoiced, self.edited = customers[:INVOICED], customers[INVOICED:]
        self.world.start_task(FIRST_LOOK)
        self.world.start_task(COMPARE_CONTACTS)
        # Until the polls have seen what the comparison wrote: they would find an edit of the same contact by chance.
        self.world.run(minutes=50, step_seconds=60)
        self.invoices = draft_invoices(self.world, self.invoiced, INVOICES)
        random = Random(16)
        self.lost_invoices = set(random.sample(range(INVOICES), round(INVOICES * DROPPED_SHARE)))
        self.lost_edits = set(random.sample(range(EDITED), round(EDITED * DROPPED_SHARE)))
        for place, tribe_invoice_id in enumerate(self.invoices):
            self.drop(is_lost=place in self.lost_invoices)
            self.world.send(tribe_invoice_id, Number=number_of(place))
        for place, company in enumerate(self.edited):
            self.drop(is_lost=place in self.lost_edits)
            self.world.edit_in_tribe(company.id("tribe organisation"), PhoneNumber=PHONE)
        self.drop(is_lost=False)
        self.world.run(minutes=20, step_seconds=30)

    def drop(self, *, is_lost: bool) -> None:
        """Let the webhooks that come now get lost, or not, when those of before have arrived."""
        self.world.settle_webhooks()
        self.world.switch_tribe(drop_webhooks=float(is_lost))

    def night(self) -> None:
        """Let the night come, and the morning."""
        self.world.set_time(BEFORE_THE_NIGHT)
        self.world.run(minutes=75, step_seconds=60)


@pytest.fixture
def day(exits: ExitStack, tmp_path: Path) -> BusyDay:
    """A busy day, at its end."""
    return BusyDay(exits, tmp_path)


def times_booked(world: World) -> Mapping[str, int]:
    """Return how often each number that was sent is in the books."""
    booked = Counter(invoice["reference"] for invoice in world.yuki_state()["invoices"])
    return {number: booked[number] for number in map(number_of, range(INVOICES))}


def missing(world: World) -> set[int]:
    """Return the places of the invoices that are not in the books."""
    return {place for place, times in enumerate(times_booked(world).values()) if times == 0}


def without_phone(world: World, customers: Sequence[Company]) -> set[int]:
    """Return the places of the customers whose new number Yuki does not have."""
    phones = {contact["ID"]: contact["PhoneWork"] for contact in world.yuki_state()["contacts"]}
    return {place for place, company in enumerate(customers) if phones[company.id("yuki contact")] != PHONE}


def test_everything_that_was_dropped_is_repaired_in_the_night_and_nothing_is_doubled(day: BusyDay) -> None:
    world = day.world
    world.switch_yuki(duplicate_reference="accept")
    assert missing(world) == day.lost_invoices
    assert without_phone(world, day.edited) == day.lost_edits

    day.night()

    assert set(times_booked(world).values()) == {1}
    assert without_phone(world, day.edited) == set()
    assert {transfer.state for one in day.invoices if (transfer := world.transfer(one))} == {State.BOOKED}
    assert all("webhook_missed" in world.story(day.invoices[place]) for place in day.lost_invoices)
    others = set(range(INVOICES)) - day.lost_invoices
    assert not any("webhook_missed" in world.story(day.invoices[place]) for place in others)


def test_without_the_nightly_work_what_was_dropped_stays_lost(day: BusyDay) -> None:
    day.world.without(Protection.NIGHTLY_WORK)

    day.night()

    assert missing(day.world) == day.lost_invoices
    assert without_phone(day.world, day.edited) == day.lost_edits


def test_without_the_catch_up_no_other_nightly_work_finds_the_invoices(day: BusyDay) -> None:
    day.world.without(Protection.CATCH_UP)

    day.night()

    assert missing(day.world) == day.lost_invoices


def type_in(day: BusyDay) -> str:
    """Have the bookkeeper type in an invoice whose webhooks were dropped; return its id in Tribe."""
    place = min(day.lost_invoices)
    *_, total = sent_totals(day.world, day.invoices)[number_of(place)]
    typed_in = {
        "reference": number_of(place),
        "contact_id": day.invoiced[place % len(day.invoiced)].id("yuki contact"),
        "date": START.date().isoformat(),
        "total_incl": str(total),
    }
    day.world.switch_yuki(duplicate_reference="accept")
    day.world.control.post(f"{day.world.yuki_url}/_control/invoices", json=typed_in).raise_for_status()
    return day.invoices[place]


def test_one_that_was_typed_in_meanwhile_is_found_and_not_sent(day: BusyDay) -> None:
    tribe_invoice_id = type_in(day)

    day.night()

    transfer = day.world.transfer(tribe_invoice_id)
    assert transfer is not None
    assert (transfer.state, transfer.verification) == (State.BOOKED, "already_in_yuki")
    assert set(times_booked(day.world).values()) == {1}


def test_without_asking_yuki_first_one_that_was_typed_in_would_be_doubled(day: BusyDay) -> None:
    type_in(day)
    day.world.without(Protection.ASKING_FOR_MISSED, Protection.AGE_OF_DOCUMENTS)

    day.night()

    assert Counter(times_booked(day.world).values()) == {1: INVOICES - 1, 2: 1}


def hear_of_it_late(day: BusyDay) -> str:
    """Have an invoice typed in whose Send nobody heard of, and the first webhook about it come of an edit."""
    tribe_invoice_id = type_in(day)
    day.world.edit_in_tribe(tribe_invoice_id, Subject="Anders")
    day.world.run(minutes=20, step_seconds=30)
    return tribe_invoice_id


def test_one_that_was_typed_in_before_it_was_heard_of_is_found_and_not_sent(day: BusyDay) -> None:
    transfer = day.world.transfer(hear_of_it_late(day))
    assert transfer is not None
    assert transfer.state is State.BOOKED
    assert times_booked(day.world)[transfer.reference or ""] == 1


def test_by_the_first_webhook_alone_one_that_was_typed_in_before_would_be_doubled(day: BusyDay) -> None:
    day.world.without(Protection.AGE_OF_DOCUMENTS)
    transfer = day.world.transfer(hear_of_it_late(day))
    assert transfer is not None
    assert times_booked(day.world)[transfer.reference or ""] == 2
