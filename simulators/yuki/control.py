"""What people do in Yuki's screens, as calls under `/_control/`."""

from typing import Any

from simulators.shared import ControlCall, Request, Response, find_call, json_response
from simulators.yuki import desk_codes, desk_contacts, desk_invoices
from simulators.yuki.bulk import add_contacts
from simulators.yuki.desk import Desk, flag, refuse_unknown


def answer(desk: Desk, request: Request) -> Response | None:
    """Answer a control call; None when there is no such call, ValueError or KeyError when it cannot be done."""
    found = find_call(CALLS, request)
    return json_response(found[0].run(desk, request.json_object(), *found[1])) if found else None


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


CALLS = (
    ControlCall("contacts", desk_contacts.create_contact),
    ControlCall("bulk", add_contacts),
    ControlCall("contacts/{id}", desk_contacts.change_contact),
    ControlCall("invoices", desk_invoices.create_invoice),
    ControlCall("invoices/{reference}/pay", desk_invoices.pay_invoice),
    ControlCall("invoices/{reference}", desk_invoices.change_invoice),
    ControlCall("documents", desk_invoices.create_document),
    ControlCall("vat_codes", desk_codes.change_vat_code),
    ControlCall("gl_accounts/{code}", desk_codes.change_account),
    ControlCall("bank_transactions", desk_invoices.create_bank_transaction),
    ControlCall("keys/{key}", change_key),
    ControlCall("keys/{key}/revoke", change_key),
    ControlCall("sessions/expire", expire_sessions),
    ControlCall("domains/{id}", change_domain),
)
