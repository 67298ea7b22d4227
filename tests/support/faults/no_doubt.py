"""What would happen if whatever is not certain counted as a failure: a control of the doubt that protects the books."""

from dataclasses import replace

from tribe_yuki.core.details import error_code
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.failure_policy import store_unless_changed
from tribe_yuki.invoices.judge import Verdict
from tribe_yuki.invoices.moves import Doubt, Wait
from tribe_yuki.invoices.send import conclude


def take_for_failure(connection: InvoiceContext, verdict: Verdict) -> None:
    """Stand in for `send.conclude`: have what is in doubt sent again as if it had never been sent."""
    if not isinstance(verdict.move, Doubt):
        conclude(connection, verdict)
        return
    now = connection.now()
    waiting = verdict.sending.transfer.after(Wait(WaitReason.RETRY, now, (error_code(verdict.move.why),)), now)
    store_unless_changed(connection, replace(waiting, sends=0, sent_at=None, absent_at=None), [])
