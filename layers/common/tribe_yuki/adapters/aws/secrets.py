"""Makes, replaces and removes the secrets of a connection. Only the operator's command does that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from botocore.exceptions import BotoCoreError, ClientError

from tribe_yuki.adapters.aws.refusals import say_why
from tribe_yuki.admin.store import SecretStore
from tribe_yuki.core.errors import ConnectorError, Defect, Retryable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_MISSING = "ResourceNotFoundException"
# There is none, or it is marked as deleted.
_GONE = frozenset({_MISSING, "InvalidRequestException"})
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
            text = self.client.get_secret_value(SecretId=name).get("SecretString", "")
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise _ours(error, name) from error
        except BotoCoreError as error:
            raise _unreachable(error) from error
        return _parse(name, text)

    def write(self, kind: str, value: Mapping[str, object]) -> None:
        """Make a secret, or replace what it holds, also of one that is marked as deleted."""
        name, text = self._name(kind), json.dumps(value)
        try:
            if self._is_restored(name):
                self.client.put_secret_value(SecretId=name, SecretString=text)
            else:
                self.client.create_secret(Name=name, SecretString=text)
        except ClientError as error:
            raise _ours(error, name) from error
        except BotoCoreError as error:
            raise _unreachable(error) from error

    def delete(self, kind: str) -> None:
        """Remove a secret at once, without a recovery window; one that is gone already is fine."""
        name = self._name(kind)
        try:
            self.client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if _code(error) != _MISSING:
                raise _ours(error, name) from error
        except BotoCoreError as error:
            raise _unreachable(error) from error

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


def _code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "")


def _ours(error: ClientError, name: str) -> ConnectorError:
    code = _code(error)
    if code in _PASSING:
        return Retryable("secrets_unavailable", f"Secrets Manager answered {code} for {name}")
    return Defect("secrets_refused", f"Secrets Manager answered {code} for {name}; check your rights on it")


def _unreachable(error: BotoCoreError) -> Retryable:
    return Retryable("secrets_unavailable", say_why(error))
