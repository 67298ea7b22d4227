"""The operations that every service has: sessions, domains, administrations, languages (yuki-api 1.3, 2)."""

from lxml import etree

from simulators.yuki.context import Context
from simulators.yuki.sessions import NO_DATABASE
from simulators.yuki.soap import SoapFault
from simulators.yuki.xml_nodes import child, payload

# Code, description in Dutch, own name.
LANGUAGES = (
    ("nl", "Nederlands", "Nederlands"),
    ("nl-be", "Nederlands (België)", "Nederlands"),
    ("fr", "Frans", "Français"),
    ("en", "Engels", "English"),
)


def authenticate(context: Context) -> str:
    """Open a session with an access key."""
    session = context.sessions.authenticate(
        context.books,
        context.arguments["accessKey"],
        region=context.region,
        now=context.now,
        switches=context.switches,
    )
    return session.id


def authenticate_client(context: Context) -> str:
    """Open a session with an access key on behalf of a registered client."""
    if not context.arguments["clientID"] or not context.arguments["clientSecret"]:
        raise SoapFault("Authentication failed")
    return authenticate(context)


def authenticate_by_user_name(_context: Context) -> str:
    """Refuse: these books have no users that may call the web services."""
    raise SoapFault("Authentication failed")


def domains(context: Context) -> etree._Element:
    """List the domains of the key."""
    answer = payload("Domains")
    for domain_id in context.session.key.domain_ids:
        element = _domain(answer, context, domain_id)
        child(element, "URL", context.books.domains[domain_id].url)
    return answer


def current_domain(context: Context) -> etree._Element:
    """Return the current domain of the session, without its address."""
    answer = payload("Domains")
    if context.session.domain_id:
        _domain(answer, context, context.session.domain_id)
    return answer


def set_current_domain(context: Context) -> None:
    """Choose the domain that the session works on."""
    wanted = str(context.arguments["domainID"]).strip().lower()
    if wanted not in context.session.key.domain_ids:
        raise SoapFault(NO_DATABASE)
    context.session.domain_id = wanted


def administrations(context: Context) -> etree._Element:
    """List the administrations that the key sees."""
    return _administrations(context, with_customer_code=False)


def administrations_with_customer_code(context: Context) -> etree._Element:
    """List the administrations with the customer code of the accountant, which these books do not use."""
    return _administrations(context, with_customer_code=True)


def _administrations(context: Context, *, with_customer_code: bool) -> etree._Element:
    answer = payload("Administrations")
    for administration in context.administrations():
        element = child(answer, "Administration")
        element.set("ID", administration.id)
        child(element, "Name", administration.name)
        for name, value in administration.details.items():
            child(element, name, value)
        child(element, "DomainID", administration.domain_id)
        child(element, "Active", str(administration.active).lower())
        if with_customer_code:
            child(element, "InternalCustomerCode")
    return answer


def administration_id(context: Context) -> str:
    """Return the id of the administration with a name; an empty text when there is none."""
    wanted = str(context.arguments["administrationName"]).strip().casefold()
    return next(
        (administration.id for administration in context.administrations() if administration.name.casefold() == wanted),
        "",
    )


def companies(context: Context) -> etree._Element:
    """List the administrations of the current domain, in short."""
    answer = payload("Companies")
    for administration in context.administrations():
        if administration.domain_id == context.session.domain_id:
            element = child(answer, "Company")
            element.set("ID", administration.id)
            child(element, "Name", administration.name)
            child(element, "Active", str(administration.active).lower())
    return answer


def language(context: Context) -> str:
    """Return the language of the session."""
    return context.session.language


def set_language(context: Context) -> None:
    """Choose the language of the session's display texts; an unknown one changes nothing."""
    wanted = str(context.arguments["language"]).strip().lower()
    if wanted in {code for code, _, _ in LANGUAGES}:
        context.session.language = wanted


def supported_languages(_context: Context) -> etree._Element:
    """List the languages of display texts."""
    answer = payload("Languages")
    for code, description, native in LANGUAGES:
        element = child(answer, "Language")
        element.set("Code", code)
        child(element, "Description", description)
        child(element, "NativeDescription", native)
    return answer


def _domain(answer: etree._Element, context: Context, domain_id: str) -> etree._Element:
    element = child(answer, "Domain")
    element.set("ID", domain_id)
    child(element, "Name", context.books.domains[domain_id].name)
    return element
