"""One round of the bridge: logs and queues to metrics, metrics to the states of alarms."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from local.bridge.embedded_metrics import Datum, parse
from local.bridge.evaluation import Rule, State
from local.bridge.invocations import invocation

# A line is in the log at most this long after its time.
LAG = timedelta(seconds=1)


@dataclass(slots=True)
class Bridge:
    """What it needs of the emulator, and what it remembers between rounds.

    `clients` makes AWS clients by service, `functions` are the names of functions by their log groups. Metrics and
    alarms may live `ahead` of the clock that the logs are written by: then hours go by without anybody waiting.
    """

    clients: Callable[[str], Any]
    functions: Mapping[str, str]
    queue_urls: Sequence[str]
    read_until: datetime
    ahead: timedelta = timedelta()
    filled_since: dict[str, datetime] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)

    @classmethod
    def of_stack(cls, clients: Callable[[str], Any], stack: str, now: datetime) -> "Bridge":
        """Return the bridge of a deployed stack; it begins with what is logged from the stack's beginning."""
        pages = clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        kinds: dict[str, list[str]] = defaultdict(list)
        for page in pages:
            for resource in page["StackResourceSummaries"]:
                kinds[resource["ResourceType"]].append(resource["PhysicalResourceId"])
        found = map(partial(_configuration, clients("lambda")), kinds["AWS::Lambda::Function"])
        functions = {function["LoggingConfig"]["LogGroup"]: function["FunctionName"] for function in found}
        return cls(clients, functions, kinds["AWS::SQS::Queue"], now - timedelta(minutes=10))

    def round(self, now: datetime) -> None:
        """Do everything once."""
        until, measured_at = now - LAG, now + self.ahead
        logged = [datum._replace(at=datum.at + self.ahead) for datum in self._logged(until)]
        self._put([*logged, *self._depths(measured_at)])
        self.read_until = until
        self._evaluate(self._alarms(), measured_at)

    def _logged(self, until: datetime) -> Iterator[Datum]:
        """Yield what was logged since the last round; the emulator writes the lines of an invocation all at once."""
        logs = self.clients("logs")
        for group, function in self.functions.items():
            streams: dict[str, list[dict[str, Any]]] = defaultdict(list)
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=_milliseconds(self.read_until), endTime=_milliseconds(until) - 1
            )
            for page in pages:
                for event in page["events"]:
                    streams[event["logStreamName"]].append(event)
                    yield from parse(event["message"])
            for events in streams.values():
                at = datetime.fromtimestamp(events[-1]["timestamp"] / 1000, UTC)
                yield from invocation(function, [event["message"] for event in events], at)

    def _depths(self, now: datetime) -> Iterator[Datum]:
        """Yield how many messages wait, and for how long the queue was not seen empty; only what alarms are about."""
        sqs, asked = self.clients("sqs"), _queues_asked(self._alarms().values())
        for url in self.queue_urls:
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            waiting = int(attributes["Attributes"]["ApproximateNumberOfMessages"])
            name = url.rpartition("/")[2]
            if waiting:
                self.filled_since.setdefault(name, now)
            else:
                self.filled_since.pop(name, None)
            age = (now - self.filled_since.get(name, now)).total_seconds()
            for metric, unit, value in (
                ("ApproximateNumberOfMessagesVisible", "Count", waiting),
                ("ApproximateAgeOfOldestMessage", "Seconds", age),
            ):
                if (metric, name) in asked:
                    yield Datum("AWS/SQS", metric, {"QueueName": name}, unit, now, [value])

    def _put(self, data: Sequence[Datum]) -> None:
        by_namespace: dict[str, list[Datum]] = defaultdict(list)
        for datum in data:
            by_namespace[datum.namespace].append(datum)
        for namespace, own in by_namespace.items():
            self.clients("cloudwatch").put_metric_data(
                Namespace=namespace, MetricData=[datum.as_request() for datum in own]
            )

    def _alarms(self) -> dict[str, dict[str, Any]]:
        """Return all alarms by their names, in the states that they were in after the last round.

        The emulator evaluates alarms too, without looking at dimensions and at missing data. What it finds is taken
        back at once, and nobody is told: their actions are off, but for the moment in which `_move` moves them.
        """
        cloudwatch = self.clients("cloudwatch")
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        alarms = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}
        new = [name for name in alarms if name not in self.states]
        if new:
            cloudwatch.disable_alarm_actions(AlarmNames=new)
            self.states |= dict.fromkeys(new, State.INSUFFICIENT_DATA)
        for name, alarm in alarms.items():
            if alarm["StateValue"] != self.states[name]:
                cloudwatch.set_alarm_state(AlarmName=name, StateValue=self.states[name].value, StateReason="as it was")
        return alarms

    def _evaluate(self, alarms: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
        """Bring every alarm into its state, and have its mails sent when that is another one."""
        points = self._points(alarms, now)
        for name, alarm in alarms.items():
            state = Rule.of(alarm).evaluate(points[name], now, self.states[name])
            if state is not self.states[name]:
                self._move(alarm, state, points[name])

    def _move(self, alarm: Mapping[str, Any], state: State, points: Sequence[tuple[datetime, float]]) -> None:
        cloudwatch, name = self.clients("cloudwatch"), alarm["AlarmName"]
        latest = f"{points[-1][1]:g} at {points[-1][0]:%H:%M} UTC" if points else "no data"
        reason = f"{alarm['MetricName']}: {latest}; threshold {alarm['Threshold']:g}"
        cloudwatch.enable_alarm_actions(AlarmNames=[name])
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state.value, StateReason=reason)
        cloudwatch.disable_alarm_actions(AlarmNames=[name])
        self.states[name] = state

    def _points(
        self, alarms: Mapping[str, Mapping[str, Any]], now: datetime
    ) -> dict[str, list[tuple[datetime, float]]]:
        """Return what each alarm is about, one value a period."""
        queries = [_query(f"m{number}", alarm) for number, alarm in enumerate(alarms.values())]
        if not queries:
            return {}
        answer = self.clients("cloudwatch").get_metric_data(
            MetricDataQueries=queries,
            StartTime=min(Rule.of(alarm).earliest(now) for alarm in alarms.values()),
            EndTime=now + timedelta(seconds=1),
        )
        results = {result["Id"]: result for result in answer["MetricDataResults"]}
        found = [results[query["Id"]] for query in queries]
        series = [sorted(zip(result["Timestamps"], result["Values"], strict=True)) for result in found]
        return dict(zip(alarms, series, strict=True))


def _configuration(client: Any, function: str) -> Any:
    return client.get_function_configuration(FunctionName=function)


def _queues_asked(alarms: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Return the metrics of queues that alarms are about, with the queues' names."""
    return {
        (alarm["MetricName"], dimension["Value"])
        for alarm in alarms
        for dimension in alarm["Dimensions"]
        if alarm["Namespace"] == "AWS/SQS"
    }


def _query(query_id: str, alarm: Mapping[str, Any]) -> dict[str, Any]:
    metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": alarm["Statistic"]}}


def _milliseconds(instant: datetime) -> int:
    return int(instant.astimezone(UTC).timestamp() * 1000)
