"""Ten thousand webhooks while every worker dies now and then: whatever was accepted comes to an end (R2, R4).

Events are signed and go through the real `tribe_webhook`. They name invoices, drafts, lines, relations, roles,
addresses, records that are gone and records that never were, by either route, in bursts and again and again.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from local.demo.invoices import SeedInvoice, judge, seed_invoices
from simulators.shared.companies import Company
from tests.support.faults.protections import Protection
from tests.support.faults.random_faults import SHARES, Place, RandomFaults, Shares, answer_webhook, random_faults
from tests.support.suite.sampling import Sample
from tests.support.world.api_gateway import webhook_event
from tests.support.world.many_invoices import draft_invoices, link_customers, number_of
from tests.support.world.world import CONNECTION, SIGNATURE_HEADER, TOKEN_HEADER, World, open_world
from tests.support.world.world_queues import CONTACT, INVOICE, RETRY
from tests.support.world.world_tables import ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.contacts.link import TOMBSTONES, LinkState
from tribe_yuki.invoices.transfer import State
from tribe_yuki.webhooks.signature import sign

SEED = 20261124
ACCEPTED = 202
BURST, BURSTS_PER_CHECK, SENT_PER_BURST = 100, 10, 4
CUSTOMERS, GONE, DRAFTS, STRANGERS = 100, 5, 20, 200
# The share of events that come by any route, whatever they are about.
ASTRAY_SHARE = 0.1
# A sender that gets no 202 tries this often; what it gives up was never accepted.
TRIES = 3
LONGEST = timedelta(days=3)
LOST, ASTRAY, UNKNOWN = "LOST", "astray, so it is dropped", "unknown to Tribe"
QUEUES = (CONTACT, INVOICE, RETRY)
UNSETTLED = (State.WAITING, State.READY, State.SENDING, State.UNCONFIRMED)
CUSTOMER_ROLES = (
    ("Relationship_Organization_CommercialRelationship_Customer", "Organization"),
    ("Relationship_Person_CommercialRelationship_Customer", "Person"),
)
OTHER_ROLES = (
    ("Relationship_Organization_Supplier", "Organization"),
    ("Relationship_Person_Contact_Standard", "Person"),
    ("Relationship_Person_Contact_Employee", "Person"),
)
ROUTES = ("contacts", "invoices")
INVOICES = ("Activity_Invoice", "ProductLine")
RELATIONS = ("Relation_Organization", "Relation_Person")


ROLES = (*CUSTOMER_ROLES, *OTHER_ROLES)


@dataclass
class Traffic:
    """What happens in Tribe, and the webhooks about it."""

    world: World
    random: Random
    customers: Sequence[Company]
    drafts: list[str]
    seeds: Sequence[SeedInvoice]
    keys: Mapping[str, Sequence[str]]
    routes: Mapping[str, str]
    lines: Mapping[str, str]
    sent: list[str] = field(default_factory=list)
    emails: dict[str, str] = field(default_factory=dict)
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def events(self) -> int:
        """Return how many events were accepted."""
        return self.accepted.total()

    def burst(self, size: int) -> None:
        """Change a few records, and deliver events about them and about any others."""
        for record_id in (*self._send_invoices(), self._edit_customer()):
            while not self._deliver(self.routes[record_id], record_id):
                pass
        end, ids = self.events + size, list(self.routes)
        while self.events < end:
            record_id = self.random.choice(ids)
            is_astray = self.random.random() < ASTRAY_SHARE
            self._deliver(self.random.choice(ROUTES) if is_astray else self.routes[record_id], record_id)

    def delete_customers(self) -> None:
        """Delete those customers of whom nothing else happens."""
        for company in self.customers[-GONE:]:
            self.world.delete_in_tribe(company.id("tribe organisation"))
            while not self._deliver("contacts", company.id("tribe organisation")):
                pass

    def _send_invoices(self) -> list[str]:
        """Press Send for a few invoices; return what the events name: them, or one of their lines."""
        if self.seeds:
            ids, numbers = [seed.tribe_invoice_id for seed in self.seeds], [seed.number for seed in self.seeds]
            self.seeds = ()
        else:
            ids, self.drafts = self.drafts[:SENT_PER_BURST], self.drafts[SENT_PER_BURST:]
            numbers = [number_of(len(self.sent) + place) for place in range(len(ids))]
            self.sent += ids
        for tribe_invoice_id, number in zip(ids, numbers, strict=True):
            self.world.send(tribe_invoice_id, Number=number)
        return [self.lines.get(one, one) if self.random.random() < 0.3 else one for one in ids]

    def _edit_customer(self) -> str:
        company = self.random.choice(self.customers[:-GONE])
        email = f"post{self.events}@winkel.example"
        self.emails[company.id("yuki contact")] = email
        self.world.edit_in_tribe(company.id("tribe organisation"), EmailAddress=email)
        return company.id("tribe organisation")

    def _deliver(self, kind: str, record_id: str) -> bool:
        """Deliver an event, in one shape or another, until it is accepted or given up; tell which."""
        names = self.random.choice(({"entityId": record_id}, {"a": [{"RelationshipId": record_id.upper()}], "b": "é"}))
        body = json.dumps({"webhookId": "w", "payload": names}, ensure_ascii=False).encode()
        headers = {SIGNATURE_HEADER: sign(body, self.keys["secrets"][0]), TOKEN_HEADER: self.keys["tokens"][0]}
        for _ in range(TRIES):
            answer = answer_webhook(webhook_event(CONNECTION, kind, body, headers), self.world.ingest)["statusCode"]
            self.answers[answer] += 1
            if answer == ACCEPTED:
                self.accepted[kind, record_id] += 1
                return True
        return False


def deliver_through_faults(world: World, events: int, faults: RandomFaults) -> Traffic:
    """Let so many events come in within some hours while faults strike, and then let everything come to its end."""
    customers = link_customers(world, CUSTOMERS)
    bursts = events // BURST
    drafts = draft_invoices(world, customers[:-GONE], (bursts - 1) * SENT_PER_BURST)
    draft_invoices(world, customers[:-GONE], DRAFTS, seed=1)
    world.switch_tribe(rate_limit_per_minute=1_000_000, drop_webhooks=1.0)
    world.switch_yuki(duplicate_reference="accept", daily_limit=1_000_000)
    # Where a domain has several, an invoice of 0.00 whose answer got lost stays in doubt until a person decides.
    world.save_settings(daily_call_limit=1_000_000, administrations_in_domain=1)
    world.sqs.random, world.sqs.duplicates, world.sqs.shuffle = faults.random("queues"), 0.1, True
    state, random = world.tribe_state(), faults.random("traffic")
    routes = {row["ID"]: "invoices" for name in INVOICES for row in state[name]}
    others = ("Address", *RELATIONS, *(role for role, _ in ROLES))
    routes |= {row["ID"]: "contacts" for name in others for row in state[name]}
    for _ in range(STRANGERS):
        routes[str(UUID(int=random.getrandbits(128), version=4))] = random.choice(ROUTES)
    secret = world.aws_client("secretsmanager").get_secret_value(SecretId=f"local/{CONNECTION}/webhook")
    traffic = Traffic(
        world,
        random,
        customers,
        drafts,
        seed_invoices(),
        json.loads(secret["SecretString"]),
        routes,
        {line["Invoice"]["ID"]: line["ID"] for line in state["ProductLine"]},
    )
    with random_faults(world, faults):
        for place in range(bursts):
            traffic.burst(BURST)
            world.run(minutes=3, step_seconds=30)
            if place % BURSTS_PER_CHECK == 0:
                assert forgotten(world) == []
            if place == bursts // 2:
                traffic.delete_customers()
        faults.is_on = False
        settle(world)
    return traffic


def settle(world: World) -> None:
    """Let time pass until nothing waits, or for too long; what died five times is handed over again, as by redrive."""
    end = world.clock.instant + LONGEST
    while world.clock.instant < end and (_waits(world) or any(world.sqs.queues[one].messages for one in QUEUES)):
        for name in QUEUES:
            queue = world.sqs.queues[name]
            for message in queue.dead_letters:
                queue.messages.append(replace(message, receives=0, visible_at=world.clock.instant))
            queue.dead_letters.clear()
        world.run(minutes=30, step_seconds=60)


def _waits(world: World) -> bool:
    """Tell whether any invoice or event waits."""
    return any(item["kind"]["S"].startswith("pending") for item in _items(world)) or any(
        world.transfers.in_state(state) for state in UNSETTLED
    )


def forgotten(world: World) -> list[str]:
    """Return what waits without a time at which it is due, or stopped without a reason."""
    found = [
        item["item"]["S"] for item in _items(world) if item["kind"]["S"].startswith("pending") and not _is_due(item)
    ]
    for state in State:
        for transfer in world.transfers.in_state(state):
            if state in UNSETTLED and transfer.due_at is None:
                found.append(f"{transfer.tribe_invoice_id} is {state} for ever")
            if state in (State.HELD, State.SKIPPED, State.DEAD) and not transfer.reason:
                found.append(f"{transfer.tribe_invoice_id} is {state} without a reason")
    return found


def _items(world: World) -> list[dict[str, Any]]:
    return [item for item in world.dynamodb.scan(TableName=ID_MAP)["Items"] if "kind" in item]


def _is_due(item: Mapping[str, Any]) -> bool:
    return {"due_key", "due_at", "reason"} <= item.keys()


def endings(traffic: Traffic) -> tuple[Counter[str], list[str]]:
    """Return how the records ended that accepted events were about, with their number, and those that are lost."""
    state = traffic.world.tribe_state()
    ends = Endings(
        traffic.world,
        invoices={row["ID"]: row["IsFinal"] for row in state["Activity_Invoice"]},
        owners={
            **{row["ID"]: row["Invoice"]["ID"] for row in state["ProductLine"]},
            **{row["ID"]: (row["Organization"] or row["Person"])["ID"] for row in state["Address"]},
            **{row["ID"]: row[owner]["ID"] for name, owner in ROLES for row in state[name]},
        },
        relations={row["ID"] for name in RELATIONS for row in state[name]},
        customers={row[owner]["ID"] for name, owner in CUSTOMER_ROLES for row in state[name]},
    )
    counted: Counter[str] = Counter()
    for (route, record_id), events in traffic.accepted.items():
        counted[ends.of(route, record_id)] += events
    return counted, ends.lost(traffic.accepted)


@dataclass(frozen=True)
class Endings:
    """What Tribe holds, to tell how a record ended: an invoice by itself, all that belongs to another by that one."""

    world: World
    invoices: Mapping[str, bool]
    owners: Mapping[str, str]
    relations: Collection[str]
    customers: Collection[str]

    def of(self, route: str, record_id: str) -> str:
        """Return how a record ended that events by a route were about; `LOST` when that is no end."""
        owner = self.owners.get(record_id, record_id)
        if owner in self.invoices:
            return self._of_invoice(owner) if route == "invoices" else ASTRAY
        if route == "invoices":
            return ASTRAY if owner in self.relations else UNKNOWN
        return self._of_relation(owner)

    def lost(self, accepted: Collection[tuple[str, str]]) -> list[str]:
        """Return what is known of the records that have not ended."""
        found = (
            self.owners.get(record_id, record_id) for route, record_id in accepted if self.of(route, record_id) == LOST
        )
        return [
            f"{one}: {self.world.transfer(one) or self.world.links.get(one)}, {self._story(one)}"
            for one in sorted({*found})
        ]

    def _story(self, record_id: str) -> list[str]:
        kind = "invoice" if record_id in self.invoices else "contact#tribe"
        return [entry["code"] for entry in Journal(self.world.db, JOURNAL, CONNECTION).read(f"{kind}#{record_id}")]

    def _of_relation(self, tribe_relation_id: str) -> str:
        link = self.world.links.get(tribe_relation_id)
        if tribe_relation_id not in self.relations:
            return UNKNOWN if link is None else "contact gone in Tribe" if link.state in TOMBSTONES else LOST
        if link is None:
            return LOST if tribe_relation_id in self.customers else "no customer, so it does not travel"
        if link.state is LinkState.HELD and link.reason:
            return f"contact held: {link.reason}"
        return "contact linked" if link.state is LinkState.LINKED else LOST

    def _of_invoice(self, tribe_invoice_id: str) -> str:
        transfer = self.world.transfer(tribe_invoice_id)
        if transfer is None:
            return LOST if self.invoices[tribe_invoice_id] else "a draft, so it is not looked at"
        if transfer.state is State.BOOKED:
            return "invoice booked"
        ended = transfer.state in (State.HELD, State.SKIPPED) and transfer.reason
        return f"invoice {transfer.state}: {transfer.reason}" if ended else LOST


def wrong_in_the_books(traffic: Traffic) -> list[str]:
    """Return which invoices are not in Yuki once, which of the seeds ended unlike their files say, and lost edits."""
    world = traffic.world
    yuki, tribe, seeds = world.yuki_state(), world.tribe_state(), seed_invoices()
    times = Counter(invoice["reference"] for invoice in yuki["invoices"])
    numbers = map(number_of, range(len(traffic.sent)))
    found = [f"{number} is booked {times[number]} times" for number in numbers if times[number] != 1]
    transfers = {seed.tribe_invoice_id: one for seed in seeds if (one := world.transfer(seed.tribe_invoice_id))}
    judged = judge(seeds, transfers, tribe, yuki)
    found += [f"{ending.seed.name}: {'; '.join(ending.faults)}" for ending in judged if ending.faults]
    emails = {contact["ID"]: contact["EMailWork"] for contact in yuki["contacts"]}
    return found + [f"{one} has not {email}" for one, email in traffic.emails.items() if emails[one] != email]


def test_ten_thousand_webhooks_through_dying_workers_all_come_to_an_end(sample: Sample) -> None:
    with ExitStack() as stack:
        world, faults = open_world(stack), RandomFaults(SEED if sample.is_whole else sample.seed)
        events = sample.size(10_000, 1_000)
        traffic = deliver_through_faults(world, events, faults)
        ended, lost = endings(traffic)
        lines = [f"{events:>6} events: {ending}" for ending, events in ended.most_common()]
        report = "\n".join([f"answers: {dict(traffic.answers)}", *lines, str(faults)])
        print(report)  # noqa: T201 (the report of the run)
        # Among ten thousand each worker dies.
        assert faults.died.keys() == {*world.workers, "yuki_poll", "tribe_webhook"} or not sample.is_whole, report
        assert lost == [], report
        assert ended.total() >= events, report
        assert forgotten(world) == [], report
        assert not _waits(world), report
        assert wrong_in_the_books(traffic) == [], report


# Tribe is away for so many calls that much has to wait, whatever comes first.
AWAY: Shares = {**SHARES, Place.TRIBE: {"unavailable": 0.2}}


@pytest.mark.parametrize("is_kept", [True, False])
def test_without_keeping_what_waits_events_are_lost(is_kept: bool) -> None:
    with ExitStack() as stack:
        world = open_world(stack)
        if not is_kept:
            world.without(Protection.DEFERRING)
        traffic = deliver_through_faults(world, 500, RandomFaults(SEED, AWAY))
        wrong = wrong_in_the_books(traffic)
        assert (wrong == []) is is_kept, wrong
