"""The calls under `/_control/`: what people do in Tribe's screens, and what steers the simulator."""

from collections.abc import Mapping
from typing import Any

from simulators.shared import ControlCall
from simulators.tribe import desk
from simulators.tribe.bulk import add_relations
from simulators.tribe.desk import Desk


def idle(at: Desk, _: Mapping[str, Any]) -> dict[str, Any]:
    """Say whether no webhook is on its way or waits (`idle`)."""
    return {"idle": at.dispatcher.is_idle}


def replay(at: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Send the `last` webhooks that were delivered again, or all: the same bytes with the same signature."""
    last = body.get("last")
    if last is not None and (not isinstance(last, int) or last < 0):
        raise ValueError(f"last: give a number of webhooks, not {last!r}")
    return {"deliveries": at.dispatcher.replay(last)}


CALLS = (
    ControlCall("create/{set}", desk.create),
    ControlCall("edit/{id}", desk.edit),
    ControlCall("upgrade/{id}", desk.upgrade),
    ControlCall("delete/{id}", desk.delete),
    ControlCall("merge", desk.merge),
    ControlCall("invoices", desk.create_invoice),
    ControlCall("invoices/{id}/send", desk.send),
    ControlCall("invoices/{id}/phase", desk.set_phase),
    ControlCall("invoices/{id}/documents", desk.add_document),
    ControlCall("invoices/{id}/remind", desk.remind),
    ControlCall("bulk", add_relations),
    ControlCall("idle", idle, "GET"),
    ControlCall("replay", replay),
)
# What answers 201.
CREATIONS = frozenset(call for call in CALLS if call.run in (desk.create, desk.create_invoice, desk.add_document))
