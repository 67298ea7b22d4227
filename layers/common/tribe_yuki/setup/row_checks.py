"""Whether rows of the VAT mapping, and ledger accounts, are something that Yuki offers and Tribe charges."""

from collections.abc import Iterable, Sequence
from datetime import date

from tribe_yuki.admin.declined import Declined
from tribe_yuki.connections.administration import AdministrationCodes, VatCode
from tribe_yuki.connections.settings import ConnectionSettings, VatRule
from tribe_yuki.invoices.document.customer_vat import country_for_vat
from tribe_yuki.invoices.document.vat import FOREIGN_RATES, alike
from tribe_yuki.invoices.model import TribeVatGroup

_MOST_SHOWN = 15


def check_rows(rules: Iterable[VatRule], books: AdministrationCodes, today: date) -> None:
    """Raise Declined for rows whose code Yuki does not offer, with all of their faults."""
    faults = [f"{row_text(rule)}: {fault}" for rule in rules if (fault := fault_of(rule, books.vat_codes, today))]
    if faults:
        offered = "; ".join(map(code_text, offered_on(books.vat_codes, today)))
        raise Declined("vat_code_unknown", f"{'. '.join(faults)}. It has: {offered}")


def fault_of(rule: VatRule, codes: Sequence[VatCode], today: date) -> str:
    """Return what is wrong with a row's code, as Yuki offers codes today; empty when nothing is.

    A row that is not for today is looked at on the nearest day that it is for.
    """
    day = min(max(today, rule.valid_from or today), rule.valid_to or date.max)
    named = [code for code in alike(codes, rule, day) if rule.description in (None, code.description)]
    if not named:
        return f"Yuki has no such VAT code {'today' if day == today else f'on {day}'}"
    countries = {country_for_vat(code.country) for code in named if code.country}
    is_told = all(code.country for code in named)
    if rule.vat_type not in FOREIGN_RATES:
        return ""
    if rule.country is None:
        return "" if countries else "Yuki does not say of which country this VAT is; give it with --country"
    return f"in Yuki that is for {', '.join(sorted(countries))}" if is_told and rule.country not in countries else ""


def check_percentages(rules: Iterable[VatRule], groups: Sequence[TribeVatGroup], today: date) -> None:
    """Raise Declined for a row for today whose VAT code has another percentage than its group has in Tribe."""
    for rule in rules:
        named = [group for group in groups if rule.vat_group.casefold() in names_of(group)]
        charged = [group.percentage for group in named if group.percentage is not None]
        if rule.is_for(today) and charged and rule.percentage not in charged:
            raise Declined(
                "vat_percentage_differs",
                f"{row_text(rule)}: {named[0].name or rule.vat_group} is {charged[0].normalize():f} % in Tribe, which "
                "is what customers are charged; choose a code of that percentage",
            )


def check_accounts(wanted: Iterable[str | None], settings: ConnectionSettings, books: AdministrationCodes) -> None:
    """Raise Declined for a ledger account that takes no revenue in Yuki."""
    usable = [
        account
        for account in books.gl_accounts
        if account.is_enabled and account.type in settings.revenue_gl_account_types
    ]
    known = {account.code for account in books.gl_accounts}
    for code in wanted:
        if code is not None and code not in {account.code for account in usable}:
            fault = "is no account that takes revenue" if code in known else "does not exist in Yuki"
            offered = "; ".join(f"{account.code} {account.description}" for account in usable[:_MOST_SHOWN])
            raise Declined("ledger_account_unusable", f"{code} {fault}, or is disabled. Usable are: {offered}")


def names_of(group: TribeVatGroup) -> frozenset[str]:
    """Return what rows may call a VAT group: its code and its id."""
    return frozenset(name.casefold() for name in (group.code, group.tribe_vat_group_id) if name)


def offered_on(codes: Iterable[VatCode], day: date) -> list[VatCode]:
    """Return the codes that may be used on a day."""
    return [code for code in codes if code.is_valid_on(day)]


def code_text(code: VatCode) -> str:
    """Return a VAT code of Yuki as text."""
    country = f" ({code.country})" if code.country and code.type in FOREIGN_RATES else ""
    return f"{code.type} {code.percentage.normalize():f} % {code.description}{country}"


def row_text(rule: VatRule) -> str:
    """Return a row of the VAT mapping as text."""
    place = (rule.vat_group, rule.location or "any", rule.country, rule.supply)
    period = (f"from {rule.valid_from}" if rule.valid_from else "", f"to {rule.valid_to}" if rule.valid_to else "")
    meant = (f"{rule.vat_type} {rule.percentage.normalize():f} %", rule.description)
    left, right = (" ".join(filter(None, parts)) for parts in ((*place, *period), meant))
    return f"{left} = {right}"
