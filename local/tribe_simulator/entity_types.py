"""The types of the simulated environment, as data (tribe-api 5 and 6; names marked there as assumed are assumed here).

A name that a tenant turns out to have another word for can be changed with the switch `property_names`.
"""

from collections.abc import Mapping

from local.tribe_simulator.model import EntityType, Kind, Model, Source

type Properties = Mapping[str, Kind]
type Links = Mapping[str, str]


def _of(kind: Kind, *names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, kind)


def _text(*names: str) -> dict[str, Kind]:
    return _of(Kind.TEXT, *names)


def _double(*names: str) -> dict[str, Kind]:
    return _of(Kind.DOUBLE, *names)


def _flag(*names: str) -> dict[str, Kind]:
    return _of(Kind.BOOLEAN, *names)


# In the order of the recorded answers.
_COMMON: Properties = {
    **_of(Kind.INSTANT, "CreationDate", "Start", "End"),
    **_flag("IsRoot", "IsClosed", "IsExclusion"),
    **_of(Kind.INSTANT, "Deadline"),
    **_flag("IsActive"),
    **_of(Kind.INTEGER, "NumberOfNotes", "NumberOfAttachments"),
    **_of(Kind.INSTANT, "CloseDate", "LastMutationDate"),
    **_of(Kind.GUID, "ID"),
    **_text("_Type", "_Name"),
    **_of(Kind.INTEGER, "SortIndex"),
}
_COMMON_COLLECTIONS: Mapping[str, Source] = {
    name: Source(name.removesuffix("s"), "Entity") for name in ("Labels", "Notes", "Attachments")
}
_STAMPS = frozenset({"_Type", "_Name", "CreationDate", "LastMutationDate"})

_RELATION: Properties = _text(
    *("Instagram", "YouTube", "CreditorNumber", "DebtorNumber", "Facebook", "Twitter", "Blog", "LinkedIn"),
    *("IBAN", "BIC", "BankName", "Number", "Name", "PhoneNumber", "EmailAddress", "ImportId"),
)
_ROLE: Properties = {
    **_of(Kind.DATE, "UpgradeDate"),
    **_flag("MailingOptOut"),
    **_of(Kind.DATE, "DowngradeDate", "FormerDate"),
    **_flag("IsFormer"),
    **_text("Name", "SortName"),
    **_of(Kind.INTEGER, "PaymentTermInDays"),
    **_text("ImportId"),
}
_ROLE_LINKS: Links = {
    "Relation": "Relation",
    "AccountManager": "Relationship_Person_Contact_Employee",
    "Status": "Datastore_Status",
    "Group": "Datastore_Group",
    "PriceList": "Datastore_PriceList",
}
_DATASTORE: Properties = {**_text("Name", "Code", "LocalizedName"), **_flag("IsDefault")}
_ACTIVITY: Properties = _text("Subject", "ImportId")
_ACTIVITY_LINKS: Links = {"Relationship": "Relationship", "Contact": "Relationship_Person_Contact_Standard"}

FUNNEL = ("Suspect", "Lead", "HotProspect", "Prospect", "Customer")
DATASTORES = (
    *("GeneralLedgerAccount", "Phase_ActivityInvoice", "Country", "State", "AdressType", "Group", "Status", "Role"),
    *("Unit", "RepeatInterval", "PriceList", "Campagne", "ConnectorLogType"),
)
INVOICE_TOTALS = ("TotalExcludingVat", "TotalIncludingVat")
LINE_TOTALS = (
    *("Total", "TotalExcludingVat", "TotalIncludingVat"),
    *("TotalInCurrency", "TotalExcludingVatInCurrency", "TotalIncludingVatInCurrency"),
    *("VatPercentage", "VatAmount", "VatAmountInCurrency"),
    *("VatAmountIncludingDiscount", "VatAmountIncludingDiscountInCurrency"),
)


