"""The main job on the deployed stack, in real time and with permissions enforced: webhooks in, books out."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from local.demo.invoices import SETTLED, judge, open_transfers, seed_invoices
from tests.support.stack.stack_books import booked, new_sent_invoice, state
from tribe_yuki.invoices.transfer import State

PATIENCE = 600


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=180) as client:
        yield client


def test_every_seed_invoice_ends_as_its_file_expects(
    stack: Mapping[str, Any], http: httpx.Client, wait_for: Callable[..., None]
) -> None:
    seeds, transfers = seed_invoices(), open_transfers(stack)
    for seed in seeds:
        http.post(f"{stack['tribe_url']}/_control/invoices/{seed.tribe_invoice_id}/send").raise_for_status()

    def found() -> dict[str, Any]:
        all_of_them = {seed.tribe_invoice_id: transfers.get(seed.tribe_invoice_id) for seed in seeds}
        return {key: transfer for key, transfer in all_of_them.items() if transfer and transfer.state in SETTLED}

    wait_for(lambda: len(found()) == len(seeds), seconds=PATIENCE)
    endings = judge(seeds, found(), state(http, stack, "tribe"), state(http, stack, "yuki"))
    assert {ending.seed.name: ending.faults for ending in endings if ending.faults} == {}


def test_an_invoice_sent_while_yuki_answers_503_is_booked_when_yuki_is_back(
    stack: Mapping[str, Any], http: httpx.Client, wait_for: Callable[..., None]
) -> None:
    transfers = open_transfers(stack)
    http.post(f"{stack['yuki_url']}/_control/switches", json={"unavailable": 1_000}).raise_for_status()
    # Nothing has reached this customer yet, so Yuki is asked for it before anything is sent.
    invoice = new_sent_invoice(http, stack, "Yuki is weg", customer="Havenkraan Holding B.V.")

    def transfer_state() -> State | None:
        transfer = transfers.get(invoice["ID"])
        return transfer.state if transfer else None

    wait_for(lambda: transfer_state() is State.WAITING, seconds=PATIENCE)
    assert booked(http, stack, invoice["Number"]) == []
    http.post(f"{stack['yuki_url']}/_control/switches", json={"unavailable": 0}).raise_for_status()
    wait_for(lambda: transfer_state() is State.BOOKED, seconds=PATIENCE)
    assert len(booked(http, stack, invoice["Number"])) == 1


def test_the_same_webhook_twenty_times_in_parallel_books_once(
    stack: Mapping[str, Any], http: httpx.Client, wait_for: Callable[..., None]
) -> None:
    switches = f"{stack['tribe_url']}/_control/switches"
    http.post(switches, json={"drop_webhooks": 1.0}).raise_for_status()
    invoice = new_sent_invoice(http, stack, "Twintig keer")
    http.post(switches, json={"drop_webhooks": 0.0}).raise_for_status()
    body = json.dumps({"webhookId": "w", "payload": {"entityId": invoice["ID"]}}).encode()
    signature = base64.b64encode(hmac.digest(stack["webhook_secret"].encode(), body, hashlib.sha512)).decode()
    headers = {stack["signature_header"]: signature, stack["token_header"]: stack["webhook_token"]}
    address = f"{stack['webhook_base']}/demo/invoices"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: http.post(address, content=body, headers=headers).status_code, range(20)))
    assert answers == [202] * 20
    transfers = open_transfers(stack)

    def is_booked() -> bool:
        transfer = transfers.get(invoice["ID"])
        return transfer is not None and transfer.state is State.BOOKED

    wait_for(is_booked, seconds=PATIENCE)
    assert len(booked(http, stack, invoice["Number"])) == 1
