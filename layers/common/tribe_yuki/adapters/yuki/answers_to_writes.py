"""What Yuki says of a write, judged (yuki-api 3.3, 4.8). Whatever is not said plainly is an unknown outcome."""

from collections.abc import Callable

from tribe_yuki.adapters.yuki import values
from tribe_yuki.adapters.yuki.answers import Result, Row, inner_element
from tribe_yuki.adapters.yuki.faults import WORDS_READ
from tribe_yuki.adapters.yuki.markup import UnreadableAnswer, elements, local_name, text_of
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.ids import GUID
from tribe_yuki.invoices.model import BatchAnswer, InvoiceAnswer


def batch_answer_of(administration_id: str) -> Callable[[Result], BatchAnswer]:
    """Return the reader of ProcessSalesInvoices' answer for one administration.

    It raises UnreadableAnswer when the answer is that of another administration, or does not say of each of its
    invoices whether it succeeded. Missing totals count as what the invoices add up to, TotalSkipped as none.
    """

    def read(result: Result) -> BatchAnswer:
        answer = inner_element(result)
        if answer is None or local_name(answer) != "SalesInvoicesImportResponse":
            raise UnreadableAnswer("the answer is not that of an import of invoices")
        totals = Row.of(answer)
        if (totals.guid("AdministrationId") or administration_id.lower()) != administration_id.lower():
            raise UnreadableAnswer("the answer is that of another administration")
        invoices = tuple(_invoice(Row.of(child)) for child in elements(answer) if local_name(child) == "Invoice")
        succeeded = sum(invoice.succeeded for invoice in invoices)
        return BatchAnswer(
            invoices=invoices,
            total_succeeded=_count(totals, "TotalSucceeded", succeeded),
            total_failed=_count(totals, "TotalFailed", len(invoices) - succeeded),
            total_skipped=_count(totals, "TotalSkipped", 0),
        )

    return read


def _invoice(row: Row) -> InvoiceAnswer:
    return InvoiceAnswer(
        reference=row.code("Reference") or "",
        succeeded=row.need(row.read(values.to_bool, "Succeeded"), "Succeeded"),
        processed=row.read(values.to_bool, "Processed") is True,
        message=row.text("Message", longest=WORDS_READ) or "",
    )


def _count(totals: Row, name: str, otherwise: int) -> int:
    count = totals.read(values.to_int, name)
    return otherwise if count is None else count


def contact_id_of(result: Result) -> str:
    """Read the answer of UpdateContact: the id stands inside a sentence, and nowhere else.

    Raises Held(refused_by_yuki) when it says Failed and nothing else; UnreadableAnswer when it says neither, or both.
    """
    answer = inner_element(result)
    said = list(elements(answer)) if answer is not None else []
    failed = [text_of(element) for element in said if local_name(element) == "Failed"]
    succeeded = " ".join(text_of(element) for element in said if local_name(element) == "Succeeded")
    found = GUID.search(succeeded)
    if failed and not succeeded:
        raise Held(HoldReason.REFUSED_BY_YUKI, words="; ".join(filter(None, failed))[:WORDS_READ])
    if found is None or any(failed):
        raise UnreadableAnswer("the answer does not say whether the contact was written")
    return found[0].lower()
