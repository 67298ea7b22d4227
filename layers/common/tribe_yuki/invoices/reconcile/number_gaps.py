"""Tribe's invoice numbers as series: what is missing in them, or double (design 9)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tribe_yuki.invoices.details import numbers_missing, same_number
from tribe_yuki.invoices.model import InvoiceHead
from tribe_yuki.invoices.reconcile.findings import Finding, FindingCode, Standing

_NUMBER = re.compile(r"(?P<prefix>.*?)(?P<digits>\d{1,18})")
# A longer jump is another series, begun on purpose: a new year, or a new system.
LONGEST_GAP = 100


@dataclass(frozen=True, slots=True)
class NumberGap:
    """Numbers that follow each other and are all missing, as they would be written."""

    numbers: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the first and the last number."""
        return self.numbers[0] if len(self.numbers) == 1 else f"{self.numbers[0]} - {self.numbers[-1]}"


def missing_numbers(numbers: Iterable[str]) -> Iterator[str]:
    """Yield the numbers that are missing inside a series, each series in its order."""
    series: dict[str, dict[int, int]] = defaultdict(dict)
    for number in numbers:
        match = _NUMBER.fullmatch(number)
        if match is not None:
            series[match["prefix"]][int(match["digits"])] = len(match["digits"])
    for prefix, widths in sorted(series.items()):
        known = sorted(widths)
        for before, after in pairwise(known):
            if after - before - 1 <= LONGEST_GAP:
                yield from (f"{prefix}{missing:0{widths[before]}d}" for missing in range(before + 1, after))


def gaps_of(missing: Iterable[str]) -> list[NumberGap]:
    """Return missing numbers, in the order of their series, as gaps."""
    gaps: list[list[str]] = []
    for number in missing:
        if gaps and _follows(gaps[-1][-1], number):
            gaps[-1].append(number)
        else:
            gaps.append([number])
    return [NumberGap(tuple(gap)) for gap in gaps]


def gap_findings(missing: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for each gap."""
    for gap in gaps_of(missing):
        details = (numbers_missing(len(gap.numbers)),)
        yield Finding(FindingCode.GAP_IN_NUMBERS, Standing.OPEN, number=gap.text, details=details)


def doubled_numbers(heads: Iterable[InvoiceHead]) -> Iterator[Finding]:
    """Yield a finding for each number that several invoices have."""
    by_number: dict[str, list[InvoiceHead]] = defaultdict(list)
    for head in heads:
        by_number[head.number or ""].append(head)
    for number, some in sorted(by_number.items()):
        if len(some) > 1:
            yield Finding(
                code=FindingCode.DOUBLE_NUMBER_IN_TRIBE,
                standing=Standing.OPEN,
                number=number,
                invoice_date=max(head.invoice_date for head in some if head.invoice_date),
                details=(same_number(sorted(head.tribe_invoice_id for head in some)),),
            )


def _follows(before: str, after: str) -> bool:
    first, second = _NUMBER.fullmatch(before), _NUMBER.fullmatch(after)
    if first is None or second is None or first["prefix"] != second["prefix"]:
        return False
    return int(second["digits"]) == int(first["digits"]) + 1
