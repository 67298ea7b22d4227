"""Customers in any number, added at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from simulators.shared.companies import Company, companies
from simulators.tribe.desk import Desk
from simulators.tribe.errors import Refused
from simulators.tribe.store import Store

_ROLE = "Relationship_Organization_CommercialRelationship_Customer"
type _Row = tuple[str, dict[str, Any]]


def add_relations(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Add `relations` made-up companies as customers without any event; the same for the same `seed` (default 0).

    Yuki's `bulk` with the same seed has the same companies, written a little differently.
    """
    unknown = set(body) - {"relations", "seed"}
    if unknown:
        raise Refused(f"bulk takes relations and seed, not {', '.join(sorted(unknown))}")
    made = list(companies(body["relations"], body.get("seed", 0)))
    with desk.lock:
        if any(_id(company, "organisation") in desk.store.by_id for company in made):
            raise Refused("the companies of this seed are there already")
        links = {"Country": _first(desk.store, "Datastore_Country", "NL"), "Relation": _own_organisation(desk.store)}
        for company in made:
            for entity_set, fields in _rows(company, {name: target for name, target in links.items() if target}):
                desk.store.add(entity_set, fields)
        desk.store.forget_changes()
    return {"relations": len(made)}


def _rows(company: Company, links: Mapping[str, Any]) -> Iterator[_Row]:
    dates = {
        "CreationDate": f"{company.created:%Y-%m-%dT%H:%M:%SZ}",
        "LastMutationDate": f"{company.modified:%Y-%m-%dT%H:%M:%SZ}",
    }
    organisation, address = ({"ID": _id(company, what)} for what in ("organisation", "address"))
    relation = {name: links[name] for name in ("Relation",) if name in links}
    country = {name: links[name] for name in ("Country",) if name in links}
    yield (
        "Relation_Organization",
        {
            **organisation,
            **dates,
            "Name": f"{company.name} B.V." if company.is_limited else company.name,
            "DebtorNumber": company.code,
            "EmailAddress": f"info@{company.domain}",
            "PhoneNumber": f"+31 {company.area_code} {company.subscriber[:3]} {company.subscriber[3:]}",
            "Website": f"https://www.{company.domain}",
            "VatNumber": company.vat_number,
            "ChamberOfCommerceNumber": company.chamber_number,
            "InvoiceAddress": address,
        },
    )
    yield (
        "Address",
        {
            **address,
            **dates,
            **country,
            "Street": company.street,
            "HouseNumber": company.house_number,
            "HouseNumberSuffix": company.suffix or None,
            "Postalcode": company.postcode,
            "City": company.city,
            "Organization": organisation,
            "Relation": organisation,
        },
    )
    role = {"ID": _id(company, "customer"), **dates, **relation}
    yield _ROLE, {**role, "Organization": organisation, "PaymentTermInDays": 30}


def _id(company: Company, what: str) -> str:
    return company.id(f"tribe {what}")


def _first(store: Store, entity_set: str, code: str) -> dict[str, str] | None:
    found = (record.id for record in store.by_set[entity_set].values() if record.values.get("Code") == code)
    return next(({"ID": record_id} for record_id in found), None)


def _own_organisation(store: Store) -> dict[str, str] | None:
    identities = store.by_set["Relationship_Organization_Identity"].values()
    return next(({"ID": identity.links["Relation"]} for identity in identities if "Relation" in identity.links), None)
