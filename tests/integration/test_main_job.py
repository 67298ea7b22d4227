"""The main job in simulated time: a Sent invoice in Tribe becomes an outstanding item in Yuki, exactly once."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from local.demo.invoices import judge, seed_invoices
from tests.support.details import said
from tests.support.world.api_gateway import webhook_event
from tests.support.world.workers import lambda_context
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import queue_event
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.settings import VatRule
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State

PLAIN = "40000000-0000-4000-8000-000000000041"
PLAIN_NUMBER = "2026-0101"


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield open_world(stack)


def state_of(world: World, tribe_invoice_id: str = PLAIN) -> State:
    transfer = world.transfer(tribe_invoice_id)
    assert transfer is not None
    return transfer.state


def test_every_seed_invoice_ends_as_its_file_expects(world: World) -> None:
    seeds = seed_invoices()
    for seed in seeds:
        world.send(seed.tribe_invoice_id)
    world.run(minutes=5)
    transfers = {seed.tribe_invoice_id: found for seed in seeds if (found := world.transfer(seed.tribe_invoice_id))}
    endings = judge(seeds, transfers, world.tribe_state(), world.yuki_state())
    assert {ending.seed.name: ending.faults for ending in endings if ending.faults} == {}
    assert set(world.webhook_answers) == {202}


def test_a_booked_invoice_carries_our_mark_in_tribe_and_its_story_in_the_journal(world: World) -> None:
    world.send(PLAIN)
    world.run(minutes=2)
    (invoice,) = [one for one in world.tribe_state()["Activity_Invoice"] if one["ID"] == PLAIN]
    assert invoice["ImportId"] == f"yuki:{PLAIN_NUMBER}"
    assert world.story(PLAIN) == ["webhook", "waiting", "ready", "send", "booked", "external_id_written"]


def test_the_same_webhook_twenty_times_in_parallel_books_once(world: World) -> None:
    world.switch_tribe(drop_webhooks=1.0)
    world.send(PLAIN)
    world.run(minutes=1)
    assert world.transfer(PLAIN) is None
    barrier = Barrier(20)

    def deliver() -> None:
        barrier.wait()
        world.invoice_push(queue_event([PLAIN]))

    threads = [Thread(target=deliver) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.run(minutes=3)
    assert len(world.booked(PLAIN_NUMBER)) == 1
    assert state_of(world) is State.BOOKED


def test_an_invoice_sent_while_yuki_is_away_is_booked_when_it_is_back(world: World) -> None:
    world.switch_yuki(unavailable=1_000)
    world.send(PLAIN)
    world.run(minutes=20)
    assert world.booked(PLAIN_NUMBER) == []
    assert state_of(world) is State.WAITING
    world.switch_yuki(unavailable=0)
    world.run(minutes=8)
    assert len(world.booked(PLAIN_NUMBER)) == 1
    assert state_of(world) is State.BOOKED


def test_a_contact_without_the_checkbox_holds_its_invoice_until_somebody_ticks_it(world: World) -> None:
    (seed,) = [seed for seed in seed_invoices() if seed.expect["reason"] == HoldReason.CONTACT_NOT_CUSTOMER]
    world.send(seed.tribe_invoice_id)
    world.run(minutes=2)
    transfer = world.transfer(seed.tribe_invoice_id)
    assert transfer is not None
    assert transfer.hold_reason is HoldReason.CONTACT_NOT_CUSTOMER
    assert transfer.yuki_contact_id is not None
    world.edit_contact(transfer.yuki_contact_id, IsCustomer=True)
    world.run(minutes=17)
    assert state_of(world, seed.tribe_invoice_id) is State.BOOKED
    assert len(world.booked(seed.number)) == 1


def test_a_held_invoice_set_to_paid_is_still_booked(world: World) -> None:
    (seed,) = [seed for seed in seed_invoices() if seed.expect["reason"] == HoldReason.CONTACT_NOT_CUSTOMER]
    world.send(seed.tribe_invoice_id)
    world.run(minutes=2)
    world.edit_in_tribe(seed.tribe_invoice_id, Phase={"ID": "70000000-0000-4000-8000-0000000000a3"})
    transfer = world.transfer(seed.tribe_invoice_id)
    assert transfer is not None
    assert transfer.yuki_contact_id is not None
    world.edit_contact(transfer.yuki_contact_id, IsCustomer=True)
    world.run(minutes=17)
    assert state_of(world, seed.tribe_invoice_id) is State.BOOKED


def test_a_held_invoice_is_booked_once_its_vat_group_is_mapped_and_until_then_nothing_is_written(world: World) -> None:
    (seed,) = [seed for seed in seed_invoices() if seed.expect["reason"] == HoldReason.VAT_UNMAPPED]
    world.send(seed.tribe_invoice_id)
    world.run(minutes=2)
    assert state_of(world, seed.tribe_invoice_id) is State.HELD
    story = world.story(seed.tribe_invoice_id)
    event = queue_event([seed.tribe_invoice_id])
    world.invoice_push(event)
    assert world.story(seed.tribe_invoice_id) == story, "looking again at the same cause writes nothing"
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    rule = VatRule(vat_group="OSS-SE-25", vat_type=1, percentage=Decimal(21))
    world.save_settings(vat_rules=(*settings.vat_rules, rule))
    world.invoice_push(event)
    transfer = world.transfer(seed.tribe_invoice_id)
    assert transfer is not None
    assert said(transfer.details).endswith("VAT group OSS-SE-25 is 25 % in Tribe and 21 % in the VAT mapping")
    assert transfer.hold_reason is HoldReason.VAT_UNMAPPED


@pytest.mark.parametrize(
    ("rounding", "incl", "cents"), [("line_net_and_vat", "3.05", "0.02"), ("rate", "3.03", "0"), ("none", "3.03", "0")]
)
def test_however_tribe_rounds_the_books_have_the_total_of_the_paper(
    world: World, rounding: str, incl: str, cents: str
) -> None:
    world.switch_tribe(rounding=rounding)
    (seed,) = [seed for seed in seed_invoices() if seed.name.startswith("03")]
    world.send(seed.tribe_invoice_id)
    world.run(minutes=2)
    (booked,) = world.booked(seed.number)
    assert Decimal(booked["total_incl"]) == Decimal(incl)
    transfer = world.transfer(seed.tribe_invoice_id)
    assert transfer is not None
    assert (transfer.total_incl, transfer.rounding) == (Decimal(incl), Decimal(cents))


def test_an_event_from_before_the_invoice_was_read_costs_nothing(world: World) -> None:
    world.send(PLAIN)
    world.run(minutes=2)
    before = world.tribe_state()["calls"]
    world.invoice_push(queue_event([PLAIN], seen_at=(world.clock.now() - timedelta(minutes=2)).isoformat()))
    assert world.tribe_state()["calls"] == before
    world.invoice_push(queue_event([PLAIN]))
    assert world.tribe_state()["calls"] != before, "a later one is read, to report what changed"


def test_characters_that_xml_cannot_hold_are_left_out(world: World) -> None:
    world.edit_in_tribe(PLAIN, Subject="Advies \x0b over \x0c <brood> & ]]>")
    world.send(PLAIN)
    world.run(minutes=3)
    (invoice,) = world.booked(PLAIN_NUMBER)
    assert invoice["subject"].split() == ["Advies", "over", "<brood>", "&", "]]>"]


def test_tribe_is_left_alone_for_a_minute_after_it_said_slow_down(world: World) -> None:
    world.send(PLAIN)
    world.run(minutes=0.2)
    world.switch_tribe(too_many_requests={"count": 1, "operations": ["GET Activity_Invoice"]})
    before = sum(world.tribe_state()["calls"].values())
    others = [seed.tribe_invoice_id for seed in seed_invoices() if seed.tribe_invoice_id != PLAIN]
    for tribe_invoice_id in others[:5]:
        world.invoice_push(queue_event([tribe_invoice_id]))
    assert sum(world.tribe_state()["calls"].values()) - before <= 2, "one look at what the id is, and the refused call"
    world.run(minutes=4)
    assert state_of(world) is State.BOOKED


def test_an_invoice_sent_in_the_second_of_activation_is_sent_and_one_before_it_is_verified(world: World) -> None:
    """Tribe tells whole seconds."""
    world.save_settings(activated_at=world.clock.now() + timedelta(milliseconds=900))
    world.send(PLAIN)
    world.run(minutes=3)
    assert state_of(world) is State.BOOKED
    earlier, *_ = (seed for seed in seed_invoices() if seed.name.startswith("02"))
    world.send(earlier.tribe_invoice_id)
    world.save_settings(activated_at=world.clock.now() + timedelta(seconds=1))
    world.run(minutes=3)
    assert state_of(world, earlier.tribe_invoice_id) is State.UNCONFIRMED
    world.run(minutes=15)
    assert state_of(world, earlier.tribe_invoice_id) is State.BOOKED
    assert len(world.booked(earlier.number)) == 1


def test_a_draft_waits_and_leaves_no_trace(world: World) -> None:
    world.invoice_push(queue_event([PLAIN]))
    assert world.transfer(PLAIN) is None


def test_a_webhook_that_names_only_an_unknown_link_makes_us_look_at_the_recent_invoices(world: World) -> None:
    world.switch_tribe(drop_webhooks=1.0)
    world.send(PLAIN)
    for _ in range(5):
        world.invoice_push(queue_event(["a0000000-0000-4000-8000-000000000001"]))
    world.run(minutes=3)
    assert state_of(world) is State.BOOKED
    assert len(world.booked(PLAIN_NUMBER)) == 1


def test_no_pdf_is_waited_for_two_minutes_and_then_gone_without(world: World) -> None:
    world.switch_tribe(send_order="pdf_last") if "send_order" in world.tribe.switches else None
    (invoice,) = [one for one in world.tribe_state()["Activity_Invoice"] if one["ID"] == PLAIN]
    assert not invoice.get("Attachments")
    world.send(PLAIN)
    attachments = [one["ID"] for one in world.tribe_state()["Attachment"]]
    for attachment in attachments:
        world.control.post(f"{world.tribe_url}/_control/delete/{attachment}").raise_for_status()
    world.run(minutes=1)
    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert (transfer.state, transfer.reason) == (State.WAITING, "pdf_pending")
    world.run(minutes=4)
    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert (transfer.state, transfer.with_document) == (State.BOOKED, False)


def test_a_number_that_yuki_already_holds_is_verified_and_not_sent(world: World) -> None:
    """The bookkeeper typed this invoice in before the connector's first push."""
    (contact,) = [one for one in world.yuki_state()["contacts"] if one.get("Code") == _code_of(world, PLAIN)]
    world.control.post(
        f"{world.yuki_url}/_control/invoices",
        json={
            "reference": PLAIN_NUMBER,
            "contact_id": contact["ID"],
            "date": "2026-11-01",
            "total_incl": "1.00",
            "total_excl": "1.00",
            "total_vat": "0.00",
        },
    ).raise_for_status()
    world.send(PLAIN)
    world.run(minutes=5)
    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert transfer.hold_reason is HoldReason.REFERENCE_IN_USE
    assert "ProcessSalesInvoices" not in world.yuki_state()["calls"]
    assert len(world.booked(PLAIN_NUMBER)) == 1


