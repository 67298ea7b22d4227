"""Reconciliation finds every difference that is there and none that is not, and repairs only what is certain."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest

from local.demo.invoices import SeedInvoice, seed_invoices
from tests.support.details import said
from tests.support.faults.crashes import crashes
from tests.support.faults.protections import Protection
from tests.support.world.operator_command import CONNECT_DUTCH, Command
from tests.support.world.operator_command import CONNECTION as CONNECTED
from tests.support.world.world import CONNECTION, START, World, open_world
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.adapters.aws.reconciliations import Reconciliations
from tribe_yuki.adapters.tribe.answers import NotKnown
from tribe_yuki.adapters.tribe.odata import OData
from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.context import RECONCILE_INVOICES
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.invoices.moves import Confirm, Verification
from tribe_yuki.invoices.reasons import ReportReason
from tribe_yuki.invoices.reconcile.findings import Reconciliation
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer
from tribe_yuki.people import decisions
from tribe_yuki.people.holds import list_holds
from tribe_yuki.setup import lifecycle
from tribe_yuki.status.reconciliation import ReconciliationShown, last_reconciliation, reconcile
from tribe_yuki.work import sweep

OTHER_ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4d"
# Seven whose numbers follow each other, dated in November, in euros.
PLAIN = tuple(seed for seed in seed_invoices() if "2026-0101" <= seed.number <= "2026-0107")
ONE, TWO = PLAIN[0], PLAIN[1]
MINUTES_IN_TRIBE = 20
# A worker dies before every so many effects; its leases end within the minutes.
STRIDE, LEASES_END = 30, 30

type Found = set[tuple[str, str]]
type Plant = Callable[[World, SeedInvoice], Found]


def book(world: World, seeds: Sequence[SeedInvoice] = PLAIN, *, administrations: int = 1) -> None:
    """Send invoices, have them booked, and let as much time pass that nothing is on its way any more."""
    world.save_settings(administrations_in_domain=administrations)
    for seed in seeds:
        world.send(seed.tribe_invoice_id)
    world.run(minutes=3)
    world.advance(timedelta(hours=2).total_seconds())


def look(world: World, period: str | None = None) -> ReconciliationShown:
    """Reconcile as the operator does."""
    with world.operator() as operator:
        return reconcile(operator, CONNECTION, period)


def night(world: World, *, minutes: float = 1) -> Reconciliation:
    """Reconcile as every night, and return the report that is kept."""
    world.start_task(RECONCILE_INVOICES)
    world.run(minutes=minutes)
    report = Reconciliations(world.db, "connections", CONNECTION).last()
    assert report is not None
    return report


def needs_a_person(shown: ReconciliationShown) -> Found:
    return {(one.finding, one.number) for one in shown.findings if one.standing == "open"}


def in_yuki(world: World, reference: str) -> dict[str, Any]:
    (invoice,) = world.booked(reference)
    return invoice


def edit_in_yuki(world: World, number: str, **changes: Any) -> None:
    """Edit a booked invoice in Yuki's screens."""
    url = f"{world.yuki_url}/_control/invoices/{number}"
    world.control.post(url, json=changes).raise_for_status()


def type_in_yuki(world: World, reference: str, **changes: Any) -> None:
    """Type an invoice in Yuki's screens; as another one stands there, but for the changes."""
    source = in_yuki(world, changes.pop("like", reference))
    names = ("administration_id", "contact_id", "date", "due_date", "total_excl", "total_incl")
    typed = {**{name: source[name] for name in names}, "reference": reference, **changes}
    world.control.post(f"{world.yuki_url}/_control/invoices", json=typed).raise_for_status()


def pay_in_yuki(world: World, reference: str) -> None:
    world.control.post(f"{world.yuki_url}/_control/invoices/{reference}/pay", json={}).raise_for_status()


def transfer_of(world: World, seed: SeedInvoice) -> Transfer:
    transfer = world.transfer(seed.tribe_invoice_id)
    assert transfer is not None
    return transfer


