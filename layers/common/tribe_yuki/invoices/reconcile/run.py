"""Read and compare Tribe's invoices, our transfers and Yuki's books, and do what follows (design 6.2, 6.3, 9).

Nothing is sent and nothing is deleted. Repaired is only what is certain; what is not is reported on the booked transfer
for the bookkeeper, once, and taken back when the difference is gone.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import chain

from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.errors import Conflict
from tribe_yuki.core.journal import JournalEntry, JournalKind
from tribe_yuki.invoices.model import InvoiceHead
from tribe_yuki.invoices.outside import Tribe, Yuki
from tribe_yuki.invoices.reasons import ReportReason
from tribe_yuki.invoices.reconcile.books import YukiBooks
from tribe_yuki.invoices.reconcile.compare import Compared, Comparison, Repair, Scope, compare_invoices
from tribe_yuki.invoices.reconcile.findings import (
    EURO,
    Ending,
    Finding,
    FindingCode,
    Reconciliation,
    Standing,
    Tally,
    Unchecked,
    YukiRoundingSeen,
)
from tribe_yuki.invoices.reconcile.invoice_in_tribe import InvoiceInTribe, invoice_in_tribe
from tribe_yuki.invoices.reconcile.number_gaps import doubled_numbers, gap_findings, missing_numbers
from tribe_yuki.invoices.reconcile.seen import with_seen
from tribe_yuki.invoices.store import InvoiceStores
from tribe_yuki.invoices.transfer import State, Transfer, missed_transfer
from tribe_yuki.invoices.verify import ARCHIVE_MARGIN

TRANSFERS_PER_PAGE = 500
READ_AT_ONCE = 20
_EDITED = frozenset({FindingCode.EDITED_AFTER_SENT, FindingCode.NOT_IN_TRIBE})


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Compares one connection's invoices; while it does not `repairs`, it changes nothing at all."""

    stores: InvoiceStores
    settings: ConnectionSettings
    tribe: Tribe
    yuki: Yuki
    now: Callable[[], datetime]
    repairs: bool = True
    _contacts: dict[str, str | None] = field(default_factory=dict)
    _relations: dict[str, str | None] = field(default_factory=dict)

    def reconcile_invoices(self, first: date, last: date) -> Reconciliation:
        """Compare the invoices dated in a period; those before the start date are nobody's concern.

        Calls to Yuki: one for the outstanding items, one for each 500 documents of the archive that changed since the
        period began, and one or two to be sure of the domain. Measured with the seed data: three, and six a night.
        """
        now, first = self.now(), max(first, self.settings.start_date)
        if first > last:
            return Reconciliation(first, last, now)
        invoices = self.tribe.invoices_dated(first, last)
        in_tribe = {invoice.tribe_invoice_id for invoice in invoices}
        references: set[str] = set()
        transfers = list(self._transfers(first, last, in_tribe, references))
        booked = [transfer for transfer in transfers if transfer.state is State.BOOKED]
        left = [transfer.tribe_invoice_id for transfer in booked if transfer.tribe_invoice_id not in in_tribe]
        invoices += self._read(left)
        scope = Scope(first, last, now, self.settings.standing_of, self._contact_of, references)
        books = self._books(first, transfers)
        comparison = compare_invoices(self._with_relations(invoices, booked), transfers, books, scope)
        return self._conclude(comparison, first, last)

    def check_numbers(self, first: date, last: date) -> Reconciliation:
        """Look for numbers that are missing or double in Tribe's series: of invoices dated in a period."""
        now, first = self.now(), max(first, self.settings.start_date)
        if first > last:
            return Reconciliation(first, last, now)
        heads = [head for head in self.tribe.invoice_heads_dated(first, last) if head.number]
        findings = (*doubled_numbers(heads), *self._gaps(heads))
        return Reconciliation(
            first, last, now, number_faults=len(findings), found=len(findings), findings=tuple(findings)
        )

    # What is compared

    def _transfers(self, first: date, last: date, in_tribe: set[str], references: set[str]) -> Iterator[Transfer]:
        """Yield the transfers of the period or of some invoices, and add all numbers to `references`."""
        after = ""
        while True:
            page = self.stores.transfers.page(after=after, limit=TRANSFERS_PER_PAGE)
            for transfer in page:
                if transfer.reference:
                    references.add(transfer.reference)
                day = transfer.invoice_date
                if transfer.tribe_invoice_id in in_tribe or (day is not None and first <= day <= last):
                    yield transfer
            if len(page) < TRANSFERS_PER_PAGE:
                return
            after = page[-1].tribe_invoice_id

    def _read(self, tribe_invoice_ids: Sequence[str]) -> list[InvoiceInTribe]:
        """Return invoices that Tribe does not date in the period, or shows as drafts; those gone are left out."""
        return [
            invoice_in_tribe(invoice, self.settings.totals)
            for start in range(0, len(tribe_invoice_ids), READ_AT_ONCE)
            for invoice in self.tribe.read_invoices(tribe_invoice_ids[start : start + READ_AT_ONCE])
        ]

    def _books(self, first: date, transfers: Sequence[Transfer]) -> YukiBooks:
        """Read Yuki's books since the period began, or since its first invoice was sent."""
        began = [datetime(first.year, first.month, first.day, tzinfo=UTC)]
        since = min([*began, *(transfer.sent_at for transfer in transfers if transfer.sent_at)]) - ARCHIVE_MARGIN
        items = self.yuki.outstanding_debtor_items()
        documents = list(self.yuki.all_sales_documents(modified_since=since))
        return YukiBooks.of(items, documents, is_ours_alone=self.settings.administrations_in_domain == 1)

    def _with_relations(self, invoices: Sequence[InvoiceInTribe], booked: Sequence[Transfer]) -> list[InvoiceInTribe]:
        """Return the invoices with the relations behind the roles of the booked invoices."""
        known = {transfer.tribe_invoice_id: transfer.tribe_relation_id for transfer in booked}
        return [
            replace(invoice, tribe_relation_id=self._relation_of(invoice.tribe_role_id, expected))
            if invoice.tribe_role_id and (expected := known.get(invoice.tribe_invoice_id))
            else invoice
            for invoice in invoices
        ]

    def _relation_of(self, tribe_role_id: str, expected: str) -> str | None:
        """Return the relation behind a role; Tribe is asked only when the tables do not say the expected relation."""
        if tribe_role_id not in self._relations:
            relation = self.stores.links.relation_of_record(tribe_role_id)
            if relation != expected:
                role_type = self.tribe.resolve(tribe_role_id)
                relation = self.tribe.relation_of(tribe_role_id, role_type) if role_type else None
            self._relations[tribe_role_id] = relation
        return self._relations[tribe_role_id]

    def _contact_of(self, tribe_relation_id: str) -> str | None:
        if tribe_relation_id not in self._contacts:
            link = self.stores.links.get(tribe_relation_id)
            self._contacts[tribe_relation_id] = link.yuki_contact_id if link else None
        return self._contacts[tribe_relation_id]

    # What follows from it

    def _conclude(self, comparison: Comparison, first: date, last: date) -> Reconciliation:
        """Repair and report what was found, and sum it up."""
        compared = comparison.compared if self.repairs else tuple(map(_unrepaired, comparison.compared))
        pushed = [outcome.invoice.tribe_invoice_id for outcome in compared if outcome.invoice and self._repair(outcome)]
        if pushed:
            self.stores.queues.enqueue_invoices(pushed, self.now())
        endings: dict[Ending, Tally] = defaultdict(Tally)
        for outcome in compared:
            endings[outcome.ending] = endings[outcome.ending].add(outcome.amount, outcome.currency)
            if self.repairs and outcome.transfer is not None and outcome.transfer.state is State.BOOKED:
                self._report(outcome, outcome.transfer)
        rounding, yuki_rounding = summed_rounding(compared)
        findings = tuple(finding for outcome in compared for finding in outcome.findings)
        unchecked: Counter[Unchecked] = Counter(
            outcome.unchecked for outcome in compared if outcome.ending is Ending.UNCHECKED and outcome.unchecked
        )
        return Reconciliation(
            first=first,
            last=last,
            checked_at=self.now(),
            endings=dict(endings),
            typed_in_yuki=comparison.typed_in_yuki,
            unchecked=dict(unchecked),
            rounding=rounding,
            yuki_rounding=yuki_rounding,
            found=len(findings),
            findings=findings,
        )

    def _repair(self, outcome: Compared) -> bool:
        """Do what is certain; tell whether the invoice is to be pushed."""
        now, transfer = self.now(), outcome.transfer
        match outcome.repair:
            case Repair.BEGIN if outcome.invoice is not None:
                missed = missed_transfer(self.stores.connection_id, outcome.invoice.tribe_invoice_id, now)
                return self._save(missed, JournalEntry(JournalKind.EVENT, "webhook_missed"))
            case Repair.VERIFY if transfer is not None:
                entry = JournalEntry(JournalKind.DECISION, "released", {"why": "seen_in_yuki"})
                return self._save(replace(transfer, due_at=now), entry)
            case Repair.LOOK_AGAIN:
                return True
            case _:
                return False

    def _report(self, outcome: Compared, transfer: Transfer) -> None:
        """Store what differs on a booked transfer, once; take it back when it is gone; remember its document."""
        if outcome.ending is Ending.OPEN:
            is_edited = any(each.code in _EDITED for each in outcome.findings)
            reason = ReportReason.EDITED_AFTER_SENT if is_edited else ReportReason.BOOKED_DIFFERENTLY
            details = tuple(chain.from_iterable(each.details for each in outcome.findings))
            if (transfer.reason, transfer.details) != (reason, details):
                self._save(replace(transfer, reason=reason, details=details), *_report_entries(outcome.findings))
        elif transfer.reason is not None and (
            outcome.unchecked is None or transfer.reason == ReportReason.EDITED_AFTER_SENT
        ):
            settled = replace(transfer, reason=None, details=())
            entry = JournalEntry(JournalKind.REPORT, "difference_settled", {"difference": transfer.details})
            self._save(with_seen(settled, outcome.seen) if outcome.seen else settled, entry)
        elif outcome.yuki_document_id not in (None, transfer.yuki_document_id):
            self._save(replace(transfer, yuki_document_id=outcome.yuki_document_id))

    def _save(self, transfer: Transfer, *entries: JournalEntry) -> bool:
        """Store a transfer, unless another worker changed it, which then knows better; tell whether it was stored."""
        try:
            self.stores.transfers.save(transfer, entries, self.now())
        except Conflict:
            return False
        return True

    # Numbers

    def _gaps(self, heads: Sequence[InvoiceHead]) -> Iterator[Finding]:
        """Yield the gaps: numbers that Tribe has at no date. A number that we booked is told of as gone in Tribe."""
        missing = list(missing_numbers(head.number for head in heads if head.number))
        if missing:
            known = {head.number for head in self.tribe.invoices_with_numbers(missing)} | self._booked_numbers()
            yield from gap_findings(number for number in missing if number not in known)

    def _booked_numbers(self) -> set[str]:
        return {
            transfer.reference
            for transfer in self._transfers(date.min, date.max, set(), set())
            if transfer.reference and transfer.state is State.BOOKED
        }


