"""F6: one bad message in a batch of ten spoils none of the others.

Seven are done once, the transient one is tried again, the permanent one is held after one try, and what nobody can read
is on the dead-letter queue after five. Without the partial answer the others would be handed over again and again; even
then nothing is booked twice. That the template asks for partial answers and counts to five is in
`tests/template/test_queues.py`.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, START, World, open_world
from tests.support.world.world_queues import CONTACT, CONTACT_DEAD, DEAD, INVOICE, queue_event
from tests.support.world.world_tables import ID_MAP
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.context import COMPARE_CONTACTS
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.ids import GUID
from tribe_yuki.invoices.transfer import State, Transfer

TEN, GOOD = 10, 7
POISON, PERMANENT = "poison", 1
MAX_RECEIVES = 5
FIVE_VISIBILITIES = 5 * 12 + 5
UNMAPPED_VAT_GROUP = "70000000-0000-4000-8000-000000000079"
# What the simulator of Tribe calls it; its path is no entity set's.
READING_A_FILE = "GET v1"
OTHER_CONNECTION = "tweede"

BODY = {**json.loads(queue_event([])["Records"][0]["body"]), "seen_at": "2026-11-23T09:00:00.000Z"}


@dataclass
class Delivery:
    """A world in which ten invoices are sent, and the messages about them wait to be handed over together."""

    world: World
    ids: Sequence[str]
    handed: Counter[str]

    def put(self, body: str) -> None:
        """Put a message on the invoice queue."""
        self.world.sqs.send_message(QueueUrl=INVOICE, MessageBody=body, MessageGroupId=CONNECTION)

    def put_all_but(self, place: int, body: str) -> None:
        """Put a message for each invoice, and another one instead of one of them."""
        for other, tribe_invoice_id in enumerate(self.ids):
            self.put(body if other == place else json.dumps({**BODY, "ids": [tribe_invoice_id]}))

    def transfer(self, place: int) -> Transfer | None:
        """Return the stored transfer at a place."""
        return self.world.transfer(self.ids[place])

    def places_in(self, state: State) -> list[int]:
        """Return the places of the invoices in a state."""
        found = enumerate(map(self.transfer, range(len(self.ids))))
        return [place for place, transfer in found if transfer is not None and transfer.state is state]

    @property
    def times_booked(self) -> list[int]:
        """Return how often each invoice is in the books."""
        return [len(self.world.booked(number_of(place))) for place in range(len(self.ids))]

    @property
    def dead_letters(self) -> list[str]:
        """Return the bodies on the dead-letter queue."""
        return [message.body for message in self.world.sqs.queues[DEAD].messages]


@pytest.fixture
def delivery(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    """Ten invoices that Tribe told nobody of; Yuki books whatever it is sent, as often as it is sent."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    ids = draft_invoices(world, link_customers(world, TEN), TEN)
    world.switch_yuki(duplicate_reference="accept")
    world.start_task("first_look")
    world.switch_tribe(drop_webhooks=1.0)
    (line, *_) = [one for one in world.tribe_state()["ProductLine"] if one["Invoice"]["ID"] == ids[PERMANENT]]
    world.edit_in_tribe(line["ID"], VatGroup={"ID": UNMAPPED_VAT_GROUP})
    for place, tribe_invoice_id in enumerate(ids):
        world.send(tribe_invoice_id, Number=number_of(place))
    world.run(minutes=1)
    assert world.sqs.queues[INVOICE].messages == []
    handed: Counter[str] = Counter()
    invoice_push = World.invoice_push

    def count(world: World, event: Mapping[str, Any]) -> Any:
        handed.update(_named(record) for record in event["Records"] if _is_of_the_invoice_queue(record))
        return invoice_push(world, event)

    monkeypatch.setattr(World, "invoice_push", count)
    return Delivery(world, ids, handed)


def _is_of_the_invoice_queue(record: Mapping[str, Any]) -> bool:
    return str(record["eventSourceARN"]).endswith(f":{INVOICE}")


def _named(record: Mapping[str, Any]) -> str:
    """Return the id that a message of the tests names, or that it is poison."""
    found = GUID.findall(record["body"])
    return str(found[0]) if found else POISON


def ignore_partial_answers(monkeypatch: pytest.MonkeyPatch, function: str = "invoice_push") -> None:
    """Have a function whose batch failed in part fail as a whole, as Lambda takes it without the partial answer."""
    push = getattr(World, function)

    def fail_whole(world: World, event: Mapping[str, Any]) -> Any:
        report = push(world, event)
        if report["batchItemFailures"]:
            raise RuntimeError(f"{len(report['batchItemFailures'])} of {len(event['Records'])} messages failed")
        return report

    monkeypatch.setattr(World, function, fail_whole)