def _type(
    entity_set: str,
    properties: Properties,
    links: Links | None = None,
    collections: Mapping[str, Source] | None = None,
    *,
    required: tuple[str, ...] = (),
    computed: tuple[str, ...] = (),
    is_abstract: bool = False,
) -> EntityType:
    return EntityType(
        entity_set,
        {**_COMMON, **properties},
        links or {},
        {**_COMMON_COLLECTIONS, **(collections or {})},
        required,
        _STAMPS | frozenset(computed),
        is_abstract,
    )


def _bases() -> list[EntityType]:
    return [
        _type("Entity", {}, is_abstract=True),
        _type("Relation", _RELATION, {}, is_abstract=True),
        _type("Relationship", _ROLE, {"Relation": "Relation"}, is_abstract=True),
        _type("Activity", _ACTIVITY, _ACTIVITY_LINKS, is_abstract=True),
        _type("Datastore", _DATASTORE, is_abstract=True),
    ]


def _relations() -> list[EntityType]:
    organisation: Properties = {
        **_text("FinancialEmailAddress", "Website", "VatNumber", "ChamberOfCommerceNumber", "ChamberOfCommerceName"),
        **_of(Kind.INTEGER, "NumberOfEmployees"),
        **_of(Kind.DATE, "FoundingDate"),
    }
    person: Properties = {
        **_text("Initials", "Title", "Suffix"),
        **_of(Kind.DATE, "BirthDate"),
        **_text("SortName", "BirthDay", "FirstName", "MobilePhoneNumber", "MiddleName", "LastName"),
    }
    address: Properties = {
        **_text("Street"),
        **_double("HouseNumber"),
        **_text("HouseNumberSuffix", "Extra", "Postalcode", "City"),
        **_double("Latitude", "Longitude"),
    }
    addresses = dict.fromkeys(("VisitingAddress", "PostalAddress", "InvoiceAddress"), "Address")
    address_links = {
        "Country": "Datastore_Country",
        "State": "Datastore_State",
        "AddressType": "Datastore_AdressType",
        "Relation": "Relation",
        "Person": "Relation_Person",
        "Organization": "Relation_Organization",
    }
    return [
        _type(
            "Relation_Organization",
            {**_RELATION, **organisation},
            addresses,
            _of_relation("Organization"),
            required=("Name",),
        ),
        _type(
            "Relation_Person",
            {**_RELATION, **person},
            {"Address": "Address"},
            _of_relation("Person"),
            required=("LastName",),
            computed=("Name", "BirthDay"),
        ),
        _type("Address", address, address_links),
    ]


def _of_relation(link: str) -> dict[str, Source]:
    return {"Addresses": Source("Address", link), "Relationships": Source("Relationship", link)}


def _roles() -> list[EntityType]:
    contact: Properties = {**_ROLE, **_text("EmailAddress", "PhoneNumber", "MobilePhoneNumber", "Department")}
    contact_links: Links = {"Relation": "Relation", "Person": "Relation_Person", "Role": "Datastore_Role"}
    commercial = [
        _type(
            f"Relationship_{child}_CommercialRelationship_{stage}",
            _ROLE,
            {**_ROLE_LINKS, child: f"Relation_{child}"},
            required=(child,),
        )
        for child in ("Organization", "Person")
        for stage in FUNNEL
    ]
    return [
        *commercial,
        _type(
            "Relationship_Organization_Supplier",
            _ROLE,
            {**_ROLE_LINKS, "Organization": "Relation_Organization"},
            required=("Organization",),
        ),
        _type(
            "Relationship_Organization_Identity",
            _text("Name"),
            {"Relation": "Relation", "Organization": "Relation_Organization"},
        ),
        _type("Relationship_Person_Contact_Standard", contact, contact_links, required=("Person",)),
        _type("Relationship_Person_Contact_Employee", contact, contact_links, required=("Person",)),
    ]


