"""Secrets Manager in memory: what the product uses of it, held to moto by `tests/integration/test_operate_secrets.py`.

moto's answers go through botocore, which costs a world more than all its own work on secrets.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, NoReturn

from botocore.exceptions import ClientError


class ResourceNotFoundException(ClientError):
    """There is no such secret."""


class ResourceExistsException(ClientError):
    """There is such a secret already."""


class InvalidRequestException(ClientError):
    """The secret is marked as deleted."""


class Exceptions:
    """The classes of errors, as the real client has them."""

    ResourceNotFoundException = ResourceNotFoundException
    ResourceExistsException = ResourceExistsException
    InvalidRequestException = InvalidRequestException


@dataclass(slots=True)
class _Secret:
    text: str
    deleted_at: datetime | None = None


class VirtualSecrets:
    """Answers like a client of Secrets Manager; a deletion with a recovery window lasts until it is taken back."""

    exceptions = Exceptions

    def __init__(self) -> None:
        self._secrets: dict[str, _Secret] = {}
        self._lock = Lock()

    def create_secret(self, **request: Any) -> dict[str, Any]:
        """Make a secret, as CreateSecret."""
        with self._lock:
            name = request["Name"]
            secret = self._secrets.get(name)
            if secret is not None:
                error = InvalidRequestException if secret.deleted_at else ResourceExistsException
                _refuse(error, "CreateSecret", f"a secret {name} is there")
            self._secrets[name] = _Secret(request["SecretString"])
            return {"Name": name}

    def get_secret_value(self, **request: Any) -> dict[str, Any]:
        """Return what a secret holds, as GetSecretValue."""
        with self._lock:
            return {"Name": request["SecretId"], "SecretString": self._living(request, "GetSecretValue").text}

    def put_secret_value(self, **request: Any) -> dict[str, Any]:
        """Replace what a secret holds, as PutSecretValue."""
        with self._lock:
            self._living(request, "PutSecretValue").text = request["SecretString"]
            return {"Name": request["SecretId"]}

    def describe_secret(self, **request: Any) -> dict[str, Any]:
        """Tell of a secret, also of one that is marked as deleted, as DescribeSecret."""
        with self._lock:
            return _described(request["SecretId"], self._any(request, "DescribeSecret"))

    def list_secrets(self, **request: Any) -> dict[str, Any]:
        """Tell of all secrets, as ListSecrets."""
        with self._lock:
            marked = bool(request.get("IncludePlannedDeletion"))
            listed = [_described(name, one) for name, one in self._secrets.items() if marked or not one.deleted_at]
            return {"SecretList": listed}

    def delete_secret(self, **request: Any) -> dict[str, Any]:
        """Mark a secret as deleted, or remove it at once, as DeleteSecret."""
        with self._lock:
            if request.get("ForceDeleteWithoutRecovery"):
                # AWS answers 200 also when there is none.
                self._secrets.pop(request["SecretId"], None)
            else:
                self._living(request, "DeleteSecret").deleted_at = datetime.now(UTC)
            return {"Name": request["SecretId"]}

    def restore_secret(self, **request: Any) -> dict[str, Any]:
        """Take a deletion back, as RestoreSecret."""
        with self._lock:
            self._any(request, "RestoreSecret").deleted_at = None
            return {"Name": request["SecretId"]}

    def _any(self, request: dict[str, Any], operation: str) -> _Secret:
        secret = self._secrets.get(request["SecretId"])
        if secret is None:
            _refuse(ResourceNotFoundException, operation, "Secrets Manager can't find the specified secret.")
        return secret

    def _living(self, request: dict[str, Any], operation: str) -> _Secret:
        secret = self._any(request, operation)
        if secret.deleted_at is not None:
            _refuse(InvalidRequestException, operation, "The secret was marked for deletion.")
        return secret


def _described(name: str, secret: _Secret) -> dict[str, Any]:
    return {"Name": name} | ({"DeletedDate": secret.deleted_at} if secret.deleted_at else {})


def _refuse(error: type[ClientError], operation: str, said: str) -> NoReturn:
    raise error({"Error": {"Code": error.__name__, "Message": said}}, operation)
