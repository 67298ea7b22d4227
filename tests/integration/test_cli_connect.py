"""`tribe-yuki connect`, against both simulators."""

import json
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest

from local.stack.demo_connection import ACCESS_KEY, TRIBE_CLIENT_SECRET
from tests.support.world.operator_command import (
    ADMINISTRATION,
    BELGIAN_KEY,
    CONNECT,
    CONNECT_DUTCH,
    CONNECTION,
    Command,
)
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.setup.connect import id_from_name
from tribe_yuki.webhooks.subscriptions import ROUTES

# Secrets as Tribe's page shows them.
COPIED = ("copied-from-the-page-1", "copied-from-the-page-2")


def expected(command: Command) -> Counter[tuple[str, str]]:
    """Return a webhook of each kind."""
    return Counter((entity_type, f"{command.webhook_address}/{route}") for entity_type, route in ROUTES.items())


def registered(command: Command) -> Counter[tuple[str, str]]:
    return Counter((one["entityType"], one["webhookUrl"]) for one in command.webhooks())


def test_connecting_three_times_leaves_exactly_one_webhook_of_each_kind(command: Command) -> None:
    first = command.result(*CONNECT_DUTCH)
    assert (first["connection"], first["status"], first["is_new"]) == (CONNECTION, "connected", True)
    assert first["webhooks"] == {"made": len(ROUTES), "kept": 0, "deleted": 0, "without_secret": []}
    assert registered(command) == expected(command)
    for _ in range(2):
        again = command.result(*CONNECT_DUTCH)
        assert again["webhooks"] == {"made": 0, "kept": len(ROUTES), "deleted": 0, "without_secret": []}
        assert registered(command) == expected(command)
    assert sorted(command.secret("webhook")["secrets"]) == sorted(one["secret"] for one in command.webhooks())


