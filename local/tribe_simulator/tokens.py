"""OAuth2 as Tribe's identity server does it (tribe-api 2): client credentials, codes, rotating refresh tokens."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlencode

from local.simulator import Request, Response, json_response

SHORTEST_STATE = 8


@dataclass(frozen=True)
class Application:
    """A registered application and what it may ask for."""

    client_id: str
    client_secret: str
    scopes: frozenset[str]


APPLICATIONS = {
    one.client_id: one
    for one in (
        Application("demo-client", "demo-client-secret", frozenset({"read", "write"})),
        Application("marketplace-client", "marketplace-secret", frozenset({"read", "write", "offline"})),
    )
}


@dataclass
class Tokens:
    """The tokens that were given out."""

    access: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    used_refresh: dict[str, str] = field(default_factory=dict)

    def is_valid(self, authorization: str, now: datetime) -> bool:
        """Tell whether an Authorization header carries a token that is still good."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and token in self.access and now < self.access[token]

    def authorize(self, request: Request) -> Response:
        """Answer the consent page: a known client is sent back with a code at once."""
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        missing = [n for n in ("client_id", "redirect_uri", "state", "response_type", "scope") if n not in query]
        if missing or len(query["state"]) < SHORTEST_STATE or query["client_id"] not in APPLICATIONS:
            return json_response({"error": "invalid_request", "error_description": f"missing or wrong: {missing}"}, 400)
        code = token_urlsafe(16)
        self.codes[code] = query["client_id"]
        location = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
        return Response(302, b"", headers={"Location": location})

    def issue(  # noqa: PLR0911 (a table of grants)
        self, request: Request, now: datetime, lifetime: float, scope_error: str
    ) -> Response:
        """Answer the token endpoint."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        application = APPLICATIONS.get(form.get("client_id", ""))
        if application is None or application.client_secret != form.get("client_secret"):
            return _error("invalid_client", "client authentication failed", 401)
        match form.get("grant_type"):
            case "client_credentials":
                scopes = set(form.get("scope", "read write").split())
                if not scopes <= application.scopes:
                    return _error(scope_error, "a requested scope is not registered for this client", 400)
                return json_response(self._access(now, lifetime, scopes))
            case "authorization_code":
                if self.codes.pop(form.get("code", ""), None) != application.client_id:
                    return _error("invalid_grant", "the code is unknown or was used", 400)
                return json_response(self._with_refresh(application, now, lifetime))
            case "refresh_token":
                return self._refresh(form.get("refresh_token", ""), application, now, lifetime)
            case _:
                return _error("unsupported_grant_type", "give client_credentials or authorization_code", 400)

    def _refresh(self, token: str, application: Application, now: datetime, lifetime: float) -> Response:
        """Give a new pair for a refresh token; using one twice looks like theft and ends all of them."""
        if token in self.used_refresh:
            owner = self.used_refresh[token]
            self.refresh = {one: client for one, client in self.refresh.items() if client != owner}
            return _error("invalid_grant", "the refresh token was used before", 400)
        if self.refresh.pop(token, None) != application.client_id:
            return _error("invalid_grant", "the refresh token is unknown", 400)
        self.used_refresh[token] = application.client_id
        return json_response(self._with_refresh(application, now, lifetime))

    def _with_refresh(self, application: Application, now: datetime, lifetime: float) -> dict[str, object]:
        answer = self._access(now, lifetime, set(application.scopes))
        if "offline" in application.scopes:
            token = token_urlsafe(24)
            self.refresh[token] = application.client_id
            answer["refresh_token"] = token
        return answer

    def _access(self, now: datetime, lifetime: float, scopes: set[str]) -> dict[str, object]:
        token = f"eyJhbGciOiJSUzI1NiJ9.{token_urlsafe(24)}.{token_urlsafe(16)}"
        self.access[token] = now + timedelta(seconds=lifetime)
        scope = " ".join(one for one in ("read", "write", "offline") if one in scopes)
        return {"access_token": token, "expires_in": int(lifetime), "scope": scope, "token_type": "bearer"}


def _error(code: str, description: str, status: int) -> Response:
    return json_response({"error": code, "error_description": description, "status_code": status}, status)
