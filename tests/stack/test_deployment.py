"""What the template became on the running stack."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

# A relation that Tribe does not know, so that nothing comes of it.
BODY = json.dumps({"entityId": "00000000-0000-4000-8000-00000000dead"}).encode()


@pytest.fixture
def post(stack: Any) -> Iterator[Callable[..., httpx.Response]]:
    def send(path: str, *, connection_id: str = "demo", **headers: str) -> httpx.Response:
        signed = base64.b64encode(hmac.digest(stack["webhook_secret"].encode(), BODY, hashlib.sha512)).decode()
        right = {stack["signature_header"]: signed, stack["token_header"]: stack["webhook_token"]}
        address = f"{stack['webhook_base']}/{connection_id}/{path}"
        return client.post(address, content=BODY, headers={**right, **headers})

    with httpx.Client(trust_env=False, timeout=30) as client:
        yield send


@pytest.mark.parametrize("path", ["contacts", "invoices"])
def test_a_signed_webhook_is_accepted_on_both_routes(post: Any, path: str) -> None:
    assert post(path).status_code == 202


def test_a_webhook_for_a_connection_that_does_not_exist_is_refused(post: Any) -> None:
    assert post("contacts", connection_id="nobody").status_code == 401


def test_a_webhook_with_a_wrong_token_is_refused(stack: Any, post: Any) -> None:
    assert post("contacts", **{stack["token_header"]: "wrong"}).status_code == 401


def test_there_are_no_other_routes(post: Any) -> None:
    assert post("orders").status_code == 404


def test_a_queued_webhook_reaches_the_function_behind_the_queue(post: Any, wait_for: Any, logged: Any) -> None:
    post("contacts")
    wait_for(lambda: "TribeCalls" in logged("ContactPush"))


@pytest.mark.parametrize("table", ["ConnectionsTableName", "JournalTableName"])
def test_what_has_expired_goes(stack: Any, aws: Any, table: str) -> None:
    described = aws("dynamodb").describe_time_to_live(TableName=stack["outputs"][table])["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_the_functions_run_the_packages_of_the_layer(aws: Any, resources: Any) -> None:
    layers = aws("lambda").get_function_configuration(FunctionName=resources["TribeWebhookFunction"])["Layers"]
    names = [layer["Arn"].split(":")[6] for layer in layers]
    assert names == ["DependenciesLayer", "CommonLayer"]
