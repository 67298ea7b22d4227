"""Render `docs/holds.md`: every reason to hold, whose turn it is, and what ends it."""

from collections.abc import Iterator
from typing import NamedTuple

from tribe_yuki.core.holds import HOLDS, HoldReason, Owner, Release
from tribe_yuki.core.texts import Texts

PREFACE = """<!-- Made by `python -m local.documents` from core/holds.py and the texts for people. -->
# Reasons to hold

A hold is an invoice or contact that waits for a person. Each reason has an owner, who gets a mail at the first hold of
its kind and once a day at seven; `tribe-yuki holds --owner bookkeeper` lists the same. Holds have no ladder: nothing
tries again until the cause is gone or somebody decides. `tribe-yuki explain NUMBER` tells the story of one record, in
Dutch with `--lang nl`.
"""
RELEASES = """## What ends a hold

| Release | What happens |
|---|---|
"""


class HoldTexts(NamedTuple):
    """What people read about a reason: English, or English and Dutch."""

    title: str
    title_in_dutch: str
    to_do: str


def texts_of(reason: HoldReason) -> HoldTexts:
    """Return what mails say about a reason."""
    english, dutch = Texts("en"), Texts("nl")
    title = f"open.{reason}.title"
    return HoldTexts(english.say(title), dutch.say(title), english.say(f"open.{reason}.to_do"))


def owner_in_words(owner: Owner) -> str:
    """Return how pages and stories call an owner."""
    return Texts("en").name("owner", owner)


def release_in_words(release: Release) -> str:
    """Return what happens once the person has acted."""
    return Texts("en").say(f"after.{release}")


def render() -> str:
    """Return the page."""
    return "\n".join(
        [PREFACE, *(line for owner in Owner for line in _of(owner)), RELEASES + "\n".join(_releases()), ""]
    )


def _of(owner: Owner) -> Iterator[str]:
    words = owner_in_words(owner)
    yield f"## For {words}\n"
    yield from ("| Reason | The matter | In Dutch | What to do | Ended by |", "|---|---|---|---|---|")
    for reason in HoldReason:
        if HOLDS[reason].owner is owner:
            texts = texts_of(reason)
            release = HOLDS[reason].release
            yield f"| `{reason}` | {texts.title} | {texts.title_in_dutch} | {texts.to_do} | `{release}` |"
    yield ""


def _releases() -> Iterator[str]:
    for release in Release:
        yield f"| `{release}` | {release_in_words(release)} |"
