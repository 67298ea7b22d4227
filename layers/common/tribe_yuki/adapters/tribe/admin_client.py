"""What only the operator's commands ask of Tribe."""

from datetime import UTC, datetime

from tribe_yuki.adapters.tribe import relation_rows
from tribe_yuki.adapters.tribe.answers import NotKnown
from tribe_yuki.adapters.tribe.client import TribeClient
from tribe_yuki.adapters.tribe.invoice_rows import INVOICES
from tribe_yuki.adapters.tribe.odata import text_literal
from tribe_yuki.adapters.tribe.values import code, instant, link, record_id

_CUSTOMERS = ((relation_rows.ORGANISATION_CUSTOMERS, "Organization"), (relation_rows.PERSON_CUSTOMERS, "Person"))
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class TribeAdminClient(TribeClient):
    """A client that can also look at the newest records."""

    def newest_debtor_numbers(self, count: int) -> list[str | None]:
        """Return the debtor numbers of the newest customers, newest first; None where there is none (two calls)."""
        found = []
        for entity_set, owner in _CUSTOMERS:
            expand = f"{owner}($select=ID,DebtorNumber)"
            options: dict[str, str | int] = {"orderby": "CreationDate desc", "expand": expand, "top": count}
            page, _ = self._odata.page(entity_set, options)
            for row in page:
                number = code(link(row, owner) or {}, "DebtorNumber")
                found.append((instant(row, "CreationDate") or _LONG_AGO, number))
        found.sort(key=lambda dated: dated[0], reverse=True)
        return [number for _, number in found[:count]]

    def newest_sent_invoices(self, count: int) -> list[str]:
        """Return the ids of invoices in a phase other than Draft, last changed first (one call).

        Raises Held(tribe_consent_needed) while Tribe's invoicing module is off.
        """
        options: dict[str, str | int] = {
            "filter": f"Phase/Code ne {text_literal(self._options.draft_phase)}",
            "orderby": "LastMutationDate desc,ID",
            "select": "ID,LastMutationDate",
            "top": count,
        }
        try:
            page, _ = self._odata.page(INVOICES, options)
        except NotKnown:
            self.sent_invoices(modified_since=datetime.now(UTC))  # tells whether the module is off
            raise
        return [record_id(row) for row in page]
