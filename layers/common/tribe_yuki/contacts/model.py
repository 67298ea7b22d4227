"""Contacts as each side holds them.

Empty values are None, texts are stripped; an address without any content is None.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tribe_yuki.core.details import Details
from tribe_yuki.core.errors import Unreadable


class ContactKind(StrEnum):
    """What a contact is."""

    ORGANISATION = "organisation"
    PERSON = "person"


class RoleKind(StrEnum):
    """What a Tribe relation is to the company (tribe-api 5.4)."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AddressLines:
    """An address as Yuki holds it: lines, and a country in two upper-case letters."""

    line_1: str | None = None
    line_2: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class TribeAddress:
    """An address as Tribe holds it; the house number is a number there, given here without a trailing `.0`."""

    tribe_address_id: str | None = None
    street: str | None = None
    house_number: str | None = None
    house_number_suffix: str | None = None
    extra: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class TribeRole:
    """A relationship of a relation with the company, such as Customer."""

    tribe_role_id: str
    kind: RoleKind
    is_former: bool = False
    payment_term_days: int | None = None


@dataclass(frozen=True, slots=True)
class TribeRelation:
    """An organisation or a person of Tribe, whole: fields, addresses and roles (tribe-api 5).

    With `flaws` something of it could not be read and is missing here.
    """

    tribe_relation_id: str
    kind: ContactKind
    name: str
    debtor_number: str | None = None
    creditor_number: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    financial_email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    website: str | None = None
    vat_number: str | None = None
    coc_number: str | None = None
    import_id: str | None = None
    invoice_address: TribeAddress | None = None
    postal_address: TribeAddress | None = None
    visiting_address: TribeAddress | None = None
    private_address: TribeAddress | None = None
    roles: tuple[TribeRole, ...] = ()
    modified_at: datetime | None = None
    flaws: Details = ()

    def has_role(self, kind: RoleKind) -> bool:
        """Whether the relation has a current (not former) role of this kind."""
        return any(role.kind is kind and not role.is_former for role in self.roles)


@dataclass(frozen=True, slots=True)
class RelationSnapshot:
    """A relation as Tribe held it. `read_at` is from before Tribe was asked: events after it are news.

    `webhook_at` is when a webhook told of the relation, if it was a webhook.
    """

    relation: TribeRelation
    read_at: datetime
    webhook_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class YukiContact:
    """A contact of Yuki (yuki-api 3.1).

    `is_customer` and `is_supplier` are None where the answer does not tell (SearchContacts never does).
    `modified_at` is in UTC; Yuki itself writes Amsterdam time without a zone. With `flaws` something of it could not
    be read, such as "Modified is written in an unknown way", and is None here, or empty when it is the id.
    """

    yuki_contact_id: str
    kind: ContactKind
    name: str
    code: str | None = None
    hid: int | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    address: AddressLines | None = None
    mail_address: AddressLines | None = None
    email_work: str | None = None
    email_home: str | None = None
    phone_work: str | None = None
    phone_home: str | None = None
    mobile_work: str | None = None
    mobile_home: str | None = None
    website: str | None = None
    vat_number: str | None = None
    coc_number: str | None = None
    is_customer: bool | None = None
    is_supplier: bool | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    flaws: Details = ()


def demand_readable(contact: TribeRelation | YukiContact) -> None:
    """Raise Unreadable for a contact with flaws: nothing is decided or written by what may be missing."""
    if contact.flaws:
        raise Unreadable("contact_unreadable", *contact.flaws)