def _invoicing() -> list[EntityType]:
    invoice: Properties = {
        **_text("Subject", "Number"),
        **_double("Amount"),
        **_text("Currency"),
        **_flag("IsVatIncluded"),
        **_double("DiscountPercentage"),
        **_double(*INVOICE_TOTALS),
        **_text("RelationDescription"),
        **_of(Kind.DATE, "InvoiceDate", "ExpirationDate"),
        **_flag("IsFinal"),
        **_text("ImportId"),
    }
    line: Properties = {
        **_text("Description", "LocalizedDescription", "ExtraDescription"),
        **_double("Quantity", "Price", "PriceInCurrency", "PurchasePrice", "TotalPurchasePrice", "DiscountPercentage"),
        **_text("Currency"),
        **_flag("IsPriceManuallyChanged", "IsBilled", "IsProcessableInParent"),
        **_double(*LINE_TOTALS),
        **_of(Kind.DATE, "StartDate", "EndDate"),
    }
    return [
        _type(
            "Activity_Invoice",
            invoice,
            {"Phase": "Datastore_Phase_ActivityInvoice", **_ACTIVITY_LINKS},
            {"ProductLines": Source("ProductLine", "Invoice")},
            computed=("Amount", *INVOICE_TOTALS),
        ),
        *(_type(f"Activity_{name}", _ACTIVITY, _ACTIVITY_LINKS) for name in ("SalesOpportunity", "Call", "Task")),
        _type(
            "ProductLine",
            line,
            {"Product": "Product", "VatGroup": "Datastore_VatGroup", "Invoice": "Activity_Invoice"},
            computed=LINE_TOTALS,
        ),
    ]


def _products() -> list[EntityType]:
    product: Properties = {
        **_text("Name", "LocalizedName", "Code", "Description"),
        **_double("SalesPrice", "PurchasePrice", "StockLevel"),
        **_flag("IsVatIncluded", "IsInactive", "IsDividable"),
        **_flag("IsPriceEditable", "IsVatEditable", "IsDescriptionEditable"),
    }
    links = {
        "ProductGroup": "ProductGroup",
        "Unit": "Datastore_Unit",
        "VatGroup": "Datastore_VatGroup",
        "GeneralLedgerAccount": "Datastore_GeneralLedgerAccount",
        "RepeatInterval": "Datastore_RepeatInterval",
    }
    return [
        _type("Product", product, links, {"ProductLine": Source("ProductLine", "Product")}),
        _type("ProductGroup", _DATASTORE, {}, {"Product": Source("Product", "ProductGroup")}),
        _type(
            "Datastore_VatGroup",
            {**_DATASTORE, **_double("Percentage")},
            {"Country": "Datastore_Country"},
            {"Product": Source("Product", "VatGroup"), "ProductLine": Source("ProductLine", "VatGroup")},
        ),
        *(_type(f"Datastore_{name}", _DATASTORE, {}, _of_datastore(name)) for name in DATASTORES),
    ]


def _of_datastore(name: str) -> dict[str, Source]:
    return {"Product": Source("Product", name)} if name == "GeneralLedgerAccount" else {}


def _attached() -> list[EntityType]:
    attachment: Properties = {
        **_text("Description", "ContentId"),
        **_of(Kind.INTEGER, "Version"),
        **_flag("IsVisibleInSupportPortal"),
    }
    return [
        _type("Attachment", attachment, {"File": "File", "Invoice": "Activity_Invoice", "Entity": "Entity"}),
        _type("File", _text("Name", "MimeType", "Data", "Url"), computed=("Url",)),
        _type("Note", {**_text("Content"), **_flag("IsPinned"), **_text("ImportId")}, {"Entity": "Entity"}),
        _type("Label", _text("Name"), {"Entity": "Entity"}),
    ]


def standard_model() -> Model:
    """Return the types that every environment has."""
    return Model([*_bases(), *_relations(), *_roles(), *_invoicing(), *_products(), *_attached()])


def custom_relationship(entity_set: str) -> EntityType:
    """Return a relationship type of the tenant's own, for organisations or persons (tribe-api 5.4)."""
    children = {"Organization": "Relation_Organization", "Person": "Relation_Person"}
    return _type(entity_set, _ROLE, {**_ROLE_LINKS, **children})