def waits_for_the_bookkeeper(world: World) -> set[str]:
    """Return the invoices on the bookkeeper's list, which must all be of kinds that the digest knows."""
    with world.operator() as operator:
        groups = list_holds(operator, CONNECTION, owner=Owner.BOOKKEEPER).groups
    assert {group.reason for group in groups} <= set(ReportReason)
    return {one.record for group in groups for one in group.records}


# Everything that can go wrong behind the connector's back, and what is to be found of it.


def other_amount(world: World, seed: SeedInvoice) -> Found:
    edit_in_yuki(world, seed.number, total_incl="1.00")
    return {("booked_differently", seed.number)}


def other_date(world: World, seed: SeedInvoice) -> Found:
    edit_in_yuki(world, seed.number, date="2026-11-22")
    return {("booked_differently", seed.number)}


def other_due_date(world: World, seed: SeedInvoice) -> Found:
    edit_in_yuki(world, seed.number, due_date="2027-03-01")
    return {("booked_differently", seed.number)}


def other_contact(world: World, seed: SeedInvoice) -> Found:
    own = in_yuki(world, seed.number)["contact_id"]
    contacts = world.yuki_state()["contacts"]
    stranger = next(one["ID"] for one in contacts if one["ID"] != own and one["IsCustomer"])
    edit_in_yuki(world, seed.number, contact_id=stranger)
    return {("booked_differently", seed.number)}


def gone_in_yuki(world: World, seed: SeedInvoice) -> Found:
    edit_in_yuki(world, seed.number, deleted=True)
    return {("missing_in_yuki", seed.number)}


def renumbered_in_yuki(world: World, seed: SeedInvoice) -> Found:
    edit_in_yuki(world, seed.number, reference=f"{seed.number}-B")
    return {("missing_in_yuki", seed.number)}


def typed_again_in_yuki(world: World, seed: SeedInvoice) -> Found:
    type_in_yuki(world, seed.number)
    return {("double_in_yuki", seed.number)}


def typed_otherwise_in_yuki(world: World, seed: SeedInvoice) -> Found:
    type_in_yuki(world, seed.number.replace("-", ""), like=seed.number)
    return {("double_in_yuki", seed.number)}


def other_date_in_tribe(world: World, seed: SeedInvoice) -> Found:
    world.edit_in_tribe(seed.tribe_invoice_id, InvoiceDate="2026-11-02")
    return {("edited_after_sent", seed.number)}


def other_month_in_tribe(world: World, seed: SeedInvoice) -> Found:
    world.edit_in_tribe(seed.tribe_invoice_id, InvoiceDate="2026-09-02")
    return {("edited_after_sent", seed.number)}


def other_number_in_tribe(world: World, seed: SeedInvoice) -> Found:
    world.edit_in_tribe(seed.tribe_invoice_id, Number=f"X-{seed.number}")
    return {("edited_after_sent", seed.number)}


def other_line_in_tribe(world: World, seed: SeedInvoice) -> Found:
    (line, *_) = [one for one in world.tribe_state()["ProductLine"] if is_line_of(one, seed)]
    world.edit_in_tribe(line["ID"], Quantity=float(line["Quantity"]) + 1)
    return {("edited_after_sent", seed.number)}


def is_line_of(line: Mapping[str, Any], seed: SeedInvoice) -> bool:
    return bool(line.get("Invoice") and line["Invoice"]["ID"] == seed.tribe_invoice_id)


def other_customer_in_tribe(world: World, seed: SeedInvoice) -> Found:
    invoices = world.tribe_state()["Activity_Invoice"]
    own = next(one["Relationship"]["ID"] for one in invoices if one["ID"] == seed.tribe_invoice_id)
    other = next(one["Relationship"]["ID"] for one in invoices if one["Relationship"]["ID"] != own)
    world.edit_in_tribe(seed.tribe_invoice_id, Relationship={"ID": other})
    return {("edited_after_sent", seed.number)}


def gone_in_tribe(world: World, seed: SeedInvoice) -> Found:
    world.delete_in_tribe(seed.tribe_invoice_id)
    return {("not_in_tribe", seed.number)}


# What a bookkeeper may do, and what is no difference.


def paid(world: World, seed: SeedInvoice) -> Found:
    pay_in_yuki(world, seed.number)
    return set()


