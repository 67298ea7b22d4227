"""Signatures of webhook bodies: the published recipe, its other readings, and mistakes to test with (tribe-api 4.5)."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping


def _hmac(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha512).digest()


_VARIANTS: Mapping[str, Callable[[bytes, bytes], bytes | None]] = {
    "A": _hmac,
    "B": lambda body, secret: hashlib.sha512(body + secret).digest(),
    "C": lambda body, secret: hashlib.sha512(secret + body).digest(),
    "hex_text": lambda body, secret: _hmac(body, secret).hex().encode(),
    "wrong": lambda body, secret: _hmac(body, b"another " + secret),
    "missing": lambda _body, _secret: None,
}
SIGNATURE_VARIANTS = tuple(_VARIANTS)


def sign(variant: str, body: bytes, secret: str) -> str | None:
    """Return the value of the signature header in Base64, or None for no header."""
    signature = _VARIANTS[variant](body, secret.encode())
    return None if signature is None else b64encode(signature).decode()
