"""The budget of Yuki's calls in a day (contacts stop at 83 %, invoices at 98 %), and the breaker (design 7)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import ConditionFailed, DynamoDb, Item, parse_timestamp, timestamp
from tribe_yuki.core.errors import BudgetSpent, Conflict, Retryable
from tribe_yuki.work.due import PERCENT_FOR_CONTACTS

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WRITES = frozenset({"UpdateContact", "ProcessSalesInvoices"})
PROBE_BLOCKED_EVERY = timedelta(hours=1)
BREAKER_OPENS_AFTER = 5
BREAKER_PROBE_EVERY = timedelta(minutes=5)


class Share(StrEnum):
    """Who spends the calls; the value is how much of the limit may be used when it does, in percent."""

    CONTACTS = str(PERCENT_FOR_CONTACTS)
    INVOICES = "98"


@dataclass(slots=True)
class YukiCalls:
    """Counts the calls of a domain per Amsterdam day, and stops calling while Yuki is away.

    `blocked` in today's counter means that Yuki itself said that the limit is reached. The breaker belongs to the
    connection. `recovered` tells that this process saw Yuki come back. Who `only_looks` asks Yuki in spite of the
    breaker and leaves it as it is: the worker that closes it also sends what waited.
    """

    db: DynamoDb
    table: str
    connection_id: str
    yuki_domain_id: str
    daily_limit: int
    share: Share
    now: Callable[[], datetime]
    only_looks: bool = False
    recovered: bool = False
    calls: int = 0
    _breaker: Item | None = None
    _breaker_read: bool = False
    _probing: bool = field(default=False)

    def take(self, operation: str) -> None:
        """Count one call before it is made.

        Raises BudgetSpent when the day's share is used up, and Retryable while the breaker is open.
        """
        if operation in WRITES or not self.only_looks:
            self._check_breaker(operation)
        now = self.now()
        allowed = self.daily_limit * int(self.share) // 100
        condition = "(attribute_not_exists(calls) OR calls < :allowed) AND "
        condition += (
            "attribute_not_exists(blocked_at)"
            if operation in WRITES
            else ("(attribute_not_exists(blocked_at) OR probe_at <= :now)")
        )
        try:
            item = self.db.update(
                self.table,
                self._counter_key(now),
                "ADD calls :one SET expires_at = :expires",
                condition=condition,
                values={
                    ":one": 1,
                    ":allowed": allowed,
                    ":expires": int((now + timedelta(days=90)).timestamp()),
                    **({} if operation in WRITES else {":now": timestamp(now)}),
                },
            )
        except ConditionFailed as failure:
            raise BudgetSpent(
                "yuki_budget_spent", "waits for midnight", retry_after=self._until_allowed(now, failure.item, allowed)
            ) from failure
        self.calls += 1
        if "blocked_at" in item:
            self._next_probe_of_the_limit(now)

    def succeeded(self, operation: str) -> None:  # noqa: ARG002 (the observer's shape)
        """Note that Yuki answered: the breaker closes, and a blocked day is open again."""
        now = self.now()
        self.db.put(self.table, {**self._answered_key, "at": timestamp(now)})
        if self._probing:
            self._probing = False
            self.db.update(self.table, self._counter_key(now), "REMOVE blocked_at, probe_at")
            self.recovered = True
        if self._breaker is not None:
            self._close_the_breaker(self._breaker)
            self._breaker = None

    def failed_in_transport(self, operation: str) -> None:  # noqa: ARG002 (the observer's shape)
        """Count a failure of transport; after five in a row the breaker opens."""
        if self.only_looks:
            return
        now = self.now()
        item = self.db.update(
            self.table,
            self._breaker_key,
            "ADD failures :one SET last_failure = :now",
            values={":one": 1, ":now": timestamp(now)},
        )
        if item["failures"] >= BREAKER_OPENS_AFTER:
            item = self.db.update(
                self.table,
                self._breaker_key,
                "SET open_since = if_not_exists(open_since, :now), probe_at = :probe",
                values={":now": timestamp(now), ":probe": timestamp(now + BREAKER_PROBE_EVERY)},
            )
        self._breaker, self._breaker_read = item, True

    def slowed_down(self, operation: str) -> None:  # noqa: ARG002 (the observer's shape)
        """Note that Yuki asked for a pause; whoever sends invoices and hears from it again releases what waits."""
        self.db.update(
            self.table,
            self._breaker_key,
            "SET slow_since = if_not_exists(slow_since, :now)",
            values={":now": timestamp(self.now())},
        )

    def limit_exceeded(self) -> None:
        """Note that Yuki said that the day's calls are used up."""
        now = self.now()
        self._probing = False
        self.db.update(
            self.table,
            self._counter_key(now),
            "SET blocked_at = :now, probe_at = :probe",
            values={":now": timestamp(now), ":probe": timestamp(now + PROBE_BLOCKED_EVERY)},
        )

    @property
    def answered_at(self) -> datetime | None:
        """Return when Yuki last answered this connection."""
        item = self.db.get(self.table, self._answered_key)
        return parse_timestamp(item["at"]) if item else None

    @property
    def is_away(self) -> bool:
        """Tell whether Yuki is being left alone."""
        if not self._breaker_read:
            self._breaker, self._breaker_read = self.db.get(self.table, self._breaker_key), True
        return self._breaker is not None and "open_since" in self._breaker

    def _close_the_breaker(self, item: Item) -> None:
        """Forget failures; that Yuki asked for a pause is forgotten by the worker that releases what waits for it."""
        if "slow_since" in item and self.share is not Share.INVOICES:
            removed = "REMOVE failures, last_failure, open_since, probe_at"
            self.db.update(self.table, self._breaker_key, removed)
            return
        self.recovered = self.recovered or not item.keys().isdisjoint({"open_since", "slow_since"})
        self.db.delete(self.table, self._breaker_key)

    def _check_breaker(self, operation: str) -> None:
        if not self.is_away or self._breaker is None:
            return
        now = self.now()
        probe_at = parse_timestamp(self._breaker["probe_at"])
        if operation in WRITES or now < probe_at:
            raise Retryable("yuki_breaker_open", "Yuki is away", retry_after=max(probe_at - now, timedelta(seconds=1)))
        self._take_the_probe(now)

    def _take_the_probe(self, now: datetime) -> None:
        """Let only one worker probe, and only once in five minutes."""
        try:
            self._breaker = self.db.update(
                self.table,
                self._breaker_key,
                "SET probe_at = :next",
                condition="probe_at <= :now",
                values={":now": timestamp(now), ":next": timestamp(now + BREAKER_PROBE_EVERY)},
            )
        except Conflict as failure:
            raise Retryable("yuki_breaker_open", "Yuki is away", retry_after=BREAKER_PROBE_EVERY) from failure

    def _next_probe_of_the_limit(self, now: datetime) -> None:
        self._probing = True
        self.db.update(
            self.table,
            self._counter_key(now),
            "SET probe_at = :probe",
            values={":probe": timestamp(now + PROBE_BLOCKED_EVERY)},
        )

    def _until_allowed(self, now: datetime, counter: Item | None, allowed: int) -> timedelta:
        midnight = next_midnight(now) - now
        if counter and "probe_at" in counter and counter.get("calls", 0) < allowed:
            return min(midnight, max(parse_timestamp(counter["probe_at"]) - now, timedelta(seconds=1)))
        return midnight

    @property
    def _breaker_key(self) -> dict[str, str]:
        return {"owner": self.connection_id, "item": keys.BREAKER}

    @property
    def _answered_key(self) -> dict[str, str]:
        return {"owner": self.connection_id, "item": f"{keys.TIMESTAMP}yuki_answered"}

    def _counter_key(self, now: datetime) -> dict[str, str]:
        return {"owner": f"domain#{self.yuki_domain_id}", "item": f"calls#{now.astimezone(AMSTERDAM).date()}"}


def next_midnight(now: datetime) -> datetime:
    """Return the instant at which the next day begins in Amsterdam."""
    tomorrow = now.astimezone(AMSTERDAM).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=AMSTERDAM)
