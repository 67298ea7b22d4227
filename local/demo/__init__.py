"""The demo: connect and activate as an operator does, then send invoices as a salesperson does."""

from collections.abc import Mapping
from typing import Any

from cli.output import screen
from local.demo.activation import activate
from local.demo.contacts import show_contacts
from local.demo.invoices import send_invoices


def run(stack: Mapping[str, Any]) -> int:
    """Run the demo on a running stack; return 0 when all ended as the seed data expects, else 1."""
    out = screen()
    if not activate(out):
        return 1
    contacts_are_right = show_contacts(stack, out)
    invoices_are_right = send_invoices(stack, out)
    return 0 if contacts_are_right and invoices_are_right else 1
