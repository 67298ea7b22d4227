"""Whether an invoice may be sent, waits, is held, or skipped, such as before the start date: rules in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tribe_yuki.connections.settings import ConnectionSettings, PhaseMeaning
from tribe_yuki.contacts.model import TribeRelation
from tribe_yuki.core.details import Detail, DetailCode, Details, phase_code
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.agreement import Agreement
from tribe_yuki.invoices.details import sends
from tribe_yuki.invoices.document.pdf_choice import choose_pdf
from tribe_yuki.invoices.external_id import ExternalId
from tribe_yuki.invoices.model import TribeInvoice
from tribe_yuki.invoices.moves import Confirm, Doubt, Hold, Move, Skip, Verification, Wait
from tribe_yuki.invoices.reasons import DoubtReason, SkipReason
from tribe_yuki.invoices.transfer import State, Transfer

NUMBER_PATIENCE = timedelta(minutes=30)
PDF_PATIENCE = timedelta(minutes=2)
HELD_FOR_LONG = timedelta(minutes=10)
_LOOK_AGAIN = timedelta(minutes=1)
_SEEN_IN_YUKI = frozenset({DetailCode.NUMBER_IN_YUKI, DetailCode.ALIKE_IN_YUKI})
_LONGEST_FOR_THE_LIST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides about an invoice; `read` is the invoice as Tribe shows it, None when it is gone.

    `transfer` is where it stands: as stored, and for the later rules with what was read and mapped of it. `standing` is
    what its phase means. `external_id` may cost a call to Tribe, and is asked only by the rule that needs it.
    `held_for` are the details of a hold that ends here.
    """

    transfer: Transfer
    read: TribeInvoice | None
    standing: PhaseMeaning | None
    settings: ConnectionSettings
    now: datetime
    is_paused: bool
    had_first_look: bool
    external_id: Callable[[], ExternalId]
    held_for: Details = ()

    @property
    def invoice(self) -> TribeInvoice:
        """The invoice as Tribe shows it; rules after `gone_in_tribe` may count on it."""
        if self.read is None:
            raise Defect("invoice_gone")
        return self.read

    @property
    def customer(self) -> TribeRelation:
        """The invoice's customer; what follows the rule `without_customer` may count on it."""
        if self.invoice.relation is None:
            raise Defect("customer_missing")
        return self.invoice.relation


type Rule = Callable[[Facts], Move | None]


def first_move(rules: Sequence[Rule], facts: Facts) -> Move | None:
    """Return the answer of the first rule that has one."""
    return next((move for rule in rules if (move := rule(facts)) is not None), None)


def is_dismissed(transfer: Transfer) -> bool:
    """Whether a person said that it is not to be booked: only a person takes that back."""
    return transfer.state is State.SKIPPED and transfer.reason == SkipReason.DISMISSED


# What decides about a transfer as it is stored


def changed_after_attempt(facts: Facts) -> Move | None:
    """It may be in Yuki as it was sent: what it is now, or that it is gone, waits for what came of the attempt."""
    sent_as = facts.transfer.sent_as
    if sent_as is None or is_as_sent(facts, sent_as):
        return None
    return Doubt(DoubtReason.CHANGED, facts.transfer.verify_at(facts.now), number=sent_as)


def is_as_sent(facts: Facts, sent_as: str) -> bool:
    """Whether Tribe still shows an invoice sent, under the number that it went out with."""
    return facts.read is not None and facts.standing is PhaseMeaning.SENT and facts.read.number == sent_as


def gone_in_tribe(facts: Facts) -> Move | None:
    """Tribe no longer has it."""
    return Skip(SkipReason.GONE) if facts.read is None else None


def draft_again(facts: Facts) -> Move | None:
    """It was taken back; the next event brings it again."""
    return Skip(SkipReason.DRAFT) if facts.standing is PhaseMeaning.DRAFT else None


# What the invoice alone decides


def in_excluded_phase(facts: Facts) -> Move | None:
    """The connection excludes its phase."""
    is_excluded = facts.standing is PhaseMeaning.EXCLUDED
    return Skip(SkipReason.PHASE, (phase_code(facts.invoice.phase_code),)) if is_excluded else None


