"""`explain` tells the true and whole story of every invoice and contact, in both languages."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from cli.explain import print_stories
from cli.output import Screen
from local.demo.invoices import SeedInvoice, seed_invoices
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import queue_event
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.holds import HOLDS, HoldReason
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.explain import Story, explain_record
from tribe_yuki.setup.lifecycle import pause, resume

SEEDS = seed_invoices()
PLAIN = SEEDS[0]
UNTICKED = next(seed for seed in SEEDS if seed.expect["reason"] == HoldReason.CONTACT_NOT_CUSTOMER)
LANGUAGES = ("en", "nl")
# What must never reach a reader: holes, and codes of the journal.
HOLES = re.compile(r"None|[{}]|\b[a-z]+_[a-z_]+\b|…|\?")


@pytest.fixture(scope="module")
def seeded() -> Iterator[World]:
    """A world in which every seed invoice was sent; the tests here only read it."""
    with ExitStack() as stack:
        world = open_world(stack)
        for seed in SEEDS:
            world.send(seed.tribe_invoice_id)
        world.run(minutes=5)
        yield world


def stories(world: World, name: str, language: str = "en") -> tuple[Story, ...]:
    with world.operator() as operator:
        return explain_record(operator, CONNECTION, name, language).stories


def story(world: World, name: str, language: str = "en") -> Story:
    (only,) = stories(world, name, language)
    return only


def printed(world: World, name: str, language: str = "en") -> str:
    """Return what the command prints, with every table cell on one line."""
    out = StringIO()
    with world.operator() as operator:
        print_stories(
            explain_record(operator, CONNECTION, name, language), Screen(Console(file=out, width=2_000), None)
        )
    return out.getvalue()


def told(one: Story) -> str:
    return "\n".join(moment.what for moment in one.moments)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", SEEDS, ids=[seed.name for seed in SEEDS])
def test_every_seed_invoice_has_a_true_and_whole_story(seeded: World, seed: SeedInvoice, language: str) -> None:
    text, one = printed(seeded, seed.number, language), story(seeded, seed.number, language)
    transfer = seeded.transfer(seed.tribe_invoice_id)
    assert transfer is not None
    assert seed.number in one.title
    assert transfer.contact_code is not None
    assert transfer.contact_code in one.title
    assert one.state == Texts(language).name("transfer", State(seed.expect["state"]))
    assert not HOLES.search(text), HOLES.search(text)
    assert one.moments == tuple(sorted(one.moments, key=lambda moment: moment.at))
    assert one.moments[0].who == "Tribe", "it begins with the webhook"
    _check_ending(one, seed, language)


def _check_ending(one: Story, seed: SeedInvoice, language: str) -> None:
    match seed.expect["state"]:
        case "booked":
            booked = "Yuki booked the invoice" if language == "en" else "Yuki heeft de factuur geboekt"
            assert booked in told(one)
            assert one.next_step is None, "nobody has to do anything"
        case "held":
            owner = Texts(language).name("owner", HOLDS[HoldReason(seed.expect["reason"])].owner)
            assert owner in one.moments[-1].what
            assert one.next_step is not None
            assert one.next_step.who == owner
            assert len(one.next_step.what) > 40, "it says what to do"
        case "skipped":
            assert one.next_step is None
            assert "start date" in told(one) or "startdatum" in told(one)


def test_times_are_those_of_amsterdam(seeded: World) -> None:
    text = printed(seeded, PLAIN.number)
    assert "2026-11-23 10:00:" in text, "the world begins at nine in UTC"
    assert "09:00" not in text
    assert "23-11-2026 10:00:" in printed(seeded, PLAIN.number, "nl")
    assert all(moment.at.utcoffset() == timedelta(hours=1) for moment in story(seeded, PLAIN.number).moments)


def test_a_booked_invoice_tells_webhook_contact_checks_attempt_answer_and_mark_in_order(seeded: World) -> None:
    text = told(story(seeded, PLAIN.number))
    parts = (
        "its webhook came in",
        "were linked",
        "ready to be sent",
        "ticked as Customer",
        "Sent to Yuki (attempt 1), with its PDF",
        "Yuki booked the invoice",
        "noted on the invoice in Tribe, in ImportId",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contact_is_found_by_its_debtor_number_and_by_the_ids_of_both_sides(seeded: World, language: str) -> None:
    (link,) = [one for one in seeded.all_links() if one.number == "D-10012"]
    assert link.yuki_contact_id is not None
    names = ("D-10012", link.tribe_relation_id, link.yuki_contact_id, link.yuki_contact_id.upper())
    found = [stories(seeded, name, language) for name in names]
    assert len(found[0]) == 1
    assert found.count(found[0]) == len(names)
    text = printed(seeded, "D-10012", language)
    assert not HOLES.search(text), HOLES.search(text)


def test_an_invoice_is_found_by_its_id_too(seeded: World) -> None:
    assert stories(seeded, PLAIN.tribe_invoice_id) == stories(seeded, PLAIN.number)


def test_what_nobody_knows_is_refused_with_what_to_give_instead(seeded: World) -> None:
    with pytest.raises(Declined, match="2026-9999: give the number of an invoice"):
        stories(seeded, "2026-9999")


def test_the_connection_has_a_story_of_its_own(seeded: World) -> None:
    one = story(seeded, CONNECTION)
    assert "Connected Tribe and Yuki." in told(one)
    assert one.state == "active"


def test_a_lost_answer_is_told_with_doubt_question_and_finding(world: World) -> None:
    world.switch_yuki(truncate={"count": 1, "operations": ["ProcessSalesInvoices"]})
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=2)
    unsure = story(world, PLAIN.number)
    assert unsure.state == "in doubt"
    assert unsure.next_step is not None
    assert unsure.next_step.when is not None
    assert unsure.next_step.when > world.clock.now(), "it says when Yuki is asked"
    world.run(minutes=6)
    text = told(story(world, PLAIN.number))
    parts = (
        "Sent to Yuki",
        "not certain: Yuki's answer could not be read",
        "Yuki showed one with the same number",
        "counts as booked",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "found in Yuki's books after the attempt" in text
    assert not HOLES.search(printed(world, PLAIN.number, "nl"))


def test_an_invoice_that_yuki_never_got_tells_both_looks_before_it_goes_again(world: World) -> None:
    world.switch_yuki(unavailable={"count": 1, "operations": ["ProcessSalesInvoices"]})
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=25)
    one = story(world, PLAIN.number)
    absent = [moment for moment in one.moments if "did not show it" in moment.what]
    assert len(absent) == 2
    assert absent[1].at - absent[0].at >= timedelta(minutes=10)
    assert "once more on" in absent[0].what
    after = one.moments[one.moments.index(absent[1]) + 1 :]
    assert "ready to be sent" in after[0].what
    assert "attempt 2" in told(one)


def test_yuki_being_away_is_told_with_every_wait_and_its_end(world: World) -> None:
    world.switch_yuki(unavailable=1_000)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=12)
    waiting = story(world, PLAIN.number)
    assert waiting.state == "waiting"
    assert waiting.next_step is not None
    assert waiting.next_step.when is not None
    assert not HOLES.search(printed(world, PLAIN.number)), printed(world, PLAIN.number)
    world.switch_yuki(unavailable=0)
    world.run(minutes=12)
    assert story(world, PLAIN.number).state == "booked in Yuki"


def test_yukis_own_words_are_shown_apart(world: World) -> None:
    world.switch_yuki(refuse_invoices={PLAIN.number: "Boekingsperiode is afgesloten"})
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=2)
    one = story(world, PLAIN.number, "nl")
    assert one.moments[-1].words == "Boekingsperiode is afgesloten"
    assert "Woorden van Yuki: Boekingsperiode is afgesloten" in printed(world, PLAIN.number, "nl")


def test_a_tick_tells_why_a_held_invoice_went(world: World) -> None:
    world.send(UNTICKED.tribe_invoice_id)
    world.run(minutes=2)
    transfer = world.transfer(UNTICKED.tribe_invoice_id)
    assert transfer is not None
    world.edit_contact(transfer.yuki_contact_id or "", IsCustomer=True)
    world.run(minutes=17)
    text = told(story(world, UNTICKED.number))
    parts = ("Held for the bookkeeper", "The contact is ticked as Customer", "Yuki booked the invoice")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_who_paused_the_connection_is_part_of_the_story_of_an_invoice_that_waited(world: World) -> None:
    world.send(PLAIN.tribe_invoice_id)
    with world.operator() as operator:
        pause(operator, CONNECTION, "year end")
    world.run(minutes=3)
    assert story(world, PLAIN.number).state == "waiting"
    with world.operator() as operator:
        resume(operator, CONNECTION)
    world.run(minutes=3)
    one = story(world, PLAIN.number)
    assert one.state == "booked in Yuki"
    assert "the connection is paused" in told(one)
    (resumed,) = [moment for moment in one.moments if "Let the connection go on" in moment.what]
    assert resumed.who == "tester"


def test_a_later_change_in_tribe_is_told_with_whose_turn_it_is(world: World) -> None:
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=2)
    world.edit_in_tribe(PLAIN.tribe_invoice_id, InvoiceDate="2026-11-22T12:00:00Z", Number="2026-0199")
    world.run(minutes=2)
    one = story(world, PLAIN.number, "nl")
    assert "gewijzigd na de boeking" in one.moments[-1].what
    assert "nummer" in one.moments[-1].what
    assert one.next_step is not None
    assert one.next_step.who == "de boekhouder"
    assert one.moments[-2].what.startswith("Tribe meldde een wijziging")


def test_two_invoices_with_one_number_are_both_told(world: World) -> None:
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=2)
    other = SEEDS[1]
    world.send(other.tribe_invoice_id, Number=PLAIN.number)
    world.run(minutes=2)
    first, second = stories(world, PLAIN.number)
    assert (first.state, second.state) == ("booked in Yuki", "held")
    assert f"another invoice of Tribe was booked under number {PLAIN.number}" in told(second)


def test_a_missed_webhook_is_not_told_as_one_that_came(world: World) -> None:
    world.switch_tribe(drop_webhooks=1.0)
    world.send(PLAIN.tribe_invoice_id)
    world.invoice_push(queue_event([PLAIN.tribe_invoice_id], by="connector"))
    world.run(minutes=2)
    first = story(world, PLAIN.number).moments[0]
    assert first.what.startswith("The connector looked the invoice up")


def test_a_change_of_a_contact_tells_its_webhook_and_the_fields(world: World) -> None:
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=2)
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    world.edit_in_tribe(transfer.tribe_relation_id or "", PhoneNumber="038 555 0199")
    world.run(minutes=2)
    one = story(world, transfer.contact_code or "")
    *_, webhook, written = one.moments
    assert webhook.what == "Tribe reported a change: its webhook came in."
    assert written.what == "Brought from Tribe to Yuki: phone number."
    assert webhook.at < written.at
