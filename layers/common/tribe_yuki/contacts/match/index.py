"""Find the few records that one can match among thousands, for the initial import and its plan."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tribe_yuki.contacts.match.profile import NUMBERS, MatchProfile


class MatchIndex[Record]:
    """Records by everything that a match needs at least one of; an address alone never matches."""

    def __init__(self, records: Iterable[tuple[MatchProfile, Record]]) -> None:
        self._records: list[Record] = []
        self._by_key: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for position, (profile, record) in enumerate(records):
            self._records.append(record)
            for key in set(match_keys(profile)):
                self._by_key[key].append(position)

    def near(self, profile: MatchProfile) -> list[Record]:
        """Return the records that share an id, a number or a name with a profile, in the order they came in."""
        positions = {position for key in match_keys(profile) for position in self._by_key.get(key, ())}
        return [self._records[position] for position in sorted(positions)]


def match_keys(profile: MatchProfile) -> Iterator[tuple[str, str]]:
    """Yield what a record is found by, as kind and value: an id, a number or a name."""
    texts = [("id", profile.yuki_contact_id), ("yuki_name", profile.yuki_name)]
    texts += [(key.value, profile.number(key)) for key in NUMBERS]
    texts += [("name", name.base) for name in profile.names]
    return (pair for pair in texts if pair[1])
