"""Work that is due, and the connections that it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.work.progress import UnfinishedTask


@dataclass(frozen=True, slots=True)
class DueItem:
    """One record that is due; `record_id` is its id in Tribe.

    `kind` is `invoice`, `contact`, `pending_invoices` or `pending_contacts`.
    """

    connection_id: str
    kind: str
    record_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """What the sweep knows of a connection; `breaker_probe_at` is None while Yuki answers.

    `began` tells when each task of the connection began last, and `unfinished_tasks` when those have to be started
    again that could not be finished: never before, whatever else would start them.
    `yuki_budget_used` is the part of the day's calls to Yuki that is used, 1 when Yuki itself said that it is spent.
    """

    connection_id: str
    is_paused: bool
    settings: ConnectionSettings
    began: Mapping[str, datetime]
    breaker_probe_at: datetime | None
    unfinished_tasks: Mapping[str, UnfinishedTask] = field(default_factory=dict)
    is_importing: bool = False
    yuki_budget_used: float = 0

    @property
    def polls_wait_for_midnight(self) -> bool:
        """Whether the calls are used up that polls and contacts may have today."""
        limit = self.settings.daily_call_limit
        return round(self.yuki_budget_used * limit) >= Priority.CONTACTS.allowance(limit)
