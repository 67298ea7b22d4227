"""Reading dead-letter queues: SQS may say that one is empty although it is not (API reference, ReceiveMessage)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tribe_yuki.adapters.aws.dead_letters import DeadLetters

URLS = {"invoices": "dead", "contacts": "dead-contacts", "tasks": "dead-tasks"}


@dataclass
class SampledQueues:
    """Queues that answer as SQS does: some answers are empty, all of them are where not every server is asked.

    `answers` says by queue how many messages each answer may hold at most; after these it holds what was asked for.
    """

    bodies: Mapping[str, list[str]]
    answers: Mapping[str, list[int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def receive_message(self, **request: Any) -> dict[str, Any]:
        """Answer with some messages, and hide them."""
        url = request["QueueUrl"]
        nth = self.asked.count(url)
        self.asked.append(url)
        if not request.get("WaitTimeSeconds"):
            return {}
        planned = self.answers.get(url, [])
        most = min(request["MaxNumberOfMessages"], planned[nth] if nth < len(planned) else 10)
        held = self.bodies.get(url, [])
        taken, held[:most] = held[:most], []
        return {"Messages": [{"Body": body, "ReceiptHandle": body} for body in taken]} if taken else {}


def bodies(count: int) -> list[str]:
    return [json.dumps({"connection_id": "demo", "ids": [f"id-{number}"]}) for number in range(count)]


def received(queues: SampledQueues, most: int = 1_000) -> list[tuple[str, ...]]:
    return [letter.ids for letter in DeadLetters(queues, URLS).receive(most=most)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "answers"),
    [
        (1, [0, 1]),
        (1, [0]),
        (3, [1, 0, 1, 0, 1]),
        (11, [10, 0, 1]),
        (25, [0, 10, 0, 10, 0, 5]),
    ],
    ids=["first", "then as many as asked for", "between", "before the last one", "every other one"],
)
@pytest.mark.parametrize("url", URLS.values())
def test_an_empty_answer_is_not_the_end(url: str, count: int, answers: list[int]) -> None:
    assert len(received(SampledQueues({url: bodies(count)}, {url: answers}))) == count


def test_all_servers_are_asked() -> None:
    """The fake answers nothing to whoever does not wait, as SQS may for a queue that holds little."""
    assert received(SampledQueues({"dead-tasks": bodies(1)})) == [("id-0",)]


def test_two_empty_answers_in_a_row_are_the_end() -> None:
    queues = SampledQueues({"dead": bodies(2)}, {"dead": [1, 0, 0]})
    assert received(queues) == [("id-0",)]
    assert queues.asked == ["dead"] * 3 + ["dead-contacts"] * 2 + ["dead-tasks"] * 2


def test_no_more_are_taken_than_asked_for() -> None:
    queues = SampledQueues({"dead": bodies(8), "dead-tasks": bodies(8)})
    assert len(received(queues, most=11)) == 11
    assert len(queues.bodies["dead-tasks"]) == 5
