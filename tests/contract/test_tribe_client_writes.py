"""Writing: partial changes, creations that may have happened, frozen fields."""

from typing import Any

import pytest

from simulators.shared import Request, Response, json_response
from tests.support.outside.tribe_scripted_server import (
    answers,
    guid,
    html,
    listing,
    tribe,
)
from tribe_yuki.adapters.tribe import Refused
from tribe_yuki.core.errors import (
    Gone,
    Held,
    OutcomeUnknown,
    Retryable,
)
from tribe_yuki.core.holds import HoldReason


def created(**fields: Any) -> dict[str, Any]:
    return {"LastName": "x", "ImportId": "yuki:O'Hara", **fields}


@pytest.mark.parametrize("status", [200, 201])
def test_a_creation_returns_the_id(status: int) -> None:
    with tribe(lambda _: json_response({"ID": guid(7).upper()}, status)) as (scripted, client):
        assert client.create_record("Relation_Person", created(Address={"City": "x"})) == guid(7)
        assert scripted.api_requests[0].json() == created(Address={"City": "x"})


@pytest.mark.parametrize("answer", [Response(204), Response(201), Response(200, b"{}"), Response(201, b'{"I')])
def test_a_creation_without_an_id_in_the_answer_is_found_by_its_import_id(answer: Response) -> None:
    found = listing({"ID": guid(6), "ImportId": "YUKI:o'hara"}, {"ID": guid(7), "ImportId": "yuki:O'Hara"})
    with tribe(answers(answer, found)) as (scripted, client):
        assert client.create_record("Relation_Person", created()) == guid(7)
        assert "ImportId%20eq%20'yuki:O''Hara'" in scripted.api_requests[1].query


@pytest.mark.parametrize(
    "found",
    [
        listing(),
        listing({"ID": guid(6), "ImportId": "yuki:O'Hara"}, {"ID": guid(7), "ImportId": "yuki:O'Hara"}),
        html(503),
    ],
)
def test_a_creation_that_is_not_found_once_has_an_unknown_outcome(found: Response) -> None:
    with tribe(answers(Response(204), found)) as (_, client), pytest.raises(OutcomeUnknown):
        client.create_record("Relation_Person", created())


def test_a_creation_without_import_id_and_without_answer_has_an_unknown_outcome() -> None:
    with tribe(lambda _: Response(204)) as (scripted, client):
        with pytest.raises(OutcomeUnknown):
            client.create_record("Relation_Person", {"LastName": "x"})
        assert len(scripted.api_requests) == 1


def test_a_creation_that_tribe_refuses_happened_not() -> None:
    answer = json_response({"error": {"message": "canary"}}, 400)
    with tribe(lambda _: answer) as (_, client), pytest.raises(Refused):
        client.create_record("Relation_Person", created())


def test_an_id_makes_a_creation_a_change_and_is_refused_here() -> None:
    with tribe() as (scripted, client):
        with pytest.raises(ValueError, match="update_record"):
            client.create_record("Relation_Person", created(ID=guid(1)))
        assert scripted.requests == []


@pytest.mark.parametrize("answer", [Response(200, b"{}"), Response(204), Response(200), Response(200, b"OK")])
def test_a_change_puts_only_its_fields_and_takes_any_success(answer: Response) -> None:
    with tribe(lambda _: answer) as (scripted, client):
        client.write_invoice_field(guid(1), "ImportId", "yuki:2026-0107")
    (request,) = scripted.api_requests
    assert (request.method, request.path) == ("PUT", f"/v1/odata/Activity_Invoice({guid(1)})")
    assert request.json() == {"ImportId": "yuki:2026-0107"}


BROKEN = Response(200, b"not gzip at all", headers={"Content-Encoding": "gzip"})


def test_a_write_whose_answer_breaks_off_after_success_was_made() -> None:
    with tribe(answers(BROKEN, BROKEN, listing({"ID": guid(7), "ImportId": "yuki:O'Hara"}), BROKEN)) as (_, client):
        client.update_record("Relation_Person", guid(1), {"LastName": "x"})
        assert client.create_record("Relation_Person", created()) == guid(7)
        with pytest.raises(Retryable):
            client.resolve(guid(1))


def test_a_change_whose_answer_is_cut_off_was_made() -> None:
    with tribe(lambda _: json_response({"ID": guid(1)})) as (scripted, client):
        client.resolve(guid(1))
        scripted.faults.arm("truncate", 1)
        client.update_record("Relation_Person", guid(1), {"LastName": "x"})


def test_a_frozen_field_holds_and_names_the_field() -> None:
    def answer(request: Request) -> Response:
        return listing() if request.method == "GET" else json_response({"error": {"message": "canary"}}, 400)

    with tribe(answer) as (_, client), pytest.raises(Held) as caught:
        client.write_invoice_field(guid(1), "ImportId", "canary")
    assert caught.value.reason is HoldReason.INVOICE_INVALID
    assert caught.value.detail == "Tribe does not let ImportId be changed"


def test_a_change_of_a_gone_record() -> None:
    def answer(request: Request) -> Response:
        return listing() if request.method == "GET" else json_response({}, 404)

    with tribe(answer) as (_, client):
        with pytest.raises(Gone):
            client.update_record("Relation_Person", guid(1), {"LastName": "x"})
        with pytest.raises(Gone):
            client.write_invoice_field(guid(1), "ImportId", "x")


@pytest.mark.parametrize("header", ["Location", "OData-EntityId"])
@pytest.mark.parametrize("status", [201, 204])
def test_the_id_of_a_creation_may_stand_in_a_header(header: str, status: int) -> None:
    address = f"https://api.tribecrm.example/v1/odata/Relation_Person({guid(7).upper()})"
    with tribe(lambda _: Response(status, headers={header: address})) as (scripted, client):
        assert client.create_record("Relation_Person", created()) == guid(7)
        assert len(scripted.api_requests) == 1


@pytest.mark.parametrize("address", ["/v1/odata/Relation_Person", "/login?next=x", f"/x({guid(7)})/more", ""])
def test_an_address_without_an_id_says_nothing(address: str) -> None:
    found = listing({"ID": guid(8), "ImportId": "yuki:O'Hara"})
    with tribe(answers(Response(201, headers={"Location": address}), found)) as (_, client):
        assert client.create_record("Relation_Person", created()) == guid(8)
