"""What is stored about a person can be given out and erased; nothing brings it back but a person (design 4)."""

import json
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.support.details import told
from tests.support.faults.protections import Protection
from tests.support.world.operator_command import CONNECT_DUTCH, Command
from tests.support.world.operator_command import CONNECTION as COMMANDS
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, START, World, open_world
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.dynamodb import deserialize
from tribe_yuki.adapters.aws.match_index import MatchIndex
from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.context import CATCH_UP, COMPARE_CONTACTS, IMPORT_CONTACTS, POLL_CONTACTS
from tribe_yuki.connections.lease import ERASE_LEASE, Lease, LeaseKind
from tribe_yuki.contacts.deferred_event import DeferredEvent, Route
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.unlinked import UnlinkedContact, UnlinkedState
from tribe_yuki.core.errors import Retryable
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people import decisions
from tribe_yuki.people import links_by_hand as links
from tribe_yuki.privacy import personal_data as privacy
from tribe_yuki.setup import lifecycle

NUMBER, INVOICE_NUMBER = "D-10018", "2026-0109"
OTHER_NUMBER = "D-10024"
GONE_RELATION = "20000000-0000-4000-8000-00000000fff1"
CANARY = "Kanariepiet"
TABLES = (CONNECTIONS, ID_MAP, JOURNAL)


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path) -> World:
    """The whole product with two of Yuki's customers, imported; one of them has an invoice that came to be booked."""
    made = open_world(exits, yuki_seed=yuki_seed(tmp_path, (NUMBER, OTHER_NUMBER)))
    made.import_everything()
    return made


@dataclass(frozen=True)
class Traces:
    """Everything by which a person may be found again: ids of both systems, fingerprints, the debtor number."""

    relation: str
    contact: str
    words: frozenset[str]

    def items(self, world: World) -> list[tuple[str, str, str]]:
        """Return table and key of every item in which any of it stands, journal entries by their code."""
        found = []
        for table in TABLES:
            for item in scan(world, table):
                if any(word in json.dumps(item, default=str) for word in self.words):
                    keys = {CONNECTIONS: ("owner", "item"), ID_MAP: ("connection_id", "item")}
                    first, second = keys.get(table, ("record", "code"))
                    found.append((table, item[first], item[second]))
        return sorted(found)

    def left(self, invoice: str | None) -> list[tuple[str, str, str]]:
        """Return what may stand there after erasing: the tombstone with its entry, and the booking."""
        booking = [(ID_MAP, CONNECTION, f"invoice#{invoice}")] if invoice else []
        return [
            (ID_MAP, CONNECTION, f"contact#tribe#{self.relation}"),
            (ID_MAP, CONNECTION, f"contact#yuki#{self.contact}"),
            *booking,
            (JOURNAL, f"{CONNECTION}#contact#tribe#{self.relation}", "erased"),
        ]


def scan(world: World, table: str) -> list[dict[str, Any]]:
    return [deserialize(item) for item in world.dynamodb.scan(TableName=table)["Items"]]


def relation(world: World, number: str = NUMBER) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    (found,) = [row for row in rows if row["DebtorNumber"] == number]
    return found


def link_of(world: World, number: str = NUMBER) -> Link:
    found = world.links.get(relation(world, number)["ID"])
    assert found is not None
    return found


def traces(world: World, number: str = NUMBER) -> Traces:
    link = link_of(world, number)
    prints = {one for base in link.base.values() for one in (base.tribe, base.yuki, base.expected) if one}
    prints |= {one for _, one in world.match_index.of_records((link.tribe_relation_id, link.yuki_contact_id or ""))}
    assert len(prints) > 5
    ids = (link.tribe_relation_id, link.yuki_contact_id, number, *link.record_ids)
    return Traces(link.tribe_relation_id, link.yuki_contact_id or "", frozenset({*filter(None, ids), *prints}))


def invoice_of(world: World, number: str = NUMBER) -> str:
    roles = link_of(world, number).record_ids
    rows = world.tribe_state()["Activity_Invoice"]
    (found,) = [row["ID"] for row in rows if row["Relationship"]["ID"] in roles]
    return str(found)


def erase(world: World, name: str = NUMBER, why: str = "asked by letter") -> privacy.Erased:
    with world.operator() as operator:
        return privacy.erase_record(operator, CONNECTION, name, why)


