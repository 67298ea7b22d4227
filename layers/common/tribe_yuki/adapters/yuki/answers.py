"""Results of reading operations as domain types, found by local name whatever the namespace (yuki-api 4.8).

An empty answer must say so by its empty container: a result without the container is UnreadableAnswer, never "no
rows". Whether an invoice is sent again may depend on it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from tribe_yuki.adapters.yuki import values
from tribe_yuki.adapters.yuki.markup import (
    Element,
    UnreadableAnswer,
    child_named,
    elements,
    local_name,
    parse_untrusted,
    text_of,
)
from tribe_yuki.adapters.yuki.records import YukiAdministration, YukiDomain
from tribe_yuki.adapters.yuki.values import UnknownNotation
from tribe_yuki.connections.administration import GlAccount, VatCode
from tribe_yuki.contacts.model import AddressLines, ContactKind, YukiContact
from tribe_yuki.core.details import Detail, field_missing, notation_unknown
from tribe_yuki.core.outside_text import LONGEST_CODE, LONGEST_TEXT, on_one_line, visible
from tribe_yuki.invoices.model import OutstandingItem, SalesDocument

Result = Element | None

# A document that was written as text may still say UTF-16, as .NET's writer of strings does.
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer. Fields are found whatever their capitals: Yuki writes EMailWork and EmailWork."""

    element: Element
    fields: Mapping[str, str]

    @classmethod
    def of(cls, element: Element) -> Self:
        """Read the fields of an element; of several with one name the first counts."""
        fields: dict[str, str] = {}
        for child in elements(element):
            fields.setdefault(local_name(child).lower(), text_of(child))
        return cls(element, fields)

    def text(self, *names: str, longest: int = LONGEST_TEXT) -> str | None:
        """Return the first of these fields that has text: on one line, without invisible characters."""
        found = (on_one_line(self.fields.get(name.lower(), ""), longest) for name in names)
        return next(filter(None, found), None)

    def code(self, *names: str) -> str | None:
        """Return the first of these identifying fields that has text."""
        return self.text(*names, longest=LONGEST_CODE)

    def exact(self, name: str) -> str:
        """Return a text that goes back to Yuki, blanks and all; empty when there is none."""
        return visible(self.fields.get(name.lower(), "")).strip()

    def identity(self) -> str:
        """Return the row's ID in lower case; raise UnknownNotation if it has none."""
        return self.need(_bare(self.element.get("ID") or "") or None, "ID")

    def guid(self, *names: str) -> str | None:
        """Return another record's id in lower case."""
        text = self.text(*names)
        return _bare(text) if text else None

    def read[Value](self, convert: Callable[[str, str], Value | None], name: str) -> Value | None:
        """Return a field as a value; None when it is missing or empty."""
        return convert(self.text(name) or "", name)

    def read_or_none[Value](self, convert: Callable[[str, str], Value | None], name: str) -> Value | None:
        """Return a field as a value; None as well when it cannot be read: nothing depends on it being there."""
        try:
            return self.read(convert, name)
        except UnknownNotation:
            return None

    def need[Value](self, value: Value | None, name: str) -> Value:
        """Return a value that cannot be missing; raise UnknownNotation when it is."""
        if value is None:
            raise UnknownNotation(name)
        return value


def _bare(guid: str) -> str:
    """Return a GUID in lower case, without the braces that .NET may write around it."""
    return guid.strip(" \t\r\n{}").lower()


def rows(result: Result, row: str, *containers: str) -> Iterator[Row]:
    """Yield the rows of a result, which may hold its container as XML or as text (yuki-api 1.2).

    Without `containers` the rows stand in the result itself. Raises UnreadableAnswer.
    """
    container = _container(result, containers) if containers else result
    if container is None:
        raise UnreadableAnswer("the answer lacks its list")
    children = list(elements(container))
    found = [Row.of(child) for child in children if local_name(child) == row]
    if children and not found:
        raise UnreadableAnswer("the answer's list holds something else")
    yield from found


def _container(result: Result, names: tuple[str, ...]) -> Result:
    inner = inner_element(result)
    return inner if inner is not None and local_name(inner) in names else None


def inner_element(result: Result) -> Result:
    """Return the XML inside a result, be it nested or written as text."""
    if result is None:
        return None
    nested = next(elements(result), None)
    text = "" if nested is not None else text_of(result)
    return parse_untrusted(_DECLARATION.sub("", text).encode()) if text.startswith("<") else nested


def to_text(result: Result) -> str:
    """Return a result that is a text; raise UnreadableAnswer when there is none."""
    text = text_of(result)
    if not text:
        raise UnreadableAnswer("the answer is empty")
    return text


def to_domains(result: Result) -> list[YukiDomain]:
    """Read the answer of Domains and GetCurrentDomain."""
    return [
        YukiDomain(row.identity(), row.code("Name") or "", row.text("URL")) for row in rows(result, "Domain", "Domains")
    ]


def to_administrations(result: Result) -> list[YukiAdministration]:
    """Read the answer of Administrations."""
    return [
        YukiAdministration(
            administration_id=row.identity(),
            name=row.code("Name") or "",
            domain_id=row.guid("DomainID") or "",
            country=_country(row.text("Country")),
            coc_number=row.text("CoCNumber"),
            vat_number=row.text("VATNumber"),
            start_date=row.read_or_none(values.to_day, "StartDate"),
            is_active=row.read(values.to_bool, "Active") is not False,
        )
        for row in rows(result, "Administration", "Administrations")
    ]


def to_contacts(result: Result) -> list[YukiContact]:
    """Read the answer of SearchContacts and GetSuppliersAndCustomers (yuki-api 3.1, 3.2)."""
    return [_contact(row) for row in rows(result, "Contact", "Contacts")]


