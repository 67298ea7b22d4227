"""Push relations to Yuki."""

from typing import Any

from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.contacts.push import push_contacts
from tribe_yuki.entrypoints.environment import ContactPushEnvironment
from tribe_yuki.entrypoints.messages import Report
from tribe_yuki.entrypoints.worker import worker


def lambda_handler(event: dict[str, Any], context: Any) -> Report:  # noqa: ANN401 (Lambda's own context)
    """Handle a batch of the contact queue."""
    return worker(ContactPushEnvironment, Priority.CONTACTS).handle_ids(event, context, push_contacts)
