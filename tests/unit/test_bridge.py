"""What stands in for CloudWatch locally: lines of logs become metrics, and values become states of alarms."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.bridge.bridge import Bridge
from local.bridge.embedded_metrics import parse
from local.bridge.evaluation import Rule, State
from local.bridge.invocations import invocation
from tribe_yuki.entrypoints.metrics import Metric, emit

NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_what_a_function_emits_is_read_as_it_was_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "TribeYuki")
    emit("tribe-yuki-test", {Metric.YUKI_CALLS: 3, Metric.SECONDS_TO_BOOKED: [21.5, 40]})
    data = list(parse(capsys.readouterr().out))
    assert [(one.namespace, one.metric, one.dimensions, one.unit, one.values) for one in data] == [
        ("TribeYuki", "YukiCalls", {"service": "tribe-yuki-test"}, "Count", [3]),
        ("TribeYuki", "SecondsToBooked", {"service": "tribe-yuki-test"}, "Seconds", [21.5, 40]),
    ]
    assert abs(data[0].at - datetime.now(UTC)) < MINUTE


@pytest.mark.parametrize(
    "line",
    [
        "",
        "START RequestId: 1",
        '{"message": "swept"}',
        '{"_aws"',
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": 1}}',
        '"_aws"',
    ],
)
def test_any_other_line_holds_no_metric(line: str) -> None:
    assert list(parse(line)) == []


REPORT = "REPORT RequestId: 1\tDuration: 1971 ms\tBilled Duration: 1971 ms\tMemory Size: 512 MB"


@pytest.mark.parametrize(
    ("lines", "errors"),
    [
        (["START RequestId: 1", '{"exception": "Traceback (most recent call last):"}', REPORT], 0),
        (["START RequestId: 1", "Traceback (most recent call last):", "KeyError: 'Records'", REPORT], 1),
        (["START RequestId: 1", "Task timed out after 50.00 seconds", REPORT], 1),
    ],
)
def test_an_invocation_counts_with_its_time_and_whether_it_failed(lines: list[str], errors: int) -> None:
    measured = {one.metric: one.values for one in invocation("push", lines, NOW)}
    assert measured == {"Duration": [1971], "Errors": [errors]}


def test_an_invocation_that_is_not_over_does_not_count() -> None:
    assert list(invocation("push", ["START RequestId: 1"], NOW)) == []


# When an alarm is on


def rule(*, periods: int = 1, missing: str = "notBreaching", points_to_alarm: int | None = None) -> Rule:
    comparison = "GreaterThanOrEqualToThreshold"
    return Rule(MINUTE, periods, points_to_alarm or periods, 10, comparison, missing)


def state(the_rule: Rule, values: Sequence[float | None], current: State = State.OK) -> State:
    """Return the state after values of the last minutes, the newest last, None where there is none."""
    minute = NOW.replace(second=0)
    points = [(minute - ago * MINUTE, value) for ago, value in enumerate(reversed(values)) if value is not None]
    return the_rule.evaluate(points, NOW, current)


@pytest.mark.parametrize(("value", "expected"), [(9.9, State.OK), (10, State.ALARM), (11, State.ALARM)])
def test_the_threshold_itself_is_an_alarm(value: float, expected: State) -> None:
    assert state(rule(), [value]) is expected


@pytest.mark.parametrize(
    ("values", "expected"), [([11, 11, 9], State.OK), ([9, 11, 11], State.OK), ([11, 11, 11], State.ALARM)]
)
def test_every_period_has_to_breach(values: list[float], expected: State) -> None:
    assert state(rule(periods=3), values) is expected


def test_unless_fewer_are_enough() -> None:
    assert state(rule(periods=3, points_to_alarm=2), [11, 9, 11]) is State.ALARM


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("breaching", State.ALARM),
        ("notBreaching", State.OK),
        ("missing", State.INSUFFICIENT_DATA),
        ("ignore", State.ALARM),
    ],
)
def test_silence_means_what_the_alarm_says(missing: str, expected: State) -> None:
    assert state(rule(periods=2, missing=missing), [], State.ALARM) is expected


def test_a_late_point_is_not_a_missing_one_but_a_silence_of_minutes_is() -> None:
    sweep = rule(periods=2, missing="breaching")
    assert state(sweep, [0, 0, None, None]) is State.OK
    assert state(sweep, [0, 0, None, None, None, None, None]) is State.ALARM


def test_values_of_long_ago_do_not_count() -> None:
    assert state(rule(), [11, None, None, None, None]) is State.OK


# A round


class Clients:
    """AWS without the emulator's own evaluation; `told` are the states given to alarms while their actions were on."""

    def __init__(self) -> None:
        session: Any = boto3.Session("test", "test", region_name="eu-west-1")
        self.made = {name: session.client(name) for name in ("logs", "sqs", "cloudwatch")}
        self.told: list[tuple[str, str]] = []
        self.made["cloudwatch"].meta.events.register("before-parameter-build.cloudwatch.SetAlarmState", self._hear)

    def __call__(self, service: str) -> Any:
        return self.made[service]

    def alarm(self, name: str) -> Any:
        (found,) = self("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return found

    def _hear(self, params: dict[str, str], **_: Any) -> None:
        if self.alarm(params["AlarmName"])["ActionsEnabled"]:
            self.told.append((params["AlarmName"], params["StateValue"]))


@pytest.fixture
def clients() -> Any:
    with mock_aws():
        yield Clients()


def put_alarm(clients: Clients, name: str, **about: Any) -> None:
    clients("cloudwatch").put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        Period=60,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        **about,
    )


