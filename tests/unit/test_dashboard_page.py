"""The dashboard as a page: the template's own definition, with fixed values."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.dashboard.__main__ import main
from local.dashboard.graph import COLOURS, graph, nice_step
from local.dashboard.page import render
from local.dashboard.readings import CannotDraw, Line, Readings, Threshold, read
from tests.support.stack.dashboard_browser import Colour, screenshot
from tests.support.template.template import properties, resources

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAME = "tribe-yuki-test"
SERVICE = [{"Name": "service", "Value": NAME}]
RED, GREEN = (0xD1, 0x32, 0x12), (0x1D, 0x81, 0x02)


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    """CloudWatch with the dashboard and the alarms of the template, and no metric yet."""
    with mock_aws():
        session: Any = boto3.Session("test", "test", region_name="eu-west-1")
        client = session.client("cloudwatch")
        for name in resources("AWS::CloudWatch::Alarm"):
            facts = properties(name)
            client.put_metric_alarm(
                AlarmName=alarm_name(name),
                AlarmDescription=facts["AlarmDescription"]["Fn::Sub"].replace("${RunbookUrl}", "docs/runbook.md"),
                Namespace=facts["Namespace"],
                MetricName=facts["MetricName"],
                **{key: facts[key] for key in ("Statistic", "Period", "EvaluationPeriods", "Threshold")},
                ComparisonOperator=facts["ComparisonOperator"],
            )
            client.set_alarm_state(AlarmName=alarm_name(name), StateValue="OK", StateReason="below the threshold")
        client.put_dashboard(
            DashboardName=NAME, DashboardBody=deployed(properties("Dashboard")["DashboardBody"]["Fn::Sub"])
        )
        yield client


def alarm_name(logical_id: str) -> str:
    return str(properties(logical_id)["AlarmName"]["Fn::Sub"].replace("${AWS::StackName}", NAME))


def deployed(body: str) -> str:
    """Return the dashboard's body as CloudFormation would make it."""

    known = {"AWS::StackName": NAME, "AWS::Region": "eu-west-1", "RunbookUrl": "docs/runbook.md"}
    alarms = {
        f"{name}.Arn": f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{alarm_name(name)}"
        for name in resources("AWS::CloudWatch::Alarm")
    }
    return re.sub(r"\$\{([^}]+)\}", lambda found: (known | alarms).get(found[1], f"{NAME}-{found[1]}"), body)


def put(cloudwatch: Any, metric: str, values: Sequence[float]) -> None:
    """Put one value of ours for each of the last minutes, the oldest first."""
    for ago, value in enumerate(reversed(values), start=1):
        at = NOW - timedelta(minutes=ago)
        datum = {"MetricName": metric, "Dimensions": SERVICE, "Timestamp": at, "Value": value}
        cloudwatch.put_metric_data(Namespace="TribeYuki", MetricData=[datum])


def drawn(cloudwatch: Any) -> str:
    return render(read(cloudwatch, NAME, NOW), "../")


def line(values: Sequence[float], *, period: int = 60) -> Line:
    points = [(NOW - timedelta(seconds=period * ago), value) for ago, value in enumerate(reversed(values))]
    return Line("TribeYuki", "DueRecords", {}, "due now", "Maximum", period, points[::-1])


# What is read


def test_the_page_shows_every_widget_of_the_template_in_its_place(cloudwatch: Any) -> None:
    page = drawn(cloudwatch)
    body = json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"])
    assert page.count("<section") == len(body["widgets"])
    for one in body["widgets"]:
        place = f"grid-area: {one['y'] + 1} / {one['x'] + 1} / span {one['height']} / span {one['width']}"
        assert place in page
    for alarm in resources("AWS::CloudWatch::Alarm"):
        assert f">{alarm_name(alarm).removeprefix(f'{NAME}-')}</a>" in page


def test_the_latest_value_stands_next_to_the_name_of_its_line(cloudwatch: Any) -> None:
    put(cloudwatch, "HeldForBookkeeper", [2, 5, 7])
    page = drawn(cloudwatch)
    assert "<b>7</b>bookkeeper" in page
    assert "7 bookkeeper" in page
    assert "<b>-</b>operator" in page


def test_counts_are_added_up_in_five_minutes(cloudwatch: Any) -> None:
    put(cloudwatch, "InvoicesBooked", [1] * 10)
    (booked,) = [
        one for widget in read(cloudwatch, NAME, NOW).widgets for one in widget.lines if one.metric == "InvoicesBooked"
    ]
    assert [value for _, value in booked.points] == [5, 5]


def test_a_young_stack_fills_the_page_from_its_first_point(cloudwatch: Any) -> None:
    put(cloudwatch, "DueRecords", [0] * 40)
    assert read(cloudwatch, NAME, NOW).start == NOW - timedelta(minutes=40)


def test_a_graph_without_values_says_so(cloudwatch: Any) -> None:
    assert "nothing measured yet" in drawn(cloudwatch)


