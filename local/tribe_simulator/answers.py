"""Answers in OData's form (tribe-api 3.2, 3.5)."""

from collections.abc import Mapping
from typing import Any

from local.simulator import Response, json_response


def odata_error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error."""
    answer = json_response({"error": {"code": None, "message": message}}, status)
    return Response(answer.status, answer.body, answer.content_type, headers or {})


def odata_body(entity_set: str, content: Mapping[str, Any], status: int = 200) -> Response:
    """Return a record, or a list as `value`, with Tribe's relative context in front."""
    return json_response({"@odata.context": f"$metadata#OData.{entity_set}", **content}, status)
