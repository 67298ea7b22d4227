"""What details say to people, in English and Dutch."""

import re
from collections.abc import Mapping

from tribe_yuki.core.details import Detail, DetailCode, Details
from tribe_yuki.core.holds import HOLDS, HoldReason

SENTENCES: Mapping[DetailCode, tuple[str, str]] = {
    DetailCode.INVOICE_DATE_MISSING: ("the invoice date is missing", "de factuurdatum ontbreekt"),
    DetailCode.CUSTOMER_MISSING: ("the customer is missing", "de klant ontbreekt"),
    DetailCode.CUSTOMER_NAMELESS: ("the customer has no name", "de klant heeft geen naam"),
    DetailCode.COUNTRY_UNKNOWN: (
        "the country of the customer's address is not known",
        "het land in het adres van de klant is niet bekend",
    ),
    DetailCode.NOT_FINAL: ("it is Sent but not final", "de factuur is Verstuurd maar niet gefinaliseerd"),
    DetailCode.NO_AMOUNTS: ("no line has an amount", "geen enkele regel heeft een bedrag"),
    DetailCode.NUMBER_TOO_LONG: (
        "the number is longer than {most} characters",
        "het nummer is langer dan {most} tekens",
    ),
    DetailCode.LINES_CUT_OFF: ("Tribe shows only a part of the lines", "Tribe toont maar een deel van de regels"),
    DetailCode.CURRENCY_UNKNOWN: ("currency {currency} is not a currency code", "valuta {currency} is geen valutacode"),
    DetailCode.CHECK_DIGITS_WRONG: (
        "the check digits of the payment reference in {in_field} are wrong",
        "de controlecijfers van het betalingskenmerk in {in_field} kloppen niet",
    ),
    DetailCode.PRICE_TOO_PRECISE: (
        "price {price} has more than four decimals",
        "prijs {price} heeft meer dan vier decimalen",
    ),
    DetailCode.QUANTITY_TOO_PRECISE: (
        "quantity {quantity} has more than four decimals",
        "aantal {quantity} heeft meer dan vier decimalen",
    ),
    DetailCode.PRICE_MISSING: ("line {line} has no price in {currency}", "regel {line} heeft geen prijs in {currency}"),
    DetailCode.ELEMENT_INVALID: (
        "{element} is empty, or not as Yuki wants it",
        "{element} is leeg, of niet zoals Yuki het wil",
    ),
    DetailCode.FIELD_FIXED: ("Tribe does not let {name} be changed", "Tribe laat {name} niet wijzigen"),
    DetailCode.TOO_LARGE: ("{value}: too large", "{value}: te groot"),
    DetailCode.LINE_TOO_LARGE: ("line {line}, {value}: too large", "regel {line}, {value}: te groot"),
    DetailCode.YEAR_OUT_OF_RANGE: ("{value}: not between {low} and {high}", "{value}: niet tussen {low} en {high}"),
    DetailCode.DAYS_OUT_OF_RANGE: (
        "{value}: not between {low} and {high} days",
        "{value}: niet tussen {low} en {high} dagen",
    ),
    DetailCode.FIELD_MALFORMED: ("{name} should be {wanted}", "{name} hoort {wanted} te zijn"),
    DetailCode.NOTATION_UNKNOWN: ("{name} is written in an unknown way", "{name} staat er op een onbekende manier"),
    DetailCode.FIELD_MISSING: ("{name} is missing", "{name} ontbreekt"),
    DetailCode.OF_ANOTHER_VERSION: (
        "stored by another version of the connector",
        "bewaard door een andere versie van de koppeling",
    ),
    DetailCode.FAILURE: ("the connector fails at it ({error})", "de koppeling loopt erop vast ({error})"),
    DetailCode.ACCOUNT_MISSING: ("line {line} has none", "regel {line} heeft er geen"),
    DetailCode.ACCOUNT_UNKNOWN: ("{account} does not exist in Yuki", "{account} bestaat niet in Yuki"),
    DetailCode.ACCOUNT_DISABLED: ("{account} is disabled in Yuki", "{account} staat uit in Yuki"),
    DetailCode.ACCOUNT_NOT_REVENUE: ("{account} is not a revenue account", "{account} is geen omzetrekening"),
    DetailCode.VAT_GROUP_MISSING: ("(none: a line has no VAT group)", "(geen: een regel heeft geen btw-groep)"),
    DetailCode.VAT_GROUP_UNMAPPED: ("{group} ({location})", "{group} ({location})"),
    DetailCode.VAT_CODE_INACTIVE: (
        "{group}: type {type}, {percentage} % is not active in Yuki on {day}",
        "{group}: soort {type}, {percentage} % is in Yuki niet actief op {day}",
    ),
    DetailCode.VAT_CODE_AMBIGUOUS: (
        "{group}: several codes of type {type}, choose one",
        "{group}: meer codes van soort {type}, kies er een",
    ),
    DetailCode.EXPORT_TO: ("export, {country}", "export, {country}"),
    DetailCode.EU_SUPPLY_TO: ("supply within the EU, {country}", "levering binnen de EU, {country}"),
    DetailCode.VAT_NUMBER_OF: (" ({country})", " ({country})"),
    DetailCode.VAT_NUMBER_GOODS_ONLY: (
        " ({country}), of another EU country; one of Northern Ireland (XI) is for goods only",
        " ({country}), van een ander EU-land; een Noord-Iers nummer (XI) geldt alleen voor goederen",
    ),
    DetailCode.VAT_NUMBER_NOT_EU: (
        " ({country}), of another EU country; the number in Tribe is one of {given}",
        " ({country}), van een ander EU-land; het nummer in Tribe is van {given}",
    ),
    DetailCode.VAT_NUMBER_ELSEWHERE: (
        " ({country}), of {of_country}; the number in Tribe is one of {given}",
        " ({country}), van {of_country}; het nummer in Tribe is van {given}",
    ),
    DetailCode.TOTALS_MISSING: ("Tribe shows no totals", "Tribe toont geen totalen"),
    DetailCode.TOTAL_DIFFERS: ("{total} {tribe} in Tribe, {yuki} in Yuki", "{total} {tribe} in Tribe, {yuki} in Yuki"),
    DetailCode.CONTACT_NUMBERS: ("{numbers} in Yuki", "{numbers} in Yuki"),
    DetailCode.CONTACT_IDS: ("{numbers}", "{numbers}"),
    DetailCode.KIND: ("{kind}", "{kind}"),
    DetailCode.CONTACT_CHANGED: (
        "Yuki changed contact {contact} instead of making one",
        "Yuki heeft contact {contact} gewijzigd in plaats van er een te maken",
    ),
    DetailCode.UNLINKED_BY_HAND: ("a person took the link away", "iemand heeft de koppeling weggehaald"),
    DetailCode.LINKED_ELSEWHERE: (
        "the contact is linked to another relation",
        "het contact is aan een andere relatie gekoppeld",
    ),
    DetailCode.RELATIONS: ("see the relations that the hold names", "zie de relaties die erbij genoemd zijn"),
    DetailCode.NUMBER_IN_TRIBE: (
        "another invoice in Tribe has number {number}, too",
        "een andere factuur in Tribe heeft ook nummer {number}",
    ),
    DetailCode.NUMBER_BOOKED: (
        "another invoice of Tribe was booked under number {number}",
        "een andere factuur van Tribe is geboekt onder nummer {number}",
    ),
    DetailCode.NUMBER_IN_YUKI: (
        "Yuki holds an invoice {number} that is not equal to this one",
        "in Yuki staat een factuur {number} die niet gelijk is aan deze",
    ),
    DetailCode.SENDS: ("{times}", "{times}"),
    DetailCode.EDITED: ("{fields}", "{fields}"),
    DetailCode.DELETED_IN_TRIBE: ("deleted in Tribe", "verwijderd in Tribe"),
    DetailCode.NOT_IN_YUKI: ("not in Yuki", "niet in Yuki"),
    DetailCode.TIMES_IN_YUKI: ("{times} times in Yuki", "{times} keer in Yuki"),
    DetailCode.OTHER_CONTACT: ("another contact in Yuki", "een ander contact in Yuki"),
    DetailCode.BOOKED_OTHERWISE: (
        "{value} {ours} sent, {theirs} in Yuki",
        "{value} {ours} verstuurd, {theirs} in Yuki",
    ),
    DetailCode.SAME_NUMBER: ("{ids}", "{ids}"),
    DetailCode.NUMBERS_MISSING: ("{count}", "{count}"),
    DetailCode.KEY_WRONG: ("it is wrong or was withdrawn", "hij is onjuist of ingetrokken"),
    DetailCode.NO_ACCESS: (
        "it does not give access to the administration",
        "hij geeft geen toegang tot de administratie",
    ),
    DetailCode.NO_BOOKS: (
        "{host} has no books for it: it is a key of the other country, lacks the right, or the domain is inactive",
        "{host} heeft er geen boeken voor: een sleutel van het andere land, zonder het recht, of een inactief domein",
    ),
    DetailCode.MODULE_OFF: ("the invoicing module is off", "de module facturatie staat uit"),
    DetailCode.NO_RIGHT: ("no right to {right} {to}", "geen recht voor {to} ({right})"),
    DetailCode.CONSENT_MISSING: ("nobody gave consent yet", "niemand heeft nog toestemming gegeven"),
    DetailCode.CONSENT_LOST: (
        "the consent was withdrawn, has expired, or the answer to its last renewal was lost",
        "de toestemming is ingetrokken of verlopen, of het antwoord op de laatste verlenging ging verloren",
    ),
    DetailCode.TOKEN_REFUSED: ("the access token is not accepted", "het toegangstoken wordt niet geaccepteerd"),
    DetailCode.CLIENT_REFUSED: (
        "the client id or secret is not accepted",
        "client-id of client-secret wordt niet geaccepteerd",
    ),
    DetailCode.CONSENT_CODE_USED: (
        "the code of the consent screen is used up or too old",
        "de code van het toestemmingsscherm is al gebruikt of te oud",
    ),
    DetailCode.GRANT_REFUSED: (
        "the application is not registered for this way of signing in: setting tribe.grant",
        "de applicatie is niet geregistreerd voor deze manier van aanmelden: instelling tribe.grant",
    ),
    DetailCode.SCOPE_REFUSED: (
        "scope not allowed for this application: setting tribe.scope",
        "scope niet toegestaan voor deze applicatie: instelling tribe.scope",
    ),
    DetailCode.NO_REFRESH_TOKEN: (
        "no refresh token came along: setting tribe.scope must hold offline",
        "er kwam geen verversingstoken mee: in instelling tribe.scope moet offline staan",
    ),
    DetailCode.ERROR: ("{code}", "{code}"),
    DetailCode.PHASE: ("{code}", "{code}"),
    DetailCode.TEXT: ("{text}", "{text}"),
}

