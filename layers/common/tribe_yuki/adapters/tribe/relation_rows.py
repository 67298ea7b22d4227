"""Tribe's organisations and persons as the domain knows them (tribe-api 5)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tribe_yuki.adapters.tribe.values import (
    Record,
    code,
    flag,
    instant,
    link,
    number_as_text,
    record_id,
    text,
    whole_number,
)
from tribe_yuki.contacts.fields import converters
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress, TribeRelation, TribeRole
from tribe_yuki.core.errors import Defect, Unreadable


def country_code(country: Record | None) -> str | None:
    """Return ISO 3166's two upper-case letters for a Datastore.Country.

    An unknown country is handed on by its name, so that it is not taken for the company's own; None only without one.
    """
    if country is None:
        return None
    named = [value for name in ("Code", "Name", "LocalizedName", "_Name") if (value := text(country, name))]
    known = (converters.country_code(value) for value in named)
    return next((found.written for found in known if found.is_valid), named[-1] if named else None)


def country_ids(countries: Iterable[Record]) -> dict[str, str]:
    """Return the ids of Datastore.Country's records by ISO code; a record's own code goes before its names."""
    rows = sorted(countries, key=lambda row: converters.country_code(text(row, "Code")).is_valid)
    return {code: record_id(row) for row in rows if (code := country_code(row))}


SETS: Mapping[ContactKind, str] = {
    ContactKind.ORGANISATION: "Relation_Organization",
    ContactKind.PERSON: "Relation_Person",
}
ADDRESSES = "Address"
ORGANISATION_CUSTOMERS = "Relationship_Organization_CommercialRelationship_Customer"
PERSON_CUSTOMERS = "Relationship_Person_CommercialRelationship_Customer"
SUPPLIERS = "Relationship_Organization_Supplier"

# The roles that leave Tribe; it knows no persons as suppliers (tribe-api 5.4).
ROLE_SETS: Mapping[ContactKind, Mapping[RoleKind, str]] = {
    ContactKind.ORGANISATION: {RoleKind.CUSTOMER: ORGANISATION_CUSTOMERS, RoleKind.SUPPLIER: SUPPLIERS},
    ContactKind.PERSON: {RoleKind.CUSTOMER: PERSON_CUSTOMERS},
}
# The link from a role to the relation that has it.
OWNER_LINKS: Mapping[ContactKind, str] = {ContactKind.ORGANISATION: "Organization", ContactKind.PERSON: "Person"}

EXPANDS: Mapping[ContactKind, str] = {
    ContactKind.ORGANISATION: (
        "InvoiceAddress($expand=Country),PostalAddress($expand=Country),VisitingAddress($expand=Country)"
    ),
    ContactKind.PERSON: "Address($expand=Country)",
}


def role_set(kind: ContactKind, role: RoleKind) -> str:
    """Return the entity set of a role. Raises Defect for a role that Tribe does not know."""
    if role not in ROLE_SETS[kind]:
        raise Defect("tribe_role_unknown", f"Tribe has no role {role} for relations of kind {kind}")
    return ROLE_SETS[kind][role]


def relation(record: Record, kind: ContactKind, roles: Iterable[TribeRole] = ()) -> TribeRelation:
    """Return a relation that was read with `EXPANDS` of its kind, without what cannot be read: those are its flaws."""
    read = _organisation if kind is ContactKind.ORGANISATION else _person
    flaw: Unreadable | None = None
    while True:
        try:
            return replace(read(record, roles), flaws=flaw.details if flaw else ())
        except Unreadable as error:
            flaw = flaw or error
            left = _without(record, error)
        if left == record or id_or_none(record) is None:
            return TribeRelation(
                id_or_none(record) or "", kind, name="", roles=tuple(roles), flaws=flaw.details if flaw else ()
            )
        record = left


def _without(record: Record, error: Unreadable) -> Record:
    """Return a record without the unreadable field, or without its links when a link has that field."""
    field, _, _ = error.text.partition(" ")
    if record.get(field) is not None:
        return {**record, field: None}
    return {name: value for name, value in record.items() if not isinstance(value, dict)}


def id_or_none(record: Record) -> str | None:
    """Return the id of a record; None when it has none."""
    try:
        return record_id(record)
    except Unreadable:
        return None


def _organisation(record: Record, roles: Iterable[TribeRole]) -> TribeRelation:
    return TribeRelation(
        tribe_relation_id=record_id(record),
        kind=ContactKind.ORGANISATION,
        name=text(record, "Name") or text(record, "_Name") or "",
        debtor_number=code(record, "DebtorNumber"),
        creditor_number=code(record, "CreditorNumber"),
        email=text(record, "EmailAddress"),
        financial_email=text(record, "FinancialEmailAddress"),
        phone=text(record, "PhoneNumber"),
        website=text(record, "Website"),
        vat_number=text(record, "VatNumber"),
        coc_number=text(record, "ChamberOfCommerceNumber"),
        import_id=text(record, "ImportId"),
        invoice_address=address(link(record, "InvoiceAddress")),
        postal_address=address(link(record, "PostalAddress")),
        visiting_address=address(link(record, "VisitingAddress")),
        roles=tuple(roles),
        modified_at=instant(record, "LastMutationDate"),
    )


def _person(record: Record, roles: Iterable[TribeRole]) -> TribeRelation:
    """Return a person, with the private phone, mobile and e-mail."""
    return TribeRelation(
        tribe_relation_id=record_id(record),
        kind=ContactKind.PERSON,
        name=_full_name(record),
        debtor_number=code(record, "DebtorNumber"),
        creditor_number=code(record, "CreditorNumber"),
        first_name=text(record, "FirstName"),
        middle_name=text(record, "MiddleName"),
        last_name=text(record, "LastName"),
        email=text(record, "EmailAddress"),
        financial_email=text(record, "FinancialEmailAddress"),
        phone=text(record, "PhoneNumber"),
        mobile=text(record, "MobilePhoneNumber"),
        website=text(record, "Website"),
        vat_number=text(record, "VatNumber"),
        coc_number=text(record, "ChamberOfCommerceNumber"),
        import_id=text(record, "ImportId"),
        private_address=address(link(record, "Address")),
        roles=tuple(roles),
        modified_at=instant(record, "LastMutationDate"),
    )


def role(record: Record, kind: RoleKind) -> TribeRole:
    """Return a relationship of a relation with the company."""
    return TribeRole(
        tribe_role_id=record_id(record),
        kind=kind,
        is_former=flag(record, "IsFormer"),
        payment_term_days=whole_number(record, "PaymentTermInDays"),
    )


def address(record: Record | None) -> TribeAddress | None:
    """Return an address that was read with its country; None when nothing is filled in."""
    if record is None:
        return None
    content = {
        "street": text(record, "Street"),
        "house_number": number_as_text(record, "HouseNumber"),
        "house_number_suffix": text(record, "HouseNumberSuffix"),
        "extra": text(record, "Extra"),
        "postcode": text(record, "Postalcode"),
        "city": text(record, "City"),
        "country": country_code(link(record, "Country")),
    }
    return TribeAddress(tribe_address_id=record_id(record), **content) if any(content.values()) else None


def _full_name(record: Record) -> str:
    """Return the computed name. Tribe sometimes puts the prefix into it twice: "Jan de de Vries" (tribe-api 3.2)."""
    name = text(record, "Name") or text(record, "_Name")
    prefix = text(record, "MiddleName")
    if name is None:
        parts = (text(record, field) for field in ("FirstName", "MiddleName", "LastName"))
        return " ".join(part for part in parts if part)
    return f" {name} ".replace(f" {prefix} {prefix} ", f" {prefix} ").strip() if prefix else name
