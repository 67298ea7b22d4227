"""The virtual SQS and moto's take and give messages alike, as far as the product uses them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.world.virtual_sqs import VirtualQueue, VirtualSqs
from tribe_yuki.adapters.aws.inbox import Inbox
from tribe_yuki.adapters.aws.queues import Queues, QueueUrls
from tribe_yuki.domain.webhook import contact_messages, invoice_messages

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
    queues = Queues(sqs.client, urls)
    queues.push_invoices("demo", [], NOW)
    queues.bury("demo", ID, NOW)
    for _ in range(2):
        queues.push_relation("demo", ID, NOW)
        queues.start_task("demo", "first_look", NOW, window_seconds=300)
    assert len(sqs.take(sqs.standard)) == 2
    assert len(sqs.take(sqs.fifo)) == 2


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
