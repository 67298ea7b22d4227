"""Replace the webhooks of a connection, their secrets and their token, without losing an event (design 8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tribe_yuki.admin.access import open_tribe
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.webhooks.subscriptions import REPLACED, SECRET, WebhookSecret, settle

# The timestamp of a connection that tells when the former secrets were forgotten last.
FORGOTTEN = "former_secrets_forgotten"
# The functions know a secret for five minutes, and events that were signed with the former one are on their way.
BOTH_HOLD_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RotatedWebhooks:
    """What was replaced, and whether the former secrets hold still."""

    connection: str
    made: int
    deleted: int
    former_hold: bool
    next_steps: tuple[str, ...]


def rotate_webhooks(operator: Operator, connection_id: str, why: str = "") -> RotatedWebhooks:
    """Replace the webhooks, their secrets and their token, without losing an event.

    Both hold until `finish_rotation`: for the workers that know the former ones only (they read a secret again after
    five minutes), and for the events on their way. Raises Declined while a rotation is not finished.
    """
    record = operator.record(connection_id)
    header = operator.deployment.token_header
    secret = WebhookSecret.read(operator.stores(connection_id).secrets.read(SECRET), header)
    if secret.is_replacing and secret.registered:
        raise Declined("rotation_unfinished", "the last rotation is not finished; `tribe-yuki rotate --finish` first")
    operator.stores(connection_id).timestamps.set(REPLACED, operator.now())
    with open_tribe(operator, record) as tribe:
        done = settle(operator, connection_id, tribe, secret if secret.is_replacing else secret.replaced())
    operator.stores(connection_id).timestamps.set(REPLACED, operator.now())
    operator.records.note(connection_id, operator.entry("webhooks_rotated", why, webhooks=done.made), operator.now())
    if done.without_secret:
        step = (
            f"Tribe does not tell the secrets of {len(done.without_secret)} webhooks, so the former ones stay: copy "
            f"the new ones from its page Webhooks and run `tribe-yuki connect --connection {connection_id}` with "
            "--webhook-secret - for each."
        )
    else:
        step = (
            "See with `tribe-yuki doctor` that events come in; then `tribe-yuki rotate --finish`, from "
            f"{shown_time(operator.now() + BOTH_HOLD_FOR)} on."
        )
    return RotatedWebhooks(connection_id, done.made, done.deleted, former_hold=True, next_steps=(step,))


def finish_rotation(operator: Operator, connection_id: str, why: str = "", *, at_once: bool = False) -> RotatedWebhooks:
    """Forget the secrets and the token that were replaced; whoever has them can do nothing with them any more.

    Raises Declined while nothing else would hold, and for ten minutes after they were replaced, unless `at_once`: then
    events on their way are refused, and what they told of is read in the night.
    """
    operator.record(connection_id)
    header = operator.deployment.token_header
    secret = WebhookSecret.read(operator.stores(connection_id).secrets.read(SECRET), header)
    if not secret.is_replacing:
        note_forgotten(operator, connection_id)
        step = "Nothing was being replaced."
        return RotatedWebhooks(connection_id, 0, 0, former_hold=False, next_steps=(step,))
    _check_new_ones_hold(secret, connection_id)
    remaining = _time_left(operator, connection_id)
    if remaining and not at_once:
        raise Declined(
            "rotation_too_young",
            "events that were signed with the former secrets may be on their way, and would be refused: finish from "
            f"{shown_time(operator.now() + remaining)} on, or with --at-once when the former secrets must not hold any "
            "longer",
        )
    operator.stores(connection_id).secrets.write(SECRET, secret.without_retired().document())
    note_forgotten(operator, connection_id)
    operator.records.note(connection_id, operator.entry("former_webhook_secrets_forgotten", why), operator.now())
    step = "Within five minutes the former secrets are refused everywhere."
    if remaining:
        step += " Events that are on their way are refused, too; what they told of is read in the night."
    return RotatedWebhooks(connection_id, 0, 0, former_hold=False, next_steps=(step,))


def _check_new_ones_hold(secret: WebhookSecret, connection_id: str) -> None:
    """Raise Declined while all events, or some, are signed with nothing but what would be forgotten."""
    silent = sum(not told for told in secret.registered.values())
    if not secret.registered:
        raise Declined("rotation_cut", "the webhooks were not all replaced yet; `tribe-yuki rotate` goes on with it")
    if silent and not secret.given:
        raise Declined(
            "rotation_incomplete",
            f"the secrets of {silent} new webhooks are not known, so every event of theirs would be refused: copy them "
            f"from Tribe's page Webhooks with `tribe-yuki connect --connection {connection_id} --webhook-secret -`",
        )


def _time_left(operator: Operator, connection_id: str) -> timedelta:
    replaced_at = operator.stores(connection_id).timestamps.get(REPLACED)
    if replaced_at is None:
        return timedelta()
    return max(replaced_at + BOTH_HOLD_FOR - operator.now(), timedelta())


def note_forgotten(operator: Operator, connection_id: str) -> None:
    """Remember that no former secret holds any more."""
    if unfinished_since(operator, connection_id) is not None:
        operator.stores(connection_id).timestamps.set(FORGOTTEN, operator.now())


def unfinished_since(operator: Operator, connection_id: str) -> datetime | None:
    """Return when webhooks were replaced whose former secrets hold still; None when none are, or nobody knows."""
    replaced_at = operator.stores(connection_id).timestamps.get(REPLACED)
    forgotten_at = operator.stores(connection_id).timestamps.get(FORGOTTEN)
    if replaced_at is None or (forgotten_at is not None and forgotten_at >= replaced_at):
        return None
    return replaced_at


def shown_time(instant: datetime) -> str:
    """Return an instant as a minute in Amsterdam, not before it."""
    minute = instant.astimezone(AMSTERDAM) + timedelta(seconds=59)
    return f"{minute:%d-%m-%Y %H:%M} (Amsterdam)"
