"""`tribe-yuki connect`, against both simulators."""

import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.world.operator_world import (
    ADMINISTRATION,
    BELGIAN_KEY,
    CONNECT,
    CONNECT_DUTCH,
    CONNECTION,
    TRIBE_SECRET,
    WEBHOOK_BASE,
    YUKI_KEY,
    OperatorWorld,
    open_operator_world,
)
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.operate.connect import id_from_name
from tribe_yuki.operate.webhooks import ROUTES

EXPECTED = Counter((entity_type, f"{WEBHOOK_BASE}/{CONNECTION}/{route}") for entity_type, route in ROUTES.items())


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperatorWorld:
    monkeypatch.chdir(tmp_path)
    return open_operator_world(exits, tmp_path)


def registered(world: OperatorWorld) -> Counter[tuple[str, str]]:
    return Counter((one["entityType"], one["webhookUrl"]) for one in world.webhooks())


def test_connecting_three_times_leaves_exactly_one_webhook_of_each_kind(world: OperatorWorld) -> None:
    first = world.result(*CONNECT_DUTCH)
    assert (first["connection"], first["status"], first["is_new"]) == (CONNECTION, "connected", True)
    assert first["webhooks"] == {"made": len(ROUTES), "kept": 0, "deleted": 0, "without_secret": []}
    assert registered(world) == EXPECTED
    for _ in range(2):
        again = world.result(*CONNECT_DUTCH)
        assert again["webhooks"] == {"made": 0, "kept": len(ROUTES), "deleted": 0, "without_secret": []}
        assert registered(world) == EXPECTED
    assert sorted(world.secret("webhook")["secrets"]) == sorted(one["secret"] for one in world.webhooks())


