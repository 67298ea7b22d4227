"""Make `docs/field-mapping.md` from the field tables, so that the page cannot drift from what is done."""

from collections.abc import Mapping

from tribe_yuki.contacts.fields.table import ADDRESS_ELEMENTS, FIELDS, AddressField, Direction, TextField
from tribe_yuki.contacts.match.names import LEGAL_FORMS
from tribe_yuki.contacts.merge.warnings import WarningCode
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.texts import Texts

ARROWS: Mapping[Direction, str] = {Direction.BOTH: "↔", Direction.TO_YUKI: "→", Direction.TO_TRIBE: "←"}
TITLES: Mapping[ContactKind, str] = {ContactKind.ORGANISATION: "Organisations", ContactKind.PERSON: "Persons"}

INTRODUCTION = """# Field mapping

This page is made from the field tables in `layers/common/tribe_yuki/contacts/fields/` by `python -m local.documents`;
change those, not this page.

`→` goes from Tribe to Yuki, `←` from Yuki to Tribe, `↔` both ways. The first column is the name that logs, warnings
and settings use. A field is compared after normalising and written only when it differs; one that was emptied is not
carried over. An address is one field: its parts are compared and written together.
"""

COMPARING = """## How values are compared

| Value | Makes no difference | Checked |
|---|---|---|
| names | spaces around and between, invisible characters | |
| relation code | the same, and capitals | |
| e-mail address | the same, and capitals | one address, well formed |
| phone number | the writing: compared in E.164, read in the contact's country | valid in its country |
| website | `http(s)://`, `www.`, capitals of the host, closing slash | well formed |
| VAT number | spaces, dots, hyphens, the country in front, a word in front (BTW, TVA, MWST, USt-ID), `GR` for `EL`, \
Belgium's leading 0, MWST behind a Swiss one | check digits; else five digits, and the country of the address |
| CoC number | spaces and dots; in Belgium `BE` and the leading 0 | Netherlands: eight digits; Belgium: check digits |
| address | capitals, spaces, full stops, commas; the writing of postcode and country; a country that is not told | \
postcode by its country |

A value that fails its check is not carried over and overwrites nothing; it is listed as a warning. A postcode that
fails is only listed. A word (GEEN, PARTICULIER), zeros or one digit over and over in place of a VAT or CoC number
fail. A country is never made up: where an address tells none, its postcode does when only one country writes so, else
the other side's stays.
"""


def render() -> str:
    """Return the page as Markdown."""
    tables = [_table(kind) for kind in FIELDS]
    return "\n".join([INTRODUCTION, *tables, _address_elements(), COMPARING, _legal_forms(), _warnings()])


def _table(kind: ContactKind) -> str:
    rows = [
        f"## {TITLES[kind]}",
        "",
        "| Field | Tribe | | Yuki reads as | Yuki is written as | Remarks |",
        "|---|---|---|---|---|---|",
        *(_row(entry) for entry in FIELDS[kind]),
    ]
    return "\n".join(rows) + "\n"


def _row(entry: TextField | AddressField) -> str:
    if isinstance(entry, AddressField):
        read = f"`{entry.yuki_read}`".replace(", ", "`, `")
        written = " and ".join(f"{group} address" for group in entry.yuki_written)
    else:
        read = f"`{entry.yuki_read}`"
        written = f"`{entry.yuki_element}`" if entry.yuki_element else "not settable"
    cells = (f"`{entry.name}`", f"`{entry.tribe_property}`", ARROWS[entry.direction], read, written, entry.note)
    return "| " + " | ".join(cells).rstrip() + " |"


def _address_elements() -> str:
    rows = ["## Addresses in Yuki", "", "| Address | Elements that are written |", "|---|---|"]
    for group, names in ADDRESS_ELEMENTS.items():
        elements = (names.line_1, names.line_2, names.postcode, names.city, names.country)
        rows.append(f"| {group} | " + ", ".join(f"`{name}`" for name in elements if name) + " |")
    rows += [
        "",
        "Street, house number and suffix of Tribe are the first line, `Extra` is the second. A line that cannot be",
        "split stays whole, as the street.",
    ]
    return "\n".join(rows) + "\n"


def _legal_forms() -> str:
    forms = "\n".join("* " + ", ".join(spellings) for spellings in LEGAL_FORMS.values())
    return (
        "## Names in matching\n\n"
        "To find the same company in the other system, names are compared without capitals, accents, punctuation and\n"
        "legal form. A missing legal form is no difference, another one is. Spellings of one form:\n\n"
        f"{forms}\n"
    )


def _warnings() -> str:
    rows = ["## Warnings", "", "| Code | English | Dutch |", "|---|---|---|"]
    english, dutch = Texts("en"), Texts("nl")
    rows += [
        f"| `{code}` | {english.say(f'warning.{code}')} | {dutch.say(f'warning.{code}')} |" for code in WarningCode
    ]
    return "\n".join(rows) + "\n"
