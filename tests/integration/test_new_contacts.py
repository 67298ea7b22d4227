"""A new contact in Yuki never overwrites another one, and two calls make it once (design 5; yuki-api 3.3).

Yuki takes a contact without an id for the one whose type and name are equal but for `, . " ' -` and blanks.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from tests.support.faults.crashes import crashes
from tests.support.faults.protections import Protection, without
from tests.support.world.single_contacts import SingleContacts, address, in_yuki, open_single_contacts
from tests.support.world.world import CONNECTION
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.provisional_names import with_mark
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.transfer import State

# What the customer of Tribe is called, and the other customer that Yuki has already.
COMPANIES = (
    ("A.B.C. Bouw B.V.", "ABC Bouw BV"),
    ("Jansen & Zn.", "Jansen & Zn"),
    ("Van-Dijk Installaties", "Van Dijk Installaties"),
    ("De Haan's", "De Haan\u2019s"),
    ("De Haan, Zwolle", "De Haan Zwolle"),
    ("Bouw Groep Oost", "Bouwgroep Oost"),
    ("'t Hoekje", "t Hoekje"),
    ('Café "De Kroon"', "Cafe De Kroon"),
    ('Bar "Het Anker" B.V.', "Bar Het Anker BV"),
    ("Smit - De Boer VOF", "SmitDeBoer V.O.F."),
)
PERSONS = (
    (("J.P.", "de Vries"), "JP de Vries"),
    (("Anne-Marie", "Bos"), "Annemarie Bos"),
    (("Sean", "O'Brien"), "Sean OBrien"),
    (("Jan Willem", "Ter Horst"), "JanWillem terHorst"),
)
SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"name_match_after_code": False},
    {"search_match": "prefix"},
    {"search_match": "exact"},
    {"person_name_match": "parts"},
    {"new_contact_role": "customer"},
)
HERE = address("Kade", 12, "8011 AA", "Zwolle")
THERE = in_yuki("Vrijthof 1", "6211 LD", "Maastricht")
numbers = count(50_001)


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SingleContacts]:
    with ExitStack() as stack:
        yield open_single_contacts(stack, tmp_path_factory.mktemp("seed"))


@pytest.fixture
def quiet(contacts: SingleContacts) -> Iterator[SingleContacts]:
    """The world with Yuki's usual ways, before and after."""
    usual = dict(contacts.world.yuki.switches)
    yield contacts
    contacts.world.yuki.switches.update(usual)


def companies(contacts: SingleContacts, suffix: str = "", **fields: Any) -> list[tuple[str, str]]:
    """Make each pair of customers; return the ids of the relation and of the other contact."""
    return [
        (
            contacts.organisation(f"{suffix}{ours}", InvoiceAddress=HERE, DebtorNumber=f"N-{next(numbers)}", **fields),
            contacts.contact(f"{suffix}{theirs}", Code=f"M-{next(numbers)}", **THERE),
        )
        for ours, theirs in COMPANIES
    ]


def persons(contacts: SingleContacts, suffix: str) -> list[tuple[str, str]]:
    made = []
    for (first, last), theirs in PERSONS:
        first_there, _, last_there = theirs.partition(" ")
        relation = contacts.person(first, f"{last}{suffix}", Address=HERE, DebtorNumber=f"N-{next(numbers)}")
        parts = {"Type": "Person", "FirstName": first_there, "LastName": f"{last_there}{suffix}"}
        made.append((relation, contacts.contact(f"{theirs}{suffix}", **parts, Code=f"M-{next(numbers)}", **THERE)))
    return made