def _contact(row: Row) -> YukiContact:
    """Read one contact; an unreadable value is the flaw of this contact alone."""
    flaws: list[Detail] = []

    def read[Value](convert: Callable[[str, str], Value | None], name: str) -> Value | None:
        try:
            return row.read(convert, name)
        except UnknownNotation:
            flaws.append(notation_unknown(name))
            return None

    contact_id = (row.element.get("ID") or "").strip().lower()
    if not contact_id:
        flaws.append(field_missing("ID"))
    is_person = (row.text("Type") or "").lower() == "person"
    country = _country(row.text("Country"))
    return YukiContact(
        yuki_contact_id=contact_id,
        kind=ContactKind.PERSON if is_person else ContactKind.ORGANISATION,
        name=row.text("Name") or "",
        code=row.code("Code"),
        hid=read(values.to_int, "HID"),
        first_name=row.text("FirstName"),
        middle_name=row.text("MiddleName"),
        last_name=row.text("LastName"),
        address=_address(row, "", country),
        mail_address=_address(row, "Mail", country),
        email_work=row.text("EMailWork"),
        email_home=row.text("EMailHome"),
        phone_work=row.text("PhoneWork"),
        phone_home=row.text("PhoneHome"),
        mobile_work=row.text("MobileWork"),
        mobile_home=row.text("MobileHome"),
        website=row.text("Website"),
        vat_number=row.text("VATNumber"),
        coc_number=row.text("CoCNumber"),
        is_customer=read(values.to_bool, "IsCustomer"),
        is_supplier=read(values.to_bool, "IsSupplier"),
        created_at=read(values.to_instant, "Created"),
        modified_at=read(values.to_instant, "Modified"),
        flaws=tuple(flaws),
    )


def _address(row: Row, prefix: str, country: str | None) -> AddressLines | None:
    """Return an address; Yuki has one country for both, which alone makes a main address but no mail address."""
    line_1, line_2 = row.text(f"{prefix}AddressLine_1"), row.text(f"{prefix}AddressLine_2")
    postcode, city = row.text(f"{prefix}Postcode"), row.text(f"{prefix}City")
    if not any((line_1, line_2, postcode, city)) and (prefix or country is None):
        return None
    return AddressLines(line_1, line_2, postcode, city, country)


def _country(text: str | None) -> str | None:
    return text.upper() if text else None


def to_outstanding_items(result: Result) -> list[OutstandingItem]:
    """Read the answer of CheckOutstandingItemAdmin and OutstandingDebtorItems (yuki-api 5.2)."""
    return [_outstanding_item(row) for row in rows(result, "Item", "OutstandingItems", "OutstandingDebtorItems")]


def _outstanding_item(row: Row) -> OutstandingItem:
    item_type = child_named(row.element, "Type")
    type_id = ((item_type.get("ID") or "") if item_type is not None else "").strip()
    return OutstandingItem(
        reference=row.code("Reference") or "",
        date=row.read(values.to_day, "Date"),
        due_date=row.read(values.to_day, "DueDate"),
        open_amount=_amount(row, "OpenAmount"),
        original_amount=_amount(row, "OriginalAmount"),
        type_id=values.to_int(type_id, "Type"),
        yuki_contact_id=row.guid("ContactID"),
        contact_code=row.code("ContactCode"),
        yuki_document_id=row.text("DocumentID"),
    )


def _amount(row: Row, name: str) -> Decimal:
    return row.need(row.read(values.to_decimal, name), name)


def to_sales_documents(result: Result) -> list[SalesDocument]:
    """Read the answer of ModifiedDocumentsByType; a live domain also tells reference and contact (yuki-api 5.4)."""
    return [
        SalesDocument(
            yuki_document_id=row.identity(),
            reference=row.code("Reference"),
            date=row.read_or_none(values.to_day, "DocumentDate"),
            amount=row.read_or_none(values.to_decimal, "Amount"),
            yuki_contact_id=row.guid("ContactID", "Contact_ID"),
            subject=row.text("Subject"),
            modified_at=row.read_or_none(values.to_instant, "Modified"),
        )
        for row in rows(result, "Document", "Documents")
    ]


def to_vat_codes(result: Result) -> list[VatCode]:
    """Read the answer of ActiveVATCodesList (yuki-api 4.5); a code that cannot be read is none to choose."""
    return list(_readable(rows(result, "VATCode"), _vat_code))


def _vat_code(row: Row) -> VatCode:
    return VatCode(
        type=row.need(row.read(values.to_int, "type"), "type"),
        percentage=_amount(row, "percentage"),
        description=row.exact("description"),
        country=_country(row.text("country")),
        start_date=row.read(values.to_day, "startDate"),
        end_date=row.read(values.to_day, "endDate"),
    )


def to_gl_accounts(result: Result) -> list[GlAccount]:
    """Read the answer of GetGLAccountScheme; an account that cannot be read is none to choose."""
    return list(_readable(rows(result, "GlAccount"), _gl_account))


def _gl_account(row: Row) -> GlAccount:
    """Read one account; `descripton` is Yuki's own spelling (yuki-api 1.4)."""
    return GlAccount(
        code=row.need(row.code("code"), "code"),
        type=row.need(row.read(values.to_int, "type"), "type"),
        subtype=row.read(values.to_int, "subtype") or 0,
        is_enabled=row.read(values.to_bool, "isEnabled") is True,
        description=row.code("descripton", "description", "descriptionNL", "descriptionFR", "descriptionEN") or "",
    )


def _readable[Value](found: Iterable[Row], read: Callable[[Row], Value]) -> Iterator[Value]:
    for row in found:
        with suppress(UnknownNotation):
            yield read(row)
