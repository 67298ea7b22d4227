"""What the mails and holds say is in the words of their readers."""

import re
from collections.abc import Iterator

import pytest

from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.details import element_invalid, export_to, on_line
from tribe_yuki.invoices.reasons import ReportReason
from tribe_yuki.people.open_item import KINDS, UNTICKED

LANGUAGES = ["nl", "en", "fr"]
FOR_OPERATOR = {reason for reason, hold in HOLDS.items() if hold.owner is Owner.OPERATOR}
# Names that people read, as they stand in screens.
PROPER_NAMES = re.compile(r"TribeCRM|KvK|Peppol")
ELEMENT_NAME = re.compile(r"[A-Z][a-z]+(?:[A-Z/][A-Za-z]+)+")


def for_people(language: str) -> Iterator[str]:
    """Yield what salespeople and bookkeepers are told, who have no shell."""
    texts = Texts(language)
    for kind in (*(set(HoldReason) - FOR_OPERATOR), *ReportReason, UNTICKED):
        assert kind in KINDS
        yield texts.say(f"open.{kind}.title")
        yield texts.say(f"open.{kind}.to_do")
    for reason in set(HoldReason) - FOR_OPERATOR:
        yield texts.hold(reason, code="D-1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_without_a_shell_is_told_to_use_it(language: str) -> None:
    assert [said for said in for_people(language) if "`" in said or "tribe-yuki" in said or "settings" in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_an_element_or_a_field_is_said(language: str) -> None:
    texts = Texts(language)
    elements = ("ContactCode", "FullName", "Product/Description", "SalesPrice", "Reference", "NobodyKnowsThis")
    fields = ("Quantity", "Price", "InvoiceDate", "DiscountPercentage")
    details = [
        *(element_invalid(element) for element in elements),
        *(Detail(DetailCode.FIELD_MALFORMED, {"name": name, "wanted": "number"}) for name in fields),
        Detail(DetailCode.FIELD_FIXED, {"name": "ImportId"}),
    ]
    said = [*for_people(language), *(texts.details((detail,)) for detail in details)]
    assert [one for one in said if ELEMENT_NAME.search(PROPER_NAMES.sub("", one))] == []


def test_the_connection_has_one_name_in_dutch() -> None:
    said = list(for_people("nl"))
    assert any("koppeling" in text for text in said)
    assert [text for text in said if "verbinding" in text or "btw-koppeling" in text or "mapping" in text] == []


def test_days_are_written_as_in_the_language() -> None:
    inactive = Detail(
        DetailCode.VAT_CODE_INACTIVE,
        {"line": "3", "group": "NL-9", "type": "2", "percentage": "9.00", "day": "2026-12-02"},
    )
    assert Texts("nl").details((inactive,)) == (
        "regel 3: de code van btw-groep NL-9 (soort 2, 9,00 %) is in Yuki niet actief op 02-12-2026"
    )


def test_a_detail_of_a_line_names_the_line_and_its_vat_group() -> None:
    detail = on_line(export_to("NL"), 2, "EXPORT")
    assert Texts("en").details((detail,)) == (
        "line 2: VAT group EXPORT is for exports outside the EU, and the customer is in NL"
    )


def test_a_detail_that_an_earlier_version_stored_is_said_without_its_line() -> None:
    assert Texts("nl").details((Detail(DetailCode.VAT_GROUP_MISSING),)) == "regel ? heeft geen btw-groep"
