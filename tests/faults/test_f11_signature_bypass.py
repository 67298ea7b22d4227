"""F11: nobody without the secret and the token makes the connector do anything, and a replay changes nothing.

Which answer each forgery gets is in `tests/integration/test_tribe_webhook.py`, that signatures are compared in
constant time in `tests/unit/test_signature.py`. Here is what forgeries and replays do to the books.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest

from functions.tribe_webhook import app
from tests.support.faults.protections import Protection
from tests.support.world.api_gateway import webhook_event
from tests.support.world.webhook_keys import BODY, OTHER_CONNECTION, OTHER_SECRET, OTHER_TOKEN, Keys, Request
from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import ID_MAP
from tribe_yuki.invoices.transfer import State
from tribe_yuki.webhooks.signature import sign

PLAIN, PLAIN_NUMBER = "40000000-0000-4000-8000-000000000041", "2026-0101"
UNUSUAL = f'\n{{ "payload" :\t{{"entityId":"{PLAIN}",\r\n "fields": {{"Subject": "Zoë — 😀"}} }} }}\n'.encode()
COMPACT = json.dumps(json.loads(BODY), separators=(",", ":")).encode()


def twice(text: str) -> str:
    """Return what API Gateway makes of a header that was sent two times."""
    return f"{text},{text}"


# Forgeries that look like the real thing: in each, something else is wrong.
WRONG_SIGNATURES: dict[str, Callable[[Keys], Request]] = {
    "of another connection's secret": lambda keys: keys.request(signature=sign(BODY, OTHER_SECRET)),
    "of nobody's secret": lambda keys: keys.request(signature=sign(BODY, "guessed")),
    "of re-serialised JSON": lambda keys: keys.request(signature=sign(COMPACT, keys.secret)),
    "of the body as the gateway encodes it": lambda keys: keys.request(signature=sign(b64encode(BODY), keys.secret)),
    "of a body with one byte less": lambda keys: keys.request(BODY + b" ", signature=sign(BODY, keys.secret)),
    "in the wrong case": lambda keys: keys.request(signature=sign(BODY, keys.secret).swapcase()),
}
MALFORMED: dict[str, Callable[[Keys], Request]] = {
    "no signature": lambda keys: keys.request(signature=""),
    "two signatures": lambda keys: keys.request(signature=twice(sign(BODY, keys.secret))),
    "the Base64 of the hex text": lambda keys: keys.request(
        signature=b64encode(b64decode(sign(BODY, keys.secret)).hex().encode()).decode()
    ),
}
WRONG_TOKENS: dict[str, Callable[[Keys], Request]] = {
    "another connection's token": lambda keys: keys.request(token=OTHER_TOKEN),
    "two tokens": lambda keys: keys.request(token=twice(keys.token)),
}
WITHOUT_TOKEN: dict[str, Callable[[Keys], Request]] = {"no token": lambda keys: keys.request(token="")}
ALL = {**WRONG_SIGNATURES, **MALFORMED, **WRONG_TOKENS, **WITHOUT_TOKEN}


@pytest.fixture
def keys(world: World) -> Keys:
    """The keys of a world in which an invoice was sent, and nobody told us."""
    world.switch_tribe(drop_webhooks=1.0)
    world.send(PLAIN)
    world.run(minutes=1)
    return Keys(world)


def written_in_tribe(world: World) -> int:
    """Return how often the connector wrote to Tribe."""
    calls = world.tribe_state()["calls"]
    return sum(number for name, number in calls.items() if name.startswith(("PUT", "POST", "DELETE")))


def post(world: World, request: Request, connection_id: str = CONNECTION) -> int:
    """Hand a request over as API Gateway does, and return the answer's status."""
    body, headers = request
    status: int = app.handle(webhook_event(connection_id, "invoices", body, headers), world.ingest)["statusCode"]
    return status


@pytest.mark.parametrize("forged", ALL.values(), ids=ALL.keys())
def test_a_forgery_reaches_no_queue_and_no_book(world: World, keys: Keys, forged: Callable[[Keys], Request]) -> None:
    before = world.sqs.sent

    assert post(world, forged(keys)) == 401

    assert world.sqs.sent == before
    world.run(minutes=3, step_seconds=30)
    assert world.transfer(PLAIN) is None
    assert world.booked(PLAIN_NUMBER) == []