def export(world: World, name: str = NUMBER) -> privacy.PersonalData:
    with world.operator() as operator:
        return privacy.export_record(operator, CONNECTION, name)


def declined(world: World, name: str = NUMBER) -> str:
    with pytest.raises(Declined) as refused:
        erase(world, name)
    return refused.value.code


def book_after_a_refusal(world: World) -> str:
    """Have Yuki refuse the invoice first, in words with a name, and a person retry it with a name as the reason."""
    world.switch_yuki(refuse_invoices={INVOICE_NUMBER: CANARY.lower()})
    invoice = invoice_of(world)
    world.send(invoice, Number=INVOICE_NUMBER)
    world.run(minutes=5)
    with world.operator() as operator:
        world.switch_yuki(refuse_invoices={})
        decisions.retry(operator, CONNECTION, [INVOICE_NUMBER], f"{CANARY} called")
    world.run(minutes=40)
    transfer = world.transfer(invoice)
    assert transfer is not None
    assert transfer.state is State.BOOKED, transfer
    return invoice


def live_on(world: World, about: Traces) -> None:
    """Let everything happen that brought a person into the tables: edits on both sides, and all tasks."""
    world.edit_in_tribe(about.relation, EmailAddress="weer@kanarie.example", Name=f"{CANARY} B.V.")
    (row,) = [row for row in world.tribe_state()["Relation_Organization"] if row["ID"] == about.relation]
    world.edit_in_tribe(row["InvoiceAddress"]["ID"], Street="Zwartkoplaan")
    world.edit_contact(about.contact, EMailWork="opnieuw@kanarie.example")
    world.run(minutes=20)
    for task in (POLL_CONTACTS, COMPARE_CONTACTS, CATCH_UP):
        world.start_task(task)
        world.run(minutes=5)
    world.import_everything()
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=10)


def edited(world: World, about: Traces) -> tuple[dict[str, Any], dict[str, Any], int, int]:
    """Return the person's records as they stand in both systems, and how many records these hold."""
    contacts, relations = world.yuki_state()["contacts"], world.tribe_state()["Relation_Organization"]
    (contact,) = [row for row in contacts if row["ID"] == about.contact]
    (ours,) = [row for row in relations if row["ID"] == about.relation]
    return ours, contact, len(relations), len(contacts)


def test_after_erasing_only_the_tombstone_and_the_booking_are_left(world: World) -> None:
    invoice = book_after_a_refusal(world)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=5)
    about = traces(world)
    world.deferred.save(DeferredEvent(CONNECTION, Route.CONTACTS, about.relation, 1, START, "asked", START))
    kinds = {item.partition("#")[0] for table, _, item in about.items(world) if table != JOURNAL}
    assert kinds == {"code", "contact", "invoice", "key", "pending", "record", "seen"}
    assert json.dumps([scan(world, table) for table in TABLES], default=str).lower().count(CANARY.lower()) > 3
    done = erase(world)
    assert (done.changed, done.invoices_kept) == (True, 1)
    assert about.items(world) == about.left(invoice)
    assert CANARY.lower() not in json.dumps([scan(world, table) for table in TABLES], default=str).lower()


def test_a_tombstone_holds_ids_and_the_journal_who_erased_when_and_why(world: World) -> None:
    about = traces(world)
    erase(world)
    items = {item["item"]: item for item in scan(world, ID_MAP)}
    tombstone = items[f"contact#tribe#{about.relation}"]
    instants = {tombstone.pop("since"), tombstone.pop("changed_at")}
    assert len(instants) <= 2
    assert {name: value for name, value in tombstone.items() if value not in ("", [], {}, None)} == {
        "connection_id": CONNECTION,
        "item": f"contact#tribe#{about.relation}",
        "kind": "contact",
        "prefers": "tribe",
        "state": "erased",
        "state_key": f"{CONNECTION}#contact#erased",
        "tribe_relation_id": about.relation,
        "version": tombstone["version"],
        "yuki_contact_id": about.contact,
    }
    (entry,) = [one for one in scan(world, JOURNAL) if one["record"].endswith(about.relation)]
    assert (entry["code"], entry["facts"]) == ("erased", {"who": "tester", "why": "asked by letter"})


