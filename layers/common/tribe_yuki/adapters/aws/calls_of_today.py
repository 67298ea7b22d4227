"""How many calls of Yuki a domain has had today, for showing; counting them is `yuki_calls`."""

from dataclasses import dataclass
from datetime import datetime

from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.yuki_calls import AMSTERDAM


@dataclass(frozen=True, slots=True)
class DayCount:
    """The calls of one day in Amsterdam, and whether Yuki said that its limit is reached."""

    calls: int
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class CallsOfToday:
    """Reads the counters of domains."""

    db: DynamoDb
    table: str

    def today(self, yuki_domain_id: str, now: datetime) -> DayCount:
        """Return what was counted on this day in Amsterdam."""
        day = now.astimezone(AMSTERDAM).date()
        item = self.db.get(self.table, {"owner": f"domain#{yuki_domain_id}", "item": f"calls#{day}"}) or {}
        return DayCount(int(item.get("calls", 0)), "blocked_at" in item)