def test_every_webhook_carries_the_stored_token(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    (token,) = command.secret("webhook")["tokens"]
    assert {json.dumps(one["headers"]) for one in command.webhooks()} == {
        json.dumps([{"name": "x-tribe-yuki-token", "value": token}])
    }


def test_doubles_go_and_the_webhooks_of_others_stay(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    ours, theirs = f"{command.webhook_address}/invoices", "https://other.example/hook"
    command.register_webhook("Activity.Invoice", ours)
    command.register_webhook("ProductLine", ours)
    command.register_webhook("Activity.Invoice", theirs)
    command.register_webhook("Activity.Invoice", f"{command.webhook_address}-2/invoices")
    result = command.result(*CONNECT_DUTCH)
    assert result["webhooks"]["deleted"] == 2
    assert registered(command) == expected(command) + Counter(
        [("Activity.Invoice", theirs), ("Activity.Invoice", f"{command.webhook_address}-2/invoices")]
    )


def test_a_lost_webhook_secret_makes_new_webhooks(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    former = {one["id"] for one in command.webhooks()}
    command.world.secrets.delete_secret(SecretId=f"local/{CONNECTION}/webhook", ForceDeleteWithoutRecovery=True)
    command.done(*CONNECT_DUTCH)
    assert registered(command) == expected(command)
    assert former.isdisjoint(one["id"] for one in command.webhooks())


@pytest.mark.parametrize("text", ['{"secrets": ["a1b2', "[]", ""])
def test_a_damaged_webhook_secret_is_replaced(command: Command, text: str) -> None:
    command.done(*CONNECT_DUTCH)
    command.write_secret("webhook", text or " ")
    command.done("connect", "--connection", CONNECTION)
    carried = {webhook["id"] for webhook in command.webhooks()}
    stored = command.secret("webhook")
    assert set(stored["registered"]) == carried
    assert len(carried) == len(ROUTES)
    assert stored["secrets"]
    assert stored["tokens"]


def test_where_tribe_does_not_tell_secrets_the_operator_gives_them(command: Command) -> None:
    command.world.switch_tribe(secret_in_answer=False)
    result = command.result(*CONNECT_DUTCH)
    assert len(result["webhooks"]["without_secret"]) == len(ROUTES)
    assert "--webhook-secret" in result["next_steps"][0]
    ids = {one["id"] for one in command.webhooks()}
    result = command.result(*CONNECT_DUTCH, "--webhook-secret", COPIED[0], "--webhook-secret", COPIED[1])
    assert result["webhooks"] == {"made": 0, "kept": len(ROUTES), "deleted": 0, "without_secret": []}
    assert {one["id"] for one in command.webhooks()} == ids
    assert command.secret("webhook")["secrets"] == [*COPIED]


def test_webhook_secrets_are_read_from_the_input(command: Command) -> None:
    command.world.switch_tribe(secret_in_answer=False)
    output = command.done(
        *(*CONNECT_DUTCH, "--webhook-secret", "-", "--webhook-secret", "-"), answers=[COPIED[0], f"  {COPIED[1]} "]
    )
    assert command.secret("webhook")["secrets"] == [*COPIED]
    assert not [secret for secret in COPIED if secret in output]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("short", "fewer than 16"),
        ("fifteen-letters", "fewer than 16"),
        (" fifteen-letters ", "fewer than 16"),
        ("a-copied-secret-\udcff", "no text"),
        ("\u200b" * 20, "nobody sees"),
        ("\0" * 16, "nobody sees"),
        ("\ufeffa-copied-secret-of-a-page", "nobody sees"),
        ("\x1b[31ma-copied-secret", "nobody sees"),
    ],
)
def test_what_is_no_webhook_secret_is_refused_before_anything_is_stored(
    command: Command, given: str, word: str
) -> None:
    text = command.refused(*CONNECT_DUTCH, "--webhook-secret", COPIED[0], "--webhook-secret", given)
    assert word in text
    assert given.strip() not in text or not given.strip()
    assert command.secret_names() == set()


def test_nothing_on_the_input_is_no_webhook_secret(command: Command) -> None:
    result = command.run(*CONNECT_DUTCH, "--webhook-secret", "-", answers=[""])
    assert "--webhook-secret" in result.output
    assert command.secret_names() == set()


def test_the_key_that_a_former_version_made_of_a_dash_goes(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    stored = command.secret("webhook")
    command.write_secret("webhook", {**stored, "secrets": ["-", "", *stored["secrets"]]})
    checks = json.loads(command.run("doctor", "--json").stdout)["checks"]
    (check,) = (one for one in checks if one["check"] == "webhooks")
    assert (check["state"], check["finding"]) == ("red", "a stored secret cannot be used")
    command.done(*CONNECT_DUTCH)
    assert command.secret("webhook")["secrets"] == stored["secrets"]


def test_the_secret_of_tribes_application_is_replaced_alone(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    stored = command.secret("credentials")
    command.write_secret("credentials", {**stored, "tribe": {**stored["tribe"], "client_secret": "the former one"}})
    again = ("connect", "--connection", CONNECTION, "--tribe-client-secret", "-", "--who", "tester")
    assert "client id or secret" in command.run(*again, answers=["a wrong one"]).output
    command.done(*again, answers=[TRIBE_CLIENT_SECRET])
    assert command.secret("credentials") == stored


def test_the_connection_is_stored_and_does_nothing_yet(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    settings = command.settings()
    assert command.world.connections.status(CONNECTION) is Status.CONNECTED
    assert (settings.yuki_region, settings.country, settings.yuki_administration_name) == ("nl", "NL", ADMINISTRATION)
    assert settings.administrations_in_domain == 2
    assert settings.tribe_connector_confirmed_off is not None
    (entry,) = command.journal()
    assert (entry["code"], entry["facts"]["who"]) == ("connected", "tester")


def test_a_new_key_replaces_the_old_one_and_keeps_everything_else(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    before, settings = command.secret("credentials"), command.settings()
    command.done("connect", "--connection", CONNECTION, "--yuki-key", ACCESS_KEY.upper(), "--who", "tester")
    after = command.secret("credentials")
    assert after["yuki"]["access_key"] == ACCESS_KEY.upper()
    assert (after["hmac_keys"], after["tribe"]) == (before["hmac_keys"], before["tribe"])
    assert command.settings() == settings
    assert [entry["code"] for entry in command.journal()] == ["connected", "credentials_replaced"]


def test_an_active_connection_stays_active(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    command.world.connections.save(CONNECTION, command.settings(), Status.ACTIVE, command.settings().activated_at)
    assert command.result(*CONNECT_DUTCH)["status"] == "active"
    assert command.world.connections.status(CONNECTION) is Status.ACTIVE


def test_a_belgian_key_is_found_to_be_belgian_by_a_call_for_data(command: Command) -> None:
    result = command.result(*CONNECT, "--yuki-key", BELGIAN_KEY)
    assert (result["region"], result["connection"]) == ("be", "voorbeeld-belgie-bv")
    settings = command.settings("voorbeeld-belgie-bv")
    assert (settings.country, settings.peppol, settings.tribe_connector_confirmed_off) == ("BE", None, None)
    assert any("connector" in step for step in result["next_steps"])


@pytest.mark.parametrize("wrong_region", ["data_calls_fault", "refuse_key"])
def test_either_way_of_refusing_a_key_of_the_other_country_is_understood(command: Command, wrong_region: str) -> None:
    command.world.switch_yuki(wrong_region=wrong_region)
    assert command.result(*CONNECT, "--yuki-key", BELGIAN_KEY)["region"] == "be"


def test_the_operator_chooses_by_name_and_confirms(command: Command) -> None:
    output = command.done(
        "connect", "--tribe-client-id", "demo-client", "--who", "x", answers=[TRIBE_CLIENT_SECRET, ACCESS_KEY, "2", "y"]
    )
    assert "Voorbeeld Vastgoed B.V." in output
    assert ACCESS_KEY not in output
    assert TRIBE_CLIENT_SECRET not in output
    settings = command.settings("voorbeeld-vastgoed-bv")
    assert settings.tribe_connector_confirmed_off is not None


def test_a_script_must_name_the_administration(command: Command) -> None:
    assert "Voorbeeld Vastgoed B.V." in command.refused(
        *CONNECT, "--yuki-key", ACCESS_KEY, "--administration", "Nergens B.V."
    )
    assert command.secret_names() == set()


def test_a_wrong_yuki_key_changes_nothing_and_says_what_to_do(command: Command) -> None:
    text = command.refused(*CONNECT, "--yuki-key", "11111111-aaaa-bbbb-cccc-000000000001")
    assert "Yuki does not accept the API key" in text
    assert "Copy it whole" in text
    assert "no longer" not in text
    assert command.secret_names() == set()
    assert command.webhooks() == []


def test_a_wrong_tribe_secret_changes_nothing(command: Command) -> None:
    text = command.refused(
        "connect", "--tribe-client-id", "demo-client", "--tribe-client-secret", "no", "--yuki-key", ACCESS_KEY
    )
    assert "Tribe does not accept the application" in text
    assert "Check its client id and secret" in text
    assert "no longer" not in text
    assert command.secret_names() == set()


def test_an_administration_is_connected_once_only(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    assert f"connected as {CONNECTION} already" in command.refused(*CONNECT_DUTCH, "--connection", "another")


def test_a_connection_keeps_its_administration(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    arguments = (*CONNECT, "--yuki-key", ACCESS_KEY, "--administration", "Voorbeeld Vastgoed B.V.")
    assert "another administration" in command.refused(*arguments, "--connection", CONNECTION)


def test_the_name_of_the_list_of_connections_is_no_id_of_one(command: Command) -> None:
    assert "choose another" in command.refused(*CONNECT_DUTCH, "--connection", "connections")
    for administration in command.world.yuki.books.administrations.values():
        administration.name = "Connections"
    command.done(*CONNECT, "--yuki-key", ACCESS_KEY, "--tribe-connector-off", answers=["1"])
    assert command.settings("connections-2").yuki_administration_name == "Connections"


def test_a_consent_is_asked_for_and_its_tokens_stored(command: Command) -> None:
    redirect = "https://connector.example/callback"
    marketplace = (
        *("connect", "--tribe-grant", "authorization_code", "--tribe-client-id", "marketplace-client"),
        *("--tribe-client-secret", "marketplace-secret", "--redirect-uri", redirect),
        *("--yuki-key", ACCESS_KEY, "--administration", ADMINISTRATION, "--who", "tester"),
    )
    query = {"client_id": "marketplace-client", "redirect_uri": redirect, "response_type": "code"}
    consent = {**query, "scope": "read write offline", "state": "12345678"}
    led_to = command.world.control.get(f"{command.world.tribe_url}/oauth2/auth", params=consent).headers["Location"]
    code = parse_qs(urlsplit(led_to).query)["code"][0]
    assert "another consent" in command.run(*marketplace, answers=[led_to]).output
    assert "another consent" in command.run(*marketplace, answers=[f"{redirect}?code={code}"]).output
    assert "whole address" in command.run(*marketplace, answers=[code]).output
    assert "code alone" in command.run(*marketplace, "--tribe-code", led_to).output
    command.done(*marketplace, "--tribe-code", code, answers=["y"])
    first = command.secret("tribe-token")
    assert first["refresh_token"]
    command.done("connect", "--connection", CONNECTION, "--who", "tester")
    assert registered(command) == expected(command)


def test_no_secret_is_shown(command: Command) -> None:
    output = command.done(*CONNECT_DUTCH) + json.dumps(command.result(*CONNECT_DUTCH))
    secrets = [
        ACCESS_KEY,
        TRIBE_CLIENT_SECRET,
        *command.secret("webhook")["secrets"],
        *command.secret("webhook")["tokens"],
    ]
    assert not [secret for secret in secrets if secret in output]


def test_who_it_was_is_the_aws_caller(command: Command) -> None:
    command.done(*CONNECT_DUTCH[:-2])
    (entry,) = command.journal()
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
