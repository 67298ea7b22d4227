"""What a deployment with one connection costs a month, from what `invoices` measured and AWS's list prices.

A month is 730 hours. What nobody measured here is a constant below with where it comes from; the count of alarms,
metrics and queues is the template's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.invoices import Measured, measure, print_columns
from benchmarks.list_prices import PRICES, REGION, Item
from benchmarks.report import Line, print_lines
from benchmarks.usage import Usage
from tests.support.template.template import functions, properties, referred, resources, sources
from tribe_yuki.entrypoints.metrics import METRICS

INVOICES = (0, 100, 1_000, 10_000)
# 300 customers send 1,000 invoices: each of them is edited once a month.
EDITS_PER_INVOICE = 0.3
# Stands for the day's rate; nobody's quotation.
EUROS_PER_DOLLAR = 0.90
IDLE_EUROS = 7
HOURS = 730
DAYS = HOURS / 24
MINUTES = HOURS * 60
GB = 1_000_000_000
# What has been stored after a year of as many invoices each month.
MONTHS_STORED = 12
MONTHS_OF_LOGS = 12

# Lambda keeps five long polls of 20 seconds open at every queue that feeds a function (AWS's Lambda guide on SQS). All
# of them are counted, although some of them find the messages that were counted already.
EMPTY_RECEIVES_A_MINUTE = 15
# DynamoDB asks KMS again for the key of a table five minutes after it did for the same caller: AWS's DynamoDB guide.
KEY_USES_AN_HOUR = 12
TABLES = 3
# yuki_poll and connection_task run all the time; the tables of the functions for records are counted as if they did.
CALLERS_WITHOUT_INVOICES, CALLERS = 2, 4
# Lines that Lambda writes about a run (START, END, REPORT), and API Gateway about a webhook, in the template's format.
BYTES_ABOUT_A_RUN = 400
BYTES_ABOUT_A_WEBHOOK = 300
# The webhook's keys and the credentials; a connection by a user's consent has a third secret.
SECRETS = 2
# Each of three owners is mailed once a day at most, and at once for the first hold of a kind.
EMAILS_A_DAY = 6

# What is charged for merely existing.
FIXED = (Item.ALARM, Item.METRIC, Item.DASHBOARD, Item.KEY, Item.SECRET)

type Quantities = Mapping[Item, float]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a deployment has whatever it does."""

    alarms: int
    metrics: int
    dashboards: int
    keys: int
    standard_queues: int
    fifo_queues: int
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Use:
    """What a month of work uses; `milliseconds` is the run time of all functions together."""

    usage: Usage
    milliseconds: float
    webhooks: float
    stored_bytes: float
    with_invoices: bool


def main() -> int:
    """Print a month's costs for some numbers of invoices, and return 1 when a requirement is not met."""
    done, fixed = measure(), fixed_by_template()
    months = {number: quantities(use_of_month(done, number), fixed) for number in INVOICES}
    print(
        f"a month of one connection in {REGION}, in US dollars without VAT, by list prices without any free allowance; "
        f"{EDITS_PER_INVOICE:.1f} edited contacts for each invoice\n"
    )
    print_columns(_rows(months))
    print()
    idle = months[0]
    euros = sum(bill(idle, with_free=True).values()) * EUROS_PER_DOLLAR
    lines = [
        Line(
            "euros for an idle month, free allowances used",
            f"{euros:.2f}",
            f"at most {IDLE_EUROS}",
            euros <= IDLE_EUROS,
        ),
        Line(
            "dollars of an idle month for what merely exists",
            f"{sum(PRICES[one].usd * idle[one] for one in FIXED):.2f}",
        ),
        Line("  alarms, metrics, dashboards, keys, secrets", ", ".join(f"{idle[one]:.0f}" for one in FIXED)),
    ]
    return int(not print_lines(lines))


def use_of_month(done: Measured, invoices: int) -> Use:
    """Return what a month uses: quiet days, and each invoice by itself with its night and its share of edits."""
    edits = invoices * EDITS_PER_INVOICE
    parts = [
        (done.quiet_day.for_all(), DAYS),
        (done.alone.per_invoice(), invoices),
        (done.night_per_invoice(), invoices),
        (done.per_contact(), edits),
    ]
    webhooks = invoices * done.webhooks_per_invoice() + edits * done.webhooks_per_contact()
    return Use(
        usage=sum((usage * times for usage, times in parts), Usage()),
        milliseconds=sum(done.milliseconds(usage) * times for usage, times in parts),
        webhooks=webhooks,
        stored_bytes=done.bytes_before + invoices * MONTHS_STORED * done.bytes_per_invoice,
        with_invoices=invoices > 0,
    )


