"""F19: products that Yuki takes for one, because their descriptions are equal, are told of before the invoice is sent.

Yuki matches products on 60 characters of their description, whatever their case. So the code goes in front where names
are equal on an invoice; where that does not help, the journal says which lines, and every line still carries its own
price, account and VAT, so that nothing is booked on another product's.
"""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, override

import pytest

from tests.support.faults.protections import Protection
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.world_tables import JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.adapters.yuki.transport import RawAnswer

CUSTOMER, ROLE = "D-10018", "30000000-0000-4000-8000-000000000109"
# Two products of different ledger accounts, and the VAT groups of the high and the low rate.
ADVICE, BREAD = "60000000-0000-4000-8000-000000000102", "60000000-0000-4000-8000-000000000061"
HIGH, LOW = "70000000-0000-4000-8000-000000000071", "70000000-0000-4000-8000-000000000072"
LONG = "Zonnepaneel monokristallijn 430 Wp full black, tien jaar garantie, "
WARNING = "product_would_change"


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path) -> World:
    """The whole product with one customer in Yuki."""
    return open_world(exits, yuki_seed=yuki_seed(tmp_path, [CUSTOMER]))


def name_products(world: World, advice: tuple[str, str | None], bread: tuple[str, str | None]) -> None:
    """Give both products a name and a code in Tribe."""
    for product, (name, code) in ((ADVICE, advice), (BREAD, bread)):
        world.edit_in_tribe(product, Name=name, Code=code)


def send(world: World, number: str, *lines: tuple[str, str]) -> str:
    """Send an invoice with lines of 100 euros, each of a product and a VAT group; return its id."""
    body = {
        "Subject": "Twee artikelen",
        "Currency": "EUR",
        "Relationship": {"ID": ROLE},
        "ProductLines": [
            {"Description": "Regel", "Quantity": 1, "Price": 100, "Product": {"ID": product}, "VatGroup": {"ID": vat}}
            for product, vat in lines
        ],
    }
    made = world.control.post(f"{world.tribe_url}/_control/invoices", json=body).raise_for_status().json()
    world.send(made["ID"], Number=number)
    world.run(minutes=4)
    return str(made["ID"])


def booked_lines(world: World, number: str) -> list[tuple[str, str, str]]:
    """Return account, VAT rate and Yuki's product of each line of a booked invoice."""
    (invoice,) = world.booked(number)
    return [(line["gl_account"], line["vat_percentage"], line["product"]) for line in invoice["lines"]]


def products(world: World) -> dict[str, Any]:
    """Return the account of every product that Yuki made, by description."""
    return {product["description"]: product["gl_account"] for product in world.yuki_state()["products"]}


def warned_lines(world: World, tribe_invoice_id: str) -> list[str]:
    """Return the lines that the journal warns of, once for each warning."""
    entries = Journal(world.db, JOURNAL, CONNECTION).read(f"invoice#{tribe_invoice_id}")
    return [entry["facts"]["lines"] for entry in entries if entry["code"] == WARNING]


@pytest.mark.parametrize(
    ("advice", "bread"),
    [
        (("Diversen", "A-1"), ("Diversen", "B-1")),
        (("Diversen", "A-1"), ("DIVERSEN", "B-1")),
        ((f"{LONG}liggend", "A-1"), (f"{LONG}staand", "B-1")),
    ],
    ids=["equal names", "but for their case", "equal in sixty characters"],
)
def test_products_of_equal_names_stay_two_by_their_codes(
    world: World, advice: tuple[str, str], bread: tuple[str, str]
) -> None:
    name_products(world, advice, bread)

    invoice = send(world, "2026-7001", (ADVICE, HIGH), (BREAD, LOW))

    (first, second) = booked_lines(world, "2026-7001")
    assert first[:2] != second[:2]
    assert (first[2][:3], second[2][:3]) == ("A-1", "B-1")
    assert products(world) == {first[2]: first[0], second[2]: second[0]}
    assert warned_lines(world, invoice) == []


def test_without_the_code_in_front_two_products_would_become_one(world: World) -> None:

    world.without(Protection.PRODUCT_CODES)
    name_products(world, ("Diversen", "A-1"), ("Diversen", "B-1"))

    invoice = send(world, "2026-7001", (ADVICE, HIGH), (BREAD, LOW))

    assert len(products(world)) == 1
    assert warned_lines(world, invoice) == ["1, 2"], "and that would be told"


@pytest.mark.parametrize("codes", [(None, None), ("X-1", "X-1")], ids=["no codes", "equal codes"])
def test_products_that_nothing_tells_apart_are_told_of_once_and_booked_each_as_it_is(
    world: World, codes: tuple[str | None, str | None]
) -> None:
    name_products(world, ("Diversen", codes[0]), ("Diversen", codes[1]))

    invoice = send(world, "2026-7001", (ADVICE, HIGH), (ADVICE, HIGH), (BREAD, LOW))
    world.run(minutes=30, step_seconds=60)

    assert warned_lines(world, invoice) == ["1, 2, 3"]
    story = world.story(invoice)
    assert story.index(WARNING) < story.index("send")
    first, second, third = booked_lines(world, "2026-7001")
    assert first == second
    assert (first[1], third[1]) == ("21.00", "9.00")
    assert first[0] != third[0]


def test_the_same_product_at_two_rates_and_equal_ones_of_one_account_are_not_told_of(world: World) -> None:
    name_products(world, ("Diversen", None), ("Brood", "B-1"))
    at_two_rates = send(world, "2026-7001", (ADVICE, HIGH), (ADVICE, LOW))
    assert warned_lines(world, at_two_rates) == []
    name_products(world, ("Diversen", None), ("Diversen", None))
    accounts = {one["ID"]: one["GeneralLedgerAccount"] for one in world.tribe_state()["Product"]}
    world.edit_in_tribe(BREAD, GeneralLedgerAccount=accounts[ADVICE])

    alike = send(world, "2026-7002", (ADVICE, HIGH), (BREAD, HIGH))

    assert warned_lines(world, alike) == []


class WithoutAccounts(HttpTransport):
    """Leaves out of each document what the products' lines say of their account."""

    @override
    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        return super().post(url, re.sub(rb"<(\w+:)?GLAccountCode>[^<]*</(\w+:)?GLAccountCode>", b"", body), headers)


def test_on_invoices_of_their_own_each_is_booked_on_its_own_account_and_the_product_stays_as_it_was(
    world: World,
) -> None:
    name_products(world, ("Diversen", None), ("Diversen", None))

    send(world, "2026-7001", (ADVICE, HIGH))
    send(world, "2026-7002", (BREAD, LOW))

    first, second = (booked_lines(world, number)[0][0] for number in ("2026-7001", "2026-7002"))
    assert first != second
    assert products(world) == {"Diversen": first}


def test_without_its_account_the_second_would_be_booked_on_that_of_the_first(
    world: World, exits: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_products(world, ("Diversen", None), ("Diversen", None))
    send(world, "2026-7001", (ADVICE, HIGH))
    transport = WithoutAccounts()
    exits.callback(transport.close)
    monkeypatch.setattr(world.workers["invoice_push"], "yuki_transport", transport)

    send(world, "2026-7002", (BREAD, LOW))

    assert booked_lines(world, "2026-7001")[0][0] == booked_lines(world, "2026-7002")[0][0]
