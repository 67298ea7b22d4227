"""The name under which a contact is created in Yuki, before it gets its own.

UpdateContact without an ID changes the contact whose type and name are equal but for comma, full stop, quotes, hyphen
and spaces (yuki-api 3.3). A mark is nobody's name, so nothing but a new contact can come of it, or the one that an
earlier try made under the same mark: whatever the relation is called by then, and however long a name Yuki takes.
"""

import re
from collections.abc import Mapping
from hashlib import sha256

from tribe_yuki.contacts.fields.converters import tidy
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.match.names import yuki_name_key
from tribe_yuki.contacts.merge.yuki_elements import elements_for_yuki
from tribe_yuki.contacts.model import TribeRelation

# The parts of a name that Yuki may compare: which of them it takes for a person is not known (yuki-api 3.3).
_MARKED_ELEMENTS = ("LastName", "FullName")
_NAME_ELEMENTS = ("FirstName", "MiddleName", *_MARKED_ELEMENTS)
_MARK = re.compile(r"\[Tribe (?:\S.* )?[0-9a-f]{8}\]")


def provisional_mark(tribe_relation_id: str, code: str | None) -> str:
    """Return the mark of a relation's new contact: it says where the contact is from, and is the same at every try."""
    token = sha256(tribe_relation_id.lower().encode()).hexdigest()[:8]
    return " ".join(part for part in ("[Tribe", tidy(code), f"{token}]") if part)


def with_mark(elements: Mapping[str, str], mark: str) -> dict[str, str]:
    """Return elements of a new contact with the mark in place of its names."""
    marked = {name: mark for name in _MARKED_ELEMENTS if name in elements}
    return {name: value for name, value in elements.items() if name not in _NAME_ELEMENTS} | marked


def own_names(relation: TribeRelation, settings: ContactMapping) -> dict[str, str]:
    """Return the elements that give a contact the names of its relation."""
    elements = elements_for_yuki(relation, settings=settings).elements
    return {name: elements[name] for name in _NAME_ELEMENTS if name in elements}


def has_mark(name: str | None, mark: str | None = None) -> bool:
    """Whether a contact's name begins with a mark, or with this one."""
    if mark is not None:
        return yuki_name_key(name).startswith(yuki_name_key(mark))
    return _MARK.match(tidy(name)) is not None
