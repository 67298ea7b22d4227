"""Signing in as Tribe's identity server does it: client credentials, codes, rotating refresh tokens (tribe-api 2)."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes, token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode

from local.simulator import Request, Response, json_response
from local.tribe_simulator.environment import VIRTUAL_USER

_SCOPES = ("read", "write", "offline")
_CODE_LIFETIME = timedelta(minutes=10)
_SHORTEST_STATE = 8


@dataclass(frozen=True)
class Application:
    """A registered application: what it may ask for, in which ways, and whom it works as."""

    client_id: str
    client_secret: str
    scopes: frozenset[str]
    grants: frozenset[str]
    employee_id: str = VIRTUAL_USER


_CREDENTIALS, _CODE, _REFRESH = "client_credentials", "authorization_code", "refresh_token"
APPLICATIONS: Mapping[str, Application] = {
    one.client_id: one
    for one in (
        Application("demo-client", "demo-client-secret", frozenset({"read", "write"}), frozenset({_CREDENTIALS})),
        Application(
            "marketplace-client",
            "marketplace-secret",
            frozenset(_SCOPES),
            frozenset({_CREDENTIALS, _CODE, _REFRESH}),
        ),
    )
}


@dataclass
class Consent:
    """What a user or the application itself agreed to; all tokens that come of it end with it."""

    application: Application
    scopes: tuple[str, ...]
    redirect_uri: str = ""
    is_withdrawn: bool = False


@dataclass
class _Token:
    consent: Consent
    expires_at: datetime
    is_used: bool = False


class TokenRefused(Exception):
    """The token endpoint says no; the name of the error is RFC 6749's."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.answer = json_response({"error": error, "error_description": description, "status_code": status}, status)


