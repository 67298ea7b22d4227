"""F2: an answer without a fault may hide that some invoices were not booked: each is judged alone, by its reference.

What an answer does not say plainly is doubt, which Yuki's books settle as after a lost answer (F1), and never success.
A document that Yuki refuses as a whole is split until the bad invoice stands alone; documents stay under Yuki's largest
request; a refusal because the number is there already is looked up before anybody is told (design 6.2, 6.3).
Which combinations of answers leave no doubt is in `tests/unit/test_judging.py`, how answers are read in
`tests/unit/test_yuki_answers_to_writes.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, override
from unittest.mock import patch

import pytest
from lxml import etree

from simulators.shared.companies import Company
from simulators.yuki.schema_check import schema_errors
from tests.support import details
from tests.support.faults.protections import Protection
from tests.support.outside.hostile_transport import HostileTransport
from tests.support.world.invoice_books import sent_totals
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import START, World, open_world
from tribe_yuki.adapters.yuki import YukiClient
from tribe_yuki.adapters.yuki.markup import Element, local_name
from tribe_yuki.adapters.yuki.transport import RawAnswer
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.judge import DRAFT_MADE
from tribe_yuki.invoices.model import BatchAnswer
from tribe_yuki.invoices.transfer import State, Transfer

BOOKING = "ProcessSalesInvoices"
WORDS = "Iets wat niemand kent"
LONG_ENOUGH = 45
# The queue's delay is two seconds, and a batch of ten has to come together.
UNTIL_READY, BATCH_WAIT = 3, 60
FIRST, SECOND, THIRD = 0, 1, 2
BOOKED, HELD, DOUBT = State.BOOKED, State.HELD, State.UNCONFIRMED

type Change = Callable[[Element], None]


@dataclass
class Batch:
    """A quiet world with linked customers and drafts; Yuki books whatever it is sent, as often as it is sent."""

    world: World
    exits: ExitStack
    customers: Sequence[Company]
    ids: Sequence[str] = ()

    def draft(self, number: int) -> None:
        """Make some drafts."""
        self.ids = draft_invoices(self.world, self.customers, number)

    def send(self) -> None:
        """Press Send for one after the other, so that the document has them in this order, and let the batch go."""
        for place, tribe_invoice_id in enumerate(self.ids):
            self.world.send(tribe_invoice_id, Number=number_of(place))
            self.world.run(minutes=UNTIL_READY / 60, step_seconds=UNTIL_READY)
        self.world.run(minutes=BATCH_WAIT / 60 + 0.5)

    def settle(self) -> None:
        """Let time pass until doubt is settled."""
        self.world.run(minutes=LONG_ENOUGH, step_seconds=30)

    def refuse(self, *places: int, words: str = WORDS) -> None:
        """Have Yuki refuse the invoices at some places, or none."""
        self.world.switch_yuki(refuse_invoices={number_of(place): words for place in places})

    def retell(self, change: Change) -> HostileTransport:
        """Have Yuki's next answer to a batch told otherwise."""
        transport = HostileTransport(BOOKING, partial(_retold, change))
        self.put(transport)
        return transport

    def put(self, transport: HostileTransport) -> None:
        """Put a transport between the worker and Yuki."""
        self.exits.callback(transport.close)
        self.exits.enter_context(patch.object(self.world.workers["invoice_push"], "yuki_transport", transport))

    def transfer(self, place: int) -> Transfer:
        """Return the stored transfer at a place."""
        transfer = self.world.transfer(self.ids[place])
        assert transfer is not None
        return transfer

    @property
    def states(self) -> list[State]:
        """Return the state of each invoice."""
        return [self.transfer(place).state for place in range(len(self.ids))]

    @property
    def times_booked(self) -> list[int]:
        """Return how often each invoice is in the books."""
        return [len(self.world.booked(number_of(place))) for place in range(len(self.ids))]

    @property
    def calls(self) -> int:
        """Return how many calls that book Yuki had."""
        return int(self.world.yuki_state()["calls"].get(BOOKING, 0))

    def assert_the_states_tell_the_books(self) -> None:
        """Look whether exactly what the transfers say is booked is in the books, once."""
        assert self.times_booked == [int(state is BOOKED) for state in self.states]


