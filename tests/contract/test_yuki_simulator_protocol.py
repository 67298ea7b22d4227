"""How the simulated services speak: hosts, envelopes, parameters, faults (yuki-api 1, 7)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from lxml import etree
from zeep.exceptions import Fault as ZeepFault

from tests.support.outside.simulated_yuki import (
    ADMINISTRATION,
    DOMAIN,
    KEY,
    NAMESPACE,
    ROOFER,
    Fault,
    Yuki,
    fresh,
    invoice,
    served,
    texts,
)

SERVICES = ("Accounting", "AccountingInfo", "Archive", "Contact", "Sales", "Vat")
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as yuki:
        yield yuki


@pytest.fixture
def yuki(running: Yuki) -> Yuki:
    return fresh(running)


def raw(yuki: Yuki, body: str | bytes, **headers: str) -> httpx.Response:
    known = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}Authenticate"'}
    sent = {**known, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return yuki.http.post(f"{yuki.url}/ws/Contact.asmx", content=body, headers=sent)


def envelope(inner: str, namespace: str = "http://schemas.xmlsoap.org/soap/envelope/") -> str:
    return f'<s:Envelope xmlns:s="{namespace}"><s:Body>{inner}</s:Body></s:Envelope>'


def fault(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 500
    body = etree.fromstring(answer.content)[0]
    return body.findtext(".//faultcode") or "", body.findtext(".//faultstring") or ""


@pytest.mark.parametrize("service", SERVICES)
def test_every_published_wsdl_makes_a_client(yuki: Yuki, service: str) -> None:
    yuki.prefix = "/be"
    client = yuki.client(service)

    (found,) = client.wsdl.services.values()
    ports = {name: port.binding_options["address"] for name, port in found.ports.items()}

    spoken = "VAT" if service == "Vat" else service
    address = f"{yuki.url}/ws/{service}.asmx"
    assert ports == {f"{spoken}Soap": address, f"{spoken}Soap12": address}


@pytest.mark.parametrize("port", ["ContactSoap", "ContactSoap12"])
def test_both_soap_versions_reach_the_same_books(yuki: Yuki, port: str) -> None:
    client = yuki.client("Contact").bind("Contact", port)
    session = client.Authenticate(accessKey=KEY)
    found = client.SearchContacts(
        sessionID=session,
        domainID=DOMAIN,
        searchOption="Code",
        searchValue="TR-48213",
        sortOrder="Name",
        modifiedAfter=None,
        active="Both",
        pageNumber=1,
    )
    assert [contact.get("ID") for contact in found] == [ROOFER]


@pytest.mark.parametrize("port", ["ContactSoap", "ContactSoap12"])
def test_a_fault_reads_as_one_in_both_versions(yuki: Yuki, port: str) -> None:
    with pytest.raises(ZeepFault, match="Invalid access key"):
        yuki.client("Contact").bind("Contact", port).Authenticate(accessKey="wrong")


def test_an_answer_looks_as_on_the_wire(yuki: Yuki) -> None:
    answer = yuki.post("Sales", "Authenticate", f"<accessKey>{KEY}</accessKey>")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope')
    response = etree.fromstring(answer.content)[0][0]
    assert response.tag == f"{{{NAMESPACE}}}AuthenticateResponse"
    assert response.nsmap[None] == NAMESPACE


def test_inner_xml_resets_the_namespace(yuki: Yuki) -> None:
    answer = yuki.post("Contact", "Domains", f"<sessionID>{yuki.session()}</sessionID>")
    assert b'<DomainsResult><Domains xmlns=""><Domain ID="' in answer.content


def test_a_fault_has_status_500_and_the_documented_shape(yuki: Yuki) -> None:
    answer = yuki.post("Sales", "Authenticate", "<accessKey>nobody</accessKey>")
    assert answer.status_code == 500
    assert etree.tostring(etree.fromstring(answer.content)[0][0], encoding="unicode").partition(">")[2] == (
        "<faultcode>soap:Server</faultcode><faultstring>Invalid access key</faultstring><detail/></soap:Fault>"
    )


def test_the_platform_may_put_its_words_in_front(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"fault_prefix": True})
    with pytest.raises(Fault, match=r"^Server was unable to process request\. ---> Invalid access key$"):
        yuki.call("Sales", "Authenticate", "<accessKey>nobody</accessKey>")


@pytest.mark.parametrize("action", ['"http://www.theyukicompany.com/Nothing"', '""', "Authenticate"])
def test_an_unknown_action_is_a_fault(yuki: Yuki, action: str) -> None:
    code, text = fault(raw(yuki, envelope("<x/>"), SOAPAction=action))
    assert code == "soap:Client"
    assert text.startswith("Server did not recognize the value of HTTP Header SOAPAction")


def test_an_operation_of_another_service_is_unknown_here(yuki: Yuki) -> None:
    with pytest.raises(Fault, match="SOAPAction"):
        yuki.with_session("Contact", "ActiveVATCodesList", f"<administrationID>{ADMINISTRATION}</administrationID>")


def test_the_action_is_optional_in_soap_12(yuki: Yuki) -> None:
    body = envelope(f'<Authenticate xmlns="{NAMESPACE}"><accessKey>{KEY}</accessKey></Authenticate>', SOAP_12)
    answer = raw(yuki, body, Content_Type="application/soap+xml; charset=utf-8")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/soap+xml; charset=utf-8"


def test_the_wrong_envelope_for_a_content_type_is_a_mismatch(yuki: Yuki) -> None:
    code, text = fault(raw(yuki, envelope("<x/>", SOAP_12)))
    assert code == "soap:VersionMismatch"
    assert text.startswith("Possible SOAP version mismatch")


def test_other_content_types_are_refused_without_soap(yuki: Yuki) -> None:
    assert raw(yuki, envelope("<x/>"), Content_Type="application/json").status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<s:Envelope",
        envelope("<x/>").encode()[:-3],
        b"<html/>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
    ],
)
def test_unreadable_requests_are_the_callers_fault(yuki: Yuki, body: bytes) -> None:
    code, text = fault(raw(yuki, body))
    assert code == "soap:Client"
    assert text.startswith("Server was unable to read request. ---> There is an error in XML document (")
    assert "root:" not in text


def test_a_request_over_the_limit_is_refused_unread(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"max_request_bytes": 200})
    code, text = fault(raw(yuki, envelope("<x/>" * 100)))
    assert (code, text.endswith("Maximum request length exceeded.")) == ("soap:Client", True)


@pytest.mark.parametrize("service", ["", "Purchase"])
def test_an_unknown_service_is_a_page(yuki: Yuki, service: str) -> None:
    answer = yuki.http.get(f"{yuki.url}/ws/{service}.asmx?WSDL")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def search_with(yuki: Yuki, parameters: str) -> list[etree._Element]:
    return list(yuki.with_session("Contact", "SearchContacts", parameters)[0])


WHOLE = (
    f"<domainID>{DOMAIN}</domainID><searchOption>Code</searchOption><searchValue>TR-48213</searchValue>"
    '<sortOrder>Name</sortOrder><modifiedAfter xsi:nil="true"/><active>Both</active><pageNumber>1</pageNumber>'
)


@pytest.mark.parametrize(
    "parameters",
    [
        WHOLE.replace("searchValue", "searchText"),  # misnamed
        WHOLE.replace("<searchValue>TR-48213</searchValue>", "") + "<searchValue>TR-48213</searchValue>",  # misplaced
    ],
)
def test_a_wrong_parameter_silently_finds_everything(yuki: Yuki, parameters: str) -> None:
    assert len(search_with(yuki, WHOLE)) == 1
    assert len(search_with(yuki, parameters)) == 6


@pytest.mark.parametrize("tag", ["searchText", "domainid"])
def test_a_wrong_parameter_may_also_be_refused_by_name(yuki: Yuki, tag: str) -> None:
    yuki.simulator.set_switches({"wrong_parameter": "fault"})
    with pytest.raises(Fault, match=f"The parameter {tag} was not expected here"):
        search_with(yuki, f"<{tag}>x</{tag}>")


def test_the_wrong_case_of_the_session_means_no_session(yuki: Yuki) -> None:
    parameters = f"<sessionID>{yuki.session()}</sessionID><administrationId>{ADMINISTRATION}</administrationId>"
    with pytest.raises(Fault, match="The session is unknown or has expired"):
        yuki.call("Sales", "ProcessSalesInvoices", f"{parameters}<xmlDoc/>")


def test_parameters_in_another_namespace_are_not_seen(yuki: Yuki) -> None:
    body = envelope(f'<Authenticate xmlns="urn:other"><accessKey>{KEY}</accessKey></Authenticate>')
    assert fault(raw(yuki, body)) == ("soap:Server", "Invalid access key")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("<pageNumber>1</pageNumber>", "<pageNumber/>"),
        ("<pageNumber>1</pageNumber>", "<pageNumber>one</pageNumber>"),
        ("<active>Both</active>", "<active/>"),
        ("<active>Both</active>", "<active>both</active>"),
        ('<modifiedAfter xsi:nil="true"/>', "<modifiedAfter/>"),
        ('<modifiedAfter xsi:nil="true"/>', "<modifiedAfter>yesterday</modifiedAfter>"),
    ],
)
def test_an_empty_or_wrong_value_cannot_be_read(yuki: Yuki, good: str, bad: str) -> None:
    with pytest.raises(Fault, match="Server was unable to read request") as refused:
        search_with(yuki, WHOLE.replace(good, bad))
    assert refused.value.code == "soap:Client"


def test_left_out_enumerations_take_their_first_member(yuki: Yuki) -> None:
    assert len(search_with(yuki, "")) == 6  # All, Name, Both, page 1


def test_operations_outside_the_simulator_are_not_published(yuki: Yuki) -> None:
    operations = yuki.client("Accounting").service._operations
    assert "OutstandingDebtorItems" in operations
    assert "ProcessJournal" not in operations


def test_the_schema_stands_where_the_service_says(yuki: Yuki) -> None:
    path = yuki.call("Sales", "SalesInvoiceSchemaPath", "").text or ""
    assert path == f"{yuki.url}/schemas/SalesInvoices.xsd"
    schema = etree.XMLSchema(etree.fromstring(yuki.http.get(path).content))
    document = (
        f'<SalesInvoices xmlns="urn:xmlns:http://www.theyukicompany.com:salesinvoices">{invoice()}</SalesInvoices>'
    )
    assert schema.validate(etree.fromstring(document))


def form(yuki: Yuki, operation: str, **parameters: Any) -> httpx.Response:
    return yuki.http.get(f"{yuki.url}/ws/Contact.asmx/{operation}", params=parameters)


def test_the_bindings_without_envelope_answer_bare(yuki: Yuki) -> None:
    session = etree.fromstring(form(yuki, "Authenticate", accessKey=KEY).content)
    assert session.tag == f"{{{NAMESPACE}}}string"
    listed = form(yuki, "Administrations", sessionID=session.text)
    assert etree.fromstring(listed.content)[0].get("ID") == ADMINISTRATION
    posted = yuki.http.post(f"{yuki.url}/ws/Contact.asmx/Language", data={"sessionID": session.text})
    assert etree.fromstring(posted.content).text == "nl"


def test_forms_also_answer_lists_and_nothing(yuki: Yuki) -> None:
    parameters = {"sessionID": yuki.session(), "administrationID": ADMINISTRATION}
    listed = yuki.http.get(f"{yuki.url}/ws/Vat.asmx/ActiveVATCodesList", params=parameters)
    assert len(etree.fromstring(listed.content)) == 6
    nothing = form(yuki, "SetLanguage", sessionID=yuki.session(), language="en")
    assert (nothing.status_code, nothing.content) == (200, b"")


def test_a_service_describes_itself_and_takes_no_other_verbs(yuki: Yuki) -> None:
    page = yuki.http.get(f"{yuki.url}/ws/Contact.asmx")
    assert (page.status_code, "?WSDL" in page.text) == (200, True)
    assert yuki.http.put(f"{yuki.url}/ws/Contact.asmx", content=b"").status_code == 405


def test_a_form_without_its_parameter_is_refused(yuki: Yuki) -> None:
    answer = form(yuki, "Authenticate")
    assert (answer.status_code, answer.text) == (500, "Missing parameter: accessKey.")


def test_a_form_cannot_carry_a_document(yuki: Yuki) -> None:
    assert form(yuki, "UpdateContact", sessionID="x", domainID=DOMAIN, xmlDoc="<x/>").status_code == 500


def test_a_fault_strikes_the_named_operation_only(yuki: Yuki) -> None:
    yuki.session()
    yuki.simulator.set_switches({"unavailable": {"count": 1, "operations": ["GetCurrentDomain"]}})
    assert yuki.with_session("Contact", "Language").text == "nl"
    answer = yuki.post("Contact", "GetCurrentDomain", f"<sessionID>{yuki.session()}</sessionID>")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")
    assert texts(yuki.with_session("Contact", "GetCurrentDomain")[0][0]) == {"Name": "voorbeeld-groep"}


def test_times_with_a_zone_become_amsterdam_times(yuki: Yuki) -> None:
    yuki.simulator.clock.set(datetime.fromisoformat("2026-07-01T10:00:00+00:00"))  # 12:00 in Amsterdam
    yuki.control(f"contacts/{ROOFER}", {"City": "Kampen"})
    assert [one.get("ID") for one in yuki.search(after="2026-07-01T09:59:59Z")] == [ROOFER]
    assert yuki.search(after="2026-07-01T10:00:01Z") == []
    assert [one.get("ID") for one in yuki.search(after="2026-07-01T11:59:59")] == [ROOFER]
    assert [one.get("ID") for one in yuki.search(after="2026-07-01")] == [ROOFER]
