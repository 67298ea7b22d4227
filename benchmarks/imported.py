"""One import in simulated time, with people who edit in Tribe meanwhile, and what was counted."""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from benchmarks.many_customers import fill
from benchmarks.metered_tables import MeteredTables
from tests.support.world.busy_world import BusyWorld, TimedCall, most_in_a_minute, open_busy_world
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.world import CONNECTION
from tests.support.world.world_tables import CONNECTIONS
from tribe_yuki.adapters.aws.yuki_calls import BudgetReader
from tribe_yuki.connections.context import IMPORT_CONTACTS, TRIBE_PAUSE
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.work.progress import Progress

EDIT_EVERY = timedelta(seconds=12)
# People's edits wait for midnight like all contacts once 83 % of the day's calls are spent (R14): they end before.
EDITS_UNTIL_SHARE = 0.7
MOST_DAYS = 14
_STEP = timedelta(minutes=1)

# What a call that changes a contact holds: its id, and its code.
_CONTACT_ID = re.compile(rb"<(?:\w+:)?ID>([^<]+)<")
_CODE = re.compile(rb"<(?:\w+:)?Code>")

type Teller = Callable[[datetime, str, str], None]


@dataclass(slots=True)
class Imported:
    """What an import took."""

    counts: Mapping[str, int] = field(default_factory=dict)
    linked_after: timedelta = timedelta()
    days: int = 0
    daily_limit: int = 0
    yuki_reads: int = 0
    yuki_sessions: int = 0
    code_writes: int = 0
    codes: int = 0
    field_writes: int = 0
    tribe_calls: int = 0
    echo_calls: int = 0
    tribe_calls_by_import: int = 0
    tribe_calls_by_all: int = 0
    tribe_pauses: int = 0
    edits: int = 0
    edit_seconds: list[float] = field(default_factory=list)
    longest_slice: timedelta = timedelta()
    read_units: float = 0
    write_units: int = 0
    table_requests: int = 0

    def percentile(self, percent: int) -> float:
        """Return the seconds within which so many edits of a hundred arrived."""
        times = sorted(self.edit_seconds)
        return times[min(len(times) * percent // 100, len(times) - 1)]


class _People:
    """Edit linked customers in Tribe, and see when that reaches Yuki."""

    def __init__(self, busy: BusyWorld) -> None:
        self._busy = busy
        self._random = Random(0)
        self._on_their_way: dict[bytes, datetime] = {}
        self._edited: set[str] = set()
        self.edits = 0
        self.seconds: list[float] = []

    def edit(self) -> None:
        """Change the address for mail of a customer whose import is done with its fields."""
        world = self._busy.world
        link = self._any_link()
        if link is not None:
            self._edited.add(link.tribe_relation_id)
            self.edits += 1
            email = f"changed-{self.edits}@edits.example"
            self._on_their_way[email.encode()] = world.clock.instant
            world.edit_in_tribe(link.tribe_relation_id, EmailAddress=email)
            world.settle_webhooks()

    def see(self, body: bytes) -> None:
        """Look for edits in what was just written to Yuki."""
        for email in [one for one in self._on_their_way if one + b"<" in body]:
            edited_at = self._on_their_way.pop(email)
            self.seconds.append((self._busy.world.clock.instant - edited_at).total_seconds())

    def _any_link(self) -> Link | None:
        after = f"{self._random.getrandbits(32):08x}"
        links = self._busy.world.links.page(after=after, limit=10)
        settled = (link for link in links if link.state is LinkState.LINKED and link.base)
        return next((link for link in settled if link.tribe_relation_id not in self._edited), None)


def run_import(
    customers: int,
    *,
    tell: Teller = lambda _now, _phase, _counts: None,
    daily_limit: int | None = None,
    most_days: int = MOST_DAYS,
) -> Imported:
    """Import some customers and return what it took; `daily_limit` is Yuki's, when another than the real one."""
    with ExitStack() as stack:
        meters: list[MeteredTables] = []

        def metered(tables: VirtualDynamoDb) -> MeteredTables:
            meters.append(MeteredTables(tables, lambda: busy.task == IMPORT_CONTACTS))
            return meters[-1]

        busy = open_busy_world(stack, tables=metered)
        fill(busy.world, customers)
        if daily_limit is not None:
            busy.world.save_settings(daily_call_limit=daily_limit)
            busy.world.switch_yuki(daily_limit=daily_limit)
        run = _Run(busy)
        run.to_the_end(tell, most_days)
        done = run.done
        (meter,) = meters
        done.read_units, done.write_units = meter.read_units, meter.write_units
        done.table_requests = meter.requests.total()
        return done


class _Run:
    def __init__(self, busy: BusyWorld) -> None:
        self._busy = busy
        self._world = busy.world
        self._people = _People(busy)
        self._contacts_with_code: set[str] = set()
        busy.on_update_contact = self._see
        settings = self._world.connections.settings(CONNECTION)
        assert settings is not None
        self._settings = settings
        self.done = Imported(daily_limit=settings.daily_call_limit)

    def to_the_end(self, tell: Teller, most_days: int) -> None:
        """Run until the import is finished, and a little longer for the last edits."""
        world = self._world
        started_at = world.clock.instant
        world.start_import()
        pauses: set[datetime] = set()
        told = -1
        while not (progress := self._progress()).is_finished:
            if world.clock.instant > started_at + timedelta(days=most_days):
                raise AssertionError("the import did not end")
            if progress.slice_number != told:
                told = progress.slice_number
                tell(world.clock.instant, progress.phase, str(dict(progress.counts)))
            self._minute(progress)
            if (pause := world.timestamps.get(TRIBE_PAUSE)) is not None:
                pauses.add(pause)
            if not self.done.linked_after and progress.phase in ("codes", "confirmed_codes"):
                self.done.linked_after = progress.changed_at - started_at
        finished_at = progress.finished_at or world.clock.instant
        self._busy.run_until(world.clock.instant + 2 * _STEP)
        self.done.tribe_pauses = len(pauses)
        self._sum_up(progress, finished_at)

    def _progress(self) -> Progress:
        progress = self._world.tasks.progress(IMPORT_CONTACTS)
        assert progress is not None
        return progress

    def _minute(self, progress: Progress) -> None:
        """Let a minute pass; people edit as long as the day's calls are enough for it."""
        end = self._world.clock.instant + _STEP
        while self._world.clock.instant < end:
            if self._has_calls_left() and progress.counts.get("seen"):
                self._people.edit()
                self._busy.run_until(min(self._world.clock.instant + EDIT_EVERY, end))
            else:
                self._busy.run_until(end)

    def _has_calls_left(self) -> bool:
        today = BudgetReader(self._world.db, CONNECTIONS).today(
            self._settings.yuki_domain_id, self._world.clock.instant
        )
        return today.calls < EDITS_UNTIL_SHARE * self._settings.daily_call_limit

    def _see(self, by: str, body: bytes) -> None:
        self._people.see(body)
        if by == IMPORT_CONTACTS and _CODE.search(body):
            self._contacts_with_code |= {found.decode() for found in _CONTACT_ID.findall(body)}

    def _sum_up(self, progress: Progress, finished_at: datetime) -> None:
        done, busy = self.done, self._busy
        done.counts = progress.counts
        days = [instant.astimezone(AMSTERDAM).date() for instant in (progress.started_at, finished_at)]
        done.days = (days[1] - days[0]).days + 1
        ours = [call for call in busy.yuki_calls if call.by == IMPORT_CONTACTS]
        done.yuki_sessions = _how_many(ours, "Authenticate")
        done.code_writes = _how_many(ours, "UpdateContact Code")
        done.codes = len(self._contacts_with_code)
        done.field_writes = _how_many(ours, "UpdateContact")
        done.yuki_reads = len(ours) - done.yuki_sessions - done.code_writes - done.field_writes
        tribe = [call for call in busy.tribe_calls if call.at <= finished_at]
        done.tribe_calls = sum(call.by == IMPORT_CONTACTS for call in tribe)
        done.echo_calls = sum(call.by == "contact_push" for call in tribe)
        done.tribe_calls_by_all = most_in_a_minute(call.at for call in tribe)
        done.tribe_calls_by_import = most_in_a_minute(call.at for call in tribe if call.by == IMPORT_CONTACTS)
        done.longest_slice = busy.longest["connection_task"]
        done.edits, done.edit_seconds = self._people.edits, self._people.seconds


def _how_many(calls: list[TimedCall], what: str) -> int:
    return sum(call.what == what for call in calls)
