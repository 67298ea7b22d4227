"""Leases in the connections table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import override

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import timestamp
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.connections.lease import Lease
from tribe_yuki.connections.store import LeaseStore
from tribe_yuki.core.errors import Conflict


@dataclass(frozen=True, slots=True)
class Leases(ConnectionItems, LeaseStore):
    """The leases of one connection."""

    @override
    def acquire(self, lease: Lease, now: datetime, length: timedelta) -> str | None:
        token = token_hex(8)
        attributes = {
            "token": token,
            "until": timestamp(now + length),
            "expires_at": int((now + length + timedelta(hours=1)).timestamp()),
        }
        try:
            self._put(
                keys.lease(lease),
                attributes,
                condition="attribute_not_exists(#until) OR #until <= :now",
                names={"#until": "until"},
                values={":now": timestamp(now)},
            )
        except Conflict:
            return None
        # What was read before may be what the former holder has changed.
        self.db.forget()
        return token

    @override
    def release(self, lease: Lease, token: str) -> None:
        key = self._key(keys.lease(lease))
        try:
            self.db.delete(
                self.table, key, condition="#token = :token", names={"#token": "token"}, values={":token": token}
            )
        except Conflict:
            return
