"""`tribe-yuki rotate`: webhooks, secrets and token are replaced, and no event is lost (design 8)."""

import pytest

from local.demo.invoices import seed_invoices
from tests.support.world.world import CONNECTION, World
from tribe_yuki.domain.transfer import State
from tribe_yuki.operate.access import open_tribe
from tribe_yuki.operate.errors import Declined
from tribe_yuki.operate.webhooks import ROUTES, SECRET, finish_rotation, rotate_webhooks

PLAIN, OTHER = (seed for seed in seed_invoices() if seed.number in ("2026-0101", "2026-0102"))


def webhook_ids(world: World) -> set[str]:
    """Return the ids of the webhooks that Tribe lists."""
    with world.operator() as operator, open_tribe(operator, operator.record(CONNECTION)) as tribe:
        return {one.webhook_id for one in tribe.webhooks()}


def stored(world: World) -> dict[str, list[str]]:
    """Return the stored secret of the webhooks."""
    with world.operator() as operator:
        return dict(operator.secrets.read(CONNECTION, SECRET) or {})


def rotate(world: World, *, finish: bool = False) -> object:
    """Replace the webhooks, or forget what was replaced."""
    with world.operator() as operator:
        return (finish_rotation if finish else rotate_webhooks)(operator, CONNECTION, "leaked")


def test_every_webhook_is_replaced_and_events_before_and_after_are_taken(world: World) -> None:
    before, old = webhook_ids(world), stored(world)
    world.send(PLAIN.tribe_invoice_id)

    rotate(world)
    world.send(OTHER.tribe_invoice_id)
    world.run(minutes=5)

    after = webhook_ids(world)
    assert len(after) == len(ROUTES)
    assert not before & after
    assert set(world.webhook_answers) == {202}
    for seed in (PLAIN, OTHER):
        transfer = world.transfer(seed.tribe_invoice_id)
        assert transfer is not None
        assert transfer.state is State.BOOKED
    assert stored(world)["tokens"][0] not in old["tokens"]
    assert set(old["secrets"]) <= set(stored(world)["secrets"])


def test_what_was_replaced_is_refused_after_the_end(world: World) -> None:
    old = stored(world)
    world.send(PLAIN.tribe_invoice_id)
    world.settle_webhooks()
    rotate(world)
    rotate(world, finish=True)
    world.advance(400)  # the function knows secrets for five minutes
    world.webhook_answers.clear()

    world.control.post(f"{world.tribe_url}/_control/replay", json={}).raise_for_status()
    world.settle_webhooks()

    assert set(world.webhook_answers) == {401}
    assert not set(old["secrets"]) & set(stored(world)["secrets"])
    assert not set(old["tokens"]) & set(stored(world)["tokens"])


def test_a_rotation_is_finished_before_the_next_one(world: World) -> None:
    rotate(world)
    with pytest.raises(Declined, match="--finish"):
        rotate(world)
    rotate(world, finish=True)
    rotate(world)


def test_where_tribe_does_not_tell_the_secrets_the_former_webhooks_stay(world: World) -> None:
    before = webhook_ids(world)
    world.switch_tribe(secret_in_answer=False)

    rotate(world)
    world.send(PLAIN.tribe_invoice_id)
    world.run(minutes=5)

    assert before < webhook_ids(world)
    assert 202 in world.webhook_answers
    transfer = world.transfer(PLAIN.tribe_invoice_id)
    assert transfer is not None
    assert transfer.state is State.BOOKED
