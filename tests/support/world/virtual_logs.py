"""CloudWatch Logs in memory: what the doctor reads, held to moto by `tests/contract/test_webhook_log.py`."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError


class VirtualLogs:
    """Answers like a client of CloudWatch Logs."""

    def __init__(self) -> None:
        self._groups: dict[str, list[tuple[int, str]]] = {}

    def write(self, log_group: str, lines: Sequence[Mapping[str, Any]], first: datetime) -> None:
        """Write lines of JSON into a group, a millisecond after each other."""
        at = int(first.timestamp() * 1000)
        texts = [json.dumps(line) for line in lines]
        self._groups.setdefault(log_group, []).extend((at + place, text) for place, text in enumerate(texts))

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        """Return the lines since an instant in which a text stands, as FilterLogEvents."""
        found = self._groups.get(request["logGroupName"])
        if found is None:
            error: Any = {"Code": "ResourceNotFoundException", "Message": "The specified log group does not exist."}
            raise ClientError({"Error": error}, "FilterLogEvents")
        text = request["filterPattern"].strip('"')
        return {
            "events": [
                {"timestamp": at, "message": line} for at, line in found if at >= request["startTime"] and text in line
            ]
        }
