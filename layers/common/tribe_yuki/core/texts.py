"""What people read, by code and in their language: the sentences are in `locale/`, compiled by the build.

Nothing that only moves records imports this module: webhooks, pushes and polls say nothing to people.
"""

import gettext
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from tribe_yuki.core.details import Detail, Details
from tribe_yuki.core.holds import HoldReason

DOMAIN = "tribe_yuki"
LOCALE = Path(__file__).parents[1] / "locale"
_LISTS = frozenset({"fields", "ids", "numbers"})
_AMOUNTS = frozenset({"allowed", "amount", "ours", "percentage", "price", "quantity", "theirs", "tribe", "yuki"})
_AMOUNT = re.compile(r"-?\d+\.\d+")
# The words that may stand in a placeholder: the family of messages of each. Any other value is said as it is.
_FAMILIES: Mapping[str, str] = {"fields": "field", "name": "named"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What stands for an element of Yuki's document that people have no word for.
_ANY_ELEMENT = "element.document"


@dataclass(frozen=True, slots=True)
class Notation:
    """How the readers of a language write days, thousands and decimals."""

    day: str
    thousands: str
    decimals: str


NOTATIONS: Mapping[str, Notation] = {
    "en": Notation("%Y-%m-%d", ",", "."),
    "nl": Notation("%d-%m-%Y", ".", ","),
    "fr": Notation("%d/%m/%Y", "\N{NO-BREAK SPACE}", ","),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language."""

    language: str

    def say(self, message: str, values: Mapping[str, object] | None = None) -> str:
        """Return a message with its values in it."""
        return _catalogue(self.language).gettext(message).format_map({} if values is None else values)

    def count(self, message: str, number: int) -> str:
        """Return a message about a number of things, in the singular or plural."""
        return _catalogue(self.language).ngettext(message, message, number).format(count=number)

    def knows(self, message: str) -> bool:
        """Whether there is a message; codes of a newer version have none."""
        return _catalogue(self.language).gettext(message) != message

    def name(self, family: str, code: str) -> str:
        """Return what a code of a family is called; one of a newer version by its own words."""
        message = f"{family}.{code}"
        return self.say(message) if self.knows(message) else code.replace("_", " ")

    def day(self, day: date) -> str:
        """Return a day."""
        return day.strftime(NOTATIONS[self.language].day)

    def minute(self, instant: datetime) -> str:
        """Return an instant to the minute, in its own zone."""
        return f"{self.day(instant)} {instant:%H:%M}"

    def second(self, instant: datetime) -> str:
        """Return an instant to the second, in its own zone."""
        return f"{self.day(instant)} {instant:%H:%M:%S}"

    def amount(self, amount: Decimal) -> str:
        """Return an amount of money."""
        notation = NOTATIONS[self.language]
        return f"{amount:,.2f}".translate({ord(","): notation.thousands, ord("."): notation.decimals})

    def details(self, details: Details) -> str:
        """Return what details say, one after the other."""
        return "; ".join(self._detail(detail) for detail in details)

    def mailed_details(self, details: Details) -> str:
        """Return what a mail may say of details: nothing when one of them is not for mails."""
        return self.details(details).strip() if all(detail.code.is_mailed for detail in details) else ""

    def hold(self, reason: HoldReason, *, code: str = "", details: Details = (), words: str = "") -> str:
        """Return the sentence that tells a person what to do about a hold; `code` is the debtor number."""
        values = {"code": code or "?", "detail": self.details(details) or "?", "words": _ended(words) or "?"}
        return self.say(f"hold.{reason}", values)

    def _detail(self, detail: Detail) -> str:
        # Details that an earlier version stored may lack a value.
        values = defaultdict(lambda: "?", {name: self._value(name, value) for name, value in detail.values.items()})
        return self.say(f"detail.{detail.code}", values)

    def _value(self, name: str, value: str) -> str:
        if name in _LISTS:
            return ", ".join(self._word(name, part) for part in value.split())
        if name in _AMOUNTS and _AMOUNT.fullmatch(value):
            return value.replace(".", NOTATIONS[self.language].decimals)
        if _DAY.fullmatch(value):
            return self.day(date.fromisoformat(value))
        return self._word(name, value)

    def _word(self, name: str, value: str) -> str:
        if name == "numbers" and value.isdigit():
            return self.say("number", {"number": value})
        word = f"{_FAMILIES.get(name, name)}.{value}"
        if self.knows(word):
            return self.say(word)
        return self.say(_ANY_ELEMENT) if name == "element" else value


def explain_hold(
    reason: HoldReason, *, language: str = "en", code: str = "", details: Details = (), words: str = ""
) -> str:
    """Return the sentence that tells a person what to do about a hold."""
    return Texts(language).hold(reason, code=code, details=details, words=words)


def details_in(language: str, details: Details) -> str:
    """Return what details say in a language."""
    return Texts(language).details(details)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [language])


def _ended(words: str) -> str:
    """Return another system's words as a sentence: it does not run into the next."""
    return f"{words}." if words and words[-1] not in ".!?…" else words