def booked_by_us(facts: Facts) -> Move | None:
    """It carries the external id that we give to booked invoices, and it is its own."""
    return Confirm(Verification.EXTERNAL_ID) if facts.external_id() is ExternalId.OURS else None


def of_another_system(facts: Facts) -> Move | None:
    """It carries the external id of another system."""
    return Skip(SkipReason.EXTERNAL_ID) if facts.external_id() is ExternalId.FOREIGN else None


def before_start_date(facts: Facts) -> Move | None:
    """It is dated before the connection's start date; whoever sent it since the activation may not expect that."""
    day = facts.invoice.invoice_date
    if day is None or day >= facts.settings.start_date:
        return None
    details = (Detail(DetailCode.SENT_SINCE_ACTIVATION),) if _is_sent_since_activation(facts) else ()
    return Skip(SkipReason.BEFORE_START, details)


def _is_sent_since_activation(facts: Facts) -> bool:
    """Whether an invoice was sent after the activation; reminders and payments tell us of those sent before it, too.

    Its PDF is made when it is sent. Without one, an invoice in the phase of sent invoices may just have got there.
    """
    pdf, activated_at = choose_pdf(facts.invoice, facts.transfer.first_seen_at), facts.settings.activated_at
    if pdf is not None and pdf.created_at is not None:
        return pdf.created_at >= activated_at
    is_in_sent_phase = facts.settings.meaning_of(facts.invoice.phase_code) is PhaseMeaning.SENT
    return is_in_sent_phase and facts.transfer.first_seen_at >= activated_at


def nothing_to_book(facts: Facts) -> Move | None:
    """Nothing is sold on it."""
    invoice = facts.invoice
    return Skip(SkipReason.EMPTY) if invoice.number and invoice.is_final and invoice.is_empty else None


def without_number(facts: Facts) -> Move | None:
    """Tribe has given it no number yet."""
    if facts.invoice.flaws or facts.invoice.number:
        return None
    return _wait_or_hold(facts, WaitReason.NUMBER, Hold(HoldReason.NUMBER_MISSING))


def not_final(facts: Facts) -> Move | None:
    """Tribe has not made it final yet."""
    if facts.invoice.flaws or facts.invoice.is_final:
        return None
    return _wait_or_hold(facts, WaitReason.NUMBER, Hold(HoldReason.INVOICE_INVALID, (Detail(DetailCode.NOT_FINAL),)))


def without_pdf(facts: Facts) -> Move | None:
    """Tribe has no PDF of it yet, and it is to go with one."""
    is_found = choose_pdf(facts.invoice, facts.transfer.first_seen_at) is not None
    if facts.invoice.flaws or is_found or facts.transfer.has_agreement(Agreement.WITHOUT_PDF):
        return None
    if facts.settings.pdf == "required":
        return _wait_or_hold(facts, WaitReason.PDF, Hold(HoldReason.PDF_MISSING))
    until = facts.transfer.first_seen_at + PDF_PATIENCE
    return Wait(WaitReason.PDF, until) if facts.settings.pdf == "when_found" and facts.now < until else None


def _wait_or_hold(facts: Facts, why: WaitReason, hold: Hold) -> Move:
    """Wait for what Tribe's interface saves by and by; what is missing for long, a person has to add."""
    deadline = facts.transfer.first_seen_at + NUMBER_PATIENCE
    return hold if facts.now >= deadline else Wait(why, min(facts.now + _LOOK_AGAIN, deadline))


def while_paused(facts: Facts) -> Move | None:
    """The connection is paused."""
    return Wait(WaitReason.PAUSED, facts.now) if facts.is_paused else None


def before_first_look(facts: Facts) -> Move | None:
    """The numbers that Yuki holds are not listed yet.

    The list itself has waiting invoices sent; this is for those that it did not find, because the index was behind.
    """
    if facts.had_first_look:
        return None
    waited = max(_LOOK_AGAIN, min(facts.now - facts.transfer.first_seen_at, _LONGEST_FOR_THE_LIST))
    return Wait(WaitReason.FIRST_LOOK, facts.now + waited)


def unreadable(facts: Facts) -> Move | None:
    """It holds a value that Tribe is not known to write."""
    return Hold(HoldReason.INVOICE_INVALID, facts.invoice.flaws) if facts.invoice.flaws else None


