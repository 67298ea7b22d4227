"""A page's commands, and the shell in which they are typed as they stand there."""

import os
import re
import select
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_FENCE = "```"
_PATIENCE = 300
_PLACEHOLDER = re.compile(r"…|<[a-z_ ]+>")


def shell_blocks(page: Path) -> dict[str, list[str]]:
    """Return the commands of each ```sh block of a page, by the heading above it."""
    found: dict[str, list[str]] = defaultdict(list)
    heading = ""
    block: list[str] | None = None
    for row in page.read_text(encoding="utf-8").splitlines():
        if block is not None:
            if row == _FENCE:
                found[heading].append("\n".join(block) + "\n")
                block = None
            else:
                block.append(row)
        elif row == f"{_FENCE}sh":
            block = []
        elif row.startswith("## "):
            heading = row.removeprefix("## ")
    return dict(found)


@dataclass(frozen=True, slots=True)
class Typing:
    """How commands of a page are typed: what stands in the place of `…` and `<id>`, and which lines are left out."""

    fillings: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def typed(self, commands: str) -> str:
        """Return what is typed; fails when a placeholder is left."""
        rows = [row for row in commands.splitlines() if row not in self.left_out]
        for place, filling in self.fillings.items():
            rows = [row.replace(place, filling) for row in rows]
        for row in rows:
            command = re.sub(r"(^|\s)#.*", "", row)
            assert not _PLACEHOLDER.search(command), f"nobody says what to write here: {row}"
        return "\n".join(rows) + "\n"


_READ_AND_RUN = """
set -euo pipefail
while read -r -u "$1" block; do source "$block"; echo done >&"$2"; done
"""


class Shell:
    """One bash on a terminal, as long as the page lasts: what a block exports or defines is there in the next one."""

    def __init__(self, folder: Path, notes: Path, environment: Mapping[str, str]) -> None:
        self._block = notes / "block.sh"
        self._terminal, terminal = os.openpty()
        blocks, self._blocks = os.pipe()
        self._ends, ends = os.pipe()
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-c", _READ_AND_RUN, "bash", str(blocks), str(ends)],
            cwd=folder,
            env={**environment, "TERM": "dumb", "COLUMNS": "120"},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            pass_fds=(blocks, ends),
            start_new_session=True,
        )
        for ours in (terminal, blocks, ends):
            os.close(ours)

    def type(self, commands: str, answers: Mapping[str, str] | None = None) -> str:
        """Type some commands, give the answer to each question, and return what is printed; fails when one fails."""
        assert self._bash.poll() is None, "what comes after a command that failed is not typed"
        self._block.write_text(commands, encoding="utf-8")
        os.write(self._blocks, f"{self._block}\n".encode())
        printed, unanswered, watched = "", "", [self._terminal, self._ends]
        while (ready := select.select(watched, [], [], _PATIENCE)[0]) != [self._ends]:
            assert ready, f"{commands}\nwaits for something, and printed:\n{printed}"
            try:
                new = os.read(self._terminal, 65_536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:  # everybody at the other end has gone
                watched.remove(self._terminal)
                continue
            printed += new
            unanswered = self._answer(unanswered + new, answers or {})
        has_succeeded = os.read(ready[0], 100) == b"done\n"
        assert has_succeeded, f"{commands}\nended with {self._bash.wait()} and printed:\n{printed}"
        return printed

    def _answer(self, unanswered: str, answers: Mapping[str, str]) -> str:
        """Answer a question once it is asked to its end: who asks for a secret forgets what was typed before."""
        for question, answer in answers.items():
            if re.search(rf"{re.escape(question)}[^\n]*: $", unanswered):
                os.write(self._terminal, f"{answer}\n".encode())
                return ""
        return unanswered

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.kill()
        self._bash.wait()
        for ours in (self._terminal, self._blocks, self._ends):
            os.close(ours)
