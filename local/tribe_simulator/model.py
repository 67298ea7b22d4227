"""The entity types of Tribe as data: declared properties, links to one record, and collections (tribe-api 5, 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

COMMON = (
    *("CreationDate", "Start", "End", "IsRoot", "IsClosed", "IsExclusion", "Deadline", "IsActive"),
    *("NumberOfNotes", "NumberOfAttachments", "CloseDate", "LastMutationDate", "ID", "_Type", "_Name", "SortIndex"),
)
BOOLEANS = frozenset(
    {
        *("IsRoot", "IsClosed", "IsExclusion", "IsActive", "IsFormer", "IsVatIncluded", "IsFinal", "IsDefault"),
        *("IsInactive", "IsDividable", "IsPriceEditable", "IsVatEditable", "IsDescriptionEditable"),
        *("IsPriceManuallyChanged", "IsBilled", "IsProcessableInParent", "MailingOptOut"),
        "IsVisibleInSupportPortal",
    }
)


@dataclass(frozen=True)
class Collection:
    """The records of another set that point here with a link."""

    entity_set: str
    link: str


@dataclass(frozen=True)
class EntityType:
    """One type of record; its name is that of its set with dots."""

    entity_set: str
    properties: tuple[str, ...]
    links: tuple[str, ...] = ()
    collections: Mapping[str, Collection] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the dotted name."""
        return self.entity_set.replace("_", ".")


_RELATION = (
    *("Instagram", "YouTube", "CreditorNumber", "DebtorNumber", "Facebook", "Twitter", "Blog", "LinkedIn"),
    *("IBAN", "BIC", "BankName", "Number", "Name", "PhoneNumber", "EmailAddress", "ImportId"),
)
_ROLE = (
    *("UpgradeDate", "MailingOptOut", "DowngradeDate", "FormerDate", "IsFormer", "Name", "SortName"),
    *("PaymentTermInDays", "ImportId"),
)
_DATASTORE = ("Name", "Code", "LocalizedName", "IsDefault")
_ORGANISATION_ROLES = ("Customer", "Suspect", "Lead", "HotProspect", "Prospect")


def _types() -> list[EntityType]:
    organisation_role_links = ("Relation", "Organization", "AccountManager", "Group", "PriceList", "Status")
    person_role_links = ("Relation", "Person", "AccountManager", "Group", "PriceList", "Status")
    return [
        EntityType(
            "Relation_Organization",
            (
                *_RELATION,
                *("FinancialEmailAddress", "Website", "VatNumber", "ChamberOfCommerceNumber"),
                *("ChamberOfCommerceName", "NumberOfEmployees", "FoundingDate"),
            ),
            ("InvoiceAddress", "PostalAddress", "VisitingAddress"),
            {"Addresses": Collection("Address", "Organization")},
        ),
        EntityType(
            "Relation_Person",
            (
                *_RELATION,
                *("Initials", "Title", "Suffix", "BirthDate", "SortName", "BirthDay", "FirstName"),
                *("MobilePhoneNumber", "MiddleName", "LastName"),
            ),
            ("Address",),
            {"Addresses": Collection("Address", "Person")},
        ),
        EntityType(
            "Address",
            ("Street", "HouseNumber", "HouseNumberSuffix", "Extra", "Postalcode", "City", "Latitude", "Longitude"),
            ("Country", "State", "AddressType", "Relation", "Person", "Organization"),
        ),
        *(
            EntityType(f"Relationship_Organization_CommercialRelationship_{role}", _ROLE, organisation_role_links)
            for role in _ORGANISATION_ROLES
        ),
        *(
            EntityType(f"Relationship_Person_CommercialRelationship_{role}", _ROLE, person_role_links)
            for role in _ORGANISATION_ROLES
        ),
        EntityType("Relationship_Organization_Supplier", _ROLE, organisation_role_links),
        EntityType("Relationship_Organization_Identity", ("Name",), ("Relation", "Organization")),
        *(
            EntityType(
                f"Relationship_Person_Contact_{kind}",
                (*_ROLE, "EmailAddress", "PhoneNumber", "MobilePhoneNumber", "Department"),
                ("Relation", "Person", "Role"),
            )
            for kind in ("Standard", "Employee")
        ),
        EntityType(
            "Activity_Invoice",
            (
                *("Subject", "Number", "Amount", "Currency", "IsVatIncluded", "DiscountPercentage"),
                *("RelationDescription", "InvoiceDate", "ExpirationDate", "IsFinal", "ImportId"),
            ),
            ("Phase", "Relationship", "Contact"),
            {
                "ProductLines": Collection("ProductLine", "Invoice"),
                "Attachments": Collection("Attachment", "Invoice"),
            },
        ),
        EntityType(
            "ProductLine",
            (
                *("Description", "LocalizedDescription", "ExtraDescription", "Quantity", "Price", "PriceInCurrency"),
                *("PurchasePrice", "TotalPurchasePrice", "DiscountPercentage", "Currency", "IsPriceManuallyChanged"),
                *("IsBilled", "IsProcessableInParent", "Total", "TotalExcludingVat", "TotalIncludingVat"),
                *("TotalInCurrency", "TotalExcludingVatInCurrency", "TotalIncludingVatInCurrency", "VatPercentage"),
                *("VatAmount", "VatAmountInCurrency", "VatAmountIncludingDiscount"),
                *("VatAmountIncludingDiscountInCurrency", "StartDate", "EndDate"),
            ),
            ("Product", "VatGroup", "Invoice"),
        ),
        EntityType(
            "Product",
            (
                *("Name", "LocalizedName", "Code", "Description", "SalesPrice", "PurchasePrice", "StockLevel"),
                *("IsVatIncluded", "IsInactive", "IsDividable", "IsPriceEditable", "IsVatEditable"),
                "IsDescriptionEditable",
            ),
            ("ProductGroup", "Unit", "VatGroup", "GeneralLedgerAccount"),
        ),
        EntityType("ProductGroup", _DATASTORE),
        EntityType(
            "Attachment", ("Description", "ContentId", "Version", "IsVisibleInSupportPortal"), ("File", "Invoice")
        ),
        EntityType("File", ("Name", "MimeType", "Url")),
        EntityType("Datastore_VatGroup", (*_DATASTORE, "Percentage"), ("Country",)),
        *(
            EntityType(f"Datastore_{kind}", _DATASTORE)
            for kind in ("GeneralLedgerAccount", "Phase_ActivityInvoice", "Country", "AdressType", "Group")
        ),
    ]


TYPES: Mapping[str, EntityType] = {one.entity_set: one for one in _types()}
SET_BY_NAME: Mapping[str, str] = {one.name: one.entity_set for one in TYPES.values()}

CUSTOMER_SETS = (
    "Relationship_Organization_CommercialRelationship_Customer",
    "Relationship_Person_CommercialRelationship_Customer",
)
