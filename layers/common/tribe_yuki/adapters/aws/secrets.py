"""Makes, replaces and removes the secrets of a connection. Only the operator's command does that."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from tribe_yuki.adapters.aws.refusals import AwsError, aws_errors, code_of, say_why
from tribe_yuki.admin.store import SecretStore
from tribe_yuki.core.errors import ConnectorError, Defect, Gone, Retryable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# There is none, or it is marked as deleted.
_GONE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
_PASSING = frozenset({"InternalServiceError", "ThrottlingException", "LimitExceededException"})


@dataclass(frozen=True, slots=True)
class Secrets(SecretStore):
    """The secrets `<stage>/<connection>/<kind>` of one connection."""

    client: "SecretsManagerClient"
    stage: str
    connection_id: str

    @override
    def read(self, kind: str) -> dict[str, Any] | None:
        """Return a secret, or None when there is none.

        Raises Retryable when Secrets Manager fails, Defect when it refuses or the secret is no JSON object.
        """
        name = self._name(kind)
        try:
            with aws_errors(_ours(name)):
                text = self.client.get_secret_value(SecretId=name).get("SecretString", "")
        except Gone:
            return None
        return _parse(name, text)

    @override
    def write(self, kind: str, value: Mapping[str, object]) -> None:
        name, text = self._name(kind), json.dumps(value)
        with aws_errors(_ours(name)):
            if self._is_restored(name):
                self.client.put_secret_value(SecretId=name, SecretString=text)
            else:
                self.client.create_secret(Name=name, SecretString=text)

    @override
    def delete(self, kind: str) -> None:
        name = self._name(kind)
        with suppress(Gone), aws_errors(_ours(name)):
            self.client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)

    def _is_restored(self, name: str) -> bool:
        try:
            described = self.client.describe_secret(SecretId=name)
        except self.client.exceptions.ResourceNotFoundException:
            return False
        if described.get("DeletedDate") is not None:
            self.client.restore_secret(SecretId=name)
        return True

    def _name(self, kind: str) -> str:
        return f"{self.stage}/{self.connection_id}/{kind}"


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        # Neither the text nor the cause goes along: both may hold a part of the secret.
        raise Defect("secret_malformed", f"{name} must hold a JSON object; delete it and connect again") from None
    return value


def _ours(name: str) -> Callable[[AwsError], ConnectorError]:
    def ours(error: AwsError) -> ConnectorError:
        code = code_of(error)
        if not code:
            return Retryable("secrets_unavailable", say_why(error))
        if code in _GONE:
            return Gone("secret_gone", name)
        if code in _PASSING:
            return Retryable("secrets_unavailable", f"Secrets Manager answered {code} for {name}")
        return Defect("secrets_refused", f"Secrets Manager answered {code} for {name}; check your rights on it")

    return ours