@pytest.mark.parametrize("forged", WRONG_SIGNATURES.values(), ids=WRONG_SIGNATURES.keys())
def test_without_the_check_of_the_signature_a_forgery_would_book(
    world: World, keys: Keys, forged: Callable[[Keys], Request]
) -> None:
    world.without(Protection.SIGNATURE)

    assert post(world, forged(keys)) == 202

    world.run(minutes=3)
    assert len(world.booked(PLAIN_NUMBER)) == 1


@pytest.mark.parametrize("forged", WRONG_TOKENS.values(), ids=WRONG_TOKENS.keys())
def test_without_the_check_of_the_token_a_forgery_would_book(
    world: World, keys: Keys, forged: Callable[[Keys], Request]
) -> None:
    world.without(Protection.TOKEN)

    assert post(world, forged(keys)) == 202

    world.run(minutes=3)
    assert len(world.booked(PLAIN_NUMBER)) == 1


@pytest.mark.parametrize("forged", [*MALFORMED.values(), *WITHOUT_TOKEN.values()], ids=[*MALFORMED, *WITHOUT_TOKEN])
def test_without_any_check_what_has_no_form_would_book(
    world: World, keys: Keys, forged: Callable[[Keys], Request]
) -> None:
    world.without(Protection.WEBHOOK_VERIFICATION)

    assert post(world, forged(keys)) == 202

    world.run(minutes=3)
    assert len(world.booked(PLAIN_NUMBER)) == 1


def test_keys_open_the_door_of_their_own_connection_only(world: World, keys: Keys) -> None:
    before = world.sqs.sent
    own_keys = keys.request()
    assert post(world, own_keys, OTHER_CONNECTION) == 401
    assert post(world, own_keys, "nobody") == 401
    assert world.sqs.sent == before


def test_ten_megabytes_are_refused_before_anybody_looks_whether_they_are_signed(
    world: World, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = keys.request(BODY + b" " * 10_000_000)
    before = world.sqs.sent
    monkeypatch.setattr(app, "is_signed", lambda *_: pytest.fail("the body is hashed"))

    assert post(world, large) == 413

    assert world.sqs.sent == before
    monkeypatch.undo()
    world.without(Protection.WEBHOOK_SIZE)
    assert post(world, large) == 202


@pytest.mark.parametrize("body", [BODY, UNUSUAL, COMPACT], ids=["as Tribe writes", "spaced, with UTF-8", "compact"])
def test_what_tribe_signed_books_however_it_is_written(world: World, keys: Keys, body: bytes) -> None:
    assert post(world, keys.request(body)) == 202

    world.run(minutes=3)

    assert len(world.booked(PLAIN_NUMBER)) == 1


def test_a_replayed_event_changes_nothing_however_often_it_comes(world: World, keys: Keys) -> None:
    world.switch_yuki(duplicate_reference="accept")
    replayed = keys.request()
    assert post(world, replayed) == 202
    world.run(minutes=3)
    yuki_calls, writes_in_tribe = world.yuki_state()["calls"], written_in_tribe(world)
    story, booked = world.story(PLAIN), world.transfer(PLAIN)

    for _ in range(50):
        assert post(world, replayed) == 202
        world.run(minutes=0.5, step_seconds=30)

    assert len(world.booked(PLAIN_NUMBER)) == 1
    assert world.yuki_state()["calls"]["ProcessSalesInvoices"] == yuki_calls["ProcessSalesInvoices"]
    assert written_in_tribe(world) == writes_in_tribe
    assert (world.story(PLAIN), world.transfer(PLAIN)) == (story, booked)


def test_without_the_stored_transfer_a_replay_would_book_again(world: World, keys: Keys) -> None:
    """Neither Yuki's check of numbers nor our mark in Tribe helps here: both are off."""
    world.switch_yuki(duplicate_reference="accept")
    world.save_settings(external_id_field=None)
    replayed = keys.request()
    post(world, replayed)
    world.run(minutes=3)
    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert transfer.state is State.BOOKED
    for item in (f"invoice#{PLAIN}", f"reference#{PLAIN_NUMBER}#2026"):
        key = {"connection_id": {"S": CONNECTION}, "item": {"S": item}}
        world.dynamodb.delete_item(TableName=ID_MAP, Key=key)

    post(world, replayed)

    world.run(minutes=3)
    assert len(world.booked(PLAIN_NUMBER)) == 2