def quantities(use: Use, fixed: Fixed) -> Quantities:
    """Return how many units of each item a month has."""
    usage = use.usage
    empty = EMPTY_RECEIVES_A_MINUTE * MINUTES
    callers = CALLERS if use.with_invoices else CALLERS_WITHOUT_INVOICES
    log_gb = (usage.log_bytes + usage.invocations * BYTES_ABOUT_A_RUN + use.webhooks * BYTES_ABOUT_A_WEBHOOK) / GB
    return {
        Item.LAMBDA_REQUEST: usage.invocations,
        Item.LAMBDA_GB_SECOND: use.milliseconds / 1000 * fixed.memory_gb,
        Item.HTTP_REQUEST: use.webhooks,
        Item.SQS_STANDARD: usage.standard_requests + empty * fixed.standard_queues,
        Item.SQS_FAIR: usage.standard_requests,
        Item.SQS_FIFO: usage.fifo_requests + empty * fixed.fifo_queues,
        Item.READ_UNIT: usage.read_units,
        Item.WRITE_UNIT: usage.write_units + usage.index_units,
        Item.TABLE_STORAGE: use.stored_bytes / GB,
        Item.TABLE_BACKUP: use.stored_bytes / GB,
        Item.METRIC: fixed.metrics,
        Item.ALARM: fixed.alarms,
        Item.DASHBOARD: fixed.dashboards,
        Item.LOG_INGESTION: log_gb,
        Item.LOG_STORAGE: log_gb * MONTHS_OF_LOGS,
        Item.SECRET: SECRETS,
        Item.SECRET_REQUEST: usage.secret_requests,
        Item.KEY: fixed.keys,
        Item.KEY_REQUEST: KEY_USES_AN_HOUR * HOURS * TABLES * callers,
        Item.SCHEDULE: MINUTES,
        Item.EMAIL: EMAILS_A_DAY * DAYS if use.with_invoices else 0,
        Item.TRANSFER_OUT: usage.yuki_bytes / GB,
    }


def bill(month: Quantities, *, with_free: bool = False) -> dict[Item, float]:
    """Return what each item costs in dollars; `with_free` takes off what every account has for nothing."""
    return {
        item: max(0.0, amount - (PRICES[item].free if with_free else 0.0)) * PRICES[item].usd
        for item, amount in month.items()
    }


def fixed_by_template() -> Fixed:
    """Return what the template makes; the memory is that of the functions that bring records, all the same."""
    queues = [referred(source["Queue"]) for name in functions().values() for source in sources(name)]
    fifo = sum(bool(properties(queue).get("FifoQueue")) for queue in queues)
    (memory_mb,) = {properties(name)["MemorySize"] for folder, name in functions().items() if folder != "console"}
    return Fixed(
        alarms=len(resources("AWS::CloudWatch::Alarm")),
        metrics=len(METRICS),
        dashboards=len(resources("AWS::CloudWatch::Dashboard")),
        keys=len(resources("AWS::KMS::Key")),
        standard_queues=len(queues) - fifo,
        fifo_queues=fifo,
        memory_gb=memory_mb / 1024,
    )


def _rows(months: Mapping[int, Quantities]) -> list[tuple[str, ...]]:
    """Return the table of bills, without items that cost less than half a cent in every column."""
    bills = {number: bill(month) for number, month in months.items()}
    totals = {number: sum(one.values()) for number, one in bills.items()}
    within_free = [sum(bill(month, with_free=True).values()) * EUROS_PER_DOLLAR for month in months.values()]
    shown = [item for item in Item if any(round(one[item], 2) for one in bills.values())]
    cents = [f"{100 * (total - totals[0]) / number:.2f}" if number else "" for number, total in totals.items()]
    return [
        ("invoices a month", *(f"{number:,}" for number in months)),
        *((str(item), *(f"{one[item]:.2f}" for one in bills.values())) for item in shown),
        ("all, in dollars", *(f"{total:.2f}" for total in totals.values())),
        (f"all, in euros at {EUROS_PER_DOLLAR:.2f}", *(f"{total * EUROS_PER_DOLLAR:.2f}" for total in totals.values())),
        ("in euros, AWS's lasting free allowances used", *(f"{total:.2f}" for total in within_free)),
        ("dollar cents for each invoice, above idle", *cents),
    ]
