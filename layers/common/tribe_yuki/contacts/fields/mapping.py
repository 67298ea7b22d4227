"""What a connection can choose about the fields of contacts."""

from dataclasses import dataclass, field
from typing import Literal

from tribe_yuki.connections.settings import ConnectionSettings


@dataclass(frozen=True, slots=True)
class ContactMapping:
    """What a connection can choose about contacts.

    `company_address` is the address in Yuki that the billing address of a company is written to. By `default_country`,
    that of the administration, numbers and phones are read of a contact whose country nobody knows; it is never
    written. `excluded_fields` are names of the field tables that are not synchronised.
    """

    company_address: Literal["main", "work", "both"] = "both"
    address_fallback: bool = True
    default_country: str = "NL"
    excluded_fields: frozenset[str] = field(default_factory=frozenset)


def contact_mapping(settings: ConnectionSettings) -> ContactMapping:
    """Return the choices about contacts among the settings of a connection."""
    return ContactMapping(
        company_address=settings.company_address,
        address_fallback=settings.address_fallback,
        default_country=settings.country,
    )
