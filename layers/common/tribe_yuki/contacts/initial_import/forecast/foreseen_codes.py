"""Foresee which codes the import writes, accepts and holds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from tribe_yuki.contacts.fields.code import code_key, is_same_code
from tribe_yuki.contacts.fields.table import CODE_FIELD
from tribe_yuki.contacts.initial_import.decide_code import (
    ConfirmCode,
    HoldCode,
    OfferNumber,
    WriteCode,
    decide_code,
    decide_equal_code,
    has_open_code,
    has_other_code,
    link_with_code,
    may_get_code,
)
from tribe_yuki.contacts.initial_import.forecast.foreseen_links import ForeseenLinks
from tribe_yuki.contacts.initial_import.forecast.foreseen_systems import ForeseenSystems
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.merge.tribe_values import TribeValues
from tribe_yuki.contacts.model import YukiContact


@dataclass(slots=True)
class ForeseenCodes:
    """The codes of Yuki's contacts; `_holders` are contacts by code."""

    links: ForeseenLinks
    systems: ForeseenSystems
    _holders: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def see(self, contacts: Iterable[YukiContact]) -> None:
        """Take in which contacts of Yuki have which code."""
        for contact in contacts:
            if contact.code and contact.yuki_contact_id not in self.systems.erased:
                self._holders[code_key(contact.code)].add(contact.yuki_contact_id)

    def settle(self) -> None:
        """Decide about the codes of all linked contacts, until nothing changes."""
        while sum([self._see_to_code(link) for link in self._open() if has_other_code(link)]):
            pass
        for link in self._open():
            if link.number is not None and not has_other_code(link):
                self._confirm(link, link.number)

    def _open(self) -> list[Link]:
        return [link for _, link in sorted(self.links.by_relation.items()) if has_open_code(link)]

    def _see_to_code(self, link: Link) -> bool:
        """Decide about a code that is another one; return whether it is written."""
        relation = self.systems.relations.get(link.tribe_relation_id)
        if relation is None or not may_get_code(relation, self.systems.settings):
            return False
        match decide_code(link, relation, self.systems.settings, partial(self._is_taken, link), self._is_given):
            case WriteCode(code):
                self._write(link, code)
                return True
            case OfferNumber(number):
                self.systems.update_relation(relation, TribeValues({CODE_FIELD.tribe_attribute: number}))
                self.links.keep(replace(link, number=number))
            case HoldCode(reason):
                self.links.hold(link, reason)
        return False

    def _confirm(self, link: Link, number: str) -> None:
        match decide_equal_code(number, lambda code: self._is_taken(link, code)):
            case ConfirmCode(code):
                self.links.keep(link_with_code(link, code))
            case HoldCode(reason):
                self.links.hold(link, reason)

    def _write(self, link: Link, code: str) -> None:
        contact_id = link.yuki_contact_id or ""
        self.systems.count_update(contact_id, ["Code"])
        self._holders[code_key(code)].add(contact_id)
        if link.code_at_import and not is_same_code(link.code_at_import, code):
            self._holders[code_key(link.code_at_import)].discard(contact_id)
        self.links.keep(link_with_code(link, code))

    def _is_given(self, number: str) -> bool:
        return any(is_same_code(relation.debtor_number, number) for relation in self.systems.relations.values())

    def _is_taken(self, link: Link, code: str) -> bool:
        return bool(self._holders[code_key(code)] - {link.yuki_contact_id})
