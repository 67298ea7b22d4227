"""However a call fails on its way, the client makes the right error of it and gives nothing away."""

import logging
import traceback
from datetime import timedelta

import pytest

from simulators.shared import Request, Response, SimulatorServer, json_response
from tests.support import details
from tests.support.faults.protections import Protection, without
from tests.support.outside.tribe_scripted_server import (
    CREATES,
    READS,
    REPEATABLE_WRITES,
    ScriptedTribe,
    connected,
    guid,
    html,
    listing,
    ok,
    tribe,
)
from tribe_yuki.adapters.tribe import Refused
from tribe_yuki.contacts.model import ContactKind, RoleKind
from tribe_yuki.core.errors import (
    ConnectorError,
    Defect,
    Held,
    OutcomeUnknown,
    RateLimited,
    Retryable,
)
from tribe_yuki.core.holds import HoldReason

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
        with details.raises(Held, saying=r"no right to (read|write)") as caught:
            (READS | REPEATABLE_WRITES | CREATES)[name](client)
        assert caught.value.reason is HoldReason.TRIBE_CONSENT_NEEDED


# --- pages of proxies, and answers that are none ----------------------------------------------------------------------

PAGE = Response(200, b"<!DOCTYPE html><title>Onderhoud</title>canary", "text/html; charset=utf-8")
WORDS = json_response({"error": {"code": None, "message": "canary"}}, 200)
# A document may look like anything: who attaches it looks into it.
WITHOUT_DOCUMENTS = [name for name in READS if name != "read_document"]


@pytest.mark.parametrize("answer", [PAGE, Response(200, b"\n <html>canary", "application/json")])
@pytest.mark.parametrize("name", [*WITHOUT_DOCUMENTS, *REPEATABLE_WRITES])
def test_a_page_is_no_success(name: str, answer: Response) -> None:
    with tribe(lambda _: answer) as (_, client), pytest.raises(Retryable) as caught:
        (READS | REPEATABLE_WRITES)[name](client)
    assert caught.value.code == "tribe_web_page"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("answer", [PAGE, WORDS, json_response({"error": "server_error"}, 201)])
@pytest.mark.parametrize("name", CREATES)
def test_after_a_page_or_an_error_a_creation_is_looked_up_before_it_is_repeated(name: str, answer: Response) -> None:
    with tribe(lambda _: answer) as (_, client), pytest.raises(OutcomeUnknown):
        CREATES[name](client)


@pytest.mark.parametrize("name", [*WITHOUT_DOCUMENTS, *REPEATABLE_WRITES])
def test_an_error_with_200_is_no_success(name: str) -> None:
    with tribe(lambda _: WORDS) as (_, client), pytest.raises((Refused, Held)) as caught:
        (READS | REPEATABLE_WRITES)[name](client)
    assert "canary" not in str(caught.value)
    assert getattr(caught.value, "reason", None) is not HoldReason.TRIBE_CONSENT_NEEDED


@pytest.mark.parametrize("answer", [Response(200, b""), Response(204, b""), Response(200, b"OK", "text/plain")])
@pytest.mark.parametrize("name", REPEATABLE_WRITES)
def test_an_empty_answer_to_a_change_is_one(name: str, answer: Response) -> None:
    with tribe(lambda _: answer) as (_, client):
        REPEATABLE_WRITES[name](client)


def test_taken_for_a_success_a_page_would_be_a_change_that_nobody_made() -> None:
    with without(Protection.SUCCESS_WITH_A_BODY), tribe(lambda _: PAGE) as (_, client):
        for write in REPEATABLE_WRITES.values():
            write(client)


@pytest.mark.parametrize("status", [400, 402, 403, 404, 406, 409, 414, 451])
@pytest.mark.parametrize("name", [*READS, *REPEATABLE_WRITES])
def test_what_a_proxy_refuses_waits_for_nobody(name: str, status: int) -> None:
    with tribe(lambda _: html(status)) as (_, client), pytest.raises(Retryable) as caught:
        (READS | REPEATABLE_WRITES)[name](client)
    assert caught.value.code == "tribe_web_page"


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("name", CREATES)
def test_what_a_proxy_refuses_to_create_may_exist(name: str, status: int) -> None:
    with tribe(lambda _: html(status)) as (_, client), pytest.raises(OutcomeUnknown):
        CREATES[name](client)


def test_a_page_with_401_renews_the_token_once_and_asks_nobody_for_consent() -> None:
    with tribe(lambda _: html(401)) as (scripted, client), pytest.raises(Retryable):
        client.resolve(guid(1))
    assert len(scripted.api_requests) == 2


@pytest.mark.parametrize("status", [402, 405, 406, 413, 414, 415, 431, 451])
@pytest.mark.parametrize("name", ["read_invoices", "sent_invoices"])
def test_only_tribe_itself_says_that_the_invoicing_module_is_off(name: str, status: int) -> None:
    with (
        tribe(lambda _: json_response({"error": {"message": "canary"}}, status)) as (_, client),
        pytest.raises(Refused),
    ):
        READS[name](client)


@pytest.mark.parametrize("refusal", [html(400), html(403), json_response({"error": {"message": "x"}}, 451)])
def test_attachments_that_were_not_shown_are_not_missing(refusal: Response) -> None:
    sent = {"ID": guid(1), "Phase": {"ID": guid(2), "Code": "Sent"}}

    def answer(request: Request) -> Response:
        return refusal if request.path.endswith("/Attachment") else listing(sent)

    with tribe(answer) as (_, client), pytest.raises((Retryable, Refused)):
        client.read_invoices([guid(1)])


def test_403_of_the_limit_asks_for_a_pause() -> None:
    blocked = json_response({"error": {"code": None, "message": "Temporary block: rate limit exceeded"}}, 403)
    with tribe(lambda _: blocked) as (_, client), pytest.raises(RateLimited):
        client.resolve(guid(1))


@pytest.mark.parametrize("answer", [json_response({}), Response(200, b""), Response(204, b""), Response(200, b'"OK"')])
def test_a_role_that_no_answer_names_is_looked_for(answer: Response) -> None:
    relation, own = guid(1), {"ID": guid(2), "Name": "Wij", "Relation": {"ID": guid(3)}}
    roles: list[dict[str, object]] = []

    def said(request: Request) -> Response:
        if request.method == "POST":
            return answer
        return listing(own) if request.path.endswith("_Identity") else listing(*roles)

    with tribe(said) as (scripted, client):
        with pytest.raises(OutcomeUnknown):
            client.add_role(relation, ContactKind.ORGANISATION, RoleKind.CUSTOMER)
        assert [request.method for request in scripted.api_requests][-2:] == ["POST", "GET"]


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
