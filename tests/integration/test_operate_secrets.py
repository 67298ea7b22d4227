"""The secrets that the operator makes, and the tokens of a consent that the workers renew."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.stack.demo_connection import ACCESS_KEY
from tests.support.world.moved_clock import MovedClock
from tests.support.world.operator_command import ADMINISTRATION, CONNECTION, Command
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.virtual_secrets import VirtualSecrets
from tests.support.world.workers import make_worker
from tests.support.world.world import START
from tests.support.world.world_tables import CONNECTIONS, create_tables
from tribe_yuki.adapters.aws.credentials import CredentialStore
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.leases import Leases
from tribe_yuki.adapters.aws.secrets import Secrets
from tribe_yuki.adapters.aws.tribe_tokens import TribeTokenSecret, token_document
from tribe_yuki.adapters.tribe import TribeTokens
from tribe_yuki.connections.lease import TOKEN_LEASE
from tribe_yuki.core.errors import Defect, Retryable

TOKENS = TribeTokens("access", "refresh", START, START + timedelta(hours=1))
REDIRECT = "https://connector.example/callback"


@pytest.fixture(params=["moto", "virtual"])
def secrets_manager(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Secrets Manager, empty; in moto, and in the quick one that stands in for it in worlds."""
    if request.param == "virtual":
        yield VirtualSecrets()
        return
    with mock_aws():
        yield boto3.Session("test", "test", region_name="eu-west-1").client("secretsmanager")