def fail_one_document(world: World) -> None:
    """Have Tribe fail once when a document is read: that is the one call about a single invoice."""
    world.switch_tribe(unavailable={"count": 1, "operations": [READING_A_FILE]})


UNREADABLE = [
    pytest.param("das war's <not json>", id="no JSON"),
    pytest.param("", id="empty"),
    pytest.param("[]", id="a list"),
    pytest.param(json.dumps({**BODY, "v": 2}), id="of another version"),
    pytest.param(json.dumps({**BODY, "ids": ["40000000' or 'a' eq 'a"]}), id="with what is no id"),
    pytest.param(json.dumps({**BODY, "connection_id": "../demo"}), id="of what is no connection"),
    pytest.param(json.dumps({key: value for key, value in BODY.items() if key != "seen_at"}), id="without a time"),
]


@pytest.mark.parametrize("poison", UNREADABLE)
def test_one_unreadable_one_permanent_and_one_transient_leave_the_other_seven_alone(
    delivery: Delivery, poison: str
) -> None:
    fail_one_document(delivery.world)
    delivery.put_all_but(0, poison)

    delivery.world.run(minutes=0.6)

    (transient,) = delivery.places_in(State.WAITING)
    assert delivery.places_in(State.HELD) == [PERMANENT]
    good = set(range(TEN)) - {0, PERMANENT, transient}
    assert len(good) == GOOD
    assert set(delivery.places_in(State.BOOKED)) == good

    delivery.world.run(minutes=FIVE_VISIBILITIES, step_seconds=60)

    booked = good | {transient}
    assert delivery.times_booked == [int(place in booked) for place in range(TEN)]
    assert set(delivery.places_in(State.BOOKED)) == booked
    held = delivery.transfer(PERMANENT)
    assert held is not None
    assert held.hold_reason is HoldReason.VAT_UNMAPPED
    assert delivery.world.story(delivery.ids[PERMANENT]) == ["webhook", "held"]
    names = {delivery.ids[place]: 1 for place in range(1, TEN)}
    assert delivery.handed == {**names, POISON: MAX_RECEIVES}
    assert delivery.dead_letters == [poison]
    assert delivery.world.sqs.queues[INVOICE].messages == []


