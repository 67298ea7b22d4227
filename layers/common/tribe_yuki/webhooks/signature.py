"""Tribe's webhook signature: Base64 of the HMAC-SHA512 over the raw body (tribe-api 4.5)."""

import re
from base64 import b64encode
from collections.abc import Iterable
from hmac import compare_digest, digest

from tribe_yuki.core.outside_text import visible

# What a command of a former version stored when it was told to read a secret from its input.
_FROM_INPUT = "-"
_FORM = re.compile(r"[A-Za-z0-9+/]{86}==", re.ASCII)  # 64 bytes in Base64; any other text cannot be a signature


def is_usable(text: object) -> bool:
    """Whether a stored text can be a secret or a token: anybody knows a blank, nobody signs with half a character.

    What nobody sees is as good as blank.
    """
    return isinstance(text, str) and visible(text).strip() not in ("", _FROM_INPUT) and is_encodable(text)


def is_encodable(text: str) -> bool:
    """Whether UTF-8 can write a text; what a shell made of other bytes cannot be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def sign(body: bytes, secret: str) -> str:
    """Return the signature that belongs to a raw body."""
    return b64encode(digest(_bytes(secret), body, "sha512")).decode()


def _bytes(text: str) -> bytes:
    """Return the bytes of any text: what comes from outside, and what is stored, never raises here."""
    return text.encode(errors="surrogatepass")


def has_signature_form(text: str) -> bool:
    """Whether a header value could be a signature at all: 88 characters of Base64."""
    return _FORM.fullmatch(text) is not None


def is_signed(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Whether any of the secrets made the signature; several are valid while one is being replaced.

    The texts are compared, not the bytes they stand for: Base64 has several spellings of the same bytes.
    """
    return equals_any(signature, [sign(body, secret) for secret in secrets])


def equals_any(given: str, accepted: Iterable[str]) -> bool:
    """Whether a text is one of the accepted ones, in a time that depends neither on where nor on which."""
    given_bytes = _bytes(given)
    matches = [compare_digest(given_bytes, _bytes(text)) for text in accepted]
    return any(matches)