def without_customer(facts: Facts) -> Move | None:
    """It is for nobody."""
    return None if facts.invoice.relation else Hold(HoldReason.INVOICE_INVALID, (Detail(DetailCode.CUSTOMER_MISSING),))


def with_unreadable_customer(facts: Facts) -> Move | None:
    """Its customer holds a value that Tribe is not known to write."""
    return Hold(HoldReason.NOT_UNDERSTOOD, facts.customer.flaws) if facts.customer.flaws else None


# What is known of Yuki decides about an invoice that is mapped


def missed_by_webhooks(facts: Facts) -> Move | None:
    """Nobody told of it when it was sent, so its transfer may have been lost, and not its booking."""
    return _doubt(facts, DoubtReason.MISSED) if facts.transfer.verify_first else None


def held_for_long(facts: Facts) -> Move | None:
    """It did not go for long, so somebody may have lost patience and typed it in."""
    is_long = waits_for_long(facts.transfer, facts.now) or was_sent_long_ago(facts)
    return _doubt(facts, DoubtReason.HELD) if is_long else None


def was_sent_long_ago(facts: Facts) -> bool:
    """Whether its document is older than what waits for long, though it was heard of just now: a webhook was lost."""
    document = choose_pdf(facts.invoice, facts.transfer.first_seen_at)
    made_at = document.created_at if document else None
    return made_at is not None and facts.now - made_at > HELD_FOR_LONG and not facts.transfer.is_known_absent


def waits_for_long(transfer: Transfer, now: datetime) -> bool:
    """Whether an invoice waits, complete or not, for so long that somebody may have typed it in."""
    return transfer.held_since is not None and now - transfer.held_since > HELD_FOR_LONG


def held_for_another(facts: Facts) -> Move | None:
    """It was held for an invoice in Yuki that has its number, or may be it: Yuki tells whether that is there still."""
    is_in_yuki = any(detail.code in _SEEN_IN_YUKI for detail in facts.held_for)
    return _doubt(facts, DoubtReason.HELD) if is_in_yuki else None


def attempted_before(facts: Facts) -> Move | None:
    """It went out before, whatever the answer was: that may have come after the work."""
    is_open = facts.transfer.sends and not facts.transfer.is_known_absent
    return _doubt(facts, DoubtReason.ATTEMPTED) if is_open else None


def with_copied_external_id(facts: Facts) -> Move | None:
    """It carries the external id of another booking, as a copy does; or its own, and we forgot."""
    is_open = facts.external_id() is ExternalId.COPIED and not facts.transfer.is_known_absent
    return _doubt(facts, DoubtReason.MARKED) if is_open else None


def sent_before_activation(facts: Facts) -> Move | None:
    """It was last touched before the connection was active, and may have been typed in; Tribe tells whole seconds."""
    activated_at, modified_at = facts.settings.activated_at.replace(microsecond=0), facts.invoice.modified_at
    is_older = modified_at is not None and modified_at < activated_at
    is_open = is_older and not facts.transfer.is_known_absent
    return _doubt(facts, DoubtReason.BEFORE_ACTIVATION) if is_open else None


def sent_too_often(facts: Facts) -> Move | None:
    """It went out as often as it may without being confirmed."""
    return None if facts.transfer.sends_left else Hold(HoldReason.NOT_CONFIRMED, (sends(facts.transfer.sends),))


def _doubt(facts: Facts, why: DoubtReason) -> Move:
    return Doubt(why, facts.transfer.verify_at(facts.now))


AS_STORED: Sequence[Rule] = (changed_after_attempt, gone_in_tribe, draft_again)
AS_READ: Sequence[Rule] = (
    in_excluded_phase,
    booked_by_us,
    before_start_date,
    of_another_system,
    nothing_to_book,
    without_number,
    not_final,
    without_pdf,
    while_paused,
    before_first_look,
    unreadable,
    without_customer,
    with_unreadable_customer,
)
MAY_BE_BOOKED: Sequence[Rule] = (
    missed_by_webhooks,
    held_for_long,
    held_for_another,
    attempted_before,
    with_copied_external_id,
    sent_before_activation,
)
