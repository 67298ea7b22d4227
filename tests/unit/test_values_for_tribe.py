"""Contact to Tribe: what a create gets, and that an update gets only what differs."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.samples.contact_samples import (
    BAKERY,
    BAKERY_IN_YUKI,
    CLIENT,
    CLIENT_IN_YUKI,
    SETTINGS,
    bakery,
    bakery_in_yuki,
)
from tribe_yuki.contacts.fields.addresses import AddressSource, parse_address
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.merge.tribe_values import TribeValues, values_for_tribe
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact

MOVED = AddressLines("Kade 5", None, "8011 XY", "Zwolle", "NL")


def test_a_new_relation_gets_every_field_and_the_code_as_debtor_number() -> None:
    result = values_for_tribe(BAKERY_IN_YUKI, settings=SETTINGS)
    assert result == TribeValues(
        {
            "debtor_number": "D-10042",
            "name": "Bakkerij De Korenschuur B.V.",
            "email": "INFO@korenschuur.example",
            "website": "korenschuur.example",
            "phone": "+31381234567",
            "coc_number": "12345678",
            "vat_number": "NL004495445B01",
        },
        {
            AddressSource.INVOICE: TribeAddress(None, "Molenweg", "12", "a", None, "8011 AB", "ZWOLLE", "NL"),
            AddressSource.POSTAL: TribeAddress(None, "Postbus", "99", None, None, "8000 AA", "Zwolle", "NL"),
        },
    )


@pytest.mark.parametrize(("relation", "contact"), [(BAKERY, BAKERY_IN_YUKI), (CLIENT, CLIENT_IN_YUKI)])
def test_an_equal_relation_gets_nothing(relation: TribeRelation, contact: YukiContact) -> None:
    assert values_for_tribe(contact, relation=relation, settings=SETTINGS) == TribeValues()


def test_a_person_without_a_last_name_gets_the_whole_name_as_one() -> None:
    contact = YukiContact("0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19", ContactKind.PERSON, " Femke van der Molen")
    assert values_for_tribe(contact, settings=SETTINGS).values == {"last_name": "Femke van der Molen"}
    assert values_for_tribe(CLIENT_IN_YUKI, settings=SETTINGS).values["last_name"] == "Molen"


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ({"website": "anders.example"}, {"website": "anders.example"}),
        ({"phone_work": "038-7654321"}, {"phone": "038-7654321"}),
        ({"code": "ANDERS"}, {}),
        ({"email_work": None, "vat_number": "", "address": None}, {}),
    ],
)
def test_an_update_has_only_what_differs(change: dict[str, Any], values: dict[str, str]) -> None:
    result = values_for_tribe(replace(BAKERY_IN_YUKI, **change), relation=BAKERY, settings=SETTINGS)
    assert (result.values, result.addresses) == (values, {})


def test_only_the_named_fields_are_written() -> None:
    contact = bakery_in_yuki(phone_work="06-12345678", email_work="info@anders.example", address=MOVED)
    result = values_for_tribe(contact, relation=BAKERY, settings=SETTINGS, only={"email"})
    assert result == TribeValues({"email": "info@anders.example"})


INDUSTRY = TribeAddress(
    "70000000-0000-4000-8000-0000000000c2", "Industrieweg", "44", "A", None, "8013 PM", "Zwolle", "NL"
)
POST_BOX = AddressLines("Postbus 99", None, "8000 AB", "Zwolle", "NL")


@pytest.mark.parametrize("stood_in", [AddressSource.VISITING, AddressSource.POSTAL])
@pytest.mark.parametrize(
    "changed", [POST_BOX, MOVED, AddressLines("Industrieweg 46 B", None, "8013 PM", "Zwolle", "NL")]
)
@pytest.mark.parametrize("settings", [SETTINGS, ContactMapping(excluded_fields=frozenset({"postal_address"}))])
def test_an_address_that_stood_in_is_never_overwritten(
    stood_in: AddressSource, changed: AddressLines, settings: ContactMapping
) -> None:
    addresses = {"invoice_address": None, "postal_address": None, "visiting_address": None, stood_in.value: INDUSTRY}
    contact = bakery_in_yuki(address=changed, mail_address=None)
    written = values_for_tribe(contact, relation=bakery(**addresses), settings=settings).addresses
    assert written == {AddressSource.INVOICE: parse_address(changed)}
    same = bakery_in_yuki(address=AddressLines("Industrieweg 44a", None, "8013PM", "ZWOLLE", "NL"), mail_address=None)
    assert values_for_tribe(same, relation=bakery(**addresses), settings=settings).addresses == {}


def test_an_empty_invoice_address_is_filled_where_another_stood_in() -> None:
    empty = TribeAddress("70000000-0000-4000-8000-0000000000c9", country="NL")
    relation = bakery(invoice_address=empty, postal_address=None, visiting_address=INDUSTRY)
    contact = bakery_in_yuki(address=POST_BOX, mail_address=None)
    written = values_for_tribe(contact, relation=relation, settings=SETTINGS).addresses
    assert written == {AddressSource.INVOICE: replace(parse_address(POST_BOX), tribe_address_id=empty.tribe_address_id)}


def test_without_fallback_an_invoice_address_is_made_too() -> None:
    relation = bakery(invoice_address=None, postal_address=None, visiting_address=INDUSTRY)
    contact = bakery_in_yuki(address=MOVED, mail_address=None)
    alone = ContactMapping(address_fallback=False)
    assert list(values_for_tribe(contact, relation=relation, settings=alone).addresses) == [AddressSource.INVOICE]


def test_a_changed_private_address_goes_to_the_person() -> None:
    contact = replace(CLIENT_IN_YUKI, address=MOVED)
    assert list(values_for_tribe(contact, relation=CLIENT, settings=SETTINGS).addresses) == [AddressSource.PRIVATE]


def test_a_part_that_stays_in_tribe_is_told() -> None:
    relation = bakery(invoice_address=replace(BAKERY.invoice_address or TribeAddress(), extra="Gebouw C"))
    result = values_for_tribe(bakery_in_yuki(address=MOVED), relation=relation, settings=SETTINGS)
    assert result.warnings == (FieldWarning("billing_address", WarningCode.ADDRESS_PART_REMAINS),)
    unmoved = values_for_tribe(BAKERY_IN_YUKI, relation=relation, settings=SETTINGS)
    assert unmoved == TribeValues()


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"vat_number": "NL004495446B01"}, FieldWarning("vat_number", WarningCode.VAT_NUMBER_INVALID)),
        ({"phone_work": "06-123"}, FieldWarning("phone", WarningCode.PHONE_INVALID)),
        (
            {"address": replace(MOVED, country="Luilekkerland"), "mail_address": None},
            FieldWarning("billing_address", WarningCode.COUNTRY_UNKNOWN),
        ),
    ],
)
def test_what_is_invalid_in_yuki_overwrites_nothing(change: dict[str, Any], warning: FieldWarning) -> None:
    result = values_for_tribe(replace(BAKERY_IN_YUKI, **change), relation=BAKERY, settings=SETTINGS)
    assert result == TribeValues(warnings=(warning,))


def test_a_wrong_postcode_goes_along_and_is_told() -> None:
    result = values_for_tribe(
        bakery_in_yuki(address=replace(MOVED, postcode="1000")), relation=BAKERY, settings=SETTINGS
    )
    assert result.addresses[AddressSource.INVOICE].postcode == "1000"
    assert result.warnings == (FieldWarning("billing_address", WarningCode.POSTCODE_INVALID),)


def test_a_value_in_the_other_field_of_yuki_is_read_where_the_own_field_is_empty() -> None:
    company = replace(BAKERY_IN_YUKI, email_work=None, email_home="info@bakkerij.example", phone_work=None)
    company = replace(company, mobile_work="06 12345678")
    values = values_for_tribe(company, settings=SETTINGS).values
    assert (values["email"], values["phone"]) == ("info@bakkerij.example", "06 12345678")
    both = replace(company, email_work="kantoor@bakkerij.example")
    assert values_for_tribe(both, settings=SETTINGS).values["email"] == "kantoor@bakkerij.example"
    wrong = replace(company, email_home="niet bekend")
    assert "email" not in values_for_tribe(wrong, settings=SETTINGS).values


def test_a_corrected_city_changes_nothing_else_of_an_address() -> None:
    home = TribeAddress("id", "Kerkstraat", "12", "3 hoog", "hal c", "8011 AB", "Zwole", "NL")
    relation = bakery(invoice_address=home)
    lines = AddressLines("Kerkstraat 12-3 hoog", "Hal C", "8011AB", "Zwolle", "NL")
    written = values_for_tribe(replace(BAKERY_IN_YUKI, address=lines), relation=relation, settings=SETTINGS)
    assert written.addresses[AddressSource.INVOICE] == replace(home, city="Zwolle")


def test_an_address_that_stood_in_keeps_its_parts_in_the_invoice_address() -> None:
    visiting = TribeAddress("id", "Plein", "1944", None, None, "8011 AB", "Zwole", "NL")
    relation = bakery(invoice_address=None, postal_address=None, visiting_address=visiting)
    contact = replace(BAKERY_IN_YUKI, address=AddressLines("Plein 1944", None, "8011 AB", "Zwolle", "NL"))
    written = values_for_tribe(contact, relation=relation, settings=SETTINGS)
    assert written.addresses[AddressSource.INVOICE] == replace(visiting, tribe_address_id=None, city="Zwolle")
