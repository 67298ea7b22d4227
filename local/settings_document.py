"""Render `docs/settings.md`: what each setting of a connection is, may be, and does."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic_core import PydanticUndefined, to_jsonable_python

from tribe_yuki.connections.settings import ConnectionSettings, TotalsReading
from tribe_yuki.setup.allowed_values import NOT_CHOSEN, VAT_RULES, allowed

PREFACE = """<!-- Made by `python -m local.documents` from connections/settings.py and local/settings_document.py. -->
# Settings

Every setting of a connection. An operator shows and changes them; *Decides* says whom to ask first.

```sh
tribe-yuki settings                                   # all of them, with what each may be
tribe-yuki settings set pdf=required batch_size=10    # all of these or none; each change is journalled with who and why
tribe-yuki settings save settings.json                # as a file; `settings load` reads one
tribe-yuki settings vat                               # the VAT mapping, see vat-mapping.md
```

Settings are checked together, and against what Yuki offers, before they are stored. A worker reads them at the next
message, so a change holds from then on. Setting what left invoices out (`start_date`, `sent_phase`, `excluded_phases`,
`external_id_field`) has those invoices looked at again; so has the VAT mapping and the ledger accounts.
"""


class Who(StrEnum):
    """Who decides about a setting."""

    BOOKKEEPER = "bookkeeper"
    SALES = "sales"
    OPERATOR = "operator"
    NOBODY = "nobody"


class Described(NamedTuple):
    """Who decides about a setting, and what it does."""

    who: Who
    does: str


SECTIONS: Mapping[str, Mapping[str, Described]] = {
    "Contacts": {
        "import_customers": Described(
            Who.SALES,
            "Yuki's customers that are companies come to Tribe, and stay current there.",
        ),
        "import_private_customers": Described(Who.SALES, "The same for customers that are persons."),
        "import_suppliers": Described(Who.SALES, "The same for suppliers that are companies."),
        "export_customers": Described(
            Who.BOOKKEEPER,
            "Tribe's customers go to Yuki, and stay current there. The customer of an invoice goes in any case.",
        ),
        "export_private_customers": Described(Who.BOOKKEEPER, "The same for private customers."),
        "export_suppliers": Described(Who.BOOKKEEPER, "The same for suppliers."),
        "address_fallback": Described(
            Who.SALES,
            "Without an invoice address the postal, then the visiting address stands in.",
        ),
        "company_address": Described(Who.BOOKKEEPER, "Which of Yuki's addresses of a company is written."),
        "numbering_confirmed": Described(
            Who.SALES,
            "Automatic numbering of debtors is on in Tribe; `activate` asks for it.",
        ),
    },
    "Which invoices": {
        "start_date": Described(
            Who.BOOKKEEPER,
            "Invoices with an earlier date are skipped. `connect` takes the day that it ran.",
        ),
        "sent_phase": Described(Who.SALES, "The code of Tribe's phase for sent invoices."),
        "excluded_phases": Described(
            Who.SALES,
            "Codes of phases that never go to Yuki. Any other phase after Draft counts as sent.",
        ),
        "tribe_connector_confirmed_off": Described(
            Who.OPERATOR,
            "When somebody confirmed that Tribe's own connector for Yuki is off; both on would book everything twice.",
        ),
    },
    "VAT, ledger and totals": {
        "vat_rules": Described(Who.BOOKKEEPER, "The VAT mapping, set row by row: [vat-mapping.md](vat-mapping.md)."),
        "default_supply": Described(
            Who.BOOKKEEPER,
            "What is sold where no product group says otherwise; decides between VAT codes for goods and services.",
        ),
        "service_product_groups": Described(Who.BOOKKEEPER, "Product groups of Tribe, by id, that are services."),
        "default_ledger_account": Described(
            Who.BOOKKEEPER,
            "The revenue account of lines whose product has none. Without it such lines hold `ledger_unmapped`.",
        ),
        "revenue_gl_account_types": Described(Who.BOOKKEEPER, "Types of Yuki's ledger accounts that take revenue."),
        "same_number": Described(
            Who.BOOKKEEPER,
            "Which invoice numbers are one number to Yuki: those written alike (`as_written`), whatever the capitals "
            "(`any_case`), or with the same letters and digits (`any_writing`). Undocumented. What only looks alike "
            "is compared as well, and asked about.",
        ),
        "vat_rounding": Described(
            Who.BOOKKEEPER,
            "How Yuki rounds VAT: once per rate, per line, or per document. Undocumented; `doctor` and "
            "`booked_differently` tell.",
        ),
        "totals.amount": Described(
            Who.OPERATOR,
            "Whether Tribe's amount of an invoice excludes or includes VAT. Undocumented; `doctor` compares.",
        ),
        "totals.line_totals": Described(
            Who.OPERATOR,
            "Whether Tribe's totals of lines are before or after the discount of the document.",
        ),
        "totals.rounding": Described(
            Who.OPERATOR,
            "How Tribe rounds: [amounts.md](amounts.md). Undocumented; `doctor` learns it from the newest invoices and "
            "their PDFs. Without it the look of an invoice's lines tells, where its PDF does not.",
        ),
        "rounding_ledger_account": Described(
            Who.BOOKKEEPER,
            "The revenue account of lines that make up for rounding. Without it they go to that of the largest line.",
        ),
    },
    "What is booked": {
        "payment_method": Described(
            Who.BOOKKEEPER,
            "Yuki's payment method. Only methods with which invoices stay outstanding can be chosen.",
        ),
        "payment_term_days": Described(Who.BOOKKEEPER, "The payment term where neither invoice nor customer has one."),
        "payment_id_field": Described(
            Who.BOOKKEEPER,
            "A field of Tribe's invoice with the payment reference. A Belgian structured reference is checked.",
        ),
        "purchase_order_field": Described(Who.SALES, "A field of Tribe's invoice with the customer's order number."),
        "financial_email_on_invoice": Described(
            Who.SALES,
            "The customer's financial e-mail address goes along with the invoice.",
        ),
        "peppol": Described(
            Who.BOOKKEEPER,
            "Which system sends invoices over Peppol. A Belgian administration has to choose; `yuki` has Yuki "
            "send them.",
        ),
        "pdf": Described(
            Who.BOOKKEEPER,
            "Whether Tribe's PDF goes along: never, when it is there after two minutes, or always.",
        ),
        "pdf_largest_bytes": Described(Who.OPERATOR, "Larger PDFs stay behind, and are reported."),
        "external_id_field": Described(
            Who.SALES,
            "The field of Tribe's invoice that gets `yuki:<number>` once it is booked, if it is empty. None "
            "writes nothing.",
        ),
    },
    "Pace": {
        "batch_size": Described(Who.OPERATOR, "Most invoices in one call to Yuki."),
        "batch_bytes": Described(Who.OPERATOR, "Most bytes in one call to Yuki, PDFs included."),
        "batch_wait_seconds": Described(Who.OPERATOR, "How long an invoice waits for others to share its call."),
        "poll_interval_minutes": Described(
            Who.OPERATOR,
            "How often Yuki is asked for changed contacts; each idle poll is one call.",
        ),
        "daily_call_limit": Described(
            Who.OPERATOR,
            "Calls that Yuki allows the domain in a day. Less leaves room for other integrations.",
        ),
    },
    "Texts and retention": {
        "language": Described(Who.BOOKKEEPER, "The language of mails."),
        "keep_books_years": Described(
            Who.BOOKKEEPER,
            "Years after the book year that the story of an invoice is kept. None means 7, in Belgium 10.",
        ),
        "keep_contact_story_days": Described(Who.OPERATOR, "Days that the story of a contact is kept."),
    },
    "Not chosen": {
        "yuki_region": Described(Who.NOBODY, "Yuki's host: `.nl` or `.be`."),
        "yuki_domain_id": Described(Who.NOBODY, "The domain of the administration."),
        "yuki_administration_id": Described(Who.NOBODY, "The administration."),
        "yuki_administration_name": Described(Who.NOBODY, "Its name."),
        "administrations_in_domain": Described(
            Who.NOBODY,
            "How many administrations the domain has; with one, its archive shows whose a document is.",
        ),
        "country": Described(Who.NOBODY, "The country of the administration; decides about VAT and Peppol."),
        "tribe_organisation_id": Described(
            Who.NOBODY,
            "The own organisation in Tribe, by which its environment is known.",
        ),
        "activated_at": Described(
            Who.NOBODY,
            "When the connection was activated; invoices that were sent before it are looked for in Yuki first.",
        ),
    },
}
DESCRIBED: Mapping[str, Described] = {
    name: described for section in SECTIONS.values() for name, described in section.items()
}


def render() -> str:
    """Return the page."""
    return "\n".join([PREFACE, *(line for title in SECTIONS for line in _section(title))])


def names() -> set[str]:
    """Return all settings; a part of one by its dotted name."""
    whole = {name for name in ConnectionSettings.model_fields if name != "totals"}
    return whole | {f"totals.{part}" for part in TotalsReading.model_fields}


def _section(title: str) -> Iterator[str]:
    yield f"## {title}\n"
    if title == "Not chosen":
        yield "What Yuki, Tribe and the activation say; nobody sets it.\n"
    yield from ("| Setting | May be | Default | Decides | What it does |", "|---|---|---|---|---|")
    for name, described in SECTIONS[title].items():
        yield f"| `{name}` | {_may_be(name)} | {_default(name)} | {described.who} | {described.does} |"
    yield ""


def _may_be(name: str) -> str:
    if name == VAT_RULES:
        return "rows"
    return "fixed" if name in NOT_CHOSEN else allowed(name)


def _default(name: str) -> str:
    outer, _, part = name.partition(".")
    field = TotalsReading.model_fields[part] if part else ConnectionSettings.model_fields[outer]
    if field.default is PydanticUndefined:
        return "from `connect`"
    return f"`{_words(to_jsonable_python(field.default))}`" if field.default not in (None, ()) else "none"


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case str():
            return value
        case _:
            return json.dumps(value)
