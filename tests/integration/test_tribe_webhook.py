"""The webhook's handler with events as API Gateway sends them, against SQS and Secrets Manager in process (moto)."""

import json
import logging
import os
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from aws_lambda_powertools.logging import Logger
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from functions.tribe_webhook import app
from tribe_yuki.adapters.aws.webhook_secrets import WebhookSecrets
from tribe_yuki.core.errors import Defect, Retryable
from tribe_yuki.entrypoints import webhook as ingest
from tribe_yuki.entrypoints.webhook import Ingest, IngestSettings, make_ingest
from tribe_yuki.webhooks.events import invoice_messages
from tribe_yuki.webhooks.signature import sign

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "tribe"
EVENTS = ROOT / "events" / "tribe_webhook"

SECRET = "simulator-secret-0001"
TOKEN = "simulator-token-0001"
SIGNATURE_HEADER = "x-webhook-signature"
TOKEN_HEADER = "x-tribe-yuki-token"
REGION = "eu-west-1"
# Workers of a parallel run must know each case by the same name, so no name is random.
WEBHOOK = "3f0c2b5e-8c1d-4a57-9d0e-51a7c3b0e105"
INVOICE = "40000000-0000-4000-8000-000000000041"
ORGANISATION = "20000000-0000-4000-8000-000000000011"


@dataclass
class FixedClock:
    instant: datetime = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@dataclass
class Stack:
    """What surrounds the handler: its tools, its clock, its log, and the services behind it."""

    tools: Ingest
    clock: FixedClock
    log: StringIO
    sqs: "SQSClient"
    secrets_manager: "SecretsManagerClient"
    calls: list[str] = field(default_factory=list)
    hooks: list[tuple[Any, str, Callable[..., Any]]] = field(default_factory=list)

    def send(self, event: dict[str, Any]) -> int:
        answer = app.handle(event, self.tools, request_id="request-1")
        assert set(answer) == {"statusCode", "headers", "body"}
        assert isinstance(json.loads(answer["body"]), dict)
        return int(answer["statusCode"])

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def last_line(self) -> dict[str, Any]:
        return self.lines()[-1]

    def messages(self, kind: str) -> list[Any]:
        settings = self.tools.settings
        url = settings.contact_queue_url if kind == "contacts" else settings.invoice_queue_url
        found: list[Any] = []
        while more := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages"):
            found += more
            for message in more:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def ids(self, kind: str) -> list[list[str]]:
        return [json.loads(message["Body"])["ids"] for message in self.messages(kind)]

    def nothing_queued(self) -> bool:
        return self.messages("contacts") == [] and self.messages("invoices") == []

    def store_secret(self, connection_id: str, secrets: list[str], tokens: list[str]) -> None:
        self.store_text(connection_id, json.dumps({"secrets": secrets, "tokens": tokens}))

    def store_text(self, connection_id: str, text: str) -> None:
        name = self.secret_name(connection_id)
        try:
            self.secrets_manager.put_secret_value(SecretId=name, SecretString=text)
        except self.secrets_manager.exceptions.ResourceNotFoundException:
            self.secrets_manager.create_secret(Name=name, SecretString=text)

    def secret_name(self, connection_id: str) -> str:
        return f"{self.tools.settings.stage}/{connection_id}/webhook"

    def secret_reads(self) -> int:
        return self.calls.count("GetSecretValue")

    def on_secrets_manager(self, event: str, hook: Callable[..., Any]) -> None:
        self._on(self.tools.secrets._client, event, hook)

    def on_sqs(self, event: str, hook: Callable[..., Any]) -> None:
        self._on(self.tools.inbox._client, event, hook)

    def _on(self, client: Any, event: str, hook: Callable[..., Any]) -> None:
        client.meta.events.register(event, hook)
        self.hooks.append((client, event, hook))

    def remove_hooks(self) -> None:
        for client, event, hook in self.hooks:
            client.meta.events.unregister(event, hook)


@dataclass
class Services:
    """The emulated services: made once, because clients are slow to make."""

    tools: Ingest
    sqs: "SQSClient"
    secrets_manager: "SecretsManagerClient"


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in {
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "POWERTOOLS_METRICS_NAMESPACE": "TribeYuki",
            "POWERTOOLS_SERVICE_NAME": "tribe-yuki",
        }.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield Services(make_ingest(variables("")), boto3.client("sqs"), boto3.client("secretsmanager"))


