"""What stands where the login stands: it knows people by their subjects, and checks what a token endpoint checks."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulators.shared.loopback import LoopbackServer

CLIENT_ID = "console-client"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example"


@dataclass
class Login:
    """The codes that were given out; `claims` go into the next token instead of what they should be.

    `status` is what the token endpoint answers instead, if any.
    """

    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    status: int = 0

    def sign_in(self, address: str, subject: str) -> str:
        """Sign in on the page that a browser was sent to; return where it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = token_urlsafe(8)
        self.codes[code] = {**asked, "subject": subject}
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def token(self, form: dict[str, str], now: float) -> tuple[int, dict[str, Any]]:
        """Answer as a token endpoint does: a code is good once, for who asked for it."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if self.status:
            return self.status, {}
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "sub": asked["subject"],
            "aud": CLIENT_ID,
            "iss": ISSUER,
            "token_use": "id",
            "nonce": asked["nonce"],
            "exp": now + 3600,
            **self.claims,
        }
        payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        return 200, {"id_token": f"header.{payload}.signature", "access_token": "not used"}


class LoginServer(LoopbackServer):
    """The token endpoint over HTTP; `now` is the time that its tokens are of."""

    def __init__(self, login: Login, now: Any) -> None:
        super().__init__(_Handler)
        self.login, self.now = login, now


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LoginServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        status, answer = self.server.login.token(form, self.server.now().timestamp())
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name that http.server gives it)
        """Stay silent."""
