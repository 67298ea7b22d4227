"""The demo's contacts: what the import brought to Tribe, held against Yuki field by field."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from cli.output import Field, Screen
from local.stack.demo_connection import ACCESS_KEY, TRIBE_CLIENT_ID, TRIBE_CLIENT_SECRET
from tribe_yuki.adapters.aws.connections import Connections
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.aws.journal import Journal
from tribe_yuki.adapters.aws.links import Links
from tribe_yuki.adapters.aws.unlinked import UnlinkedContacts
from tribe_yuki.adapters.tribe import Grant, TribeApplication, TribeClient, TribeEndpoints
from tribe_yuki.adapters.yuki import HttpTransport, InMemorySessionStore, YukiClient, YukiEndpoint
from tribe_yuki.connections.administration import OwnCompany
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.mapping import contact_mapping
from tribe_yuki.contacts.fields.read import fields_of, is_same, yuki_value
from tribe_yuki.contacts.fields.table import CODE_FIELD, Direction
from tribe_yuki.contacts.importable import is_own_company, roles_in_tribe
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.model import TribeRelation, YukiContact
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.core.holds import HOLDS, HoldReason

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """An active contact of Yuki that is to be in Tribe, and what it is there."""

    contact: YukiContact
    link: Link | None
    held: UnlinkedContact | None
    relation: TribeRelation | None
    differing: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether it waits for a person, or is in Tribe with every field equal that has not a warning."""
        if self.held is not None:
            return self.link is None
        if self.link is None or self.relation is None:
            return False
        warned = {warning.partition(":")[0] for warning in self.link.warnings}
        return set(self.differing) <= warned


def show_contacts(stack: Mapping[str, Any], out: Screen) -> bool:
    """Show what the import brought; tell whether every contact is in Tribe, equal and once, or waits for a person."""
    compared = list(_compare(stack))
    doubled = _doubled(compared)
    _print_counts(out, compared)
    _print_holds(out, compared)
    wrong = [comparison for comparison in compared if not comparison.is_right]
    for comparison in wrong[:MOST_SHOWN]:
        found = ", ".join(comparison.differing) or "it is not in Tribe"
        out.say(f"contact no. {comparison.contact.hid}: {found}", "red")
    if doubled:
        out.say(f"linked more than once: {', '.join(doubled)}", "red")
    is_right = not wrong and not doubled
    if is_right:
        out.say("Every customer of Yuki is in Tribe once, with every field equal, or waits for a person.", "green")
    else:
        out.say(f"Contacts that are not as they should be: {len(wrong)}.", "red")
    return is_right


def _compare(stack: Mapping[str, Any]) -> Iterator[Comparison]:
    session = boto3.Session("test", "test", region_name="eu-west-1")
    db = DynamoDb(session.client("dynamodb", endpoint_url=stack["aws_endpoint"]))
    outputs, connection_id = stack["outputs"], stack["connection_id"]
    journal = Journal(db, outputs["JournalTableName"], connection_id)
    settings = Connections(db, outputs["ConnectionsTableName"]).settings(connection_id)
    if settings is None:
        return
    links = Links(db, outputs["IdMapTableName"], connection_id, journal)
    unlinked = UnlinkedContacts(db, outputs["IdMapTableName"], connection_id, journal)
    by_contact = {link.yuki_contact_id: link for link in links.page(limit=10_000)}
    held = {contact.yuki_contact_id: contact for contact in unlinked.held()}
    contacts = list(_wanted_contacts(stack, settings))
    relations = _relations(stack, [link.tribe_relation_id for link in by_contact.values() if link.yuki_contact_id])
    for contact in contacts:
        link = by_contact.get(contact.yuki_contact_id)
        relation = relations.get(link.tribe_relation_id) if link else None
        differing = tuple(_differing(contact, relation, settings)) if relation else ()
        yield Comparison(contact, link, held.get(contact.yuki_contact_id), relation, differing)


