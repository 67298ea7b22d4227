"""DynamoDB in memory, quick also with thousands of items: as much of its client as the adapter uses.

moto copies whole tables for every transaction. Contract tests hold this to moto.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import islice
from threading import RLock
from typing import Any

from botocore.exceptions import ClientError

type Item = dict[str, Any]
type Key = tuple[str, str]

_TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),+]|[#:]?\w+)")
_PAGE = 500
_LAST_TEXT = chr(0x10FFFF)
# Conditions on a sort key: whether they have a lower end, and what follows the upper one.
_SPANS: Mapping[str, tuple[bool, str]] = {
    r"begins_with\((#?\w+), (:\w+)\)": (True, _LAST_TEXT),
    r"(#?\w+) BETWEEN (:\w+) AND (:\w+)": (True, ""),
    r"(#?\w+) <= (:\w+)": (False, ""),
    r"(#?\w+) = (:\w+)": (True, ""),
}


@dataclass
class Index:
    """Which items have both attributes of a key, in the order of the second, and what a query gets of them."""

    hash_name: str
    range_name: str
    projected: frozenset[str] | None = None
    entries: dict[str, list[tuple[str, Key]]] = field(default_factory=dict)
    views: dict[Key, Item] = field(default_factory=dict)

    def add(self, key: Key, item: Item) -> None:
        if self.hash_name in item and self.range_name in item:
            insort(self.entries.setdefault(_text(item[self.hash_name]), []), (_text(item[self.range_name]), key))
            self.views[key] = self._view(item)

    def _view(self, item: Item) -> Item:
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}

    def remove(self, key: Key, item: Item) -> None:
        if self.hash_name in item and self.range_name in item:
            entries = self.entries[_text(item[self.hash_name])]
            del entries[bisect_left(entries, (_text(item[self.range_name]), key))]
            del self.views[key]


@dataclass
class Table:
    """One table with its indexes; the first of them is that of its own key."""

    own: Index
    indexes: Mapping[str, Index]
    items: dict[Key, Item] = field(default_factory=dict)

    def key_of(self, item: Mapping[str, Any]) -> Key:
        return _text(item[self.own.hash_name]), _text(item[self.own.range_name])

    def set(self, key: Key, item: Item | None) -> None:
        old = self.items.pop(key, None)
        for index in (self.own, *self.indexes.values()):
            if old is not None:
                index.remove(key, old)
            if item is not None:
                index.add(key, item)
        if item is not None:
            self.items[key] = item


class VirtualDynamoDb:
    """Answers like a client of DynamoDB."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self._lock = RLock()

    def create_table(self, **request: Any) -> None:
        own = _index(request["KeySchema"])
        indexes = {
            one["IndexName"]: _index(one["KeySchema"], one["Projection"], own)
            for one in request.get("GlobalSecondaryIndexes", [])
        }
        self.tables[request["TableName"]] = Table(own, indexes)

    def get_item(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            table = self.tables[request["TableName"]]
            found = table.items.get(table.key_of(request["Key"]))
            return {"Item": found} if found is not None else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            responses = {
                name: list(self._found(name, wanted["Keys"])) for name, wanted in request["RequestItems"].items()
            }
            return {"Responses": responses, "UnprocessedKeys": {}}

    def put_item(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            self._write("PutItem", [{"Put": request}])
            return {}

    def delete_item(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            self._write("DeleteItem", [{"Delete": request}])
            return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            table = self.tables[request["TableName"]]
            key = table.key_of(request["Key"])
            old = table.items.get(key)
            self._check(request, old, "UpdateItem")
            new = dict(old if old is not None else request["Key"])
            for change in _parse_update(request["UpdateExpression"]):
                change(new, _Context(new, request))
            table.set(key, new)
            return {"Attributes": new}

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            for name, writes in request["RequestItems"].items():
                table = self.tables[name]
                for write in writes:
                    item = write["PutRequest"]["Item"]
                    table.set(table.key_of(item), item)
            return {"UnprocessedItems": {}}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            self._write("TransactWriteItems", request["TransactItems"])
            return {}

    def query(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            table = self.tables[request["TableName"]]
            index = table.indexes[request["IndexName"]] if "IndexName" in request else table.own
            limit = min(int(request.get("Limit", _PAGE)), _PAGE)
            found = list(islice(self._matching(table, index, request), limit + 1))
        answer: dict[str, Any] = {"Items": found[:limit]}
        if len(found) > limit:
            answer["LastEvaluatedKey"] = {"place": int(request.get("ExclusiveStartKey", {}).get("place", 0)) + limit}
        return answer

    def scan(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            return {"Items": list(self.tables[request["TableName"]].items.values())}

    def _found(self, name: str, wanted: Sequence[Item]) -> Iterator[Item]:
        table = self.tables[name]
        keys = {table.key_of(key) for key in wanted}
        if len(keys) < len(wanted):
            raise ValueError("DynamoDB refuses a key that is asked for twice")
        return (table.items[key] for key in keys if key in table.items)

    def _matching(self, table: Table, index: Index, request: Mapping[str, Any]) -> Iterator[Item]:
        condition = _parse(request["KeyConditionExpression"])
        hash_value = _hash_value(request, index.hash_name)
        skip = int(request.get("ExclusiveStartKey", {}).get("place", 0))
        context = _Context({}, request)
        first, last = _span(request, index.range_name)
        entries = index.entries.get(hash_value, [])
        places = range(bisect_left(entries, (first,)), len(entries))
        is_forward = request.get("ScanIndexForward", True)
        for place in places if is_forward else reversed(places):
            text, key = entries[place]
            if text > last and is_forward:
                return
            if text > last:
                continue
            context.item = table.items[key]
            if condition(context):
                if skip:
                    skip -= 1
                else:
                    yield index.views[key]

    def _write(self, operation: str, writes: Sequence[Mapping[str, Any]]) -> None:
        """Check all conditions, then do all writes."""
        reasons: list[dict[str, Any]] = []
        for write in writes:
            (_, request), *_ = write.items()
            table = self.tables[request["TableName"]]
            old = table.items.get(table.key_of(request.get("Item") or request["Key"]))
            failed = not _holds(request, old)
            reason: dict[str, Any] = {"Code": "ConditionalCheckFailed" if failed else "None"}
            reasons.append(reason | ({"Item": old} if failed and old is not None else {}))
        if any(reason["Code"] != "None" for reason in reasons):
            raise _refusal(operation, reasons)
        for write in writes:
            for kind, request in write.items():
                table = self.tables[request["TableName"]]
                item = dict(request["Item"]) if kind == "Put" else None
                table.set(table.key_of(request.get("Item") or request["Key"]), item)

    def _check(self, request: Mapping[str, Any], old: Item | None, operation: str) -> None:
        if not _holds(request, old):
            raise _refusal(operation, [{"Code": "ConditionalCheckFailed", **({"Item": old} if old else {})}])


def _index(
    schema: Sequence[Mapping[str, str]], projection: Mapping[str, Any] | None = None, own: Index | None = None
) -> Index:
    names = {one["KeyType"]: one["AttributeName"] for one in schema}
    index = Index(names["HASH"], names["RANGE"])
    only = (projection or {}).get("NonKeyAttributes")
    if own is not None and only is not None:
        index.projected = frozenset([*only, *names.values(), own.hash_name, own.range_name])
    return index


def _refusal(operation: str, reasons: list[dict[str, Any]]) -> ClientError:
    if operation == "TransactWriteItems":
        code, more = "TransactionCanceledException", {"CancellationReasons": reasons}
    else:
        code, more = "ConditionalCheckFailedException", {k: v for k, v in reasons[0].items() if k == "Item"}
    response: Any = {"Error": {"Code": code, "Message": "The conditional request failed"}, **more}
    return ClientError(response, operation)


def _holds(request: Mapping[str, Any], old: Item | None) -> bool:
    expression = request.get("ConditionExpression")
    return expression is None or bool(_parse(expression)(_Context(old or {}, request)))


def _hash_value(request: Mapping[str, Any], hash_name: str) -> str:
    names = request.get("ExpressionAttributeNames") or {}
    for name, value in re.findall(r"([#\w]+)\s*=\s*(:\w+)", request["KeyConditionExpression"]):
        if names.get(name, name) == hash_name:
            return _text(request["ExpressionAttributeValues"][value])
    raise ValueError(request["KeyConditionExpression"])


def _span(request: Mapping[str, Any], range_name: str) -> tuple[str, str]:
    """Return between which texts of the sort key a query looks; wider than its condition is no harm."""
    names, values = request.get("ExpressionAttributeNames") or {}, request["ExpressionAttributeValues"]
    for pattern, ends in _SPANS.items():
        for name, low, *high in re.findall(pattern, request["KeyConditionExpression"]):
            if names.get(name, name) == range_name:
                first, last = _text(values[low]), _text(values[(high or [low])[0]])
                return (first if ends[0] else "", last + ends[1])
    return "", _LAST_TEXT


def _text(value: Mapping[str, Any]) -> str:
    ((kind, text),) = value.items()
    if kind != "S":
        raise ValueError(f"a key is a text, not {kind}")
    return str(text)


class _Context:
    """What the names and values of an expression stand for."""

    def __init__(self, item: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        self.item: Mapping[str, Any] = item
        self._names = request.get("ExpressionAttributeNames") or {}
        self._values = request.get("ExpressionAttributeValues") or {}

    def name(self, token: str) -> str:
        return str(self._names[token]) if token.startswith("#") else token

    def value(self, token: str) -> Any:
        found = self._values[token] if token.startswith(":") else self.item.get(self.name(token))
        if found is None:
            return None
        if "S" in found:
            return found["S"]
        ((kind, content),) = found.items()
        return Decimal(content) if kind == "N" else content


type Condition = Callable[[_Context], bool]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


@cache
def _parse(expression: str) -> Condition:
    tokens = _TOKEN.findall(expression)
    condition, rest = _either(tokens)
    if rest:
        raise ValueError(expression)
    return condition


def _either(tokens: list[str]) -> tuple[Condition, list[str]]:
    left, tokens = _both(tokens)
    while tokens[:1] == ["OR"]:
        right, tokens = _both(tokens[1:])
        left = _or(left, right)
    return left, tokens


def _both(tokens: list[str]) -> tuple[Condition, list[str]]:
    left, tokens = _one(tokens)
    while tokens[:1] == ["AND"]:
        right, tokens = _one(tokens[1:])
        left = _and(left, right)
    return left, tokens


def _or(left: Condition, right: Condition) -> Condition:
    return lambda context: left(context) or right(context)


def _and(left: Condition, right: Condition) -> Condition:
    return lambda context: left(context) and right(context)


def _one(tokens: list[str]) -> tuple[Condition, list[str]]:
    match tokens:
        case ["(", *rest]:
            condition, rest = _either(rest)
            return condition, rest[1:]
        case ["attribute_exists", "(", name, ")", *rest]:
            return (lambda context: context.name(name) in context.item), rest
        case ["attribute_not_exists", "(", name, ")", *rest]:
            return (lambda context: context.name(name) not in context.item), rest
        case ["begins_with", "(", name, ",", value, ")", *rest]:
            return (lambda context: str(context.value(name)).startswith(context.value(value))), rest
        case [name, "BETWEEN", low, "AND", high, *rest]:
            return (lambda context: context.value(low) <= context.value(name) <= context.value(high)), rest
        case [name, operator, value, *rest]:
            return _comparison(name, operator, value), rest
    raise ValueError(" ".join(tokens))


def _comparison(name: str, operator: str, value: str) -> Condition:
    compare = _COMPARE[operator]

    def holds(context: _Context) -> bool:
        ours = context.value(name)
        return ours is not None and compare(ours, context.value(value))

    return holds


type Change = Callable[[Item, _Context], None]


@cache
def _parse_update(expression: str) -> tuple[Change, ...]:
    clauses = re.findall(r"(SET|ADD|REMOVE)\s+(.*?)(?=\s+(?:SET|ADD|REMOVE)\s|$)", expression)
    return tuple(
        _change(clause, part.strip()) for clause, body in clauses for part in re.split(r",\s*(?![^(]*\))", body)
    )


def _change(clause: str, part: str) -> Change:
    if clause == "REMOVE":
        return lambda item, context: item.pop(context.name(part), None) and None
    if clause == "ADD":
        name, value = part.split()
        return lambda item, context: item.update(
            {context.name(name): {"N": str((context.value(name) or Decimal(0)) + context.value(value))}}
        )
    name, value = (one.strip() for one in part.split("=", 1))
    kept = re.fullmatch(r"if_not_exists\((\S+),\s*(\S+)\)", value)

    def set_value(item: Item, context: _Context) -> None:
        if kept is None:
            item[context.name(name)] = context._values[value]
        elif context.name(kept[1]) not in item:
            item[context.name(name)] = context._values[kept[2]]

    return set_value
