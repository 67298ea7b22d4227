"""What all functions share of Yuki: the counts of calls, the breaker and the session; the rules are in `budget/`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import ConditionFailed, DynamoDb, Item, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.adapters.aws.stored_details import read_details
from tribe_yuki.budget.breaker import PROBE_EVERY, BreakerState
from tribe_yuki.budget.yuki_budget import PROBE_LIMIT_EVERY, WRITES, DayCount, Priority, day_of
from tribe_yuki.connections.store import BreakerStore
from tribe_yuki.connections.yuki_session import RefusedKey, StoredSession
from tribe_yuki.core.details import to_text
from tribe_yuki.core.errors import BudgetSpent, Conflict, Retryable

_COUNTERS_LIVE = timedelta(days=90)
# Yuki ends a session after a day (yuki-api 2.1); what is left of its id then serves nobody.
SESSION_KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class BudgetReader:
    """Read how many calls domains have had."""

    db: DynamoDb
    table: str

    def today(self, yuki_domain_id: str, now: datetime) -> DayCount:
        """Return what was counted on this day in Amsterdam."""
        return _day_count(self.db.get(self.table, _counter_key(yuki_domain_id, now)))


@dataclass(frozen=True, slots=True)
class CallCounter:
    """The calls of one domain."""

    db: DynamoDb
    table: str
    yuki_domain_id: str

    def add(self, now: datetime, allowance: int, *, is_write: bool) -> bool:
        """Count a call before it is made; return whether it probes a limit that Yuki named. Raises BudgetSpent."""
        not_blocked = "attribute_not_exists(blocked_at)"
        may_pass = not_blocked if is_write else f"({not_blocked} OR probe_at <= :now)"
        expires = int((now + _COUNTERS_LIVE).timestamp())
        try:
            item = self.db.update(
                self.table,
                _counter_key(self.yuki_domain_id, now),
                "ADD calls :one SET expires_at = :expires",
                condition=f"(attribute_not_exists(calls) OR calls < :allowed) AND {may_pass}",
                values={
                    ":one": 1,
                    ":allowed": allowance,
                    ":expires": expires,
                    **({} if is_write else {":now": timestamp(now)}),
                },
            )
        except ConditionFailed as failure:
            wait = _day_count(failure.item).wait(allowance, now)
            raise BudgetSpent("yuki_budget_spent", "waits for midnight", retry_after=wait) from failure
        return "blocked_at" in item

    def block(self, now: datetime) -> None:
        """Let nothing pass today but a probe now and then: Yuki said that its limit is reached."""
        self._set(now, "SET blocked_at = :now, probe_at = :probe", {":now": timestamp(now), **_next_probe(now)})

    def put_off_probe(self, now: datetime) -> None:
        """Let the next probe wait for its turn."""
        self._set(now, "SET probe_at = :probe", _next_probe(now))

    def unblock(self, now: datetime) -> None:
        """Let calls pass again."""
        self._set(now, "REMOVE blocked_at, probe_at", None)

    def _set(self, now: datetime, change: str, values: Item | None) -> None:
        self.db.update(self.table, _counter_key(self.yuki_domain_id, now), change, values=values)


@dataclass(frozen=True, slots=True)
class BreakerTable(ConnectionItems, BreakerStore):
    """The breaker of one connection, and when Yuki last answered it."""

    @override
    def read(self) -> BreakerState | None:
        item = self._get(keys.BREAKER)
        return _state(item) if item else None

    def add_failure(self, now: datetime) -> BreakerState:
        """Count a failure of transport; open the breaker when there were enough."""
        counted = self._update("ADD failures :one SET last_failure = :now", {":one": 1, ":now": timestamp(now)})
        if not counted.has_to_open:
            return counted
        change = "SET open_since = if_not_exists(open_since, :now), probe_at = :probe"
        return self._update(change, {":now": timestamp(now), ":probe": timestamp(now + PROBE_EVERY)})

    def note_pause(self, now: datetime) -> None:
        """Remember that Yuki asked for a pause."""
        self._update("SET slow_since = if_not_exists(slow_since, :now)", {":now": timestamp(now)})

    def take_probe(self, now: datetime) -> BreakerState:
        """Take the turn to probe. Raises Conflict when another worker has it."""
        values = {":now": timestamp(now), ":next": timestamp(now + PROBE_EVERY)}
        return self._update("SET probe_at = :next", values, condition="probe_at <= :now")

    def close(self, *, keeps_pause: bool) -> None:
        """Forget the failures, and the pause unless another worker has to see it."""
        if keeps_pause:
            self.db.update(self.table, self._key(keys.BREAKER), "REMOVE failures, last_failure, open_since, probe_at")
        else:
            self._delete(keys.BREAKER)

    def answered_at(self) -> datetime | None:
        """Return when Yuki last answered."""
        item = self._get(keys.YUKI_ANSWERED)
        return parse_timestamp(item["at"]) if item else None

    def set_answered_at(self, now: datetime) -> None:
        """Remember that Yuki answered."""
        self._put(keys.YUKI_ANSWERED, {"at": timestamp(now)})

    def _update(self, change: str, values: Item, condition: str | None = None) -> BreakerState:
        item = self.db.update(self.table, self._key(keys.BREAKER), change, condition=condition, values=values)
        return _state(item)


@dataclass(slots=True)
class YukiBudget:
    """Count a worker's calls before they are made, and hear how they end.

    `recovered` says that this process saw Yuki come back. `only_looks`: reads ignore the breaker, and failures do not
    count; the worker that closes it also sends what waited.
    """

    counter: CallCounter
    breaker: BreakerTable
    daily_limit: int
    priority: Priority
    now: Callable[[], datetime]
    only_looks: bool = False
    recovered: bool = False
    calls: int = 0
    _state: BreakerState | None = None
    _is_state_read: bool = False
    _is_probing_limit: bool = False

    def take(self, operation: str) -> None:
        """Count one call before it is made.

        Raises BudgetSpent when the day's allowance is used up, and Retryable while the breaker is open.
        """
        is_write = operation in WRITES
        if is_write or not self.only_looks:
            self._pass_breaker(is_write=is_write)
        now = self.now()
        is_probe = self.counter.add(now, self.priority.allowance(self.daily_limit), is_write=is_write)
        self.calls += 1
        if is_probe:
            self._is_probing_limit = True
            self.counter.put_off_probe(now)

    def succeeded(self, operation: str) -> None:  # noqa: ARG002 (the observer's shape)
        """Note that Yuki answered: the breaker closes, and a blocked day is open again."""
        now = self.now()
        self.breaker.set_answered_at(now)
        if self._is_probing_limit:
            self._is_probing_limit = False
            self.counter.unblock(now)
            self.recovered = True
        if self._state is not None:
            keeps_pause = self._state.keeps_the_pause(self.priority)
            self.recovered = self.recovered or (self._state.tells_of_recovery and not keeps_pause)
            self.breaker.close(keeps_pause=keeps_pause)
            self._state = None

    def failed_in_transport(self, operation: str) -> None:  # noqa: ARG002 (the observer's shape)
        """Count a failure of transport; after five in a row the breaker opens."""
        if not self.only_looks:
            self._state, self._is_state_read = self.breaker.add_failure(self.now()), True

    def slowed_down(self, operation: str) -> None:  # noqa: ARG002 (the observer's shape)
        """Note that Yuki asked for a pause; a worker that sends invoices and hears from Yuki again ends it."""
        self.breaker.note_pause(self.now())

    def limit_exceeded(self) -> None:
        """Note that Yuki said that the day's calls are used up."""
        self._is_probing_limit = False
        self.counter.block(self.now())

    @property
    def answered_at(self) -> datetime | None:
        """Return when Yuki last answered this connection."""
        return self.breaker.answered_at()

    @property
    def is_away(self) -> bool:
        """Whether Yuki is being left alone."""
        if not self._is_state_read:
            self._state, self._is_state_read = self.breaker.read(), True
        return self._state is not None and self._state.is_open

    def _pass_breaker(self, *, is_write: bool) -> None:
        """Let a call pass unless Yuki is left alone; of all workers, one probes in five minutes."""
        if not self.is_away or self._state is None:
            return
        now = self.now()
        wait = self._state.wait(now, is_write=is_write)
        if wait is not None:
            raise Retryable("yuki_breaker_open", "Yuki is away", retry_after=wait)
        try:
            self._state = self.breaker.take_probe(now)
        except Conflict as failure:
            raise Retryable("yuki_breaker_open", "Yuki is away", retry_after=PROBE_EVERY) from failure


