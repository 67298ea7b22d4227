"""The control plane: calls under `/_control/`, as data."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simulators.shared.messages import Request

ROOT = "/_control/"
# How a placeholder of a path is read; any other holds everything up to the next slash.
_PLACEHOLDERS = {"{reference}": "(.+)"}


@dataclass(frozen=True)
class ControlCall:
    """One call: `run` gets what the simulator hands over and the values of the placeholders of `path`.

    What the docstring of `run` says stands in `docs/simulators.md`.
    """

    path: str
    run: Callable[..., Any]
    method: str = "POST"

    def match(self, request: Request) -> tuple[str, ...] | None:
        """Return the values of the placeholders; None when a request asks for something else."""
        pattern = re.sub(r"\{\w+\}", lambda name: _PLACEHOLDERS.get(name[0], "([^/]+)"), self.path)
        found = re.fullmatch(pattern, request.path.removeprefix(ROOT).rstrip("/"))
        return found.groups() if found and request.method == self.method else None


def find_call(calls: Sequence[ControlCall], request: Request) -> tuple[ControlCall, tuple[str, ...]] | None:
    """Return the first call that a request asks for, with the values of its placeholders."""
    for call in calls:
        values = call.match(request)
        if values is not None:
            return call, values
    return None
