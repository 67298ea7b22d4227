"""Everything that is measured, as data, and the one way to emit it.

A metric is a line of the log in the embedded metric format (EMF): nothing is called, and nothing is lost when a
function dies after it. The only dimension is the service: CloudWatch charges by name and dimension, so connections are
none.

`tribe_webhook` imports this module: nothing slow to import belongs here.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


class Metric(StrEnum):
    """The names, as CloudWatch shows them."""

    WEBHOOK_QUEUED = "WebhookQueued"
    WEBHOOK_WITHOUT_IDS = "WebhookWithoutIds"
    WEBHOOK_REFUSED = "WebhookRefused"
    WEBHOOK_UNAVAILABLE = "WebhookUnavailable"
    INVOICES_BOOKED = "InvoicesBooked"
    INVOICES_ROUNDED = "InvoicesRounded"
    INVOICES_REFUSED = "InvoicesRefused"
    SECONDS_TO_BOOKED = "SecondsToBooked"
    FAILED_MESSAGES = "FailedMessages"
    YUKI_CALLS = "YukiCalls"
    TRIBE_CALLS = "TribeCalls"
    POLL_AGE_PERCENT = "PollAgePercent"
    BREAKERS_OPEN = "BreakersOpen"
    CONNECTIONS_FAILING = "ConnectionsFailing"
    HELD_FOR_SALES = "HeldForSales"
    HELD_FOR_BOOKKEEPER = "HeldForBookkeeper"
    HELD_FOR_OPERATOR = "HeldForOperator"
    UNCONFIRMED_INVOICES = "UnconfirmedInvoices"
    DUE_RECORDS = "DueRecords"
    OLDEST_DUE_SECONDS = "OldestDueSeconds"
    YUKI_BUDGET_PERCENT = "YukiBudgetPercent"


class Kind(StrEnum):
    """How a metric comes about, and so which statistic makes sense of it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    DURATION = "duration"


class Described(NamedTuple):
    """What is known of a metric; `emitted_by` are functions."""

    kind: Kind
    unit: MetricUnit
    emitted_by: Sequence[str]
    meaning: str


_WEBHOOK = ("tribe_webhook",)
_INVOICES = ("invoice_push",)
_WORKERS = ("contact_push", "invoice_push", "connection_task")
_SWEEP = ("yuki_poll",)

METRICS: Mapping[Metric, Described] = {
    Metric.WEBHOOK_QUEUED: Described(
        Kind.COUNTER, MetricUnit.Count, _WEBHOOK, "Webhooks of Tribe that a queue owns now (answered 202)."
    ),
    Metric.WEBHOOK_WITHOUT_IDS: Described(
        Kind.COUNTER, MetricUnit.Count, _WEBHOOK, "Signed webhooks that named no record; accepted and dropped (202)."
    ),
    Metric.WEBHOOK_REFUSED: Described(
        Kind.COUNTER,
        MetricUnit.Count,
        _WEBHOOK,
        "Calls that were refused: signature or token wrong, no JSON, too large, over 50 ids, no route (400 to 413).",
    ),
    Metric.WEBHOOK_UNAVAILABLE: Described(
        Kind.COUNTER, MetricUnit.Count, _WEBHOOK, "Webhooks that could not be stored; Tribe was asked to repeat (503)."
    ),
    Metric.INVOICES_BOOKED: Described(
        Kind.COUNTER, MetricUnit.Count, _INVOICES, "Invoices booked in Yuki, or found to be booked there."
    ),
    Metric.INVOICES_ROUNDED: Described(
        Kind.COUNTER, MetricUnit.Count, _INVOICES, "Invoices that were booked with a line of cents for rounding."
    ),
    Metric.INVOICES_REFUSED: Described(
        Kind.COUNTER,
        MetricUnit.Count,
        _INVOICES,
        "Invoices that Yuki refused for a reason the connector has no name for; held with Yuki's own words.",
    ),
    Metric.SECONDS_TO_BOOKED: Described(
        Kind.DURATION,
        MetricUnit.Seconds,
        _INVOICES,
        "From the first look at an invoice until it was booked, the time included in which it waited for a person.",
    ),
    Metric.FAILED_MESSAGES: Described(
        Kind.COUNTER,
        MetricUnit.Count,
        _WORKERS,
        "Messages that a worker could not handle and gave back; the fifth time they become dead letters.",
    ),
    Metric.YUKI_CALLS: Described(Kind.COUNTER, MetricUnit.Count, _WORKERS, "Calls made to Yuki."),
    Metric.TRIBE_CALLS: Described(Kind.COUNTER, MetricUnit.Count, _WORKERS, "Calls made to Tribe."),
    Metric.POLL_AGE_PERCENT: Described(
        Kind.GAUGE,
        MetricUnit.Percent,
        _SWEEP,
        "Time since the contacts of Yuki were last polled, in percent of the poll interval; the worst connection. "
        "Paused and importing connections do not count, nor those whose calls are used up until midnight.",
    ),
    Metric.BREAKERS_OPEN: Described(
        Kind.GAUGE, MetricUnit.Count, _SWEEP, "Connections whose calls to Yuki rest after five failures in a row."
    ),
    Metric.CONNECTIONS_FAILING: Described(
        Kind.GAUGE,
        MetricUnit.Count,
        _SWEEP,
        "Connections that the sweep had to leave out, or one of whose tasks has failed three times in a row.",
    ),
    Metric.HELD_FOR_SALES: Described(
        Kind.GAUGE, MetricUnit.Count, _SWEEP, "Invoices and contacts that wait for the sales administration."
    ),
    Metric.HELD_FOR_BOOKKEEPER: Described(
        Kind.GAUGE, MetricUnit.Count, _SWEEP, "Invoices and contacts that wait for the bookkeeper."
    ),
    Metric.HELD_FOR_OPERATOR: Described(
        Kind.GAUGE,
        MetricUnit.Count,
        _SWEEP,
        "Invoices and contacts that wait for the operator: credentials refused, or given up after the last retry.",
    ),
    Metric.UNCONFIRMED_INVOICES: Described(
        Kind.GAUGE,
        MetricUnit.Count,
        _SWEEP,
        "Invoices that may or may not be in Yuki; Yuki is asked before they are sent again.",
    ),
    Metric.DUE_RECORDS: Described(
        Kind.GAUGE, MetricUnit.Count, _SWEEP, "Records whose next look is due, at most 1,000; retries included."
    ),
    Metric.OLDEST_DUE_SECONDS: Described(
        Kind.GAUGE, MetricUnit.Seconds, _SWEEP, "How late the latest of the due records is."
    ),
    Metric.YUKI_BUDGET_PERCENT: Described(
        Kind.GAUGE,
        MetricUnit.Percent,
        _SWEEP,
        "Calls to Yuki counted today, in percent of the daily limit; the domain nearest to it, and 100 when Yuki "
        "itself said that the limit is reached.",
    ),
}

COUNTERS = tuple(metric for metric, described in METRICS.items() if described.kind is Kind.COUNTER)


def emit(service: str, values: Mapping[Metric, float | Sequence[float]]) -> None:
    """Write one line with all values; none when there are none."""
    if not values:
        return
    line = EphemeralMetrics(service=service)
    for metric, value in values.items():
        for number in value if isinstance(value, Sequence) else (value,):
            line.add_metric(name=metric.value, unit=METRICS[metric].unit, value=number)
    line.flush_metrics()