# Words that stand in a placeholder, by the placeholder's name; a value that is not here is said as it is.
WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "total": {"excl": ("excl.", "excl."), "vat": ("VAT", "btw"), "incl": ("incl.", "incl.")},
    "value": {
        "amount": ("amount", "bedrag"),
        "date": ("date", "datum"),
        "discount": ("discount", "korting"),
        "due_date": ("due date", "vervaldatum"),
        "invoice_date": ("invoice date", "factuurdatum"),
        "payment_term": ("payment term", "betaaltermijn"),
        "price": ("price", "prijs"),
        "quantity": ("quantity", "aantal"),
        "vat_amount": ("VAT amount", "btw-bedrag"),
        "vat_percentage": ("VAT percentage", "btw-percentage"),
    },
    "wanted": {
        "text": ("a text", "een tekst"),
        "number": ("a number", "een getal"),
        "date": ("a date", "een datum"),
        "record": ("a record", "een record"),
        "records": ("a list of records", "een lijst van records"),
        "guid": ("a GUID", "een GUID"),
        "flag": ("true or false", "waar of onwaar"),
    },
    "right": {"read": ("read", "lezen"), "write": ("write", "schrijven")},
    "fields": {
        "number": ("number", "nummer"),
        "date": ("date", "datum"),
        "currency": ("currency", "valuta"),
        "amount": ("amount", "bedrag"),
        "customer": ("customer", "klant"),
        "phase": ("status", "status"),
    },
    "location": {
        "domestic": ("customer in the own country", "klant in het eigen land"),
        "eu_with_vat": ("customer in the EU with a VAT number", "klant in de EU met btw-nummer"),
        "eu_without_vat": ("customer in the EU without a VAT number", "klant in de EU zonder btw-nummer"),
        "outside_eu": ("customer outside the EU", "klant buiten de EU"),
    },
    "element": {
        "ContactCode": ("the debtor number (ContactCode)", "het debiteurennummer (ContactCode)"),
        "FullName": ("the name of the customer (FullName)", "de naam van de klant (FullName)"),
        "Product/Description": ("the description of a line", "de omschrijving van een regel"),
        "Reference": ("the invoice number (Reference)", "het factuurnummer (Reference)"),
        "Subject": ("the subject", "het onderwerp"),
        "document": ("a part of the invoice", "een deel van de factuur"),
    },
    "kind": {"organisation": ("an organisation", "een organisatie"), "person": ("a person", "een persoon")},
    "given": {"none": ("no country", "geen land")},
}
_LISTS = frozenset({"fields", "ids", "numbers"})
_AMOUNT = re.compile(r"-?\d+\.\d+")
_NUMBERS = frozenset({"ours", "percentage", "price", "quantity", "theirs", "tribe", "yuki"})


