"""Have Yuki come to exactly what the customer was asked to pay, or say why it cannot (design 6.5)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tribe_yuki.connections.administration import AdministrationCodes, VatCode
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.details import Detail, DetailCode, Details
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.money import to_cents
from tribe_yuki.invoices.agreement import Agreed, Agreement
from tribe_yuki.invoices.details import more_than_rounding, total_differs, vat_differs
from tribe_yuki.invoices.document.lines import MappedLines
from tribe_yuki.invoices.document.rounding import Rounder, VatDifference, vat_differences
from tribe_yuki.invoices.document.target import PaperText, Target, TargetFrom, allowed_rounding, find_target
from tribe_yuki.invoices.document.totals import ZERO, Totals, by_code, line_amount, told_apart, totals_of
from tribe_yuki.invoices.model import SalesInvoiceLine, TribeInvoice

# Exempt, else the zero rate (yuki-api 4.5): no other code without VAT says nothing about the customer.
_WITHOUT_VAT = (0, 4)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Lines that come to what the customer was asked to pay, or to what a person accepted.

    `rounding` is what the rounding lines come to; `found_by` says how the total is known, None where nothing states it.
    """

    lines: tuple[SalesInvoiceLine, ...]
    totals: Totals
    rounding: Decimal = ZERO
    found_by: TargetFrom | None = None

    @property
    def by_yuki_rounding(self) -> dict[str, Decimal]:
        """The totals including VAT that each way of Yuki to round would give, where they differ."""
        return {str(way): total for way, total in told_apart(by_code(self.lines)).items()}


def settle_amounts(
    invoice: TribeInvoice,
    mapped: MappedLines,
    settings: ConnectionSettings,
    books: AdministrationCodes,
    day: dt.date,
    agreed: Collection[Agreed],
    paper: PaperText,
) -> Amounts:
    """Return the lines with which Yuki books what the customer was asked to pay.

    Raises Held(totals_differ) for a real difference, unless a person agreed to it; nobody agrees to more than rounding.
    """
    target = find_target(invoice, settings.totals, paper)
    groups = by_code(mapped.lines)
    totals = totals_of(groups, settings.vat_rounding)
    if target is None:
        return _agreed_or_held((Detail(DetailCode.TOTALS_MISSING),), Amounts(mapped.lines, totals), agreed)
    without_vat = code_without_vat(books.vat_codes, day)
    allowed = allowed_rounding(sum(vat.lines for vat in mapped.vat_in_tribe.values()), len(mapped.vat_in_tribe))
    wrong_vat = vat_differences(groups, settings.vat_rounding, mapped.vat_in_tribe)
    difference = _difference(target, totals, wrong_vat, allowed, has_code=without_vat is not None)
    rounder = Rounder(
        mapped.lines,
        settings.vat_rounding,
        mapped.vat_in_tribe,
        target.rounding,
        allowed,
        _rounding_account(books, settings),
        without_vat,
        may_move_vat=Agreed(Agreement.ROUNDING, difference) in agreed,
    )
    added = None if target.contradicts else rounder.lines_to(target.totals.incl)
    if added is None:
        return _agreed_or_held(difference, Amounts(mapped.lines, totals, found_by=target.found_by), agreed)
    lines = (*mapped.lines, *added)
    rounding = sum(map(line_amount, added), ZERO)
    return Amounts(lines, totals_of(by_code(lines), settings.vat_rounding), rounding, target.found_by)


def code_without_vat(vat_codes: Sequence[VatCode], day: dt.date) -> VatCode | None:
    """Return the code that a line without VAT gets; None when the administration has none."""
    for vat_type in _WITHOUT_VAT:
        alike = [code for code in vat_codes if code.type == vat_type and not code.percentage and code.is_valid_on(day)]
        if alike:
            first = min(alike, key=lambda code: code.description)
            return VatCode(first.type, first.percentage, first.description if len(alike) > 1 else "")
    return None


def _rounding_account(books: AdministrationCodes, settings: ConnectionSettings) -> str | None:
    """Return the chosen account as long as Yuki takes revenue on it; a cent is no reason to keep an invoice back."""
    usable = (
        account.code
        for account in books.gl_accounts
        if account.code == settings.rounding_ledger_account
        and account.is_enabled
        and account.type in settings.revenue_gl_account_types
    )
    return next(usable, None)


def _difference(
    target: Target, ours: Totals, wrong_vat: Sequence[VatDifference], allowed: Decimal, *, has_code: bool
) -> Details:
    """Return the three amounts of both sides, and why no rounding line makes up for what lies between them."""
    theirs = target.totals
    facts = (
        total_differs("excl", theirs.excl, ours.excl),
        total_differs("vat", theirs.vat, ours.vat),
        total_differs("incl", theirs.incl, ours.incl),
        *(vat_differs(vat.percentage, to_cents(vat.tribe), to_cents(vat.yuki)) for vat in wrong_vat),
    )
    is_vat_far_off = any(abs(vat.tribe - vat.yuki) > allowed for vat in wrong_vat)
    if target.contradicts or is_vat_far_off or abs(theirs.incl - ours.incl) > allowed:
        return (*facts, more_than_rounding(allowed))
    return facts if has_code else (*facts, Detail(DetailCode.NO_CODE_WITHOUT_VAT))


def _agreed_or_held(difference: Details, amounts: Amounts, agreed: Collection[Agreed]) -> Amounts:
    if Agreed(Agreement.OTHER_TOTALS, difference) in agreed and not is_too_much(difference):
        return amounts
    raise Held(HoldReason.TOTALS_DIFFER, *difference)


def is_too_much(difference: Details) -> bool:
    """Whether totals differ by more than rounding explains, so that nobody may agree to that."""
    return any(detail.code is DetailCode.MORE_THAN_ROUNDING for detail in difference)
