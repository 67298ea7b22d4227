"""Tokens for client credentials: asked for once, renewed in time, and refusals say what to repair."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from simulators.shared import Request, Response, SimulatorServer, json_response
from tests.support.details import said
from tests.support.outside.tribe_scripted_server import (
    CLIENT_SECRET,
    MovableClock,
    ScriptedTribe,
    connected,
    guid,
    html,
    ok,
    tribe,
)
from tribe_yuki.core.errors import (
    ConnectorError,
    CredentialsRefused,
    Defect,
    RateLimited,
    Retryable,
)
from tribe_yuki.core.holds import HoldReason


def test_the_token_request_is_a_form_with_the_secret_in_its_body_alone() -> None:
    with tribe(scope="read write") as (scripted, client):
        client.resolve(guid(1))
        client.resolve(guid(2))
    asked = [request for request in scripted.requests if request.path == "/oauth2/token"]
    assert len(asked) == 1  # one token for the process
    assert asked[0].method == "POST"
    assert asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in asked[0].headers
    assert asked[0].query == ""
    assert asked[0].body.decode() == (
        f"grant_type=client_credentials&client_id=app-1&client_secret={CLIENT_SECRET}&scope=read%20write"
    )
    assert {request.headers["authorization"] for request in scripted.api_requests} == {"Bearer canary-access-1"}
    assert not any("canary" in request.query for request in scripted.requests)


SCOPE_DETAIL = "scope not allowed for this application: setting tribe.scope"


@pytest.mark.parametrize(
    ("status", "body", "detail"),
    [
        (400, {"error": "invalid_grant", "error_description": "canary text"}, SCOPE_DETAIL),
        (400, {"error": "invalid_scope"}, SCOPE_DETAIL),
        (
            401,
            {"error": "invalid_client", "error_description": "canary text"},
            "the client id or secret is not accepted",
        ),
        (403, {}, "the client id or secret is not accepted"),
        (
            400,
            {"error": "unauthorized_client"},
            "the application is not registered for this way of signing in: setting tribe.grant",
        ),
    ],
)
def test_a_refused_application_says_what_to_repair(status: int, body: dict[str, str], detail: str) -> None:
    with tribe(token=lambda _: json_response(body, status)) as (scripted, client):
        with pytest.raises(CredentialsRefused) as caught:
            client.resolve(guid(1))
        assert (caught.value.reason, said(caught.value.details)) == (HoldReason.TRIBE_CONSENT_NEEDED, detail)
        assert scripted.api_requests == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_response({"error": "temporarily_unavailable"}, 400), Retryable),
        (json_response({}, 500), Retryable),
        (html(503), Retryable),
        (html(429), RateLimited),
        (html(404), Retryable),
        (html(400), Retryable),
        (html(401), Retryable),
        (html(403), Retryable),
        (Response(403, b"Forbidden", "text/plain"), Defect),
        (Response(200, b"<?xml version='1.0'?><canary/>", "application/json"), Retryable),
        (json_response({"error": "canary unknown"}, 400), Defect),
        (json_response({"expires_in": 3599}), Defect),
        (json_response({"access_token": "two\r\nlines"}), Defect),
        (json_response([]), Defect),
        (html(200), Retryable),
    ],
)
def test_other_trouble_with_tokens(answer: Response, expected: type[ConnectorError]) -> None:
    with tribe(token=lambda _: answer) as (_, client):
        with pytest.raises(expected) as caught:
            client.resolve(guid(1))
        assert type(caught.value) is expected
        assert "canary" not in str(caught.value)


def test_a_refused_token_is_renewed_once_and_the_call_repeated() -> None:
    tokens = iter(["canary-access-1", "canary-access-2", "canary-access-3"])

    def answer(request: Request) -> Response:
        is_new = request.headers["authorization"] == "Bearer canary-access-2"
        return json_response({"_Type": "Relation.Person"}) if is_new else json_response({}, 401)

    with tribe(answer, lambda _: json_response({"access_token": next(tokens)})) as (scripted, client):
        assert client.resolve(guid(1)) == "Relation.Person"
        assert client.resolve(guid(2)) == "Relation.Person"
        assert len(scripted.requests) == 5  # token, refused, token, accepted; then accepted


def test_a_token_that_is_refused_again_stops_the_connection() -> None:
    with tribe(lambda _: json_response({}, 401)) as (scripted, client):
        with pytest.raises(CredentialsRefused) as caught:
            client.resolve(guid(1))
        assert said(caught.value.details) == "the access token is not accepted"
        assert len(scripted.requests) == 4


@pytest.mark.parametrize(("body", "life"), [({"expires_in": 3599}, 3538), ({}, 3539), ({"expires_in": 5}, 2)])
def test_a_token_is_used_until_a_minute_before_its_end(body: dict[str, int], life: int) -> None:
    scripted = ScriptedTribe(ok, lambda _: json_response({"access_token": "canary-access-1"} | body))
    clock = MovableClock()
    with SimulatorServer(scripted) as server, connected(server.url, now=clock) as client:
        for seconds, asked in ((0, 1), (life, 1), (2, 2)):
            clock.advance(seconds)
            client.resolve(guid(1))
            assert len(scripted.requests) - len(scripted.api_requests) == asked


def test_threads_whose_token_is_refused_together_ask_for_one_new_token() -> None:
    together = Barrier(4)

    def answer(request: Request) -> Response:
        if request.headers["authorization"] == "Bearer canary-access-1":
            together.wait(timeout=10)  # all four are on their way with the old token
            return json_response({}, 401)
        return json_response({"_Type": "Relation.Person"})

    tokens = iter(range(1, 100))
    token = lambda _: json_response({"access_token": f"canary-access-{next(tokens)}"})  # noqa: E731 (one line, one use)
    with tribe(answer, token) as (scripted, client), ThreadPoolExecutor(4) as pool:
        assert list(pool.map(client.resolve, [guid(1)] * 4)) == ["Relation.Person"] * 4
        assert len(scripted.requests) - len(scripted.api_requests) == 2
