"""Sent invoices on their way to Yuki: calls, seconds and what the cloud charges for, beside a plain client.

The whole product runs with overlapping functions against the simulators. Seconds are simulated: each call to Tribe or
Yuki takes a fixed time, Tribe takes at most its thousand calls a minute, everything else takes none. Processor time is
measured on this machine. The plain client (`plain_client`) brings the same invoices to a Yuki of its own.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import httpx

from benchmarks.plain_client import PlainClient
from benchmarks.report import Line, print_lines
from benchmarks.usage import Meter, Usage, UsageByFunction, index_entry, item_bytes, request_seconds
from local.stack.demo_connection import ACCESS_KEY, demo_settings
from simulators.shared import SimulatorServer
from simulators.yuki import YukiSimulator
from tests.support.world.busy_world import (
    TRIBE_SECONDS,
    YUKI_SECONDS,
    BusyWorld,
    TimedCall,
    most_in_a_minute,
    open_busy_world,
)
from tests.support.world.many_invoices import SEED, draft_invoices, link_customers, number_of
from tests.support.world.world import World
from tribe_yuki.connections.context import COMPARE_CONTACTS, FIRST_LOOK
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.invoices.transfer import State, Transfer

CUSTOMERS = 300
PORTIONS = (1, 100, 1_000)
ALONE = 20
ALONE_EVERY = timedelta(minutes=2)
EDITS = 50
EDIT_EVERY = timedelta(seconds=30)
PDF_BYTES = 60_000
MOST_YUKI_CALLS = 60
PLAIN_YUKI_CALLS = 2_000
TRIBE_LIMIT = 1_000
BOOKED_P95 = 60
POLLS_AN_HOUR = 4
MOST_TABLE_REQUESTS = 35

# Assumed, as TRIBE_SECONDS and YUKI_SECONDS are: what a function waits for a table, a queue or a secret.
AWS_SECONDS = 0.005
# Lambda gives a function of 1,769 MB one processor, and one of less memory as much less of it; ours have 512 MB.
PROCESSOR_MB = 1_769
MEMORY_MB = 512
# yuki_poll and connection_task run whether there are invoices or not: what they use is the quiet day's.
FOR_RECORDS = ("tribe_webhook", "invoice_push", "contact_push")

_SECONDS = 300
_STEP = timedelta(seconds=5)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Period:
    """What happened in a stretch of simulated time; `yuki_calls` are Yuki's own count, `by_function` ours."""

    yuki_calls: Counter[str] = field(default_factory=Counter)
    by_function: Counter[str] = field(default_factory=Counter)
    tribe_calls: Sequence[TimedCall] = ()
    usage: UsageByFunction = field(default_factory=dict)

    def for_records(self) -> Usage:
        """Return what the functions used that run only when there is something to do."""
        return sum((self.usage.get(name, Usage()) for name in FOR_RECORDS), Usage())

    def for_all(self) -> Usage:
        """Return what all functions used."""
        return sum(self.usage.values(), Usage())


