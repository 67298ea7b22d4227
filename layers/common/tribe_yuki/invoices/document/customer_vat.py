"""Where a customer is for VAT: the country of the address and the VAT number, judged together (design 6.5)."""

from dataclasses import dataclass

from tribe_yuki.connections.settings import Location, Supply
from tribe_yuki.contacts.fields.addresses import relation_country
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.numbers import vat_number
from tribe_yuki.contacts.model import TribeRelation

EU_COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
# What Northern Ireland writes in front of its VAT numbers, and how its addresses are written.
NORTHERN_IRELAND = "XI"
_NORTHERN_IRISH = frozenset({"GB", NORTHERN_IRELAND})
# Sales to Monaco are sales to France; Greece has letters of its own for VAT.
_FOR_VAT = {"EL": "GR", "MC": "FR"}


def country_for_vat(country: str) -> str:
    """Return the country whose VAT is meant by a country's letters."""
    return _FOR_VAT.get(country, country)


@dataclass(frozen=True, slots=True)
class CustomerVat:
    """What VAT needs to know of a customer: ISO country, and the compact VAT number when it is a valid one."""

    country: str
    vat_number: str | None

    @property
    def vat_country(self) -> str:
        """Return the country of the address, as VAT sees it."""
        return country_for_vat(self.country)

    @property
    def number_country(self) -> str | None:
        """Return the country that gave the number, as it stands in front of it: ISO, or XI for Northern Ireland."""
        prefix = (self.vat_number or "")[:2]
        return country_for_vat(prefix) if prefix.isalpha() else None

    @property
    def has_number_of_another_country(self) -> bool:
        """Whether the number was given by another country than the one of the address."""
        is_northern_irish = self.number_country == NORTHERN_IRELAND and self.country in _NORTHERN_IRISH
        return self.number_country not in (None, self.vat_country) and not is_northern_irish


def customer_vat_of(relation: TribeRelation, mapping: ContactMapping) -> CustomerVat:
    """Return what VAT needs to know of a relation of Tribe."""
    country = relation_country(relation, mapping).written
    number = vat_number(relation.vat_number, country)
    return CustomerVat(country, number.written if number.is_valid and number.written else None)


def locate(customer: CustomerVat, own_country: str, supply: Supply) -> Location:
    """Tell where a customer is, seen from the company's own country, for what is sold to them.

    With a VAT number means one of another EU country. Northern Ireland is one of them where goods are sold.
    """
    if customer.vat_country == own_country:
        return Location.DOMESTIC
    has_number = has_eu_number(customer, own_country, supply)
    is_northern_irish = (
        customer.country in _NORTHERN_IRISH and has_number and customer.number_country == NORTHERN_IRELAND
    )
    if customer.vat_country not in EU_COUNTRIES and not is_northern_irish:
        return Location.OUTSIDE_EU
    return Location.EU_WITH_VAT if has_number else Location.EU_WITHOUT_VAT


def has_eu_number(customer: CustomerVat, own_country: str, supply: Supply) -> bool:
    """Whether the customer has a valid VAT number of another EU country that counts for what is sold."""
    country = customer.number_country
    if country == NORTHERN_IRELAND:
        return supply is Supply.GOODS
    return country in EU_COUNTRIES and country != own_country
