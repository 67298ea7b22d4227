"""What the match index finds a record by."""

from collections.abc import Iterator

from tribe_yuki.contacts.match.profile import NUMBERS, MatchProfile


def match_keys(profile: MatchProfile) -> Iterator[tuple[str, str]]:
    """Yield what a record is found by, as kind and value: an id, a number or a name."""
    texts = [("id", profile.yuki_contact_id), ("yuki_name", profile.yuki_name)]
    texts += [(key.value, profile.number(key)) for key in NUMBERS]
    texts += [("name", name.base) for name in profile.names]
    return (pair for pair in texts if pair[1])
