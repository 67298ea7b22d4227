"""What of a report about a booked invoice a person has seen and accepted."""

from tribe_yuki.core.details import Details
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.transfer import Transfer


def seen_details(transfer: Transfer) -> Details:
    """Return what of a report a person has seen and accepted already."""
    return transfer.agreed_to(Agreement.SEEN)


def with_seen(transfer: Transfer, details: Details) -> Transfer:
    """Return a transfer of which a person has seen and accepted some details of a report, besides those of before."""
    before = seen_details(transfer)
    added = tuple(detail for detail in details if detail not in before)
    return transfer.agree(Agreed(Agreement.SEEN, (*before, *added)))