def paid_in_both(world: World, seed: SeedInvoice) -> Found:
    pay_in_yuki(world, seed.number)
    phase = next(one["ID"] for one in world.tribe_state()["Datastore_Phase_ActivityInvoice"] if one["Code"] == "Paid")
    world.edit_in_tribe(seed.tribe_invoice_id, Phase={"ID": phase})
    return set()


def corrected_in_both(world: World, seed: SeedInvoice) -> Found:
    edit_in_yuki(world, seed.number, date="2026-11-05")
    world.edit_in_tribe(seed.tribe_invoice_id, InvoiceDate="2026-11-05")
    return set()


def something_else_typed(world: World, seed: SeedInvoice) -> Found:
    type_in_yuki(world, f"typed-{seed.number}", like=seed.number, date="2026-11-02")
    return set()


def gone_in_both(world: World, seed: SeedInvoice) -> Found:
    world.delete_in_tribe(seed.tribe_invoice_id)
    edit_in_yuki(world, seed.number, deleted=True)
    return set()


DIFFERENCES: tuple[Plant, ...] = (
    other_amount,
    other_date,
    other_due_date,
    other_contact,
    gone_in_yuki,
    renumbered_in_yuki,
    typed_again_in_yuki,
    typed_otherwise_in_yuki,
    other_date_in_tribe,
    other_month_in_tribe,
    other_number_in_tribe,
    other_line_in_tribe,
    other_customer_in_tribe,
    gone_in_tribe,
)
HARMLESS: tuple[Plant, ...] = (paid, paid_in_both, corrected_in_both, something_else_typed, gone_in_both)


