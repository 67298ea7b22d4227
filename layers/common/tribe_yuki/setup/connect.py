"""Connect a Tribe environment with a Yuki administration, again and again if need be (design 1, rule 1)."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from tribe_yuki.admin.access import CREDENTIALS, TRIBE_TOKEN, Application
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.outside import Administration, Domain, Named, OwnOrganisation, Region, Tribe
from tribe_yuki.admin.tribe_environment import check_environment, shared_sentence, sharing
from tribe_yuki.connections.record import ConnectionRecord
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.errors import CredentialsRefused, Retryable
from tribe_yuki.core.ids import CONNECTION_LIST, is_connection_id
from tribe_yuki.core.texts import details_in
from tribe_yuki.people.release import release_refused_credentials
from tribe_yuki.webhooks.subscriptions import RegisteredWebhooks, checked_secrets, register_webhooks

REGIONS: tuple[Region, ...] = ("nl", "be")
# What no contact has: the answer is empty, and costs one call (yuki-api 10.12).
IMPOSSIBLE = "tribe-yuki-connection-test"


@dataclass(frozen=True, slots=True)
class YukiAccess:
    """What a key gives access to, on the host that has its books."""

    region: Region
    domains: Sequence[Domain]
    administrations: Sequence[Administration]

    def in_domain(self, domain_id: str) -> list[Administration]:
        """Return the active administrations of a domain."""
        return [
            administration
            for administration in self.administrations
            if administration.domain_id == domain_id and administration.is_active
        ]

    def administration(self, administration_id: str) -> Administration:
        """Return an active administration; raise Declined when the key does not show it."""
        for administration in self.administrations:
            if administration.administration_id == administration_id and administration.is_active:
                return administration
        names = ", ".join(shown.name for shown in self.administrations)
        raise Declined(
            "administration_unknown", f"the key does not show the administration of this connection; it shows {names}"
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator chose.

    `token` is the content of the secret `tribe-token` (authorization code only); `webhook_secrets` are secrets that the
    operator read in Tribe, for where Tribe does not tell them to us; `settings` are first settings of a new connection.
    """

    application: Application
    access_key: str = field(repr=False)
    region: Region
    administration: Administration
    administrations_in_domain: int
    connection_id: str | None = None
    tribe_connector_off: bool = False
    token: Mapping[str, str] | None = field(default=None, repr=False)
    webhook_secrets: Sequence[str] = field(default=(), repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connected:
    """What connecting came to."""

    connection: str
    status: str
    company_in_tribe: str
    administration: str
    region: Region
    webhooks: RegisteredWebhooks
    is_new: bool
    tribe_connector_confirmed_off: bool
    next_steps: tuple[str, ...]


def find_yuki(operator: Operator, access_key: str) -> YukiAccess:
    """Find the host that has the books of a key, by a call for data (yuki-api 1.1), and what the key shows.

    Raises CredentialsRefused when neither host takes the key, Declined when a host knows it but shows no contacts.
    """
    refused: CredentialsRefused | None = None
    unclear: Retryable | None = None
    for region in REGIONS:
        try:
            return _look(operator, region, access_key)
        except CredentialsRefused as error:
            refused = refused or error
        except Retryable as error:
            if error.code != "yuki_fault_unknown":
                raise
            unclear = error
    if unclear is None and refused is not None:
        raise _key_refused(refused)
    raise Declined(
        "yuki_right_missing",
        "Yuki knows the key but shows no contacts with it. Give the key the right to read and change contacts "
        "(Settings, Integrations, Webservices), then connect again.",
    )


def _look(operator: Operator, region: Region, access_key: str) -> YukiAccess:
    yuki = operator.systems.yuki_key(region, access_key)
    domains, administrations = yuki.domains(), yuki.administrations()
    refused: CredentialsRefused | None = None
    for domain in domains:
        try:
            operator.systems.yuki_key(region, access_key, domain.domain_id).search_contacts("Name", IMPOSSIBLE)
        except CredentialsRefused as error:
            refused = error  # this domain may be inactive while another domain is not
        else:
            return YukiAccess(region, domains, administrations)
    if refused is not None:
        raise refused
    raise Declined("yuki_no_domain", "the key shows no domain; make one for the domain of the administration")


def check_tribe(operator: Operator, connection_id: str, application: Application) -> str:
    """Return the name of the company whose Tribe the application opens; raise what says why it does not."""
    with operator.systems.tribe(connection_id, application) as tribe:
        return _company(tribe).name


def _key_refused(error: CredentialsRefused) -> Declined:
    said = details_in("en", error.details)
    return Declined(
        "yuki_key_refused",
        f"Yuki does not accept the API key ({said}). Copy it whole from Yuki (Settings, Integrations, Webservices), "
        "or make one with the right rights there.",
    )


def _company(tribe: Tribe) -> OwnOrganisation:
    try:
        tribe.current_employee()
    except CredentialsRefused as error:
        raise Declined(
            "tribe_application_refused",
            f"Tribe does not accept the application ({details_in('en', error.details)}). Check its client id and "
            "secret, the grant and the scopes.",
        ) from None
    return tribe.own_organisation()


def connect(operator: Operator, wishes: Wishes) -> Connected:
    """Store secrets, register webhooks and store settings; what is there already is kept.

    A connection that works goes on working; a connection that is new or was disconnected is `connected` and does
    nothing yet. Raises Declined when the connection belongs to another administration or another Tribe environment, or
    one of these to another connection.
    """
    given = checked_secrets(wishes.webhook_secrets)
    connection_id = connection_id_for(operator, wishes)
    former = operator.records.get(connection_id)
    with operator.systems.tribe(connection_id, wishes.application, token=wishes.token) as tribe:
        company = _company(tribe)
    check_environment(operator, connection_id, former, company)
    former, now = operator.records.get(connection_id), operator.now()
    settings = _settings(former, wishes, company, now)
    if wishes.token is not None:
        operator.stores(connection_id).secrets.write(TRIBE_TOKEN, wishes.token)
    with operator.systems.tribe(connection_id, wishes.application) as tribe:
        stored = operator.stores(connection_id).secrets.read(CREDENTIALS)
        operator.stores(connection_id).secrets.write(CREDENTIALS, _credentials(wishes, stored))
        operator.records.forget_yuki_session(connection_id)
        webhooks = register_webhooks(operator, connection_id, tribe, given)
    is_new = former is None or former.status is None
    record = ConnectionRecord(
        connection_id,
        settings,
        (former.status if former else None) or "connected",
        former.saved_at if former else "",
    )
    code = "connected" if is_new else "credentials_replaced"
    entry = operator.entry(code, region=wishes.region, administration=settings.yuki_administration_id)
    operator.records.save(record, [entry], now)
    if not is_new:
        release_refused_credentials(operator, connection_id)
    return Connected(
        connection=connection_id,
        status=record.status or "",
        company_in_tribe=company.name,
        administration=settings.yuki_administration_name,
        region=wishes.region,
        webhooks=webhooks,
        is_new=is_new,
        tribe_connector_confirmed_off=settings.tribe_connector_confirmed_off is not None,
        next_steps=(
            *_shared(operator, connection_id, company),
            *_next_steps(connection_id, settings, webhooks, is_new=is_new),
        ),
    )


def _shared(operator: Operator, connection_id: str, company: OwnOrganisation) -> Iterator[str]:
    others = sharing(operator, connection_id, company.tribe_relation_id)
    if others:
        yield shared_sentence(connection_id, others)


def _next_steps(
    connection_id: str, settings: ConnectionSettings, webhooks: RegisteredWebhooks, *, is_new: bool
) -> Iterator[str]:
    if webhooks.without_secret:
        yield (
            f"Tribe does not tell the secrets of {len(webhooks.without_secret)} webhooks: copy them from its page "
            f"Webhooks and run connect --connection {connection_id} again, with --webhook-secret - for each."
        )
    if settings.tribe_connector_confirmed_off is None:
        yield (
            "Switch Tribe's own connector for Yuki off, then "
            f"`tribe-yuki settings set tribe_connector_confirmed_off=yes --connection {connection_id}`."
        )
    if is_new:
        yield "Review the settings: `tribe-yuki settings` and `tribe-yuki settings vat`; then `tribe-yuki doctor`."
    else:
        yield "See that all is well with `tribe-yuki doctor`."


def connection_id_for(operator: Operator, wishes: Wishes) -> str:
    """Return the id that was chosen, or the id that an administration has, or an id made from its name.

    Raises Declined when the chosen id does not fit.
    """
    wanted = wishes.administration.administration_id
    for known in operator.records.all_ids():
        record = operator.records.get(known)
        if record is not None and record.settings.yuki_administration_id == wanted:
            if wishes.connection_id in (None, known):
                return known
            raise Declined(
                "administration_connected",
                f"{wishes.administration.name} is connected as {known} already: two would book everything twice. "
                f"Use --connection {known}, or disconnect it first.",
            )
    if wishes.connection_id is not None:
        return _checked_id(operator, wishes.connection_id, wanted)
    return _free_id(operator, id_from_name(wishes.administration.name), wanted)


def _checked_id(operator: Operator, connection_id: str, administration_id: str) -> str:
    if connection_id == CONNECTION_LIST:
        raise Declined(
            "connection_id_reserved", f"{CONNECTION_LIST} lists all connections; choose another --connection"
        )
    if not is_connection_id(connection_id):
        raise Declined("connection_id_malformed", "--connection takes 1 to 32 lower-case letters, digits and hyphens")
    if not _fits(operator, connection_id, administration_id):
        raise Declined(
            "connection_taken",
            f"{connection_id} belongs to another administration, and so do its links; choose another --connection",
        )
    return connection_id


def _fits(operator: Operator, connection_id: str, administration_id: str) -> bool:
    record = operator.records.get(connection_id)
    return record is None or record.settings.yuki_administration_id == administration_id


def _free_id(operator: Operator, base: str, administration_id: str) -> str:
    number = 1
    candidate = base
    while not (is_connection_id(candidate) and _fits(operator, candidate, administration_id)):
        number += 1
        candidate = f"{base[:28]}-{number}"
    return candidate


def id_from_name(name: str) -> str:
    """Return a connection id made from a name: `Café Noord B.V.` becomes `cafe-noord-bv`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace(".", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].rstrip("-") or "connection"


def _settings(
    former: ConnectionRecord | None, wishes: Wishes, company: OwnOrganisation, now: datetime
) -> ConnectionSettings:
    administration = wishes.administration
    found: dict[str, object] = {
        "yuki_region": wishes.region,
        "yuki_administration_name": administration.name,
        "administrations_in_domain": wishes.administrations_in_domain,
        "tribe_organisation_id": company.tribe_relation_id,
    }
    if wishes.tribe_connector_off:
        found["tribe_connector_confirmed_off"] = now
    if former is not None:
        return ConnectionSettings.model_validate(former.settings.model_dump() | found)
    first: dict[str, object] = {
        "yuki_domain_id": administration.domain_id,
        "yuki_administration_id": administration.administration_id,
        "country": administration.country if administration.country in ("NL", "BE") else wishes.region.upper(),
        "activated_at": now,
        "start_date": now.astimezone(AMSTERDAM).date(),
    }
    return ConnectionSettings.model_validate(first | found | dict(wishes.settings))


def _credentials(wishes: Wishes, stored: Mapping[str, Any] | None) -> dict[str, object]:
    """Return the secret; keys of fingerprints stay, because links remember values under them."""
    application = wishes.application
    tribe = {
        "grant": application.grant,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "scope": application.scope,
    }
    keys = (stored or {}).get("hmac_keys") or [{"id": "k1", "key": token_hex(32)}]
    return {"yuki": {"access_key": wishes.access_key}, "tribe": tribe, "hmac_keys": keys}


def choose_by_name[Choice: Named](
    choices: Sequence[Choice], name: str | None, what: str, ask: Callable[[Sequence[Choice]], Choice]
) -> Choice:
    """Return the choice with a name, or the only one, or what the operator answers; raise Declined without any."""
    if not choices:
        raise Declined(f"{what}_missing", f"the key shows no {what}; make a key for the right one in Yuki")
    fitting = [choice for choice in choices if name is None or choice.name.casefold() == name.strip().casefold()]
    if not fitting:
        names = ", ".join(choice.name for choice in choices)
        raise Declined(f"{what}_unknown", f"the key shows no {what} {name}; it shows {names}")
    return fitting[0] if len(fitting) == 1 else ask(fitting)
