"""Lines without an amount never hold an invoice: they are text; what is given away is booked at 0.00 (design 6.5)."""

from typing import Any

import pytest

from tests.support.world.many_invoices import link_customers, number_of
from tests.support.world.seed_records import line
from tests.support.world.world import CONNECTION, World
from tribe_yuki.invoices.reasons import SkipReason
from tribe_yuki.invoices.transfer import State
from tribe_yuki.status.reconciliation import reconcile

PRICED = line("Advies")
TEXT: dict[str, Any] = {"Description": "Volgens uw opdracht van 4 mei"}
FREE = {**PRICED, "DiscountPercentage": 100}


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_a_text_line_is_text_and_what_is_free_is_booked_at_nothing(world: World, currency: str) -> None:
    (customer,) = link_customers(world, 1)
    priced = {**PRICED, "PriceInCurrency": 95}
    cases = (
        ([TEXT, priced], State.BOOKED, "114.95"),
        ([priced, {**TEXT, "Quantity": 3}, {**TEXT, "Price": 12.5}], State.BOOKED, "114.95"),
        ([priced, {**TEXT, "Quantity": 0, "Price": 0}], State.BOOKED, "114.95"),
        ([{**priced, "DiscountPercentage": 100}, TEXT], State.BOOKED, "0.00"),
        ([{**priced, "Quantity": 0}], State.SKIPPED, None),
        ([{**priced, "Price": 0, "PriceInCurrency": 0}, TEXT], State.SKIPPED, None),
        ([TEXT], State.SKIPPED, None),
    )
    ids = []
    for place, (lines, _, _) in enumerate(cases):
        body = {"Relationship": {"ID": customer.id("tribe customer")}, "Currency": currency, "ProductLines": lines}
        answer = world.control.post(f"{world.tribe_url}/_control/invoices", json=body)
        ids.append(answer.raise_for_status().json()["ID"])
        world.send(ids[-1], Number=number_of(place), InvoiceDate="2026-11-20")
    world.run(minutes=5)

    for place, (_, state, total) in enumerate(cases):
        transfer = world.transfer(ids[place])
        assert transfer is not None
        assert (transfer.state, transfer.reason) == (state, SkipReason.EMPTY if state is State.SKIPPED else None), place
        assert [one["total_incl"] for one in world.booked(number_of(place))] == ([total] if total else [])
    with world.operator() as operator:
        told = reconcile(operator, CONNECTION).findings
    empty = f"skipped ({SkipReason.EMPTY})"
    assert [(one.number, one.transfer) for one in told] == [(number_of(place), empty) for place in (4, 5, 6)]