def test_alarms_stand_first_and_link_their_section_of_the_runbook(cloudwatch: Any) -> None:
    name = alarm_name("BudgetAlarm")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="71 >= 70")
    page = drawn(cloudwatch)
    (first, *_) = re.findall(r'<li class="(\w+)" title="[^"]*">([^<:]+): <a href="([^"]+)">([^<]+)<', page)
    assert first == ("bad", "alarm", "../docs/runbook.md#calls-to-yuki-run-out", "calls-to-yuki-run-out")
    assert "71 &gt;= 70" in page


def test_a_dashboard_with_something_that_is_not_drawn_is_declined(cloudwatch: Any) -> None:
    body = json.loads(cloudwatch.get_dashboard(DashboardName=NAME)["DashboardBody"])
    body["widgets"][2]["properties"]["metrics"].append([{"expression": "m1 + m2"}])
    cloudwatch.put_dashboard(DashboardName=NAME, DashboardBody=json.dumps(body))
    with pytest.raises(CannotDraw, match="expression"):
        read(cloudwatch, NAME, NOW)


# What is drawn


def heights(svg: str, kind: str) -> list[float]:
    """Return how far from the top the lines or the last points of the curves are."""
    if kind == "threshold":
        return [float(y) for y in re.findall(r'<line class="threshold"[^>]* y1="([\d.]+)"', svg)]
    return [float(y) for y in re.findall(r'<polyline points="[^"]*,([\d.]+)"', svg)]


@pytest.mark.parametrize(("value", "above"), [(149, False), (151, True)])
def test_a_value_is_drawn_on_the_side_of_the_threshold_where_it_is(value: float, above: bool) -> None:
    svg = graph([line([0, value])], [Threshold(150, "alarm")], NOW - timedelta(minutes=5), NOW, (400, 200))
    ((threshold,), (curve,)) = heights(svg, "threshold"), heights(svg, "curve")
    assert (curve < threshold) == above
    assert ">150 alarm<" in svg


@pytest.mark.parametrize("values", [[0, 0], [0, 12_345], [1, 1]])
@pytest.mark.parametrize("threshold", [1, 900])
def test_curves_and_thresholds_stay_inside_the_drawing(values: list[float], threshold: float) -> None:
    svg = graph([line(values)], [Threshold(threshold, "")], NOW - timedelta(minutes=5), NOW, (400, 200))
    for height in [*heights(svg, "threshold"), *heights(svg, "curve")]:
        assert 0 < height < 200


def test_silence_is_a_gap_and_a_lone_point_a_dot() -> None:
    points = [(NOW - timedelta(minutes=ago), 1.0) for ago in (30, 29, 20, 10, 9, 8)]
    silent = Line("TribeYuki", "DueRecords", {}, "due now", "Maximum", 60, points)
    svg = graph([silent], [], NOW - timedelta(minutes=30), NOW, (400, 200))
    assert (svg.count("<polyline"), svg.count("<circle")) == (2, 1)


@pytest.mark.parametrize(("least", "step"), [(0.1, 1), (1.2, 2), (2.1, 2.5), (37, 50), (225, 250), (900, 1000)])
def test_scales_have_round_numbers(least: float, step: float) -> None:
    assert nice_step(least) == step


def test_what_comes_from_outside_cannot_become_part_of_the_page(cloudwatch: Any) -> None:
    name = alarm_name("BudgetAlarm")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason='"><script>alert(1)</script>')
    page = drawn(cloudwatch)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_no_network(cloudwatch: Any) -> None:
    assert not re.search(r"(src|href)=\"(https?:)?//|@import|url\(", drawn(cloudwatch))


# What a browser makes of it


def test_the_page_in_a_browser(cloudwatch: Any, tmp_path: Path) -> None:
    put(cloudwatch, "YukiBudgetPercent", [20 + minute for minute in range(60)])
    put(cloudwatch, "HeldForBookkeeper", [minute // 20 for minute in range(60)])
    cloudwatch.set_alarm_state(AlarmName=alarm_name("BudgetAlarm"), StateValue="ALARM", StateReason="79 >= 70")
    page = tmp_path / "dashboard.html"
    page.write_text(drawn(cloudwatch), encoding="utf-8")
    picture = screenshot(page, tmp_path / "dashboard.png", 1480, 1830)

    assert 0 < area(picture, RED) < area(picture, GREEN)
    # The curve of the budget rises from the left to the right of its graph.
    curve = places([row[20:500] for row in picture[1480:1740]], colour_of(COLOURS[0]))
    assert curve[min(curve)] > curve[max(curve)] + 50
    # Nothing is wider or longer than the page.
    background = colour_of("#f2f4f7")
    assert {row[-1] for row in picture} == set(picture[-1]) == {background}


def area(picture: list[list[Colour]], colour: Colour) -> int:
    return sum(row.count(colour) for row in picture)


def places(picture: list[list[Colour]], colour: Colour) -> dict[int, int]:
    """Return for each column with a colour how far from the top it is."""
    return {x: y for y, row in enumerate(picture) for x, pixel in enumerate(row) if pixel == colour}


def colour_of(text: str) -> Colour:
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def test_readings_are_all_that_the_page_needs() -> None:
    assert "<main>" in render(Readings("empty", NOW - timedelta(hours=1), NOW, ()))


def test_without_a_running_stack_the_command_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--state", str(tmp_path)]) == 1
    assert "make up" in capsys.readouterr().err
