"""Relation to Yuki: what a create sends, and that an update sends only what differs."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples.contact_samples import (
    BAKERY,
    BAKERY_IN_YUKI,
    CLIENT,
    CLIENT_IN_YUKI,
    SETTINGS,
    SUPPLIER,
    bakery,
    bakery_in_yuki,
    unhurried,
)
from tests.support.samples.samples import settings as connection_settings
from tribe_yuki.contacts.fields.addresses import AddressSource, billing_address, relation_country
from tribe_yuki.contacts.fields.code import contact_code
from tribe_yuki.contacts.fields.mapping import ContactMapping, contact_mapping
from tribe_yuki.contacts.fields.read import fields_of, is_same, tribe_value, yuki_value
from tribe_yuki.contacts.fields.table import ADDRESS_ELEMENTS, ELEMENT_ORDER, FIELDS, AddressField
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact

MILL = TribeAddress("70000000-0000-4000-8000-0000000000c1", "Molenweg", "12", "A", None, "8011 AB", "Zwolle", "NL")
BRUSSELS = TribeAddress(None, "Nieuwstraat", "5", "bus 2", None, "1000", "Brussel", "BE")

maybe_text = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(["NL004495445B01", "038 1234567", "a@b.example"])
)
addresses = st.one_of(
    st.none(),
    st.builds(
        TribeAddress,
        street=maybe_text,
        house_number=st.sampled_from([None, "12"]),
        house_number_suffix=maybe_text,
        extra=maybe_text,
        postcode=st.sampled_from([None, "8011 AB", "1000", " "]),
        city=maybe_text,
        country=st.sampled_from([None, "NL", "BE", "Luilekkerland"]),
    ),
)
relations = st.builds(
    TribeRelation,
    tribe_relation_id=st.just(BAKERY.tribe_relation_id),
    kind=st.sampled_from(ContactKind),
    name=st.text(max_size=12),
    **dict.fromkeys(("first_name", "last_name", "email", "phone", "mobile", "vat_number", "coc_number"), maybe_text),
    invoice_address=addresses,
    postal_address=addresses,
    visiting_address=addresses,
    private_address=addresses,
)
mappings = st.builds(
    ContactMapping, company_address=st.sampled_from(["main", "work", "both"]), address_fallback=st.booleans()
)


def test_a_new_organisation_gets_every_field() -> None:
    assert elements_for_yuki(BAKERY, settings=SETTINGS).elements == {
        "Type": "2",
        "FullName": "Bakkerij De Korenschuur B.V.",
        "AddressLine_1": "Molenweg 12A",
        "PostCode": "8011 AB",
        "City": "Zwolle",
        "MailAddressLine_1": "Postbus 99",
        "MailPostCode": "8000 AA",
        "MailCity": "Zwolle",
        "Country": "NL",
        "WorkAddressLine_1": "Molenweg 12A",
        "WorkPostCode": "8011 AB",
        "WorkCity": "Zwolle",
        "WorkCountry": "NL",
        "PhoneWork": "038 - 123 45 67",
        "EmailWork": "info@korenschuur.example",
        "VATNumber": "NL004495445B01",
        "CoCNumber": "12345678",
    }


def test_a_new_person_gets_the_private_fields() -> None:
    assert elements_for_yuki(CLIENT, settings=SETTINGS).elements == {
        "Type": "0",
        "FirstName": "Femke",
        "MiddleName": "van der",
        "LastName": "Molen",
        "FullName": "Femke van der Molen",
        "AddressLine_1": "Kerkstraat 7 bis",
        "PostCode": "8011 CD",
        "City": "Zwolle",
        "Country": "NL",
        "PhoneHome": "038 123 45 68",
        "MobileHome": "06 12345678",
        "EmailHome": "femke@vandermolen.example",
    }


@pytest.mark.parametrize(("choice", "kept"), [("main", "AddressLine_1"), ("work", "WorkAddressLine_1")])
def test_the_address_of_a_company_can_be_only_one_of_both(choice: Any, kept: str) -> None:
    elements = elements_for_yuki(BAKERY, settings=ContactMapping(company_address=choice)).elements
    assert {"AddressLine_1", "WorkAddressLine_1"} & set(elements) == {kept}
    assert elements["Country"] == "NL"


@pytest.mark.parametrize(("relation", "contact"), [(BAKERY, BAKERY_IN_YUKI), (CLIENT, CLIENT_IN_YUKI)])
def test_an_equal_contact_gets_nothing_however_it_is_written(relation: TribeRelation, contact: YukiContact) -> None:
    assert elements_for_yuki(relation, yuki_contact=contact, settings=SETTINGS).elements == {}


@pytest.mark.parametrize(
    ("change", "elements"),
    [
        ({"name": "Bakkerij De Molen B.V."}, {"Type": "2", "FullName": "Bakkerij De Molen B.V."}),
        ({"phone": "038-7654321"}, {"Type": "2", "PhoneWork": "038-7654321"}),
        ({"email": "nieuw@korenschuur.example"}, {"Type": "2", "EmailWork": "nieuw@korenschuur.example"}),
        ({"coc_number": "87654321"}, {"Type": "2", "CoCNumber": "87654321"}),
        ({"website": "https://anders.example"}, {}),
        ({"debtor_number": "D-2"}, {}),
        ({"email": None, "phone": None, "vat_number": "", "invoice_address": None, "postal_address": None}, {}),
        (
            {"postal_address": TribeAddress(None, "Postbus", "100", None, None, "8000 AA", "Zwolle", "NL")},
            {"Type": "2", "MailAddressLine_1": "Postbus 100", "MailPostCode": "8000 AA", "MailCity": "Zwolle"},
        ),
    ],
)
def test_an_update_has_only_what_differs(change: dict[str, Any], elements: dict[str, str]) -> None:
    relation = replace(BAKERY, **change)
    assert elements_for_yuki(relation, yuki_contact=BAKERY_IN_YUKI, settings=SETTINGS).elements == elements


def test_an_address_is_written_whole_and_a_part_that_stays_is_told() -> None:
    contact = bakery_in_yuki(address=AddressLines("Molenweg 12a", "Gebouw C", "8011 AB", "Zwolle", "NL"))
    moved = bakery(invoice_address=replace(MILL, house_number="14"))
    result = elements_for_yuki(moved, yuki_contact=contact, settings=ContactMapping(company_address="main"))
    assert result.elements == {
        "Type": "2",
        "AddressLine_1": "Molenweg 14A",
        "PostCode": "8011 AB",
        "City": "Zwolle",
        "Country": "NL",
    }
    assert result.warnings == (FieldWarning("billing_address", WarningCode.ADDRESS_PART_REMAINS),)


def test_an_address_with_less_than_yuki_has_is_no_change() -> None:
    contact = bakery_in_yuki(address=AddressLines("Molenweg 12a", "Gebouw C", "8011 AB", "Zwolle", "NL"))
    assert elements_for_yuki(BAKERY, yuki_contact=contact, settings=SETTINGS).elements == {}


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"vat_number": "NL004495446B01"}, FieldWarning("vat_number", WarningCode.VAT_NUMBER_INVALID)),
        ({"coc_number": "1234"}, FieldWarning("coc_number", WarningCode.COC_NUMBER_INVALID)),
        ({"phone": "06-123"}, FieldWarning("phone", WarningCode.PHONE_INVALID)),
        ({"email": "info@"}, FieldWarning("email", WarningCode.EMAIL_INVALID)),
        ({"postal_address": BRUSSELS}, FieldWarning("postal_address", WarningCode.POSTAL_ADDRESS_ABROAD)),
        (
            {"invoice_address": replace(MILL, country="Luilekkerland")},
            FieldWarning("billing_address", WarningCode.COUNTRY_UNKNOWN),
        ),
        ({"name": " "}, FieldWarning("name", WarningCode.NAME_MISSING)),
    ],
)
def test_what_is_invalid_is_neither_sent_nor_overwritten(change: dict[str, Any], warning: FieldWarning) -> None:
    relation = replace(BAKERY, **change)
    update = elements_for_yuki(relation, yuki_contact=BAKERY_IN_YUKI, settings=SETTINGS)
    assert update.elements == {}
    assert warning in update.warnings
    created = elements_for_yuki(relation, settings=SETTINGS)
    assert warning in created.warnings
    wrong = {value for value in change.values() if isinstance(value, str)}
    assert not wrong & set(created.elements.values())


def test_a_wrong_postcode_goes_along_and_is_told() -> None:
    result = elements_for_yuki(bakery(invoice_address=replace(MILL, postcode="1000")), settings=SETTINGS)
    assert result.elements["PostCode"] == "1000"
    assert result.warnings == (FieldWarning("billing_address", WarningCode.POSTCODE_INVALID),)


def test_the_country_of_the_contact_says_how_numbers_are_read() -> None:
    belgian = bakery(
        invoice_address=BRUSSELS,
        postal_address=None,
        vat_number="403.019.261",
        coc_number="403019261",
        phone="02 555 12 12",
    )
    elements = elements_for_yuki(belgian, settings=SETTINGS).elements
    assert elements["Country"] == "BE"
    assert elements["VATNumber"] == "BE0403019261"
    assert elements["CoCNumber"] == "0403019261"


def test_a_contact_that_moves_abroad_keeps_its_postal_address_out() -> None:
    result = elements_for_yuki(bakery(invoice_address=BRUSSELS), yuki_contact=BAKERY_IN_YUKI, settings=SETTINGS)
    assert result.elements["Country"] == "BE"
    assert "MailAddressLine_1" not in result.elements
    assert FieldWarning("postal_address", WarningCode.POSTAL_ADDRESS_ABROAD) in result.warnings


def test_without_a_billing_address_the_country_in_yuki_counts_for_the_postal_address() -> None:
    relation = bakery(invoice_address=None, postal_address=BRUSSELS)
    alone = ContactMapping(address_fallback=False)
    assert elements_for_yuki(relation, settings=alone).elements["Country"] == "BE"
    update = elements_for_yuki(relation, yuki_contact=BAKERY_IN_YUKI, settings=alone)
    assert FieldWarning("postal_address", WarningCode.POSTAL_ADDRESS_ABROAD) in update.warnings
    assert "MailAddressLine_1" not in update.elements


def test_a_postal_address_is_written_once_though_yuki_has_no_country_to_keep_with_it() -> None:
    relation = bakery(invoice_address=TribeAddress(city="Zwolle"), postal_address=replace(BRUSSELS, country="NL"))
    created = dict(elements_for_yuki(relation, settings=ContactMapping(address_fallback=False)).elements)
    stored = _as_yuki_reads_it(relation, created)
    assert created["MailPostCode"] == "1000"
    assert elements_for_yuki(relation, yuki_contact=stored, settings=SETTINGS).elements == {}


@pytest.mark.parametrize(
    ("addresses_of", "source"),
    [
        ({}, AddressSource.INVOICE),
        ({"invoice_address": None}, AddressSource.POSTAL),
        ({"invoice_address": TribeAddress("id", country="NL"), "postal_address": None}, AddressSource.VISITING),
    ],
)
def test_another_address_stands_in_for_the_billing_address(addresses_of: dict[str, Any], source: AddressSource) -> None:
    billing = billing_address(replace(BAKERY, visiting_address=MILL, **addresses_of))
    assert billing is not None
    assert billing.source is source


def test_without_fallback_only_the_invoice_address_counts() -> None:
    relation = bakery(invoice_address=None, visiting_address=MILL)
    assert billing_address(relation, fallback=False) is None
    assert "AddressLine_1" not in elements_for_yuki(relation, settings=ContactMapping(address_fallback=False)).elements


def test_only_the_named_fields_are_written_and_excluded_ones_never() -> None:
    changed = bakery(name="Anders B.V.", phone="038-7654321")
    named = elements_for_yuki(changed, yuki_contact=BAKERY_IN_YUKI, settings=SETTINGS, only={"phone"})
    assert named.elements == {"Type": "2", "PhoneWork": "038-7654321"}
    without = elements_for_yuki(BAKERY, settings=ContactMapping(excluded_fields=frozenset({"billing_address"})))
    assert "AddressLine_1" not in without.elements


def test_only_a_pure_supplier_uses_its_creditor_number() -> None:
    supplier = bakery(debtor_number=None, creditor_number="C-7", roles=(SUPPLIER,))
    assert contact_code(supplier) == "C-7"
    assert contact_code(bakery(debtor_number=None, creditor_number="C-7")) is None
    assert contact_code(bakery(debtor_number=" D-1 ")) == "D-1"


def test_an_unknown_country_is_not_taken_for_the_default() -> None:
    assert not relation_country(bakery(invoice_address=replace(MILL, country="Luilekkerland")), SETTINGS).is_valid
    assert relation_country(bakery(invoice_address=None, postal_address=None), SETTINGS).written == "NL"


@unhurried
@given(relation=relations, mapping=mappings)
def test_elements_are_never_empty_and_in_schema_order(relation: TribeRelation, mapping: ContactMapping) -> None:
    elements = elements_for_yuki(relation, settings=mapping).elements
    assert all(value.strip() for value in elements.values())
    assert list(elements) == [name for name in ELEMENT_ORDER if name in elements]


@unhurried
@given(relation=relations, mapping=mappings)
def test_what_was_written_is_not_written_again(relation: TribeRelation, mapping: ContactMapping) -> None:
    elements = dict(elements_for_yuki(relation, settings=mapping).elements)
    stored = _as_yuki_reads_it(relation, elements)
    assert elements_for_yuki(relation, yuki_contact=stored, settings=mapping).elements == {}


def _as_yuki_reads_it(relation: TribeRelation, elements: dict[str, str]) -> YukiContact:
    """Return the contact that the elements make, when Yuki shows the work address as main one."""
    group = "Work" if ADDRESS_ELEMENTS["work"].holds_any_of(elements) else ""
    return YukiContact(
        yuki_contact_id="0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19",
        kind=relation.kind,
        name=elements.get("FullName", ""),
        first_name=elements.get("FirstName"),
        middle_name=elements.get("MiddleName"),
        last_name=elements.get("LastName"),
        address=_lines(elements, group),
        mail_address=_lines(elements, "Mail"),
        email_work=elements.get("EmailWork"),
        email_home=elements.get("EmailHome"),
        phone_work=elements.get("PhoneWork"),
        phone_home=elements.get("PhoneHome"),
        mobile_home=elements.get("MobileHome"),
        vat_number=elements.get("VATNumber"),
        coc_number=elements.get("CoCNumber"),
    )


def _lines(elements: dict[str, str], group: str) -> AddressLines:
    line_1, line_2, postcode, city = (
        elements.get(group + name) for name in ("AddressLine_1", "AddressLine_2", "PostCode", "City")
    )
    return AddressLines(line_1, line_2, postcode, city, elements.get("Country"))


@pytest.mark.parametrize("kind", ContactKind)
def test_the_tables_name_attributes_and_elements_that_exist(kind: ContactKind) -> None:
    of_relation = {entry.name for entry in fields(TribeRelation)}
    of_contact = {entry.name for entry in fields(YukiContact)}
    assert len({entry.name for entry in FIELDS[kind]}) == len(FIELDS[kind])
    for entry in FIELDS[kind]:
        assert entry.yuki_attribute in of_contact
        if isinstance(entry, AddressField):
            assert set(entry.yuki_written) <= set(ADDRESS_ELEMENTS)
        else:
            assert entry.tribe_attribute in of_relation
            assert entry.yuki_element is None or entry.yuki_element in ELEMENT_ORDER
    for names in ADDRESS_ELEMENTS.values():
        assert {names.line_1, names.line_2, names.postcode, names.city} <= set(ELEMENT_ORDER)


def test_fields_are_compared_after_normalising_and_fingerprinted_as_read() -> None:
    for entry in fields_of(ContactKind.ORGANISATION, SETTINGS):
        assert is_same(entry, BAKERY, BAKERY_IN_YUKI, SETTINGS)
    raw = {entry.name: tribe_value(entry, BAKERY, SETTINGS).raw for entry in FIELDS[ContactKind.ORGANISATION]}
    assert raw["phone"] == "038 - 123 45 67"
    assert raw["billing_address"] == "Molenweg 12A\n\n8011 AB\nZwolle\nNL"
    assert raw["code"] == "D-10042"
    raw = {entry.name: yuki_value(entry, BAKERY_IN_YUKI, SETTINGS).raw for entry in FIELDS[ContactKind.ORGANISATION]}
    assert raw["phone"] == "+31381234567"
    assert raw["postal_address"] == "Postbus 99\n\n8000AA\nZwolle\n"
    assert yuki_value(FIELDS[ContactKind.ORGANISATION][-1], bakery_in_yuki(mail_address=None), SETTINGS).raw == ""


def test_the_choices_come_from_the_settings_of_the_connection() -> None:
    mapping = contact_mapping(connection_settings(country="BE", company_address="work", address_fallback=False))
    assert mapping == ContactMapping(company_address="work", address_fallback=False, default_country="BE")


@pytest.mark.parametrize("place", ["9000", "1456", None])
def test_a_new_contact_has_no_country_that_nobody_told(place: str | None) -> None:
    address = TribeAddress(street="Veldstraat", house_number="5", postcode=place, city="Gent") if place else None
    relation = bakery(invoice_address=address, postal_address=None)
    assert not {"Country", "WorkCountry"} & set(elements_for_yuki(relation, settings=SETTINGS).elements)
    told = replace(address or TribeAddress(city="Gent"), postcode="B-9000")
    elements = elements_for_yuki(replace(relation, invoice_address=told), settings=SETTINGS).elements
    assert (elements["Country"], elements["WorkCountry"]) == ("BE", "BE")
