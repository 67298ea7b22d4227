"""What a Tribe environment is and offers, for connecting and for `doctor` (tribe-api 2.3, 6.3, 6.6)."""

from dataclasses import dataclass, replace

from tribe_yuki.adapters.tribe.answers import NotKnown
from tribe_yuki.adapters.tribe.invoice_rows import vat_group
from tribe_yuki.adapters.tribe.odata import TribeApi
from tribe_yuki.adapters.tribe.relation_rows import country_code
from tribe_yuki.adapters.tribe.values import Record, code, link, record_id, text
from tribe_yuki.core.errors import Defect
from tribe_yuki.invoices.model import TribeVatGroup

_VAT_GROUPS = "Datastore_VatGroup"
_IDENTITY = "Relationship_Organization_Identity"


@dataclass(frozen=True, slots=True)
class OwnOrganisation:
    """The company itself: the parent of every customer and supplier relationship."""

    tribe_relation_id: str
    name: str


@dataclass(frozen=True, slots=True)
class TribeEmployee:
    """Whom the application works as: its virtual user."""

    tribe_employee_id: str
    name: str


@dataclass(frozen=True, slots=True)
class TribePhase:
    """A phase of invoices; only the code is the same in every language."""

    code: str
    name: str


class TribeEnvironment(TribeApi):
    """Read what belongs to the environment as a whole."""

    def own_organisation(self) -> OwnOrganisation:
        """Return the company itself. Raises Defect unless there is exactly one."""
        rows = self._odata.rows(_IDENTITY, {"expand": "Relation($select=ID)", "select": "ID,Name"})
        found = [(row, relation) for row in rows if (relation := link(row, "Relation"))]
        if len(found) != 1:
            raise Defect("tribe_identity_unclear", f"Tribe shows {len(found)} organisations as our own, not one")
        row, relation = found[0]
        return OwnOrganisation(record_id(relation), code(row, "Name") or "")

    def current_employee(self) -> TribeEmployee:
        """Return the virtual user of the application."""
        record = self._odata.function("GetCurrentEmployee", expand="Person")
        return TribeEmployee(record_id(record), text(record, "_Name") or "")

    def phases(self) -> list[TribePhase]:
        """Return the phases of invoices; tenants may have added some."""
        rows = self._odata.rows("Datastore_Phase_ActivityInvoice", {})
        return [TribePhase(code(row, "Code") or "", code(row, "Name") or "") for row in rows]

    def vat_groups(self) -> list[TribeVatGroup]:
        """Return the VAT groups, with the country of each where Tribe tells it."""
        found = [(row, vat_group(row)) for row in self._vat_group_rows()]
        return [replace(group, country=country_code(link(row, "Country"))) for row, group in found if group]

    def _vat_group_rows(self) -> list[Record]:
        """Return the records of all groups, without their countries where Tribe knows no link to one."""
        try:
            return list(self._odata.rows(_VAT_GROUPS, {"expand": "Country"}))
        except NotKnown:
            return list(self._odata.rows(_VAT_GROUPS, {}))
