"""The OData interface: addresses, methods and answers (tribe-api 3)."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from simulators.shared import Request, Response, json_response
from simulators.tribe.errors import Refused
from simulators.tribe.metadata import metadata
from simulators.tribe.model import TYPES, collection, dotted, is_a, link_target, types_of
from simulators.tribe.query import LARGEST_PAGE, Options, Reader, raw_options, read_options
from simulators.tribe.store import Record, Store
from simulators.tribe.webhooks import Webhook
from simulators.tribe.writer import Writer

ROOT = "/v1/odata/"
_ADDRESS = re.compile(
    r"(?P<set>[A-Za-z_][A-Za-z0-9_]*)(?:\((?P<id>[^()]*)\))?(?:/(?P<navigation>[A-Za-z_][A-Za-z0-9_]*))?/?"
)
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_EMPLOYEE_SET = "Relationship_Person_Contact_Employee"
_VIRTUAL_USER = "b0000000-0000-4000-8000-000000000001"
_INVOICING = ("Activity.Invoice", "ProductLine")


def odata_error(message: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with an OData error body."""
    answer = json_response({"error": {"code": None, "message": message}}, status)
    return replace(answer, headers=headers or {})


class OData:
    """Answer calls below `/v1/odata/`. The caller holds the lock and commits or rolls back."""

    def __init__(
        self, store: Store, writer: Writer, webhooks: Mapping[str, Webhook], switches: Mapping[str, Any]
    ) -> None:
        self._store, self._writer, self._webhooks, self._switches = store, writer, webhooks, switches

    def answer(self, request: Request) -> Response:
        """Answer one call; raise Refused for what Tribe refuses."""
        path = request.path.removeprefix(ROOT)
        base_url = f"http://{request.headers.get('host', 'localhost')}"
        reader = Reader(self._store, self._switches, base_url)
        given = raw_options(request.query, accept_plus=bool(self._switches["accept_plus"]))
        if path == "$metadata":
            return Response(200, metadata(), "application/xml")
        if path == "GetCurrentEmployee()":
            return self._current_employee(request, reader, given)
        if path == "Webhook" and request.method == "GET":
            rows = [webhook.as_json() for webhook in self._webhooks.values()]
            return json_response({"@odata.context": "$metadata#OData.Webhook", "value": rows})
        parts = _ADDRESS.fullmatch(path)
        if parts is None or not types_of(dotted(parts["set"])):
            name = parts["set"] if parts else path
            raise Refused(f"Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '{name}'.", 404)
        base = dotted(parts["set"])
        self._check_module(base)
        if parts["id"] is None:
            return self._answer_set(request, reader, given, base)
        record = self._record(parts["id"], base)
        if parts["navigation"]:
            return self._navigate(request, reader, given, record, parts["navigation"])
        return self._answer_record(request, reader, given, record, parts["set"])

    def _check_module(self, base: str) -> None:
        status = str(self._switches["module_off"] or "")
        if status and base in _INVOICING:
            name = base.replace(".", "_")
            message = f"Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '{name}'."
            raise Refused(message, int(status))

    def _record(self, text: str, base: str) -> Record:
        if not _GUID.fullmatch(text):
            raise Refused(f"The key {text!r} is no GUID.")
        record = self._store.by_id.get(text.lower())
        if record is None or not is_a(record.type, base):
            raise Refused(f"There is no {base} with ID {text}.", 404)
        self._check_module(record.type)
        return record

    def _answer_set(self, request: Request, reader: Reader, given: Mapping[str, str], base: str) -> Response:
        match request.method:
            case "GET":
                return self._list(request, reader, base, read_options(given, base))
            case "POST":
                return self._post(request, reader, base)
            case _:
                raise Refused(f"{request.method} is not allowed here.", 405)

    def _list(self, request: Request, reader: Reader, base: str, options: Options) -> Response:
        found = reader.matching(base, options)
        most = int(self._switches["page_size"])
        size = most if options.top is None else min(options.top, most)
        end = options.skip + size
        answer: dict[str, Any] = {"@odata.context": _context(base)}
        if options.count:
            answer["@odata.count"] = len(found)
        answer["value"] = [reader.written(record, options) for record in found[options.skip : end]]
        if self._switches["next_link"] and size == most and end < len(found):
            answer["@odata.nextLink"] = _next_link(request, end)
        return json_response(answer)

    def _post(self, request: Request, reader: Reader, base: str) -> Response:
        body = _body(request)
        if body.get("ID"):
            record = self._record(str(body["ID"]), base)
            self._writer.update(record, body)
            return json_response(self._single(reader, record, base))
        if base not in TYPES:
            raise Refused(f"{base} is a base type: create a record of a type below it.")
        if base == "ProductLine":
            self._writer.check_may_join(body)
        record = self._writer.create(base, body)
        return self._written(int(self._switches["post_status"]), lambda: self._single(reader, record, base))

    def _answer_record(
        self, request: Request, reader: Reader, given: Mapping[str, str], record: Record, entity_set: str
    ) -> Response:
        match request.method:
            case "GET":
                options = read_options(given, record.type if entity_set == "Entity" else dotted(entity_set))
                return json_response(
                    {"@odata.context": _context(dotted(entity_set)), **reader.written(record, options)}
                )
            case "PUT":
                self._writer.update(record, _body(request))
                return self._written(
                    int(self._switches["put_status"]), lambda: self._single(reader, record, record.type)
                )
            case "DELETE":
                self._writer.delete(record)
                return Response(int(self._switches["delete_status"]))
            case _:
                raise Refused(f"{request.method} is not allowed here.", 405)

    def _navigate(
        self, request: Request, reader: Reader, given: Mapping[str, str], record: Record, name: str
    ) -> Response:
        if request.method != "GET":
            raise Refused(f"{request.method} is not allowed here.", 405)
        listed = collection(record.type, name)
        if listed is not None:
            options = read_options(given, listed.child_type)
            rows = (reader.listed(record, name, options) or [])[:LARGEST_PAGE]
            value = [reader.written(row, options) for row in rows]
            return json_response({"@odata.context": _context(listed.child_type), "value": value})
        base = link_target(record.type, name)
        if base is None:
            raise Refused(f"The navigation property '{name}' is not defined in type '{record.type}'.", 404)
        target = self._store.target(record, name)
        if target is None:
            return Response(204)
        options = read_options(given, target.type)
        return json_response({"@odata.context": _context(target.type), **reader.written(target, options)})

    def _current_employee(self, request: Request, reader: Reader, given: Mapping[str, str]) -> Response:
        if request.method != "GET":
            raise Refused(f"{request.method} is not allowed here.", 405)
        employees = self._store.by_set[_EMPLOYEE_SET]
        me = employees.get(_VIRTUAL_USER) or next(iter(employees.values()), None)
        if me is None:
            raise Refused("The token belongs to no employee.", 404)
        options = read_options(given, me.type)
        return json_response({"@odata.context": _context(me.type), **reader.written(me, options)})

    def _single(self, reader: Reader, record: Record, base: str) -> dict[str, Any]:
        """Return a record that was written, as it is after the commit."""
        self._writer.stamp()
        return {"@odata.context": _context(base), **reader.written(record, Options())}

    @staticmethod
    def _written(status: int, body: Any) -> Response:
        return Response(204) if status == 204 else json_response(body(), status)  # noqa: PLR2004 (a status code)


def _context(base: str) -> str:
    return f"$metadata#OData.{base.replace('.', '_')}"


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Refused("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused("The body is not an object.")
    return body


def _next_link(request: Request, skip: int) -> str:
    kept = [part for part in request.query.split("&") if part and not part.startswith(("$skip=", "%24skip="))]
    query = "&".join([*kept, f"$skip={skip}"])
    return f"http://{request.headers.get('host', 'localhost')}{quote(request.path)}?{query}"
