"""Requests as zeep writes them from the packaged WSDLs, and what importing the package costs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from lxml import etree

from tribe_yuki.adapters.yuki import YukiEndpoint, soap
from tribe_yuki.adapters.yuki.soap import Operation, write_request
from tribe_yuki.core.errors import Defect

SEARCH = {
    "sessionID": "s",
    "domainID": "d",
    "searchOption": "All",
    "searchValue": "",
    "sortOrder": "HID",
    "modifiedAfter": None,
    "active": "Both",
    "pageNumber": 1,
}
XML = {"_value_1": etree.fromstring("<A xmlns='urn:a'><B>1</B></A>")}
EVERY_CALL = [
    (soap.AUTHENTICATE, {"accessKey": "k"}),
    (soap.DOMAINS, {"sessionID": "s"}),
    (soap.GET_CURRENT_DOMAIN, {"sessionID": "s"}),
    (soap.SET_CURRENT_DOMAIN, {"sessionID": "s", "domainID": "d"}),
    (soap.ADMINISTRATIONS, {"sessionID": "s"}),
    (soap.SEARCH_CONTACTS, SEARCH),
    (soap.GET_SUPPLIERS_AND_CUSTOMERS, {**SEARCH, "contactType": "Customer"}),
    (soap.UPDATE_CONTACT, {"sessionID": "s", "domainID": "d", "xmlDoc": XML}),
    (soap.PROCESS_SALES_INVOICES, {"sessionId": "s", "administrationId": "a", "xmlDoc": XML}),
    (soap.CHECK_OUTSTANDING_ITEM, {"sessionID": "s", "administrationID": "a", "Reference": "r"}),
    (
        soap.OUTSTANDING_DEBTOR_ITEMS,
        {"sessionID": "s", "administrationID": "a", "includeBankTransactions": False, "sortOrder": "DateAsc"},
    ),
    (soap.ACTIVE_VAT_CODES, {"sessionID": "s", "administrationID": "a"}),
    (soap.GL_ACCOUNT_SCHEME, {"sessionID": "s", "administrationID": "a"}),
    (
        soap.MODIFIED_DOCUMENTS_BY_TYPE,
        {
            "sessionID": "s",
            "documentType": 6,
            "sortOrder": "ModifiedAsc",
            "modifiedSince": datetime(2026, 1, 1, 8, 0),  # noqa: DTZ001 (as Yuki wants it)
            "numberOfRecords": 10,
            "startRecord": 0,
        },
    ),
]


def test_every_operation_has_its_call_here() -> None:
    assert {call for call, _ in EVERY_CALL} == {one for one in vars(soap).values() if isinstance(one, Operation)}


@pytest.mark.parametrize(("operation", "parameters"), EVERY_CALL, ids=lambda value: getattr(value, "name", ""))
def test_parameters_are_written_with_their_names_in_their_order(
    operation: Operation, parameters: dict[str, object]
) -> None:
    request = write_request(operation, **dict(reversed(parameters.items())))
    call = etree.fromstring(request.envelope).find(f".//{{http://www.theyukicompany.com/}}{operation.name}")
    assert call is not None
    assert [etree.QName(child).localname for child in call] == list(parameters)
    assert request.headers == {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"http://www.theyukicompany.com/{operation.name}"',
    }


def test_times_have_no_zone_and_a_missing_one_is_nil() -> None:
    nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    without = etree.fromstring(write_request(soap.SEARCH_CONTACTS, **SEARCH).envelope)
    assert [element.get(nil) for element in without.iter("{*}modifiedAfter")] == ["true"]
    moment = datetime(2026, 7, 1, 14, 0)  # noqa: DTZ001 (as Yuki wants it)
    with_one = etree.fromstring(write_request(soap.SEARCH_CONTACTS, **{**SEARCH, "modifiedAfter": moment}).envelope)
    assert [element.text for element in with_one.iter("{*}modifiedAfter")] == ["2026-07-01T14:00:00"]


def test_documents_are_nested_as_they_are() -> None:
    request = write_request(soap.UPDATE_CONTACT, sessionID="s", domainID="d", xmlDoc=XML)
    assert [element.text for element in etree.fromstring(request.envelope).iter("{urn:a}B")] == ["1"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"sessionId": "kanarie", "administrationID": "a"},
        {"sessionID": "s", "administrationID": {"kanarie": 1}},
    ],
)
def test_parameters_that_the_wsdl_does_not_know_are_a_defect(parameters: dict[str, object]) -> None:
    with pytest.raises(Defect) as defect:
        write_request(soap.ACTIVE_VAT_CODES, **parameters)
    assert "kanarie" not in f"{defect.value} {defect.value!r}"


def test_each_wsdl_is_read_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(lambda _: write_request(soap.AUTHENTICATE, accessKey="k"), range(8)):
            pass
    assert soap._build_client.cache_info().misses == soap._build_client.cache_info().currsize


def test_a_request_is_not_shown() -> None:
    assert "kanarie" not in repr(write_request(soap.AUTHENTICATE, accessKey="kanarie"))


@pytest.mark.parametrize("module", ["zeep", "requests"])
def test_importing_the_client_imports_no_zeep(module: str) -> None:
    program = f"import sys, tribe_yuki.adapters.yuki; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_endpoints() -> None:
    assert YukiEndpoint.of("nl").address("Sales") == "https://api.yukiworks.nl/ws/Sales.asmx"
    assert YukiEndpoint.of("be").address("Vat") == "https://api.yukiworks.be/ws/Vat.asmx"
    assert YukiEndpoint.of("nl", "http://127.0.0.1:80/").address("Vat") == "http://127.0.0.1:80/ws/Vat.asmx"
    assert YukiEndpoint.of("be", "http://127.0.0.1:80").address("Vat") == "http://127.0.0.1:80/be/ws/Vat.asmx"


@pytest.mark.parametrize(
    ("region", "base_url"),
    [
        ("de", None),
        ("nl", "ftp://h"),
        ("nl", "api.yukiworks.nl"),
        ("nl", "https://user:kanarie@h"),
        ("nl", "https://h?kanarie"),
        ("nl", "http://10.0.0.5"),
        ("nl", "http://yuki.example:8080/path"),
        ("be", "http://127.0.0.1.example"),
    ],
)
def test_a_wrong_endpoint_is_refused_without_being_quoted(region: str, base_url: str | None) -> None:
    with pytest.raises(ValueError, match=r"give nl or be|must look like") as refused:
        YukiEndpoint.of(region, base_url)  # type: ignore[arg-type]
    assert "kanarie" not in str(refused.value)
