"""`tribe-yuki connect`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import Annotated

import typer

from cli.context import JsonOption, WhoOption, at_work
from cli.options import spread
from cli.output import show, tell
from cli.questions import FROM_INPUT, ask, ask_secret, chooser, confirm
from tribe_yuki.admin.access import Application, StoredAccess, stored_access
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.setup.connect import (
    Connected,
    Wishes,
    check_tribe,
    choose_by_name,
    connect,
    find_yuki,
)
from tribe_yuki.setup.consent import bare_code, code_of
from tribe_yuki.webhooks.subscriptions import checked_secrets

GRANTS = ("client_credentials", "authorization_code")
_CONNECTOR_OFF = "Is Tribe's own marketplace connector for Yuki off? Both on would book every invoice twice"


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line gives; the command asks for what else it needs."""

    connection: Annotated[
        str | None,
        typer.Option("--connection", metavar="ID", help="Id to connect as, or to connect again; made from the name."),
    ] = None
    grant: Annotated[str | None, typer.Option("--tribe-grant", metavar="GRANT", help=f"{' or '.join(GRANTS)}.")] = None
    client_id: Annotated[
        str | None,
        typer.Option("--tribe-client-id", metavar="ID", envvar="TRIBE_CLIENT_ID", help="Application in Tribe."),
    ] = None
    client_secret: Annotated[
        str | None,
        typer.Option(
            "--tribe-client-secret",
            metavar="SECRET",
            envvar="TRIBE_CLIENT_SECRET",
            help="Its secret; - reads it from input.",
        ),
    ] = field(default=None, repr=False)
    scope: Annotated[str, typer.Option("--tribe-scope", metavar="SCOPES", help="Scopes, separated by blanks.")] = ""
    redirect_uri: Annotated[
        str | None,
        typer.Option(
            "--redirect-uri", metavar="ADDRESS", help="Redirect address of the application (authorization_code)."
        ),
    ] = None
    code: Annotated[
        str | None,
        typer.Option("--tribe-code", metavar="CODE", help="Code that the consent screen led to, without its address."),
    ] = field(default=None, repr=False)
    yuki_key: Annotated[
        str | None,
        typer.Option(
            "--yuki-key", metavar="KEY", envvar="YUKI_ACCESS_KEY", help="Yuki API key; - reads it from input."
        ),
    ] = field(default=None, repr=False)
    domain: Annotated[str | None, typer.Option("--domain", metavar="NAME", help="Domain in Yuki.")] = None
    administration: Annotated[
        str | None, typer.Option("--administration", metavar="NAME", help="Administration in Yuki.")
    ] = None
    connector_off: Annotated[
        bool, typer.Option("--tribe-connector-off", help="Tribe's own connector for Yuki is off.")
    ] = False
    webhook_secret: Annotated[
        list[str] | None,
        typer.Option(
            "--webhook-secret",
            metavar="SECRET",
            help="Secret of a webhook as Tribe's page shows it; - reads it from input; may be repeated.",
        ),
    ] = field(default=None, repr=False)


@spread
def connect_command(context: typer.Context, given: Given, who: WhoOption = None, as_json: JsonOption = False) -> None:
    """Connect Tribe with a Yuki administration. Run it again to replace a key: what is not given stays."""
    with at_work(context, as_json=as_json, who=who) as operator:
        show(_connect(operator, given, is_asking=not as_json), as_json=as_json)


def _connect(operator: Operator, given: Given, *, is_asking: bool) -> Connected:
    stored = stored_access(operator, given.connection) if given.connection else None
    application = _application_at_work(given, stored) or _application(given)
    token = _consent(operator, application, given)
    if token is None:
        check_tribe(operator, given.connection or "", application)
    key = stored.access_key if stored and not given.yuki_key else _yuki_key(given)
    webhook_secrets = checked_secrets([_webhook_secret(secret) for secret in given.webhook_secret or ()])
    yuki = find_yuki(operator, key)
    former = stored.administration_id if stored and not given.administration else None
    if former is not None:
        administration = yuki.administration(former)
    else:
        domain = choose_by_name(yuki.domains, given.domain, "domain", chooser("domain"))
        administration = choose_by_name(
            yuki.in_domain(domain.domain_id), given.administration, "administration", chooser("administration")
        )
    return connect(
        operator,
        Wishes(
            application=application,
            access_key=key,
            region=yuki.region,
            administration=administration,
            administrations_in_domain=len(yuki.in_domain(administration.domain_id)),
            connection_id=given.connection,
            tribe_connector_off=given.connector_off or (stored is None and is_asking and confirm(_CONNECTOR_OFF)),
            token=token,
            webhook_secrets=webhook_secrets,
        ),
    )


def _application_at_work(given: Given, stored: StoredAccess | None) -> Application | None:
    """Return the application that a connection has, with another secret where one is given; None to ask for all."""
    if stored is None or given.client_id is not None:
        return None
    if given.client_secret is None:
        return stored.application
    return replace(stored.application, client_secret=_client_secret(given))


def _client_secret(given: Given) -> str:
    return ask_secret(given.client_secret, "Its client secret", "--tribe-client-secret")


def _webhook_secret(given: str) -> str:
    """Return a webhook's secret as given, or from the input; a blank one is left to the check."""
    if given != FROM_INPUT:
        return given
    return ask_secret(given, "Secret of a webhook, from Tribe's page Webhooks", "--webhook-secret")


def _application(given: Given) -> Application:
    grant = given.grant or GRANTS[0]
    if grant not in GRANTS:
        raise Declined("grant_unknown", f"--tribe-grant takes {' or '.join(GRANTS)}")
    client_id = given.client_id or ask("Client id of the application in Tribe", "--tribe-client-id")
    secret = _client_secret(given)
    return Application(
        "authorization_code" if grant == GRANTS[1] else "client_credentials", client_id, secret, given.scope
    )


def _yuki_key(given: Given) -> str:
    return ask_secret(given.yuki_key, "Yuki API key (Settings, Integrations, Webservices)", "--yuki-key")


def _consent(operator: Operator, application: Application, given: Given) -> Mapping[str, str] | None:
    """Return the tokens of a user's consent; None when none are needed, or the stored ones still serve."""
    if application.grant != "authorization_code" or (
        given.client_id is None and given.code is None and given.connection
    ):
        return None
    redirect_uri = given.redirect_uri or ask("Redirect address of the application", "--redirect-uri")
    if given.code is not None:
        return operator.systems.exchange_code(application, bare_code(given.code), redirect_uri)
    state = token_urlsafe(16)
    tell("Open this address, give consent, and paste the address that it leads to:")
    tell(operator.systems.consent_address(application, redirect_uri, state))
    code = code_of(ask("Address that it led to", "--tribe-code"), state)
    return operator.systems.exchange_code(application, code, redirect_uri)
