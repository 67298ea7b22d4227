"""Invoices as a Tribe would state and print them that rounds in one of five ways: made up, with seeds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any, Literal

type Way = Literal["none", "line_net", "line_net_and_vat", "rate", "document"]
WAYS: Sequence[Way] = ("none", "line_net", "line_net_and_vat", "rate", "document")
_HUNDRED, _ZERO, _CENT = Decimal(100), Decimal(0), Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """A line that somebody typed in."""

    quantity: Decimal
    price: Decimal
    percentage: Decimal
    discount: Decimal = _ZERO
    account: str = "80000"


@dataclass(frozen=True)
class Population:
    """Invoices of a trade: its rates, quantities, prices and discounts."""

    name: str
    rates: Sequence[str]
    is_vat_included: bool = False
    quantities: Sequence[str] = tuple(str(number) for number in range(1, 25))
    most_lines: int = 8
    dearest_cents: int = 25_000
    line_discounts: Sequence[str] = ("0",)
    document_discounts: Sequence[str] = ("0",)

    def lines(self, random: Random) -> list[Line]:
        """Return the lines of an invoice."""
        return [
            Line(
                Decimal(random.choice(self.quantities)),
                Decimal(random.randint(50, self.dearest_cents)) * _CENT,
                Decimal(random.choice(self.rates)),
                Decimal(random.choice(self.line_discounts)),
                random.choice(("80000", "80100", "80200")),
            )
            for _ in range(random.randint(1, self.most_lines))
        ]


_QUARTERS = tuple(str(Decimal(number) / 4) for number in range(1, 41))
_DISCOUNTS = ("0", "0", "0", "2.5", "5", "7.5", "10", "12.5", "15", "33.33")
POPULATIONS = (
    Population("hours in quarters, 21 %", ("21",), quantities=_QUARTERS, most_lines=6, dearest_cents=15_000),
    Population("trade, 21/9 %, discounts", ("21", "9"), line_discounts=_DISCOUNTS),
    Population("trade with a document discount", ("21", "9"), document_discounts=("2", "2.5", "5", "7.5", "10", "3")),
    Population("Belgian trade, 21/12/6 %", ("21", "12", "6"), quantities=("1", "2", "3", "0.5", "1.5", "2.25", "12")),
    Population("prices with VAT, 21/9 %", ("21", "9"), is_vat_included=True),
    Population("prices with VAT, 21/12/6 %", ("21", "12", "6"), is_vat_included=True),
    Population("prices with VAT, 12 %", ("12",), is_vat_included=True, dearest_cents=6_000),
    Population("prices with VAT, 21 %", ("21",), is_vat_included=True),
)


@dataclass(frozen=True)
class Made:
    """An invoice as OData answers it, what its paper says, and the VAT and the lines of each rate."""

    record: Mapping[str, Any]
    paper: str
    paper_total: Decimal
    vat_by_rate: Mapping[Decimal, Decimal]
    lines_by_rate: Mapping[Decimal, int]

    def case(self, *, with_paper: bool) -> dict[str, Any]:
        """Return it as a case of a file."""
        case = {"invoice": self.record, "paper_total_incl": str(self.paper_total)}
        return case | ({"pdf_text": self.paper} if with_paper else {})


@dataclass(frozen=True)
class _Amounts:
    net: Decimal
    vat: Decimal
    gross: Decimal


def invoices(population: Population, way: Way, count: int, seed: int) -> Iterator[Made]:
    """Yield invoices of a population, stated and printed by a Tribe that rounds in a way."""
    random = Random(f"{population.name}/{way}/{seed}")
    for number in range(1, count + 1):
        discount = Decimal(random.choice(population.document_discounts))
        yield _made(population, population.lines(random), discount, way, f"2026-{number}")


def _made(population: Population, lines: Sequence[Line], discount: Decimal, way: Way, number: str) -> Made:
    included, left = population.is_vat_included, 1 - discount / _HUNDRED
    stated = [_amounts(line, way, is_vat_included=included) for line in lines]
    rates = list(dict.fromkeys(line.percentage for line in lines))
    excl = _cents(sum((line.net for line in stated), _ZERO) * left)
    vats = [sum((amounts.vat for amounts, line in _of(stated, lines, rate)), _ZERO) * left for rate in rates]
    if included or way == "none":
        incl = _cents(sum((line.gross for line in stated), _ZERO) * left)
    else:
        incl = excl + (_cents(sum(vats, _ZERO)) if way == "document" else sum(map(_cents, vats), _ZERO))
    is_by_line = way == "line_net_and_vat"
    charged = [_cents(vat) for vat in vats] if is_by_line else _exact_vats(lines, rates, left, included=included)
    record = {
        "ID": f"40000000-0000-4000-8000-{int(number[5:]):012d}",
        "_Type": "Activity.Invoice",
        "Number": number,
        "InvoiceDate": "2026-11-16",
        "Amount": float(excl),
        "Currency": "EUR",
        "IsVatIncluded": included or None,
        "DiscountPercentage": float(discount),
        "IsFinal": True,
        "Phase": {"ID": "70000000-0000-4000-8000-0000000000a2", "Code": "Sent"},
        "ProductLines": [_row(line, amounts) for line, amounts in zip(lines, stated, strict=True)],
    }
    return Made(
        record,
        _paper(lines, stated, excl, incl, int(number[5:])),
        incl,
        dict(zip(rates, charged, strict=True)),
        {rate: sum(line.percentage == rate for line in lines) for rate in rates},
    )


def _exact_vats(lines: Sequence[Line], rates: Sequence[Decimal], left: Decimal, *, included: bool) -> list[Decimal]:
    """Return the VAT of each rate, not rounded: what each line's VAT in cents is not."""
    exact = [_amounts(line, "rate", is_vat_included=included) for line in lines]
    return [sum((amounts.vat for amounts, _ in _of(exact, lines, rate)), _ZERO) * left for rate in rates]


