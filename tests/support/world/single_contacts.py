"""A world with few contacts: a test makes relations and contacts one by one, and says when each is looked at."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.world.seed_records import line
from tests.support.world.small_seed import yuki_seed
from tests.support.world.workers import lambda_context
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_queues import queue_event
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.connections.context import COMPARE_CONTACTS, POLL_CONTACTS
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.match.index import index_relations
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.invoices.context import InvoiceContext

CRM = {"ID": "10000000-0000-4000-8000-000000000001"}
COUNTRIES = {"NL": "70000000-0000-4000-8000-000000000091", "BE": "70000000-0000-4000-8000-000000000092"}


@dataclass(frozen=True)
class SingleContacts:
    """Tribe sends no webhooks here: `push` is the one that a test wants."""

    world: World

    # What people make

    def organisation(self, name: str, **fields: Any) -> str:
        """Make an organisation of Tribe that is a customer; return its id."""
        relation = self._create("Relation_Organization", {"Name": name, **fields})
        role = {"Organization": {"ID": relation}, "Relation": CRM}
        self._create("Relationship_Organization_CommercialRelationship_Customer", role)
        self._register(relation)
        return relation

    def person(self, first: str, last: str, **fields: Any) -> str:
        """Make a person of Tribe that is a private customer; return its id."""
        relation = self._create("Relation_Person", {"FirstName": first, "LastName": last, **fields})
        role = {"Person": {"ID": relation}, "Relation": CRM}
        self._create("Relationship_Person_CommercialRelationship_Customer", role)
        self._register(relation)
        return relation

    def supplier(self, name: str, **fields: Any) -> str:
        """Make an organisation of Tribe that is a supplier and nothing else; return its id."""
        relation = self._create("Relation_Organization", {"Name": name, **fields})
        self._create("Relationship_Organization_Supplier", {"Organization": {"ID": relation}, "Relation": CRM})
        self._register(relation)
        return relation

    def contact(self, name: str, **fields: Any) -> str:
        """Make a contact of Yuki that is a customer; return its id."""
        body = {"Name": name, "IsCustomer": True, **fields}
        answer = self.world.control.post(f"{self.world.yuki_url}/_control/contacts", json=body)
        return str(answer.raise_for_status().json()["ID"])

    def send_invoice(self, tribe_relation_id: str) -> str:
        """Send a customer an invoice; return its id."""
        draft = {
            "Subject": "Advies",
            "Currency": "EUR",
            "Relationship": {"ID": self._role_of(tribe_relation_id)},
            "ProductLines": [line("Advies")],
        }
        made = self.world.control.post(f"{self.world.tribe_url}/_control/invoices", json=draft)
        invoice_id = str(made.raise_for_status().json()["ID"])
        self.world.send(invoice_id)
        return invoice_id

    # When it is looked at

    def push(self, *tribe_relation_ids: str) -> None:
        """Have changes of relations brought to Yuki."""
        self.world.contact_push(queue_event(tribe_relation_ids))

    def poll(self) -> None:
        """Have Yuki asked for what changed."""
        self.world.advance(60)
        self._task(POLL_CONTACTS)

    def compare(self) -> None:
        """Compare all contacts, as every night."""
        self.world.advance(60)
        self._task(COMPARE_CONTACTS)

    def at_work(self, use_case: Callable[[InvoiceContext], None]) -> None:
        """Run something with a connection at work."""
        event = queue_event([CRM["ID"]])
        self.world.workers["contact_push"].handle_ids(event, lambda_context(), lambda one, _: use_case(one))

    # What became of it

    def link(self, tribe_relation_id: str) -> Link | None:
        """Return the link of a relation."""
        return self.world.links.get(tribe_relation_id)

    def unlinked(self, yuki_contact_id: str) -> UnlinkedContact | None:
        """Return what is remembered of a contact that has no link."""
        return self.world.unlinked.get(yuki_contact_id)

    def contacts(self) -> dict[str, dict[str, Any]]:
        """Return Yuki's contacts by id."""
        return {one["ID"]: one for one in self.world.yuki_state()["contacts"]}

    def relation(self, tribe_relation_id: str) -> dict[str, Any]:
        """Return a relation of Tribe, with its addresses."""
        state = self.world.tribe_state()
        addresses = {row["ID"]: row for row in state["Address"]}
        rows = [*state["Relation_Organization"], *state["Relation_Person"]]
        (found,) = [dict(row) for row in rows if row["ID"] == tribe_relation_id]
        for name in ("InvoiceAddress", "PostalAddress", "VisitingAddress", "Address"):
            if found.get(name):
                found[name] = addresses[found[name]["ID"]]
        return found

    def relations_named(self, name: str) -> list[str]:
        """Return the ids of the relations of Tribe with a name."""
        state = self.world.tribe_state()
        rows = [*state["Relation_Organization"], *state["Relation_Person"]]
        return [row["ID"] for row in rows if row.get("Name") == name]

    def story(self, tribe_relation_id: str) -> list[str]:
        """Return the codes of a relation's journal, oldest first."""
        entries = Journal(self.world.db, JOURNAL, CONNECTION).read(f"contact#tribe#{tribe_relation_id}")
        return [entry["code"] for entry in entries]

    def updates(self) -> int:
        """Return how often contacts of Yuki were written over its API."""
        return int(self.world.yuki_state()["calls"].get("UpdateContact", 0))

    def _register(self, tribe_relation_id: str) -> None:
        """Make a relation findable, as its webhook does, but have nothing of it go to Yuki yet."""

        def register(connection: InvoiceContext) -> None:
            relation = connection.tribe.read_relation(tribe_relation_id)
            assert relation is not None
            index_relations(connection, [relation])

        self.at_work(register)

    def _create(self, entity_set: str, body: dict[str, Any]) -> str:
        answer = self.world.control.post(f"{self.world.tribe_url}/_control/create/{entity_set}", json=body)
        return str(answer.raise_for_status().json()["ID"])

    def _role_of(self, tribe_relation_id: str) -> str:
        state = self.world.tribe_state()
        for kind, owner in (("Organization", "Organization"), ("Person", "Person")):
            for role in state[f"Relationship_{kind}_CommercialRelationship_Customer"]:
                if role[owner]["ID"] == tribe_relation_id:
                    return str(role["ID"])
        raise AssertionError("the relation is no customer")

    def _task(self, task: str) -> None:
        self.world.start_task(task)
        self.world.run(minutes=2, step_seconds=60)


def open_single_contacts(stack: ExitStack, folder: Path) -> SingleContacts:
    """Open such a world: everything that the seed has is known, and no webhook comes."""
    world = open_world(stack, yuki_seed=yuki_seed(folder, ()))
    world.switch_tribe(drop_webhooks=1.0, rate_limit_per_minute=1_000_000)
    world.switch_yuki(daily_limit=1_000_000)
    world.save_settings(daily_call_limit=1_000_000, pdf="off")
    world.timestamps.set("first_look", world.clock.now())
    world.import_everything()
    return SingleContacts(world)


def address(street: str, number: float, postcode: str, city: str, country: str | None = "NL") -> dict[str, Any]:
    """Return an address as Tribe takes it."""
    place = {"Country": {"ID": COUNTRIES[country]}} if country else {}
    return {"Street": street, "HouseNumber": number, "Postalcode": postcode, "City": city, **place}


def in_yuki(line_1: str, postcode: str, city: str, country: str = "NL") -> dict[str, str]:
    """Return an address as a contact of Yuki has it."""
    return {"AddressLine_1": line_1, "Postcode": postcode, "City": city, "Country": country}
