"""Answers that are meant to hurt: too slow, too large, or XML that reaches out (F12)."""

import gzip
import socket
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.faults.protections import Protection, without
from tests.support.outside.yuki_scripted_server import (
    Answer,
    ScriptedServer,
    drip,
    endless_body,
    envelope,
    http,
    raw,
    soap,
)
from tribe_yuki.adapters.tls import client_context
from tribe_yuki.adapters.yuki import (
    HttpTransport,
    InMemorySessionStore,
    Timeouts,
    YukiClient,
    YukiEndpoint,
)
from tribe_yuki.adapters.yuki.transport import TransportFailure
from tribe_yuki.connections.yuki_session import StoredSession
from tribe_yuki.core.errors import ConnectorError, OutcomeUnknown, Retryable

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
GUID = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"


class NoLimit:
    """A budget that never ends."""

    def take(self, operation: str) -> None:
        """Let it pass."""


@contextmanager
def client_of(answer: Answer, timeouts: Timeouts | None = None) -> Iterator[YukiClient]:
    store = InMemorySessionStore()
    store.replace(None, StoredSession("stored-session", NOW))
    transport = HttpTransport(timeouts or Timeouts(connect=5, read=5, total=20))
    with ScriptedServer([answer]) as server:
        endpoint = YukiEndpoint.of("nl", server.url)
        yield YukiClient(
            endpoint, "key", GUID, GUID, sessions=store, budget=NoLimit(), now=lambda: NOW, transport=transport
        )
        transport.close()


def read(client: YukiClient) -> object:
    return client.search_contacts("All", "")


def write(client: YukiClient) -> object:
    return client.update_contact({"Type": "2", "FullName": "Proef"})


def error_of(answer: Answer, call: Callable[[YukiClient], object], timeouts: Timeouts | None = None) -> ConnectorError:
    with client_of(answer, timeouts) as client, pytest.raises(ConnectorError) as error:
        call(client)
    return error.value


# --- slow -----------------------------------------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
DRIPS = {
    "in the headers": drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", repeat(b"x"), 0.05),
    "in the body": drip(OK + b"Content-Length: 100000\r\n\r\n", repeat(b" "), 0.05),
    "in the chunks": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", repeat(b"1\r\n \r\n"), 0.05),
    "in interim answers": drip(b"", repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.05),
}


@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS.keys())
def test_a_drip_meets_the_deadline_of_the_whole_call(answer: Answer) -> None:
    # Every read is in time by itself, so without the deadline this would go on for ever.
    error = error_of(answer, read, Timeouts(connect=5, read=5, total=0.4))
    assert (type(error), error.code) == (Retryable, "yuki_timeout")


def test_a_drip_leaves_a_write_unknown() -> None:
    error = error_of(DRIPS["in the body"], write, Timeouts(connect=5, read=5, total=0.4))
    assert (type(error), error.code) == (OutcomeUnknown, "yuki_timeout")


def test_an_answer_after_the_deadline_is_too_late() -> None:
    # It would come in one piece and within the time for one read.
    late = drip(b"", [OK + b"Content-Length: 0\r\n\r\n"], 1.0)
    error = error_of(late, read, Timeouts(connect=5, read=5, total=0.3))
    assert error.code == "yuki_timeout"


def test_without_any_time_nothing_is_sent() -> None:
    with ScriptedServer([soap("X", "1")]) as server:
        transport = HttpTransport(Timeouts(connect=5, read=5, total=0))
        with pytest.raises(TransportFailure) as failure:
            transport.post(server.url + "/", b"", {})
        assert server.received == []
    assert (failure.value.code, failure.value.was_sent) == ("yuki_unreachable", False)


def test_a_server_that_takes_no_request_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        transport = HttpTransport(Timeouts(connect=5, read=5, total=0.4))
        with pytest.raises(TransportFailure) as failure:
            transport.post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", b"x" * 20_000_000, {})
        transport.close()
    assert (failure.value.code, failure.value.was_sent) == ("yuki_timeout", True)


def test_the_deadline_of_one_call_is_not_that_of_the_next() -> None:
    transport = HttpTransport(Timeouts(connect=5, read=5, total=2))
    with ScriptedServer([soap("X", "1")]) as server:
        for _ in range(3):
            assert transport.post(server.url + "/", b"", {}).status == 200
    transport.close()


# --- large ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        raw(OK + b"Content-Length: 200000000\r\n\r\n" + b" " * 1000),
        endless_body(),
    ],
    ids=["announced", "not announced"],
)
@pytest.mark.parametrize(("call", "kind"), [(read, Retryable), (write, OutcomeUnknown)])
def test_200_megabytes_are_refused_without_being_held_in_memory(
    answer: Answer, call: Callable[[YukiClient], object], kind: type[ConnectorError]
) -> None:
    tracemalloc.start()
    try:
        error = error_of(answer, call)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (type(error), error.code) == (kind, "yuki_answer_too_large")
    assert peak < 50_000_000


