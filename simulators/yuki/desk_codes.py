"""What a bookkeeper does with VAT codes and ledger accounts in Yuki's screens."""

from typing import Any

from simulators.yuki.books import Administration
from simulators.yuki.desk import Desk, amount, flag, plain_text, refuse_unknown
from simulators.yuki.local_time import parse_date

_DAYS = ("startDate", "endDate")


def change_vat_code(desk: Desk, wanted: dict[str, Any]) -> dict[str, Any]:
    """Add a VAT code, change the one of the same `type` and `description`, or switch it off (`removed`)."""
    named = {"type", "description"}
    refuse_unknown(wanted, {*named, "administration_id", "removed", "percentage", "country", "rename", *_DAYS})
    administration = _administration(desk, wanted)
    kind, description = int(wanted["type"]), plain_text(wanted, "description")
    former = next((code for code in administration.vat_codes if _key(code) == (kind, description)), None)
    others = [code for code in administration.vat_codes if code is not former]
    empty = {"typeDescription": description, "percentage": "0.00", "country": None, "startDate": None, "endDate": None}
    changes: dict[str, Any] = {"type": kind, "description": wanted.get("rename", description)}
    changes |= {"percentage": str(amount(wanted, "percentage"))} if "percentage" in wanted else {}
    changes |= {name: parse_date(wanted[name], name).isoformat() for name in _DAYS if wanted.get(name)}
    changes |= {"country": plain_text(wanted, "country")} if wanted.get("country") else {}
    code = {**empty, **(former or {}), **changes}
    removed = flag(wanted, "removed", default=False)
    administration.vat_codes = others if removed else [*others, code]
    return {**code, "removed": removed}


def change_account(desk: Desk, wanted: dict[str, Any], code: str) -> dict[str, Any]:
    """Add a ledger account, or change the one with this code (`isEnabled`, `type`, `descripton`)."""
    refuse_unknown(wanted, {"administration_id", "isEnabled", "type", "descripton"})
    accounts = _administration(desk, wanted).gl_accounts
    new = {"code": code, "type": 4, "subtype": 0, "isEnabled": True, "descripton": f"Rekening {code}"}
    changes: dict[str, Any] = {name: wanted[name] for name in ("isEnabled", "type", "descripton") if name in wanted}
    accounts[code] = {**new, **accounts.get(code, {}), **changes}
    return accounts[code]


def _key(code: dict[str, Any]) -> tuple[int, str]:
    return code["type"], code["description"]


def _administration(desk: Desk, wanted: dict[str, Any]) -> Administration:
    administration_id = str(wanted.get("administration_id") or next(iter(desk.books.administrations))).lower()
    if administration_id not in desk.books.administrations:
        raise ValueError(f"there is no administration {administration_id}")
    return desk.books.administrations[administration_id]
