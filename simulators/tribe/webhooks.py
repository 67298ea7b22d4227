"""Webhooks: who wants to be told, and how a body is signed (tribe-api 4.1, 4.5)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulators.tribe.errors import Refused
from simulators.tribe.model import types_of


@dataclass(frozen=True)
class Webhook:
    """A registered webhook for one dotted entity type."""

    id: str
    entity_type: str
    url: str
    headers: Mapping[str, str]
    secret: str

    def as_json(self) -> dict[str, Any]:
        """Return what the REST interface shows."""
        headers = [{"name": name, "value": value} for name, value in self.headers.items()]
        return {
            "id": self.id,
            "entityType": self.entity_type,
            "webhookUrl": self.url,
            "headers": headers,
            "secret": self.secret,
        }


def read_webhook(webhook_id: str, secret: str, body: Any, *, https_only: bool) -> Webhook:
    """Read a registration; raise Refused when it cannot work."""
    if not isinstance(body, Mapping):
        raise Refused("A webhook is an object.")
    entity_type, url, headers = body.get("entityType"), body.get("webhookUrl"), body.get("headers") or []
    if not isinstance(entity_type, str) or not types_of(entity_type):
        raise Refused(f"entityType: {entity_type!r} is no entity type.")
    parts = urlsplit(url if isinstance(url, str) else "")
    if parts.scheme not in (("https",) if https_only else ("https", "http")) or not parts.hostname:
        raise Refused("webhookUrl must be an HTTPS address.")
    try:
        named = {str(header["name"]): str(header["value"]) for header in headers}
    except (TypeError, KeyError):
        raise Refused("headers is a list of objects with name and value.") from None
    return Webhook(webhook_id, entity_type, str(url), named, secret)


def _digest(parts: bytes) -> bytes:
    return hashlib.sha512(parts).digest()


SIGNATURES: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "A": lambda secret, body: hmac.digest(secret, body, "sha512"),
    "B": lambda secret, body: _digest(body + secret),
    "C": lambda secret, body: _digest(secret + body),
    "hex_text": lambda secret, body: hmac.digest(secret, body, "sha512").hex().encode(),
    "wrong": lambda secret, body: hmac.digest(secret + b"!", body, "sha512"),
}


def signature(variant: str, secret: str, body: bytes) -> str | None:
    """Return the header value for a body; None when the variant is `missing`."""
    sign = SIGNATURES.get(variant)
    return base64.b64encode(sign(secret.encode(), body)).decode() if sign else None
