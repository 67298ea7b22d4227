"""Say under what a record is filed, so that whatever may be the same is found without comparing all with all.

What two records agree on is not always written equally, so names are also filed as they sound, and their words with
the town: one typing error, another order, or a word more does not hide a record.
"""

import re
from collections.abc import Iterator

from tribe_yuki.contacts.match.names import ComparableName
from tribe_yuki.contacts.match.premises import Premises
from tribe_yuki.contacts.match.profile import NUMBERS, MatchProfile

# Too many companies of a town have these words in their names.
_COMMON = (
    "aannemer aannemersbedrijf administratie advies adviesbureau autobedrijf automatisering bakker bakkerij "
    "bedrijf belgie bouw bouwbedrijf bureau cafe centrum company consultancy den der dienst diensten garage "
    "groep groothandel handel handelsonderneming het hotel hoveniers hoveniersbedrijf installatie "
    "installatiebedrijf installaties international kantoor loodgieter loodgietersbedrijf makelaardij nederland "
    "online partners praktijk productie projecten restaurant salon schilder schilders schildersbedrijf service "
    "services slager slagerij techniek technieken transport uit van voor zonen zoon"
)
COMMON_WORDS = frozenset(_COMMON.split())
SHORTEST_WORD = 3
_VOWELS_INSIDE = re.compile(r"(?<=.)[aeiouy]")
_DOUBLES = re.compile(r"(.)\1+")


def match_keys(profile: MatchProfile) -> Iterator[tuple[str, str]]:
    """Yield what a record is found by, as kind and value."""
    texts = [("id", profile.yuki_contact_id)]
    texts += [(key.value, profile.number(key)) for key in NUMBERS]
    texts += [("email", email) for email in profile.emails]
    texts += [("phone", phone) for phone in profile.phones]
    texts += [("address", _filed_place(place)) for place in profile.premises]
    texts += [pair for name in profile.names for pair in _filed_name(name, profile.towns)]
    return (pair for pair in dict.fromkeys(texts) if pair[1])


def _filed_place(place: Premises) -> str:
    is_enough = place.country == "NL" and bool(place.number)
    return f"{place.country} {place.postcode} {place.number}" + ("" if is_enough else f" {place.street}")


def _filed_name(name: ComparableName, towns: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield "name", name.base
    yield "name_sound", " ".join(sorted(map(sound, name.words)))
    words = [word for word in name.words if len(word) >= SHORTEST_WORD and word not in COMMON_WORDS]
    yield from (("word_and_town", f"{sound(word)} {town}") for word in words for town in towns)


def sound(word: str) -> str:
    """Return a word without doubled letters and the vowels after its first letter: what most typing errors leave."""
    return _DOUBLES.sub(r"\1", _VOWELS_INSIDE.sub("", word.replace("ij", "y").replace("c", "k")))
