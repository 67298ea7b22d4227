"""Whether Tribe lets the connector in, numbers its customers, and tells it what changes."""

from collections.abc import Mapping
from datetime import timedelta

from tribe_yuki.admin.access import access_of
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.outside import Tribe
from tribe_yuki.admin.tribe_environment import remember, shared_sentence, sharing
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import DRAFT_PHASE, PhaseMeaning
from tribe_yuki.core.errors import ConnectorError
from tribe_yuki.doctor.check import Check, amber, failed, green, red
from tribe_yuki.webhooks.rotation import shown_time, unfinished_since
from tribe_yuki.webhooks.signature import is_usable
from tribe_yuki.webhooks.subscriptions import SECRET, WebhookSecret, by_place, our_webhooks, wanted_places

NEWEST_CUSTOMERS = 10
RECENT_INVOICES = 50
ROTATION_TAKES = timedelta(days=1)
_CONNECT = "Run `tribe-yuki connect` again."
_APPLICATION = "Check the application in Tribe (Configuration, API), then run `tribe-yuki connect` with it."
_PHASES = (
    "Give the code of Tribe's phase Sent with `tribe-yuki settings set sent_phase=CODE`, and the codes of phases whose "
    "invoices are not to be booked with `excluded_phases=CODE,CODE`."
)
_MEANINGS: Mapping[PhaseMeaning, str] = {
    PhaseMeaning.DRAFT: "draft, waits",
    PhaseMeaning.SENT: "sent, is booked",
    PhaseMeaning.EXCLUDED: "excluded, is not booked",
    PhaseMeaning.UNCLASSIFIED: "sent, is booked once final and numbered",
}
_NUMBERING = (
    "Switch automatic debtor numbers on in Tribe; then confirm it with `tribe-yuki settings set "
    "numbering_confirmed=yes`, or with --numbering-on."
)


def check_access(operator: Operator, record: ConnectionRecord, tribe: Tribe) -> Check:
    """Ask Tribe who we are, with the scopes of the application."""
    try:
        tribe.current_employee()
        company = tribe.own_organisation().name
        application = access_of(operator, record.connection_id).application
    except ConnectorError as error:
        return failed("Tribe application", error, _APPLICATION)
    scopes = application.scope.split() or ["read", "write"]
    if "write" not in scopes:
        return red("Tribe application", f"scopes {' '.join(scopes)}: it may not write", _APPLICATION)
    return green("Tribe application", f"works for {company}, scopes {' '.join(scopes)}")


def check_environment(operator: Operator, record: ConnectionRecord, tribe: Tribe) -> Check:
    """Look whether Tribe is the environment that the connection belongs to, and no other connection's."""
    name = "Tribe environment"
    try:
        company = tribe.own_organisation()
        remember(operator, record, company.tribe_relation_id)
        others = sharing(operator, record.connection_id, company.tribe_relation_id, ask=True)
    except ConnectorError as error:
        return failed(name, error, _APPLICATION)
    if record.settings.tribe_organisation_id not in (None, company.tribe_relation_id):
        finding = f"{company.name}, which is another one than this connection belongs to"
        return red(name, finding, "Run `tribe-yuki connect` with an application of the former environment.")
    if others:
        return red(name, shared_sentence(record.connection_id, others), "Disconnect all but one of them.")
    return green(name, f"{company.name}; no other connection of this deployment has it")


def check_invoicing(tribe: Tribe) -> tuple[Check, list[str]]:
    """Look for sent invoices; return the check and the ids of the newest ones."""
    try:
        found = tribe.newest_sent_invoices(RECENT_INVOICES)
    except ConnectorError as error:
        to_do = "Switch the module Invoicing on in Tribe, and let the application read invoices."
        return failed("invoicing in Tribe", error, to_do), []
    return green("invoicing in Tribe", f"on; {len(found)} recent sent invoices to rehearse with"), found


def check_phases(record: ConnectionRecord, tribe: Tribe) -> Check:
    """List the phases of invoices with what each means to us; a phase that nobody classified means sent."""
    name = "phases of invoices"
    try:
        phases = tribe.phases()
    except ConnectorError as error:
        return failed(name, error, _APPLICATION)
    settings = record.settings
    meanings = {phase.code: settings.meaning_of(phase.code) for phase in phases}
    told = "; ".join(f"{phase.name} ({phase.code}): {_MEANINGS[meanings[phase.code]]}" for phase in phases)
    if PhaseMeaning.DRAFT not in meanings.values():
        return red(name, f"none has the code {DRAFT_PHASE}: {told or 'there is none'}", _PHASES)
    if PhaseMeaning.SENT not in meanings.values():
        return amber(name, f"none has the code {settings.sent_phase} of sent_phase: {told}", _PHASES)
    return green(name, told)


def check_numbering(record: ConnectionRecord, tribe: Tribe, *, is_confirmed_now: bool) -> Check:
    """Judge automatic debtor numbers by the newest customers, else by what the operator confirmed."""
    name = "automatic debtor numbers"
    try:
        numbers = tribe.newest_debtor_numbers(NEWEST_CUSTOMERS)
    except ConnectorError as error:
        return failed(name, error, _APPLICATION)
    without = sum(number is None for number in numbers)
    if numbers and not without:
        return green(name, f"judged by the {len(numbers)} newest customers: all have one")
    seen = f"{without} of the {len(numbers)} newest customers have none" if numbers else "there is no customer yet"
    if record.settings.numbering_confirmed or is_confirmed_now:
        return green(name, f"confirmed by the operator; {seen}")
    return red(name, seen, _NUMBERING)


def check_webhooks(operator: Operator, record: ConnectionRecord, tribe: Tribe) -> Check:
    """Look whether each webhook is registered exactly once, and can be checked when it comes."""
    try:
        found = by_place(our_webhooks(operator, record.connection_id, tribe))
        stored = operator.stores(record.connection_id).secrets.read(SECRET) or {}
    except ConnectorError as error:
        return failed("webhooks", error, _CONNECT)
    wanted = wanted_places(operator, record.connection_id)
    faults = [
        f"{entity_type} {len(found.get(place, []))} times"
        for place in wanted
        if len(found.get(place, [])) != 1
        for entity_type in place[:1]
    ]
    faults += [f"{entity_type} not needed" for entity_type, url in found if (entity_type, url) not in wanted]
    kept = [*stored.get("tokens", ()), *stored.get("secrets", ())]
    if not all(any(map(is_usable, stored.get(kind, ()))) for kind in ("tokens", "secrets")):
        faults.append("no secret or token is stored")
    elif not all(map(is_usable, kept)):
        faults.append("a stored secret cannot be used")
    if faults:
        return red("webhooks", ", ".join(faults), _CONNECT)
    if WebhookSecret.read(stored, operator.deployment.token_header).is_replacing:
        return _unfinished_rotation(operator, record.connection_id)
    return green("webhooks", f"{len(wanted)}, exactly one of each")


def _unfinished_rotation(operator: Operator, connection_id: str) -> Check:
    """Return what is said while former secrets hold still: for a day worth a look, from then on to be ended."""
    since = unfinished_since(operator, connection_id)
    if since is not None and operator.now() - since < ROTATION_TAKES:
        finding = f"replaced on {shown_time(since)}, and the former secrets hold still"
        return amber("webhooks", finding, "`tribe-yuki rotate --finish`, once ten minutes are over.")
    began = f"since {shown_time(since)}" if since is not None else "since long"
    return red("webhooks", f"former secrets hold still, {began}", "`tribe-yuki rotate --finish`.")
