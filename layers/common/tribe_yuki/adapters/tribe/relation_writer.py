"""Create relations of Tribe with their roles, and write single fields and addresses of them (tribe-api 3.3, 5)."""

from collections.abc import Mapping

from tribe_yuki.adapters.tribe import relations
from tribe_yuki.adapters.tribe.countries import country_code
from tribe_yuki.adapters.tribe.environment import Environment
from tribe_yuki.adapters.tribe.odata import OData
from tribe_yuki.adapters.tribe.relation_reader import RelationReader
from tribe_yuki.adapters.tribe.values import link, record_id
from tribe_yuki.domain.contact import ContactKind, RoleKind, TribeAddress, TribeRelation
from tribe_yuki.domain.errors import ConnectorError, OutcomeUnknown
from tribe_yuki.domain.new_relation import NewRelation

ADDRESSES = "Address"
COUNTRIES = "Datastore_Country"

# Attributes of TribeRelation and what Tribe calls them.
PROPERTIES: Mapping[str, str] = {
    "name": "Name",
    "debtor_number": "DebtorNumber",
    "first_name": "FirstName",
    "middle_name": "MiddleName",
    "last_name": "LastName",
    "email": "EmailAddress",
    "phone": "PhoneNumber",
    "mobile": "MobilePhoneNumber",
    "website": "Website",
    "vat_number": "VatNumber",
    "coc_number": "ChamberOfCommerceNumber",
}
ADDRESS_LINKS: Mapping[str, str] = {
    "invoice_address": "InvoiceAddress",
    "postal_address": "PostalAddress",
    "visiting_address": "VisitingAddress",
    "private_address": "Address",
}
_SETS: Mapping[ContactKind, str] = {
    ContactKind.ORGANISATION: relations.ORGANISATIONS,
    ContactKind.PERSON: relations.PERSONS,
}
_OWNER_LINKS: Mapping[ContactKind, str] = {ContactKind.ORGANISATION: "Organization", ContactKind.PERSON: "Person"}
_ROLE_SETS: Mapping[tuple[ContactKind, RoleKind], str] = {
    (ContactKind.ORGANISATION, RoleKind.CUSTOMER): relations.ORGANISATION_CUSTOMERS,
    (ContactKind.ORGANISATION, RoleKind.SUPPLIER): relations.SUPPLIERS,
    (ContactKind.PERSON, RoleKind.CUSTOMER): relations.PERSON_CUSTOMERS,
}


class RelationWriter:
    """Writes organisations and persons."""

    def __init__(self, odata: OData, reader: RelationReader, environment: Environment) -> None:
        self._odata = odata
        self._reader = reader
        self._environment = environment
        self._own_organisation_id: str | None = None
        self._country_ids: dict[str, str] | None = None

    def create(self, new: NewRelation) -> str:
        """Create a relation with its addresses and first role in one call, and its other roles; return its id.

        Raises OutcomeUnknown when it may exist now, and Refused when Tribe declines.
        """
        fields: dict[str, object] = {PROPERTIES[name]: value for name, value in new.values.items()}
        fields |= {ADDRESS_LINKS[name]: self._address(address) for name, address in new.addresses.items()}
        fields["ImportId"] = new.import_id
        first, *others = new.roles
        owner = _OWNER_LINKS[new.kind]
        made = self._odata.create(_ROLE_SETS[new.kind, first], {**self._parent(), owner: fields}) or {}
        relation = link(made, owner)
        tribe_relation_id = record_id(relation) if relation else self._find_created(new)
        for role in others:
            self._add(tribe_relation_id, new.kind, role)
        return tribe_relation_id

    def add_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:
        """Make a relation a customer or supplier, unless it is one."""
        known = self._reader.read_many([tribe_relation_id])
        if known and not known[0].has_role(role):
            self._add(tribe_relation_id, kind, role)

    def update(self, relation: TribeRelation, values: Mapping[str, str], addresses: Mapping[str, TribeAddress]) -> None:
        """Write some fields and addresses; a new address comes with the relation's own call. Raises Gone."""
        fields: dict[str, object] = {PROPERTIES[name]: value for name, value in values.items()}
        for name, address in addresses.items():
            if address.tribe_address_id is None:
                fields[ADDRESS_LINKS[name]] = self._address(address)
            else:
                self._odata.update(ADDRESSES, address.tribe_address_id, self._address(address))
        if fields:
            self._odata.update(_SETS[relation.kind], relation.tribe_relation_id, fields)

    def _add(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:
        owner = {_OWNER_LINKS[kind]: {"ID": tribe_relation_id}}
        self._odata.create(_ROLE_SETS[kind, role], {**self._parent(), **owner})

    def _find_created(self, new: NewRelation) -> str:
        """Return the id of a relation that was just made, by its ImportId."""
        unknown = OutcomeUnknown("tribe_outcome_unknown", "a relation was created, but its id is not known")
        try:
            found = self._reader.by_import_id(new.import_id)
        except ConnectorError as error:
            raise unknown from error
        if len(found) != 1:
            raise unknown
        return found[0]

    def _parent(self) -> dict[str, object]:
        """Return the link to our own organisation, which every role has (tribe-api 2.3)."""
        if self._own_organisation_id is None:
            self._own_organisation_id = self._environment.own_organisation().tribe_relation_id
        return {"Relation": {"ID": self._own_organisation_id}}

    def _address(self, address: TribeAddress) -> dict[str, object]:
        """Return the fields of an address: street, number and suffix are one, other parts without value stay."""
        number = address.house_number
        fields: dict[str, object] = {
            "Street": address.street,
            "HouseNumber": float(number) if number else None,
            "HouseNumberSuffix": address.house_number_suffix,
        }
        others = {"Extra": address.extra, "Postalcode": address.postcode, "City": address.city}
        fields |= {name: value for name, value in others.items() if value}
        country_id = self._countries().get(address.country or "")
        if country_id:
            fields["Country"] = {"ID": country_id}
        return fields

    def _countries(self) -> dict[str, str]:
        """Return the ids of Tribe's countries by ISO code, read once."""
        if self._country_ids is None:
            rows = self._odata.rows(COUNTRIES, {})
            self._country_ids = {code: record_id(row) for row in rows if (code := country_code(row))}
        return self._country_ids
