"""Which invoice a person means by a number or an id."""

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.ids import is_guid
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.store import YUKI_HOLDS_IT, TransferStore
from tribe_yuki.invoices.transfer import State, Transfer

_NOT_BOOKED = tuple(state for state in State if state is not State.BOOKED)
# Why an invoice no longer has its number in Tribe, where another may have it now.
_LEFT_NUMBER = frozenset({SkipReason.GONE, SkipReason.DRAFT})


def invoice_named(operator: Operator, connection_id: str, name: str) -> Transfer:
    """Return the transfer with an invoice number or id; raise Declined when it is not exactly one."""
    transfers = operator.stores(operator.record(connection_id).connection_id).transfers
    if is_guid(name):
        found = transfers.get(name.lower())
        if found is not None:
            return found
    numbered = _numbered(transfers, name)
    if len(numbered) > 1:
        numbered = {key: holder for key, holder in numbered.items() if holder.reason not in _LEFT_NUMBER} or numbered
    if len(numbered) > 1:
        ids = ", ".join(sorted(numbered))
        raise Declined("invoice_ambiguous", f"{len(numbered)} invoices have number {name}; give an id: {ids}")
    if not numbered:
        raise Declined("invoice_unknown", f"no invoice {name} was seen; give the number or id that Tribe shows")
    return next(iter(numbered.values()))


def _numbered(transfers: TransferStore, number: str) -> dict[str, Transfer]:
    """Return the transfers with a number, by their ids; what is booked claims it, unless Yuki had it before."""
    holders = transfers.holders_of_reference(number)
    states = (*_NOT_BOOKED, State.BOOKED) if YUKI_HOLDS_IT in holders else _NOT_BOOKED
    listed = [transfer for state in states for transfer in transfers.in_state(state)]
    claimed = [transfer for holder in holders if (transfer := transfers.get(holder)) is not None]
    found: dict[str, Transfer] = {}
    for transfer in (*listed, *claimed):
        if transfer.reference == number:
            found.setdefault(transfer.tribe_invoice_id, transfer)
    return found
