"""What types of records Tribe has, with their properties and links (tribe-api 3.1, 5 and 6), as data."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class Kind(StrEnum):
    """Say how a property's value looks."""

    TEXT = "Edm.String"
    FLAG = "Edm.Boolean"
    NUMBER = "Edm.Double"
    INTEGER = "Edm.Int32"
    DATE = "Edm.Date"
    INSTANT = "Edm.DateTimeOffset"
    ID = "Edm.Guid"


@dataclass(frozen=True)
class Collection:
    """The records of a type that point here with a link."""

    child_type: str
    child_link: str


@dataclass(frozen=True)
class RecordType:
    """A type of records; `links` maps a name to the dotted type that it leads to, which may be a base type."""

    name: str
    properties: Mapping[str, Kind]
    links: Mapping[str, str] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def entity_set(self) -> str:
        """Return the name in addresses."""
        return self.name.replace(".", "_")


T, F, N, W, D = Kind.TEXT, Kind.FLAG, Kind.NUMBER, Kind.INTEGER, Kind.DATE


def _all(kind: Kind, names: str) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


# In the order in which Tribe sends them.
COMMON: Mapping[str, Kind] = {
    "CreationDate": Kind.INSTANT,
    "Start": Kind.INSTANT,
    "End": Kind.INSTANT,
    **_all(F, "IsRoot IsClosed IsExclusion"),
    "Deadline": Kind.INSTANT,
    "IsActive": F,
    **_all(W, "NumberOfNotes NumberOfAttachments"),
    "CloseDate": Kind.INSTANT,
    "LastMutationDate": Kind.INSTANT,
    "ID": Kind.ID,
    "_Type": T,
    "_Name": T,
    "SortIndex": W,
}
DATES = ("CreationDate", "LastMutationDate")
READ_ONLY = frozenset({*DATES, "_Type", "_Name"})

_RELATION = _all(
    T, "Instagram YouTube CreditorNumber DebtorNumber Facebook Twitter Blog LinkedIn IBAN BIC BankName Number"
)
_ORGANIZATION = {
    **_RELATION,
    **_all(T, "Name PhoneNumber EmailAddress FinancialEmailAddress Website VatNumber ChamberOfCommerceNumber"),
    "ChamberOfCommerceName": T,
    "ImportId": T,
}
_PERSON = {
    **_RELATION,
    **_all(T, "Initials Title Suffix Name"),
    "BirthDate": D,
    **_all(T, "SortName BirthDay PhoneNumber FirstName MobilePhoneNumber MiddleName EmailAddress LastName"),
    "_11111111__2222__4333__8444__555555555555": T,
    "ImportId": T,
}
_ADDRESS = {
    "Street": T,
    "HouseNumber": N,
    **_all(T, "HouseNumberSuffix Extra Postalcode City"),
    **_all(N, "Latitude Longitude"),
}
_RELATIONSHIP = {
    "UpgradeDate": D,
    "MailingOptOut": F,
    **_all(D, "DowngradeDate FormerDate"),
    "IsFormer": F,
    **_all(T, "Name SortName"),
}
_CONTACT = {**_RELATIONSHIP, **_all(T, "EmailAddress PhoneNumber MobilePhoneNumber Department ImportId")}
_COMMERCIAL = {**_RELATIONSHIP, "PaymentTermInDays": W, "ImportId": T}
_DATASTORE = {**_all(T, "Name Code LocalizedName"), "IsDefault": F}
_INVOICE = {
    **_all(T, "Subject Number"),
    "Amount": N,
    "Currency": T,
    "IsVatIncluded": F,
    "DiscountPercentage": N,
    "RelationDescription": T,
    **_all(D, "InvoiceDate ExpirationDate"),
    "IsFinal": F,
    "ImportId": T,
}
_LINE = {
    **_all(T, "Description LocalizedDescription ExtraDescription"),
    **_all(N, "Quantity Price PriceInCurrency PurchasePrice TotalPurchasePrice DiscountPercentage"),
    "Currency": T,
    **_all(F, "IsPriceManuallyChanged IsBilled IsProcessableInParent"),
    **_all(N, "Total TotalExcludingVat TotalIncludingVat"),
    **_all(N, "TotalInCurrency TotalExcludingVatInCurrency TotalIncludingVatInCurrency VatPercentage"),
    **_all(N, "VatAmount VatAmountInCurrency VatAmountIncludingDiscount VatAmountIncludingDiscountInCurrency"),
    **_all(D, "StartDate EndDate"),
}
_PRODUCT = {
    **_all(T, "Name LocalizedName Code Description"),
    **_all(N, "SalesPrice PurchasePrice StockLevel"),
    **_all(F, "IsVatIncluded IsInactive IsDividable IsPriceEditable IsVatEditable IsDescriptionEditable"),
}
_FUNNEL = ("Suspect", "Lead", "HotProspect", "Prospect", "Customer")
_EMPLOYEE = "Relationship.Person.Contact.Employee"
_ROLE_LINKS = {"Relation": "Relation.Organization", "AccountManager": _EMPLOYEE, "Group": "Datastore.Group"}
_LISTED = {"Attachments": Collection("Attachment", "Entity"), "Notes": Collection("Note", "Entity")}


