"""The webhook secrets and tokens of each connection, from Secrets Manager."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tribe_yuki.adapters.aws.refusals import aws_errors, unavailable
from tribe_yuki.core.errors import Defect, Gone
from tribe_yuki.webhooks.signature import is_usable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHED_FOR = timedelta(minutes=5)
REREAD_AT_MOST_EVERY = timedelta(seconds=30)

# A random connection id costs nothing to send, so what is remembered of them is bounded.
_MOST_REMEMBERED = 1000

# No such secret, and a secret that is marked as deleted: in both cases there is no such connection (any more).
_NO_SECRET = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


class WebhookKeys(NamedTuple):
    """What a connection's webhooks are checked with; several of each are valid while one is being replaced."""

    secrets: tuple[str, ...]
    tokens: tuple[str, ...]


class _Remembered(NamedTuple):
    keys: WebhookKeys | None
    read_at: datetime
    reread_at: datetime | None


class WebhookSecrets:
    """Reads a connection's webhook keys and remembers them for five minutes, also that there are none."""

    def __init__(self, client: "SecretsManagerClient", stage: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._stage = stage
        self._now = now
        self._remembered: dict[str, _Remembered] = {}

    def check(
        self, connection_id: str, find_faults: Callable[[WebhookKeys | None], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """Return the faults that `find_faults` finds with the connection's keys (None: no such connection).

        When it finds any with remembered keys, they are read again, at most every 30 seconds: a new secret is valid at
        once, and a flood of wrong signatures does not become a flood of calls.
        Raises Retryable when Secrets Manager fails, Defect when the secret has another form than `connect` gives it.
        """
        held = self._remembered.get(connection_id)
        now = self._now()
        if held is None or now - held.read_at >= CACHED_FOR:
            return find_faults(self._renew(connection_id, now))
        faults = find_faults(held.keys)
        if faults and (held.reread_at is None or now - held.reread_at >= REREAD_AT_MOST_EVERY):
            return find_faults(self._renew(connection_id, now, reread_at=now))
        return faults

    def _renew(self, connection_id: str, now: datetime, reread_at: datetime | None = None) -> WebhookKeys | None:
        keys = self._read(f"{self._stage}/{connection_id}/webhook")
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[connection_id] = _Remembered(keys, now, reread_at)
        return keys

    def _read(self, name: str) -> WebhookKeys | None:
        none = dict.fromkeys(_NO_SECRET, Gone("webhook_secret_missing"))
        try:
            with aws_errors(unavailable("webhook_secret_unreadable", "Secrets Manager", f" for {name}", **none)):
                text = self._client.get_secret_value(SecretId=name).get("SecretString", "")
        except Gone:
            return None
        return _parse(name, text)


def _parse(name: str, text: str) -> WebhookKeys:
    try:
        value = json.loads(text)
        return WebhookKeys(secrets=_texts(value["secrets"]), tokens=_texts(value["tokens"]))
    except (ValueError, TypeError, KeyError):
        # Neither the text nor the cause goes along: both may hold a part of the secret.
        raise Defect(
            "webhook_secret_malformed",
            f'{name} must hold {{"secrets": ["…"], "tokens": ["…"]}}, with a text of each that can be used; '
            "run `tribe-yuki connect` again",
        ) from None


def _texts(values: object) -> tuple[str, ...]:
    """Return the texts that can be used; one that cannot does not keep the others from it, unless none is left."""
    if not isinstance(values, list):
        raise TypeError
    usable = tuple(value for value in values if is_usable(value))
    if values and not usable:
        raise TypeError
    return usable
