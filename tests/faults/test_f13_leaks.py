"""F13: no secret and nobody's data is in a log, a metric, a queue, a table or an exception, whatever goes wrong.

The orderly flows are in `tests/integration/test_canary.py`. Here everything fails with the words of the canary in it,
and every logger there is, also of the libraries, writes at level DEBUG.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn, override
from unittest.mock import patch

import boto3
import pytest
from aws_lambda_powertools.logging import Logger
from lxml import etree
from moto import mock_aws
from zeep.exceptions import Fault, ValidationError

from local.stack import demo_connection
from simulators.shared.messages import Request, Response
from simulators.tribe import TribeSimulator
from tests.support.faults.protections import Protection
from tests.support.world.contact_records import relation_with
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import queue_event
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL
from tribe_yuki.adapters.tribe import TribeClient
from tribe_yuki.adapters.yuki import HttpTransport, YukiClient
from tribe_yuki.adapters.yuki.transport import RawAnswer
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.connections.context import CATCH_UP, COMPARE_CONTACTS
from tribe_yuki.contacts.merge import apply as applying
from tribe_yuki.entrypoints.worker import Worker, make_worker
from tribe_yuki.invoices import prepare as prepare_invoice

CUSTOMER, INVOICE, NUMBER = "D-10018", "40000000-0000-4000-8000-000000000009", "2026-0109"
NAME, MAIL, IBAN = "Kanariepiet Zangvogels B.V.", "factuur@kanarie.example", "NL91ABNA0417164300"
SECRETS = {"the key": demo_connection.ACCESS_KEY, "the application": demo_connection.TRIBE_CLIENT_SECRET}
CANARIES = {"the name": "kanariepiet", "the mail address": "kanarie.example", "the bank account": IBAN.lower()}
WORDS = f"{NAME}, {MAIL}, {IBAN}, key {demo_connection.ACCESS_KEY}, {demo_connection.TRIBE_CLIENT_SECRET}"


class Streams:
    """Everything that leaves the functions of a world, to be searched."""

    def __init__(
        self,
        world: World,
        exits: ExitStack,
        log: StringIO,
        printed: pytest.CaptureFixture[str],
        logged: pytest.LogCaptureFixture,
    ) -> None:
        self.world, self.exits, self._log, self._printed, self._logged = world, exits, log, printed, logged
        self.bodies: list[str] = []
        self._out = ""
        send = world.sqs.send_message

        def sent(**request: Any) -> Any:
            self.bodies.append(json.dumps(request))
            return send(**request)

        world.sqs.send_message = sent  # type: ignore[method-assign]
        self.secrets = dict(SECRETS)
        client = world.aws_client("secretsmanager")
        for kind in ("webhook", "credentials"):
            stored = json.loads(client.get_secret_value(SecretId=f"local/{CONNECTION}/{kind}")["SecretString"])
            self.secrets |= {f"{kind} {place}": text for place, text in _texts(stored)}

    def everything(self) -> Mapping[str, str]:
        """Return what was written, by where."""
        printed = self._printed.readouterr()
        self._out += printed.out + printed.err
        tables = [self.world.dynamodb.scan(TableName=name)["Items"] for name in (CONNECTIONS, ID_MAP, JOURNAL)]
        return {
            "the streams": self._out + self._log.getvalue(),
            "the loggers": self._logged.text,
            "the queues": "\n".join(self.bodies),
            "the tables": json.dumps(tables),
        }

    def hits(self) -> list[str]:
        """Return which words of the canary are where."""
        found = []
        for place, text in self.everything().items():
            low = text.lower()
            found += [f"{word} in {place}" for word, canary in CANARIES.items() if canary in low]
            found += [f"{word} in {place}" for word, secret in self.secrets.items() if secret in text]
        return found


def _texts(stored: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the secret texts of a stored secret: keys, tokens and passwords, and no names or ids."""
    for name in ("secrets", "tokens"):
        yield from ((f"{name} {number}", text) for number, text in enumerate(stored.get(name, [])))
    yield from ((f"key {one['id']}", one["key"]) for one in stored.get("hmac_keys", []))


def set_up_as_in_lambda(world: World, exits: ExitStack) -> None:
    """Make a worker as Lambda does: that also says what the libraries may log."""
    exits.enter_context(patch.dict(os.environ, {"AWS_DEFAULT_REGION": "eu-west-1"}))
    made = make_worker(world.workers["invoice_push"].environment, Priority.INVOICES, world.clock)
    exits.callback(made.close)