def test_an_answer_up_to_the_limit_is_taken() -> None:
    with ScriptedServer([http(200, "x" * 1000)]) as server:
        exact, small = HttpTransport(largest_answer=1000), HttpTransport(largest_answer=999)
        assert len(exact.post(server.url + "/", b"", {}).body) == 1000
        with pytest.raises(TransportFailure):
            small.post(server.url + "/", b"", {})
        exact.close()
        small.close()


# --- compressed -------------------------------------------------------------------------------------------------------

CONTACTS = envelope(
    '<SearchContactsResponse xmlns="http://www.theyukicompany.com/"><SearchContactsResult><Contacts xmlns=""/>'
    "</SearchContactsResult></SearchContactsResponse>"
).encode()


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def coded(body: bytes, coding: str) -> Answer:
    return http(200, body, headers=f"Content-Encoding: {coding}\r\n")


CODINGS = {
    "gzip": coded(gzip.compress(CONTACTS), "gzip"),
    "gzip by its old name": coded(gzip.compress(CONTACTS), " X-GZIP"),
    "gzip without a length": raw(OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(CONTACTS)),
    "gzip with something behind it": coded(gzip.compress(CONTACTS) + b"\0\0\0", "gzip"),
    "deflate": coded(zlib.compress(CONTACTS), "deflate"),
    "deflate of another level": coded(zlib.compress(CONTACTS, 9), "deflate"),
    "deflate as some write it": coded(raw_deflate(CONTACTS), "deflate"),
    "none": coded(CONTACTS, "identity"),
}


@pytest.mark.parametrize("answer", CODINGS.values(), ids=CODINGS.keys())
def test_a_compressed_answer_that_nobody_asked_for_is_read(answer: Answer) -> None:
    with client_of(answer) as client:
        assert read(client) == []


BROKEN = {
    "cut off": coded(gzip.compress(CONTACTS)[:-20], "gzip"),
    "not compressed at all": coded(CONTACTS, "gzip"),
    "a coding that nobody knows": coded(gzip.compress(CONTACTS), "br"),
    "two codings": coded(gzip.compress(gzip.compress(CONTACTS)), "gzip, gzip"),
    "half of a deflate": coded(zlib.compress(CONTACTS)[:40], "deflate"),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize(("call", "kind"), [(read, Retryable), (write, OutcomeUnknown)])
def test_one_that_cannot_be_unfolded_is_no_answer(
    answer: Answer, call: Callable[[YukiClient], object], kind: type[ConnectorError]
) -> None:
    error = error_of(answer, call)
    assert (type(error), error.code) == (kind, "yuki_answer_unreadable")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_never_unfolded(coding: str) -> None:
    compressor = zlib.compressobj(9, wbits=31 if coding == "gzip" else zlib.MAX_WBITS)
    bomb = b"".join(compressor.compress(bytes(1_000_000)) for _ in range(300)) + compressor.flush()
    assert len(bomb) < 400_000
    tracemalloc.start()
    try:
        error = error_of(coded(bomb, coding), read)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (type(error), error.code) == (Retryable, "yuki_answer_too_large")
    assert peak < 50_000_000


def test_no_compressed_answer_is_asked_for() -> None:
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_once() -> None:
            connection, _ = listener.accept()
            with connection:
                heads.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer_once)
        thread.start()
        transport = HttpTransport(Timeouts(2, 2, 2))
        transport.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"", {})
        transport.close()
        thread.join()
    assert b"accept-encoding: identity\r\n" in heads[0].lower()


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with client_of(soap("SearchContacts", "<Contacts/>")) as client:
        assert client.search_contacts("All", "") == []


# --- encrypted ------------------------------------------------------------------------------------------------------


@contextmanager
def https_server(folder: Path) -> Iterator[tuple[str, Path, list[bytes]]]:
    """Yield an address with a certificate that nobody signed, the certificate, and what was sent there."""
    certificate, key = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen: list[bytes] = []

    def answer_once(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with suppress(OSError), connection, context.wrap_socket(connection, server_side=True) as encrypted:
            # Head and body may come apart; closing with something unread would reset the connection.
            with encrypted.makefile("rb") as request:
                head = b"".join(iter(request.readline, b"\r\n"))
                seen.append(head + request.read(int(head.lower().partition(b"content-length:")[2].split()[0])))
            encrypted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_once, args=(listener,))
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}/", certificate, seen
        thread.join(timeout=5)


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def test_a_certificate_that_nobody_signed_gets_nothing(tmp_path: Path) -> None:
    transport = HttpTransport(Timeouts(5, 5, 5))
    with https_server(tmp_path) as (url, _, seen), pytest.raises(TransportFailure) as failure:
        transport.post(url, b"secret", {})
    transport.close()
    assert (failure.value.code, failure.value.was_sent) == ("yuki_unreachable", False)
    assert seen == []


