"""One invoice that nobody can work with is held alone, with what is wrong with it; all others are booked.

Its neighbours are of the same batch, first and whenever they fall due together again.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.details import said, told
from tests.support.faults.protections import Protection
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices import judge, stored_decision
from tribe_yuki.invoices import prepare as prepare_invoice
from tribe_yuki.invoices import send as send_invoices
from tribe_yuki.invoices.number_claim import claim_number
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.explain import explain_record
from tribe_yuki.people.holds import list_holds
from tribe_yuki.people.open_item import KINDS

type Edit = Callable[[World, str], None]


def invoice(**fields: Any) -> Edit:
    """Return what puts values into an invoice, such as no screen and no simulator would compute with."""
    return lambda world, tribe_invoice_id: put(world, "Activity_Invoice", tribe_invoice_id, fields)


def line(**fields: Any) -> Edit:
    """Return what puts values into an invoice's first line."""

    def edit(world: World, tribe_invoice_id: str) -> None:
        lines = world.tribe.store.by_set["ProductLine"].values()
        own = [one for one in lines if one.links["Invoice"] == tribe_invoice_id]
        first = min(own, key=lambda one: one.values.get("SortIndex", 0))
        put(world, "ProductLine", first.id, fields)

    return edit


def term(days: float) -> Edit:
    """Return what puts the payment term of an invoice's customer, where nobody typed the due date."""

    def edit(world: World, tribe_invoice_id: str) -> None:
        role = world.tribe.store.by_set["Activity_Invoice"][tribe_invoice_id].links["Relationship"]
        put(world, "Relationship_Organization_CommercialRelationship_Customer", role, {"PaymentTermInDays": days})
        put(world, "Activity_Invoice", tribe_invoice_id, {"ExpirationDate": None})

    return edit


def as_before(world: World, tribe_invoice_id: str) -> None:
    """Put the lines of an invoice back as they were."""
    for one in world.tribe.store.by_set["ProductLine"].values():
        if one.links["Invoice"] == tribe_invoice_id and one.id in FORMER:
            one.values.update(FORMER[one.id])


FORMER: dict[str, dict[str, Any]] = {}


def put(world: World, entity_set: str, record_id: str, fields: dict[str, Any]) -> None:
    values = world.tribe.store.by_set[entity_set][record_id].values
    FORMER[record_id] = dict(values)
    values.update(fields)
    for name in [name for name, value in fields.items() if value is None]:
        values.pop(name)


@dataclass(frozen=True)
class Poison:
    """What somebody typed, what people are told, and how it is put right."""

    typed: Edit
    told: str
    cure: Edit


POISONS = (
    Poison(term(20261231), "payment term: not between 0 and 3650 days", term(30)),
    Poison(term(3_000_000), "payment term: not between 0 and 3650 days", term(14)),
    Poison(term(-1), "payment term: not between 0 and 3650 days", term(0)),
    Poison(line(Price=1e25), "line 1, price: too large", as_before),
    Poison(line(Quantity=1e12), "line 1, quantity: too large", as_before),
    Poison(invoice(DiscountPercentage=1e26), "discount: too large", invoice(DiscountPercentage=0)),
    Poison(
        invoice(InvoiceDate="9999-12-31"),
        "invoice date: not between 1990 and 2100",
        invoice(InvoiceDate="2026-11-23"),
    ),
    Poison(
        invoice(InvoiceDate="0001-01-01T00:00:00+02:00"),
        "invoice date: not between 1990 and 2100",
        invoice(InvoiceDate="2026-11-23"),
    ),
    Poison(
        invoice(ExpirationDate="2101-01-01"),
        "due date: not between 1990 and 2100",
        invoice(ExpirationDate="2026-12-23"),
    ),
)
EVERY_OTHER = range(0, 2 * len(POISONS), 2)


@dataclass
class Batch:
    """A world in which each invoice with something odd stands beside one without."""

    world: World
    ids: list[str]

    def states(self) -> list[State | None]:
        found = map(self.world.transfer, self.ids)
        return [transfer.state if transfer else None for transfer in found]

    @property
    def good(self) -> list[int]:
        return [place for place in range(len(self.ids)) if place not in EVERY_OTHER]

    def booked(self) -> list[int]:
        """Return how often each is in Yuki's books."""
        numbers = [one["reference"] for one in self.world.yuki_state()["invoices"]]
        return [numbers.count(number_of(place)) for place in range(len(self.ids))]


