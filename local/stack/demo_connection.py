"""Connect the connection `demo` of the local stack: secrets, webhooks in Tribe, settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from secrets import token_hex, token_urlsafe
from typing import Any

import boto3
import httpx

from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.domain.settings import ConnectionSettings, Location, VatRule

CONNECTION_ID = "demo"
STAGE = "local"
ACCESS_KEY = "00000000-aaaa-bbbb-cccc-000000000001"
TRIBE_CLIENT_ID = "demo-client"
TRIBE_CLIENT_SECRET = "demo-client-secret"  # noqa: S105 (the simulator's own, not a secret of anybody)

# Which route takes the events of which type of record in Tribe.
ROUTES: Mapping[str, str] = {
    "Relation.Organization": "contacts",
    "Relation.Person": "contacts",
    "Address": "contacts",
    "Relationship.Organization.CommercialRelationship.Customer": "contacts",
    "Relationship.Person.CommercialRelationship.Customer": "contacts",
    "Relationship.Organization.Supplier": "contacts",
    "Activity.Invoice": "invoices",
}

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
    ("EU-DIENST", Location.EU_WITHOUT_VAT, 20, 0),
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
        vat_rules=tuple(
            VatRule(vat_group=group, location=location, vat_type=vat_type, percentage=Decimal(percentage))
            for group, location, vat_type, percentage in VAT_RULES
        ),
    )


def connect_stack(stack: Mapping[str, Any]) -> WebhookKeys:
    """Connect the demo on a running stack; `stack` is the content of `.local/stack.json`."""
    session = boto3.Session("test", "test", region_name="eu-west-1")
    endpoint = stack["aws_endpoint"]
    return connect(
        stack,
        secrets_manager=session.client("secretsmanager", endpoint_url=endpoint),
        db=DynamoDb(session.client("dynamodb", endpoint_url=endpoint)),
        settings=demo_settings(datetime.now(UTC)),
    )


def connect(
    stack: Mapping[str, Any],
    *,
    secrets_manager: Any,
    db: DynamoDb,
    settings: ConnectionSettings,
) -> WebhookKeys:
    """Make the secrets, register the webhooks once each, store the settings; return the keys.

    Of `stack` it needs `tribe_url`, `webhook_base`, `token_header` and the table's name among the `outputs`.
    """
    keys = WebhookKeys(token_urlsafe(32), token_urlsafe(32))
    tribe_secrets = _register_webhooks(stack, keys.webhook_token)
    webhook = {"secrets": [keys.webhook_secret, *tribe_secrets], "tokens": [keys.webhook_token]}
    credentials = {
        "yuki": {"access_key": ACCESS_KEY},
        "tribe": {
            "grant": "client_credentials",
            "client_id": TRIBE_CLIENT_ID,
            "client_secret": TRIBE_CLIENT_SECRET,
            "scope": "read write",
        },
        "hmac_keys": [{"id": "k1", "key": token_hex(32)}],
    }
    _store_secret(secrets_manager, "webhook", webhook)
    _store_secret(secrets_manager, "credentials", credentials)
    connections = Connections(db, stack["outputs"]["ConnectionsTableName"])
    connections.register(CONNECTION_ID, settings, Status.ACTIVE, settings.activated_at)
    return keys


def _register_webhooks(stack: Mapping[str, Any], token: str) -> list[str]:
    """Register one webhook for each type of record, replacing ours; return the secrets that Tribe made up."""
    base = f"{stack['webhook_base']}/{CONNECTION_ID}"
    with httpx.Client(base_url=stack["tribe_url"], trust_env=False, timeout=30) as tribe:
        form = {
            "grant_type": "client_credentials",
            "client_id": TRIBE_CLIENT_ID,
            "client_secret": TRIBE_CLIENT_SECRET,
            "scope": "read write",
        }
        answer = tribe.post("/oauth2/token", data=form).raise_for_status().json()
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        for webhook in tribe.get("/v1/webhooks", headers=headers).raise_for_status().json():
            tribe.delete(f"/v1/webhooks/{webhook['id']}", headers=headers).raise_for_status()
        secrets = []
        for entity_type, route in ROUTES.items():
            body = {
                "entityType": entity_type,
                "webhookUrl": f"{base}/{route}",
                "headers": [{"name": stack["token_header"], "value": token}],
            }
            made = tribe.post("/v1/webhooks", json=body, headers=headers).raise_for_status().json()
            secrets.append(made["secret"])
    return secrets


def _store_secret(secrets_manager: Any, name: str, value: Mapping[str, Any]) -> None:
    secret_id, text = f"{STAGE}/{CONNECTION_ID}/{name}", json.dumps(value)
    try:
        secrets_manager.create_secret(Name=secret_id, SecretString=text)
    except secrets_manager.exceptions.ResourceExistsException:
        secrets_manager.put_secret_value(SecretId=secret_id, SecretString=text)
