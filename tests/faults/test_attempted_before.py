"""Whatever an attempt was answered, Yuki is asked before the invoice is sent again, and not for ever (design 6.2)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.details import told
from tests.support.faults.protections import Protection
from tests.support.world.plain_invoice import PLAIN, ended
from tests.support.world.world import CONNECTION, World
from tribe_yuki.adapters.yuki import YukiClient
from tribe_yuki.core.errors import ConnectorError, Defect, Held, RateLimited, Retryable
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import MOST_SENDS, State
from tribe_yuki.people.decisions import retry

BOOKING = "ProcessSalesInvoices"
RENUMBERED = "2026-9999"
AFTER_THE_WORK = (
    RateLimited("yuki_rate_limited", "slow down"),
    Defect("yuki_refuses_request", "request not understood"),
    Retryable("yuki_unreachable", "gone"),
    Held(HoldReason.INVOICE_INVALID, *told("Subject")),
)


def answer_after_the_work(monkeypatch: pytest.MonkeyPatch, error: ConnectorError) -> None:
    """Have the first call book, and say that it did not."""
    process, left = YukiClient.process_sales_invoices, [error]

    def book(client: YukiClient, invoices: object) -> object:
        answer = process(client, invoices)  # type: ignore[arg-type]
        if left:
            raise left.pop()
        return answer

    monkeypatch.setattr(YukiClient, "process_sales_invoices", book)


def send(world: World) -> None:
    """Send the plain invoice to a Yuki that books a number as often as it comes."""
    world.switch_yuki(duplicate_reference="accept")
    world.save_settings(administrations_in_domain=1)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=5)


def retry_by_hand(world: World) -> None:
    """Have somebody retry the plain invoice."""
    with world.operator() as operator:
        retry(operator, CONNECTION, [PLAIN.number])


@pytest.mark.parametrize("error", AFTER_THE_WORK, ids=lambda error: error.code)
def test_what_was_booked_though_the_answer_denied_it_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, error: ConnectorError
) -> None:
    answer_after_the_work(monkeypatch, error)
    send(world)
    if isinstance(error, Held):
        retry_by_hand(world)
    world.run(minutes=90, step_seconds=30)

    assert ended(world)[0] is State.BOOKED
    assert len(world.booked(PLAIN.number)) == 1


def test_a_gateway_that_refuses_after_the_work_doubles_nothing(world: World) -> None:
    world.switch_yuki(too_many_requests_after_commit={"count": 1, "operations": [BOOKING]})
    send(world)
    world.run(minutes=90, step_seconds=30)

    assert ended(world)[0] is State.BOOKED
    assert len(world.booked(PLAIN.number)) == 1


def renumber(world: World) -> None:
    """Give it another number."""
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Number=RENUMBERED)


def send_anew(world: World) -> None:
    """Set it back to draft, and send it under another number."""
    world.set_phase(PLAIN.tribe_invoice_id, "Draft")
    world.pump()
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Number=RENUMBERED)
    world.set_phase(PLAIN.tribe_invoice_id, "Sent")


def take_back(world: World) -> None:
    """Set it back to draft, and leave it."""
    world.set_phase(PLAIN.tribe_invoice_id, "Draft")


def delete(world: World) -> None:
    world.delete_in_tribe(PLAIN.tribe_invoice_id)


CHANGES = (renumber, send_anew, take_back, delete)


def send_and_change(world: World, change: Callable[[World], None], **fault: Any) -> None:
    """Have Yuki answer that it is too busy, and change the invoice before it is looked for."""
    world.switch_yuki(duplicate_reference="accept", **fault)
    world.save_settings(administrations_in_domain=1)
    world.send(PLAIN.tribe_invoice_id)
    while not (transfer := world.transfer(PLAIN.tribe_invoice_id)) or not transfer.sends:
        world.run(minutes=1 / 6)
    assert transfer.state is State.WAITING
    change(world)
    world.run(minutes=90, step_seconds=30)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_booked_is_found_though_the_invoice_changed_meanwhile(
    world: World, change: Callable[[World], None]
) -> None:
    send_and_change(world, change, too_many_requests_after_commit={"count": 1, "operations": [BOOKING]})

    assert ended(world)[0] is State.BOOKED
    assert (len(world.booked(PLAIN.number)), len(world.booked(RENUMBERED))) == (1, 0)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_not_booked_goes_on_as_it_is_now(world: World, change: Callable[[World], None]) -> None:
    send_and_change(world, change, too_many_requests={"count": 1, "operations": [BOOKING]})

    is_sent = change in (renumber, send_anew)
    assert ended(world)[0] is (State.BOOKED if is_sent else State.SKIPPED)
    assert (len(world.booked(PLAIN.number)), len(world.booked(RENUMBERED))) == (0, is_sent)


def test_under_its_new_number_alone_it_would_be_booked_twice(world: World) -> None:
    world.without(Protection.COMPARISON_WITH_SENT, Protection.LIKENESS_OF_NUMBERS)
    send_and_change(world, send_anew, too_many_requests_after_commit={"count": 1, "operations": [BOOKING]})

    assert (len(world.booked(PLAIN.number)), len(world.booked(RENUMBERED))) == (1, 1)


def test_sent_again_unasked_it_would_be_doubled(world: World) -> None:
    world.without(Protection.ASKING_BEFORE_A_REPEAT)
    world.switch_yuki(too_many_requests_after_commit={"count": 1, "operations": [BOOKING]})
    send(world)
    world.run(minutes=90, step_seconds=30)

    assert len(world.booked(PLAIN.number)) == 2


def test_what_is_never_confirmed_is_held_after_two_more_attempts_until_a_person_says_so(world: World) -> None:
    world.switch_yuki(too_many_requests={"count": 1_000, "operations": [BOOKING]})
    send(world)
    world.run(minutes=4 * 60, step_seconds=60)

    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    assert (transfer.hold_reason, transfer.sends) == (HoldReason.NOT_CONFIRMED, MOST_SENDS)
    assert world.yuki.faults.struck["too_many_requests"] == MOST_SENDS

    world.switch_yuki(too_many_requests=0)
    retry_by_hand(world)
    world.run(minutes=30)

    assert ended(world)[0] is State.BOOKED
    assert len(world.booked(PLAIN.number)) == 1
