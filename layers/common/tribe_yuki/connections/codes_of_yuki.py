"""Read the VAT codes and ledger accounts of an administration: kept for a day, and anew when something is missing."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tribe_yuki.connections.administration import AdministrationCodes
from tribe_yuki.connections.outside import Yuki
from tribe_yuki.connections.store import AdministrationStore
from tribe_yuki.core.calendar import last_hour
from tribe_yuki.core.errors import Defect

MORNING = 4
# What is missing is looked for again, but Yuki is not asked for each invoice that misses it.
BETWEEN_READINGS = timedelta(minutes=5)


def kept_since(now: datetime) -> datetime:
    """Return from when on codes are still believed: each morning they are read anew."""
    return last_hour(now, MORNING)


def read_codes(
    open_yuki: Callable[[], Yuki], administration: AdministrationStore, now: datetime, *, not_older_than: datetime
) -> AdministrationCodes:
    """Return the codes as they were read not longer ago, else as Yuki shows them now (two calls).

    Raises Defect when Yuki shows none: they are not kept.
    """
    kept = administration.codes(not_older_than=not_older_than)
    if kept is not None:
        return kept
    yuki = open_yuki()
    codes = AdministrationCodes(tuple(yuki.vat_codes()), tuple(yuki.gl_accounts()))
    if not codes.vat_codes or not codes.gl_accounts:
        raise Defect("books_empty", "the administration shows no VAT codes or no ledger accounts")
    administration.save_codes(codes, now)
    return codes
