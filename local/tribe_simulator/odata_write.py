"""POST, PUT and DELETE on records (tribe-api 3.3)."""

from collections.abc import Mapping
from typing import Any

from local.simulator import Response
from local.tribe_simulator import rules
from local.tribe_simulator.answers import odata_body
from local.tribe_simulator.errors import NotAllowed, NotFound
from local.tribe_simulator.model import EntityType
from local.tribe_simulator.odata_call import ODataCall
from local.tribe_simulator.sending import send_steps
from local.tribe_simulator.store import Fields, Record

_NO_CONTENT = 204


def post(call: ODataCall, declared: EntityType) -> Response:
    """Create a record; with the ID of one that exists, change it instead, its type perhaps included."""
    _check_writable(declared)
    body = call.body()
    record_id = body.get("ID")
    record = call.environment.store.get(str(record_id)) if record_id is not None else None
    if record is not None and record.type is declared:
        return _post_change(call, record, body)
    if record is not None or (record_id is not None and call.switches["post_unknown_id"] == "404"):
        raise NotFound(f"there is no {declared.entity_set} {record_id}")
    return _create(call, declared, body)


def put(call: ODataCall, record: Record) -> Response:
    """Change the fields that the body has; the others stay."""
    _check_writable(record.type)
    _change(call, record, _checked(call, record, record.type, call.body()))
    return _written(call, record, int(call.switches["put_status"]))


def delete(call: ODataCall, record: Record) -> Response:
    """Delete a record."""
    _check_writable(record.type)
    call.work.delete(record)
    return Response(int(call.switches["delete_status"]))


def _create(call: ODataCall, declared: EntityType, body: Mapping[str, Any]) -> Response:
    fields = call.bodies.checked(declared, body, creating=True)
    is_sent = _sends(call, fields)
    record = call.work.create(declared, fields)
    if is_sent:
        _send(call, record)
    return _written(call, record, int(call.switches["post_status"]))


def _post_change(call: ODataCall, record: Record, body: Mapping[str, Any]) -> Response:
    further = {name: value for name, value in body.items() if name != "_UpgradeType"}
    entity_type = _upgrade_type(call, body.get("_UpgradeType")) or record.type
    fields = _checked(call, record, entity_type, further)
    if entity_type is not record.type:
        call.work.upgrade(record, entity_type)
    if fields or "_UpgradeType" not in body:
        _change(call, record, fields)
    return _written(call, record, 200)


def _checked(call: ODataCall, record: Record, entity_type: EntityType, body: Mapping[str, Any]) -> Fields:
    fields = call.bodies.checked(entity_type, body, creating=False)
    record_id = fields.pop("ID", None)
    if record_id is not None and record_id.lower() != record.key:
        raise NotAllowed("the ID of a record cannot be changed")
    empty = [name for name in entity_type.required if name in fields and not fields[name]]
    if empty:
        raise NotAllowed(f"{entity_type.entity_set}: {', '.join(empty)} must stay filled in")
    rules.check_change(call.environment, record, fields)
    return fields


def _change(call: ODataCall, record: Record, fields: Fields) -> None:
    is_sent = not rules.is_sent(call.environment, record) and _sends(call, fields)
    if fields or not is_sent:
        call.work.update(record, fields)
    if is_sent:
        _send(call, record)


def _sends(call: ODataCall, fields: Fields) -> bool:
    """Tell whether fields set the phase Sent, and that means sending; take the phase out if so.

    Raises NotAllowed when sending is not up to the API.
    """
    side, phase = call.switches["phase_side"], fields.get("Phase")
    if side == "none" or phase is None or phase != rules.phase_link(call.environment, rules.SENT):
        return False
    if side == "refused":
        raise NotAllowed("an invoice is sent with its button, not by setting its phase")
    del fields["Phase"]
    return True


def _send(call: ODataCall, invoice: Record) -> None:
    for step in send_steps(call.environment, invoice, {}):
        step(call.work)


def _upgrade_type(call: ODataCall, name: Any) -> EntityType | None:
    entity_set = str(name or "").replace(".", "_")
    if name is not None and entity_set not in call.environment.model:
        raise NotAllowed(f"there is no type {name}")
    return call.environment.model[entity_set] if name is not None else None


def _check_writable(entity_type: EntityType) -> None:
    if rules.is_read_only(entity_type):
        raise NotAllowed(f"{entity_type.entity_set} can only be read by API")


def _written(call: ODataCall, record: Record, status: int) -> Response:
    if status == _NO_CONTENT:
        return Response(status)
    return odata_body(record.entity_set, call.renderer.record(record), status)
