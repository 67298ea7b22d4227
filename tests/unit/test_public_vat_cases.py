"""What people reported in public of invoices with somebody else's VAT: the right code, or told what is wrong.

`docs/reference/public-cases.md` tells what happened there.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from tests.support.samples.samples import settings
from tribe_yuki.connections.administration import VatCode
from tribe_yuki.connections.settings import Location, Supply, VatRule
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.document.customer_vat import CustomerVat
from tribe_yuki.invoices.document.vat import choose_vat_code
from tribe_yuki.invoices.model import TribeVatGroup

NEW_YEAR, THE_DAY_BEFORE = date(2026, 1, 1), date(2025, 12, 31)
WITH_NUMBER, WITHOUT = Location.EU_WITH_VAT, Location.EU_WITHOUT_VAT
GOODS, SERVICES = Supply.GOODS, Supply.SERVICES
UNMAPPED, IMPLAUSIBLE, NUMBER = (
    HoldReason.VAT_UNMAPPED,
    HoldReason.VAT_IMPLAUSIBLE,
    HoldReason.VAT_NUMBER_MISSING,
)
CODES = (
    VatCode(1, Decimal(21), "BTW hoog", "NL"),
    VatCode(2, Decimal(9), "BTW logies", "NL", end_date=THE_DAY_BEFORE),
    VatCode(6, Decimal(0), "Export", "NL"),
    VatCode(17, Decimal(0), "Verlegd", "NL"),
    VatCode(19, Decimal(0), "Goederen binnen de EU", "NL"),
    VatCode(20, Decimal(0), "Diensten binnen de EU", "NL"),
    VatCode(40, Decimal(25), "OSS Zweden", "SE"),
)


def _row(group: str, vat_type: int, percentage: int, location: Location | None = None) -> VatRule:
    return VatRule(vat_group=group, vat_type=vat_type, percentage=Decimal(percentage), location=location)


SETTINGS = settings(
    country="NL",
    vat_rules=(
        _row("NL-21", 1, 21),
        _row("NL-9", 2, 9),
        _row("EXPORT", 6, 0),
        _row("VERLEGD", 17, 0),
        _row("EU-GOEDEREN", 19, 0, WITH_NUMBER),
        _row("EU-DIENST", 20, 0, WITH_NUMBER),
        _row("OSS-25", 40, 25, WITHOUT),
    ),
)


@dataclass(frozen=True)
class Case:
    """A sale, and the type of the VAT code that is right for it, or why it waits."""

    source: str
    group: str
    percentage: int
    country: str
    number: str | None
    right: int | HoldReason
    supply: Supply = GOODS
    day: date = NEW_YEAR


CASES = (
    Case("internetee/auction_center #524", "OSS-LT-21", 21, "LT", None, UNMAPPED),
    Case("odoo/odoo #76792", "OSS-25", 25, "SE", None, 40),
    Case("odoo/odoo #76792", "OSS-25", 25, "DK", None, UNMAPPED),
    Case("erp-mafia/accounted #1799", "OSS-25", 25, "HR", None, UNMAPPED),
    Case("erp-mafia/accounted PR 1797", "EU-GOEDEREN", 0, "SE", None, NUMBER),
    Case("getlago/lago-api PR 5056", "NL-21", 21, "DE", None, 1),
    Case("getlago/lago-api PR 5056", "NL-21", 21, "DE", "DE999999999", 1),
    Case("getlago/lago-api PR 5056", "NL-21", 21, "CH", None, 1),
    Case("OCA/l10n-spain PR 4117", "EU-GOEDEREN", 0, "GB", "XI999999999", 19),
    Case("DragonBe/vies #127", "EU-DIENST", 0, "GB", "XI999999999", UNMAPPED, SERVICES),
    Case("ibericode/vat #42", "EU-GOEDEREN", 0, "GB", "GB999999999", UNMAPPED),
    Case("ZUGFeRD/mustangproject #1035", "VERLEGD", 0, "NL", None, NUMBER),
    Case("ZUGFeRD/mustangproject #1035", "VERLEGD", 0, "NL", "NL999900001B01", 17),
    Case("AccountView BTW-FAQ 1.1", "EU-GOEDEREN", 0, "DE", "NL999900001B01", NUMBER),
    Case("winstwaker.nl", "EU-DIENST", 0, "DE", "DE999999999", 20, SERVICES),
    Case("informer.nl", "EXPORT", 0, "NL", None, IMPLAUSIBLE),
    Case("internetee/registry #2639", "NL-9", 9, "NL", None, 2, day=THE_DAY_BEFORE),
    Case("apaleo/api #347", "NL-9", 9, "NL", None, UNMAPPED),
    Case("wefact.nl", "NL-9", 21, "NL", None, UNMAPPED, day=THE_DAY_BEFORE),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}, {case.group} to {case.country} {case.number}")
def test_a_sale_gets_its_own_code_or_is_told(case: Case) -> None:
    group = TribeVatGroup(case.group, case.group, None, Decimal(case.percentage))

    def choose() -> int:
        customer = CustomerVat(case.country, case.number)
        return choose_vat_code(SETTINGS, CODES, group, customer, case.supply, case.day).type

    if isinstance(case.right, int):
        assert choose() == case.right
        return
    with pytest.raises(Held) as held:
        choose()
    assert held.value.reason is case.right
