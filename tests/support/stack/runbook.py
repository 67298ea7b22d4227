"""The runbook as its tests read it: sections, the alarms that they are about, and the commands that they name."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = (Path(__file__).parents[3] / "docs" / "runbook.md").read_text(encoding="utf-8")
SEE, DO, OVER = "How to see it.", "What to do.", "When it is over."
ANSWERS = ("What it means.", SEE, DO, OVER)
_COMMAND = re.compile(r"`(tribe-yuki [^`]+)`")
_PLACEHOLDER = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Section:
    """What the page says about some alarms."""

    anchor: str
    text: str

    @property
    def alarms(self) -> tuple[str, ...]:
        """Return the names of its alarms, which its first paragraph lists."""
        first, _, _ = self.text.strip().partition("\n\n")
        return tuple(re.findall(r"`([a-z-]+)`", first))

    def answer(self, heading: str) -> str:
        """Return the paragraph under one of the four headings."""
        (_, _, rest) = self.text.partition(f"**{heading}**")
        return rest.partition("\n\n")[0]

    @property
    def commands(self) -> tuple[str, ...]:
        """Return the commands that it tells to run, each once, with their placeholders."""
        found = _COMMAND.findall("\n".join(map(self.answer, ANSWERS)))
        return tuple(dict.fromkeys(" ".join(command.split()) for command in found))


@cache
def sections() -> dict[str, Section]:
    """Return the sections of the page by their anchors."""
    found = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    anchors = [heading.lower().replace(" ", "-") for heading in found[::2]]
    return {anchor: Section(anchor, text) for anchor, text in zip(anchors, found[1::2], strict=True)}


def section_of(alarm: str) -> Section:
    """Return the section about an alarm, whose name is without the stack's."""
    (found,) = [section for section in sections().values() if alarm in section.alarms]
    return found


def filled(command: str, *values: str) -> str:
    """Return a command with its placeholders filled in, such as `<invoice number>`."""
    assert len(_PLACEHOLDER.findall(command)) == len(values), command
    left = iter(values)
    return _PLACEHOLDER.sub(lambda _: next(left), command)