@pytest.mark.parametrize("switches", SWITCHES)
def test_a_customer_of_nearly_the_same_name_is_never_overwritten(
    quiet: SingleContacts, switches: dict[str, Any]
) -> None:
    quiet.world.switch_yuki(**switches)
    mark = f"X{next(numbers)} "
    pairs = [*companies(quiet, mark), *persons(quiet, f" {mark.strip()}")]
    before = quiet.contacts()
    quiet.push(*(relation for relation, _ in pairs))
    quiet.poll()  # nor does what is in Yuki now come back to the wrong relation
    after = quiet.contacts()
    for relation, other in pairs:
        assert after[other] == before[other]
        link, shown = quiet.link(relation), quiet.relation(relation)
        assert link is not None
        assert link.yuki_contact_id is not None
        assert (link.state, link.creating_as) == (LinkState.LINKED, None)
        made = after[link.yuki_contact_id]
        assert (made["Name"], made["Code"]) == (shown["_Name"] if "_Name" in shown else shown["Name"], link.code)
        assert (made["AddressLine_1"], made["City"]) == ("Kade 12", "Zwolle")
    assert len(after) == len(before) + len(pairs)
    assert quiet.relations_named(f"{mark}{COMPANIES[0][0]}") == [pairs[0][0]]


@pytest.mark.parametrize("match", ["contains", "prefix", "exact"])
def test_a_supplier_without_a_code_overwrites_nobody_either(quiet: SingleContacts, match: str) -> None:
    quiet.world.switch_yuki(search_match=match)
    quiet.world.save_settings(export_suppliers=True)
    mark = f"S{next(numbers)} "
    pairs = [
        (quiet.supplier(f"{mark}{ours}", VisitingAddress=HERE), quiet.contact(f"{mark}{theirs}", **THERE))
        for ours, theirs in COMPANIES
    ]
    before = quiet.contacts()
    quiet.push(*(relation for relation, _ in pairs))
    quiet.world.save_settings(export_suppliers=False)
    after = quiet.contacts()
    assert {other: after[other] for _, other in pairs} == {other: before[other] for _, other in pairs}
    made = {quiet.relation(relation)["Name"]: quiet.link(relation) for relation, _ in pairs}
    assert {name: after[link.yuki_contact_id or ""]["Name"] for name, link in made.items() if link} == {
        name: name for name in made
    }


@pytest.mark.parametrize(("match", "state"), [("exact", LinkState.LINKED), ("contains", LinkState.HELD)])
def test_a_customer_of_the_very_same_name_is_never_overwritten(
    quiet: SingleContacts, match: str, state: LinkState
) -> None:
    quiet.world.switch_yuki(search_match=match)
    name = f"Jansen {match.title()} B.V."
    relation = quiet.organisation(name, InvoiceAddress=HERE)
    other = quiet.contact(name, **THERE)
    before = quiet.contacts()[other]
    quiet.push(relation)
    link = quiet.link(relation)
    assert link is not None
    # A search that finds the namesake leaves it to a person; one that does not find it makes a contact of its own.
    assert (link.state, link.yuki_contact_id == other) == (state, False)
    assert quiet.contacts()[other] == before


def test_the_second_of_two_customers_of_nearly_one_name_leaves_the_first_as_it_is(quiet: SingleContacts) -> None:
    first = quiet.organisation("Tweeling & Zn.", InvoiceAddress=HERE, PhoneNumber="038 555 0101")
    quiet.push(first)
    second = quiet.organisation("Tweeling-& Zn", InvoiceAddress=address("Dijk", 1, "8011 AB", "Zwolle"))
    in_tribe, links = quiet.relation(first), [quiet.link(first)]
    quiet.push(second)
    quiet.poll()
    quiet.compare()
    links.append(quiet.link(second))
    assert quiet.relation(first) == in_tribe
    assert len({one.yuki_contact_id for one in links if one}) == 2
    shown = [quiet.contacts()[one.yuki_contact_id or ""] for one in links if one]
    assert [(one["Name"], one["AddressLine_1"]) for one in shown] == [
        ("Tweeling & Zn.", "Kade 12"),
        ("Tweeling-& Zn", "Dijk 1"),
    ]


