"""One page that answers, from top to bottom: does it work, does anything wait, is anything late, what does it cost."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.metrics_document import NAMESPACE
from tests.support.template.template import ROOT, properties, resources
from tribe_yuki.entrypoints.metrics import METRICS, Kind, Metric

QUESTIONS = ("Does it work now?", "Does anything wait for a person?", "Is anything late?", "What does it cost?")
COLUMNS = 24


def body() -> dict[str, Any]:
    """Return the dashboard as it stands in the template; references are still text such as `${AWS::Region}`."""
    found: dict[str, Any] = json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"])
    return found


WIDGETS = body()["widgets"]
GRAPHS = [widget for widget in WIDGETS if widget["type"] == "metric"]
TITLES = [widget["properties"]["title"] for widget in GRAPHS]


def lines(graph: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield namespace, name, dimension's value and options of each line."""
    for namespace, name, _, value, options in graph["properties"]["metrics"]:
        yield namespace, name, value, options


def test_the_questions_stand_from_top_to_bottom() -> None:
    texts = sorted((one["y"], one["properties"]["markdown"]) for one in WIDGETS if one["type"] == "text")
    assert [text.removeprefix("## ").partition("?")[0] + "?" for _, text in texts] == list(QUESTIONS)


def test_no_widget_covers_another_one_or_leaves_the_page() -> None:
    cells = [
        (x, y)
        for one in WIDGETS
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < COLUMNS


@pytest.mark.parametrize("graph", GRAPHS, ids=TITLES)
def test_no_graph_is_empty_on_a_quiet_day(graph: dict[str, Any]) -> None:
    # yuki_poll runs every minute, whatever happens: its own run, its gauges, and a zero for each counter.
    always = {metric.value for metric, described in METRICS.items() if described.kind is not Kind.DURATION}
    assert any(
        (namespace == NAMESPACE and name in always) or (namespace == "AWS/Lambda" and value == "${YukiPollFunction}")
        for namespace, name, value, _ in lines(graph)
    )


@pytest.mark.parametrize("graph", GRAPHS, ids=TITLES)
def test_every_line_has_a_name_for_people(graph: dict[str, Any]) -> None:
    for _, name, _, options in lines(graph):
        assert options["label"]
        assert name not in options["label"]


@pytest.mark.parametrize("graph", GRAPHS, ids=TITLES)
def test_the_titles_need_no_knowledge_of_how_it_is_built(graph: dict[str, Any]) -> None:
    said = " ".join([graph["properties"]["title"], *(options["label"] for *_, options in lines(graph))])
    assert not re.search(r"lambda|dynamo|sqs|dead.?letter|queue depth|breaker|metric|p50", said, flags=re.IGNORECASE)


def test_the_thresholds_of_all_alarms_are_drawn_where_their_metrics_are() -> None:
    drawn = {
        (namespace, name, value, line["value"])
        for graph in GRAPHS
        for namespace, name, value, _ in lines(graph)
        for line in graph["properties"].get("annotations", {}).get("horizontal", [])
    }
    for alarm_name, alarm in resources("AWS::CloudWatch::Alarm").items():
        if alarm["Properties"]["Threshold"] == 864000:
            continue  # ten days would leave the rest of the graph flat
        facts = alarm["Properties"]
        (dimension,) = facts["Dimensions"]
        key = (facts["Namespace"], facts["MetricName"], as_text(dimension["Value"]), facts["Threshold"])
        assert key in drawn, alarm_name


def test_every_metric_of_ours_is_somewhere_on_the_page_and_no_other() -> None:
    shown = {name for graph in GRAPHS for namespace, name, _, _ in lines(graph) if namespace == NAMESPACE}
    assert shown == set(Metric)


def test_a_counter_is_added_up_and_a_gauge_shows_its_worst() -> None:
    fitting = {Kind.COUNTER: "Sum", Kind.GAUGE: "Maximum", Kind.DURATION: "p50"}
    for graph in GRAPHS:
        for namespace, name, _, options in lines(graph):
            if namespace == NAMESPACE:
                assert options.get("stat", graph["properties"]["stat"]) == fitting[METRICS[Metric(name)].kind]


def test_all_alarms_stand_at_the_top() -> None:
    (widget,) = [one for one in WIDGETS if one["type"] == "alarm"]
    assert widget["y"] < min(graph["y"] for graph in GRAPHS)
    shown = [arn.removeprefix("${").removesuffix(".Arn}") for arn in widget["properties"]["alarms"]]
    assert sorted(shown) == sorted(resources("AWS::CloudWatch::Alarm"))


def test_the_dashboard_is_defined_once() -> None:
    for path in (ROOT / "local").rglob("*.py"):
        assert not any(title in path.read_text(encoding="utf-8") for title in TITLES)


def as_text(value: Any) -> str:
    """Return a reference as it would stand inside a text."""
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
    raise AssertionError(value)
