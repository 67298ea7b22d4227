"""What is written down of everything that happens to a record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class JournalKind(StrEnum):
    """Kinds of journal entries."""

    EVENT = "event"
    DECISION = "decision"
    ATTEMPT = "attempt"
    ANSWER = "answer"
    VERIFICATION = "verification"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry: a stable code and its facts, never personal data."""

    kind: JournalKind
    code: str
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """An entry as it stands in the journal, and when it was written."""

    at: datetime
    entry: JournalEntry