def test_without_the_mark_in_its_name_another_customer_is_overwritten(quiet: SingleContacts) -> None:
    with without(Protection.PROVISIONAL_NAMES, Protection.LOOK_AT_CREATED):
        pairs = companies(quiet, f"Y{next(numbers)} ")
        before = quiet.contacts()
        quiet.push(*(relation for relation, _ in pairs))
        after = quiet.contacts()
        assert sum(after[other] != before[other] for _, other in pairs) >= 7


def test_a_creation_that_answers_with_a_contact_of_before_waits_for_a_person(quiet: SingleContacts) -> None:
    with without(Protection.PROVISIONAL_NAMES):
        owner = quiet.organisation("Eerste & Zn.", InvoiceAddress=HERE, DebtorNumber=f"N-{next(numbers)}")
        quiet.push(owner)
        second = quiet.organisation("Eerste-& Zn", InvoiceAddress=address("Dijk", 1, "8011 AB", "Zwolle"))
        quiet.push(second)
        owners, seconds = quiet.link(owner), quiet.link(second)
        assert owners is not None
        assert seconds is not None
        assert (seconds.state, seconds.reason, seconds.yuki_contact_id) == (LinkState.HELD, "contact_ambiguous", None)
        assert quiet.world.links.relation_linked_to(owners.yuki_contact_id or "") == owner


def test_a_new_contact_costs_two_writes(quiet: SingleContacts) -> None:
    relation = quiet.organisation("Twee Schrijfacties B.V.", InvoiceAddress=HERE)
    before = quiet.updates()
    quiet.push(relation)
    assert quiet.updates() == before + 2
    quiet.poll()
    quiet.push(relation)
    assert quiet.updates() == before + 2


def test_a_worker_that_dies_anywhere_in_a_creation_leaves_one_contact_with_its_own_name(quiet: SingleContacts) -> None:
    quiet.world.switch_yuki(new_contact_delay_seconds=60)
    for strike in count(1):
        name = f"Afgebroken {strike} & Zn."
        relation = quiet.organisation(name, InvoiceAddress=HERE, DebtorNumber=f"N-{next(numbers)}")
        with crashes(quiet.world, lambda effect, strike=strike: effect == strike) as counted:  # type: ignore[misc]
            quiet.world.queues.enqueue_relation(relation, quiet.world.clock.now())
            quiet.world.run(minutes=16, step_seconds=60)
        assert_made_once(quiet, relation, name)
        if not counted.happened:
            break
    assert strike > 6


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_answer_leaves_one_contact_with_its_own_name(quiet: SingleContacts, lost: int) -> None:
    quiet.world.switch_yuki(new_contact_delay_seconds=60)
    name = f"Antwoord {lost} kwijt & Zn."
    relation = quiet.organisation(name, InvoiceAddress=HERE, DebtorNumber=f"N-{next(numbers)}")
    lose_answer(quiet, lost)
    invoice = quiet.send_invoice(relation)
    quiet.world.queues.enqueue_invoices([invoice], quiet.world.clock.now())
    quiet.world.run(minutes=16, step_seconds=30)
    assert_made_once(quiet, relation, name)
    transfer = quiet.world.transfer(invoice)
    assert transfer is not None
    assert (transfer.state, transfer.reason) == (State.HELD, "contact_not_customer")


def test_a_contact_that_was_being_made_before_there_were_marks_is_waited_for(quiet: SingleContacts) -> None:
    code, now = f"N-{next(numbers)}", quiet.world.clock.now()
    relation = quiet.organisation("Halverwege B.V.", InvoiceAddress=HERE, DebtorNumber=code)
    begun = Link(CONNECTION, relation, LinkState.CREATING, since=now, creating_since=now)
    quiet.world.links.save(begun, [JournalEntry(JournalKind.ATTEMPT, "create_contact")], now)
    before = quiet.updates()
    quiet.push(relation)
    assert quiet.updates() == before
    # Yuki shows it only now.
    contact = quiet.contact("Halverwege B.V.", Code=code, **in_yuki("Kade 12", "8011 AA", "Zwolle"))
    quiet.world.run(minutes=7, step_seconds=60)
    assert_made_once(quiet, relation, "Halverwege B.V.")
    link = quiet.link(relation)
    assert link is not None
    assert link.yuki_contact_id == contact


