"""The merge of one contact, rule by rule (design 5)."""

from dataclasses import replace
from datetime import timedelta
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
from tests.support.samples.merge_sides import FINGERPRINTS, Sides
from tests.support.samples.samples import NOW
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.contacts.merge.changes import base_of_new_contact
from tribe_yuki.contacts.merge.warnings import FieldWarning, WarningCode
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki
from tribe_yuki.contacts.model import AddressLines, TribeAddress, TribeRelation, YukiContact
from tribe_yuki.core.fingerprint import FingerprintKey, Fingerprints

MOVED = TribeAddress("70000000-0000-4000-8000-0000000000c1", "Kade", "5", None, None, "8011 XY", "Zwolle", "NL")
MOVED_IN_YUKI = AddressLines("Kade 5", None, "8011 XY", "Zwolle", "NL")
POST_BOX = TribeAddress(None, "Postbus", "99", None, None, "8000 AA", "Zwolle", "NL")
POST_BOX_IN_YUKI = AddressLines("Postbus 99", None, "8000 AA", "Zwolle", "NL")
BRUSSELS = TribeAddress(None, "Nieuwstraat", "5", None, None, "1000", "Brussel", "BE")
FIELDS_OF_A_COMPANY = {
    "name",
    "email",
    "website",
    "phone",
    "coc_number",
    "vat_number",
    "billing_address",
    "postal_address",
}


def names(*fields: str) -> frozenset[str]:
    """Return names of the field tables."""
    return frozenset(fields)


def settled(relation: TribeRelation = BAKERY, contact: YukiContact = BAKERY_IN_YUKI, **options: Any) -> Sides:
    """Return two sides that were merged before."""
    sides = Sides(relation, contact, **options)
    for _ in range(3):
        sides.merge()
    assert sides.look().is_quiet
    return sides


def test_what_is_equal_however_it_is_written_is_remembered_and_not_written() -> None:
    merge = Sides(BAKERY, BAKERY_IN_YUKI).merge()
    assert merge.is_quiet
    assert (merge.conflicts, merge.emptied, merge.not_reflected, merge.warnings) == ((), (), (), ())
    assert set(merge.base) == FIELDS_OF_A_COMPANY
    assert FINGERPRINTS.is_of(merge.base["phone"].tribe, "phone.tribe", "038 - 123 45 67")
    assert FINGERPRINTS.is_of(merge.base["phone"].yuki, "phone.yuki", "+31381234567")


def test_the_code_is_none_of_the_merge() -> None:
    sides = settled()
    sides.edit_yuki(code="ANDERS")
    assert not sides.changed_in_yuki
    assert sides.merge().is_quiet
    assert "code" not in sides.base


def test_a_change_in_tribe_goes_to_yuki() -> None:
    sides = settled()
    sides.edit_tribe(phone="038-7654321", invoice_address=MOVED)
    assert sides.changed_in_tribe
    merge = sides.merge()
    assert (merge.to_yuki, merge.to_tribe, merge.conflicts) == (names("phone", "billing_address"), names(), ())
    assert sides.contact.phone_work == "038-7654321"
    assert sides.contact.address == MOVED_IN_YUKI


def test_a_change_in_yuki_goes_to_tribe() -> None:
    sides = settled()
    sides.edit_yuki(email_work="post@korenschuur.example", website="molen.example", address=MOVED_IN_YUKI)
    assert sides.changed_in_yuki
    merge = sides.merge()
    assert (merge.to_yuki, merge.to_tribe) == (names(), names("email", "website", "billing_address"))
    assert sides.relation.email == "post@korenschuur.example"
    assert sides.relation.invoice_address == MOVED
    assert not sides.changed_in_tribe


def test_another_way_of_writing_is_noticed_and_written_nowhere() -> None:
    sides = settled()
    sides.edit_yuki(phone_work="0381234567", address=AddressLines("MOLENWEG 12A", None, "8011ab", "Zwolle", "NL"))
    assert sides.changed_in_yuki
    assert sides.merge().is_quiet
    assert not sides.changed_in_yuki


