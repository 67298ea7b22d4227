"""The demo: connect and activate as an operator does, then send invoices as a salesperson does."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from local.demo.activation import activate
from local.demo.contacts import show_contacts
from local.demo.invoices import send_invoices

WIDTH_WITHOUT_TERMINAL = 120


def run(stack: Mapping[str, Any]) -> int:
    """Run the demo on a running stack; return 0 when all ended as the seed data expects, else 1."""
    console = _console()
    if not activate(console):
        return 1
    contacts_are_right = show_contacts(stack, console)
    invoices_are_right = send_invoices(stack, console)
    return 0 if contacts_are_right and invoices_are_right else 1


def _console() -> Console:
    """Return the console; a pipe or a log file gets lines that are wide enough for the tables."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH_WITHOUT_TERMINAL)