def variables(queue_prefix: str) -> dict[str, str]:
    return {
        "STAGE": f"stage-{queue_prefix}",
        "SIGNATURE_HEADER": "X-Webhook-Signature",
        "TOKEN_HEADER": TOKEN_HEADER,
        "WINDOW_SECONDS": "10",
        "CONTACT_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{queue_prefix}-contacts.fifo",
        "INVOICE_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{queue_prefix}-invoices",
    }


@pytest.fixture
def stack(services: Services) -> Iterator[Stack]:
    name, clock, log = uuid4().hex, FixedClock(), StringIO()
    settings = IngestSettings.from_environment(variables(name))
    for url in (settings.contact_queue_url, settings.invoice_queue_url):
        queue = url.rpartition("/")[2]
        services.sqs.create_queue(QueueName=queue, Attributes={"FifoQueue": "true"} if queue.endswith("fifo") else {})
    tools = services.tools._replace(
        settings=settings,
        secrets=WebhookSecrets(services.tools.secrets._client, settings.stage, clock.now),
        logger=Logger(service=f"test-{name}", stream=log),
        now=clock.now,
    )
    stack = Stack(tools, clock, log, services.sqs, services.secrets_manager)
    for watch in (stack.on_secrets_manager, stack.on_sqs):
        watch("before-call", lambda model, **_: stack.calls.append(model.name))
    stack.store_secret("demo", [SECRET], [TOKEN])
    yield stack
    stack.remove_hooks()


def make_event(
    body: str | bytes,
    kind: str = "invoices",
    connection_id: str = "demo",
    *,
    secret: str = SECRET,
    signature: str | None = None,
    token: str = TOKEN,
    encoded: bool = False,
) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else body.encode()
    route = f"POST /webhooks/tribe/{{connection_id}}/{kind}"
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": f"/webhooks/tribe/{connection_id}/{kind}",
        "headers": {
            "content-type": "application/json",
            SIGNATURE_HEADER: sign(raw, secret) if signature is None else signature,
            TOKEN_HEADER: token,
        },
        "requestContext": {"http": {"method": "POST"}, "routeKey": route, "stage": "$default"},
        "pathParameters": {"connection_id": connection_id},
        "body": b64encode(raw).decode() if encoded else raw.decode(errors="surrogateescape"),
        "isBase64Encoded": encoded,
    }


def body_of(ids: list[str], **more: Any) -> str:
    return json.dumps({"webhookId": WEBHOOK, "payload": [{"entityId": one} for one in ids], **more})


BODY = body_of([INVOICE])

# ---------------------------------------------------------------------------------------------------------- accepted


@pytest.mark.parametrize("kind", ["contacts", "invoices"])
@pytest.mark.parametrize(
    "path", sorted([*DATA.glob("minimal/*.json"), *DATA.glob("variants/*.json")]), ids=lambda path: path.stem
)
def test_accepts_every_body_and_queues_what_it_names(stack: Stack, path: Path, kind: str) -> None:
    text = path.read_text(encoding="utf-8")

    assert stack.send(make_event(text, kind)) == 202
    found = stack.ids(kind)
    assert len(found) == (0 if path.stem == "invalid-no-ids" else 1)
    assert all(one in text.lower() for ids in found for one in ids)


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_accepts_every_event_of_the_folder(stack: Stack, path: Path) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    kind = event["rawPath"].rpartition("/")[2]

    assert stack.send(event) == 202
    assert stack.last_line()["outcome"] == ("no_ids" if path.stem == "no-ids" else "queued")
    assert len(stack.messages(kind)) == (0 if path.stem == "no-ids" else 1)
    assert stack.nothing_queued()


def test_the_message_says_which_connection_which_ids_and_when(stack: Stack) -> None:
    stack.send(make_event(body_of([INVOICE.upper(), ORGANISATION])))

    (message,) = stack.messages("invoices")
    assert json.loads(message["Body"]) == {
        "v": 1,
        "connection_id": "demo",
        "ids": [INVOICE, ORGANISATION],
        "seen_at": "2026-03-04T12:00:00.000Z",
    }
    assert message["Attributes"]["MessageGroupId"] == "demo"


