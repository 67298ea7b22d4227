"""The last reconciliation of each connection, in the connections table: numbers, dates, amounts."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.adapters.aws.stored_details import with_read_details, with_stored_details
from tribe_yuki.invoices.reconcile.findings import Reconciliation
from tribe_yuki.invoices.store import ReconciliationStore

_REPORT = TypeAdapter(Reconciliation)
_PARTS_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reconciliations(ConnectionItems, ReconciliationStore):
    """The reconciliations of one connection."""

    @override
    def last(self) -> Reconciliation | None:
        item = self._get(keys.RECONCILIATION)
        return _report(item["report"]) if item else None

    @override
    def save(self, report: Reconciliation) -> None:
        self._put(keys.RECONCILIATION, {"report": _text(report)})

    @override
    def save_part(self, run: str, name: str, part: Reconciliation, now: datetime) -> None:
        expires_at = int((now + _PARTS_KEPT).timestamp())
        self._put(f"{keys.RECONCILIATION_PART}{run}#{name}", {"report": _text(part), "expires_at": expires_at})

    @override
    def parts(self, run: str) -> list[Reconciliation]:
        items = self._starting_with(f"{keys.RECONCILIATION_PART}{run}#")
        return [_report(item["report"]) for item in items]


def _text(report: Reconciliation) -> str:
    return json.dumps(with_stored_details(_REPORT.dump_python(report, mode="json")), separators=(",", ":"))


def _report(text: str) -> Reconciliation:
    return _REPORT.validate_python(with_read_details(json.loads(text)))
