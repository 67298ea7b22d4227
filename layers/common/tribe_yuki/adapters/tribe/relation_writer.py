"""Create relations of Tribe with their roles, and write single fields and addresses of them (tribe-api 3.3, 5)."""

from collections.abc import Collection, Mapping
from functools import cached_property

from tribe_yuki.adapters.tribe import relation_rows
from tribe_yuki.adapters.tribe.environment import TribeEnvironment
from tribe_yuki.adapters.tribe.relation_rows import country_ids
from tribe_yuki.adapters.tribe.relations import TribeRelations
from tribe_yuki.adapters.tribe.values import link, record_id
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress, TribeRelation
from tribe_yuki.contacts.new_relation import NewRelation
from tribe_yuki.core.errors import Conflict, ConnectorError, Gone, OutcomeUnknown
from tribe_yuki.core.ids import is_guid

# Attributes of TribeRelation and what Tribe calls them.
_PROPERTIES: Mapping[str, str] = {
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
_ADDRESS_LINKS: Mapping[str, str] = {
    "invoice_address": "InvoiceAddress",
    "postal_address": "PostalAddress",
    "visiting_address": "VisitingAddress",
    "private_address": "Address",
}

type _Fields = dict[str, object]


class RelationWriter(TribeRelations, TribeEnvironment):
    """Create organisations and persons, and write single fields of them."""

    def create_relation(self, new: NewRelation) -> str:
        """Create a relation with its addresses and first role in one call, and its other roles; return its id.

        Raises OutcomeUnknown when it may exist now, perhaps without all its roles; any other error says that nothing
        was done.
        """
        sets = [relation_rows.role_set(new.kind, role) for role in new.roles]
        owner = relation_rows.OWNER_LINKS[new.kind]
        body = {**self._parent, owner: self._new_fields(new)}
        try:
            answer = self._odata.create(sets[0], body) or {}
        except OutcomeUnknown:
            return self._complete(new)
        try:
            relation = link(answer, owner)
            tribe_relation_id = record_id(relation) if relation else self._find_new(new)
            for role in new.roles[1:]:
                self._add_role(tribe_relation_id, new.kind, role)
        except ConnectorError as error:
            raise _created_in_part() from error
        return tribe_relation_id

    def add_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:
        """Make a relation a customer or supplier, unless it is that already (one or two calls).

        Raises OutcomeUnknown when the role may exist now: doing it again is harmless.
        """
        if not self._has_role(tribe_relation_id, kind, role):
            self._add_role(tribe_relation_id, kind, role)

    def update_relation(
        self, relation: TribeRelation, values: Mapping[str, str], addresses: Mapping[str, TribeAddress]
    ) -> None:
        """Write some fields and addresses of a relation, by attribute of TribeRelation.

        A new address comes with the relation's own call, the last: what fails before it, or is done again
        with the relation as it is then, makes no address twice. Raises Gone, Conflict
        when only an address is gone, and Refused when Tribe declines.
        """
        fields = _named(values)
        for name, address in addresses.items():
            parts = self._address(address)
            if address.tribe_address_id is not None:
                self._update_address(relation, address.tribe_address_id, parts)
            elif parts:
                fields[_ADDRESS_LINKS[name]] = parts
        if fields:
            self._odata.update(relation_rows.SETS[relation.kind], relation.tribe_relation_id, fields)

    def known_countries(self) -> Collection[str]:
        """Return the ISO codes of the countries of Tribe's list; an address elsewhere is stored without its country."""
        return self._country_ids.keys()

    def _complete(self, new: NewRelation) -> str:
        """Return the relation that an unanswered call made after all, with the roles that it lacks."""
        try:
            tribe_relation_id = self._find_new(new)
            for role in new.roles:
                self.add_role(tribe_relation_id, new.kind, role)
        except ConnectorError as error:
            raise _created_in_part() from error
        return tribe_relation_id

    def _find_new(self, new: NewRelation) -> str:
        """Return the id of a relation that was just made: an answer about its role need not tell it."""
        found = self._odata.ids_with(relation_rows.SETS[new.kind], "ImportId", new.import_id)
        if len(found) != 1:
            raise OutcomeUnknown("tribe_outcome_unknown", f"{len(found)} relations have the ImportId of the new one")
        return found[0]

    def _add_role(self, tribe_relation_id: str, kind: ContactKind, role: RoleKind) -> None:
        """Make a relation a customer or supplier; an answer that does not name the role is looked into."""
        owner = {relation_rows.OWNER_LINKS[kind]: {"ID": tribe_relation_id}}
        try:
            made = self._odata.create(relation_rows.role_set(kind, role), {**self._parent, **owner}) or {}
        except OutcomeUnknown:
            made = {}
        if not is_guid(str(made.get("ID"))) and not self._has_role(tribe_relation_id, kind, role):
            raise OutcomeUnknown("tribe_outcome_unknown", f"whether a relation has the role {role} now is not known")

    @cached_property
    def _parent(self) -> _Fields:
        """Return the link to our own organisation, which every role has (tribe-api 2.3)."""
        return {"Relation": {"ID": self.own_organisation().tribe_relation_id}}

    def _new_fields(self, new: NewRelation) -> _Fields:
        addresses = {_ADDRESS_LINKS[name]: self._address(address) for name, address in new.addresses.items()}
        filled = {name: parts for name, parts in addresses.items() if parts}
        return {**_named(new.values), **filled, "ImportId": new.import_id}

    def _update_address(self, relation: TribeRelation, tribe_address_id: str, parts: _Fields) -> None:
        if not parts:
            return
        try:
            self._odata.update(relation_rows.ADDRESSES, tribe_address_id, parts)
        except Gone:
            if self._odata.single(relation_rows.SETS[relation.kind], relation.tribe_relation_id) is None:
                raise
            raise Conflict("tribe_record_changed", "the relation has another address now") from None

    def _address(self, address: TribeAddress) -> _Fields:
        """Return the fields of an address. What it lacks stays, but a street takes number and suffix along."""
        fields: _Fields = {
            "Street": address.street,
            "HouseNumber": float(address.house_number) if address.house_number else None,
            "HouseNumberSuffix": address.house_number_suffix,
            "Extra": address.extra,
            "Postalcode": address.postcode,
            "City": address.city,
        }
        with_street = {"Street", "HouseNumber", "HouseNumberSuffix"} if address.street else set()
        written = {name: value for name, value in fields.items() if value is not None or name in with_street}
        country_id = self._country_ids.get(address.country) if address.country else None
        return written | ({"Country": {"ID": country_id}} if country_id else {})

    @cached_property
    def _country_ids(self) -> dict[str, str]:
        """Return the ids of Tribe's countries by ISO code."""
        return country_ids(self._odata.rows("Datastore_Country", {}))


def _named(values: Mapping[str, str]) -> _Fields:
    return {_PROPERTIES[name]: value for name, value in values.items()}


def _created_in_part() -> OutcomeUnknown:
    return OutcomeUnknown("tribe_outcome_unknown", "a relation may exist now; look for its ImportId and its roles")
