"""OData: reading and writing records (tribe-api 3)."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from local.simulator import Request, Response, json_response
from local.tribe_simulator.changes import Changes, NotAllowed
from local.tribe_simulator.model import COMMON, TYPES
from local.tribe_simulator.odata_filter import BadQuery
from local.tribe_simulator.odata_query import Query, parse_query
from local.tribe_simulator.rendering import expand, lookup, odata_context, render
from local.tribe_simulator.store import Record, Store

PATH = re.compile(r"(?P<set>\w+)(?:\((?P<id>[^)]*)\))?(?:/(?P<navigation>\w+))?")
NO_CONTENT = 204
GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class OData:
    """The endpoint below `/v1/odata/`; callers hold the simulator's lock."""

    def __init__(self, store: Store, changes: Changes, switches: Callable[[], dict[str, Any]]) -> None:
        self._store = store
        self._changes = changes
        self._switches = switches

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request; `path` is what follows `/v1/odata/`."""
        try:
            return self._answer(request, path)
        except (BadQuery, NotAllowed) as problem:
            return odata_error(400, str(problem))
        except KeyError as problem:
            return odata_error(400, f"Cannot find property {problem}")

    def _answer(self, request: Request, path: str) -> Response:  # noqa: PLR0911 (a table of answers)
        if path == "GetCurrentEmployee()":
            return self._current_employee(request)
        match = PATH.fullmatch(path)
        if match is None:
            return odata_error(404, f"Cannot read the path {path}")
        entity_set, record_id, navigation = match["set"], match["id"], match["navigation"]
        if (refused := self._refused_set(entity_set)) is not None:
            return refused
        if record_id is None:
            return self._on_set(request, entity_set)
        if not GUID.fullmatch(record_id):
            return odata_error(400, "write a GUID without quotes")
        record = self._store.get(record_id)
        if record is None or entity_set not in ("Entity", record.entity_set):
            return odata_error(404, "no such record")
        return self._on_record(request, record, navigation)

    def _refused_set(self, entity_set: str) -> Response | None:
        text = f"Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '{entity_set}'."
        if entity_set != "Entity" and entity_set not in TYPES:
            return odata_error(404, text)
        off = self._switches()["module_off"]
        return odata_error(int(off), text) if off and entity_set in ("Activity_Invoice", "ProductLine") else None

    def _on_set(self, request: Request, entity_set: str) -> Response:
        match request.method:
            case "GET":
                return self._list(entity_set, self._query(request))
            case "POST":
                return self._post(entity_set, request.json())
            case _:
                return odata_error(405, "method not allowed")

    def _on_record(self, request: Request, record: Record, navigation: str | None) -> Response:
        match request.method:
            case "GET":
                query = self._query(request)
                if navigation is not None:
                    value = expand(self._store, record, navigation, query, self._switches())
                    body = {"value": value} if isinstance(value, list) else value or {}
                    return json_response(odata_context(record.entity_set, body))
                shown = render(self._store, record, query, self._switches())
                return json_response(odata_context(record.entity_set, shown))
            case "PUT":
                self._changes.update(record, self._checked(record.entity_set, request.json()), by_api=True)
                return self._written(record, int(self._switches()["put_status"]))
            case "DELETE":
                self._changes.delete(record, by_api=True)
                return Response(int(self._switches()["delete_status"]))
            case _:
                return odata_error(405, "method not allowed")

    def _list(self, entity_set: str, query: Query) -> Response:
        switches = self._switches()
        records = list(self._store.by_set[entity_set].values())
        if query.condition is not None:
            records = [one for one in records if query.condition(partial(self._lookup, one))]
        for name, descending in reversed(query.order):
            records.sort(key=lambda one: _sortable(self._lookup(one, name)), reverse=descending)
        body: dict[str, Any] = {"@odata.count": len(records)} if query.count else {}
        page = records[query.skip : query.skip + query.top]
        body["value"] = [render(self._store, one, query, switches) for one in page]
        if switches["next_link"] and len(records) > query.skip + query.top:
            body["@odata.nextLink"] = f"{entity_set}?$skip={query.skip + query.top}"
        return json_response(odata_context(entity_set, body))

    def _lookup(self, record: Record, path: str) -> Any:
        return lookup(self._store, record, path, self._switches())

    def _post(self, entity_set: str, body: Mapping[str, Any]) -> Response:
        if entity_set == "Entity":
            return odata_error(405, "method not allowed")
        if "ID" in body:
            record = self._store.get(str(body["ID"]))
            if record is None:
                return odata_error(404, "no such record")
            if "_UpgradeType" in body:
                self._changes.upgrade(record, str(body["_UpgradeType"]))
            fields = {name: value for name, value in body.items() if name not in ("ID", "_UpgradeType")}
            if fields:
                self._changes.update(record, self._checked(record.entity_set, fields), by_api=True)
            return self._written(record, 200)
        record = self._changes.create(entity_set, self._checked(entity_set, body), by_api=True)
        return self._written(record, int(self._switches()["post_status"]))

    def _written(self, record: Record, status: int) -> Response:
        if status == NO_CONTENT:
            return Response(204)
        return json_response(
            odata_context(record.entity_set, render(self._store, record, Query(), self._switches())), status
        )

    def _checked(self, entity_set: str, body: Any) -> Mapping[str, Any]:
        """Return a body whose names the type declares; custom fields start with an underscore."""
        if not isinstance(body, dict):
            raise NotAllowed("the body must be an object")
        known = {*TYPES[entity_set].properties, *TYPES[entity_set].links, *TYPES[entity_set].collections, *COMMON}
        unknown = [name for name in body if name not in known and not name.startswith("_")]
        if unknown:
            raise NotAllowed(f"unknown properties of {entity_set}: {', '.join(unknown)}")
        return body

    def _query(self, request: Request) -> Query:
        return parse_query(request.query, plus_is_blank=bool(self._switches()["accept_plus"]))

    def _current_employee(self, request: Request) -> Response:
        employees = self._store.by_set["Relationship_Person_Contact_Employee"].values()
        virtual = next((one for one in employees if one.fields.get("IsVirtual")), None) or next(iter(employees), None)
        if virtual is None:
            return odata_error(404, "no employee")
        shown = render(self._store, virtual, self._query(request), self._switches())
        return json_response(odata_context("Relationship_Person_Contact_Employee", shown))


def _sortable(value: Any) -> tuple[bool, Any]:
    return value is not None, value.casefold() if isinstance(value, str) else value


def odata_error(status: int, message: str) -> Response:
    """Return an error in OData's form."""
    return json_response({"error": {"code": None, "message": message}}, status)


def new_id() -> str:
    """Return a new GUID."""
    return str(uuid4())
