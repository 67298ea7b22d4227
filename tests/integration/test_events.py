"""Every sample event of `events/` is one that its function takes."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.world.world import World, open_world

EVENTS = Path(__file__).parents[2] / "events"
UNREADABLE = "batch-with-unreadable-message"


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield open_world(stack)


def read(path: Path) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return event


def samples(function: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((EVENTS / function).glob("*.json"))]


@pytest.mark.parametrize("path", samples("invoice_push"))
def test_invoice_push(world: World, path: Path) -> None:
    assert_taken(world.invoice_push(read(path)), path)


@pytest.mark.parametrize("path", samples("contact_push"))
def test_contact_push(world: World, path: Path) -> None:
    assert_taken(world.contact_push(read(path)), path)


@pytest.mark.parametrize("path", samples("connection_task"))
def test_connection_task(world: World, path: Path) -> None:
    assert_taken(world.connection_task(read(path)), path)


def test_yuki_poll_needs_nothing_of_its_event(world: World) -> None:
    assert (EVENTS / "yuki_poll" / "schedule.json").is_file()
    assert world.poller.tick()["Connections"] == 1


def assert_taken(report: dict[str, list[dict[str, str]]], path: Path) -> None:
    """Nothing is delivered again, but an unreadable message, which ends as a dead letter."""
    failed = {failure["itemIdentifier"] for failure in report["batchItemFailures"]}
    records = read(path)["Records"]
    expected = {
        record["messageId"] for record in records if path.stem == UNREADABLE and not _is_message(record["body"])
    }
    assert failed == expected


def _is_message(body: str) -> bool:
    try:
        return "connection_id" in json.loads(body)
    except ValueError:
        return False
