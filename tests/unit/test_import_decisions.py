"""What the import decides about a contact of Yuki, from what it is given alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.details import told
from tests.support.samples.contact_samples import (
    BAKERY,
    BAKERY_IN_YUKI,
    CLIENT_IN_YUKI,
    CUSTOMER,
    OTHER_ID,
    SUPPLIER,
)
from tests.support.samples.samples import NOW, settings
from tribe_yuki.connections.administration import OwnCompany
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.initial_import.cursors import CodesCursor, ListCursor, PageCursor
from tribe_yuki.contacts.initial_import.decide import (
    Action,
    Contest,
    Create,
    Hold,
    LinkTo,
    SkipReason,
    decide,
    link_taken_away,
    skip_reason,
)
from tribe_yuki.contacts.initial_import.decide_code import (
    ConfirmCode,
    HoldCode,
    OfferNumber,
    WriteCode,
    decide_code,
    decide_equal_code,
    has_open_code,
    may_get_code,
)
from tribe_yuki.contacts.link import Link, LinkState, Side
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeRelation, YukiContact
from tribe_yuki.core.errors import Unreadable
from tribe_yuki.core.holds import HoldReason

EARLIER = NOW - timedelta(days=1)
SETTINGS = settings()
IN_BOOKS = replace(BAKERY_IN_YUKI, is_customer=True, is_supplier=False)
# The same company, as somebody else typed it a second time: nothing tells which of both the relation is.
DOUBLE = replace(IN_BOOKS, yuki_contact_id=OTHER_ID, hid=140)
STRANGER = TribeRelation("stranger", ContactKind.ORGANISATION, "Slagerij Het Spit B.V.")
LINKED = Link("demo", BAKERY.tribe_relation_id, LinkState.LINKED, NOW, yuki_contact_id=OTHER_ID)


@dataclass
class Given:
    """What earlier decisions left behind."""

    link: Link | None = None
    contact: YukiContact | None = None
    asked: list[str] = field(default_factory=list)

    def link_of(self, tribe_relation_id: str) -> Link | None:
        assert self.link is None or self.link.tribe_relation_id == tribe_relation_id
        return self.link

    def active_contact(self, yuki_contact_id: str) -> YukiContact | None:
        self.asked.append(yuki_contact_id)
        return self.contact


def decided(
    *near: TribeRelation,
    known: Given | None = None,
    contact: YukiContact = IN_BOOKS,
    run_started_at: datetime | None = NOW,
) -> Action:
    return decide(contact, near, known or Given(), SETTINGS, run_started_at)


def test_a_contact_that_no_relation_is_becomes_one() -> None:
    action = decided()
    assert isinstance(action, Create)
    assert action.new.import_id == f"yuki:{IN_BOOKS.yuki_contact_id}"
    assert action.new.roles == (RoleKind.CUSTOMER,)
    assert action.new.values["debtor_number"] == IN_BOOKS.code


@pytest.mark.parametrize("number", ["D-10042", "d-10042"])
def test_a_number_that_another_relation_has_is_not_offered_to_tribe(number: str) -> None:
    action = decided(replace(STRANGER, debtor_number=number))
    assert isinstance(action, Create)
    assert "debtor_number" not in action.new.values


@pytest.mark.parametrize(("run_started_at", "prefers"), [(NOW, Side.YUKI), (None, Side.TRIBE)])
def test_a_contact_is_linked_to_its_relation_and_only_the_initial_import_takes_its_values(
    run_started_at: datetime | None, prefers: Side
) -> None:
    assert decided(BAKERY, STRANGER, run_started_at=run_started_at) == LinkTo(BAKERY.tribe_relation_id, prefers)


def test_a_contact_between_several_relations_waits_for_a_person() -> None:
    twin = replace(BAKERY, tribe_relation_id="twin")
    assert decided(twin, BAKERY) == Hold(HoldReason.CONTACT_AMBIGUOUS, (BAKERY.tribe_relation_id, "twin"))


@pytest.mark.parametrize("state", [LinkState.GONE_IN_TRIBE, LinkState.GONE_IN_YUKI, LinkState.ERASED])
def test_what_is_gone_is_not_linked_again(state: LinkState) -> None:
    action = decided(BAKERY, known=Given(replace(LINKED, state=state)))
    assert action == Hold(HoldReason.CONTACT_GONE_IN_YUKI, (BAKERY.tribe_relation_id,))


@pytest.mark.parametrize("reason", list(HoldReason))
def test_a_relation_that_waits_is_looked_at_again_and_linked_unless_its_contact_is_in_doubt(reason: HoldReason) -> None:
    waiting = Link("demo", BAKERY.tribe_relation_id, LinkState.HELD, EARLIER, reason=reason.value)
    action = decided(BAKERY, known=Given(waiting))
    if reason in (HoldReason.DEBTOR_NUMBER_MISSING, HoldReason.DEBTOR_NUMBER_DUPLICATE):
        assert action == LinkTo(BAKERY.tribe_relation_id, Side.YUKI, woken=BAKERY.tribe_relation_id)
    else:
        assert action == Hold(reason, (BAKERY.tribe_relation_id,), woken=BAKERY.tribe_relation_id)


TAKEN = Hold(HoldReason.CONTACT_AMBIGUOUS, (BAKERY.tribe_relation_id,))


@pytest.mark.parametrize(("since", "run_started_at"), [(EARLIER, NOW), (NOW, None)])
def test_a_link_from_before_the_run_is_not_contested(since: datetime, run_started_at: datetime | None) -> None:
    known = Given(replace(LINKED, since=since), DOUBLE)
    assert decided(BAKERY, known=known, run_started_at=run_started_at) == TAKEN
    assert known.asked == []  # a call of Yuki


def test_of_two_contacts_that_claim_a_relation_neither_gets_it_when_they_are_not_one() -> None:
    link = replace(LINKED, code="D-10042", base={})
    bare: dict[str, Any] = {"code": None, "address": None, "mail_address": None, "email_work": None, "phone_work": None}
    known = Given(link, replace(DOUBLE, vat_number=None, **bare))
    contact = replace(IN_BOOKS, coc_number=None, **bare)
    assert decided(BAKERY, known=known, contact=contact) == Contest(link, TAKEN, 140, is_won=False)
    after = link_taken_away(link, TAKEN, NOW)
    assert (after.state, after.yuki_contact_id, after.code) == (LinkState.HELD, None, None)
    assert (after.reason, after.details) == (HoldReason.CONTACT_AMBIGUOUS, TAKEN.held.details)


def test_of_twins_the_first_stays_and_the_second_waits_alone() -> None:
    link = replace(LINKED, code="D-10042", base={})
    known = Given(link, DOUBLE)
    assert decided(BAKERY, known=known) == TAKEN
    assert known.asked == [OTHER_ID]


def without_numbers(contact: YukiContact) -> YukiContact:
    return replace(contact, code=None, vat_number=None, coc_number=None)


def test_of_two_contacts_that_claim_a_relation_the_better_gets_it() -> None:
    assert decided(BAKERY, known=Given(LINKED, without_numbers(DOUBLE))) == Contest(LINKED, TAKEN, 140, is_won=True)
    assert decided(BAKERY, known=Given(LINKED, DOUBLE), contact=without_numbers(IN_BOOKS)) == TAKEN


def test_a_rival_that_is_gone_has_lost() -> None:
    assert decided(BAKERY, known=Given(LINKED, None)) == Contest(LINKED, TAKEN, None, is_won=True)


def test_nothing_is_decided_by_a_relation_of_which_something_is_missing() -> None:
    with pytest.raises(Unreadable):
        decided(BAKERY, replace(STRANGER, flaws=told("EmailAddress should be a text")))


@pytest.mark.parametrize(
    ("contact", "chosen", "reason"),
    [
        (IN_BOOKS, SETTINGS, None),
        (replace(IN_BOOKS, name="[Tribe D-10042 4f3a9c1e]"), SETTINGS, SkipReason.IN_CREATION),
        (replace(IN_BOOKS, is_customer=False, is_supplier=True), SETTINGS, SkipReason.TYPE_NOT_IMPORTED),
        (
            replace(CLIENT_IN_YUKI, is_customer=True),
            settings(import_private_customers=False),
            SkipReason.TYPE_NOT_IMPORTED,
        ),
        (replace(IN_BOOKS, name="Voorbeeld"), SETTINGS, SkipReason.OWN_COMPANY),
    ],
)
def test_who_is_not_imported(contact: YukiContact, chosen: ConnectionSettings, reason: SkipReason | None) -> None:
    assert skip_reason(contact, chosen, lambda: [OwnCompany("Voorbeeld")]) is reason


def test_the_own_companies_are_asked_for_only_when_they_matter() -> None:
    def ask() -> Sequence[OwnCompany]:
        raise AssertionError

    assert skip_reason(replace(IN_BOOKS, is_customer=False), SETTINGS, ask) is SkipReason.TYPE_NOT_IMPORTED


NUMBERED = replace(LINKED, number="D-10042")


def never(_number: str) -> bool:
    return False


def always(_number: str) -> bool:
    return True


def test_a_contact_gets_the_number_unless_another_one_has_it() -> None:
    assert decide_code(NUMBERED, BAKERY, SETTINGS, never, never) == WriteCode("D-10042")
    assert decide_code(NUMBERED, BAKERY, SETTINGS, always, never) == HoldCode(HoldReason.CODE_IN_USE)
    assert decide_equal_code("D-10042", never) == ConfirmCode("D-10042")
    assert decide_equal_code("D-10042", always) == HoldCode(HoldReason.CODE_IN_USE)


UNNUMBERED = replace(NUMBERED, number=None, code_at_import=None)
OUR_CUSTOMER, OUR_SUPPLIER = replace(BAKERY, roles=(CUSTOMER,)), replace(BAKERY, roles=(SUPPLIER,))


def test_only_a_customer_waits_for_a_number() -> None:
    missing = HoldCode(HoldReason.DEBTOR_NUMBER_MISSING)
    assert decide_code(UNNUMBERED, OUR_CUSTOMER, SETTINGS, never, never) == missing
    assert decide_code(UNNUMBERED, OUR_SUPPLIER, SETTINGS, never, never) is None


def test_a_customer_without_number_gets_the_code_that_nobody_else_has() -> None:
    coded, missing = replace(UNNUMBERED, code_at_import="20010"), HoldCode(HoldReason.DEBTOR_NUMBER_MISSING)
    assert decide_code(coded, OUR_CUSTOMER, SETTINGS, never, never) == OfferNumber("20010")
    assert decide_code(coded, OUR_CUSTOMER, SETTINGS, always, never) == missing
    assert decide_code(coded, OUR_CUSTOMER, SETTINGS, never, always) == missing
    assert decide_code(coded, OUR_SUPPLIER, SETTINGS, never, never) is None
    not_imported = SETTINGS.model_copy(update={"import_customers": False})
    assert decide_code(coded, OUR_CUSTOMER, not_imported, never, never) == missing


def test_no_code_is_written_where_nothing_is_exported_or_something_is_missing() -> None:
    assert may_get_code(BAKERY, SETTINGS)
    assert not may_get_code(replace(BAKERY, flaws=told("EmailAddress should be a text")), SETTINGS)
    assert not may_get_code(BAKERY, settings(export_customers=False))


@pytest.mark.parametrize(
    ("link", "is_open"),
    [
        (NUMBERED, True),
        (replace(NUMBERED, reason=HoldReason.CODE_IN_USE.value), True),
        (replace(NUMBERED, reason=HoldReason.CONTACT_TYPE_DIFFERS.value), False),
        (replace(NUMBERED, code="D-10042"), False),
        (replace(NUMBERED, state=LinkState.HELD), False),
    ],
)
def test_a_code_is_open_until_it_is_settled(link: Link, *, is_open: bool) -> None:
    assert has_open_code(link) is is_open


def test_the_progress_of_a_run_that_an_earlier_version_began_is_read() -> None:
    assert (PageCursor.read(""), PageCursor.read("7")) == (PageCursor(1), PageCursor(7))
    assert (ListCursor.read(""), ListCursor.read("2:14")) == (ListCursor(0, 1), ListCursor(2, 14))
    assert (CodesCursor.read("", 3), CodesCursor.read("3:", 9)) == (CodesCursor(3), CodesCursor(3))
    assert CodesCursor.read("3:20000000-0000", 9) == CodesCursor(3, "20000000-0000")


def test_cursors_come_back_as_they_were_stored() -> None:
    assert PageCursor.read(str(PageCursor(8))) == PageCursor(8)
    assert ListCursor.read(str(ListCursor(1, 9))) == ListCursor(1, 9)
    assert CodesCursor.read(str(CodesCursor(4, "a-b")), 0) == CodesCursor(4, "a-b")
