"""The details that earlier versions stored as English text.

A text that is none of these, such as another system's words, is shown as it stands.
"""

import re
from collections.abc import Mapping, Sequence

from tribe_yuki.core.details import Detail, DetailCode, Details, outside_text

_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CONTACT = rf"(?:no\. \d+|{_GUID})"
_ACCOUNT = r"(?P<account>[^:;(]+)"
_LOCATION = r"(?P<location>domestic|eu_with_vat|eu_without_vat|outside_eu)"
_FIELD = "number|date|currency|amount|customer|phase"
_VALUE = r"(?P<value>[A-Za-z ]+)"
_YEARS = r": not between (?P<low>\d+) and (?P<high>\d+)"

# The groups of a pattern are the values of its detail; the first pattern that fits counts.
_PATTERNS: Sequence[tuple[DetailCode, str]] = (
    (DetailCode.INVOICE_DATE_MISSING, "the invoice date is missing"),
    (DetailCode.CUSTOMER_MISSING, "the customer is missing"),
    (DetailCode.CUSTOMER_NAMELESS, "the customer has no name"),
    (DetailCode.COUNTRY_UNKNOWN, "the country of the customer's address is not known"),
    (DetailCode.NOT_FINAL, "it is Sent but not final"),
    (DetailCode.NO_AMOUNTS, "no line has an amount"),
    (DetailCode.NUMBER_TOO_LONG, r"the number is longer than (?P<most>\d+) characters"),
    (DetailCode.LINES_CUT_OFF, "Tribe shows only a part of the lines"),
    (DetailCode.CURRENCY_UNKNOWN, r"currency (?P<currency>.+) is not a currency code"),
    (DetailCode.CHECK_DIGITS_WRONG, r"(?P<in_field>\w+): check digits of .+ are wrong"),
    (DetailCode.PRICE_TOO_PRECISE, r"price (?P<price>[-\d.E+]+) has more than four decimals"),
    (DetailCode.QUANTITY_TOO_PRECISE, r"quantity (?P<quantity>[-\d.E+]+) has more than four decimals"),
    (DetailCode.PRICE_MISSING, r"line (?P<line>\d+) has no price in (?P<currency>\w+)"),
    (
        DetailCode.ELEMENT_INVALID,
        "(?P<element>ContactCode|DueDate|FullName|GLAccountCode|Product/Description|Reference|Subject|document)",
    ),
    (DetailCode.FIELD_FIXED, r"Tribe does not let (?P<name>\w+) be changed"),
    (DetailCode.LINE_TOO_LARGE, rf"line (?P<line>\d+), {_VALUE}: too large"),
    (DetailCode.TOO_LARGE, f"{_VALUE}: too large"),
    (DetailCode.DAYS_OUT_OF_RANGE, f"{_VALUE}{_YEARS} days"),
    (DetailCode.YEAR_OUT_OF_RANGE, f"{_VALUE}{_YEARS}"),
    (
        DetailCode.FIELD_MALFORMED,
        r"(?P<name>\w+) should be (?P<wanted>a text|a number|a date|a record|a list of records|a GUID|true or false)",
    ),
    (DetailCode.NOTATION_UNKNOWN, r"(?P<name>\w+) is written in an unknown way"),
    (DetailCode.FIELD_MISSING, r"(?P<name>\w+) is missing"),
    (DetailCode.OF_ANOTHER_VERSION, "stored by another version of the connector"),
    (DetailCode.FAILURE, r"error (?P<error>\w+)"),
    (DetailCode.ACCOUNT_MISSING, r"line (?P<line>\d+) has none"),
    (DetailCode.ACCOUNT_UNKNOWN, f"{_ACCOUNT} does not exist in Yuki"),
    (DetailCode.ACCOUNT_DISABLED, f"{_ACCOUNT} is disabled in Yuki"),
    (DetailCode.ACCOUNT_NOT_REVENUE, f"{_ACCOUNT} is not a revenue account"),
    (DetailCode.VAT_GROUP_MISSING, r"\(none\)"),
    (DetailCode.VAT_GROUP_UNMAPPED, rf"(?P<group>[^:]+) \({_LOCATION}\)"),
    (
        DetailCode.VAT_CODE_INACTIVE,
        r"(?P<group>.+): type (?P<type>\d+), (?P<percentage>[\d.]+) % is not active in Yuki on (?P<day>[-\d]+)",
    ),
    (DetailCode.VAT_CODE_AMBIGUOUS, r"(?P<group>.+): several codes of type (?P<type>\d+), choose one"),
    (DetailCode.EXPORT_TO, r"export, (?P<country>\w\w)"),
    (DetailCode.EU_SUPPLY_TO, r"EU supply, (?P<country>\w\w)"),
    (DetailCode.VAT_NUMBER_OF, r" \((?P<country>\w\w)\)"),
    (DetailCode.VAT_NUMBER_GOODS_ONLY, r" \((?P<country>\w\w)\): one of another EU country, it is one of XI"),
    (
        DetailCode.VAT_NUMBER_NOT_EU,
        r" \((?P<country>\w\w)\): one of another EU country, it is one of (?P<given>\w\w|no country)",
    ),
    (
        DetailCode.VAT_NUMBER_ELSEWHERE,
        r" \((?P<country>\w\w)\): one of (?P<of_country>\w\w), it is one of (?P<given>\w\w|no country)",
    ),
    (DetailCode.TOTALS_MISSING, "Tribe shows no totals"),
    (
        DetailCode.TOTAL_DIFFERS,
        r"(?P<total>excl\.|VAT|incl\.) (?P<tribe>[-\d.]+) in Tribe, (?P<yuki>[-\d.]+) in Yuki",
    ),
    (DetailCode.CONTACT_NUMBERS, r"(?P<numbers>no\. \d+(?:, no\. \d+)*)"),
    (DetailCode.RELATIONS, rf"(?P<ids>{_GUID}(?:, {_GUID})*)"),
    (DetailCode.CONTACT_IDS, rf"(?P<numbers>{_CONTACT}(?:, {_CONTACT})*)"),
    (DetailCode.KIND, "(?P<kind>organisation|person)"),
    (DetailCode.CONTACT_CHANGED, r"Yuki changed contact (?P<contact>\S+) instead of making one"),
    (DetailCode.UNLINKED_BY_HAND, "unlinked by a person"),
    (DetailCode.LINKED_ELSEWHERE, "the contact is linked to another relation"),
    (DetailCode.NUMBER_IN_TRIBE, r"(?P<number>.+) \(another invoice in Tribe has this number\)"),
    (DetailCode.NUMBER_BOOKED, r"(?P<number>.+) \(another invoice with this number is booked\)"),
    (DetailCode.NUMBER_IN_YUKI, r"(?P<number>.+) \(Yuki holds another invoice with this number\)"),
    (DetailCode.SENDS, r"(?P<times>\d)"),
    (DetailCode.EDITED, f"(?P<fields>(?:{_FIELD})(?:, (?:{_FIELD}))*)"),
    (DetailCode.DELETED_IN_TRIBE, "deleted in Tribe"),
    (DetailCode.NOT_IN_YUKI, "not in Yuki"),
    (DetailCode.TIMES_IN_YUKI, r"(?P<times>\d+) times in Yuki"),
    (DetailCode.OTHER_CONTACT, "contact"),
    (
        DetailCode.BOOKED_OTHERWISE,
        r"(?P<value>amount|date|due date) (?P<ours>[-\d.]+) sent, (?P<theirs>[-\d.]+) in Yuki",
    ),
    (DetailCode.KEY_WRONG, "it is wrong or was withdrawn"),
    (DetailCode.NO_ACCESS, f"it does not give access to (?:the administration|administration {_GUID})"),
    (DetailCode.NO_BOOKS, r"(?P<host>\S+) has no books for it: .*"),
    (DetailCode.MODULE_OFF, "invoicing module is off"),
    (DetailCode.NO_RIGHT, r"no right to (?P<right>read|write) (?P<to>\S+)"),
    (DetailCode.CONSENT_MISSING, "nobody gave consent yet"),
    (
        DetailCode.CONSENT_LOST,
        "the consent was withdrawn, has expired, or the answer to its last renewal was lost",
    ),
    (DetailCode.TOKEN_REFUSED, "the access token is not accepted"),
    (DetailCode.CLIENT_REFUSED, "the client id or secret is not accepted"),
    (DetailCode.CONSENT_CODE_USED, "the code of the consent screen is used up or too old"),
    (
        DetailCode.GRANT_REFUSED,
        "the application is not registered for this way of signing in: setting tribe.grant",
    ),
    (DetailCode.SCOPE_REFUSED, "scope not allowed for this application: setting tribe.scope"),
    (DetailCode.NO_REFRESH_TOKEN, "no refresh token came along: setting tribe.scope must hold offline"),
    (DetailCode.ERROR, "(?P<code>[a-z]+(?:_[a-z]+)+)"),
)

