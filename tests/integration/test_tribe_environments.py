"""One Tribe environment, one connection: else every invoice would be booked in two administrations (design 3)."""

import json
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from local.stack.demo_connection import ACCESS_KEY
from tests.support.world.operator_command import (
    ADMINISTRATION,
    BELGIAN_KEY,
    CONNECT,
    CONNECT_DUTCH,
    CONNECTION,
    Command,
)
from tests.support.world.tribe_company import OTHER_COMPANY, become_another_company
from tests.support.world.world import CONNECTION as DEMO
from tests.support.world.world import START, open_world
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.adapters.tribe.environment import OwnOrganisation
from tribe_yuki.admin.access import open_tribe
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.tribe_environment import check_environment
from tribe_yuki.connections.settings import ConnectionSettings

SECOND = "voorbeeld-vastgoed-bv"
CONNECT_SECOND = (
    *CONNECT,
    *("--yuki-key", ACCESS_KEY, "--administration", "Voorbeeld Vastgoed B.V.", "--tribe-connector-off"),
    *("--who", "tester"),
)
CONNECT_BELGIAN = (*CONNECT, "--yuki-key", BELGIAN_KEY, "--tribe-connector-off", "--who", "tester")


def environment_of(command: Command, connection_id: str = CONNECTION) -> str | None:
    return command.settings(connection_id).tribe_organisation_id


def store(command: Command, connection_id: str, settings: ConnectionSettings, status: Status) -> None:
    command.world.connections.save(connection_id, settings, status, START)


def forget_environment(command: Command, connection_id: str = CONNECTION, status: Status = Status.ACTIVE) -> None:
    """Have a connection be one that was made before environments were remembered."""
    settings = command.settings(connection_id).model_copy(update={"tribe_organisation_id": None})
    store(command, connection_id, settings, status)


def connect_two_as_before(command: Command, *, are_known: bool) -> None:
    """Have two connections that belong to one environment, made before that was refused."""
    command.done(*CONNECT_DUTCH)
    known = become_another_company(command.world.tribe)
    command.done(*CONNECT_SECOND)
    become_another_company(command.world.tribe, known, ADMINISTRATION)
    for connection_id in (CONNECTION, SECOND):
        update = {"tribe_organisation_id": known if are_known else None}
        store(command, connection_id, command.settings(connection_id).model_copy(update=update), Status.ACTIVE)


def checks(command: Command, connection_id: str) -> dict[str, dict[str, str]]:
    diagnosis = json.loads(command.run("doctor", "--connection", connection_id, "--json").stdout)
    return {check["check"]: check for check in diagnosis["checks"]}


class TestASecondConnection:
    """To a Tribe environment that has one."""

    @pytest.mark.parametrize("arguments", [CONNECT_SECOND, CONNECT_BELGIAN, (*CONNECT_SECOND, "--connection", "x3")])
    def test_is_refused_and_nothing_is_stored(self, command: Command, arguments: tuple[str, ...]) -> None:
        command.done(*CONNECT_DUTCH)
        names, webhooks = command.secret_names(), command.webhooks()
        text = command.refused(*arguments)
        assert f"connected as {CONNECTION} already" in text
        assert "booked in both" in text
        assert "Rules" in text
        assert list(command.world.connections.all_ids()) == [(CONNECTION, Status.CONNECTED)]
        assert (command.secret_names(), command.webhooks()) == (names, webhooks)

    def test_is_refused_also_where_the_first_one_was_made_before_environments_were_remembered(
        self, command: Command
    ) -> None:
        command.done(*CONNECT_DUTCH)
        known = environment_of(command)
        forget_environment(command)
        assert f"connected as {CONNECTION} already" in command.refused(*CONNECT_SECOND)
        assert environment_of(command) == known

    def test_is_refused_also_when_it_was_disconnected_meanwhile(self, command: Command) -> None:
        command.done(*CONNECT_DUTCH)
        command.done("disconnect", "--connection", CONNECTION, "--yes", "--who", "tester")
        command.done(*CONNECT_SECOND)
        assert f"connected as {SECOND} already" in command.refused(*CONNECT_DUTCH)

    def test_of_another_company_is_made(self, command: Command) -> None:
        command.done(*CONNECT_DUTCH)
        become_another_company(command.world.tribe)
        assert command.result(*CONNECT_SECOND)["company_in_tribe"] == "Ander B.V."
        assert environment_of(command, SECOND) == OTHER_COMPANY
        assert environment_of(command) != OTHER_COMPANY

    def test_is_made_once_the_first_one_is_disconnected(self, command: Command) -> None:
        command.done(*CONNECT_DUTCH)
        command.done("disconnect", "--connection", CONNECTION, "--yes", "--who", "tester")
        command.done(*CONNECT_SECOND)
        assert environment_of(command, SECOND) == environment_of(command)

    def test_is_not_activated_where_it_is_there_already(self, command: Command) -> None:
        connect_two_as_before(command, are_known=True)
        store(command, SECOND, command.settings(SECOND), Status.CONNECTED)
        text = command.refused("activate", "--connection", SECOND, "--yes")
        assert f"{SECOND} and {CONNECTION} belong to one Tribe environment" in text


