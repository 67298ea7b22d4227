"""One line of the doctor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.admin.declined import explain
from tribe_yuki.core.errors import ConnectorError, Retryable


class Light(StrEnum):
    """How a check came out: well, worth a look, or something has to be done."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do unless it is well."""

    check: str
    state: Light
    finding: str
    to_do: str = ""


def green(check: str, finding: str) -> Check:
    """Return a check that came out well."""
    return Check(check, Light.GREEN, finding)


def amber(check: str, finding: str, to_do: str) -> Check:
    """Return a check that is worth a look."""
    return Check(check, Light.AMBER, finding, to_do)


def red(check: str, finding: str, to_do: str) -> Check:
    """Return a check after which something has to be done."""
    return Check(check, Light.RED, finding, to_do)


def failed(check: str, error: ConnectorError, to_do: str) -> Check:
    """Return the check that an error ended; what passes by itself is only tried again."""
    passes = isinstance(error, Retryable) and error.code != "yuki_fault_unknown"
    return red(check, explain(error), "Run `tribe-yuki doctor` again in a while." if passes else to_do)


def guarded(check: str, to_do: str, look: Callable[[], Sequence[Check]]) -> list[Check]:
    """Return what a look finds, or the one check that its error makes."""
    try:
        return list(look())
    except ConnectorError as error:
        return [failed(check, error, to_do)]
