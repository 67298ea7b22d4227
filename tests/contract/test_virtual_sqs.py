"""The virtual SQS and moto's take and give messages alike, as far as the product uses them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.world.virtual_sqs import VirtualQueue, VirtualSqs
from tribe_yuki.adapters.aws.inbox import Inbox
from tribe_yuki.adapters.aws.queues import Queues, QueueUrls
from tribe_yuki.webhooks.events import contact_messages, invoice_messages

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ID = "40000000-0000-4000-8000-000000000041"


@dataclass(frozen=True)
class Sqs:
    """A client, the addresses of a standard and a FIFO queue, and a way to take all messages."""

    client: Any
    standard: str
    fifo: str
    take: Callable[[str], list[str]]


@pytest.fixture(params=["virtual", "moto"])
def sqs(request: pytest.FixtureRequest) -> Iterator[Sqs]:
    if request.param == "virtual":
        virtual = VirtualSqs(lambda: NOW, {name: VirtualQueue(name) for name in ("standard", "queue.fifo")})
        yield Sqs(virtual, "standard", "queue.fifo", lambda url: take_virtual(virtual, url))
        return
    with mock_aws():
        client = boto3.Session("test", "test", region_name="eu-west-1").client("sqs")
        standard = client.create_queue(QueueName="standard")["QueueUrl"]
        fifo = client.create_queue(QueueName="queue.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        yield Sqs(client, standard, fifo, lambda url: take_real(client, url))


def take_virtual(virtual: VirtualSqs, url: str) -> list[str]:
    bodies: list[str] = []
    virtual.deliver(url, lambda event: bodies.extend(record["body"] for record in event["Records"]))
    return bodies


def take_real(client: Any, url: str) -> list[str]:
    bodies: list[str] = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def test_a_standard_queue_gives_back_what_it_took(sqs: Sqs) -> None:
    Inbox(sqs.client).put(sqs.standard, invoice_messages("demo", (ID,), NOW))
    (body,) = sqs.take(sqs.standard)
    assert ID in body
    assert sqs.take(sqs.standard) == []


def test_a_fifo_queue_takes_a_deduplication_id_once(sqs: Sqs) -> None:
    for _ in range(3):
        Inbox(sqs.client).put(sqs.fifo, contact_messages("demo", (ID,), NOW, 10))
    assert len(sqs.take(sqs.fifo)) == 1


def test_many_messages_go_in_batches(sqs: Sqs) -> None:
    ids = tuple(f"40000000-0000-4000-8000-{number:012d}" for number in range(120))
    Inbox(sqs.client).put(sqs.fifo, contact_messages("demo", ids, NOW, 10))
    assert len(sqs.take(sqs.fifo)) == 3


def test_the_workers_own_messages(sqs: Sqs) -> None:
    urls = QueueUrls(contact=sqs.fifo, invoice_retry=sqs.standard, task=sqs.fifo, dead_letter=sqs.standard)
    queues = Queues(sqs.client, urls, "demo")
    queues.enqueue_invoices([], NOW)
    queues.send_to_dead_letters(ID, NOW)
    for _ in range(2):
        queues.enqueue_relation(ID, NOW)
        queues.start_task("first_look", NOW, window_seconds=300)
    assert len(sqs.take(sqs.standard)) == 2
    assert len(sqs.take(sqs.fifo)) == 2


def put_in_groups(sqs: Sqs, *groups: str) -> None:
    for number, group in enumerate(groups):
        sqs.client.send_message(
            QueueUrl=sqs.fifo, MessageBody=f"{group}{number}", MessageGroupId=group, MessageDeduplicationId=str(number)
        )


def receive(sqs: Sqs, most: int, *, visibility: int = 60) -> list[dict[str, Any]]:
    answer = sqs.client.receive_message(QueueUrl=sqs.fifo, MaxNumberOfMessages=most, VisibilityTimeout=visibility)
    return list(answer.get("Messages", []))


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [message["Body"] for message in messages]


def test_what_is_out_keeps_its_group_waiting_and_no_other(sqs: Sqs) -> None:
    put_in_groups(sqs, "a", "a", "b", "a")
    (first,) = receive(sqs, 1)
    assert first["Body"] == "a0"
    assert bodies(receive(sqs, 10)) == ["b2"]
    assert receive(sqs, 10) == []
    sqs.client.delete_message(QueueUrl=sqs.fifo, ReceiptHandle=first["ReceiptHandle"])
    assert bodies(receive(sqs, 10)) == ["a1", "a3"]


def test_one_batch_may_hold_several_messages_of_a_group_in_order(sqs: Sqs) -> None:
    put_in_groups(sqs, "a", "b", "a", "a")
    assert bodies(receive(sqs, 10)) == ["a0", "b1", "a2", "a3"]


def test_what_was_not_deleted_comes_again_before_what_is_behind_it(sqs: Sqs) -> None:
    put_in_groups(sqs, "a", "a")
    assert bodies(receive(sqs, 1, visibility=0)) == ["a0"]
    assert bodies(receive(sqs, 1)) == ["a0"]
    assert receive(sqs, 1) == []


def test_a_failed_message_keeps_its_group_waiting_until_its_visibility_ends_and_then_goes() -> None:
    """Only the virtual one's time can be moved."""
    now, handled = [NOW], []
    queue = VirtualQueue("task.fifo", visibility=timedelta(seconds=330), batch=1, dead_letter_queue="dead.fifo")
    virtual = VirtualSqs(lambda: now[0], {"task.fifo": queue, "dead.fifo": VirtualQueue("dead.fifo")})
    put_in_groups(Sqs(virtual, "", "task.fifo", lambda _: []), "a", "a", "b")

    def fail_the_first(event: dict[str, Any]) -> dict[str, Any]:
        (record,) = event["Records"]
        handled.append(record["body"])
        failed = [{"itemIdentifier": record["messageId"]}] if record["body"] == "a0" else []
        return {"batchItemFailures": failed}

    virtual.deliver("task.fifo", fail_the_first)
    assert handled == ["a0", "b2"]
    now[0] += timedelta(seconds=329)
    assert virtual.deliver("task.fifo", fail_the_first) == 0
    for _ in range(4):
        now[0] += timedelta(seconds=330)
        virtual.deliver("task.fifo", fail_the_first)
    assert handled == ["a0", "b2", *["a0"] * 4]
    now[0] += timedelta(seconds=330)
    virtual.deliver("task.fifo", fail_the_first)
    assert handled[-1] == "a1"
    assert [message.body for message in virtual.queues["dead.fifo"].messages] == ["a0"]


def test_a_failed_message_comes_again_and_ends_as_a_dead_letter() -> None:
    """Only the virtual one's time can be moved."""
    now = [NOW]
    queue = VirtualQueue("standard")
    virtual = VirtualSqs(lambda: now[0], {"standard": queue})
    virtual.send_message(QueueUrl="standard", MessageBody="{}", MessageGroupId="demo")
    received: list[str] = []

    def fail(event: dict[str, Any]) -> dict[str, Any]:
        received.extend(record["messageId"] for record in event["Records"])
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}

    for _ in range(7):
        virtual.deliver("standard", fail)
        now[0] += queue.visibility
    assert len(received) == queue.max_receives
    assert [message.body for message in queue.dead_letters] == ["{}"]
