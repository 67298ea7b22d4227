"""The tables and the sweep that reads them, without any outside system."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.logging import Logger

from tests.support.samples.samples import DOMAIN_ID, NOW, settings
from tests.support.world.moved_clock import MovedClock
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.virtual_sqs import VirtualQueue, VirtualSqs
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL, create_tables
from tribe_yuki.adapters.aws import stores
from tribe_yuki.adapters.aws.connections import Connections, Status
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.queues import AllQueues, QueueUrls
from tribe_yuki.adapters.aws.sweep_tables import SweepTables
from tribe_yuki.adapters.aws.yuki_calls import BreakerTable, CallCounter, YukiBudget
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.connections.context import POLL_CONTACTS
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.entrypoints.poller import Poller
from tribe_yuki.invoices.moves import Hold
from tribe_yuki.invoices.transfer import new_transfer

CONTACT, RETRY, TASK = "contact.fifo", "invoice-retry", "task.fifo"


class CountingDynamoDb(VirtualDynamoDb):
    """Counts the requests that are made."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: Counter[str] = Counter()

    def get_item(self, **request: Any) -> dict[str, Any]:
        self.requests.update(["GetItem"])
        return super().get_item(**request)

    def query(self, **request: Any) -> dict[str, Any]:
        self.requests.update(["Query"])
        return super().query(**request)


@dataclass
class Tables:
    """The tables, and the sweep that reads them."""

    clock: MovedClock = field(default_factory=lambda: MovedClock(NOW))
    dynamodb: CountingDynamoDb = field(default_factory=CountingDynamoDb)

    def __post_init__(self) -> None:
        create_tables(self.dynamodb)
        self.db = DynamoDb(self.dynamodb)  # type: ignore[arg-type]
        self.connections = Connections(self.db, CONNECTIONS, ID_MAP)
        self.sqs = VirtualSqs(self.clock.now, {name: VirtualQueue(name) for name in (CONTACT, RETRY, TASK)})
        urls = QueueUrls(contact=CONTACT, invoice_retry=RETRY, task=TASK)
        tables = stores.Tables(self.db, AllQueues(self.sqs, urls), CONNECTIONS, ID_MAP, JOURNAL)  # type: ignore[arg-type]
        self.stores = tables.stores
        self.poller = Poller(
            SweepTables(tables),
            self.clock,
            Logger(service="tribe-yuki-test", level="CRITICAL"),
        )

    def connect(self, connection_id: str, status: Status = Status.ACTIVE, **changes: Any) -> None:
        """Connect an administration that polls nothing for now."""
        self.connections.save(connection_id, settings(**changes), status, NOW)
        self.stores(connection_id).timestamps.set(POLL_CONTACTS, NOW)

    def hold(self, connection_id: str, reason: HoldReason, number: int = 1) -> None:
        """Store a held invoice."""
        held = new_transfer(connection_id, invoice(number), NOW).after(Hold(reason), NOW)
        self.stores(connection_id).transfers.save(held, [], NOW)

    def spend(self, connection_id: str, calls: int, daily_limit: int = 1000) -> YukiBudget:
        """Use up some of today's calls to Yuki."""
        spent = YukiBudget(
            CallCounter(self.db, CONNECTIONS, DOMAIN_ID),
            BreakerTable(self.db, CONNECTIONS, connection_id),
            daily_limit,
            Priority.INVOICES,
            self.clock.now,
        )
        for _ in range(calls):
            spent.take("SearchContacts")
        return spent


def invoice(number: int) -> str:
    """Return the id of an invoice."""
    return f"40000000-0000-4000-8000-{number:012}"
