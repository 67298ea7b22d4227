"""However a call fails on its way, the client makes the right error of it and gives nothing away."""

import logging
import traceback
from datetime import timedelta

import pytest

from local.simulator import Response, SimulatorServer, json_response
from tests.support.outside.tribe_scripted_server import (
    CREATES,
    READS,
    REPEATABLE_WRITES,
    ScriptedTribe,
    connected,
    guid,
    listing,
    ok,
    tribe,
)
from tribe_yuki.domain.errors import (
    ConnectorError,
    Defect,
    Held,
    OutcomeUnknown,
    RateLimited,
    Retryable,
)
from tribe_yuki.domain.holds import HoldReason

TIMEOUTS = ["timeout_before_commit", "timeout_after_commit"]
QUICK_FAULTS = ["unavailable", "reset_connection"]
# Each timeout costs its length, so not every call waits for one.
SOME = ["resolve", "read_document", "write_invoice_field"]
REPEATABLE = [
    *((fault, name) for fault in QUICK_FAULTS for name in [*READS, *REPEATABLE_WRITES]),
    *((fault, name) for fault in TIMEOUTS for name in SOME),
]


@pytest.mark.parametrize(("fault", "name"), REPEATABLE)
def test_what_may_be_repeated_is_retryable(fault: str, name: str) -> None:
    with tribe(read_timeout_seconds=0.5) as (scripted, client):
        client.resolve(guid(9))  # have the token
        scripted.faults.arm(fault, 1)
        with pytest.raises(Retryable) as caught:
            (READS | REPEATABLE_WRITES)[name](client)
        assert caught.value.code == "tribe_unavailable"


@pytest.mark.parametrize("fault", [*QUICK_FAULTS, *TIMEOUTS])
@pytest.mark.parametrize("name", CREATES)
def test_a_creation_without_a_clear_answer_has_an_unknown_outcome(fault: str, name: str) -> None:
    with tribe(read_timeout_seconds=0.5) as (scripted, client):
        client.resolve(guid(9))
        scripted.faults.arm(fault, 1)
        with pytest.raises(OutcomeUnknown):
            CREATES[name](client)


@pytest.mark.parametrize("name", [*READS, *REPEATABLE_WRITES, *CREATES])
def test_what_never_left_may_always_be_repeated(name: str) -> None:
    with SimulatorServer(ScriptedTribe(ok)) as server:
        unused = server.url
    with (
        SimulatorServer(ScriptedTribe(ok)) as server,
        connected(server.url, api_url=unused) as client,
        pytest.raises(Retryable) as caught,
    ):
        (READS | REPEATABLE_WRITES | CREATES)[name](client)
    assert caught.value.code == "tribe_unreachable"


@pytest.mark.parametrize("name", [*READS, *REPEATABLE_WRITES, *CREATES])
def test_429_asks_for_a_pause_of_a_minute_at_least(name: str) -> None:
    with tribe(lambda _: Response(429, b"canary", headers={"Retry-After": "90"})) as (_, client):
        with pytest.raises(RateLimited) as caught:
            (READS | REPEATABLE_WRITES | CREATES)[name](client)
        assert caught.value.retry_after == timedelta(seconds=90)


@pytest.mark.parametrize("name", [*READS, *REPEATABLE_WRITES, *CREATES])
def test_403_is_a_hold_that_names_the_right(name: str) -> None:
    with tribe(lambda _: json_response({"error": {"message": "canary"}}, 403)) as (_, client):
        with pytest.raises(Held, match=r"no right to (read|write)") as caught:
            (READS | REPEATABLE_WRITES | CREATES)[name](client)
        assert caught.value.reason is HoldReason.TRIBE_CONSENT_NEEDED


@pytest.mark.parametrize("name", [*READS, *REPEATABLE_WRITES, *CREATES])
def test_redirects_are_not_followed(name: str) -> None:
    with tribe(lambda _: Response(302, headers={"Location": "/elsewhere"})) as (scripted, client):
        with pytest.raises(Defect):
            (READS | REPEATABLE_WRITES | CREATES)[name](client)
        assert not any(request.path == "/elsewhere" for request in scripted.requests)


@pytest.mark.parametrize("name", [*READS, *REPEATABLE_WRITES, *CREATES])
def test_nothing_of_a_failing_call_reaches_logs_or_errors(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = json_response({"error": {"message": "canary words"}}, 500)
    with tribe(lambda _: answer) as (_, client), pytest.raises(ConnectorError) as caught:
        (READS | REPEATABLE_WRITES | CREATES)[name](client)
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "canary" not in shown
    assert "odata" not in str(caught.value)
    assert guid(1) not in caplog.text


@pytest.mark.parametrize("address", ["http", "connection"])
def test_queries_are_not_logged_even_at_debug(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with tribe(lambda _: listing()) as (_, client):
        client.find_relations_by_debtor_number(f"canary-{address}")
    assert "canary" not in caplog.text


def test_the_observer_hears_method_and_set_of_each_call() -> None:
    heard: list[str] = []
    scripted = ScriptedTribe(lambda _: json_response({}, 404))
    with SimulatorServer(scripted) as server, connected(server.url, observer=heard.append) as client:
        assert client.read_relation(guid(1)) is None
    assert heard == ["POST oauth2/token", "GET Relation_Organization", "GET Relation_Person"]