def test_a_booking_keeps_its_numbers_and_its_story_without_words(world: World) -> None:
    invoice = book_after_a_refusal(world)
    before = world.transfer(invoice)
    codes = world.story(invoice)
    assert before is not None
    assert before.content_hash
    erase(world)
    after = world.transfer(invoice)
    assert after is not None
    kept = ("reference", "invoice_date", "currency", "total_incl", "contact_code", "booked_at", "verification", "sends")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (after.state, after.words, after.content_hash) == (State.BOOKED, "", None)
    assert world.story(invoice) == codes
    facts = [one["facts"] for one in scan(world, JOURNAL) if one["record"] == f"{CONNECTION}#invoice#{invoice}"]
    assert {name for one in facts for name in one} <= {*privacy.KEPT_FACTS, "detail", "why"}
    assert [one["why"] for one in facts if "who" in one and "why" in one] == []
    world.run(minutes=10)
    assert len(world.booked(INVOICE_NUMBER)) == 1


def test_nothing_of_anybody_else_is_touched(world: World) -> None:
    about = traces(world)

    def others() -> list[Any]:
        items = [item for table in TABLES for item in scan(world, table) if item.get("item") != "yuki_session"]
        texts = [json.dumps(item, sort_keys=True, default=str) for item in items]
        return sorted(text for text in texts if not any(word in text for word in about.words))

    before = others()
    erase(world)
    assert others() == before
    assert link_of(world, OTHER_NUMBER).state is LinkState.LINKED


def test_nothing_brings_a_person_back(world: World) -> None:
    invoice = book_after_a_refusal(world)
    about = traces(world)
    erase(world)
    before, calls = edited(world, about), world.yuki_state()["calls"].get("UpdateContact", 0)
    world.switch_tribe(unavailable=2)
    live_on(world, about)
    ours, theirs, relations, contacts = edited(world, about)
    assert about.items(world) == about.left(invoice)
    assert (relations, contacts) == before[2:]
    assert (ours["EmailAddress"], theirs["EMailWork"]) == ("weer@kanarie.example", "opnieuw@kanarie.example")
    assert (ours["Name"], theirs["Name"]) == (f"{CANARY} B.V.", before[1]["Name"])
    assert world.yuki_state()["calls"].get("UpdateContact", 0) == calls


def test_an_invoice_that_is_sent_to_an_erased_customer_waits_for_a_person(world: World) -> None:
    invoice = invoice_of(world)
    about = traces(world)
    erase(world)
    world.send(invoice, Number=INVOICE_NUMBER)
    world.run(minutes=10)
    transfer = world.transfer(invoice)
    assert transfer is not None
    assert (transfer.state, transfer.reason) == (State.HELD, "contact_gone_in_yuki")
    assert world.booked(INVOICE_NUMBER) == []
    assert about.items(world) == about.left(invoice)


@pytest.mark.parametrize(
    ("settings", "years"),
    [({}, 7), ({"country": "BE", "peppol": "tribe"}, 10), ({"keep_books_years": 10}, 10)],
    ids=["Netherlands", "Belgium", "OSS"],
)
def test_the_journal_of_an_invoice_is_kept_as_long_as_the_law_wants(
    world: World, settings: dict[str, Any], years: int
) -> None:
    world.save_settings(**settings)
    invoice = invoice_of(world)
    world.send(invoice, Number=INVOICE_NUMBER)
    world.run(minutes=5)
    entries = [one for one in scan(world, JOURNAL) if one["record"].endswith(invoice)]
    assert entries
    assert {datetime.fromtimestamp(int(one["expires_at"]), UTC).year for one in entries} == {START.year + years + 1}


def test_what_an_operator_decides_is_kept_as_long(world: World) -> None:
    world.save_settings(country="BE", peppol="tribe")
    with world.operator() as operator:
        operator.records.note(CONNECTION, operator.entry("settings_saved"), START)
    (entry,) = [one for one in scan(world, JOURNAL) if one["code"] == "settings_saved"]
    assert datetime.fromtimestamp(int(entry["expires_at"]), UTC).year == START.year + 11


def test_a_contacts_story_is_kept_as_long_as_the_setting_says(world: World) -> None:
    world.save_settings(keep_contact_story_days=30)
    before, edited_at = scan(world, JOURNAL), world.clock.instant
    world.edit_in_tribe(traces(world).relation, PhoneNumber="038 765 43 21")
    world.run(minutes=5)
    entries = [one for one in scan(world, JOURNAL) if "#contact#" in one["record"] and one not in before]
    assert entries
    kept = {datetime.fromtimestamp(int(one["expires_at"]), UTC) - edited_at for one in entries}
    assert {one.days for one in kept} == {30}


