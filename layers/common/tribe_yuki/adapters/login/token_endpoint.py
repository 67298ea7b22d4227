"""The token endpoint of the login (RFC 6749 4.1.3, with the code verifier of RFC 7636)."""

from dataclasses import dataclass
from typing import override

import httpx

from tribe_yuki.adapters.tls import client_context
from tribe_yuki.console.sign_in import NotSignedIn
from tribe_yuki.console.store import LoginClient
from tribe_yuki.core.errors import Retryable

_TIMEOUT = httpx.Timeout(5)


@dataclass(frozen=True, slots=True)
class TokenEndpoint(LoginClient):
    """Trades in codes for one application, which has no secret: the verifier proves whose a code is."""

    url: str
    client_id: str

    @override
    def id_token(self, code: str, verifier: str, redirect_uri: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        try:
            # The one certificate context of the process; no proxy that the environment names.
            with httpx.Client(verify=client_context(), trust_env=False, timeout=_TIMEOUT) as client:
                answer = client.post(self.url, data=form)
        except httpx.TransportError as error:
            raise Retryable("login_unavailable", "the login does not answer; sign in again in a minute") from error
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Retryable("login_unavailable", f"the login answered {answer.status_code}; sign in again in a minute")
        if not answer.is_success:
            raise NotSignedIn("code_refused", "the login took back its code; sign in again")
        try:
            token = answer.json()["id_token"]
        except (ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str):
            raise NotSignedIn("code_refused", "the login gave no proof of who signed in; sign in again")
        return token
