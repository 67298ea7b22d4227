"""What `tribe_webhook` wrote into its log about the calls that it answered."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from botocore.exceptions import BotoCoreError, ClientError

from tribe_yuki.admin.store import WebhookLog

MESSAGE = "webhook answered"


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """One call that was answered; header names and reasons are written down for refused calls only."""

    at: datetime
    status: int
    header_names: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WebhookAnswers(WebhookLog):
    """Reads the log group of the function; `client` makes the client of CloudWatch Logs when it is needed."""

    client: Callable[[], Any]
    log_group: str
    connection_id: str

    @override
    def answers(self, since: datetime) -> list[WebhookAnswer] | None:
        try:
            return sorted(self._read(since), key=lambda answer: answer.at)
        except (ClientError, BotoCoreError):
            return None

    def _read(self, since: datetime) -> Iterator[WebhookAnswer]:
        request: dict[str, Any] = {
            "logGroupName": self.log_group,
            "startTime": int(since.timestamp() * 1000),
            "filterPattern": f'"{MESSAGE}"',
        }
        client = self.client()
        while True:
            page = client.filter_log_events(**request)
            for event in page.get("events", []):
                line = _line(event["message"])
                if line.get("message") == MESSAGE and line.get("connection_id") == self.connection_id:
                    yield _answer(line, event["timestamp"], since)
            if not page.get("nextToken"):
                return
            request["nextToken"] = page["nextToken"]


def _line(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _answer(line: dict[str, Any], milliseconds: int, since: datetime) -> WebhookAnswer:
    return WebhookAnswer(
        datetime.fromtimestamp(milliseconds / 1000, since.tzinfo),
        int(line.get("status", 0)),
        tuple(line.get("header_names", ())),
        tuple(line.get("reasons", ())),
    )