@pytest.fixture
def batch(exits: ExitStack, tmp_path: Path) -> Batch:
    """Three drafts of three customers."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, []))
    batch = Batch(world, exits, link_customers(world, 3))
    world.switch_yuki(duplicate_reference="accept", hang_seconds=0)
    world.save_settings(administrations_in_domain=1, batch_wait_seconds=BATCH_WAIT)
    world.start_task("first_look")
    world.run(minutes=1)
    batch.draft(3)
    return batch


def _retold(change: Change, body: bytes) -> bytes:
    envelope = etree.fromstring(body)
    (answer,) = [one for one in envelope.iter() if local_name(one) == "SalesInvoicesImportResponse"]
    change(answer)
    return etree.tostring(envelope)


# --- how answers are told otherwise -----------------------------------------------------------------------------------


def told(answer: Element) -> dict[str, Element]:
    """Return what an answer says of each invoice, by reference."""
    entries = [one for one in answer if local_name(one) == "Invoice"]
    return {value_of(entry, "Reference").text or "": entry for entry in entries}


def value_of(entry: Element, name: str) -> Element:
    """Return an element of an answer."""
    (found,) = [one for one in entry if local_name(one) == name]
    return found


def reverse(answer: Element) -> None:
    for entry in told(answer).values():
        answer.insert(5, entry)


def omit(place: int, answer: Element) -> None:
    answer.remove(told(answer)[number_of(place)])


def call_skipped(place: int, answer: Element) -> None:
    omit(place, answer)
    value_of(answer, "TotalSkipped").text = "1"


def add_another(answer: Element) -> None:
    another = deepcopy(told(answer)[number_of(FIRST)])
    value_of(another, "Reference").text = "2026-9999"
    answer.insert(5, another)


def repeat(place: int, answer: Element) -> None:
    answer.append(deepcopy(told(answer)[number_of(place)]))


def contradict(place: int, answer: Element) -> None:
    repeat(place, answer)
    value_of(answer[-1], "Succeeded").text = "false"


def leave_out(name: str, place: int, answer: Element) -> None:
    entry = told(answer)[number_of(place)]
    entry.remove(value_of(entry, name))


def empty(name: str, answer: Element) -> None:
    for entry in told(answer).values():
        value_of(entry, name).text = None


def tell_of_nobody(answer: Element) -> None:
    for entry in told(answer).values():
        answer.remove(entry)


def count_all_as_booked(answer: Element) -> None:
    value_of(answer, "TotalSucceeded").text = "3"
    value_of(answer, "TotalFailed").text = "0"


def count_none_as_booked(answer: Element) -> None:
    value_of(answer, "TotalSucceeded").text = "0"
    value_of(answer, "TotalFailed").text = "3"


ALL_JUDGED = [BOOKED, HELD, BOOKED]
ALL_IN_DOUBT = [DOUBT, DOUBT, DOUBT]


@pytest.mark.parametrize(
    ("change", "at_once"),
    [
        pytest.param(lambda _: None, ALL_JUDGED, id="as_it_is"),
        pytest.param(reverse, ALL_JUDGED, id="in_another_order"),
        pytest.param(add_another, ALL_JUDGED, id="with_one_that_nobody_sent"),
        pytest.param(partial(repeat, FIRST), ALL_JUDGED, id="one_told_twice"),
        pytest.param(partial(empty, "Message"), ALL_JUDGED, id="without_words"),
        pytest.param(count_all_as_booked, ALL_JUDGED, id="all_counted_as_booked"),
        pytest.param(count_none_as_booked, ALL_JUDGED, id="none_counted_as_booked"),
        pytest.param(partial(omit, FIRST), [DOUBT, HELD, BOOKED], id="the_first_left_out"),
        pytest.param(partial(omit, THIRD), [BOOKED, HELD, DOUBT], id="the_last_left_out"),
        pytest.param(partial(omit, SECOND), [BOOKED, DOUBT, BOOKED], id="the_refused_one_left_out"),
        pytest.param(partial(call_skipped, THIRD), [BOOKED, HELD, DOUBT], id="a_booked_one_called_skipped"),
        pytest.param(partial(contradict, THIRD), [BOOKED, HELD, DOUBT], id="one_told_both_ways"),
        pytest.param(partial(leave_out, "Reference", FIRST), [DOUBT, HELD, BOOKED], id="one_without_its_number"),
        pytest.param(partial(leave_out, "Succeeded", FIRST), ALL_IN_DOUBT, id="one_without_a_verdict"),
        pytest.param(tell_of_nobody, ALL_IN_DOUBT, id="of_nobody"),
    ],
)
def test_each_invoice_is_judged_alone_by_its_reference(batch: Batch, change: Change, at_once: list[State]) -> None:
    """Yuki books the first and the third and refuses the second, and then tells it in some way."""
    batch.refuse(SECOND)
    transport = batch.retell(change)

    batch.send()

    assert batch.calls == 1
    assert batch.states == at_once
    assert batch.times_booked == [1, 0, 1]
    transport.is_hostile = False
    batch.settle()
    assert batch.states == ALL_JUDGED
    assert batch.transfer(SECOND).hold_reason is HoldReason.REFUSED_BY_YUKI
    batch.assert_the_states_tell_the_books()


def test_an_answer_that_breaks_off_leaves_all_in_doubt(batch: Batch) -> None:
    batch.refuse(SECOND)
    batch.world.switch_yuki(truncate={"count": 1, "operations": [BOOKING]})

    batch.send()

    assert batch.states == ALL_IN_DOUBT
    batch.settle()
    assert batch.states == ALL_JUDGED
    batch.assert_the_states_tell_the_books()


def test_one_that_yuki_passed_over_in_silence_is_sent_again_after_two_looks(batch: Batch) -> None:
    batch.world.switch_yuki(answer_quirks=["skip_last"])

    batch.send()

    assert batch.states == [BOOKED, BOOKED, DOUBT]
    batch.world.switch_yuki(answer_quirks=[])
    batch.settle()
    assert batch.states == [BOOKED, BOOKED, BOOKED]
    batch.assert_the_states_tell_the_books()


def test_one_that_yuki_kept_as_a_draft_is_no_success(batch: Batch) -> None:
    def keep_as_draft(answer: Element) -> None:
        value_of(told(answer)[number_of(FIRST)], "Processed").text = "false"

    batch.retell(keep_as_draft)

    batch.send()

    assert batch.states == [HELD, BOOKED, BOOKED]
    assert batch.transfer(FIRST).words == DRAFT_MADE


def test_words_are_kept_with_the_invoice_that_they_are_about(batch: Batch) -> None:
    batch.world.switch_yuki(refuse_invoices={number_of(FIRST): "Onjuiste artikelcategorie", number_of(THIRD): WORDS})
    batch.retell(reverse)

    batch.send()

    assert batch.transfer(FIRST).hold_reason is HoldReason.LEDGER_UNMAPPED
    assert (batch.transfer(THIRD).hold_reason, batch.transfer(THIRD).words) == (HoldReason.REFUSED_BY_YUKI, WORDS)
    batch.assert_the_states_tell_the_books()


def test_judged_by_position_the_refused_one_would_pass_for_booked(batch: Batch) -> None:
    batch.world.without(Protection.JUDGING_BY_NUMBER)
    batch.refuse(FIRST)
    batch.retell(reverse)

    batch.send()
    batch.settle()

    assert (batch.states[FIRST], batch.times_booked[FIRST]) == (BOOKED, 0)
    assert (batch.states[THIRD], batch.times_booked[THIRD]) == (HELD, 1)


def test_unknown_counted_as_success_would_lose_the_one_that_yuki_passed_over(batch: Batch) -> None:

    batch.world.without(Protection.DOUBT_IS_NO_SUCCESS)
    batch.world.switch_yuki(answer_quirks=["skip_last"])

    batch.send()
    batch.world.switch_yuki(answer_quirks=[])
    batch.settle()

    assert (batch.states[THIRD], batch.times_booked[THIRD]) == (BOOKED, 0)


@pytest.mark.parametrize("change", [partial(omit, THIRD), partial(call_skipped, THIRD)])
def test_unknown_counted_as_failure_would_book_the_one_left_out_again(batch: Batch, change: Change) -> None:
    batch.world.without(Protection.DOUBT_IS_NO_FAILURE)
    transport = batch.retell(change)

    batch.send()
    transport.is_hostile = False
    batch.settle()

    assert batch.times_booked[THIRD] > 1


# --- six refusals end a batch -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("skipped", ["counted", "zero"])
def test_what_came_after_six_refusals_goes_with_one_call_after_two_looks(batch: Batch, skipped: str) -> None:
    batch.draft(10)
    batch.world.switch_yuki(skipped_after_stop=skipped)
    batch.refuse(*range(1, 7))

    batch.send()

    assert batch.states == [BOOKED, *[HELD] * 6, *[DOUBT] * 3]
    batch.assert_the_states_tell_the_books()
    batch.settle()
    assert batch.states == [BOOKED, *[HELD] * 6, *[BOOKED] * 3]
    batch.assert_the_states_tell_the_books()
    assert batch.calls == 2


# --- a document that is refused as a whole ----------------------------------------------------------------------------

BAD = "Onverteerbaar"


def refuse_whole_documents(batch: Batch, monkeypatch: pytest.MonkeyPatch, *places: int) -> list[int]:
    """Have Yuki's schema refuse what ours accepts of some invoices; return a list of the sizes of all documents."""
    sizes: list[int] = []

    def stricter(name: str, document: Any) -> list[str]:
        subjects = [one.text for one in document.iter("{*}Subject")]
        sizes.append(len(subjects))
        return [
            *schema_errors(name, document),
            *(
                "The 'urn:xmlns:http://www.theyukicompany.com:salesinvoices:Subject' element is invalid - "
                f"The value '{text}' is invalid according to its datatype 'String'."
                for text in subjects
                if text == BAD
            ),
        ]

    monkeypatch.setattr("simulators.yuki.sales.schema_errors", stricter)
    batch.world.switch_tribe(drop_webhooks=1.0)
    for place in places:
        batch.world.edit_in_tribe(batch.ids[place], Subject=BAD)
    batch.world.settle_webhooks()
    batch.world.switch_tribe(drop_webhooks=0.0)
    return sizes


