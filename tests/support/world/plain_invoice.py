"""The plainest invoice of the seed data: sent from Tribe, or typed into Yuki by a bookkeeper."""

from typing import Any

from local.demo.invoices import seed_invoices
from tests.support.world.world import World
from tribe_yuki.invoices.transfer import State

PLAIN = next(seed for seed in seed_invoices() if seed.number == "2026-0101")


def contact_id(world: World, code: str) -> str:
    """Return the id of the contact with a code."""
    (found,) = [contact["ID"] for contact in world.yuki_state()["contacts"] if contact["Code"] == code]
    return str(found)


def type_in(world: World, **differences: Any) -> None:
    """Book an invoice in Yuki's screens that equals the plain one but for some differences."""
    expected = PLAIN.expect["yuki"]
    wanted = {
        "reference": PLAIN.number,
        "contact_id": contact_id(world, expected["contact_code"]),
        "date": expected["date"],
        "total_incl": expected["total_incl"],
        **differences,
    }
    world.control.post(f"{world.yuki_url}/_control/invoices", json=wanted).raise_for_status()


def pay(world: World) -> None:
    """Pay the invoice in Yuki: it is in the archive only from now on."""
    world.control.post(f"{world.yuki_url}/_control/invoices/{PLAIN.number}/pay", json={}).raise_for_status()


def one_administration(world: World) -> None:
    """Say that the domain has one administration, so that the archive is ours."""
    world.save_settings(administrations_in_domain=1)


def ended(world: World) -> tuple[State, str | None, str | None]:
    """Return where the transfer stands."""
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    return transfer.state, transfer.reason, transfer.verification