def _counter_key(yuki_domain_id: str, now: datetime) -> dict[str, str]:
    return keys.calls(yuki_domain_id, day_of(now))


def _next_probe(now: datetime) -> Item:
    return {":probe": timestamp(now + PROBE_LIMIT_EVERY)}


def _day_count(item: Item | None) -> DayCount:
    item = item or {}
    return DayCount(int(item.get("calls", 0)), "blocked_at" in item, _instant(item, "probe_at"))


def _state(item: Item) -> BreakerState:
    failures = int(item.get("failures", 0))
    return BreakerState(
        failures, _instant(item, "open_since"), _instant(item, "probe_at"), _instant(item, "slow_since")
    )


def _instant(item: Item, name: str) -> datetime | None:
    return parse_timestamp(item[name]) if name in item else None


@dataclass(frozen=True, slots=True)
class YukiSessions:
    """The session of one connection; replaced only by whoever saw the one that stands."""

    db: DynamoDb
    table: str
    connection_id: str

    def read(self) -> StoredSession | RefusedKey | None:
        """Return the session, or the key that is refused; None when there is neither."""
        item = self.db.get(self.table, self._key)
        if item is None:
            return None
        if "session_id" in item:
            return StoredSession(item["session_id"], parse_timestamp(item["opened_at"]))
        return RefusedKey(item["key_id"], read_details(item["detail"]), parse_timestamp(item["refused_at"]))

    def replace(self, old: str | None, new: StoredSession | RefusedKey) -> bool:
        """Store this if `old` is still the stored id (None: no session is stored); tell whether it was.

        A refused key stays until the connection is connected again, or works with another one.
        """
        condition = "attribute_not_exists(session_id)" if old is None else "session_id = :old"
        try:
            self.db.put(self.table, self._item(new), condition=condition, values={":old": old} if old else None)
        except Conflict:
            return False
        return True

    def _item(self, new: StoredSession | RefusedKey) -> Item:
        if isinstance(new, RefusedKey):
            refused = {"key_id": new.key_id, "detail": to_text(new.details), "refused_at": timestamp(new.refused_at)}
            return {**self._key, **refused}
        return {
            **self._key,
            "session_id": new.session_id,
            "opened_at": timestamp(new.opened_at),
            "expires_at": int((new.opened_at + SESSION_KEPT).timestamp()),
        }

    @property
    def _key(self) -> dict[str, str]:
        return {"owner": self.connection_id, "item": keys.YUKI_SESSION}
