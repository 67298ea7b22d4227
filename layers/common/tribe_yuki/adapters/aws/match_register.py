"""What records can be recognised by, as fingerprints, so that a match is found without reading everything again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tribe_yuki.adapters.aws.dynamodb import DynamoDb


@dataclass(frozen=True, slots=True)
class MatchRegister:
    """Stores which records have which keys; only fingerprints of the keys, never the keys."""

    db: DynamoDb
    table: str

    def remember(self, connection_id: str, fingerprints: Mapping[str, Iterable[str]]) -> None:
        """Add records, by id, under some fingerprints each. Old ones stay: who looks one up reads the record itself."""
        items = [
            {"connection_id": connection_id, "item": f"key#{fingerprint}#{record_id}"}
            for record_id, some in fingerprints.items()
            for fingerprint in sorted(set(some))
        ]
        self.db.put_many(self.table, items)

    def forget(self, connection_id: str, record_id: str, fingerprint: str) -> None:
        """Take a record away from a fingerprint."""
        self.db.delete(self.table, {"connection_id": connection_id, "item": f"key#{fingerprint}#{record_id}"})

    def of_records(self, connection_id: str, record_ids: Collection[str]) -> list[tuple[str, str]]:
        """Return record and fingerprint of all entries of some records; reads the whole register."""
        items = self.db.query(
            self.table,
            "connection_id = :connection AND begins_with(#item, :prefix)",
            {":connection": connection_id, ":prefix": "key#"},
            names={"#item": "item"},
        )
        pairs = (str(item["item"]).removeprefix("key#").rpartition("#") for item in items)
        return [(record_id, fingerprint) for fingerprint, _, record_id in pairs if record_id in record_ids]

    def near(self, connection_id: str, fingerprints: Collection[str]) -> list[str]:
        """Return the ids of records that have one of the fingerprints, each once."""
        found: dict[str, None] = {}
        for fingerprint in sorted(set(fingerprints)):
            prefix = f"key#{fingerprint}#"
            items = self.db.query(
                self.table,
                "connection_id = :connection AND begins_with(#item, :prefix)",
                {":connection": connection_id, ":prefix": prefix},
                names={"#item": "item"},
            )
            found |= {item["item"].removeprefix(prefix): None for item in items}
        return list(found)
