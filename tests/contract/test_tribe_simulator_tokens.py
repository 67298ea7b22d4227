"""Signing in at the simulated Tribe: client credentials, consent, refresh tokens, scopes (tribe-api 2)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.contract.simulated_tribe import BAKERY, DATA, Tribe, simulated_tribe

REDIRECT = "https://connector.example/callback"
DEMO = {"client_id": "demo-client", "client_secret": "demo-client-secret"}
MARKETPLACE = {"client_id": "marketplace-client", "client_secret": "marketplace-secret"}


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Tribe]:
    with simulated_tribe(tmp_path) as one:
        yield one


def example(name: str) -> Any:
    return json.loads((DATA / "odata" / f"{name}.json").read_text(encoding="utf-8"))


def test_client_credentials_give_a_token(tribe: Tribe) -> None:
    answer = tribe.ask_token(grant_type="client_credentials", scope="read write", **DEMO)
    expected = example("token-success")
    assert answer.status_code == 200
    assert answer.json() | {"access_token": ""} == expected | {"access_token": ""}
    assert answer.json()["access_token"].startswith("eyJ")


def test_a_scope_is_not_needed_unless_the_switch_says_so(tribe: Tribe) -> None:
    assert tribe.ask_token(grant_type="client_credentials", **DEMO).json()["scope"] == "read write"
    tribe.switch(scope_required=True)
    refused = tribe.ask_token(grant_type="client_credentials", **DEMO)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_scope"])
def test_a_scope_that_is_not_registered_is_refused(tribe: Tribe, error: str) -> None:
    tribe.switch(scope_error=error)
    refused = tribe.ask_token(grant_type="client_credentials", scope="read write offline", **DEMO)
    expected = example("token-error-scope-not-allowed")
    assert refused.status_code == expected["status_code"]
    assert refused.json()["error"] == error
    assert refused.json().keys() == expected.keys()


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"client_id": "demo-client"},
        {"client_id": "demo-client", "client_secret": "wrong"},
        {"client_id": "nobody", "client_secret": "demo-client-secret"},
    ],
)
def test_an_unknown_client_is_refused(tribe: Tribe, credentials: dict[str, str]) -> None:
    refused = tribe.ask_token(grant_type="client_credentials", **credentials)
    expected = example("token-error-invalid-client")
    assert refused.status_code == expected["status_code"]
    assert refused.json()["error"] == expected["error"]


def test_client_and_secret_stand_in_the_form_and_nowhere_else(tribe: Tribe) -> None:
    form = {"grant_type": "client_credentials"}
    assert tribe.http.post("/oauth2/token", data=form, auth=("demo-client", "demo-client-secret")).status_code == 401
    assert tribe.http.post("/oauth2/token", json={**form, **DEMO}).json()["error"] == "invalid_request"
    assert tribe.http.post("/oauth2/token/", data={**form, **DEMO}).status_code == 200


@pytest.mark.parametrize(
    ("grant", "error"),
    [
        ("password", "unsupported_grant_type"),
        ("authorization_code", "unauthorized_client"),
        ("refresh_token", "unauthorized_client"),
    ],
)
def test_other_ways_of_signing_in_are_refused(tribe: Tribe, grant: str, error: str) -> None:
    refused = tribe.ask_token(grant_type=grant, **DEMO)
    assert (refused.status_code, refused.json()["error"]) == (400, error)


def test_a_token_lives_as_long_as_it_says(tribe: Tribe) -> None:
    tribe.control("clock", {"now": "2026-11-23T09:00:00+00:00"})
    tribe.headers = {"Authorization": f"Bearer {tribe.token()}"}
    tribe.control("clock", {"advance_seconds": 3598})
    assert tribe.call("GET", f"Entity({BAKERY})").status_code == 200
    tribe.control("clock", {"advance_seconds": 1})
    expired = tribe.call("GET", f"Entity({BAKERY})")
    assert (expired.status_code, expired.headers["www-authenticate"]) == (401, "Bearer")
    assert expired.json()["error"]["message"]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eyJ"}])
def test_without_a_token_nothing_is_answered(tribe: Tribe, header: dict[str, str]) -> None:
    tribe.headers = header
    assert tribe.call("GET", "Relation_Organization").status_code == 401
    assert tribe.call("POST", "Relation_Organization", {"Name": "x"}).status_code == 401
    assert tribe.http.get("/v1/webhooks", headers=header).status_code == 401


def test_a_token_in_the_query_has_worked_too(tribe: Tribe) -> None:
    answer = tribe.http.get(f"/v1/odata/Entity({BAKERY})?access_token={tribe.token()}&$select=ID")
    assert answer.json()["ID"] == BAKERY


def test_a_token_can_only_do_what_its_scope_says(tribe: Tribe) -> None:
    tribe.headers = {"Authorization": f"Bearer {tribe.token(scope='read')}"}
    assert tribe.call("GET", "Relation_Organization").status_code == 200
    assert tribe.call("PUT", f"Relation_Organization({BAKERY})", {"Name": "x"}).status_code == 403
    tribe.headers = {"Authorization": f"Bearer {tribe.token(scope='write')}"}
    assert tribe.call("GET", "Relation_Organization").status_code == 403


# Authorization code


def consent(tribe: Tribe, **changes: str) -> dict[str, str]:
    """Go where a user gives consent, and return the query of the address that the browser is sent to."""
    query = {
        "client_id": "marketplace-client",
        "redirect_uri": REDIRECT,
        "state": "state-0001",
        "response_type": "code",
        "scope": "read write offline",
        **changes,
    }
    answer = tribe.http.get(f"/oauth2/auth?{urlencode(query)}")
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def trade(tribe: Tribe, code: str, redirect_uri: str = REDIRECT) -> Any:
    return tribe.ask_token(grant_type="authorization_code", code=code, redirect_uri=redirect_uri, **MARKETPLACE)


def refresh(tribe: Tribe, token: str) -> Any:
    return tribe.ask_token(grant_type="refresh_token", refresh_token=token, **MARKETPLACE)


def works(tribe: Tribe, access_token: str) -> bool:
    tribe.headers = {"Authorization": f"Bearer {access_token}"}
    return tribe.call("GET", f"Entity({BAKERY})").status_code == 200


def test_a_consent_leads_to_tokens(tribe: Tribe) -> None:
    back = consent(tribe)
    assert back["state"] == "state-0001"
    tokens = trade(tribe, back["code"]).json()
    assert tokens["scope"] == "read write offline"
    assert works(tribe, tokens["access_token"])


def test_without_offline_there_is_no_refresh_token(tribe: Tribe) -> None:
    tokens = trade(tribe, consent(tribe, scope="read write")["code"]).json()
    assert "refresh_token" not in tokens


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "short"}, "invalid_state"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read everything"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"client_id": "demo-client"}, "unauthorized_client"),
    ],
)
def test_a_wrong_request_for_consent_sends_the_browser_back_with_an_error(
    tribe: Tribe, changes: dict[str, str], error: str
) -> None:
    assert consent(tribe, **changes)["error"] == error


@pytest.mark.parametrize("query", [{}, {"client_id": "nobody", "redirect_uri": REDIRECT}, {"client_id": "demo-client"}])
def test_an_unknown_application_is_sent_nowhere(tribe: Tribe, query: dict[str, str]) -> None:
    assert tribe.http.get(f"/oauth2/auth?{urlencode(query)}").status_code == 400


def test_only_the_registered_redirect_address_is_sent_to(tribe: Tribe) -> None:
    tribe.switch(redirect_uri="https://other.example/")
    query = {"client_id": "marketplace-client", "redirect_uri": REDIRECT, "state": "state-0001"}
    assert tribe.http.get(f"/oauth2/auth?{urlencode(query)}").status_code == 400


def test_a_code_works_once_and_using_it_again_ends_its_tokens(tribe: Tribe) -> None:
    code = consent(tribe)["code"]
    tokens = trade(tribe, code).json()
    assert trade(tribe, code).json()["error"] == "invalid_grant"
    assert not works(tribe, tokens["access_token"])
    assert refresh(tribe, tokens["refresh_token"]).status_code == 400


def test_a_code_is_for_its_redirect_address_and_for_ten_minutes(tribe: Tribe) -> None:
    code = consent(tribe)["code"]
    assert trade(tribe, code, "https://elsewhere.example/").json()["error"] == "invalid_grant"
    tribe.control("clock", {"advance_seconds": 601})
    assert trade(tribe, code).json()["error"] == "invalid_grant"


def test_refresh_tokens_rotate_and_reuse_looks_like_theft(tribe: Tribe) -> None:
    first = trade(tribe, consent(tribe)["code"]).json()
    second = refresh(tribe, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert works(tribe, second["access_token"])
    assert refresh(tribe, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert not works(tribe, second["access_token"])
    assert refresh(tribe, second["refresh_token"]).json()["error"] == "invalid_grant"


def test_without_rotation_a_refresh_token_keeps_working(tribe: Tribe) -> None:
    tribe.switch(refresh_rotation=False)
    token = trade(tribe, consent(tribe)["code"]).json()["refresh_token"]
    assert [refresh(tribe, token).status_code for _ in range(3)] == [200, 200, 200]


def test_refresh_tokens_end_too(tribe: Tribe) -> None:
    tribe.switch(refresh_lifetime_seconds=100)
    token = trade(tribe, consent(tribe)["code"]).json()["refresh_token"]
    tribe.control("clock", {"advance_seconds": 101})
    assert refresh(tribe, token).json()["error"] == "invalid_grant"


def test_a_withdrawn_consent_ends_everything_of_that_application_alone(tribe: Tribe) -> None:
    tokens = trade(tribe, consent(tribe)["code"]).json()
    other = tribe.token()
    tribe.control("withdraw-consent", {"client_id": "marketplace-client"})
    assert not works(tribe, tokens["access_token"])
    assert refresh(tribe, tokens["refresh_token"]).status_code == 400
    assert works(tribe, other)
