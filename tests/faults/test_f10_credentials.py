"""F10: a session that ended costs one new login; a key that Yuki refuses is never used again until a person connects.

While a key is refused, nothing at all is asked with it: all that comes up waits for the operator, who is told at once,
and the alarm of stalled polls rings. Connecting again releases everything by itself. A key of another administration,
or a session whose current domain is another, leads to no write there. What sessions do among several processes is in
`tests/unit/test_yuki_session.py`, and every fault by itself in `tests/contract/test_yuki_client_judging.py`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from local.stack import demo_connection
from tests.support.faults.protections import Protection
from tests.support.world.contact_records import CUSTOMER, contact_with, link_customer, relation_with
from tests.support.world.new_customers import new_organisation
from tests.support.world.world import CONNECTION, World
from tests.support.world.yuki_calls import calls
from tests.support.world.yuki_key import connect_again, revoke_key
from tribe_yuki.adapters.yuki import YukiClient
from tribe_yuki.connections.context import FIRST_LOOK, POLL_CONTACTS
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.open_items import held_records

INVOICE, NUMBER = "40000000-0000-4000-8000-000000000041", "2026-0101"
OTHER_INVOICE, OTHER_NUMBER = "40000000-0000-4000-8000-000000000009", "2026-0109"
PHONE, OTHER_PHONE = "0385550177", "0385550188"
LOGIN, BOOKING = "Authenticate", "ProcessSalesInvoices"
OTHER_DOMAIN = "d4e2cab1-7a1f-4a8f-9b66-1c3d5e7f9a21"
OTHER_ADMINISTRATION = "6c1a3d2f-4e5b-4a7c-9b8d-0e1f2a3b4c5d"
A_DAY = 24 * 60


@pytest.fixture
def world(world: World) -> World:
    """A world in which a customer is linked and the connector has a session."""
    world.start_task(FIRST_LOOK)
    link_customer(world)
    return world


def end_sessions(world: World) -> None:
    """Have Yuki forget all of its sessions."""
    world.control.post(f"{world.yuki_url}/_control/sessions/expire").raise_for_status()


def right_before(operation: str, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Do something once, right before an operation of Yuki's client; return when it was done."""
    call = getattr(YukiClient, operation)
    done: list[str] = []

    def act_first(client: YukiClient, *given: Any, **more: Any) -> Any:
        if not done:
            done.append(operation)
            act()
        return call(client, *given, **more)

    monkeypatch.setattr(YukiClient, operation, act_first)
    return done


# --- the session ends -------------------------------------------------------------------------------------------------

WORDS = ["The session is unknown or has expired", "Sessie verlopen", "Object reference not set to an instance"]


@pytest.mark.parametrize("words", WORDS)
def test_a_read_is_repeated_once_with_one_new_session(world: World, words: str) -> None:
    world.switch_yuki(session_fault_text=words)
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], PhoneWork=PHONE)
    end_sessions(world)
    before = calls(world)

    world.start_task(POLL_CONTACTS)
    world.pump()

    assert calls(world) - before == {"SearchContacts": 2, LOGIN: 1}
    assert relation_with(world, CUSTOMER)["PhoneNumber"] == PHONE


def test_without_a_new_session_nothing_would_be_read_any_more(world: World) -> None:
    world.without(Protection.SESSION_RENEWAL)
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], PhoneWork=PHONE)
    end_sessions(world)

    world.run(minutes=60, step_seconds=60)

    assert relation_with(world, CUSTOMER)["PhoneNumber"] != PHONE


def test_a_session_that_ends_in_the_middle_of_a_batch_doubles_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.switch_yuki(duplicate_reference="accept")
    done = right_before("process_sales_invoices", lambda: end_sessions(world), monkeypatch)
    before = calls(world)
    world.send(INVOICE, Number=NUMBER)
    world.send(OTHER_INVOICE, Number=OTHER_NUMBER)

    world.run(minutes=30)

    assert done != []
    assert [len(world.booked(number)) for number in (NUMBER, OTHER_NUMBER)] == [1, 1]
    assert (calls(world) - before)[LOGIN] == 1


# --- the key is revoked -----------------------------------------------------------------------------------------------


def ask_for_everything(world: World) -> None:
    """Send an invoice, and change a contact on both sides."""
    world.send(INVOICE, Number=NUMBER)
    world.edit_in_tribe(relation_with(world, CUSTOMER)["ID"], EmailAddress="facturen@kwastenroller.example")
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], PhoneWork=PHONE)


def told_to_the_operator(world: World) -> set[tuple[str, str | None, str | None]]:
    """Return what the operator is told: why, and of which invoice or relation."""
    told = held_records(world.stores())
    return {(one.kind, one.tribe_invoice_id, one.tribe_relation_id) for one in told if one.owner is Owner.OPERATOR}


