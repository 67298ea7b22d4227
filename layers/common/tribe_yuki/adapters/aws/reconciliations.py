"""The last reconciliation of each connection, in the connections table: numbers, dates, amounts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.invoices.reconcile.findings import Reconciliation

_REPORT = TypeAdapter(Reconciliation)
_PART = "reconciliation#"
_PARTS_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reconciliations:
    """Stores the report of the last night, and the parts of one that is under way."""

    db: DynamoDb
    table: str

    def last(self, connection_id: str) -> Reconciliation | None:
        """Return the report of the last night that was finished, or None before the first one."""
        item = self.db.get(self.table, {"owner": connection_id, "item": "reconciliation"})
        return _REPORT.validate_json(item["report"]) if item else None

    def store(self, connection_id: str, report: Reconciliation) -> None:
        """Keep a report in place of the one before."""
        item = {"owner": connection_id, "item": "reconciliation", "report": _REPORT.dump_json(report).decode()}
        self.db.put(self.table, item)

    def keep_part(self, connection_id: str, run: str, name: str, part: Reconciliation, now: datetime) -> None:
        """Keep a part of a run, for a week; a part that is done again replaces itself."""
        self.db.put(
            self.table,
            {
                "owner": connection_id,
                "item": f"{_PART}{run}#{name}",
                "report": _REPORT.dump_json(part).decode(),
                "expires_at": int((now + _PARTS_KEPT).timestamp()),
            },
        )

    def parts(self, connection_id: str, run: str) -> list[Reconciliation]:
        """Return the parts of a run."""
        items = self.db.query(
            self.table,
            "#owner = :owner AND begins_with(#item, :prefix)",
            {":owner": connection_id, ":prefix": f"{_PART}{run}#"},
            names={"#owner": "owner", "#item": "item"},
        )
        return [_REPORT.validate_json(item["report"]) for item in items]
