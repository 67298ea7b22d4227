"""Reading records of the simulated Tribe: shapes, options, pages, navigation (tribe-api 3.1, 3.2)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.contract.simulated_tribe import (
    BAKERY,
    BAKERY_CUSTOMER,
    BILLING,
    CUSTOMERS,
    DATA,
    EMPLOYEE,
    FREE_LINE,
    HOME,
    INVOICE,
    JIP,
    JIP_CUSTOMER,
    LEADS,
    LEDGER,
    LINE,
    MILL,
    MILL_LEAD,
    NETHERLANDS,
    OWN,
    PERSON_CUSTOMERS,
    PRODUCT,
    SECOND_INVOICE,
    UNKNOWN,
    VAT_9,
    VISITING,
    Tribe,
    simulated_tribe,
    to,
)

EDM = {"edm": "http://docs.oasis-open.org/odata/ns/edm"}


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Tribe]:
    with simulated_tribe(tmp_path) as one:
        yield one


def example(name: str) -> Any:
    return json.loads((DATA / "odata" / f"{name}.json").read_text(encoding="utf-8"))


INVOICE_EXPAND = (
    "Phase,Relationship,Contact,"
    "ProductLines($expand=VatGroup,Product($expand=GeneralLedgerAccount)),Attachments($expand=File)"
)
ADDRESSES = "VisitingAddress($expand=Country),PostalAddress,InvoiceAddress($expand=Country)"


@pytest.mark.parametrize(
    ("name", "path", "options"),
    [
        ("Relation_Organization-single-expanded", f"Relation_Organization({BAKERY})", {"expand": ADDRESSES}),
        ("Relation_Person-single-expanded", f"Relation_Person({JIP})", {"expand": "Address($expand=Country)"}),
        (
            "Customer-single-expanded",
            f"{CUSTOMERS}({BAKERY_CUSTOMER})",
            {"expand": "Relation,Organization,AccountManager"},
        ),
        ("PrivateCustomer-single-expanded", f"{PERSON_CUSTOMERS}({JIP_CUSTOMER})", {"expand": "Relation,Person"}),
        ("Product-single-expanded", f"Product({PRODUCT})", {"expand": "VatGroup,GeneralLedgerAccount"}),
        ("Activity_Invoice-draft-expanded", f"Activity_Invoice({INVOICE})", {"expand": INVOICE_EXPAND}),
        ("Relation_Organization-list", "Relation_Organization", {}),
        ("Datastore_Phase_ActivityInvoice-list", "Datastore_Phase_ActivityInvoice", {}),
        ("Datastore_VatGroup-list", "Datastore_VatGroup", {}),
        ("Datastore_GeneralLedgerAccount-list", "Datastore_GeneralLedgerAccount", {}),
        ("GetCurrentEmployee-expanded", "GetCurrentEmployee()", {"expand": "Person"}),
    ],
)
def test_answers_hold_what_the_examples_hold(tribe: Tribe, name: str, path: str, options: dict[str, str]) -> None:
    assert_holds(tribe.get(path, **options), example(name), name)


def assert_holds(answer: Any, expected: Any, where: str) -> None:
    """Compare names, nulls and kinds of value, at every depth; the answer may hold more names."""
    match expected:
        case dict():
            assert isinstance(answer, dict), where
            for name, value in expected.items():
                assert name in answer, f"{where}.{name}"
                assert_holds(answer[name], value, f"{where}.{name}")
        case [first, *_] if answer:
            assert_holds(answer[0], first, f"{where}[0]")
        case str() | float() | int() if answer is not None:
            assert type(answer) is type(expected), where
        case _:
            pass


def test_the_own_organisation_is_read_as_the_example_shows(tribe: Tribe) -> None:
    answer = tribe.get("Relationship_Organization_Identity", expand="Relation($select=ID)", select="Name")
    assert answer == example("Relationship_Organization_Identity")


def test_an_empty_list_is_a_list(tribe: Tribe) -> None:
    assert tribe.get("Relation_Organization", filter="Name eq 'Niemand'") == example("empty-list")


def test_an_unknown_set_is_told_as_the_example_shows(tribe: Tribe) -> None:
    tribe.switch(module_off="404")
    answer = tribe.call("GET", "Activity_Invoice")
    expected = example("error-odata")["error"]["message"].removeprefix("made-up text: ")
    assert (answer.status_code, answer.json()) == (404, {"error": {"code": None, "message": expected}})


@pytest.mark.parametrize("entity_set", ["Employee", "relation_organization", "Entity", "Relation", "$batch"])
def test_sets_that_do_not_exist(tribe: Tribe, entity_set: str) -> None:
    assert tribe.call("GET", entity_set).status_code == 404


def test_values_read_as_recorded(tribe: Tribe) -> None:
    tribe.call("PUT", f"Address({HOME})", {"HouseNumber": 5.5})
    person = tribe.get(f"Relation_Person({JIP})", expand="Address")
    assert person["Name"] == "\n\nJip van der Meulen"
    assert person["_Name"] == "Jip van der Meulen"
    assert (person["SortName"], person["BirthDay"]) == ("Meulen van der, Jip", "07-09")
    assert person["_11111111__2222__4333__8444__555555555555"] == "blauw"
    assert person["Address"]["HouseNumber"] == 5.5
    organisation = tribe.get(f"Relation_Organization({BAKERY})", expand="VisitingAddress")
    assert organisation["_Name"] == "Bakkerij 't Korenschuurtje"
    assert (organisation["CreationDate"], organisation["Website"]) == ("2026-01-12T08:30:00Z", None)
    assert organisation["NumberOfEmployees"] == 12
    address = organisation["VisitingAddress"]
    assert (address["HouseNumber"], type(address["HouseNumber"]), address["_Name"]) == (12, int, "Molenweg 12 A")


def test_a_custom_field_of_one_is_null_for_the_others(tribe: Tribe) -> None:
    rows = tribe.get("Relation_Person")["value"]
    assert [row["_11111111__2222__4333__8444__555555555555"] for row in rows] == ["blauw", None]


@pytest.mark.parametrize(("nulls", "empty"), [("null", None), ("false", False)])
def test_booleans_that_are_not_true(tribe: Tribe, nulls: str, empty: bool | None) -> None:
    tribe.switch(nulls=nulls)
    groups = tribe.get("Datastore_VatGroup")["value"]
    assert [group["IsDefault"] for group in groups] == [True, empty]
    filtered = tribe.ids("Datastore_VatGroup", filter="IsDefault eq false")
    assert filtered == ([VAT_9] if nulls == "false" else [])
    assert tribe.ids("Datastore_VatGroup", filter="IsDefault ne true") == [VAT_9]


def test_the_prefix_of_a_name_may_be_repeated(tribe: Tribe) -> None:
    tribe.switch(repeat_prefix=True)
    assert tribe.get(f"Relation_Person({JIP})")["Name"] == "\n\nJip van der van der Meulen"


@pytest.mark.parametrize(
    ("record_id", "record_type"),
    [
        (BAKERY, "Relation.Organization"),
        (JIP, "Relation.Person"),
        (BAKERY_CUSTOMER, "Relationship.Organization.CommercialRelationship.Customer"),
        (MILL_LEAD, "Relationship.Organization.CommercialRelationship.Lead"),
        (INVOICE, "Activity.Invoice"),
        (LINE, "ProductLine"),
        (VISITING, "Address"),
        (VAT_9, "Datastore.VatGroup"),
    ],
)
def test_any_record_is_found_by_its_id_alone(tribe: Tribe, record_id: str, record_type: str) -> None:
    answer = tribe.get(f"Entity({record_id.upper()})")
    assert (answer["ID"], answer["_Type"]) == (record_id, record_type)


def test_what_is_not_there(tribe: Tribe) -> None:
    for path in (f"Entity({UNKNOWN})", f"Relation_Person({BAKERY})", f"Activity_Invoice({INVOICE})/Nothing/At/All"):
        assert tribe.call("GET", path).status_code in (400, 404)
    assert tribe.call("GET", f"Entity({UNKNOWN})").json()["error"]["code"] is None
    assert "without quotes" in tribe.refusal("GET", f"Relation_Person('{JIP}')")
    assert tribe.http.get("/v1/mutation", headers=tribe.headers).status_code == 404


def test_select_leaves_the_id_and_what_was_asked_for(tribe: Tribe) -> None:
    answer = tribe.get(f"Relation_Organization({BAKERY})", select="Name,DebtorNumber")
    assert answer.keys() == {"@odata.context", "ID", "Name", "DebtorNumber"}


def test_expand_nests_with_options_of_its_own(tribe: Tribe) -> None:
    expand = "Organization($select=Name;$expand=VisitingAddress($select=City;$expand=Country($select=Code)))"
    assert tribe.get(f"{CUSTOMERS}({BAKERY_CUSTOMER})", select="ID", expand=expand) == {
        "@odata.context": f"$metadata#OData.{CUSTOMERS}",
        "ID": BAKERY_CUSTOMER,
        "Organization": {
            "ID": BAKERY,
            "Name": "Bakkerij 't Korenschuurtje",
            "VisitingAddress": {"ID": VISITING, "City": "Voorbeeldstad", "Country": {"ID": NETHERLANDS, "Code": "NL"}},
        },
    }


def test_collections_expand_with_filter_order_and_top(tribe: Tribe) -> None:
    expand = "ProductLines($select=Description;$filter=Price gt 2;$orderby=Price desc;$top=1)"
    answer = tribe.get(f"Activity_Invoice({INVOICE})", select="ID", expand=expand)
    assert answer["ProductLines"] == [{"ID": FREE_LINE, "Description": "Bezorging"}]


@pytest.mark.parametrize(
    ("owner", "expand", "expected"),
    [
        (f"Relation_Organization({BAKERY})", "Addresses", [VISITING, BILLING]),
        (f"Relation_Organization({BAKERY})", "Relationships", [BAKERY_CUSTOMER]),
        (f"Relation_Person({JIP})", "Addresses", [HOME]),
        (f"Activity_Invoice({INVOICE})", "ProductLines", [LINE, FREE_LINE]),
        (f"Activity_Invoice({INVOICE})", "Attachments", []),
        (f"Product({PRODUCT})", "ProductLine", [LINE, "50000000-0000-4000-8000-000000000053"]),
        (f"Datastore_GeneralLedgerAccount({LEDGER})", "Product", [PRODUCT]),
        (f"{CUSTOMERS}({BAKERY_CUSTOMER})", "Notes", []),
    ],
)
def test_collections(tribe: Tribe, owner: str, expand: str, expected: list[str]) -> None:
    rows = tribe.get(owner, expand=f"{expand}($select=ID)")[expand]
    assert sorted(row["ID"] for row in rows) == sorted(expected)
    assert sorted(tribe.ids(f"{owner}/{expand}")) == sorted(expected)


def test_a_path_leads_over_links(tribe: Tribe) -> None:
    answer = tribe.get(f"Product({PRODUCT})/GeneralLedgerAccount")
    assert (answer["@odata.context"], answer["Code"]) == ("$metadata#OData.Datastore_GeneralLedgerAccount", "80000")
    assert tribe.get(f"Relation_Organization({BAKERY})/VisitingAddress/Country", select="Code")["Code"] == "NL"
    assert tribe.call("GET", f"Relation_Organization({BAKERY})/PostalAddress").status_code == 204
    assert tribe.call("DELETE", f"Product({PRODUCT})/GeneralLedgerAccount").status_code == 405


def test_a_link_to_a_base_type_does_not_expand_through(tribe: Tribe) -> None:
    path, expand = f"Activity_Invoice({INVOICE})", "Relationship($expand=Organization($select=ID))"
    assert "Organization" in tribe.refusal("GET", path, expand=expand)
    shown = tribe.get(path, expand="Relationship")["Relationship"]
    assert (shown["_Type"], shown["PaymentTermInDays"]) == (
        "Relationship.Organization.CommercialRelationship.Customer",
        30,
    )
    tribe.switch(base_type_expand=True)
    assert tribe.get(path, expand=expand)["Relationship"]["Organization"] == to(BAKERY)


def test_whom_an_application_works_as(tribe: Tribe) -> None:
    answer = tribe.get("GetCurrentEmployee()", select="ID", expand="Person($select=LastName)")
    assert (answer["ID"], answer["Person"]["LastName"]) == (EMPLOYEE, "Yuki koppeling")


# Lists


def groups(number: int) -> dict[str, list[dict[str, Any]]]:
    rows = [{"ID": f"60000000-0000-4000-8000-{n:012d}", "Name": f"Groep {n:03d}"} for n in range(1000, 1000 + number)]
    return {"ProductGroup": rows}


def test_no_answer_holds_more_than_a_hundred_records(tmp_path: Path) -> None:
    with simulated_tribe(tmp_path, groups(250)) as tribe:
        for options in ({}, {"top": "1000"}, {"top": "100"}):
            answer = tribe.get("ProductGroup", **options)
            assert len(answer["value"]) == 100
            assert answer.keys() == {"@odata.context", "value"}
        pages = [tribe.ids("ProductGroup", skip=str(skip)) for skip in (0, 100, 200, 300)]
        assert [len(page) for page in pages] == [100, 100, 50, 0]
        assert len({record_id for page in pages for record_id in page}) == 250


def test_counting_tells_how_many_there_are_without_the_cap(tmp_path: Path) -> None:
    with simulated_tribe(tmp_path, groups(120)) as tribe:
        assert tribe.get("ProductGroup", count="true", top="1")["@odata.count"] == 120
        assert tribe.get("ProductGroup", count="true", filter="endswith(Name,'5')", top="0")["@odata.count"] == 12


def test_a_list_that_goes_on_may_say_where(tmp_path: Path) -> None:
    with simulated_tribe(tmp_path, groups(250)) as tribe:
        tribe.switch(next_link=True)
        found: list[str] = []
        target = "ProductGroup?$filter=Name%20gt%20'Groep'&$top=100"
        while target:
            answer = tribe.http.get(f"/v1/odata/{target}", headers=tribe.headers).json()
            found += [row["ID"] for row in answer["value"]]
            target = answer.get("@odata.nextLink", "")
        assert len(found) == len(set(found)) == 250


@pytest.mark.parametrize(
    ("orderby", "expected"),
    [
        ("Name", [BAKERY, MILL, OWN]),
        ("Name desc", [OWN, MILL, BAKERY]),
        ("DebtorNumber,Name desc", [OWN, MILL, BAKERY]),
        ("DebtorNumber desc, Name asc", [BAKERY, MILL, OWN]),
        ("VisitingAddress/City desc,Name", [BAKERY, MILL, OWN]),
    ],
)
def test_lists_are_ordered(tribe: Tribe, orderby: str, expected: list[str]) -> None:
    assert tribe.ids("Relation_Organization", orderby=orderby) == expected


def test_a_blank_is_never_a_plus(tribe: Tribe) -> None:
    plus = "/v1/odata/Relation_Organization?$filter=Name+ne+null"
    assert tribe.http.get(plus, headers=tribe.headers).status_code == 400
    tribe.switch(accept_plus=True)
    assert len(tribe.http.get(plus, headers=tribe.headers).json()["value"]) == 3


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("Relation_Organization", {"select": "Naam"}),
        ("Relation_Organization", {"select": "name"}),
        ("Relation_Organization", {"expand": "Name"}),
        ("Relation_Organization", {"expand": "Customers"}),
        ("Relation_Organization", {"expand": "InvoiceAddress($select=Name"}),
        ("Relation_Organization", {"expand": "InvoiceAddress($select=Postcode)"}),
        ("Relation_Organization", {"orderby": "Name sideways"}),
        ("Relation_Organization", {"orderby": "Addresses"}),
        ("Relation_Organization", {"top": "-1"}),
        ("Relation_Organization", {"skip": "x"}),
        ("Relation_Organization", {"count": "yes"}),
        ("Relation_Organization", {"search": "x"}),
        ("Relation_Organization", {"apply": "x"}),
        (f"Relation_Organization({BAKERY})", {"select": "Naam"}),
        (f"Relation_Organization({BAKERY})/InvoiceAddress", {"select": "Naam"}),
    ],
)
def test_queries_that_make_no_sense_are_refused(tribe: Tribe, path: str, options: dict[str, str]) -> None:
    assert tribe.refusal("GET", path, **options)


def test_names_are_checked_though_nothing_is_found(tribe: Tribe) -> None:
    assert "Naam" in tribe.refusal("GET", "Datastore_State", select="Naam")


# Names and types of the tenant's own


def test_properties_may_have_other_names(tribe: Tribe) -> None:
    names = {
        "Activity_Invoice.InvoiceDate": "Date",
        "Activity_Invoice.IsFinal": "",
        "ProductLine.Invoice": "Activity",
    }
    tribe.switch(property_names=names)
    tribe.control(f"invoices/{INVOICE}/send")
    invoice = tribe.get(f"Activity_Invoice({INVOICE})")
    assert invoice["Date"] == "2026-11-20"
    assert {"InvoiceDate", "IsFinal"}.isdisjoint(invoice)
    assert tribe.ids("Activity_Invoice", filter="Date eq 2026-11-20", orderby="Date", select="Date") == [INVOICE]
    assert "InvoiceDate" in tribe.refusal("GET", "Activity_Invoice", filter="InvoiceDate eq 2026-11-20")
    assert tribe.get(f"ProductLine({LINE})", expand="Activity($select=ID)")["Activity"] == to(INVOICE)
    assert "Invoice" in tribe.refusal("GET", f"ProductLine({LINE})", expand="Invoice")
    assert "InvoiceDate" in tribe.refusal("PUT", f"Activity_Invoice({SECOND_INVOICE})", {"InvoiceDate": "2026-11-20"})
    assert tribe.call("PUT", f"Activity_Invoice({SECOND_INVOICE})", {"Date": "2026-11-20"}).json()["Date"]


def test_types_of_the_tenants_own(tmp_path: Path) -> None:
    own, role = "ec99e518__d492__48a1__8aab__a131ad465fd5", "30000000-0000-4000-8000-000000000099"
    further = {own: [{"ID": role, "Relation": to(OWN), "Organization": to(MILL)}]}
    with simulated_tribe(tmp_path, further) as tribe:
        assert tribe.get(f"Entity({role})")["_Type"] == "ec99e518-d492-48a1-8aab-a131ad465fd5"
        assert tribe.ids(own, filter=f"Organization/ID eq {MILL}") == [role]
        mill = tribe.get(f"Relation_Organization({MILL})", expand="Relationships($select=ID)")
        assert {row["ID"] for row in mill["Relationships"]} == {MILL_LEAD, role}


def test_metadata_declares_what_there_is(tribe: Tribe) -> None:
    answer = tribe.http.get("/v1/odata/$metadata", headers=tribe.headers)
    assert answer.headers["content-type"] == "application/xml"
    root = etree.fromstring(answer.content)
    sets = {one.get("Name") for one in root.iterfind(".//edm:EntitySet", EDM)}
    assert {"Entity", "Activity_Invoice", CUSTOMERS, LEADS, "Datastore_AdressType"} <= sets
    invoice = ".//edm:EntityType[@Name='Activity_Invoice']"
    kinds = {one.get("Name"): one.get("Type") for one in root.iterfind(f"{invoice}/edm:Property", EDM)}
    assert (kinds["Amount"], kinds["IsFinal"], kinds["ID"]) == ("Edm.Double", "Edm.Boolean", "Edm.Guid")
    assert "TotalExcludingVat" not in kinds
    links = {one.get("Name"): one.get("Type") for one in root.iterfind(f"{invoice}/edm:NavigationProperty", EDM)}
    assert (links["ProductLines"], links["Relationship"]) == ("Collection(OData.ProductLine)", "OData.Relationship")


def test_metadata_comes_as_json_too(tribe: Tribe) -> None:
    answer = tribe.http.get("/v1/odata/$metadata?$format=json", headers=tribe.headers).json()
    assert answer["OData"]["Activity_Invoice"]["Number"]["$Type"] == "Edm.String"
    root = tribe.http.get("/v1/odata/", headers=tribe.headers).json()
    assert {"name": "ProductLine", "kind": "EntitySet", "url": "ProductLine"} in root["value"]
