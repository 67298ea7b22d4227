"""What the deployed roles allow and refuse, asked of the running stack with the credentials of each role."""

from typing import Any

import pytest

WORKERS = ("ConnectionTask", "ContactPush", "InvoicePush")
ALL = ("TribeWebhook", "YukiPoll", *WORKERS)

# A made-up connection, so that nothing that the stack does is touched.
KEY = {"connection_id": {"S": "nobody"}, "item": {"S": "invoice#1"}}


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("secret", ["webhook", "credentials"])
def test_each_function_reads_only_its_kind_of_secret(
    acting_as: Any, is_refused: Any, function: str, secret: str
) -> None:
    readable = {"TribeWebhook": "webhook", "YukiPoll": ""}.get(function, "credentials")
    client = acting_as(function, "secretsmanager")
    assert is_refused(client.get_secret_value, SecretId=f"local/demo/{secret}") == (secret != readable)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_no_function_reads_the_secrets_of_another_stage(
    aws: Any, acting_as: Any, is_refused: Any, function: str, stage: str
) -> None:
    names = [f"{stage}/permissions-{function.lower()}/{kind}" for kind in ("webhook", "credentials")]
    for name in names:
        aws("secretsmanager").create_secret(Name=name, SecretString="{}")
    client = acting_as(function, "secretsmanager")
    assert all(is_refused(client.get_secret_value, SecretId=name) for name in names)


def test_the_webhook_is_told_that_a_connection_has_no_secret(acting_as: Any) -> None:
    client = acting_as("TribeWebhook", "secretsmanager")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_secret_value(SecretId="local/nobody/webhook")


@pytest.mark.parametrize("function", ALL)
def test_only_workers_write_records_and_always_in_one_transaction_with_the_journal(
    stack: Any, acting_as: Any, is_refused: Any, function: str
) -> None:
    outputs = stack["outputs"]
    entry = {"record": {"S": "nobody#invoice#1"}, "at": {"S": f"2026-01-01T00:00:00.000Z#{function}"}}
    writes = [
        {"Put": {"TableName": outputs["IdMapTableName"], "Item": KEY}},
        {"Put": {"TableName": outputs["JournalTableName"], "Item": entry}},
    ]
    client = acting_as(function, "dynamodb")
    assert is_refused(client.transact_write_items, TransactItems=writes) == (function not in WORKERS)


@pytest.mark.parametrize("function", ALL)
def test_nobody_reads_or_deletes_the_journal(stack: Any, acting_as: Any, is_refused: Any, function: str) -> None:
    client, table = acting_as(function, "dynamodb"), stack["outputs"]["JournalTableName"]
    key = {"record": {"S": "nobody#invoice#1"}, "at": {"S": "2026-01-01T00:00:00.000Z"}}
    assert is_refused(client.get_item, TableName=table, Key=key)
    assert is_refused(client.delete_item, TableName=table, Key=key)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("index", ["state", "due"])
def test_only_the_schedule_asks_what_is_due_and_it_and_the_workers_what_is_in_a_state(
    stack: Any, acting_as: Any, is_refused: Any, function: str, index: str
) -> None:
    allowed = {"YukiPoll": {"due", "state"}, "TribeWebhook": set()}.get(function, {"state"})
    refused = is_refused(
        acting_as(function, "dynamodb").query,
        TableName=stack["outputs"]["IdMapTableName"],
        IndexName=index,
        KeyConditionExpression="#key = :key",
        ExpressionAttributeNames={"#key": f"{index}_key"},
        ExpressionAttributeValues={":key": {"S": "nobody"}},
    )
    assert refused == (index not in allowed)


def test_the_webhook_cannot_reach_any_table(stack: Any, acting_as: Any, is_refused: Any) -> None:
    client = acting_as("TribeWebhook", "dynamodb")
    assert is_refused(client.get_item, TableName=stack["outputs"]["IdMapTableName"], Key=KEY)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("queue", ["ContactDeadLetterQueue", "TaskDeadLetterQueue"])
def test_no_function_sends_to_the_dead_letters_of_crashed_messages(
    resources: Any, acting_as: Any, is_refused: Any, function: str, queue: str
) -> None:
    client = acting_as(function, "sqs")
    parameters = {"MessageBody": "{}", "MessageGroupId": "nobody", "MessageDeduplicationId": function}
    assert is_refused(client.send_message, QueueUrl=resources[queue], **parameters)
