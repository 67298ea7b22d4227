"""Every way a call can end becomes the right error, on reads and on writes, over real HTTP."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.details import told
from tests.support.outside.yuki_scripted_server import (
    SESSION,
    Answer,
    ScriptedServer,
    envelope,
    fault,
    http,
    raw,
    reset,
    silence,
    soap,
)
from tribe_yuki.adapters.yuki import (
    HttpTransport,
    InMemorySessionStore,
    Timeouts,
    YukiClient,
    YukiEndpoint,
)
from tribe_yuki.connections.yuki_session import StoredSession
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.errors import (
    BudgetSpent,
    ConnectorError,
    CredentialsRefused,
    Defect,
    Held,
    OutcomeUnknown,
    RateLimited,
    Retryable,
)
from tribe_yuki.invoices.model import SalesInvoice, SalesInvoiceContact, SalesInvoiceLine

KEY = "00000000-aaaa-bbbb-cccc-00000kanarie"
DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f10"
OTHER_DOMAIN = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f11"
ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"
CONTACT_ID = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NO_CONTACTS = '<Contacts xmlns=""/>'
NO_ITEMS = '<OutstandingItems xmlns=""/>'
HTML = "<!DOCTYPE html><html><body><h1>503 kanarie</h1></body></html>"

INVOICE = SalesInvoice(
    reference="2026-0107",
    subject="Onderhoud",
    payment_method="ElectronicTransfer",
    date=date(2026, 3, 31),
    due_date=date(2026, 4, 30),
    currency="EUR",
    contact=SalesInvoiceContact("TR-1", "Kanarie Proef B.V.", ContactKind.ORGANISATION, "NL"),
    lines=(
        SalesInvoiceLine("Beurt", Decimal(1), Decimal(80), "Onderhoud", None, 1, Decimal(21), None, False, "80000"),
    ),
)


@dataclass
class Watcher:
    """A budget and an observer in one, as the connector's own may be."""

    calls_left: int = 1000
    taken: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def take(self, operation: str) -> None:
        if self.calls_left <= 0:
            raise BudgetSpent("yuki_budget_spent", operation)
        self.calls_left -= 1
        self.taken.append(operation)

    def succeeded(self, operation: str) -> None:
        self.seen.append(f"{operation} ok")

    def failed_in_transport(self, operation: str) -> None:
        self.seen.append(f"{operation} failed")

    def slowed_down(self, operation: str) -> None:
        self.seen.append(f"{operation} slowed down")

    def limit_exceeded(self) -> None:
        self.seen.append("limit")


@dataclass
class Setting:
    server: ScriptedServer
    client: YukiClient
    watcher: Watcher
    store: InMemorySessionStore


@contextmanager
def setting(*script: Answer, signed_in: bool = True) -> Iterator[Setting]:
    watcher, store = Watcher(), InMemorySessionStore()
    if signed_in:
        store.replace(None, StoredSession("stored-session", NOW))
    transport = HttpTransport(Timeouts(connect=2, read=0.3, total=1))
    with ScriptedServer(list(script)) as server:
        client = client_for(server.url, watcher, store, transport)
        yield Setting(server, client, watcher, store)
        transport.close()


def client_for(
    url: str,
    watcher: Watcher,
    store: InMemorySessionStore,
    transport: HttpTransport,
    domain: str = DOMAIN,
    administration: str = ADMINISTRATION,
) -> YukiClient:
    return YukiClient(
        YukiEndpoint.of("nl", url),
        KEY,
        domain,
        administration,
        sessions=store,
        budget=watcher,
        observer=watcher,
        now=lambda: NOW,
        transport=transport,
    )


def read(client: YukiClient) -> object:
    return client.check_outstanding_item("2026-0107")


def write(client: YukiClient) -> object:
    return client.process_sales_invoices([INVOICE])


def raised(client: YukiClient, call: Callable[[YukiClient], object]) -> ConnectorError:
    with pytest.raises(ConnectorError) as error:
        call(client)
    return error.value


