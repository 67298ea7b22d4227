"""Write to a contact of Yuki, by its id (design 5)."""

from collections.abc import Mapping

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.masking import OwnValues, mask
from tribe_yuki.contacts.merge.after_write import contact_after
from tribe_yuki.contacts.merge.yuki_elements import YUKI_TYPES
from tribe_yuki.contacts.model import ContactKind, TribeRelation, YukiContact
from tribe_yuki.contacts.provisional_names import own_names
from tribe_yuki.core.errors import Defect, Held

BOTH_STATES = "Both"
# What says nothing of a person by its words.
_PLAIN_ELEMENTS = frozenset({"ID", "Type", "CountryCode", "Country", "Code"})


def create_contact(connection: ContactContext, relation: TribeRelation, elements: Mapping[str, str]) -> str:
    """Create a contact under a name that no contact has; return its id. Raises Held(refused_by_yuki).

    With a name or code that a contact has, Yuki would change that one (yuki-api 3.3).
    """
    return _update_contact(connection, dict(elements), relation)


def update_contact(
    connection: ContactContext,
    relation: TribeRelation,
    yuki_contact_id: str,
    elements: Mapping[str, str],
    contact: YukiContact | None = None,
) -> None:
    """Change a contact; what is not among the elements stays as it is, its name too.

    `contact` is how it stands, where known. Raises Held(refused_by_yuki) with Yuki's words, masked.
    """
    written = {"ID": yuki_contact_id, "Type": YUKI_TYPES[relation.kind], **elements}
    if relation.kind is ContactKind.ORGANISATION:
        # Whether Yuki demands the name is not known (yuki-api 3.3); the one that stands there changes nothing.
        written.setdefault("FullName", contact.name if contact else relation.name)
    if _update_contact(connection, written, relation) != yuki_contact_id:
        raise Defect("other_contact_updated", "Yuki names another contact than the one that was asked for")


def give_names(connection: ContactContext, relation: TribeRelation, contact: YukiContact) -> YukiContact:
    """Give a contact that was created under another name its own; return it as it stands then."""
    elements = own_names(relation, connection.contact_mapping)
    update_contact(connection, relation, contact.yuki_contact_id, elements, contact)
    return contact_after(contact, elements, relation.kind)


def _update_contact(connection: ContactContext, elements: dict[str, str], relation: TribeRelation) -> str:
    try:
        return connection.yuki.update_contact(elements)
    except Held as held:
        names = (relation.name, relation.first_name, relation.last_name, relation.email, relation.financial_email)
        written = [value for name, value in elements.items() if name not in _PLAIN_ELEMENTS]
        own = OwnValues((*names, *written), (relation.phone, relation.mobile, relation.vat_number, relation.coc_number))
        raise Held(held.reason, *held.details, words=mask(held.words, own)) from None
