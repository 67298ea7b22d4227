"""Every minute: put what is due on the queues, and tell the dashboard how much that is."""

from typing import Any

from tribe_yuki.entrypoints.messages import time_left_of
from tribe_yuki.entrypoints.poller import poller


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ANN401, ARG001 (Lambda's own)
    """Handle one tick of the schedule."""
    return poller().tick(time_left_of(context))
