"""Who is what on the console, in the console's table: by person and by connection, always both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import DynamoDb, Item, Write, timestamp
from tribe_yuki.console.roles import Role
from tribe_yuki.console.store import MemberStore

# A sort key cannot be empty; no connection has this id.
_DEPLOYMENT = "*"


@dataclass(frozen=True, slots=True)
class ConsoleMembers(MemberStore):
    """The people of all connections, by the subject that the user pool knows them by."""

    db: DynamoDb
    table: str

    @override
    def roles_of(self, subject: str) -> Mapping[str, Role]:
        rows = self._rows(keys.roles_of(subject))
        return {_connection(row["item"]): Role(row["role"]) for row in rows if row["role"] in set(Role)}

    @override
    def members_of(self, connection_id: str) -> list[tuple[str, Role]]:
        rows = self._rows(keys.members_of(connection_id))
        return [(row["item"], Role(row["role"])) for row in rows if row["role"] in set(Role)]

    @override
    def save(self, subject: str, connection_id: str, role: Role, now: datetime) -> None:
        facts = {"role": role.value, "since": timestamp(now)}
        self.db.transact([Write(self.table, {**key, **facts}) for key in self._keys(subject, connection_id)])

    @override
    def remove(self, subject: str, connection_id: str) -> None:
        self.db.transact([Write(self.table, key, is_delete=True) for key in self._keys(subject, connection_id)])

    def _keys(self, subject: str, connection_id: str) -> tuple[dict[str, str], dict[str, str]]:
        return (
            {"owner": keys.roles_of(subject), "item": connection_id or _DEPLOYMENT},
            {"owner": keys.members_of(connection_id), "item": subject},
        )

    def _rows(self, owner: str) -> list[Item]:
        return list(self.db.query(self.table, "#owner = :owner", {":owner": owner}, names={"#owner": "owner"}))


def _connection(item: str) -> str:
    return "" if item == _DEPLOYMENT else item
