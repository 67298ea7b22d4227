"""The demo's invoices: send every one in Tribe, watch them arrive in Yuki, and say what became of each."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import httpx
from rich.text import Text

from cli.output import Field, Screen
from cli.progress import progress_bar
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.transfers import Transfers
from tribe_yuki.core.holds import HOLDS
from tribe_yuki.core.texts import details_in, explain_hold
from tribe_yuki.invoices.transfer import State, Transfer

SEED = Path(__file__).parents[2] / "simulators" / "tribe" / "seed" / "invoices"
PATIENCE_SECONDS = 240
SETTLED = frozenset({State.BOOKED, State.HELD, State.SKIPPED, State.DEAD})

type Sleep = Callable[[], None]
"""Lets some time pass between two looks."""


def pause() -> None:
    """Let half a second pass."""
    time.sleep(0.5)


@dataclass(frozen=True, slots=True)
class SeedInvoice:
    """One invoice of the seed data and how it is expected to end."""

    name: str
    tribe_invoice_id: str
    number: str
    expect: Mapping[str, Any]


type Find = Callable[[SeedInvoice], Transfer | None]
"""Returns the transfer of an invoice, as it is stored now."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an invoice ended, on both sides."""

    seed: SeedInvoice
    transfer: Transfer | None
    in_tribe: Mapping[str, Any]
    in_yuki: Sequence[Mapping[str, Any]]
    faults: tuple[str, ...]


def send_invoices(stack: Mapping[str, Any], out: Screen) -> bool:
    """Send all invoices, and show what became of each; tell whether every one ended as its file expects."""
    seeds = seed_invoices()
    with httpx.Client(trust_env=False, timeout=30) as http:
        before = _calls(http, stack)
        started = time.monotonic()
        _send_all(http, stack, seeds, out)
        transfers = watch(find_on(stack), seeds, out)
        seconds = time.monotonic() - started
        endings = judge(seeds, transfers, _state(http, stack, "tribe"), _state(http, stack, "yuki"))
        after = _calls(http, stack)
    print_endings(out, endings)
    _print_holds(out, endings)
    spent = {side: after[side] - before[side] for side in after}
    booked = sum(1 for ending in endings if ending.transfer and ending.transfer.state is State.BOOKED)
    out.say(
        f"{booked} invoices booked with {spent['yuki']} Yuki calls, {spent['tribe']} Tribe calls, "
        f"in {seconds:.0f} seconds."
    )
    wrong = [ending for ending in endings if ending.faults]
    for ending in wrong:
        out.say(f"{ending.seed.name}: {'; '.join(ending.faults)}", "red")
    if wrong:
        out.say(f"Invoices that ended otherwise than their files expect: {len(wrong)}.", "red")
    else:
        out.say("Every invoice ended as its file expects.", "green")
    return not wrong


