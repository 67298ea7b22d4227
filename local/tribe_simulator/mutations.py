"""What changed, as the mutations that webhooks tell of (tribe-api 4.2, 4.3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from local.tribe_simulator.model import EntityType, fits

_KNOWN_LINKS: Mapping[tuple[str, str], str] = {
    ("30000000-0000-4000-8000-000000000031", "Organization"): "a0000000-0000-4000-8000-000000000001",
    ("40000000-0000-4000-8000-000000000041", "Phase"): "a0000000-0000-4000-8000-000000000007",
}


@dataclass(frozen=True)
class Author:
    """Who changes something; `is_api` tells an application from a person at the screen."""

    employee_id: str
    is_api: bool = False


@dataclass(frozen=True)
class LinkChange:
    """A link that was made, moved or removed; ids in lower case."""

    name: str
    before: str | None
    after: str | None

    @property
    def action(self) -> str:
        """Return which of the three it is."""
        if self.before is None:
            return "Creation"
        return "Deletion" if self.after is None else "Update"


@dataclass(frozen=True)
class Change:
    """One change of one record: `action` is Creation, Update or Deletion; `fields` are all new values, links included.

    `parent_id` and `child_id` are the ends of a CRM relationship.
    """

    action: str
    entity_type: EntityType
    record_id: str
    fields: Mapping[str, Any]
    links: tuple[LinkChange, ...]
    author: Author
    at: str
    parent_id: str = ""
    child_id: str = ""


@dataclass(frozen=True)
class Mutation:
    """What one delivery tells of: an entity, or (with `relationship_id`) a link between a parent and a child."""

    name: str
    entity_type: EntityType
    record_id: str
    author: Author
    at: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    relationship_id: str = ""
    link: str = ""
    parent_id: str = ""
    child_id: str = ""

    def renamed(self, fields: Mapping[str, Any]) -> "Mutation":
        """Return it with its fields under other words."""
        return replace(self, fields=fields)


def mutations_of(change: Change, link_events: str) -> Iterator[Mutation]:
    """Give the mutations that a change is told as; `link_events` is the switch of that name."""
    if link_events == "crm" and fits(change.entity_type, "Relationship"):
        yield _crm_mutation(change)
        return
    fields = change.fields
    if link_events == "relationship":
        fields = {name: value for name, value in fields.items() if name not in change.entity_type.links}
    if fields or change.action != "Update":
        yield _mutation(change, f"Entity{change.action}Mutation", fields=fields)
    if link_events in ("both", "relationship"):
        yield from (_link_mutation(change, link) for link in change.links)


def _mutation(change: Change, name: str, **further: Any) -> Mutation:
    return Mutation(name, change.entity_type, change.record_id, change.author, change.at, **further)


def _link_mutation(change: Change, link: LinkChange) -> Mutation:
    return _mutation(
        change,
        f"Relationship{link.action}Mutation",
        relationship_id=_link_id(change.record_id, link.name),
        link=link.name,
        parent_id=change.record_id,
        child_id=link.after or link.before or "",
    )


def _crm_mutation(change: Change) -> Mutation:
    """Tell of a CRM relationship as the other reading of the words has it: its own id, our side, and the relation."""
    return _mutation(
        change,
        f"Relationship{change.action}Mutation",
        relationship_id=change.record_id,
        parent_id=change.parent_id,
        child_id=change.child_id,
    )


def _link_id(record_id: str, link: str) -> str:
    """Return the id of a link, which OData knows nothing of; two are those of the examples."""
    if (record_id.lower(), link) in _KNOWN_LINKS:
        return _KNOWN_LINKS[record_id.lower(), link]
    return f"a0000000{str(uuid5(NAMESPACE_OID, f'{record_id.lower()}/{link}'))[8:]}"
