"""Find the total that a paper names among its amounts: the customer was asked to pay that (design 6.5)."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from tribe_yuki.core.money import CENT

# Digits in groups of three, or in a row; then cents, or a dash for none. A percentage is no amount, nor is a date.
_AMOUNT = re.compile(
    r"(?<![\d.,])(?P<whole>\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+|\d+)"
    r"(?P<point>[.,])(?P<cents>\d{2}|[-\u2013\u2014])(?!\d|[.,]\d|\s*%)"
)
_GROUPS = re.compile(r"[.,' \u00a0\u202f]")
_BLANKS = re.compile(r"[ \u00a0\u202f]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_WITHOUT_VAT = re.compile(r"excl|htva|hors|\bht\b")
_PART = re.compile(r"sub|sous|btw|vat\b|tva\b|netto|grondslag|korting|remise|discount|basis|base\b")
_TOTAL = re.compile(
    r"excl|hors|htva|\bht\b|sub|sous|btw|vat\b|tva\b|netto|grondslag|korting|remise|discount|basis|base\b"
)
_TOTAL = re.compile(r"tota[al]")
_TO_PAY = re.compile(
    r"te (betalen|voldoen|ontvangen|innen)|tota[al]+[^\n]{0,12}incl|incl[^\n]{0,12}tota[al]|"
    r"(factuur|eind|nota|credit)(bedrag|totaal)|totaal ?bedrag|montant total|à payer|a payer|"
    r"\bttc\b|\btvac\b|tvac|total due|amount due|grand total|balance due"
)


class Label(IntEnum):
    """What stands before an amount, the weightier the higher."""

    PART = 0
    NOTHING = 1
    TOTAL = 2
    TO_PAY = 3


@dataclass(frozen=True, slots=True)
class PrintedAmount:
    """An amount on paper without its sign, which papers of credit invoices write or leave out."""

    amount: Decimal
    label: Label


def printed_total(text: str, possible: Collection[Decimal], *, near: Decimal = Decimal(0)) -> Decimal | None:
    """Return the total that a paper names; None when it names none of the possible totals, or several alike.

    A total in so many words that is none of them, but `near` them, counts too: the paper is right about itself.
    """
    by_size = {abs(total): total for total in possible}
    printed = list(printed_amounts(text))
    for label in sorted(Label, reverse=True):
        amounts = {found.amount for found in printed if found.label is label}
        if known := amounts & by_size.keys():
            return by_size[known.pop()] if len(known) == 1 else None
        if label is Label.TO_PAY and (unforeseen := _near(amounts, list(possible), near)) is not None:
            return unforeseen
    return None


def _near(amounts: Collection[Decimal], possible: Sequence[Decimal], near: Decimal) -> Decimal | None:
    total = possible[0] if possible else Decimal(0)
    close = {amount for amount in amounts if abs(amount - abs(total)) <= near}
    return close.pop().copy_sign(total) if len(close) == 1 else None


def printed_amounts(text: str) -> Iterator[PrintedAmount]:
    """Yield the amounts of a text, each with the weight of the words before it: on its line, or on the line above."""
    above = ""
    for line in text.splitlines():
        end, found = 0, False
        for match in _AMOUNT.finditer(line):
            words = line[end : match.start()]
            label = _label(words if _LETTERS.search(words) or found else above)
            yield from (PrintedAmount(amount, label) for amount in _amounts(match))
            end, found = match.end(), True
        above = "" if found else (line if _LETTERS.search(line) else above)


def _amounts(match: re.Match[str]) -> Iterator[Decimal]:
    """Yield what an amount may mean: after a blank may begin another number, such as the amount after a quantity."""
    whole, cents = match["whole"], match["cents"]
    if match["point"] in whole:
        return
    hundredths = int(cents) if cents.isdecimal() else 0
    parts = _BLANKS.split(whole)
    for first in range(len(parts)):
        yield int(_GROUPS.sub("", "".join(parts[first:]))) + hundredths * CENT


def _label(words: str) -> Label:
    said = words.casefold()
    if _WITHOUT_VAT.search(said):
        return Label.PART
    if _TO_PAY.search(said):
        return Label.TO_PAY
    if _PART.search(said):
        return Label.PART
    return Label.TOTAL if _TOTAL.search(said) else Label.NOTHING
