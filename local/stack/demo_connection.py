"""Connect the connection `demo` of the local stack: secrets, webhooks in Tribe, settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from secrets import token_urlsafe
from typing import Any

from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.adapters.yuki import YukiAdministration
from tribe_yuki.admin.access import Application
from tribe_yuki.connections.context import POLL_CURSOR
from tribe_yuki.connections.settings import ConnectionSettings, Location, VatRule
from tribe_yuki.entrypoints.cli import clients_of, local_session, local_stack
from tribe_yuki.entrypoints.operator import Clients, open_operator
from tribe_yuki.setup import connect as use_case

CONNECTION_ID = "demo"
WHO = "make up"
ACCESS_KEY = "00000000-aaaa-bbbb-cccc-000000000001"
TRIBE_CLIENT_ID = "demo-client"
TRIBE_CLIENT_SECRET = "demo-client-secret"  # noqa: S105 (the simulator's own, not a secret of anybody)

# Each row: VAT group in Tribe, where the customer is, VAT type in Yuki, percentage.
VAT_RULES: tuple[tuple[str, Location | None, int, int], ...] = (
    ("NL-21", Location.DOMESTIC, 1, 21),
    ("NL-21", Location.EU_WITHOUT_VAT, 1, 21),
    ("NL-9", Location.DOMESTIC, 2, 9),
    ("NL-9", Location.EU_WITHOUT_VAT, 2, 9),
    ("NL-0", Location.DOMESTIC, 4, 0),
    ("NL-VRIJ", None, 0, 0),
    ("NL-VERLEGD", Location.DOMESTIC, 17, 0),
    ("EU-DIENST", Location.EU_WITH_VAT, 20, 0),
    ("EU-GOEDEREN", Location.EU_WITH_VAT, 19, 0),
    ("EXPORT", Location.OUTSIDE_EU, 6, 0),
)


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """What webhooks of the connection are signed with, besides what Tribe itself made up."""

    webhook_secret: str
    webhook_token: str


def demo_settings(activated_at: datetime) -> ConnectionSettings:
    """Return the settings of the demo connection."""
    return ConnectionSettings(
        yuki_domain_id="c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f10",
        yuki_administration_id="5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c",
        yuki_administration_name="Voorbeeld Administratie B.V.",
        administrations_in_domain=2,
        activated_at=activated_at,
        start_date=date(2026, 1, 1),
        vat_rules=demo_vat_rules(),
    )


def demo_vat_rules() -> tuple[VatRule, ...]:
    """Return the VAT mapping of the demo connection."""
    return tuple(
        VatRule(vat_group=group, location=location, vat_type=vat_type, percentage=Decimal(percentage))
        for group, location, vat_type, percentage in VAT_RULES
    )


def connect_stack(stack: Mapping[str, Any]) -> WebhookKeys:
    """Connect the demo on a running stack; `stack` is the content of `.local/stack.json`."""
    return connect(stack, settings=demo_settings(datetime.now(UTC)))


def connect(
    stack: Mapping[str, Any], *, settings: ConnectionSettings, aws_clients: Clients | None = None
) -> WebhookKeys:
    """Connect as `tribe-yuki connect` does, then have it work with these settings; return the keys."""
    clients = aws_clients or clients_of(local_session(), stack["aws_endpoint"] or None)
    webhook_secret = token_urlsafe(32)
    with open_operator(local_stack(stack), clients, who=WHO) as operator:
        use_case.connect(operator, _wishes(settings, webhook_secret))
        stored = operator.stores(CONNECTION_ID).secrets.read("webhook") or {}
        environment = operator.record(CONNECTION_ID).settings.tribe_organisation_id
    tables = (stack["outputs"]["ConnectionsTableName"], stack["outputs"]["IdMapTableName"])
    db = DynamoDb(clients("dynamodb"))
    worked_with = settings.model_copy(update={"tribe_organisation_id": environment})
    Connections(db, *tables).save(CONNECTION_ID, worked_with, Status.ACTIVE, settings.activated_at)
    # Nothing is imported before somebody activates it: changes are picked up from now on.
    Timestamps(db, tables[0], CONNECTION_ID).set(POLL_CURSOR, settings.activated_at)
    return WebhookKeys(webhook_secret, stored["tokens"][0])


def _wishes(settings: ConnectionSettings, webhook_secret: str) -> use_case.Wishes:
    """Return what an operator would choose; the extra secret is for those who sign webhooks by hand."""
    return use_case.Wishes(
        application=Application("client_credentials", TRIBE_CLIENT_ID, TRIBE_CLIENT_SECRET, "read write"),
        access_key=ACCESS_KEY,
        region=settings.yuki_region,
        administration=YukiAdministration(
            settings.yuki_administration_id,
            settings.yuki_administration_name,
            settings.yuki_domain_id,
            country=settings.country,
        ),
        administrations_in_domain=settings.administrations_in_domain,
        connection_id=CONNECTION_ID,
        tribe_connector_off=True,
        webhook_secrets=[webhook_secret],
    )