class TestAnotherTribe:
    """For a connection that has one."""

    @pytest.mark.parametrize("status", list(Status))
    def test_is_refused_and_the_credentials_stay(self, command: Command, status: Status) -> None:
        command.done(*CONNECT_DUTCH)
        store(command, CONNECTION, command.settings(), status)
        before = command.secret("credentials"), command.webhooks(), command.settings()
        become_another_company(command.world.tribe)
        text = command.refused(*CONNECT_DUTCH)
        assert "belongs to another Tribe environment than Ander B.V." in text
        assert (command.secret("credentials"), command.webhooks(), command.settings()) == before

    def test_is_refused_also_once_it_was_disconnected(self, command: Command) -> None:
        command.done(*CONNECT_DUTCH)
        command.done("disconnect", "--connection", CONNECTION, "--yes", "--who", "tester")
        become_another_company(command.world.tribe)
        assert "another Tribe environment" in command.refused(*CONNECT_DUTCH)
        assert not command.secret_names()

    def test_of_a_consent_is_refused_and_the_former_tokens_stay(self, command: Command) -> None:
        redirect = "https://connector.example/callback"
        marketplace = (
            *("connect", "--tribe-grant", "authorization_code", "--tribe-client-id", "marketplace-client"),
            *("--tribe-client-secret", "marketplace-secret", "--redirect-uri", redirect),
            *("--yuki-key", ACCESS_KEY, "--administration", ADMINISTRATION, "--tribe-connector-off", "--who", "tester"),
        )
        command.done(*marketplace, "--tribe-code", consent(command, redirect))
        tokens = command.secret("tribe-token")
        become_another_company(command.world.tribe)
        assert "another Tribe environment" in command.refused(*marketplace, "--tribe-code", consent(command, redirect))
        assert command.secret("tribe-token") == tokens

    def test_is_told_by_doctor(self, command: Command) -> None:
        command.done(*CONNECT_DUTCH)
        become_another_company(command.world.tribe)
        check = checks(command, CONNECTION)["Tribe environment"]
        assert check["state"] == "red"
        assert "another one than this connection belongs to" in check["finding"]


class TestAConnectionOfBefore:
    """Made before environments were remembered."""

    def test_has_its_key_replaced_and_its_environment_remembered(self, command: Command) -> None:
        command.done(*CONNECT_DUTCH)
        known = environment_of(command)
        forget_environment(command)
        command.done("connect", "--connection", CONNECTION, "--yuki-key", ACCESS_KEY.upper(), "--who", "tester")
        assert environment_of(command) == known

    def test_is_remembered_by_doctor(self, command: Command) -> None:
        command.done(*CONNECT_DUTCH)
        known = environment_of(command)
        forget_environment(command)
        assert checks(command, CONNECTION)["Tribe environment"]["state"] == "green"
        assert environment_of(command) == known


def test_an_environment_that_was_not_remembered_is_the_one_that_the_stored_application_opens(exits: ExitStack) -> None:
    """Also while another application is given, which opens the Tribe of another company."""
    with open_world(exits).operator() as operator:
        record = operator.record(DEMO)
        before = replace(record, settings=record.settings.model_copy(update={"tribe_organisation_id": None}))
        operator.records.save(before, (), operator.now())
        before = operator.record(DEMO)
        with open_tribe(operator, before) as tribe:
            own = tribe.own_organisation()
        with pytest.raises(Declined, match="another Tribe environment than Ander"):
            check_environment(operator, DEMO, before, OwnOrganisation(OTHER_COMPANY, "Ander B.V."))
        assert operator.record(DEMO).settings.tribe_organisation_id == own.tribe_relation_id
        check_environment(operator, DEMO, before, own)


class TestTwoThatAreThereAlready:
    """Made before the second one was refused."""

    @pytest.mark.parametrize("are_known", [True, False])
    def test_are_told_by_doctor_and_by_status(self, command: Command, *, are_known: bool) -> None:
        connect_two_as_before(command, are_known=are_known)
        check = checks(command, SECOND)["Tribe environment"]
        assert check["state"] == "red"
        sentence = "belong to one Tribe environment: every invoice is booked in each of them"
        assert sentence in check["finding"]
        assert any(sentence in step for step in command.result("status")["next_steps"])
        assert any(sentence in step for step in command.result("status", "--connection", CONNECTION)["next_steps"])

    def test_have_their_keys_replaced_with_a_warning(self, command: Command) -> None:
        connect_two_as_before(command, are_known=True)
        result = command.result("connect", "--connection", SECOND, "--yuki-key", ACCESS_KEY.upper(), "--who", "tester")
        assert "belong to one Tribe environment" in result["next_steps"][0]
        assert command.secret("credentials", SECOND)["yuki"]["access_key"] == ACCESS_KEY.upper()

    def test_are_well_once_one_is_disconnected(self, command: Command) -> None:
        connect_two_as_before(command, are_known=True)
        command.done("disconnect", "--connection", SECOND, "--yes", "--who", "tester")
        assert checks(command, CONNECTION)["Tribe environment"]["state"] == "green"
        assert not any("environment" in step for step in command.result("status")["next_steps"])


def consent(command: Command, redirect: str) -> str:
    """Give consent as a user, and return the code."""
    application = {"client_id": "marketplace-client", "redirect_uri": redirect, "response_type": "code"}
    query = {**application, "scope": "read write offline", "state": "12345678"}
    led_to = command.world.control.get(f"{command.world.tribe_url}/oauth2/auth", params=query).headers["Location"]
    return parse_qs(urlsplit(led_to).query)["code"][0]