def _type(
    name: str,
    properties: Mapping[str, Kind],
    links: Mapping[str, str] | None = None,
    collections: Mapping[str, Collection] | None = None,
    required: tuple[str, ...] = (),
) -> RecordType:
    return RecordType(name, {**COMMON, **properties}, links or {}, {**_LISTED, **(collections or {})}, required)


def _funnel() -> Iterator[RecordType]:
    for child in ("Organization", "Person"):
        for step in _FUNNEL:
            name = f"Relationship.{child}.CommercialRelationship.{step}"
            yield _type(name, _COMMERCIAL, {**_ROLE_LINKS, child: f"Relation.{child}"}, None, (child,))


def _datastores() -> Iterator[RecordType]:
    plain = ("GeneralLedgerAccount", "Phase.ActivityInvoice", "Country", "AdressType", "Group", "State", "Unit", "Role")
    for name in plain:
        yield _type(f"Datastore.{name}", _DATASTORE)
    yield _type("Datastore.VatGroup", {**_DATASTORE, "Percentage": N}, {"Country": "Datastore.Country"})


TYPES: Mapping[str, RecordType] = {
    record_type.name: record_type
    for record_type in (
        _type(
            "Relation.Organization",
            _ORGANIZATION,
            dict.fromkeys(("VisitingAddress", "PostalAddress", "InvoiceAddress"), "Address"),
            {
                "Addresses": Collection("Address", "Organization"),
                "Relationships": Collection("Relationship", "Organization"),
            },
            ("Name",),
        ),
        _type(
            "Relation.Person",
            _PERSON,
            {"Address": "Address"},
            {"Addresses": Collection("Address", "Person"), "Relationships": Collection("Relationship", "Person")},
            ("LastName",),
        ),
        _type(
            "Address",
            _ADDRESS,
            {
                "Country": "Datastore.Country",
                "State": "Datastore.State",
                "AddressType": "Datastore.AdressType",
                "Relation": "Relation",
                "Organization": "Relation.Organization",
                "Person": "Relation.Person",
            },
        ),
        *_funnel(),
        _type(
            "Relationship.Organization.Supplier",
            _COMMERCIAL,
            {**_ROLE_LINKS, "Organization": "Relation.Organization"},
            None,
            ("Organization",),
        ),
        _type(
            "Relationship.Organization.Identity",
            _RELATIONSHIP,
            {"Relation": "Relation.Organization", "Organization": "Relation.Organization"},
        ),
        _type(
            "Relationship.Person.Contact.Standard",
            _CONTACT,
            {"Relation": "Relation.Organization", "Person": "Relation.Person", "Role": "Datastore.Role"},
            None,
            ("Person", "Relation"),
        ),
        _type(_EMPLOYEE, _CONTACT, {"Relation": "Relation.Organization", "Person": "Relation.Person"}),
        _type(
            "Activity.Invoice",
            _INVOICE,
            {
                "Phase": "Datastore.Phase.ActivityInvoice",
                "Relationship": "Relationship",
                "Contact": "Relationship.Person.Contact.Standard",
            },
            {
                "ProductLines": Collection("ProductLine", "Invoice"),
                "Attachments": Collection("Attachment", "Invoice"),
            },
        ),
        _type(
            "ProductLine",
            _LINE,
            {"Product": "Product", "VatGroup": "Datastore.VatGroup", "Invoice": "Activity.Invoice"},
        ),
        _type(
            "Product",
            _PRODUCT,
            {
                "ProductGroup": "ProductGroup",
                "Unit": "Datastore.Unit",
                "VatGroup": "Datastore.VatGroup",
                "GeneralLedgerAccount": "Datastore.GeneralLedgerAccount",
            },
            None,
            ("Name",),
        ),
        _type(
            "ProductGroup",
            _all(T, "Name LocalizedName Code"),
            None,
            {"Products": Collection("Product", "ProductGroup")},
        ),
        _type(
            "Attachment",
            {**_all(T, "Description ContentId"), "Version": W, "IsVisibleInSupportPortal": F},
            {"File": "File", "Invoice": "Activity.Invoice", "Entity": "Entity"},
        ),
        _type("File", {**_all(T, "Name MimeType Data Url")}),
        _type("Note", {"Content": T, "IsPinned": F, "ImportId": T}, {"Entity": "Entity"}),
        *_datastores(),
    )
}

