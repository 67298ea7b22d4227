"""The protections of the product, each a part that can be left out: a control shows what happens without it.

This is the only place that knows which name of the package stands for which protection.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import Enum
from ssl import create_default_context
from types import ModuleType
from unittest.mock import patch
from zoneinfo import ZoneInfo

from functions.tribe_webhook import app
from tests.support.faults import substitutes
from tests.support.faults.substitutes import count_none, do_nothing, find_nobody, find_none, say_no, say_yes
from tests.support.world.virtual_sqs import VirtualSqs
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.known_items import KnownItems
from tribe_yuki.adapters.aws.leases import Leases
from tribe_yuki.adapters.aws.notices import Notices
from tribe_yuki.adapters.aws.queues import Queues
from tribe_yuki.adapters.aws.timestamps import Timestamps
from tribe_yuki.adapters.aws.yuki_calls import YukiBudget, YukiSessions
from tribe_yuki.adapters.tribe import answers as tribe_answers
from tribe_yuki.adapters.tribe import invoice_rows
from tribe_yuki.adapters.tribe.client import TribeClient
from tribe_yuki.adapters.tribe.odata import OData
from tribe_yuki.adapters.yuki import answers, client, faults, soap, transport, values
from tribe_yuki.adapters.yuki.admin_client import YukiAdminClient
from tribe_yuki.adapters.yuki.client import YukiClient
from tribe_yuki.adapters.yuki.session import Sessions
from tribe_yuki.adapters.yuki.soap_caller import SoapCaller
from tribe_yuki.budget import breaker, yuki_budget
from tribe_yuki.connections.context import CATCH_UP
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts import create_in_yuki, deferred_events, nightly, poll, pull, push, relation_events
from tribe_yuki.contacts.initial_import import decide as decide_import
from tribe_yuki.contacts.initial_import import one_contact, phases, settle_codes
from tribe_yuki.contacts.match import fill_index
from tribe_yuki.contacts.match.result import NoMatch
from tribe_yuki.contacts.merge import apply as merge_apply
from tribe_yuki.contacts.merge.observation import FieldObservation
from tribe_yuki.core import overlap
from tribe_yuki.core.fingerprint import Fingerprints
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.entrypoints import messages, worker
from tribe_yuki.entrypoints.poller import Poller
from tribe_yuki.entrypoints.worker import Worker
from tribe_yuki.invoices import (
    customer_checkbox,
    existing_numbers,
    failure_policy,
    judge,
    later_change,
    look_at_held,
    number_claim,
    paper,
    prepare,
    readiness,
    reading,
    receive,
    send,
    verify,
)
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.document import amounts, lines, pdf_choice, target
from tribe_yuki.invoices.document.refusals import Refusal
from tribe_yuki.invoices.moves import LookAgain
from tribe_yuki.invoices.reconcile import compare, look
from tribe_yuki.invoices.waiting_for_contact import HeldInvoices
from tribe_yuki.people import choices, digest, redrive, release, send_digest
from tribe_yuki.privacy import personal_data
from tribe_yuki.webhooks import subscriptions
from tribe_yuki.work import catch_up, sweep, tasks


@dataclass(frozen=True, eq=False)
class Part:
    """A public name of the package, and what stands in for it when it is left out."""

    owner: ModuleType | type
    name: str
    instead: object


class Protection(Enum):
    """What protects from which fault, and how it is left out."""

    # --- an invoice is booked once, and never lost (design 6.2, 6.3) ---

    WRITE_AHEAD = (Part(send, "write_intent", substitutes.write_no_intent),)
    """What is sent is stored as being sent first: a worker that dies leaves a trace (design 6.2)."""
    VERIFICATION = (Part(verify, "look_in_books", substitutes.find_nothing),)
    """Whoever is in doubt looks in Yuki's books before anything is repeated (design 6.2)."""
    SECOND_LOOK = (Part(verify, "was_never_sent", say_yes),)
    """An absence is believed when it was seen twice: a booking may show late (design 6.2)."""
    TIME_BETWEEN_LOOKS = (Part(verify, "BETWEEN_LOOKS", timedelta(minutes=1)),)
    """The second look comes ten minutes after the first (design 6.2)."""
    COMPARISON_OF_BOOKINGS = (Part(verify, "among_outstanding", substitutes.compare_numbers_only),)
    """A booking with our number is ours only with our contact, date and amount (design 6.2)."""
    LIKENESS_OF_NUMBERS = (Part(verify, "alike_in_books", lambda *_: ()),)
    """What was typed in under another number is asked about before the invoice goes (design 6.2)."""
    DOUBT_IS_NO_FAILURE = (Part(send, "conclude", substitutes.take_for_failure),)
    """What Yuki did not answer for is not sent again unasked (design 6.3)."""
    DOUBT_IS_NO_SUCCESS = (Part(send, "conclude", substitutes.take_for_success),)
    """What Yuki did not answer for does not count as booked (design 6.3)."""
    HOLDING_OF_REFUSALS = (Part(send, "conclude", substitutes.retry_refusals),)
    """What Yuki refuses waits for a person (design 6.6)."""
    JUDGING_BY_NUMBER = (Part(send, "judge_answer", substitutes.judge_by_position),)
    """Each answer is for the invoice whose number it names, wherever it stands (design 6.3)."""
    SPLITTING = (Part(send, "judge_error", substitutes.refuse_each),)
    """A document that Yuki refuses is sent again in parts: one bad invoice holds no other (design 6.3)."""
    LOOK_AT_DUPLICATES = (Part(judge, "classify_refusal", lambda _: Refusal(HoldReason.REFUSED_BY_YUKI, ())),)
    """A refusal as a duplicate has the books looked at: it may be ours (design 6.3)."""
    DOCUMENT_SIZE = (Part(YukiClient, "document_size", count_none),)
    """Documents stay below what Yuki reads (design 6.3)."""
    ASKING_BEFORE_A_REPEAT = (Part(prepare, "MAY_BE_BOOKED", ()),)
    """What may have been booked is asked for before it is sent again (design 6.2)."""
    ASKING_FOR_DECISIONS = (
        Part(choices, "ask_yuki_first", lambda _, at: LookAgain(at)),
        *ASKING_BEFORE_A_REPEAT,
    )
    """The same after a person's decision (design 6.6)."""
    COMPARISON_WITH_SENT = (Part(readiness, "is_as_sent", say_yes),)
    """What was sent under another number is asked for under that (design 6.2)."""
    ASKING_AFTER_A_WAIT = (Part(readiness, "waits_for_long", say_no),)
    """What waited for long is asked for before it is sent (design 6.2)."""
    AGE_OF_DOCUMENTS = (Part(readiness, "was_sent_long_ago", say_no),)
    """What was sent long before it was heard of is asked for before it is sent (design 6.2)."""
    FIRST_LOOK = (Part(existing_numbers, "numbers_in_yuki", lambda *_: set()),)
    """What was typed in before the start is not sent (design 6.1)."""
    APART_FROM_NOTES = (
        Part(SoapCaller, "note", substitutes.tell_unguarded),
        # Yuki would be asked before another attempt, too.
        *ASKING_BEFORE_A_REPEAT,
    )
    """That a call's end could not be noted is no failure of the call (design 7)."""
    ENDS_OF_CLAIMS = (Part(number_claim, "has_number", say_yes),)
    """A number is free again when its invoice is gone or has another (design 6.2)."""
    DISMISSAL = (Part(prepare, "is_dismissed", say_no),)
    """What a person dismissed stays so, whatever is told of it (design 6.6)."""
    READING_OF_MARKS = (Part(prepare, "external_id_on", substitutes.believe_every_mark),)
    """A copied invoice bears its original's mark, which says nothing of it (design 6.1)."""
    CLEAN_NUMBERS = (Part(invoice_rows, "invoice_number", substitutes.number_as_it_is),)
    """A number that no document can hold is not looked for as it is (design 6.4)."""
    TELLING_OF_LATER_CHANGES = (
        Part(later_change, "edits_since", lambda *_: {}),
        Part(compare, "edits_since", lambda *_: {}),
    )
    """What changes in Tribe after the booking is told, because nothing is sent again (design 6.2)."""
    LOOK_AT_PDFS = (Part(paper, "is_pdf", say_yes),)
    """What Tribe gives as a PDF is one (design 6.4)."""
    NAMES_OF_PDFS = (Part(pdf_choice, "likeness_of", substitutes.any_pdf_with_the_number),)
    """The paper that is booked is the invoice's, not a reminder's or another invoice's (design 6.4)."""
    ROUNDING_LINES = (Part(amounts, "Rounder", substitutes.NoRounder),)
    """Yuki comes to what the customer was asked to pay, by a line of cents where it rounds otherwise (design 6.5)."""
    TOTALS_ON_PAPER = (Part(target, "printed_total", lambda *_, **__: None),)
    """Of several totals that Tribe may have come to, the printed one is booked (design 6.5)."""
    PRODUCT_CODES = (Part(lines, "product_names", substitutes.names_without_codes),)
    """Products that are named alike stay two in Yuki (design 6.4)."""
    CUSTOMER_LINKS = (
        Part(prepare, "customer_link", substitutes.link_nobody),
        Part(send, "hold_unless_customers", lambda _, prepared: list(prepared)),
    )
    """An invoice goes to the contact that its customer is linked to (design 6.6)."""
    CUSTOMER_CHECKBOX = (
        Part(customer_checkbox, "waiting_for_checkbox", find_none),
        Part(HeldInvoices, "release_known_customers", count_none),
    )
    """A tick in Yuki lets the invoices go that wait for it (design 6.6)."""
    LOOKS_AT_CAUSES = (
        Part(look_at_held, "is_looked_at_in_tribe", say_no),
        Part(look_at_held, "look_at_contacts", do_nothing),
    )
    """What nobody tells us of is looked at again with every poll (design 6.6)."""
    LOOK_FOR_MISSING_CODES = (Part(prepare, "is_missing_in_yuki", say_no),)
    """A code that a person adds in Yuki is found long before the morning (design 6.6)."""
    RELEASES = (
        Part(HeldInvoices, "release_of_relation", do_nothing),
        Part(HeldInvoices, "release_of_contacts", do_nothing),
        Part(poll, "look_at_held_links", do_nothing),
        *LOOKS_AT_CAUSES,
        Part(release, "release_held", count_none),
        *CUSTOMER_CHECKBOX,
    )
    """What was mended lets go what was held for it (design 6.6)."""
    PHASES_AFTER_SENT = (Part(ConnectionSettings, "meaning_of", substitutes.only_named_phases),)
    """A phase that nobody named counts as one after Sent (design 6.1)."""
    KNOWN_TABLES = (Part(Connections, "former_tables_of", lambda *_: ()),)
    """Restored tables, which have forgotten what was booked, send nothing until somebody looked (design 9)."""

    # --- contacts: no edit is lost, nobody is doubled (design 5) ---

    ECHO_RECOGNITION = (
        Part(merge_apply, "decide_merge", substitutes.merge_texts),
        Part(pull, "changed_in_yuki", say_yes),
    )
    """What comes back of our own writes is no edit (design 5)."""
    OWN_WRITES = (Part(FieldObservation, "compare", substitutes.take_own_writes_for_edits),)
    """A row that does not show yet what we wrote is no edit (design 5)."""
    STALE_ROWS = (Part(pull, "is_stale", say_no),)
    """A row that was asked for before the link changed says nothing (design 5)."""
    LATEST_READING = (Part(push, "was_read_later", say_no),)
    """Who read earlier does not write over who read later (design 5)."""
    MERGE_BASE = (Part(merge_apply, "decide_merge", substitutes.merge_without_base),)
    """What was synchronised last tells which side changed (design 5)."""
    MATCHING = (Part(decide_import, "match_relation", lambda *_: NoMatch()),)
    """A contact that is a relation's already becomes no second customer (design 5)."""
    SWITCH_IN_PUSH = (Part(push, "writable_sides", substitutes.sides_with_export),)
    """What a person switched off is not looked at (design 5)."""
    SWITCH_IN_MERGE = (Part(merge_apply, "writable_sides", substitutes.sides_with_export),)
    """What a person switched off is not written (design 5)."""
    PROVISIONAL_NAMES = (Part(create_in_yuki, "with_mark", substitutes.names_without_mark),)
    """A contact is created under a name that no other has: Yuki overwrites the one that has it (design 5)."""
    LOOK_AT_CREATED = (Part(create_in_yuki, "was_there", say_no),)
    """A creation that answers with a contact of before waits for a person (design 5)."""
    TIME_AFTER_CREATION = (Part(create_in_yuki, "CREATION_SHOWS_AFTER", timedelta()),)
    """A creation without an answer is repeated when it would have shown (design 5)."""
    LEASE_OF_IMPORT = (Part(one_contact, "relation_lease", lambda *_: nullcontext()),)
    """Nobody links a relation between the import's look and its act (design 3)."""
    DEFERRING = tuple(
        Part(module, "defer_event", do_nothing) for module in (deferred_events, push, relation_events, receive)
    )
    """An event that cannot be worked on yet is stored until it can (design 3)."""
    ENDS_OF_DEFERRED = (Part(relation_events, "clear_deferred", substitutes.clear_relations_only),)
    """A stored event that leads nowhere is forgotten (design 3)."""
    TOMBSTONES = (Part(personal_data, "bury", count_none),)
    """Who was erased is not linked again (design 8)."""
    TOMBSTONES_IN_REGISTER = (Part(fill_index, "erased_ids", find_nobody),)
    """The register of relations has nobody who was erased (design 8)."""
    TOMBSTONES_IN_CODES = (Part(settle_codes, "erased_ids", find_nobody),)
    """The import remembers no code of who was erased (design 8)."""
    TOMBSTONES_IN_COMPARISON = (Part(nightly, "erased_ids", find_nobody),)
    """The nightly comparison remembers nobody who was erased (design 8)."""

    # --- polls miss nothing (design 5) ---

    OVERLAP = (Part(poll, "overlap", lambda *_: timedelta()),)
    """A poll asks from a little before its cursor (design 5)."""
    OVERLAP_AT_CLOCK_CHANGE = (Part(overlap, "AT_CLOCK_CHANGE", timedelta()),)
    """In the night of the change it asks from an hour more (design 5)."""
    PAGES_FROM_A_SECOND = (Part(poll, "SECOND", timedelta()), *OVERLAP)
    """The next page begins in the last row's second (design 5)."""
    PAGES_BY_TIME = (Part(poll, "SECOND", timedelta(days=365)),)
    """Pages are asked for by time: by number, a row that moves would be skipped (design 5)."""
    CURSOR_BEHIND_ROWS = (Part(Timestamps, "set", substitutes.move_cursor_ahead),)
    """The cursor moves no further than what was stored (design 5)."""
    FAILED_ROWS = (Part(pull, "pull_contact", substitutes.pull_or_forget),)
    """The cursor does not pass a row that failed (design 5)."""
    COMPARISON_AFTER_A_LOSS = (Part(Queues, "start_task", substitutes.start_no_comparison),)
    """A lost cursor has everything compared (design 5)."""
    TIMES_OF_AMSTERDAM = (Part(values, "AMSTERDAM", ZoneInfo("Asia/Tokyo")),)
    """Yuki's times are those of Amsterdam (design 5)."""
    SHORT_PAGES = (Part(OData, "is_last", lambda _, page: len(page) < 100),)
    """A short page of Tribe is not its last (design 5)."""
    SUCCESS_WITH_A_BODY = (Part(tribe_answers, "BODIES", ()),)
    """A page of HTML with status 200 is no success (design 5)."""

    # --- one at a time, and each in its turn (design 3, 7) ---

    LEASES = (Part(Leases, "acquire", lambda *_: "everybody gets it"), Part(Leases, "release", do_nothing))
    """One worker at a time works on a record (design 3)."""
    CONDITIONAL_WRITES = (Part(DynamoDb, "transact", substitutes.transact_unconditionally),)
    """Nothing is stored over what somebody else stored meanwhile (design 3)."""
    READING_ANEW = (Part(KnownItems, "forget", do_nothing),)
    """What was read before a lease was taken, or before a condition failed, is read again (design 3)."""
    DEDUPLICATION = (Part(VirtualSqs, "is_duplicate", say_no),)
    """Of two messages that start the same work within the window, a FIFO queue takes one (design 3)."""
    NIGHTLY_WORK = (Part(sweep, "NIGHTLY", {}),)
    """What no event told is found at night (design 3)."""
    CATCH_UP = (Part(sweep, "NIGHTLY", {task: hour for task, hour in sweep.NIGHTLY.items() if task != CATCH_UP}),)
    """Invoices of which no webhook told are found at night (design 3)."""
    NIGHTLY_HOURS = (Part(sweep, "NIGHTLY", dict.fromkeys(sweep.NIGHTLY, 2)),)
    """Nightly work begins at hours that come once (design 3)."""
    NOTES_OF_MISSED = (Part(catch_up, "note_missed", say_no),)
    """A missed invoice gets a state (design 3)."""
    ASKING_FOR_MISSED = (Part(catch_up, "note_missed", say_yes),)
    """A missed invoice is noted as missed, so that Yuki is asked for it first (design 3)."""
    LOOK_AT_HELD = (Part(catch_up, "changed_while_held", find_none),)
    """A held invoice that changed unheard is looked at again (design 3)."""
    SWEEP = (Part(Poller, "tick", lambda _: {}),)
    """What waits in the tables comes back without its message (design 3)."""
    TURNS_OF_CONNECTIONS = (Part(sweep.Tick, "attempt", substitutes.act_at_once),)
    """A connection that fails leaves the others their turn (design 3)."""
    NOTES_OF_TASKS = (
        Part(tasks, "after_failure", substitutes.fail_unnoted),
        Part(worker, "put_off_task", substitutes.fail_unnoted),
    )
    """A task that fails is written down, and blocks no queue (design 3)."""
    URGENT_TASKS = (Part(tasks, "EVERY_MINUTE", frozenset()),)
    """What everything waits for is tried every minute (design 3)."""
    PAUSES_OF_TASKS = (Part(sweep, "due_tasks", substitutes.ignore_pauses),)
    """A task that was put off is not started before its time (design 3)."""
    LOOK_AT_TIME = (
        Part(InvoiceContext, "has_time", True),
        Part(worker, "ending", lambda _: nullcontext()),
    )
    """Nobody begins what the invocation does not last for (design 3)."""
    LOOK_AT_TIME_OF_CALLS = (Part(InvoiceContext, "has_time", True), Part(transport, "has_ended", say_no))
    """A call that time ran out for does not count as one that Yuki failed (design 3)."""
    PAUSE_OF_TRIBE = (Part(InvoiceContext, "heed", do_nothing),)
    """Tribe is left alone as long as it asks for (design 3)."""
    LOOK_BEFORE_TRIBE_CALLS = (Part(Worker, "before_tribe_call", do_nothing),)
    """That holds for every worker at every call (design 3)."""
    LIMIT_OF_YUKI = (
        Part(YukiBudget, "limit_exceeded", do_nothing),
        Part(faults, "until_midnight", lambda _: timedelta(minutes=1)),
    )
    """Yuki is not asked for the rest of a day whose calls are spent (design 7)."""
    COUNTING_OF_CALLS = (Part(DynamoDb, "update", substitutes.count_unconditionally),)
    """Workers that call at once spend no more than there is (design 7)."""
    DAYS_OF_AMSTERDAM = (Part(yuki_budget, "AMSTERDAM", UTC),)
    """Calls are counted by Yuki's days (design 7)."""
    MIDNIGHT_OF_AMSTERDAM = (Part(yuki_budget, "next_midnight", substitutes.after_24_hours),)
    """A day may have 23 hours (design 7)."""
    WAITS_IN_UTC = (Part(failure_policy, "next_attempt", substitutes.by_the_wall),)
    """Waits do not follow the clock on the wall (design 3)."""
    BREAKER = (Part(breaker, "OPENS_AFTER", 10**9),)
    """While Yuki is away, few calls are spent on it (design 7)."""
    TURNS_OF_REDRIVEN = (Part(redrive, "has_its_turn", say_no), Part(redrive, "LONGEST_DELAY_SECONDS", 0))
    """What is redriven comes back a few a minute (design 9)."""

    # --- who is who, and who may (design 8) ---

    SESSION_RENEWAL = (Part(Sessions, "renew", lambda _, refused: refused),)
    """A session that ended is replaced (design 7)."""
    MEMORY_OF_REFUSED_KEYS = (Part(YukiSessions, "replace", substitutes.forget_refusals),)
    """A key that Yuki refused is not used all day (design 7)."""
    OUR_DOMAIN = (Part(YukiClient, "domain_id", ""),)
    """Contacts are made in the domain that was chosen (design 5)."""
    SIGNATURE = (Part(app, "is_signed", say_yes),)
    """A webhook is believed when Tribe signed it (design 8)."""
    TOKEN = (Part(app, "equals_any", say_yes),)
    """A webhook carries our token (design 8)."""
    WEBHOOK_VERIFICATION = (Part(app, "verify", do_nothing),)
    """Both, and their form (design 8)."""
    WEBHOOK_SIZE = (Part(app, "MOST_BYTES", 20_000_000),)
    """Large bodies are refused before they are hashed (design 8)."""
    REGISTERED_WEBHOOKS = (Part(subscriptions, "our_webhooks", find_none),)
    """A webhook that is registered is not registered again (design 9)."""
    CAREFUL_PARSING = (
        Part(soap, "parse_untrusted", substitutes.parse_trusting),
        Part(answers, "parse_untrusted", substitutes.parse_trusting),
    )
    """No entity of an answer is resolved (design 8)."""
    BUILT_CONTACTS = (Part(client, "contact_document", substitutes.pasted_contact),)
    """Names are written into documents as text (design 8)."""
    BUILT_INVOICES = (Part(client, "sales_invoices_document", substitutes.pasted_invoices),)
    """Lines are written into documents as text (design 8)."""
    TLS_CONTEXT = (Part(transport, "client_context", create_default_context),)
    """The environment adds no authority and gets no keys (design 8)."""

    # --- what goes wrong with one record, and what is said of it (design 8) ---

    CONTAINMENT_OF_INVOICES = (
        *(Part(module, "as_ours", substitutes.raise_unless_ours) for module in (reading, prepare, receive, send)),
        Part(receive, "bring_on_apart", receive.bring_on),
    )
    """What nobody foresaw at one invoice holds that one (architecture, what one thing can stop)."""
    CONTAINMENT_OF_RELATIONS = (Part(push, "as_ours", substitutes.raise_again),)
    """What nobody foresaw at one relation holds that one."""
    CONTAINMENT_OF_CONTACTS = (
        Part(phases, "report_odd", substitutes.report_nothing),
        Part(pull, "report_odd", substitutes.report_nothing),
    )
    """What nobody foresaw at one contact holds that one."""
    READING_IN_HALVES = (Part(invoice_rows, "Unreadable", ZeroDivisionError),)
    """An invoice that cannot be read keeps back no other of its page."""
    CODES_IN_LOGS = (Part(messages, "code_of", str),)
    """Logs tell codes of errors, never their texts (design 8)."""
    CODES_IN_HOLDS = (Part(push, "as_ours", substitutes.hold_with_words),)
    """Holds tell names of errors, never their texts (design 8)."""
    MASKING = (Part(judge, "mask", lambda words, _: words),)
    """What is stored of Yuki's words names nobody (design 8)."""
    FINGERPRINTS = (Part(Fingerprints, "of", lambda _, *parts: "#".join(map(str, parts))),)
    """Links keep fingerprints of values (design 8)."""
    TEXT_ON_ONE_LINE = (Part(digest, "on_one_line", lambda text, _=None: text),)
    """A value of another system writes no line of its own into a mail (design 8)."""
    MEMORY_OF_NOTICES = (Part(Notices, "announced", find_nobody),)
    """People are told once (design 6.6)."""
    TELLING_OF_SKIPPED = (Part(send_digest, "skipped_records", find_none),)
    """What is not for Yuki, though somebody may expect it there, is told (design 6.1)."""
    NEWS_ONLY = (Part(send_digest, "has_news", say_yes),)
    """Nobody gets an empty mail (design 6.6)."""

    # --- reconciliation (design 9) ---

    TIME_TO_SHOW = (Part(look, "JUST_BOOKED", timedelta()),)
    """What was booked a moment ago is not missing."""
    ARCHIVE = (Part(YukiAdminClient, "sales_documents", find_none),)
    """Paid invoices are found in the archive."""
    LOOK_AT_NUMBERS = (Part(TribeClient, "invoices_with_numbers", find_none),)
    """A number of another date is no gap."""
    LOOK_AT_IDS = (Part(TribeClient, "read_invoices", find_none),)
    """An invoice of another month is not gone."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is replaced when this protection is left out."""
        parts: tuple[Part, ...] = self.value
        return parts


@contextmanager
def without(*protections: Protection) -> Iterator[None]:
    """Leave protections out."""
    with ExitStack() as stack:
        for part in (part for protection in protections for part in protection.parts):
            stack.enter_context(patch.object(part.owner, part.name, part.instead))
        yield
