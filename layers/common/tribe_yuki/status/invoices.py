"""List invoices with the state that each is in, read from the index by state, newest first (design 9)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.open_item import KINDS

MOST_INVOICES = 50


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One invoice: `invoice` is its number, or its id in Tribe as long as it has none; `since` is when it came here.

    `reason` is a code, `why` says it in words.
    """

    invoice: str
    invoice_date: date | None
    amount: Decimal | None
    currency: str | None
    state: State
    reason: str
    why: str
    since: datetime
    tribe_invoice_id: str


@dataclass(frozen=True, slots=True)
class InvoicesShown:
    """Invoices, the one that changed its state last first; `has_more` when there are more than were asked for."""

    connection: str
    invoices: tuple[InvoiceLine, ...]
    has_more: bool
    next_steps: tuple[str, ...]


def list_invoices(
    operator: Operator,
    connection_id: str,
    *,
    states: Collection[State] = (),
    since: str | None = None,
    most: int = MOST_INVOICES,
    language: str = "en",
) -> InvoicesShown:
    """Return the newest invoices in some states, or in any; `since` is a day such as 2026-11-01, in Amsterdam.

    Raises Declined for a day that cannot be read.
    """
    operator.record(connection_id)
    begin = _midnight(since) if since else None
    chosen = [state for state in State if not states or state in states]
    found = [
        transfer
        for state in chosen
        for transfer in operator.stores(connection_id).transfers.newest(state, since=begin, limit=most + 1)
    ]
    found.sort(key=lambda transfer: transfer.since, reverse=True)
    has_more = len(found) > most
    lines = tuple(_line(transfer, language) for transfer in found[:most])
    return InvoicesShown(connection_id, lines, has_more, tuple(_next_steps(lines, most, has_more=has_more)))


def _line(transfer: Transfer, language: str) -> InvoiceLine:
    return InvoiceLine(
        invoice=transfer.reference or transfer.tribe_invoice_id,
        invoice_date=transfer.invoice_date,
        amount=transfer.total_incl,
        currency=transfer.currency if transfer.total_incl is not None else None,
        state=transfer.state,
        reason=transfer.reason or "",
        why=_why(transfer, language),
        since=transfer.since,
        tribe_invoice_id=transfer.tribe_invoice_id,
    )


def _why(transfer: Transfer, language: str) -> str:
    reason, texts = transfer.reason or "", Texts(language)
    if reason in KINDS:
        return texts.say(f"open.{reason}.title")
    if texts.knows(f"cause.{reason}"):
        said = texts.say(f"cause.{reason}")
        return said[:1].upper() + said[1:].removesuffix(".")
    return texts.details(transfer.details) or reason.replace("_", " ")


def _next_steps(lines: tuple[InvoiceLine, ...], most: int, *, has_more: bool) -> Iterator[str]:
    if has_more:
        yield f"There are more: `--limit {most * 4}` shows them, `--state` and `--since` choose."
    if lines:
        yield f"`tribe-yuki explain {lines[0].invoice}` tells the story of one."


def _midnight(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(), AMSTERDAM)
    except ValueError:
        raise Declined("day_unreadable", f"{day} is no day; write it as 2026-11-01") from None