@pytest.fixture
def streams(
    exits: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Streams:
    """A world in which a customer and its contact have the words of the canary, and that writes down all it can."""
    exits.enter_context(mock_aws())
    # The real client, for what it would log.
    secrets = boto3.Session("test", "test", region_name="eu-west-1").client("secretsmanager")
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, [CUSTOMER, "D-10045"]), secrets=secrets)
    caplog.set_level(logging.DEBUG)
    exits.callback(logging.getLogger("botocore").setLevel, logging.getLogger("botocore").level)
    set_up_as_in_lambda(world, exits)
    log = StringIO()
    logger = Logger(service=f"leaks-{tmp_path.name}", level="DEBUG", stream=log)
    for worker in world.workers.values():
        worker.logger = logger
    world.poller.logger = logger
    world.ingest = world.ingest._replace(logger=logger)
    relation = relation_with(world, CUSTOMER)
    world.edit_in_tribe(relation["ID"], Name=NAME, EmailAddress=MAIL, IBAN=IBAN)
    (contact,) = [one for one in world.yuki_state()["contacts"] if one["Code"] == CUSTOMER]
    world.edit_contact(contact["ID"], Name=NAME, EMailWork=MAIL, IBAN=IBAN)
    caplog.clear()  # what the test itself says does not count
    return Streams(world, exits, log, capsys, caplog)


def everything_happens(world: World) -> None:
    """Let each function do all it does: push contacts and invoices, poll, compare, catch up, hold and try again."""
    relation = relation_with(world, CUSTOMER)["ID"]
    world.send(INVOICE)
    world.contact_push(queue_event([relation]))
    world.run(minutes=4)
    new = {"Name": f"{NAME} Nieuw", "EMailWork": MAIL, "IsCustomer": True}
    world.control.post(f"{world.yuki_url}/_control/contacts", json=new).raise_for_status()
    world.edit_in_tribe(relation, EmailAddress=f"nieuw.{MAIL}")
    world.run(minutes=20, step_seconds=30)
    for task in (CATCH_UP, COMPARE_CONTACTS):
        world.start_task(task)
        world.run(minutes=5, step_seconds=30)


def raising(error: Callable[[], BaseException]) -> Callable[..., NoReturn]:
    """Return a function that fails, whatever it is given."""

    def fail(*_: object, **__: object) -> NoReturn:
        raise error() from RuntimeError(WORDS)

    return fail


class Quoting(HttpTransport):
    """A Yuki that refuses every call, quoting all it knows."""

    def __init__(self, answer: Callable[[bytes], RawAnswer]) -> None:
        super().__init__()
        self._answer = answer

    @override
    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        return self._answer(body)


def soap_fault(_: bytes, words: str = WORDS) -> RawAnswer:
    """Answer with a fault that quotes all it knows."""
    fault = f"<faultstring>{words}</faultstring><detail>{words}</detail>"
    envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    content = f'<s:Envelope xmlns:s="{envelope}"><s:Body><s:Fault>{fault}</s:Fault></s:Body></s:Envelope>'
    return RawAnswer(500, content.encode())


def fault_of_zeep() -> Fault:
    """Return a fault of zeep with everything in it."""
    detail = etree.Element("detail")
    detail.text = WORDS
    return Fault(WORDS, code="soap:Server", actor=MAIL, detail=detail)  # type: ignore[no-untyped-call]


def error_of_zeep() -> ValidationError:
    """Return what zeep says of a value that does not fit."""
    return ValidationError(WORDS)  # type: ignore[no-untyped-call]


def of_yuki(answer: Callable[[bytes], RawAnswer]) -> Callable[[pytest.MonkeyPatch, Streams], None]:
    """Have Yuki answer like that."""

    def put(monkeypatch: pytest.MonkeyPatch, streams: Streams) -> None:
        for worker in streams.world.workers.values():
            monkeypatch.setattr(worker, "yuki_transport", streams.exits.enter_context(closing(Quoting(answer))))

    return put


def bug_in(target: object, name: str, error: Callable[[], BaseException]) -> Callable[..., None]:
    """Have one of our own functions fail with the words in its text and in its cause."""
    return lambda monkeypatch, _: monkeypatch.setattr(target, name, raising(error))


def refusing_tribe(monkeypatch: pytest.MonkeyPatch, _: Streams) -> None:
    """Have Tribe refuse every write, quoting what was written."""
    handle = TribeSimulator.handle

    def refuse(tribe: TribeSimulator, request: Request) -> Response:
        if request.method in ("PUT", "POST") and "oauth2" not in request.path:
            return Response(400, json.dumps({"error": {"message": WORDS}}).encode(), "application/json")
        return handle(tribe, request)

    monkeypatch.setattr(TribeSimulator, "handle", refuse)


def malformed_credentials(_: pytest.MonkeyPatch, streams: Streams) -> None:
    """Store credentials of another form, which hold the key all the same."""
    client = streams.world.aws_client("secretsmanager")
    text = json.dumps({"yuki": [demo_connection.ACCESS_KEY], "tribe": demo_connection.TRIBE_CLIENT_SECRET})
    client.put_secret_value(SecretId=f"local/{CONNECTION}/credentials", SecretString=text)
    streams.world.advance(600)


