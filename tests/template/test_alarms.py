"""Whoever has to know is told: alarms, their topics, and the page that each of them links to."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from typer.main import get_command

from cli.main import Commands, app
from local.metrics_document import NAMESPACE
from tests.support.stack.runbook import ANSWERS, PAGE, sections
from tests.support.template.template import ROOT, environment, functions, may, properties, referred, resources, template
from tribe_yuki.entrypoints.metrics import METRICS, Kind, Metric

ALARMS = sorted(resources("AWS::CloudWatch::Alarm"))
OURS = [name for name in ALARMS if properties(name)["Namespace"] == NAMESPACE]
OWNERS = ("Sales", "Bookkeeper", "Operator")
MESSAGES = ROOT / "layers" / "common" / "tribe_yuki" / "entrypoints" / "messages.py"
DAY = 24 * 60 * 60


def about(namespace: str, metric: str) -> list[str]:
    """Return the alarms about a metric."""
    return [
        name
        for name in ALARMS
        if (properties(name)["Namespace"], properties(name)["MetricName"]) == (namespace, metric)
    ]


def dimensions(alarm: str) -> dict[str, Any]:
    return {one["Name"]: one["Value"] for one in properties(alarm)["Dimensions"]}


def anchor(alarm: str) -> str:
    return str(properties(alarm)["AlarmDescription"]["Fn::Sub"].rpartition("${RunbookUrl}#")[2])


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_tells_when_it_begins_and_when_it_is_over(alarm: str) -> None:
    assert properties(alarm)["AlarmActions"] == properties(alarm)["OKActions"] == [{"Ref": "AlarmTopic"}]


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_says_what_happened_and_links_a_section_of_the_runbook_that_names_it(alarm: str) -> None:
    said, _, _ = properties(alarm)["AlarmDescription"]["Fn::Sub"].partition(" ${RunbookUrl}#")
    assert said.endswith(".")
    name = properties(alarm)["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
    assert name in sections()[anchor(alarm)].alarms


def test_the_runbook_has_no_section_without_an_alarm_and_each_says_all_four_things() -> None:
    assert set(sections()) == {anchor(alarm) for alarm in ALARMS}
    for section in sections().values():
        assert all(section.answer(heading) for heading in ANSWERS)


def test_the_links_in_the_runbook_lead_somewhere() -> None:
    assert set(re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE)) <= set(sections())


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_about_one_metric_because_the_emulator_has_no_metric_math(alarm: str) -> None:
    assert "Metrics" not in properties(alarm)
    assert properties(alarm)["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


@pytest.mark.parametrize("alarm", OURS)
def test_an_alarm_of_ours_is_about_a_metric_that_is_emitted_with_the_statistic_that_fits_it(alarm: str) -> None:
    described = METRICS[Metric(properties(alarm)["MetricName"])]
    assert properties(alarm)["Statistic"] == {Kind.COUNTER: "Sum", Kind.GAUGE: "Maximum"}[described.kind]
    assert dimensions(alarm) == {"service": environment("YukiPollFunction")["POWERTOOLS_SERVICE_NAME"]}


def test_a_crash_of_each_function_is_an_alarm() -> None:
    watched = {referred(dimensions(alarm)["FunctionName"]) for alarm in about("AWS/Lambda", "Errors")}
    assert watched == set(functions().values())


def test_dead_letters_are_told_at_the_first_one_within_five_minutes_and_again_on_the_tenth_day() -> None:
    dead = {queue for queue in resources("AWS::SQS::Queue") if queue.endswith("DeadLetterQueue")}
    for metric, threshold in (("ApproximateNumberOfMessagesVisible", 1), ("ApproximateAgeOfOldestMessage", 10 * DAY)):
        alarms = {
            referred(dimensions(alarm)["QueueName"]): properties(alarm)
            for alarm in about("AWS/SQS", metric)
            if referred(dimensions(alarm)["QueueName"]) in dead
        }
        assert set(alarms) == dead
        for queue, alarm in alarms.items():
            assert alarm["Threshold"] == threshold < properties(queue)["MessageRetentionPeriod"]
            if threshold == 1:
                assert alarm["Period"] * alarm["EvaluationPeriods"] < 5 * 60


def test_a_stalled_poll_is_told_before_two_intervals_are_over_and_so_is_one_that_is_not_measured() -> None:
    (alarm,) = map(properties, about(NAMESPACE, Metric.POLL_AGE_PERCENT))
    shortest = 5 * 60  # the shortest interval that the settings allow
    seconds = shortest * alarm["Threshold"] / 100 + alarm["Period"] * alarm["EvaluationPeriods"]
    assert seconds < 2 * shortest
    assert alarm["TreatMissingData"] == "breaching"


def test_only_the_stalled_poll_takes_missing_data_for_bad_news() -> None:
    breaching = [alarm for alarm in ALARMS if properties(alarm)["TreatMissingData"] != "notBreaching"]
    assert breaching == about(NAMESPACE, Metric.POLL_AGE_PERCENT)


def test_the_calls_to_yuki_are_told_at_70_and_90_percent() -> None:
    thresholds = [properties(alarm)["Threshold"] for alarm in about(NAMESPACE, Metric.YUKI_BUDGET_PERCENT)]
    assert sorted(thresholds) == [70, 90]


@pytest.mark.parametrize("owner", OWNERS)
def test_each_owner_has_a_topic_that_only_the_digest_publishes_to_and_a_mail_only_when_wanted(owner: str) -> None:
    assert environment("ConnectionTaskFunction")[f"{owner.upper()}_TOPIC_ARN"] == {"Ref": f"{owner}Topic"}
    subscription = template()["Resources"][f"{owner}Subscription"]
    assert subscription["Properties"] == mail_to(f"{owner}Topic", f"{owner}Email")
    assert wanted(subscription["Condition"]) == f"{owner}Email"


def test_alarms_are_mailed_to_the_operator() -> None:
    subscription = template()["Resources"]["AlarmSubscription"]
    assert subscription["Properties"] == mail_to("AlarmTopic", "OperatorEmail")
    assert wanted(subscription["Condition"]) == "OperatorEmail"


def test_only_connection_task_publishes_and_to_the_owners_topics_only() -> None:
    allowed = {function: may(function, "sns:Publish") for function in functions().values()}
    assert allowed.pop("ConnectionTaskFunction") == {f"{owner}Topic" for owner in OWNERS}
    assert not any(allowed.values())


def test_every_topic_has_a_policy_of_its_own_that_names_no_other() -> None:
    """SNS documents that a policy covers one topic, and that its Resource is that topic's."""
    policies = resources("AWS::SNS::TopicPolicy").values()
    named = []
    for policy in policies:
        (topic,) = policy["Properties"]["Topics"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Resource"] == topic
        named.append(referred(topic))
    assert sorted(named) == sorted(resources("AWS::SNS::Topic"))


def test_a_topic_takes_from_its_one_publisher_only() -> None:
    publishers = {
        referred(topic): statement["Principal"]
        for policy in resources("AWS::SNS::TopicPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for topic in policy["Properties"]["Topics"]
    }
    digest = {"AWS": {"Fn::GetAtt": ["ConnectionTaskRole", "Arn"]}}
    alarms = {"Service": "cloudwatch.amazonaws.com"}
    assert publishers == {**{f"{owner}Topic": digest for owner in OWNERS}, "AlarmTopic": alarms}
    assert set(publishers) == set(resources("AWS::SNS::Topic"))


def test_cloudwatch_can_publish_alarms() -> None:
    # It may not use the key of SNS, and would fail without a word.
    assert "KmsMasterKeyId" not in properties("AlarmTopic")


def test_the_queries_that_the_emulator_cannot_make_are_made_unless_it_is_said() -> None:
    assert {one["Condition"] for one in resources("AWS::Logs::QueryDefinition").values()} == {"MakeQueries"}
    assert template()["Conditions"]["MakeQueries"] == {"Fn::Equals": [{"Ref": "SavedQueries"}, "made"]}
    assert template()["Parameters"]["SavedQueries"]["Default"] == "made"
    assert not resources("AWS::CloudWatch::CompositeAlarm")


def test_the_runbook_names_saved_queries_that_there_are() -> None:
    queries = resources("AWS::Logs::QueryDefinition").values()
    names = {one["Properties"]["Name"]["Fn::Sub"].partition("/")[2] for one in queries}
    named = set(re.findall(r"saved\s+query\s+\*([a-z-]+)\*", PAGE))
    assert named
    assert named <= names


@pytest.mark.parametrize("words", ["messages failed", "message unreadable"])
def test_the_saved_query_about_errors_shows_what_makes_messages_be_delivered_again(words: str) -> None:
    assert f'logger.warning("{words}"' in " ".join(MESSAGES.read_text(encoding="utf-8").split()).replace("( ", "(")
    assert f'"{words}"' in resources("AWS::Logs::QueryDefinition")["ErrorsQuery"]["Properties"]["QueryString"]


def test_the_runbook_names_commands_and_options_that_there_are() -> None:
    command = get_command(app)
    assert isinstance(command, Commands)
    uses = re.findall(r"`tribe-yuki ([a-z-]+)([^`]*)`", PAGE)
    assert uses
    for name, rest in uses:
        options = {option for parameter in command.load(name).params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options


def mail_to(topic: str, parameter: str) -> Mapping[str, Any]:
    assert template()["Parameters"][parameter]["Default"] == ""
    return {"TopicArn": {"Ref": topic}, "Protocol": "email", "Endpoint": {"Ref": parameter}}


def wanted(condition: str) -> str:
    """Return the parameter that must not be empty."""
    match template()["Conditions"][condition]:
        case {"Fn::Not": [{"Fn::Equals": [{"Ref": str(parameter)}, ""]}]}:
            return parameter
    raise AssertionError(condition)
