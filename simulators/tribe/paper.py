"""What stands on the documents that Tribe makes: an invoice's number, its lines, and the total that is to be paid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from simulators.tribe.amounts import Reckoning, lines_of, paper_amounts, reckoning, totals_of
from simulators.tribe.pdf import Row, pdf, scan
from simulators.tribe.rendering import display_name
from simulators.tribe.store import Record, Store

# Documents that are closed, and the password that opens them; one that is empty opens them for everybody.
PASSWORDS: Mapping[str, str] = {"encrypted": "alleen-voor-de-klant", "protected": ""}
SCAN = "scan"


@dataclass(frozen=True)
class Notation:
    """The words of a document and how it writes amounts; `amount` takes a sign, a number and a currency."""

    invoice: str
    excl: str
    vat: str
    discount: str
    costs: str
    total: str
    amount: str
    thousands: str
    decimals: str
    day: str

    def money(self, amount: Decimal, currency: str) -> str:
        """Return an amount as it is printed."""
        sign = "-" if amount < 0 else ""
        return self.amount.format(
            sign=sign, number=self.number(round(abs(amount), 2)), currency=_SYMBOLS.get(currency, currency)
        )

    def number(self, amount: Decimal) -> str:
        """Return a number as it is printed, with the decimals that it has."""
        return f"{amount:,f}".translate({ord(","): self.thousands, ord("."): self.decimals})

    def plain(self, value: object) -> str:
        """Return a quantity, a price or a percentage as it is printed, without zeros at its end."""
        return self.number(Decimal(str(value)).normalize())


_SYMBOLS = {"EUR": "€"}
NOTATIONS: Mapping[str, Notation] = {
    "dutch": Notation(
        invoice="Factuur",
        excl="Totaal excl. btw",
        vat="Btw",
        discount="Korting",
        costs="Incassokosten",
        total="Totaal incl. btw",
        amount="{currency} {sign}{number}",
        thousands=".",
        decimals=",",
        day="%d-%m-%Y",
    ),
    "belgian": Notation(
        invoice="Factuur",
        excl="Maatstaf van heffing",
        vat="Btw",
        discount="Korting",
        costs="Aanmaningskosten",
        total="Te betalen",
        amount="{sign}{number} {currency}",
        thousands="\xa0",
        decimals=",",
        day="%d/%m/%Y",
    ),
    "plain": Notation(
        invoice="Invoice",
        excl="Total excl. VAT",
        vat="VAT",
        discount="Discount",
        costs="Costs",
        total="Total incl. VAT",
        amount="{sign}{number}",
        thousands="",
        decimals=".",
        day="%Y-%m-%d",
    ),
}


@dataclass(frozen=True)
class Document:
    """An invoice, or what follows it: its title, such as `Aanmaning factuur`, and the costs that it adds."""

    number: str
    days: Sequence[date] = ()
    title: str | None = None
    costs: Decimal = Decimal(0)


def printed(store: Store, invoice: Record, wanted: Document, switches: Mapping[str, Any]) -> bytes:
    """Return a document as the switches have it: in a notation, as a scan, or closed."""
    look, least = str(switches["pdf_text"]), int(switches["pdf_bytes"])
    if look == SCAN:
        return scan(least_bytes=least)
    rows = list(_rows(store, invoice, wanted, NOTATIONS.get(look, NOTATIONS["dutch"]), reckoning(switches)))
    return pdf(rows, least_bytes=least, password=PASSWORDS.get(look))


def _rows(store: Store, invoice: Record, wanted: Document, notation: Notation, how: Reckoning) -> Iterator[Row]:
    currency = str(invoice.values.get("Currency") or "EUR")
    yield Row(f"{wanted.title or notation.invoice} {wanted.number}")
    yield Row(_customer(store, invoice))
    yield Row("Voorbeeldgegevens, BTW NL999900001B01, IBAN NL99TEST0123456789")
    yield Row(" ".join(day.strftime(notation.day) for day in wanted.days))
    yield from (_line_row(store, invoice, line, notation, how) for line in lines_of(store, invoice))
    discount = invoice.values.get("DiscountPercentage")
    if discount:
        yield Row(f"{notation.discount} {notation.plain(discount)} %")
    totals = totals_of(store, invoice, how)
    yield Row(notation.excl, notation.money(totals.excl, currency))
    for rate, vat in totals.vats:
        name = notation.vat if rate is None else f"{notation.vat} {notation.plain(rate)} %"
        yield Row(name, notation.money(vat, currency))
    if wanted.costs:
        yield Row(notation.costs, notation.money(wanted.costs, currency))
    yield Row(notation.total, notation.money(totals.incl + wanted.costs, currency))


def _customer(store: Store, invoice: Record) -> str:
    customer = store.target(invoice, "Relationship")
    return (display_name(store, customer) if customer else None) or ""


def _line_row(store: Store, invoice: Record, line: Record, notation: Notation, how: Reckoning) -> Row:
    description = str(line.values.get("Description") or "").replace("\n", " ")
    amounts = paper_amounts(store, invoice, line, how)
    if amounts is None:
        return Row(description)
    price = line.values.get("PriceInCurrency", line.values.get("Price"))
    quantity = notation.plain(line.values["Quantity"])
    return Row(f"{quantity} x {notation.plain(price)} {description}", notation.number(how.cents(amounts.total)))
