"""A message that no function could handle."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What it names; nothing when it could not be read. `kind` is `invoices`, `contacts` or `tasks`."""

    kind: str
    receipt: str
    connection_id: str = ""
    ids: tuple[str, ...] = ()
    task: str | None = None
