"""Who we are to Tribe, where Tribe is, and what is not the same in every Tribe environment."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from tribe_yuki.connections.settings import DRAFT_PHASE, ConnectionSettings, TotalsReading

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Grant(StrEnum):
    """How the application gets its tokens (tribe-api 2)."""

    CLIENT_CREDENTIALS = "client_credentials"
    AUTHORIZATION_CODE = "authorization_code"


# Only `offline` makes Tribe hand out a refresh token; most applications for client credentials may not ask for it.
DEFAULT_SCOPES = {
    Grant.CLIENT_CREDENTIALS: "read write",
    Grant.AUTHORIZATION_CODE: "read write offline",
}


@dataclass(frozen=True, slots=True)
class TribeApplication:
    """An application as registered in Tribe.

    `scope` is space separated; left empty it is the default of the grant. Which scopes are allowed depends on how the
    application was registered (tribe-api 2.2), so it is the setting `tribe.scope`.
    """

    grant: Grant
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""

    def __post_init__(self) -> None:
        if not self.client_id or not self.client_secret:
            raise ValueError("tribe: client_id and client_secret must both be filled in")
        object.__setattr__(self, "grant", Grant(self.grant))
        object.__setattr__(self, "scope", self.scope.strip() or DEFAULT_SCOPES[self.grant])


@dataclass(frozen=True, slots=True)
class TribeEndpoints:
    """Where Tribe answers; both without a path. Plain http is accepted for the loopback address only."""

    api_url: str = "https://api.tribecrm.nl"
    auth_url: str = "https://auth.tribecrm.nl"

    def __post_init__(self) -> None:
        for name in ("api_url", "auth_url"):
            url = getattr(self, name).rstrip("/")
            parts = urlsplit(url)
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
                raise ValueError(f"tribe: {name} must start with https://")
            if not parts.hostname or parts.username or parts.query or parts.fragment:
                raise ValueError(f"tribe: {name} must be a host, such as https://api.tribecrm.nl")
            object.__setattr__(self, name, url)


@dataclass(frozen=True, slots=True)
class TribeOptions:
    """What differs between Tribe environments, or is not documented.

    `invoice_fields` are further fields of an invoice to carry along as text. Where a field's name is not certain
    (tribe-api 6.1), several are named: the first that an answer holds counts. `totals` says how an invoice in
    another currency adds up, because Tribe shows its total in `base_currency` only.
    """

    base_currency: str = "EUR"
    invoice_fields: tuple[str, ...] = ("ImportId",)
    invoice_date_names: tuple[str, ...] = ("InvoiceDate", "Date")
    due_date_names: tuple[str, ...] = ("ExpirationDate", "DueDate")
    final_names: tuple[str, ...] = ("IsFinal", "Final")
    line_invoice_links: tuple[str, ...] = ("Invoice", "Activity")
    draft_phase: str = DRAFT_PHASE
    totals: TotalsReading = field(default_factory=TotalsReading)
    read_timeout_seconds: float = 60.0

    @classmethod
    def of(cls, settings: ConnectionSettings) -> Self:
        """Return the options that follow from a connection's settings: which fields to carry along, and the totals."""
        named = (settings.external_id_field, settings.payment_id_field, settings.purchase_order_field)
        return cls(invoice_fields=tuple(name for name in named if name), totals=settings.totals)