NO_READABLE_ANSWER = {
    "503 with HTML": (http(503, HTML, "text/html"), "yuki_answer_unreadable"),
    "503 without anything": (http(503, ""), "yuki_answer_unreadable"),
    "a firewall's page": (http(403, "<!DOCTYPE html><title>Blocked</title>", "text/html"), "yuki_answer_unreadable"),
    "a gateway's page": (http(502, HTML, "text/html"), "yuki_answer_unreadable"),
    "a proxy that finds it too large": (http(413, HTML, "text/html"), "yuki_answer_unreadable"),
    "404 with HTML": (http(404, HTML, "text/html"), "yuki_answer_unreadable"),
    "200 with HTML": (http(200, HTML, "text/html"), "yuki_answer_unreadable"),
    "200 with XHTML": (http(200, "<html/>"), "yuki_answer_unreadable"),
    "200 with nothing": (http(200, ""), "yuki_answer_unreadable"),
    "500 with a result": (soap("CheckOutstandingItemAdmin", NO_ITEMS, status=500), "yuki_answer_unreadable"),
    "another operation's answer": (soap("Domains", "<Domains/>"), "yuki_answer_unreadable"),
    "an empty body": (http(200, envelope("")), "yuki_answer_unreadable"),
    "an envelope without a body": (http(200, "<Envelope/>"), "yuki_answer_unreadable"),
    "an answer in something else than an envelope": (
        http(200, "<Post><Body><ProcessSalesInvoicesResponse/></Body></Post>"),
        "yuki_answer_unreadable",
    ),
    "truncated XML": (http(200, envelope("<X/>")[:-20]), "yuki_answer_unreadable"),
    "a redirect": (http(302, "", headers="Location: http://127.0.0.1:9/\r\n"), "yuki_answer_unreadable"),
    "a shorter body than announced": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<soap"),
        "yuki_connection_broken",
    ),
    "closed without an answer": (raw(b""), "yuki_connection_broken"),
    "no HTTP at all": (raw(b"220 mail.example ESMTP\r\n\r\n"), "yuki_connection_broken"),
    "a reset": (reset, "yuki_connection_broken"),
    "silence": (silence, "yuki_timeout"),
}


@pytest.mark.parametrize(("answer", "code"), NO_READABLE_ANSWER.values(), ids=NO_READABLE_ANSWER.keys())
def test_no_readable_answer_leaves_a_write_unknown_and_lets_a_read_be_repeated(answer: Answer, code: str) -> None:
    with setting(answer) as here:
        failed_read, failed_write = raised(here.client, read), raised(here.client, write)
    assert (type(failed_read), failed_read.code) == (Retryable, code)
    assert (type(failed_write), failed_write.code) == (OutcomeUnknown, code)
    assert here.watcher.seen == ["CheckOutstandingItemAdmin failed", "ProcessSalesInvoices failed"]
    assert here.server.operations == ["CheckOutstandingItemAdmin", "ProcessSalesInvoices"]
    assert "anarie" not in f"{failed_read!r} {failed_write!r}"


@pytest.mark.parametrize(
    ("status", "hint"), [(301, "check Yuki's"), (308, "check Yuki's"), (403, "a firewall"), (413, "lower batch_bytes")]
)
def test_what_may_be_done_about_it_is_said(status: int, hint: str) -> None:
    with setting(http(status, HTML, "text/html")) as here:
        assert hint in raised(here.client, read).text


@pytest.mark.parametrize("header", ["Retry-After: 600\r\n", "Retry-After: 600 \r\n"])
def test_503_may_ask_for_a_pause(header: str) -> None:
    with setting(http(503, HTML, "text/html", header)) as here:
        error = raised(here.client, read)
    assert isinstance(error, Retryable)
    assert error.retry_after == timedelta(minutes=10)


def test_a_contact_write_is_as_careful_as_an_invoice() -> None:
    with setting(silence) as here:
        error = raised(here.client, lambda client: client.update_contact({"Type": "2", "FullName": "Kanarie"}))
    assert isinstance(error, OutcomeUnknown)


