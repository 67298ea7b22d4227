"""What protects invoices from being booked twice, each to be switched off by a control."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from tribe_yuki.adapters.aws.dynamodb import Write
from tribe_yuki.adapters.aws.leases import Leases
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.invoices import send as send_invoices
from tribe_yuki.invoices import verify as verify_invoices
from tribe_yuki.invoices.batch import Sending
from tribe_yuki.invoices.context import InvoiceContext
from tribe_yuki.invoices.document.invoice import content_hash
from tribe_yuki.invoices.model import SalesInvoice
from tribe_yuki.invoices.moves import Send
from tribe_yuki.invoices.transfer import Transfer
from tribe_yuki.invoices.verify import Finding


def write_ahead_off() -> Iterator[Any]:
    """Do not store that an invoice is being sent before it is."""

    def write_no_intent(connection: InvoiceContext, transfer: Transfer, document: SalesInvoice) -> Sending:
        now = connection.now()
        return Sending(transfer.after(Send(content_hash(document), with_document=True, until=now), now), document)

    yield patch.object(send_invoices, "write_intent", write_no_intent)


def verification_off() -> Iterator[Any]:
    """Take for granted that what may or may not be in Yuki is not."""

    def look(_: InvoiceContext, transfers: Sequence[Transfer]) -> dict[str, Finding]:
        return {transfer.tribe_invoice_id: Finding.ABSENT for transfer in transfers}

    yield patch.object(verify_invoices, "look_in_books", look)


def leases_off() -> Iterator[Any]:
    """Give every worker the lease that it asks for."""
    yield patch.object(Leases, "acquire", lambda *_: "token")
    yield patch.object(Leases, "release", lambda *_: None)


def conditions_off() -> Iterator[Any]:
    """Store transfers whatever anybody else stored meanwhile."""
    writes_of = Transfers._writes

    def writes(transfers: Transfers, *rest: Any) -> list[Write]:
        transfer, *journal = writes_of(transfers, *rest)
        return [replace(transfer, condition=None, values=None), *journal]

    yield patch.object(Transfers, "_writes", writes)
