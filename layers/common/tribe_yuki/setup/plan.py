"""Tell what activating will do, record by record, without doing it (design 9, `plan`)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count
from math import ceil

from tribe_yuki.admin.access import CREDENTIALS, open_tribe, open_yuki
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.outside import Tribe, Yuki
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.connections.administration import OwnCompany
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import ConnectionSettings, PhaseMeaning
from tribe_yuki.contacts.initial_import.decide import DEBTOR_NUMBER, Create
from tribe_yuki.contacts.initial_import.forecast.forecast import Forecast
from tribe_yuki.contacts.initial_import.forecast.foreseen_links import ForeseenLinks
from tribe_yuki.contacts.initial_import.forecast.foreseen_systems import ForeseenSystems
from tribe_yuki.contacts.initial_import.phases import LISTS_OF_OTHERS
from tribe_yuki.contacts.model import ContactKind, TribeRelation, YukiContact
from tribe_yuki.contacts.outside import RELATIONS_PER_PAGE, ROWS_PER_PAGE
from tribe_yuki.core.fingerprint import FingerprintKey, Fingerprints
from tribe_yuki.invoices.existing_numbers import numbers_in_yuki
from tribe_yuki.setup.planned_records import PlannedRecord, planned_records

MOST_LINKS = 1_000_000
NEWEST = 10
CALLS_FOR_OWN_COMPANIES = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What activating will do.

    `numbers_of_others` counts contacts whose code is the debtor number of a relation with another name. `days` is how
    long the calls to Yuki take within what contacts may use of the daily limit.
    """

    connection: str
    in_tribe: Mapping[str, int]
    in_yuki: Mapping[str, int]
    numbers_of_others: int
    invoices: Mapping[str, int]
    yuki_calls: int
    days: int
    reasons: Mapping[str, int]
    next_steps: tuple[str, ...]
    records: tuple[PlannedRecord, ...] = field(default=(), repr=False)

    @property
    def expected(self) -> int:
        """Return how many contacts the import will look at."""
        return sum(1 for record in self.records if record.side == "yuki" and record.reason != "inactive")


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists of Yuki that are imported, in that order, and the others; `inactive` customers are one of these."""

    imported: tuple[Sequence[YukiContact], ...]
    others: tuple[Sequence[YukiContact], ...]
    inactive: Sequence[YukiContact]

    @property
    def calls(self) -> int:
        """Return how many calls it takes to read them."""
        return sum(len(contacts) // ROWS_PER_PAGE + 1 for contacts in (*self.imported, *self.others))


def make_plan(operator: Operator, connection_id: str) -> Plan:
    """Have the import decide about everything, and count the invoices; only Yuki's calls are counted anywhere.

    It reads each page of Yuki once, and all relations of Tribe. Raises what Tribe and Yuki raise, and Declined for a
    connection without credentials.
    """
    record = operator.record(connection_id)
    with open_tribe(operator, record) as tribe:
        yuki = open_yuki(operator, record)
        lists = _read_lists(yuki, record.settings)
        forecast = _forecast(operator, record, tribe, yuki)
        invoices = _invoices(tribe, yuki, record.settings)
    forecast.run(lists.imported, chain.from_iterable(lists.others))
    records = tuple(planned_records(forecast, chain.from_iterable(lists.imported), lists.inactive))
    return _summary(forecast, lists, records, invoices)


def _read_lists(yuki: Yuki, settings: ConnectionSettings) -> _Lists:
    imported = ["Customer", "Supplier"] if settings.import_suppliers else ["Customer"]
    others = {name: _read_list(yuki, *name) for name in LISTS_OF_OTHERS}
    return _Lists(
        imported=tuple(_read_list(yuki, contact_type, "Active") for contact_type in imported),
        others=tuple(others.values()),
        inactive=others["Customer", "Inactive"],
    )


def _read_list(yuki: Yuki, contact_type: str, active: str) -> list[YukiContact]:
    contacts: list[YukiContact] = []
    for page in count(1):
        rows = yuki.suppliers_and_customers(contact_type, active=active, page=page)
        contacts += rows
        if len(rows) < ROWS_PER_PAGE:
            break
    return contacts


def _read_relations(tribe: Tribe, kind: ContactKind) -> Iterator[TribeRelation]:
    skip = 0
    while True:
        page = tribe.relation_page(kind, skip=skip, with_roles=True)
        yield from page
        if len(page) < RELATIONS_PER_PAGE:
            return
        skip += len(page)


def _forecast(operator: Operator, record: ConnectionRecord, tribe: Tribe, yuki: Yuki) -> Forecast:
    newest = tribe.newest_debtor_numbers(NEWEST)
    keys = _fingerprint_keys(operator, record.connection_id)
    relations = chain.from_iterable(_read_relations(tribe, kind) for kind in ContactKind)
    links = {
        link.tribe_relation_id: link for link in operator.stores(record.connection_id).links.page(limit=MOST_LINKS)
    }
    foreseen = ForeseenLinks(record.connection_id, operator.now(), links)
    systems = ForeseenSystems(
        record.settings,
        operator.now(),
        assigns_numbers=record.settings.numbering_confirmed or (bool(newest) and all(newest)),
        relations={relation.tribe_relation_id: relation for relation in relations},
        erased=foreseen.erased,
    )
    companies = tuple(
        OwnCompany(company.name, company.vat_number, company.coc_number) for company in yuki.administrations()
    )
    return Forecast(
        foreseen, systems, companies, lambda relation_id: Fingerprints(f"{record.connection_id}#{relation_id}", keys)
    )


def _fingerprint_keys(operator: Operator, connection_id: str) -> tuple[FingerprintKey, ...]:
    stored = operator.stores(connection_id).secrets.read(CREDENTIALS)
    if stored is None:
        raise Declined("credentials_missing", f"{connection_id} has no credentials; run `tribe-yuki connect`")
    return tuple(FingerprintKey(key["id"], key["key"].encode()) for key in stored["hmac_keys"])


def _invoices(tribe: Tribe, yuki: Yuki, settings: ConnectionSettings) -> dict[str, int]:
    """Count what becomes of the invoices that were sent already; one or two calls to Yuki."""
    since = datetime(settings.start_date.year, settings.start_date.month, settings.start_date.day, tzinfo=UTC)
    seen = tribe.invoice_heads(modified_since=since)
    standings = Counter(settings.standing_of(head) for head in seen)
    heads = [head for head in seen if settings.standing_of(head) is PhaseMeaning.SENT]
    current = [head for head in heads if head.invoice_date is None or head.invoice_date >= settings.start_date]
    booked = {number for number, _ in numbers_in_yuki(yuki, settings.start_date)} if current else set()
    known = sum(1 for head in current if head.number in booked)
    return {
        "pushed": len(current) - known,
        "already_in_yuki": known,
        "before_start_date": len(heads) - len(current),
        "excluded_by_phase": standings[PhaseMeaning.EXCLUDED],
    }


def _summary(
    forecast: Forecast, lists: _Lists, records: tuple[PlannedRecord, ...], invoices: Mapping[str, int]
) -> Plan:
    settings = forecast.settings
    of_yuki = [record for record in records if record.side == "yuki"]
    codes = {contact.yuki_contact_id: contact.code for contact in chain.from_iterable(lists.imported)}
    creations = [(codes[key], action.new) for key, action in forecast.actions.items() if isinstance(action, Create)]
    calls = (
        lists.calls
        + CALLS_FOR_OWN_COMPANIES
        + forecast.systems.yuki_calls
        + ceil(invoices["pushed"] / settings.batch_size)
    )
    return Plan(
        connection=forecast.links.connection_id,
        in_tribe=dict(Counter(record.decision for record in of_yuki)),
        in_yuki=dict(Counter("updated" if record.fields_in_yuki else "untouched" for record in of_yuki)),
        numbers_of_others=sum(1 for code, new in creations if code and DEBTOR_NUMBER not in new.values),
        invoices=invoices,
        yuki_calls=calls,
        days=ceil(calls / (settings.daily_call_limit * int(Priority.CONTACTS) / 100)),
        reasons=dict(Counter(record.reason for record in records if record.reason)),
        next_steps=(
            "`tribe-yuki plan --csv FILE` writes every record with its decision.",
            "Where both systems have a value, this import takes Yuki's; whatever comes later leaves Tribe's as it is.",
            f"`tribe-yuki activate --expect {len(of_yuki)}` does it.",
        ),
        records=records,
    )