def test_a_refused_key_is_used_once_and_never_again(world: World) -> None:
    revoke_key(world)
    before = calls(world)
    ask_for_everything(world)
    world.run(minutes=A_DAY, step_seconds=60)

    spent = calls(world) - before
    assert spent[LOGIN] == 1
    assert spent.total() == 2, "the call that found the session ended, and the login that was refused"
    transfer = world.transfer(INVOICE)
    assert transfer is not None
    assert (transfer.state, transfer.reason) == (State.HELD, HoldReason.YUKI_KEY_REFUSED)


def test_the_operator_is_told_at_once_of_all_that_waits(world: World) -> None:
    revoke_key(world)
    ask_for_everything(world)
    world.run(minutes=2)

    assert told_to_the_operator(world) == {
        (HoldReason.YUKI_KEY_REFUSED, INVOICE, None),
        (HoldReason.YUKI_KEY_REFUSED, None, relation_with(world, CUSTOMER)["ID"]),
    }
    assert world.poller.tick()["HeldForOperator"] == 2
    world.run(minutes=40, step_seconds=60)
    assert world.poller.tick()["PollAgePercent"] > 200


def test_connecting_again_releases_everything_by_itself(world: World) -> None:
    revoke_key(world)
    ask_for_everything(world)
    world.run(minutes=A_DAY, step_seconds=60)

    connect_again(world)
    world.run(minutes=20)

    assert len(world.booked(NUMBER)) == 1
    assert contact_with(world, CUSTOMER)["EMailWork"] == "facturen@kwastenroller.example"
    assert relation_with(world, CUSTOMER)["PhoneNumber"] == PHONE
    assert told_to_the_operator(world) == set()
    assert world.poller.tick()["PollAgePercent"] < 200


def test_without_memory_of_the_refusal_the_key_would_be_used_all_day(world: World) -> None:

    world.without(Protection.MEMORY_OF_REFUSED_KEYS)
    revoke_key(world)
    before = calls(world)
    ask_for_everything(world)

    world.run(minutes=A_DAY, step_seconds=60)

    assert (calls(world) - before)[LOGIN] > 50


# --- another administration, another domain ---------------------------------------------------------------------------


def give_the_key_domains(world: World, domain_ids: Sequence[str], administration_ids: Sequence[str] = ()) -> None:
    """Have the key open other books than before; its sessions end, and the next one begins in the first domain."""
    keys = world.yuki.books.access_keys
    key = keys[demo_connection.ACCESS_KEY]
    keys[key.key] = replace(key, domain_ids=tuple(domain_ids), administration_ids=tuple(administration_ids))
    end_sessions(world)


def our_domain(world: World) -> str:
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    return settings.yuki_domain_id


def of_the_others(world: World) -> str:
    """Return all contacts and invoices of the other domain, as text."""
    state = world.yuki_state()
    contacts = [one for one in state["contacts"] if one["DomainID"] == OTHER_DOMAIN]
    invoices = [one for one in state["invoices"] if one["administration_id"] == OTHER_ADMINISTRATION]
    return json.dumps([contacts, invoices], sort_keys=True)


def work(world: World) -> None:
    """Send an invoice, change a customer, and make one whom Yuki does not know yet."""
    ask_for_everything(world)
    new_organisation(world, 1)
    world.run(minutes=30)


def test_a_key_of_other_books_is_refused_before_anything_is_written(world: World) -> None:
    give_the_key_domains(world, [OTHER_DOMAIN])
    before, others = calls(world), of_the_others(world)

    work(world)

    assert of_the_others(world) == others
    assert world.booked(NUMBER) == []
    assert not {BOOKING, "UpdateContact"} & set(calls(world) - before)
    assert {reason for reason, _, _ in told_to_the_operator(world)} == {HoldReason.YUKI_KEY_REFUSED}


def test_another_administration_of_our_domain_is_not_taken_for_ours(world: World) -> None:
    give_the_key_domains(world, [our_domain(world)], ["5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4d"])

    work(world)

    assert world.booked(NUMBER) == []
    transfer = world.transfer(INVOICE)
    assert transfer is not None
    assert (transfer.state, transfer.reason) == (State.HELD, HoldReason.YUKI_KEY_REFUSED)


def test_a_session_that_begins_in_another_domain_writes_to_ours(world: World) -> None:
    give_the_key_domains(world, [OTHER_DOMAIN, our_domain(world)])
    others = of_the_others(world)

    work(world)

    assert of_the_others(world) == others
    assert "Nieuwkomer 1 B.V." in [contact["Name"] for contact in world.yuki_state()["contacts"]]
    (invoice,) = world.booked(NUMBER)
    assert invoice["administration_id"] != OTHER_ADMINISTRATION
    assert contact_with(world, CUSTOMER)["EMailWork"] == "facturen@kwastenroller.example"


def test_without_naming_our_domain_contacts_would_be_made_in_the_other(world: World) -> None:
    world.without(Protection.OUR_DOMAIN)
    give_the_key_domains(world, [OTHER_DOMAIN, our_domain(world)])
    others = of_the_others(world)

    work(world)

    assert of_the_others(world) != others