def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    watcher, store = Watcher(), InMemorySessionStore()
    store.replace(None, StoredSession("stored-session", NOW))
    client = client_for(url, watcher, store, HttpTransport(Timeouts(connect=1, read=1, total=1)))
    for call in (read, write):
        error = raised(client, call)
        assert (type(error), error.code) == (Retryable, "yuki_unreachable")
    assert watcher.seen == ["CheckOutstandingItemAdmin failed", "ProcessSalesInvoices failed"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 60),
        ("Retry-After: 90\r\n", 90),
        ("Retry-After: 5\r\n", 60),
        ("Retry-After: x\r\n", 60),
        ("Retry-After: -90\r\n", 60),
        ("Retry-After: \xb2\r\n", 60),
        ("Retry-After: 315360000\r\n", 86_400),
        ("Retry-After: 999999999999\r\n", 86_400),
        (f"Retry-After: {'9' * 5_000}\r\n", 86_400),
        ("Date: Mon, 23 Nov 2026 10:00:00 GMT\r\nRetry-After: Mon, 23 Nov 2026 10:05:00 GMT\r\n", 300),
        ("Date: Mon, 23 Nov 2026 10:00:00 GMT\r\nRetry-After: Mon, 23 Nov 2099 10:05:00 GMT\r\n", 86_400),
        ("Retry-After: Mon, 23 Nov 2026 10:05:00 GMT\r\n", 60),
    ],
)
@pytest.mark.parametrize("call", [read, write])
def test_429_is_a_pause_of_at_least_a_minute(call: Callable[[YukiClient], object], header: str, seconds: int) -> None:
    with setting(http(429, "Too many requests", "text/plain", header)) as here:
        error = raised(here.client, call)
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=seconds)
    assert [one.partition(" ")[2] for one in here.watcher.seen] == ["slowed down"]


def test_an_unknown_fault_on_a_read_renews_the_session_and_repeats_once() -> None:
    with setting(fault("Sessie verlopen kanarie"), soap("CheckOutstandingItemAdmin", NO_ITEMS)) as here:
        assert read(here.client) == []
    assert here.server.operations == ["CheckOutstandingItemAdmin", "Authenticate", "CheckOutstandingItemAdmin"]
    assert here.watcher.taken == here.server.operations
    assert b"stored-session" in here.server.received[0].body
    assert SESSION.encode() in here.server.received[2].body
    stored = here.store.read()
    assert isinstance(stored, StoredSession)
    assert stored.session_id == SESSION


def test_an_unknown_fault_that_stays_is_retryable_after_one_repeat() -> None:
    with setting(fault("Wat is dit kanarie")) as here:
        error = raised(here.client, read)
    assert (type(error), error.code) == (Retryable, "yuki_fault_unknown")
    assert "kanarie" not in f"{error!r}"
    assert here.server.operations.count("CheckOutstandingItemAdmin") == 2


def test_an_unknown_fault_on_a_write_is_never_repeated() -> None:
    with setting(fault("Sessie verlopen"), soap("CheckOutstandingItemAdmin", NO_ITEMS)) as here:
        error = raised(here.client, write)
        assert here.server.operations == ["ProcessSalesInvoices"]
        read(here.client)
    assert (type(error), error.code) == (OutcomeUnknown, "yuki_fault_unknown")
    # The session may have been the reason, so the next call has a new one.
    assert here.server.operations == ["ProcessSalesInvoices", "Authenticate", "CheckOutstandingItemAdmin"]


def test_a_fault_is_read_whatever_the_status() -> None:
    for status in (200, 400, 429, 500, 503):
        with setting(fault("Domain has no active database", status)) as here:
            assert isinstance(raised(here.client, write), CredentialsRefused)
        assert here.watcher.seen == ["ProcessSalesInvoices ok"]


