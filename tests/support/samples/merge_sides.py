"""Tribe and Yuki as two records, written to as the adapters do, with a merge between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import phonenumbers

from tests.support.samples.contact_samples import SETTINGS
from tests.support.samples.samples import NOW
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.read import ContactPair
from tribe_yuki.contacts.link import FieldBase, Side
from tribe_yuki.contacts.merge.changes import changed_in_tribe, changed_in_yuki
from tribe_yuki.contacts.merge.decide import MergePlan, decide_merge
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress, TribeRelation, YukiContact
from tribe_yuki.core.fingerprint import FingerprintKey, Fingerprints

FINGERPRINTS = Fingerprints("demo#relation", [FingerprintKey("k1", b"a key for tests")])
NAME_PARTS = ("first_name", "middle_name", "last_name")
READ_AS = {
    "FullName": "name",
    "FirstName": "first_name",
    "MiddleName": "middle_name",
    "LastName": "last_name",
    "EmailWork": "email_work",
    "EmailHome": "email_home",
    "PhoneWork": "phone_work",
    "PhoneHome": "phone_home",
    "MobileHome": "mobile_home",
    "VATNumber": "vat_number",
    "CoCNumber": "coc_number",
}
PHONES = ("phone_work", "phone_home", "mobile_home")


@dataclass
class Sides:
    """Both records, the base between them, and a clock that only the test moves."""

    relation: TribeRelation
    contact: YukiContact
    base: Mapping[str, FieldBase] = field(default_factory=dict)
    settings: ContactMapping = SETTINGS
    normalises: bool = False
    prefer: Side = Side.TRIBE
    fingerprints: Fingerprints = FINGERPRINTS
    now: datetime = NOW
    elements: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def look(self, contact: YukiContact | None = None) -> MergePlan:
        """Merge what is there (or another state of the contact) without writing."""
        return decide_merge(
            ContactPair(self.relation, contact or self.contact, self.settings),
            self.base,
            self.fingerprints,
            prefer=self.prefer,
            now=self.now,
        )

    def merge(self, contact: YukiContact | None = None) -> MergePlan:
        """Merge, write and remember, as a worker does, half a minute after what happened before."""
        self.now += timedelta(seconds=30)
        read = contact or self.contact
        merge = self.look(read)
        relation = self.relation
        self.elements, self.values = {}, {}
        if merge.to_yuki:
            self._write_yuki(merge)
        if merge.to_tribe:
            self._write_tribe(relation, merge)
        self.base = merge.base
        return merge

    def edit_tribe(self, **changes: Any) -> None:
        """Change the relation as a person does, two minutes later."""
        self.now += timedelta(minutes=2)
        self.relation = _computed(replace(self.relation, **changes, modified_at=self.now), self.relation)

    def edit_yuki(self, **changes: Any) -> None:
        """Change the contact as a person does, two minutes later."""
        self.now += timedelta(minutes=2)
        self.contact = replace(self.contact, **changes, modified_at=self.now)

    @property
    def changed_in_tribe(self) -> bool:
        return changed_in_tribe(self.relation, self.base, self.fingerprints, self.settings)

    @property
    def changed_in_yuki(self) -> bool:
        return changed_in_yuki(self.contact, self.base, self.fingerprints, self.settings)

    def _write_yuki(self, merge: MergePlan) -> None:
        self.elements = merge.elements.elements
        values: dict[str, Any] = {READ_AS[name]: text for name, text in self.elements.items() if name in READ_AS}
        if self.normalises:
            values |= {name: national(values[name]) for name in PHONES if name in values}
        self.contact = replace(
            self.contact,
            **values,
            address=self._lines(self.contact.address, ""),
            mail_address=self._lines(self.contact.mail_address, "Mail"),
            modified_at=self.now,
        )

    def _lines(self, lines: AddressLines | None, group: str) -> AddressLines | None:
        stored = lines or AddressLines()
        sent = {
            part: self.elements.get(group + name)
            for part, name in (
                ("line_1", "AddressLine_1"),
                ("line_2", "AddressLine_2"),
                ("postcode", "PostCode"),
                ("city", "City"),
            )
        }
        sent = {part: text for part, text in sent.items() if text}
        if self.normalises:
            sent = {part: text.upper() for part, text in sent.items() if text}
        after = replace(stored, **sent, country=self.elements.get("Country") or stored.country)
        has_content = any((after.line_1, after.line_2, after.postcode, after.city))
        return after if has_content or (after.country and not group) else None

    def _write_tribe(self, relation: TribeRelation, merge: MergePlan) -> None:
        values: dict[str, Any] = dict(merge.values.values)
        for source, address in merge.values.addresses.items():
            values[source.value] = _patched(getattr(relation, source.value), address)
        self.values = values
        self.relation = _computed(replace(relation, **values, modified_at=self.now), relation)


def national(phone: str) -> str:
    """Write a phone number as Yuki does when it normalises: digits in national notation."""
    number = phonenumbers.parse(phone, "NL")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).replace(" ", "")


def _patched(present: TribeAddress | None, new: TribeAddress) -> TribeAddress:
    """Return an address of Tribe after a PATCH of the parts that are given; the parts of a street go together."""
    parts = ["tribe_address_id", "extra", "postcode", "city", "country"]
    given = {name: getattr(new, name) for name in parts if getattr(new, name)}
    if new.street:
        given |= {name: getattr(new, name) for name in ("street", "house_number", "house_number_suffix")}
    return replace(present or TribeAddress(), **given)


def _computed(relation: TribeRelation, before: TribeRelation) -> TribeRelation:
    """Return a relation with the name that Tribe computes when a part of it changed."""
    parts = [getattr(relation, name) for name in NAME_PARTS]
    if relation.kind is not ContactKind.PERSON or parts == [getattr(before, name) for name in NAME_PARTS]:
        return relation
    return replace(relation, name=" ".join(part for part in parts if part))
