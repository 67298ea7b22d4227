"""The doctor reads the log of `tribe_webhook` alike from moto's CloudWatch Logs and from the one of worlds."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import boto3
import pytest
from moto import mock_aws

from tests.support.world.virtual_logs import VirtualLogs
from tribe_yuki.adapters.aws.webhook_log import MESSAGE, WebhookAnswers

GROUP = "/aws/lambda/world-tribe-webhook"
# CloudWatch, and moto, take no lines of more than a fortnight ago.
NOW = datetime.now(UTC).replace(microsecond=0)
MILLISECOND = timedelta(milliseconds=1)


class Logs(Protocol):
    """A client of CloudWatch Logs, and how lines come there."""

    client: Any

    def write(self, *lines: Mapping[str, Any]) -> None:
        """Write lines, a millisecond after each other."""


class Virtual:
    def __init__(self) -> None:
        self.client = VirtualLogs()

    def write(self, *lines: Mapping[str, Any]) -> None:
        self.client.write(GROUP, lines, NOW)


class Moto:
    def __init__(self) -> None:
        self.client: Any = boto3.Session("test", "test", region_name="eu-west-1").client("logs")

    def write(self, *lines: Mapping[str, Any]) -> None:
        self.client.create_log_group(logGroupName=GROUP)
        self.client.create_log_stream(logGroupName=GROUP, logStreamName="one")
        at = int(NOW.timestamp() * 1000)
        events = [{"timestamp": at + place, "message": json.dumps(line)} for place, line in enumerate(lines)]
        self.client.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=events)


@pytest.fixture(params=["virtual", "moto"])
def logs(request: pytest.FixtureRequest) -> Iterator[Logs]:
    if request.param == "virtual":
        yield Virtual()
        return
    with mock_aws():
        yield Moto()


def answered(status: int, **more: Any) -> dict[str, Any]:
    return {"message": MESSAGE, "connection_id": "demo", "status": status, **more}


def statuses(logs: Logs, since: datetime) -> list[int] | None:
    answers = WebhookAnswers(lambda: logs.client, GROUP, "demo").answers(since)
    return None if answers is None else [one.status for one in answers]


def test_answers_about_a_connection_are_read_from_an_instant_on(logs: Logs) -> None:
    other = answered(202) | {"connection_id": "another"}
    logs.write(answered(202), {"message": "something else"}, other, answered(401, reasons=["token_wrong"]))
    assert statuses(logs, NOW) == [202, 401]
    assert statuses(logs, NOW + MILLISECOND) == [401]
    assert statuses(logs, NOW + 10 * MILLISECOND) == []


def test_a_log_that_is_not_there_cannot_be_read(logs: Logs) -> None:
    assert statuses(logs, NOW) is None
