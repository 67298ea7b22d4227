"""Each function may do what its job needs, and nothing else."""

import pytest

from tests.support.template.template import (
    environment,
    functions,
    may,
    properties,
    referred,
    resources,
    sources,
    statements,
)

FUNCTIONS = sorted(functions().values())
WORKERS = ("ConnectionTaskFunction", "ContactPushFunction", "InvoicePushFunction")

# The only ones where a name is not known when the stack is deployed: connections come later.
PATTERNS = {"secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"}


def variables(function: str, suffix: str) -> set[str]:
    """Return what the variables with such a name refer to."""
    return {referred(value) for name, value in environment(function).items() if name.endswith(suffix)}


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [referred(properties(function)["Role"]) for function in FUNCTIONS]
    assert sorted(roles) == sorted(resources("AWS::IAM::Role"))
    for role in roles:
        (statement,) = properties(role)["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_policy_names_all_actions_or_all_resources(function: str) -> None:
    for statement in statements(function):
        assert not any("*" in action for action in statement.actions)
        for resource in statement.resources:
            name = referred(resource)
            assert name != "*"
            assert "*" not in name or PATTERNS.issuperset(statement.actions)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_sends_to_exactly_the_queues_in_its_environment(function: str) -> None:
    assert may(function, "sqs:SendMessage") == variables(function, "_QUEUE_URL")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_takes_from_exactly_the_queues_that_feed_it(function: str) -> None:
    feeding = {referred(source["Queue"]) for source in sources(function)}
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        assert may(function, action) == feeding


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_uses_only_the_tables_in_its_environment(function: str) -> None:
    used = {
        name.removeprefix("${").partition(".")[0]  # an index is "${Table.Arn}/index/…"
        for statement in statements(function)
        if any(action.startswith("dynamodb:") for action in statement.actions)
        for name in map(referred, statement.resources)
    }
    assert used == variables(function, "_TABLE")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log_only(function: str) -> None:
    group = {referred(properties(function)["LoggingConfig"]["LogGroup"])}
    assert may(function, "logs:PutLogEvents") == may(function, "logs:CreateLogStream") == group


def test_the_webhook_reads_one_secret_and_writes_two_queues_and_nothing_else() -> None:
    actions = {action for statement in statements("TribeWebhookFunction") for action in statement.actions}
    assert actions == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "sqs:SendMessage",
    }
    assert may("TribeWebhookFunction", "sqs:SendMessage") == {"ContactQueue", "InvoiceQueue"}


def test_nobody_but_the_webhook_reads_webhook_secrets_and_it_reads_nothing_else() -> None:
    for function in FUNCTIONS:
        names = {secret.rpartition(":secret:")[2] for secret in may(function, "secretsmanager:GetSecretValue")}
        assert names == {
            "TribeWebhookFunction": {"${Stage}/*/webhook", "${Stage}/*/webhook-??????"},
            "YukiPollFunction": set(),
            "ConsoleFunction": set(),
        }.get(
            function,
            {
                "${Stage}/*/credentials",
                "${Stage}/*/credentials-??????",
                "${Stage}/*/tribe-token",
                "${Stage}/*/tribe-token-??????",
            },
        )


def test_workers_replace_the_tokens_of_a_consent_and_no_other_secret() -> None:
    for function in FUNCTIONS:
        names = {secret.rpartition(":secret:")[2] for secret in may(function, "secretsmanager:PutSecretValue")}
        assert names == ({"${Stage}/*/tribe-token", "${Stage}/*/tribe-token-??????"} if function in WORKERS else set())


def test_the_schedule_changes_no_table() -> None:
    actions = {action for statement in statements("YukiPollFunction") for action in statement.actions}
    assert {action for action in actions if action.startswith("dynamodb:")} == {"dynamodb:GetItem", "dynamodb:Query"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_journal_is_never_changed_and_read_for_people_only(function: str) -> None:
    actions = {
        action
        for statement in statements(function)
        for action in statement.actions
        if "JournalTable" in map(referred, statement.resources)
    }
    of_console = {"dynamodb:PutItem", "dynamodb:Query"} if function == "ConsoleFunction" else set()
    assert actions == ({"dynamodb:PutItem"} if function in WORKERS else of_console)


def test_the_console_changes_nothing_of_connections_and_reads_no_secret() -> None:
    on_connections = {
        action
        for statement in statements("ConsoleFunction")
        for action in statement.actions
        if "ConnectionsTable" in map(referred, statement.resources)
    }
    assert on_connections == {"dynamodb:GetItem", "dynamodb:Query"}
    assert not may("ConsoleFunction", "secretsmanager:GetSecretValue")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_key_is_used_through_the_tables_only(function: str) -> None:
    uses = [
        statement
        for statement in statements(function)
        if any(action.startswith("kms:") for action in statement.actions)
    ]
    assert bool(uses) == bool(variables(function, "_TABLE"))
    for statement in uses:
        assert list(map(referred, statement.resources)) == ["DataKey"]
        assert statement.condition == {
            "StringEquals": {"kms:ViaService": {"Fn::Sub": "dynamodb.${AWS::Region}.amazonaws.com"}}
        }
