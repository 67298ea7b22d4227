"""Bodies of webhooks, in the shapes that a receiver has to take (tribe-api 4.2 to 4.4)."""

from collections.abc import Callable, Mapping
from typing import Any

from local.tribe_simulator.model import CUSTOM_FIELD
from local.tribe_simulator.mutations import Mutation

type Payload = dict[str, Any]
_SOME_LINK = "a0000000-0000-4000-8000-000000000007"


def payload_of(mutation: Mutation, shape: str, *, with_author: bool = False) -> Payload:
    """Return the payload of a mutation; `shape` is one of `SHAPE_NAMES`."""
    payload = _SHAPES[shape.rpartition("--")[2]](mutation)
    if with_author and shape == "rich":
        payload["userId"] = mutation.author.employee_id
    return payload


def _rich(mutation: Mutation) -> Payload:
    if mutation.relationship_id:
        return _rich_link(mutation)
    payload = {"type": mutation.name, "entityId": mutation.record_id, "entityType": mutation.entity_type.name}
    return payload | ({"fields": _plain(mutation.fields)} if mutation.fields else {})


def _rich_link(mutation: Mutation) -> Payload:
    return {
        "type": mutation.name,
        "relationshipId": mutation.relationship_id,
        "relationshipType": _link_type(mutation, mutation.link),
        "parentEntityId": mutation.parent_id,
        "childEntityId": mutation.child_id,
    }


def _minimal(mutation: Mutation) -> Payload:
    if mutation.relationship_id:
        return {"relationshipId": mutation.relationship_id}
    return {"entityId": mutation.record_id}


def _without_fields(mutation: Mutation) -> Payload:
    payload = _rich(mutation)
    payload.pop("fields", None)
    return payload


def _other_discriminator(mutation: Mutation) -> Payload:
    payload = _without_fields(mutation)
    return {"mutationType": payload.pop("type"), **payload}


def _underscores(mutation: Mutation) -> Payload:
    payload = _without_fields(mutation)
    if "entityType" in payload:
        payload["entityType"] = mutation.entity_type.entity_set
    return payload


def _upper_case(mutation: Mutation) -> Payload:
    payload = _without_fields(mutation)
    return {
        **{key: value.upper() if key.endswith("Id") else value for key, value in payload.items()},
        "userId": mutation.author.employee_id,
        "organizationId": "10000000-0000-4000-8000-000000000001",
        "date": mutation.at,
        "unexpected": {"nested": [1, 2, 3]},
    }


def _wrapped(mutation: Mutation) -> Payload:
    payload = _without_fields(mutation)
    return {str(payload.pop("type")): payload}


def _as_relationship(mutation: Mutation) -> Payload:
    """Tell of a changed link, such as the phase, as a link only."""
    linked = {name: value["ID"] for name, value in mutation.fields.items() if isinstance(value, dict)}
    if mutation.relationship_id or not linked:
        return _rich(mutation)
    link, child_id = next(iter(linked.items()))
    return {
        "type": mutation.name.replace("Entity", "Relationship"),
        "relationshipId": _SOME_LINK,
        "relationshipType": _link_type(mutation, link),
        "parentEntityId": mutation.record_id,
        "childEntityId": child_id,
    }


def _as_update(mutation: Mutation) -> Payload:
    return _rich(mutation) | {"type": mutation.name.replace("Creation", "Update")}


def _unknown_kind(mutation: Mutation) -> Payload:
    return {"type": "SomethingNewMutation", **_minimal(mutation)}


def _no_ids(mutation: Mutation) -> Payload:
    return {"type": mutation.name}


_SHAPES: Mapping[str, Callable[[Mutation], Payload]] = {
    "rich": _rich,
    "minimal": _minimal,
    "as-relationship-update": _as_relationship,
    "discriminator-mutationType": _other_discriminator,
    "no-discriminator": _minimal,
    "underscore-entity-type": _underscores,
    "uppercase-guid-and-extra-keys": _upper_case,
    "wrapped-by-kind": _wrapped,
    "as-update": _as_update,
    "unknown-kind": _unknown_kind,
    "invalid-no-ids": _no_ids,
}
_FILES = {"as-update": "lead-upgraded-to-customer"}
_ONE_EVENT = ("rich", "minimal", "unknown-kind", "invalid-no-ids")

# Each variant goes by the part of its example's name after the dashes, or by the whole name.
SHAPE_NAMES = (
    *_SHAPES,
    *(f"{_FILES.get(name, 'invoice-sent')}--{name}" for name in _SHAPES if name not in _ONE_EVENT),
)


def _link_type(mutation: Mutation, link: str) -> str:
    if not link:
        return mutation.entity_type.name
    family, _, last = mutation.entity_type.name.rpartition(".")
    return f"{'Activity' if family == 'Activity' else last}.{link}"


def _plain(fields: Mapping[str, Any]) -> Payload:
    """Return changed fields as the older mutation call writes them: links and custom fields by plain ids."""
    return {_key(name): value["ID"] if isinstance(value, dict) else value for name, value in fields.items()}


def _key(name: str) -> str:
    return name.removeprefix("_").replace("__", "-") if CUSTOM_FIELD.fullmatch(name) else name
