"""A supply within the EU to a customer whose VAT number is of another country than the address: booked, and told."""

import pytest

from local.demo.invoices import seed_invoices
from tests.support.world.contact_records import relation_with
from tests.support.world.world import World
from tribe_yuki.invoices.transfer import State

(SERVICE,) = [seed for seed in seed_invoices() if seed.name.startswith("15")]
REPORT = "vat_number_of_another_country"


@pytest.mark.parametrize(
    ("number", "is_told"), [("DE136695976", True), ("FR40303265045", True), ("BE0428759497", False)]
)
def test_a_number_of_another_country_is_told_of(world: World, number: str, *, is_told: bool) -> None:
    customer = relation_with(world, SERVICE.expect["yuki"]["contact_code"])
    world.edit_in_tribe(customer["ID"], EmailAddress="nieuw@brouwerij.example")
    world.run(minutes=2)  # the customer is linked, so that another number makes nobody else of them
    world.edit_in_tribe(customer["ID"], VatNumber=number)
    world.run(minutes=2)
    world.send(SERVICE.tribe_invoice_id)
    world.run(minutes=5)
    transfer = world.transfer(SERVICE.tribe_invoice_id)
    assert transfer is not None
    assert transfer.state is State.BOOKED, transfer
    assert (REPORT in world.story(SERVICE.tribe_invoice_id)) is is_told
