"""Fingerprints of field values: enough to tell whether a field changed, nothing to read a value from (design 4)."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

_BYTES = 16
_SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class FingerprintKey:
    """A secret key with its id; the id stands in front of every fingerprint made with it."""

    key_id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Makes and compares fingerprints within one scope, such as a link.

    The first key makes new ones; all of them compare, so that a key can be replaced. Two scopes never share a
    fingerprint, so equal values of two contacts do not show.
    """

    scope: str
    keys: Sequence[FingerprintKey]

    def of(self, name: str, value: str) -> str:
        """Return the fingerprint of a value under a name; "" for an empty value, which is no secret."""
        return self._make(self.keys[0], name, value) if value else ""

    def all_of(self, name: str, value: str) -> Iterator[str]:
        """Yield the fingerprint of a value under every key, the current one first."""
        return (self._make(key, name, value) for key in self.keys)

    def is_of(self, fingerprint: str, name: str, value: str) -> bool:
        """Whether a fingerprint is that of this value under this name; False when its key is not known."""
        if not fingerprint or not value:
            return not fingerprint and not value
        key_id = fingerprint.partition(_SEPARATOR)[0]
        return any(
            hmac.compare_digest(fingerprint, self._make(key, name, value)) for key in self.keys if key.key_id == key_id
        )

    def is_readable(self, fingerprint: str) -> bool:
        """Whether a fingerprint can still be compared: it is empty, or its key is known."""
        key_id = fingerprint.partition(_SEPARATOR)[0]
        return not fingerprint or any(key.key_id == key_id for key in self.keys)

    def _make(self, key: FingerprintKey, name: str, value: str) -> str:
        text = f"{self.scope}\x1f{name}\x1f{value}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(key.secret, text, sha256)[:_BYTES]
        return f"{key.key_id}{_SEPARATOR}{urlsafe_b64encode(digest).decode().rstrip('=')}"