# Links that the other side shows as well: setting the first sets the second.
OWNER_OF_ADDRESS: Mapping[str, str] = {"Relation.Organization": "Organization", "Relation.Person": "Person"}
_CUSTOM_FIELD = re.compile(r"_[0-9a-f]{8}__[0-9a-f]{4}__[0-9a-f]{4}__[0-9a-f]{4}__[0-9a-f]{12}", re.IGNORECASE)
_BASES = {
    ".".join(parts[:length]) for name in TYPES for parts in (name.split("."),) for length in range(1, len(parts))
} | {"Entity"}


def is_custom_field(name: str) -> bool:
    """Say whether a property is one that a tenant added."""
    return _CUSTOM_FIELD.fullmatch(name) is not None


def is_a(name: str, base: str) -> bool:
    """Say whether a dotted type is a base type or one below it."""
    return base in ("Entity", name) or name.startswith(f"{base}.")


def types_of(base: str) -> list[RecordType]:
    """Return the types that a dotted name covers: itself and those below it; none when there is no such name."""
    if base in TYPES:
        return [TYPES[base]]
    return [record_type for name, record_type in TYPES.items() if is_a(name, base)] if base in _BASES else []


def dotted(entity_set: str) -> str:
    """Return the dotted type of an entity set."""
    return entity_set.replace("_", ".")


def property_kind(base: str, name: str) -> Kind | None:
    """Return a property's kind, looked up in all types that a dotted name covers."""
    for record_type in types_of(base):
        if name in record_type.properties:
            return record_type.properties[name]
    return Kind.TEXT if is_custom_field(name) else None


def link_target(base: str, name: str) -> str | None:
    """Return the dotted type that a to-one link leads to, looked up in all types that a dotted name covers."""
    return next((kind.links[name] for kind in types_of(base) if name in kind.links), None)


def collection(base: str, name: str) -> Collection | None:
    """Return a collection, looked up in all types that a dotted name covers."""
    return next((kind.collections[name] for kind in types_of(base) if name in kind.collections), None)


def moment(instant: datetime) -> str:
    """Return an instant as Tribe writes it: UTC, in whole seconds."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