@pytest.mark.parametrize(
    ("protection", "left"),
    [
        (Protection.TOMBSTONES_IN_REGISTER, "key"),
        (Protection.TOMBSTONES_IN_CODES, "key"),
        (Protection.TOMBSTONES_IN_COMPARISON, "seen"),
    ],
    ids=["the register", "the codes of contacts", "what a comparison saw"],
)
def test_without_looking_at_tombstones_a_list_brings_a_person_back(
    world: World, protection: Protection, left: str
) -> None:
    about = traces(world)
    erase(world)
    world.without(protection)
    live_on(world, about)
    back = {item.partition("#")[0] for _, _, item in about.items(world)} - {"contact", "erased"}
    assert left in back


def test_without_the_tombstone_a_person_is_linked_again(world: World) -> None:
    about = traces(world)
    world.without(Protection.TOMBSTONES)
    erase(world)
    world.db.delete(ID_MAP, {"connection_id": CONNECTION, "item": f"contact#tribe#{about.relation}"})
    world.db.delete(ID_MAP, {"connection_id": CONNECTION, "item": f"contact#yuki#{about.contact}"})
    live_on(world, about)
    assert link_of(world).state is LinkState.LINKED


def test_erasing_twice_says_so_and_changes_nothing(world: World) -> None:
    about = traces(world)
    assert erase(world).changed
    before = [scan(world, table) for table in TABLES]
    for name in (NUMBER, about.relation, about.contact.upper()):
        again = erase(world, name)
        assert (again.changed, again.removed) == (False, {})
    assert [scan(world, table) for table in TABLES] == before


def test_what_was_cut_is_finished_by_running_it_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    about = traces(world)

    def fail(*_: object) -> None:
        raise Retryable("aws_unreachable")

    with monkeypatch.context() as cut:
        cut.setattr(MatchIndex, "forget", fail)
        with pytest.raises(Retryable):
            erase(world)
    assert {item.partition("#")[0] for _, _, item in about.items(world)} > {"contact", "erased", "key"}
    assert erase(world).changed
    assert about.items(world) == about.left(None)


@pytest.mark.parametrize("kind", [LeaseKind.RELATION, LeaseKind.YUKI_CONTACT, LeaseKind.TASK])
def test_a_worker_that_has_the_record_is_waited_for(world: World, kind: LeaseKind) -> None:
    about = traces(world)
    names = {LeaseKind.RELATION: about.relation, LeaseKind.YUKI_CONTACT: about.contact, LeaseKind.TASK: IMPORT_CONTACTS}
    lease = Lease(kind, names[kind])
    token = world.leases.acquire(lease, world.clock.now(), ERASE_LEASE)
    before = link_of(world)
    assert declined(world) == "record_busy"
    assert link_of(world) == before
    world.leases.release(lease, token or "")
    assert erase(world).changed


def test_a_worker_that_read_it_before_leaves_no_trace_of_that(world: World) -> None:
    erase(world)
    before = link_of(world)
    world.links.set_read_at(before.tribe_relation_id, world.clock.now())
    assert link_of(world) == before


def test_an_invoice_under_way_has_to_be_settled_first(world: World) -> None:
    world.switch_yuki(refuse_invoices={INVOICE_NUMBER: "mag niet"})
    invoice = invoice_of(world)
    world.send(invoice, Number=INVOICE_NUMBER)
    world.run(minutes=5)
    about, before = traces(world), link_of(world)
    assert declined(world) == "invoices_open"
    assert link_of(world) == before
    with world.operator() as operator:
        decisions.dismiss(operator, CONNECTION, INVOICE_NUMBER, "typed in by hand")
    assert erase(world).invoices_kept == 1
    assert about.items(world) == about.left(invoice)


def test_a_contact_that_may_be_the_same_has_to_be_settled_first(world: World) -> None:
    about = traces(world)
    double = UnlinkedContact(
        CONNECTION,
        "0f6d7c2a-91be-4c55-a1d0-00000000ffff",
        UnlinkedState.HELD,
        since=START,
        reason="contact_ambiguous",
        details=told(about.relation),
        number=999,
        tribe_relation_ids=(about.relation,),
    )
    world.unlinked.save(double, [], START)
    assert declined(world) == "contact_in_doubt"
    assert erase(world, "999").changed
    assert erase(world).changed
    assert world.unlinked.held() == []
    assert about.items(world) == about.left(None)


