"""Find the same company by where it is: postcode with house number."""

from dataclasses import dataclass
from typing import Self

from tribe_yuki.contacts.fields.converters import country_code, country_of_postcode, postcode, tidy
from tribe_yuki.contacts.fields.street_lines import EN_DASH, line_key, split_line
from tribe_yuki.contacts.model import AddressLines


@dataclass(frozen=True, slots=True)
class Premises:
    """What finding the same company by its address needs: postcode, house number and street."""

    postcode: str
    number: str
    suffix: str
    street: str
    country: str

    def agrees_with(self, other: Self) -> bool:
        """Whether postcode and house number are the same, and outside the Netherlands the street too.

        A Dutch postcode is a part of a street; a Belgian one is a town. A missing suffix is no difference.
        """
        if (self.postcode, self.number, self.country) != (other.postcode, other.number, other.country):
            return False
        if self.suffix and other.suffix and self.suffix != other.suffix:
            return False
        return (self.country == "NL" and bool(self.number)) or self.street == other.street


def premises(lines: AddressLines | None, *, default_country: str) -> Premises | None:
    """Return what an address is found by, or None when postcode or first line is missing."""
    if lines is None:
        return None
    country = country_code(lines.country).key or country_of_postcode(lines.postcode) or default_country
    split = split_line(tidy(lines.line_1).replace(",", " ").replace(EN_DASH, "-"), country)
    found = Premises(
        postcode=postcode(lines.postcode, country).key,
        number=split.number,
        suffix=line_key(split.suffix).replace("-", ""),
        street=line_key(split.street),
        country=country,
    )
    return found if found.postcode and found.street else None
