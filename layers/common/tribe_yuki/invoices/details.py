"""The details of invoices that need values (`core/details.py`)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

from tribe_yuki.core.details import Detail, DetailCode, listed

NO_COUNTRY = "none"

# The vocabularies of values; the catalogue has a message for each word.
type Total = Literal["excl", "vat", "incl"]
type BookedValue = Literal["amount", "date", "due_date"]
type TribeDay = Literal["invoice_date", "due_date"]
type TribeNumber = Literal["amount", "discount", "price", "quantity", "vat_amount", "vat_percentage"]
type InvoiceField = Literal["number", "date", "due_date", "currency", "amount", "vat", "lines", "customer", "phase"]
type EditedValue = Literal["number", "date", "due_date", "currency"]
type EditedAmount = Literal["amount", "vat_amount"]

# An invoice that cannot be booked as it is.


def number_too_long(most: int) -> Detail:
    """The number of the invoice has more characters than can be stored."""
    return Detail(DetailCode.NUMBER_TOO_LONG, {"most": str(most)})


def currency_unknown(currency: str) -> Detail:
    """The currency of the invoice is no code."""
    return Detail(DetailCode.CURRENCY_UNKNOWN, {"currency": repr(currency)})


def price_missing(line: int, currency: str) -> Detail:
    """A line has a price in the base currency only."""
    return Detail(DetailCode.PRICE_MISSING, {"line": str(line), "currency": currency})


def element_invalid(element: str) -> Detail:
    """An element of Yuki's document is empty, or not as its schema wants it."""
    return Detail(DetailCode.ELEMENT_INVALID, {"element": element})


def field_fixed(name: str) -> Detail:
    """Tribe does not let a field be changed."""
    return Detail(DetailCode.FIELD_FIXED, {"name": name})


def too_large(number: TribeNumber, line: int | None = None) -> Detail:
    """A number of the invoice, or of one of its lines, is beyond all bounds."""
    if line is None:
        return Detail(DetailCode.TOO_LARGE, {"value": number})
    return Detail(DetailCode.LINE_TOO_LARGE, {"line": str(line), "value": number})


def year_out_of_range(day: TribeDay, first: int, last: int) -> Detail:
    """A day of the invoice is beyond all bounds."""
    return Detail(DetailCode.YEAR_OUT_OF_RANGE, {"value": day, "low": str(first), "high": str(last)})


def days_out_of_range(most: int) -> Detail:
    """The payment term is beyond all bounds."""
    return Detail(DetailCode.DAYS_OUT_OF_RANGE, {"value": "payment_term", "low": "0", "high": str(most)})


# The ledger and VAT.


def on_line(detail: Detail, line: int, group: str | None) -> Detail:
    """The same detail, with the line of the invoice that it is about, and that line's VAT group."""
    return Detail(detail.code, {"group": group or "", **detail.values, "line": str(line)})


def account_missing(line: int) -> Detail:
    """A line has no ledger account, and there is no default."""
    return Detail(DetailCode.ACCOUNT_MISSING, {"line": str(line)})


def account_unusable(
    code: Literal[DetailCode.ACCOUNT_UNKNOWN, DetailCode.ACCOUNT_DISABLED, DetailCode.ACCOUNT_NOT_REVENUE], account: str
) -> Detail:
    """A ledger account cannot be booked on, in one of three ways."""
    return Detail(code, {"account": account})


def vat_group_unmapped(group: str, location: str) -> Detail:
    """A VAT group has no code for customers in a location."""
    return Detail(DetailCode.VAT_GROUP_UNMAPPED, {"group": group, "location": location})


def vat_code_inactive(group: str, vat_type: int, percentage: Decimal, day: date) -> Detail:
    """The VAT code of a group is none of Yuki's on a day."""
    values = {"group": group, "type": str(vat_type), "percentage": str(percentage), "day": day.isoformat()}
    return Detail(DetailCode.VAT_CODE_INACTIVE, values)


def vat_code_ambiguous(group: str, vat_type: int) -> Detail:
    """Yuki has several VAT codes of a type, and none was chosen for a group."""
    return Detail(DetailCode.VAT_CODE_AMBIGUOUS, {"group": group, "type": str(vat_type)})


def vat_code_not_for_country(group: str, vat_type: int, percentage: Decimal, country: str | None) -> Detail:
    """Yuki has VAT codes like that of a group, and none of them is of the customer's country."""
    values = {"group": group, "type": str(vat_type), "percentage": _plain(percentage), "country": country or NO_COUNTRY}
    return Detail(DetailCode.VAT_CODE_NOT_FOR_COUNTRY, values)


def vat_code_without_country(group: str, vat_type: int) -> Detail:
    """Neither Yuki nor the row of a group says of which country the VAT is."""
    return Detail(DetailCode.VAT_CODE_WITHOUT_COUNTRY, {"group": group, "type": str(vat_type)})


def vat_percentage_differs(group: str, tribe: Decimal, mapped: Decimal) -> Detail:
    """The VAT code of a group has another percentage than the group has in Tribe."""
    return Detail(
        DetailCode.VAT_PERCENTAGE_DIFFERS, {"group": group, "tribe": _plain(tribe), "percentage": _plain(mapped)}
    )


def _plain(percentage: Decimal) -> str:
    return f"{percentage.normalize():f}"


