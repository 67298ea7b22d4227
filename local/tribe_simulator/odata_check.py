"""Check a query against the model before it is answered, and turn the words outside into the model's names."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.model import CUSTOM_FIELD, EntityType, Kind, Model
from local.tribe_simulator.odata_filter import Call, Comparison, Expression, Joined, Lambda, Literal, Not, Path
from local.tribe_simulator.odata_query import Query
from local.tribe_simulator.wire_names import WireNames

# Which kinds of value can be compared with each other.
_GROUPS: Mapping[str, str] = {
    Kind.TEXT: "text",
    Kind.GUID: "guid",
    Kind.DOUBLE: "number",
    Kind.INTEGER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "time",
    Kind.INSTANT: "time",
    "date": "time",
    "instant": "time",
}

type Variables = Mapping[str, EntityType]


class QueryChecker:
    """Raises NotAllowed for names and comparisons that the declared types do not allow."""

    def __init__(self, model: Model, words: WireNames, switches: Mapping[str, Any]) -> None:
        self._model = model
        self._words = words
        self._switches = switches

    def checked(self, query: Query, declared: EntityType) -> Query:
        """Return a query in the model's names."""
        return replace(
            query,
            select=tuple(self.name(declared, word) for word in query.select),
            expand=dict(self._expansion(declared, *item) for item in query.expand.items()),
            condition=self._condition(query.condition, declared, {}) if query.condition else None,
            order=tuple((self._path(path, declared, {})[0], descending) for path, descending in query.order),
        )

    def name(self, declared: EntityType, word: str) -> str:
        """Return the property or navigation property that a word stands for in a type."""
        for entity_type in self._candidates(declared):
            name = self._words.inside(entity_type.entity_set, word)
            if name is not None and entity_type.knows(name):
                return name
        raise NotAllowed(f"Could not find a property named '{word}' on type 'OData.{declared.entity_set}'.")

    def target(self, declared: EntityType, name: str) -> EntityType | None:
        """Return the type that a navigation property of a type leads to; None for plain properties."""
        for entity_type in self._candidates(declared):
            target = entity_type.navigation(name)
            if target is not None:
                return self._model[target]
        return None

    def _candidates(self, declared: EntityType) -> tuple[EntityType, ...]:
        if declared.is_abstract and self._switches["base_type_expand"]:
            return (declared, *self._model.below(declared.entity_set))
        return (declared,)

    def _expansion(self, declared: EntityType, word: str, query: Query) -> tuple[str, Query]:
        name = self.name(declared, word)
        target = self.target(declared, name)
        if target is None:
            raise NotAllowed(f"{word} is no navigation property of {declared.entity_set}")
        return name, self.checked(query, target)

    def _condition(self, expression: Expression, declared: EntityType, variables: Variables) -> Expression:
        match expression:
            case Not(inner):
                return Not(self._condition(inner, declared, variables))
            case Joined(word, parts):
                return Joined(word, tuple(self._condition(part, declared, variables) for part in parts))
            case Comparison(operator, left, right):
                return Comparison(operator, *self._operands(left, right, declared, variables))
            case Call(function, left, right):
                operands = self._operands(left, right, declared, variables, only="text")
                return Call(function, *operands)
            case Lambda():
                return self._lambda(expression, declared, variables)

    def _lambda(self, expression: Lambda, declared: EntityType, variables: Variables) -> Expression:
        if not self._switches["lambda_filters"]:
            raise NotAllowed(f"the function {expression.word!r} is not supported")
        path, members = self._collection(expression.path, declared)
        inner = self._condition(expression.inner, declared, {**variables, expression.variable: members})
        return replace(expression, path=path, inner=inner)

    def _collection(self, path: Path, declared: EntityType) -> tuple[Path, EntityType]:
        word = path.names[0]
        name = self.name(declared, word)
        if len(path.names) > 1 or name not in declared.collections:
            raise NotAllowed(f"{'/'.join(path.names)} is no collection")
        return Path((name,)), self._model[declared.collections[name].target]

    def _operands(
        self, left: Literal | Path, right: Literal | Path, declared: EntityType, variables: Variables, only: str = ""
    ) -> tuple[Literal | Path, Literal | Path]:
        (left, left_kind), (right, right_kind) = (
            self._operand(operand, declared, variables) for operand in (left, right)
        )
        groups = [_GROUPS.get(kind, kind) for kind in (left_kind, right_kind)]
        known = {*groups, only} - {"null", ""}
        if len(known) > 1:
            wanted = dict.fromkeys((*groups, only) if only else groups)
            raise NotAllowed(f"the filter compares {' with '.join(wanted)}")
        return left, right

    def _operand(
        self, operand: Literal | Path, declared: EntityType, variables: Variables
    ) -> tuple[Literal | Path, str]:
        if isinstance(operand, Literal):
            return operand, operand.kind
        return self._path(operand, declared, variables)

    def _path(self, path: Path, declared: EntityType, variables: Variables) -> tuple[Path, Kind]:
        """Return a path in the model's names and the kind of value at its end; a link itself counts as an id."""
        words, names = list(path.names), list[str]()
        if words[0] in variables:
            names.append(words.pop(0))
            declared = variables[names[0]]
        for word in words[:-1]:
            name = self.name(declared, word)
            target = self.target(declared, name)
            if target is None or name in declared.collections:
                raise NotAllowed(f"{word} in {'/'.join(path.names)} is no link to one record")
            names.append(name)
            declared = target
        last = self.name(declared, words[-1]) if words else ""
        if not words or last in declared.collections:
            raise NotAllowed(f"{'/'.join(path.names)} is no single value")
        kind = _kind(declared, last)
        return Path((*names, last), kind), kind


def _kind(declared: EntityType, name: str) -> Kind:
    if name in declared.properties or CUSTOM_FIELD.fullmatch(name):
        return declared.kind_of(name)
    return Kind.GUID