def seed_invoices() -> list[SeedInvoice]:
    """Return the seed invoices in the order of their files."""
    found = []
    for path in sorted(SEED.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found.append(SeedInvoice(path.stem, content["invoice"]["ID"], content["send"]["Number"], content["expect"]))
    return found


def judge(
    seeds: Iterable[SeedInvoice],
    transfers: Mapping[str, Transfer],
    tribe_state: Mapping[str, Any],
    yuki_state: Mapping[str, Any],
) -> list[Ending]:
    """Compare what happened with what each file expects."""
    tribe_invoices = {invoice["ID"]: invoice for invoice in tribe_state["Activity_Invoice"]}
    endings = []
    for seed in seeds:
        transfer = transfers.get(seed.tribe_invoice_id)
        booked = [invoice for invoice in yuki_state["invoices"] if invoice["reference"] == seed.number]
        faults = (*_state_faults(seed, transfer), *_book_faults(seed, booked))
        endings.append(Ending(seed, transfer, tribe_invoices[seed.tribe_invoice_id], booked, faults))
    return endings


def _state_faults(seed: SeedInvoice, transfer: Transfer | None) -> Iterable[str]:
    if transfer is None:
        yield "it has no transfer"
        return
    if transfer.state != seed.expect["state"]:
        why = f"{transfer.reason} {details_in('en', transfer.details)}"
        yield f"is {transfer.state} ({why}), expected {seed.expect['state']}"
    elif transfer.reason != seed.expect["reason"]:
        yield f"reason is {transfer.reason}, expected {seed.expect['reason']}"


def _book_faults(seed: SeedInvoice, booked: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    expected = seed.expect["yuki"]
    if expected is None:
        if booked:
            yield "it is in Yuki and should not be"
    elif len(booked) != 1:
        yield f"Yuki holds it {len(booked)} times"
    else:
        yield from _invoice_faults(expected, booked[0])
        yield from _line_faults(expected["lines"], booked[0]["lines"])


def _invoice_faults(expected: Mapping[str, Any], invoice: Mapping[str, Any]) -> Iterable[str]:
    for name in ("contact_code", "date", "due_date", "currency", "payment_method"):
        if invoice[name] != expected[name]:
            yield f"{name} is {invoice[name]}, expected {expected[name]}"
    for name in ("total_excl", "total_vat", "total_incl"):
        if Decimal(invoice[name]) != Decimal(expected[name]):
            yield f"{name} is {invoice[name]}, expected {expected[name]}"
    if bool(invoice["document_bytes"]) != expected["pdf"]:
        yield "its PDF is missing" if expected["pdf"] else "it has a PDF"
    if (Decimal(invoice["open_amount"]) != 0) != expected["outstanding"]:
        yield f"open amount is {invoice['open_amount']}"
    if invoice["details"].get("Remarks") != expected.get("remarks"):
        yield f"remarks are {invoice['details'].get('Remarks')!r}, expected {expected.get('remarks')!r}"


def _line_faults(expected: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    if len(expected) != len(lines):
        yield f"has {len(lines)} lines, expected {len(expected)}"
        return
    for number, (wanted, line) in enumerate(zip(expected, lines, strict=True), start=1):
        for name in ("quantity", "price", "vat_percentage", "amount"):
            if Decimal(str(line[name])) != Decimal(str(wanted[name])):
                yield f"line {number}: {name} is {line[name]}, expected {wanted[name]}"
        for name in ("description", "vat_type", "gl_account", "product"):
            if name in wanted and line[name] != wanted[name]:
                yield f"line {number}: {name} is {line[name]!r}, expected {wanted[name]!r}"


def _send_all(http: httpx.Client, stack: Mapping[str, Any], seeds: Sequence[SeedInvoice], out: Screen) -> None:
    out.say(f"Pressing Send in Tribe for {len(seeds)} invoices.")
    for seed in seeds:
        http.post(f"{stack['tribe_url']}/_control/invoices/{seed.tribe_invoice_id}/send").raise_for_status()


def watch(find: Find, seeds: Sequence[SeedInvoice], out: Screen, *, sleep: Sleep = pause) -> dict[str, Transfer]:
    """Return the transfers once all are settled, or as they are when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with progress_bar(out) as progress:
        bar = progress.add_task("Tribe → Yuki", total=len(seeds), left="")
        while True:
            found = {seed.tribe_invoice_id: find(seed) for seed in seeds}
            known = {key: transfer for key, transfer in found.items() if transfer is not None}
            settled = sum(1 for transfer in known.values() if transfer.state in SETTLED)
            progress.update(bar, completed=settled, description=_description(known.values()))
            if settled == len(seeds) or time.monotonic() > deadline:
                return known
            sleep()


def _description(transfers: Iterable[Transfer]) -> str:
    states = [transfer.state.value for transfer in transfers]
    counts = [f"{states.count(state)} {state}" for state in State if states.count(state)]
    return "Tribe → Yuki: " + (", ".join(counts) or "webhooks on their way")


def open_transfers(stack: Mapping[str, Any]) -> Transfers:
    """Return the transfers of a running stack."""
    session = boto3.Session("test", "test", region_name="eu-west-1")
    db = DynamoDb(session.client("dynamodb", endpoint_url=stack["aws_endpoint"]))
    outputs = stack["outputs"]
    connection_id = stack["connection_id"]
    return Transfers(
        db, outputs["IdMapTableName"], connection_id, Journal(db, outputs["JournalTableName"], connection_id)
    )


def find_on(stack: Mapping[str, Any]) -> Find:
    """Return what finds the transfer of an invoice on a running stack."""
    transfers = open_transfers(stack)
    return lambda seed: transfers.get(seed.tribe_invoice_id)


def _state(http: httpx.Client, stack: Mapping[str, Any], side: str) -> dict[str, Any]:
    state: dict[str, Any] = http.get(f"{stack[f'{side}_url']}/_control/state").raise_for_status().json()
    return state


def _calls(http: httpx.Client, stack: Mapping[str, Any]) -> dict[str, int]:
    return {side: sum(_state(http, stack, side)["calls"].values()) for side in ("yuki", "tribe")}


def print_endings(out: Screen, endings: Sequence[Ending]) -> None:
    """Print what became of each invoice."""
    out.gap()
    out.say("What became of each invoice", "bold")
    out.table(endings, _columns())
    out.say("Amounts without VAT, in euros where no other currency is named.", "dim")


def _columns() -> tuple[Field[Ending], ...]:
    """Return what is shown of an invoice: so much that it fits a narrow terminal as a table."""
    return (
        Field("number", lambda ending: ending.seed.number),
        Field("customer", lambda ending: str(ending.in_tribe.get("RelationDescription") or ""), is_prose=True),
        Field("in Tribe", lambda ending: _in_tribe(ending.in_tribe), is_number=True),
        Field("in Yuki", lambda ending: _in_yuki(ending.in_yuki), is_number=True),
        Field("state", _state_of),
        Field("why", lambda ending: _why(ending.transfer), is_prose=True),
    )


def _state_of(ending: Ending) -> Text:
    return Text(ending.transfer.state.value if ending.transfer else "missing", "red" if ending.faults else "green")


def _why(transfer: Transfer | None) -> str:
    return (transfer.reason or "").replace("_", " ") if transfer else ""


def _in_tribe(invoice: Mapping[str, Any]) -> str:
    return _amount(Decimal(str(invoice.get("Amount") or 0)), str(invoice.get("Currency") or ""))


def _in_yuki(invoices: Sequence[Mapping[str, Any]]) -> str:
    return _amount(Decimal(invoices[0]["total_excl"]), invoices[0]["currency"]) if invoices else ""


def _amount(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f}" if currency == "EUR" else f"{currency} {amount:,.2f}"


def _print_holds(out: Screen, endings: Iterable[Ending]) -> None:
    """Print what a person has to do about each held invoice, as the bookkeeper will read it."""
    for ending in endings:
        transfer = ending.transfer
        if transfer is not None and (reason := transfer.hold_reason) is not None:
            sentence = explain_hold(
                reason, code=transfer.contact_code or "", details=transfer.details, words=transfer.words
            )
            out.say_parts((ending.seed.number, "bold"), (f" waits for {HOLDS[reason].owner}: {sentence}", ""))
