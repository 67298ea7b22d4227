"""Tell the whole story of an invoice, a contact or a connection, from the journal (design 9)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.find_records import find_links, find_transfers, find_unlinked
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.merge.warnings import WarningCode
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.details import DetailCode, Details
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.core.journal import Fact, JournalKind, Subject, SubjectKind, WrittenEntry
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.store import YUKI_HOLDS_IT
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.story_entries import STORIES, Actor

# The holds whose sentence speaks of a relation, and has another sentence for a Yuki contact without a link.
CONTACT_HOLDS = frozenset({HoldReason.CONTACT_AMBIGUOUS, HoldReason.CONTACT_GONE_IN_YUKI})
# What happens to the whole connection, and belongs to the story of an invoice that lives through it.
_OF_ALL = frozenset({"paused", "resumed", "settings_changed", "credentials_replaced"})
_OF_PEOPLE = frozenset({"who", "why"})


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, at an instant in Amsterdam; `words` are Yuki's own."""

    at: datetime
    who: str
    what: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next, and whose turn it is; `when` is empty when that depends on a person."""

    who: str
    what: str
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """The story of one record; `state` is where it stands, in words."""

    title: str
    state: str
    since: datetime
    moments: tuple[Moment, ...]
    next_step: NextStep | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """The stories of all records that a name stands for, in one language."""

    connection: str
    language: str
    stories: tuple[Story, ...]


def explain_record(operator: Operator, connection_id: str, name: str, language: str = "en") -> Explained:
    """Return the stories behind an invoice number, a debtor number, an id of either system, or the connection's own id.

    Raises Declined when nothing is known under this name.
    """
    operator.record(connection_id)
    teller = _Teller(operator, connection_id, Texts(language))
    stories = tuple(teller.stories(name))
    if not stories:
        raise Declined(
            "record_unknown",
            f"nothing is known of {name}: give the number of an invoice that was sent, a debtor number, or an id",
        )
    return Explained(connection_id, language, stories)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells stories of one connection in one language."""

    operator: Operator
    connection_id: str
    texts: Texts

    def stories(self, name: str) -> Iterator[Story]:
        """Yield the stories of everything that a name stands for."""
        stores = self.operator.stores(self.connection_id)
        for transfer in find_transfers(stores.transfers, name):
            yield self._story_of_invoice(transfer)
        for link in find_links(stores.links, name):
            yield self._story_of_link(link)
        for contact in find_unlinked(stores.unlinked, name):
            yield self._story_of_contact(contact)
        if YUKI_HOLDS_IT in stores.transfers.holders_of_reference(name):
            yield Story(f"{self._label('invoice')} {name}", self._label("in_yuki"), self._activated_at(), ())
        if name == self.connection_id:
            yield self._story_of_connection()

    # Telling

    def _story_of_invoice(self, transfer: Transfer) -> Story:
        own = self._entries(SubjectKind.INVOICE, transfer.tribe_invoice_id)
        settled_at = transfer.since if transfer.state in (State.BOOKED, State.SKIPPED) else self.operator.now()
        of_all = [
            self._moment(entry, transfer)
            for entry in self._entries(SubjectKind.CONNECTION)
            if entry.entry.code in _OF_ALL and transfer.first_seen_at <= entry.at <= settled_at
        ]
        events = [self._moment(entry, transfer) for entry in own if entry.entry.kind is JournalKind.EVENT]
        others = [self._moment(entry, transfer) for entry in own if entry.entry.kind is not JournalKind.EVENT]
        # Of one instant: what came in is first, and the customer is seen to before the invoice.
        moments = [*events, *of_all, *self._of_contact(transfer, settled_at), *others]
        return Story(
            self._title(transfer),
            self.texts.name("transfer", transfer.state),
            transfer.since.astimezone(AMSTERDAM),
            _in_order(moments),
            self._next_of_invoice(transfer),
        )

    def _of_contact(self, transfer: Transfer, settled_at: datetime) -> Iterator[Moment]:
        """Yield what happened to the customer of an invoice from when the invoice was seen until it was settled."""
        if transfer.tribe_relation_id is None:
            return
        link = self.operator.stores(self.connection_id).links.get(transfer.tribe_relation_id)
        for entry in self._entries(SubjectKind.RELATION, transfer.tribe_relation_id):
            if transfer.first_seen_at <= entry.at <= settled_at:
                moment = self._moment(entry, link)
                about = f"{self._label('contact')} {transfer.contact_code or ''}".strip()
                yield replace(moment, what=f"{about}: {moment.what}")

    def _story_of_link(self, link: Link) -> Story:
        written = self._entries(SubjectKind.RELATION, link.tribe_relation_id)
        name = link.number or link.code or link.tribe_relation_id
        return Story(
            f"{self._label('contact')} {name}",
            self.texts.name("link", link.state),
            link.since.astimezone(AMSTERDAM),
            _in_order(self._moment(entry, link) for entry in written),
            self._next_of_hold(link.reason, link.number or "", link.details, "") if link.reason else None,
            tuple(self._warning(*warning.partition(":")[::2]) for warning in link.warnings),
        )

    def _story_of_contact(self, contact: UnlinkedContact) -> Story:
        written = self._entries(SubjectKind.YUKI_CONTACT, contact.yuki_contact_id)
        name = contact.number if contact.number is not None else contact.yuki_contact_id
        step = None
        if contact.reason:
            step = NextStep(self._owner(HoldReason(contact.reason)), self._contact_hold(contact.reason))
        return Story(
            f"{self._label('yuki_contact')}: {name}",
            self._label(contact.state),
            contact.since.astimezone(AMSTERDAM),
            _in_order(self._moment(entry, contact) for entry in written),
            step,
        )

    def _story_of_connection(self) -> Story:
        record = self.operator.record(self.connection_id)
        moments = _in_order(self._moment(entry, None) for entry in self._entries(SubjectKind.CONNECTION))
        since = moments[-1].at if moments else self._activated_at()
        state = self._label(record.status or "connected")
        return Story(f"{self._label('connection')} {self.connection_id}", state, since, moments)

    def _moment(self, written: WrittenEntry, record: Transfer | Link | UnlinkedContact | None) -> Moment:
        entry = written.entry
        story = STORIES.get((entry.kind, entry.code))
        at = written.at
        if entry.kind is JournalKind.EVENT and "seen_at" in entry.facts:
            at = datetime.fromisoformat(str(entry.facts["seen_at"]))
        if story is None:
            # Written by a newer version: better told by its code than not at all.
            what, who = _plain(entry.code), str(entry.facts.get("who", ""))
        else:
            facts = _Facts(self._facts(written, record))
            told = [f"story.{entry.kind}.{entry.code}"]
            told += [f"{told[0]}.{fact}" for fact in story.more if fact in entry.facts]
            what = "".join(self.texts.say(message, facts) for message in told)
            if story.actor is Actor.PERSON and "why" in entry.facts:
                what += self.texts.say("story.why", facts)
            who = str(entry.facts.get("who") or self.texts.name("actor", story.actor))
        return Moment(at.astimezone(AMSTERDAM), who, what, str(entry.facts.get("words", "")))

    def _facts(self, written: WrittenEntry, record: Transfer | Link | UnlinkedContact | None) -> dict[str, str]:
        """Return the facts of an entry as the sentences say them."""
        facts = {name: self._fact(value) for name, value in written.entry.facts.items()}
        told = dict(facts)
        for name in ("due_at", "seen_at"):
            if name in facts:
                told[name] = self.texts.minute(datetime.fromisoformat(facts[name]).astimezone(AMSTERDAM))
        told["cause"] = self._cause(facts.get("why") or facts.get("code") or "")
        verification = f"verification.{facts.get('verification')}"
        told["verification"] = self.texts.say(verification if self.texts.knows(verification) else "verification")
        told["pdf"] = self.texts.say("pdf.with" if written.entry.facts.get("pdf") else "pdf.without")
        for name, family in (("how", "way"), ("side", "side"), ("task", "task"), ("field", "field")):
            told[name] = self.texts.name(family, facts.get(name, ""))
        told["fields"] = ", ".join(self.texts.name("field", field) for field in facts.get("fields", "").split(", "))
        told["changes"] = "; ".join(f"{name} {value}" for name, value in facts.items() if name not in _OF_PEOPLE)
        if facts.get("reason"):
            details = written.entry.facts.get("detail")
            told |= self._reason(facts, details if isinstance(details, tuple) else (), record)
        if written.entry.code == "field_warning":
            told["warning"] = self.texts.say(f"warning.{WarningCode(facts['why'])}")
        return told

    def _fact(self, value: Fact) -> str:
        return self.texts.details(value) if isinstance(value, tuple) else str(value)

    def _reason(
        self, facts: Mapping[str, str], details: Details, record: Transfer | Link | UnlinkedContact | None
    ) -> dict[str, str]:
        """Return what the reason of a state means: a hold with its owner, or a cause."""
        reason = facts["reason"]
        if reason not in set(HoldReason):
            errors = [detail.values["code"] for detail in details if detail.code is DetailCode.ERROR]
            is_known = self.texts.knows(f"cause.{reason}")
            return {"reason": self._cause(errors[0] if errors and not is_known else reason)}
        hold = HoldReason(reason)
        owner = self._owner(hold)
        if isinstance(record, UnlinkedContact):
            return {"owner": owner, "hold": self._contact_hold(reason)}
        code = (record.contact_code if isinstance(record, Transfer) else record.number if record else None) or ""
        words = facts.get("words", "")
        return {"owner": owner, "hold": self.texts.hold(hold, code=code, details=details, words=words)}

    def _next_of_invoice(self, transfer: Transfer) -> NextStep | None:
        if transfer.hold_reason is not None:
            return self._next_of_hold(
                transfer.hold_reason, transfer.contact_code or "", transfer.details, transfer.words
            )
        if transfer.state is State.BOOKED:
            reported = f"reported.{transfer.reason}"
            owner = self.texts.name("owner", Owner.BOOKKEEPER)
            return NextStep(owner, self.texts.say(reported)) if self.texts.knows(reported) else None
        step = f"next.{transfer.state}"
        if not self.texts.knows(step):
            return None
        is_dead = transfer.state is State.DEAD
        who = self.texts.name("owner", Owner.OPERATOR) if is_dead else self.texts.name("actor", Actor.CONNECTOR)
        due_at = transfer.due_at.astimezone(AMSTERDAM) if transfer.due_at else None
        return NextStep(who, self.texts.say(step), due_at)

    def _next_of_hold(self, reason: str, code: str, details: Details, words: str) -> NextStep:
        hold = HoldReason(reason)
        sentence = self.texts.hold(hold, code=code, details=details, words=words)
        after = self.texts.say(f"after.{HOLDS[hold].release}")
        return NextStep(self._owner(hold), f"{sentence} {after}")

    # Words

    def _title(self, transfer: Transfer) -> str:
        parts = [f"{self._label('invoice')} {transfer.reference or transfer.tribe_invoice_id}"]
        if transfer.invoice_date is not None:
            parts.append(f"{self._label('dated')} {self.texts.day(transfer.invoice_date)}")
        if transfer.total_incl is not None:
            parts.append(f"{transfer.currency} {self.texts.amount(transfer.total_incl)}")
        if transfer.contact_code:
            parts.append(f"{self._label('debtor')} {transfer.contact_code}")
        return ", ".join(parts)

    def _label(self, name: str) -> str:
        return self.texts.name("label", name)

    def _owner(self, hold: HoldReason) -> str:
        return self.texts.name("owner", HOLDS[hold].owner)

    def _cause(self, code: str) -> str:
        cause = f"cause.{code}"
        return self.texts.say(cause) if self.texts.knows(cause) else self.texts.say("cause", {"code": _plain(code)})

    def _contact_hold(self, reason: str) -> str:
        hold = HoldReason(reason)
        return self.texts.say(f"contact.{hold}") if hold in CONTACT_HOLDS else self.texts.hold(hold)

    def _warning(self, field: str, code: str) -> str:
        if code not in set(WarningCode):
            return self.texts.say("warning.inactive")
        return f"{self.texts.name('field', field)}: {self.texts.say(f'warning.{WarningCode(code)}')}"

    def _entries(self, kind: SubjectKind, record_id: str = "") -> list[WrittenEntry]:
        return self.operator.stores(self.connection_id).journal.entries(Subject(kind, record_id))

    def _activated_at(self) -> datetime:
        return self.operator.record(self.connection_id).settings.activated_at.astimezone(AMSTERDAM)


class _Facts(dict[str, str]):
    """Facts for a sentence; a fact that an old entry does not have is left out."""

    def __missing__(self, name: str) -> str:
        return "…"


def _in_order(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _plain(code: str) -> str:
    return code.replace("_", " ")