def test_accepts_unusual_spacing_and_utf_8(stack: Stack) -> None:
    text = f'\n{{ "payload" :\t{{ "fields": {{"LastName": "Zoë — 😀"}},\r\n "entityId":"{INVOICE}" }} }}\n'

    assert stack.send(make_event(text)) == 202
    assert stack.ids("invoices") == [[INVOICE]]


def test_verifies_the_raw_bytes_of_an_encoded_body(stack: Stack) -> None:
    assert stack.send(make_event(BODY, encoded=True)) == 202
    assert stack.ids("invoices") == [[INVOICE]]


def test_header_names_are_compared_without_their_case(stack: Stack) -> None:
    event = make_event(BODY)
    event["headers"] = {name.title(): value for name, value in event["headers"].items()}

    assert stack.send(event) == 202


def test_many_ids_are_all_queued(stack: Stack) -> None:
    ids = [f"40000000-0000-4000-8000-{number:012}" for number in range(50)]
    for kind in ("contacts", "invoices"):
        assert stack.send(make_event(body_of(ids), kind)) == 202
        assert sorted(one for some in stack.ids(kind) for one in some) == ids
    assert stack.last_line()["id_count"] == len(ids)
    assert len(stack.last_line()["ids"]) == 10


@pytest.mark.parametrize("number", [51, 120, 3000])
@pytest.mark.parametrize("kind", ["contacts", "invoices"])
def test_more_ids_than_any_event_names_are_refused_counted_and_not_queued(
    stack: Stack, kind: str, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [f"40000000-0000-4000-8000-{one:012}" for one in range(number)]
    assert stack.send(make_event(body_of(ids), kind)) == 413
    assert stack.nothing_queued()
    assert stack.last_line()["reasons"] == [f"{number} ids"]
    assert metrics(capsys) == ["WebhookRefused"]


def test_an_id_that_is_named_again_and_again_is_one(stack: Stack) -> None:
    assert stack.send(make_event(body_of(["40000000-0000-4000-8000-000000000001"] * 2000))) == 202


def test_a_replayed_event_is_only_another_hint(stack: Stack) -> None:
    event = make_event(BODY)

    assert [stack.send(event), stack.send(event)] == [202, 202]
    assert stack.ids("invoices") == [[INVOICE], [INVOICE]]


# ------------------------------------------------------------------------------------------------------- the window


def test_a_burst_of_edits_becomes_one_message_per_window(stack: Stack) -> None:
    stack.clock.instant = datetime(2026, 3, 4, 12, 0, 0, 500_000, tzinfo=UTC)
    for _ in range(30):  # half a second apart: twenty before, ten after 12:00:10
        assert stack.send(make_event(body_of([ORGANISATION]), "contacts")) == 202
        stack.clock.advance(0.5)

    assert stack.ids("contacts") == [[ORGANISATION], [ORGANISATION]]


def test_other_records_and_connections_are_not_dropped_with_a_burst(stack: Stack) -> None:
    stack.store_secret("other", [SECRET], [TOKEN])
    for _ in range(3):
        stack.send(make_event(body_of([ORGANISATION]), "contacts"))
        stack.send(make_event(body_of([INVOICE]), "contacts"))
        stack.send(make_event(body_of([ORGANISATION]), "contacts", "other"))

    groups = sorted(message["Attributes"]["MessageGroupId"] for message in stack.messages("contacts"))
    assert groups == sorted([f"demo#{ORGANISATION}", f"demo#{INVOICE}", f"other#{ORGANISATION}"])


# ---------------------------------------------------------------------------------------------------------- refused


def compact(text: str) -> bytes:
    return json.dumps(json.loads(text), separators=(",", ":")).encode()


def swapped(signature: str) -> str:
    return signature.swapcase()


def with_header(name: str, value: str | None) -> dict[str, Any]:
    event = make_event(BODY)
    event["headers"].pop(name)
    if value is not None:
        event["headers"][name] = value
    return event


def with_both_spellings(other: str) -> dict[str, Any]:
    event = make_event(BODY)
    event["headers"]["X-Webhook-Signature"] = other
    return event


def with_changed_byte() -> dict[str, Any]:
    event = make_event(BODY)
    event["body"] = BODY.replace(INVOICE, f"{INVOICE[:-1]}2")
    return event


def with_body(**changes: Any) -> dict[str, Any]:
    return make_event(BODY) | changes


RIGHT = sign(BODY.encode(), SECRET)

REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no signature": (with_header(SIGNATURE_HEADER, None), ["signature_missing"]),
    "empty signature": (with_header(SIGNATURE_HEADER, ""), ["signature_missing"]),
    "signature in the wrong case": (make_event(BODY, signature=swapped(RIGHT)), ["signature_wrong"]),
    "signature of one changed byte": (with_changed_byte(), ["signature_wrong"]),
    "signature of re-serialised JSON": (make_event(BODY, signature=sign(compact(BODY), SECRET)), ["signature_wrong"]),
    "signature of the encoded text": (
        make_event(BODY, encoded=True, signature=sign(b64encode(BODY.encode()), SECRET)),
        ["signature_wrong"],
    ),
    "raw text called encoded": (with_body(isBase64Encoded=True), ["body_encoding_wrong"]),
    "encoded text called raw": (with_body(body=b64encode(BODY.encode()).decode()), ["signature_wrong"]),
    "signature as Base64 of the hex text": (
        make_event(BODY, signature=b64encode(b64decode(RIGHT).hex().encode()).decode()),
        ["signature_malformed"],
    ),
    "signature in hex": (make_event(BODY, signature=b64decode(RIGHT).hex()), ["signature_malformed"]),
    "signature that is not ASCII": (make_event(BODY, signature="é" * 88), ["signature_malformed"]),
    "two signatures": (make_event(BODY, signature=f"{RIGHT},{RIGHT}"), ["signature_malformed"]),
    "a right one after a wrong one": (make_event(BODY, signature=f"x, {RIGHT}"), ["signature_malformed"]),
    "two spellings of the header": (with_both_spellings(RIGHT), ["signature_malformed"]),
    "an empty second header": (with_both_spellings(""), ["signature_malformed"]),
    "a blank before the signature": (make_event(BODY, signature=f" {RIGHT}"), ["signature_malformed"]),
    "another connection's secret": (make_event(BODY, secret="secret-of-filiaal-2"), ["signature_wrong"]),
    "an empty secret": (make_event(BODY, secret=""), ["signature_wrong"]),
    "no token": (with_header(TOKEN_HEADER, None), ["token_missing"]),
    "empty token": (with_header(TOKEN_HEADER, ""), ["token_missing"]),
    "wrong token": (make_event(BODY, token="token-of-nobody"), ["token_wrong"]),
    "token in the wrong case": (make_event(BODY, token=TOKEN.upper()), ["token_wrong"]),
    "token that is not ASCII": (make_event(BODY, token="tökén"), ["token_wrong"]),
    "two tokens": (make_event(BODY, token=f"{TOKEN},{TOKEN}"), ["token_wrong"]),
    "another connection's token": (make_event(BODY, token="token-of-filiaal-2"), ["token_wrong"]),
    "both wrong": (make_event(BODY, secret="x", token="x"), ["signature_wrong", "token_wrong"]),
    "both missing": (with_body(headers={}), ["signature_missing", "token_missing"]),
    "no headers at all": (with_body(headers=None), ["signature_missing", "token_missing"]),
    "no body": (with_body(body=None), ["signature_wrong"]),
    "unknown connection": (make_event(BODY, connection_id="nobody"), ["connection_unknown"]),
    **{
        f"connection id {connection_id!r}": (
            make_event(BODY, connection_id=connection_id),
            ["connection_id_malformed"],
        )
        for connection_id in ("", "Demo", "demo ", "demo\n", "../demo", "dev/demo/webhook", "x" * 33, "dëmo", "*")
    },
    "no path parameters": (with_body(pathParameters=None), ["connection_id_malformed"]),
    "a lone surrogate": (with_body(body="\ud800"), ["signature_wrong"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_with_401_and_queues_nothing(stack: Stack, case: str) -> None:
    stack.store_secret("filiaal-2", ["secret-of-filiaal-2"], ["token-of-filiaal-2"])
    event, reasons = deepcopy(REFUSED[case])

    assert stack.send(event) == 401
    assert stack.last_line()["reasons"] == reasons
    assert stack.nothing_queued()


def test_every_401_looks_the_same_from_outside(stack: Stack) -> None:
    bodies = {app.handle(deepcopy(event), stack.tools)["body"] for event, _ in REFUSED.values()}

    assert bodies == {'{"error": "unauthorized"}'}


@pytest.mark.parametrize("encoded", [False, True], ids=["text", "encoded"])
@pytest.mark.parametrize(
    ("size", "status"),
    [(256 * 1024 - 1, 202), (256 * 1024, 202), (256 * 1024 + 1, 413), (10_000_000, 413)],
)
def test_refuses_what_is_over_256_kb(stack: Stack, size: int, status: int, *, encoded: bool) -> None:
    body = BODY.encode().ljust(size)

    assert stack.send(make_event(body, encoded=encoded)) == status
    assert len(stack.messages("invoices")) == (status == 202)


def test_counts_bytes_and_not_characters(stack: Stack) -> None:
    body = body_of([INVOICE], note="é" * 131_050)
    text = json.dumps(json.loads(body), ensure_ascii=False)

    assert len(text) < 256 * 1024 < len(text.encode())
    assert stack.send(make_event(text)) == 413
    assert stack.nothing_queued()


def test_an_oversized_body_is_refused_before_anything_is_asked(stack: Stack) -> None:
    assert stack.send(make_event(b" " * 300_000, connection_id="NOT-AN-ID", token="")) == 413
    assert stack.calls == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        f'["{INVOICE}"]'.encode(),
        f'"{INVOICE}"'.encode(),
        b"41",
        b"{",
        BODY.encode() + b"}",
        f"entityId={INVOICE}".encode(),
        b'{"entityId": "\xff"}',
        b'{"n": ' + b"1" * 5000 + b"}",
        b'{"payload":' * 20_000 + b"1" + b"}" * 20_000,
    ],
    ids=lambda body: repr(body[:30]),
)
def test_answers_400_to_signed_bodies_that_are_no_object(stack: Stack, body: bytes) -> None:
    assert stack.send(make_event(body, encoded=True)) == 400
    assert stack.nothing_queued()


@pytest.mark.parametrize("body", ["{}", '{"webhookId": "3f0c2b5e-8c1d-4a57-9d0e-51a7c3b0e104"}'])
def test_drops_and_counts_signed_bodies_without_ids(
    stack: Stack, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    assert stack.send(make_event(body)) == 202
    assert stack.nothing_queued()
    assert stack.last_line()["outcome"] == "no_ids"
    assert metrics(capsys) == ["WebhookWithoutIds"]


def test_an_unknown_route_is_not_found(stack: Stack) -> None:
    assert stack.send(make_event(BODY, kind="orders")) == 404
    assert stack.nothing_queued()


# --------------------------------------------------------------------------------------------------------- rotation


def test_several_secrets_and_tokens_are_valid_at_once(stack: Stack) -> None:
    stack.store_secret("demo", ["old", "new"], ["old-token", "new-token"])

    pairs = [("old", "old-token"), ("new", "new-token"), ("old", "new-token"), ("new", "old-token")]
    assert [stack.send(make_event(BODY, secret=secret, token=token)) for secret, token in pairs] == [202] * 4
    assert stack.secret_reads() == 1


def test_keys_are_remembered_for_five_minutes(stack: Stack) -> None:
    for _ in range(6):
        assert stack.send(make_event(BODY)) == 202
        stack.clock.advance(59.9)
    assert stack.secret_reads() == 1

    stack.clock.advance(0.6)
    assert stack.send(make_event(BODY)) == 202
    assert stack.secret_reads() == 2


def test_a_withdrawn_secret_is_refused_after_five_minutes_at_the_latest(stack: Stack) -> None:
    stack.send(make_event(BODY))
    stack.store_secret("demo", ["new"], [TOKEN])

    stack.clock.advance(299)
    assert stack.send(make_event(BODY)) == 202
    stack.clock.advance(1)
    assert stack.send(make_event(BODY)) == 401


@pytest.mark.parametrize(("secret", "token"), [("new", TOKEN), (SECRET, "new-token")])
def test_a_new_secret_or_token_is_valid_at_once(stack: Stack, secret: str, token: str) -> None:
    stack.send(make_event(BODY))
    stack.store_secret("demo", [secret], [token])

    assert stack.send(make_event(BODY, secret=secret, token=token)) == 202
    assert stack.secret_reads() == 2


def test_mismatches_read_the_keys_again_every_thirty_seconds_at_most(stack: Stack) -> None:
    stack.send(make_event(BODY))
    for _ in range(100):
        assert stack.send(make_event(BODY, secret="wrong")) == 401
    assert stack.secret_reads() == 2

    stack.store_secret("demo", [SECRET, "new"], [TOKEN])
    stack.clock.advance(29.9)
    assert stack.send(make_event(BODY, secret="new")) == 401
    stack.clock.advance(0.1)
    assert stack.send(make_event(BODY, secret="new")) == 202
    assert stack.secret_reads() == 3


def test_a_new_connection_is_known_at_once_and_unknown_ones_are_remembered(stack: Stack) -> None:
    for _ in range(100):
        assert stack.send(make_event(BODY, connection_id="filiaal-2")) == 401
    assert stack.secret_reads() == 2

    stack.clock.advance(30)
    stack.store_secret("filiaal-2", [SECRET], [TOKEN])
    assert stack.send(make_event(BODY, connection_id="filiaal-2")) == 202


def test_what_is_remembered_is_bounded(stack: Stack) -> None:
    for number in range(1001):
        stack.send(make_event(BODY, connection_id=f"nobody-{number}"))

    assert len(stack.tools.secrets._remembered) <= 1000
    assert stack.send(make_event(BODY)) == 202


def test_a_disconnected_connection_is_unknown(stack: Stack) -> None:
    stack.send(make_event(BODY))
    stack.secrets_manager.delete_secret(SecretId=stack.secret_name("demo"), ForceDeleteWithoutRecovery=True)
    stack.clock.advance(300)

    assert stack.send(make_event(BODY)) == 401


def test_a_secret_that_is_marked_as_deleted_is_unknown(stack: Stack) -> None:
    stack.secrets_manager.delete_secret(SecretId=stack.secret_name("demo"), RecoveryWindowInDays=7)

    assert stack.send(make_event(BODY)) == 401
    assert stack.last_line()["reasons"] == ["connection_unknown"]


def test_what_no_secret_could_make_right_asks_for_none(stack: Stack) -> None:
    for event in (with_header(SIGNATURE_HEADER, None), with_header(TOKEN_HEADER, None)):
        assert stack.send(event) == 401
    assert stack.secret_reads() == 0


# ---------------------------------------------------------------------------------------------------------- failing


# Hooks before a call: what the first two return or raise stands in for the service's answer, which is not asked.


def deny(**_: Any) -> tuple[Any, dict[str, Any]]:
    error = {"Code": "AccessDeniedException", "Message": "not allowed"}
    return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}


def lose_connection(**_: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://aws.example")


def fail_one_entry(parsed: dict[str, Any], **_: Any) -> None:
    parsed["Failed"] = [{"Id": "0", "Code": "InternalError", "SenderFault": False, "Message": "try again"}]


@pytest.mark.parametrize("failure", [deny, lose_connection])
def test_answers_503_when_secrets_manager_fails(stack: Stack, failure: Callable[..., Any]) -> None:
    stack.on_secrets_manager("before-call.secrets-manager.GetSecretValue", failure)

    assert stack.send(make_event(BODY)) == 503
    assert stack.last_line()["code"] == "webhook_secret_unreadable"
    assert stack.nothing_queued()


def test_remembered_keys_outlast_a_short_failure_of_secrets_manager(stack: Stack) -> None:
    stack.send(make_event(BODY))
    stack.on_secrets_manager("before-call.secrets-manager.GetSecretValue", deny)

    assert stack.send(make_event(BODY)) == 202
    # Whether this one is wrong or newer than what is remembered cannot be told now.
    assert stack.send(make_event(BODY, secret="new")) == 503
    stack.clock.advance(300)
    assert stack.send(make_event(BODY)) == 503


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        '{"secrets": ["a"]}',
        '{"secrets": "a", "tokens": ["b"]}',
        '{"secrets": [""], "tokens": ["b"]}',
        '{"secrets": ["a"], "tokens": [""]}',
        '{"secrets": [7], "tokens": ["b"]}',
        '{"secrets": null, "tokens": null}',
        '{"secrets": ["-"], "tokens": ["b"]}',
        '{"secrets": [" ", "-"], "tokens": ["b"]}',
        '{"secrets": ["\\udcff"], "tokens": ["b"]}',
        '{"secrets": ["a"], "tokens": ["-", "\\udcff"]}',
    ],
)
def test_a_malformed_secret_is_unavailable_and_stays_unread(stack: Stack, text: str) -> None:
    stack.store_text("demo", text or " ")

    assert stack.send(make_event(BODY, secret="", token="b")) == 503
    assert stack.last_line()["code"] == "webhook_secret_malformed"
    assert "connect" in stack.last_line()["text"]
    assert stack.nothing_queued()


