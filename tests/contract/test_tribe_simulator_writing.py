"""Writing records of the simulated Tribe: create, change, delete, and what Tribe does by itself (tribe-api 3.3)."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contract.simulated_tribe import (
    BAKERY,
    BAKERY_CONTACT,
    BAKERY_CUSTOMER,
    BILLING,
    CUSTOMERS,
    EMPLOYEE,
    FREE_LINE,
    HOME,
    INVOICE,
    JIP,
    JIP_CUSTOMER,
    LEADS,
    LINE,
    MILL,
    MILL_LEAD,
    NETHERLANDS,
    OWN,
    PAID,
    PERSON_CUSTOMERS,
    PRODUCT,
    SECOND_INVOICE,
    SENT,
    UNKNOWN,
    VAT_9,
    VAT_21,
    VISITING,
    Tribe,
    simulated_tribe,
    to,
)

START = "2026-11-23T09:00:00Z"


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Tribe]:
    with simulated_tribe(tmp_path) as one:
        one.control("clock", {"now": START})
        one.headers = {"Authorization": f"Bearer {one.token()}"}
        yield one


def created(tribe: Tribe, entity_set: str, **body: Any) -> Any:
    answer = tribe.call("POST", entity_set, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


# Creating


def test_a_new_record_is_answered_whole(tribe: Tribe) -> None:
    answer = created(tribe, "Relation_Organization", Name="Nieuw", ImportId="yuki:1")
    assert answer["@odata.context"] == "$metadata#OData.Relation_Organization"
    assert answer["CreationDate"] == answer["LastMutationDate"] == START
    assert (answer["Name"], answer["ImportId"], answer["Website"]) == ("Nieuw", "yuki:1", None)
    assert tribe.get(f"Relation_Organization({answer['ID']})") == answer


@pytest.mark.parametrize(("status", "has_body"), [(200, True), (201, True), (204, False)])
def test_the_answer_to_a_creation_is_a_switch(tribe: Tribe, status: int, has_body: bool) -> None:
    tribe.switch(post_status=status)
    answer = tribe.call("POST", "Relation_Organization", {"Name": "Nieuw"})
    assert (answer.status_code, bool(answer.content)) == (status, has_body)


def test_children_and_links_are_created_in_one_call(tribe: Tribe) -> None:
    address = {"Street": "Kade", "HouseNumber": 7, "City": "Elders", "Country": to(NETHERLANDS)}
    role = created(
        tribe,
        CUSTOMERS,
        Relation=to(OWN),
        PaymentTermInDays=21,
        Organization={"Name": "Nieuw", "InvoiceAddress": address},
        Notes=[{"Content": "Let op", "IsPinned": True}],
    )
    expand = "Organization($expand=InvoiceAddress($expand=Country,Organization),Addresses),Notes"
    read = tribe.get(f"{CUSTOMERS}({role['ID']})", expand=expand)
    billing = read["Organization"]["InvoiceAddress"]
    assert (billing["Street"], billing["Country"]["Code"]) == ("Kade", "NL")
    assert billing["Organization"]["ID"] == read["Organization"]["ID"]
    assert [one["ID"] for one in read["Organization"]["Addresses"]] == [billing["ID"]]
    assert [(note["Content"], note["IsPinned"]) for note in read["Notes"]] == [("Let op", True)]


def test_the_address_of_a_person_is_linked_from_its_own_side(tribe: Tribe) -> None:
    person = created(tribe, "Relation_Person", LastName="Zonder")
    address = created(tribe, "Address", Person=to(person["ID"]), City="Elders")
    assert tribe.get(f"Relation_Person({person['ID']})", expand="Address")["Address"]["ID"] == address["ID"]
    created(tribe, "Address", Person=to(JIP), City="Anders")
    assert tribe.get(f"Relation_Person({JIP})", expand="Address")["Address"]["ID"] == HOME


def test_an_invoice_starts_as_a_draft_with_what_its_products_say(tribe: Tribe) -> None:
    lines = [{"Product": to(PRODUCT)}, {"Description": "Vrij", "Price": 10.0, "Quantity": 3.0, "VatGroup": to(VAT_21)}]
    made = created(tribe, "Activity_Invoice", Subject="Los", Relationship=to(JIP_CUSTOMER), ProductLines=lines)
    invoice = tribe.get(f"Activity_Invoice({made['ID']})", expand="Phase,ProductLines($expand=VatGroup)")
    assert (invoice["Phase"]["Code"], invoice["Currency"], invoice["Number"]) == ("Draft", "EUR", None)
    assert (invoice["_Name"], invoice["RelationDescription"]) == ("Los", "Jip van der Meulen")
    bread, free = invoice["ProductLines"]
    assert (bread["Description"], bread["Price"], bread["VatGroup"]["ID"]) == ("Roggebrood 800 g", 2.5, VAT_9)
    assert (bread["Quantity"], bread["PriceInCurrency"]) == (1.0, 2.5)
    assert (free["Total"], free["TotalIncludingVat"], free["Currency"]) == (30.0, 36.3, "EUR")


@pytest.mark.parametrize(
    ("entity_set", "body", "words"),
    [
        ("Relation_Organization", {}, "Name must be filled in"),
        ("Relation_Person", {"FirstName": "Jip"}, "LastName must be filled in"),
        (CUSTOMERS, {"Relation": to(OWN)}, "Organization must be filled in"),
        ("Relation_Organization", {"name": "x"}, "'name' does not exist"),
        ("Relation_Organization", {"Name": 5}, "Name is no Edm.String"),
        ("Relation_Organization", {"Name": "x", "NumberOfEmployees": "12"}, "no Edm.Int32"),
        ("Relation_Organization", {"Name": "x", "CreationDate": START}, "cannot be set"),
        ("Relation_Person", {"LastName": "x", "Name": "x"}, "Name cannot be set"),
        ("Relation_Person", {"LastName": "x", "BirthDate": "gisteren"}, "no Edm.Date"),
        ("Address", {"HouseNumber": "12"}, "no Edm.Double"),
        ("Address", {"HouseNumber": float("nan")}, "no Edm.Double"),
        ("Address", {"Country": "NL"}, "Country is a link"),
        ("Address", {"Country": to(UNKNOWN)}, "no Datastore_Country"),
        ("Address", {"Country": to(BAKERY)}, "no Datastore_Country"),
        (CUSTOMERS, {"Organization": to(JIP)}, "no Relation_Organization"),
        (CUSTOMERS, {"Organization": {"Name": "x"}, "Relation": {"Name": "x"}}, "several types"),
        (CUSTOMERS, {"Organization": {"Website": "x"}}, "Name must be filled in"),
        (CUSTOMERS, {"Organization": {"Name": "x", "InvoiceAddress": {"HouseNumber": "1"}}}, "no Edm.Double"),
        ("Activity_Invoice", {"ProductLines": {}}, "must be a list"),
        ("Activity_Invoice", {"ProductLines": [{"Price": "1"}]}, "no Edm.Double"),
        ("Activity_Invoice", {"Amount": 5.0}, "Amount cannot be set"),
        ("Activity_Invoice", {"IsVatIncluded": "true"}, "no Edm.Boolean"),
        ("Relation_Organization", {"ID": "x", "Name": "x"}, "no Edm.Guid"),
        ("Attachment", {"File": {"Name": "x", "Data": "***"}}, "Base64"),
        ("Datastore_VatGroup", {"Name": "x"}, "can only be read"),
        ("Relationship_Organization_Identity", {"Name": "x"}, "can only be read"),
        ("Relation_Organization", [], "must be an object"),
    ],
)
def test_what_tribe_cannot_take_is_refused_and_changes_nothing(
    tribe: Tribe, entity_set: str, body: Any, words: str
) -> None:
    before = tribe.state()
    assert words in tribe.refusal("POST", entity_set, body)
    after = tribe.state()
    assert after | {"calls": {}} == before | {"calls": {}}


def test_a_body_that_is_no_json(tribe: Tribe) -> None:
    answer = tribe.http.post("/v1/odata/Relation_Person", content=b"<xml/>", headers=tribe.headers)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "the body is no JSON")


# Changing


@pytest.mark.parametrize(("status", "has_body"), [(200, True), (204, False)])
def test_put_changes_only_what_it_names(tribe: Tribe, status: int, has_body: bool) -> None:
    tribe.switch(put_status=status)
    before = tribe.get(f"Relation_Organization({BAKERY})")
    tribe.control("clock", {"advance_seconds": 60})
    answer = tribe.call("PUT", f"Relation_Organization({BAKERY})", {"Website": "https://x.example"})
    assert (answer.status_code, bool(answer.content)) == (status, has_body)
    after = tribe.get(f"Relation_Organization({BAKERY})")
    assert after == before | {"Website": "https://x.example", "LastMutationDate": "2026-11-23T09:01:00Z"}


def test_post_with_an_id_is_a_change(tribe: Tribe) -> None:
    answer = tribe.call("POST", "Activity_Invoice", {"ID": INVOICE.upper(), "Phase": to(PAID)})
    assert (answer.status_code, answer.json()["Subject"]) == (200, "Levering maart")
    assert tribe.get(f"Activity_Invoice({INVOICE})", expand="Phase")["Phase"]["Code"] == "Paid"


def test_post_with_an_id_of_another_set_finds_nothing(tribe: Tribe) -> None:
    assert tribe.call("POST", "Relation_Person", {"ID": BAKERY, "LastName": "x"}).status_code == 404


@pytest.mark.parametrize(("switch", "status"), [("create", 201), ("404", 404)])
def test_post_with_an_unknown_id_is_a_switch(tribe: Tribe, switch: str, status: int) -> None:
    tribe.switch(post_unknown_id=switch)
    answer = tribe.call("POST", "Relation_Organization", {"ID": UNKNOWN, "Name": "Nieuw"})
    assert answer.status_code == status
    assert tribe.call("GET", f"Entity({UNKNOWN})").status_code == (200 if status == 201 else 404)


def test_null_empties_a_field_and_a_link(tribe: Tribe) -> None:
    tribe.call("PUT", f"Relation_Organization({BAKERY})", {"DebtorNumber": None, "VisitingAddress": None})
    read = tribe.get(f"Relation_Organization({BAKERY})", expand="VisitingAddress")
    assert (read["DebtorNumber"], read["VisitingAddress"]) == (None, None)


def test_put_works_on_entity_too(tribe: Tribe) -> None:
    assert tribe.call("PUT", f"Entity({MILL})", {"Website": "https://mill.example"}).status_code == 200
    assert tribe.stored("Relation_Organization", MILL)["Website"] == "https://mill.example"


def test_an_address_is_made_by_changing_its_owner(tribe: Tribe) -> None:
    tribe.call("PUT", f"Relation_Organization({MILL})", {"PostalAddress": {"Street": "Postbus", "HouseNumber": 1}})
    address = tribe.get(f"Relation_Organization({MILL})", expand="PostalAddress($expand=Organization)")["PostalAddress"]
    assert (address["Street"], address["Organization"]["ID"]) == ("Postbus", MILL)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (f"Relation_Organization({BAKERY})", {"Naam": "x"}, "'Naam' does not exist"),
        (f"Relation_Organization({BAKERY})", {"ID": MILL}, "cannot be changed"),
        (f"Relation_Organization({BAKERY})", {"Name": None}, "must stay filled in"),
        (f"Relation_Organization({BAKERY})", {"Addresses": []}, "one by one"),
        (f"Entity({VAT_9})", {"Name": "x"}, "can only be read"),
        (f"ProductLine({LINE})", {"Total": 1.0}, "cannot be set"),
    ],
)
def test_changes_that_tribe_refuses(tribe: Tribe, path: str, body: dict[str, Any], words: str) -> None:
    assert words in tribe.refusal("PUT", path, body)


def test_other_methods_do_not_exist(tribe: Tribe) -> None:
    for method, path in (
        ("PATCH", f"Relation_Organization({BAKERY})"),
        ("PUT", "Relation_Organization"),
        ("DELETE", "Relation_Organization"),
        ("POST", f"Relation_Organization({BAKERY})"),
    ):
        assert tribe.call(method, path, {"Name": "x"}).status_code == 405
    assert tribe.call("POST", "$batch", {}).status_code == 404
    assert tribe.call("POST", "Entity", {"Name": "x"}).status_code == 404


@pytest.mark.parametrize("moves", [False, True])
def test_the_date_of_an_owner_moves_with_its_parts_by_a_switch(tribe: Tribe, moves: bool) -> None:
    tribe.switch(parent_mutation_date=moves)
    tribe.call("PUT", f"Address({VISITING})", {"City": "Anders"})
    tribe.call("PUT", f"ProductLine({LINE})", {"Quantity": 41.0})
    for entity_set, record_id in (("Relation_Organization", BAKERY), ("Activity_Invoice", INVOICE)):
        assert (tribe.stored(entity_set, record_id)["LastMutationDate"] == START) is moves


# Types


def test_a_lead_becomes_a_customer_and_stays_itself(tribe: Tribe) -> None:
    body = {"ID": MILL_LEAD, "_UpgradeType": CUSTOMERS, "PaymentTermInDays": 8}
    answer = tribe.call("POST", LEADS, body)
    assert answer.status_code == 200
    role = tribe.get(f"{CUSTOMERS}({MILL_LEAD})", expand="Organization")
    assert (role["_Type"], role["UpgradeDate"]) == (CUSTOMERS.replace("_", "."), "2026-11-23")
    assert (role["PaymentTermInDays"], role["Organization"]["ID"]) == (8, MILL)
    assert tribe.call("GET", f"{LEADS}({MILL_LEAD})").status_code == 404
    assert tribe.ids(CUSTOMERS, filter=f"Organization/ID eq {MILL}") == [MILL_LEAD]


def test_a_customer_goes_down_with_another_date(tribe: Tribe) -> None:
    tribe.control(f"upgrade/{BAKERY_CUSTOMER}", {"to": LEADS})
    assert tribe.stored(LEADS, BAKERY_CUSTOMER)["DowngradeDate"] == "2026-11-23"


@pytest.mark.parametrize("target", [PERSON_CUSTOMERS, "Relationship_Organization_Supplier", "Nonsense"])
def test_only_types_of_the_same_level_are_exchanged(tribe: Tribe, target: str) -> None:
    assert tribe.refusal("POST", LEADS, {"ID": MILL_LEAD, "_UpgradeType": target, "PaymentTermInDays": 8})
    assert tribe.stored(LEADS, MILL_LEAD)["PaymentTermInDays"] is None


# Debtor numbers


def customer(tribe: Tribe, **fields: Any) -> Any:
    role = created(tribe, CUSTOMERS, Relation=to(OWN), Organization={"Name": "Nieuw", **fields})
    return tribe.get(f"{CUSTOMERS}({role['ID']})/Organization")["DebtorNumber"]


def test_who_becomes_a_customer_gets_the_next_debtor_number(tribe: Tribe) -> None:
    assert [customer(tribe), customer(tribe, DebtorNumber="Z-9"), customer(tribe)] == ["D-20001", "Z-9", "D-20002"]
    tribe.control(f"upgrade/{MILL_LEAD}", {"to": CUSTOMERS})
    assert tribe.stored("Relation_Organization", MILL)["DebtorNumber"] == "D-20003"
    person = created(tribe, PERSON_CUSTOMERS, Person={"LastName": "Nieuw"})
    assert tribe.get(f"{PERSON_CUSTOMERS}({person['ID']})/Person")["DebtorNumber"] == "D-20004"


def test_without_automatic_numbering_a_customer_has_none(tribe: Tribe) -> None:
    tribe.switch(auto_numbering=False)
    assert [customer(tribe), customer(tribe, DebtorNumber="Z-9")] == [None, "Z-9"]


def test_imported_numbers_may_be_overwritten(tribe: Tribe) -> None:
    tribe.switch(overwrite_imported_numbers=True)
    assert customer(tribe, DebtorNumber="Z-9") == "D-20001"


def test_numbers_are_for_customers_only(tribe: Tribe) -> None:
    created(tribe, LEADS, Organization={"Name": "Nieuw", "ImportId": "nieuw"})
    (row,) = tribe.get("Relation_Organization", filter="ImportId eq 'nieuw'")["value"]
    assert row["DebtorNumber"] is None


# Deleting


@pytest.mark.parametrize("status", [204, 200])
def test_a_role_is_deleted_without_its_relation(tribe: Tribe, status: int) -> None:
    tribe.switch(delete_status=status)
    assert tribe.call("DELETE", f"{LEADS}({MILL_LEAD})").status_code == status
    assert tribe.call("GET", f"Entity({MILL_LEAD})").status_code == 404
    assert tribe.call("GET", f"Entity({MILL})").status_code == 200


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"Relation_Organization({BAKERY})", "activities"),
        (f"{CUSTOMERS}({BAKERY_CUSTOMER})", "activities"),
        (f"Relationship_Person_Contact_Employee({EMPLOYEE})", "employees"),
        (f"Datastore_VatGroup({VAT_9})", "can only be read"),
    ],
)
def test_what_cannot_be_deleted(tribe: Tribe, path: str, words: str) -> None:
    assert words in tribe.refusal("DELETE", path)


def test_a_relation_goes_with_its_roles_and_addresses(tribe: Tribe) -> None:
    for invoice in (INVOICE, SECOND_INVOICE):
        assert tribe.call("DELETE", f"Activity_Invoice({invoice})").status_code == 204
    assert tribe.call("DELETE", f"Entity({BAKERY})").status_code == 204
    gone = (BAKERY, BAKERY_CUSTOMER, BAKERY_CONTACT, VISITING, BILLING, INVOICE, LINE, FREE_LINE)
    assert [tribe.call("GET", f"Entity({one})").status_code for one in gone] == [404] * len(gone)
    assert tribe.call("GET", f"Relation_Person({JIP})").status_code == 200


def test_links_to_a_deleted_record_are_empty(tribe: Tribe) -> None:
    tribe.control(f"delete/{EMPLOYEE}")
    assert tribe.get(f"{CUSTOMERS}({BAKERY_CUSTOMER})", expand="AccountManager")["AccountManager"] is None


# Sent invoices


def sent(tribe: Tribe) -> str:
    tribe.control(f"invoices/{INVOICE}/send")
    return f"Activity_Invoice({INVOICE})"


@pytest.mark.parametrize(
    "fields",
    [
        {"Number": "x"},
        {"InvoiceDate": "2026-01-01"},
        {"ExpirationDate": "2026-01-01"},
        {"DiscountPercentage": 5.0},
        {"Currency": "USD"},
        {"Relationship": to(JIP_CUSTOMER)},
        {"ImportId": "yuki:1", "Number": "x"},
    ],
)
def test_a_sent_invoice_is_frozen(tribe: Tribe, fields: dict[str, Any]) -> None:
    path = sent(tribe)
    assert "final" in tribe.refusal("PUT", path, fields)
    assert tribe.stored("Activity_Invoice", INVOICE)["ImportId"] is None


def test_the_lines_of_a_sent_invoice_are_frozen(tribe: Tribe) -> None:
    path = sent(tribe)
    assert "lines" in tribe.refusal("PUT", f"ProductLine({LINE})", {"Description": "x"})
    assert "lines" in tribe.refusal("DELETE", f"ProductLine({LINE})")
    assert "lines" in tribe.refusal("POST", "ProductLine", {"Invoice": to(INVOICE), "Price": 1.0})
    assert "credit invoice" in tribe.refusal("DELETE", path)


def test_phase_and_external_id_of_a_sent_invoice_stay_writable(tribe: Tribe) -> None:
    path = sent(tribe)
    assert tribe.call("PUT", path, {"Phase": to(PAID), "ImportId": "yuki:1", "Subject": "x"}).status_code == 200


def test_nothing_but_the_phase_may_be_writable(tribe: Tribe) -> None:
    path = sent(tribe)
    tribe.switch(frozen="all_but_phase")
    assert "ImportId" in tribe.refusal("PUT", path, {"ImportId": "yuki:1"})
    assert tribe.call("PUT", path, {"Phase": to(PAID)}).status_code == 200


def test_nothing_may_be_frozen(tribe: Tribe) -> None:
    path = sent(tribe)
    tribe.switch(frozen="nothing")
    assert tribe.call("PUT", path, {"Number": "x"}).status_code == 200
    assert tribe.call("DELETE", path).status_code == 204


@pytest.mark.parametrize(("side", "number"), [("none", None), ("full", "2026-0107")])
def test_what_setting_the_phase_by_api_does_is_a_switch(tribe: Tribe, side: str, number: str | None) -> None:
    tribe.switch(phase_side=side)
    assert tribe.call("PUT", f"Activity_Invoice({INVOICE})", {"Phase": to(SENT)}).status_code == 200
    invoice = tribe.get(f"Activity_Invoice({INVOICE})", expand="Phase,Attachments")
    assert (invoice["Phase"]["Code"], invoice["Number"]) == ("Sent", number)
    assert (invoice["IsFinal"] is True, len(invoice["Attachments"])) == (side == "full", int(side == "full"))


def test_setting_the_phase_by_api_may_be_refused(tribe: Tribe) -> None:
    tribe.switch(phase_side="refused")
    assert "button" in tribe.refusal("PUT", f"Activity_Invoice({INVOICE})", {"Phase": to(SENT)})
    assert tribe.call("PUT", f"Activity_Invoice({INVOICE})", {"Phase": to(PAID)}).status_code == 200


def test_an_invoice_can_be_created_as_sent(tribe: Tribe) -> None:
    body = {"Relationship": to(BAKERY_CUSTOMER), "Phase": to(SENT), "ProductLines": [{"Product": to(PRODUCT)}]}
    assert created(tribe, "Activity_Invoice", **body)["Number"] is None
    tribe.switch(phase_side="full")
    assert created(tribe, "Activity_Invoice", **body)["Number"] == "2026-0109"


# Files


def test_a_file_is_uploaded_and_downloaded(tribe: Tribe) -> None:
    file = {"Name": "bon.txt", "MimeType": "text/plain", "Data": b64encode(b"tekst").decode()}
    made = created(tribe, "Attachment", Description="Bon", Invoice=to(INVOICE), File=file)
    (row,) = tribe.get("Attachment", filter=f"Invoice/ID eq {INVOICE}", expand="File")["value"]
    assert (row["ID"], row["File"]["Data"]) == (made["ID"], None)
    url = urlsplit(row["File"]["Url"])
    assert f"{url.scheme}://{url.netloc}" == str(tribe.http.base_url).rstrip("/")
    answer = tribe.http.get(url.path, headers=tribe.headers)
    assert (answer.content, answer.headers["content-type"]) == (b"tekst", "text/plain")
    attachments = tribe.get(f"Activity_Invoice({INVOICE})", expand="Attachments")["Attachments"]
    assert [one["ID"] for one in attachments] == [made["ID"]]
    assert tribe.call("DELETE", f"Attachment({made['ID']})").status_code == 204
    assert tribe.http.get(url.path, headers=tribe.headers).status_code == 404
    assert tribe.state()["File"] == []


def test_files_that_are_not_there(tribe: Tribe) -> None:
    empty = created(tribe, "Attachment", Description="Leeg")["ID"]
    for path in (f"Attachment/{empty}/File", f"Attachment/{UNKNOWN}/File", f"Relation_Person/{JIP}/File"):
        assert tribe.http.get(f"/v1/odata-file/{path}", headers=tribe.headers).status_code == 404
    assert tribe.http.get(f"/v1/odata-file/Attachment/{empty}/File").status_code == 401
