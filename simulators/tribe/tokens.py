"""OAuth2 as Tribe's identity server does it (tribe-api 2)."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from simulators.shared import Request, Response, json_response

_CODE_LIVES = timedelta(minutes=10)
_SHORTEST_STATE = 8


@dataclass(frozen=True)
class Application:
    """An application that was made in Tribe under Configuration > API."""

    secret: str
    scope: frozenset[str]
    redirects: frozenset[str] = frozenset()


APPLICATIONS: Mapping[str, Application] = {
    "demo-client": Application("demo-client-secret", frozenset({"read", "write"})),
    "marketplace-client": Application(
        "marketplace-secret",
        frozenset({"read", "write", "offline"}),
        frozenset({"https://connector.example/callback"}),
    ),
}


@dataclass
class _Family:
    """The tokens that go back to one consent."""

    client_id: str
    scope: str
    access: set[str] = field(default_factory=set)
    is_revoked: bool = False


@dataclass(frozen=True)
class _Code:
    family: _Family
    redirect: str
    until: datetime


class _TokenError(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.status = error, status


class Tokens:
    """Issue tokens and know which are valid."""

    def __init__(self) -> None:
        self._access: dict[str, tuple[datetime, str]] = {}
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, tuple[_Family, bool]] = {}

    def application(self, authorization: str, now: datetime) -> str | None:
        """Return the client id behind an Authorization header; None when its token is not valid."""
        scheme, _, token = authorization.partition(" ")
        until, client_id = self._access.get(token.strip(), (now, ""))
        return client_id if scheme.lower() == "bearer" and until > now else None

    def authorize(self, request: Request, now: datetime) -> Response:
        """Answer the consent page: the user consents at once."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        application = APPLICATIONS.get(query.get("client_id", ""))
        redirect = query.get("redirect_uri", "")
        if application is None:
            return _error("invalid_client", "the client is not known", 401)
        if redirect not in application.redirects and not (application.redirects and _is_loopback(redirect)):
            return _error("invalid_request", "redirect_uri is not one that is registered", 400)
        answer = self._consent(query, application, now)
        joint = "&" if "?" in redirect else "?"
        return Response(302, headers={"Location": f"{redirect}{joint}{urlencode(answer)}"})

    def _consent(self, query: Mapping[str, str], application: Application, now: datetime) -> dict[str, str]:
        state = query.get("state", "")
        scope = query.get("scope", "")
        if len(state) < _SHORTEST_STATE:
            return {"error": "invalid_state", "error_description": "state needs 8 characters or more", "state": state}
        if query.get("response_type") != "code":
            return {"error": "unsupported_response_type", "state": state}
        if not scope or not set(scope.split()) <= application.scope:
            return {"error": "invalid_scope", "state": state}
        code = uuid4().hex
        self._codes[code] = _Code(_Family(query["client_id"], scope), query["redirect_uri"], now + _CODE_LIVES)
        return {"code": code, "scope": scope, "state": state}

    def issue(self, request: Request, now: datetime, switches: Mapping[str, Any]) -> Response:
        """Answer the token endpoint."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            application = _authenticated(request, form)
            return self._granted(form, application, now, switches)
        except _TokenError as error:
            return _error(error.error, str(error), error.status)

    def _granted(
        self, form: Mapping[str, str], application: Application, now: datetime, switches: Mapping[str, Any]
    ) -> Response:
        lifetime = float(switches["token_lifetime_seconds"])
        match form.get("grant_type"):
            case "client_credentials":
                return self._client_credentials(form, application, now, lifetime, switches)
            case "authorization_code":
                return self._exchange(form, now, lifetime)
            case "refresh_token":
                return self._rotate(form, now, lifetime)
            case _:
                raise _TokenError("unsupported_grant_type", "the grant type is not supported")

    def _client_credentials(
        self,
        form: Mapping[str, str],
        application: Application,
        now: datetime,
        lifetime: float,
        switches: Mapping[str, Any],
    ) -> Response:
        wanted = form.get("scope", "").split()
        if not wanted and switches["scope_required"]:
            raise _TokenError(switches["scope_error"], "no scope was asked for")
        if not set(wanted) <= application.scope:
            raise _TokenError(switches["scope_error"], "a requested scope is not registered for this client")
        scope = " ".join(wanted or sorted(application.scope - {"offline"}))
        return self._answer(_Family(form["client_id"], scope), now, lifetime, is_refreshable=False)

    def _exchange(self, form: Mapping[str, str], now: datetime, lifetime: float) -> Response:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.until < now or code.family.client_id != form["client_id"]:
            raise _TokenError("invalid_grant", "the code is not valid, was used, or has expired")
        if code.redirect != form.get("redirect_uri"):
            raise _TokenError("invalid_grant", "redirect_uri is not the one of the consent")
        return self._answer(code.family, now, lifetime, is_refreshable="offline" in code.family.scope.split())

    def _rotate(self, form: Mapping[str, str], now: datetime, lifetime: float) -> Response:
        token = form.get("refresh_token", "")
        family, is_used = self._refresh.get(token, (None, False))
        if family is None or family.client_id != form["client_id"] or family.is_revoked:
            raise _TokenError("invalid_grant", "the refresh token is not valid")
        if is_used:
            self._revoke(family)
            raise _TokenError("invalid_grant", "the refresh token was used before: all tokens of it are revoked")
        self._refresh[token] = (family, True)
        return self._answer(family, now, lifetime, is_refreshable=True)

    def _revoke(self, family: _Family) -> None:
        family.is_revoked = True
        for token in family.access:
            self._access.pop(token, None)

    def _answer(self, family: _Family, now: datetime, lifetime: float, *, is_refreshable: bool) -> Response:
        access = _opaque({"sub": family.client_id, "jti": uuid4().hex})
        self._access[access] = (now + timedelta(seconds=lifetime), family.client_id)
        family.access.add(access)
        answer: dict[str, Any] = {"access_token": access, "expires_in": int(lifetime), "scope": family.scope}
        if is_refreshable:
            answer["refresh_token"] = uuid4().hex + uuid4().hex
            self._refresh[answer["refresh_token"]] = (family, False)
        return json_response({**answer, "token_type": "bearer"})


def _authenticated(request: Request, form: Mapping[str, str]) -> Application:
    if request.method != "POST":
        raise _TokenError("invalid_request", "only POST is allowed", 405)
    if "application/x-www-form-urlencoded" not in request.headers.get("content-type", ""):
        raise _TokenError("invalid_request", "the body must be a form")
    application = APPLICATIONS.get(form.get("client_id", ""))
    if application is None or application.secret != form.get("client_secret"):
        raise _TokenError("invalid_client", "client authentication failed", 401)
    return application


def _opaque(claims: Mapping[str, str]) -> str:
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    written = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join([*written, "simulated"])


def _is_loopback(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")


def _error(error: str, description: str, status: int) -> Response:
    return json_response({"error": error, "error_description": description, "status_code": status}, status)
