"""How `tribe-yuki` finds the stack that it works on."""

import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from cli.main import app
from simulators.shared.loopback import LoopbackServer
from tests.support.template.template import template
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL, create_tables
from tribe_yuki.entrypoints.cli import cloud_stack

REGION = ("--region", "eu-west-1")
OUTPUTS = {
    "WebhookApiId": "abc",
    "WebhookBase": "https://abc.execute-api.eu-west-1.amazonaws.com/webhooks/tribe",
    "ConnectionsTableName": CONNECTIONS,
    "IdMapTableName": ID_MAP,
    "JournalTableName": JOURNAL,
    "ContactQueueUrl": "https://sqs.example/contact",
    "InvoiceRetryQueueUrl": "https://sqs.example/retry",
    "TaskQueueUrl": "https://sqs.example/task",
    "DeadLetterQueueUrl": "https://sqs.example/dead",
    "ContactDeadLetterQueueUrl": "https://sqs.example/contact-dead",
    "TaskDeadLetterQueueUrl": "https://sqs.example/task-dead",
}
PARAMETERS = {
    "Stage": "dev",
    "TokenHeader": "x-tribe-yuki-token",
    "SignatureHeader": "x-webhook-signature",
    "TribeApiUrl": "https://api.tribecrm.nl",
    "TribeAuthUrl": "https://auth.tribecrm.nl",
    "YukiBaseUrl": "",
}


REFUSALS = {
    "AccessDenied": "your AWS identity may not do this",
    "ExpiredToken": "the AWS credentials have expired: sign in to AWS again",
    "InvalidClientTokenId": "AWS does not know these credentials",
    "SignatureDoesNotMatch": "check --profile and the environment, or sign in again",
    "NobodyKnowsThis": "",
}


class CloudFormation(LoopbackServer):
    """Answers DescribeStacks; moto's own needs more packages than this project has."""

    def __init__(self, stacks: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]) -> None:
        super().__init__(_Handler)
        self.stacks = stacks


class _Handler(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        name = form["StackName"][0]
        stack = self.server.stacks.get(name)
        # A stack that is called like a code of AWS is answered with it.
        code = name if name in REFUSALS else "ValidationError"
        status, body = (200, _described(*stack)) if stack else (400, _REFUSED.format(code=code))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name that http.server gives it)
        """Stay silent."""


_REFUSED = "<ErrorResponse><Error><Code>{code}</Code><Message>no such stack</Message></Error></ErrorResponse>"


def _described(outputs: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    return (
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
        f"<Outputs>{_members('Output', outputs)}</Outputs><Parameters>{_members('Parameter', parameters)}</Parameters>"
        "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )


def _members(kind: str, values: Mapping[str, str]) -> str:
    return "".join(
        f"<member><{kind}Key>{name}</{kind}Key><{kind}Value>{escape(value)}</{kind}Value></member>"
        for name, value in values.items()
    )


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with two stacks, one of them ours."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "TRIBE_YUKI_STACK"):
        monkeypatch.delenv(name, raising=False)
    stacks = {"tribe-yuki-dev": (OUTPUTS, PARAMETERS), "something-else": ({}, {})}
    with mock_aws(), CloudFormation(stacks) as cloudformation:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", f"http://127.0.0.1:{cloudformation.server_address[1]}")
        create_tables(boto3.Session("test", "test", region_name="eu-west-1").client("dynamodb"))
        yield


def error(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "status", "--json"])
    assert result.exit_code == 1
    return str(json.loads(result.stdout)["error"]["text"])


def test_a_stack_is_found_by_its_name() -> None:
    result = CliRunner().invoke(app, ["--stack", "tribe-yuki-dev", *REGION, "status", "--json"])
    assert json.loads(result.stdout)["connections"] == []


def test_the_name_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIBE_YUKI_STACK", "tribe-yuki-dev")
    assert CliRunner().invoke(app, [*REGION, "status"]).exit_code == 0


def test_a_stack_must_be_named_and_be_ours() -> None:
    assert "name the stack with --stack" in error(*REGION)
    text = "there is no stack nowhere in eu-west-1; check --stack, --region and --profile"
    assert text in error("--stack", "nowhere", *REGION)
    assert "not one of this connector" in error("--stack", "something-else", *REGION)


def test_webhooks_come_through_the_emulator_when_all_of_aws_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session("test", "test", region_name="eu-west-1")
    assert cloud_stack(session, "tribe-yuki-dev").webhook_base == OUTPUTS["WebhookBase"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    base = "http://127.0.0.1:4566/_aws/execute-api/abc/webhooks/tribe"
    assert cloud_stack(session, "tribe-yuki-dev").webhook_base == base


def test_a_profile_that_does_not_exist_is_told() -> None:
    assert "there is no AWS profile nobody" in error("--stack", "tribe-yuki-dev", "--profile", "nobody")


@pytest.mark.parametrize("code", REFUSALS)
def test_what_aws_refuses_is_told_in_sentences(code: str) -> None:
    text = error("--stack", code, *REGION)
    assert REFUSALS[code] in text
    assert (code in text) is (not REFUSALS[code])


def test_a_region_that_is_not_named_or_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert "no AWS region is named: give --region, or set AWS_REGION" in error("--stack", "tribe-yuki-dev")
    text = error("--stack", "tribe-yuki-dev", "--region", "eu west 1")
    assert "eu west 1 is no AWS region; give one such as eu-west-1" in text


def test_an_aws_that_is_not_there_is_told_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    text = error("--stack", "tribe-yuki-dev", *REGION)
    assert "AWS cannot be reached at http://127.0.0.1:9" in text
    assert "Error" not in text


def test_credentials_that_are_missing_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as without:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            without.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            without.setenv(name, str(tmp_path / "none"))
        without.setenv("AWS_EC2_METADATA_DISABLED", "true")
        text = error("--stack", "tribe-yuki-dev", *REGION)
    assert "there are no AWS credentials: sign in" in text


def test_every_output_and_parameter_that_is_needed_is_in_the_template() -> None:
    assert set(OUTPUTS) <= set(template()["Outputs"])
    assert set(PARAMETERS) <= set(template()["Parameters"])