def test_a_trusted_certificate_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with https_server(tmp_path) as (url, certificate, seen):
        monkeypatch.setattr("certifi.where", lambda: str(certificate))
        monkeypatch.setattr("tribe_yuki.adapters.yuki.transport.client_context", client_context.__wrapped__)
        transport = HttpTransport(Timeouts(5, 5, 5))
        assert transport.post(url, b"secret", {}).body == b"ok"
        transport.close()
    assert seen[0].startswith(b"POST / HTTP/1.1")


def test_the_environment_adds_no_authority_and_gets_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = tmp_path / "keys.log"
    with https_server(tmp_path) as (url, certificate, seen):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
        monkeypatch.setattr("tribe_yuki.adapters.yuki.transport.client_context", client_context.__wrapped__)
        transport = HttpTransport(Timeouts(5, 5, 5))
        with pytest.raises(TransportFailure):
            transport.post(url, b"secret", {})
        transport.close()
    assert seen == []
    assert not keys.exists()


def test_the_default_context_would_take_authorities_and_give_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.log"
    with https_server(tmp_path) as (url, certificate, _):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
        with without(Protection.TLS_CONTEXT):
            transport = HttpTransport(Timeouts(5, 5, 5))
        assert transport.post(url, b"secret", {}).status == 200
        transport.close()
    assert "SECRET" in keys.read_text()


# --- XML that reaches out -------------------------------------------------------------------------------------------


@contextmanager
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Yield an address and everything that ever comes in there."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/canary", seen
        try:
            connection, _ = server.accept()
        except TimeoutError:
            return
        with connection:
            seen.append(connection.recv(100))


def with_doctype(doctype: str, result: str) -> Answer:
    answer = envelope(
        '<SearchContactsResponse xmlns="http://www.theyukicompany.com/"><SearchContactsResult><Contacts xmlns="">'
        f"{result}</Contacts></SearchContactsResult></SearchContactsResponse>"
    )
    declaration, _, rest = answer.partition("?>")
    return http(200, f"{declaration}?>{doctype}{rest}")


CONTACT = f'<Contact ID="{GUID}"><Name>{{}}</Name></Contact>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'


@pytest.mark.parametrize(
    ("doctype", "name"),
    [
        ("<!DOCTYPE x>", "Proef"),
        ("<!DOCTYPE x SYSTEM 'CANARY_URL'>", "Proef"),
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'CANARY_URL'>]>", "&e;"),
        ("<!DOCTYPE x [<!ENTITY % e SYSTEM 'CANARY_URL'> %e;]>", "Proef"),
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'CANARY_FILE'>]>", "&e;"),
        ("<!DOCTYPE x [<!ENTITY e 'literal'>]>", "&e;"),
        (BOMB, "&l9;"),
        (BOMB, "</Name><Name a='&l9;'>"),
    ],
    ids=[
        "bare",
        "external DTD",
        "external entity",
        "parameter entity",
        "file",
        "internal",
        "bomb",
        "bomb in attribute",
    ],
)
def test_a_document_type_is_refused_and_nothing_is_fetched(doctype: str, name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("kanarie")
    with listener() as (url, seen):
        doctype = doctype.replace("CANARY_URL", url).replace("CANARY_FILE", canary.as_uri())
        error = error_of(with_doctype(doctype, CONTACT.format(name)), read)
    assert (type(error), error.code) == (Retryable, "yuki_answer_unreadable")
    assert "kanarie" not in f"{error!r}"
    assert seen == []


def test_a_document_type_in_xml_written_as_text_is_refused_too() -> None:
    contact = CONTACT.format("&amp;e;").replace("<", "&lt;")
    text = f"&lt;!DOCTYPE x [&lt;!ENTITY e 'ha'>]>&lt;Contacts>{contact}&lt;/Contacts>"
    error = error_of(soap("SearchContacts", text), read)
    assert error.code == "yuki_answer_unreadable"


def test_includes_and_schema_hints_are_left_alone() -> None:
    with listener() as (url, seen):
        hints = (
            f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{url}"/>'
            f'<Hint xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:a {url}"/>'
        )
        with client_of(soap("SearchContacts", f'<Contacts xmlns="">{CONTACT.format(hints)}</Contacts>')) as client:
            (contact,) = client.search_contacts("All", "")
    assert contact.name == ""
    assert seen == []


@pytest.mark.parametrize("content", ["<a>" * 1000 + "</a>" * 1000, "x" * 11_000_000], ids=["nesting", "text"])
def test_boundless_xml_is_refused(content: str) -> None:
    error = error_of(soap("SearchContacts", f"<Contacts>{CONTACT.format(content)}</Contacts>"), read)
    assert error.code == "yuki_answer_unreadable"
