"""How Yuki rounds is seen in its books, and what was rounded is summed by month."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from tribe_yuki.invoices.reconcile.compare import Compared
from tribe_yuki.invoices.reconcile.findings import Ending, Reconciliation, Tally, YukiRoundingSeen, join_reconciliations
from tribe_yuki.invoices.reconcile.run import summed_rounding
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer

NOW = datetime(2026, 12, 1, tzinfo=UTC)
BY_ROUNDING = {"rate": Decimal("3.03"), "line": Decimal("3.05"), "document": Decimal("3.03")}
BOOKED: Transfer = replace(
    new_transfer("demo", "i", NOW),
    state=State.BOOKED,
    sends=1,
    invoice_date=date(2026, 11, 30),
    currency="EUR",
    total_incl=Decimal("3.03"),
    rounding=Decimal("-0.02"),
    totals_by_rounding=BY_ROUNDING,
)


def compared(transfer: Transfer, booked: str | None) -> Compared:
    return Compared("1", None, "EUR", Ending.EQUAL, transfer=transfer, booked_total=Decimal(booked) if booked else None)


def test_a_booking_shows_which_ways_of_rounding_it_may_have_come_from() -> None:
    plain = replace(BOOKED, totals_by_rounding={}, rounding=Decimal(0))
    typed = replace(BOOKED, sends=0)
    rounding, seen = summed_rounding(
        [
            compared(BOOKED, "3.03"),
            compared(BOOKED, "3.05"),
            compared(plain, "3.03"),
            compared(plain, None),
            compared(typed, "3.03"),
        ]
    )
    assert seen == YukiRoundingSeen(of=3, telling=2, fits={"rate": 2, "line": 2, "document": 2})
    assert rounding == {"2026-11": Tally(3, Decimal("-0.06"))}


def test_parts_of_a_comparison_are_added_up() -> None:
    seen = YukiRoundingSeen().add(Decimal("3.03"), BY_ROUNDING, Decimal("3.03"))
    months = ({"2026-10": Tally(1, Decimal("0.01"))}, {"2026-10": Tally(1, Decimal("-0.02")), "2026-11": Tally(2)})
    parts = [
        Reconciliation(date(2026, 10, 1), date(2026, 11, 30), NOW, rounding=month, yuki_rounding=seen)
        for month in months
    ]
    joined = join_reconciliations(parts)
    assert joined.rounding == {"2026-10": Tally(2, Decimal("-0.01")), "2026-11": Tally(2)}
    assert joined.yuki_rounding == YukiRoundingSeen(of=2, telling=2, fits={"rate": 2, "line": 0, "document": 2})
    assert joined.rounded == Tally(4, Decimal("-0.01"))