def test_of_one_field_changed_on_both_sides_tribe_wins() -> None:
    sides = settled()
    sides.edit_yuki(phone_work="06 12345678")
    sides.edit_tribe(phone="038-7654321")
    merge = sides.merge()
    assert (merge.to_yuki, merge.to_tribe, merge.conflicts) == (names("phone"), names(), ("phone",))
    assert sides.merge().conflicts == ()
    assert (sides.relation.phone, sides.contact.phone_work) == ("038-7654321", "038-7654321")


def test_different_fields_changed_on_both_sides_both_survive() -> None:
    sides = settled()
    sides.edit_yuki(phone_work="06 12345678")
    sides.edit_tribe(email="post@korenschuur.example")
    merge = sides.merge()
    assert (merge.to_yuki, merge.to_tribe, merge.conflicts) == (names("email"), names("phone"), ())


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    sides = settled()
    sides.edit_yuki(phone_work="0387654321")
    sides.edit_tribe(phone="+31 38 765 43 21")
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.conflicts == ()


def test_a_website_only_goes_to_tribe() -> None:
    sides = settled()
    sides.edit_tribe(website="molen.example")
    assert not sides.changed_in_tribe
    assert sides.merge().is_quiet
    sides.edit_tribe(website="molenaar.example")
    sides.edit_yuki(website="molens.example")
    merge = sides.merge()
    assert (merge.to_tribe, merge.conflicts) == (names("website"), ("website",))
    assert sides.relation.website == "molens.example"


def test_the_name_of_a_person_is_put_back_in_yuki() -> None:
    sides = settled(CLIENT, CLIENT_IN_YUKI)
    sides.edit_yuki(name="Mw. F. van der Molen")
    assert sides.changed_in_yuki
    assert sides.merge().to_yuki == names("name")
    assert sides.contact.name == "Femke van der Molen"


def test_the_name_of_a_person_waits_until_tribe_has_computed_it() -> None:
    sides = settled(CLIENT, CLIENT_IN_YUKI)
    sides.edit_yuki(last_name="Meulen", name="Femke Meulen")
    first = sides.merge()
    assert (first.to_yuki, first.to_tribe) == (names(), names("last_name"))
    assert sides.changed_in_tribe
    second = sides.merge()
    assert (second.to_yuki, second.to_tribe, second.conflicts) == (names("name"), names(), ())
    assert sides.contact.name == sides.relation.name == "Femke van der Meulen"
    assert sides.merge().is_quiet


@pytest.mark.parametrize("prefer", Side)
def test_without_a_base_an_empty_field_is_filled_from_the_other_side(prefer: Side) -> None:
    sides = Sides(bakery(phone=None, invoice_address=MOVED), bakery_in_yuki(email_work=None, address=None))
    sides.prefer = prefer
    merge = sides.merge()
    assert (merge.to_yuki, merge.to_tribe, merge.conflicts) == (names("email", "billing_address"), names("phone"), ())


@pytest.mark.parametrize(("prefer", "kept"), [(Side.TRIBE, "038-7654321"), (Side.YUKI, "+31381234567")])
def test_without_a_base_the_preferred_side_wins(prefer: Side, kept: str) -> None:
    sides = Sides(bakery(phone="038-7654321"), BAKERY_IN_YUKI, prefer=prefer)
    assert sides.merge().conflicts == ("phone",)
    assert (sides.relation.phone, sides.contact.phone_work) == (kept, kept)
    assert sides.merge().conflicts == ()


def test_without_a_base_the_direction_still_limits() -> None:
    websites = Sides(bakery(website="molen.example"), BAKERY_IN_YUKI, prefer=Side.TRIBE)
    assert websites.merge().is_quiet
    names = Sides(CLIENT, replace(CLIENT_IN_YUKI, name="Mw. Molen"), prefer=Side.YUKI)
    assert names.merge().is_quiet
    assert names.base["name"].tribe
    website = Sides(BAKERY, bakery_in_yuki(website=None))
    assert website.merge().is_quiet


