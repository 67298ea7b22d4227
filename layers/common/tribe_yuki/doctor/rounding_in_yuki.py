"""How Yuki rounds VAT, as its books show it, and where lines of cents go (design 6.5)."""

import re
from collections.abc import Iterator

from tribe_yuki.admin.context import Operator
from tribe_yuki.connections.administration import AdministrationCodes, GlAccount
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.doctor.check import Check, amber, green, red
from tribe_yuki.invoices.document.amounts import code_without_vat
from tribe_yuki.invoices.reconcile.findings import YukiRoundingSeen
from tribe_yuki.setup.change_settings import today

_WAYS = {"rate": "per rate", "line": "per line", "document": "per document"}
_FOR_ROUNDING = re.compile(r"afrond|betalingsverschil|arrondi|rounding", re.IGNORECASE)


def check_rounding(operator: Operator, record: ConnectionRecord, books: AdministrationCodes | None) -> list[Check]:
    """Look whether Yuki rounds as the setting says, and whether rounding has its account and a code without VAT."""
    last = operator.stores(record.connection_id).reconciliations.last()
    seen = last.yuki_rounding if last else YukiRoundingSeen()
    return [_as_seen(seen, record.settings), *(_lines_of_cents(operator, record, books) if books else ())]


def _as_seen(seen: YukiRoundingSeen, settings: ConnectionSettings) -> Check:
    name, chosen = "Yuki's rounding", settings.vat_rounding
    if not seen.of:
        return amber(
            name,
            f"{_WAYS[chosen]} by the setting; no booking was compared with the books yet",
            "The comparison of the first nights will show it; run `tribe-yuki doctor` again then.",
        )
    found = f"{_WAYS[chosen]}, in {seen.fits.get(chosen, 0)} of {seen.of}"
    found += (
        f"; in {seen.telling} of them another way would show" if seen.telling else "; none of them tells ways apart"
    )
    best = max(_WAYS, key=lambda way: (seen.fits.get(way, 0), way == chosen))
    if seen.fits.get(best, 0) > seen.fits.get(chosen, 0):
        return red(
            name,
            f"{found}; {_WAYS[best]} in {seen.fits[best]}",
            f"`tribe-yuki settings set vat_rounding={best}`; what is booked already is reported as booked differently.",
        )
    return green(name, found)


def _lines_of_cents(operator: Operator, record: ConnectionRecord, books: AdministrationCodes) -> Iterator[Check]:
    name, settings = "lines of cents", record.settings
    if code_without_vat(books.vat_codes, today(operator)) is None:
        yield amber(
            name,
            "Yuki has no active code without VAT (type 0 or 4), so that an invoice may be held for a cent",
            "Have the exempt code or the zero rate made active in Yuki.",
        )
    proposed = next(_for_rounding(books, settings), None)
    if settings.rounding_ledger_account:
        yield green(name, f"they go to {settings.rounding_ledger_account}")
    elif proposed:
        yield amber(
            name,
            f"they go to the account of the largest line; Yuki has {proposed.code} {proposed.description}",
            f"If that is the account for them: `tribe-yuki settings set rounding_ledger_account={proposed.code}`.",
        )
    else:
        yield green(name, "they go to the account of the largest line; Yuki has no revenue account for rounding")


def _for_rounding(books: AdministrationCodes, settings: ConnectionSettings) -> Iterator[GlAccount]:
    for account in books.gl_accounts:
        takes_revenue = account.is_enabled and account.type in settings.revenue_gl_account_types
        if takes_revenue and _FOR_ROUNDING.search(account.description):
            yield account
