"""The roles of the functions, as the template describes them: what no role allows is refused, as IAM refuses it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from tests.support.template.template import referred, statements

type Permission = tuple[str, str]
"""An action such as `dynamodb:GetItem`, and what it is allowed on: a logical id, or the pattern of a name."""

FUNCTIONS: Mapping[str, str] = {
    "tribe_webhook": "TribeWebhookFunction",
    "contact_push": "ContactPushFunction",
    "invoice_push": "InvoicePushFunction",
    "connection_task": "ConnectionTaskFunction",
    "yuki_poll": "YukiPollFunction",
    "console": "ConsoleFunction",
}
# Lambda itself does these: it writes the log and takes the messages; DynamoDB uses the key. No call of ours shows them.
OF_AWS = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_OPERATIONS: Mapping[str, str] = {
    "get_item": "dynamodb:GetItem",
    "put_item": "dynamodb:PutItem",
    "update_item": "dynamodb:UpdateItem",
    "delete_item": "dynamodb:DeleteItem",
    "query": "dynamodb:Query",
    "send_message": "sqs:SendMessage",
    "send_message_batch": "sqs:SendMessage",
    "get_secret_value": "secretsmanager:GetSecretValue",
    "put_secret_value": "secretsmanager:PutSecretValue",
    "publish": "sns:Publish",
}
_STAGE = "local"


def permissions(function: str) -> set[Permission]:
    """Return what the role of a function allows, without what AWS itself does with it."""
    return {
        (action, _name(referred(resource)))
        for statement in statements(FUNCTIONS[function])
        for action in statement.actions
        for resource in statement.resources
        if action not in OF_AWS
    }


def _name(reference: str) -> str:
    """Return a reference as the calls name it: a pattern of secrets' names, `Table` or `Table/index/name`."""
    if ":secret:" in reference:
        return reference.rpartition(":secret:")[2].replace("${Stage}", _STAGE)
    return reference.replace("${", "").replace(".Arn}", "")


@dataclass
class Role:
    """The role of a function; `calls` holds a call for each permission that was needed, `refused` what is not allowed.

    `resources` are the logical ids of the template by the names that calls use.
    """

    function: str
    resources: Mapping[str, str]
    allowed: set[Permission] = field(init=False)
    calls: dict[Permission, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    refused: set[Permission] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.allowed = permissions(self.function)

    def client(self, client: Any) -> Any:
        """Return a client that is refused what the role does not allow."""
        return _Client(client, self)

    def check(self, operation: str, request: Mapping[str, Any]) -> None:
        """Raise what AWS raises when one of the permissions that a call needs is missing."""
        for action, resource in _needed(operation, request):
            table, slash, index = resource.partition("/index/")
            name = self.resources.get(table, table) + slash + index
            granting = {one for one in self.allowed if one[0] == action and fnmatchcase(name, one[1])}
            for one in granting:
                self.calls.setdefault(one, (operation, request))
            if not granting:
                self.refused.add((action, name))
                said = f"not authorized to perform {action} on {name}"
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": said}}, operation)


class _Client:
    def __init__(self, client: Any, role: Role) -> None:
        self._client, self._role = client, role

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if not callable(call) or name.startswith("_"):
            return call

        def checked(*arguments: Any, **request: Any) -> Any:
            self._role.check(name, request)
            return call(*arguments, **request)

        return checked


def _needed(operation: str, request: Mapping[str, Any]) -> Iterator[Permission]:
    """Yield the permissions that a call needs."""
    match operation:
        case "transact_write_items":
            for part in request["TransactItems"]:
                yield from ((f"dynamodb:{kind}Item", one["TableName"]) for kind, one in part.items())
        case "batch_get_item":
            yield from (("dynamodb:BatchGetItem", table) for table in request["RequestItems"])
        case "batch_write_item":
            yield from (("dynamodb:BatchWriteItem", table) for table in request["RequestItems"])
        case "query" if "IndexName" in request:
            yield "dynamodb:Query", f"{request['TableName']}/index/{request['IndexName']}"
        case _ if operation in _OPERATIONS:
            keys = ("TableName", "QueueUrl", "SecretId", "TopicArn")
            yield _OPERATIONS[operation], next(str(request[key]) for key in keys if key in request)
