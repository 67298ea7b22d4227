"""What became of many invoices: their states, how often each is booked, and the totals on both sides."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.support.world.many_invoices import number_of
from tests.support.world.world import CONNECTION, World
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people.decisions import retry_held

CENT = Decimal("0.01")
LONGEST = timedelta(days=6)
LONG_STEP = 300
UNSETTLED = frozenset({State.WAITING, State.READY, State.SENDING, State.UNCONFIRMED})
type Totals = tuple[Decimal, Decimal, Decimal]


def settle(world: World, ids: Sequence[str]) -> None:
    """Let time pass until nothing waits, or for too long; a person has retried what was sent as often as it may."""
    end = world.clock.instant + LONGEST
    while world.clock.instant < end and UNSETTLED.union({None}) & states(world, ids).keys():
        world.run(minutes=60, step_seconds=LONG_STEP)
        with world.operator() as operator:
            retry_held(operator, CONNECTION, HoldReason.NOT_CONFIRMED)


def states(world: World, ids: Sequence[str]) -> Counter[State | None]:
    """Return how many invoices are in each state."""
    found = (world.transfer(one) for one in ids)
    return Counter(transfer.state if transfer else None for transfer in found)


def times_booked(world: World, count: int) -> Mapping[str, int]:
    """Return for every number that was sent how often it is in the books."""
    booked = Counter(invoice["reference"] for invoice in world.yuki_state()["invoices"])
    return {number: booked[number] for number in map(number_of, range(count))}


def booked_totals(world: World, count: int) -> dict[str, Totals]:
    """Return the totals of the invoices in Yuki by number: without VAT, the VAT, with it."""
    numbers = set(map(number_of, range(count)))
    return {
        invoice["reference"]: (
            Decimal(invoice["total_excl"]),
            Decimal(invoice["total_vat"]),
            Decimal(invoice["total_incl"]),
        )
        for invoice in world.yuki_state()["invoices"]
        if invoice["reference"] in numbers
    }


def sent_totals(world: World, ids: Sequence[str]) -> dict[str, Totals]:
    """Return what the totals are by the lines in Tribe, VAT rounded per rate."""
    by_rate: dict[str, dict[Decimal, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in world.tribe_state()["ProductLine"]:
        amount = Decimal(str(line["Quantity"])) * Decimal(str(line["Price"]))
        by_rate[line["Invoice"]["ID"]][Decimal(str(line["VatPercentage"]))] += _to_cent(amount)
    totals = {}
    for place, tribe_invoice_id in enumerate(ids):
        rates = by_rate[tribe_invoice_id]
        excl = sum(rates.values(), Decimal())
        vat = sum((_to_cent(amount * rate / 100) for rate, amount in rates.items()), Decimal())
        totals[number_of(place)] = (excl, vat, excl + vat)
    return totals


def _to_cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def assert_booked_once(world: World, ids: Sequence[str]) -> None:
    """Look in the books for what was sent."""
    assert set(times_booked(world, len(ids)).values()) == {1}
