"""Files of invoices run through the product's own rules for amounts: a line for each case, in order."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.amount_populations import POPULATIONS, WAYS, Made, Population, Way, invoices
from benchmarks.amounts import main


def written(path: Path, lines: Sequence[object]) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def outcomes(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def hours(*lines: Mapping[str, object], **fields: object) -> dict[str, object]:
    group = {"ID": "70000000-0000-4000-8000-000000000021", "Code": "21", "Percentage": 21.0}
    rows = [{"Quantity": 1.25, "Price": 67.5, "VatGroup": group, **line} for line in lines]
    return {"Number": "2026-1", "InvoiceDate": "2026-11-16", "ProductLines": rows, **fields}


HOURS = hours({}, {}, {}, Amount=253.13)


def test_each_case_has_its_line_and_errors_stop_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = written(
        tmp_path / "cases.jsonl",
        [
            {"invoice": HOURS, "pdf_text": "Totaal € 306,29"},
            "{",
            {"invoice": HOURS, "pdf_text": "Totaal € 306,28"},
            {"paper_total_incl": "1.00"},
            "",
            {"invoice": {**HOURS, "Amount": 200.0}},
            {"invoice": {**HOURS, "Amount": "a lot"}},
            {"invoice": {"Amount": 0, "ProductLines": [{"Description": "Tekst", "Quantity": None, "Price": None}]}},
            [],
        ],
    )
    assert main(["--from", str(cases)]) == 1
    first, second, third, *others = outcomes(capsys)
    assert first == {
        "number": "2026-1",
        "state": "ready",
        "reason": None,
        "excl": "253.13",
        "vat": "53.16",
        "incl": "306.29",
        "vat_by_rate": {"21": "53.16"},
        "rounding": "-0.01",
        "target_from": "pdf",
    }
    assert second.keys() == {"error"}
    assert (third["incl"], third["rounding"]) == ("306.28", "-0.02")
    assert [line.get("reason", "error") for line in others] == [
        "error",
        "totals_differ",
        "invoice_invalid",
        "nothing_to_book",
        "error",
    ]


def test_ids_may_be_any_texts_or_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    group = {"Code": "21", "Percentage": 21.0}
    rows: list[dict[str, object]] = [
        {"ID": "1", "VatGroup": group},
        {"ID": "2", "VatGroup": group},
        {"VatGroup": {**group, "ID": "high"}},
    ]
    cases = written(tmp_path / "cases.jsonl", [{"invoice": hours(*rows, Amount=253.13, ID="first"), "pdf_text": ""}])
    assert main(["--from", str(cases)]) == 0
    (outcome,) = outcomes(capsys)
    assert (outcome["state"], outcome["excl"]) == ("ready", "253.13")


def test_a_reading_is_learned_from_other_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = written(tmp_path / "cases.jsonl", [{"invoice": HOURS}])
    sample = written(
        tmp_path / "sample.jsonl",
        [made.case(with_paper=False) for made in invoices(POPULATIONS[0], "none", 50, 1)] + ["no case"],
    )
    assert main(["--from", str(cases), "--vat-rounding", "document", "--reading", str(sample)]) == 0
    (outcome,) = outcomes(capsys)
    assert (outcome["incl"], outcome["target_from"]) == ("306.28", "reading")


@pytest.mark.parametrize("population", POPULATIONS, ids=lambda population: population.name)
@pytest.mark.parametrize("way", WAYS)
def test_what_the_populations_print_is_what_is_booked(
    population: Population, way: Way, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[Made] = list(invoices(population, way, 5, 3))
    cases = written(tmp_path / "cases.jsonl", [each.case(with_paper=True) for each in made])
    assert main(["--from", str(cases), "--vat-rounding", "line"]) == 0
    assert [line["incl"] for line in outcomes(capsys)] == [str(each.paper_total) for each in made]