def test_repeated_at_once_a_lost_creation_is_doubled(quiet: SingleContacts) -> None:
    with without(Protection.TIME_AFTER_CREATION):
        quiet.world.switch_yuki(new_contact_delay_seconds=600)
        relation = quiet.organisation("Te Vlug & Zn.", InvoiceAddress=HERE, DebtorNumber=f"N-{next(numbers)}")
        before = len(quiet.contacts())
        lose_answer(quiet, 1)
        quiet.push(relation)
        quiet.push(relation)
        assert len(quiet.contacts()) == before + 2


@pytest.mark.parametrize("match", ["contains", "prefix", "exact"])
def test_a_relation_that_is_renamed_between_the_two_calls_has_one_contact(quiet: SingleContacts, match: str) -> None:
    quiet.world.switch_yuki(search_match=match)
    former, name = f"Oude naam {match} & Zn.", f"Nieuwe naam {match} B.V."
    organisation = quiet.organisation(former, InvoiceAddress=HERE, DebtorNumber=f"N-{next(numbers)}")
    person = quiet.person("Oude", f"Naam {match}", Address=HERE, DebtorNumber=f"N-{next(numbers)}")
    before = len(quiet.contacts())
    for relation in (organisation, person):
        lose_answer(quiet, 1)
        quiet.push(relation)
    quiet.world.edit_in_tribe(organisation, Name=name)
    quiet.world.edit_in_tribe(person, FirstName="Nieuwe")
    quiet.world.run(minutes=6, step_seconds=60)
    quiet.push(organisation, person)
    assert_made_once(quiet, organisation, name)
    assert_made_once(quiet, person, f"Nieuwe Naam {match}")
    assert len(quiet.contacts()) == before + 2


def test_what_is_sent_to_make_a_contact_names_nobody() -> None:
    names = {"FirstName": "Iris", "MiddleName": "van", "LastName": "L" * 250, "FullName": "Iris van " + "L" * 250}
    marked = with_mark({"Type": "0", **names, "City": "Zwolle"}, "[Tribe D-1 4f3a9c1e]")
    mark = "[Tribe D-1 4f3a9c1e]"
    assert marked == {"Type": "0", "LastName": mark, "FullName": mark, "City": "Zwolle"}


def test_a_relation_that_is_deleted_between_the_two_calls_is_no_longer_being_made(quiet: SingleContacts) -> None:
    relation = quiet.person("Even", "Geweest", Address=HERE, DebtorNumber=f"N-{next(numbers)}")
    lose_answer(quiet, 2)
    quiet.push(relation)
    quiet.world.delete_in_tribe(relation)
    quiet.world.run(minutes=6, step_seconds=60)
    quiet.push(relation)
    link = quiet.link(relation)
    assert link is not None
    # Else its person's data could not be erased: what is being made is left to end.
    assert (link.state, link.creating_as, link.creating_since) == (LinkState.GONE_IN_TRIBE, None, None)


def lose_answer(contacts: SingleContacts, number: int) -> None:
    """Have Yuki do the write of this number from now, and lose its answer."""
    contacts.world.switch_yuki(truncate={"count": 1, "after": number - 1, "operations": ["UpdateContact"]})


def assert_made_once(contacts: SingleContacts, relation: str, name: str) -> None:
    made = [one for one in contacts.contacts().values() if name in one["Name"]]
    link = contacts.link(relation)
    assert link is not None
    assert [(one["Name"], one["Code"], one["ID"]) for one in made] == [(name, link.code, link.yuki_contact_id)]
    assert (link.state, link.creating_as, bool(link.base)) == (LinkState.LINKED, None, True)
