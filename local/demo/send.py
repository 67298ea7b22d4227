"""Press Send on one invoice in the simulated Tribe, and wait for what becomes of it: `make send NUMBER=2026-0101`."""

from collections.abc import Mapping
from typing import Any

import httpx

from cli.output import Screen
from local.demo.command import run_command
from local.demo.invoices import SETTLED, Find, SeedInvoice, Sleep, find_on, pause, seed_invoices, watch
from local.stack.errors import StackError


def send_invoice(stack: Mapping[str, Any], number: str, out: Screen) -> bool:
    """Send an invoice on a running stack and show its story; return whether it came to an end.

    Raises StackError for a number that no draft has.
    """
    is_settled = send_and_watch(stack["tribe_url"], number, find_on(stack), out)
    return run_command(out, ("explain", number)) and is_settled


def send_and_watch(tribe_url: str, number: str, find: Find, out: Screen, *, sleep: Sleep = pause) -> bool:
    """Press Send and wait until the invoice is booked, held, skipped or dead; return whether it is."""
    seed = _named(number)
    with httpx.Client(trust_env=False, timeout=30) as http:
        answer = http.post(f"{tribe_url}/_control/invoices/{seed.tribe_invoice_id}/send")
    if answer.is_client_error:
        out.say(f"{number} was sent before.")
    else:
        answer.raise_for_status()
        out.say(f"Pressed Send in Tribe for {number}.")
    transfer = watch(find, [seed], out, sleep=sleep).get(seed.tribe_invoice_id)
    if transfer is not None and transfer.state in SETTLED:
        return True
    out.say(f"{number} is on its way still; `.venv/bin/tribe-yuki --local explain {number}` shows what it waits for.")
    return False


def _named(number: str) -> SeedInvoice:
    seeds = {seed.number: seed for seed in seed_invoices()}
    if number not in seeds:
        known = ", ".join(sorted(seeds))
        raise StackError(f"There is no invoice {number} in the seed data; say NUMBER= and one of {known}.")
    return seeds[number]
