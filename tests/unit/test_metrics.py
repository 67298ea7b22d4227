"""What the functions measure, and what measuring costs."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from local.metrics_document import READS_OF_A_CONNECTION
from tests.support.samples.samples import NOW, settings
from tests.support.template.template import functions
from tests.support.world.measured import measured
from tests.support.world.swept_tables import Tables, invoice
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.contacts.initial_import.phases import import_contacts
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.entrypoints.metrics import COUNTERS, METRICS, Kind, Metric, emit
from tribe_yuki.invoices.moves import Confirm, Doubt, GiveUp, Verification, Wait
from tribe_yuki.invoices.reasons import DoubtReason
from tribe_yuki.invoices.transfer import new_transfer

GAUGES = {metric for metric, described in METRICS.items() if described.kind is Kind.GAUGE}


@pytest.fixture(autouse=True)
def namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "TribeYuki")


@pytest.fixture
def tables() -> Tables:
    return Tables()


def gauge(tables: Tables, capsys: pytest.CaptureFixture[str], metric: Metric) -> float:
    """Let a minute pass and return what was seen."""
    capsys.readouterr()
    tables.poller.tick()
    (value,) = measured(capsys)[metric]
    return value


# The table of metrics


def test_every_metric_says_what_it_is_and_which_functions_emit_it() -> None:
    assert set(METRICS) == set(Metric)
    for described in METRICS.values():
        assert described.meaning.endswith(".")
        assert set(described.emitted_by) <= set(functions())


def test_several_values_become_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit("tribe-yuki-test", {Metric.YUKI_CALLS: 3, Metric.SECONDS_TO_BOOKED: [21.5, 40]})
    assert measured(capsys) == {Metric.YUKI_CALLS: [3], Metric.SECONDS_TO_BOOKED: [21.5, 40]}


def test_nothing_measured_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit("tribe-yuki-test", {})
    assert capsys.readouterr().out == ""


# What the sweep sees


def test_a_quiet_minute_of_a_deployment_without_connections_is_a_zero_for_everything(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.poller.tick()
    assert measured(capsys) == {metric: [0] for metric in (*COUNTERS, *GAUGES)}


def test_what_waits_counts_for_the_one_who_has_to_act(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    tables.connect("demo")
    tables.connect("other", Status.PAUSED)
    tables.hold("demo", HoldReason.VAT_UNMAPPED, 1)
    tables.hold("other", HoldReason.TOTALS_DIFFER, 2)
    tables.hold("demo", HoldReason.DEBTOR_NUMBER_MISSING, 3)
    tables.hold("demo", HoldReason.YUKI_KEY_REFUSED, 4)
    dead = new_transfer("demo", invoice(5), NOW).after(GiveUp(WaitReason.RETRY), NOW)
    tables.stores("demo").transfers.save(dead, [], NOW)
    doubtful = new_transfer("demo", invoice(6), NOW).after(Doubt(DoubtReason.NO_ANSWER, NOW), NOW)
    tables.stores("demo").transfers.save(replace(doubtful, due_at=None), [], NOW)
    held_link = Link("demo", invoice(7), LinkState.HELD, NOW, reason=HoldReason.DEBTOR_NUMBER_MISSING)
    tables.stores("demo").links.save(held_link, [], NOW)
    contact = UnlinkedContact("demo", invoice(8), UnlinkedState.HELD, NOW, reason=HoldReason.CONTACT_AMBIGUOUS)
    tables.stores("demo").unlinked.save(contact, [], NOW)

    tables.poller.tick()
    seen = measured(capsys)
    assert seen[Metric.HELD_FOR_BOOKKEEPER] == [3]
    assert seen[Metric.HELD_FOR_SALES] == [2]
    assert seen[Metric.HELD_FOR_OPERATOR] == [2]
    assert seen[Metric.UNCONFIRMED_INVOICES] == [1]


def test_what_is_due_counts_with_how_late_the_latest_is(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    tables.connect("demo")
    for number, late in enumerate((60, 900, 5)):
        due_at = NOW - timedelta(seconds=late)
        waiting = new_transfer("demo", invoice(number), NOW).after(Wait(WaitReason.RETRY, due_at), NOW)
        tables.stores("demo").transfers.save(waiting, [], NOW)
    tables.poller.tick()
    seen = measured(capsys)
    assert (seen[Metric.DUE_RECORDS], seen[Metric.OLDEST_DUE_SECONDS]) == ([3], [900])


def test_the_age_of_the_last_poll_is_told_of_the_worst_connection(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.connect("demo", poll_interval_minutes=15)
    tables.connect("other", poll_interval_minutes=60)
    tables.clock.instant = NOW + timedelta(minutes=30)
    assert gauge(tables, capsys, Metric.POLL_AGE_PERCENT) == 200


def test_a_connection_that_was_never_polled_counts_from_its_activation(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    activated_at = NOW - timedelta(minutes=45)
    tables.connections.save("demo", settings(activated_at=activated_at), Status.ACTIVE, NOW)
    assert gauge(tables, capsys, Metric.POLL_AGE_PERCENT) == 300


@pytest.mark.parametrize("why", ["paused", "importing"])
def test_a_connection_that_polls_nothing_on_purpose_is_not_late(
    tables: Tables, capsys: pytest.CaptureFixture[str], why: str
) -> None:
    tables.connect("demo", Status.PAUSED if why == "paused" else Status.ACTIVE)
    if why == "importing":
        tables.stores("demo").tasks.save_progress(import_contacts.begin(NOW), None)
    tables.clock.instant = NOW + timedelta(hours=3)
    assert gauge(tables, capsys, Metric.POLL_AGE_PERCENT) == 0


def test_the_calls_of_the_day_are_told_of_the_domain_that_used_most(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.connect("demo", daily_call_limit=1000)
    tables.connect("other", yuki_domain_id="c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f11")
    tables.spend("demo", 709)
    assert gauge(tables, capsys, Metric.YUKI_BUDGET_PERCENT) == 70
    tables.clock.instant = tomorrow()
    assert gauge(tables, capsys, Metric.YUKI_BUDGET_PERCENT) == 0


def test_the_day_is_used_up_when_yuki_says_so(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    tables.connect("demo")
    tables.spend("demo", 3).limit_exceeded()
    assert gauge(tables, capsys, Metric.YUKI_BUDGET_PERCENT) == 100


def test_an_open_breaker_counts_until_yuki_answers(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    tables.connect("demo")
    calls = tables.spend("demo", 0)
    for failures in range(5):
        assert gauge(tables, capsys, Metric.BREAKERS_OPEN) == 0, failures
        calls.failed_in_transport("SearchContacts")
    assert gauge(tables, capsys, Metric.BREAKERS_OPEN) == 1
    calls.succeeded("SearchContacts")
    assert gauge(tables, capsys, Metric.BREAKERS_OPEN) == 0


def test_measuring_reads_only_what_waits_in_a_fixed_number_of_requests(tables: Tables) -> None:
    for number in range(3):
        tables.connect(f"connection-{number}")
    for number in range(200):
        known = replace(new_transfer("connection-0", invoice(number), NOW), reference=str(number))
        booked = known.after(Confirm(Verification.ANSWER), NOW)
        tables.stores("connection-0").transfers.save(booked, [], NOW)
    tables.dynamodb.requests.clear()
    tables.poller.tick()
    assert tables.dynamodb.requests.total() == 1 + 3 * READS_OF_A_CONNECTION


def tomorrow() -> datetime:
    return NOW + timedelta(days=1)
