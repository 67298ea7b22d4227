"""Decide which contacts to ask Yuki for, at the fewest calls, to match one relation.

Every call counts (design 7), so one search is asked at a time and the answers decide on the next:

* With our ImportId it is looked up by id, and nothing else is asked.
* Without it: code, VAT number, CoC number, name: each as far as the relation has it, in both active states at once.
* A key that brought a hit is asked once more among the inactive ones only, because an answer does not tell (yuki-api
  3.1) and an inactive contact must not be linked.
* It ends early when the code belongs to another contact, and when the hit in hand agrees on every key that was not
  searched yet: a contact that only those would find agrees on less, and would give way.

So a contact that agrees on everything costs two calls, a relation that is new to Yuki at most four.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tribe_yuki.contacts.fields.code import contact_code
from tribe_yuki.contacts.fields.converters import tidy
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.match.evidence import weigh
from tribe_yuki.contacts.match.names import name_to_search
from tribe_yuki.contacts.match.profile import Key, contact_profile, import_id, relation_profile
from tribe_yuki.contacts.match.result import Ambiguous, Cause, Match, MatchResult
from tribe_yuki.contacts.match.rules import match_contact
from tribe_yuki.contacts.match.verdict import Answer
from tribe_yuki.contacts.model import ContactKind, TribeRelation, YukiContact

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Search:
    """One call of SearchContacts."""

    option: Literal["ID", "Code", "VATNumber", "CoCNumber", "Name"]
    value: str
    active: Literal["Both", "Inactive"] = "Both"
    page: int = 1


type Answers = Mapping[Search, Sequence[YukiContact]]


def next_search(
    relation: TribeRelation, answers: Answers, settings: ContactMapping
) -> Search | MatchResult[YukiContact]:
    """Return the next call to make, or the decision once the answers suffice; every answer is one page, whole."""
    seen: dict[str, YukiContact] = {}
    inactive: set[str] = set()
    plan, profile = list(search_plan(relation, settings)), relation_profile(relation, settings)
    for position, (_, search) in enumerate(plan):
        found = _all_pages(search, answers)
        if isinstance(found, Search):
            return found
        has_new_hit = any(
            contact.yuki_contact_id not in seen
            and weigh(profile, contact_profile(contact, settings)).answer is not Answer.DIFFERENT
            for contact in found
        )
        seen |= {contact.yuki_contact_id: contact for contact in found}
        if has_new_hit:
            not_active = _all_pages(replace(search, active="Inactive"), answers)
            if isinstance(not_active, Search):
                return not_active
            inactive |= {contact.yuki_contact_id for contact in not_active}
        decision = match_contact(relation, seen.values(), settings, inactive=inactive)
        if _is_final(decision, relation, [key for key, _ in plan[position + 1 :]], settings):
            return decision
    return match_contact(relation, seen.values(), settings, inactive=inactive)


def search_plan(relation: TribeRelation, settings: ContactMapping) -> Iterator[tuple[Key, Search]]:
    """Give the searches for a relation, by the key that each looks for, in the order in which they are asked."""
    if contact_id := import_id(relation):
        yield Key.IMPORT_ID, Search("ID", contact_id)
        return
    if code := contact_code(relation):
        yield Key.CODE, Search("Code", code)
    profile = relation_profile(relation, settings)
    if profile.vat_number:
        yield Key.VAT_NUMBER, Search("VATNumber", profile.vat_number)
    if profile.coc_number:
        yield Key.COC_NUMBER, Search("CoCNumber", profile.coc_number)
    is_company = relation.kind is ContactKind.ORGANISATION
    if name := name_to_search(relation.name) if is_company else tidy(relation.name):
        yield Key.NAME, Search("Name", name)


def _all_pages(search: Search, answers: Answers) -> list[YukiContact] | Search:
    """Return all contacts of a search, or the page that is still to be asked."""
    contacts: list[YukiContact] = []
    while (page := answers.get(search)) is not None:
        contacts += page
        if len(page) < PAGE_SIZE:
            return contacts
        search = replace(search, page=search.page + 1)
    return search


def _is_final(
    decision: MatchResult[YukiContact], relation: TribeRelation, unsearched: list[Key], settings: ContactMapping
) -> bool:
    """Whether no other contact can change the decision."""
    if isinstance(decision, Ambiguous):
        return decision.cause is Cause.CODE_OF_ANOTHER
    if not isinstance(decision, Match):
        return False
    needed = set(unsearched)
    if Key.NAME in needed and relation_profile(relation, settings).premises:
        needed.add(Key.ADDRESS)
    return needed <= decision.agrees
