"""Matching without a link: one hit links, a number alone never does, and what is unsure waits for a person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.details import said, told
from tests.support.samples.contact_samples import (
    BAKERY,
    BAKERY_IN_YUKI,
    CLIENT,
    CLIENT_IN_YUKI,
    CONTACT_ID,
    OTHER_ID,
    SETTINGS,
    bakery,
    bakery_in_yuki,
    unhurried,
)
from tribe_yuki.contacts.match.evidence import weigh
from tribe_yuki.contacts.match.names import company_name, person_name
from tribe_yuki.contacts.match.profile import Key, contact_profile, relation_profile
from tribe_yuki.contacts.match.result import Ambiguous, Cause, Match, MatchResult, NoMatch
from tribe_yuki.contacts.match.rules import hold_for, match_contact, match_relation
from tribe_yuki.contacts.match.search import PAGE_SIZE, Answers, Search, next_search
from tribe_yuki.contacts.match.verdict import CONTRADICTIONS
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.texts import explain_hold

ELSEWHERE = AddressLines("Kade 99", None, "7411 ZZ", "Deventer", "NL")
UNKNOWN = {"code": None, "vat_number": None, "coc_number": None}


def matched(
    relation: TribeRelation, *contacts: YukiContact, inactive: frozenset[str] = frozenset()
) -> MatchResult[YukiContact]:
    return match_contact(relation, contacts, SETTINGS, inactive=inactive)


def other(**changes: Any) -> YukiContact:
    """Return a contact that has nothing in common with the bakery but what is given."""
    stranger = YukiContact(OTHER_ID, ContactKind.ORGANISATION, "Slagerij Het Spit B.V.", address=ELSEWHERE)
    return replace(stranger, **changes)


@pytest.mark.parametrize(
    ("change", "agrees"),
    [
        ({"name": "KORENSCHUUR, BAKKERIJ DE", "vat_number": None, "coc_number": None}, {Key.CODE, Key.ADDRESS}),
        ({"address": ELSEWHERE, "mail_address": None, "vat_number": None, "coc_number": None}, {Key.CODE, Key.NAME}),
        ({"code": "9", "name": "Anders"}, {Key.VAT_NUMBER, Key.COC_NUMBER, Key.ADDRESS}),
        (UNKNOWN, {Key.NAME, Key.ADDRESS}),
        (UNKNOWN | {"address": None}, {Key.NAME, Key.ADDRESS}),
    ],
)
def test_a_number_with_name_or_address_or_the_name_with_the_address_is_a_match(
    change: dict[str, Any], agrees: set[Key]
) -> None:
    contact = replace(BAKERY_IN_YUKI, **change)
    found = matched(BAKERY, contact, other())
    assert isinstance(found, Match)
    assert found.record == contact
    assert agrees <= found.agrees


def record_of(found: MatchResult[YukiContact]) -> YukiContact | None:
    """Return the contact that a relation is linked to."""
    return found.record if isinstance(found, Match) else None


def stranger() -> YukiContact:
    """Return a contact that is neither of those that a test compares."""
    return other(yuki_contact_id="2b6d7c2a-91be-4c55-a1d0-2b7e6f3c8d21")


HUISMAN = bakery(name="Huisman Installaties B.V.", debtor_number="D-1", coc_number="12345678", postal_address=None)
HUISMAN_IN_YUKI = bakery_in_yuki(name="Huisman Installaties B.V.", code=None, coc_number=None, mail_address=None)
FIRM = bakery(name="Kuipers Techniek", vat_number=None, coc_number="42927510", email=None, phone=None)
FIRM_IN_YUKI = bakery_in_yuki(name="Kuipers Techniek", code="77", coc_number="42927510", vat_number=None)
REACHED_ELSEWHERE: dict[str, Any] = {"email_work": "zwolle@keten.example", "phone_work": "0381112233"}
OTHER_PERSON: dict[str, Any] = {
    "email_home": "zoon@vandermolen.example",
    "phone_home": None,
    "mobile_home": "06 87654321",
}

RELATIVES: dict[str, tuple[TribeRelation, YukiContact]] = {
    "a VAT group at one address": (HUISMAN, replace(HUISMAN_IN_YUKI, name="Veluwe Beheer B.V.")),
    "a VAT group at two addresses": (HUISMAN, replace(HUISMAN_IN_YUKI, name="Veluwe Beheer B.V.", address=ELSEWHERE)),
    "one Chamber of Commerce number": (
        HUISMAN,
        replace(HUISMAN_IN_YUKI, name="Veluwe Beheer B.V.", vat_number=None, coc_number="12345678"),
    ),
    "a Belgian VAT unit": (
        replace(HUISMAN, name="Peeters NV", vat_number="BE0403019261", coc_number=None),
        replace(HUISMAN_IN_YUKI, name="Peeters Vastgoed NV", vat_number="BE 0403.019.261"),
    ),
    "a branch": (HUISMAN, replace(HUISMAN_IN_YUKI, code="8", address=ELSEWHERE, **REACHED_ELSEWHERE)),
    "a branch with both numbers": (
        HUISMAN,
        replace(HUISMAN_IN_YUKI, code=None, coc_number="12345678", address=ELSEWHERE, **REACHED_ELSEWHERE),
    ),
    "the company that a sole trader became": (
        FIRM,
        replace(FIRM_IN_YUKI, name="Kuipers Techniek B.V.", coc_number=None, vat_number="NL004495445B01"),
    ),
    "the sole trader that became a company": (
        replace(FIRM, name="Kuipers Techniek BV", coc_number=None, vat_number="NL004495445B01"),
        FIRM_IN_YUKI,
    ),
    "a legal form on one side, and numbers on the other only": (
        FIRM,
        replace(FIRM_IN_YUKI, name="Kuipers Techniek B.V.", code=None, coc_number=None),
    ),
    "father and son": (CLIENT, replace(CLIENT_IN_YUKI, code=None, **OTHER_PERSON)),
    "father and son with numbers of their own": (CLIENT, replace(CLIENT_IN_YUKI, code="9", **OTHER_PERSON)),
    "persons of whom one has no e-mail address or phone": (
        replace(CLIENT, email=None, phone=None, mobile=None),
        replace(CLIENT_IN_YUKI, code=None),
    ),
}


@pytest.mark.parametrize(
    ("place", "vat_number", "coc_number"),
    [("NL", None, "00000000"), ("NL", None, "99999999"), ("US", "0000000000", "none"), ("DE", None, "keine")],
)
def test_what_stands_in_place_of_a_number_links_nobody(place: str, vat_number: str | None, coc_number: str) -> None:
    numbers = {"vat_number": vat_number, "coc_number": coc_number}
    home = TribeAddress("a", "Dorpsstraat", "1", None, postcode="8011 AA", city="Zwolle", country=place)
    relation = bakery(name="Jansen Bouw", invoice_address=home, postal_address=None, email=None, phone=None, **numbers)
    for name, answer in (("Jansen Bouw B.V.", Ambiguous), ("De Vries Transport", NoMatch)):
        contact = other(name=name, code="7", address=replace(ELSEWHERE, country=place), **numbers)
        assert matched(relation, contact).__class__ is answer


@pytest.mark.parametrize("relatives", RELATIVES.values(), ids=RELATIVES)
def test_relatives_are_never_linked_and_wait_for_a_person(relatives: tuple[TribeRelation, YukiContact]) -> None:
    relation, contact = relatives
    to_yuki = matched(relation, contact, stranger())
    assert to_yuki == Ambiguous(Cause.UNSURE, (contact,))
    assert hold_for(to_yuki, relation.kind).details == told(f"no. {contact.hid}")
    to_tribe = match_relation(contact, [relation], SETTINGS)
    assert to_tribe == Ambiguous(Cause.UNSURE, (relation,))
    assert to_tribe.reason is HoldReason.CONTACT_AMBIGUOUS


SAME: dict[str, tuple[TribeRelation, YukiContact]] = {
    "both national numbers": (
        HUISMAN,
        replace(HUISMAN_IN_YUKI, name="Huisman Groep B.V.", coc_number="12345678", address=ELSEWHERE),
    ),
    "moved, with its e-mail address": (HUISMAN, replace(HUISMAN_IN_YUKI, address=ELSEWHERE, code="8")),
    "moved, with its code": (HUISMAN, replace(HUISMAN_IN_YUKI, address=ELSEWHERE, code="D-1", **REACHED_ELSEWHERE)),
    "name and number, without an address": (
        HUISMAN,
        replace(HUISMAN_IN_YUKI, address=None, email_work=None, phone_work=None),
    ),
    "a company typed without its legal form": (FIRM, replace(FIRM_IN_YUKI, name="Kuipers Techniek B.V.", code=None)),
    "a person with the same e-mail address": (CLIENT, replace(CLIENT_IN_YUKI, code=None, mobile_home=None)),
    "a person with the same phone": (CLIENT, replace(CLIENT_IN_YUKI, code=None, email_home=None)),
    "a person with the same code": (CLIENT, replace(CLIENT_IN_YUKI, **OTHER_PERSON)),
}


@pytest.mark.parametrize("same", SAME.values(), ids=SAME)
def test_what_is_the_same_is_still_linked_by_itself(same: tuple[TribeRelation, YukiContact]) -> None:
    relation, contact = same
    assert matched(relation, contact, stranger()).__class__ is Match
    assert match_relation(contact, [relation], SETTINGS).__class__ is Match


def test_a_relative_does_not_stand_in_the_way_of_the_company_itself() -> None:
    relative = replace(HUISMAN_IN_YUKI, yuki_contact_id=OTHER_ID, name="Veluwe Beheer B.V.", address=ELSEWHERE)
    itself = replace(HUISMAN_IN_YUKI, code="D-1", vat_number=None)
    assert record_of(matched(HUISMAN, relative, itself)) == itself


def test_a_code_of_another_company_stands_in_the_way() -> None:
    decision = matched(BAKERY, other(code="d-10042"))
    assert decision == Ambiguous(Cause.CODE_OF_ANOTHER, (other(code="d-10042"),))
    assert decision.reason is HoldReason.CODE_IN_USE
    # Even when the company itself is there under another code.
    assert matched(BAKERY, bakery_in_yuki(code="9"), other(code="D-10042")).__class__ is Ambiguous


def test_numbers_that_point_to_different_companies_are_ambiguous() -> None:
    by_code = bakery_in_yuki(vat_number=None, coc_number=None)
    by_vat_number = replace(by_code, yuki_contact_id=OTHER_ID, code="9", vat_number="NL004495445B01")
    decision = matched(BAKERY, by_code, by_vat_number)
    assert decision == Ambiguous(Cause.SEVERAL, (by_code, by_vat_number))
    assert decision.reason is HoldReason.CONTACT_AMBIGUOUS


def test_the_company_itself_is_linked_though_a_branch_has_its_vat_number() -> None:
    itself = bakery_in_yuki(vat_number=None, coc_number=None)
    branch = other(vat_number="NL004495445B01", name="Bakkerij De Korenschuur")
    assert record_of(matched(BAKERY, itself, branch)) == itself


def test_a_hit_gives_way_to_one_that_agrees_on_the_same_and_more() -> None:
    branch = other(name="Bakkerij De Korenschuur", vat_number="NL004495445B01")
    assert record_of(matched(BAKERY, branch, BAKERY_IN_YUKI)) == BAKERY_IN_YUKI


def test_two_doubles_are_ambiguous() -> None:
    double = replace(BAKERY_IN_YUKI, yuki_contact_id=OTHER_ID)
    assert matched(BAKERY, BAKERY_IN_YUKI, double) == Ambiguous(Cause.SEVERAL, (BAKERY_IN_YUKI, double))
    # A code that two contacts have reaches the newest of them, so the poorer one does not give way.
    poorer = replace(double, vat_number=None)
    assert matched(BAKERY, BAKERY_IN_YUKI, poorer) == Ambiguous(Cause.SEVERAL, (BAKERY_IN_YUKI, poorer))


@pytest.mark.parametrize("change", [{"vat_number": "NL000099998B57"}, {"coc_number": "87654321"}])
def test_a_number_that_differs_contradicts_the_name(change: dict[str, Any]) -> None:
    contact = replace(BAKERY_IN_YUKI, **change)
    assert matched(BAKERY, contact) == Ambiguous(Cause.UNSURE, (contact,))


def test_a_neighbour_in_the_group_with_the_same_vat_number_is_another_company() -> None:
    neighbour = bakery_in_yuki(code=None, name="Korenschuur Vastgoed B.V.", coc_number="87654321")
    assert matched(BAKERY, neighbour) == NoMatch()


def test_another_legal_form_at_the_same_address_is_never_the_same() -> None:
    old = bakery_in_yuki(name="Bakkerij De Korenschuur V.O.F.", **UNKNOWN)
    assert matched(BAKERY, old) == Ambiguous(Cause.UNSURE, (old,))
    assert matched(BAKERY, replace(old, coc_number="87654321")) == NoMatch()


@pytest.mark.parametrize("name", ["Bakkerij de Korenschuur BV", "Bakkerij De Korenschuur", "Bakkerij De Korenschur"])
def test_a_name_alone_may_be_the_same(name: str) -> None:
    namesake = other(name=name)
    decision = matched(BAKERY, namesake)
    assert decision == Ambiguous(Cause.UNSURE, (namesake,))
    assert decision.reason is HoldReason.CONTACT_AMBIGUOUS
    assert matched(BAKERY, replace(namesake, kind=ContactKind.PERSON)) == NoMatch()
    assert matched(BAKERY, replace(namesake, coc_number="87654321")) == NoMatch()


@pytest.mark.parametrize(
    "reach",
    [
        {"email_work": "facturen@korenschuur.example"},
        {"phone_work": "(038) 123 45 67"},
        {"vat_number": "NL004495445B01"},
    ],
)
def test_an_email_address_a_phone_or_a_number_alone_may_be_the_same(reach: dict[str, str]) -> None:
    contact = other(**reach)
    assert matched(BAKERY, contact) == Ambiguous(Cause.UNSURE, (contact,))
    named = replace(contact, name="De Korenschuur, Bakkerij")
    assert matched(BAKERY, named).__class__ is Ambiguous


def test_what_many_have_in_common_says_nothing() -> None:
    clients = [
        other(yuki_contact_id=f"{place:08x}-0000-4000-8000-000000000000", email_work="facturen@korenschuur.example")
        for place in range(3)
    ]
    assert matched(BAKERY, *clients[:2]).__class__ is Ambiguous
    assert matched(BAKERY, *clients) == NoMatch()


def test_the_likeliest_is_proposed_first() -> None:
    namesake = other(yuki_contact_id="00000000-0000-4000-8000-000000000000", name="Bakkerij De Korenschuur")
    likelier = other(name="Korenschuur Brood", email_work="info@korenschuur.example", phone_work="0381234567")
    assert matched(BAKERY, namesake, likelier) == Ambiguous(Cause.UNSURE, (likelier, namesake))


def test_the_role_decides_between_equals() -> None:
    supplier = bakery_in_yuki(code=None, is_customer=False, is_supplier=True)
    customer = replace(supplier, yuki_contact_id=OTHER_ID, is_customer=True)
    assert record_of(matched(BAKERY, supplier, customer)) == customer
    assert matched(bakery(roles=()), supplier, customer).__class__ is Ambiguous


def test_the_other_kind_waits_unless_there_is_one_of_the_same_kind() -> None:
    person = YukiContact(
        OTHER_ID,
        ContactKind.PERSON,
        "Bakkerij De Korenschuur",
        address=BAKERY_IN_YUKI.address,
        vat_number="NL004495445B01",
    )
    decision = matched(BAKERY, person)
    assert decision == Ambiguous(Cause.OTHER_KIND, (person,))
    assert decision.reason is HoldReason.CONTACT_TYPE_DIFFERS
    company = bakery_in_yuki(code=None, vat_number=None)
    assert matched(BAKERY, person, company).__class__ is Match


def test_an_inactive_contact_waits_unless_there_is_an_active_one() -> None:
    decision = matched(BAKERY, BAKERY_IN_YUKI, inactive=frozenset({CONTACT_ID}))
    assert decision == Ambiguous(Cause.INACTIVE, (BAKERY_IN_YUKI,))
    assert decision.reason is HoldReason.CONTACT_INACTIVE_IN_YUKI
    old, new = bakery_in_yuki(code=None), bakery_in_yuki(code=None, yuki_contact_id=OTHER_ID)
    assert matched(BAKERY, old, new, inactive=frozenset({CONTACT_ID})).__class__ is Match
    # The code is not free as long as an inactive contact has it.
    assert matched(BAKERY, BAKERY_IN_YUKI, new, inactive=frozenset({CONTACT_ID})) == decision


def test_our_import_id_decides_alone() -> None:
    relation = bakery(import_id=f"yuki:{OTHER_ID.upper()}")
    assert record_of(matched(relation, BAKERY_IN_YUKI, other())) == other()
    person = other(kind=ContactKind.PERSON)
    assert matched(relation, person) == Ambiguous(Cause.OTHER_KIND, (person,))
    gone = matched(relation, BAKERY_IN_YUKI)
    assert gone == Ambiguous(Cause.GONE)
    assert gone.reason is HoldReason.CONTACT_GONE_IN_YUKI


def test_an_import_id_of_somebody_else_is_not_ours() -> None:
    assert matched(bakery(import_id="exact:77"), BAKERY_IN_YUKI).__class__ is Match
    assert matched(bakery(import_id="yuki:77"), BAKERY_IN_YUKI).__class__ is Match


def test_a_hold_names_contacts_by_number_only() -> None:
    decision = matched(BAKERY, BAKERY_IN_YUKI, replace(BAKERY_IN_YUKI, yuki_contact_id=OTHER_ID, hid=None))
    assert isinstance(decision, Ambiguous)
    held = hold_for(decision, BAKERY.kind)
    assert (held.reason, said(held.details)) == (HoldReason.CONTACT_AMBIGUOUS, f"no. 139, {OTHER_ID}")
    differs = hold_for(Ambiguous(Cause.OTHER_KIND, (BAKERY_IN_YUKI,)), BAKERY.kind)
    assert "organisation" in explain_hold(differs.reason, details=differs.details)


def test_a_person_matches_by_name_and_address() -> None:
    contact = replace(CLIENT_IN_YUKI, code=None, name="van der Molen, Femke")
    assert record_of(matched(CLIENT, contact)) == contact


def test_importing_finds_the_relation_and_asks_about_a_namesake() -> None:
    assert match_relation(BAKERY_IN_YUKI, [BAKERY, CLIENT], SETTINGS).__class__ is Match
    stranger = bakery(
        tribe_relation_id="20000000-0000-4000-8000-000000000099",
        invoice_address=TribeAddress(None, "Kade", "99", None, None, "7411 ZZ", "Deventer", "NL"),
        postal_address=None,
        debtor_number=None,
        vat_number=None,
        coc_number=None,
    )
    namesake = match_relation(
        BAKERY_IN_YUKI, [replace(stranger, email=None, financial_email=None, phone=None)], SETTINGS
    )
    assert namesake.__class__ is Ambiguous
    same_number = replace(CLIENT, debtor_number="D-10042")
    assert match_relation(BAKERY_IN_YUKI, [same_number], SETTINGS) == NoMatch()


def test_importing_trusts_our_import_id_and_leaves_relations_of_other_contacts_alone() -> None:
    ours = replace(CLIENT, kind=ContactKind.ORGANISATION, import_id=f"yuki:{CONTACT_ID}")
    found = match_relation(BAKERY_IN_YUKI, [BAKERY, ours], SETTINGS)
    assert isinstance(found, Match)
    assert found.record == ours
    assert match_relation(BAKERY_IN_YUKI, [bakery(import_id=f"yuki:{OTHER_ID}")], SETTINGS) == NoMatch()
    twice = [bakery(import_id=f"yuki:{CONTACT_ID}"), bakery(import_id=f"yuki:{CONTACT_ID}", tribe_relation_id="x")]
    assert match_relation(BAKERY_IN_YUKI, twice, SETTINGS).__class__ is Ambiguous


# --- searching -------------------------------------------------------------------------------------------------


class Books:
    """Contacts of a Yuki that finds by normalised values, with the calls that were made."""

    def __init__(self, contacts: Sequence[YukiContact], inactive: frozenset[str] = frozenset()) -> None:
        self.contacts = contacts
        self.inactive = inactive
        self.calls: list[Search] = []

    def answer(self, search: Search) -> list[YukiContact]:
        self.calls.append(search)
        found = [one for one in self.contacts if self._finds(search, one)]
        start = (search.page - 1) * PAGE_SIZE
        return found[start : start + PAGE_SIZE]

    def _finds(self, search: Search, contact: YukiContact) -> bool:
        if search.active == "Inactive" and contact.yuki_contact_id not in self.inactive:
            return False
        profile = contact_profile(contact, SETTINGS)
        if search.option == "Name":
            wanted = {company_name(search.value).base, person_name(search.value).base}
            return bool(wanted & {name.base for name in profile.names})
        value = {
            "ID": profile.yuki_contact_id,
            "Code": profile.code,
            "VATNumber": profile.vat_number,
            "CoCNumber": profile.coc_number,
        }[search.option]
        return value == search.value or (search.option == "Code" and value == search.value.casefold())


def search_all(relation: TribeRelation, books: Books) -> MatchResult[YukiContact]:
    answers: dict[Search, list[YukiContact]] = {}
    asked: Answers = answers
    while isinstance(step := next_search(relation, asked, SETTINGS), Search):
        assert step not in answers
        answers[step] = books.answer(step)
    return step


def test_a_relation_that_is_new_to_yuki_costs_four_calls() -> None:
    books = Books([other()])
    assert search_all(BAKERY, books) == NoMatch()
    assert books.calls == [
        Search("Code", "D-10042"),
        Search("VATNumber", "NL004495445B01"),
        Search("CoCNumber", "12345678"),
        Search("Name", "Bakkerij De Korenschuur"),
    ]


def test_a_contact_that_agrees_on_everything_costs_two_calls() -> None:
    books = Books([BAKERY_IN_YUKI, other()])
    assert search_all(BAKERY, books).__class__ is Match
    assert books.calls == [Search("Code", "D-10042"), Search("Code", "D-10042", "Inactive")]


def test_a_number_that_the_hit_lacks_is_looked_up_because_another_may_have_it() -> None:
    by_code = bakery_in_yuki(vat_number=None)
    by_vat_number = other(vat_number="NL004495445B01", name="Bakkerij De Korenschuur")
    assert record_of(search_all(BAKERY, Books([by_code, by_vat_number]))) == by_code
    books = Books([by_code])
    assert search_all(BAKERY, books).__class__ is Match
    assert [call.option for call in books.calls] == ["Code", "Code", "VATNumber"]


def test_a_hit_at_another_address_is_not_enough_to_leave_the_name_out() -> None:
    moved = bakery_in_yuki(address=ELSEWHERE, mail_address=None)
    at_our_address = bakery_in_yuki(yuki_contact_id=OTHER_ID, **UNKNOWN)
    assert search_all(BAKERY, Books([moved, at_our_address])) == Ambiguous(Cause.SEVERAL, (moved, at_our_address))


def test_the_code_of_another_company_ends_the_search() -> None:
    books = Books([other(code="D-10042"), bakery_in_yuki(code=None)])
    assert search_all(BAKERY, books).__class__ is Ambiguous
    assert books.calls == [Search("Code", "D-10042")]


def test_an_import_id_is_looked_up_and_nothing_else() -> None:
    relation = bakery(import_id=f"yuki:{OTHER_ID}")
    books = Books([BAKERY_IN_YUKI, other()])
    assert search_all(relation, books).__class__ is Match
    assert [call.option for call in books.calls] == ["ID", "ID"]
    assert search_all(relation, Books([BAKERY_IN_YUKI])) == Ambiguous(Cause.GONE)


def test_an_inactive_hit_is_seen_and_the_search_goes_on() -> None:
    inactive = bakery_in_yuki(code=None, hid=1)
    active = bakery_in_yuki(yuki_contact_id=OTHER_ID, hid=2, **UNKNOWN)
    books = Books([inactive, active], inactive=frozenset({CONTACT_ID}))
    assert record_of(search_all(BAKERY, books)) == active


def test_all_pages_of_an_answer_are_read() -> None:
    strangers = [
        other(yuki_contact_id=f"{number:08x}-0000-4000-8000-000000000000", name="Bakkerij De Korenschuur")
        for number in range(PAGE_SIZE)
    ]
    books = Books([*strangers, bakery_in_yuki(**UNKNOWN)])
    assert search_all(BAKERY, books).__class__ is Match
    assert [(call.option, call.page) for call in books.calls][3:5] == [("Name", 1), ("Name", 2)]


def test_a_relation_without_anything_to_search_by_matches_nothing() -> None:
    nobody = TribeRelation("20000000-0000-4000-8000-000000000099", ContactKind.ORGANISATION, "")
    books = Books([BAKERY_IN_YUKI])
    assert search_all(nobody, books) == NoMatch()
    assert books.calls == []


# --- properties ------------------------------------------------------------------------------------------------

codes = st.sampled_from([None, "D-10042", "D-2"])
vat_numbers = st.sampled_from([None, "NL004495445B01", "NL000099998B57", "wrong"])
coc_numbers = st.sampled_from([None, "12345678", "87654321", "1"])
names = st.sampled_from(
    ["Bakkerij De Korenschuur B.V.", "bakkerij de korenschuur", "Korenschuur Vastgoed", "De Vries VOF"]
)
places = st.sampled_from([None, BAKERY_IN_YUKI.address, ELSEWHERE])
kinds = st.sampled_from(ContactKind)
contacts = st.builds(
    YukiContact,
    yuki_contact_id=st.sampled_from(
        [CONTACT_ID, OTHER_ID, *(f"{n:08x}-0000-4000-8000-000000000000" for n in range(4))]
    ),
    kind=kinds,
    name=names,
    code=codes,
    address=places,
    vat_number=vat_numbers,
    coc_number=coc_numbers,
)
several_contacts = st.lists(contacts, max_size=5, unique_by=lambda contact: contact.yuki_contact_id)
inactive_ids = st.sets(st.sampled_from([CONTACT_ID, OTHER_ID])).map(frozenset)
relations = st.builds(
    TribeRelation,
    tribe_relation_id=st.just(BAKERY.tribe_relation_id),
    kind=kinds,
    name=names,
    debtor_number=codes,
    vat_number=vat_numbers,
    coc_number=coc_numbers,
    import_id=st.sampled_from([None, None, None, f"yuki:{CONTACT_ID}", "other"]),
    invoice_address=st.sampled_from([None, BAKERY.invoice_address]),
    private_address=st.sampled_from([None, BAKERY.invoice_address]),
)


@unhurried
@given(relation=relations, candidates=several_contacts, inactive=inactive_ids, data=st.data())
def test_the_order_of_the_candidates_does_not_matter(
    relation: TribeRelation, candidates: list[YukiContact], inactive: frozenset[str], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(candidates))
    assert matched(relation, *candidates, inactive=inactive) == matched(relation, *shuffled, inactive=inactive)


@unhurried
@given(relation=relations, candidates=several_contacts, inactive=inactive_ids)
def test_a_match_never_rests_on_one_number_or_name_or_address_alone(
    relation: TribeRelation, candidates: list[YukiContact], inactive: frozenset[str]
) -> None:
    decision = matched(relation, *candidates, inactive=inactive)
    if not isinstance(decision, Match) or Key.IMPORT_ID in decision.agrees:
        return
    has_both_numbers = decision.agrees >= {Key.VAT_NUMBER, Key.COC_NUMBER}
    assert has_both_numbers or decision.agrees & {Key.NAME_ALIKE, Key.ADDRESS}
    assert len(decision.agrees - {Key.NAME_ALIKE, Key.NAME_SIMILAR, Key.TOWN}) > 1
    evidence = weigh(relation_profile(relation, SETTINGS), contact_profile(decision.record, SETTINGS))
    assert evidence.is_same_kind
    assert not evidence.against & CONTRADICTIONS
    assert decision.record.yuki_contact_id not in inactive


@unhurried
@given(relation=relations, candidates=several_contacts, inactive=inactive_ids)
def test_searching_comes_to_the_same_as_knowing_all_contacts(
    relation: TribeRelation, candidates: list[YukiContact], inactive: frozenset[str]
) -> None:
    books = Books(candidates, inactive)
    assert search_all(relation, books) == matched(relation, *candidates, inactive=inactive)
    assert len(books.calls) <= 8


@unhurried
@given(relation=relations, contact=contacts)
def test_the_whole_evidence_works_both_ways(relation: TribeRelation, contact: YukiContact) -> None:
    one, two = relation_profile(relation, SETTINGS), contact_profile(contact, SETTINGS)
    assert weigh(one, two) == weigh(two, one)
