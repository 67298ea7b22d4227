"""Show people what waits for them, and take their decisions."""

from typing import Any

from tribe_yuki.entrypoints.console import site


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 (Lambda's own context)
    """Answer the request of a browser."""
    return site().answer(event, context)
