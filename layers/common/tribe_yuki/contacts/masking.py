"""Take people out of what Yuki says, before it is stored: what stays must still tell the class and the field.

Yuki quotes what it refuses, as it was sent, as it stands in its own books, or as .NET writes it. So a value counts as
found whatever its capitals, accents, blanks and punctuation are, and a name by each of its words.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tribe_yuki.contacts.match.names import FORM_OF
from tribe_yuki.core.outside_text import on_one_line

WORDS_KEPT = 500
# No message is known to be longer, and what is cut off here is not stored.
_LONGEST_SAID = 4_000
DOTS = "…"

# Masked whoever they belong to: mail addresses, bank accounts, VAT and telephone numbers, all other runs of digits.
_MAIL_ADDRESS = re.compile(r"(?<![^\s<>()\[\]\"',;:])[^\s<>()\[\]\"',;:@]+@[^\s<>()\[\]\"',;:]+")
_BANK_ACCOUNT = re.compile(r"\b[a-z]{2}\d{2}(?:[ .-]?[a-z0-9]{1,4}){3,8}\b", re.IGNORECASE)
_VAT_NUMBER = re.compile(r"\b(?:[A-Z]{2}[ .-]?|[a-z]{2})\d(?:[ .-]?[A-Za-z0-9]){6,12}\b")
_PHONE_NUMBER = re.compile(r"(?<!\w)(?:\+|\(?0)(?:[ ()./-]*\d){8,}")
_DIGITS = re.compile(r"(?<!\w)\w*\d{6,}\w*")
_LEAST_DIGITS = 6
# What a message of schema validation found: it may hold quotes itself.
_QUOTED_VALUE = re.compile(r"(?i)\b(value|string|waarde)\s+'.*?'(?=\s+(?:is|of|for|has|in|van|voor)\b|[.,;:]|$)")
_REPEATED = re.compile(rf"{DOTS}(?:[\s.&'-]*{DOTS})+")

_TOKEN = re.compile(r"\w+")
# Shorter values and words are in every text; a part of a word tells a name only when it is long.
_LEAST_VALUE = 3
_LEAST_TEXT = 6
_LEAST_WORD = 2
_LEAST_PART = 5
# What refusals are made of. A customer may be called so; the refusal must be understood all the same.
_WORDS_OF_REFUSALS = """
aan al artikel artikelcategorie address adres administratie administration als already amount and are as at be
bedrag bestaat betaling bij boek boekjaar btw by can cannot categorie category city code company contact country
customer data date datum de debiteur debtor der description die dit does door dubbel due duplicate een email
element en error exist exists factuur factuurdatum factuurnummer factuurregel field for format fout from geen
gemarkeerd grootboek grootboekrekening groot has heeft het http https in inactief inactive incorrect invalid
invoice invoicelines invoices is kan klant klanten land ledger lijn line lines list maar mag met missing moet must
naam name niet no not number nummer of om omschrijving onbekend onbekende ongeldig onjuist onjuiste op or order
payment periode person persoon postcode prijs price product project reference referentie refused regel rekening
relatie required sales schema string such te ten ter that the this tot type unknown valid value van vat verkoop
verkoopfactuur verplicht voor waarde was web website werd with wordt www xml yuki zijn
com example net nl eu org
"""
_COMMON = frozenset(_WORDS_OF_REFUSALS.split())


@dataclass(frozen=True, slots=True)
class OwnValues:
    """What a record says of somebody.

    `names` are told by each of their words, mail and web addresses too; `texts` only whole, because they are ordinary
    words. `reference` is the number that everybody may see.
    """

    names: Collection[str | None]
    texts: Collection[str | None] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    folded: str


def mask(words: str, own: OwnValues) -> str:
    """Return what Yuki says, at most 500 characters, with everything that may be about a person made dots."""
    said = on_one_line(html.unescape(words), _LONGEST_SAID)
    if len(own.reference) < _LEAST_VALUE:
        return _short(_masked(said, own))
    parts = re.split(rf"(?<!\w){re.escape(own.reference)}(?!\w)", said)
    return _short(own.reference.join(_masked(part, own) for part in parts))


def _short(text: str) -> str:
    return _REPEATED.sub(DOTS, text)[:WORDS_KEPT]


def _masked(text: str, own: OwnValues) -> str:
    masked = _QUOTED_VALUE.sub(rf"\1 '{DOTS}'", text)
    masked = _MAIL_ADDRESS.sub(DOTS, masked)
    for pattern in (_BANK_ACCOUNT, _VAT_NUMBER):
        masked = pattern.sub(_if_digits, masked)
    # The record's own numbers go before the patterns that would leave a part of them.
    masked = _without(masked, _places(masked, own))
    return _DIGITS.sub(DOTS, _PHONE_NUMBER.sub(DOTS, masked))


def _if_digits(found: re.Match[str]) -> str:
    return DOTS if sum(character.isdigit() for character in found[0]) >= _LEAST_DIGITS else found[0]


def _places(text: str, own: OwnValues) -> list[tuple[int, int]]:
    tokens = [_Token(match.start(), match.end(), folded(match[0])) for match in _TOKEN.finditer(text)]
    names = {name for value in own.names if value and len(name := folded(value)) >= _LEAST_VALUE}
    texts = {words for value in own.texts if value and len(words := folded(value)) >= _LEAST_TEXT}
    wanted = {word for value in own.names for word in _words_of(value)}
    return [
        *(place for value in names | texts for place in _whole(tokens, value)),
        *((token.start, token.end) for token in tokens if _tells(token.folded, wanted)),
    ]


def folded(text: str) -> str:
    """Return letters and digits alone, without capitals and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())


def _words_of(value: str | None) -> Iterator[str]:
    for found in _TOKEN.finditer(value or ""):
        word = folded(found[0])
        if len(word) >= _LEAST_WORD and not word.isdigit() and word not in _COMMON and word not in FORM_OF:
            yield word


def _whole(tokens: Sequence[_Token], value: str) -> Iterator[tuple[int, int]]:
    """Yield where words of a text together are a value, whatever stands between them."""
    joined = "".join(token.folded for token in tokens)
    begins, ends, length = {}, {}, 0
    for token in tokens:
        begins[length] = token.start
        length += len(token.folded)
        ends[length] = token.end
    at = joined.find(value)
    while at >= 0:
        if at in begins and at + len(value) in ends:
            yield begins[at], ends[at + len(value)]
        at = joined.find(value, at + 1)


def _tells(token: str, wanted: Collection[str]) -> bool:
    """Whether a word of a text is a word of a name, a part of such a word that was cut off, or holds it."""
    if token in wanted:
        return True
    if len(token) < _LEAST_PART or token in _COMMON:
        return False
    return any(word.startswith(token) or (len(word) >= _LEAST_PART and word in token) for word in wanted)


def _without(text: str, places: Collection[tuple[int, int]]) -> str:
    kept, end = [], 0
    for start, stop in sorted(places):
        if start >= end:
            kept += [text[end:start], DOTS]
        end = max(end, stop)
    return "".join([*kept, text[end:]])
