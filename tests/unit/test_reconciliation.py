"""The comparison of Tribe's invoices, our transfers and Yuki's books: what differs, and what only looks so."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.details import said, told
from tests.support.samples.samples import NOW, settings
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.details import Detail, Details
from tribe_yuki.core.texts import Texts, details_in
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.details import alike_in_yuki, edited_value
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument
from tribe_yuki.invoices.reasons import ReportReason, SkipReason
from tribe_yuki.invoices.reconcile.books import YukiBooks
from tribe_yuki.invoices.reconcile.compare import Compared, Comparison, Repair, Scope, compare_invoices
from tribe_yuki.invoices.reconcile.findings import (
    Ending,
    Finding,
    FindingCode,
    Reconciliation,
    Standing,
    Tally,
    Unchecked,
    join_reconciliations,
)
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe
from tribe_yuki.invoices.reconcile.nightly import months, nightly_period
from tribe_yuki.invoices.reconcile.number_gaps import LONGEST_GAP, gaps_of, missing_numbers
from tribe_yuki.invoices.reconcile.run import Reconciler
from tribe_yuki.invoices.reconcile.seen import seen_details, with_seen
from tribe_yuki.invoices.transfer import (
    State,
    Transfer,
    new_transfer,
)
from tribe_yuki.status.reconciliation import parse_period
from tribe_yuki.status.reconciliation_sentence import sentence

DAY = date(2026, 11, 20)
DUE = date(2026, 12, 20)
AMOUNT = Decimal("242.00")
CONTACT, OTHER_CONTACT = "contact-1", "contact-2"
RELATION, OTHER_RELATION, MERGED_RELATION = "relation-1", "relation-2", "relation-3"
LINKED = {RELATION: CONTACT, OTHER_RELATION: OTHER_CONTACT, MERGED_RELATION: CONTACT}
SCOPE = Scope(date(2026, 11, 1), date(2026, 11, 30), NOW, settings().standing_of, LINKED.get, {"2026-0107"})


def in_tribe(**changes: Any) -> InvoiceInTribe:
    known = InvoiceInTribe(
        tribe_invoice_id="one",
        number="2026-0107",
        invoice_date=DAY,
        due_date=DUE,
        currency="EUR",
        total_incl=AMOUNT,
        phase_code="Sent",
        is_final=True,
        tribe_amount=Decimal("200.00"),
        vat={"high": Decimal("42.00")},
        lines="lines",
        modified_at=NOW - timedelta(days=2),
        tribe_role_id="role",
        tribe_relation_id=RELATION,
    )
    return replace(known, **changes)


def transfer(**changes: Any) -> Transfer:
    known = replace(
        new_transfer("demo", "one", NOW - timedelta(days=2)),
        state=State.BOOKED,
        reference="2026-0107",
        invoice_date=DAY,
        due_date=DUE,
        currency="EUR",
        total_incl=AMOUNT,
        tribe_amount=Decimal("200.00"),
        tribe_vat={"high": Decimal("42.00")},
        tribe_lines="lines",
        tribe_relation_id=RELATION,
        yuki_contact_id=CONTACT,
        booked_at=NOW - timedelta(days=2),
    )
    return replace(known, **changes)


def item(**changes: Any) -> OutstandingItem:
    return replace(OutstandingItem("2026-0107", DAY, DUE, AMOUNT, AMOUNT, 6, CONTACT), **changes)


def document(**changes: Any) -> SalesDocument:
    return replace(SalesDocument("document-1", "2026-0107", DAY, AMOUNT, CONTACT, "Factuur"), **changes)


def books(
    items: Sequence[OutstandingItem] = (), documents: Sequence[SalesDocument] = (), *, is_ours_alone: bool = True
) -> YukiBooks:
    return YukiBooks.of(items, documents, is_ours_alone=is_ours_alone)


BOOKED = books([item()], [document()])


def compared(invoice: InvoiceInTribe | None, stored: Transfer | None, in_yuki: YukiBooks) -> Compared:
    (one,) = compare_invoices([invoice] if invoice else [], [stored] if stored else [], in_yuki, SCOPE).compared
    return one


def moved_to(day: date) -> Detail:
    return edited_value("date", DAY, day)


def found(one: Compared) -> list[tuple[str, Details]]:
    return [(finding.code.value, finding.details) for finding in one.findings]


class TestABookedInvoice:
    def test_that_is_open_and_equal_in_both_is_no_finding(self) -> None:
        one = compared(in_tribe(), transfer(), BOOKED)
        assert (one.ending, one.findings, one.unchecked) == (Ending.EQUAL, (), None)

    def test_that_is_paid_is_found_in_the_archive_alone(self) -> None:
        assert compared(in_tribe(phase_code="Paid"), transfer(), books([], [document()])).ending is Ending.EQUAL

    @pytest.mark.parametrize(
        ("changes", "detail"),
        [
            ({"original_amount": Decimal("240.00")}, "amount 242.00 sent, 240.00 in Yuki"),
            ({"date": date(2026, 11, 21)}, "date 2026-11-20 sent, 2026-11-21 in Yuki"),
            ({"due_date": date(2027, 1, 20)}, "due date 2026-12-20 sent, 2027-01-20 in Yuki"),
            ({"yuki_contact_id": OTHER_CONTACT}, "contact"),
            (
                {"yuki_contact_id": OTHER_CONTACT, "date": date(2026, 11, 21)},
                "contact; date 2026-11-20 sent, 2026-11-21 in Yuki",
            ),
        ],
    )
    def test_that_stands_otherwise_in_the_books_is_told_with_both_values(
        self, changes: dict[str, Any], detail: str
    ) -> None:
        one = compared(in_tribe(), transfer(), books([item(**changes)], [document()]))
        assert (one.ending, found(one)) == (Ending.OPEN, [("booked_differently", told(detail))])

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"number": "2026-0999"}, "nummer was 2026-0107, is in Tribe 2026-0999"),
            ({"invoice_date": date(2026, 11, 21)}, "datum was 20-11-2026, is in Tribe 21-11-2026"),
            ({"due_date": date(2027, 1, 20)}, "vervaldatum was 20-12-2026, is in Tribe 20-01-2027"),
            ({"currency": "USD"}, "valuta was EUR, is in Tribe USD"),
            (
                {"tribe_amount": Decimal("210.00"), "total_incl": Decimal("254.10")},
                "bedrag was 242,00, is in Tribe 254,10: een verschil van 12,10",
            ),
            (
                {"vat": {"low": Decimal("18.00")}, "total_incl": Decimal("218.00")},
                (
                    "bedrag was 242,00, is in Tribe 218,00: een verschil van -24,00; "
                    "btw-bedrag was 42,00, is in Tribe 18,00: een verschil van -24,00"
                ),
            ),
            (
                {"vat": {"high": Decimal("21.00"), "low": Decimal("21.00")}},
                "btw-bedrag was 42,00, is in Tribe 42,00: een verschil van 0,00",
            ),
            ({"lines": "other"}, "regels"),
            ({"tribe_relation_id": OTHER_RELATION}, "klant"),
            (
                {"number": "2026-0999", "invoice_date": date(2026, 12, 1)},
                "nummer was 2026-0107, is in Tribe 2026-0999; datum was 20-11-2026, is in Tribe 01-12-2026",
            ),
            ({"number": None}, "nummer was 2026-0107, is in Tribe -"),
            ({"phase_code": "Draft"}, "status"),
            ({"phase_code": "Cancelled", "currency": "USD"}, "valuta was EUR, is in Tribe USD; status"),
        ],
    )
    def test_that_was_edited_in_tribe_is_told_with_what_it_was_and_is(self, changes: dict[str, Any], said: str) -> None:
        one = compared(in_tribe(**changes), transfer(), BOOKED)
        ((code, details),) = found(one)
        assert (one.ending, code, details_in("nl", details)) == (Ending.OPEN, "edited_after_sent", said)

    @pytest.mark.parametrize(
        "changes",
        [
            {"tribe_vat": None, "tribe_lines": None},
            {"total_incl": Decimal("242.02"), "tribe_vat": None, "tribe_lines": None},
            {"total_incl": Decimal("242.02")},
        ],
        ids=["nothing kept", "cents of an earlier version", "read otherwise by now"],
    )
    def test_that_nobody_touched_is_not_told_of(self, changes: dict[str, Any]) -> None:
        stored = transfer(**changes)
        one = compared(in_tribe(), stored, books([item(original_amount=stored.total_incl)]))
        assert (one.ending, found(one)) == (Ending.EQUAL, [])

    def test_of_an_earlier_version_is_told_of_when_its_vat_changes(self) -> None:
        one = compared(in_tribe(total_incl=Decimal("218.00")), transfer(tribe_vat=None, tribe_lines=None), BOOKED)
        assert [code for code, _ in found(one)] == ["edited_after_sent"]

    @pytest.mark.parametrize(
        ("in_tribe_now", "in_yuki_now"),
        [
            ({"number": "2026-0999"}, {"reference": "2026-0999"}),
            ({"invoice_date": date(2026, 11, 21)}, {"date": date(2026, 11, 21)}),
            ({"due_date": date(2027, 1, 20)}, {"due_date": date(2027, 1, 20)}),
            (
                {
                    "tribe_amount": Decimal("210.00"),
                    "total_incl": Decimal("254.10"),
                    "vat": {"high": Decimal("44.10")},
                    "lines": "other",
                },
                {"original_amount": Decimal("254.10")},
            ),
            ({"tribe_relation_id": OTHER_RELATION}, {"yuki_contact_id": OTHER_CONTACT}),
        ],
    )
    def test_that_was_corrected_in_both_systems_is_equal(
        self, in_tribe_now: dict[str, Any], in_yuki_now: dict[str, Any]
    ) -> None:
        one = compared(in_tribe(**in_tribe_now), transfer(), books([item(**in_yuki_now)]))
        assert (one.ending, found(one)) == (Ending.EQUAL, [])

    def test_whose_relation_was_merged_into_another_with_the_same_contact_is_equal(self) -> None:
        assert compared(in_tribe(tribe_relation_id=MERGED_RELATION), transfer(), BOOKED).ending is Ending.EQUAL

    def test_whose_relation_was_linked_to_another_contact_may_stand_at_either(self) -> None:
        stored = transfer(yuki_contact_id="contact-before")
        assert compared(in_tribe(), stored, BOOKED).ending is Ending.EQUAL
        assert compared(in_tribe(), stored, books([item(yuki_contact_id="contact-before")])).ending is Ending.EQUAL

    def test_with_totals_that_a_person_accepted_is_equal_with_either_total(self) -> None:
        accepted = transfer(total_incl=Decimal("242.01"))
        in_yuki = books([item(original_amount=Decimal("242.01"))])
        assert compared(in_tribe(), accepted, in_yuki).ending is Ending.EQUAL
        assert compared(in_tribe(), accepted, BOOKED).ending is Ending.EQUAL

    def test_that_is_in_neither_list_is_missing(self) -> None:
        one = compared(in_tribe(), transfer(), books([], [document(reference="2026-0108")]))
        assert (one.ending, found(one)) == (Ending.OPEN, [("missing_in_yuki", told("not in Yuki"))])

    def test_that_was_booked_a_moment_ago_may_not_be_in_the_lists_yet(self) -> None:
        one = compared(in_tribe(), transfer(booked_at=NOW - timedelta(minutes=5)), books())
        assert (one.ending, one.unchecked) == (Ending.UNCHECKED, Unchecked.JUST_BOOKED)

    @pytest.mark.parametrize(
        "in_yuki",
        [
            books([item(), item()], [document()]),
            books([item()], [document(), document(yuki_document_id="document-2")]),
            books([], [document(), document(yuki_document_id="document-2")]),
        ],
    )
    def test_that_stands_there_twice_is_double(self, in_yuki: YukiBooks) -> None:
        assert found(compared(in_tribe(), transfer(), in_yuki)) == [("double_in_yuki", told("2 times in Yuki"))]

    def test_of_two_with_its_number_the_equal_one_is_its_own(self) -> None:
        in_yuki = books([item(original_amount=Decimal("1.00"), yuki_contact_id=OTHER_CONTACT), item()])
        assert found(compared(in_tribe(), transfer(), in_yuki)) == [("double_in_yuki", told("2 times in Yuki"))]

    def test_in_another_currency_is_compared_by_all_but_the_amount(self) -> None:
        foreign = transfer(currency="USD")
        euros = books([item(original_amount=Decimal("210.00"))])
        assert compared(in_tribe(currency="USD"), foreign, euros).ending is Ending.EQUAL
        moved = books([item(original_amount=Decimal("210.00"), date=date(2026, 11, 21))])
        assert compared(in_tribe(currency="USD"), foreign, moved).ending is Ending.OPEN

    def test_that_a_person_said_to_be_booked_is_not_judged(self) -> None:
        said = transfer(verification="person")
        for in_yuki in (books(), books([item(original_amount=Decimal("1.00"))])):
            one = compared(in_tribe(), said, in_yuki)
            assert (one.ending, one.unchecked) == (Ending.UNCHECKED, Unchecked.SAID_BY_A_PERSON)

    def test_that_tribe_no_longer_has_is_told_while_yuki_has_it(self) -> None:
        assert found(compared(None, transfer(), BOOKED)) == [("not_in_tribe", told("deleted in Tribe"))]

    def test_that_neither_system_has_any_more_is_no_finding(self) -> None:
        assert compare_invoices([], [transfer()], books(), SCOPE) == Comparison()

    def test_that_tribe_dates_elsewhere_now_belongs_to_the_period_of_its_booking(self) -> None:
        moved = in_tribe(invoice_date=date(2026, 12, 2))
        assert found(compared(moved, transfer(), BOOKED)) == [("edited_after_sent", (moved_to(date(2026, 12, 2)),))]
        december = replace(SCOPE, first=date(2026, 12, 1), last=date(2026, 12, 31))
        assert compare_invoices([moved], [transfer()], BOOKED, december).compared == ()


class TestTheArchiveOfADomainWithOtherAdministrations:
    def test_leaves_a_paid_invoice_unchecked(self) -> None:
        one = compared(in_tribe(), transfer(), books([], [document()], is_ours_alone=False))
        assert (one.ending, one.unchecked, one.findings) == (Ending.UNCHECKED, Unchecked.ARCHIVE_OF_DOMAIN, ())

    def test_tells_of_the_document_that_was_an_open_item_of_ours(self) -> None:
        remembered = transfer(yuki_document_id="document-1")
        other = document(yuki_document_id="document-2", amount=Decimal("10.00"))
        one = compared(in_tribe(), remembered, books([], [document(), other], is_ours_alone=False))
        assert (one.ending, one.unchecked) == (Ending.EQUAL, None)

    def test_does_not_take_another_document_for_ours(self) -> None:
        remembered = transfer(yuki_document_id="document-3")
        one = compared(in_tribe(), remembered, books([], [document()], is_ours_alone=False))
        assert (one.ending, one.unchecked) == (Ending.UNCHECKED, Unchecked.ARCHIVE_OF_DOMAIN)

    def test_does_not_make_a_double_of_another_administrations_invoice(self) -> None:
        both = [document(), document(yuki_document_id="document-2", amount=Decimal("10.00"))]
        assert compared(in_tribe(), transfer(), books([item()], both, is_ours_alone=False)).ending is Ending.EQUAL

    def test_shows_what_is_in_no_administration(self) -> None:
        one = compared(in_tribe(), transfer(), books([], [document(reference="X")], is_ours_alone=False))
        assert found(one) == [("missing_in_yuki", told("not in Yuki"))]


class TestAnArchiveThatTellsNoNumbers:
    NAMELESS = books([], [document(reference=None)])

    def test_leaves_a_paid_invoice_unchecked(self) -> None:
        one = compared(in_tribe(), transfer(), self.NAMELESS)
        assert (one.ending, one.unchecked) == (Ending.UNCHECKED, Unchecked.ARCHIVE_WITHOUT_NUMBERS)

    def test_still_shows_what_was_edited_in_tribe(self) -> None:
        one = compared(in_tribe(invoice_date=date(2026, 11, 21)), transfer(), self.NAMELESS)
        assert (one.ending, found(one)) == (Ending.OPEN, [("edited_after_sent", (moved_to(date(2026, 11, 21)),))])


class TestABookedInvoiceThatSomebodyTypedInToo:
    @pytest.mark.parametrize(
        "typed",
        [
            {"reference": "20260107"},
            {"reference": "2026 0107", "original_amount": Decimal("240.00")},
            {"reference": "20260107", "date": date(2026, 11, 21)},
            {"reference": "F-88"},
            {"reference": "2026-0170"},
        ],
        ids=["no hyphen", "another amount", "another date", "another number", "digits swapped"],
    )
    @pytest.mark.parametrize("is_paid", [False, True])
    def test_is_told_with_what_may_be_its_double(self, typed: dict[str, Any], is_paid: bool) -> None:
        second = replace(item(), **typed)
        in_archive = document(
            yuki_document_id="document-2", reference=second.reference, date=second.date, amount=second.original_amount
        )
        both = books([item()], [document(), in_archive]) if is_paid else books([item(), second], [document()])
        one = compared(in_tribe(), transfer(), both)
        double = alike_in_yuki(second.reference, second.date, second.original_amount)
        assert (one.ending, found(one)) == (Ending.OPEN, [("double_in_yuki", (double,))])
        told_before = transfer(agreements=(Agreed(Agreement.ANOTHER_INVOICE, (double,)),))
        assert compared(in_tribe(), told_before, both).ending is Ending.EQUAL

    @pytest.mark.parametrize(
        ("typed", "changes"),
        [
            ({"reference": "F-88", "original_amount": Decimal("240.00")}, {}),
            ({"reference": "20260107", "date": date(2026, 11, 21), "yuki_contact_id": OTHER_CONTACT}, {}),
            ({"reference": "2026-0108"}, {"references": ("2026-0107", "2026-0108")}),
        ],
        ids=["another invoice", "two of four", "another invoice of Tribe"],
    )
    def test_is_equal_beside_other_invoices(self, typed: dict[str, Any], changes: dict[str, Any]) -> None:
        both = books([item(), replace(item(), **typed)], [document()])
        (one,) = compare_invoices([in_tribe()], [transfer()], both, replace(SCOPE, **changes)).compared
        assert (one.ending, found(one)) == (Ending.EQUAL, [])


class TestAnInvoiceThatIsNotBooked:
    @pytest.mark.parametrize("state", [State.WAITING, State.READY, State.SENDING, State.HELD, State.DEAD])
    def test_has_an_owner_already(self, state: State) -> None:
        one = compared(in_tribe(), transfer(state=state, reason="why"), books())
        (finding,) = one.findings
        assert (one.ending, one.repair, finding.standing) == (Ending.EXPLAINED, None, Standing.EXPLAINED)
        assert (finding.code, finding.state, finding.reason) == (FindingCode.MISSING_IN_YUKI, state.value, "why")

    def test_and_was_never_seen_is_begun(self) -> None:
        one = compared(in_tribe(), None, books())
        assert (one.ending, one.repair) == (Ending.REPAIRED, Repair.BEGIN)

    def test_and_was_sent_a_moment_ago_is_on_its_way(self) -> None:
        one = compared(in_tribe(modified_at=NOW - timedelta(minutes=1)), None, books())
        assert (one.ending, one.repair) == (Ending.EXPLAINED, None)

    def test_and_was_skipped_as_a_draft_is_looked_at_again(self) -> None:
        one = compared(in_tribe(), transfer(state=State.SKIPPED, reason=SkipReason.DRAFT), books())
        assert (one.ending, one.repair) == (Ending.REPAIRED, Repair.LOOK_AGAIN)

    def test_and_was_dismissed_by_a_person_stays_so(self) -> None:
        one = compared(in_tribe(), transfer(state=State.SKIPPED, reason=SkipReason.DISMISSED), books())
        assert (one.ending, one.repair) == (Ending.EXPLAINED, None)

    @pytest.mark.parametrize(
        ("in_yuki", "repair"),
        [
            (BOOKED, Repair.VERIFY),
            (books([], [document()]), Repair.VERIFY),
            (books([], [document()], is_ours_alone=False), None),
            (books([item(original_amount=Decimal("1.00"))]), None),
            (books([item(yuki_contact_id=None)]), None),
            (books(), None),
        ],
    )
    def test_and_in_doubt_is_verified_now_only_when_its_equal_is_there(
        self, in_yuki: YukiBooks, repair: Repair | None
    ) -> None:
        stored = transfer(state=State.UNCONFIRMED, due_at=NOW + timedelta(hours=5))
        assert compared(in_tribe(), stored, in_yuki).repair == repair

    def test_and_is_a_draft_is_nobodys_concern(self) -> None:
        assert compare_invoices([in_tribe(phase_code="Draft")], [], books(), SCOPE).compared == ()

    def test_and_in_an_excluded_phase_is_explained_until_it_leaves_it(self) -> None:
        skipped = transfer(state=State.SKIPPED, reason=SkipReason.PHASE)
        assert compared(in_tribe(phase_code="Cancelled"), skipped, books()).ending is Ending.EXPLAINED
        assert compared(in_tribe(phase_code="Reminder1"), skipped, books()).repair is Repair.LOOK_AGAIN


class TestWhatAPersonAccepted:
    def test_is_no_longer_open(self) -> None:
        seen = transfer(agreements=(Agreed(Agreement.SEEN, told("amount 242.00 sent, 240.00 in Yuki")),))
        one = compared(in_tribe(), seen, books([item(original_amount=Decimal("240.00"))]))
        assert (one.ending, [finding.standing for finding in one.findings]) == (Ending.ACCEPTED, [Standing.ACCEPTED])

    def test_is_open_again_when_it_changes_once_more(self) -> None:
        seen = transfer(agreements=(Agreed(Agreement.SEEN, told("amount 242.00 sent, 240.00 in Yuki")),))
        assert compared(in_tribe(), seen, books([item(original_amount=Decimal("230.00"))])).ending is Ending.OPEN

    def test_is_not_open_again_when_something_else_is_agreed_to(self) -> None:
        seen = transfer().agree(Agreed(Agreement.SEEN, told("amount 242.00 sent, 240.00 in Yuki")))
        seen = seen.agree(Agreed(Agreement.SAME_NUMBER))
        assert compared(in_tribe(), seen, books([item(original_amount=Decimal("240.00"))])).ending is Ending.ACCEPTED

    @pytest.mark.parametrize("other", [Agreement.SAME_NUMBER, Agreement.ROUNDING, Agreement.OTHER_TOTALS])
    def test_is_added_to_what_was_accepted_before(self, other: Agreement) -> None:
        before = transfer().agree(Agreed(other, told("0.01"))).agree(Agreed(Agreement.SEEN, told("date")))
        seen = with_seen(before, told("amount 242.00 sent, 240.00 in Yuki"))
        assert seen_details(seen) == told("date; amount 242.00 sent, 240.00 in Yuki")
        assert seen.has_agreement(other, *told("0.01"))

    @pytest.mark.parametrize("other", [Agreement.SAME_NUMBER, Agreement.WITHOUT_PDF])
    def test_stays_agreed_when_the_reconciliation_settles_a_report(self, other: Agreement) -> None:
        stored = replace(transfer(), reason=ReportReason.EDITED_AFTER_SENT, details=told("date"))
        stored = stored.agree(Agreed(other, told("x")))
        kept: list[Transfer] = []
        transfers = SimpleNamespace(save=lambda one, *_: kept.append(one))
        stores: Any = SimpleNamespace(transfers=transfers)
        nothing: Any = None
        reconciler = Reconciler(stores, settings(), nothing, nothing, lambda: NOW)
        settled = replace(compared(in_tribe(), stored, BOOKED), seen=told("date"))
        reconciler._report(settled, stored)
        (saved,) = kept
        assert saved.reason is None
        assert seen_details(saved) == told("date")
        assert saved.has_agreement(other, *told("x"))

    def test_holds_for_each_part_of_it(self) -> None:
        moved = moved_to(date(2026, 11, 21))
        accepted = (moved, *told("amount 242.00 sent, 240.00 in Yuki"))
        seen = transfer(agreements=(Agreed(Agreement.SEEN, accepted),))
        one = compared(in_tribe(invoice_date=date(2026, 11, 21)), seen, BOOKED)
        assert (one.ending, found(one)) == (Ending.ACCEPTED, [("edited_after_sent", (moved,))])

    @pytest.mark.parametrize(
        "changes",
        [
            {"invoice_date": date(2026, 11, 22)},
            {"invoice_date": date(2026, 11, 21), "due_date": date(2027, 1, 20)},
            {"invoice_date": date(2026, 11, 21), "phase_code": "Draft"},
        ],
    )
    def test_does_not_hold_for_what_is_edited_after_it(self, changes: dict[str, Any]) -> None:
        seen = transfer(agreements=(Agreed(Agreement.SEEN, (moved_to(date(2026, 11, 21)),)),))
        assert compared(in_tribe(**changes), seen, BOOKED).ending is Ending.OPEN


def test_what_only_yuki_knows_is_counted_and_is_no_finding() -> None:
    typed = [
        item(reference="typed-1", yuki_contact_id=OTHER_CONTACT),
        item(reference="typed-2", date=date(2026, 10, 1)),
    ]
    others = (
        document(reference=other.reference, date=other.date, yuki_contact_id=other.yuki_contact_id) for other in typed
    )
    archived = [document(), *others]
    comparison = compare_invoices([in_tribe()], [transfer()], books([item(), *typed], archived), SCOPE)
    assert comparison.typed_in_yuki == Tally(1, AMOUNT)
    assert [one.ending for one in comparison.compared] == [Ending.EQUAL]


@given(st.randoms(use_true_random=False), st.integers(0, 12))
def test_the_order_of_the_lists_does_not_matter(random: Random, count: int) -> None:
    numbers = [f"2026-{one:04d}" for one in range(count)]
    invoices = [in_tribe(tribe_invoice_id=one, number=one) for one in numbers if random.random() > 0.2]
    transfers = [transfer(tribe_invoice_id=one, reference=one) for one in numbers if random.random() > 0.2]
    documents = [document(reference=one) for one in numbers if random.random() > 0.2]
    scope = replace(SCOPE, references=set(numbers))
    one = compare_invoices(invoices, transfers, books([], documents), scope)
    for some in (invoices, transfers, documents):
        random.shuffle(some)
    other = compare_invoices(invoices, transfers, books([], documents), scope)
    assert _by_number(one.compared) == _by_number(other.compared)


def _by_number(compared: Iterable[Compared]) -> list[Compared]:
    return sorted(compared, key=lambda one: one.number)


class TestNumbers:
    @pytest.mark.parametrize(
        ("numbers", "missing"),
        [
            (["2026-0001", "2026-0002", "2026-0004"], ["2026-0003"]),
            (["2026-0009", "2026-0011"], ["2026-0010"]),
            (["2026-0001", "2027-0001"], []),
            (["A-1", "B-3", "A-4"], ["A-2", "A-3"]),
            (["20260001", "20260003", "20270001"], ["20260002"]),
            (["2026-0001", f"2026-{LONGEST_GAP + 3:04d}"], []),
            (["2026-0001", "concept"], []),
            (["9", "11"], ["10"]),
        ],
    )
    def test_are_missing_inside_a_series_only(self, numbers: list[str], missing: list[str]) -> None:
        assert list(missing_numbers(numbers)) == missing

    @given(st.sets(st.integers(0, 60), min_size=1))
    def test_known_and_missing_ones_make_the_series_whole(self, known: set[int]) -> None:
        missing = {int(number.removeprefix("F")) for number in missing_numbers(f"F{one:04d}" for one in known)}
        assert not missing & known
        assert missing | known == set(range(min(known), max(known) + 1))

    def test_that_follow_each_other_are_one_gap(self) -> None:
        gaps = gaps_of(["2026-0003", "2026-0004", "2026-0009", "2027-0010"])
        assert [gap.text for gap in gaps] == ["2026-0003 - 2026-0004", "2026-0009", "2027-0010"]


def report(**changes: Any) -> Reconciliation:
    return replace(Reconciliation(date(2026, 11, 1), date(2026, 11, 30), NOW), **changes)


class TestTheReport:
    WHOLE = report(
        endings={
            Ending.EQUAL: Tally(41, Decimal("9922.00"), 1),
            Ending.OPEN: Tally(2, Decimal("484.00")),
            Ending.UNCHECKED: Tally(1),
        },
        typed_in_yuki=Tally(3, Decimal("1500.50")),
        number_faults=1,
    )

    def test_is_one_sentence_with_counts_and_euros_in_both_languages(self) -> None:
        assert sentence(self.WHOLE, "en") == (
            "2026-11-01 to 2026-11-30: of 44 invoices (EUR 10,406.00 and 1 in foreign currency), 41 (EUR 9,922.00 and "
            "1 in foreign currency) are equal in Tribe and Yuki, 2 (EUR 484.00) differ and need a person, 1 (EUR 0.00) "
            "could not be checked; numbers missing or double in Tribe: 1; Yuki holds 3 (EUR 1,500.50) more that were "
            "typed there."
        )
        assert sentence(self.WHOLE, "nl") == (
            "2026-11-01 tot en met 2026-11-30: van 44 facturen (EUR 10.406,00 en 1 in vreemde valuta) zijn er 41 "
            "(EUR 9.922,00 en 1 in vreemde valuta) gelijk in Tribe en Yuki, verschillen er 2 (EUR 484,00) en vragen om "
            "actie, zijn er 1 (EUR 0,00) niet te controleren; nummers die in Tribe ontbreken of dubbel zijn: 1; Yuki "
            "heeft er 3 (EUR 1.500,50) meer, die daar zijn ingevoerd."
        )

    def test_needs_a_person_for_open_differences_and_numbers_only(self) -> None:
        assert self.WHOLE.needs_a_person
        assert report(number_faults=1).needs_a_person
        for ending in (Ending.EQUAL, Ending.EXPLAINED, Ending.REPAIRED, Ending.ACCEPTED, Ending.UNCHECKED):
            assert not report(endings={ending: Tally(1)}).needs_a_person

    def test_of_several_parts_adds_them_up_and_puts_first_what_needs_a_person(self) -> None:
        explained = Finding(FindingCode.MISSING_IN_YUKI, Standing.EXPLAINED, "2026-0001", invoice_date=DAY)
        opened = Finding(FindingCode.DOUBLE_IN_YUKI, Standing.OPEN, "2026-0009", invoice_date=DAY)
        parts = [
            report(first=date(2026, 10, 1), last=date(2026, 10, 31), findings=(explained,), found=1),
            replace(self.WHOLE, findings=(opened,), found=1, unchecked={Unchecked.JUST_BOOKED: 1}),
        ]
        whole = join_reconciliations(parts)
        assert (whole.first, whole.last) == (date(2026, 10, 1), date(2026, 11, 30))
        assert whole.findings == (opened, explained)
        assert whole.compared == self.WHOLE.compared
        assert whole.unchecked == {Unchecked.JUST_BOOKED: 1}
        assert (whole.found, whole.shortened(1).findings, whole.shortened(1).found) == (2, (opened,), 2)


class TestPeriods:
    @pytest.mark.parametrize(
        ("text", "first", "last"),
        [
            ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
            ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
            ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
            ("2026-q1", date(2026, 1, 1), date(2026, 3, 31)),
            ("2026", date(2026, 1, 1), date(2026, 12, 31)),
            ("2026-01-01..2026-03-31", date(2026, 1, 1), date(2026, 3, 31)),
        ],
    )
    def test_are_read_as_people_write_them(self, text: str, first: date, last: date) -> None:
        assert parse_period(text) == (first, last)

    @pytest.mark.parametrize("text", ["", "november", "2026-13", "2026-Q5", "2026-03-31..2026-01-01", "2026-1-1..x"])
    def test_that_are_none_are_declined(self, text: str) -> None:
        with pytest.raises(Declined):
            parse_period(text)

    def test_of_a_night_are_this_month_and_the_one_before(self) -> None:
        assert nightly_period(NOW) == (date(2026, 10, 1), date(2026, 11, 23))
        assert nightly_period(datetime.fromisoformat("2026-12-31T23:30:00+00:00")) == (
            date(2026, 12, 1),
            date(2027, 1, 1),
        )

    def test_are_cut_into_months(self) -> None:
        assert months(date(2026, 10, 1), date(2026, 11, 23)) == [
            (date(2026, 10, 1), date(2026, 10, 31)),
            (date(2026, 11, 1), date(2026, 11, 23)),
        ]
        assert months(date(2026, 12, 15), date(2026, 12, 20)) == [(date(2026, 12, 15), date(2026, 12, 20))]


@pytest.mark.parametrize(
    ("detail", "dutch"),
    [
        ("number, date", "nummer, datum"),
        ("number, date, currency, amount, customer, phase", "nummer, datum, valuta, bedrag, klant, status"),
        ("amount", "bedrag"),
        ("contact", "een ander contact in Yuki"),
        ("deleted in Tribe", "verwijderd in Tribe"),
        ("2 times in Yuki", "2 keer in Yuki"),
        ("amount 242.00 sent, -240.00 in Yuki", "bedrag 242,00 verstuurd, -240,00 in Yuki"),
        (
            "date; contact; due date 2026-12-20 sent, 2027-01-20 in Yuki",
            "datum; een ander contact in Yuki; vervaldatum 20-12-2026 verstuurd, 20-01-2027 in Yuki",
        ),
    ],
)
def test_what_is_reported_is_said_in_both_languages_and_may_be_mailed(detail: str, dutch: str) -> None:
    assert said(told(detail), "nl") == dutch
    assert Texts("nl").mailed_details(told(detail)) == dutch
    assert Texts("en").mailed_details(told(detail)) != ""
    assert Texts("nl").mailed_details(told(f"{detail}; a name")) == ""
