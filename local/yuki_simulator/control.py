"""What people do in Yuki's screens, as calls under `/_control/`."""

import re
from collections.abc import Callable
from typing import Any

from local.simulator import Request, Response, json_response
from local.yuki_simulator import desk_contacts, desk_invoices
from local.yuki_simulator.desk import Desk, flag, refuse_unknown


def answer(desk: Desk, request: Request) -> Response | None:
    """Answer a control call; None when there is no such call, ValueError or KeyError when it cannot be done."""
    if request.method != "POST":
        return None
    for pattern, action in ACTIONS:
        match = re.fullmatch(pattern, request.path.removeprefix("/_control/"))
        if match:
            wanted = request.json()
            if not isinstance(wanted, dict):
                raise ValueError("send a JSON object")
            return json_response(action(desk, wanted, *match.groups()))
    return None


def change_key(desk: Desk, wanted: dict[str, Any], key: str) -> dict[str, Any]:
    """Revoke an access key and end its sessions; or restore it (`revoked` false), or change its `rights`."""
    refuse_unknown(wanted, {"revoked", "rights"})
    known = desk.books.access_keys.get(key.lower())
    if known is None:
        raise ValueError("there is no such access key")
    known.rights = frozenset(wanted.get("rights", known.rights))
    known.revoked = flag(wanted, "revoked", default="rights" not in wanted)
    if known.revoked:
        desk.sessions.end(known)
    return {"revoked": known.revoked, "rights": sorted(known.rights)}


def expire_sessions(desk: Desk, _wanted: dict[str, Any]) -> dict[str, Any]:
    """End every session at once."""
    desk.sessions.end()
    return {"sessions": desk.sessions.opened}


def change_domain(desk: Desk, wanted: dict[str, Any], domain_id: str) -> dict[str, Any]:
    """Close a domain (`Active` false) or open it again."""
    refuse_unknown(wanted, {"Active"})
    domain = desk.books.domains[domain_id.lower()]
    domain.active = flag(wanted, "Active", default=domain.active)
    return {"ID": domain.id, "Active": domain.active}


ACTIONS: tuple[tuple[str, Callable[..., dict[str, Any]]], ...] = (
    ("contacts", desk_contacts.create_contact),
    ("contacts/([^/]+)", desk_contacts.change_contact),
    ("invoices", desk_invoices.create_invoice),
    ("invoices/(.+)/pay", desk_invoices.pay_invoice),
    ("invoices/(.+)", desk_invoices.change_invoice),
    ("documents", desk_invoices.create_document),
    ("bank_transactions", desk_invoices.create_bank_transaction),
    ("keys/([^/]+)", change_key),
    ("keys/([^/]+)/revoke", change_key),
    ("sessions/expire", expire_sessions),
    ("domains/([^/]+)", change_domain),
)
