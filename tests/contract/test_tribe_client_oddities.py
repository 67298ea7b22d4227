"""Odd answers are noticed, and large ones cut off."""

import gzip
import socket
from contextlib import suppress
from threading import Event, Thread

import pytest

from simulators.shared import Response
from tests.support.outside.tribe_scripted_server import (
    connected,
    guid,
    html,
    listing,
    tribe,
)
from tribe_yuki.adapters.tribe import TribeOptions
from tribe_yuki.core.errors import (
    Defect,
    Retryable,
)


def test_a_cut_off_answer_may_be_asked_again() -> None:
    with tribe(lambda _: listing(*({"ID": guid(n)} for n in range(90)))) as (scripted, client):
        client.phases()
        scripted.faults.arm("truncate", 1)
        with pytest.raises(Retryable) as caught:
            client.phases()
        assert caught.value.code == "tribe_answer_unreadable"


@pytest.mark.parametrize("body", [b"[]", b'"text"', b'{"value": 5}', b'{"value": [1]}'])
def test_an_answer_of_another_shape_is_a_defect(body: bytes) -> None:
    with tribe(lambda _: Response(200, body)) as (_, client), pytest.raises(Defect):
        client.phases()


def test_a_list_that_is_null_is_empty() -> None:
    with tribe(lambda _: Response(200, b'{"value": null}')) as (_, client):
        assert list(client.phases()) == []
        assert client.find_relations_by_import_id("x") == []


def test_a_web_page_instead_of_a_record_makes_nothing_disappear() -> None:
    with tribe(lambda _: html(404)) as (_, client), pytest.raises(Retryable):
        client.resolve(guid(1))


def test_a_document_is_read_up_to_a_limit() -> None:
    with tribe(lambda _: Response(200, b"x" * 1000, "application/pdf")) as (scripted, client):
        assert client.read_document(guid(1), largest=1000) == b"x" * 1000
        assert client.read_document(guid(1), largest=999) is None
        assert scripted.api_requests[0].path == f"/v1/odata-file/Attachment/{guid(1)}/File"


def test_a_document_that_does_not_say_its_length_is_cut_at_the_limit() -> None:
    answer = Response(200, gzip.compress(b"x" * 100_000), "application/pdf", {"Content-Encoding": "gzip"})
    with tribe(lambda _: answer) as (_, client):
        assert client.read_document(guid(1), largest=99_999) is None
        assert client.read_document(guid(1), largest=100_000) == b"x" * 100_000


class DrippingServer:
    """Gives a token at once, and every other answer one blank at a time, each well within the read timeout."""

    BLANKS = 60

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.stopping = Event()
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                request = connection.recv(65_536)
                body = b'{"access_token": "a"}' if b"/oauth2/token" in request else b" " * self.BLANKS + b"{}"
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
                for byte in body if body.startswith(b" ") else [body]:
                    if self.stopping.wait(0.05 if isinstance(byte, int) else 0):
                        return
                    connection.sendall(bytes([byte]) if isinstance(byte, int) else byte)


def test_an_answer_that_drips_in_is_given_up() -> None:
    server = DrippingServer()
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        options = TribeOptions(read_timeout_seconds=0.5)
        with connected(server.url, options=options) as client, pytest.raises(Retryable) as caught:
            client.resolve(guid(1))
        assert caught.value.code == "tribe_unavailable"
    finally:
        server.stopping.set()
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join(timeout=5)
