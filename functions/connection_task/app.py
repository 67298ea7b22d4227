"""Run one task of a connection."""

from typing import Any

from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.entrypoints.environment import ConnectionTaskEnvironment
from tribe_yuki.entrypoints.messages import Report
from tribe_yuki.entrypoints.worker import worker
from tribe_yuki.work.tasks import run_task


def lambda_handler(event: dict[str, Any], context: Any) -> Report:  # noqa: ANN401 (Lambda's own context)
    """Handle a batch of the task queue."""
    return worker(ConnectionTaskEnvironment, Priority.CONTACTS).handle_tasks(event, context, run_task)
