"""The details of contacts that need values (`core/details.py`)."""

from collections.abc import Iterable

from tribe_yuki.contacts.model import ContactKind, YukiContact
from tribe_yuki.core.details import Detail, DetailCode, listed


def named_contacts(contacts: Iterable[YukiContact]) -> Detail:
    """The contacts that may be meant, by the numbers of Yuki's screens; one without a number by its id."""
    named = [(str(contact.hid) if contact.hid is not None else contact.yuki_contact_id) for contact in contacts]
    are_numbers = all(name.isdigit() for name in named)
    code = DetailCode.CONTACT_NUMBERS if are_numbers else DetailCode.CONTACT_IDS
    return Detail(code, {"numbers": listed(named)})


def kind_of(kind: ContactKind) -> Detail:
    """What the record is in Tribe, and not in Yuki."""
    return Detail(DetailCode.KIND, {"kind": kind.value})


def contact_changed(contact: int | str) -> Detail:
    """Yuki changed a contact that was there, instead of making one."""
    return Detail(DetailCode.CONTACT_CHANGED, {"contact": str(contact)})


def relations(tribe_relation_ids: Iterable[str]) -> Detail:
    """The relations that may be meant."""
    return Detail(DetailCode.RELATIONS, {"ids": listed(tribe_relation_ids)})
