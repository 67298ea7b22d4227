"""The arithmetic of the monthly cost: units times list prices, and nothing counted twice."""

from dataclasses import replace

import pytest

from benchmarks.invoices import MEMORY_MB
from benchmarks.list_prices import PRICES, Item
from benchmarks.monthly_cost import Fixed, Use, bill, fixed_by_template, quantities
from benchmarks.usage import Usage, index_units
from tests.support.template.template import resources
from tests.support.world.virtual_dynamodb import Index
from tribe_yuki.entrypoints.metrics import METRICS

FIXED = Fixed(alarms=2, metrics=3, dashboards=1, keys=1, standard_queues=2, fifo_queues=1, memory_gb=0.5)
NOTHING = Use(usage=Usage(), milliseconds=0, webhooks=0, stored_bytes=0, with_invoices=False)
STATE = Index("state_key", "since")
DUE = Index("due_key", "due_at", frozenset({"kind"}))


def of(**used: float) -> dict[Item, float]:
    """Return the quantities of a month in which functions used something."""
    return dict(quantities(replace(NOTHING, usage=Usage(**used)), FIXED))


def test_a_bill_is_units_times_prices() -> None:
    assert bill({Item.READ_UNIT: 2_000_000, Item.ALARM: 30}) == pytest.approx({Item.READ_UNIT: 0.283, Item.ALARM: 3.0})


def test_free_allowances_are_taken_off_only_where_asked_for() -> None:
    month = {Item.METRIC: 19.0, Item.DASHBOARD: 1.0, Item.KEY: 1.0}
    assert bill(month) == pytest.approx({Item.METRIC: 5.7, Item.DASHBOARD: 3.0, Item.KEY: 1.0})
    assert bill(month, with_free=True) == pytest.approx({Item.METRIC: 2.7, Item.DASHBOARD: 0.0, Item.KEY: 1.0})


def test_every_item_of_a_month_has_a_dated_price() -> None:
    assert quantities(NOTHING, FIXED).keys() == set(Item) == PRICES.keys()
    assert all(price.page.startswith("https://") for price in PRICES.values())


def test_run_time_is_charged_by_the_memory() -> None:
    month = quantities(replace(NOTHING, milliseconds=10_000), FIXED)
    assert month[Item.LAMBDA_GB_SECOND] == pytest.approx(5.0)


def test_queues_that_feed_functions_cost_receives_when_nothing_comes() -> None:
    idle = quantities(NOTHING, FIXED)
    assert idle[Item.SQS_STANDARD] == 2 * 15 * 60 * 730
    assert idle[Item.SQS_FIFO] == 15 * 60 * 730
    assert idle[Item.SQS_FAIR] == 0


def test_requests_to_queues_are_added_to_their_kind() -> None:
    idle, busy = of(), of(standard_requests=100, fifo_requests=7)
    assert busy[Item.SQS_STANDARD] - idle[Item.SQS_STANDARD] == 100
    assert busy[Item.SQS_FIFO] - idle[Item.SQS_FIFO] == 7
    assert busy[Item.SQS_FAIR] == 100


def test_writes_to_indexes_are_charged_as_writes() -> None:
    assert of(write_units=10, index_units=4)[Item.WRITE_UNIT] == 14


def test_what_is_stored_is_charged_with_its_recovery() -> None:
    month = quantities(replace(NOTHING, stored_bytes=2e9), FIXED)
    assert (month[Item.TABLE_STORAGE], month[Item.TABLE_BACKUP]) == (2.0, 2.0)


def test_logs_hold_what_lambda_and_the_gateway_add() -> None:
    month = quantities(replace(NOTHING, usage=Usage(invocations=1_000, log_bytes=1e6), webhooks=1_000), FIXED)
    assert month[Item.LOG_INGESTION] == pytest.approx((1e6 + 1_000 * (400 + 300)) / 1e9)


def test_what_merely_exists_is_counted_in_the_template() -> None:
    fixed = fixed_by_template()
    assert fixed.alarms == len(resources("AWS::CloudWatch::Alarm")) > 0
    assert fixed.metrics == len(METRICS)
    assert (fixed.dashboards, fixed.keys, fixed.standard_queues, fixed.fifo_queues) == (1, 1, 2, 2)
    assert fixed.memory_gb == MEMORY_MB / 1024


def test_usage_adds_up_and_can_be_taken_apart() -> None:
    one, two = Usage(invocations=1, read_units=0.5), Usage(invocations=2, write_units=3)
    assert (one + two) * 2 == Usage(invocations=6, read_units=1, write_units=6)
    assert (one + two) - two == one


@pytest.mark.parametrize(
    ("what", "index", "old", "new", "units"),
    [
        ("an item that enters", STATE, {}, {"state_key": "a", "since": "1"}, 1),
        ("an item that leaves", STATE, {"state_key": "a", "since": "1"}, {}, 1),
        ("an item that moves", STATE, {"state_key": "a", "since": "1"}, {"state_key": "b", "since": "1"}, 2),
        ("an attribute of it", STATE, {"state_key": "a", "since": "1"}, {"state_key": "a", "since": "1", "x": "2"}, 1),
        ("an item without the key", STATE, {"x": "1"}, {"x": "2"}, 0),
        (
            "an attribute that is not held",
            DUE,
            {"due_key": "a", "due_at": "1"},
            {"due_key": "a", "due_at": "1", "x": "2"},
            0,
        ),
        ("nothing", STATE, {"state_key": "a", "since": "1"}, {"state_key": "a", "since": "1"}, 0),
    ],
)
def test_an_index_charges_for_what_changes_in_it(
    what: str, index: Index, old: dict[str, str], new: dict[str, str], units: int
) -> None:
    before, after = ({name: {"S": text} for name, text in item.items()} for item in (old, new))
    assert index_units(index, before, after) == units, what
