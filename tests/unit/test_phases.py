"""What a phase of an invoice in Tribe means to us (design 6.1)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.support.samples.samples import settings
from tribe_yuki.connections.settings import ConnectionSettings, PhaseMeaning
from tribe_yuki.invoices.model import InvoiceHead

HEAD = InvoiceHead("one", "2026-0107", date(2026, 11, 20), "Sent", is_final=True)
DRAFT, SENT, EXCLUDED = PhaseMeaning.DRAFT, PhaseMeaning.SENT, PhaseMeaning.EXCLUDED


@pytest.mark.parametrize("code", ["Sent", "Paid", "Reminder1", "Aanmaning 3", "PartiallyPaid", "Incasso", "SENT", ""])
def test_a_final_numbered_invoice_is_sent_in_any_phase(code: str) -> None:
    assert settings().standing_of(replace(HEAD, phase_code=code)) is SENT


@pytest.mark.parametrize("code", ["Draft", "DRAFT"])
def test_a_draft_is_one_whatever_else_it_has(code: str) -> None:
    assert settings().standing_of(replace(HEAD, phase_code=code)) is DRAFT


@pytest.mark.parametrize("lacks", [{"number": None}, {"is_final": False}])
def test_what_lacks_its_number_or_final_mark_is_sent_in_phase_sent_only(lacks: dict[str, Any]) -> None:
    incomplete = replace(HEAD, **lacks)
    assert settings().standing_of(incomplete) is SENT
    for code in ("ToApprove", "Klaar om te versturen", "Paid"):
        assert settings().standing_of(replace(incomplete, phase_code=code)) is DRAFT


def test_a_connection_excludes_phases_and_cancelled_ones_by_default() -> None:
    assert settings().standing_of(replace(HEAD, phase_code="Cancelled")) is EXCLUDED
    chosen = settings(excluded_phases=("Proforma",))
    assert chosen.standing_of(replace(HEAD, phase_code="proforma")) is EXCLUDED
    assert chosen.standing_of(replace(HEAD, phase_code="Cancelled")) is SENT


@pytest.mark.parametrize(
    ("named", "excluded"),
    [(["Paid"], []), (["Paid", "Reminder1"], []), ([], ["Paid"]), (["Reminder1"], ["Paid"])],
)
def test_settings_of_before_are_read(named: list[str], excluded: list[str]) -> None:
    stored = settings().model_dump(mode="json", exclude={"excluded_phases"}) | {"phases_after_sent": named}
    read = ConnectionSettings.model_validate(stored)
    assert set(read.excluded_phases) == {"Cancelled", "Canceled", *excluded}
    assert read.standing_of(replace(HEAD, phase_code="Reminder1")) is SENT
    assert read.standing_of(replace(HEAD, phase_code="Paid")) is (EXCLUDED if excluded else SENT)
    assert ConnectionSettings.model_validate(read.model_dump()) == read
