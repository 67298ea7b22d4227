"""Made-up companies in any number, the same ones for the same seed, by the rules of `simulators/SEED.md`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

LARGEST = 9_000


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_KINDS = _words(
    "Bakkerij Slagerij Kapsalon Bloemist Garage Brouwerij Drukkerij Schildersbedrijf Timmerbedrijf Installatiebedrijf "
    "Adviesbureau Tandtechniek Loodgieter Kwekerij Rijschool Boekhandel Lunchroom Wasserij Fietsenmaker Meubelmakerij"
)
_MANNERS = _words(
    "Gouden Vrolijke Kleine Grote Nieuwe Oude Rode Blauwe Groene Witte Stille Snelle Eerste Laatste Hoge Lage Wijze "
    "Zilveren Vlugge Rustige Zonnige Koperen Trotse"
)
_THINGS = _words(
    "Molen Brug Haven Toren Kraan Anker Ster Zwaan Reiger Eik Linde Roos Spijker Ketel Lantaarn Sluis Poort Veer "
    "Kompas Wagen"
)
_STREETS = _words("Dorpsstraat Stationsweg Molenweg Kerkstraat Industrieweg Havenkade Parklaan Nieuwstraat")
# City, first two figures of its postcodes, area code.
_CITIES = (
    ("Zwolle", "80", "38"),
    ("Deventer", "74", "570"),
    ("Kampen", "82", "38"),
    ("Apeldoorn", "73", "55"),
    ("Arnhem", "68", "26"),
    ("Utrecht", "35", "30"),
    ("Groningen", "97", "50"),
)
# How the Chamber of Commerce numbers of a seed end: no number of the seed data ends so.
_FREE_ENDINGS = _words("01 04 08 09 22 23 24 26 28 29 31 32 38 47 48 54 56 58 59 65 67 68 73 76 80 84 86 88 92 94")
_WEIGHTS = range(9, 1, -1)
_NO_CHECK_DIGIT = 10
_FIRST_DAY = datetime(2024, 1, 1)  # noqa: DTZ001 (each system reads it in its own zone)


@dataclass(frozen=True)
class Company:
    """One company, plainly written; `created` and `modified` have no zone, `code` is its debtor number."""

    seed: int
    place: int
    name: str
    is_limited: bool
    street: str
    house_number: int
    suffix: str
    postcode: str
    city: str
    area_code: str
    subscriber: str
    vat_number: str
    chamber_number: str
    code: str
    created: datetime
    modified: datetime

    @property
    def domain(self) -> str:
        """Return where its website and its mail are."""
        return f"{self.name.lower().replace(' ', '-')}-{self.place}.example"

    def id(self, what: str) -> str:
        """Return the id of a record about the company."""
        return str(uuid5(NAMESPACE_URL, f"{what}:{self.seed}:{self.place}"))


def companies(count: Any, seed: Any) -> Iterator[Company]:
    """Yield companies; raise ValueError when there are not that many.

    Companies of neighbouring seeds have no number in common.
    """
    if not isinstance(count, int) or not 0 <= count <= LARGEST:
        raise ValueError(f"give a number of records up to {LARGEST}, not {count!r}")
    if not isinstance(seed, int):
        raise ValueError(f"seed: give a whole number, not {seed!r}")  # noqa: TRY004 (a wrong value, like any other)
    roots = _vat_roots()
    return (_company(seed % len(_FREE_ENDINGS), place, next(roots)) for place in range(count))


def _vat_roots() -> Iterator[str]:
    """Yield the numbers of nine figures with 9999 in front that pass the test of eleven."""
    for number in range(9999_0000, 10000_0000):
        check = sum(weight * int(figure) for weight, figure in zip(_WEIGHTS, str(number), strict=True)) % 11
        if check != _NO_CHECK_DIGIT:
            yield f"{number}{check}"


def _company(seed: int, place: int, vat_root: str) -> Company:
    chance = Random(f"{seed}:{place}")
    city, figures, area_code = chance.choice(_CITIES)
    modified = _FIRST_DAY + timedelta(minutes=chance.randrange(1_000_000))
    return Company(
        seed=seed,
        place=place,
        name=_name(place * 7 + seed),
        is_limited=chance.random() < 0.6,  # noqa: PLR2004 (so many of all)
        street=chance.choice(_STREETS),
        house_number=chance.randrange(1, 250),
        suffix=chance.choice(("", "", "", "", "A", "B")),
        postcode=f"{figures}{chance.randrange(10, 100)} {chance.choice('BCDFGH')}{chance.choice('JKLMNP')}",
        city=city,
        area_code=area_code,
        subscriber=f"555{place:04d}"[: 9 - len(area_code)],
        vat_number=f"NL{vat_root}B{21 + seed}",
        chamber_number=f"99{place:04d}{_FREE_ENDINGS[seed]}",
        code=f"D-{100_000 + 10_000 * seed + place}",
        created=_FIRST_DAY - timedelta(minutes=chance.randrange(1_000_000)),
        modified=modified,
    )


def _name(number: int) -> str:
    number, kind = divmod(number, len(_KINDS))
    number, manner = divmod(number, len(_MANNERS))
    thing = number % len(_THINGS)
    return f"{_KINDS[kind]} De {_MANNERS[manner]} {_THINGS[thing]}"
