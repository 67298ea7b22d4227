"""`tribe-yuki rotate`: webhooks, secrets and token are replaced, and no event is lost (design 8)."""

import pytest

from local.demo.invoices import seed_invoices
from tests.support.world.world import CONNECTION, World
from tribe_yuki.admin.access import open_tribe
from tribe_yuki.admin.declined import Declined
from tribe_yuki.doctor.check import Check, Light
from tribe_yuki.doctor.in_tribe import check_webhooks
from tribe_yuki.invoices.transfer import State
from tribe_yuki.setup.lifecycle import disconnect
from tribe_yuki.status.connection import show_status
from tribe_yuki.webhooks.rotation import RotatedWebhooks, finish_rotation, rotate_webhooks
from tribe_yuki.webhooks.subscriptions import ROUTES, SECRET, register_webhooks

PLAIN, OTHER = (seed for seed in seed_invoices() if seed.number in ("2026-0101", "2026-0102"))


TEN_MINUTES = 600
DAY = 24 * 60 * 60


def webhook_ids(world: World) -> set[str]:
    """Return the ids of the webhooks that Tribe lists."""
    with world.operator() as operator, open_tribe(operator, operator.record(CONNECTION)) as tribe:
        return {one.webhook_id for one in tribe.webhooks()}


def stored(world: World) -> dict[str, list[str]]:
    """Return the stored secret of the webhooks."""
    with world.operator() as operator:
        return dict(operator.stores(CONNECTION).secrets.read(SECRET) or {})


def rotate(world: World) -> RotatedWebhooks:
    """Replace the webhooks."""
    with world.operator() as operator:
        return rotate_webhooks(operator, CONNECTION, "leaked")


def finish(world: World, *, after_seconds: int = TEN_MINUTES, at_once: bool = False) -> RotatedWebhooks:
    """Forget what was replaced, after some time."""
    world.advance(after_seconds)
    with world.operator() as operator:
        return finish_rotation(operator, CONNECTION, "leaked", at_once=at_once)


def webhooks_checked(world: World) -> Check:
    """Return what `doctor` says of the webhooks."""
    with world.operator() as operator:
        record = operator.record(CONNECTION)
        with open_tribe(operator, record) as tribe:
            return check_webhooks(operator, record, tribe)


def steps(world: World) -> str:
    """Return what `status` says is to be done."""
    with world.operator() as operator:
        return " ".join(show_status(operator, CONNECTION).next_steps)


def forget_what_tribe_told(world: World) -> None:
    """Have the secrets of the new webhooks be ones that Tribe told nobody."""
    with world.operator() as operator:
        stored = operator.stores(CONNECTION).secrets.read(SECRET) or {}
        silent = dict.fromkeys(stored["registered"], "")
        operator.stores(CONNECTION).secrets.write(
            SECRET, {**stored, "registered": silent, "secrets": stored["retired"]}
        )


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
    finish(world)
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
    finish(world)
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


@pytest.mark.parametrize("seconds", [0, 60, TEN_MINUTES - 1])
def test_it_is_not_finished_before_events_on_their_way_are_there(world: World, seconds: int) -> None:
    rotate(world)
    before = stored(world)
    with pytest.raises(Declined, match=r"finish from 23-11-2026 10:1[0-9] \(Amsterdam\) on, or with --at-once"):
        finish(world, after_seconds=seconds)
    assert stored(world) == before
    finish(world, after_seconds=TEN_MINUTES - seconds)
    assert not stored(world)["retired"]


def test_events_of_before_are_refused_when_it_is_finished_at_once(world: World) -> None:
    """What the ten minutes are for; whoever wants it all the same is told."""
    world.send(PLAIN.tribe_invoice_id)
    world.settle_webhooks()
    rotate(world)
    assert "are refused, too" in finish(world, after_seconds=0, at_once=True).next_steps[0]
    world.advance(400)  # the function knows secrets for five minutes
    world.webhook_answers.clear()

    world.control.post(f"{world.tribe_url}/_control/replay", json={}).raise_for_status()
    world.settle_webhooks()

    assert set(world.webhook_answers) == {401}
    assert not stored(world)["retired"]


def test_the_ten_minutes_begin_again_when_connecting_replaces_a_webhook(world: World) -> None:
    rotate(world)
    world.advance(TEN_MINUTES)
    with world.operator() as operator, open_tribe(operator, operator.record(CONNECTION)) as tribe:
        tribe.delete_webhook(tribe.webhooks()[0].webhook_id)
        assert register_webhooks(operator, CONNECTION, tribe).made == 1
    with pytest.raises(Declined, match="may be on their way"):
        finish(world, after_seconds=0)
    with world.operator() as operator, open_tribe(operator, operator.record(CONNECTION)) as tribe:
        assert register_webhooks(operator, CONNECTION, tribe).made == 0
    finish(world)


@pytest.mark.parametrize("at_once", [True, False])
def test_it_is_not_finished_while_nothing_but_the_former_secrets_is_known(world: World, *, at_once: bool) -> None:
    rotate(world)
    forget_what_tribe_told(world)
    with pytest.raises(Declined, match="secrets of 7 new webhooks are not known"):
        finish(world, at_once=at_once)
    assert stored(world)["retired"]


def test_one_that_was_cut_is_gone_on_with_before_it_is_finished(world: World) -> None:
    rotate(world)
    with world.operator() as operator:
        cut = {**stored(world), "registered": {}}
        operator.stores(CONNECTION).secrets.write(SECRET, cut)
    with pytest.raises(Declined, match="`tribe-yuki rotate` goes on with it"):
        finish(world)
    rotate(world)
    finish(world)


def test_doctor_and_status_say_that_it_is_unfinished(world: World) -> None:
    assert (webhooks_checked(world).state, "replaced" in steps(world)) == (Light.GREEN, False)
    rotate(world)
    check = webhooks_checked(world)
    assert (check.state, "rotate --finish" in check.to_do) == (Light.AMBER, True)
    assert "23-11-2026 10:" in check.finding
    assert "the former secrets hold still: `tribe-yuki rotate --finish`" in steps(world)

    world.advance(DAY)
    assert webhooks_checked(world).state is Light.RED

    finish(world)
    assert (webhooks_checked(world).state, "former secrets" in steps(world)) == (Light.GREEN, False)


def test_doctor_says_so_of_one_that_a_former_version_began(world: World) -> None:
    """It did not remember when; so it may be finished at once."""
    with world.operator() as operator:
        replaced = {**stored(world), "retired": ["a-secret-of-long-ago"]}
        operator.stores(CONNECTION).secrets.write(SECRET, replaced)
    check = webhooks_checked(world)
    assert (check.state, check.finding) == (Light.RED, "former secrets hold still, since long")
    finish(world, after_seconds=0)
    assert webhooks_checked(world).state is Light.GREEN


def test_a_connection_that_is_disconnected_leaves_nothing_unfinished(world: World) -> None:
    rotate(world)
    world.advance(1)
    with world.operator() as operator:
        disconnect(operator, CONNECTION)
        marks = operator.stores(CONNECTION).timestamps.get("former_secrets_forgotten")
    assert marks is not None