def export_to(country: str) -> Detail:
    """An export outside the EU goes to a customer who is inside."""
    return Detail(DetailCode.EXPORT_TO, {"country": country})


def eu_supply_to(country: str) -> Detail:
    """A supply within the EU goes to a customer of the own country, or outside."""
    return Detail(DetailCode.EU_SUPPLY_TO, {"country": country})


def foreign_rate_to(country: str) -> Detail:
    """VAT of another EU country goes to a customer of the own country, or outside the EU."""
    return Detail(DetailCode.FOREIGN_RATE_TO, {"country": country})


def oss_to_company(country: str) -> Detail:
    """A one-stop-shop sale, which is for consumers, goes to a customer with a VAT number."""
    return Detail(DetailCode.OSS_TO_COMPANY, {"country": country})


def vat_number_of(country: str) -> Detail:
    """The customer, who is in a country, has no valid VAT number."""
    return Detail(DetailCode.VAT_NUMBER_OF, {"country": country})


def vat_number_not_eu(country: str, given: str | None) -> Detail:
    """The customer's VAT number is of a country, or none, that is no other country of the EU."""
    if given == "XI":
        return Detail(DetailCode.VAT_NUMBER_GOODS_ONLY, {"country": country})
    return Detail(DetailCode.VAT_NUMBER_NOT_EU, {"country": country, "given": given or NO_COUNTRY})


def vat_number_elsewhere(country: str, wanted: str, given: str | None) -> Detail:
    """The customer's VAT number is of another country, or none, than the one that is wanted."""
    values = {"country": country, "of_country": wanted, "given": given or NO_COUNTRY}
    return Detail(DetailCode.VAT_NUMBER_ELSEWHERE, values)


def total_differs(total: Total, tribe: Decimal, yuki: Decimal) -> Detail:
    """Yuki would come to another total than Tribe."""
    return Detail(DetailCode.TOTAL_DIFFERS, {"total": total, "tribe": str(tribe), "yuki": str(yuki)})


def vat_differs(percentage: Decimal, tribe: Decimal, yuki: Decimal) -> Detail:
    """Yuki would come to another VAT of a rate than Tribe."""
    values = {"percentage": f"{percentage.normalize():f}", "tribe": str(tribe), "yuki": str(yuki)}
    return Detail(DetailCode.VAT_DIFFERS, values)


def more_than_rounding(allowed: Decimal) -> Detail:
    """Totals differ by more than rounding comes to on such an invoice."""
    return Detail(DetailCode.MORE_THAN_ROUNDING, {"allowed": str(allowed)})


# Numbers and attempts.


def number_in_use(
    code: Literal[DetailCode.NUMBER_IN_TRIBE, DetailCode.NUMBER_BOOKED, DetailCode.NUMBER_IN_YUKI], number: str | None
) -> Detail:
    """The number of the invoice is another's: of Tribe, of Tribe and booked, or of Yuki."""
    return Detail(code, {"number": number or ""})


def alike_in_yuki(number: str, day: date | None, amount: Decimal | None) -> Detail:
    """An invoice in Yuki that may be this invoice under another number, or typed in with another date or amount."""
    values = {"number": number, "day": day.isoformat() if day else "?", "amount": str(amount or "?")}
    return Detail(DetailCode.ALIKE_IN_YUKI, values)


def sends(times: int) -> Detail:
    """How often the invoice went out."""
    return Detail(DetailCode.SENDS, {"times": str(times)})


# What is reported of a booked invoice, and found about numbers.


def edited(fields: Iterable[InvoiceField], now: str = "") -> Detail:
    """The fields that Tribe shows otherwise than when the invoice was booked; `now` tells one edit from the next."""
    return Detail(DetailCode.EDITED, {"fields": listed(fields)} | ({"now": now} if now else {}))


def edited_value(value: EditedValue, before: object, now: object) -> Detail:
    """A value that Tribe shows otherwise than when the invoice was booked."""
    return Detail(DetailCode.EDITED_VALUE, {"value": value, "ours": str(before or "-"), "theirs": str(now or "-")})


def edited_amount(value: EditedAmount, before: Decimal | None, now: Decimal | None, mark: str = "") -> Detail:
    """An amount that Tribe shows otherwise than when the invoice was booked, and the difference."""
    more = now - before if now is not None and before is not None else None
    values = {"value": value, "ours": _shown(before), "theirs": _shown(now), "amount": _shown(more)}
    return Detail(DetailCode.EDITED_AMOUNT, values | ({"now": mark} if mark else {}))


def _shown(amount: Decimal | None) -> str:
    return "?" if amount is None else f"{amount:.2f}"


def times_in_yuki(times: int) -> Detail:
    """How often Yuki has the invoice."""
    return Detail(DetailCode.TIMES_IN_YUKI, {"times": str(times)})


def booked_otherwise(value: BookedValue, ours: object, theirs: object) -> Detail:
    """A value of Yuki's books is not what was sent."""
    return Detail(DetailCode.BOOKED_OTHERWISE, {"value": value, "ours": str(ours), "theirs": str(theirs)})


def same_number(tribe_invoice_ids: Iterable[str]) -> Detail:
    """The invoices that have one number."""
    return Detail(DetailCode.SAME_NUMBER, {"ids": listed(tribe_invoice_ids)})


def numbers_missing(count: int) -> Detail:
    """How many numbers are missing in a row."""
    return Detail(DetailCode.NUMBERS_MISSING, {"count": str(count)})
