"""What would happen if whatever is not certain counted as a failure: a control of the doubt that protects the books."""

from collections.abc import Sequence
from typing import Any

from tribe_yuki.connections.context import Connection
from tribe_yuki.invoices.failure_policy import store_unless_changed
from tribe_yuki.invoices.send import Sending
from tribe_yuki.invoices.transfer import WAIT_RETRY, Event


def take_for_failure(connection: Connection, batch: Sequence[Sending], why: str, **_: Any) -> None:
    """Stand in for `send_invoices._doubt`: have the invoices sent again as if they had never been sent."""
    now = connection.now()
    for entry in batch:
        again = entry.transfer.move(
            Event.WAIT, now, reason=WAIT_RETRY, detail=why, due_at=now, sends=0, sent_at=None, absent_at=None
        )
        store_unless_changed(connection, again, [])
