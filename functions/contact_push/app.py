"""Push relations to Yuki."""

from typing import Any

from tribe_yuki.adapters.aws.yuki_calls import Share
from tribe_yuki.runtime.environment import ContactPushEnvironment
from tribe_yuki.runtime.messages import Report
from tribe_yuki.runtime.worker import worker
from tribe_yuki.sync.push_contacts import push_contacts


def lambda_handler(event: dict[str, Any], context: Any) -> Report:  # noqa: ANN401 (Lambda's own context)
    """Handle a batch of the contact queue."""
    return worker(ContactPushEnvironment, Share.CONTACTS).handle_ids(event, context, push_contacts)