_WORDS: Mapping[str, str] = {
    "excl.": "excl",
    "VAT": "vat",
    "incl.": "incl",
    "a text": "text",
    "a number": "number",
    "a date": "date",
    "a record": "record",
    "a list of records": "records",
    "a GUID": "guid",
    "true or false": "flag",
    "no country": "none",
    "due date": "due_date",
    "invoice date": "invoice_date",
    "payment term": "payment_term",
    "VAT amount": "vat_amount",
    "VAT percentage": "vat_percentage",
}
_LISTS = frozenset({"fields", "ids", "numbers"})


def former_details(stored: str) -> Details:
    """Return what an English text of an earlier version says, as a whole or part by part."""
    for parts in ([stored], stored.split("; ")):
        details = [_detail(part) for part in parts]
        known = tuple(detail for detail in details if detail is not None)
        if len(known) == len(details):
            return known
    return (outside_text(stored),)


def _detail(stored: str) -> Detail | None:
    for code, pattern in _PATTERNS:
        match = re.fullmatch(pattern, stored)
        if match is not None:
            return Detail(code, {name: _value(name, value) for name, value in match.groupdict().items()})
    return None


def _value(name: str, former: str) -> str:
    if name in _LISTS:
        return former.replace("no. ", "").replace(",", "")
    return _WORDS.get(former, former)
