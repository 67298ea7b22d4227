"""Fifty invoices under each way to round, on the deployed stack: books, papers and Tribe agree to the cent."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest

from local.demo.invoices import SETTLED, open_transfers
from tests.support.stack.rounding_batches import MANY, Ways, printed_totals, send_batch
from tests.support.stack.stack_books import state
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.invoices.transfer import State

CONNECTION = "demo"
PATIENCE = 600
WAYS = (
    *(Ways(rounding) for rounding in ("none", "line_net", "line_net_and_vat", "rate", "document")),
    *(Ways("line_net_and_vat", yuki) for yuki in ("line", "document")),
)

pytestmark = pytest.mark.rehearsal


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=180) as client:
        yield client


def tell_how_yuki_rounds(stack: Mapping[str, Any], rounding: str) -> None:
    """Set how Yuki rounds VAT, as the bookkeeper knows it."""
    client = boto3.Session("test", "test", region_name="eu-west-1").client(
        "dynamodb", endpoint_url=stack["aws_endpoint"]
    )
    outputs = stack["outputs"]
    connections = Connections(DynamoDb(client), outputs["ConnectionsTableName"], outputs["IdMapTableName"])
    settings, status = connections.settings(CONNECTION), connections.status(CONNECTION)
    assert settings is not None
    assert status is not None
    connections.save(CONNECTION, settings.model_copy(update={"vat_rounding": rounding}), status, datetime.now(UTC))


@pytest.mark.parametrize("ways", WAYS, ids=str)
def test_fifty_invoices_are_booked_for_what_their_papers_ask(
    stack: Mapping[str, Any], http: httpx.Client, wait_for: Callable[..., None], ways: Ways
) -> None:
    tell_how_yuki_rounds(stack, ways.yuki)
    transfers = open_transfers(stack)
    ids = send_batch(http, stack, ways, WAYS.index(ways))

    def has_settled(tribe_invoice_id: str) -> bool:
        transfer = transfers.get(tribe_invoice_id)
        return transfer is not None and transfer.state in SETTLED

    # One that has not settled is enough to wait on: the emulator has other things to do.
    wait_for(lambda: all(map(has_settled, ids)), seconds=PATIENCE)
    assert Counter(transfer.state for one in ids if (transfer := transfers.get(one))) == {State.BOOKED: MANY}
    numbers = {row["ID"]: row["Number"] for row in state(http, stack, "tribe")["Activity_Invoice"]}
    books = {row["reference"]: row for row in state(http, stack, "yuki")["invoices"]}
    asked = printed_totals(http, stack, ids)
    assert {numbers[one]: books[numbers[one]]["total_incl"] for one in ids} == {
        numbers[one]: str(total) for one, total in asked.items()
    }