def test_every_webhook_carries_the_stored_token(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    (token,) = world.secret("webhook")["tokens"]
    assert {json.dumps(one["headers"]) for one in world.webhooks()} == {
        json.dumps([{"name": "x-tribe-yuki-token", "value": token}])
    }


def test_doubles_go_and_the_webhooks_of_others_stay(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    ours, theirs = f"{WEBHOOK_BASE}/{CONNECTION}/invoices", "https://other.example/hook"
    world.register_webhook("Activity.Invoice", ours)
    world.register_webhook("ProductLine", ours)
    world.register_webhook("Activity.Invoice", theirs)
    world.register_webhook("Activity.Invoice", f"{WEBHOOK_BASE}/{CONNECTION}-2/invoices")
    result = world.result(*CONNECT_DUTCH)
    assert result["webhooks"]["deleted"] == 2
    assert registered(world) == EXPECTED + Counter(
        [("Activity.Invoice", theirs), ("Activity.Invoice", f"{WEBHOOK_BASE}/{CONNECTION}-2/invoices")]
    )


def test_a_lost_webhook_secret_makes_new_webhooks(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    former = {one["id"] for one in world.webhooks()}
    world.aws.client("secretsmanager").delete_secret(
        SecretId=f"local/{CONNECTION}/webhook", ForceDeleteWithoutRecovery=True
    )
    world.done(*CONNECT_DUTCH)
    assert registered(world) == EXPECTED
    assert former.isdisjoint(one["id"] for one in world.webhooks())


@pytest.mark.parametrize("text", ['{"secrets": ["a1b2', "[]", ""])
def test_a_damaged_webhook_secret_is_replaced(world: OperatorWorld, text: str) -> None:
    world.done(*CONNECT_DUTCH)
    name = f"local/{CONNECTION}/webhook"
    world.aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString=text or " ")
    world.done("connect", "--connection", CONNECTION)
    carried = {webhook["id"] for webhook in world.webhooks()}
    stored = world.secret("webhook")
    assert set(stored["registered"]) == carried
    assert len(carried) == len(ROUTES)
    assert stored["secrets"]
    assert stored["tokens"]


def test_where_tribe_does_not_tell_secrets_the_operator_gives_them(world: OperatorWorld) -> None:
    world.switch_tribe(secret_in_answer=False)
    result = world.result(*CONNECT_DUTCH)
    assert len(result["webhooks"]["without_secret"]) == len(ROUTES)
    assert "--webhook-secret" in result["next_steps"][0]
    ids = {one["id"] for one in world.webhooks()}
    result = world.result(*CONNECT_DUTCH, "--webhook-secret", "copied-1", "--webhook-secret", "copied-2")
    assert result["webhooks"] == {"made": 0, "kept": len(ROUTES), "deleted": 0, "without_secret": []}
    assert {one["id"] for one in world.webhooks()} == ids
    assert world.secret("webhook")["secrets"] == ["copied-1", "copied-2"]


def test_the_connection_is_stored_and_does_nothing_yet(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    settings = world.settings()
    assert world.connections.status(CONNECTION) is Status.CONNECTED
    assert (settings.yuki_region, settings.country, settings.yuki_administration_name) == ("nl", "NL", ADMINISTRATION)
    assert settings.administrations_in_domain == 2
    assert settings.tribe_connector_confirmed_off is not None
    (entry,) = world.journal()
    assert (entry["code"], entry["facts"]["who"]) == ("connected", "tester")


def test_a_new_key_replaces_the_old_one_and_keeps_everything_else(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    before, settings = world.secret("credentials"), world.settings()
    world.done("connect", "--connection", CONNECTION, "--yuki-key", YUKI_KEY.upper(), "--who", "tester")
    after = world.secret("credentials")
    assert after["yuki"]["access_key"] == YUKI_KEY.upper()
    assert (after["hmac_keys"], after["tribe"]) == (before["hmac_keys"], before["tribe"])
    assert world.settings() == settings
    assert [entry["code"] for entry in world.journal()] == ["connected", "credentials_replaced"]


def test_an_active_connection_stays_active(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    world.connections.register(CONNECTION, world.settings(), Status.ACTIVE, world.settings().activated_at)
    assert world.result(*CONNECT_DUTCH)["status"] == "active"
    assert world.connections.status(CONNECTION) is Status.ACTIVE


def test_a_belgian_key_is_found_to_be_belgian_by_a_call_for_data(world: OperatorWorld) -> None:
    result = world.result(*CONNECT, "--yuki-key", BELGIAN_KEY)
    assert (result["region"], result["connection"]) == ("be", "voorbeeld-belgie-bv")
    settings = world.settings("voorbeeld-belgie-bv")
    assert (settings.country, settings.peppol, settings.tribe_connector_confirmed_off) == ("BE", None, None)
    assert any("connector" in step for step in result["next_steps"])


@pytest.mark.parametrize("wrong_region", ["data_calls_fault", "refuse_key"])
def test_either_way_of_refusing_a_key_of_the_other_country_is_understood(
    world: OperatorWorld, wrong_region: str
) -> None:
    world.switch_yuki(wrong_region=wrong_region)
    assert world.result(*CONNECT, "--yuki-key", BELGIAN_KEY)["region"] == "be"


def test_the_operator_chooses_by_name_and_confirms(world: OperatorWorld) -> None:
    output = world.done(
        "connect", "--tribe-client-id", "demo-client", "--who", "x", answers=[TRIBE_SECRET, YUKI_KEY, "2", "y"]
    )
    assert "Voorbeeld Vastgoed B.V." in output
    assert YUKI_KEY not in output
    assert TRIBE_SECRET not in output
    settings = world.settings("voorbeeld-vastgoed-bv")
    assert settings.tribe_connector_confirmed_off is not None


def test_a_script_must_name_the_administration(world: OperatorWorld) -> None:
    assert "Voorbeeld Vastgoed B.V." in world.refused(
        *CONNECT, "--yuki-key", YUKI_KEY, "--administration", "Nergens B.V."
    )
    assert world.secret_names() == set()


def test_a_wrong_yuki_key_changes_nothing_and_says_what_to_do(world: OperatorWorld) -> None:
    text = world.refused(*CONNECT, "--yuki-key", "11111111-aaaa-bbbb-cccc-000000000001")
    assert "Make a key" in text
    assert world.secret_names() == set()
    assert world.webhooks() == []


def test_a_wrong_tribe_secret_changes_nothing(world: OperatorWorld) -> None:
    text = world.refused(
        "connect", "--tribe-client-id", "demo-client", "--tribe-client-secret", "no", "--yuki-key", YUKI_KEY
    )
    assert "client id or secret" in text
    assert world.secret_names() == set()


def test_an_administration_is_connected_once_only(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    assert f"connected as {CONNECTION} already" in world.refused(*CONNECT_DUTCH, "--connection", "another")


def test_a_connection_keeps_its_administration(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH)
    arguments = (*CONNECT, "--yuki-key", YUKI_KEY, "--administration", "Voorbeeld Vastgoed B.V.")
    assert "another administration" in world.refused(*arguments, "--connection", CONNECTION)


def test_the_name_of_the_list_of_connections_is_no_id_of_one(world: OperatorWorld) -> None:
    assert "choose another" in world.refused(*CONNECT_DUTCH, "--connection", "connections")
    for administration in world.yuki.books.administrations.values():
        administration.name = "Connections"
    world.done(*CONNECT, "--yuki-key", YUKI_KEY, "--tribe-connector-off", answers=["1"])
    assert world.settings("connections-2").yuki_administration_name == "Connections"


def test_a_consent_is_asked_for_and_its_tokens_stored(world: OperatorWorld) -> None:
    redirect = "https://connector.example/callback"
    marketplace = (
        *("connect", "--tribe-grant", "authorization_code", "--tribe-client-id", "marketplace-client"),
        *("--tribe-client-secret", "marketplace-secret", "--redirect-uri", redirect),
        *("--yuki-key", YUKI_KEY, "--administration", ADMINISTRATION, "--who", "tester"),
    )
    query = {"client_id": "marketplace-client", "redirect_uri": redirect, "response_type": "code"}
    consent = {**query, "scope": "read write offline", "state": "12345678"}
    led_to = httpx.get(f"{world.tribe_url}/oauth2/auth", params=consent, trust_env=False).headers["Location"]
    assert "another consent" in world.run(*marketplace, answers=[led_to]).output
    code = parse_qs(urlsplit(led_to).query)["code"][0]
    world.done(*marketplace, answers=[code, "y"])
    first = world.secret("tribe-token")
    assert first["refresh_token"]
    world.done("connect", "--connection", CONNECTION, "--who", "tester")
    assert registered(world) == EXPECTED


def test_no_secret_is_shown(world: OperatorWorld) -> None:
    output = world.done(*CONNECT_DUTCH) + json.dumps(world.result(*CONNECT_DUTCH))
    secrets = [YUKI_KEY, TRIBE_SECRET, *world.secret("webhook")["secrets"], *world.secret("webhook")["tokens"]]
    assert not [secret for secret in secrets if secret in output]


def test_who_it_was_is_the_aws_caller(world: OperatorWorld) -> None:
    world.done(*CONNECT_DUTCH[:-2])
    (entry,) = world.journal()
    assert entry["facts"]["who"].startswith("arn:aws:")


@pytest.mark.parametrize(
    ("name", "connection_id"),
    [
        ("Café Noord B.V.", "cafe-noord-bv"),
        ("  'Zon & Zonen' ", "zon-zonen"),
        ("Administratie van een heel lange naam Holding N.V.", "administratie-van-een-heel-lange"),
        ("«»", "connection"),
        ("Connections", "connections"),
    ],
)
def test_a_connection_is_named_after_its_administration(name: str, connection_id: str) -> None:
    assert id_from_name(name) == connection_id
