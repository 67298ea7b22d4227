"""The endpoint below `/v1/odata/`: which call a path and a method stand for (tribe-api 3)."""

import re

from local.simulator import Response, json_response
from local.tribe_simulator.answers import odata_error
from local.tribe_simulator.errors import NotAllowed, NotFound
from local.tribe_simulator.metadata import metadata_json, metadata_xml
from local.tribe_simulator.model import EntityType
from local.tribe_simulator.odata_call import ODataCall
from local.tribe_simulator.odata_read import read_current_employee, read_navigation, read_record, read_set
from local.tribe_simulator.odata_write import delete, post, put
from local.tribe_simulator.store import Record
from local.tribe_simulator.values import GUID

_PATH = re.compile(r"(?P<set>\w+)(?:\((?P<id>[^)]*)\))?(?P<navigation>(?:/\w+)*)")
_WITHOUT_MODULE = ("Activity_Invoice", "ProductLine")


def answer_odata(call: ODataCall, path: str) -> Response:
    """Answer a call; `path` is what follows `/v1/odata/`. Raises NotAllowed and NotFound."""
    match path:
        case "":
            return _service_document(call)
        case "$metadata":
            return _metadata(call)
        case "GetCurrentEmployee()":
            return read_current_employee(call)
        case _:
            return _answer_resource(call, path)


def _answer_resource(call: ODataCall, path: str) -> Response:
    match = _PATH.fullmatch(path)
    if match is None or (match["id"] is None and match["navigation"]):
        raise NotFound(f"cannot read the path {path}")
    entity_set, record_id = match["set"], match["id"]
    declared = _declared(call, entity_set, by_id=record_id is not None)
    if call.switches["module_off"] and entity_set in _WITHOUT_MODULE:
        return odata_error(int(call.switches["module_off"]), _no_set(entity_set))
    if record_id is None:
        return _on_set(call, declared)
    record = _record(call, declared, record_id)
    if match["navigation"]:
        return _on_navigation(call, record, declared, match["navigation"].strip("/").split("/"))
    return _on_record(call, record, declared)


def _declared(call: ODataCall, entity_set: str, *, by_id: bool) -> EntityType:
    """Return the type of a set; `Entity` stands for any, when a record is asked for by its id."""
    model = call.environment.model
    if entity_set in model or (entity_set == "Entity" and by_id):
        return model[entity_set]
    raise NotFound(_no_set(entity_set))


def _record(call: ODataCall, declared: EntityType, record_id: str) -> Record:
    if not GUID.fullmatch(record_id):
        raise NotAllowed("write the key as a GUID without quotes")
    record = call.environment.store.get(record_id)
    if record is None or (record.type is not declared and not declared.is_abstract):
        raise NotFound(f"there is no {declared.entity_set} {record_id}")
    return record


def _on_set(call: ODataCall, declared: EntityType) -> Response:
    match call.request.method:
        case "GET":
            return read_set(call, declared)
        case "POST":
            return post(call, declared)
        case _:
            return _method_not_allowed()


def _on_record(call: ODataCall, record: Record, declared: EntityType) -> Response:
    match call.request.method:
        case "GET":
            return read_record(call, record, declared)
        case "PUT":
            return put(call, record)
        case "DELETE":
            return delete(call, record)
        case _:
            return _method_not_allowed()


def _on_navigation(call: ODataCall, record: Record, declared: EntityType, words: list[str]) -> Response:
    if call.request.method != "GET":
        return _method_not_allowed()
    return read_navigation(call, record, declared, words)


def _metadata(call: ODataCall) -> Response:
    model, words = call.environment.model, call.renderer.words
    if "$format=json" in call.request.query.replace("%24", "$"):
        return json_response(metadata_json(model, words))
    return Response(200, metadata_xml(model, words), "application/xml")


def _service_document(call: ODataCall) -> Response:
    sets = [one.entity_set for one in call.environment.model]
    value = [{"name": name, "kind": "EntitySet", "url": name} for name in sets]
    return json_response({"@odata.context": "$metadata", "value": value})


def _no_set(entity_set: str) -> str:
    return f"Cannot find EntitySet, Singleton, ActionImport or FunctionImport with name '{entity_set}'."


def _method_not_allowed() -> Response:
    return odata_error(405, "The method is not allowed.")
