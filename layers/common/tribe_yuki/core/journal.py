"""What is written down of everything that happens to a record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tribe_yuki.core.details import Details

type Fact = str | int | bool | Details | None


class JournalKind(StrEnum):
    """Kinds of journal entries."""

    EVENT = "event"
    DECISION = "decision"
    ATTEMPT = "attempt"
    ANSWER = "answer"
    VERIFICATION = "verification"
    REPORT = "report"


class SubjectKind(StrEnum):
    """What an entry may be about: an invoice, a relation and its link, a contact of Yuki without link, a connection."""

    INVOICE = "invoice"
    RELATION = "relation"
    YUKI_CONTACT = "yuki_contact"
    CONNECTION = "connection"


@dataclass(frozen=True, slots=True)
class Subject:
    """A record by its id in the system that it comes from, or the connection itself."""

    kind: SubjectKind
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry: a stable code and its facts, never personal data."""

    kind: JournalKind
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """An entry as it stands in the journal, and when it was written."""

    at: datetime
    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class Retention:
    """How long entries are kept: an invoice's belong to the books, a contact's serve explaining (design 4)."""

    book_years: int = 7
    contact_days: int = 400

    def of_books(self, now: datetime) -> datetime:
        """Return until when: so many years after the end of this one."""
        return now.replace(year=now.year + self.book_years + 1, month=1, day=1)

    def of_contacts(self, now: datetime) -> datetime:
        """Return until when: so many days from now."""
        return now + timedelta(days=self.contact_days)


def webhook_entry(received_at: datetime | None) -> list[JournalEntry]:
    """Return the journal entry of a webhook, if one came."""
    return [JournalEntry(JournalKind.EVENT, "webhook", {"seen_at": received_at.isoformat()})] if received_at else []
