"""Bodies of webhooks, in the shapes that a receiver has to take (tribe-api 4.2 to 4.4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.tribe_simulator.model import TYPES

type Payload = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One change of one record: `kind` is creation, update or deletion, of an entity or of a relationship (a link)."""

    kind: str
    entity_set: str
    record_id: str
    is_link: bool = False
    link: str = ""
    child_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mutation(self) -> str:
        """Return the name of the mutation, such as EntityUpdateMutation."""
        return f"{'Relationship' if self.is_link else 'Entity'}{self.kind.capitalize()}Mutation"

    @property
    def entity_type(self) -> str:
        """Return the dotted name of the record's type."""
        return TYPES[self.entity_set].name


def _rich(change: Change) -> Payload:
    if change.is_link:
        return {
            "type": change.mutation,
            "relationshipId": _link_id(change),
            "relationshipType": f"{change.entity_type.rpartition('.')[2]}.{change.link}",
            "parentEntityId": change.record_id,
            "childEntityId": change.child_id,
        }
    payload: Payload = {"type": change.mutation, "entityId": change.record_id, "entityType": change.entity_type}
    return payload | ({"fields": _plain(change.fields)} if change.fields else {})


def _minimal(change: Change) -> Payload:
    return {"relationshipId": _link_id(change)} if change.is_link else {"entityId": change.record_id}


def _discriminator(change: Change) -> Payload:
    payload = _rich(change)
    return {"mutationType": payload.pop("type"), **payload}


def _without_discriminator(change: Change) -> Payload:
    return {key: value for key, value in _rich(change).items() if key in ("entityId", "relationshipId")}


def _underscores(change: Change) -> Payload:
    payload = _rich(change)
    if "entityType" in payload:
        payload["entityType"] = change.entity_set
    return payload


def _upper_case(change: Change) -> Payload:
    payload = {key: value.upper() if key.endswith("Id") else value for key, value in _rich(change).items()}
    return payload | {"userId": "B0000000-0000-4000-8000-000000000001", "unexpected": {"nested": [1, 2, 3]}}


def _wrapped(change: Change) -> Payload:
    payload = _rich(change)
    return {str(payload.pop("type")): payload}


def _as_relationship(change: Change) -> Payload:
    if change.is_link:
        return _rich(change)
    return {
        "type": f"Relationship{change.kind.capitalize()}Mutation",
        "relationshipId": "a0000000-0000-4000-8000-000000000007",
        "parentEntityId": change.record_id,
        "childEntityId": change.record_id,
    }


SHAPES: Mapping[str, Callable[[Change], Payload]] = {
    "rich": _rich,
    "minimal": _minimal,
    "discriminator-mutationType": _discriminator,
    "no-discriminator": _without_discriminator,
    "underscore-entity-type": _underscores,
    "uppercase-guid-and-extra-keys": _upper_case,
    "wrapped-by-kind": _wrapped,
    "as-relationship-update": _as_relationship,
}


def _link_id(change: Change) -> str:
    # The id of a link is no record that OData knows.
    return f"a0000000{change.record_id[8:]}"


def _plain(fields: Mapping[str, Any]) -> Payload:
    """Return changed fields as the older mutation call writes them: links are plain ids."""
    return {name: value["ID"] if isinstance(value, dict) and "ID" in value else value for name, value in fields.items()}
