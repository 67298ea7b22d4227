"""Say what a relation or a contact can be recognised by."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.contacts.fields.addresses import contact_country, format_address, relation_country
from tribe_yuki.contacts.fields.code import code_key, contact_code
from tribe_yuki.contacts.fields.converters import Converted, email_address
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.numbers import coc_number, vat_number
from tribe_yuki.contacts.fields.phone import phone_number
from tribe_yuki.contacts.match.names import ComparableName, company_name, folded, person_name
from tribe_yuki.contacts.match.premises import Premises, premises
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeRelation, YukiContact
from tribe_yuki.core.ids import is_guid

IMPORT_ID_PREFIX = "yuki:"
# Towns that go by two names.
OTHER_TOWN_NAMES = {
    "sgravenhage": "denhaag",
    "thehague": "denhaag",
    "shertogenbosch": "denbosch",
    "antwerp": "antwerpen",
    "anvers": "antwerpen",
    "brussels": "brussel",
    "bruxelles": "brussel",
    "gand": "gent",
    "ghent": "gent",
    "liege": "luik",
    "louvain": "leuven",
}


class Key(StrEnum):
    """What two records can agree on, in the order in which it is looked up."""

    IMPORT_ID = "import_id"
    CODE = "code"
    VAT_NUMBER = "vat_number"
    COC_NUMBER = "coc_number"
    NAME = "name"
    NAME_ALIKE = "name_alike"
    NAME_SIMILAR = "name_similar"
    EMAIL = "email"
    FREE_EMAIL = "free_email"
    PHONE = "phone"
    ADDRESS = "address"
    TOWN = "town"


NUMBERS = (Key.CODE, Key.VAT_NUMBER, Key.COC_NUMBER)


@dataclass(frozen=True, slots=True)
class MatchProfile:
    """A relation or contact by its normalised keys; "" and empty where it has none, or no valid number.

    `yuki_contact_id` is a contact's own id, or the one that a relation carries in its ImportId.
    """

    kind: ContactKind
    yuki_contact_id: str = ""
    code: str = ""
    vat_number: str = ""
    coc_number: str = ""
    names: frozenset[ComparableName] = frozenset()
    premises: frozenset[Premises] = frozenset()
    towns: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()

    def number(self, key: Key) -> str:
        """Return one of the three numbers."""
        return {Key.CODE: self.code, Key.VAT_NUMBER: self.vat_number, Key.COC_NUMBER: self.coc_number}[key]

    @property
    def reach(self) -> frozenset[str]:
        """Return its e-mail addresses and phone numbers."""
        return self.emails | self.phones

    @property
    def has_national_number(self) -> bool:
        """Whether there is a VAT or CoC number."""
        return bool(self.vat_number or self.coc_number)


def import_id(relation: TribeRelation) -> str:
    """Return the Yuki contact id that we left in the relation's ImportId, in lower case, or ""."""
    value = (relation.import_id or "").strip()
    found = value[len(IMPORT_ID_PREFIX) :] if value.lower().startswith(IMPORT_ID_PREFIX) else ""
    return found.lower() if is_guid(found) else ""


def relation_profile(relation: TribeRelation, settings: ContactMapping) -> MatchProfile:
    """Return what a relation can be recognised by."""
    country = relation_country(relation, settings)
    place = country.written if country.is_valid else settings.default_country
    addresses = (
        relation.invoice_address,
        relation.postal_address,
        relation.visiting_address,
        relation.private_address,
    )
    lines = [format_address(address) for address in addresses if address]
    return MatchProfile(
        kind=relation.kind,
        yuki_contact_id=import_id(relation),
        code=code_key(contact_code(relation)),
        vat_number=_if_valid(vat_number(relation.vat_number, place)),
        coc_number=_if_valid(coc_number(relation.coc_number, place)),
        names=_names(relation),
        premises=_premises(lines, settings),
        towns=_towns(lines),
        emails=_keys(map(email_address, (relation.email, relation.financial_email))),
        phones=_keys(phone_number(phone, place) for phone in (relation.phone, relation.mobile)),
    )


def contact_profile(contact: YukiContact, settings: ContactMapping) -> MatchProfile:
    """Return what a Yuki contact can be recognised by."""
    place = contact_country(contact, settings)
    lines = [lines for lines in (contact.address, contact.mail_address) if lines]
    phones = (contact.phone_work, contact.phone_home, contact.mobile_work, contact.mobile_home)
    return MatchProfile(
        kind=contact.kind,
        yuki_contact_id=contact.yuki_contact_id.lower(),
        code=code_key(contact.code),
        vat_number=_if_valid(vat_number(contact.vat_number, place)),
        coc_number=_if_valid(coc_number(contact.coc_number, place)),
        names=_names(contact),
        premises=_premises(lines, settings),
        towns=_towns(lines),
        emails=_keys(map(email_address, (contact.email_work, contact.email_home))),
        phones=_keys(phone_number(phone, place) for phone in phones),
    )


def _keys(values: Iterable[Converted]) -> frozenset[str]:
    return frozenset(value.key for value in values if value.is_valid)


def _towns(addresses: Iterable[AddressLines]) -> frozenset[str]:
    towns = (folded(lines.city) for lines in addresses)
    return frozenset(OTHER_TOWN_NAMES.get(town, town) for town in towns if town)


def _if_valid(value: Converted) -> str:
    return value.key if value.is_valid else ""


def _names(record: TribeRelation | YukiContact) -> frozenset[ComparableName]:
    if record.kind is ContactKind.ORGANISATION:
        names = {company_name(record.name)}
    else:
        names = {person_name(record.name), person_name(record.first_name, record.middle_name, record.last_name)}
    return frozenset(name for name in names if name.base)


def _premises(addresses: Iterable[AddressLines], settings: ContactMapping) -> frozenset[Premises]:
    found = (premises(lines, default_country=settings.default_country) for lines in addresses)
    return frozenset(place for place in found if place is not None)
