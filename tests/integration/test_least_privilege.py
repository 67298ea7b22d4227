"""Least privilege: each function does all of its work with what its role allows, and needs each of these permissions.

Every call of the functions in a `World` is checked against the roles of the template (tests/support/world/roles.py).
The deployed roles are asked in tests/stack/test_permissions.py.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from local.demo.invoices import seed_invoices
from tests.support.console.consoles import open_console
from tests.support.world.roles import FUNCTIONS, Permission, Role, permissions
from tests.support.world.seed_records import records
from tests.support.world.virtual_sns import VirtualSns
from tests.support.world.world import CONNECTION, RESOURCES, World, open_world
from tribe_yuki.adapters.aws.topics import Topics
from tribe_yuki.adapters.aws.tribe_tokens import token_document
from tribe_yuki.adapters.tribe import TribeTokens
from tribe_yuki.console.invitations import EVERYWHERE
from tribe_yuki.console.roles import Role as ConsoleRole
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.transfer import State

WORKERS = ("contact_push", "invoice_push", "connection_task")
TOPICS = {owner: f"{owner.value.title()}Topic" for owner in Owner}
# The policy that the workers share: what one of them needs, all have.
OF_RECORDS = ("ConnectionsTable", "IdMapTable", "IdMapTable/index/state", "JournalTable")


@pytest.fixture(scope="module")
def worked() -> Iterator[World]:
    """A world in which everything happened once that needs a permission."""
    with ExitStack() as stack:
        world = open_world(stack)
        task = world.workers["connection_task"]
        task.topics = Topics(world.roles["connection_task"].client(VirtualSns(world)), TOPICS)
        world.import_everything()
        seeds = seed_invoices()
        for seed in seeds[1:]:
            world.send(seed.tribe_invoice_id)
        world.run(minutes=30)
        only_once = {"count": 1, "operations": ["ProcessSalesInvoices"]}
        world.switch_yuki(unavailable=only_once)  # so that one waits for the sweep
        world.send(seeds[0].tribe_invoice_id)
        world.run(minutes=30)
        change_held_customers(world)
        world.run(minutes=5)
        merge_customers(world)
        change_unnoticed(world)
        give_up(world, seeds[0].tribe_invoice_id)
        renew_tokens(world)
        decide_on_the_console(stack, world)
        world.run(minutes=26 * 60, step_seconds=60)
        yield world


def change_held_customers(world: World) -> None:
    """Have the customers of held invoices changed, so that these are looked at again."""
    for transfer in world.transfers.in_state(State.HELD):
        if transfer.tribe_relation_id is not None:
            world.edit_in_tribe(transfer.tribe_relation_id, PhoneNumber="038 765 43 21")


def merge_customers(world: World) -> None:
    """Have a customer merged into one that Yuki does not know: that one takes over the contact."""
    linked = {link.tribe_relation_id for link in world.all_links() if link.state is LinkState.LINKED}
    organisations = [row["ID"] for row in world.tribe_state()["Relation_Organization"]]
    loser = next(one for one in organisations if one in linked)
    heir = next(one for one in organisations if world.links.get(one) is None)
    body = {"winner": heir, "loser": loser}
    world.control.post(f"{world.tribe_url}/_control/merge", json=body).raise_for_status()


def change_unnoticed(world: World) -> None:
    """Have customers changed of whom no webhook tells, so that the night finds them."""
    world.switch_tribe(drop_webhooks=1.0)
    linked = {link.tribe_relation_id for link in world.all_links() if link.state is LinkState.LINKED}
    for row in world.tribe_state()["Relation_Organization"]:
        if row["ID"] in linked:
            world.edit_in_tribe(row["ID"], PhoneNumber="038 123 45 67")
    world.settle_webhooks()
    world.switch_tribe(drop_webhooks=0.0)


def give_up(world: World, tribe_invoice_id: str) -> None:
    """Have an invoice given up, which otherwise takes three days."""
    transfer = world.transfer(tribe_invoice_id)
    assert transfer is not None
    now = world.clock.instant
    world.transfers.save(replace(transfer, state=State.DEAD, reason=WaitReason.RETRY), [], now)
    world.workers["invoice_push"].queues.of(CONNECTION).send_to_dead_letters(tribe_invoice_id, now)


def renew_tokens(world: World) -> None:
    """Have every worker renew the tokens of a consent, as they do once an hour."""
    now = world.clock.instant
    world.aws_client("secretsmanager").create_secret(
        Name=f"local/{CONNECTION}/tribe-token",
        SecretString=json.dumps(token_document(TribeTokens("access", "refresh", now, now))),
    )
    for worker in world.workers.values():
        store = worker._tribe_tokens(CONNECTION)
        assert store.read() is not None
        assert store.lease(now)
        store.write(TribeTokens("access", "refresh", now, now + timedelta(hours=1)))


def decide_on_the_console(stack: ExitStack, world: World) -> None:
    """Have an operator look at everything on the console, decide about a held invoice, and sign out."""
    role = world.roles["console"]
    console = open_console(stack, world, lambda service: role.client(world.aws_client(service)))
    console.give("operator", EVERYWHERE, ConsoleRole.OPERATOR)
    browser = console.browser("operator")
    held = next(
        transfer
        for transfer in world.transfers.in_state(State.HELD)
        if transfer.hold_reason is HoldReason.CONTACT_NOT_CUSTOMER
    )
    page = f"/connections/{CONNECTION}/invoices/{held.tribe_invoice_id}"
    (fields,) = browser.get(page).forms("retry")
    browser.post(f"/connections/{CONNECTION}/decisions", fields)
    browser.post("/sign-out", browser.get(page).form_to("/sign-out"))


def needed_by(world: World, function: str) -> set[Permission]:
    """Return what a function needed; of the workers' shared policy what any of them did."""
    own = set(world.roles[function].calls)
    if function not in WORKERS:
        return own
    return own | {one for worker in WORKERS for one in world.roles[worker].calls if one[1] in OF_RECORDS}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_was_refused(worked: World, function: str) -> None:
    assert worked.roles[function].refused == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_permission_was_needed(worked: World, function: str) -> None:
    unused = worked.roles[function].allowed - needed_by(worked, function)
    # The same secrets, by the names that Secrets Manager makes of theirs.
    assert {one for one in unused if not one[1].endswith("-??????")} == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_any_one_of_them_a_call_of_the_function_is_refused(worked: World, function: str) -> None:
    role = worked.roles[function]
    for permission, call in role.calls.items():
        reduced = Role(function, RESOURCES)
        reduced.allowed.remove(permission)
        with pytest.raises(ClientError, match="AccessDenied"):
            reduced.check(*call)


OF_THE_SWEEP = sorted(one for one in permissions("yuki_poll") if one[0].startswith("dynamodb:"))
OF_WEBHOOKS = sorted(one for one in permissions("tribe_webhook") if not one[1].endswith("-??????"))


@pytest.mark.parametrize("permission", OF_THE_SWEEP, ids=" ".join)
def test_without_any_one_of_them_the_sweep_fails_or_counts_the_connection_as_failing(
    world: World, permission: Permission, capsys: pytest.CaptureFixture[str]
) -> None:
    world.poller.tick()
    world.roles["yuki_poll"].allowed.remove(permission)
    capsys.readouterr()
    try:
        world.poller.tick()
    except ConnectorError:
        return
    assert '"ConnectionsFailing":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("permission", OF_WEBHOOKS, ids=" ".join)
def test_without_any_one_of_them_webhooks_are_asked_for_again(world: World, permission: Permission) -> None:
    world.roles["tribe_webhook"].allowed.remove(permission)
    world.send(seed_invoices()[0].tribe_invoice_id)
    world.edit_in_tribe(records("Relation_Organization")[0]["ID"], PhoneNumber="038 765 43 21")
    world.settle_webhooks()
    assert 503 in world.webhook_answers
