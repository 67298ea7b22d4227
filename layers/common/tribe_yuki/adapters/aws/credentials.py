"""The credentials of a connection, from Secrets Manager, read once per process and connection."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from tribe_yuki.adapters.aws.refusals import aws_errors, unavailable
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.fingerprint import FingerprintKey

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHED_FOR = timedelta(minutes=5)


class _Secret(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class YukiCredentials(_Secret):
    """Yuki's API key."""

    access_key: SecretStr


class TribeCredentials(_Secret):
    """The application in Tribe."""

    grant: str = "client_credentials"
    client_id: str
    client_secret: SecretStr
    scope: str = "read write"


class HmacKey(_Secret):
    """A key under which links remember field values; the first of the list is the current key."""

    id: str
    key: SecretStr


class Credentials(_Secret):
    """Everything secret of a connection but its webhook keys."""

    yuki: YukiCredentials
    tribe: TribeCredentials
    hmac_keys: tuple[HmacKey, ...] = ()

    def fingerprint_keys(self) -> tuple[FingerprintKey, ...]:
        """Return the keys of fingerprints, the current key first."""
        return tuple(
            FingerprintKey(hmac_key.id, hmac_key.key.get_secret_value().encode()) for hmac_key in self.hmac_keys
        )


@dataclass(slots=True)
class CredentialStore:
    """Reads credentials and remembers them for five minutes, or until the connection is saved anew."""

    client: "SecretsManagerClient"
    stage: str
    now: Callable[[], datetime]
    _remembered: dict[str, tuple[datetime, str, Credentials]] = field(default_factory=dict)

    def get(self, connection_id: str, saved_at: str) -> Credentials:
        """Return a connection's credentials; `saved_at` tells when the connection was saved, as is done on connecting.

        Without it, what is released by a new key would meet the former key, and be held again.
        Raises Retryable when Secrets Manager fails, Defect when the secret is missing or has another form.
        """
        now = self.now()
        remembered = self._remembered.get(connection_id)
        if remembered and now - remembered[0] < CACHED_FOR and remembered[1] == saved_at:
            return remembered[2]
        credentials = _parse(connection_id, self._read(f"{self.stage}/{connection_id}/credentials"))
        self._remembered[connection_id] = (now, saved_at, credentials)
        return credentials

    def _read(self, name: str) -> str:
        missing = Defect("credentials_missing", f"{name} does not exist; connect again")
        ours = unavailable(
            "credentials_unreadable", "Secrets Manager", f" for {name}", ResourceNotFoundException=missing
        )
        with aws_errors(ours):
            return self.client.get_secret_value(SecretId=name).get("SecretString", "")


def _parse(connection_id: str, text: str) -> Credentials:
    try:
        return Credentials.model_validate_json(text)
    except ValidationError:
        # The cause quotes the secret, so it does not go along.
        raise Defect("credentials_malformed", f"connect {connection_id} again") from None
