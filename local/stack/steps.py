"""Tell what happens while the stack starts: one line for each step, with its seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


@dataclass(slots=True)
class Steps:
    """Prints the steps of a start; steps may run at the same time."""

    console: Console = field(default_factory=lambda: Console(highlight=False))
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print a line when the step has ended, well or badly."""
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self._line("[red]✗[/]", title, time.monotonic() - began)
            raise
        self._line("[green]✓[/]", title, time.monotonic() - began)

    @property
    def seconds(self) -> float:
        """Return how long ago the first step began."""
        return time.monotonic() - self.started

    def _line(self, mark: str, title: str, seconds: float) -> None:
        self.console.print(f"  {mark} {title:<52}{seconds:6.1f} s")
