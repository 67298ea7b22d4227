"""Writing: partial changes, creations that may have happened, frozen fields."""

from typing import Any

import pytest

from simulators.shared import Request, Response, json_response
from tests.support.details import said
from tests.support.outside.tribe_scripted_server import (
    answers,
    guid,
    listing,
    tribe,
)
from tribe_yuki.adapters.tribe import Refused, TribeClient
from tribe_yuki.adapters.tribe.values import record_id
from tribe_yuki.core.errors import (
    Gone,
    Held,
    Retryable,
)
from tribe_yuki.core.holds import HoldReason


def created(**fields: Any) -> dict[str, Any]:
    return {"LastName": "x", "ImportId": "yuki:O'Hara", **fields}


def made(client: TribeClient, **fields: Any) -> str | None:
    """Create a person; return the id that the answer gives, if any."""
    record = client._odata.create("Relation_Person", created(**fields))
    return record_id(record) if record else None


@pytest.mark.parametrize("status", [200, 201])
def test_a_creation_returns_the_id(status: int) -> None:
    with tribe(lambda _: json_response({"ID": guid(7).upper()}, status)) as (scripted, client):
        assert made(client, Address={"City": "x"}) == guid(7)
        assert scripted.api_requests[0].json() == created(Address={"City": "x"})


def test_a_creation_that_tribe_refuses_happened_not() -> None:
    answer = json_response({"error": {"message": "canary"}}, 400)
    with tribe(lambda _: answer) as (_, client), pytest.raises(Refused):
        made(client)


@pytest.mark.parametrize("answer", [Response(200, b"{}"), Response(204), Response(200), Response(200, b"OK")])
def test_a_change_puts_only_its_fields_and_takes_any_success(answer: Response) -> None:
    with tribe(lambda _: answer) as (scripted, client):
        client.write_invoice_field(guid(1), "ImportId", "yuki:2026-0107")
    (request,) = scripted.api_requests
    assert (request.method, request.path) == ("PUT", f"/v1/odata/Activity_Invoice({guid(1)})")
    assert request.json() == {"ImportId": "yuki:2026-0107"}


BROKEN = Response(200, b"not gzip at all", headers={"Content-Encoding": "gzip"})


def test_a_write_whose_answer_breaks_off_after_success_was_made() -> None:
    with tribe(answers(BROKEN, BROKEN, BROKEN)) as (_, client):
        client._odata.update("Relation_Person", guid(1), {"LastName": "x"})
        assert made(client) is None
        with pytest.raises(Retryable):
            client.resolve(guid(1))


def test_a_change_whose_answer_is_cut_off_was_made() -> None:
    with tribe(lambda _: json_response({"ID": guid(1)})) as (scripted, client):
        client.resolve(guid(1))
        scripted.faults.arm("truncate", 1)
        client._odata.update("Relation_Person", guid(1), {"LastName": "x"})


def test_a_frozen_field_holds_and_names_the_field() -> None:
    def answer(request: Request) -> Response:
        return listing() if request.method == "GET" else json_response({"error": {"message": "canary"}}, 400)

    with tribe(answer) as (_, client), pytest.raises(Held) as caught:
        client.write_invoice_field(guid(1), "ImportId", "canary")
    assert caught.value.reason is HoldReason.INVOICE_INVALID
    assert said(caught.value.details) == "Tribe does not let the field of the booking mark be changed"


def test_a_change_of_a_gone_record() -> None:
    def answer(request: Request) -> Response:
        return listing() if request.method == "GET" else json_response({}, 404)

    with tribe(answer) as (_, client):
        with pytest.raises(Gone):
            client._odata.update("Relation_Person", guid(1), {"LastName": "x"})
        with pytest.raises(Gone):
            client.write_invoice_field(guid(1), "ImportId", "x")


@pytest.mark.parametrize("header", ["Location", "OData-EntityId"])
@pytest.mark.parametrize("status", [201, 204])
def test_the_id_of_a_creation_may_stand_in_a_header(header: str, status: int) -> None:
    address = f"https://api.tribecrm.example/v1/odata/Relation_Person({guid(7).upper()})"
    with tribe(lambda _: Response(status, headers={header: address})) as (scripted, client):
        assert made(client) == guid(7)
        assert len(scripted.api_requests) == 1


@pytest.mark.parametrize("address", ["/v1/odata/Relation_Person", "/login?next=x", f"/x({guid(7)})/more", ""])
def test_an_address_without_an_id_says_nothing(address: str) -> None:
    with tribe(lambda _: Response(201, headers={"Location": address})) as (_, client):
        assert made(client) is None
