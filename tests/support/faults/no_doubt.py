"""What would happen if whatever is not certain counted as a failure: a control of the doubt that protects the books."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tribe_yuki.core.details import error_code
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.failure_policy import store_unless_changed
from tribe_yuki.invoices.moves import Wait
from tribe_yuki.invoices.send import Sending


def take_for_failure(connection: InvoiceContext, batch: Sequence[Sending], why: str, **_: Any) -> None:
    """Stand in for `send_invoices._doubt`: have the invoices sent again as if they had never been sent."""
    now = connection.now()
    for entry in batch:
        waiting = entry.transfer.after(Wait(WaitReason.RETRY, now, (error_code(why),)), now)
        again = replace(waiting, sends=0, sent_at=None, absent_at=None)
        store_unless_changed(connection, again, [])