def details_in(language: str, details: Details) -> str:
    """Return details in a language (`en` or `nl`)."""
    return "; ".join(_said(language, detail) for detail in details)


def mailed_details_in(language: str, details: Details) -> str:
    """Return what a mail may say of details: nothing when one of them is not for mails."""
    return details_in(language, details).strip() if all(detail.code.is_mailed for detail in details) else ""


def _said(language: str, detail: Detail) -> str:
    sentence = SENTENCES[detail.code][language == "nl"]
    return sentence.format_map({name: _value(language, name, value) for name, value in detail.values.items()})


def _value(language: str, name: str, value: str) -> str:
    if name in _LISTS:
        return ", ".join(_word(language, name, part) for part in value.split())
    if name in _NUMBERS and language == "nl" and _AMOUNT.fullmatch(value):
        return value.replace(".", ",")
    return _word(language, name, value)


def _word(language: str, name: str, value: str) -> str:
    if name == "numbers" and value.isdigit():
        return f"no. {value}"
    word = WORDS.get(name, {}).get(value)
    return word[language == "nl"] if word else value


def explain_hold(
    reason: HoldReason, *, language: str = "en", code: str = "", details: Details = (), words: str = ""
) -> str:
    """Return the sentence that tells a bookkeeper what to do; `language` is `en` or `nl`."""
    hold = HOLDS[reason]
    sentence = hold.dutch if language == "nl" else hold.english
    said = details_in(language, details)
    return sentence.format(code=code or "?", detail=said or "?", words=_ended(words) or "?")


def _ended(words: str) -> str:
    """Return another system's words as a sentence: it does not run into the next."""
    return f"{words}." if words and words[-1] not in ".!?…" else words