def test_a_fault_of_soap_1_2_is_read_too() -> None:
    twelve = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver'
        '</s:Value></s:Code><s:Reason><s:Text xml:lang="nl">Invalid access key</s:Text></s:Reason></s:Fault></s:Body>'
        "</s:Envelope>"
    )
    with setting(http(500, twelve, "application/soap+xml")) as here:
        assert isinstance(raised(here.client, read), CredentialsRefused)


@pytest.mark.parametrize("call", [read, write])
def test_the_daily_limit_is_reported_and_not_taken_for_a_success(call: Callable[[YukiClient], object]) -> None:
    with setting(fault("Server was unable to process request. ---&gt; Daily limit exceeded")) as here:
        error = raised(here.client, call)
    assert isinstance(error, BudgetSpent)
    assert error.retry_after == timedelta(hours=13)
    assert here.watcher.seen == ["limit"]
    assert len(here.server.received) == 1


def test_a_document_that_yuki_refuses_as_a_whole_is_held() -> None:
    words = (
        "The element 'SalesInvoice' has invalid child element 'DueDate'. List of possible elements expected: 'Date'."
    )
    with setting(fault(words)) as here:
        error = raised(here.client, write)
    assert isinstance(error, Held)
    assert (error.details, error.words) == (told("DueDate"), words)


def test_an_invalid_document_never_leaves() -> None:
    with setting(silence) as here:
        with pytest.raises(Held):
            here.client.process_sales_invoices([])
        with pytest.raises(Defect):
            here.client.update_contact({"Type": "1"})
    assert here.server.received == []
    assert here.watcher.taken == []


def test_a_result_in_an_unknown_notation_is_a_defect_on_reads_and_unknown_on_writes() -> None:
    item = "<OutstandingItems><Item><OpenAmount>kanarie</OpenAmount></Item></OutstandingItems>"
    batch = (
        "<SalesInvoicesImportResponse><Invoice><Reference>2026-0107</Reference></Invoice></SalesInvoicesImportResponse>"
    )
    with setting(soap("CheckOutstandingItemAdmin", item), soap("ProcessSalesInvoices", batch)) as here:
        failed_read, failed_write = raised(here.client, read), raised(here.client, write)
    assert (type(failed_read), failed_read.text) == (Defect, "CheckOutstandingItemAdmin: OpenAmount")
    assert (type(failed_write), failed_write.text) == (OutcomeUnknown, "ProcessSalesInvoices: Succeeded")


def test_a_result_that_does_not_say_what_was_asked_is_not_taken_for_empty() -> None:
    with setting(
        soap("CheckOutstandingItemAdmin", "geen toegang"), soap("ProcessSalesInvoices", "ok"), soap("UpdateContact", "")
    ) as here:
        assert type(raised(here.client, read)) is Retryable
        assert type(raised(here.client, write)) is OutcomeUnknown
        assert type(raised(here.client, lambda client: client.update_contact({"Type": "2"}))) is OutcomeUnknown


def test_the_first_call_authenticates_and_counts_it() -> None:
    with setting(soap("SearchContacts", NO_CONTACTS), signed_in=False) as here:
        assert here.client.search_contacts("All", "") == []
        assert here.client.search_contacts("All", "") == []
    assert here.watcher.taken == ["Authenticate", "SearchContacts", "SearchContacts"]
    assert here.watcher.seen == ["Authenticate ok", "SearchContacts ok", "SearchContacts ok"]
    assert KEY.encode() in here.server.received[0].body


@pytest.mark.parametrize("calls_left", [0, 1])
def test_a_spent_budget_sends_nothing(calls_left: int) -> None:
    with setting(soap("SearchContacts", NO_CONTACTS), signed_in=False) as here:
        here.watcher.calls_left = calls_left
        assert isinstance(raised(here.client, lambda client: client.search_contacts("All", "")), BudgetSpent)
    assert here.server.operations == ["Authenticate"][:calls_left]


def test_a_write_without_a_session_to_be_had_was_not_sent() -> None:
    with setting(silence, signed_in=False) as here:
        here.watcher.calls_left = 0
        assert isinstance(raised(here.client, write), BudgetSpent)
    assert here.server.received == []


