"""The tasks of a connection, by the name that a message on the task queue carries."""

from collections.abc import Callable, Mapping

from tribe_yuki.sync.connection import Connection
from tribe_yuki.sync.customer_checkbox import release_ticked_customers
from tribe_yuki.sync.first_look import take_first_look
from tribe_yuki.sync.push_invoices import FIRST_LOOK, RECENT_INVOICES, look_at_recent_invoices
from tribe_yuki.sync.sweep import CUSTOMER_CHECK

TASKS: Mapping[str, Callable[[Connection], None]] = {
    CUSTOMER_CHECK: release_ticked_customers,
    FIRST_LOOK: take_first_look,
    RECENT_INVOICES: look_at_recent_invoices,
}
