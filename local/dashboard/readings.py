"""What is to be drawn: the deployed dashboard, the values of its lines, the state of its alarms."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

type Point = tuple[datetime, float]

LEAST_WINDOW = timedelta(minutes=15)


class CannotDraw(Exception):
    """The dashboard uses something that CloudWatch draws and this page does not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a graph."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    label: str
    statistic: str
    period: int
    points: Sequence[Point] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """A horizontal line of a graph."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """The state of an alarm; `description` ends with the address of its section in the runbook."""

    name: str
    state: str
    reason: str
    description: str


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget, where it is and what it shows; what does not belong to its kind is empty."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    title: str = ""
    unit: str = ""
    markdown: str = ""
    lines: Sequence[Line] = ()
    thresholds: Sequence[Threshold] = ()
    alarm_arns: Sequence[str] = ()
    alarms: Sequence[Alarm] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything on the page; instants are UTC."""

    name: str
    start: datetime
    end: datetime
    widgets: Sequence[Widget]


def read(cloudwatch: Any, name: str, now: datetime) -> Readings:
    """Return the dashboard of that name as it is deployed, with what CloudWatch holds about it.

    On a stack that is younger than the dashboard's window, the page begins with the first point.
    """
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    start = now - window(body)
    widgets = tuple(_widget(widget) for widget in body["widgets"])
    values = _values(cloudwatch, [line for widget in widgets for line in widget.lines], start, now)
    alarms = _alarms(cloudwatch, [arn for widget in widgets for arn in widget.alarm_arns])
    filled = tuple(_with_values(widgets, values, alarms))
    first = min((points[0][0] for points in values if points), default=start)
    return Readings(name, min(max(start, first), now - LEAST_WINDOW), now, filled)


def window(body: Mapping[str, Any]) -> timedelta:
    """Return how far back the page looks: `start`, such as `-PT3H`."""
    found = re.fullmatch(r"-PT(\d+)([HM])", body.get("start", "-PT3H"))
    if found is None:
        raise CannotDraw(f"start {body['start']}: only hours or minutes are drawn")
    number = int(found[1])
    return timedelta(hours=number) if found[2] == "H" else timedelta(minutes=number)


def _widget(one: Mapping[str, Any]) -> Widget:
    facts = one["properties"]
    place = (one["x"], one["y"], one["width"], one["height"])
    match one["type"], facts.get("view"):
        case "text", _:
            return Widget("text", *place, markdown=facts["markdown"])
        case "alarm", _:
            return Widget("alarm", *place, title=facts["title"], alarm_arns=facts["alarms"])
        case "metric", "timeSeries" | "singleValue" as view:
            horizontal = facts.get("annotations", {}).get("horizontal", [])
            return Widget(
                view,
                *place,
                title=facts["title"],
                unit=facts.get("yAxis", {}).get("left", {}).get("label", ""),
                lines=[_line(metric, facts) for metric in facts["metrics"]],
                thresholds=[Threshold(float(line["value"]), line.get("label", "")) for line in horizontal],
            )
    raise CannotDraw(f"a widget of type {one['type']} with view {facts.get('view')}")


def _line(metric: Sequence[Any], facts: Mapping[str, Any]) -> Line:
    options = metric[-1] if isinstance(metric[-1], dict) else {}
    words = [word for word in metric if isinstance(word, str)]
    if len(words) < 2 or len(words) % 2 or "." in words or "..." in words:  # noqa: PLR2004 (namespace and name)
        raise CannotDraw(f"the line {metric}: only whole names are drawn, without expressions")
    namespace, name, *dimensions = words
    return Line(
        namespace,
        name,
        dict(zip(dimensions[::2], dimensions[1::2], strict=True)),
        options.get("label", name),
        options.get("stat", facts["stat"]),
        int(options.get("period", facts["period"])),
    )


def _alarms(cloudwatch: Any, arns: Sequence[str]) -> dict[str, Alarm]:
    names = {arn: arn.partition(":alarm:")[2] for arn in arns}
    found = {
        alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms(AlarmNames=[*names.values()])["MetricAlarms"]
    }
    return {arn: _alarm(found[name]) for arn, name in names.items()}


def _alarm(one: Mapping[str, Any]) -> Alarm:
    return Alarm(one["AlarmName"], one["StateValue"], one.get("StateReason", ""), one.get("AlarmDescription", ""))


def _values(cloudwatch: Any, lines: Sequence[Line], start: datetime, end: datetime) -> list[list[Point]]:
    queries = [_query(f"m{number}", line) for number, line in enumerate(lines)]
    answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end)
    results = {
        result["Id"]: sorted(zip(result["Timestamps"], result["Values"], strict=True))
        for result in answer["MetricDataResults"]
    }
    return [results[query["Id"]] for query in queries]


def _query(query_id: str, line: Line) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in line.dimensions.items()]
    metric = {"Namespace": line.namespace, "MetricName": line.metric, "Dimensions": dimensions}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": line.period, "Stat": line.statistic}}


def _with_values(
    widgets: Sequence[Widget], values: Sequence[Sequence[Point]], alarms: Mapping[str, Alarm]
) -> Iterator[Widget]:
    """Yield the widgets with their alarms and the values, which are in the order of all lines."""
    left = iter(values)
    for widget in widgets:
        yield replace(
            widget,
            lines=tuple(replace(line, points=next(left)) for line in widget.lines),
            alarms=tuple(alarms[arn] for arn in widget.alarm_arns),
        )
