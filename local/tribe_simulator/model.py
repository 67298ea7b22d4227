"""The vocabulary of the data model: kinds of value, entity types, and how types find each other (tribe-api 3.1, 5)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Fields and types of a tenant's own are named after a GUID (tribe-api 3.1).
CUSTOM_FIELD = re.compile(r"_[0-9a-f]{8}(?:__[0-9a-f]{4}){3}__[0-9a-f]{12}", re.IGNORECASE)
_CUSTOM_SET = re.compile(r"_?[0-9a-f]{8}(?:__[0-9a-f]{4}){3}__[0-9a-f]{12}", re.IGNORECASE)


class Kind(StrEnum):
    """What a property holds; the value is its type in `$metadata`."""

    TEXT = "Edm.String"
    DOUBLE = "Edm.Double"
    INTEGER = "Edm.Int32"
    BOOLEAN = "Edm.Boolean"
    DATE = "Edm.Date"
    INSTANT = "Edm.DateTimeOffset"
    GUID = "Edm.Guid"


@dataclass(frozen=True)
class Source:
    """The records of a set (or of all sets below a base type) that point to their owner with a link."""

    target: str
    link: str


@dataclass(frozen=True)
class EntityType:
    """One type of record, named by its entity set.

    `links` lead to one record: their values are entity sets or base types.
    """

    entity_set: str
    properties: Mapping[str, Kind]
    links: Mapping[str, str] = field(default_factory=dict)
    collections: Mapping[str, Source] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    computed: frozenset[str] = frozenset()
    is_abstract: bool = False

    @property
    def name(self) -> str:
        """Return the dotted name; a type of the tenant's own is called by its plain GUID."""
        if _CUSTOM_SET.fullmatch(self.entity_set):
            return self.entity_set.removeprefix("_").replace("__", "-")
        return self.entity_set.replace("_", ".")

    def navigation(self, name: str) -> str | None:
        """Return the set or base type that a navigation property leads to."""
        if name in self.links:
            return self.links[name]
        return self.collections[name].target if name in self.collections else None

    def knows(self, name: str) -> bool:
        """Tell whether this is a property or a navigation property, or has the form of a custom field."""
        return (
            name in self.properties
            or name in self.links
            or name in self.collections
            or bool(CUSTOM_FIELD.fullmatch(name))
        )

    def kind_of(self, name: str) -> Kind:
        """Return the kind of a property; custom fields are text."""
        return self.properties.get(name, Kind.TEXT)


class Model:
    """All types of an environment, abstract ones included."""

    def __init__(self, types: Iterable[EntityType]) -> None:
        self._types = {one.entity_set: one for one in types}
        self._below: dict[str, tuple[EntityType, ...]] = {}

    def __contains__(self, entity_set: object) -> bool:
        return entity_set in self._types and not self._types[str(entity_set)].is_abstract

    def __getitem__(self, entity_set: str) -> EntityType:
        return self._types[entity_set]

    def __iter__(self) -> Iterator[EntityType]:
        return (one for one in self._types.values() if not one.is_abstract)

    def abstract(self) -> Iterator[EntityType]:
        """Give the base types."""
        return (one for one in self._types.values() if one.is_abstract)

    def add(self, entity_type: EntityType) -> None:
        """Add a type of the tenant's own."""
        self._types[entity_type.entity_set] = entity_type
        self._below.clear()

    def by_name(self, name: str) -> EntityType | None:
        """Return the type, or base type, with a dotted name."""
        return next((one for one in self._types.values() if one.name == name), None)

    def below(self, target: str) -> tuple[EntityType, ...]:
        """Return the types that are, or descend from, a set or base type."""
        if target not in self._below:
            self._below[target] = tuple(one for one in self if fits(one, target))
        return self._below[target]


def fits(entity_type: EntityType, target: str) -> bool:
    """Tell whether records of a type may stand where a set or base type is asked for."""
    own = entity_type.entity_set
    if target in ("Entity", own):
        return True
    return target == "Relationship" if is_custom_set(own) else own.startswith(f"{target}_")


def is_custom_set(entity_set: str) -> bool:
    """Tell whether a name is that of a type of the tenant's own."""
    return bool(_CUSTOM_SET.fullmatch(entity_set))
