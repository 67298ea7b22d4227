"""Customers that are made in Tribe while a test runs."""

from dataclasses import dataclass
from typing import Any

from tests.support.world.world import World

CRM = {"ID": "10000000-0000-4000-8000-000000000001"}


@dataclass(frozen=True)
class NewCustomer:
    """A customer that was just made in Tribe: the ids of its relation and its role, and its name in Yuki."""

    relation: str
    role: str
    name: str


def create(world: World, entity_set: str, body: dict[str, Any]) -> str:
    """Create a record in Tribe; return its id."""
    answer = world.control.post(f"{world.tribe_url}/_control/create/{entity_set}", json=body)
    return str(answer.raise_for_status().json()["ID"])


def new_organisation(world: World, number: int) -> NewCustomer:
    """Make an organisation that is a customer."""
    name = f"Nieuwkomer {number} B.V."
    relation = create(world, "Relation_Organization", {"Name": name})
    role = {"Organization": {"ID": relation}, "Relation": CRM}
    return NewCustomer(relation, create(world, "Relationship_Organization_CommercialRelationship_Customer", role), name)


def new_person(world: World, number: int) -> NewCustomer:
    """Make a person who is a private customer."""
    relation = create(world, "Relation_Person", {"FirstName": "Nieuw", "LastName": f"Komer {number}"})
    role = {"Person": {"ID": relation}, "Relation": CRM}
    made = create(world, "Relationship_Person_CommercialRelationship_Customer", role)
    return NewCustomer(relation, made, f"Nieuw Komer {number}")
