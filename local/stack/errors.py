"""What goes wrong with the local stack."""

from pathlib import Path

_TAIL_LINES = 25


class StackError(Exception):
    """A step failed; the text says what happened and what to do, the log says why."""

    def __init__(self, text: str, log: Path | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.log = log

    def __str__(self) -> str:
        if self.log is None or not self.log.is_file():
            return self.text
        return f"{self.text}\n\nThe end of {self.log}:\n{self.tail()}"

    def tail(self) -> str:
        """Return the last lines of the log."""
        if self.log is None or not self.log.is_file():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:])
