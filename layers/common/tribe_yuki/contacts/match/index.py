"""Put relations on the match index."""

from collections.abc import Iterable

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.match.blocks import match_keys
from tribe_yuki.contacts.match.profile import relation_profile
from tribe_yuki.contacts.model import TribeRelation


def index_relations(connection: ContactContext, relations: Iterable[TribeRelation]) -> None:
    """Make relations findable by what they can be recognised by."""
    fingerprints, mapping = connection.match_fingerprints, connection.contact_mapping
    connection.match_index.remember(
        {
            relation.tribe_relation_id: [
                fingerprints.of(kind, value) for kind, value in match_keys(relation_profile(relation, mapping))
            ]
            for relation in relations
        }
    )
