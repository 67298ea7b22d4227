"""The checked-in events stay what AWS would send, and stay true to the code that makes their messages."""

import json
from base64 import b64decode
from datetime import datetime
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from tribe_yuki.webhooks.events import contact_messages, message_body
from tribe_yuki.webhooks.signature import sign

EVENTS = Path(__file__).parents[2] / "events"
SECRET = "simulator-secret-0001"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def records(folder: str) -> list[Any]:
    return [record for path in sorted((EVENTS / folder).glob("*.json")) for record in load(path)["Records"]]


def readable(record: Any) -> dict[str, Any] | None:
    try:
        body: dict[str, Any] = json.loads(record["body"])
    except ValueError:
        return None
    return body


def test_every_trigger_has_events() -> None:
    folders = {path.name for path in EVENTS.iterdir() if any(path.glob("*.json"))}

    assert folders >= {"connection_task", "contact_push", "invoice_push", "tribe_webhook", "yuki_poll"}


@pytest.mark.parametrize("path", sorted((EVENTS / "tribe_webhook").glob("*.json")), ids=lambda path: path.stem)
def test_webhook_events_are_signed_requests_as_an_http_api_hands_them_over(path: Path) -> None:
    event = load(path)
    raw = b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()

    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"]
    assert event["routeKey"].partition(" ")[2].format(**event["pathParameters"]) == event["rawPath"]
    assert all(name == name.lower() for name in event["headers"])
    assert event["headers"]["content-length"] == str(len(raw))
    assert event["headers"]["x-webhook-signature"] == sign(raw, SECRET)


@pytest.mark.parametrize(
    ("folder", "queues", "fifo"),
    [
        ("contact_push", {"ContactQueue.fifo"}, True),
        ("invoice_push", {"InvoiceQueue", "InvoiceRetryQueue"}, False),
        ("connection_task", {"TaskQueue.fifo"}, True),
    ],
)
def test_queue_events_have_the_attributes_of_their_queue(folder: str, queues: set[str], *, fifo: bool) -> None:
    assert {record["eventSourceARN"].rpartition("-")[2] for record in records(folder)} == queues
    for record in records(folder):
        assert record["eventSource"] == "aws:sqs"
        assert record["md5OfBody"] == md5(record["body"].encode()).hexdigest()
        assert ({"SequenceNumber", "MessageDeduplicationId"} <= record["attributes"].keys()) is fifo
        body = readable(record)
        assert body is None or record["attributes"]["MessageGroupId"].partition("#")[0] == body["connection_id"]


def test_queue_bodies_are_what_the_webhook_writes() -> None:
    for record in records("contact_push") + records("invoice_push"):
        if body := readable(record):
            ids, seen_at = tuple(body["ids"]), datetime.fromisoformat(body["seen_at"])

            assert record["body"] == message_body(body["connection_id"], ids, seen_at)


def test_contact_messages_carry_the_ids_that_the_webhook_gives_them() -> None:
    for record in records("contact_push"):
        if body := readable(record):
            seen_at = datetime.fromisoformat(body["seen_at"])
            (message,) = contact_messages(body["connection_id"], tuple(body["ids"]), seen_at, 10)
            attributes = record["attributes"]

            assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == message[1:]


def test_tasks_name_what_is_to_be_done() -> None:
    tasks = [json.loads(record["body"])["task"] for record in records("connection_task")]

    assert set(tasks) >= {"customer_check", "first_look", "recent_invoices"}
