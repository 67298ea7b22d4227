"""What a record belongs to, and what is off or missing in an environment."""

from typing import Any
from urllib.parse import unquote

import pytest

from simulators.shared import Request, Response, json_response
from tests.support.details import told
from tests.support.outside.tribe_scripted_server import (
    READS,
    REPEATABLE_WRITES,
    guid,
    listing,
    tribe,
)
from tribe_yuki.core.errors import (
    Defect,
    Held,
)
from tribe_yuki.core.holds import HoldReason


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("name", ["read_invoices", "sent_invoices", "write_invoice_field", "invoice_of_line"])
def test_a_module_that_is_off_is_a_hold_for_the_operator(status: int, name: str) -> None:
    answer = json_response({"error": {"message": "canary"}}, status)
    with tribe(lambda _: answer) as (_, client), pytest.raises(Held) as caught:
        (READS | REPEATABLE_WRITES)[name](client)
    assert caught.value.reason is HoldReason.TRIBE_CONSENT_NEEDED
    assert caught.value.details == told("invoicing module is off")


def test_an_invoice_that_is_gone_is_left_out_while_the_module_is_on() -> None:
    with tribe(lambda _: listing()) as (_, client):
        assert client.read_invoices([guid(1)]) == []


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({"Invoice": {"ID": guid(41)}}, guid(41)),
        ({"Activity": {"ID": guid(41), "_Type": "Activity.Invoice"}}, guid(41)),
        ({"Activity": {"ID": guid(50), "_Type": "Activity.Offer"}}, None),
        ({"Invoice": None, "Activity": {"ID": guid(41), "_Type": "Activity.Invoice"}}, guid(41)),
        ({"Invoice": None}, None),
    ],
)
def test_the_link_from_a_line_may_have_several_names(links: dict[str, Any], expected: str | None) -> None:
    def answer(request: Request) -> Response:
        name = request.query.removeprefix("$expand=").removesuffix("($select=ID)")
        if name not in links:
            return json_response({"error": {"code": None, "message": "no such property"}}, 400)
        return json_response({"ID": guid(51), "_Type": "ProductLine", name: links[name]})

    with tribe(answer) as (_, client):
        assert client.invoice_of_line(guid(51)) == expected


@pytest.mark.parametrize("found", [True, False])
def test_a_line_without_a_known_link_is_looked_up_from_the_invoices(found: bool) -> None:
    def answer(request: Request) -> Response:
        if request.path.startswith("/v1/odata/ProductLine("):
            return json_response({}, 400)
        assert f"ProductLines/any(line:line/ID eq {guid(51)})" in unquote(request.query)
        return listing({"ID": guid(41)}) if found else listing()

    with tribe(answer) as (_, client):
        assert client.invoice_of_line(guid(51)) == (guid(41) if found else None)


def test_a_line_is_of_no_invoice_when_tribe_cannot_tell() -> None:
    def answer(request: Request) -> Response:
        return (
            listing()
            if "$filter" not in request.query and "ProductLine" not in request.path
            else json_response({}, 400)
        )

    with tribe(answer) as (_, client):
        assert client.invoice_of_line(guid(51)) is None


def test_a_line_that_is_gone() -> None:
    with tribe(lambda request: json_response({}, 404) if "(" in request.path else listing()) as (_, client):
        assert client.invoice_of_line(guid(51)) is None


OWN_TYPE = "117ecf60-d492-48a1-8aab-a131ad465fd5"
OWN_SET = "/v1/odata/_117ecf60__d492__48a1__8aab__a131ad465fd5"


@pytest.mark.parametrize(("link", "expected"), [("Organization", guid(11)), ("Person", guid(11)), ("Other", None)])
def test_a_relationship_of_the_tenants_own_type_leads_to_its_relation(link: str, expected: str | None) -> None:
    def answer(request: Request) -> Response:
        assert request.path.startswith(OWN_SET)
        if link not in request.query:
            return json_response({}, 400)
        return json_response({"ID": guid(31), "_Type": OWN_TYPE, link: {"ID": guid(11)}})

    with tribe(answer) as (_, client):
        assert client.relation_of(guid(31), OWN_TYPE) == expected


@pytest.mark.parametrize("rows", [0, 2])
def test_the_own_organisation_must_be_one(rows: int) -> None:
    row = {"ID": guid(1), "Name": "Voorbeeld", "Relation": {"ID": guid(2)}}
    with tribe(lambda _: listing(*[row] * rows)) as (_, client), pytest.raises(Defect, match=f"shows {rows}"):
        client.own_organisation()


@pytest.mark.parametrize(("phase", "names"), [("Sent", ["2026-0107.pdf"]), ("Draft", [])])
def test_a_pdf_that_hangs_on_the_attachment_alone_is_found(phase: str, names: list[str]) -> None:
    def answer(request: Request) -> Response:
        if request.path.endswith("/Attachment"):
            assert f"$filter=Invoice/ID eq {guid(1)}&$expand=File" in unquote(request.query)
            return listing({"ID": guid(9), "File": {"Name": "2026-0107.pdf", "MimeType": "application/pdf"}})
        return listing({"ID": guid(1), "Phase": {"Code": phase}, "Attachments": []})

    with tribe(answer) as (_, client):
        (invoice,) = client.read_invoices([guid(1)])
        assert [file.file_name for file in invoice.attachments] == names


def test_an_environment_without_that_link_has_no_attachments_there() -> None:
    def answer(request: Request) -> Response:
        is_invoice = request.path.endswith("/Activity_Invoice")
        return listing({"ID": guid(1), "Phase": {"Code": "Sent"}}) if is_invoice else json_response({}, 400)

    with tribe(answer) as (_, client):
        (invoice,) = client.read_invoices([guid(1)])
        assert invoice.attachments == ()