@pytest.mark.parametrize("bad", [(0,), (7,), (3, 4), (0, 3, 7), tuple(range(8))], ids=str)
def test_of_a_refused_document_each_goes_alone_once_yuki_was_asked(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, bad: Sequence[int]
) -> None:
    batch.draft(8)
    sizes = refuse_whole_documents(batch, monkeypatch, *bad)

    batch.send()
    assert batch.states == [DOUBT] * 8
    batch.settle()

    assert batch.states == [HELD if place in bad else BOOKED for place in range(8)]
    for place in bad:
        transfer = batch.transfer(place)
        assert (transfer.hold_reason, transfer.details) == (HoldReason.INVOICE_INVALID, details.told("Subject"))
    batch.assert_the_states_tell_the_books()
    assert sizes == [8, *[1] * 8]


def test_a_document_that_is_booked_and_then_refused_is_found_and_not_sent_again(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, failures = YukiClient.process_sales_invoices, [Held(HoldReason.INVOICE_INVALID, *details.told("Subject"))]

    def refuse_after_the_work(client: YukiClient, invoices: Sequence[Any]) -> BatchAnswer:
        answer = process(client, invoices)
        if failures:
            raise failures.pop()
        return answer

    monkeypatch.setattr(YukiClient, "process_sales_invoices", refuse_after_the_work)
    batch.send()
    batch.settle()

    assert batch.states == [BOOKED] * 3
    assert batch.times_booked == [1] * 3


def test_without_the_split_one_bad_invoice_would_hold_all_others(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:

    batch.world.without(Protection.SPLITTING)
    refuse_whole_documents(batch, monkeypatch, SECOND)

    batch.send()

    assert batch.states == [HELD, HELD, HELD]
    assert batch.times_booked == [0, 0, 0]


# --- a refusal because the number is there already --------------------------------------------------------------------


def type_in(batch: Batch, place: int, **differences: Any) -> None:
    """Have the bookkeeper type in the invoice at a place, perhaps not quite."""
    *_, total = sent_totals(batch.world, batch.ids)[number_of(place)]
    typed_in: Mapping[str, Any] = {
        "reference": number_of(place),
        "contact_id": batch.customers[place].id("yuki contact"),
        "date": START.date().isoformat(),
        "total_incl": str(total),
        **differences,
    }
    batch.world.control.post(f"{batch.world.yuki_url}/_control/invoices", json=typed_in).raise_for_status()


def test_a_refusal_of_a_duplicate_is_looked_up_at_once_and_linked(batch: Batch) -> None:
    batch.world.switch_yuki(duplicate_reference="refuse")
    type_in(batch, SECOND)

    batch.send()
    batch.world.run(minutes=1)

    assert batch.states == [BOOKED, BOOKED, BOOKED]
    assert batch.transfer(SECOND).verification == "found_in_yuki"
    assert batch.times_booked == [1, 1, 1]
    assert "held" not in batch.world.story(batch.ids[SECOND]), "nobody is told of what needs nobody"
    assert batch.calls == 1


def test_a_refusal_of_a_duplicate_that_is_another_invoice_is_for_the_bookkeeper(batch: Batch) -> None:
    batch.world.switch_yuki(duplicate_reference="refuse")
    type_in(batch, SECOND, total_incl="1.00")

    batch.send()
    batch.world.run(minutes=1)

    assert batch.states == [BOOKED, HELD, BOOKED]
    assert batch.transfer(SECOND).hold_reason is HoldReason.REFERENCE_IN_USE
    assert batch.calls == 1


def test_without_the_look_a_duplicate_would_be_reported_though_all_is_well(batch: Batch) -> None:
    batch.world.without(Protection.LOOK_AT_DUPLICATES)
    batch.world.switch_yuki(duplicate_reference="refuse")
    type_in(batch, SECOND)

    batch.send()

    assert batch.states == [BOOKED, HELD, BOOKED]
    assert batch.times_booked == [1, 1, 1]


# --- large documents --------------------------------------------------------------------------------------------------

LARGE, TOO_LARGE = 900_000, 2_100_000
MOST_BYTES = 3_000_000


def request_sizes(batch: Batch) -> list[int]:
    """Return a list to which the size of every request that books is added."""
    sizes: list[int] = []

    class Weighing(HostileTransport):
        @override
        def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
            if BOOKING.encode() in body:
                sizes.append(len(body))
            return super().post(url, body, headers)

    transport = Weighing(BOOKING, lambda body: body)
    batch.put(transport)
    return sizes


def document_bytes(batch: Batch) -> list[int]:
    """Return the size of the PDF with each invoice in the books."""
    return [one["document_bytes"] for place in range(len(batch.ids)) for one in batch.world.booked(number_of(place))]


def test_many_large_documents_go_with_several_calls(batch: Batch) -> None:
    batch.draft(7)
    batch.world.switch_tribe(pdf_bytes=LARGE)
    sizes = request_sizes(batch)

    batch.send()

    assert batch.states == [BOOKED] * 7
    batch.assert_the_states_tell_the_books()
    assert all(size >= LARGE for size in document_bytes(batch))
    assert len(sizes) == 4, "two of them are 2.4 MB in Base64"
    # The envelope is not counted among the bytes of the invoices.
    assert max(sizes) < MOST_BYTES + 10_000


def test_without_the_limit_the_same_documents_would_be_one_request_that_yuki_refuses_unread(batch: Batch) -> None:
    batch.world.without(Protection.DOCUMENT_SIZE)
    batch.draft(7)
    batch.world.switch_tribe(pdf_bytes=LARGE)

    batch.send()

    assert batch.states == [State.WAITING] * 7
    assert batch.times_booked == [0] * 7


def make_one_too_large(batch: Batch) -> None:
    """Send the invoices, the second with a document that is larger than the setting allows."""
    for place, tribe_invoice_id in enumerate(batch.ids):
        batch.world.switch_tribe(pdf_bytes=TOO_LARGE if place == SECOND else 0)
        batch.world.send(tribe_invoice_id, Number=number_of(place))
    batch.world.run(minutes=3)


def test_a_document_that_alone_is_too_large_stays_behind_and_its_invoice_goes(batch: Batch) -> None:
    make_one_too_large(batch)

    assert batch.states == [BOOKED, BOOKED, BOOKED]
    batch.assert_the_states_tell_the_books()
    assert [size > 0 for size in document_bytes(batch)] == [True, False, True]
    assert [batch.transfer(place).with_document for place in range(3)] == [True, False, True]


def test_where_documents_are_required_its_invoice_is_held_and_keeps_nobody_back(batch: Batch) -> None:
    batch.world.save_settings(pdf="required")

    make_one_too_large(batch)

    assert batch.states == [BOOKED, HELD, BOOKED]
    assert batch.transfer(SECOND).hold_reason is HoldReason.PDF_MISSING
    batch.assert_the_states_tell_the_books()
