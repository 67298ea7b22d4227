"""A poisoned invoice, contact, settings document and task on the deployed stack, beside a connection at work."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from local.demo.invoices import open_transfers
from tests.support.details import said
from tests.support.stack.stack_books import booked, new_sent_invoice, state
from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.deferred_events import DeferredEvents
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.queues import Queues, QueueUrls
from tribe_yuki.adapters.aws.tasks import Tasks
from tribe_yuki.connections.context import SEND_DIGEST
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State, Transfer

WORKING, UNREADABLE, FAILING = "demo", "onleesbaar", "faalt"
# Twenty seconds for its batch, the rest for a busy machine; what stood behind something blocked would take minutes.
USUAL_SECONDS = 150
PATIENCE = 300


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=180) as client:
        yield client


@pytest.fixture
def db(aws: Callable[[str], Any]) -> DynamoDb:
    return DynamoDb(aws("dynamodb"))


@pytest.fixture
def connections(stack: Mapping[str, Any], db: DynamoDb) -> Connections:
    outputs = stack["outputs"]
    return Connections(db, outputs["ConnectionsTableName"], outputs["IdMapTableName"])


@pytest.fixture
def queues_of(stack: Mapping[str, Any], aws: Callable[[str], Any]) -> Callable[[str], Queues]:
    """Return what puts a connection's work on the queues."""
    outputs = stack["outputs"]
    urls = QueueUrls(invoice_retry=outputs["InvoiceRetryQueueUrl"], task=outputs["TaskQueueUrl"])
    return lambda connection_id: Queues(aws("sqs"), urls, connection_id)


@pytest.fixture
def two_that_stand_still(
    exits: ExitStack, connections: Connections, db: DynamoDb, aws: Callable[[str], Any]
) -> Connections:
    """Two connections beside the working one: of one nobody can read the settings, of the other the credentials."""
    usual = connections.settings(WORKING)
    assert usual is not None
    for connection_id in (UNREADABLE, FAILING):
        connections.save(connection_id, usual, Status.ACTIVE, datetime.now(UTC))
        exits.callback(db.delete, connections.table, {"owner": connection_id, "item": "settings"})
        exits.callback(db.delete, connections.table, {"owner": "connections", "item": connection_id})
    document = json.dumps(usual.model_dump(mode="json") | {"country": "LU", "sends_greetings": True})
    stored = {"owner": UNREADABLE, "item": "settings", "settings": document, "saved_at": "then"}
    db.put(connections.table, stored)
    secrets, name = aws("secretsmanager"), f"local/{FAILING}/credentials"
    secrets.create_secret(Name=name, SecretString="no JSON")
    exits.callback(secrets.delete_secret, SecretId=name, ForceDeleteWithoutRecovery=True)
    return connections


def edit(http: httpx.Client, stack: Mapping[str, Any], record_id: str, **fields: Any) -> None:
    http.post(f"{stack['tribe_url']}/_control/edit/{record_id}", json=fields).raise_for_status()


def poisoned_invoice(http: httpx.Client, stack: Mapping[str, Any]) -> dict[str, Any]:
    """Send an invoice and type an impossible date into it before anybody looks at it."""
    switches = f"{stack['tribe_url']}/_control/switches"
    http.post(switches, json={"drop_webhooks": 1.0}).raise_for_status()
    invoice = new_sent_invoice(http, stack, "Met een datum die niemand kan optellen")
    edit(http, stack, invoice["ID"], InvoiceDate="9999-12-31", ExpirationDate=None)
    http.post(switches, json={"drop_webhooks": 0.0}).raise_for_status()
    return invoice


def poisoned_relation(http: httpx.Client, stack: Mapping[str, Any], exits: ExitStack) -> str:
    """Type a house number of three hundred digits into the address of a customer; return the customer."""
    shown = state(http, stack, "tribe")
    roles = shown["Relationship_Organization_CommercialRelationship_Customer"]
    customers = {role["Organization"]["ID"] for role in roles if role.get("Organization")}
    relation, address = next(
        (one["ID"], one["VisitingAddress"]["ID"])
        for one in shown["Relation_Organization"]
        if one["ID"] in customers and one.get("VisitingAddress") and one["Name"] != "Fotografie Lichtval"
    )
    (usual,) = [one.get("HouseNumber") for one in shown["Address"] if one["ID"] == address]
    exits.callback(edit, http, stack, address, HouseNumber=usual)
    edit(http, stack, address, HouseNumber=1e300)
    return str(relation)


def test_what_is_poisoned_stands_alone_and_a_connection_at_work_does_not_notice(
    stack: Mapping[str, Any],
    http: httpx.Client,
    db: DynamoDb,
    queues_of: Callable[[str], Queues],
    two_that_stand_still: Connections,
    exits: ExitStack,
    wait_for: Callable[..., None],
) -> None:
    tasks, transfers = Tasks(db, two_that_stand_still.table, FAILING), open_transfers(stack)
    pending = DeferredEvents(db, stack["outputs"]["IdMapTableName"], WORKING)

    def transfer(invoice: Mapping[str, Any]) -> Transfer:
        wait_for(lambda: transfers.get(invoice["ID"]), seconds=PATIENCE)
        found = transfers.get(invoice["ID"])
        assert found is not None
        return found

    relation = poisoned_relation(http, stack, exits)
    odd = poisoned_invoice(http, stack)
    queues_of(FAILING).start_task(SEND_DIGEST, datetime.now(UTC), window_seconds=1)
    queues = queues_of(WORKING)
    queues.enqueue_invoices([odd["ID"]], datetime.now(UTC))
    began = time.monotonic()
    good = [new_sent_invoice(http, stack, f"Gewoon, {number}") for number in range(3)]
    queues.enqueue_invoices([odd["ID"], *(one["ID"] for one in good)], datetime.now(UTC))

    wait_for(lambda: all(transfer(one).state is State.BOOKED for one in good), seconds=USUAL_SECONDS)
    assert time.monotonic() - began < USUAL_SECONDS

    assert [len(booked(http, stack, one["Number"])) for one in good] == [1, 1, 1]
    assert transfer(odd).hold_reason is HoldReason.INVOICE_INVALID
    assert said(transfer(odd).details) == "invoice date: not between 1990 and 2100"
    wait_for(lambda: relation in {one.record_id for one in pending.held()}, seconds=PATIENCE)
    assert {one.reason for one in pending.held() if one.record_id == relation} == {HoldReason.NOT_UNDERSTOOD}
    wait_for(lambda: SEND_DIGEST in tasks.unfinished(), seconds=PATIENCE)
    wait_for(lambda: tasks.unfinished()[SEND_DIGEST].attempt >= 1, seconds=PATIENCE)
