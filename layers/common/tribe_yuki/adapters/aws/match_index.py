"""What records can be recognised by, as fingerprints, so that a match is found without reading everything again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.items import IdMapItems
from tribe_yuki.contacts.store import MatchIndexStore


@dataclass(frozen=True, slots=True)
class MatchIndex(IdMapItems, MatchIndexStore):
    """Stores which records have which fingerprints, never what the fingerprints were made of."""

    @override
    def remember(self, fingerprints: Mapping[str, Iterable[str]]) -> None:
        items = [
            self._key(keys.fingerprint(fingerprint, record_id))
            for record_id, some in fingerprints.items()
            for fingerprint in sorted(set(some))
        ]
        self.db.put_many(self.table, items)

    @override
    def forget(self, record_id: str, fingerprint: str) -> None:
        self._delete(keys.fingerprint(fingerprint, record_id))

    @override
    def near(self, fingerprints: Collection[str]) -> list[str]:
        found: dict[str, None] = {}
        for fingerprint in sorted(set(fingerprints)):
            prefix = keys.fingerprint(fingerprint, "")
            found |= {item["item"].removeprefix(prefix): None for item in self._starting_with(prefix)}
        return list(found)

    @override
    def of_records(self, record_ids: Collection[str]) -> list[tuple[str, str]]:
        items = self._starting_with(keys.FINGERPRINT)
        pairs = (str(item["item"]).removeprefix(keys.FINGERPRINT).rpartition("#") for item in items)
        return [(record_id, fingerprint) for fingerprint, _, record_id in pairs if record_id in record_ids]