def _code_of(world: World, tribe_invoice_id: str) -> str:
    (seed,) = [seed for seed in seed_invoices() if seed.tribe_invoice_id == tribe_invoice_id]
    code: str = seed.expect["yuki"]["contact_code"]
    return code


def test_a_paused_connection_takes_notes_and_sends_nothing_until_it_is_resumed(world: World) -> None:
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    world.connections.save(CONNECTION, settings, Status.PAUSED, world.clock.now())
    world.send(PLAIN)
    world.run(minutes=3)
    assert state_of(world) is State.WAITING
    assert world.yuki_calls() == 0
    world.connections.save(CONNECTION, settings, Status.ACTIVE, world.clock.now())
    world.run(minutes=3)
    assert state_of(world) is State.BOOKED


def test_amounts_in_the_books_equal_tribes_to_the_cent(world: World) -> None:
    for seed in seed_invoices():
        world.send(seed.tribe_invoice_id)
    world.run(minutes=5)
    tribe = {invoice["Number"]: invoice for invoice in world.tribe_state()["Activity_Invoice"]}
    for invoice in world.yuki_state()["invoices"]:
        if invoice["source"] == "webservice" and invoice["currency"] == "EUR":
            assert Decimal(invoice["total_excl"]) == Decimal(str(tribe[invoice["reference"]]["Amount"]))


def test_work_is_refused_where_there_is_no_such_connection(world: World) -> None:
    event = webhook_event("nobody", "invoices", b"{}", {})
    assert event["pathParameters"] == {"connection_id": "nobody"}
    report = world.workers["invoice_push"].handle_ids(
        {
            "Records": [
                {"messageId": "1", "body": '{"v":1,"connection_id":"nobody","ids":[],"seen_at":"2026-11-23T09:00:00Z"}'}
            ]
        },
        lambda_context(),
        lambda *_: pytest.fail("there is no such connection"),
    )
    assert report == {"batchItemFailures": []}


def test_nothing_in_the_tables_waits_without_a_due_time(world: World) -> None:
    for seed in seed_invoices():
        world.send(seed.tribe_invoice_id)
    world.run(minutes=1)
    waiting = world.transfers.in_state(State.WAITING)
    assert all(transfer.due_at is not None for transfer in waiting)
    assert all(transfer.due_at < world.clock.now() + timedelta(hours=1) for transfer in waiting if transfer.due_at)
