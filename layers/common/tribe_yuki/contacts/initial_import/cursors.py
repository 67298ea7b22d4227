"""Where the next slice of the import begins, as its progress stores it."""

from dataclasses import dataclass
from typing import Self

_SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class PageCursor:
    """A page of one list of Yuki."""

    page: int = 1

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the cursor that is stored; a phase begins without one."""
        return cls(int(text)) if text else cls()

    def __str__(self) -> str:
        """Return the stored form."""
        return str(self.page)


@dataclass(frozen=True, slots=True)
class ListCursor:
    """A page of one of several lists of Yuki, which is told by its place among them."""

    place: int = 0
    page: int = 1

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the cursor that is stored; a phase begins without one."""
        if not text:
            return cls()
        place, _, page = text.partition(_SEPARATOR)
        return cls(int(place), int(page))

    def __str__(self) -> str:
        """Return the stored form."""
        return f"{self.place}{_SEPARATOR}{self.page}"


@dataclass(frozen=True, slots=True)
class CodesCursor:
    """The link after which a pass over all links goes on, and how many codes were written before the pass."""

    written_before: int
    after: str = ""

    @classmethod
    def read(cls, text: str, written: int) -> Self:
        """Return the cursor that is stored; a pass begins without one, after `written` codes."""
        if not text:
            return cls(written)
        written_before, _, after = text.partition(_SEPARATOR)
        return cls(int(written_before), after)

    def __str__(self) -> str:
        """Return the stored form."""
        return f"{self.written_before}{_SEPARATOR}{self.after}"