def test_with_partial_answers_ignored_all_are_handed_over_again_and_yet_nothing_is_booked_twice(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignore_partial_answers(monkeypatch)
    fail_one_document(delivery.world)
    delivery.put_all_but(0, "poison")

    delivery.world.run(minutes=FIVE_VISIBILITIES, step_seconds=60)

    names = {delivery.ids[place]: MAX_RECEIVES for place in range(1, TEN)}
    assert delivery.handed == {**names, POISON: MAX_RECEIVES}
    assert len(delivery.dead_letters) == TEN, "with nine that were done long ago"
    assert delivery.times_booked == [int(place not in (0, PERMANENT)) for place in range(TEN)]
    assert delivery.world.story(delivery.ids[PERMANENT]) == ["webhook", "held"]


def forget_transfers(delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody know what was done with the invoices, whenever their messages are handed over."""
    invoice_push = World.invoice_push

    def forget(world: World, event: Mapping[str, Any]) -> Any:
        if all(_is_of_the_invoice_queue(record) for record in event["Records"]):
            for place, tribe_invoice_id in enumerate(delivery.ids):
                for item in (f"invoice#{tribe_invoice_id}", f"reference#{number_of(place)}#2026"):
                    world.db.delete(ID_MAP, {"connection_id": CONNECTION, "item": item})
        return invoice_push(world, event)

    monkeypatch.setattr(World, "invoice_push", forget)


def test_without_the_stored_transfers_handing_over_again_would_book_again(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither Yuki's check of numbers, nor our mark in Tribe, nor the age of the PDF helps here: all are off."""
    delivery.world.without(Protection.AGE_OF_DOCUMENTS)
    delivery.world.save_settings(external_id_field=None)
    ignore_partial_answers(monkeypatch)
    forget_transfers(delivery, monkeypatch)
    delivery.put_all_but(0, "poison")

    delivery.world.run(minutes=FIVE_VISIBILITIES, step_seconds=60)

    assert max(delivery.times_booked) > 1


def connect_another(world: World) -> None:
    """Have a second connection whose credentials nobody has stored yet."""
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    world.connections.save(OTHER_CONNECTION, settings, Status.ACTIVE, START)


def store_credentials(world: World) -> None:
    """Store the credentials of the second connection."""
    secrets = world.aws_client("secretsmanager")
    text = secrets.get_secret_value(SecretId=f"local/{CONNECTION}/credentials")["SecretString"]
    secrets.create_secret(Name=f"local/{OTHER_CONNECTION}/credentials", SecretString=text)


def test_a_connection_that_cannot_work_keeps_only_its_own_messages(delivery: Delivery) -> None:
    """They come again until it can; the nine of the other connection are done in the meantime, once."""
    world = delivery.world
    connect_another(world)
    delivery.put_all_but(0, json.dumps({**BODY, "connection_id": OTHER_CONNECTION, "ids": [delivery.ids[0]]}))

    world.run(minutes=1)

    assert world.stores(OTHER_CONNECTION).transfers.get(delivery.ids[0]) is None
    assert delivery.places_in(State.BOOKED) == list(range(2, TEN))
    store_credentials(world)
    world.run(minutes=30, step_seconds=60)
    assert world.stores(OTHER_CONNECTION).transfers.get(delivery.ids[0]) is not None
    assert delivery.handed == {delivery.ids[0]: 2, **{delivery.ids[place]: 1 for place in range(1, TEN)}}
    assert delivery.dead_letters == []
    assert max(delivery.times_booked) == 1


# --- contacts ---------------------------------------------------------------------------------------------------------

PHONE = "038 765 43 21"


@dataclass
class Edits:
    """A world in which ten linked relations were edited in Tribe, and nobody was told."""

    world: World
    relations: Sequence[str]
    contacts: Sequence[str]
    handed: Counter[str]

    def put(self, name: str, body: str) -> None:
        """Put a message on the contact queue."""
        queue = {"QueueUrl": CONTACT, "MessageGroupId": name, "MessageDeduplicationId": name}
        self.world.sqs.send_message(MessageBody=body, **queue)

    def put_all_but(self, place: int, body: str) -> None:
        """Put a message for each relation, and another one instead of one of them."""
        for other, tribe_relation_id in enumerate(self.relations):
            about = {**BODY, "ids": [tribe_relation_id], "seen_at": self.world.clock.instant.isoformat()}
            self.put(tribe_relation_id, body if other == place else json.dumps(about))

    @property
    def written(self) -> list[int]:
        """Return the places of the contacts that have the new number."""
        phones = {contact["ID"]: contact["PhoneWork"] for contact in self.world.yuki_state()["contacts"]}
        return [place for place, contact in enumerate(self.contacts) if phones[contact] == PHONE]

    @property
    def writes(self) -> int:
        """Return how often contacts of Yuki were written, or meant to be."""
        return int(self.world.yuki_state()["calls"].get("UpdateContact", 0))


@pytest.fixture
def edits(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edits:
    """See `Edits`; the second relation is gone, and no event about it can ever lead anywhere."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    customers = link_customers(world, TEN)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=50, step_seconds=60)
    relations = [company.id("tribe organisation") for company in customers]
    world.switch_tribe(drop_webhooks=1.0)
    for tribe_relation_id in relations:
        world.edit_in_tribe(tribe_relation_id, PhoneNumber=PHONE)
    world.delete_in_tribe(relations[PERMANENT])
    world.settle_webhooks()
    handed: Counter[str] = Counter()
    contact_push = World.contact_push

    def count(world: World, event: Mapping[str, Any]) -> Any:
        handed.update(map(_named, event["Records"]))
        return contact_push(world, event)

    monkeypatch.setattr(World, "contact_push", count)
    return Edits(world, relations, [company.id("yuki contact") for company in customers], handed)


def test_one_bad_message_about_a_contact_leaves_the_others_alone(edits: Edits) -> None:
    world = edits.world
    before = edits.writes
    world.switch_yuki(unavailable={"count": 1, "operations": ["UpdateContact"]})
    edits.put_all_but(0, "poison")

    world.run(minutes=0.5)

    assert len(edits.written) == GOOD
    assert not {0, PERMANENT} & set(edits.written)
    world.run(minutes=FIVE_VISIBILITIES, step_seconds=60)
    assert edits.written == list(range(2, TEN))
    assert edits.writes - before == GOOD + 1
    link = world.links.get(edits.relations[PERMANENT])
    assert link is not None
    assert link.state is LinkState.GONE_IN_TRIBE
    # The transient one came again from the sweep, not from the queue.
    assert list(edits.handed.values()).count(1) == GOOD + 1
    assert edits.handed[POISON] == MAX_RECEIVES
    assert [message.body for message in world.sqs.queues[CONTACT_DEAD].messages] == ["poison"]


def test_with_partial_answers_ignored_every_contact_is_handed_over_again_and_yet_written_once(
    edits: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignore_partial_answers(monkeypatch, "contact_push")
    before = edits.writes
    edits.put_all_but(0, "poison")

    edits.world.run(minutes=FIVE_VISIBILITIES, step_seconds=60)

    assert set(edits.handed.values()) == {MAX_RECEIVES}
    assert len(edits.world.sqs.queues[CONTACT_DEAD].messages) == TEN
    assert edits.writes - before == GOOD + 1
