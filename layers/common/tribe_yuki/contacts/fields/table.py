"""Which field of Tribe is which field of Yuki, as data; `docs/field-mapping.md` is made from it.

Sources: the field list of the integration's help page, yuki-api 3.1 (names read) and 3.3 (names written),
tribe-api 5.2 and 5.3.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.contacts.fields.converters import Converted, email_address, loose_text, plain_text, website
from tribe_yuki.contacts.fields.numbers import coc_number, vat_number
from tribe_yuki.contacts.fields.phone import phone_number
from tribe_yuki.contacts.model import ContactKind

# A converter gets the value and the country of the contact (an ISO code).
Converter = Callable[[str | None, str], Converted]


class Direction(StrEnum):
    """Which way a field is carried."""

    BOTH = "both"
    TO_YUKI = "to_yuki"
    TO_TRIBE = "to_tribe"


@dataclass(frozen=True, slots=True)
class TextField:
    """A field with one value.

    `tribe_property` and `yuki_read` are the names on the wire, `tribe_attribute` and `yuki_attribute` those of
    TribeRelation and YukiContact; `yuki_element` is the element of Contact.xsd, None when it cannot be written.
    `yuki_elsewhere` are attributes that are read where that one is empty: Yuki's screens let people fill in either.
    """

    name: str
    direction: Direction
    tribe_property: str
    tribe_attribute: str
    yuki_read: str
    yuki_attribute: str
    yuki_element: str | None
    convert: Converter
    note: str = ""
    yuki_elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressField:
    """An address, which is one field: its parts are compared and written together.

    `yuki_written` names the groups of elements (`ADDRESS_ELEMENTS`) that may be written.
    """

    name: str
    direction: Direction
    tribe_property: str
    yuki_read: str
    yuki_attribute: str
    yuki_written: tuple[str, ...]
    note: str = ""


type Field = TextField | AddressField


@dataclass(frozen=True, slots=True)
class AddressElements:
    """The elements of Contact.xsd that one address is written to; a mail address has no country of its own."""

    line_1: str
    line_2: str
    postcode: str
    city: str
    country: str | None

    def holds_any_of(self, names: Collection[str]) -> bool:
        """Whether one of these names is an element of the address."""
        return any(name in names for name in (self.line_1, self.line_2, self.postcode, self.city, self.country))


ADDRESS_ELEMENTS: Mapping[str, AddressElements] = {
    "main": AddressElements("AddressLine_1", "AddressLine_2", "PostCode", "City", "Country"),
    "work": AddressElements("WorkAddressLine_1", "WorkAddressLine_2", "WorkPostCode", "WorkCity", "WorkCountry"),
    "mail": AddressElements("MailAddressLine_1", "MailAddressLine_2", "MailPostCode", "MailCity", None),
}

# The order of Contact.xsd (yuki-api 3.3).
ELEMENT_ORDER = (
    *("ID", "Type", "Code", "FirstName", "MiddleName", "LastName", "FullName"),
    *("AddressLine_1", "AddressLine_2", "PostCode", "City"),
    *("MailAddressLine_1", "MailAddressLine_2", "MailPostCode", "MailCity", "Country"),
    *("WorkAddressLine_1", "WorkAddressLine_2", "WorkPostCode", "WorkCity", "WorkCountry"),
    *("PhoneHome", "PhoneWork", "MobileHome", "MobileWork", "EmailHome", "EmailWork", "VATNumber", "CoCNumber"),
)


def _anywhere(convert: Callable[[str | None], Converted]) -> Converter:
    """Make a converter that takes a country of a converter that does not depend on it."""
    return lambda text, _country: convert(text)


_text = _anywhere(plain_text)
_email = _anywhere(email_address)

CODE_FIELD = TextField(
    "code",
    Direction.TO_YUKI,
    *("DebtorNumber", "debtor_number", "Code", "code", "Code"),
    _anywhere(loose_text),
    note=(
        "Tribe leads; a pure supplier uses `CreditorNumber`. A code that was changed in Yuki is put back and reported. "
        "On import an existing code is offered as debtor number."
    ),
)

ORGANISATION_FIELDS: tuple[Field, ...] = (
    CODE_FIELD,
    TextField("name", Direction.BOTH, "Name", "name", "Name", "name", "FullName", _text),
    TextField(
        "email",
        Direction.BOTH,
        *("EmailAddress", "email", "EMailWork", "email_work", "EmailWork"),
        _email,
        note="Where it is empty, `EMailHome` is read.",
        yuki_elsewhere=("email_home",),
    ),
    TextField(
        "website",
        Direction.TO_TRIBE,
        *("Website", "website", "Website", "website", None),
        _anywhere(website),
        note="Yuki has no element to write it on a contact; it can go along with an invoice.",
    ),
    TextField(
        "phone",
        Direction.BOTH,
        *("PhoneNumber", "phone", "PhoneWork", "phone_work", "PhoneWork"),
        phone_number,
        note="Where it is empty, `PhoneHome`, `MobileWork` or `MobileHome` is read.",
        yuki_elsewhere=("phone_home", "mobile_work", "mobile_home"),
    ),
    TextField(
        "coc_number",
        Direction.BOTH,
        *("ChamberOfCommerceNumber", "coc_number", "CoCNumber", "coc_number", "CoCNumber"),
        coc_number,
    ),
    TextField(
        "vat_number",
        Direction.BOTH,
        *("VatNumber", "vat_number", "VATNumber", "vat_number", "VATNumber"),
        vat_number,
    ),
    AddressField(
        "billing_address",
        Direction.BOTH,
        *("InvoiceAddress", "AddressLine_1, AddressLine_2, Postcode, City, Country", "address"),
        ("main", "work"),
        note=(
            "Without an invoice address the postal address stands in, then the visiting address (setting "
            "`address_fallback`), for reading only: what differs in Yuki becomes a new invoice address. Setting "
            "`company_address` chooses the main address, the work address or both."
        ),
    ),
    AddressField(
        "postal_address",
        Direction.BOTH,
        *("PostalAddress", "MailAddressLine_1, MailAddressLine_2, MailPostcode, MailCity", "mail_address"),
        ("mail",),
        note="Yuki keeps one country per contact: a postal address in another country is not sent, and reported.",
    ),
)

PERSON_FIELDS: tuple[Field, ...] = (
    CODE_FIELD,
    TextField("first_name", Direction.BOTH, "FirstName", "first_name", "FirstName", "first_name", "FirstName", _text),
    TextField(
        "middle_name",
        Direction.BOTH,
        *("MiddleName", "middle_name", "MiddleName", "middle_name", "MiddleName"),
        _text,
    ),
    TextField("last_name", Direction.BOTH, "LastName", "last_name", "LastName", "last_name", "LastName", _text),
    TextField(
        "name",
        Direction.TO_YUKI,
        *("Name", "name", "Name", "name", "FullName"),
        _text,
        note="Tribe computes it.",
    ),
    TextField(
        "email",
        Direction.BOTH,
        *("EmailAddress", "email", "EMailHome", "email_home", "EmailHome"),
        _email,
        note="Where it is empty, `EMailWork` is read.",
        yuki_elsewhere=("email_work",),
    ),
    TextField(
        "phone",
        Direction.BOTH,
        *("PhoneNumber", "phone", "PhoneHome", "phone_home", "PhoneHome"),
        phone_number,
        note="Where it is empty, `PhoneWork` is read.",
        yuki_elsewhere=("phone_work",),
    ),
    TextField(
        "mobile",
        Direction.BOTH,
        *("MobilePhoneNumber", "mobile", "MobileHome", "mobile_home", "MobileHome"),
        phone_number,
        note="Where it is empty, `MobileWork` is read.",
        yuki_elsewhere=("mobile_work",),
    ),
    AddressField(
        "private_address",
        Direction.BOTH,
        *("Address", "AddressLine_1, AddressLine_2, Postcode, City, Country", "address"),
        ("main",),
    ),
)

FIELDS: Mapping[ContactKind, tuple[Field, ...]] = {
    ContactKind.ORGANISATION: ORGANISATION_FIELDS,
    ContactKind.PERSON: PERSON_FIELDS,
}

ADDRESS_FIELDS = frozenset(
    entry.name for entries in FIELDS.values() for entry in entries if isinstance(entry, AddressField)
)
