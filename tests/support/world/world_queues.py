"""The queues as the template makes them, and the events that functions get from them."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from local.stack.demo_connection import CONNECTION_ID
from tests.support.world.virtual_sqs import VirtualQueue

CONTACT, INVOICE, RETRY, TASK, DEAD = "contact.fifo", "invoice", "invoice-retry", "task.fifo", "dead"
CONTACT_DEAD, TASK_DEAD = "contact-dead.fifo", "task-dead.fifo"


def world_queues() -> dict[str, VirtualQueue]:
    """Return the queues as the template makes them."""
    return {
        CONTACT: VirtualQueue(CONTACT, timedelta(seconds=11), dead_letter_queue=CONTACT_DEAD),
        INVOICE: VirtualQueue(INVOICE, timedelta(seconds=2), dead_letter_queue=DEAD),
        RETRY: VirtualQueue(RETRY, dead_letter_queue=DEAD),
        TASK: VirtualQueue(TASK, visibility=timedelta(seconds=330), dead_letter_queue=TASK_DEAD, batch=1),
        **{name: VirtualQueue(name) for name in (DEAD, CONTACT_DEAD, TASK_DEAD)},
    }


def queue_event(ids: Sequence[str], *, message_id: str = "1", **more: str) -> dict[str, Any]:
    """Return the event of a queue with one message, about something that nobody can have read yet."""
    body = {"v": 1, "connection_id": CONNECTION_ID, "ids": list(ids), "seen_at": "2026-12-31T00:00:00.000Z", **more}
    return {"Records": [{"messageId": message_id, "body": json.dumps(body)}]}