def summed_rounding(compared: Sequence[Compared]) -> tuple[dict[str, Tally], YukiRoundingSeen]:
    """Return the lines of cents of the booked invoices by month, and how Yuki was seen to round."""
    by_month: dict[str, Tally] = defaultdict(Tally)
    seen = YukiRoundingSeen()
    for outcome in compared:
        transfer = outcome.transfer
        if transfer is None or transfer.state is not State.BOOKED or transfer.invoice_date is None:
            continue
        if transfer.rounding:
            month = f"{transfer.invoice_date:%Y-%m}"
            by_month[month] = by_month[month].add(transfer.rounding, transfer.currency)
        if outcome.booked_total is not None and transfer.currency in (None, EURO) and transfer.sends:
            seen = seen.add(transfer.total_incl, transfer.totals_by_rounding, outcome.booked_total)
    return dict(by_month), seen


def _unrepaired(outcome: Compared) -> Compared:
    """Return what came of an invoice when nothing may be repaired: it waits."""
    if outcome.repair is None:
        return outcome
    findings = tuple(replace(finding, standing=Standing.EXPLAINED) for finding in outcome.findings)
    return replace(outcome, repair=None, ending=Ending.EXPLAINED, findings=findings)


def _report_entries(findings: Sequence[Finding]) -> Iterator[JournalEntry]:
    edited = tuple(chain.from_iterable(finding.details for finding in findings if finding.code in _EDITED))
    in_yuki = tuple(chain.from_iterable(finding.details for finding in findings if finding.code not in _EDITED))
    if edited:
        yield JournalEntry(JournalKind.REPORT, "edited_after_sent", {"changed": edited})
    if in_yuki:
        yield JournalEntry(JournalKind.REPORT, "booked_differently", {"difference": in_yuki})
