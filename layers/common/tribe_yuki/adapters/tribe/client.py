"""Tribe CRM for the use cases: whole relations and invoices in, single fields and new records out."""

import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from tribe_yuki.adapters.tribe.application import Grant, TribeApplication, TribeEndpoints, TribeOptions
from tribe_yuki.adapters.tribe.changes import TribeChanges
from tribe_yuki.adapters.tribe.invoices import TribeInvoices
from tribe_yuki.adapters.tribe.odata import OData
from tribe_yuki.adapters.tribe.relation_writer import RelationWriter
from tribe_yuki.adapters.tribe.tokens import (
    AuthorizationCodeTokens,
    ClientCredentialsTokens,
    TokenEndpoint,
    TokenStore,
    TribeTokens,
)
from tribe_yuki.adapters.tribe.transport import Observer, Tokens, Transport, new_http_client
from tribe_yuki.adapters.tribe.webhooks import TribeWebhooks


def ignore(_: str) -> None:
    """Observe nothing."""


class TribeClient(TribeInvoices, RelationWriter, TribeChanges, TribeWebhooks):
    """One Tribe environment, for as long as the process lives; threads may share it.

    Reads and partial writes raise Retryable, RateLimited, CredentialsRefused, Held(tribe_consent_needed) for a missing
    right or module, or Defect.
    """

    def __init__(
        self,
        application: TribeApplication,
        endpoints: TribeEndpoints,
        *,
        now: Callable[[], datetime],
        options: TribeOptions | None = None,
        token_store: TokenStore | None = None,
        observer: Observer = ignore,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`now` tells the instant in UTC; `observer` hears "GET Relation_Organization" before each HTTP call.

        `token_store` is needed for authorization code only, and `wait` (seconds) while another process renews them.
        """
        if application.grant is Grant.AUTHORIZATION_CODE and token_store is None:
            raise ValueError("tribe: authorization code needs a token store")
        options = options or TribeOptions()
        self._http = new_http_client(options.read_timeout_seconds)
        endpoint = TokenEndpoint(self._http, endpoints.auth_url, application, now, observer)
        transport = Transport(self._http, endpoints.api_url, _tokens(endpoint, token_store, wait), observer)
        super().__init__(OData(transport), options)

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def exchange_code(
    application: TribeApplication, endpoints: TribeEndpoints, code: str, redirect_uri: str, now: Callable[[], datetime]
) -> TribeTokens:
    """Trade in the code that the consent screen handed to the redirect address, for the first tokens.

    Raises CredentialsRefused with what to repair, RateLimited, Retryable or Defect.
    """
    with new_http_client(TribeOptions().read_timeout_seconds) as http:
        return TokenEndpoint(http, endpoints.auth_url, application, now, ignore).by_code(code, redirect_uri)


def _tokens(endpoint: TokenEndpoint, store: TokenStore | None, wait: Callable[[float], None]) -> Tokens:
    uses_code = endpoint.application.grant is Grant.AUTHORIZATION_CODE
    return AuthorizationCodeTokens(endpoint, store, wait) if uses_code and store else ClientCredentialsTokens(endpoint)
