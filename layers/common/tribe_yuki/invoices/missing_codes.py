"""What invoices lack in Yuki: a VAT code or ledger account that a person may add or switch on there."""

from tribe_yuki.core.details import DetailCode, Details
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.transfer import State

_IN_YUKI = frozenset(
    {
        DetailCode.VAT_CODE_INACTIVE,
        DetailCode.VAT_CODE_AMBIGUOUS,
        DetailCode.NO_CODE_WITHOUT_VAT,
        DetailCode.ACCOUNT_UNKNOWN,
        DetailCode.ACCOUNT_DISABLED,
        DetailCode.ACCOUNT_NOT_REVENUE,
    }
)


def is_missing_in_yuki(details: Details) -> bool:
    """Whether details say that Yuki lacks something, as far as it was asked."""
    return any(detail.code in _IN_YUKI for detail in details)


def release_missing_codes(connection: InvoiceContext) -> None:
    """Have invoices looked at again that were held because Yuki lacked something.

    That asks Yuki anew what it has: two calls for all of them together, and none while nothing waits.
    """
    held = connection.transfers.in_state(State.HELD)
    waiting = [transfer.tribe_invoice_id for transfer in held if is_missing_in_yuki(transfer.details)]
    if waiting:
        connection.queues.enqueue_invoices(waiting, connection.now())