class IdentityServer:
    """The endpoints below `/oauth2/`, and the tokens that they gave out; not locked by itself."""

    def __init__(self) -> None:
        self._access: dict[str, _Token] = {}
        self._codes: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}

    def consent_of(self, token: str, now: datetime) -> Consent | None:
        """Return whose access token this is, or None when it is not valid (any more)."""
        found = self._access.get(token)
        is_valid = found is not None and now < found.expires_at and not found.consent.is_withdrawn
        return found.consent if found is not None and is_valid else None

    def withdraw(self, client_id: str) -> None:
        """End all tokens of an application, as a user does who withdraws consent."""
        for token in (*self._access.values(), *self._codes.values(), *self._refresh.values()):
            if token.consent.application.client_id == client_id:
                token.consent.is_withdrawn = True

    def authorize(self, request: Request, now: datetime, switches: Mapping[str, Any]) -> Response:
        """Answer where a user would give consent: it is given, and the browser sent back with a code at once."""
        query = _single(request.query)
        application = APPLICATIONS.get(query.get("client_id", ""))
        redirect_uri = query.get("redirect_uri", "")
        if application is None or not redirect_uri or redirect_uri != (switches["redirect_uri"] or redirect_uri):
            description = "the client id or the redirect address is not registered"
            return TokenRefused("invalid_request", description).answer
        error = _consent_error(application, query)
        if error:
            return _redirect(redirect_uri, {"error": error, "state": query.get("state", "")})
        code = token_urlsafe(24)
        consent = Consent(application, _ordered(query["scope"].split()), redirect_uri)
        self._codes[code] = _Token(consent, now + _CODE_LIFETIME)
        return _redirect(redirect_uri, {"code": code, "scope": query["scope"], "state": query["state"]})

    def issue(self, request: Request, now: datetime, switches: Mapping[str, Any]) -> Response:
        """Answer the token endpoint."""
        try:
            return json_response(self._issue(request, now, switches))
        except TokenRefused as refused:
            return refused.answer

    def _issue(self, request: Request, now: datetime, switches: Mapping[str, Any]) -> dict[str, object]:
        if request.method != "POST":
            raise TokenRefused("invalid_request", "the token endpoint takes POST only", 405)
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise TokenRefused("invalid_request", "send a form")
        form = _single(request.body.decode("utf-8", "replace"))
        application = APPLICATIONS.get(form.get("client_id", ""))
        if application is None or application.client_secret != form.get("client_secret"):
            raise TokenRefused("invalid_client", "client authentication failed", 401)
        grant = form.get("grant_type", "")
        if grant not in (_CREDENTIALS, _CODE, _REFRESH):
            raise TokenRefused("unsupported_grant_type", f"{grant!r} is no grant type")
        if grant not in application.grants:
            raise TokenRefused("unauthorized_client", f"the application may not use {grant}")
        match grant:
            case "client_credentials":
                return self._by_credentials(application, form, now, switches)
            case "authorization_code":
                return self._by_code(application, form, now, switches)
            case _:
                return self._by_refresh(application, form, now, switches)

    def _by_credentials(
        self, application: Application, form: Mapping[str, str], now: datetime, switches: Mapping[str, Any]
    ) -> dict[str, object]:
        if "scope" not in form and switches["scope_required"]:
            raise TokenRefused("invalid_scope", "a scope is missing")
        scopes = form.get("scope", "read write").split()
        if not application.scopes.issuperset(scopes):
            raise TokenRefused(switches["scope_error"], "a requested scope is not registered for this client")
        return self._access_token(Consent(application, _ordered(scopes)), now, switches)

    def _by_code(
        self, application: Application, form: Mapping[str, str], now: datetime, switches: Mapping[str, Any]
    ) -> dict[str, object]:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.consent.application is not application or now >= code.expires_at:
            raise TokenRefused("invalid_grant", "the code is unknown or too old")
        if code.consent.redirect_uri != form.get("redirect_uri"):
            raise TokenRefused("invalid_grant", "the redirect address is not the one that the code was made for")
        if code.is_used:
            code.consent.is_withdrawn = True
        return self._once(code, now, switches)

    def _by_refresh(
        self, application: Application, form: Mapping[str, str], now: datetime, switches: Mapping[str, Any]
    ) -> dict[str, object]:
        token = self._refresh.get(form.get("refresh_token", ""))
        if token is None or token.consent.application is not application or now >= token.expires_at:
            raise TokenRefused("invalid_grant", "the refresh token is unknown or too old")
        if token.is_used and switches["refresh_rotation"]:
            # Somebody else has it too, the server must assume: everything that came of the consent ends.
            token.consent.is_withdrawn = True
        return self._once(token, now, switches)

    def _once(self, token: _Token, now: datetime, switches: Mapping[str, Any]) -> dict[str, object]:
        """Give tokens for a code or a refresh token, which is used by that."""
        if token.consent.is_withdrawn:
            raise TokenRefused("invalid_grant", "it was used before, or the consent was withdrawn")
        token.is_used = True
        answer = self._access_token(token.consent, now, switches)
        if "offline" in token.consent.scopes:
            refresh_token = token_urlsafe(32)
            lifetime = timedelta(seconds=float(switches["refresh_lifetime_seconds"]))
            self._refresh[refresh_token] = _Token(token.consent, now + lifetime)
            answer["refresh_token"] = refresh_token
        return answer

    def _access_token(self, consent: Consent, now: datetime, switches: Mapping[str, Any]) -> dict[str, object]:
        lifetime = float(switches["token_lifetime_seconds"])
        token = _looks_like_jwt()
        self._access[token] = _Token(consent, now + timedelta(seconds=lifetime))
        scope = " ".join(consent.scopes)
        return {"access_token": token, "expires_in": int(lifetime), "scope": scope, "token_type": "bearer"}


def _consent_error(application: Application, query: Mapping[str, str]) -> str:
    if _CODE not in application.grants:
        return "unauthorized_client"
    if len(query.get("state", "")) < _SHORTEST_STATE:
        return "invalid_state"
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    scopes = query.get("scope", "").split()
    return "" if scopes and application.scopes.issuperset(scopes) else "invalid_scope"


def _redirect(redirect_uri: str, query: Mapping[str, str]) -> Response:
    mark = "&" if "?" in redirect_uri else "?"
    return Response(302, headers={"Location": f"{redirect_uri}{mark}{urlencode(query)}"})


def _single(form: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(form, keep_blank_values=True).items()}


def _ordered(scopes: list[str]) -> tuple[str, ...]:
    return tuple(scope for scope in _SCOPES if scope in scopes)


def _looks_like_jwt() -> str:
    parts = (json.dumps({"alg": "RS256"}).encode(), token_bytes(48), token_bytes(64))
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
