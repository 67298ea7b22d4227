"""Invoices in any number, for customers that both systems know and that are linked."""

from collections.abc import Sequence
from random import Random

from simulators.shared.companies import Company, companies
from tests.support.world.world import CONNECTION, World
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.journal import JournalEntry, JournalKind

SEED = 3
_ADVICE = "60000000-0000-4000-8000-000000000102"
_HIGH_RATE, _LOW_RATE = ("70000000-0000-4000-8000-000000000071", "70000000-0000-4000-8000-000000000072")
_SECONDS = 300


def link_customers(world: World, number: int) -> list[Company]:
    """Give both systems some customers, marked as Customer in Yuki, with their links: codes written, mark known."""
    for url, wanted in (
        (f"{world.yuki_url}/_control/bulk", {"contacts": number, "seed": SEED, "codes": 1}),
        (f"{world.tribe_url}/_control/bulk", {"relations": number, "seed": SEED}),
    ):
        world.control.post(url, json=wanted, timeout=_SECONDS).raise_for_status()
    made = list(companies(number, SEED))
    for company in made:
        link = Link(
            CONNECTION,
            company.id("tribe organisation"),
            LinkState.LINKED,
            since=world.clock.instant,
            yuki_contact_id=company.id("yuki contact"),
            kind=ContactKind.ORGANISATION,
            code=company.code,
            is_customer=True,
        )
        world.links.save(link, [JournalEntry(JournalKind.DECISION, "linked", {"how": "test"})], world.clock.instant)
    return made


def draft_invoices(world: World, customers: Sequence[Company], number: int, *, seed: int = 0) -> list[str]:
    """Make drafts in Tribe, without their webhooks, of one to four lines at one or two rates; return their ids."""
    random = Random(seed)
    world.switch_tribe(drop_webhooks=1.0)
    ids = []
    for place in range(number):
        lines = [
            {
                "Description": f"Regel {line + 1}",
                "Quantity": random.choice((1, 2, 3, 7)),
                "Price": random.randrange(100, 100_000) / 100,
                "Product": {"ID": _ADVICE},
                "VatGroup": {"ID": random.choice((_HIGH_RATE, _HIGH_RATE, _LOW_RATE))},
            }
            for line in range(random.randrange(1, 5))
        ]
        body = {
            "Subject": f"Opdracht {place + 1}",
            "Currency": "EUR",
            "Relationship": {"ID": customers[place % len(customers)].id("tribe customer")},
            "ProductLines": lines,
        }
        answer = world.control.post(f"{world.tribe_url}/_control/invoices", json=body)
        ids.append(answer.raise_for_status().json()["ID"])
    world.settle_webhooks()
    world.switch_tribe(drop_webhooks=0.0)
    return ids


def number_of(place: int) -> str:
    """Return the number that the invoice at a place of the list is sent with."""
    return f"2026-{5001 + place}"


def send_all(world: World, tribe_invoice_ids: Sequence[str]) -> None:
    """Press Send for every draft, with numbers in the order of the list."""
    for place, tribe_invoice_id in enumerate(tribe_invoice_ids):
        world.send(tribe_invoice_id, Number=number_of(place))
