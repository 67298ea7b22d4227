"""Searching and changing contacts in the simulator (yuki-api 3)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from simulators.yuki.wsdl import FOLDER
from tests.support.outside.simulated_yuki import (
    CONTACTS,
    DOMAIN,
    INACTIVE,
    PERSON,
    ROOFER,
    SUPPLIER,
    TWIN_NEW,
    TWIN_OLD,
    Fault,
    Yuki,
    fresh,
    served,
    texts,
)

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as yuki:
        yield yuki


@pytest.fixture
def yuki(running: Yuki) -> Yuki:
    return fresh(running)


def ids(found: list[etree._Element]) -> list[str | None]:
    return [contact.get("ID") for contact in found]


def updated(answer: etree._Element) -> str:
    """Return the id in the sentence of a successful update."""
    (found,) = GUID.findall(texts(answer)["Succeeded"])
    return str(found)


# Searching


def test_a_contact_reads_as_in_the_documented_sample(yuki: Yuki) -> None:
    (contact,) = yuki.search("Code", "TR-48213")
    assert contact.get("ID") == ROOFER
    assert list(texts(contact).items()) == [
        ("Type", "Company"),
        ("HID", "1"),
        ("Code", "TR-48213"),
        ("Name", "Dakbedrijf Voorbeeld B.V."),
        ("AddressLine_1", "Voorbeeldstraat 12"),
        ("AddressLine_2", ""),
        ("Postcode", "8011 AB"),
        ("City", "Zwolle"),
        ("MailAddressLine_1", "Postbus 5"),
        ("MailAddressLine_2", ""),
        ("MailPostcode", "8000 AA"),
        ("MailCity", "Zwolle"),
        ("Country", "NL"),
        ("PhoneWork", "038 000 00 00"),
        ("EMailWork", "administratie@dakbedrijf.example"),
        ("Website", "www.dakbedrijf.example"),
        ("VATNumber", "NL000000000B00"),
        ("CoCNumber", "00000000"),
        ("IncomeTaxNumber", ""),
        ("Created", "4/1/2024 3:50:52 PM"),
        ("Modified", "12/18/2025 10:21:40 AM"),
        ("MainContactPerson", PERSON),
        ("Tags", "Klant, Dakonderhoud"),
        ("BackofficeStatus", "Actief"),
    ]


def test_what_is_empty_is_mostly_absent(yuki: Yuki) -> None:
    (contact,) = yuki.search("HID", "2")
    assert list(texts(contact)) == [
        *("Type", "HID", "Code", "Name", "AddressLine_1", "AddressLine_2", "Postcode", "City", "Country"),
        *("Created", "Modified", "Tags", "BackofficeStatus"),
    ]
    assert contact.findtext("Name") == " Zagerij Hout"  # the space is Yuki's


def test_a_person_has_the_parts_of_the_name(yuki: Yuki) -> None:
    person = texts(yuki.search("ID", PERSON.upper())[0])
    assert list(person)[:7] == ["Type", "HID", "Code", "Name", "FirstName", "MiddleName", "LastName"]
    assert (person["Type"], person["MiddleName"]) == ("Person", "de")


@pytest.mark.parametrize(
    ("stamped", "shown"),
    [
        ("2026-01-02T00:05:09", "1/2/2026 12:05:09 AM"),
        ("2026-10-12T12:00:00", "10/12/2026 12:00:00 PM"),
        ("2026-10-12T13:30:00", "10/12/2026 1:30:00 PM"),
    ],
)
def test_times_are_in_american_notation(yuki: Yuki, stamped: str, shown: str) -> None:
    made = yuki.control("contacts", {"Name": "Nieuw", "Created": stamped, "Modified": stamped})
    assert yuki.search("ID", made["ID"])[0].findtext("Created") == shown


def test_roles_stand_between_modified_and_tags(yuki: Yuki) -> None:
    (contact,) = yuki.search("Code", "TR-48213", role="Customer")
    read = texts(contact)
    assert (read["IsSupplier"], read["IsCustomer"]) == ("False", "True")
    names = list(read)
    assert names.index("Modified") < names.index("IsSupplier") < names.index("IsCustomer") < names.index("Tags")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Customer", [ROOFER, INACTIVE, TWIN_OLD, TWIN_NEW]),
        ("Supplier", [SUPPLIER]),
        ("Both", [ROOFER, SUPPLIER, INACTIVE, TWIN_OLD, TWIN_NEW]),
        ("None", [PERSON]),
    ],
)
def test_contacts_are_found_by_role(yuki: Yuki, role: str, expected: list[str]) -> None:
    assert ids(yuki.search(role=role)) == expected


def test_what_both_and_none_mean_are_switches(yuki: Yuki) -> None:
    yuki.control(f"contacts/{ROOFER}", {"IsSupplier": True})
    yuki.simulator.set_switches({"contact_type_both": "both_roles", "contact_type_none": "everyone"})
    assert ids(yuki.search(role="Both")) == [ROOFER]
    assert len(yuki.search(role="None")) == 6


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("All", "zwolle", [ROOFER]),
        ("All", "proef", [PERSON]),
        ("Name", "B.V.", [ROOFER, INACTIVE]),
        ("City", "zwol", [ROOFER]),
        ("Postcode", "8000", [ROOFER]),
        ("Tag", "dakonderhoud", [ROOFER]),
        ("Email", "@tweeling", [TWIN_OLD, TWIN_NEW]),
        ("Website", "dakbedrijf", [ROOFER]),
        ("Phone", "038-0000000", [ROOFER]),
        ("Phone", "none", []),
        ("Code", "tr-5", [TWIN_OLD, TWIN_NEW]),
        ("Code", "TR-4", [ROOFER, INACTIVE]),
        ("CoCNumber", "00000000", [ROOFER]),
        ("VATNumber", "nl000", [ROOFER]),
        ("BankAccount", "NL00", []),
        ("ID", SUPPLIER, [SUPPLIER]),
        ("ID", "TR-4", []),
        ("ContactType", "Customer", [ROOFER, INACTIVE, TWIN_OLD, TWIN_NEW]),
        ("ContactType", "Supplier", [SUPPLIER]),
        ("HID", "4", [INACTIVE]),
        ("HID", "four", []),
        ("Name", "nobody", []),
    ],
)
def test_each_option_searches_its_own_fields(yuki: Yuki, option: str, value: str, expected: list[str]) -> None:
    assert ids(yuki.search(option, value)) == expected


@pytest.mark.parametrize(("match", "expected"), [("contains", 2), ("prefix", 2), ("exact", 1)])
def test_how_texts_match_is_a_switch(yuki: Yuki, match: str, expected: int) -> None:
    yuki.simulator.set_switches({"search_match": match})
    assert len(yuki.search("Code", "TR-4")) == expected
    assert len(yuki.search("Code", "4821")) == (1 if match == "contains" else 0)


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("Name", ROOFER, SUPPLIER),
        ("LastName", ROOFER, SUPPLIER),
        ("CreatedAsc", ROOFER, TWIN_NEW),
        ("CreatedDesc", TWIN_NEW, ROOFER),
        ("ModifiedAsc", ROOFER, TWIN_NEW),
        ("ModifiedDesc", TWIN_NEW, ROOFER),
        ("HID", ROOFER, TWIN_NEW),
    ],
)
def test_contacts_come_in_the_wanted_order(yuki: Yuki, sort: str, first: str, last: str) -> None:
    found = ids(yuki.search(sort=sort))
    assert (found[0], found[-1]) == (first, last)


def test_activity_is_a_filter_and_never_an_element(yuki: Yuki) -> None:
    assert ids(yuki.search(active="Inactive")) == [INACTIVE]
    assert INACTIVE not in ids(yuki.search(active="Active"))
    assert "Active" not in texts(yuki.search(active="Inactive")[0])


def test_changes_after_a_moment_leave_that_moment_out(yuki: Yuki) -> None:
    assert ids(yuki.search(after="2026-01-05T08:00:00")) == [TWIN_NEW]
    yuki.simulator.set_switches({"modified_after_inclusive": True})
    assert ids(yuki.search(after="2026-01-05T08:00:00")) == [TWIN_OLD, TWIN_NEW]


def test_the_autumn_hour_is_seen_twice(yuki: Yuki) -> None:
    yuki.control("clock", {"now": "2026-10-25T00:59:00+00:00"})  # 02:59, summer time
    yuki.control(f"contacts/{ROOFER}", {"City": "Kampen"})
    yuki.control("clock", {"now": "2026-10-25T01:10:00+00:00"})  # 02:10, winter time
    yuki.control(f"contacts/{SUPPLIER}", {"City": "Kampen"})
    changed = [(one.get("ID"), one.findtext("Modified")) for one in yuki.search(sort="ModifiedAsc")[-2:]]
    assert changed == [(SUPPLIER, "10/25/2026 2:10:00 AM"), (ROOFER, "10/25/2026 2:59:00 AM")]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("crowd")) as yuki:
        for number in range(250 - len(CONTACTS)):
            yuki.control("contacts", {"Name": f"Vulling {number}", "HID": 1000 + number})
        yield yuki


def test_a_page_holds_a_hundred_contacts(crowd: Yuki) -> None:
    pages = [crowd.search(page=page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert len({contact.get("ID") for page in pages for contact in page}) == 250
    assert ids(crowd.search(page=0)) == ids(pages[0])


# Changing

COMPANY = {"Type": "2", "FullName": "Nieuw Bedrijf B.V."}


def test_an_update_by_id_answers_with_yukis_own_spelling(yuki: Yuki) -> None:
    answer = yuki.update(ID=ROOFER, Type="2", FullName="Dakbedrijf Nieuw B.V.")
    assert answer.tag == "{urn:xmlns:http://www.theyukicompany.com:contactResponse}ContactResponse"
    assert [(one.tag, one.text) for one in answer] == [
        ("TimeStamp", "2026-11-23"),
        ("Succeeded", f"Succesfully updated Contact {ROOFER}"),
    ]
    contact = yuki.contact(ROOFER)
    assert (contact["Name"], contact["City"]) == ("Dakbedrijf Nieuw B.V.", "Zwolle")
    assert contact["Modified"] == "2026-11-23T11:00:00"


def test_the_documented_sample_is_taken(yuki: Yuki) -> None:
    answer = yuki.update(
        ID=ROOFER,
        Type="2",
        Code="TR-48213",
        FullName="Dakbedrijf Voorbeeld B.V.",
        Country="NL",
        WorkAddressLine_1="Voorbeeldstraat 12",
        WorkPostCode="8011 AB",
        WorkCity="Zwolle",
        WorkCountry="NL",
        EmailWork="administratie@dakbedrijf.example",
        VATNumber="NL000000000B00",
        CoCNumber="00000000",
    )
    assert updated(answer) == ROOFER
    assert yuki.contact(ROOFER)["MailCity"] == "Zwolle"  # what is left out stays


def test_answers_follow_their_schema(yuki: Yuki) -> None:
    schema = etree.XMLSchema(etree.parse(FOLDER / "ContactResponse.xsd"))
    answers = [yuki.update(ID=ROOFER, Type="2"), yuki.update(ID="unknown", Type="2")]
    assert all(schema.validate(etree.fromstring(etree.tostring(answer))) for answer in answers)


def test_the_children_may_stand_in_the_namespace(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"answer_namespace": "inside"})
    answer = yuki.update(ID=ROOFER, Type="2")
    assert answer[0].tag == "{urn:xmlns:http://www.theyukicompany.com:contactResponse}TimeStamp"


def test_all_fields_read_back_where_they_belong(yuki: Yuki) -> None:
    answer = yuki.update(
        **COMPANY,
        MailAddressLine_1="Postbus 9",
        MailPostCode="1000 AA",
        MailCity="Amsterdam",
        WorkAddressLine_1="Werkweg 1",
        WorkAddressLine_2="Hal B",
        WorkPostCode="1000 BB",
        WorkCity="Amsterdam",
        WorkCountry="BE",
        PhoneWork="020 000 00 00",
        MobileHome="06 00000000",
        EmailHome="thuis@nieuw.example",
        EmailWork="werk@nieuw.example",
        VATNumber="NL1",
        CoCNumber="2",
    )
    read = texts(yuki.search("ID", updated(answer))[0])
    expected = {
        "Type": "Company",
        "HID": "7",
        "AddressLine_1": "Werkweg 1",
        "AddressLine_2": "Hal B",
        "Postcode": "1000 BB",
        "City": "Amsterdam",
        "Country": "BE",
        "MailAddressLine_1": "Postbus 9",
        "MailPostcode": "1000 AA",
        "PhoneWork": "020 000 00 00",
        "MobileHome": "06 00000000",
        "EMailWork": "werk@nieuw.example",
        "EMailHome": "thuis@nieuw.example",
        "VATNumber": "NL1",
        "CoCNumber": "2",
        "Created": "11/23/2026 11:00:00 AM",
    }
    assert {name: read[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("shown", "street", "country"),
    [("main", "Hoofdstraat 1", "NL"), ("work", "Werkweg 2", "BE"), ("both", "Werkweg 2", "BE")],
)
def test_which_address_of_a_company_reads_back_is_a_switch(yuki: Yuki, shown: str, street: str, country: str) -> None:
    yuki.simulator.set_switches({"company_address": shown})
    main = {"AddressLine_1": "Hoofdstraat 1", "Country": "NL"}
    answer = yuki.update(**COMPANY, **main, WorkAddressLine_1="Werkweg 2", WorkCountry="BE")
    read = texts(yuki.search("ID", updated(answer))[0])
    assert (read["AddressLine_1"], read["Country"]) == (street, country)


@pytest.mark.parametrize(("shown", "street"), [("main", "Oud 1"), ("work", ""), ("both", "Oud 1")])
def test_a_main_address_alone_is_seen_only_where_it_counts(yuki: Yuki, shown: str, street: str) -> None:
    yuki.simulator.set_switches({"company_address": shown})
    read = yuki.contact(updated(yuki.update(**COMPANY, AddressLine_1="Oud 1", Country="NL")))
    assert (read["AddressLine_1"], read["Country"]) == (street, "NL")


def test_a_person_lives_at_the_main_address(yuki: Yuki) -> None:
    answer = yuki.update(
        Type="0", FirstName="Piet", LastName="Proef", AddressLine_1="Thuis 1", WorkAddressLine_1="Werk 2"
    )
    person = yuki.contact(updated(answer))
    assert (person["Name"], person["AddressLine_1"], person["OtherAddressLine_1"]) == (
        "Piet Proef",
        "Thuis 1",
        "Werk 2",
    )


def test_a_person_without_first_name_starts_with_a_space(yuki: Yuki) -> None:
    assert yuki.contact(updated(yuki.update(Type="0", MiddleName="van", LastName="Proef")))["Name"] == " van Proef"


def test_an_unknown_id_changes_nothing(yuki: Yuki) -> None:
    before = yuki.state()["contacts"]
    unknown = "00000000-0000-4000-8000-000000000000"
    answer = yuki.update(ID=unknown, Type="2", Code="TR-48213", FullName="Dakbedrijf Voorbeeld B.V.")
    assert texts(answer)["Failed"] == f"Contact {unknown} not found"
    assert yuki.state()["contacts"] == before


def test_a_code_finds_the_most_recent_of_its_contacts(yuki: Yuki) -> None:
    assert updated(yuki.update(Type="2", Code="tr-5", FullName="Anders")) == TWIN_NEW


@pytest.mark.parametrize(
    "name",
    [
        "Dakbedrijf Voorbeeld B.V.",
        "dakbedrijf voorbeeld bv",
        'Dak-bedrijf, "Voorbeeld" B V',
        "Dakbedrijf\u2019Voorbeeld BV",
    ],
)
def test_a_name_matches_without_punctuation_and_spaces(yuki: Yuki, name: str) -> None:
    assert updated(yuki.update(Type="2", FullName=name)) == ROOFER


def test_a_name_matches_only_its_own_type(yuki: Yuki) -> None:
    assert updated(yuki.update(Type="0", FullName="Dakbedrijf Voorbeeld B.V.")) != ROOFER


@pytest.mark.parametrize(
    ("email", "expected"),
    [("OUD@tweeling.example", TWIN_OLD), ("nieuw@tweeling.example", TWIN_NEW), ("", TWIN_NEW)],
)
def test_equal_names_are_told_apart_by_email_then_by_age(yuki: Yuki, email: str, expected: str) -> None:
    assert updated(yuki.update(Type="2", FullName="Tweeling", EmailWork=email)) == expected


def test_equal_names_with_another_email_are_all_passed_over(yuki: Yuki) -> None:
    answer = yuki.update(Type="2", FullName="Tweeling", EmailWork="derde@tweeling.example")
    assert updated(answer) not in {TWIN_OLD, TWIN_NEW}


@pytest.mark.parametrize(("switch", "expected"), [(True, ROOFER), (False, None)])
def test_whether_a_name_counts_after_an_unknown_code_is_a_switch(
    yuki: Yuki, switch: bool, expected: str | None
) -> None:
    yuki.simulator.set_switches({"name_match_after_code": switch})
    found = updated(yuki.update(Type="2", Code="TR-NEW", FullName="Dakbedrijf Voorbeeld B.V."))
    assert (found if expected else None) == expected
    assert yuki.contact(found)["Code"] == "TR-NEW"


def test_a_new_contact_has_no_role(yuki: Yuki) -> None:
    answer = yuki.update(Type="2", Code="TR-7", FullName="Nieuw Bedrijf B.V.")
    assert texts(answer)["Succeeded"].startswith("Succesfully created Contact ")
    contact = yuki.contact(updated(answer))
    assert (contact["Code"], contact["IsCustomer"], contact["IsSupplier"], contact["Active"]) == (
        "TR-7",
        False,
        False,
        True,
    )


def test_role_and_words_of_a_new_contact_are_switches(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"new_contact_role": "customer", "update_contact_text": "Contact {id} aangemaakt"})
    answer = yuki.update(**COMPANY)
    assert texts(answer)["Succeeded"].endswith(" aangemaakt")
    assert yuki.contact(updated(answer))["IsCustomer"] is True


def test_a_contact_without_name_is_not_made(yuki: Yuki) -> None:
    assert "FullName" in texts(yuki.update(Type="2", Code="TR-8"))["Failed"]


@pytest.mark.parametrize(("switch", "city"), [("clears", ""), ("ignored", "Zwolle")])
def test_an_empty_element_clears_unless_it_is_ignored(yuki: Yuki, switch: str, city: str) -> None:
    yuki.simulator.set_switches({"empty_element": switch})
    yuki.update(ID=ROOFER, Type="2", FullName="", WorkCity="")
    contact = yuki.contact(ROOFER)
    assert (contact["City"], contact["Name"]) == (city, "Dakbedrijf Voorbeeld B.V.")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("+31 38 000 00 00", "0380000000"), ("0031380000000", "0380000000"), ("+32 2 000 00 00", "020000000")],
)
def test_phones_come_back_normalised_when_the_switch_says_so(yuki: Yuki, sent: str, stored: str) -> None:
    yuki.update(ID=ROOFER, Type="2", PhoneWork=sent)
    assert yuki.contact(ROOFER)["PhoneWork"] == sent
    yuki.simulator.set_switches({"normalise_phones": True})
    yuki.update(ID=ROOFER, Type="2", PhoneWork=sent)
    assert yuki.contact(ROOFER)["PhoneWork"] == stored


@pytest.mark.parametrize(
    "fields",
    [
        {"ID": ROOFER},  # no type
        {"Type": "1"},
        {"Type": "2", "Website": "www.nieuw.example"},
        {"Type": "2", "FullName": "X", "Code": "misplaced"},
    ],
)
def test_an_invalid_contact_is_a_fault_or_a_failure(yuki: Yuki, fields: dict[str, Any]) -> None:
    before = yuki.state()["contacts"]
    with pytest.raises(Fault, match=r"(?:invalid|incomplete)"):
        yuki.update(**fields)
    yuki.simulator.set_switches({"schema_error": "answer"})
    assert "Failed" in texts(yuki.update(**fields))
    assert yuki.state()["contacts"] == before


def test_an_update_without_document_is_refused(yuki: Yuki) -> None:
    with pytest.raises(Fault, match="xmlDoc"):
        yuki.with_session("Contact", "UpdateContact", f"<domainID>{DOMAIN}</domainID>")


# What a person does


def test_a_person_ticks_deactivates_and_edits(yuki: Yuki) -> None:
    yuki.control(f"contacts/{SUPPLIER}", {"IsCustomer": True, "Active": False, "City": "Kampen"})
    assert ids(yuki.search("City", "Kampen", active="Inactive", role="Customer")) == [SUPPLIER]
    assert yuki.contact(SUPPLIER)["Modified"] == "2026-11-23T11:00:00"


@pytest.mark.parametrize(("counts", "modified"), [(True, "2026-11-23T11:00:00"), (False, "2026-01-02T08:00:00")])
def test_whether_a_tick_counts_as_a_change_is_a_switch(yuki: Yuki, counts: bool, modified: str) -> None:
    yuki.simulator.set_switches({"role_change_is_modified": counts})
    yuki.control(f"contacts/{SUPPLIER}", {"IsCustomer": True})
    assert yuki.contact(SUPPLIER)["Modified"] == modified
    yuki.control(f"contacts/{SUPPLIER}", {"IsCustomer": True, "City": "Kampen"})
    assert yuki.contact(SUPPLIER)["Modified"] == "2026-11-23T11:00:00"


def test_a_deleted_contact_is_gone_for_every_search(yuki: Yuki) -> None:
    yuki.control(f"contacts/{ROOFER}", {"deleted": True})
    assert yuki.search("ID", ROOFER) == []
    assert yuki.search("Code", "TR-48213") == []
    assert "Failed" in texts(yuki.update(ID=ROOFER, Type="2"))


def test_a_merged_contact_leaves_its_invoices_and_roles(yuki: Yuki) -> None:
    yuki.control(f"contacts/{ROOFER}", {"merge_into": SUPPLIER})
    assert yuki.search("ID", ROOFER) == []
    assert yuki.contact(SUPPLIER)["IsCustomer"] is True
    assert yuki.invoice("NV2025/156")["contact_id"] == SUPPLIER


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contacts/nobody", {"City": "x"}),
        (f"contacts/{ROOFER}", {"Ctiy": "x"}),
        (f"contacts/{ROOFER}", {"IsCustomer": "yes"}),
        (f"contacts/{ROOFER}", {"Type": "2"}),
        (f"contacts/{ROOFER}", {"City": "\x00"}),
        (f"contacts/{ROOFER}", {"merge_into": ROOFER}),
        (f"contacts/{ROOFER}", []),
        ("contacts", {}),
        ("contacts", {"Name": "x", "ID": ROOFER}),
        ("contacts", {"Name": "x", "DomainID": "elsewhere"}),
        ("keys/nobody", {}),
        ("keys/nobody", {"revoke": True}),
        ("domains/nowhere", {"Active": False}),
        ("switches", {"vat_rounding": "never"}),
        ("switches", {"customer_check": "no"}),
        ("switches", {"daily_limit": -1}),
        ("switches", {"closed_until": "31-03-2026"}),
        ("switches", {"answer_quirks": ["backwards"]}),
        ("switches", {"custmer_check": True}),
    ],
)
def test_a_wrong_control_call_says_so_and_changes_nothing(yuki: Yuki, path: str, body: Any) -> None:
    before = yuki.state()
    answer = yuki.http.post(f"{yuki.server.url}/_control/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert yuki.state() == before
