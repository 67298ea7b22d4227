"""Requests and answers, as simulated systems see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """One HTTP request: `path` is percent-decoded, `query` is as it was sent, header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; an empty body is an empty object."""
        return json.loads(self.body or b"{}")

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object; raise ValueError when it is something else."""
        body = self.json()
        if not isinstance(body, dict):
            raise ValueError("send a JSON object")  # noqa: TRY004 (a wrong body, like any other)
        return body


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(value: Any, status: int = 200) -> Response:
    """Return an answer whose body is JSON."""
    return Response(status, json.dumps(value, ensure_ascii=False, default=str).encode())