def put_queue_alarm(clients: Clients, queue: str) -> None:
    put_alarm(
        clients,
        queue,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": queue}],
        Statistic="Maximum",
        Threshold=1,
    )


def test_a_message_on_one_queue_moves_the_alarm_of_that_queue_alone(clients: Clients) -> None:
    urls = [clients("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "contact-dead")]
    for name in ("dead", "contact-dead"):
        put_queue_alarm(clients, name)
    clients("sqs").send_message(QueueUrl=urls[0], MessageBody="{}")
    bridge = Bridge(clients, {}, urls, datetime.now(UTC))
    bridge.round(datetime.now(UTC))
    assert clients.told == [("dead", "ALARM"), ("contact-dead", "OK")]


def test_a_state_that_somebody_else_found_is_taken_back_without_telling_anybody(clients: Clients) -> None:
    put_queue_alarm(clients, "dead")
    bridge = Bridge(clients, {}, [], datetime.now(UTC))
    bridge.round(datetime.now(UTC))
    clients.told.clear()
    clients("cloudwatch").set_alarm_state(AlarmName="dead", StateValue="ALARM", StateReason="of another queue")
    bridge.round(datetime.now(UTC))
    assert clients.alarm("dead")["StateValue"] == "OK"
    assert clients.told == []


def test_every_line_of_a_log_is_counted_once_also_after_a_round_that_failed(clients: Clients) -> None:
    logs, now = clients("logs"), datetime.now(UTC)
    logs.create_log_group(logGroupName="/aws/lambda/push")
    logs.create_log_stream(logGroupName="/aws/lambda/push", logStreamName="one")
    at = int((now - timedelta(seconds=5)).timestamp() * 1000)
    about = {"Namespace": "TribeYuki", "Dimensions": [["service"]], "Metrics": [{"Name": "YukiCalls", "Unit": "Count"}]}
    line = {"_aws": {"Timestamp": at, "CloudWatchMetrics": [about]}, "service": "test", "YukiCalls": [2.0, 1.0]}
    event = {"timestamp": at, "message": json.dumps(line)}
    logs.put_log_events(logGroupName="/aws/lambda/push", logStreamName="one", logEvents=[event])

    bridge = Bridge(clients, {"/aws/lambda/push": "push"}, ["http://127.0.0.1/123456789012/gone"], now - MINUTE)
    with pytest.raises(clients("sqs").exceptions.QueueDoesNotExist):
        bridge.round(now)
    bridge.queue_urls = []
    for seconds in range(3):
        bridge.round(now + timedelta(seconds=seconds))

    found = clients("cloudwatch").get_metric_statistics(
        Namespace="TribeYuki",
        MetricName="YukiCalls",
        Dimensions=[{"Name": "service", "Value": "test"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + MINUTE,
        Period=3600,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [3]


def test_metrics_and_alarms_may_run_ahead_of_the_logs(clients: Clients) -> None:
    url = clients("sqs").create_queue(QueueName="dead")["QueueUrl"]
    put_alarm(
        clients,
        "expires",
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": "dead"}],
        Statistic="Maximum",
        Threshold=timedelta(days=10).total_seconds(),
    )
    clients("sqs").send_message(QueueUrl=url, MessageBody="{}")
    now = datetime.now(UTC)
    bridge = Bridge(clients, {}, [url], now)
    bridge.round(now)
    assert clients.alarm("expires")["StateValue"] == "OK"
    bridge.ahead = timedelta(days=10)
    bridge.round(now)
    assert clients.alarm("expires")["StateValue"] == "ALARM"
    assert bridge.read_until < now
