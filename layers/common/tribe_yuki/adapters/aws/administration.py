"""What Yuki said about the administration, in the connections table."""

from dataclasses import dataclass
from datetime import datetime
from typing import override

from pydantic import TypeAdapter

from tribe_yuki.adapters.aws import keys
from tribe_yuki.adapters.aws.dynamodb import Item, parse_timestamp, timestamp
from tribe_yuki.adapters.aws.items import ConnectionItems
from tribe_yuki.connections.administration import AdministrationCodes, OwnCompany
from tribe_yuki.connections.store import AdministrationStore

_CODES = TypeAdapter(AdministrationCodes)
_OWN_COMPANIES = TypeAdapter(tuple[OwnCompany, ...])


@dataclass(frozen=True, slots=True)
class AdministrationData(ConnectionItems, AdministrationStore):
    """The administration of one connection."""

    @override
    def codes(self, *, not_older_than: datetime) -> AdministrationCodes | None:
        item = self._read_since(keys.CODES, not_older_than)
        return _CODES.validate_json(item["books"]) if item else None

    @override
    def save_codes(self, codes: AdministrationCodes, now: datetime) -> None:
        self._put(keys.CODES, {"books": _CODES.dump_json(codes).decode(), "read_at": timestamp(now)})

    @override
    def forget_codes(self) -> None:
        self._delete(keys.CODES)

    @override
    def own_companies(self, *, not_older_than: datetime) -> tuple[OwnCompany, ...] | None:
        item = self._read_since(keys.OWN_COMPANIES, not_older_than)
        return _OWN_COMPANIES.validate_json(item["companies"]) if item else None

    @override
    def save_own_companies(self, companies: tuple[OwnCompany, ...], now: datetime) -> None:
        text = _OWN_COMPANIES.dump_json(companies).decode()
        self._put(keys.OWN_COMPANIES, {"companies": text, "read_at": timestamp(now)})

    def _read_since(self, name: str, not_older_than: datetime) -> Item | None:
        item = self._get(name)
        return item if item and parse_timestamp(item["read_at"]) >= not_older_than else None
