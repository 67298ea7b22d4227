"""Mutations: what Tribe tells about changes, in the shapes that it might have (tribe-api 4)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulators.tribe.model import TYPES, is_a
from simulators.tribe.store import Change

type Payload = dict[str, Any]

# Links whose ids the examples fix.
_LINK_IDS: Mapping[tuple[str, str], str] = {
    ("30000000-0000-4000-8000-000000000031", "Organization"): "a0000000-0000-4000-8000-000000000001",
    ("40000000-0000-4000-8000-000000000041", "Phase"): "a0000000-0000-4000-8000-000000000007",
}


@dataclass(frozen=True)
class Mutation:
    """One event before it has a shape; `payload` is its rich form."""

    kind: str
    entity_type: str
    payload: Payload


def mutations(change: Change, link_events: str) -> Iterator[Mutation]:
    """Yield the events of one change.

    `link_events`: `both` (a changed link is a mutation of its own and a field), `relationship` (only the first),
    `entity` (only the second), `crm` (Relationship mutations are about CRM relationships; tribe-api 4.3, reading a).
    """
    own_kind = f"Entity{change.kind}Mutation"
    links = {name: after for name, (_, after) in change.links.items()}
    fields = {**change.fields, **({} if link_events == "relationship" and change.kind == "Update" else links)}
    if link_events == "crm" and is_a(change.record_type, "Relationship"):
        payload = {"relationshipId": change.record_id, "relationshipType": change.record_type, "fields": fields}
        kind = f"Relationship{change.kind}Mutation"
        yield Mutation(kind, change.record_type, {"type": kind, **payload})
        return
    if fields or change.kind != "Update" or change.upgraded:
        payload = {"type": own_kind, "entityId": change.record_id, "entityType": change.record_type}
        yield Mutation(
            own_kind, change.record_type, payload if change.kind == "Deletion" else {**payload, "fields": fields}
        )
    if link_events in ("both", "relationship"):
        yield from _link_mutations(change)


def _link_mutations(change: Change) -> Iterator[Mutation]:
    family, _, rest = change.record_type.partition(".")
    owner = family if family == "Activity" else (rest.rpartition(".")[2] or family)
    for name, (before, after) in change.links.items():
        happened = "Creation" if before is None else "Deletion" if after is None else "Update"
        kind = f"Relationship{happened}Mutation"
        payload = {
            "type": kind,
            "relationshipId": link_id(change.record_id, name),
            "relationshipType": f"{owner}.{name}",
            "parentEntityId": change.record_id,
            "childEntityId": after or before,
        }
        yield Mutation(kind, change.record_type, payload)


def link_id(record_id: str, name: str) -> str:
    """Return the id of a link; no record has it."""
    return _LINK_IDS.get((record_id, name)) or str(uuid5(NAMESPACE_URL, f"link:{record_id}:{name}"))


def _minimal(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name in ("entityId", "relationshipId")}


def _without_fields(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name != "fields"}


def _other_discriminator(payload: Payload) -> Payload:
    kind, *_ = payload.values()
    return {"mutationType": kind, **{k: v for k, v in _without_fields(payload).items() if k != "type"}}


def _underscores(payload: Payload) -> Payload:
    changed = _without_fields(payload)
    if "entityType" in changed:
        changed["entityType"] = TYPES[changed["entityType"]].entity_set
    return changed


def _upper_case(payload: Payload) -> Payload:
    ids = {name: str(value).upper() if name.endswith("Id") else value for name, value in payload.items()}
    extra = {
        "userId": "b0000000-0000-4000-8000-000000000001",
        "organizationId": "10000000-0000-4000-8000-000000000001",
        "date": "2026-03-04T09:15:22Z",
        "unexpected": {"nested": [1, 2, 3]},
    }
    return {**_without_fields(ids), **extra}


def _wrapped(payload: Payload) -> Payload:
    inner = _without_fields(payload)
    return {inner.pop("type"): inner}


SHAPES: Mapping[str, Callable[[Payload], Payload]] = {
    "rich": lambda payload: payload,
    "minimal": _minimal,
    "as-relationship-update": lambda payload: payload,  # and links are told as relationship mutations only
    "as-update": lambda payload: payload,
    "discriminator-mutationType": _other_discriminator,
    "no-discriminator": _minimal,
    "underscore-entity-type": _underscores,
    "uppercase-guid-and-extra-keys": _upper_case,
    "wrapped-by-kind": _wrapped,
    "unknown-kind": lambda payload: {"type": "SomethingNewMutation", **_minimal(payload)},
    "invalid-no-ids": lambda payload: {"type": payload["type"]},
}


def shape_name(wanted: str) -> str:
    """Return a shape's name; the stem of an example file is accepted too. Raises ValueError for another one."""
    name = wanted.removesuffix(".json").rpartition("--")[2]
    if name not in SHAPES:
        raise ValueError(f"webhook_shape: {wanted!r} is not one of {', '.join(SHAPES)}")
    return name
