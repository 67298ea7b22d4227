"""Pages of HTML: templates with the catalogue's texts, everything that is put in escaped."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.texts import NOTATIONS, Texts

_HERE = Path(__file__).parent
TEMPLATES = _HERE / "templates"
LANGUAGES = ("nl", "en", "fr")
DEFAULT_LANGUAGE = LANGUAGES[0]
_STATIC: Mapping[str, str] = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
_CURRENCY_SIGNS: Mapping[str, str] = {"EUR": "€"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that browsers may keep for a year: its name changes with what is in it."""

    name: str
    content_type: str
    text: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return the files by the names that their pages link to."""
    return {file.name: file for file in map(_static, _STATIC)}


@cache
def _static(source: str) -> StaticFile:
    text = (_HERE / "static" / source).read_text(encoding="utf-8")
    stem, _, suffix = source.partition(".")
    return StaticFile(f"{stem}.{hashlib.sha256(text.encode()).hexdigest()[:12]}.{suffix}", _STATIC[source], text)


def render(template: str, language: str, values: Mapping[str, object]) -> str:
    """Return a page in a language; `values` are what its template names."""
    texts = Texts(language)
    return (
        _environment()
        .get_template(template)
        .render(
            values,
            language=language,
            languages=LANGUAGES,
            stylesheet=_static("style.css").name,
            icon=_static("icon.svg").name,
            say=texts.say,
            count=texts.count,
            day=texts.day,
            minute=lambda instant: texts.minute(instant.astimezone(AMSTERDAM)),
            money=lambda amount, currency: _money(texts, amount, currency),
            waited=lambda since, now: _waited(texts, since, now),
        )
    )


def preferred_language(chosen: str | None, accepted: str | None) -> str:
    """Return the language that a person chose, else the browser's first that there is, else Dutch."""
    if chosen in LANGUAGES:
        return chosen
    for part in (accepted or "").split(","):
        tag = part.partition(";")[0].strip().lower()[:2]
        if tag in NOTATIONS:
            return tag
    return DEFAULT_LANGUAGE


def _money(texts: Texts, amount: Decimal | None, currency: str | None) -> str:
    if amount is None:
        return ""
    sign = _CURRENCY_SIGNS.get(currency or "", currency or "")
    return f"{sign}\N{NO-BREAK SPACE}{texts.amount(amount)}".strip()


def _waited(texts: Texts, since: datetime, now: datetime) -> str:
    """Return for how long something waits, in the largest unit of which it is two or more."""
    waited = max(now - since, timedelta())
    if waited >= timedelta(days=2):
        return texts.count("console.days", waited.days)
    if waited >= timedelta(hours=2):
        return texts.count("console.hours", waited // timedelta(hours=1))
    return texts.count("console.minutes", waited // timedelta(minutes=1))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
