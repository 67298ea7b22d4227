"""Tell the whole story of an invoice, a contact or a connection, from the journal (design 9)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.contacts.link import Link, LinkState
from tribe_yuki.contacts.merge.warnings import WarningCode, explain_warning
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.details import DetailCode, Details
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.core.ids import is_guid
from tribe_yuki.core.journal import Fact, JournalKind, Subject, SubjectKind, WrittenEntry
from tribe_yuki.core.money import amount_in
from tribe_yuki.core.texts import details_in, explain_hold
from tribe_yuki.invoices.transfer import State, Transfer
from tribe_yuki.people.story_texts import (
    ACTORS,
    AFTER_THE_PERSON,
    BOOKED,
    CAUSES,
    FIELDS,
    HELD_CONTACT,
    INACTIVE,
    LABELS,
    LINK_STATES,
    NEXT,
    OWNERS,
    REPORTED,
    SIDES,
    STORY_TEXTS,
    TASKS,
    TRANSFER_STATES,
    UNKNOWN_CAUSE,
    VERIFICATIONS,
    WAYS,
    WITH_PDF,
    WITHOUT_PDF,
    Actor,
    Sentence,
)

YUKI_HOLDS_IT = "yuki"
_MINUTE = {"en": "%Y-%m-%d %H:%M", "nl": "%d-%m-%Y %H:%M"}
_DAY = {"en": "%Y-%m-%d", "nl": "%d-%m-%Y"}
# States in which an invoice may be that has not reserved its number yet.
_WITHOUT_RESERVATION = (State.WAITING, State.HELD, State.SKIPPED, State.DEAD)
_UNSETTLED_LINKS = (LinkState.NEW, LinkState.CREATING, LinkState.HELD)
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
    teller = _Teller(operator, connection_id, language)
    stories = tuple(teller.stories(name))
    if not stories:
        raise Declined(
            "record_unknown",
            f"nothing is known of {name}: give the number of an invoice that was sent, a debtor number, or an id",
        )
    return Explained(connection_id, language, stories)


def local_minute(instant: datetime, language: str) -> str:
    """Return an instant as people in Amsterdam read it."""
    return instant.astimezone(AMSTERDAM).strftime(_MINUTE[language])


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells stories of one connection in one language."""

    operator: Operator
    connection_id: str
    language: str

    def stories(self, name: str) -> Iterator[Story]:
        """Yield the stories of everything that a name stands for."""
        for transfer in self._transfers(name):
            yield self._story_of_invoice(transfer)
        for link in self._links(name):
            yield self._story_of_link(link)
        for contact in self._unlinked(name):
            yield self._story_of_contact(contact)
        if YUKI_HOLDS_IT in self.operator.stores(self.connection_id).transfers.holders_of_reference(name):
            yield Story(
                f"{self._say(LABELS['invoice'])} {name}", self._say(LABELS["in_yuki"]), self._activated_at(), ()
            )
        if name == self.connection_id:
            yield self._story_of_connection()

    # Finding

    def _transfers(self, name: str) -> list[Transfer]:
        """Return the transfers with an id or number; one that was never ready has not reserved its number."""
        transfers = self.operator.stores(self.connection_id).transfers
        named = [name.lower()] if is_guid(name) else transfers.holders_of_reference(name)
        holders = (transfers.get(one) for one in named)
        found = {holder.tribe_invoice_id: holder for holder in holders if holder}
        if not is_guid(name):
            for state in _WITHOUT_RESERVATION:
                for transfer in transfers.in_state(state):
                    if transfer.reference == name:
                        found.setdefault(transfer.tribe_invoice_id, transfer)
        return sorted(found.values(), key=lambda transfer: transfer.first_seen_at)

    def _links(self, name: str) -> list[Link]:
        """Return the links with a debtor number, or with an id of either system."""
        links = self.operator.stores(self.connection_id).links
        if is_guid(name):
            relation_id = links.relation_linked_to(name.lower()) or name.lower()
            link = links.get(relation_id)
            return [link] if link else []
        holder_id = links.relation_with_code(name)
        holder = links.get(holder_id) if holder_id else None
        found = {holder.tribe_relation_id: holder} if holder else {}
        states = _UNSETTLED_LINKS if holder else (*_UNSETTLED_LINKS, LinkState.LINKED)
        for state in states:
            for link in links.in_state(state):
                if link.number == name:
                    found.setdefault(link.tribe_relation_id, link)
        return sorted(found.values(), key=lambda link: link.tribe_relation_id)

    def _unlinked(self, name: str) -> list[UnlinkedContact]:
        """Return the Yuki contacts without a link with an id, or with a number of Yuki's screens."""
        if is_guid(name):
            contact = self.operator.stores(self.connection_id).unlinked.get(name.lower())
            return [contact] if contact else []
        return [one for one in self.operator.stores(self.connection_id).unlinked.held() if str(one.number) == name]

    # Telling

    def _story_of_invoice(self, transfer: Transfer) -> Story:
        own = self._entries(SubjectKind.INVOICE, transfer.tribe_invoice_id)
        settled_at = transfer.since if transfer.state in (State.BOOKED, State.SKIPPED) else self.operator.now()
        of_all = [
            self._moment(one, transfer)
            for one in self._entries(SubjectKind.CONNECTION)
            if one.entry.code in _OF_ALL and transfer.first_seen_at <= one.at <= settled_at
        ]
        events = [self._moment(one, transfer) for one in own if one.entry.kind is JournalKind.EVENT]
        others = [self._moment(one, transfer) for one in own if one.entry.kind is not JournalKind.EVENT]
        # Of one instant: what came in is first, and the customer is seen to before the invoice.
        moments = [*events, *of_all, *self._of_contact(transfer, settled_at), *others]
        return Story(
            self._title(transfer),
            self._say(TRANSFER_STATES[transfer.state]),
            transfer.since.astimezone(AMSTERDAM),
            _in_order(moments),
            self._next_of_invoice(transfer),
        )

    def _of_contact(self, transfer: Transfer, settled_at: datetime) -> Iterator[Moment]:
        """Yield what happened to the customer of an invoice from when the invoice was seen until it was settled."""
        if transfer.tribe_relation_id is None:
            return
        link = self.operator.stores(self.connection_id).links.get(transfer.tribe_relation_id)
        for one in self._entries(SubjectKind.RELATION, transfer.tribe_relation_id):
            if transfer.first_seen_at <= one.at <= settled_at:
                moment = self._moment(one, link)
                about = f"{self._say(LABELS['contact'])} {transfer.contact_code or ''}".strip()
                yield replace(moment, what=f"{about}: {moment.what}")

    def _story_of_link(self, link: Link) -> Story:
        written = self._entries(SubjectKind.RELATION, link.tribe_relation_id)
        name = link.number or link.code or link.tribe_relation_id
        return Story(
            f"{self._say(LABELS['contact'])} {name}",
            self._say(LINK_STATES[link.state]),
            link.since.astimezone(AMSTERDAM),
            _in_order(self._moment(one, link) for one in written),
            self._next_of_hold(link.reason, link.number or "", link.details, "") if link.reason else None,
            tuple(self._warning(*one.partition(":")[::2]) for one in link.warnings),
        )

    def _story_of_contact(self, contact: UnlinkedContact) -> Story:
        written = self._entries(SubjectKind.YUKI_CONTACT, contact.yuki_contact_id)
        name = contact.number if contact.number is not None else contact.yuki_contact_id
        step = None
        if contact.reason:
            owner = OWNERS[HOLDS[HoldReason(contact.reason)].owner]
            step = NextStep(self._say(owner), self._contact_hold(contact.reason))
        return Story(
            f"{self._say(LABELS['yuki_contact'])}: {name}",
            self._say(LABELS[contact.state]),
            contact.since.astimezone(AMSTERDAM),
            _in_order(self._moment(one, contact) for one in written),
            step,
        )

    def _story_of_connection(self) -> Story:
        record = self.operator.record(self.connection_id)
        moments = _in_order(self._moment(one, None) for one in self._entries(SubjectKind.CONNECTION))
        since = moments[-1].at if moments else self._activated_at()
        state = self._say(LABELS[record.status or "connected"])
        return Story(f"{self._say(LABELS['connection'])} {self.connection_id}", state, since, moments)

    def _moment(self, written: WrittenEntry, record: Transfer | Link | UnlinkedContact | None) -> Moment:
        entry = written.entry
        text = STORY_TEXTS.get((entry.kind, entry.code))
        facts = self._facts(written, record)
        at = written.at
        if entry.kind is JournalKind.EVENT and "seen_at" in entry.facts:
            at = datetime.fromisoformat(str(entry.facts["seen_at"]))
        if text is None:
            # Written by a newer version: better told by its code than not at all.
            what, who = _plain(entry.code), str(entry.facts.get("who", ""))
        else:
            more = "".join(self._say(add) for fact, add in text.more.items() if fact in entry.facts)
            what = (self._say(text.text) + more).format_map(_Facts(facts))
            who = str(entry.facts.get("who") or self._say(ACTORS[text.actor]))
        return Moment(at.astimezone(AMSTERDAM), who, what, str(entry.facts.get("words", "")))

    def _facts(self, written: WrittenEntry, record: Transfer | Link | UnlinkedContact | None) -> dict[str, str]:
        """Return the facts of an entry as the sentences say them."""
        facts = {name: self._fact(value) for name, value in written.entry.facts.items()}
        told = dict(facts)
        for name in ("due_at", "seen_at"):
            if name in facts:
                told[name] = local_minute(datetime.fromisoformat(facts[name]), self.language)
        told["cause"] = self._cause(facts.get("why") or facts.get("code") or "")
        told["verification"] = self._named(VERIFICATIONS, facts.get("verification", ""), BOOKED)
        told["pdf"] = self._say(WITH_PDF if written.entry.facts.get("pdf") else WITHOUT_PDF)
        told["how"] = self._named(WAYS, facts.get("how", ""))
        told["side"] = self._named(SIDES, facts.get("side", ""))
        told["task"] = self._named(TASKS, facts.get("task", ""))
        told["field"] = self._field(facts.get("field", ""))
        told["fields"] = ", ".join(map(self._field, facts.get("fields", "").split(", ")))
        told["changes"] = "; ".join(f"{name} {value}" for name, value in facts.items() if name not in _OF_PEOPLE)
        if facts.get("reason"):
            details = written.entry.facts.get("detail")
            told |= self._reason(facts, details if isinstance(details, tuple) else (), record)
        if written.entry.code == "field_warning":
            told["warning"] = explain_warning(WarningCode(facts["why"]), language=self.language)
        return told

    def _fact(self, value: Fact) -> str:
        return details_in(self.language, value) if isinstance(value, tuple) else str(value)

    def _reason(
        self, facts: Mapping[str, str], details: Details, record: Transfer | Link | UnlinkedContact | None
    ) -> dict[str, str]:
        """Return what the reason of a state means: a hold with its owner, or a cause."""
        reason = facts["reason"]
        if reason not in set(HoldReason):
            errors = [detail.values["code"] for detail in details if detail.code is DetailCode.ERROR]
            return {"reason": self._cause(errors[0] if reason not in CAUSES and errors else reason)}
        hold = HoldReason(reason)
        owner = self._say(OWNERS[HOLDS[hold].owner])
        if isinstance(record, UnlinkedContact):
            return {"owner": owner, "hold": self._contact_hold(reason)}
        code = (record.contact_code if isinstance(record, Transfer) else record.number if record else None) or ""
        words = facts.get("words", "")
        return {
            "owner": owner,
            "hold": explain_hold(hold, language=self.language, code=code, details=details, words=words),
        }

    def _next_of_invoice(self, transfer: Transfer) -> NextStep | None:
        if transfer.hold_reason is not None:
            return self._next_of_hold(
                transfer.hold_reason, transfer.contact_code or "", transfer.details, transfer.words
            )
        if transfer.state is State.BOOKED:
            reported = REPORTED.get(transfer.reason or "")
            return NextStep(self._say(OWNERS[Owner.BOOKKEEPER]), self._say(reported)) if reported else None
        step = NEXT.get(transfer.state)
        if step is None:
            return None
        who = OWNERS[Owner.OPERATOR] if transfer.state is State.DEAD else ACTORS[Actor.CONNECTOR]
        return NextStep(
            self._say(who), self._say(step), transfer.due_at.astimezone(AMSTERDAM) if transfer.due_at else None
        )

    def _next_of_hold(self, reason: str, code: str, details: Details, words: str) -> NextStep:
        hold = HOLDS[HoldReason(reason)]
        sentence = explain_hold(HoldReason(reason), language=self.language, code=code, details=details, words=words)
        return NextStep(self._say(OWNERS[hold.owner]), f"{sentence} {self._say(AFTER_THE_PERSON[hold.release])}")

    # Words

    def _title(self, transfer: Transfer) -> str:
        parts = [f"{self._say(LABELS['invoice'])} {transfer.reference or transfer.tribe_invoice_id}"]
        if transfer.invoice_date is not None:
            parts.append(f"{self._say(LABELS['dated'])} {transfer.invoice_date.strftime(_DAY[self.language])}")
        if transfer.total_incl is not None:
            parts.append(f"{transfer.currency} {amount_in(self.language, transfer.total_incl)}")
        if transfer.contact_code:
            parts.append(f"{self._say(LABELS['debtor'])} {transfer.contact_code}")
        return ", ".join(parts)

    def _say(self, sentence: Sentence) -> str:
        return sentence.in_language(self.language)

    def _named(self, table: Mapping[str, Sentence], name: str, otherwise: Sentence | None = None) -> str:
        found = table.get(name, otherwise)
        return self._say(found) if found else _plain(name)

    def _field(self, name: str) -> str:
        return self._named(FIELDS, name) if name in FIELDS else name

    def _cause(self, code: str) -> str:
        if code in CAUSES:
            return self._say(CAUSES[code])
        return self._say(UNKNOWN_CAUSE).format(code=_plain(code))

    def _contact_hold(self, reason: str) -> str:
        if reason in HELD_CONTACT:
            return self._say(HELD_CONTACT[reason])
        return explain_hold(HoldReason(reason), language=self.language)

    def _warning(self, field: str, code: str) -> str:
        if code not in set(WarningCode):
            return self._say(INACTIVE)
        return f"{self._field(field)}: {explain_warning(WarningCode(code), language=self.language)}"

    def _entries(self, kind: SubjectKind, record_id: str = "") -> list[WrittenEntry]:
        return self.operator.stores(self.connection_id).journal.entries(Subject(kind, record_id))

    def _activated_at(self) -> datetime:
        return self.operator.record(self.connection_id).settings.activated_at.astimezone(AMSTERDAM)


class _Facts(dict[str, str]):
    """Facts for a sentence; one that an old entry does not have is left out."""

    def __missing__(self, name: str) -> str:
        return "…"


def _in_order(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _plain(code: str) -> str:
    return code.replace("_", " ")