@pytest.mark.parametrize(
    "unusable",
    ['"-"', '""', '"  "', '"\\u200b\\u200b"', '"\\u0000\\u0000"', "7", "null", '"\\udcff"', '"half \\ud800 of one"'],
)
def test_a_text_that_cannot_be_used_keeps_nobody_else_out(stack: Stack, unusable: str) -> None:
    """It is skipped; nobody gets in with it, and nothing raises."""
    stack.store_text("demo", f'{{"secrets": [{unusable}, "{SECRET}"], "tokens": [{unusable}, "{TOKEN}"]}}')

    assert stack.send(make_event(BODY)) == 202
    for secret in ("-", "", "  "):
        assert stack.send(make_event(BODY, secret=secret)) == 401
        assert stack.send(make_event(BODY, token=secret)) == 401


def test_a_connection_without_secrets_accepts_nobody(stack: Stack) -> None:
    stack.store_secret("demo", [], [])

    assert stack.send(make_event(BODY)) == 401


def test_answers_503_when_the_queue_is_gone(stack: Stack) -> None:
    stack.sqs.delete_queue(QueueUrl=stack.tools.settings.invoice_queue_url)

    assert stack.send(make_event(BODY)) == 503
    assert stack.last_line()["code"] == "queue_unavailable"
    assert stack.last_line()["level"] == "ERROR"


