"""Signing in: authorization code with PKCE, state and nonce (RFC 7636; OpenID Connect Core 3.1).

The claims come from the token endpoint itself over TLS, which stands in for checking their signature (Core 3.1.3.7).
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import loads
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from tribe_yuki.core.errors import ConnectorError

# From the click to the last page of the login.
TIME_TO_SIGN_IN = timedelta(minutes=10)
SCOPE = "openid email"


class NotSignedIn(ConnectorError):
    """Somebody came back from the login without proof of who they are; they may try again."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where people sign in: addresses without a closing slash, the application's id, and who issues the claims."""

    authorize_url: str
    logout_url: str
    client_id: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in that is under way; `browser` is the digest of what the browser keeps meanwhile."""

    state: str
    verifier: str
    nonce: str
    browser: str
    target: str


def begin(target: str) -> tuple[str, Attempt]:
    """Return what the browser keeps during an attempt, and the attempt; it ends at the page `target`."""
    browser = token_urlsafe(32)
    return browser, Attempt(token_urlsafe(32), token_urlsafe(48), token_urlsafe(24), digest(browser), target)


def digest(text: str) -> str:
    """Return the digest under which a random text is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def login_address(login: Login, attempt: Attempt, redirect_uri: str, language: str) -> str:
    """Return the page of the login for an attempt."""
    challenge = urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": login.client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "lang": language,
    }
    return f"{login.authorize_url}?{urlencode(query)}"


def logout_address(login: Login, back_to: str) -> str:
    """Return the page that ends the session of the login, too."""
    return f"{login.logout_url}?{urlencode({'client_id': login.client_id, 'logout_uri': back_to})}"


def subject_of(id_token: str, login: Login, nonce: str, now: datetime) -> str:
    """Return who signed in; raise NotSignedIn unless the claims are for us, for this attempt, and of now."""
    claims = _claims(id_token)
    audience = claims.get("aud")
    expected = (
        claims.get("iss") == login.issuer,
        login.client_id in (audience if isinstance(audience, list) else [audience]),
        claims.get("token_use") == "id",
        claims.get("nonce") == nonce,
        isinstance(claims.get("exp"), int | float) and claims["exp"] > now.timestamp(),
    )
    subject = claims.get("sub")
    if not all(expected) or not isinstance(subject, str) or not subject:
        raise NotSignedIn("claims_refused", "the login's answer is not for this attempt; sign in again")
    return subject


def _claims(id_token: str) -> dict[str, Any]:
    """Return the claims of a JSON web token."""
    try:
        _, payload, _ = id_token.split(".")
        claims = loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        claims = None
    if not isinstance(claims, dict):
        raise NotSignedIn("claims_refused", "the login's answer cannot be read; sign in again")
    return claims