def quoting_refusals(_: pytest.MonkeyPatch, streams: Streams) -> None:
    """Have Yuki refuse the invoice, quoting its customer, as it was sent and as others write it."""
    words = (
        f"Contact {NAME} ({MAIL}) wordt geweigerd: {NAME.upper()}, Kanariepiet-Zangvogels BV, {IBAN}, {MAIL.upper()}"
    )
    streams.world.switch_yuki(refuse_invoices={NUMBER: words})


def quoting_schema(monkeypatch: pytest.MonkeyPatch, _: Streams) -> None:
    """Have Yuki find the document invalid, in .NET's words, which quote what was sent."""
    post = HttpTransport.post
    words = (
        f"The 'http://www.theyukicompany.com/schemas:EmailAddress' element is invalid - The value '{MAIL}' is invalid "
        f"according to its datatype 'http://www.w3.org/2001/XMLSchema:string' - {NAME.upper()}, {NAME}, {IBAN}"
    )

    def answer(self: HttpTransport, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        return soap_fault(body, words) if b"ProcessSalesInvoices" in body else post(self, url, body, headers)

    monkeypatch.setattr(HttpTransport, "post", answer)


FAILURES: Mapping[str, Callable[[pytest.MonkeyPatch, Streams], None]] = {
    "a refusal that quotes the customer": quoting_refusals,
    "a schema message that quotes the customer": quoting_schema,
    "faults of Yuki": of_yuki(soap_fault),
    "answers of Yuki that are no XML": of_yuki(lambda _: RawAnswer(200, f"<html>{WORDS}".encode())),
    "a page instead of an answer": of_yuki(lambda _: RawAnswer(503, WORDS.encode())),
    "faults of zeep": bug_in(HttpTransport, "post", fault_of_zeep),
    "zeep that finds a value impossible": bug_in(YukiClient, "update_contact", error_of_zeep),
    "a bug in the mapping of invoices": bug_in(prepare_invoice, "map_invoice", lambda: KeyError(WORDS)),
    "a bug in the merge": bug_in(applying, "decide_merge", lambda: ValueError(WORDS)),
    "a bug in reading Tribe": bug_in(TribeClient, "read_relations", lambda: TypeError(WORDS)),
    "refusals of Tribe": refusing_tribe,
    "credentials of another form": malformed_credentials,
}


@pytest.mark.parametrize("fail", FAILURES.values(), ids=FAILURES.keys())
def test_nothing_of_the_canary_is_anywhere_whatever_fails(
    streams: Streams, monkeypatch: pytest.MonkeyPatch, fail: Callable[[pytest.MonkeyPatch, Streams], None]
) -> None:
    fail(monkeypatch, streams)

    everything_happens(streams.world)

    written = streams.everything()
    assert "swept" in written["the streams"]
    assert INVOICE in written["the queues"]
    assert streams.hits() == []


def test_metrics_have_no_dimension_but_the_service(streams: Streams) -> None:
    everything_happens(streams.world)

    lines = [json.loads(line) for line in streams.everything()["the streams"].splitlines() if line.startswith("{")]
    metrics = [line for line in lines if "_aws" in line]
    dimensions = {
        name
        for line in metrics
        for one in line["_aws"]["CloudWatchMetrics"]
        for names in one["Dimensions"]
        for name in names
    }
    assert len(metrics) > 0
    assert dimensions == {"service"}
    assert len({line["service"] for line in metrics}) == 1


# --- the controls -----------------------------------------------------------------------------------------------------


def test_a_log_of_the_text_of_exceptions_would_tell_everything(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug_in(Worker, "open_context", lambda: ValueError(WORDS))(monkeypatch, streams)
    streams.world.without(Protection.CODES_IN_LOGS)

    everything_happens(streams.world)

    assert "the name in the streams" in streams.hits()


def test_a_hold_with_the_text_of_an_exception_would_store_everything(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAILURES["a bug in the merge"](monkeypatch, streams)
    streams.world.without(Protection.CODES_IN_HOLDS)

    everything_happens(streams.world)

    assert "the name in the tables" in streams.hits()


def test_words_of_yuki_that_were_not_masked_would_be_in_the_tables(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoting_refusals(monkeypatch, streams)
    streams.world.without(Protection.MASKING)

    everything_happens(streams.world)

    hits = streams.hits()
    assert {"the name in the tables", "the mail address in the tables"} <= set(hits)
    assert not any("streams" in hit for hit in hits), "erasing does not reach a log, so they are not in it at all"


def test_links_that_kept_values_instead_of_fingerprints_would_tell_them(streams: Streams) -> None:
    streams.world.without(Protection.FINGERPRINTS)

    everything_happens(streams.world)

    assert "the name in the tables" in streams.hits()


def test_libraries_that_were_not_told_to_be_quiet_would_log_the_secrets(streams: Streams) -> None:
    logging.getLogger("botocore").setLevel(logging.DEBUG)

    everything_happens(streams.world)

    assert {"the key in the loggers", "the application in the loggers"} <= set(streams.hits())
