"""Name the debtor of an invoice the way Yuki wants it (yuki-api 4.3)."""

from dataclasses import dataclass, replace

from tribe_yuki.contacts.fields.addresses import billing_address, format_address, known_country, relation_country
from tribe_yuki.contacts.fields.converters import Converted, email_address, tidy, website
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.numbers import vat_number
from tribe_yuki.contacts.merge.warnings import FieldWarning
from tribe_yuki.contacts.model import AddressLines, TribeRelation
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.model import SalesInvoiceContact


@dataclass(frozen=True, slots=True)
class InvoiceContactOptions:
    """What goes along with an invoice about its debtor; Yuki stores the e-mail address as the one for invoices."""

    financial_email: bool = True
    website: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceContact:
    """The debtor of an invoice, and what was left out of it."""

    contact: SalesInvoiceContact
    warnings: tuple[FieldWarning, ...] = ()


def invoice_contact(
    relation: TribeRelation, *, settings: ContactMapping, options: InvoiceContactOptions | None = None
) -> InvoiceContact:
    """Return the debtor of an invoice: code, name and kind, and only what is complete and valid of the rest.

    Yuki overwrites the contact with what it gets, so what is missing here stays as it is there. Raises
    Held(debtor_number_missing), and Held(invoice_invalid) when there is no name or the country is not known.
    """
    chosen = options or InvoiceContactOptions()
    country = _country(relation, settings)
    email = email_address(relation.financial_email if chosen.financial_email else None)
    site = website(relation.website if chosen.website else None)
    vat = vat_number(relation.vat_number, country)
    lines = _complete_address(relation, country, settings)
    contact = SalesInvoiceContact(
        code=_code(relation),
        full_name=_name(relation),
        kind=relation.kind,
        country=country,
        address_line_1=lines.line_1,
        address_line_2=lines.line_2,
        postcode=lines.postcode,
        city=lines.city,
        email=_if_valid(email),
        website=_if_valid(site),
        vat_number=_if_valid(vat),
        names_country=known_country(relation).is_valid,
    )
    checked = {"financial_email": email, "website": site, "vat_number": vat}
    return InvoiceContact(
        contact, tuple(FieldWarning(name, value.warning) for name, value in checked.items() if value.warning)
    )


def _code(relation: TribeRelation) -> str:
    code = tidy(relation.debtor_number)
    if not code:
        raise Held(HoldReason.DEBTOR_NUMBER_MISSING)
    return code


def _name(relation: TribeRelation) -> str:
    name = tidy(relation.name)
    if not name:
        raise Held(HoldReason.INVOICE_INVALID, Detail(DetailCode.CUSTOMER_NAMELESS))
    return name


def _country(relation: TribeRelation, settings: ContactMapping) -> str:
    country = relation_country(relation, settings)
    if not country.is_valid:
        raise Held(HoldReason.INVOICE_INVALID, Detail(DetailCode.COUNTRY_UNKNOWN))
    return country.written


def _complete_address(relation: TribeRelation, country: str, settings: ContactMapping) -> AddressLines:
    """Return the billing address, or no lines at all when first line, postcode or city is missing."""
    billing = billing_address(relation, fallback=settings.address_fallback)
    lines = format_address(replace(billing.address, country=country)) if billing else AddressLines()
    return lines if lines.line_1 and lines.postcode and lines.city else AddressLines()


def _if_valid(value: Converted) -> str | None:
    return value.written if value.is_valid else None