def _of(amounts: Sequence[_Amounts], lines: Sequence[Line], rate: Decimal) -> list[tuple[_Amounts, Line]]:
    return [(each, line) for each, line in zip(amounts, lines, strict=True) if line.percentage == rate]


def _amounts(line: Line, way: Way, *, is_vat_included: bool) -> _Amounts:
    amount = line.quantity * line.price * (1 - line.discount / _HUNDRED)
    amount = _cents(amount) if way in ("line_net", "line_net_and_vat") else amount
    rate = line.percentage / _HUNDRED
    vat = amount - amount / (1 + rate) if is_vat_included else amount * rate
    vat = _cents(vat) if way == "line_net_and_vat" else vat
    return _Amounts(amount - vat, vat, amount) if is_vat_included else _Amounts(amount, vat, amount + vat)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _row(line: Line, amounts: _Amounts) -> dict[str, Any]:
    percentage = f"{line.percentage:f}"
    return {
        "ID": "50000000-0000-4000-8000-000000000051",
        "Description": "Regel",
        "Quantity": float(line.quantity),
        "Price": float(line.price),
        "PriceInCurrency": float(line.price),
        "DiscountPercentage": float(line.discount),
        "TotalExcludingVat": float(amounts.net),
        "TotalIncludingVat": float(amounts.gross),
        "VatAmountIncludingDiscount": float(amounts.vat),
        "VatPercentage": float(line.percentage),
        "VatGroup": {
            "ID": f"70000000-0000-4000-8000-{int(percentage):012d}",
            "Code": percentage,
            "Percentage": float(line.percentage),
        },
        "Product": {
            "ID": f"60000000-0000-4000-8000-{int(line.account):012d}",
            "Name": f"Artikel {line.account}",
            "GeneralLedgerAccount": {"ID": f"70000000-0000-4000-8000-{int(line.account):012d}", "Code": line.account},
        },
    }


type _Notation = Callable[[Decimal], str]
_NOTATIONS: Sequence[tuple[str, str, _Notation]] = (
    ("Totaal excl. btw", "Totaal incl. btw", lambda amount: f"€ {amount:,.2f}".translate({44: ".", 46: ","})),
    ("Maatstaf van heffing", "Te betalen", lambda amount: f"{amount:,.2f} €".translate({44: "\xa0", 46: ","})),
    ("Total excl. VAT", "Total incl. VAT", lambda amount: f"{amount:.2f}"),
    ("Subtotal", "Total", lambda amount: f"{amount:,.2f}"),
)


def _paper(lines: Sequence[Line], stated: Sequence[_Amounts], excl: Decimal, incl: Decimal, number: int) -> str:
    """Return the text of the customer's copy, in one of four notations."""
    before, total, written = _NOTATIONS[number % len(_NOTATIONS)]
    rows = [
        f"{line.quantity:f} x {written(line.price)} Regel {written(_cents(amounts.net))}"
        for line, amounts in zip(lines, stated, strict=True)
    ]
    totals = ((before, excl), ("Btw", incl - excl), (total, incl))
    return "\n".join((f"Factuur 2026-{number}", *rows, *(f"{name} {written(amount)}" for name, amount in totals)))
