"""Read invoices of Tribe whole, find them, and write single fields of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from tribe_yuki.adapters.tribe import invoice_rows
from tribe_yuki.adapters.tribe.answers import NotKnown, Refused
from tribe_yuki.adapters.tribe.changes import changed_since
from tribe_yuki.adapters.tribe.odata import NEXT_LINK, id_literal, text_literal
from tribe_yuki.adapters.tribe.relations import TribeRelations, any_of, groups
from tribe_yuki.adapters.tribe.values import Record, link, links, record_id, text
from tribe_yuki.core.details import Detail, DetailCode
from tribe_yuki.core.errors import Gone, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.details import field_fixed
from tribe_yuki.invoices.model import InvoiceHead, TribeAttachment, TribeInvoice
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe

_IDS = {"select": "ID,LastMutationDate"}
_HEADS = {"expand": invoice_rows.EXPAND_HEAD}
# An invoice may have been sent before the day that it is dated at.
_DATED_AHEAD = timedelta(days=31)


class TribeInvoices(TribeRelations):
    """Read invoices, find them, write single fields of them.

    While Tribe's invoicing module is off, every call raises Held(tribe_consent_needed).
    """

    def read_invoices(self, tribe_invoice_ids: Sequence[str]) -> list[TribeInvoice]:
        """Return invoices whole, in the order asked for; those gone are left out (four calls per 20)."""
        ids = list(dict.fromkeys(tribe_id.lower() for tribe_id in tribe_invoice_ids))
        records = {record_id(record): record for group in groups(ids) for record in self._invoice_records(group)}
        debtors = self._debtors(self._role_types(records.values()))
        return [
            invoice_rows.invoice(record, debtors.get(_role_id(record)), self._attachments(record), self._options)
            for tribe_id in ids
            if (record := records.get(tribe_id)) is not None
        ]

    def sent_invoices(self, *, modified_since: datetime) -> list[str]:
        """Return the ids of invoices in a phase other than Draft that were changed since an instant."""
        try:
            return list(dict.fromkeys(record_id(row) for row in self._changed_since(modified_since, _IDS)))
        except NotKnown:
            self._require_module()
            raise

    def invoice_heads(self, *, modified_since: datetime) -> list[InvoiceHead]:
        """Return number and date of invoices in a phase other than Draft that were changed since an instant."""
        try:
            rows = list(self._changed_since(modified_since, _HEADS))
        except NotKnown:
            self._require_module()
            raise
        return [invoice_rows.head(row, self._options) for row in {record_id(row): row for row in rows}.values()]

    def invoices_dated(self, first: date, last: date) -> list[InvoiceInTribe]:
        """Return the invoices in a phase other than Draft that are dated from a day to another (one call per 100)."""
        found = self._dated(
            first, last, {"expand": invoice_rows.EXPAND_DATED}, lambda row: invoice_rows.dated(row, self._options)
        )
        return [
            invoice for invoice in found if invoice.invoice_date is not None and first <= invoice.invoice_date <= last
        ]

    def invoice_heads_dated(self, first: date, last: date) -> list[InvoiceHead]:
        """Return number and date of the invoices that `invoices_dated` returns (one call per 100)."""
        heads = self._dated(first, last, _HEADS, lambda row: invoice_rows.head(row, self._options))
        return [head for head in heads if head.invoice_date is not None and first <= head.invoice_date <= last]

    def invoices_with_numbers(self, numbers: Sequence[str]) -> list[InvoiceHead]:
        """Return number and date of the invoices, drafts too, with these numbers (one call per 20)."""
        found = []
        for group in groups(numbers):
            wanted = " or ".join(f"Number eq {text_literal(number)}" for number in group)
            found += [invoice_rows.head(record, self._options) for record in self._rows({"filter": wanted, **_HEADS})]
        return [head for head in found if head.number in set(numbers)]

    def invoice_of_line(self, tribe_line_id: str) -> str | None:
        """Return the id of the invoice that a product line belongs to; None when there is none or Tribe is silent.

        The name of the link is not documented (tribe-api 6.2), hence several ways.
        """
        is_told = False
        for name in self._options.line_invoice_links:
            try:
                line = self._odata.single(invoice_rows.LINES, tribe_line_id, expand=f"{name}($select=ID)")
            except NotKnown:
                continue
            if line is None:
                self._require_module()
                return None
            is_told = is_told or name in line
            parent = link(line, name)
            if parent and text(parent, "_Type") in {None, invoice_rows.INVOICE_TYPE}:
                return record_id(parent)
        return None if is_told else self._find_by_line(tribe_line_id)

    def read_document(self, tribe_attachment_id: str, *, largest: int) -> bytes | None:
        """Return the bytes of an attachment; None when it is larger than `largest` bytes or gone."""
        return self._odata.file(invoice_rows.ATTACHMENTS, tribe_attachment_id, "File", largest=largest)

    def write_invoice_field(self, tribe_invoice_id: str, field: str, value: str) -> None:
        """Write one field of an invoice. Raises Gone, or Held(invoice_invalid) for a frozen field."""
        try:
            self._odata.update(invoice_rows.INVOICES, tribe_invoice_id, {field: value})
        except Gone:
            self._require_module()
            raise
        except Refused:
            self._require_module()
            raise Held(HoldReason.INVOICE_INVALID, field_fixed(field)) from None

    def _invoice_records(self, ids: Sequence[str]) -> list[Record]:
        return self._rows({"filter": any_of("ID", ids), "expand": invoice_rows.EXPAND_INVOICE})

    def _role_types(self, records: Iterable[Record]) -> dict[str, str]:
        """Return the type of each relationship that an invoice is for, by its id."""
        roles = {record_id(role): role for record in records if (role := link(record, "Relationship"))}
        types = {tribe_role_id: text(role, "_Type") for tribe_role_id, role in roles.items()}
        for tribe_role_id in [role_id for role_id, role_type in types.items() if role_type is None]:
            types[tribe_role_id] = self.resolve(tribe_role_id)
        return {tribe_role_id: role_type for tribe_role_id, role_type in types.items() if role_type}

    def _attachments(self, record: Record) -> list[TribeAttachment]:
        rows = links(record, "Attachments")
        is_whole = rows and f"Attachments{NEXT_LINK}" not in record
        if not is_whole and invoice_rows.phase_code(record) != self._options.draft_phase:
            rows = self._linked_attachments(record_id(record))
        return [file for row in rows if (file := invoice_rows.attachment(row))]

    def _linked_attachments(self, tribe_invoice_id: str) -> list[Record]:
        """Return attachments by their own link to the invoice: it is not known where the PDF hangs (tribe-api 6.4)."""
        options = {
            "filter": f"Invoice/ID eq {id_literal(tribe_invoice_id)}",
            "expand": "File",
            "orderby": "CreationDate desc",
        }
        try:
            return list(self._odata.rows(invoice_rows.ATTACHMENTS, options))
        except NotKnown:
            return []

    def _find_by_line(self, tribe_line_id: str) -> str | None:
        condition = f"ProductLines/any(line:line/ID eq {id_literal(tribe_line_id)})"
        try:
            page, _ = self._odata.page(invoice_rows.INVOICES, {"filter": condition, "select": "ID", "top": 1})
        except NotKnown:
            self._require_module()
            return None
        return record_id(page[0]) if page else None

    def _changed_since(self, since: datetime, options: Mapping[str, str]) -> Iterator[Record]:
        draft = text_literal(self._options.draft_phase)
        return changed_since(
            self._odata,
            invoice_rows.INVOICES,
            since,
            options,
            condition=f"Phase/Code ne {draft}",
        )

    def _dated[Read](
        self, first: date, last: date, options: Mapping[str, str], read: Callable[[Record], Read]
    ) -> list[Read]:
        """Return at least the invoices of a period.

        The date may be an instant, which is another day in UTC. How its field is called, and how it wants to be
        compared, is not documented (tribe-api 6.1), hence several ways; the last asks for what was changed since.
        """
        early, late = first - timedelta(days=1), last + timedelta(days=1)
        draft = text_literal(self._options.draft_phase)
        for name in self._options.invoice_date_names:
            for suffix in ("", "T00:00:00Z"):
                days = f"{name} ge {early.isoformat()}{suffix} and {name} le {late.isoformat()}{suffix}"
                wanted = {"filter": f"Phase/Code ne {draft} and {days}", "orderby": "CreationDate,ID"}
                try:
                    return [read(row) for row in self._odata.rows(invoice_rows.INVOICES, {**wanted, **options})]
                except NotKnown:
                    continue
        since = datetime(first.year, first.month, first.day, tzinfo=UTC) - _DATED_AHEAD
        try:
            return list({record_id(row): read(row) for row in self._changed_since(since, options)}.values())
        except NotKnown:
            self._require_module()
            raise

    def _rows(self, options: Mapping[str, str | int]) -> list[Record]:
        try:
            return list(self._odata.rows(invoice_rows.INVOICES, options))
        except NotKnown:
            self._require_module()
            raise

    def _require_module(self) -> None:
        """Raise Held when invoices are not known at all: Tribe says it with 404 or 400 (tribe-api 3.5)."""
        try:
            self._odata.page(invoice_rows.INVOICES, {"select": "ID", "top": 1})
        except NotKnown:
            raise Held(HoldReason.TRIBE_CONSENT_NEEDED, Detail(DetailCode.MODULE_OFF)) from None


def _role_id(record: Record) -> str:
    role = link(record, "Relationship")
    return record_id(role) if role else ""