@pytest.mark.parametrize("side", Side)
def test_an_emptied_field_is_told_once_and_carried_nowhere(side: Side) -> None:
    sides = settled()
    if side is Side.TRIBE:
        sides.edit_tribe(phone=None)
        assert sides.changed_in_tribe
    else:
        sides.edit_yuki(phone_work=None)
        assert sides.changed_in_yuki
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.emptied == (("phone", side),)
    again = sides.merge()
    assert again.is_quiet
    assert again.emptied == ()
    assert (sides.changed_in_tribe, sides.changed_in_yuki) == (False, False)


@pytest.mark.parametrize("side", Side)
def test_a_field_emptied_while_the_other_side_changes_stays_empty(side: Side) -> None:
    sides = settled()
    sides.edit_tribe(phone=None if side is Side.TRIBE else "038-7654321")
    sides.edit_yuki(phone_work="038-7654321" if side is Side.TRIBE else None)
    merge = sides.merge()
    assert merge.is_quiet
    assert (merge.conflicts, merge.emptied) == (("phone",), (("phone", side),))
    assert sides.merge().conflicts == ()


def test_a_later_change_fills_a_field_that_was_emptied() -> None:
    sides = settled()
    sides.edit_tribe(phone=None)
    sides.merge()
    sides.edit_yuki(phone_work="038-7654321")
    assert sides.merge().to_tribe == names("phone")


@pytest.mark.parametrize("side", Side)
def test_a_wrong_value_is_not_carried_until_it_is_corrected(side: Side) -> None:
    sides = settled()
    known = sides.base["vat_number"]
    wrong, right = "NL004495446B01", "BE0403019261"
    if side is Side.TRIBE:
        sides.edit_tribe(vat_number=wrong)
        assert not sides.changed_in_tribe
    else:
        sides.edit_yuki(vat_number=wrong)
        assert not sides.changed_in_yuki
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.warnings == (FieldWarning("vat_number", WarningCode.VAT_NUMBER_INVALID),)
    assert merge.base["vat_number"] == known
    if side is Side.TRIBE:
        sides.edit_tribe(vat_number=right)
        assert sides.changed_in_tribe
    else:
        sides.edit_yuki(vat_number=right)
        assert sides.changed_in_yuki
    last = sides.merge()
    written, not_written = (last.to_yuki, last.to_tribe) if side is Side.TRIBE else (last.to_tribe, last.to_yuki)
    assert (written, not_written) == (names("vat_number"), names())
    assert (sides.relation.vat_number, sides.contact.vat_number) == (right, right)


@pytest.mark.parametrize("side", Side)
def test_a_wrong_value_is_not_overwritten(side: Side) -> None:
    sides = settled()
    sides.edit_tribe(phone="06-123" if side is Side.TRIBE else "038-7654321")
    sides.edit_yuki(phone_work="06-123" if side is Side.YUKI else "038-7654321")
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.warnings == (FieldWarning("phone", WarningCode.PHONE_INVALID),)


@pytest.mark.parametrize(
    "word", ["GEEN", "PARTICULIER", "NIET VAN TOEPASSING", "marge", "vrijgesteld", "BTW NL004495446B01"]
)
@pytest.mark.parametrize("side", Side)
def test_a_word_in_place_of_a_vat_number_is_neither_carried_nor_overwritten(side: Side, word: str) -> None:
    sides = settled()
    if side is Side.TRIBE:
        sides.edit_tribe(vat_number=word)
    else:
        sides.edit_yuki(vat_number=word)
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.warnings == (FieldWarning("vat_number", WarningCode.VAT_NUMBER_INVALID),)


