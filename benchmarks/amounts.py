"""Whether Yuki comes to what customers were asked to pay, over populations of invoices or over a file of cases."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import get_args

from benchmarks.amount_cases import AmountCase, Outcome, learned_from, read_case, run_case
from benchmarks.amount_populations import POPULATIONS, WAYS, Made, Population, Way, invoices
from benchmarks.cases import Case, UnreadableCaseError, answer_cases
from benchmarks.report import Line, print_lines
from tribe_yuki.connections.settings import TotalsReading
from tribe_yuki.invoices.document.totals import YukiRounding, yuki_totals
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoice

LEARNED_FROM = 50
MOST_HELD = Decimal("0.001")
_YUKI: Sequence[YukiRounding] = ("rate", "line")
_CENT = Decimal("0.01")


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table, or with `--from` an outcome for each case of a file; return 1 when something is wrong."""
    options = _options(arguments)
    if options.cases is not None:
        return _run_file(options)
    return int(not _print_table(options.invoices, options.seed))


def _options(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser("benchmarks amounts", description=__doc__)
    parser.add_argument("--from", dest="cases", type=Path, metavar="FILE", help="cases, a JSON object on each line")
    parser.add_argument("--vat-rounding", choices=get_args(YukiRounding.__value__), default="rate")
    parser.add_argument("--reading", type=Path, metavar="FILE", help="cases from which to learn how Tribe rounds")
    parser.add_argument("--invoices", type=int, default=100, metavar="N", help="invoices of each cell of the table")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


# A file of cases


def _run_file(options: Namespace) -> int:
    reading = _reading(options.reading) if options.reading else TotalsReading()

    def answer(case: Case) -> Case:
        try:
            return run_case(read_case(case), reading, options.vat_rounding).as_line()
        except UnreadableCaseError:
            raise
        except Exception as error:
            raise UnreadableCaseError(f"{type(error).__name__}: {error}") from error

    return answer_cases(options.cases, answer)


def _reading(path: Path) -> TotalsReading:
    """Return what the cases of a file teach; those that cannot be read teach nothing."""
    cases: list[AmountCase] = []
    for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        with suppress(Exception):  # whatever it is, the other cases teach
            cases.append(read_case(json.loads(line)))
    learned = learned_from(cases)
    if learned is None:
        return TotalsReading()
    print(f"learned: {learned.reading.model_dump()}, fits {learned.fits} of {learned.of}", file=sys.stderr)
    return learned.reading


# The table


@dataclass(slots=True)
class Cell:
    """What came of the invoices of one population, of a Tribe and of a Yuki that each round in one way."""

    count: int = 0
    wrong: int = 0
    held: int = 0
    vat_off: int = 0
    rounded: int = 0
    plain_wrong: int = 0

    def add(self, made: Made, case: AmountCase, outcome: Outcome, yuki: YukiRounding) -> None:
        """Count an invoice."""
        self.count += 1
        self.held += outcome.reason is not None
        self.wrong += outcome.incl not in (None, made.paper_total)
        self.vat_off += outcome.vat_by_rate is not None and _is_vat_off(made, outcome)
        self.rounded += bool(outcome.rounding)
        self.plain_wrong += _plain_total(case.invoice, yuki) != made.paper_total


def _is_vat_off(made: Made, outcome: Outcome) -> bool:
    booked = outcome.vat_by_rate or {}
    return any(
        abs(booked.get(rate, Decimal(0)) - vat) > max(_CENT, _CENT / 2 * made.lines_by_rate[rate])
        for rate, vat in made.vat_by_rate.items()
    )


def _plain_total(invoice: TribeInvoice, yuki: YukiRounding) -> Decimal:
    """Return what Yuki comes to with quantity and net price as they are, and nothing besides: the control."""
    left = (100 - invoice.discount_percentage) / 100
    lines = [
        SalesInvoiceLine(
            description="",
            quantity=line.quantity,
            price=round(line.price * (100 - line.discount_percentage) / 100 * left, 4),
            product_description="",
            product_reference=None,
            vat_type=1,
            vat_percentage=(line.vat_group.percentage if line.vat_group else None) or Decimal(0),
            vat_description=None,
            vat_included=invoice.is_vat_included,
            gl_account="",
        )
        for line in invoice.lines
    ]
    return yuki_totals(lines, yuki).incl


def _print_table(count: int, seed: int) -> bool:
    print(f"{count} invoices for each population, way of Tribe to round, and way of Yuki (VAT by rate, by line).")
    print("Shares with a line of cents: reading learned from 50 invoices, and PDF. Last: plain quantity times price.")
    cells: list[Cell] = []
    for population in POPULATIONS:
        print(f"\n{population.name}")
        for way in WAYS:
            row = {
                (yuki, paper): _cell(population, way, yuki, count, seed, with_paper=paper)
                for yuki in _YUKI
                for paper in (False, True)
            }
            cells += row.values()
            print(f"  {way:<17}" + "".join(_shown(row[yuki, False], row[yuki, True]) for yuki in _YUKI))
    return print_lines(_verdicts(cells))


def _cell(population: Population, way: Way, yuki: YukiRounding, count: int, seed: int, *, with_paper: bool) -> Cell:
    reading = TotalsReading() if with_paper else _learned(population, way, seed + 1)
    cell = Cell()
    for made in invoices(population, way, count, seed):
        case = read_case(made.case(with_paper=with_paper))
        cell.add(made, case, run_case(case, reading, yuki), yuki)
    return cell


@cache
def _learned(population: Population, way: Way, seed: int) -> TotalsReading:
    sample = invoices(population, way, LEARNED_FROM, seed)
    learned = learned_from(read_case(made.case(with_paper=True)) for made in sample)
    return learned.reading if learned else TotalsReading()


def _shown(learned: Cell, paper: Cell) -> str:
    wrong, held, vat = (f"{getattr(learned, name)}+{getattr(paper, name)}" for name in ("wrong", "held", "vat_off"))
    shares = " ".join(f"{cell.rounded / cell.count:6.1%}" for cell in (learned, paper))
    return f"  wrong {wrong} held {held} VAT {vat} cents {shares} plain {learned.plain_wrong / learned.count:6.1%}"


def _verdicts(cells: Sequence[Cell]) -> Iterator[Line]:
    booked, wrong = sum(cell.count for cell in cells), sum(cell.wrong for cell in cells)
    most_held = max(Decimal(cell.held) / cell.count for cell in cells)
    vat_off, plain = sum(cell.vat_off for cell in cells), sum(cell.plain_wrong for cell in cells)
    yield Line("booked with another total than the customer's", f"{wrong} of {booked}", "0", wrong == 0)
    yield Line("held for amounts, most of a cell", f"{most_held:.2%}", f"{MOST_HELD:.1%}", most_held <= MOST_HELD)
    yield Line("VAT of a rate out of its bound", f"{vat_off}", "0", vat_off == 0)
    yield Line("with a line of cents", f"{sum(cell.rounded for cell in cells) / booked:.1%}")
    yield Line("control: plain quantity times price, another total", f"{plain / booked:.1%}")