class TestFinding:
    def test_a_clean_pair_of_systems_shows_nothing_that_needs_a_person(self, world: World) -> None:
        book(world, seed_invoices())
        shown = look(world)
        assert needs_a_person(shown) == set()
        assert not shown.needs_a_person
        held = {seed.number for seed in seed_invoices() if seed.expect["state"] == "held"}
        assert {(one.finding, one.standing) for one in shown.findings} == {("missing_in_yuki", "explained")}
        assert {one.number for one in shown.findings} == held
        assert (shown.invoices["equal"], shown.invoices["unchecked"], shown.typed_in_yuki) == (19, 0, 0)

    @pytest.mark.parametrize("plant", HARMLESS)
    def test_what_is_no_difference_is_not_found(self, world: World, plant: Plant) -> None:
        book(world)
        assert plant(world, ONE) == set()
        shown = look(world)
        assert needs_a_person(shown) == set()
        assert shown.invoices["equal"] == len(PLAIN) - (plant is gone_in_both)

    @pytest.mark.parametrize("plant", DIFFERENCES)
    def test_each_difference_is_found_alone_and_waits_for_the_bookkeeper_and_nothing_is_sent_or_deleted(
        self, world: World, plant: Plant
    ) -> None:
        book(world)
        world.switch_tribe(drop_webhooks=1.0)
        wanted = plant(world, ONE)
        before = world.yuki_state()
        assert needs_a_person(look(world)) == wanted
        assert night(world).needs_a_person
        world.run(minutes=12)
        shown = look(world)
        assert needs_a_person(shown) == wanted
        assert shown.invoices["equal"] == len(PLAIN) - 1
        assert waits_for_the_bookkeeper(world) == {ONE.number}
        after = world.yuki_state()
        assert after["invoices"] == before["invoices"]
        assert after["calls"]["ProcessSalesInvoices"] == before["calls"]["ProcessSalesInvoices"]

    @pytest.mark.parametrize("seed", range(6))
    def test_many_differences_at_once_are_all_found_and_no_other(self, world: World, seed: int) -> None:
        random = Random(seed)
        book(world)
        world.switch_tribe(drop_webhooks=random.choice((0.0, 1.0)))
        chosen = [(invoice, random.choice((*DIFFERENCES, *HARMLESS, None))) for invoice in PLAIN]
        wanted: Found = set().union(*(plant(world, invoice) for invoice, plant in chosen if plant))
        world.run(minutes=1)
        names = [plant.__name__ if plant else "" for _, plant in chosen]
        assert needs_a_person(look(world)) == wanted, names
        nightly = {(one.code.value, one.number) for one in night(world).findings if one.standing.value == "open"}
        assert nightly == wanted, names

    @pytest.mark.parametrize("amount", [{}, {"currency": "USD"}])
    def test_a_credit_invoice_and_one_in_dollars_are_equal_and_are_missed_when_they_go(
        self, world: World, amount: Mapping[str, str]
    ) -> None:
        seeds = [seed for seed in seed_invoices() if seed.expect["state"] == "booked"]
        wanted = next(
            seed
            for seed in seeds
            if (seed.expect["yuki"]["currency"] == "USD" if amount else float(seed.expect["yuki"]["total_incl"]) < 0)
        )
        book(world, [wanted])
        assert needs_a_person(look(world)) == set()
        edit_in_yuki(world, wanted.number, deleted=True)
        shown = look(world)
        assert needs_a_person(shown) == {("missing_in_yuki", wanted.number)}
        assert ("foreign currency" in shown.summary) is bool(amount)

    def test_what_the_bookkeeper_typed_is_only_counted(self, world: World) -> None:
        book(world, [ONE])
        something_else_typed(world, ONE)
        shown = look(world)
        assert (shown.typed_in_yuki, shown.findings) == (1, ())
        assert "Yuki holds 1 (EUR 287.38) more that were typed there" in shown.summary

    def test_only_the_period_is_looked_at(self, world: World) -> None:
        book(world, [ONE])
        other_amount(world, ONE)
        assert look(world, "2026-10").invoices["open"] == 0
        for period in ("2026-11", "2026-Q4", "2026-11-16..2026-11-16", "2026"):
            assert needs_a_person(look(world, period)) == {("booked_differently", ONE.number)}

    def test_it_reads_both_systems_with_few_calls_and_writes_to_neither(self, world: World) -> None:
        book(world)
        before, tribe_before = world.yuki_state()["calls"], world.tribe_state()["calls"]
        shown = look(world)
        made, tribe_made = _more(world.yuki_state()["calls"], before), _more(world.tribe_state()["calls"], tribe_before)
        assert made == {"GetCurrentDomain": 1, "OutstandingDebtorItems": 1, "ModifiedDocumentsByType": 1}
        assert shown.yuki_calls == 3
        assert {name for name in tribe_made if not name.startswith("GET ")} <= {"POST oauth2"}
        assert sum(tribe_made.values()) <= 4

    def test_the_archive_is_read_in_pages(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        book(world)
        for seed in PLAIN:
            pay_in_yuki(world, seed.number)
        monkeypatch.setattr("tribe_yuki.adapters.yuki.client.DOCUMENTS_PER_CALL", 3)
        monkeypatch.setattr("tribe_yuki.invoices.reconcile.run.TRANSFERS_PER_PAGE", 3)
        shown = look(world)
        assert (needs_a_person(shown), shown.invoices["equal"]) == (set(), len(PLAIN))
        assert shown.yuki_calls == 5


def _more(after: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}


class TestNumbers:
    def test_a_gap_is_found_unless_tribe_has_the_number_at_another_date(self, world: World) -> None:
        book(world, [])
        world.send(PLAIN[0].tribe_invoice_id, Number="2026-0201")
        world.send(PLAIN[1].tribe_invoice_id, Number="2026-0204")
        world.send(PLAIN[2].tribe_invoice_id, Number="2026-0203", InvoiceDate="2026-08-03")
        world.run(minutes=3)
        shown = look(world)
        assert needs_a_person(shown) == {("gap_in_numbers", "2026-0202")}
        assert shown.needs_a_person
        assert "numbers missing or double in Tribe: 1" in shown.summary

    def test_a_sent_invoice_that_was_deleted_before_it_was_booked_leaves_a_gap(self, world: World) -> None:
        book(world, [ONE, PLAIN[2]])
        world.switch_tribe(drop_webhooks=1.0)
        world.send(TWO.tribe_invoice_id)
        world.delete_in_tribe(TWO.tribe_invoice_id)
        gaps = [one for one in look(world).findings if one.finding == "gap_in_numbers"]
        assert [(one.number, one.detail) for one in gaps] == [("2026-0102", "1")]

    def test_two_invoices_with_one_number_are_found(self, world: World) -> None:
        book(world, [ONE])
        world.send(TWO.tribe_invoice_id, Number=ONE.number)
        world.run(minutes=2)
        world.advance(3600)
        shown = look(world)
        assert needs_a_person(shown) == {("double_number_in_tribe", ONE.number)}
        assert {one.finding for one in shown.findings} == {"double_number_in_tribe", "missing_in_yuki"}
        assert len(world.booked(ONE.number)) == 1


class TestWhatCannotBeChecked:
    def test_of_a_domain_with_two_administrations_what_is_paid_before_the_first_night_is_counted_as_unchecked(
        self, world: World
    ) -> None:
        book(world, administrations=2)
        pay_in_yuki(world, ONE.number)
        shown = look(world)
        assert needs_a_person(shown) == set()
        assert (shown.unchecked, shown.invoices["equal"]) == ({"archive_of_domain": 1}, len(PLAIN) - 1)
        assert "1 (EUR 0.00) could not be checked" not in shown.summary
        assert "1 (EUR 287.38) could not be checked" in shown.summary

    def test_of_a_domain_with_two_administrations_what_was_open_for_a_night_is_known_by_its_document(
        self, world: World
    ) -> None:
        book(world, administrations=2)
        night(world)
        pay_in_yuki(world, ONE.number)
        shown = look(world)
        assert (shown.unchecked, shown.invoices["equal"]) == ({}, len(PLAIN))

        edit_in_yuki(world, ONE.number, total_incl="1.00")
        assert {number for _, number in needs_a_person(look(world))} == {ONE.number}

    def test_the_same_number_of_the_other_administration_is_not_taken_for_a_paid_one(self, world: World) -> None:
        book(world, administrations=2)
        night(world)
        type_in_yuki(world, ONE.number, administration_id=OTHER_ADMINISTRATION, total_incl="1.00")
        pay_in_yuki(world, ONE.number)
        assert needs_a_person(look(world)) == set()

    def test_an_invoice_of_the_other_administration_is_no_double(self, world: World) -> None:
        book(world, administrations=2)
        type_in_yuki(world, ONE.number, administration_id=OTHER_ADMINISTRATION)
        assert needs_a_person(look(world)) == set()

    def test_when_two_administrations_are_taken_for_one_it_would_be_a_double(self, world: World) -> None:
        book(world, administrations=1)
        type_in_yuki(world, ONE.number, administration_id=OTHER_ADMINISTRATION)
        assert needs_a_person(look(world)) == {("double_in_yuki", ONE.number)}

    def test_an_archive_without_numbers_leaves_paid_invoices_unchecked(self, world: World) -> None:
        book(world)
        world.switch_yuki(archive_reference=False)
        pay_in_yuki(world, ONE.number)
        shown = look(world)
        assert needs_a_person(shown) == set()
        assert (shown.unchecked, shown.invoices["equal"]) == ({"archive_without_numbers": 1}, len(PLAIN) - 1)

    def test_a_booking_that_the_lists_do_not_show_yet_is_not_missing(self, world: World) -> None:
        book(world)
        world.switch_yuki(outstanding_delay_seconds=86_400, archive_delay_seconds=86_400)
        fresh = [seed for seed in seed_invoices() if seed.number == "2026-0111"]
        book(world, fresh)
        world.advance(-timedelta(hours=2).total_seconds())
        shown = look(world, "2026-11-18..2026-11-18")
        assert ("missing_in_yuki", "2026-0111") not in needs_a_person(shown)
        assert shown.unchecked["just_booked"] == 1
        world.without(Protection.TIME_TO_SHOW)
        assert ("missing_in_yuki", "2026-0111") in needs_a_person(look(world, "2026-11-18..2026-11-18"))


class TestControls:
    def test_without_the_archive_every_paid_invoice_would_be_missed(self, world: World) -> None:
        book(world)
        pay_in_yuki(world, ONE.number)
        assert needs_a_person(look(world)) == set()
        world.without(Protection.ARCHIVE)
        assert needs_a_person(look(world)) == {("missing_in_yuki", ONE.number)}

    def test_without_asking_for_numbers_those_of_other_dates_would_be_gaps(self, world: World) -> None:
        book(world, seed_invoices())
        world.without(Protection.LOOK_AT_NUMBERS)
        assert needs_a_person(look(world)) == {("gap_in_numbers", "2026-0123")}

    def test_without_reading_them_by_id_invoices_with_another_month_would_be_gone(self, world: World) -> None:
        book(world)
        other_month_in_tribe(world, ONE)
        assert needs_a_person(look(world)) == {("edited_after_sent", ONE.number)}
        world.without(Protection.LOOK_AT_IDS)
        assert needs_a_person(look(world)) == {("not_in_tribe", ONE.number)}

    def test_a_tribe_that_cannot_be_asked_for_dates_is_asked_for_changes(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        book(world)
        wanted = other_amount(world, ONE) | gone_in_tribe(world, TWO)
        page, refused = OData.page, []

        def refusing(self: OData, entity_set: str, options: Mapping[str, Any], target: str = "") -> Any:
            if "Date ge" in str(options.get("filter")).replace("LastMutationDate ge", ""):
                refused.append(options["filter"])
                raise NotKnown("tribe_does_not_know", "no such field")
            return page(self, entity_set, options, target)

        monkeypatch.setattr(OData, "page", refusing)
        shown = look(world)
        assert refused
        assert needs_a_person(shown) == wanted
        assert shown.invoices["equal"] == len(PLAIN) - 2


class TestReports:
    def test_a_difference_is_reported_on_the_transfer_once_and_settled_when_it_is_gone(self, world: World) -> None:
        book(world)
        was = in_yuki(world, ONE.number)["total_incl"]
        edit_in_yuki(world, ONE.number, total_incl="1.00")
        for _ in range(2):
            assert night(world).needs_a_person
        reported = transfer_of(world, ONE)
        assert (reported.state, reported.reason) == (State.BOOKED, "booked_differently")
        assert said(reported.details) == f"amount {was} sent, 1.00 in Yuki"
        assert world.story(ONE.tribe_invoice_id).count("booked_differently") == 1
        edit_in_yuki(world, ONE.number, total_incl=was)
        assert not night(world).needs_a_person
        settled = transfer_of(world, ONE)
        assert (settled.reason, said(settled.details)) == (None, "")
        assert world.story(ONE.tribe_invoice_id)[-1] == "difference_settled"

    def test_what_a_person_accepted_is_not_reported_again(self, world: World) -> None:
        book(world)
        other_amount(world, ONE)
        other_date_in_tribe(world, ONE)
        night(world)
        with world.operator() as operator:
            decisions.accept(operator, CONNECTION, ONE.number, "agreed with the customer")
        report = night(world)
        assert not report.needs_a_person
        assert {one.standing.value for one in report.findings} == {"accepted"}
        assert transfer_of(world, ONE).reason is None
        world.edit_in_tribe(ONE.tribe_invoice_id, Subject="another word")
        world.run(minutes=2)
        assert transfer_of(world, ONE).reason is None
        edit_in_yuki(world, ONE.number, total_incl="2.00")
        assert night(world).needs_a_person
        assert transfer_of(world, ONE).reason is not None

    def test_a_correction_in_both_systems_settles_what_was_reported_and_is_not_reported_again(
        self, world: World
    ) -> None:
        book(world)
        world.edit_in_tribe(ONE.tribe_invoice_id, InvoiceDate="2026-11-05")
        world.run(minutes=1)
        night(world)
        assert transfer_of(world, ONE).reason == "edited_after_sent"
        edit_in_yuki(world, ONE.number, date="2026-11-05")
        night(world)
        assert transfer_of(world, ONE).reason is None
        world.edit_in_tribe(ONE.tribe_invoice_id, Subject="another word")
        world.run(minutes=2)
        assert transfer_of(world, ONE).reason is None


class TestRepairs:
    def test_a_sent_invoice_that_nobody_told_of_is_booked_once(self, world: World) -> None:
        book(world, [ONE])
        world.switch_tribe(drop_webhooks=1.0)
        world.send(TWO.tribe_invoice_id)
        world.advance(timedelta(minutes=MINUTES_IN_TRIBE).total_seconds())
        shown = look(world)
        assert needs_a_person(shown) == set()
        assert [(one.finding, one.standing, one.number) for one in shown.findings] == [
            ("missing_in_yuki", "repaired", TWO.number)
        ]
        world.run(minutes=20)
        assert len(world.booked(TWO.number)) == 1
        assert world.story(TWO.tribe_invoice_id)[0] == "webhook_missed"
        assert look(world).findings == ()

    def test_one_that_somebody_typed_in_yuki_meanwhile_is_not_sent(self, world: World) -> None:
        book(world, [ONE])
        world.switch_tribe(drop_webhooks=1.0)
        world.send(TWO.tribe_invoice_id)
        type_in_yuki(world, TWO.number, like=ONE.number)
        world.advance(timedelta(minutes=MINUTES_IN_TRIBE).total_seconds())
        look(world)
        world.run(minutes=20)
        assert [one["source"] for one in world.booked(TWO.number)] == ["bookkeeper"]
        assert transfer_of(world, TWO).hold_reason is HoldReason.REFERENCE_IN_USE

    def test_an_invoice_in_doubt_whose_equal_is_in_yuki_is_verified_now(self, world: World) -> None:
        book(world, [ONE])
        world.switch_yuki(truncate={"count": 1, "operations": ["ProcessSalesInvoices"]})
        world.send(TWO.tribe_invoice_id)
        world.run(minutes=2)
        world.switch_yuki(unavailable=3)
        world.run(minutes=8)
        world.switch_yuki(unavailable=0)
        doubted = transfer_of(world, TWO)
        assert doubted.state is State.UNCONFIRMED
        assert doubted.due_at is not None
        assert doubted.due_at > world.clock.instant + timedelta(minutes=2)
        assert [(one.standing, one.number) for one in look(world).findings] == [("repaired", TWO.number)]
        world.run(minutes=1)
        assert transfer_of(world, TWO).state is State.BOOKED
        assert len(world.booked(TWO.number)) == 1

    def test_a_paused_connection_is_compared_and_nothing_is_written(self, world: World) -> None:
        book(world, [ONE])
        world.switch_tribe(drop_webhooks=1.0)
        world.send(TWO.tribe_invoice_id)
        other_amount(world, ONE)
        world.advance(timedelta(minutes=MINUTES_IN_TRIBE).total_seconds())
        with world.operator() as operator:
            lifecycle.pause(operator, CONNECTION)
        shown = look(world)
        assert needs_a_person(shown) == {("booked_differently", ONE.number)}
        assert {one.standing for one in shown.findings} == {"open", "explained"}
        assert world.transfer(TWO.tribe_invoice_id) is None
        assert transfer_of(world, ONE).reason is None


def strikes_at(first: int, effect: int) -> bool:
    return effect > first and (effect - first) % STRIDE == 1


class TestTheNight:
    def test_the_sweep_begins_it_at_six_and_its_report_is_kept(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sweep, "NIGHTLY", {RECONCILE_INVOICES: sweep.NIGHTLY[RECONCILE_INVOICES]})
        book(world)
        other_amount(world, ONE)
        with world.operator() as operator, pytest.raises(Declined, match="was not reconciled yet"):
            last_reconciliation(operator, CONNECTION)
        world.set_time(datetime(2026, 11, 24, 4, 58, tzinfo=UTC))
        world.run(minutes=4)
        with world.operator() as operator:
            shown = last_reconciliation(operator, CONNECTION)
        assert needs_a_person(shown) == {("booked_differently", ONE.number)}
        assert shown.checked_at.replace(second=0, microsecond=0) == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
        assert (shown.first.isoformat(), shown.last.isoformat()) == ("2026-10-01", "2026-11-24")

    def test_workers_that_die_between_any_two_effects_end_in_the_same_report(self) -> None:
        def ended(strikes: Callable[[int], bool]) -> tuple[Any, Any]:
            with ExitStack() as stack:
                world = open_world(stack)
                book(world, PLAIN[:3])
                other_amount(world, ONE)
                gone_in_tribe(world, TWO)
                world.run(minutes=1)
                with crashes(world, strikes) as counted:
                    world.start_task(RECONCILE_INVOICES)
                    world.run(minutes=LEASES_END, step_seconds=30)
                report = Reconciliations(world.db, "connections", CONNECTION).last()
                assert report is not None
                stories = [world.story(seed.tribe_invoice_id) for seed in (ONE, TWO)]
                reasons = [transfer_of(world, seed).reason for seed in (ONE, TWO)]
                return (report.findings, report.endings, stories, reasons), counted

        undisturbed, counted = ended(lambda _: False)
        assert counted.effects > 2 * STRIDE
        for first in range(0, STRIDE, 6):
            disturbed, counted = ended(partial(strikes_at, first))
            assert counted.happened > 1
            assert disturbed == undisturbed

    def test_what_is_kept_holds_nothing_personal(self, world: World) -> None:
        book(world)
        for number, plant in enumerate((other_contact, other_customer_in_tribe, gone_in_yuki)):
            plant(world, PLAIN[number])
        night(world)
        stored = json.dumps(list(world.dynamodb.scan(TableName="connections")["Items"]), default=str)
        names = {one["Name"].strip() for one in world.yuki_state()["contacts"]} | {"@"}
        kept = [part for part in stored.split('"item"') if "reconciliation" in part]
        assert kept
        assert [name for name in names for part in kept if name in part] == []


class TestTheCommand:
    @pytest.fixture
    def command(self, command: Command) -> Command:
        """The operator's command with one booked transfer of which neither system knows."""
        command.done(*CONNECT_DUTCH)
        return command

    def test_prints_the_sentence_first_and_exits_with_one_when_a_person_is_needed(self, command: Command) -> None:
        settings = command.settings().model_copy(update={"start_date": date(2026, 1, 1)})
        command.world.connections.save(CONNECTED, settings, Status.ACTIVE, START)
        assert command.done("reconcile", "--period", "2026-11").startswith("2026-11-01 to 2026-11-30: of 0 invoices")
        store_as_booked(command)
        command.world.send(ONE.tribe_invoice_id)
        result = command.run("reconcile", "--period", "2026-11")
        assert result.exit_code == 1
        assert "1 (EUR 287.38) differ and need a person" in " ".join(result.output.split())
        assert "missing_in_yuki" in result.output
        assert "Next: compare each open invoice" in result.output
        shown = json.loads(command.run("reconcile", "--period", "2026-11", "--json", "--lang", "nl").stdout)
        assert (shown["needs_a_person"], shown["findings"][0]["detail"]) == (True, "niet in Yuki")

    def test_refuses_what_it_cannot_do(self, command: Command) -> None:
        assert "not activated" in command.refused("reconcile")
        command.world.connections.save(CONNECTED, command.settings(), Status.ACTIVE, START)
        assert "is no period" in command.refused("reconcile", "--period", "november")
        assert "not both" in command.refused("reconcile", "--period", "2026-11", "--last")
        assert "was not reconciled yet" in command.refused("reconcile", "--last")


def store_as_booked(command: Command) -> None:
    """Store what a worker would have stored when it booked the first invoice, of which Yuki knows nothing."""
    known = replace(
        new_transfer(CONNECTED, ONE.tribe_invoice_id, START),
        reference=ONE.number,
        invoice_date=date(2026, 11, 16),
        total_incl=Decimal("287.38"),
        currency="EUR",
    )
    booked = replace(known.after(Confirm(Verification.ANSWER), START), booked_at=START - timedelta(days=1))
    command.world.stores(CONNECTED).transfers.save(booked, [], START)


def test_lines_of_cents_are_summed_by_month_and_yukis_rounding_is_seen(world: World) -> None:
    world.switch_tribe(rounding="line_net_and_vat")
    book(world)
    found = look(world)
    assert found.rounding == {"2026-11": Decimal("0.02")}, "five lines of 0.50 have VAT of 0.55 in Tribe, 0.53 in Yuki"
    assert found.invoices["equal"] == len(PLAIN)
    assert "with a rounding line 1 (EUR 0.02)" in found.summary
    seen = night(world).yuki_rounding
    assert (seen.of, seen.fits["rate"]) == (len(PLAIN), len(PLAIN))
    assert seen.fits["line"] < seen.of