@pytest.fixture
def batch(exits: ExitStack, tmp_path: Path) -> Batch:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    count = 2 * len(POISONS)
    ids = draft_invoices(world, link_customers(world, count), count)
    world.start_task("first_look")
    world.run(minutes=1)
    world.switch_tribe(drop_webhooks=1.0)
    for place, tribe_invoice_id in enumerate(ids):
        world.send(tribe_invoice_id, Number=number_of(place))
    world.settle_webhooks()
    world.switch_tribe(drop_webhooks=0.0)
    for place, poison in zip(EVERY_OTHER, POISONS, strict=True):
        poison.typed(world, ids[place])
    return Batch(world, ids)


def push_all(batch: Batch) -> None:
    """Have all looked at in one message, as the sweep does."""
    batch.world.queues.enqueue_invoices(batch.ids, batch.world.clock.now())
    batch.world.run(minutes=3)


def test_every_other_invoice_is_booked_at_once_and_the_odd_ones_when_they_are_put_right(batch: Batch) -> None:
    world = batch.world
    push_all(batch)
    assert [batch.states()[place] for place in batch.good] == [State.BOOKED] * len(POISONS)
    for place, poison in zip(EVERY_OTHER, POISONS, strict=True):
        transfer = world.transfer(batch.ids[place])
        assert transfer is not None
        assert (transfer.hold_reason, transfer.details) == (HoldReason.INVOICE_INVALID, told(poison.told))
        assert transfer.reference == number_of(place)
    with world.operator() as operator:
        (group,) = list_holds(operator, CONNECTION).groups
        assert {one.record for one in group.records} == {number_of(place) for place in EVERY_OTHER}
    for place, poison in zip(EVERY_OTHER, POISONS, strict=True):
        poison.cure(world, batch.ids[place])
    for place in EVERY_OTHER:
        world.edit_in_tribe(batch.ids[place], Subject="Put right")
    world.run(minutes=20)
    states = [(transfer.state, transfer.reason) for one in batch.ids if (transfer := world.transfer(one))]
    assert states == [(State.BOOKED, None)] * len(batch.ids)
    assert batch.booked() == [1] * len(batch.ids)


class Odd(Exception):
    """What nobody foresaw."""


SEAMS = {
    "reading": (prepare_invoice, "decide"),
    "mapping": (prepare_invoice, "map_invoice"),
    "storing": (prepare_invoice, "decision"),
    "the document": (send_invoices, "document_with_pdf"),
    "the mark of the contact": (send_invoices, "hold_unless_customers"),
    "the intent": (send_invoices, "content_hash"),
}
ODD_ONE = 3


def fail_for_one(monkeypatch: pytest.MonkeyPatch, seam: str, odd_id: str, odd_number: str) -> None:
    """Have a function fail as nobody foresaw whenever it is about one invoice."""
    module, name = SEAMS[seam]
    real = getattr(module, name)

    def failing(*arguments: Any, **named: Any) -> Any:
        told = repr(arguments[2] if name == "decide" else arguments)
        if odd_id in told or odd_number in told:
            raise Odd("with the address of Jan Kanariepiet")
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, failing)


