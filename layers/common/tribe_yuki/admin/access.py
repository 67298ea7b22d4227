"""What a connection opens Tribe and Yuki with."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.outside import GrantName, Tribe, Yuki
from tribe_yuki.connections.administration import AdministrationCodes
from tribe_yuki.connections.codes_of_yuki import kept_since, read_codes
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.core.errors import Defect

CREDENTIALS = "credentials"
TRIBE_TOKEN = "tribe-token"  # noqa: S105 (the kind of secret)


@dataclass(frozen=True, slots=True)
class Application:
    """The application in Tribe that the connector works as."""

    grant: GrantName
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class StoredAccess:
    """What a connection works with already."""

    application: Application
    access_key: str = field(repr=False)
    administration_id: str


def stored_access(operator: Operator, connection_id: str) -> StoredAccess | None:
    """Return what a connection works with, or None when it has no credentials."""
    stored, record = operator.stores(connection_id).secrets.read(CREDENTIALS), operator.records.get(connection_id)
    if stored is None or record is None:
        return None
    try:
        tribe = stored["tribe"]
        application = Application(tribe["grant"], tribe["client_id"], tribe["client_secret"], tribe.get("scope", ""))
        return StoredAccess(application, stored["yuki"]["access_key"], record.settings.yuki_administration_id)
    except (KeyError, TypeError):
        # The cause may quote the secret, so it does not go along.
        raise Defect(
            "credentials_malformed", f"the credentials of {connection_id} are damaged; connect again"
        ) from None


def access_of(operator: Operator, connection_id: str) -> StoredAccess:
    """Return what a connection works with; raise Declined when it has no credentials."""
    access = stored_access(operator, connection_id)
    if access is None:
        raise Declined("credentials_missing", f"{connection_id} has no credentials; run `tribe-yuki connect`")
    return access


def open_tribe(operator: Operator, record: ConnectionRecord) -> AbstractContextManager[Tribe]:
    """Open a connection's Tribe; closed at the end of the block."""
    application = access_of(operator, record.connection_id).application
    return operator.systems.tribe(record.connection_id, application, record.settings.totals)


def open_yuki(operator: Operator, record: ConnectionRecord) -> Yuki:
    """Open a connection's Yuki."""
    access_key = access_of(operator, record.connection_id).access_key
    return operator.systems.yuki(record.connection_id, record.settings, access_key)


def books_of(
    operator: Operator, record: ConnectionRecord, *, not_older_than: datetime | None = None
) -> AdministrationCodes:
    """Return VAT codes and ledger accounts of the administration: this morning's, unless newer ones are wanted."""
    now, administration = operator.now(), operator.stores(record.connection_id).administration
    since = not_older_than or kept_since(now)
    return read_codes(lambda: open_yuki(operator, record), administration, now, not_older_than=since)