def test_a_word_in_front_of_the_same_vat_number_is_no_change() -> None:
    sides = settled()
    sides.edit_tribe(vat_number="BTW NL 0044.95.445.B01")
    assert sides.merge().is_quiet
    assert sides.contact.vat_number == BAKERY_IN_YUKI.vat_number


def test_an_address_in_an_unknown_country_is_left_alone() -> None:
    sides = settled()
    sides.edit_tribe(invoice_address=replace(MOVED, country="Luilekkerland"))
    assert not sides.changed_in_tribe
    merge = sides.merge()
    assert merge.is_quiet
    assert FieldWarning("billing_address", WarningCode.COUNTRY_UNKNOWN) in merge.warnings


GENT = TribeAddress("70000000-0000-4000-8000-0000000000c1", "Veldstraat", "5", None, None, "9000", "Gent")
GENT_IN_YUKI = AddressLines("Veldstraat 5", None, "9000", "Gent", "BE")
COPENHAGEN_IN_YUKI = AddressLines("Vestergade 5", None, "1456", "K\u00f8benhavn", "DK")


@pytest.mark.parametrize("prefer", Side)
@pytest.mark.parametrize("place", [GENT_IN_YUKI, replace(GENT_IN_YUKI, country="LU"), COPENHAGEN_IN_YUKI])
def test_a_country_that_only_yuki_tells_is_never_overwritten(place: AddressLines, prefer: Side) -> None:
    ours = replace(GENT, street=(place.line_1 or "").rpartition(" ")[0], postcode=place.postcode, city=place.city)
    relation = bakery(invoice_address=ours, postal_address=None)
    sides = Sides(relation, bakery_in_yuki(address=place, mail_address=None), prefer=prefer)
    sides.merge()
    sides.relation = replace(sides.relation, invoice_address=ours)  # a list that lacks the country does not take it
    merge = sides.merge()
    assert FieldWarning("billing_address", WarningCode.COUNTRY_MISSING_IN_TRIBE) in merge.warnings
    assert merge.is_quiet
    sides.edit_tribe(invoice_address=replace(ours, house_number="7"))
    assert sides.merge().to_yuki == names("billing_address")
    assert sides.contact.address == replace(place, line_1=(place.line_1 or "").replace("5", "7"))
    assert not {"Country", "WorkCountry"} & set(sides.elements)


def test_a_dutch_postcode_tells_the_country_that_the_address_does_not_name() -> None:
    unnamed = replace(MOVED, country=None)
    sides = settled()
    sides.edit_tribe(invoice_address=unnamed)
    assert sides.merge().to_yuki == names("billing_address")
    assert sides.contact.address == MOVED_IN_YUKI
    abroad = Sides(bakery(invoice_address=unnamed), BAKERY_IN_YUKI, settings=replace(SETTINGS, default_country="BE"))
    abroad.merge()
    assert abroad.contact.address == MOVED_IN_YUKI


def test_a_country_that_yuki_does_not_tell_is_not_made_up_in_tribe() -> None:
    sides = settled()
    sides.edit_yuki(address=replace(GENT_IN_YUKI, country=None), mail_address=None)
    sides.merge()
    assert sides.relation.invoice_address is not None
    assert (sides.relation.invoice_address.city, sides.relation.invoice_address.country) == ("Gent", None)


def test_our_own_write_shows_and_is_known() -> None:
    sides = settled(normalises=True)
    sides.edit_tribe(phone="+31 38 765 43 21", invoice_address=MOVED)
    sides.merge()
    base = sides.base["phone"]
    assert (base.expected_on, base.expected_since) == (Side.YUKI, sides.now)
    assert FINGERPRINTS.is_of(base.expected, "phone.yuki.key", "+31387654321")
    assert sides.contact.phone_work == "0387654321"
    assert not sides.changed_in_tribe
    assert sides.changed_in_yuki
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.not_reflected == ()
    assert sides.base["phone"] == FieldBase(
        FINGERPRINTS.of("phone.tribe", "+31 38 765 43 21"), FINGERPRINTS.of("phone.yuki", "0387654321")
    )
    assert sides.base["billing_address"].expected_on is None
    assert not sides.changed_in_yuki