def code_of(call: Callable[..., Any], **request: Any) -> str:
    """Return the code that AWS refuses a call with."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    return str(raised.value.response["Error"]["Code"])


def test_a_secret_is_made_replaced_and_removed_at_once(secrets_manager: Any) -> None:
    writer = Secrets(secrets_manager, "local", "demo")
    assert writer.read("webhook") is None
    for value in ({"tokens": ["a"]}, {"tokens": ["b"]}):
        writer.write("webhook", value)
        assert writer.read("webhook") == value
    for _ in range(2):
        writer.delete("webhook")
        assert writer.read("webhook") is None
    assert secrets_manager.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []


def test_a_secret_that_somebody_marked_as_deleted_comes_back(secrets_manager: Any) -> None:
    writer = Secrets(secrets_manager, "local", "demo")
    writer.write("webhook", {"tokens": ["a"]})
    secrets_manager.delete_secret(SecretId="local/demo/webhook")
    assert writer.read("webhook") is None
    writer.write("webhook", {"tokens": ["b"]})
    assert writer.read("webhook") == {"tokens": ["b"]}


def test_what_is_not_there_is_refused_by_the_same_code(secrets_manager: Any) -> None:
    name = "local/demo/webhook"
    for call in (secrets_manager.get_secret_value, secrets_manager.describe_secret, secrets_manager.restore_secret):
        assert code_of(call, SecretId=name) == "ResourceNotFoundException"
    assert code_of(secrets_manager.put_secret_value, SecretId=name, SecretString="a") == "ResourceNotFoundException"
    assert code_of(secrets_manager.delete_secret, SecretId=name) == "ResourceNotFoundException"
    with pytest.raises(secrets_manager.exceptions.ResourceNotFoundException):
        secrets_manager.describe_secret(SecretId=name)


def test_what_is_there_or_marked_as_deleted_is_refused_by_the_same_code(secrets_manager: Any) -> None:
    name = "local/demo/webhook"
    secrets_manager.create_secret(Name=name, SecretString="a")
    assert code_of(secrets_manager.create_secret, Name=name, SecretString="b") == "ResourceExistsException"
    secrets_manager.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    assert code_of(secrets_manager.get_secret_value, SecretId=name) == "InvalidRequestException"
    assert secrets_manager.describe_secret(SecretId=name)["DeletedDate"] is not None
    assert secrets_manager.list_secrets()["SecretList"] == []
    assert [one["Name"] for one in secrets_manager.list_secrets(IncludePlannedDeletion=True)["SecretList"]] == [name]
    secrets_manager.restore_secret(SecretId=name)
    assert secrets_manager.get_secret_value(SecretId=name)["SecretString"] == "a"
    assert "DeletedDate" not in secrets_manager.describe_secret(SecretId=name)


def test_a_secret_that_is_no_object_is_refused_without_being_quoted(secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name="local/demo/webhook", SecretString="canary")
    with pytest.raises(Defect) as raised:
        Secrets(secrets_manager, "local", "demo").read("webhook")
    assert "canary" not in str(raised.value)


def test_new_credentials_hold_as_soon_as_the_connection_is_saved(secrets_manager: Any) -> None:
    writer, store = Secrets(secrets_manager, "local", "demo"), CredentialStore(secrets_manager, "local", lambda: START)
    tribe = {"grant": "client_credentials", "client_id": "c", "client_secret": "s", "scope": "read write"}

    def connect(key: str) -> None:
        writer.write("credentials", {"yuki": {"access_key": key}, "tribe": tribe})

    def key(saved_at: str) -> str:
        return store.get("demo", saved_at).yuki.access_key.get_secret_value()

    connect("former")
    assert key("09:00") == "former"
    connect("new")
    assert key("09:00") == "former"  # remembered, as long as nobody saved the connection
    assert key("09:01") == "new"


@pytest.fixture
def stores(secrets_manager: Any) -> list[TribeTokenSecret[TribeTokens]]:
    """What two processes have."""
    dynamodb = VirtualDynamoDb()
    create_tables(dynamodb)
    leases = Leases(DynamoDb(dynamodb), CONNECTIONS, "demo")  # type: ignore[arg-type]
    return [TribeTokenSecret(secrets_manager, leases, "local", "demo", TribeTokens) for _ in range(2)]


def test_one_process_renews_and_the_other_reads(stores: Any) -> None:
    ours, theirs = stores
    assert ours.read() is None
    Secrets(ours.client, "local", "demo").write("tribe-token", token_document(TOKENS))
    assert (ours.lease(START), theirs.lease(START)) == (True, False)
    renewed = TribeTokens("access-2", "refresh-2", START, START + timedelta(hours=2))
    ours.write(renewed)
    assert theirs.read() == renewed
    assert theirs.lease(START)


def test_the_lease_of_a_process_that_died_ends_by_itself(stores: Any) -> None:
    ours, theirs = stores
    assert ours.lease(START)
    assert not theirs.lease(START + TOKEN_LEASE - timedelta(seconds=1))
    assert theirs.lease(START + TOKEN_LEASE)
    ours.release()
    assert not ours.lease(START + TOKEN_LEASE)


def test_tokens_that_cannot_be_read_or_stored_say_so(stores: Any) -> None:
    store, _ = stores
    with pytest.raises(Retryable):
        store.write(TOKENS)  # nobody connected: there is no secret to replace
    Secrets(store.client, "local", "demo").write("tribe-token", {"access_token": "canary"})
    with pytest.raises(Defect) as raised:
        store.read()
    assert "canary" not in str(raised.value)


def test_a_worker_renews_the_tokens_of_a_consent_and_stores_them(command: Command, exits: ExitStack) -> None:
    world = command.world
    query = {"client_id": "marketplace-client", "redirect_uri": REDIRECT, "response_type": "code"}
    consent = {**query, "scope": "read write offline", "state": "12345678"}
    led_to = world.control.get(f"{world.tribe_url}/oauth2/auth", params=consent).headers["Location"]
    command.done(
        *("connect", "--tribe-grant", "authorization_code", "--tribe-client-id", "marketplace-client"),
        *("--tribe-client-secret", "marketplace-secret", "--redirect-uri", REDIRECT),
        *("--tribe-code", parse_qs(urlsplit(led_to).query)["code"][0]),
        *("--yuki-key", ACCESS_KEY, "--administration", ADMINISTRATION, "--who", "tester", "--json"),
    )
    first = command.secret("tribe-token")
    clock = MovedClock(START + timedelta(hours=2))
    world.tribe.clock.set(clock.instant)
    worker = make_worker(
        "contact_push",
        clock,
        world.db,
        world.sqs,
        world.secrets,
        world.tribe_url,
        world.yuki_url,
    )
    exits.callback(worker.close)
    tribe = worker._tribe(CONNECTION, worker.credentials.get(CONNECTION, ""), command.settings())
    assert tribe.own_organisation().name == ADMINISTRATION
    assert command.secret("tribe-token")["refresh_token"] != first["refresh_token"]
