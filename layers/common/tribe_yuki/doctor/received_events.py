"""Whether events of Tribe arrive, and with which headers."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.store import WebhookAnswer
from tribe_yuki.doctor.check import Check, amber, green, red

CHECK = "events of Tribe"
LOOK_BACK = timedelta(days=3)
LOOK_EVERY_SECONDS = 5.0
_ACCEPTED = 202
_WATCH = "Run `tribe-yuki doctor --watch-edit` and change a field of a customer in Tribe."


def check_events(operator: Operator, connection_id: str) -> Check:
    """Look in the webhook function's log for events of the last days."""
    answers = operator.stores(connection_id).webhook_log.answers(operator.now() - LOOK_BACK)
    if answers is None:
        return amber(CHECK, "the log of the webhook function cannot be read", "Ask for the right logs:FilterLogEvents.")
    if not answers:
        return amber(CHECK, f"none within the last {LOOK_BACK.days} days", _WATCH)
    return _judge(operator, answers)


def watch_edit(
    operator: Operator, connection_id: str, since: datetime, *, looks: int, wait: Callable[[float], None]
) -> Check:
    """Look for an event that comes after an instant, again and again; `wait` lets so many seconds pass."""
    for _ in range(looks):
        answers = operator.stores(connection_id).webhook_log.answers(since)
        if answers is None:
            return check_events(operator, connection_id)
        if answers:
            return _judge(operator, answers)
        wait(LOOK_EVERY_SECONDS)
    return red(
        CHECK,
        "no event came after the edit",
        "See on Tribe's page Webhooks that they are on and where they post to; run `tribe-yuki connect` again.",
    )


def _judge(operator: Operator, answers: Sequence[WebhookAnswer]) -> Check:
    last = answers[-1]
    names = f"{operator.deployment.signature_header} and {operator.deployment.token_header}"
    if last.status == _ACCEPTED:
        return green(CHECK, f"the last one was accepted, with the headers {names}")
    came, reasons = ", ".join(last.header_names) or "none", ", ".join(last.reasons) or "no reason"
    return red(
        CHECK,
        f"the last one was refused with {last.status} ({reasons}); headers that came: {came}",
        f"The signature is expected in {operator.deployment.signature_header}: deploy with the right SignatureHeader, "
        "or run `tribe-yuki connect` again for new secrets.",
    )