def test_an_expected_address_keeps_the_parts_that_ours_lacks() -> None:
    sides = settled(contact=bakery_in_yuki(address=AddressLines("Molenweg 12A", "Gebouw C", "8011 AB", "Zwolle", "NL")))
    sides.edit_tribe(invoice_address=MOVED)
    merge = sides.merge()
    assert merge.to_yuki == names("billing_address")
    assert merge.warnings == (FieldWarning("billing_address", WarningCode.ADDRESS_PART_REMAINS),)
    assert sides.contact.address == replace(MOVED_IN_YUKI, line_2="Gebouw C")
    merge = sides.merge()
    assert (merge.is_quiet, merge.not_reflected) == (True, ())
    assert merge.base["billing_address"].expected_on is None


def test_a_stale_read_leaves_the_expectation_and_lets_other_changes_through() -> None:
    sides = settled()
    stale = sides.contact
    sides.edit_tribe(phone="038-7654321")
    sides.merge()
    written = sides.base["phone"]
    sides.edit_tribe(email="post@korenschuur.example")
    merge = sides.merge(stale)
    assert (merge.to_yuki, merge.to_tribe) == (names("email"), names())
    assert sides.base["phone"] == written
    sides.edit_tribe(phone="06 12345678")
    assert sides.merge(stale).to_yuki == names("phone")
    assert sides.merge().is_quiet
    assert (sides.relation.phone, sides.contact.phone_work) == ("06 12345678", "06 12345678")


def test_a_change_taken_back_in_tribe_is_not_lost_to_a_stale_read() -> None:
    sides = settled()
    stale = sides.contact
    sides.edit_tribe(phone="038-7654321")
    sides.merge()
    sides.edit_tribe(phone=BAKERY.phone)
    assert sides.merge(stale).is_quiet
    assert sides.changed_in_tribe
    assert sides.merge().to_yuki == names("phone")
    assert sides.contact.phone_work == BAKERY.phone


def test_a_later_edit_of_what_we_wrote_is_a_change() -> None:
    sides = settled()
    sides.edit_tribe(phone="038-7654321", coc_number="87654321")
    sides.merge()
    sides.edit_yuki(phone_work="06 12345678", coc_number=None)
    merge = sides.merge()
    assert (merge.to_tribe, merge.to_yuki, merge.not_reflected) == (names("phone"), names(), ())
    assert merge.emptied == (("coc_number", Side.YUKI),)


@pytest.mark.parametrize("seconds", [0, 60])
def test_what_yuki_made_of_our_write_is_told_and_never_carried(seconds: int) -> None:
    sides = settled()
    sides.edit_tribe(name="Bakkerij De Korenschuur Zwolle B.V.")
    sides.merge()
    modified_at = sides.now + timedelta(seconds=seconds)
    sides.contact = replace(sides.contact, name="Bakkerij De Korenschuur Zwo", modified_at=modified_at)
    assert sides.changed_in_yuki
    merge = sides.merge()
    assert (merge.is_quiet, merge.not_reflected) == (True, ("name",))
    again = sides.merge()
    assert (again.is_quiet, again.not_reflected) == (True, ())
    assert sides.relation.name == "Bakkerij De Korenschuur Zwolle B.V."


def test_a_wrong_value_in_the_place_of_our_write_leaves_the_expectation() -> None:
    sides = settled()
    sides.edit_tribe(phone="038-7654321")
    sides.merge()
    written = sides.base["phone"]
    sides.contact = replace(sides.contact, phone_work="06-123")
    merge = sides.merge()
    assert (merge.is_quiet, merge.not_reflected) == (True, ())
    assert merge.base["phone"] == written
    sides.edit_yuki(phone_work="06 12345678")
    assert sides.merge().to_tribe == names("phone")