def _wanted_contacts(stack: Mapping[str, Any], settings: ConnectionSettings) -> Iterator[YukiContact]:
    transport = HttpTransport()
    try:
        yuki = YukiClient(
            YukiEndpoint.of(settings.yuki_region, stack["yuki_url"]),
            ACCESS_KEY,
            settings.yuki_domain_id,
            settings.yuki_administration_id,
            sessions=InMemorySessionStore(),
            budget=_Unlimited(),
            now=lambda: datetime.now(UTC),
            transport=transport,
        )
        own = [
            OwnCompany(administration.name, administration.vat_number, administration.coc_number)
            for administration in yuki.administrations()
        ]
        lists = ("Customer", "Supplier") if settings.import_suppliers else ("Customer",)
        pages = (page for contact_type in lists for page in yuki.contact_pages(contact_type))
        found = {contact.yuki_contact_id: contact for page in pages for contact in page}
    finally:
        transport.close()
    for contact in found.values():
        if roles_in_tribe(contact, settings) and not is_own_company(contact, own, settings.country):
            yield contact


class _Unlimited:
    """Counts nothing: looking at the result is not part of the product's calls."""

    def take(self, operation: str) -> None:
        """Allow a call."""


def _relations(stack: Mapping[str, Any], tribe_relation_ids: Sequence[str]) -> dict[str, TribeRelation]:
    application = TribeApplication(Grant.CLIENT_CREDENTIALS, TRIBE_CLIENT_ID, TRIBE_CLIENT_SECRET, "read write")
    endpoints = TribeEndpoints(stack["tribe_url"], stack["tribe_url"])
    with TribeClient(application, endpoints, now=lambda: datetime.now(UTC)) as tribe:
        return {relation.tribe_relation_id: relation for relation in tribe.read_relations(tribe_relation_ids)}


def _differing(contact: YukiContact, relation: TribeRelation, settings: ConnectionSettings) -> Iterator[str]:
    mapping = contact_mapping(settings)
    for entry in fields_of(relation.kind, mapping):
        only_tribe_may_have_it = entry.direction is Direction.TO_TRIBE and yuki_value(entry, contact, mapping).is_empty
        if entry is CODE_FIELD or only_tribe_may_have_it:
            continue
        if not is_same(entry, relation, contact, mapping):
            yield entry.name


def _doubled(compared: Sequence[Comparison]) -> list[str]:
    counts = Counter(comparison.link.tribe_relation_id for comparison in compared if comparison.link)
    return [tribe_relation_id for tribe_relation_id, number in counts.items() if number > 1]


def _counts(compared: Sequence[Comparison]) -> tuple[tuple[str, int], ...]:
    made = [
        comparison
        for comparison in compared
        if comparison.relation and (comparison.relation.import_id or "").startswith("yuki:")
    ]
    there = [comparison for comparison in compared if comparison.relation and comparison not in made]
    return (
        ("active customers in Yuki", len(compared)),
        ("new in Tribe", len(made)),
        ("linked with a relation that was there", len(there)),
        ("wait for a person", sum(1 for comparison in compared if comparison.held)),
        (
            "of those in Tribe, with every mapped field equal",
            sum(1 for comparison in compared if _is_equal(comparison)),
        ),
        (
            "with a field that is not valid, and was left alone",
            sum(1 for comparison in compared if comparison.link and comparison.link.warnings),
        ),
    )


def _is_equal(comparison: Comparison) -> bool:
    return comparison.relation is not None and not comparison.differing


def _print_counts(out: Screen, compared: Sequence[Comparison]) -> None:
    out.gap()
    out.say("What the import brought to Tribe", "bold")
    out.table(
        _counts(compared),
        (Field("contacts", lambda count: count[1]), Field("what", lambda count: count[0], is_prose=True)),
    )


def _print_holds(out: Screen, compared: Sequence[Comparison]) -> None:
    reasons = Counter(comparison.held.reason for comparison in compared if comparison.held)
    reasons.update(comparison.link.reason for comparison in compared if comparison.link and comparison.link.reason)
    for reason, number in reasons.items():
        owner = HOLDS[HoldReason(reason)].owner if reason else ""
        out.say_parts((str(number), "bold"), (f" for the {owner}: {reason}", ""))
