"""Every webhook body, in every shape: what it names is read back, and what it says is not believed (design 8)."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from functions.tribe_webhook.app import handle as handle_webhook
from tests.support.world.api_gateway import webhook_event
from tests.support.world.world import CONNECTION, TOKEN_HEADER, World, open_world
from tests.support.world.world_queues import CONTACT, INVOICE
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.invoices.transfer import State
from tribe_yuki.webhooks.signature import sign

BODIES = Path(__file__).parent.parent / "data" / "tribe"
INVOICE_ID = "40000000-0000-4000-8000-000000000041"
ORGANISATION = "20000000-0000-4000-8000-000000000011"
PERSON = "20000000-0000-4000-8000-000000000022"

# Which record each body leads to: the invoice, the organisation, the person, nothing at all, or, where it names
# only a link, the invoices of the last hour.
LEADS_TO = {
    "customer-created": ORGANISATION,
    "customer-set-former": ORGANISATION,
    "customer-updated": ORGANISATION,
    "invoice-created-draft": INVOICE_ID,
    "invoice-deleted": INVOICE_ID,
    "invoice-line-created": INVOICE_ID,
    "invoice-line-deleted": INVOICE_ID,
    "invoice-line-updated": INVOICE_ID,
    "invoice-updated-to-paid": INVOICE_ID,
    "invoice-updated-to-sent": INVOICE_ID,
    "organization-created": ORGANISATION,
    "organization-deleted": ORGANISATION,
    "organization-updated": ORGANISATION,
    "person-created": PERSON,
    "person-updated": PERSON,
    "private-customer-created": PERSON,
    "relationship-link-created": None,
    "relationship-link-deleted": None,
    "relationship-link-updated": None,
    "supplier-created": ORGANISATION,
    "invoice-sent--as-relationship-update": INVOICE_ID,
    "invoice-sent--discriminator-mutationType": INVOICE_ID,
    "invoice-sent--no-discriminator": INVOICE_ID,
    "invoice-sent--underscore-entity-type": INVOICE_ID,
    "invoice-sent--uppercase-guid-and-extra-keys": INVOICE_ID,
    "invoice-sent--wrapped-by-kind": INVOICE_ID,
    "lead-upgraded-to-customer--as-update": ORGANISATION,
    "unknown-kind": INVOICE_ID,
}
FILES = sorted([*BODIES.glob("minimal/*.json"), *BODIES.glob("variants/*.json"), *BODIES.glob("*-*.json")])
PLAIN_FILES = [path for path in FILES if path.stem not in ("signature-vectors", "invalid-no-ids")]


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        world = open_world(stack)
        world.switch_tribe(drop_webhooks=1.0)
        world.send(INVOICE_ID)
        yield world


def post(world: World, kind: str, body: bytes) -> int:
    """Post a signed body to the webhook, as Tribe would."""
    text = world.ingest.secrets._client.get_secret_value(SecretId="local/demo/webhook")["SecretString"]
    keys = json.loads(text)
    headers = {"x-webhook-signature": sign(body, keys["secrets"][0]), TOKEN_HEADER: keys["tokens"][0]}
    answer = handle_webhook(webhook_event(CONNECTION, kind, body, headers), world.ingest)
    return int(answer["statusCode"])


def test_every_file_has_an_expectation() -> None:
    assert {path.stem for path in PLAIN_FILES} == set(LEADS_TO)


@pytest.mark.parametrize("path", PLAIN_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_body_leads_to_the_record_that_it_is_about(world: World, path: Path) -> None:
    expected = LEADS_TO[path.stem]
    is_about_a_relation = expected in (ORGANISATION, PERSON)
    assert post(world, "contacts" if is_about_a_relation else "invoices", path.read_bytes()) == 202
    world.run(minutes=2)
    if expected == INVOICE_ID:
        assert state_of(world) is State.BOOKED
    elif expected is None:
        # A link that Tribe does not know: rich bodies name a customer and a relation, bare ones nothing.
        assert world.transfer(INVOICE_ID) is None or state_of(world) is State.BOOKED
        assert "GET Entity" in world.tribe_state()["calls"]
    else:
        link = world.links.get(expected)
        assert link is not None
        assert link.state is LinkState.LINKED


def state_of(world: World) -> Any:
    transfer = world.transfer(INVOICE_ID)
    assert transfer is not None
    return transfer.state


def test_a_body_without_ids_is_accepted_and_dropped(world: World) -> None:
    body = (BODIES / "variants" / "invalid-no-ids.json").read_bytes()
    assert post(world, "invoices", body) == 202
    assert world.sqs.queues[INVOICE].messages == []
    assert world.sqs.queues[CONTACT].messages == []


def test_a_deleted_relation_leaves_a_tombstone_and_nothing_is_deleted_in_yuki(world: World) -> None:
    body = (BODIES / "minimal" / "organization-updated.json").read_bytes()
    assert post(world, "contacts", body) == 202
    world.run(minutes=1)
    link = world.links.get(ORGANISATION)
    assert link is not None
    record = world.tribe.store.by_id[ORGANISATION]
    world.tribe.store.remove(record)
    deleted = (BODIES / "minimal" / "organization-deleted.json").read_bytes()
    world.advance(11)
    assert post(world, "contacts", deleted) == 202
    world.run(minutes=1)
    gone = world.links.get(ORGANISATION)
    assert gone is not None
    assert gone.state is LinkState.GONE_IN_TRIBE
    assert link.yuki_contact_id in {contact["ID"] for contact in world.yuki_state()["contacts"]}
