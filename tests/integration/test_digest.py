"""The digest in simulated time: who is told what, when, how often, and that nobody is told nothing."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from local.demo.invoices import seed_invoices
from tests.support.faults.protections import Protection
from tests.support.world.virtual_sns import VirtualSns
from tests.support.world.world import CONNECTION, World
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.adapters.aws.topics import Topics
from tribe_yuki.connections.context import CATCH_UP, COMPARE_CONTACTS, TELL_FIRST_HOLDS
from tribe_yuki.core.errors import Defect, Retryable
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.decisions import dismiss
from tribe_yuki.people.holds import list_holds

SEEDS = seed_invoices()
# Sent since the activation, and dated before the start.
BEFORE_START = "2026-0123"
HELD = {HoldReason(seed.expect["reason"]): seed for seed in SEEDS if seed.expect["state"] == "held"}
PLAIN = SEEDS[0]
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture
def mails(world: World) -> VirtualSns:
    """The mails of a world whose owners all have a topic."""
    sns = VirtualSns(world)
    world.workers["connection_task"].topics = Topics(sns, {owner: f"arn:{owner}" for owner in Owner})
    return sns


def send(world: World, *reasons: HoldReason) -> None:
    for reason in reasons:
        world.send(HELD[reason].tribe_invoice_id)


def until_morning(world: World, *, day: int = 0) -> None:
    """Let the night pass, without its own tasks: they bring news of contacts that no test here is about."""
    morning = MORNING + timedelta(days=day)
    world.set_time(morning - timedelta(minutes=1))
    for task in (CATCH_UP, COMPARE_CONTACTS):
        world.timestamps.set(task, world.clock.now())
    world.run(minutes=5)


def test_nobody_is_told_anything_while_nothing_waits(world: World, mails: VirtualSns) -> None:
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=6)
    until_morning(world)
    assert mails.sent == []


def test_the_first_hold_of_a_kind_is_told_within_five_minutes_and_once(world: World, mails: VirtualSns) -> None:
    send(world, HoldReason.CONTACT_NOT_CUSTOMER)
    world.run(minutes=1)
    transfer = world.transfer(HELD[HoldReason.CONTACT_NOT_CUSTOMER].tribe_invoice_id)
    assert transfer is not None
    assert transfer.state is State.HELD
    world.run(minutes=20)
    ((told_at, arn, subject, text),) = mails.sent
    assert told_at - transfer.since <= timedelta(minutes=5)
    assert (arn, subject) == ("arn:bookkeeper", "Tribe-Yuki demo: 1 factuur om te bekijken")
    assert "2026-0122, 20-11-2026, EUR 459,80, debiteurennummer D-10028, sinds vandaag" in text


def test_another_kind_is_told_at_once_without_the_one_that_is_known(world: World, mails: VirtualSns) -> None:
    send(world, HoldReason.CONTACT_NOT_CUSTOMER)
    world.run(minutes=6)
    send(world, HoldReason.VAT_UNMAPPED, HoldReason.VAT_NUMBER_MISSING)
    world.run(minutes=6)
    first, second = mails.to(Owner.BOOKKEEPER)
    assert ("2026-0122" in first, "2026-0119" in first) == (True, False)
    assert ("2026-0122" in second, "2026-0119" in second) == (False, True)
    (sales,) = mails.to(Owner.SALES)
    assert "2026-0118" in sales
    assert "Tribe: open de klant van de factuur" in sales


def test_a_kind_that_comes_back_after_it_was_gone_is_news_again(world: World, mails: VirtualSns) -> None:
    send(world, HoldReason.CONTACT_NOT_CUSTOMER)
    world.run(minutes=6)
    transfer = world.transfer(HELD[HoldReason.CONTACT_NOT_CUSTOMER].tribe_invoice_id)
    assert transfer is not None
    world.edit_contact(transfer.yuki_contact_id or "", IsCustomer=True)
    world.run(minutes=22)
    assert world.notices.announced() == frozenset()
    code = PLAIN.expect["yuki"]["contact_code"]
    (contact_id,) = [one["ID"] for one in world.yuki_state()["contacts"] if one.get("Code") == code]
    world.edit_contact(contact_id, IsCustomer=False)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=7)
    assert len(mails.to(Owner.BOOKKEEPER)) == 2
    assert PLAIN.number in mails.to(Owner.BOOKKEEPER)[1]


def test_the_morning_list_equals_what_is_held_and_what_is_skipped_for_its_date(world: World, mails: VirtualSns) -> None:
    for seed in SEEDS:
        world.send(seed.tribe_invoice_id)
    world.run(minutes=6)
    mails.sent.clear()
    until_morning(world)
    held = {owner: {seed.number for reason, seed in HELD.items() if HOLDS[reason].owner is owner} for owner in Owner}
    assert held[Owner.BOOKKEEPER]
    assert held[Owner.SALES]
    held[Owner.BOOKKEEPER].add(BEFORE_START)
    for owner in Owner:
        told = {seed.number for seed in SEEDS if any(seed.number in mail for mail in mails.to(owner))}
        assert told == held[owner]
        assert len(mails.to(owner)) == (1 if held[owner] else 0)
    assert all(when == mails.sent[0][0] for when, *_ in mails.sent)
    assert mails.sent[0][0].astimezone(UTC) - MORNING <= timedelta(minutes=2)


def test_the_list_comes_every_morning_with_the_days_counted(world: World, mails: VirtualSns) -> None:
    send(world, HoldReason.LEDGER_UNMAPPED)
    world.run(minutes=6)
    mails.sent.clear()
    until_morning(world)
    until_morning(world, day=1)
    assert ["sinds 1 dag" in text for text in mails.to(Owner.BOOKKEEPER)] == [True, False]
    assert "sinds 2 dagen" in mails.to(Owner.BOOKKEEPER)[1]


def test_the_language_is_a_setting(world: World, mails: VirtualSns) -> None:
    world.save_settings(language="en")
    send(world, HoldReason.LEDGER_UNMAPPED)
    world.run(minutes=6)
    (mail,) = mails.to(Owner.BOOKKEEPER)
    assert mail.startswith("Tribe-Yuki demo: 1 invoice to look at\nThis waits for you")


def test_mails_hold_no_name_address_mail_or_text_of_a_record(world: World, mails: VirtualSns) -> None:
    for seed in SEEDS:
        world.send(seed.tribe_invoice_id)
    world.run(minutes=6)
    until_morning(world)
    mailed = "\n".join(text for *_, text in mails.sent)
    state = world.tribe_state()
    names = {one[key] for one in state["Relation_Organization"] for key in ("Name", "EmailAddress") if one.get(key)}
    names |= {one[key] for one in state["Relation_Person"] for key in ("LastName", "EmailAddress") if one.get(key)}
    lines = {one["Description"] for one in state["ProductLine"] if len(one.get("Description") or "") > 8}
    assert len(names) > 50
    assert {one for one in names | lines if len(one) > 3 and one in mailed} == set()


def test_a_contact_that_is_not_ticked_yet_is_told_the_next_morning_and_only_then(
    world: World, mails: VirtualSns
) -> None:
    send(world, HoldReason.CONTACT_NOT_CUSTOMER)
    world.run(minutes=2)
    seed = HELD[HoldReason.CONTACT_NOT_CUSTOMER]
    # The invoice is gone; its contact stays unticked.
    world.delete_in_tribe(seed.tribe_invoice_id)
    world.invoice_push(_again(seed.tribe_invoice_id))
    world.run(minutes=5)
    mails.sent.clear()
    until_morning(world)
    (mail,) = mails.to(Owner.BOOKKEEPER)
    assert "Contacten die in Yuki nog niet zijn aangevinkt als Klant (1)" in mail
    assert "debiteurennummer D-10028" in mail
    until_morning(world, day=1)
    assert len(mails.to(Owner.BOOKKEEPER)) == 1, "on its own it is told once"


def _again(tribe_invoice_id: str) -> dict[str, Any]:
    body = {"v": 1, "connection_id": CONNECTION, "ids": [tribe_invoice_id], "seen_at": "2026-12-31T00:00:00.000Z"}
    return {"Records": [{"messageId": "1", "body": json.dumps(body)}]}


def test_an_invoice_that_was_changed_after_booking_is_told_to_the_bookkeeper(world: World, mails: VirtualSns) -> None:
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=2)
    world.edit_in_tribe(PLAIN.tribe_invoice_id, Number="2026-0199")
    world.run(minutes=6)
    (mail,) = mails.to(Owner.BOOKKEEPER)
    assert "In Tribe gewijzigd na de boeking (1)" in mail
    assert PLAIN.number in mail
    assert [one.reference for one in world.transfers.in_state(State.BOOKED)] == [PLAIN.number]


def test_what_nobody_holds_and_stands_still_for_a_day_is_told_to_the_operator(world: World, mails: VirtualSns) -> None:
    world.switch_yuki(unavailable=100_000)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=5)
    until_morning(world)
    assert mails.sent == [], "it waits for less than a day"
    until_morning(world, day=1)
    (mail,) = mails.to(Owner.OPERATOR)
    assert PLAIN.number in mail
    assert "Wacht al een dag" in mail


def test_a_mail_that_did_not_go_goes_a_minute_later_and_nobody_gets_it_twice(world: World, mails: VirtualSns) -> None:
    send(world, HoldReason.VAT_UNMAPPED, HoldReason.VAT_NUMBER_MISSING)
    mails.fails = 3
    world.run(minutes=8)
    assert len(mails.to(Owner.BOOKKEEPER)) == 1
    assert len(mails.to(Owner.SALES)) == 1
    mails.sent.clear()
    mails.fails = 2
    until_morning(world)
    assert len(mails.to(Owner.BOOKKEEPER)) == 1
    assert len(mails.to(Owner.SALES)) == 1


def test_a_paused_connection_tells_when_it_goes_on(world: World, mails: VirtualSns) -> None:
    send(world, HoldReason.LEDGER_UNMAPPED)
    world.run(minutes=0.5)
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    world.connections.save(CONNECTION, settings, Status.PAUSED, world.clock.now())
    world.run(minutes=8)
    assert mails.sent == []
    world.connections.save(CONNECTION, settings, Status.ACTIVE, world.clock.now())
    world.run(minutes=5)
    assert len(mails.to(Owner.BOOKKEEPER)) == 1


def test_without_topics_all_goes_on_as_ever(world: World) -> None:
    send(world, HoldReason.LEDGER_UNMAPPED)
    world.run(minutes=6)
    assert world.timestamps.get(TELL_FIRST_HOLDS) is not None
    assert TELL_FIRST_HOLDS not in world.tasks.unfinished()


def test_without_memory_of_what_was_told_people_are_told_again_and_again(world: World, mails: VirtualSns) -> None:
    """The control of `once`: what keeps the mails from coming every few minutes is what is remembered."""
    world.without(Protection.MEMORY_OF_NOTICES)
    send(world, HoldReason.CONTACT_NOT_CUSTOMER)
    world.run(minutes=16)
    assert len(mails.to(Owner.BOOKKEEPER)) > 2


def test_without_the_check_for_something_to_tell_empty_mails_go_out(world: World, mails: VirtualSns) -> None:
    """The control of `silent`: every owner would get a mail every morning."""
    world.without(Protection.NEWS_ONLY)
    until_morning(world)
    assert len(mails.sent) == len(Owner)


@pytest.fixture
def sns() -> Iterator[Any]:
    with mock_aws():
        yield boto3.Session("test", "test", region_name="eu-west-1").client("sns")


def test_a_topic_takes_a_mail_and_cuts_what_sns_does_not_take(sns: Any) -> None:
    arn = sns.create_topic(Name="bookkeeper")["TopicArn"]
    topics = Topics(sns, {Owner.BOOKKEEPER: arn})
    assert topics.has(Owner.BOOKKEEPER)
    assert not topics.has(Owner.SALES)
    topics.publish(Owner.BOOKKEEPER, "é" * 200, "tekst")


def test_a_topic_that_is_gone_is_a_defect_and_a_network_failure_passes(sns: Any) -> None:
    gone = Topics(sns, {Owner.SALES: "arn:aws:sns:eu-west-1:123456789012:gone"})
    with pytest.raises(Defect, match="check the sales topic"):
        gone.publish(Owner.SALES, "subject", "text")

    def fail(**_: str) -> None:
        raise EndpointConnectionError(endpoint_url="https://sns")

    with pytest.raises(Retryable):
        Topics(SimpleNamespace(publish=fail), {Owner.SALES: "arn"}).publish(Owner.SALES, "subject", "text")


SKIPPED = {
    "dated before the start": ({"InvoiceDate": "2025-12-31"}, None, "van voor de startdatum"),
    "dated long before the start": ({"InvoiceDate": "2025-01-02"}, None, "van voor de startdatum"),
    "of a web shop": ({}, "shop:77", "een ander systeem"),
    "of an import": ({}, "IMPORT-2026-11", "een ander systeem"),
}


@pytest.mark.parametrize("name", SKIPPED)
def test_what_is_not_for_yuki_though_somebody_may_expect_it_there_is_told_until_it_is_dismissed(
    world: World, mails: VirtualSns, name: str
) -> None:
    assigned, mark, why = SKIPPED[name]
    if mark:
        world.edit_in_tribe(PLAIN.tribe_invoice_id, ImportId=mark)
    world.send(PLAIN.tribe_invoice_id, **assigned)
    world.run(minutes=3)
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    assert transfer.state is State.SKIPPED

    for day in (0, 1):
        until_morning(world, day=day)
        text = mails.to(Owner.BOOKKEEPER)[day]
        assert why in text
        assert PLAIN.number in text
        assert "EUR 287,38" in text
    with world.operator() as operator:
        shown = list_holds(operator, CONNECTION)
        dismiss(operator, CONNECTION, PLAIN.number, "staat in de webshop")
    assert [record.record for group in shown.groups for record in group.records] == [PLAIN.number]
    until_morning(world, day=2)
    assert len(mails.to(Owner.BOOKKEEPER)) == 2
    assert "dismissed" in world.story(PLAIN.tribe_invoice_id)


def test_an_old_invoice_that_a_reminder_moves_on_is_nobodys_concern(world: World, mails: VirtualSns) -> None:
    world.save_settings(start_date=date(2026, 11, 22))
    world.switch_tribe(drop_webhooks=1.0)
    world.send(PLAIN.tribe_invoice_id, InvoiceDate="2026-11-20")
    world.settle_webhooks()
    world.switch_tribe(drop_webhooks=0.0)
    world.run(minutes=1)
    world.save_settings(activated_at=world.clock.instant)
    world.run(minutes=1)
    world.set_phase(PLAIN.tribe_invoice_id, "Reminder1")
    world.run(minutes=2)
    until_morning(world)
    assert mails.sent == []


def test_without_that_list_nobody_would_know(world: World, mails: VirtualSns) -> None:
    world.without(Protection.TELLING_OF_SKIPPED)
    world.edit_in_tribe(PLAIN.tribe_invoice_id, ImportId="shop:77")
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=3)
    until_morning(world)
    assert mails.sent == []
