"""Alarms of the running stack: what happens in it becomes a mail that names the page of the runbook."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

OWNERS = ("Sales", "Bookkeeper", "Operator")


@pytest.fixture(scope="module")
def mails(stack: Any, aws: Callable[[str], Any]) -> Iterator[Callable[[], list[tuple[str, str]]]]:
    """Return a reader of all mails so far about alarms: name without the stack's, and state."""
    sqs, sns = aws("sqs"), aws("sns")
    url = sqs.create_queue(QueueName="mails-of-alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sender = {"Service": "sns.amazonaws.com"}
    allow = {"Effect": "Allow", "Principal": sender, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=stack["outputs"]["AlarmTopicArn"], Protocol="sqs", Endpoint=arn)
    received: list[tuple[str, str]] = []

    def read() -> list[tuple[str, str]]:
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                alarm = json.loads(json.loads(message["Body"])["Message"])
                assert "docs/runbook.md#" in alarm["AlarmDescription"]
                received.append((alarm["AlarmName"].removeprefix(f"{stack['stack']}-"), alarm["NewStateValue"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return received

    yield read
    sqs.delete_queue(QueueUrl=url)


def after(mail: tuple[str, str], mails: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the mails that came after one."""
    return mails[mails.index(mail) :]


@pytest.fixture(scope="module")
def state_of(stack: Any, aws: Callable[[str], Any]) -> Callable[[str], str]:
    def read(name: str) -> str:
        (alarm,) = aws("cloudwatch").describe_alarms(AlarmNames=[f"{stack['stack']}-{name}"])["MetricAlarms"]
        return str(alarm["StateValue"])

    return read


def test_nothing_measured_is_an_alarm_until_the_sweep_measures(
    stack: Any, aws: Any, resources: Any, wait_for: Any, state_of: Any
) -> None:
    name = "contacts-of-yuki-are-not-polled"
    measured = aws("cloudwatch").list_metrics(Namespace="TribeYuki", MetricName="PollAgePercent")["Metrics"]
    if not measured:  # the schedule may have been quicker
        wait_for(lambda: state_of(name) == "ALARM")
    aws("lambda").invoke(FunctionName=resources["YukiPollFunction"])
    wait_for(lambda: state_of(name) == "OK")


def test_one_dead_letter_is_an_alarm_of_its_own_queue_only_and_told_again_when_it_is_over(
    stack: Any, aws: Any, wait_for: Any, mails: Any, state_of: Any
) -> None:
    sqs, url = aws("sqs"), stack["outputs"]["DeadLetterQueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    wait_for(lambda: ("dead-letters", "ALARM") in mails())
    assert state_of("dead-letters") == "ALARM"
    sqs.purge_queue(QueueUrl=url)
    # CloudWatch looks back a few minutes when a newer value is missing; here there is one every five seconds.
    wait_for(lambda: ("dead-letters", "OK") in after(("dead-letters", "ALARM"), mails()), seconds=120)
    assert not {("contact-dead-letters", "ALARM"), ("task-dead-letters", "ALARM")} & set(mails())


def test_calls_with_a_wrong_token_are_an_alarm(stack: Any, wait_for: Any, mails: Any) -> None:
    with httpx.Client(trust_env=False, timeout=30) as client:
        for _ in range(10):  # five, wherever a period of five minutes ends
            answer = client.post(f"{stack['webhook_base']}/demo/contacts", content=b"{}")
            assert answer.status_code == 401
    wait_for(lambda: ("webhooks-are-refused", "ALARM") in mails())


def test_a_function_that_ends_with_an_error_is_an_alarm_of_its_own(
    aws: Any, resources: Any, wait_for: Any, mails: Any
) -> None:
    answer = aws("lambda").invoke(FunctionName=resources["ContactPushFunction"], Payload=b"{}")
    assert answer["FunctionError"]
    wait_for(lambda: ("errors-of-contact-push", "ALARM") in mails())
    assert ("errors-of-connection-task", "ALARM") not in mails()


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("function", ["ConnectionTask", "InvoicePush", "YukiPoll"])
def test_only_the_digest_writes_to_an_owner(
    stack: Any, acting_as: Any, is_refused: Any, function: str, owner: str
) -> None:
    topic = stack["outputs"][f"{owner}TopicArn"]
    refused = is_refused(acting_as(function, "sns").publish, TopicArn=topic, Message="nothing waits")
    assert refused == (function != "ConnectionTask")


def test_nobody_writes_where_alarms_go(stack: Any, acting_as: Any, is_refused: Any) -> None:
    topic = stack["outputs"]["AlarmTopicArn"]
    assert is_refused(acting_as("ConnectionTask", "sns").publish, TopicArn=topic, Message="nothing is wrong")
