"""Contacts in any number, added at once."""

from random import Random
from typing import Any

from simulators.shared.companies import Company, companies
from simulators.yuki.books import Domain
from simulators.yuki.contacts import Contact
from simulators.yuki.desk import Desk, refuse_unknown


def add_contacts(desk: Desk, wanted: dict[str, Any]) -> dict[str, Any]:
    """Add `contacts` made-up companies to the first domain, the same for the same `seed` (default 0).

    `codes` is the share that has a code (0.5), `customers` the share that is ticked as customer (1). Tribe's `bulk`
    with the same seed has the same companies, written a little differently.
    """
    refuse_unknown(wanted, {"contacts", "seed", "codes", "customers"})
    seed = wanted.get("seed", 0)
    made = list(companies(wanted["contacts"], seed))
    codes, customers = (float(wanted.get(name, share)) for name, share in (("codes", 0.5), ("customers", 1.0)))
    domain = next(iter(desk.books.domains.values()))
    if any(domain.contacts.get(company.id("yuki contact")) for company in made):
        raise ValueError("the companies of this seed are there already")
    for company in made:
        chance = Random(f"yuki:{seed}:{company.place}")
        with_code, is_customer = chance.random() < codes, chance.random() < customers
        domain.contacts.add(_contact(domain, company, with_code=with_code, is_customer=is_customer))
    return {"contacts": len(made)}


def _contact(domain: Domain, company: Company, *, with_code: bool, is_customer: bool) -> Contact:
    values = {**_fields(company), **({"Code": company.code} if with_code else {})}
    return Contact(
        id=company.id("yuki contact"),
        hid=domain.contacts.next_hid,
        domain_id=domain.id,
        type="Company",
        created=company.created,
        modified=company.modified,
        values={name: value for name, value in values.items() if value},
        is_customer=is_customer,
    )


def _fields(company: Company) -> dict[str, str]:
    """Return the fields as a bookkeeper writes them; every tenth lacks one number, another tenth the other."""
    figures = company.vat_number
    vat_number = figures if company.place % 2 else f"NL {figures[2:6]}.{figures[6:8]}.{figures[8:11]}.{figures[11:]}"
    lacks = company.place % 10
    return {
        "Name": f"{company.name} BV" if company.is_limited else company.name,
        "AddressLine_1": f"{company.street} {company.house_number}{company.suffix.lower()}",
        "Postcode": company.postcode.replace(" ", "") if company.place % 3 else company.postcode,
        "City": company.city,
        "Country": "NL",
        "PhoneWork": f"0{company.area_code}-{company.subscriber}",
        "EMailWork": f"info@{company.domain}",
        "Website": f"www.{company.domain}",
        "VATNumber": vat_number if lacks != 3 else "",  # noqa: PLR2004 (any of ten)
        "CoCNumber": company.chamber_number if lacks != 6 else "",  # noqa: PLR2004 (any other of ten)
    }
