"""Which invoice a person means by a number or an id."""

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.find_records import find_transfers
from tribe_yuki.core.ids import is_guid
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.transfer import Transfer

# Why an invoice no longer has its number in Tribe, where another may have it now.
_LEFT_NUMBER = frozenset({SkipReason.GONE, SkipReason.DRAFT})


def invoice_named(operator: Operator, connection_id: str, name: str) -> Transfer:
    """Return the transfer with an invoice number or id; raise Declined when it is not exactly one."""
    transfers = operator.stores(operator.record(connection_id).connection_id).transfers
    found = find_transfers(transfers, name)
    numbered = [transfer for transfer in found if is_guid(name) or transfer.reference == name]
    if len(numbered) > 1:
        numbered = [transfer for transfer in numbered if transfer.reason not in _LEFT_NUMBER] or numbered
    if len(numbered) > 1:
        ids = ", ".join(sorted(transfer.tribe_invoice_id for transfer in numbered))
        raise Declined("invoice_ambiguous", f"{len(numbered)} invoices have number {name}; give an id: {ids}")
    if not numbered:
        raise Declined("invoice_unknown", f"no invoice {name} was seen; give the number or id that Tribe shows")
    return numbered[0]
