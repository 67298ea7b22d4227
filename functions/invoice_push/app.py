"""Push invoices to Yuki: many messages, one send."""

from typing import Any

from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.entrypoints.environment import InvoicePushEnvironment
from tribe_yuki.entrypoints.messages import Report
from tribe_yuki.entrypoints.worker import worker
from tribe_yuki.invoices.receive import push_invoices


def lambda_handler(event: dict[str, Any], context: Any) -> Report:  # noqa: ANN401 (Lambda's own context)
    """Handle a batch of the invoice queue or the invoice retry queue."""
    return worker(InvoicePushEnvironment, Priority.INVOICES).handle_ids(event, context, push_invoices)