@pytest.mark.parametrize("state", [LinkState.CREATING, UnlinkedState.CREATING])
def test_a_record_that_is_being_created_is_waited_for(world: World, state: LinkState | UnlinkedState) -> None:
    contact = "0f6d7c2a-91be-4c55-a1d0-00000000fffe"
    if isinstance(state, LinkState):
        world.links.save(Link(CONNECTION, contact, state, since=START), [], START)
    else:
        world.unlinked.save(UnlinkedContact(CONNECTION, contact, state, since=START), [], START)
    assert declined(world, contact) == "record_busy"


def add_customer(world: World) -> dict[str, Any]:
    answer = world.control.post(
        f"{world.yuki_url}/_control/contacts", json={"Name": f"{CANARY} Holding", "IsCustomer": True, "City": "Zwolle"}
    )
    added: dict[str, Any] = answer.raise_for_status().json()
    return added


def relations_named(world: World, name: str) -> list[dict[str, Any]]:
    return [row for row in world.tribe_state()["Relation_Organization"] if row["Name"] == name]


def test_a_contact_without_a_link_is_erased_by_its_number_in_yuki_and_not_imported(world: World) -> None:
    contact = add_customer(world)
    done = erase(world, str(contact["HID"]))
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=20)
    world.import_everything()
    assert done.changed
    assert relations_named(world, contact["Name"]) == []
    assert [item["item"] for item in scan(world, ID_MAP) if contact["ID"] in json.dumps(item, default=str)] == [
        f"contact#tribe#yuki:{contact['ID']}",
        f"contact#yuki#{contact['ID']}",
    ]
    assert not erase(world, str(contact["HID"])).changed
    other = add_customer(world)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=10)
    assert len(relations_named(world, other["Name"])) == 1  # the control: one that was not erased is imported


def test_a_relation_without_a_link_is_erased_and_not_linked(world: World) -> None:
    number = "D-10016"
    about = relation(world, number)
    assert world.links.get(about["ID"]) is None
    done = erase(world, number)
    assert done.removed.keys() == {"links", "register"}
    world.edit_in_tribe(about["ID"], EmailAddress="anders@kanarie.example")
    world.import_everything()
    link = link_of(world, number)
    assert (link.state, link.yuki_contact_id) == (LinkState.ERASED, None)
    assert world.match_index.of_records((about["ID"],)) == []
    assert [row for row in world.yuki_state()["contacts"] if row["Code"] == number] == []


@pytest.mark.parametrize("how", ["merged_into", "repointed"])
def test_relations_that_were_merged_into_one_are_erased_with_it(world: World, how: str) -> None:
    other, heir = link_of(world), link_of(world, OTHER_NUMBER)
    loser = Link(CONNECTION, GONE_RELATION, LinkState.GONE_IN_TRIBE, since=START, number="D-99991")
    told = {"merged_into": heir.tribe_relation_id} if how == "merged_into" else {}
    world.links.save(loser, [JournalEntry(JournalKind.DECISION, "gone_in_tribe", told)], START)
    if how == "repointed":
        entry = JournalEntry(JournalKind.DECISION, how, {"merged": GONE_RELATION})
        world.links.save(heir, [entry], world.clock.now())
    assert export(world, OTHER_NUMBER).tribe_relation_ids == (heir.tribe_relation_id, GONE_RELATION)
    assert erase(world, OTHER_NUMBER).removed["links"] == 2
    assert "D-99991" not in json.dumps(scan(world, ID_MAP), default=str)
    assert link_of(world) == other


def test_only_a_persons_link_ends_a_tombstone(world: World) -> None:
    about = traces(world)
    erase(world)
    with world.operator() as operator:
        assert not links.unlink(operator, CONNECTION, NUMBER).changed
        assert link_of(world).state is LinkState.ERASED
        assert links.link(operator, CONNECTION, NUMBER, about.contact).changed
    world.run(minutes=5)
    assert (link_of(world).state, link_of(world).code) == (LinkState.LINKED, NUMBER)
    assert erase(world).changed
    assert about.items(world) == about.left(None)


