"""Authorization code: a refresh token works once, so one process renews for all, and nothing it got is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier, Event
from urllib.parse import parse_qs

import pytest

from simulators.shared import Request, Response, SimulatorServer, json_response
from tests.support import details
from tests.support.outside.tribe_scripted_server import (
    CLIENT_SECRET,
    MovableClock,
    RotatingIdentityServer,
    ScriptedTribe,
    guid,
)
from tests.support.outside.tribe_tokens import SharedStore
from tribe_yuki.adapters.tribe import (
    Grant,
    TribeApplication,
    TribeClient,
    TribeEndpoints,
    TribeTokens,
    exchange_code,
)
from tribe_yuki.core.errors import CredentialsRefused, Retryable

CLOCK = MovableClock()
APPLICATION = TribeApplication(Grant.AUTHORIZATION_CODE, "app-1", CLIENT_SECRET)


class CarelessStore(SharedStore):
    """A store whose lease protects nothing: the control."""

    def lease(self, now: datetime) -> bool:
        self.leased_until = now
        return True


class LateStore(SharedStore):
    """A store whose lease is free just because another process has finished renewing."""

    def lease(self, now: datetime) -> bool:
        self.tokens = issued(5, seconds_left=600)
        return super().lease(now)


def issued(number: int = 0, *, seconds_left: int = 0) -> TribeTokens:
    now = CLOCK()
    expires = now + timedelta(seconds=seconds_left)
    return TribeTokens(f"canary-access-{number}", f"canary-refresh-{number}", now - timedelta(hours=1), expires)


class Api:
    """An API that accepts one access token only."""

    def __init__(self, identity: RotatingIdentityServer) -> None:
        self.identity = identity

    def __call__(self, request: Request) -> Response:
        accepted = f"Bearer canary-access-{self.identity.issued}"
        is_accepted = request.headers["authorization"] == accepted
        return json_response({"_Type": "Relation.Person"}) if is_accepted else json_response({}, 401)


@contextmanager
def serving(identity: RotatingIdentityServer) -> Iterator[str]:
    with SimulatorServer(ScriptedTribe(Api(identity), identity)) as server:
        yield server.url


def client(url: str, store: SharedStore, wait: Callable[[float], None] | None = None) -> TribeClient:
    endpoints = TribeEndpoints(url, url)
    return TribeClient(APPLICATION, endpoints, now=CLOCK, token_store=store, wait=wait or store.wait_until_free)


def test_a_stored_token_is_used_without_asking_for_another() -> None:
    identity, store = RotatingIdentityServer(), SharedStore(issued(seconds_left=600))
    with serving(identity) as url, client(url, store) as tribe:
        assert tribe.resolve(guid(1)) == "Relation.Person"
    assert (identity.issued, store.writes) == (0, 0)


def test_an_expiring_token_is_renewed_and_the_new_refresh_token_stored() -> None:
    identity, store = RotatingIdentityServer(), SharedStore(issued(seconds_left=59))
    with serving(identity) as url, client(url, store) as tribe:
        assert tribe.resolve(guid(1)) == "Relation.Person"
    assert store.tokens is not None
    assert (store.tokens.access_token, store.tokens.refresh_token) == ("canary-access-1", "canary-refresh-1")
    assert store.leased_until is None


@pytest.mark.parametrize("seconds_left", [0, 600])
def test_many_processes_trade_the_refresh_token_in_once(seconds_left: int) -> None:
    """With 600 seconds left the token is one that Tribe refuses all the same."""
    identity, store = RotatingIdentityServer(), SharedStore(issued(7, seconds_left=seconds_left))
    assert store.tokens is not None
    store.tokens = TribeTokens("canary-access-7", "canary-refresh-0", store.tokens.issued_at, store.tokens.expires_at)
    together = Barrier(8)

    def work(url: str) -> str | None:
        with client(url, store) as tribe:
            together.wait(timeout=10)
            return tribe.resolve(guid(1))

    with serving(identity) as url, ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, [url] * 8))
    assert results == ["Relation.Person"] * 8
    assert (identity.issued, identity.is_revoked, store.writes) == (1, False, 1)


def test_without_the_lease_the_consent_is_lost() -> None:
    identity, store = RotatingIdentityServer(), CarelessStore(issued())
    together = Barrier(2)

    def slow_identity(request: Request) -> Response:
        together.wait(timeout=10)  # both have sent the same refresh token
        return identity(request)

    def work(url: str) -> str | None:
        with client(url, store) as tribe:
            return tribe.resolve(guid(1))

    with SimulatorServer(ScriptedTribe(Api(identity), slow_identity)) as server, ThreadPoolExecutor(2) as pool:
        work_of_both = [pool.submit(work, server.url) for _ in range(2)]
        errors = [future.exception() for future in work_of_both]
    assert identity.is_revoked
    assert any(isinstance(error, CredentialsRefused) for error in errors)


def test_threads_of_one_process_share_one_renewal() -> None:
    identity, store = RotatingIdentityServer(), SharedStore(issued())
    with serving(identity) as url, client(url, store) as tribe, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tribe.resolve, [guid(1)] * 16)) == ["Relation.Person"] * 16
    assert (identity.issued, store.writes) == (1, 1)


def test_a_token_that_still_works_is_used_while_another_process_renews_it() -> None:
    identity, store = RotatingIdentityServer(), SharedStore(issued(seconds_left=30))
    assert store.lease(CLOCK())
    with serving(identity) as url, client(url, store) as tribe:
        assert tribe.resolve(guid(1)) == "Relation.Person"
    assert identity.issued == 0


def test_a_renewal_by_others_that_takes_too_long_is_tried_later() -> None:
    store = SharedStore(issued())
    assert store.lease(CLOCK())
    waited: list[float] = []
    with (
        serving(RotatingIdentityServer()) as url,
        client(url, store, waited.append) as tribe,
        pytest.raises(Retryable) as caught,
    ):
        tribe.resolve(guid(1))
    assert caught.value.code == "tribe_token_being_renewed"
    assert sum(waited) <= 10


@pytest.mark.parametrize("has_own", [False, True])
def test_tokens_are_read_again_under_the_lease(has_own: bool) -> None:
    identity, store = RotatingIdentityServer(), LateStore(issued(seconds_left=600 if has_own else 0))
    with serving(identity) as url, client(url, store) as tribe:
        if has_own:
            tribe.resolve(guid(1))
        identity.issued = 5  # another process renewed five times, and the API takes its token only
        assert tribe.resolve(guid(1)) == "Relation.Person"
    assert (identity.issued, identity.is_revoked, store.leased_until) == (5, False, None)


def test_a_lease_of_a_dead_process_ends_by_itself() -> None:
    identity, store = RotatingIdentityServer(), SharedStore(issued())
    store.leased_until = CLOCK() - timedelta(seconds=1)
    with serving(identity) as url, client(url, store) as tribe:
        assert tribe.resolve(guid(1)) == "Relation.Person"


def test_tokens_that_could_not_be_stored_are_stored_at_the_next_call() -> None:
    identity, store = RotatingIdentityServer(), SharedStore(issued())
    store.fails = 1
    with serving(identity) as url, client(url, store) as tribe:
        with pytest.raises(Retryable, match="secret_unwritable"):
            tribe.resolve(guid(1))
        assert tribe.resolve(guid(1)) == "Relation.Person"
    assert identity.issued == 1
    assert store.tokens is not None
    assert store.tokens.refresh_token == "canary-refresh-1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_response({"error": "invalid_grant"}, 400), CredentialsRefused),
        (Response(503, b"", "text/html"), Retryable),
    ],
)
def test_a_renewal_that_fails_frees_the_lease(answer: Response, error: type[Exception]) -> None:
    store = SharedStore(issued())
    scripted = ScriptedTribe(lambda _: json_response({}), lambda _: answer)
    with SimulatorServer(scripted) as server, client(server.url, store) as tribe, pytest.raises(error) as caught:
        tribe.resolve(guid(1))
    assert store.leased_until is None
    assert "canary" not in str(caught.value)
    if isinstance(caught.value, CredentialsRefused):
        assert details.said(caught.value.details).startswith("the consent was withdrawn, has expired, or the answer")


def test_without_consent_a_person_is_needed() -> None:
    store = SharedStore(None)
    with (
        serving(RotatingIdentityServer()) as url,
        client(url, store) as tribe,
        details.raises(CredentialsRefused, saying="nobody gave consent"),
    ):
        tribe.resolve(guid(1))


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one() -> None:
    store = SharedStore(issued())
    scripted = ScriptedTribe(
        lambda _: json_response({}), lambda _: json_response({"access_token": "canary-access-9", "expires_in": 60})
    )
    with SimulatorServer(scripted) as server, client(server.url, store) as tribe:
        tribe.resolve(guid(1))
    assert store.tokens is not None
    assert (store.tokens.access_token, store.tokens.refresh_token) == ("canary-access-9", "canary-refresh-0")


def test_the_code_of_the_consent_screen_is_traded_in() -> None:
    seen = Event()

    def identity(request: Request) -> Response:
        form = parse_qs(request.body.decode())
        assert form == {
            "grant_type": ["authorization_code"],
            "client_id": ["app-1"],
            "client_secret": [CLIENT_SECRET],
            "code": ["c/1"],
            "redirect_uri": ["https://a.example/cb"],
        }
        seen.set()
        return json_response({"access_token": "a", "refresh_token": "r", "expires_in": 3599})

    with SimulatorServer(ScriptedTribe(lambda _: json_response({}), identity)) as server:
        tokens = exchange_code(
            APPLICATION, TribeEndpoints(server.url, server.url), "c/1", "https://a.example/cb", CLOCK
        )
    assert seen.is_set()
    assert (tokens.access_token, tokens.refresh_token) == ("a", "r")
    assert tokens.expires_at == CLOCK() + timedelta(seconds=3599)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (json_response({"access_token": "a"}), "offline"),
        (json_response({"error": "invalid_grant"}, 400), "used up or too old"),
        (json_response({"error": "invalid_scope"}, 400), "setting tribe.scope"),
    ],
)
def test_a_code_that_leads_to_no_tokens_says_what_to_repair(answer: Response, detail: str) -> None:
    with SimulatorServer(ScriptedTribe(lambda _: json_response({}), lambda _: answer)) as server:
        endpoints = TribeEndpoints(server.url, server.url)
        with details.raises(CredentialsRefused, saying=detail):
            exchange_code(APPLICATION, endpoints, "c/1", "https://a.example/cb", CLOCK)
