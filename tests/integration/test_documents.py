"""Pages that are made from code: they are fresh, and a stale one is noticed."""

from pathlib import Path

import pytest

from local import documents, settings_document
from tribe_yuki.core.holds import HoldReason


def test_the_pages_in_docs_are_fresh() -> None:
    assert documents.stale() == []


def test_a_missing_or_changed_page_is_noticed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert documents.main(["--check"], tmp_path) == 1
    assert "docs/field-mapping.md is stale" in capsys.readouterr().err
    assert documents.main([], tmp_path) == 0
    assert documents.main(["--check"], tmp_path) == 0
    page = tmp_path / "docs/field-mapping.md"
    page.write_text(page.read_text(encoding="utf-8") + "typed by hand\n", encoding="utf-8")
    assert documents.stale(tmp_path) == ["docs/field-mapping.md"]


@pytest.mark.parametrize("row", ["| `vat_number` | `VatNumber` | ↔ | `VATNumber` | `VATNumber` |", "| not settable |"])
def test_the_field_mapping_shows_the_tables(row: str) -> None:
    assert row in documents.DOCUMENTS["docs/field-mapping.md"]()


def test_every_setting_is_described() -> None:
    assert set(settings_document.DESCRIBED) == settings_document.names()


@pytest.mark.parametrize("reason", HoldReason)
def test_every_reason_to_hold_has_its_row(reason: HoldReason) -> None:
    assert f"| `{reason}` | " in documents.DOCUMENTS["docs/holds.md"]()