def test_a_contact_that_was_erased_alone_may_be_given_to_a_relation(world: World) -> None:
    contact = add_customer(world)
    erase(world, str(contact["HID"]))
    with world.operator() as operator:
        links.unlink(operator, CONNECTION, OTHER_NUMBER)
        assert links.link(operator, CONNECTION, OTHER_NUMBER, str(contact["HID"])).changed
    world.run(minutes=5)
    assert link_of(world, OTHER_NUMBER).yuki_contact_id == contact["ID"]


def test_an_export_holds_every_item_about_a_person(world: World) -> None:
    invoice = book_after_a_refusal(world)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=5)
    about = traces(world)
    world.deferred.save(DeferredEvent(CONNECTION, Route.CONTACTS, about.relation, 1, START, "asked", START))
    before = [scan(world, table) for table in TABLES]
    found = export(world)
    text = TypeAdapter(privacy.PersonalData).dump_json(found).decode()
    for word in about.words:
        assert word in text
    for table, first, item in about.items(world):
        if table == JOURNAL:
            assert item in {one.entry.code for one in found.journal[first.removeprefix(f"{CONNECTION}#")]}
        elif item.startswith("key#"):
            _, fingerprint, record_id = item.split("#")
            assert privacy.RegisterEntry(record_id, fingerprint) in found.register
        elif not item.startswith(("contact#tribe#", "invoice#", "pending#")):
            assert item in (*found.mirrors, *found.seen_by)
    assert [one.record_id for one in found.pending_events] == [about.relation]
    assert [one.transfer.tribe_invoice_id for one in found.invoices] == [invoice]
    assert [one.entry.code for one in found.invoices[0].journal] == world.story(invoice)
    assert set(found.links[0]["fingerprints"]) == set(link_of(world).base)
    assert [scan(world, table) for table in TABLES] == before


def test_an_export_works_without_a_connection_that_works(world: World) -> None:
    about = traces(world)
    with world.operator() as operator:
        lifecycle.disconnect(operator, CONNECTION)
    assert export(world).tribe_relation_ids == (about.relation,)
    assert erase(world).changed
    assert declined(world, "D-99999") == "record_unknown"


@pytest.fixture
def command(command: Command) -> Command:
    """The operator's command with one link in the tables."""
    command.done(*CONNECT_DUTCH)
    link = Link(COMMANDS, GONE_RELATION, LinkState.LINKED, since=START, yuki_contact_id="y-1", code=NUMBER)
    command.world.stores(COMMANDS).links.save(link, [], START)
    return command


def test_the_command_writes_an_export_that_only_its_user_may_read(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    assert "export.json" in command.done("privacy", "export", NUMBER, "--output", str(file))
    printed = json.loads(command.done("privacy", "export", NUMBER))
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["tribe_relation_ids"] == printed["tribe_relation_ids"] == [GONE_RELATION]
    assert written["links"][0]["fingerprints"] == {}
    assert "fingerprint" in written["meanings"]["links"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in command.refused("privacy", "export", NUMBER, "--output", str(file))


def test_the_command_erases_only_what_was_confirmed(command: Command) -> None:
    assert "say --yes" in command.refused("privacy", "erase", NUMBER)
    assert command.run("privacy", "erase", NUMBER, answers=["n"]).exit_code == 1
    done = command.done("privacy", "erase", NUMBER, "--who", "tester", "--why", "asked", answers=["y"])
    assert "links 1" in done
    again = command.result("privacy", "erase", GONE_RELATION, "--yes", "--who", "tester")
    assert (again["changed"], again["next_steps"]) == (False, ["Nothing was left to erase."])
    assert "nothing is known of D-55555" in command.refused("privacy", "erase", "D-55555", "--yes")
    (story,) = command.result("explain", GONE_RELATION)["stories"]
    assert story["state"] == "erased, and not linked again"


def test_erasing_looks_first_and_asks_then(command: Command) -> None:
    unknown = command.run("privacy", "erase", "D-55555", answers=["y"])
    assert unknown.exit_code == 1
    assert "nothing is known of D-55555" in unknown.output
    assert "It cannot be undone" not in unknown.output
    known = command.run("privacy", "erase", NUMBER, answers=["n"]).output
    assert f"Erase what is stored about {NUMBER} (links: 1, contacts without one: 0, invoices: 0)?" in known
    assert "nothing was erased" in known
