"""What the workers measure of their work."""

import pytest

from tests.support.world.measured import measured
from tests.support.world.world import World
from tests.support.world.world_queues import queue_event
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.entrypoints.metrics import Metric

PLAIN = "40000000-0000-4000-8000-000000000041"
SMALL_LINES = "40000000-0000-4000-8000-000000000003"


@pytest.fixture(autouse=True)
def namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "TribeYuki")


def test_a_booking_is_counted_once_with_its_seconds(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.send(PLAIN)
    world.run(minutes=3)
    seen = measured(capsys)
    assert sum(seen[Metric.INVOICES_BOOKED]) == 1
    (seconds,) = seen[Metric.SECONDS_TO_BOOKED]
    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert transfer.booked_at is not None
    assert seconds == (transfer.booked_at - transfer.first_seen_at).total_seconds()
    assert sum(seen[Metric.YUKI_CALLS]) == world.yuki_calls()
    assert sum(seen[Metric.WEBHOOK_QUEUED]) == len(world.webhook_answers)


def test_an_invoice_with_a_line_of_cents_is_counted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.switch_tribe(rounding="line_net_and_vat")
    world.send(SMALL_LINES)
    world.run(minutes=3)
    assert sum(measured(capsys)[Metric.INVOICES_ROUNDED]) == 1


def test_an_invoice_that_yuki_refuses_for_reasons_of_its_own_is_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.switch_yuki(refuse_invoices={"*": "De boekingsperiode is afgesloten."})
    world.send(PLAIN)
    world.run(minutes=3)
    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert transfer.hold_reason is HoldReason.REFUSED_BY_YUKI
    assert sum(measured(capsys)[Metric.INVOICES_REFUSED]) == 1


def test_messages_that_fail_are_counted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    event = queue_event([PLAIN])
    event["Records"][0]["body"] = "not one of ours"
    world.invoice_push(event)
    assert measured(capsys)[Metric.FAILED_MESSAGES] == [1]
