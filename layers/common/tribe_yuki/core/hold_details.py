"""The details of holds in English and Dutch: a stored detail is short English, this table says it to people.

A detail that no row knows is shown as it stands, and never leaves for a mail. This module imports nothing of ours,
because errors need it everywhere.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DetailText:
    """A kind of detail: what it looks like, and what it says; groups of the pattern may be named in the sentences."""

    pattern: str
    english: str
    dutch: str


_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CODE = r"[^:;(]+"
_AMOUNT = re.compile(r"-?\d+\.\d+")

# What Yuki's schema calls the parts of an invoice: no other word of its messages goes into a mail.
ELEMENTS: Sequence[str] = (
    *("AccrualDate", "AccrualInterval", "AccrualPeriods", "AddressLine_1", "AddressLine_2", "BIC", "BankAccount"),
    *("BuyerReference", "Category", "City", "CoCNumber", "Code", "Contact", "ContactCode", "ContactPerson"),
    *("ContactType", "Country", "CountryCode", "Currency", "Date", "Description", "DocumentBase64"),
    *("DocumentFileName", "DueDate", "EmailAddress", "EmailHome", "EmailToCustomer", "EmailWork", "FirstName"),
    *("FullName", "GLAccountCode", "GLN", "Gender", "ID", "InvoiceLine", "InvoiceLines", "LastName", "Layout"),
    *("LineAmount", "LineVATAmount", "MailAddressLine_1", "MailAddressLine_2", "MailCity", "MailPostCode"),
    *("MiddleName", "MobileHome", "MobileWork", "Notes", "OIN", "PaymentID", "PaymentMethod", "PhoneHome"),
    *("PhoneWork", "PostCode", "PriceList", "Process", "Product", "Product/Description", "ProductQuantity"),
    *("ProjectCode", "ProjectID", "PurchaseOrderNumber", "Reference", "Remarks", "SalesInvoice", "SalesInvoices"),
    *("SalesPrice", "SentToPeppol", "SourceInvoiceReference", "Subject", "Type", "VATDescription", "VATIncluded"),
    *("VATNumber", "VATPercentage", "VATType", "Website", "WorkAddressLine_1", "WorkAddressLine_2", "WorkCity"),
    *("WorkCountry", "WorkPostCode", "Zipcode", "document"),
)

DETAILS: Sequence[DetailText] = (
    # An invoice that cannot be booked as it is.
    DetailText("the invoice date is missing", "the invoice date is missing", "de factuurdatum ontbreekt"),
    DetailText("the customer is missing", "the customer is missing", "de klant ontbreekt"),
    DetailText("the customer has no name", "the customer has no name", "de klant heeft geen naam"),
    DetailText(
        "the country of the customer's address is not known",
        "the country of the customer's address is not known",
        "het land in het adres van de klant is niet bekend",
    ),
    DetailText(
        "it is Sent but not final", "it is Sent but not final", "de factuur is Verstuurd maar niet gefinaliseerd"
    ),
    DetailText("no line has an amount", "no line has an amount", "geen enkele regel heeft een bedrag"),
    DetailText(
        r"the number is longer than (?P<most>\d+) characters",
        "the number is longer than {most} characters",
        "het nummer is langer dan {most} tekens",
    ),
    DetailText(
        "Tribe shows only a part of the lines",
        "Tribe shows only a part of the lines",
        "Tribe toont maar een deel van de regels",
    ),
    DetailText(
        r"currency (?P<currency>.+) is not a currency code",
        "currency {currency} is not a currency code",
        "valuta {currency} is geen valutacode",
    ),
    DetailText(
        r"(?P<field>\w+): check digits of (?P<value>.+) are wrong",
        "the check digits of the payment reference in {field} are wrong",
        "de controlecijfers van het betalingskenmerk in {field} kloppen niet",
    ),
    DetailText(
        r"price (?P<price>[-\d.E+]+) has more than four decimals",
        "price {price} has more than four decimals",
        "prijs {price} heeft meer dan vier decimalen",
    ),
    DetailText(
        r"quantity (?P<quantity>[-\d.E+]+) has more than four decimals",
        "quantity {quantity} has more than four decimals",
        "aantal {quantity} heeft meer dan vier decimalen",
    ),
    DetailText(
        r"line (?P<position>\d+) has no price in (?P<currency>\w+)",
        "line {position} has no price in {currency}",
        "regel {position} heeft geen prijs in {currency}",
    ),
    DetailText(
        rf"(?P<element>{'|'.join(ELEMENTS)})",
        "{element} is empty, or not as Yuki wants it",
        "{element} is leeg, of niet zoals Yuki het wil",
    ),
    DetailText(
        r"Tribe does not let (?P<field>\w+) be changed",
        "Tribe does not let {field} be changed",
        "Tribe laat {field} niet wijzigen",
    ),
    *(
        DetailText(
            f"{pattern}(?P<what>[A-Za-z ]+): {told}", f"{english}{{what}}: {told_en}", f"{dutch}{{what}}: {told_nl}"
        )
        for pattern, english, dutch in (("", "", ""), (r"line (?P<line>\d+), ", "line {line}, ", "regel {line}, "))
        for told, told_en, told_nl in (
            ("too large", "too large", "te groot"),
            (
                r"not between (?P<low>\d+) and (?P<high>\d+)",
                "not between {low} and {high}",
                "niet tussen {low} en {high}",
            ),
            (
                r"not between (?P<low>\d+) and (?P<high>\d+) days",
                "not between {low} and {high} days",
                "niet tussen {low} en {high} dagen",
            ),
        )
    ),
    # What cannot be worked with.
    DetailText(
        r"(?P<field>\w+) should be (?P<wanted>a text|a number|a date|a record|a list of records|a GUID|true or false)",
        "{field} should be {wanted}",
        "{field} hoort {wanted} te zijn",
    ),
    DetailText(
        r"(?P<field>\w+) is written in an unknown way",
        "{field} is written in an unknown way",
        "{field} staat er op een onbekende manier",
    ),
    DetailText(r"(?P<field>\w+) is missing", "{field} is missing", "{field} ontbreekt"),
    DetailText(
        "stored by another version of the connector",
        "stored by another version of the connector",
        "bewaard door een andere versie van de koppeling",
    ),
    DetailText(
        r"error (?P<error>\w+)", "the connector fails at it ({error})", "de koppeling loopt erop vast ({error})"
    ),
    # The ledger.
    DetailText(r"line (?P<line>\d+) has none", "line {line} has none", "regel {line} heeft er geen"),
    DetailText(
        rf"(?P<account>{_CODE}) does not exist in Yuki",
        "{account} does not exist in Yuki",
        "{account} bestaat niet in Yuki",
    ),
    DetailText(
        rf"(?P<account>{_CODE}) is disabled in Yuki", "{account} is disabled in Yuki", "{account} staat uit in Yuki"
    ),
    DetailText(
        rf"(?P<account>{_CODE}) is not a revenue account",
        "{account} is not a revenue account",
        "{account} is geen omzetrekening",
    ),
    # VAT.
    DetailText(r"\(none\)", "(none: a line has no VAT group)", "(geen: een regel heeft geen btw-groep)"),
    DetailText(
        r"(?P<group>[^:]+) \((?P<location>domestic|eu_with_vat|eu_without_vat|outside_eu)\)",
        "{group} ({location})",
        "{group} ({location})",
    ),
    DetailText(
        r"(?P<group>.+): type (?P<type>\d+), (?P<percentage>[\d.]+) % is not active in Yuki on (?P<day>[-\d]+)",
        "{group}: type {type}, {percentage} % is not active in Yuki on {day}",
        "{group}: soort {type}, {percentage} % is in Yuki niet actief op {day}",
    ),
    DetailText(
        r"(?P<group>.+): several codes of type (?P<type>\d+), choose one",
        "{group}: several codes of type {type}, choose one",
        "{group}: meer codes van soort {type}, kies er een",
    ),
    DetailText(r"export, (?P<country>\w\w)", "export, {country}", "export, {country}"),
    DetailText(r"EU supply, (?P<country>\w\w)", "supply within the EU, {country}", "levering binnen de EU, {country}"),
    DetailText(r" \((?P<country>\w\w)\)", " ({country})", " ({country})"),
    DetailText(
        r" \((?P<country>\w\w)\): one of another EU country, it is one of XI",
        " ({country}), of another EU country; one of Northern Ireland (XI) is for goods only",
        " ({country}), van een ander EU-land; een Noord-Iers nummer (XI) geldt alleen voor goederen",
    ),
    DetailText(
        r" \((?P<country>\w\w)\): one of another EU country, it is one of (?P<given>\w\w|no country)",
        " ({country}), of another EU country; the number in Tribe is one of {given}",
        " ({country}), van een ander EU-land; het nummer in Tribe is van {given}",
    ),
    DetailText(
        r" \((?P<country>\w\w)\): one of (?P<wanted>\w\w), it is one of (?P<given>\w\w|no country)",
        " ({country}), of {wanted}; the number in Tribe is one of {given}",
        " ({country}), van {wanted}; het nummer in Tribe is van {given}",
    ),
    # Totals: one, two or three parts.
    DetailText("Tribe shows no totals", "Tribe shows no totals", "Tribe toont geen totalen"),
    *(
        DetailText(
            "; ".join(
                rf"(?P<n{part}>excl\.|VAT|incl\.) (?P<t{part}>[-\d.]+) in Tribe, (?P<y{part}>[-\d.]+) in Yuki"
                for part in range(parts)
            ),
            "; ".join(f"{{n{part}}} {{t{part}}} in Tribe, {{y{part}}} in Yuki" for part in range(parts)),
            "; ".join(f"{{n{part}}} {{t{part}}} in Tribe, {{y{part}}} in Yuki" for part in range(parts)),
        )
        for parts in (1, 2, 3)
    ),
    # Contacts.
    DetailText(r"(?P<numbers>no\. \d+(?:, no\. \d+)*)", "{numbers} in Yuki", "{numbers} in Yuki"),
    DetailText("organisation", "an organisation", "een organisatie"),
    DetailText("person", "a person", "een persoon"),
    DetailText(
        r"Yuki changed contact (?P<contact>\S+) instead of making one",
        "Yuki changed contact {contact} instead of making one",
        "Yuki heeft contact {contact} gewijzigd in plaats van er een te maken",
    ),
    DetailText("unlinked by a person", "a person took the link away", "iemand heeft de koppeling weggehaald"),
    DetailText(
        "the contact is linked to another relation",
        "the contact is linked to another relation",
        "het contact is aan een andere relatie gekoppeld",
    ),
    DetailText(
        rf"{_GUID}(?:, {_GUID})*",
        "see the relations that the hold names",
        "zie de relaties die erbij genoemd zijn",
    ),
    # Numbers in use.
    DetailText(
        r"(?P<number>.+) \(another invoice in Tribe has this number\)",
        "another invoice in Tribe has number {number}, too",
        "een andere factuur in Tribe heeft ook nummer {number}",
    ),
    DetailText(
        r"(?P<number>.+) \(another invoice with this number is booked\)",
        "another invoice of Tribe was booked under number {number}",
        "een andere factuur van Tribe is geboekt onder nummer {number}",
    ),
    DetailText(
        r"(?P<number>.+) \(Yuki holds another invoice with this number\)",
        "Yuki holds an invoice {number} that is not equal to this one",
        "in Yuki staat een factuur {number} die niet gelijk is aan deze",
    ),
    # How often an invoice was sent.
    DetailText(r"(?P<times>\d)", "{times}", "{times}"),
    # What is reported of a booked invoice: edited fields, one to six, and what is otherwise in Yuki.
    *(
        DetailText(
            ", ".join(rf"(?P<f{part}>number|date|currency|amount|customer|phase)" for part in range(parts)),
            ", ".join(f"{{f{part}}}" for part in range(parts)),
            ", ".join(f"{{f{part}}}" for part in range(parts)),
        )
        for parts in (1, 2, 3, 4, 5, 6)
    ),
    DetailText("deleted in Tribe", "deleted in Tribe", "verwijderd in Tribe"),
    DetailText("not in Yuki", "not in Yuki", "niet in Yuki"),
    DetailText(r"(?P<times>\d+) times in Yuki", "{times} times in Yuki", "{times} keer in Yuki"),
    DetailText("contact", "another contact in Yuki", "een ander contact in Yuki"),
    DetailText(
        r"(?P<what>amount|date|due date) (?P<ours>[-\d.]+) sent, (?P<theirs>[-\d.]+) in Yuki",
        "{what} {ours} sent, {theirs} in Yuki",
        "{what} {ours} verstuurd, {theirs} in Yuki",
    ),
    # Credentials.
    DetailText("it is wrong or was withdrawn", "it is wrong or was withdrawn", "hij is onjuist of ingetrokken"),
    DetailText(
        rf"it does not give access to (?:the administration|administration {_GUID})",
        "it does not give access to the administration",
        "hij geeft geen toegang tot de administratie",
    ),
    DetailText(
        r"(?P<host>\S+) has no books for it: .*",
        "{host} has no books for it: it is a key of the other country, lacks the right, or the domain is inactive",
        "{host} heeft er geen boeken voor: een sleutel van het andere land, zonder het recht, of een inactief domein",
    ),
    DetailText("invoicing module is off", "the invoicing module is off", "de module facturatie staat uit"),
    DetailText(
        r"no right to (?P<right>read|write) (?P<what>\S+)",
        "no right to {right} {what}",
        "geen recht voor {what} ({right})",
    ),
    *(
        DetailText(english, english, dutch)
        for english, dutch in (
            ("nobody gave consent yet", "niemand heeft nog toestemming gegeven"),
            (
                "the consent was withdrawn, has expired, or the answer to its last renewal was lost",
                "de toestemming is ingetrokken of verlopen, of het antwoord op de laatste verlenging ging verloren",
            ),
            ("the access token is not accepted", "het toegangstoken wordt niet geaccepteerd"),
            ("the client id or secret is not accepted", "client-id of client-secret wordt niet geaccepteerd"),
            (
                "the code of the consent screen is used up or too old",
                "de code van het toestemmingsscherm is al gebruikt of te oud",
            ),
            (
                "the application is not registered for this way of signing in: setting tribe.grant",
                "de applicatie is niet geregistreerd voor deze manier van aanmelden: instelling tribe.grant",
            ),
            (
                "scope not allowed for this application: setting tribe.scope",
                "scope niet toegestaan voor deze applicatie: instelling tribe.scope",
            ),
            (
                "no refresh token came along: setting tribe.scope must hold offline",
                "er kwam geen verversingstoken mee: in instelling tribe.scope moet offline staan",
            ),
        )
    ),
)

# Words inside a detail that are not the same in both languages, by language.
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "domestic": "customer in the own country",
        "eu_with_vat": "customer in the EU with a VAT number",
        "eu_without_vat": "customer in the EU without a VAT number",
        "outside_eu": "customer outside the EU",
        "phase": "status",
        "ContactCode": "the debtor number (ContactCode)",
        "FullName": "the name of the customer (FullName)",
        "Product/Description": "the description of a line",
        "Reference": "the invoice number (Reference)",
        "Subject": "the subject",
        "document": "a part of the invoice",
    },
    "nl": {
        "domestic": "klant in het eigen land",
        "eu_with_vat": "klant in de EU met btw-nummer",
        "eu_without_vat": "klant in de EU zonder btw-nummer",
        "outside_eu": "klant buiten de EU",
        "ContactCode": "het debiteurennummer (ContactCode)",
        "FullName": "de naam van de klant (FullName)",
        "Product/Description": "de omschrijving van een regel",
        "Reference": "het factuurnummer (Reference)",
        "Subject": "het onderwerp",
        "document": "een deel van de factuur",
        "VAT": "btw",
        "number": "nummer",
        "date": "datum",
        "due date": "vervaldatum",
        "invoice date": "factuurdatum",
        "payment term": "betaaltermijn",
        "discount": "korting",
        "price": "prijs",
        "quantity": "aantal",
        "VAT amount": "btw-bedrag",
        "VAT percentage": "btw-percentage",
        "a text": "een tekst",
        "a number": "een getal",
        "a date": "een datum",
        "a record": "een record",
        "a list of records": "een lijst van records",
        "a GUID": "een GUID",
        "true or false": "waar of onwaar",
        "currency": "valuta",
        "amount": "bedrag",
        "customer": "klant",
        "phase": "status",
        "no country": "geen land",
        "read": "lezen",
        "write": "schrijven",
    },
}


def detail_in(language: str, detail: str) -> str:
    """Return a detail in a language (`en` or `nl`)."""
    said = _said(language, detail)
    return detail if said is None else said


def mailed_detail_in(language: str, detail: str) -> str:
    """Return what a mail may say of a detail: empty when nobody knows what it holds."""
    return (_said(language, detail) or "").strip()


def _said(language: str, detail: str) -> str | None:
    """Return a detail in a language, whole or part by part; None when nobody knows what it holds."""
    found = _find(detail)
    if found is not None:
        text, match = found
        return _filled(text.dutch if language == "nl" else text.english, match, language)
    parts = detail.split("; ")
    said = [_said(language, part) for part in parts] if len(parts) > 1 else [None]
    return None if None in said else "; ".join(filter(None, said))


def _find(detail: str) -> tuple[DetailText, re.Match[str]] | None:
    for text in DETAILS:
        match = re.fullmatch(text.pattern, detail)
        if match is not None:
            return text, match
    return None


def _filled(sentence: str, match: re.Match[str], language: str) -> str:
    words = WORDS[language]
    return sentence.format(
        **{name: _number(words.get(value, value), language) for name, value in match.groupdict().items()}
    )


def _number(text: str, language: str) -> str:
    """Write an amount as its readers do."""
    return text.replace(".", ",") if language == "nl" and _AMOUNT.fullmatch(text) else text
