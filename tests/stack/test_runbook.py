"""The runbook on the running stack: each alarm's cause is produced, it rings, its section is followed, and it is over.

Hours do not pass by themselves here: the metrics and alarms live ahead of the functions, by as much as a test wants.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache, wraps
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.bridge.bridge import Bridge
from local.bridge.evaluation import State as AlarmState
from local.stack.bridge import start_bridge
from local.stack.demo_connection import ACCESS_KEY, TRIBE_CLIENT_ID, TRIBE_CLIENT_SECRET
from local.stack.folders import Folders
from local.stack.process import OwnProcess
from tests.support.stack.incident import CONNECTION, CUSTOMER, MINUTE, Incident
from tests.support.stack.runbook import section_of, sections
from tests.support.template.template import properties, resources
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, timestamp
from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.budget.breaker import OPENS_AFTER
from tribe_yuki.connections.context import POLL_CONTACTS
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.invoices.transfer import State
from tribe_yuki.status.connection import YUKI_ANSWERED

DAY = timedelta(days=1)
# What metrics hold of these hours lies beyond what the bridge looks at that comes after.
AHEAD = timedelta(days=1)
# Two minutes of the schedule and the start of two functions, on a machine with other things to do.
FIRST_POLL_SECONDS = 300
NEW_KEY = "00000000-aaaa-bbbb-cccc-000000000003"
WORDS = "Het boekjaar van deze factuur is afgesloten."

# The tests by the alarms that they are about, with the commands of the page that they run.
FOLLOWED: dict[str, set[str]] = {}


def follows(*alarms: str, commands: tuple[str, ...] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a test a rehearsal: say which alarms it causes, and which commands of their section it has to run."""

    def register(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def followed(*, incident: Incident, **arguments: Any) -> None:
            test(incident=incident, **arguments)
            assert incident.followed == {f"tribe-yuki {command}" for command in commands}

        for alarm in alarms:
            FOLLOWED.setdefault(alarm, set()).update(commands)
        followed.__dict__["alarms"] = alarms
        rehearsal: Callable[..., None] = pytest.mark.rehearsal(followed)
        return rehearsal

    return register


# What is shared


@pytest.fixture(scope="module")
def bridge(stack: Any, aws: Any, folders: Folders) -> Iterator[Bridge]:
    """The bridge in this process, whose metrics and alarms can run ahead; its own process rests meanwhile."""
    OwnProcess(folders, "bridge").stop()
    now = datetime.now(UTC)
    made = Bridge.of_stack(cache(aws), stack["stack"], now)
    made.read_until, made.ahead = now, AHEAD
    try:
        yield made
    finally:
        start_bridge(folders, stack["aws_endpoint"])


@pytest.fixture(scope="module")
def folder(folders: Folders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the command finds this stack and no other."""
    made = tmp_path_factory.mktemp("operator")
    (made / ".local").symlink_to(folders.state)
    return made


@pytest.fixture(scope="module")
def quick(stack: Any, aws: Any) -> Iterator[None]:
    """A connection that lets no invoice wait for others, and of which everything is confirmed."""
    connections = connections_of(stack, aws)
    usual = connections.settings(CONNECTION)
    status = connections.status(CONNECTION)
    assert usual is not None
    assert status is not None
    chosen = {"batch_wait_seconds": 0, "tribe_connector_confirmed_off": datetime.now(UTC)}
    connections.save(CONNECTION, usual.model_copy(update=chosen), status, datetime.now(UTC))
    yield
    connections.save(CONNECTION, usual, status, datetime.now(UTC))


@pytest.fixture
def incident(
    request: pytest.FixtureRequest,
    stack: Any,
    aws: Any,
    resources: dict[str, str],
    bridge: Bridge,
    folder: Path,
    quick: None,
) -> Iterator[Incident]:
    """The stack before something happens, with the section about it."""
    section = section_of(request.function.alarms[0])
    with httpx.Client(trust_env=False, timeout=60) as http:
        made = Incident(stack, aws, resources, bridge, folder, http, section)
        made.clears(*section.alarms)
        yield made


def as_text(output: str) -> str:
    """Return what a command printed as one line."""
    return " ".join(output.split())


def connections_of(stack: Mapping[str, Any], aws: Callable[[str], Any]) -> Connections:
    outputs = stack["outputs"]
    return Connections(DynamoDb(aws("dynamodb")), outputs["ConnectionsTableName"], outputs["IdMapTableName"])


def timestamps_of(stack: Mapping[str, Any], aws: Callable[[str], Any]) -> Timestamps:
    return Timestamps(DynamoDb(aws("dynamodb")), stack["outputs"]["ConnectionsTableName"], CONNECTION)


# That the page and these tests are about the same


def after_silence(incident: Incident) -> None:
    """Have Yuki have been silent: then it is asked something before it is told to book, and nothing is in doubt."""
    timestamps = timestamps_of(incident.stack, incident.aws)
    timestamps.set(YUKI_ANSWERED, datetime.now(UTC) - 2 * MINUTE)


# Contacts of Yuki are not polled


@follows("contacts-of-yuki-are-not-polled", commands=("status",))
def test_a_schedule_that_is_disabled(incident: Incident, exits: ExitStack) -> None:
    events = incident.aws("events")
    (rule,) = [one["Name"] for one in events.list_rules()["Rules"] if one.get("ScheduleExpression") == "rate(1 minute)"]
    exits.callback(events.enable_rule, Name=rule)
    events.disable_rule(Name=rule)
    incident.passes(10 * MINUTE)
    incident.rings("contacts-of-yuki-are-not-polled", sweeps=False)
    assert "yuki answered at" in incident.do("status")
    assert events.describe_rule(Name=rule)["State"] == "DISABLED"
    events.enable_rule(Name=rule)
    incident.clears("contacts-of-yuki-are-not-polled")
    assert incident.line("Contacts of Yuki", "interval") < 100


@follows("contacts-of-yuki-are-not-polled", commands=("status", "doctor"))
def test_polls_that_nobody_makes(incident: Incident, stack: Any, aws: Any, exits: ExitStack) -> None:
    timestamps = timestamps_of(stack, aws)
    # The first poll of a new stack finds no match index and has it filled; the poll after that comes a minute later.
    incident.wait_for(lambda: timestamps.get(POLL_CONTACTS), FIRST_POLL_SECONDS)
    enable = exits.enter_context(incident.disabled_trigger("TaskQueue"))
    timestamps.set(POLL_CONTACTS, datetime.now(UTC) - 25 * MINUTE)
    incident.rings("contacts-of-yuki-are-not-polled")
    assert incident.line("Contacts of Yuki", "interval") >= 150
    assert "poll_contacts" in incident.do("status")
    assert "Nothing red" in incident.do("doctor")
    enable()
    incident.clears("contacts-of-yuki-are-not-polled")
    assert incident.line("Contacts of Yuki", "interval") < 100


# Yuki does not answer


@follows("yuki-does-not-answer", commands=("status", "doctor"))
def test_yuki_that_does_not_answer(incident: Incident, stack: Any, aws: Any, exits: ExitStack) -> None:
    # A connection at work: before its first invoice it looks into Yuki for what is there already.
    first = incident.send_invoice("Yuki is er nog")
    incident.wait_for(lambda: incident.booked(first["Number"]) == 1)
    exits.callback(incident.control, "yuki", "switches", unavailable=0)
    incident.control("yuki", "switches", unavailable=10_000)
    after_silence(incident)
    sent = []
    for number in range(OPENS_AFTER):
        sent.append(incident.send_invoice(f"Yuki is weg, {number}"))
        incident.wait_for(lambda: incident.is_in(sent[-1]["ID"], State.WAITING))
    incident.rings("yuki-does-not-answer")
    assert incident.line("Errors", "does not answer") == 1
    assert re.search(r"yuki does not answer since[ (a-z)]+\d{4}-", incident.do("status").lower())
    assert "HTTP 503" in incident.do("doctor", exits=1)
    assert [invoice for invoice in sent if incident.booked(invoice["Number"])] == []
    incident.control("yuki", "switches", unavailable=0)
    assert "Nothing red" in incident.run("doctor")
    probe_now(stack, aws)
    incident.clears("yuki-does-not-answer")
    incident.passes(timedelta(minutes=5))  # a point of the graph is the worst of five minutes
    incident.sweep()
    incident.look()
    assert incident.line("Errors", "does not answer") == 0
    incident.wait_for(lambda: all(incident.booked(invoice["Number"]) == 1 for invoice in sent))


def probe_now(stack: Mapping[str, Any], aws: Callable[[str], Any]) -> None:
    """Have the next look at whether Yuki is back be due, which it is every five minutes."""
    key = {"owner": CONNECTION, "item": "breaker"}
    DynamoDb(aws("dynamodb")).update(
        stack["outputs"]["ConnectionsTableName"],
        key,
        "SET probe_at = :now",
        values={":now": timestamp(datetime.now(UTC))},
    )


# Webhooks


@pytest.fixture
def webhook_secret(stack: Any, aws: Any) -> Iterator[dict[str, Any]]:
    """The stored webhook secret; what other tests sign with holds again afterwards."""
    client, name = aws("secretsmanager"), f"local/{CONNECTION}/webhook"
    before = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    yield before
    after = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    both = {kind: list(dict.fromkeys([*after[kind], *before[kind]])) for kind in ("secrets", "tokens")}
    client.put_secret_value(SecretId=name, SecretString=json.dumps({**after, **both}))


def store(aws: Callable[[str], Any], text: str) -> None:
    aws("secretsmanager").put_secret_value(SecretId=f"local/{CONNECTION}/webhook", SecretString=text)


def call_as_a_stranger(incident: Incident) -> int:
    """Call the webhook address with a signature that looks like one; return the status of the answer."""
    headers = {incident.stack["signature_header"]: "A" * 86 + "==", incident.stack["token_header"]: "guessed"}
    address = f"{incident.stack['webhook_base']}/{CONNECTION}/contacts"
    return incident.http.post(address, content=b"{}", headers=headers).status_code


@follows("webhooks-are-not-stored", commands=("connect --connection <connection>", "resync"))
def test_a_webhook_secret_that_is_damaged(incident: Incident, aws: Any, webhook_secret: dict[str, Any]) -> None:
    began = datetime.now(UTC)
    store(aws, json.dumps(webhook_secret)[:40])
    # A function that knows the former one reads it again when a signature does not fit, at most every half a minute.
    incident.wait_for(lambda: call_as_a_stranger(incident) == 503)
    incident.edit_customer()
    incident.rings("webhooks-are-not-stored")
    assert incident.line("Webhooks of Tribe", "not stored") >= 1
    codes = {one.get("code") for one in incident.logged("TribeWebhook", began) if one.get("status") == 503}
    assert codes == {"webhook_secret_malformed"}
    assert "made 7" in incident.do("connect --connection", CONNECTION)
    incident.wait_for(lambda: call_as_a_stranger(incident) == 401)
    incident.clears("webhooks-are-not-stored")
    assert incident.line("Webhooks of Tribe", "not stored") == 0
    assert "compare_contacts" in incident.do("resync")
    incident.wait_for(lambda: is_taken_over(incident, incident.edit_customer()[0], began))


@follows(
    "webhooks-are-refused",
    commands=(
        "doctor",
        "doctor --watch-edit",
        "connect --connection <connection> --webhook-secret -",
    ),
)
def test_a_webhook_secret_that_is_another_one(incident: Incident, aws: Any, webhook_secret: dict[str, Any]) -> None:
    began = datetime.now(UTC)
    store(aws, json.dumps({**webhook_secret, "secrets": ["another one"], "registered": {}}))
    incident.wait_for(lambda: edit_is_refused(incident, began))
    for _ in range(5):
        incident.edit_customer()
    incident.rings("webhooks-are-refused")
    assert incident.line("Webhooks of Tribe", "refused") >= 5
    # Until every process of the function has read the secret again, one may still accept the last event.
    incident.wait_for(lambda: edit_is_refused(incident, began) and doctor_names(incident, "signature_wrong"))
    incident.wait_for(lambda: edit_is_refused(incident, began) and "signature_wrong" in said_of_an_edit(incident))
    secrets = sorted({*webhook_secret["registered"].values()})
    for secret in secrets:
        incident.do("connect --connection <connection> --webhook-secret", CONNECTION, typed=f"{secret}\n")
    incident.wait_for(lambda: "was accepted" in said_of_an_edit(incident))
    incident.clears("webhooks-are-refused")
    assert incident.line("Webhooks of Tribe", "taken over") >= 0


def is_taken_over(incident: Incident, relation_id: str, since: datetime) -> bool:
    return any(relation_id in one.get("ids", []) for one in incident.logged("TribeWebhook", since))


def edit_is_refused(incident: Incident, since: datetime) -> bool:
    # Each of the function's processes reads the secret again by itself.
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: call_as_a_stranger(incident), range(8)))
    incident.edit_customer()
    answers = [one for one in incident.logged("TribeWebhook", since) if "reasons" in one]
    return any(one["reasons"] == ["signature_wrong"] for one in answers)


def doctor_names(incident: Incident, fault: str) -> bool:
    output, _ = incident.start("doctor").communicate()
    return fault in output


def said_of_an_edit(incident: Incident) -> str:
    """Edit a customer once the command waits for it; return what it says then."""
    watching = incident.start("doctor --watch-edit")
    assert watching.stdout is not None
    for text in watching.stdout:
        if "Change a field of a customer" in text:
            break
    incident.edit_customer()
    output, _ = watching.communicate()
    return output


# Yuki refuses invoices


@follows(
    "yuki-refuses-invoices",
    commands=(
        "holds --owner bookkeeper",
        "explain <invoice number>",
        "retry <invoice number>",
        "retry --reason refused_by_yuki",
        "holds",
    ),
)
def test_invoices_that_yuki_refuses(incident: Incident, exits: ExitStack) -> None:
    exits.callback(incident.control, "yuki", "switches", refuse_invoices={})
    incident.control("yuki", "switches", refuse_invoices={"*": WORDS})
    sent = [incident.send_invoice(f"Wordt geweigerd, {number}") for number in range(2)]
    incident.rings("yuki-refuses-invoices")
    incident.wait_for(lambda: all(incident.is_in(invoice["ID"], State.HELD) for invoice in sent))
    first, second = (invoice["Number"] for invoice in sent)
    listed = incident.do("holds --owner bookkeeper")
    assert first in listed
    assert second in listed
    assert WORDS in as_text(incident.do("explain", first))
    incident.control("yuki", "switches", refuse_invoices={})
    assert first in incident.do("retry <invoice number>", first)
    assert second in incident.do("retry --reason")
    left = incident.do("holds")
    assert first not in left
    assert second not in left
    incident.clears("yuki-refuses-invoices")
    for invoice in sent:
        be_absent_for_a_quarter_of_an_hour(incident, invoice["ID"])
    incident.sweep()
    incident.wait_for(lambda: all(incident.booked(invoice["Number"]) == 1 for invoice in sent))


def be_absent_for_a_quarter_of_an_hour(incident: Incident, tribe_invoice_id: str) -> None:
    """Have Yuki been asked a first time, a quarter of an hour ago."""
    incident.wait_for(lambda: incident.is_in(tribe_invoice_id, State.UNCONFIRMED))
    long_ago = datetime.now(UTC) - 15 * MINUTE
    incident.set_back(tribe_invoice_id, MINUTE, absent_at=long_ago, sent_at=long_ago)


# Errors


@follows("errors", commands=("explain <invoice number>",))
def test_messages_that_cannot_be_handled(incident: Incident, exits: ExitStack) -> None:
    began = datetime.now(UTC)
    restore = exits.enter_context(incident.missing_permission("InvoicePush"))
    exits.enter_context(incident.hurried_deliveries("InvoiceQueue"))
    invoice = incident.send_invoice("Geen recht")
    incident.rings("errors")
    assert incident.line("Errors", "messages") >= 3
    assert "aws_refused" in {one.get("code") for one in incident.logged("InvoicePush", began)}
    restore()
    incident.wait_for(lambda: incident.is_in(invoice["ID"], State.BOOKED) or dead_letters(incident))
    incident.run("redrive")
    incident.wait_for(lambda: incident.is_in(invoice["ID"], State.BOOKED))
    assert invoice["Number"] in incident.do("explain", invoice["Number"])
    incident.clears("errors")
    assert dead_letters(incident) == 0


def dead_letters(incident: Incident) -> int:
    return incident.waiting_messages("DeadLetterQueue")


@follows("connections-stand-still", commands=("status", "poll", "resync"))
def test_settings_that_this_version_does_not_take(incident: Incident, stack: Any, aws: Any, exits: ExitStack) -> None:
    began = datetime.now(UTC)
    db, table = DynamoDb(aws("dynamodb")), stack["outputs"]["ConnectionsTableName"]
    usual = db.get(table, {"owner": CONNECTION, "item": "settings"})
    assert usual is not None
    exits.callback(db.put, table, usual)
    db.put(table, {**usual, "settings": json.dumps(json.loads(usual["settings"]) | {"country": "LU"})})
    incident.rings("connections-stand-still")
    assert incident.line("Errors", "stand still") == 1
    left_out = [one for one in incident.logged("YukiPoll", began) if one.get("message") == "connection left out"]
    assert {(one["connection_id"], one["code"]) for one in left_out} == {(CONNECTION, "settings_invalid")}
    assert "country" in incident.do("status", exits=1)
    db.put(table, usual)
    incident.do("poll")
    incident.do("resync")
    incident.clears("connections-stand-still")
    assert incident.line("Errors", "stand still") == 0


FUNCTIONS = {
    "errors-of-tribe-webhook": "TribeWebhook",
    "errors-of-contact-push": "ContactPush",
    "errors-of-invoice-push": "InvoicePush",
    "errors-of-connection-task": "ConnectionTask",
    "errors-of-console": "Console",
}
# What makes none of them fail: no messages, and a page that is not there.
NOTHING_TO_DO = json.dumps(
    {
        "Records": [],
        "version": "2.0",
        "rawPath": "/nowhere",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/nowhere"}, "stage": "$default"},
    }
).encode()


@pytest.mark.parametrize("alarm", FUNCTIONS)
@follows(*FUNCTIONS)
def test_a_function_that_ends_with_an_error(incident: Incident, alarm: str) -> None:
    function, client = FUNCTIONS[alarm], incident.aws("lambda")
    name = incident.resources[f"{function}Function"]
    assert "FunctionError" in client.invoke(FunctionName=name, Payload=b"[]")
    incident.rings(alarm)
    assert incident.line("Errors", f"errors of {alarm.removeprefix('errors-of-').replace('-', '_')}") >= 1
    others = {one for one in (*FUNCTIONS, "errors-of-yuki-poll") if incident.alarm(one) is AlarmState.ALARM}
    assert others == {alarm}
    incident.passes(5 * MINUTE)
    assert "FunctionError" not in client.invoke(FunctionName=name, Payload=NOTHING_TO_DO)
    incident.clears(alarm)
    assert incident.line("Errors", f"errors of {alarm.removeprefix('errors-of-').replace('-', '_')}") == 0


@follows("errors-of-yuki-poll")
def test_a_sweep_that_may_not_read_the_tables(incident: Incident, exits: ExitStack) -> None:
    iam, role, client = incident.aws("iam"), incident.resources["YukiPollRole"], incident.aws("lambda")
    policy = iam.get_role_policy(RoleName=role, PolicyName="yuki-poll")["PolicyDocument"]
    restore = {"RoleName": role, "PolicyName": "yuki-poll", "PolicyDocument": json.dumps(policy)}
    exits.callback(iam.put_role_policy, **restore)
    iam.delete_role_policy(RoleName=role, PolicyName="yuki-poll")
    assert "FunctionError" in client.invoke(FunctionName=incident.resources["YukiPollFunction"])
    incident.rings("errors-of-yuki-poll", sweeps=False)
    iam.put_role_policy(**restore)
    incident.clears("errors-of-yuki-poll")


# Operator needed


@follows(
    "operator-needed",
    commands=(
        "holds --owner operator",
        "connect --connection <connection> --yuki-key -",
        "connect --connection <connection> --tribe-client-id <id> --tribe-client-secret -",
    ),
)
def test_a_key_that_yuki_no_longer_accepts(incident: Incident, exits: ExitStack) -> None:
    rights = incident.control("yuki", f"keys/{ACCESS_KEY}/revoke")["rights"]
    former = incident.control("yuki", f"keys/{NEW_KEY}", rights=[])["rights"]
    exits.callback(connect_as_before, incident, former)
    after_silence(incident)
    invoice = incident.send_invoice("Sleutel ingetrokken")
    incident.rings("operator-needed")
    assert incident.line("Waiting now for", "operator") >= 1
    listed = incident.do("holds --owner operator")
    assert invoice["Number"] in listed
    assert "yuki_key_refused" in listed
    incident.control("yuki", f"keys/{NEW_KEY}", rights=rights)
    incident.do("connect --connection <connection> --yuki-key", CONNECTION, typed=f"{NEW_KEY}\n")
    secret = f"{TRIBE_CLIENT_SECRET}\n"
    incident.do("connect --connection <connection> --tribe-client-id", CONNECTION, TRIBE_CLIENT_ID, typed=secret)
    incident.clears("operator-needed")
    incident.wait_for(lambda: incident.booked(invoice["Number"]) == 1)


def connect_as_before(incident: Incident, rights: list[str]) -> None:
    incident.control("yuki", f"keys/{ACCESS_KEY}", revoked=False)
    incident.run(f"connect --connection {CONNECTION} --yuki-key {ACCESS_KEY}")
    incident.control("yuki", f"keys/{NEW_KEY}", rights=rights)


@follows("operator-needed", commands=("holds --owner operator", "explain <invoice number>", "redrive"))
def test_an_invoice_that_was_given_up(incident: Incident, exits: ExitStack) -> None:
    exits.callback(incident.control, "yuki", "switches", unavailable=0)
    incident.control("yuki", "switches", unavailable=10_000)
    after_silence(incident)
    invoice = incident.send_invoice("Drie dagen lang geprobeerd")
    incident.wait_for(lambda: incident.is_in(invoice["ID"], State.WAITING))
    # The last of the retries, three days later.
    incident.set_back(invoice["ID"], MINUTE, attempt=100)
    incident.rings("operator-needed")
    assert invoice["Number"] in incident.do("holds --owner operator")
    assert "Yuki's answer could not be read" in as_text(incident.do("explain", invoice["Number"]))
    incident.control("yuki", "switches", unavailable=0)
    incident.do("redrive")
    incident.clears("operator-needed")
    incident.wait_for(lambda: incident.booked(invoice["Number"]) == 1)


# Dead letters


def an_invoice(incident: Incident) -> Callable[[], bool]:
    invoice = incident.send_invoice("Vijf keer mislukt")
    return lambda: incident.booked(invoice["Number"]) == 1


def a_contact(incident: Incident) -> Callable[[], bool]:
    _, telephone = incident.edit_customer()
    return lambda: any(
        contact["Code"] == CUSTOMER and contact["PhoneWork"] == telephone
        for contact in incident.state("yuki")["contacts"]
    )


def a_task(incident: Incident) -> Callable[[], bool]:
    incident.run("poll")
    timestamps, began = timestamps_of(incident.stack, incident.aws), datetime.now(UTC)
    return lambda: (timestamps.get(POLL_CONTACTS) or began) > began


@pytest.mark.parametrize(
    ("label", "prefix", "queue", "function", "cause"),
    [
        ("invoices", "", "InvoiceQueue", "InvoicePush", an_invoice),
        ("contacts", "contact-", "ContactQueue", "ContactPush", a_contact),
        ("tasks", "task-", "TaskQueue", "ConnectionTask", a_task),
    ],
    ids=["invoices", "contacts", "tasks"],
)
@follows(
    *("dead-letters", "contact-dead-letters", "task-dead-letters"),
    *("dead-letters-expire", "contact-dead-letters-expire", "task-dead-letters-expire"),
    commands=("explain <id>", "redrive"),
)
def test_messages_that_failed_five_times(
    incident: Incident,
    exits: ExitStack,
    label: str,
    prefix: str,
    queue: str,
    function: str,
    cause: Callable[[Incident], Callable[[], bool]],
) -> None:
    rings, expires = f"{prefix}dead-letters", f"{prefix}dead-letters-expire"
    dead = queue.replace("InvoiceQueue", "Queue").replace("Queue", "DeadLetterQueue")
    restore = exits.enter_context(incident.missing_permission(function))
    exits.enter_context(incident.hurried_deliveries(queue))
    is_done = cause(incident)
    incident.rings(rings, sweeps=False)
    assert incident.line("Waiting for a person, and given up", f"{label}, given up") >= 1
    (message,) = incident.aws("sqs").receive_message(
        QueueUrl=incident.resources[dead], MaxNumberOfMessages=1, VisibilityTimeout=0
    )["Messages"]
    body = json.loads(message["Body"])
    incident.passes(10 * DAY)
    incident.rings(expires)
    restore()
    assert not is_done()
    incident.do("redrive")
    incident.wait_for(is_done)
    incident.do("explain", *(body["ids"] or [body["connection_id"]]))
    incident.clears(rings, expires)
    incident.passes(30 * MINUTE)
    incident.look()
    assert incident.alarm(rings) is AlarmState.OK
    assert incident.waiting_messages(dead) == 0


# Work is late


@follows("work-is-late")
def test_retries_that_nobody_makes(incident: Incident, exits: ExitStack) -> None:
    exits.callback(incident.control, "yuki", "switches", unavailable=0)
    incident.control("yuki", "switches", unavailable=1)
    after_silence(incident)
    invoice = incident.send_invoice("Blijft liggen")
    incident.wait_for(lambda: incident.is_in(invoice["ID"], State.WAITING))
    incident.control("yuki", "switches", unavailable=0)
    enable = exits.enter_context(incident.disabled_trigger("InvoiceRetryQueue"))
    incident.set_back(invoice["ID"], 20 * MINUTE)
    incident.rings("work-is-late")
    assert incident.line("How late", "due") >= 900
    enable()
    incident.clears("work-is-late")
    assert incident.line("How late", "due") < 900
    incident.wait_for(lambda: incident.booked(invoice["Number"]) == 1)


@pytest.mark.parametrize(
    ("alarm", "queue", "label", "cause"),
    [
        ("invoices-are-stuck", "InvoiceQueue", "invoices on the queue", an_invoice),
        ("contacts-are-stuck", "ContactQueue", "contacts on the queue", a_contact),
        ("tasks-are-stuck", "TaskQueue", "tasks on the queue", a_task),
    ],
    ids=["invoices", "contacts", "tasks"],
)
@follows("invoices-are-stuck", "contacts-are-stuck", "tasks-are-stuck")
def test_events_that_nobody_takes(
    incident: Incident,
    exits: ExitStack,
    alarm: str,
    queue: str,
    label: str,
    cause: Callable[[Incident], Callable[[], bool]],
) -> None:
    enable = exits.enter_context(incident.disabled_trigger(queue))
    is_done = cause(incident)
    incident.wait_for(lambda: int(incident.queue_attribute(queue, "ApproximateNumberOfMessages")))
    incident.look()
    incident.passes(15 * MINUTE)
    incident.rings(alarm)
    assert incident.line("How late", label) >= 900
    assert not is_done()
    enable()
    incident.wait_for(is_done)
    incident.clears(alarm)
    assert incident.line("How late", label) < 900


# Calls to Yuki run out


@pytest.fixture
def calls(incident: Incident) -> Iterator[int]:
    """How many calls were made today, which are not few; the limit is the usual one afterwards."""
    shown = [json.loads(incident.run("status --json")) for _ in range(2) if incident.run("doctor")]
    yield int(shown[-1]["yuki_calls_today"])
    incident.run("settings set daily_call_limit=1000 poll_interval_minutes=15")


@follows("calls-to-yuki-run-out", commands=("status",))
def test_calls_that_run_out_until_midnight(incident: Incident, calls: int) -> None:
    incident.run(f"settings set daily_call_limit={calls * 100 // 76}")
    incident.rings("calls-to-yuki-run-out")
    assert incident.alarm("calls-to-yuki-nearly-spent") is AlarmState.OK
    assert 70 <= incident.line("Yuki's calls of today", "used") < 90
    assert str(calls * 100 // 76) in incident.do("status")
    midnight(incident)
    incident.clears("calls-to-yuki-run-out")
    assert incident.line("Yuki's calls of today", "used") < 70


@follows(
    "calls-to-yuki-nearly-spent",
    commands=(
        "status",
        "settings set poll_interval_minutes=<minutes>",
        "settings set daily_call_limit=<calls>",
    ),
)
def test_calls_that_run_out_until_the_limit_is_higher(incident: Incident, calls: int) -> None:
    incident.run(f"settings set daily_call_limit={calls * 100 // 93}")
    incident.rings("calls-to-yuki-nearly-spent", "calls-to-yuki-run-out")
    assert incident.line("Yuki's calls of today", "used") >= 90
    incident.do("status")
    incident.do("settings set poll_interval_minutes", "30")
    incident.do("settings set daily_call_limit", "5000")
    incident.clears("calls-to-yuki-nearly-spent", "calls-to-yuki-run-out")
    assert incident.line("Yuki's calls of today", "used") < 70


def midnight(incident: Incident) -> None:
    """Have today's calls be those of yesterday."""
    connections = connections_of(incident.stack, incident.aws)
    settings = connections.settings(CONNECTION)
    assert settings is not None
    owner, today = f"domain#{settings.yuki_domain_id}", datetime.now(UTC).astimezone(AMSTERDAM).date()
    counted = connections.db.get(connections.table, {"owner": owner, "item": f"calls#{today}"})
    assert counted is not None
    connections.db.put(connections.table, {**counted, "item": f"calls#{today - DAY}"})
    connections.db.delete(connections.table, {"owner": owner, "item": f"calls#{today}"})


# That nothing is left out. These two need no stack.


def test_every_alarm_of_the_template_has_a_section_and_a_test_that_follows_it() -> None:
    names = {
        properties(alarm)["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for alarm in resources("AWS::CloudWatch::Alarm")
    }
    assert {alarm for section in sections().values() for alarm in section.alarms} == names == set(FOLLOWED)


def test_every_command_of_every_section_is_run_by_a_test() -> None:
    for section in sections().values():
        followed = set().union(*(FOLLOWED[alarm] for alarm in section.alarms))
        assert {f"tribe-yuki {command}" for command in followed} == set(section.commands)
