"""The dashboard of the running stack, drawn from what its functions measured."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.dashboard.page import render
from local.dashboard.readings import Readings, read
from tests.support.stack.dashboard_browser import screenshot


@pytest.fixture(scope="module")
def readings(stack: Any, aws: Any, wait_for: Any) -> Readings:
    """What is to be seen after the first sweep of the schedule."""
    cloudwatch, name = aws("cloudwatch"), f"{stack['stack']}-contacts-of-yuki-are-not-polled"
    wait_for(lambda: cloudwatch.describe_alarms(AlarmNames=[name], StateValue="OK")["MetricAlarms"], seconds=100)
    return read(cloudwatch, stack["outputs"]["DashboardName"], datetime.now(UTC))


def test_no_graph_is_empty_after_the_first_sweep(readings: Readings) -> None:
    graphs = [widget for widget in readings.widgets if widget.lines]
    assert graphs
    for graph in graphs:
        assert any(line.points for line in graph.lines), graph.title
    assert "nothing measured yet" not in render(readings)


def test_every_alarm_is_evaluated_and_has_its_page(readings: Readings) -> None:
    (alarms,) = [widget.alarms for widget in readings.widgets if widget.alarms]
    anchors = set(re.findall(r"^## (.+)$", Path("docs/runbook.md").read_text(encoding="utf-8"), flags=re.MULTILINE))
    pages = {f"docs/runbook.md#{anchor.lower().replace(' ', '-')}" for anchor in anchors}
    for alarm in alarms:
        assert alarm.state in {"OK", "ALARM"}, alarm.name
        assert alarm.description.rpartition(" ")[2] in pages


def test_the_page_of_the_stack_in_a_browser(readings: Readings, tmp_path: Path) -> None:
    page = tmp_path / "dashboard.html"
    page.write_text(render(readings), encoding="utf-8")
    picture = screenshot(page, tmp_path / "dashboard.png", 1480, 1830)
    assert len(picture) == 1830
    colours = {pixel for row in picture for pixel in row}
    assert {(0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00)} <= colours  # the first two lines of the graphs
