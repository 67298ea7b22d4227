"""Say what a relation or a contact can be recognised by, and on what two of them agree."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.contacts.fields.address import format_address
from tribe_yuki.contacts.fields.converters import Converted, email_address, loose_text
from tribe_yuki.contacts.fields.numbers import coc_number, vat_number
from tribe_yuki.contacts.fields.phone import phone_number
from tribe_yuki.contacts.fields.read import ContactMapping, contact_code, contact_country, relation_country
from tribe_yuki.contacts.match.names import ComparableName, company_name, person_name, yuki_name_key
from tribe_yuki.contacts.match.premises import Premises, premises
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeRelation, YukiContact
from tribe_yuki.core.ids import is_guid

IMPORT_ID_PREFIX = "yuki:"


class Key(StrEnum):
    """What two records can agree on, in the order in which it is looked up."""

    IMPORT_ID = "import_id"
    CODE = "code"
    VAT_NUMBER = "vat_number"
    COC_NUMBER = "coc_number"
    NAME = "name"
    ADDRESS = "address"


NUMBERS = (Key.CODE, Key.VAT_NUMBER, Key.COC_NUMBER)
NATIONAL_NUMBERS = frozenset({Key.VAT_NUMBER, Key.COC_NUMBER})


@dataclass(frozen=True, slots=True)
class MatchProfile:
    """A relation or contact by its normalised keys; "" and empty where it has none, or no valid one.

    `yuki_contact_id` is a contact's own id, or the one that a relation carries in its ImportId. `reach` are its e-mail
    addresses and phone numbers.
    """

    kind: ContactKind
    yuki_contact_id: str = ""
    code: str = ""
    vat_number: str = ""
    coc_number: str = ""
    names: frozenset[ComparableName] = frozenset()
    yuki_name: str = ""
    premises: frozenset[Premises] = frozenset()
    reach: frozenset[str] = frozenset()

    def number(self, key: Key) -> str:
        """Return one of the three numbers."""
        return {Key.CODE: self.code, Key.VAT_NUMBER: self.vat_number, Key.COC_NUMBER: self.coc_number}[key]


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
    return MatchProfile(
        kind=relation.kind,
        yuki_contact_id=import_id(relation),
        code=loose_text(contact_code(relation)).key,
        vat_number=_if_valid(vat_number(relation.vat_number, place)),
        coc_number=_if_valid(coc_number(relation.coc_number, place)),
        names=_names(relation),
        yuki_name=yuki_name_key(relation.name),
        premises=_premises((format_address(address) for address in addresses if address), settings),
        reach=_reach((relation.email, relation.financial_email), (relation.phone, relation.mobile), place),
    )


def contact_profile(contact: YukiContact, settings: ContactMapping) -> MatchProfile:
    """Return what a Yuki contact can be recognised by."""
    place = contact_country(contact, settings)
    return MatchProfile(
        kind=contact.kind,
        yuki_contact_id=contact.yuki_contact_id.lower(),
        code=loose_text(contact.code).key,
        vat_number=_if_valid(vat_number(contact.vat_number, place)),
        coc_number=_if_valid(coc_number(contact.coc_number, place)),
        names=_names(contact),
        yuki_name=yuki_name_key(contact.name),
        premises=_premises((lines for lines in (contact.address, contact.mail_address) if lines), settings),
        reach=_reach(
            (contact.email_work, contact.email_home),
            (contact.phone_work, contact.phone_home, contact.mobile_work, contact.mobile_home),
            place,
        ),
    )


def _reach(emails: Iterable[str | None], phones: Iterable[str | None], country: str) -> frozenset[str]:
    found = [*map(email_address, emails), *(phone_number(phone, country) for phone in phones)]
    return frozenset(value.key for value in found if value.is_valid)


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


@dataclass(frozen=True, slots=True)
class Evidence:
    """On what two records agree, which numbers contradict, and whether they are of one kind.

    `is_namesake`: Yuki itself would take them for the same one by name (yuki-api 3.3, rule 3). `shares_reach`: they
    have an e-mail address or phone number in common; None when either has none. `is_elsewhere`: the addresses of both
    are known, and none is equal. `may_be_successor`: one is a company by its legal form, the other says none, and each
    has a national number of its own: a sole trader's firm, and the company that it became.
    """

    agrees: frozenset[Key]
    contradicts: frozenset[Key]
    is_same_kind: bool
    is_namesake: bool
    is_person: bool = False
    shares_reach: bool | None = None
    is_elsewhere: bool = False
    may_be_successor: bool = False

    @property
    def is_hit(self) -> bool:
        """Tell whether they may be the same: never by a number alone.

        Numbers count only together with the name or the address, because both systems number independently and
        groups share numbers. With the address alone, another number that differs means: a neighbour in the group.
        """
        if Key.IMPORT_ID in self.agrees or self.agrees >= {Key.NAME, Key.ADDRESS} or self.agrees >= NATIONAL_NUMBERS:
            return True
        if not self.agrees.intersection(NUMBERS):
            return False
        return Key.NAME in self.agrees or (Key.ADDRESS in self.agrees and not self.contradicts)

    @property
    def is_hint(self) -> bool:
        """Tell whether they share a national number and nothing else: perhaps a group, perhaps one that was renamed."""
        is_shared = bool(self.agrees & NATIONAL_NUMBERS)
        return is_shared and self.is_same_kind and not self.contradicts and not self.is_hit

    @property
    def is_certain(self) -> bool:
        """Tell whether a hit is the same one, and no relative of it.

        Companies of a VAT group have its number, and often its address; a branch has name and number of its head
        office; father and son have name and address.
        """
        if Key.IMPORT_ID in self.agrees:
            return True
        is_branch = self.is_elsewhere and self.shares_reach is False and Key.CODE not in self.agrees
        if Key.NAME not in self.agrees:
            return Key.CODE in self.agrees or (self.agrees >= NATIONAL_NUMBERS and not is_branch)
        if self.agrees.intersection(NUMBERS):
            return not is_branch
        return self.shares_reach is True if self.is_person else not self.may_be_successor


def weigh(relation: MatchProfile, contact: MatchProfile) -> Evidence:
    """Compare a relation with a contact."""
    agrees = {key for key in NUMBERS if relation.number(key) and relation.number(key) == contact.number(key)}
    if relation.yuki_contact_id and relation.yuki_contact_id == contact.yuki_contact_id:
        agrees.add(Key.IMPORT_ID)
    if any(one.agrees_with(other) for one in relation.names for other in contact.names):
        agrees.add(Key.NAME)
    if any(one.agrees_with(other) for one in relation.premises for other in contact.premises):
        agrees.add(Key.ADDRESS)
    is_same_kind = relation.kind is contact.kind
    has_both_places = bool(relation.premises and contact.premises)
    has_both_reaches = bool(relation.reach and contact.reach)
    return Evidence(
        agrees=frozenset(agrees),
        contradicts=frozenset(key for key in (Key.VAT_NUMBER, Key.COC_NUMBER) if _differ(key, relation, contact)),
        is_same_kind=is_same_kind,
        is_namesake=is_same_kind and bool(relation.yuki_name) and relation.yuki_name == contact.yuki_name,
        is_person=is_same_kind and relation.kind is ContactKind.PERSON,
        shares_reach=bool(relation.reach & contact.reach) if has_both_reaches else None,
        is_elsewhere=has_both_places and Key.ADDRESS not in agrees,
        may_be_successor=not agrees & NATIONAL_NUMBERS
        and _has_national_number(relation)
        and _has_national_number(contact)
        and _forms(relation) != _forms(contact),
    )


def _has_national_number(profile: MatchProfile) -> bool:
    return bool(profile.vat_number or profile.coc_number)


def _forms(profile: MatchProfile) -> set[str]:
    return {name.legal_form for name in profile.names}


def _differ(key: Key, relation: MatchProfile, contact: MatchProfile) -> bool:
    ours, theirs = relation.number(key), contact.number(key)
    return bool(ours and theirs and ours != theirs)
