"""What the page of open matters shows: everything that waits for a person, by reason, with what each role can do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tribe_yuki.admin.context import Operator
from tribe_yuki.console.roles import Action, Role, decides_for
from tribe_yuki.people.holds import HeldRecord, HoldGroup, list_holds


@dataclass(frozen=True, slots=True)
class Matter:
    """What waits for one reason; `is_yours` when the person's role decides about it, with these actions."""

    group: HoldGroup
    is_yours: bool
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Attention:
    """Everything that waits, the person's own matters first; `amount` is what the invoices in euros add up to."""

    matters: tuple[Matter, ...]
    waiting: int
    yours: int
    invoices: int
    amount: Decimal
    oldest: datetime | None


def attention(operator: Operator, connection_id: str, role: Role, language: str) -> Attention:
    """Return what waits for people in a connection."""
    groups = list_holds(operator, connection_id, language=language).groups
    matters = [_matter(group, role) for group in groups]
    records = [record for group in groups for record in group.records]
    invoices = [record for record in records if record.tribe_invoice_id is not None]
    return Attention(
        matters=tuple(sorted(matters, key=lambda matter: not matter.is_yours)),
        waiting=len(records),
        yours=sum(len(matter.group.records) for matter in matters if matter.is_yours),
        invoices=len(invoices),
        amount=_in_euros(invoices),
        oldest=min((record.since for record in records), default=None),
    )


def _matter(group: HoldGroup, role: Role) -> Matter:
    is_yours = decides_for(role, group.owner)
    actions = tuple(Action(command) for command in group.commands if command in set(Action)) if is_yours else ()
    return Matter(group, is_yours, actions)


def _in_euros(records: Iterable[HeldRecord]) -> Decimal:
    amounts = (record.amount for record in records if record.amount is not None and record.currency == "EUR")
    return sum(amounts, Decimal(0))
