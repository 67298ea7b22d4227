"""How `tribe-yuki` finds the stack that it works on."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from cli.main import app
from tests.template.template import template
from tests.world_tables import CONNECTIONS, ID_MAP, JOURNAL, create_tables

REGION = ("--region", "eu-west-1")
OUTPUTS = {
    "WebhookBase": "https://abc.execute-api.eu-west-1.amazonaws.com/webhooks/tribe",
    "ConnectionsTableName": CONNECTIONS,
    "IdMapTableName": ID_MAP,
    "JournalTableName": JOURNAL,
    "ContactQueueUrl": "https://sqs.example/contact",
    "InvoiceRetryQueueUrl": "https://sqs.example/retry",
    "TaskQueueUrl": "https://sqs.example/task",
}
PARAMETERS = ("Stage", "TokenHeader", "SignatureHeader", "TribeApiUrl", "TribeAuthUrl", "YukiBaseUrl")


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_PROFILE", "TRIBE_YUKI_STACK"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        session = boto3.Session("test", "test", region_name="eu-west-1")
        create_tables(session.client("dynamodb"))
        yield session.client("cloudformation")


def make_stack(cloudformation: Any, name: str, outputs: dict[str, str]) -> None:
    """Make a stack with our template's parameters and some outputs."""
    declared = template()
    body = {
        "Parameters": {parameter: declared["Parameters"][parameter] for parameter in PARAMETERS},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {output: {"Value": value} for output, value in outputs.items()},
    }
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body, default=str))


def error(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "status", "--json"])
    assert result.exit_code == 1
    return str(json.loads(result.stdout)["error"]["text"])


def test_a_stack_is_found_by_its_name(cloudformation: Any) -> None:
    make_stack(cloudformation, "tribe-yuki-dev", OUTPUTS)
    result = CliRunner().invoke(app, ["--stack", "tribe-yuki-dev", *REGION, "status", "--json"])
    assert json.loads(result.stdout)["connections"] == []


def test_the_name_may_stand_in_the_environment(cloudformation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_stack(cloudformation, "tribe-yuki-dev", OUTPUTS)
    monkeypatch.setenv("TRIBE_YUKI_STACK", "tribe-yuki-dev")
    assert CliRunner().invoke(app, [*REGION, "status"]).exit_code == 0


def test_a_stack_must_be_named_and_be_ours(cloudformation: Any) -> None:
    make_stack(cloudformation, "something-else", {})
    assert "name the stack with --stack" in error(*REGION)
    assert "check --stack, --region and --profile" in error("--stack", "nowhere", *REGION)
    assert "not one of this connector" in error("--stack", "something-else", *REGION)


def test_a_profile_that_does_not_exist_is_told(cloudformation: Any) -> None:
    make_stack(cloudformation, "tribe-yuki-dev", OUTPUTS)
    assert "ProfileNotFound" in error("--stack", "tribe-yuki-dev", "--profile", "nobody")


def test_every_output_and_parameter_that_is_needed_is_in_the_template() -> None:
    assert set(OUTPUTS) <= set(template()["Outputs"])
    assert set(PARAMETERS) <= set(template()["Parameters"])