@pytest.mark.parametrize("call", ["option", "sort", "active", "page", "type", "count", "start"])
def test_values_that_yuki_would_misread_are_refused_before_anything_is_sent(call: str) -> None:
    calls: dict[str, Callable[[YukiClient], object]] = {
        "option": lambda client: client.search_contacts("Everything", ""),
        "sort": lambda client: client.search_contacts("All", "", sort="Modified"),
        "active": lambda client: client.search_contacts("All", "", active="Yes"),
        "page": lambda client: client.search_contacts("All", "", page=0),
        "type": lambda client: client.suppliers_and_customers("Lead"),
        "count": lambda client: client.sales_documents(modified_since=NOW, count=0),
        "start": lambda client: client.sales_documents(modified_since=NOW, start=-1),
    }
    with setting(silence) as here:
        assert isinstance(raised(here.client, calls[call]), Defect)
    assert here.server.received == []


def test_texts_are_made_fit_for_xml() -> None:
    with setting(soap("SearchContacts", NO_CONTACTS)) as here:
        assert here.client.search_contacts("Name", "\x00 ]]></searchValue>\x1f<b> ") == []
    assert b"<ns0:searchValue>]]&gt;&lt;/searchValue&gt;&lt;b&gt;</ns0:searchValue>" in here.server.received[0].body


def test_ids_that_were_not_chosen_yet_are_asked_for() -> None:
    with setting(silence) as here:
        transport = HttpTransport()
        client = client_for(here.server.url, here.watcher, here.store, transport, domain="", administration="")
        for call in (read, write, lambda client: client.search_contacts("All", "")):
            assert isinstance(raised(client, call), Defect)
    assert here.server.received == []


def current_domain(domain: str) -> Answer:
    return soap("GetCurrentDomain", f'<Domains xmlns=""><Domain ID="{domain}"><Name>x</Name></Domain></Domains>')


def set_current_domain() -> Answer:
    return http(200, envelope('<SetCurrentDomainResponse xmlns="http://www.theyukicompany.com/" />'))


def test_the_archive_is_read_in_our_domain() -> None:
    documents = soap("ModifiedDocumentsByType", "<Documents/>")
    with setting(current_domain(OTHER_DOMAIN), set_current_domain(), documents) as here:
        assert here.client.sales_documents(modified_since=NOW) == []
        assert here.client.sales_documents(modified_since=NOW) == []
    expected = ["GetCurrentDomain", "SetCurrentDomain", "ModifiedDocumentsByType", "ModifiedDocumentsByType"]
    assert here.server.operations == expected
    assert DOMAIN.encode() in here.server.received[1].body


def test_the_archive_is_read_again_when_the_session_changed_underway() -> None:
    documents = soap("ModifiedDocumentsByType", "<Documents/>")
    script = [current_domain(DOMAIN), fault("verlopen"), documents, current_domain(OTHER_DOMAIN), set_current_domain()]
    with setting(*script, documents) as here:
        assert here.client.sales_documents(modified_since=NOW) == []
    assert here.server.operations == [
        "GetCurrentDomain",
        "ModifiedDocumentsByType",
        "Authenticate",
        "ModifiedDocumentsByType",
        "GetCurrentDomain",
        "SetCurrentDomain",
        "ModifiedDocumentsByType",
    ]


def test_no_secret_and_no_words_are_in_logs_errors_or_representations(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    for answer in (fault("kanarie"), http(503, HTML), fault("Invalid access key kanarie"), silence, reset):
        with setting(answer, signed_in=False) as here:
            for call in (read, write):
                error: BaseException | None = raised(here.client, call)
                while error is not None:
                    shown.append(f"{error!r} {error}")
                    error = error.__context__
            shown.append(repr(here.client))
    everything = "\n".join([*shown, caplog.text])
    for secret in (KEY, SESSION, "stored-session", "anarie"):
        assert secret not in everything
