"""The typed lists of AccountingInfo and Vat (yuki-api 1.4, 4.5)."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from simulators.yuki.context import Context
from simulators.yuki.xml_nodes import row

GL_ACCOUNT_FIELDS = (
    "code",
    "type",
    "subtype",
    "isEnabled",
    "descripton",  # misspelt by Yuki
    "descriptionNL",
    "descriptionFR",
    "descriptionEN",
    "isVATApplicable",
    "deductableVATPercentage",
    "professionalPercentage",
)


def gl_account_scheme(context: Context) -> list[etree._Element]:
    """List the ledger accounts of an administration."""
    accounts = context.administration.gl_accounts.values()
    return [row("GlAccount", _present(account, GL_ACCOUNT_FIELDS)) for account in accounts]


def custom_payment_methods(context: Context) -> list[etree._Element]:
    """List the payment methods that an administration defined itself."""
    methods = context.administration.payment_methods
    return [row("PaymentMethod", _present(method, ("ID", "Description"))) for method in methods]


def active_vat_codes(context: Context) -> list[etree._Element]:
    """List the VAT codes of an administration, each with the dates between which it is valid."""
    return [row("VATCode", _vat_code(code)) for code in context.administration.vat_codes]


def _vat_code(code: Mapping[str, Any]) -> dict[str, str | None]:
    shown = _present(code, ("description", "type", "typeDescription", "percentage", "country"))
    return {**shown, "startDate": _midnight(code.get("startDate")), "endDate": _midnight(code.get("endDate"))}


def _midnight(day: str | None) -> str | None:
    return f"{day}T00:00:00" if day else None


def _present(record: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str | None]:
    return {name: _text(record[name]) for name in names if record.get(name) is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