def test_an_element_that_yuki_left_aside_does_not_undo_the_change_in_tribe() -> None:
    sides = settled()
    before = sides.contact.phone_work
    sides.edit_tribe(phone="038-7654321")
    sides.merge()
    sides.edit_yuki(phone_work=before, email_work="post@korenschuur.example")
    assert sides.changed_in_yuki
    merge = sides.merge()
    assert (merge.to_tribe, merge.to_yuki, merge.not_reflected) == (names("email"), names(), ("phone",))
    assert sides.merge().not_reflected == ()


@pytest.mark.parametrize("value", ["038 - 123 45 67", "06 12345678", None])
def test_an_edit_of_what_we_wrote_to_tribe_is_a_change(value: str | None) -> None:
    sides = settled()
    sides.edit_yuki(phone_work="038-7654321")
    sides.merge()
    sides.edit_tribe(phone=value)
    assert sides.changed_in_tribe
    merge = sides.merge()
    assert merge.to_yuki == (names("phone") if value else names())
    assert merge.emptied == (() if value else (("phone", Side.TRIBE),))


def test_what_tribe_made_of_our_write_is_told_and_never_carried() -> None:
    sides = settled()
    sides.edit_yuki(phone_work="038-7654321")
    sides.merge()
    sides.relation = replace(sides.relation, phone="038-7654320")
    assert sides.changed_in_tribe
    merge = sides.merge()
    assert (merge.is_quiet, merge.not_reflected) == (True, ("phone",))
    assert not sides.changed_in_tribe


def test_an_edit_of_an_address_in_tribe_counts_though_the_date_of_the_relation_stands_still() -> None:
    sides = settled()
    sides.edit_yuki(address=MOVED_IN_YUKI)
    sides.merge()
    sides.now += timedelta(minutes=5)
    sides.relation = replace(sides.relation, invoice_address=replace(MOVED, house_number="7"))
    assert sides.changed_in_tribe
    assert sides.merge().to_yuki == names("billing_address")


def test_an_address_with_less_in_it_is_written_nowhere() -> None:
    sides = Sides(BAKERY, bakery_in_yuki(address=AddressLines("Molenweg 12A", "Gebouw C", "8011 AB", "Zwolle", "NL")))
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.conflicts == ()
    assert (sides.changed_in_tribe, sides.changed_in_yuki) == (False, False)


def test_a_postal_address_abroad_waits_until_the_company_is_there_too() -> None:
    sides = settled()
    sides.edit_tribe(postal_address=BRUSSELS)
    assert not sides.changed_in_tribe
    for _ in range(2):
        merge = sides.merge()
        assert merge.is_quiet
        assert merge.warnings == (FieldWarning("postal_address", WarningCode.POSTAL_ADDRESS_ABROAD),)
    sides.edit_tribe(invoice_address=BRUSSELS)
    assert sides.merge().to_yuki == names("billing_address", "postal_address")
    assert sides.contact.mail_address == AddressLines("Nieuwstraat 5", None, "1000", "Brussel", "BE")


def test_a_postal_address_abroad_is_not_sent_while_the_contact_stays_here() -> None:
    sides = settled()
    sides.edit_yuki(address=AddressLines(country="NL"))
    sides.edit_tribe(invoice_address=BRUSSELS, postal_address=BRUSSELS)
    merge = sides.merge()
    assert merge.is_quiet
    assert merge.emptied == (("billing_address", Side.YUKI),)
    assert FieldWarning("postal_address", WarningCode.POSTAL_ADDRESS_ABROAD) in merge.warnings
    assert sides.contact.mail_address == BAKERY_IN_YUKI.mail_address


