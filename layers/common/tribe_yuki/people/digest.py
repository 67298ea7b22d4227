"""The mail that tells people what waits for them: numbers, dates, amounts and what to do, and nothing personal."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.outside_text import LONGEST_CODE, on_one_line
from tribe_yuki.core.texts import Texts
from tribe_yuki.people.open_item import KINDS, OpenItem

MOST_LINES = 100
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to an owner."""

    subject: str
    text: str


def mail_of(
    connection_id: str, waiting: Collection[OpenItem], *, now: datetime, language: str, console_url: str = ""
) -> Mail:
    """Return the mail about what waits for one owner, grouped by kind, longest waiting first.

    With the console's address it links to the pages where people see and decide; no link decides by itself.
    """
    texts = Texts(language)
    pages = f"{console_url}/connections/{connection_id}" if console_url else ""
    today = now.astimezone(AMSTERDAM).date()
    groups: dict[str, list[OpenItem]] = defaultdict(list)
    for item in sorted(waiting, key=lambda open_item: open_item.since):
        groups[item.kind].append(item)
    heading = texts.say("mail.heading", {"connection": connection_id, "day": texts.day(today)})
    if pages:
        heading += "\n" + texts.say("mail.console", {"page": f"{pages}/attention"})
    parts = ["\n".join(_group(kind, groups[kind], today, texts, pages)) for kind in KINDS if kind in groups]
    subject = texts.say("mail.subject", {"connection": connection_id, "count": _count(waiting, texts)})
    return Mail(on_one_line(subject), "\n\n".join([heading, *parts]) + "\n")


def _count(waiting: Collection[OpenItem], texts: Texts) -> str:
    invoices = sum(item.tribe_invoice_id is not None for item in waiting)
    contacts = len(waiting) - invoices
    counted = (
        texts.count("mail.invoices", invoices) if invoices else "",
        texts.count("mail.contacts", contacts) if contacts else "",
    )
    return f" {texts.say('mail.and')} ".join(filter(None, counted))


def _group(kind: str, waiting: Sequence[OpenItem], today: date, texts: Texts, pages: str) -> Iterator[str]:
    yield f"{texts.say(f'open.{kind}.title')} ({len(waiting)})"
    yield texts.say("mail.to_do", {"to_do": texts.say(f"open.{kind}.to_do")})
    for item in waiting[:MOST_LINES]:
        yield f"  - {_line(item, today, texts)}"
        if pages and item.tribe_invoice_id is not None:
            yield f"    {pages}/invoices/{item.tribe_invoice_id}"
    if len(waiting) > MOST_LINES:
        yield f"  {texts.say('mail.more', {'count': len(waiting) - MOST_LINES})}"


def _line(item: OpenItem, today: date, texts: Texts) -> str:
    parts = []
    no_number = texts.say("mail.no_number")
    if item.tribe_invoice_id is not None:
        parts.append(_short(item.number) or f"{no_number} ({item.tribe_invoice_id})")
        if item.invoice_date is not None:
            parts.append(texts.day(item.invoice_date))
        if item.amount is not None:
            parts.append(f"{_short(item.currency)} {texts.amount(item.amount)}")
    if item.debtor_number:
        parts.append(texts.say("mail.debtor", {"number": _short(item.debtor_number)}))
    elif item.yuki_contact:
        parts.append(texts.say("mail.yuki_contact", {"number": _short(item.yuki_contact)}))
    elif item.tribe_relation_id and item.tribe_invoice_id is None:
        parts.append(f"{no_number} ({item.tribe_relation_id})")
    detail = texts.mailed_details(item.details)
    if detail:
        parts.append(on_one_line(detail, LONGEST_CODE))
    days = (today - item.since.astimezone(AMSTERDAM).date()).days
    parts.append(texts.count("mail.days", days) if days else texts.say("mail.today"))
    return ", ".join(parts)


def _short(text: str | None) -> str:
    """Return what people typed as a number, too short for a message of their own: a mail of ours is believed."""
    return on_one_line(text or "", _LONGEST_NUMBER)
