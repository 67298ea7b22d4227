"""What a person does in Tribe's screens, as calls under `/_control/`."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import sleep
from typing import Any
from urllib.parse import parse_qs

from local.simulator import Request, Response, json_response
from local.tribe_simulator import rules
from local.tribe_simulator.arithmetic import LINES
from local.tribe_simulator.bodies import BodyChecker
from local.tribe_simulator.changes import Work
from local.tribe_simulator.dispatcher import Dispatcher
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed, NotFound
from local.tribe_simulator.merging import merge
from local.tribe_simulator.model import EntityType
from local.tribe_simulator.rendering import Renderer
from local.tribe_simulator.sending import attach_pdf, send_steps
from local.tribe_simulator.store import Fields, Record

_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Desk:
    """A user of Tribe at work. `commit` gives work that is told to the webhooks when it ends, and holds the lock."""

    environment: Callable[[], Environment]
    commit: Callable[[], AbstractContextManager[Work]]
    dispatcher: Dispatcher
    withdraw: Callable[[str], None]

    def answer(self, request: Request) -> Response | None:
        """Answer a call; None when there is no such call."""
        name = f"{request.method} {request.path.removeprefix('/_control/')}"
        for pattern, answer in _CALLS.items():
            if match := re.fullmatch(pattern, name):
                return answer(self, request, *match.groups())
        return None

    def idle(self, request: Request) -> Response:
        """Tell whether all webhooks were delivered; `?wait_seconds=5` waits for it, but no longer than that."""
        waits = parse_qs(request.query).get("wait_seconds", ["0"])
        self.dispatcher.wait_until_idle(min(float(waits[0]), _LONGEST_WAIT))
        pending = self.dispatcher.pending()
        waiting = self.dispatcher.waiting_for_retry()
        return json_response({"idle": pending == 0, "pending": pending, "waiting_for_retry": waiting})

    def create_invoice(self, request: Request) -> Response:
        """Make a draft with its lines, and show both."""
        with self.commit() as work:
            invoice = self._create(work, rules.INVOICE, request.json())
            lines = work.environment.store.pointing(LINES, invoice)
            shown = [Renderer(work.environment, "").state(line) for line in lines]
            return json_response({**Renderer(work.environment, "").state(invoice), "ProductLines": shown})

    def create(self, request: Request, entity_set: str) -> Response:
        """Make a record with what its body nests."""
        with self.commit() as work:
            return self._shown(self._create(work, entity_set, request.json()))

    def edit(self, request: Request, record_id: str) -> Response:
        """Edit fields one by one, as the screens save them (tribe-api 4.7).

        The fields of an address may be given below the link to it: `{"InvoiceAddress": {"Street": "…"}}`.
        """
        with self.commit() as work:
            record = _found(work.environment, record_id)
            fields = self._bodies().checked(record.type, request.json(), creating=False)
        for edited, name, value in list(self._single_edits(record, fields)):
            with self.commit() as work:
                work.update(edited, {name: value})
        return self._shown(record)

    def _single_edits(self, record: Record, fields: Fields) -> Iterator[tuple[Record, str, Any]]:
        for name, value in fields.items():
            linked = self.environment().store.linked(record, name) if name in record.type.links else None
            if linked is not None and value is not None and value.keys() != {"ID"}:
                yield from self._single_edits(linked, value)
            else:
                yield record, name, value

    def send(self, request: Request, invoice_id: str) -> Response:
        """Press Send; the body may say which Number, InvoiceDate and ExpirationDate are given."""
        with self.commit() as work:
            invoice = _found(work.environment, invoice_id)
            steps = send_steps(work.environment, invoice, request.json())
            steps[0](work)
        for step in steps[1:]:
            sleep(float(self.environment().switches["send_gap_seconds"]))
            with self.commit() as work:
                step(work)
        return self._shown(invoice)

    def make_pdf(self, _: Request, invoice_id: str) -> Response:
        """Make the PDF of an invoice that was sent without, or once more."""
        with self.commit() as work:
            invoice = _found(work.environment, invoice_id)
            number, date = (invoice.fields.get(name) for name in ("Number", "InvoiceDate"))
            if not number or not date:
                raise NotAllowed("the invoice has no number or date yet")
            attach_pdf(work, invoice, number, date)
            return self._shown(invoice)

    def upgrade(self, request: Request, record_id: str) -> Response:
        """Turn a lead into a customer, say: `{"to": "<entity set>"}`."""
        entity_set = str(request.json()["to"])
        with self.commit() as work:
            record = _found(work.environment, record_id)
            work.upgrade(record, _type(work.environment, entity_set))
            return self._shown(record)

    def delete(self, _: Request, record_id: str) -> Response:
        """Delete a record, if Tribe lets a person do that."""
        with self.commit() as work:
            work.delete(_found(work.environment, record_id))
        return json_response({})

    def merge(self, request: Request) -> Response:
        """Merge two relations: `{"winner": "<id>", "loser": "<id>"}`."""
        wanted = request.json()
        with self.commit() as work:
            winner = _found(work.environment, str(wanted["winner"]))
            merge(work, winner, _found(work.environment, str(wanted["loser"])))
            return self._shown(winner)

    def withdraw_consent(self, request: Request) -> Response:
        """End all tokens of an application: `{"client_id": "…"}`."""
        self.withdraw(str(request.json()["client_id"]))
        return json_response({})

    def _create(self, work: Work, entity_set: str, body: Any) -> Record:
        entity_type = _type(work.environment, entity_set)
        return work.create(entity_type, self._bodies().checked(entity_type, body, creating=True))

    def _bodies(self) -> BodyChecker:
        environment = self.environment()
        return BodyChecker(environment, Renderer(environment, "").words)

    def _shown(self, record: Record) -> Response:
        return json_response(Renderer(self.environment(), "").state(record))


def _type(environment: Environment, entity_set: str) -> EntityType:
    if entity_set not in environment.model:
        raise NotFound(f"there is no entity set {entity_set}")
    return environment.model[entity_set]


def _found(environment: Environment, record_id: str) -> Record:
    record = environment.store.get(record_id)
    if record is None:
        raise NotFound(f"there is no record {record_id}")
    return record


# By method and what follows `/_control/`; each gets the request and the parts of its path.
_CALLS: Mapping[str, Callable[..., Response]] = {
    r"GET idle": Desk.idle,
    r"POST invoices": Desk.create_invoice,
    r"POST invoices/([^/]+)/send": Desk.send,
    r"POST invoices/([^/]+)/pdf": Desk.make_pdf,
    r"POST create/(\w+)": Desk.create,
    r"POST edit/([^/]+)": Desk.edit,
    r"POST upgrade/([^/]+)": Desk.upgrade,
    r"POST delete/([^/]+)": Desk.delete,
    r"POST merge": Desk.merge,
    r"POST withdraw-consent": Desk.withdraw_consent,
}