def test_moving_the_main_address_abroad_in_yuki_is_no_change_of_the_mail_address() -> None:
    sides = settled()
    moved = AddressLines("Nieuwstraat 5", None, "1000", "Brussel", "BE")
    sides.edit_yuki(address=moved, mail_address=replace(POST_BOX_IN_YUKI, postcode="8000AA", country="BE"))
    assert sides.merge().to_tribe == names("billing_address")
    assert sides.relation.postal_address == BAKERY.postal_address


def test_a_number_that_would_be_another_one_there_is_not_sent() -> None:
    settings = ContactMapping(excluded_fields=names("billing_address"))
    sides = settled(bakery(invoice_address=BRUSSELS, phone=None), bakery_in_yuki(phone_work=None), settings=settings)
    sides.edit_tribe(phone="02 555 12 12")
    merge = sides.merge()
    assert merge.is_quiet
    assert FieldWarning("phone", WarningCode.PHONE_INVALID) in merge.warnings
    sides.edit_tribe(phone="+32 2 555 12 12")
    assert sides.merge().to_yuki == names("phone")


def test_a_main_address_changed_in_yuki_leaves_the_postal_address_alone_that_stood_in() -> None:
    sides = settled(bakery(invoice_address=None), bakery_in_yuki(address=POST_BOX_IN_YUKI))
    sides.edit_yuki(address=MOVED_IN_YUKI)
    assert sides.merge().to_tribe == names("billing_address")
    assert sides.relation.invoice_address == replace(MOVED, tribe_address_id=None)
    assert sides.relation.postal_address == POST_BOX
    assert sides.merge().is_quiet


def test_both_addresses_moved_in_yuki_go_to_the_one_postal_address_that_stands_for_both() -> None:
    sides = settled(bakery(invoice_address=None), bakery_in_yuki(address=POST_BOX_IN_YUKI))
    sides.edit_yuki(address=MOVED_IN_YUKI, mail_address=MOVED_IN_YUKI)
    assert sides.merge().to_tribe == names("billing_address", "postal_address")
    assert sides.relation.invoice_address is None
    assert sides.relation.postal_address == replace(MOVED, tribe_address_id=None)
    assert sides.merge().is_quiet


@pytest.mark.parametrize("standing_in", ["visiting_address", "postal_address"])
def test_a_new_mail_address_in_yuki_does_not_become_the_billing_address(standing_in: str) -> None:
    relation = bakery(**{"invoice_address": None, "postal_address": None, standing_in: MOVED})
    mail = MOVED_IN_YUKI if standing_in == "postal_address" else None
    sides = settled(relation, bakery_in_yuki(address=MOVED_IN_YUKI, mail_address=mail))
    sides.edit_yuki(mail_address=POST_BOX_IN_YUKI)
    assert sides.merge().to_tribe == names("postal_address")
    assert sides.relation.invoice_address == replace(MOVED, tribe_address_id=None)
    assert sides.merge().is_quiet
    assert sides.contact.address == MOVED_IN_YUKI


def test_a_mail_address_does_not_overwrite_a_main_address_that_tribe_was_emptied_of() -> None:
    sides = settled(bakery(postal_address=None), bakery_in_yuki(mail_address=None))
    sides.edit_tribe(invoice_address=None)
    assert sides.merge().emptied == (("billing_address", Side.TRIBE),)
    sides.edit_yuki(mail_address=POST_BOX_IN_YUKI)
    assert sides.merge().to_tribe == names("postal_address")
    assert not sides.changed_in_tribe
    assert sides.merge().is_quiet
    assert sides.contact.address == BAKERY_IN_YUKI.address


def test_a_mail_address_waits_while_the_billing_address_of_tribe_is_wrong() -> None:
    wrong = replace(MOVED, country="Luilekkerland")
    sides = Sides(bakery(invoice_address=None, postal_address=None, visiting_address=wrong), BAKERY_IN_YUKI)
    assert sides.merge().is_quiet
    sides.edit_tribe(visiting_address=MOVED)
    merge = sides.merge()
    assert (merge.to_yuki, merge.to_tribe) == (names("billing_address"), names("postal_address"))
    assert sides.merge().is_quiet
    assert sides.contact.address == MOVED_IN_YUKI


