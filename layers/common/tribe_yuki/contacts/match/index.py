"""Put relations on the match index, and say what it finds a record by."""

from collections.abc import Iterable, Iterator

from tribe_yuki.contacts.context import ContactContext
from tribe_yuki.contacts.match.profile import NUMBERS, MatchProfile, relation_profile
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


def match_keys(profile: MatchProfile) -> Iterator[tuple[str, str]]:
    """Yield what a record is found by, as kind and value: an id, a number or a name."""
    texts = [("id", profile.yuki_contact_id), ("yuki_name", profile.yuki_name)]
    texts += [(key.value, profile.number(key)) for key in NUMBERS]
    texts += [("name", name.base) for name in profile.names]
    return (pair for pair in texts if pair[1])