@dataclass(slots=True)
class Sent:
    """Invoices that were Sent: `seconds` from Sent to booked for each.

    `until_booked` ends with the last booking, `period` when every external id is written to Tribe as well.
    """

    number: int
    until_booked: Period
    period: Period
    seconds: list[float]
    last_after: float

    def percentile(self, percent: int) -> float:
        """Return the seconds within which so many of a hundred were booked."""
        times = sorted(self.seconds)
        return times[min(len(times) * percent // 100, len(times) - 1)]

    def per_invoice(self) -> Usage:
        """Return what one of them took on average."""
        return self.period.for_records() * (1 / self.number)


@dataclass(slots=True)
class Plain:
    """What the plain client took for the same invoices: its calls one after another, waiting for midnight."""

    calls: Counter[str]
    booked: int
    booked_first_day: int
    days: int

    @property
    def calling_seconds(self) -> float:
        """Return how long its calls take, without the waiting for midnight."""
        return self.calls.total() * YUKI_SECONDS


@dataclass(slots=True)
class Measured:
    """All that one run measured; `request_seconds` is boto3's processor time for a request to AWS."""

    quiet_day: Period
    quiet_hour: Period
    portions: list[Sent]
    alone: Sent
    edits: Period
    day_after: Period
    plain: list[Plain]
    bytes_per_invoice: float
    bytes_before: int
    request_seconds: float

    @property
    def invoices(self) -> int:
        """Return how many invoices were sent in all."""
        return sum(one.number for one in (*self.portions, self.alone))

    def per_contact(self) -> Usage:
        """Return what one changed contact took on average."""
        return self.edits.for_records() * (1 / EDITS)

    def night_per_invoice(self) -> Usage:
        """Return what the day after took more than a quiet day, for each invoice: its verification, mostly."""
        return (self.day_after.for_all() - self.quiet_day.for_all()) * (1 / self.invoices)

    def webhooks_per_invoice(self) -> float:
        """Return how many webhooks an invoice has."""
        return self.alone.period.usage["tribe_webhook"].invocations / self.alone.number

    def webhooks_per_contact(self) -> float:
        """Return how many webhooks a changed contact has."""
        return self.edits.usage["tribe_webhook"].invocations / EDITS

    def milliseconds(self, usage: Usage) -> float:
        """Return the run time on Lambda: waits, and processor time at the share that the memory gives."""
        return sum(self.parts(usage))

    def parts(self, usage: Usage) -> tuple[float, float, float]:
        """Return the run time's parts in milliseconds: Tribe and Yuki, AWS, and the processor."""
        processor = usage.processor_seconds + usage.aws_requests * self.request_seconds
        seconds = (usage.outside_seconds, usage.aws_requests * AWS_SECONDS, processor * PROCESSOR_MB / MEMORY_MB)
        return seconds[0] * 1000, seconds[1] * 1000, seconds[2] * 1000


def main() -> int:
    """Measure, print the tables, and return 1 when a requirement is not met."""
    began = time.monotonic()
    done = measure()
    print(
        f"Sent invoices of {CUSTOMERS} customers, with PDFs of {PDF_BYTES // 1000} KB, each number within a minute; "
        f"simulated: {TRIBE_SECONDS} s for a call to Tribe, {YUKI_SECONDS} s to Yuki, "
        f"{TRIBE_LIMIT} calls to Tribe a minute\n"
    )
    print_columns(_side_by_side(done))
    print(
        f"\nper invoice and per contact; processor time of this machine at {MEMORY_MB} of {PROCESSOR_MB} MB, "
        f"{AWS_SECONDS * 1000:.0f} ms assumed for a request to AWS\n"
    )
    print_columns(_per_record(done))
    print()
    is_met = print_lines(_requirements(done))
    print(f"\nmeasured in {time.monotonic() - began:.0f} s")
    return int(not is_met)


def print_columns(rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table whose first column is words and whose others are figures."""
    first = max(len(row[0]) for row in rows)
    width = max(len(cell) for row in rows for cell in row[1:]) + 2
    for what, *cells in rows:
        print(f"{what:<{first}}{''.join(f'{cell:>{width}}' for cell in cells)}")


@cache
def measure() -> Measured:
    """Run a quiet day, the invoices and edits of a day with its night, and the plain client; once per process."""
    with ExitStack() as stack:
        busy = open_busy_world(stack)
        meter = Meter.install(stack, busy)
        run = _Run(busy, meter)
        run.settle()
        _tell("settled; a quiet day")
        quiet_day = run.during(_DAY)
        size = _stored_bytes(busy.world)
        portions = []
        for number in PORTIONS:
            _tell(f"{number} invoices")
            portions.append(run.send(number, _MINUTE / number))
            busy.run_until(busy.world.clock.instant + 15 * _MINUTE)
        alone = run.send(ALONE, ALONE_EVERY)
        per_invoice = (_stored_bytes(busy.world) - size) / sum(one.number for one in (*portions, alone))
        _tell("edits, a quiet hour, and the day after")
        run.edit()  # the first look at a contact also stores what both systems hold
        edits = run.edit()
        quiet_hour = run.during(60 * _MINUTE)
        day_after = run.during(_DAY)
        books = [one for one in busy.world.yuki_state()["invoices"] if one["reference"] in run.numbers]
    _tell("the plain client")
    plain = [_push_plainly(books[:number]) for number in PORTIONS]
    return Measured(
        quiet_day=quiet_day,
        quiet_hour=quiet_hour,
        portions=portions,
        alone=alone,
        edits=edits,
        day_after=day_after,
        plain=plain,
        bytes_per_invoice=per_invoice,
        bytes_before=size,
        request_seconds=request_seconds(),
    )


class _Run:
    """A world with linked customers and drafts, in which people send and edit."""

    def __init__(self, busy: BusyWorld, meter: Meter) -> None:
        self._busy = busy
        self._world = busy.world
        self._meter = meter
        self._customers = link_customers(self._world, CUSTOMERS)
        self._drafts = draft_invoices(self._world, self._customers, sum(PORTIONS) + ALONE)
        self._sent = 0
        self._edits = 0
        self._world.switch_tribe(pdf_bytes=PDF_BYTES)

    @property
    def numbers(self) -> frozenset[str]:
        """Return the numbers of what was sent."""
        return frozenset(number_of(place) for place in range(self._sent))

    def settle(self) -> None:
        """Do what comes once: the first look, the first comparison of all contacts, and the first night."""
        for task in (FIRST_LOOK, COMPARE_CONTACTS):
            self._world.start_task(task)
        self._busy.run_until(self._world.clock.instant + _DAY)

    def during(self, length: timedelta) -> Period:
        """Let time pass and return what happened."""
        begun = self._begin()
        self._busy.run_until(self._world.clock.instant + length)
        return self._end(begun)

    def send(self, number: int, every: timedelta) -> Sent:
        """Press Send for the next drafts, and return what it took until all of them are settled."""
        begun, clock = self._begin(), self._world.clock
        started_at = clock.instant
        sent: dict[str, datetime] = {}
        for place in range(number):
            self._busy.run_until(started_at + place * every)
            tribe_invoice_id = self._drafts[self._sent]
            sent[tribe_invoice_id] = clock.instant
            self._world.send(tribe_invoice_id, Number=number_of(self._sent))
            self._world.settle_webhooks()
            self._sent += 1
        self._run_until(lambda transfer: transfer.state is State.BOOKED, sent)
        until_booked = self._end(begun)
        self._run_until(lambda transfer: transfer.external_id_written, sent)
        booked = [transfer.booked_at for transfer in self._transfers(sent) if transfer and transfer.booked_at]
        seconds = [(at - sent_at).total_seconds() for at, sent_at in zip(booked, sent.values(), strict=True)]
        last_after = (max(booked) - started_at).total_seconds()
        return Sent(number, until_booked, self._end(begun), seconds, last_after)

    def edit(self) -> Period:
        """Change the telephone numbers of some customers in Tribe, one after another."""
        begun = self._begin()
        for company in self._customers[:EDITS]:
            self._edits += 1
            self._world.edit_in_tribe(company.id("tribe organisation"), PhoneNumber=f"038 76{self._edits:05}")
            self._world.settle_webhooks()
            self._busy.run_until(self._world.clock.instant + EDIT_EVERY)
        self._busy.run_until(self._world.clock.instant + _MINUTE)
        return self._end(begun)

    def _run_until(self, is_done: Callable[[Transfer], bool], tribe_invoice_ids: Iterable[str]) -> None:
        """Let time pass until something is true of every invoice."""
        while not all(transfer and is_done(transfer) for transfer in self._transfers(tribe_invoice_ids)):
            self._busy.run_until(self._world.clock.instant + _STEP)

    def _transfers(self, tribe_invoice_ids: Iterable[str]) -> Iterator[Transfer | None]:
        return (self._world.transfer(one) for one in tribe_invoice_ids)

    def _begin(self) -> tuple[Counter[str], int, int, UsageByFunction]:
        return self._calls(), len(self._busy.yuki_calls), len(self._busy.tribe_calls), self._meter.by_function

    def _end(self, begun: tuple[Counter[str], int, int, UsageByFunction]) -> Period:
        calls, yuki_calls, tribe_calls, usage = begun
        now = self._meter.by_function
        return Period(
            self._calls() - calls,
            Counter(call.by for call in self._busy.yuki_calls[yuki_calls:]),
            self._busy.tribe_calls[tribe_calls:],
            {name: now[name] - usage.get(name, Usage()) for name in now},
        )

    def _calls(self) -> Counter[str]:
        return Counter(self._world.yuki_state()["calls"])


def _push_plainly(books: Sequence[dict[str, object]]) -> Plain:
    """Have the plain client bring invoices, as they stand in the books, to a Yuki with the same customers."""
    with ExitStack() as stack:
        yuki = YukiSimulator()
        server = stack.enter_context(SimulatorServer(yuki))
        http = stack.enter_context(httpx.Client(trust_env=False, timeout=_SECONDS))
        wanted = {"contacts": CUSTOMERS, "seed": SEED, "codes": 1}
        http.post(f"{server.url}/_control/bulk", json=wanted).raise_for_status()
        now = datetime.fromisoformat(str(books[0]["created"])).replace(tzinfo=AMSTERDAM)
        yuki.clock.set(now)
        days = 1

        def wait_for_midnight() -> None:
            nonlocal now, days
            now, days = now.replace(hour=0, minute=0, second=0) + _DAY, days + 1
            yuki.clock.set(now)

        settings = demo_settings(now)
        client = PlainClient(
            http,
            server.url,
            ACCESS_KEY,
            settings.yuki_domain_id,
            settings.yuki_administration_id,
            wait_for_midnight,
        )
        day_of = [days for invoice in books if client.push(invoice)]
        calls = Counter(http.get(f"{server.url}/_control/state").raise_for_status().json()["calls"])
        return Plain(calls, len(day_of), day_of.count(1), days)


def _stored_bytes(world: World) -> int:
    """Return the size of all items, those of the indexes included."""
    size = 0
    for table in world.dynamodb.tables.values():
        for item in table.items.values():
            entries = (index_entry(index, item) for index in table.indexes.values())
            size += sum(item_bytes(one) for one in (item, *entries))
    return size


def _side_by_side(done: Measured) -> list[tuple[str, ...]]:
    sent, plain = done.portions, done.plain
    return [
        ("Sent invoices", *(f"{one.number:,}" for one in sent)),
        ("Yuki calls, connector", *(f"{one.until_booked.yuki_calls.total():,}" for one in sent)),
        (
            "  of these ProcessSalesInvoices",
            *(f"{one.until_booked.yuki_calls['ProcessSalesInvoices']:,}" for one in sent),
        ),
        ("Yuki calls, plain client", *(f"{one.calls.total():,}" for one in plain)),
        ("  of these Authenticate", *(f"{one.calls['Authenticate']:,}" for one in plain)),
        (
            "times as many as the connector",
            *(
                f"{theirs.calls.total() / ours.until_booked.yuki_calls.total():.1f}"
                for ours, theirs in zip(sent, plain, strict=True)
            ),
        ),
        ("seconds from Sent to booked, connector: p50", *(f"{one.percentile(50):.1f}" for one in sent)),
        ("  p95", *(f"{one.percentile(95):.1f}" for one in sent)),
        ("  longest", *(f"{max(one.seconds):.1f}" for one in sent)),
        ("seconds from the first Sent to the last booked", *(f"{one.last_after:.1f}" for one in sent)),
        ("plain client: seconds of calling", *(f"{one.calling_seconds:.1f}" for one in plain)),
        ("  days, at 1,000 calls a day", *(f"{one.days}" for one in plain)),
        ("  booked on the first day", *(f"{one.booked_first_day:,}" for one in plain)),
        ("Tribe calls, connector", *(f"{len(one.until_booked.tribe_calls):,}" for one in sent)),
        (
            "  most in 60 s",
            *(f"{most_in_a_minute(call.at for call in one.until_booked.tribe_calls):,}" for one in sent),
        ),
    ]


def _per_record(done: Measured) -> list[tuple[str, ...]]:
    invoices = [*done.portions, done.alone]
    usages = [*(one.per_invoice() for one in invoices), done.night_per_invoice(), done.per_contact()]
    parts = [done.parts(one) for one in usages]
    return [
        ("", *(f"of {one.number:,}" for one in done.portions), "alone", "its night", "contact"),
        ("webhooks and runs of functions", *(f"{one.invocations:.1f}" for one in usages)),
        ("Lambda milliseconds", *(f"{sum(one):,.0f}" for one in parts)),
        ("  waiting for Tribe and Yuki (simulated)", *(f"{one[0]:,.0f}" for one in parts)),
        ("  waiting for AWS (assumed)", *(f"{one[1]:,.0f}" for one in parts)),
        ("  processor (measured, scaled)", *(f"{one[2]:,.0f}" for one in parts)),
        ("DynamoDB requests", *(f"{one.table_requests:.1f}" for one in usages)),
        ("  read units", *(f"{one.read_units:.1f}" for one in usages)),
        ("  write units", *(f"{one.write_units:.1f}" for one in usages)),
        ("  write units of indexes", *(f"{one.index_units:.1f}" for one in usages)),
        ("SQS requests, standard", *(f"{one.standard_requests:.1f}" for one in usages)),
        ("  FIFO", *(f"{one.fifo_requests:.1f}" for one in usages)),
        ("KB of logs and metrics", *(f"{one.log_bytes / 1000:.1f}" for one in usages)),
        ("KB sent to Yuki", *(f"{one.yuki_bytes / 1000:.1f}" for one in usages)),
    ]


def _requirements(done: Measured) -> list[Line]:
    most, plain = done.portions[-1], done.plain[-1]
    calls, plain_calls = most.until_booked.yuki_calls.total(), plain.calls.total()
    polls = done.quiet_hour.yuki_calls.total()
    requests = done.alone.per_invoice().table_requests
    slowest = max((done.portions[0], done.alone), key=lambda one: one.percentile(95))
    return [
        Line(
            f"Yuki calls for {most.number:,} invoices",
            f"{calls}",
            f"at most {MOST_YUKI_CALLS}",
            calls <= MOST_YUKI_CALLS,
        ),
        Line(
            "  plain client",
            f"{plain_calls:,}, {plain.booked:,} booked",
            f"over {PLAIN_YUKI_CALLS:,}",
            plain_calls > PLAIN_YUKI_CALLS and plain.booked == most.number,
        ),
        Line("Yuki calls of a quiet hour", f"{polls}", f"{POLLS_AN_HOUR}, one a poll", polls == POLLS_AN_HOUR),
        Line(
            "seconds to booked of invoices by themselves, p95",
            f"{slowest.percentile(95):.1f}",
            f"under {BOOKED_P95}",
            slowest.percentile(95) < BOOKED_P95,
        ),
        Line(
            "DynamoDB requests of an invoice by itself",
            f"{requests:.1f}",
            f"at most {MOST_TABLE_REQUESTS}",
            requests <= MOST_TABLE_REQUESTS,
        ),
        Line("Yuki calls of a quiet day", f"{done.quiet_day.yuki_calls.total()}"),
        Line(f"Yuki calls of the day after {done.invoices:,} invoices", f"{done.day_after.yuki_calls.total()}"),
        Line("bytes stored for an invoice, indexes included", f"{done.bytes_per_invoice:,.0f}"),
    ]


def _tell(what: str) -> None:
    print(what, file=sys.stderr)
