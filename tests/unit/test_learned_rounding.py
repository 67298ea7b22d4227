"""How Tribe rounds is learned from its amounts, its lines and its papers, with how sure that is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from benchmarks.amount_cases import read_case
from benchmarks.amount_populations import POPULATIONS, WAYS, Way, invoices
from tests.support.samples.amounts import tribe_invoice, tribe_line
from tribe_yuki.connections.settings import TotalsReading
from tribe_yuki.invoices.document.learned import Learned, Sample, learn
from tribe_yuki.invoices.document.target import find_target

TRADE = POPULATIONS[1]


def learned(way: Way, *, with_paper: bool = True) -> Learned:
    cases = [read_case(made.case(with_paper=with_paper)) for made in invoices(TRADE, way, 50, 5)]
    found = learn([Sample(case.invoice, case.paper) for case in cases])
    assert found is not None
    return found


@pytest.mark.parametrize("way", WAYS)
def test_the_way_that_the_papers_show_is_the_first(way: Way) -> None:
    found = learned(way)
    assert (found.reading.rounding, found.fits, found.of) == (way, 50, 50)
    assert found.told_by_paper > 5
    assert found.is_as_good(TotalsReading(rounding=way))


@pytest.mark.parametrize("way", ["line_net", "line_net_and_vat"])
def test_without_papers_the_look_of_the_lines_tells_what_it_can(way: Way) -> None:
    found = learned(way, with_paper=False)
    assert found.reading.rounding == way
    assert found.told_by_paper == 0


def test_what_neither_amounts_nor_lines_tell_apart_is_said_to_be_uncertain() -> None:
    found = learned("rate", with_paper=False)
    assert {found.reading.rounding, *found.rivals} >= {"rate", "document", "none"}


def test_an_amount_with_vat_is_recognised() -> None:
    invoice = tribe_invoice(tribe_line("1", "100"), amount="121.00")
    found = learn([Sample(invoice)])
    assert found is not None
    assert found.reading.amount == "incl"
    assert not found.agrees_but_for_rounding(TotalsReading())


def test_nothing_is_learned_from_an_amount_that_is_no_sum() -> None:
    assert learn([Sample(tribe_invoice(tribe_line("1", "100"), amount="55.00"))]) is None
    assert learn([]) is None


def test_groups_of_one_percentage_may_be_rounded_each_or_together() -> None:
    groups = [tribe_line("1", "0.50"), tribe_line("1", "0.50")]
    assert groups[0].vat_group is not None
    other = replace(groups[0].vat_group, tribe_vat_group_id="g-21-verhuur")
    invoice = tribe_invoice(groups[0], replace(groups[1], vat_group=other), amount="1.00")
    reading = TotalsReading(rounding="rate")
    each, together = find_target(invoice, reading), find_target(invoice, reading, lambda: "Te betalen 1,21")
    assert each is not None
    assert together is not None
    assert (each.totals.incl, together.totals.incl) == (Decimal("1.22"), Decimal("1.21"))


def test_settings_that_were_stored_with_a_tolerance_are_read_without() -> None:
    stored = '{"amount": "incl", "line_totals": "before_document_discount", "tolerance_cents": 2}'
    assert TotalsReading.model_validate_json(stored) == TotalsReading(amount="incl")
    assert "tolerance_cents" not in TotalsReading.model_fields
