"""What people do in Tribe's screens: each save is a transaction of its own, as the UI saves each field at once."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from threading import RLock
from typing import Any

from simulators.tribe.deliveries import Dispatcher
from simulators.tribe.errors import Refused
from simulators.tribe.invoices import assigned, local_day
from simulators.tribe.model import TYPES, dotted
from simulators.tribe.paper import Document, printed
from simulators.tribe.query import Options, Reader
from simulators.tribe.rendering import plain
from simulators.tribe.store import Record, Store
from simulators.tribe.writer import Writer

type Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """What a person works with; `planned` holds what Send assigns to an invoice, by id, `now` is aware.

    `transaction` commits what is written within it, and tells the webhooks.
    """

    store: Store
    writer: Writer
    switches: Mapping[str, Any]
    lock: RLock
    transaction: Callable[[], AbstractContextManager[None]]
    files: dict[str, bytes]
    planned: Mapping[str, Fields]
    dispatcher: Dispatcher
    now: datetime

    def record(self, record_id: str) -> Record:
        """Return a record of any type; raise Refused when there is none with the id."""
        record = self.store.by_id.get(record_id.lower())
        if record is None:
            raise Refused(f"there is no record {record_id}", 404)
        return record

    def whole(self, record: Record) -> dict[str, Any]:
        """Return all that is known of a record, with to-one links as objects with an ID."""
        links: dict[str, Any] = dict.fromkeys(TYPES[record.type].links)
        links |= {name: {"ID": target} for name, target in record.links.items()}
        return {**plain(self.store, record, self.switches), **links}


def create(desk: Desk, body: Fields, entity_set: str) -> dict[str, Any]:
    """Create a record of an entity set with the records nested in the body, in one transaction; an `ID` is kept."""
    if dotted(entity_set) not in TYPES:
        raise Refused(f"there is no entity set {entity_set}", 404)
    with desk.lock:
        with desk.transaction():
            record = desk.writer.create(dotted(entity_set), body, is_forced=True)
        names = ("ProductLines",) if record.type == "Activity.Invoice" else ()
        options = Options(expand={name: Options() for name in names})
        return {**desk.whole(record), **Reader(desk.store, desk.switches).written(record, options)}


def create_invoice(desk: Desk, body: Fields) -> dict[str, Any]:
    """Create a draft with its `ProductLines`; as `create/Activity_Invoice`."""
    return create(desk, body, "Activity_Invoice")


def edit(desk: Desk, fields: Fields, record_id: str) -> dict[str, Any]:
    """Change fields and links of any record, each in a transaction of its own: one event for each field."""
    with desk.lock:
        record = desk.record(record_id)
        for name, value in fields.items():
            with desk.transaction():
                desk.writer.update(record, {name: value}, is_forced=True)
        return desk.whole(record)


def upgrade(desk: Desk, body: Fields, record_id: str) -> dict[str, Any]:
    """Make a role one of another type on its level (`to`: an entity set), such as a lead a customer."""
    with desk.lock:
        record = desk.record(record_id)
        with desk.transaction():
            desk.writer.update(record, {"_UpgradeType": body["to"]}, is_forced=True)
        return desk.whole(record)


def delete(desk: Desk, _: Fields, record_id: str) -> dict[str, Any]:
    """Delete a record: a relation goes with its roles and addresses, unless it has activities; a role goes alone."""
    with desk.lock, desk.transaction():
        record = desk.record(record_id)
        desk.writer.check_idle(record)
        desk.writer.delete(record, is_forced=True)
    return {}


def merge(desk: Desk, body: Fields) -> dict[str, Any]:
    """Join two relations (`winner`, `loser`): a burst of events.

    The winner gets the fields and links that it lacks, then all that pointed to the loser, which is deleted last.
    """
    with desk.lock:
        winner, loser = desk.record(str(body["winner"])), desk.record(str(body["loser"]))
        if winner.type != loser.type or winner is loser:
            raise Refused("merge takes two different records of the same type")
        _fill(desk, winner, loser)
        for other, name in desk.store.pointing_anyhow(loser.id):
            with desk.transaction():
                desk.store.link(other, name, winner.id)
        with desk.transaction():
            desk.writer.delete(loser, is_forced=True)
        return desk.whole(winner)


def _fill(desk: Desk, winner: Record, loser: Record) -> None:
    for name, value in list(loser.values.items()):
        if name not in winner.values:
            with desk.transaction():
                desk.store.put(winner, name, value)
    for name, target in list(loser.links.items()):
        if name not in winner.links:
            with desk.transaction():
                desk.store.link(winner, name, target)


def send(desk: Desk, given: Fields, record_id: str) -> dict[str, Any]:
    """Press Send: document, number and dates, phase Sent, final, in the steps of `send_order`.

    The body may give `Number`, `InvoiceDate` and `ExpirationDate`.
    """
    unknown = set(given) - {"Number", "InvoiceDate", "ExpirationDate"}
    if unknown:
        raise Refused(f"send takes Number, InvoiceDate and ExpirationDate, not {', '.join(sorted(unknown))}")
    with desk.lock:
        invoice = desk.record(record_id)
        if invoice.type != "Activity.Invoice" or desk.writer.is_frozen(invoice):
            raise Refused(f"{invoice.id} is no invoice that can be sent")
        facts = _assigned(desk, invoice, given)
    order = desk.switches["send_order"]
    if order == "at_once":
        with desk.lock, desk.transaction():
            for step in _steps(desk, invoice, facts, "gaps"):
                step()
    else:
        _take_steps(desk, _steps(desk, invoice, facts, order))
    with desk.lock:
        return desk.whole(invoice)


def set_phase(desk: Desk, body: Fields, record_id: str) -> dict[str, Any]:
    """Put an invoice into the phase with a code (`code`): one event, as when the reminder automation sent a reminder.

    A payment, or a person on the board, does the same; whatever the phase, number and final mark stay as they are.
    """
    with desk.lock:
        invoice = _invoice(desk, record_id)
        _move(desk, invoice, str(body["code"]))
        return desk.whole(invoice)


def add_document(desk: Desk, body: Fields, record_id: str) -> dict[str, Any]:
    """Make the document of an invoice, or another of its kind: called `Name`, headed `Title`, with `Costs` added.

    Without any of them it is the invoice itself, `<number>.pdf`. The bytes follow `pdf_text` and `pdf_bytes`.
    """
    with desk.lock:
        invoice = _invoice(desk, record_id)
        with desk.transaction():
            attachment = _attach(desk, invoice, invoice.values, body)
        return desk.whole(attachment)


def remind(desk: Desk, body: Fields, record_id: str) -> dict[str, Any]:
    """Send a reminder: its document, `Aanmaning factuur <number>.pdf`, and the phase with a code (`code`, Reminder1).

    The document asks for the invoice's total and the `costs` of collecting it (0).
    """
    with desk.lock:
        invoice = _invoice(desk, record_id)
        title = f"Aanmaning factuur {invoice.values.get('Number')}"
        wanted = {"Name": f"{title}.pdf", "Title": "Aanmaning factuur", "Costs": body.get("costs", 0)}
        with desk.transaction():
            _attach(desk, invoice, invoice.values, wanted)
        _move(desk, invoice, str(body.get("code", "Reminder1")))
        return desk.whole(invoice)


def _invoice(desk: Desk, record_id: str) -> Record:
    invoice = desk.record(record_id)
    if invoice.type != "Activity.Invoice":
        raise Refused(f"{invoice.id} is no invoice")
    return invoice


def _move(desk: Desk, invoice: Record, code: str) -> None:
    phase_id = _phase(desk, code)
    with desk.transaction():
        desk.writer.update(invoice, {"Phase": {"ID": phase_id}}, is_forced=True)


def _take_steps(desk: Desk, steps: list[Callable[[], None]]) -> None:
    for number, step in enumerate(steps):
        if number and desk.switches["send_gap_seconds"]:
            time.sleep(float(desk.switches["send_gap_seconds"]))
        with desk.lock, desk.transaction():
            step()


def _steps(desk: Desk, invoice: Record, facts: Fields, order: str) -> list[Callable[[], None]]:
    def change(fields: Fields) -> Callable[[], None]:
        return lambda: desk.writer.update(invoice, fields, is_forced=True)

    steps = [change(facts), change({"Phase": {"ID": _phase(desk, "Sent")}}), change({"IsFinal": True})]
    match order:
        case "no_pdf":
            return steps
        case "pdf_last":
            return [*steps, lambda: _attach_invoice(desk, invoice, facts)]
        case _:
            return [lambda: _attach_invoice(desk, invoice, facts), *steps]


def _assigned(desk: Desk, invoice: Record, given: Fields) -> dict[str, Any]:
    planned = {**desk.planned.get(invoice.id, {}), **given}
    used = [str(invoice.values.get("Number")) for invoice in desk.store.by_set["Activity_Invoice"].values()]
    promised = [str(draft.get("Number")) for draft in desk.planned.values()]
    return assigned(desk.store, invoice, desk.now, planned, [*used, *promised])


def _phase(desk: Desk, code: str) -> str:
    phases = desk.store.by_set["Datastore_Phase_ActivityInvoice"].values()
    found = next((phase.id for phase in phases if phase.values.get("Code") == code), None)
    if found is None:
        raise Refused(f"the seed data hold no invoice phase with the code {code}")
    return found


def _attach_invoice(desk: Desk, invoice: Record, facts: Fields) -> None:
    _attach(desk, invoice, facts, {})


def _attach(desk: Desk, invoice: Record, facts: Fields, wanted: Fields) -> Record:
    """Attach a document; `facts` are number and dates of the invoice."""
    number = str(facts.get("Number") or "")
    name = str(wanted.get("Name") or f"{number}.pdf")
    file = {"Name": name, "MimeType": "application/pdf"}
    body = {"Description": name, "Invoice": {"ID": invoice.id}, "File": file}
    attachment = desk.writer.create("Attachment", body, is_forced=True)
    days = [local_day(str(facts[day])) for day in ("InvoiceDate", "ExpirationDate") if facts.get(day)]
    document = Document(number, days, wanted.get("Title"), Decimal(str(wanted.get("Costs") or 0)))
    desk.files[attachment.id] = printed(desk.store, invoice, document, desk.switches)
    return attachment