@pytest.mark.parametrize("seam", SEAMS)
def test_whatever_goes_wrong_with_one_invoice_holds_that_one_only(
    seam: str, exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    ids = draft_invoices(world, link_customers(world, 10), 10)
    world.start_task("first_look")
    world.run(minutes=1)
    with monkeypatch.context() as patched:
        if seam == "storing":
            fail_once_stored(patched, ids[ODD_ONE])
        else:
            fail_for_one(patched, seam, ids[ODD_ONE], number_of(ODD_ONE))
        for place, tribe_invoice_id in enumerate(ids):
            world.send(tribe_invoice_id, Number=number_of(place))
        world.run(minutes=4)
        states = [transfer.state if (transfer := world.transfer(one)) else None for one in ids]
        assert [state for place, state in enumerate(states) if place != ODD_ONE] == [State.BOOKED] * 9
        transfer = world.transfer(ids[ODD_ONE])
        assert transfer is not None
        assert (transfer.hold_reason, transfer.details) == (HoldReason.NOT_UNDERSTOOD, told("error Odd"))
        with world.operator() as operator:
            (group,) = list_holds(operator, CONNECTION, owner=Owner.OPERATOR).groups
            assert "retry" in group.commands
            story = explain_record(operator, CONNECTION, transfer.reference or ids[ODD_ONE])
            assert "(Odd)" in repr(story)
    with world.operator() as operator:
        operator.stores(CONNECTION).queues.enqueue_invoices([ids[ODD_ONE]], world.clock.now())
    world.run(minutes=20)
    assert [len(world.booked(number_of(place))) for place in range(10)] == [1] * 10
    assert "Kanariepiet" not in json.dumps(list(world.dynamodb.scan(TableName="id-map")["Items"]), default=str)


def fail_once_stored(monkeypatch: pytest.MonkeyPatch, odd_id: str) -> None:
    """Have no table take what was read of one invoice; held without that it is taken."""
    real = stored_decision.store_decision

    def failing(connection: Any, stored: Any, decided: Any, reading: Any) -> Any:
        if decided.tribe_invoice_id == odd_id and decided.reference is not None:
            raise Odd
        return real(connection, stored, decided, reading)

    def claim(connection: Any, ready: Any, events: Any) -> Any:
        if ready.tribe_invoice_id == odd_id:
            raise Odd
        return real_claim(connection, ready, events)

    real_claim = claim_number
    monkeypatch.setattr(stored_decision, "store_decision", failing)
    monkeypatch.setattr(prepare_invoice, "claim_number", claim)


@pytest.mark.parametrize("seam", ["the answer", "the call"])
def test_after_an_attempt_the_unknown_stays_in_doubt_and_is_asked_for(
    seam: str, exits: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    ids = draft_invoices(world, link_customers(world, 4), 4)
    world.start_task("first_look")
    world.run(minutes=1)
    real_judge, real_send = judge.judge_invoice, world.workers["invoice_push"].yuki_transport.post

    def judge_oddly(sending: Any, *rest: Any) -> Any:
        if sending.document.reference == number_of(1):
            raise Odd
        return real_judge(sending, *rest)

    def post(url: str, body: bytes, headers: Any) -> Any:
        answer = real_send(url, body, headers)
        if b"ProcessSalesInvoices" in body:
            raise Odd
        return answer

    with monkeypatch.context() as patched:
        if seam == "the answer":
            patched.setattr(judge, "judge_invoice", judge_oddly)
        else:
            patched.setattr(type(world.workers["invoice_push"].yuki_transport), "post", lambda _, *given: post(*given))
        for place, tribe_invoice_id in enumerate(ids):
            world.send(tribe_invoice_id, Number=number_of(place))
        world.run(minutes=2)
        in_doubt = [place for place, one in enumerate(ids) if world.transfer(one).state is State.UNCONFIRMED]  # type: ignore[union-attr]
        assert in_doubt == ([1] if seam == "the answer" else [0, 1, 2, 3])
    world.run(minutes=20)
    assert [world.transfer(one).state for one in ids] == [State.BOOKED] * 4  # type: ignore[union-attr]
    assert [len(world.booked(number_of(place))) for place in range(4)] == [1] * 4


def test_without_containment_one_odd_invoice_stops_its_neighbours(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    batch.world.without(Protection.CONTAINMENT_OF_INVOICES)
    monkeypatch.setattr(prepare_invoice, "map_invoice", lambda *_: 1 / 0)
    push_all(batch)
    assert State.BOOKED not in batch.states()


@pytest.mark.parametrize(
    "detail", [*sorted({one.told for one in POISONS}), "error Odd", "line 12, VAT amount: too large"]
)
def test_what_is_wrong_is_said_in_both_languages(detail: str) -> None:
    assert said(told(detail), "nl") != detail
    assert Texts("en").mailed_details(told(detail))
    assert "{" not in said(told(detail), "nl") + said(told(detail))
    assert HoldReason.NOT_UNDERSTOOD in KINDS
