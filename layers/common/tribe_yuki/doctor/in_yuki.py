"""What the key can do in Yuki: at most ten calls when all is well (yuki-api 10.12)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tribe_yuki.admin.access import open_yuki
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.outside import Yuki
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount, VatCode
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.doctor.check import Check, failed, green, red
from tribe_yuki.setup.connect import IMPOSSIBLE

HOSTS = {"nl": "Dutch", "be": "Belgian"}
_NEW_KEY = "Make a key in Yuki (Settings, Integrations, Webservices) and run `tribe-yuki connect` with it."


@dataclass(frozen=True, slots=True)
class YukiFindings:
    """The checks, and what the administration offers if it showed it."""

    checks: list[Check]
    books: AdministrationCodes | None = None


def look_into_yuki(operator: Operator, record: ConnectionRecord) -> YukiFindings:
    """Try every right that the connector needs, by a call that reads."""
    try:
        yuki = open_yuki(operator, record)
        checks = [_administration(yuki, record.settings)]
    except ConnectorError as error:
        return YukiFindings([failed("Yuki key", error, _NEW_KEY)])
    host = HOSTS[record.settings.yuki_region]
    since = operator.now() - timedelta(days=1)
    vat_codes, accounts = list[VatCode](), list[GlAccount]()
    rights: tuple[tuple[str, str, Callable[[], str]], ...] = (
        ("contacts", "Contacts", lambda: _contacts(yuki, host)),
        ("sales", "Sales", lambda: f"{yuki.sales_items()} products; booking itself shows at the first invoice"),
        ("outstanding items", "Accounting", lambda: _kept([], yuki.check_outstanding_item(IMPOSSIBLE), "read")),
        ("archive", "Archive", lambda: _kept([], yuki.sales_documents(modified_since=since, count=1), "read")),
        ("VAT", "Vat", lambda: _kept(vat_codes, yuki.vat_codes(), "{count} VAT codes")),
        ("ledger", "AccountingInfo", lambda: _kept(accounts, yuki.gl_accounts(), "{count} accounts")),
    )
    checks += [_right(name, right, look) for name, right, look in rights]
    is_complete = bool(vat_codes and accounts)
    return YukiFindings(checks, AdministrationCodes(tuple(vat_codes), tuple(accounts)) if is_complete else None)


def _administration(yuki: Yuki, settings: ConnectionSettings) -> Check:
    wanted = (settings.yuki_administration_id, settings.yuki_domain_id)
    shown = list(yuki.administrations())
    found = next(
        (
            administration
            for administration in shown
            if (administration.administration_id, administration.domain_id) == wanted
        ),
        None,
    )
    if found is None:
        names = ", ".join(administration.name for administration in shown) or "none"
        return red("administration", f"the key does not show {settings.yuki_administration_name} but {names}", _NEW_KEY)
    if not found.is_active:
        return red("administration", f"{found.name} is not active in Yuki", "Have it made active in Yuki.")
    return green("administration", found.name)


def _right(name: str, right: str, look: Callable[[], str]) -> Check:
    check = f"right: {name}"
    try:
        return green(check, look())
    except ConnectorError as error:
        if error.code == "yuki_fault_unknown":
            return red(check, "Yuki refuses this call", f"Give the key the right {right} in Yuki, or: {_NEW_KEY}")
        return failed(check, error, _NEW_KEY)


def _contacts(yuki: Yuki, host: str) -> str:
    yuki.search_contacts("Name", IMPOSSIBLE)
    return f"read on the {host} host; changing them shows at the first contact"


def _kept[Row](into: list[Row], rows: Sequence[Row], words: str) -> str:
    """Keep what was read, and say how much that is."""
    into += rows
    return words.format(count=len(rows))
