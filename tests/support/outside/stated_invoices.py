"""Invoices as the simulated Tribe states and prints them, read as the product reads them, without a server."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulators.shared import Request
from simulators.tribe import TribeSimulator
from simulators.tribe.query import Options, Reader
from tribe_yuki.adapters.tribe import invoice_rows
from tribe_yuki.adapters.tribe.answers import Answer, parse_json
from tribe_yuki.adapters.tribe.application import TribeOptions
from tribe_yuki.invoices.model import TribeInvoice

DAY = date(2026, 11, 16)
_LINES = {"VatGroup": Options(), "Product": Options(expand={"GeneralLedgerAccount": Options()})}
_EXPAND = Options(expand={"Phase": Options(), "ProductLines": Options(expand=_LINES)})


@dataclass(frozen=True)
class Line:
    """A line that somebody types in; `group` is a VAT group of its percentage, `account` that of its product."""

    quantity: float | None
    price: float | None
    percentage: int = 21
    discount: float = 0
    group: str = ""
    account: str = "80000"


@dataclass(frozen=True)
class Stated:
    """An invoice as the product reads it from Tribe, and the document that Tribe made of it."""

    invoice: TribeInvoice
    document: bytes


def stated(
    lines: Sequence[Line], switches: Mapping[str, Any], *, number: str = "2026-9001", **fields: object
) -> Stated:
    """Have Tribe state and print an invoice, as its switches say; the fields are those of `Activity_Invoice`."""
    tribe = _tribe()
    tribe.switches = {**tribe._default_switches(), **switches}
    body = {"Subject": "Opdracht", "Currency": "EUR", "ProductLines": [_row(line) for line in lines], **fields}
    made = steer(tribe, "invoices", **body)
    steer(tribe, f"invoices/{made['ID']}/send", Number=number, InvoiceDate=DAY.isoformat())
    record = Reader(tribe.store, tribe.switches).written(tribe.store.by_id[made["ID"]], _EXPAND)
    read: Any = parse_json(Answer(200, {}, json.dumps(record).encode()), "invoice")
    _, document = newest_document(tribe, made["ID"])
    steer(tribe, f"delete/{made['ID']}")
    return Stated(invoice_rows.invoice(read, None, (), TribeOptions()), document)


def steer(tribe: TribeSimulator, call: str, **body: Any) -> Any:
    """Do what a call under `/_control/` does, and return its answer."""
    answer = tribe.answer_control(Request("POST", f"/_control/{call}", "", {}, json.dumps(body).encode()))
    assert answer.status < 300, answer.body.decode()
    return json.loads(answer.body)


def newest_document(tribe: TribeSimulator, tribe_invoice_id: str) -> tuple[str, bytes]:
    """Return name and bytes of the document of an invoice that was made last."""
    attachment = tribe.store.pointing("Invoice", tribe_invoice_id, "Attachment")[-1]
    return str(attachment.values["Description"]), tribe._files[attachment.id]


@cache
def _tribe() -> TribeSimulator:
    return TribeSimulator()


def _row(line: Line) -> dict[str, Any]:
    account = _made("Datastore_GeneralLedgerAccount", line.account)
    return {
        "Description": "Regel",
        "Quantity": line.quantity,
        "Price": line.price,
        "PriceInCurrency": line.price,
        "DiscountPercentage": line.discount,
        "VatGroup": _made("Datastore_VatGroup", f"{line.percentage}{line.group}", Percentage=line.percentage),
        "Product": _made("Product", line.account, GeneralLedgerAccount=account),
    }


@cache
def _id(entity_set: str, code: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{entity_set}/{code}"))


def _made(entity_set: str, code: str, **fields: Any) -> dict[str, str]:
    """Return a link to a record, which is made when it is wanted for the first time."""
    tribe, record_id = _tribe(), _id(entity_set, code)
    if record_id not in tribe.store.by_id:
        steer(tribe, f"create/{entity_set}", ID=record_id, Code=code, Name=code, **fields)
    return {"ID": record_id}
