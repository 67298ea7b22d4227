"""The tokens of a user's consent in Tribe: one set for all processes, renewed by one of them (design 7)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from tribe_yuki.adapters.aws.dynamodb import parse_timestamp, timestamp
from tribe_yuki.adapters.aws.refusals import aws_errors, unavailable
from tribe_yuki.connections.lease import TOKEN_LEASE, TRIBE_TOKEN
from tribe_yuki.connections.store import LeaseStore
from tribe_yuki.core.errors import Defect, Gone

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_GONE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


class IssuedTokens(Protocol):
    """Tokens as Tribe issued them; instants in UTC."""

    @property
    def access_token(self) -> str:
        """Return the token for calls."""
        ...

    @property
    def refresh_token(self) -> str:
        """Return the token for the next ones."""
        ...

    @property
    def issued_at(self) -> datetime:
        """Return when they were issued."""
        ...

    @property
    def expires_at(self) -> datetime:
        """Return when the access token ends."""
        ...


@dataclass(slots=True)
class TribeTokenSecret[Tokens: IssuedTokens]:
    """The secret `<stage>/<connection>/tribe-token`, with a lease in the connections table on renewing it.

    `make` builds tokens from access token, refresh token, and the instants of issue and end. The secret itself is made
    by `connect`: here it is read and replaced.
    """

    client: "SecretsManagerClient"
    leases: LeaseStore
    stage: str
    connection_id: str
    make: Callable[[str, str, datetime, datetime], Tokens]
    _lease: str | None = field(default=None, repr=False)

    def read(self) -> Tokens | None:
        """Return the tokens, or None when nobody gave consent yet.

        Raises Retryable when Secrets Manager fails, Defect when the secret has another form than `connect` gives it.
        """
        gone = dict.fromkeys(_GONE, Gone("tribe_token_missing"))
        try:
            with aws_errors(unavailable("tribe_token_unreadable", "Secrets Manager", f" for {self._name}", **gone)):
                text = self.client.get_secret_value(SecretId=self._name).get("SecretString", "")
        except Gone:
            return None
        return self._parse(text)

    def lease(self, now: datetime) -> bool:
        """Take the right to renew for three minutes; False when somebody has it."""
        self._lease = self.leases.acquire(TRIBE_TOKEN, now, TOKEN_LEASE)
        return self._lease is not None

    def write(self, tokens: Tokens) -> None:
        """Store new tokens and end the lease; raise Retryable when Secrets Manager does not take them."""
        with aws_errors(unavailable("tribe_token_not_stored", "Secrets Manager", f" for {self._name}")):
            self.client.put_secret_value(SecretId=self._name, SecretString=json.dumps(token_document(tokens)))
        self.release()

    def release(self) -> None:
        """End the lease without new tokens."""
        if self._lease is not None:
            self.leases.release(TRIBE_TOKEN, self._lease)
            self._lease = None

    @property
    def _name(self) -> str:
        return f"{self.stage}/{self.connection_id}/tribe-token"

    def _parse(self, text: str) -> Tokens:
        try:
            return read_tokens(json.loads(text), self.make)
        except (ValueError, TypeError, KeyError):
            # The cause quotes the secret, so it does not go along.
            raise Defect("tribe_token_malformed", f"connect {self.connection_id} again") from None


def read_tokens[Tokens: IssuedTokens](
    document: Mapping[str, Any], make: Callable[[str, str, datetime, datetime], Tokens]
) -> Tokens:
    """Return tokens from what the secret holds; raises what says that it is another document."""
    return make(
        str(document["access_token"]),
        str(document["refresh_token"]),
        parse_timestamp(document["issued_at"]),
        parse_timestamp(document["expires_at"]),
    )


def token_document(tokens: IssuedTokens) -> dict[str, str]:
    """Return tokens as the secret holds them."""
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "issued_at": timestamp(tokens.issued_at),
        "expires_at": timestamp(tokens.expires_at),
    }