def test_excluded_fields_are_not_touched_and_their_base_is_kept() -> None:
    sides = settled()
    sides.settings = replace(SETTINGS, excluded_fields=names("phone"))
    known = sides.base["phone"]
    sides.edit_tribe(phone="038-7654321")
    assert not sides.changed_in_tribe
    assert sides.merge().is_quiet
    assert sides.base["phone"] == known


def test_a_new_contact_is_expected_to_show_what_it_was_created_with() -> None:
    relation = bakery(phone=None, coc_number="123", postal_address=BRUSSELS)
    base = base_of_new_contact(relation, FINGERPRINTS, SETTINGS, NOW)
    assert set(base) == FIELDS_OF_A_COMPANY - names("coc_number", "postal_address")
    assert base["name"].expected_on is Side.YUKI
    assert base["name"].yuki == ""
    assert base["phone"] == FieldBase()
    assert base["website"] == FieldBase(FINGERPRINTS.of("website.tribe", BAKERY.website or ""))
    created = YukiContact(
        "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19",
        relation.kind,
        "Bakkerij De Korenschuur B.V.",
        address=AddressLines("Molenweg 12A", None, "8011 AB", "Zwolle", "NL"),
        email_work="info@korenschuur.example",
        vat_number="NL004495445B01",
        modified_at=NOW,
    )
    assert elements_for_yuki(relation, yuki_contact=created, settings=SETTINGS).elements == {}
    sides = Sides(relation, created, base)
    assert not sides.changed_in_tribe
    assert sides.changed_in_yuki
    merge = sides.merge()
    assert (merge.is_quiet, merge.not_reflected) == (True, ())
    assert not sides.changed_in_yuki


def test_a_search_that_does_not_show_the_new_contact_whole_yet_writes_nothing_again() -> None:
    sides = Sides(BAKERY, replace(BAKERY_IN_YUKI, address=None, mail_address=None, vat_number=None))
    sides.base = base_of_new_contact(BAKERY, FINGERPRINTS, SETTINGS, NOW)
    sides.relation = bakery(website=None)
    sides.contact = replace(sides.contact, website=None)
    merge = sides.merge()
    assert (merge.is_quiet, merge.not_reflected, merge.emptied) == (True, (), ())


OLD_KEY = FingerprintKey("k1", b"the old key of the link")
NEW_KEY = FingerprintKey("k2", b"the new key of the link")


def test_a_replaced_key_still_compares_and_the_new_one_is_written() -> None:
    sides = settled(fingerprints=Fingerprints("link", [OLD_KEY]))
    sides.edit_tribe(phone="038-7654321")
    sides.merge()
    sides.fingerprints = Fingerprints("link", [NEW_KEY, OLD_KEY])
    assert not sides.changed_in_tribe
    sides.edit_yuki(email_work="post@korenschuur.example")
    assert sides.merge().to_tribe == names("email")
    sides.merge()
    marks = [mark for base in sides.base.values() for mark in (base.tribe, base.yuki) if mark]
    assert {mark.partition(":")[0] for mark in marks} == {"k2"}


def test_a_base_whose_key_is_gone_counts_as_none() -> None:
    sides = settled(fingerprints=Fingerprints("link", [OLD_KEY]), prefer=Side.YUKI)
    sides.fingerprints = Fingerprints("link", [NEW_KEY])
    assert sides.changed_in_tribe
    assert sides.changed_in_yuki
    sides.edit_yuki(phone_work="038-7654321")
    merge = sides.merge()
    assert (merge.to_tribe, merge.to_yuki, merge.conflicts) == (names("phone"), names(), ("phone",))
    sides.merge()
    assert (sides.changed_in_tribe, sides.changed_in_yuki) == (False, False)
