"""What an invoice gets when it is sent: the next number of its series, and its dates."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from simulators.shared.clock import AMSTERDAM
from simulators.tribe.store import Record, Store

_NUMBER = re.compile(r"(\d{4})-(\d+)")


def next_number(taken: Iterable[str], year: int) -> str:
    """Return the next number of a year's series."""
    found = (match for number in taken if (match := _NUMBER.fullmatch(number)))
    used = [int(match[2]) for match in found if int(match[1]) == year]
    return f"{year}-{max(used, default=0) + 1:04d}"


def assigned(
    store: Store, invoice: Record, now: datetime, planned: Mapping[str, Any], taken: Iterable[str]
) -> dict[str, Any]:
    """Return number, date and due date for an invoice that is sent now; `planned` wins over what Tribe would take."""
    today = now.astimezone(AMSTERDAM).date()
    day = str(planned.get("InvoiceDate") or today.isoformat())
    customer = store.target(invoice, "Relationship")
    term = (customer.values.get("PaymentTermInDays") if customer else None) or 30
    return {
        "Number": planned.get("Number") or next_number(taken, today.year),
        "InvoiceDate": day,
        "ExpirationDate": planned.get("ExpirationDate") or (local_day(day) + timedelta(days=term)).isoformat(),
    }


def local_day(value: str) -> date:
    """Return the day of Amsterdam of a date or an instant."""
    instant = datetime.fromisoformat(value)
    return instant.astimezone(AMSTERDAM).date() if instant.tzinfo else instant.date()