@pytest.mark.parametrize("failure", [deny, lose_connection])
@pytest.mark.parametrize("kind", ["contacts", "invoices"])
def test_answers_503_when_the_queue_fails(stack: Stack, failure: Callable[..., Any], kind: str) -> None:
    stack.on_sqs("before-call.sqs.SendMessage", failure)

    assert stack.send(make_event(BODY, kind)) == 503
    assert stack.nothing_queued()


def test_a_queue_that_does_not_take_one_entry_of_a_batch_has_failed(stack: Stack) -> None:
    stack.on_sqs("after-call.sqs.SendMessageBatch", fail_one_entry)
    ids = tuple(f"40000000-0000-4000-8000-{number:012}" for number in range(120))
    messages = invoice_messages("demo", ids, stack.tools.now())

    with pytest.raises(Retryable, match="1 of 3"):
        stack.tools.inbox.put(stack.tools.settings.invoice_queue_url, messages)


# ------------------------------------------------------------------------------------------- log, metrics, start-up


def metrics(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for line in lines:
        assert line["service"]
        assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "TribeYuki"
        assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    return [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]


def test_each_decision_is_one_log_line_and_one_metric(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    for event in (make_event(BODY), make_event("{}"), make_event("[]"), make_event(BODY, token="wrong")):
        stack.send(event)
    stack.sqs.delete_queue(QueueUrl=stack.tools.settings.invoice_queue_url)
    stack.send(make_event(BODY))

    found = [(line["outcome"], line["status"], line["level"]) for line in stack.lines()]
    assert found == [
        ("queued", 202, "INFO"),
        ("no_ids", 202, "WARNING"),
        ("not_an_object", 400, "WARNING"),
        ("unauthorized", 401, "WARNING"),
        ("unavailable", 503, "ERROR"),
    ]
    assert metrics(capsys) == [
        "WebhookQueued",
        "WebhookWithoutIds",
        "WebhookRefused",
        "WebhookRefused",
        "WebhookUnavailable",
    ]
    assert (
        stack.lines()[0] | {"connection_id": "demo", "kind": "invoices", "request_id": "request-1"} == stack.lines()[0]
    )
    assert stack.lines()[0]["ids"] == [INVOICE]


def test_a_refusal_names_the_headers_that_arrived_and_never_their_values(stack: Stack) -> None:
    event = make_event(BODY, token="canary-token", signature="canary-signature")
    event["headers"]["x-other"] = "canary-other"
    stack.send(event)

    assert stack.last_line()["header_names"] == ["content-type", "x-other", TOKEN_HEADER, SIGNATURE_HEADER]
    assert "canary" not in stack.log.getvalue()


def test_what_a_stranger_sends_cannot_fill_the_log(stack: Stack) -> None:
    event = make_event(BODY, connection_id="C" * 5000, token="wrong")
    event["headers"] |= {f"x-{number}-{'y' * 5000}": "z" for number in range(1000)}
    stack.send(event)

    assert len(stack.log.getvalue()) < 5000


def test_neither_secrets_nor_personal_data_reach_any_log_at_level_debug(
    stack: Stack, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    stack.store_secret("demo", ["canary-secret"], ["canary-token"])
    body = body_of([INVOICE], Name="canary-name", EmailAddress="canary@example.org")
    stack.send(make_event(body, secret="canary-secret", token="canary-token"))
    stack.send(make_event(body, secret="canary-secret", token="canary-wrong"))
    stack.send(make_event(f'["{body}', secret="canary-secret", token="canary-token"))
    stack.store_text("demo", "canary-malformed")
    stack.clock.advance(300)
    stack.send(make_event(body))

    printed = capsys.readouterr()
    assert [line["status"] for line in stack.lines()] == [202, 401, 400, 503]
    for stream in (stack.log.getvalue(), caplog.text, printed.out, printed.err):
        assert "canary" not in stream
        assert "canary-secret" not in stream


def test_the_entry_point_makes_its_tools_from_the_environment(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = stack.tools.settings._asdict() | {"powertools_service_name": f"test-{uuid4()}"}
    for name, value in environment.items():
        monkeypatch.setenv(name.upper(), str(value))
    ingest.ingest.cache_clear()
    answer = app.lambda_handler(make_event(BODY), SimpleNamespace(aws_request_id="request-2"))
    ingest.ingest.cache_clear()

    assert answer == {
        "statusCode": 202,
        "headers": {"content-type": "application/json"},
        "body": '{"status": "queued"}',
    }
    assert stack.ids("invoices") == [[INVOICE]]
    log_line, _metric = map(json.loads, capsys.readouterr().out.splitlines())
    assert log_line["request_id"] == "request-2"


def test_missing_settings_are_named_at_the_start() -> None:
    with pytest.raises(Defect, match="TOKEN_HEADER, CONTACT_QUEUE_URL") as raised:
        IngestSettings.from_environment(
            {"STAGE": "dev", "SIGNATURE_HEADER": "x", "WINDOW_SECONDS": "10", "INVOICE_QUEUE_URL": "https://q.example"}
        )
    assert "STAGE" not in str(raised.value)


@pytest.mark.parametrize("window", ["0", "-1", "300", "ten", "1.5", "²"])
def test_a_window_that_sqs_cannot_keep_is_refused(window: str) -> None:
    with pytest.raises(Defect, match="WINDOW_SECONDS"):
        IngestSettings.from_environment(variables("x") | {"WINDOW_SECONDS": window})


SLOW = ("aws_lambda_powertools.utilities.parameters", "boto3", "httpx", "lxml", "pydantic", "zeep")


def test_nothing_slow_is_imported_and_importing_reads_no_environment() -> None:
    program = (
        "import json, os, sys\n"
        "from functions.tribe_webhook import app\n"
        f"os.environ.update({variables('x') | {'AWS_DEFAULT_REGION': REGION}!r})\n"
        "app.ingest()\n"
        f"print([name for name in {SLOW!r} if name in sys.modules])\n"
    )
    inherited = {name: value for name, value in os.environ.items() if name not in variables("x")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=inherited, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
