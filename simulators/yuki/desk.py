"""What the actions of a person in Yuki's screens have in common."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.shared import SimulatorClock
from simulators.yuki.agenda import Agenda
from simulators.yuki.books import Books
from simulators.yuki.contacts import Contact
from simulators.yuki.invoices import CENT
from simulators.yuki.local_time import to_local
from simulators.yuki.sessions import Sessions

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Desk:
    """What a person at a desk works with; `agenda` keeps what is to happen between two calls."""

    books: Books
    sessions: Sessions
    switches: Mapping[str, Any]
    clock: SimulatorClock
    agenda: Agenda

    @property
    def now(self) -> datetime:
        """Return the instant."""
        return self.clock.now()

    @property
    def local(self) -> datetime:
        """Return the time in Amsterdam."""
        return to_local(self.now)

    def contact(self, contact_id: str) -> Contact:
        """Return a contact of any domain; raise ValueError when there is none with the id."""
        contact = self.books.find_contact(contact_id)
        if contact is None:
            raise ValueError(f"there is no contact {contact_id}")
        return contact


def flag(wanted: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Return a true or false that was sent; raise ValueError for anything else."""
    value = wanted.get(name, default)
    if not isinstance(value, bool):
        raise ValueError(f"{name}: give true or false, not {value!r}")  # noqa: TRY004 (the server answers 400 to both)
    return value


def amount(wanted: Mapping[str, Any], name: str) -> Decimal:
    """Return an amount of money that was sent as a string or number; raise ValueError for anything else."""
    try:
        return Decimal(str(wanted[name])).quantize(CENT)
    except InvalidOperation:
        raise ValueError(f'{name}: give an amount such as "12.50", not {wanted[name]!r}') from None


def plain_text(wanted: Mapping[str, Any], name: str) -> str:
    """Return a text that was sent, empty when it is missing; raise ValueError when XML could not carry it."""
    text = str(wanted.get(name) or "")
    if _NOT_IN_XML.search(text):
        raise ValueError(f"{name}: control characters cannot stand in XML")
    return text


def refuse_unknown(wanted: Mapping[str, Any], known: set[str]) -> None:
    """Raise ValueError that lists the known names when others were sent."""
    unknown = set(wanted) - known
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known are: {', '.join(sorted(known))}")
