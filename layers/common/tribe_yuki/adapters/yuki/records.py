"""What only Yuki's adapter and the set-up of a connection know: domains and administrations."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class YukiDomain:
    """A domain that a key gives access to (yuki-api 2.3); ids are in lower case."""

    domain_id: str
    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class YukiAdministration:
    """An administration, the books of one company (yuki-api 2.3). Its id and its domain's id differ."""

    administration_id: str
    name: str
    domain_id: str
    country: str | None = None
    coc_number: str | None = None
    vat_number: str | None = None
    start_date: date | None = None
    is_active: bool = True
