"""GET on sets, records and what they lead to (tribe-api 3.2)."""

from collections.abc import Iterable

from local.simulator import Response
from local.tribe_simulator.answers import odata_body
from local.tribe_simulator.errors import NotFound
from local.tribe_simulator.model import EntityType
from local.tribe_simulator.odata_call import ODataCall
from local.tribe_simulator.odata_evaluate import narrowed, source_of
from local.tribe_simulator.odata_query import Query
from local.tribe_simulator.rendering import page_of
from local.tribe_simulator.store import Fields, Record

_EMPLOYEES = "Relationship_Person_Contact_Employee"


def read_set(call: ODataCall, declared: EntityType) -> Response:
    """Return a page of a set."""
    query = call.query(declared)
    return _list(call, declared.entity_set, _candidates(call, declared.entity_set, query), query)


def read_record(call: ODataCall, record: Record, declared: EntityType) -> Response:
    """Return one record."""
    return odata_body(declared.entity_set, call.renderer.record(record, call.query(declared)))


def read_navigation(call: ODataCall, record: Record, declared: EntityType, words: list[str]) -> Response:
    """Return what a path of navigation properties leads to; an empty link is 204, as OData has it."""
    for position, word in enumerate(words, start=1):
        name = call.queries.name(declared, word)
        target = call.queries.target(declared, name)
        if target is None:
            raise NotFound(f"{word} is no navigation property of {declared.entity_set}")
        if name in declared.collections:
            if position < len(words):
                raise NotFound(f"nothing can follow the collection {word}")
            members = call.environment.store.pointing(declared.collections[name], record)
            return _list(call, target.entity_set, members, call.query(target))
        linked = call.environment.store.linked(record, name)
        if linked is None:
            return Response(204)
        record, declared = linked, target
    return read_record(call, record, declared)


def read_current_employee(call: ODataCall) -> Response:
    """Return whom the application works as (tribe-api 2.3)."""
    store = call.environment.store
    employee = store.get(call.work.author.employee_id) or next(iter(store.by_set[_EMPLOYEES].values()), None)
    if employee is None:
        raise NotFound(f"the seed has no {_EMPLOYEES}")
    return read_record(call, employee, employee.type)


def _list(call: ODataCall, entity_set: str, candidates: Iterable[Record], query: Query) -> Response:
    chosen = call.renderer.select(candidates, query)
    page = page_of(chosen, query)
    content: Fields = {"@odata.count": len(chosen)} if query.count else {}
    content["value"] = [call.renderer.record(one, query) for one in page]
    following = query.skip + len(page)
    if call.switches["next_link"] and page and following < len(chosen):
        content["@odata.nextLink"] = _next_link(call, entity_set, following)
    return odata_body(entity_set, content)


def _candidates(call: ODataCall, entity_set: str, query: Query) -> Iterable[Record]:
    """Return the records that a filter can hold for, by an index if one helps."""
    store = call.environment.store
    for names, record_id in narrowed(query.condition):
        found = store.get(record_id)
        if names == ("ID",):
            return [found] if found is not None and found.entity_set == entity_set else []
        source = source_of(entity_set, names)
        if source is not None and found is not None:
            return list(store.pointing(source, found))
    return list(store.by_set[entity_set].values())


def _next_link(call: ODataCall, entity_set: str, skip: int) -> str:
    options = [part for part in call.request.query.replace("%24", "$").split("&") if part]
    kept = [part for part in options if not part.startswith("$skip=")]
    return f"{entity_set}?{'&'.join([*kept, f'$skip={skip}'])}"
