"""Who was erased: nothing about them is stored again, whatever a list of either system shows (design 4)."""

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.link import LinkState


def erased_ids(connection: ContactContext) -> frozenset[str]:
    """Return the ids of erased relations and contacts; ask after a list was read, so that none is missed."""
    links = connection.links.in_state(LinkState.ERASED)
    return frozenset(
        record_id for link in links for record_id in (link.tribe_relation_id, link.yuki_contact_id) if record_id
    )
