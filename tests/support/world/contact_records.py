"""Contacts as both systems of a world hold them, and the customer that most tests of contacts are about."""

from collections import Counter
from typing import Any

from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.contacts.link import Link, LinkState

# A customer that both systems know under one number, with equal fields.
CUSTOMER = "D-10018"


def relation_with(world: World, number: str) -> dict[str, Any]:
    """Return the organisation of Tribe with a debtor number."""
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    found = [row for row in rows if row["DebtorNumber"] == number]
    assert len(found) == 1
    return found[0]


def contact_with(world: World, code: str) -> dict[str, Any]:
    """Return the contact of Yuki with a code."""
    rows: list[dict[str, Any]] = world.yuki_state()["contacts"]
    found = [row for row in rows if row["Code"] == code]
    assert len(found) == 1
    return found[0]


def writes_to_tribe(world: World) -> int:
    """Return how often records of Tribe were written over its API."""
    calls = Counter(world.tribe_state()["calls"])
    return sum(number for name, number in calls.items() if name.startswith(("POST Rel", "PUT Rel", "PUT A", "POST A")))


def writes_to_yuki(world: World) -> int:
    """Return how often contacts of Yuki were written over its API."""
    return int(world.yuki_state()["calls"].get("UpdateContact", 0))


def story_of(world: World, tribe_relation_id: str) -> list[str]:
    """Return the codes of a relation's journal, oldest first."""
    entries = Journal(world.db, JOURNAL, CONNECTION).read(f"contact#tribe#{tribe_relation_id}")
    return [entry["code"] for entry in entries]


def link_of(world: World, number: str = CUSTOMER) -> Link:
    link = world.links.get(relation_with(world, number)["ID"])
    assert link is not None
    return link


def link_customer(world: World) -> None:
    """Have the customer linked by a change of its e-mail address, and let all become quiet."""
    relation = relation_with(world, CUSTOMER)
    world.edit_in_tribe(relation["ID"], EmailAddress="nieuw@kwastenroller.example")
    world.run(minutes=20)
    assert link_of(world).state is LinkState.LINKED
    assert contact_with(world, CUSTOMER)["EMailWork"] == "nieuw@kwastenroller.example"
