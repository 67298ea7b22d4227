"""A loopback server that answers with prepared bytes: for what no well-behaved simulator would ever send."""

import re
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

Answer = Callable[[socket.socket, Event], None]

SESSION = "7a1c9f04-52de-4b8e-9a37-c0d1e2f30415"
_OPERATION = re.compile(rb'soapaction: *"[^"]*/(\w+)"', re.IGNORECASE)


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    operation: str
    path: str
    body: bytes


@dataclass
class ScriptedServer:
    """Answer `Authenticate` with a session, and every other call with the next answer of the script.

    The script may be longer than what is called; a call after its end gets the last answer again.
    """

    script: list[Answer]
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stopping = Event()
        self._lock = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def operations(self) -> list[str]:
        return [request.operation for request in self.received]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                request = _receive(connection)
                if request is not None:
                    self._next(request)(connection, self._stopping)
            except OSError:
                pass  # the client has gone, as it should

    def _next(self, request: Received) -> Answer:
        with self._lock:
            self.received.append(request)
            if request.operation == "Authenticate":
                number = self.operations.count("Authenticate")
                return soap("Authenticate", SESSION if number == 1 else f"{SESSION}-{number}")
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def _receive(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    operation = _OPERATION.search(head)
    return Received(operation[1].decode() if operation else "", head.split(b" ")[1].decode(), body)


def raw(data: bytes) -> Answer:
    """Send exactly these bytes, and close."""

    def send(connection: socket.socket, _: Event) -> None:
        connection.sendall(data)

    return send


def http(status: int, body: str | bytes, content_type: str = "text/xml; charset=utf-8", headers: str = "") -> Answer:
    content = body.encode() if isinstance(body, str) else body
    return raw(_head(status, content_type, f"Content-Length: {len(content)}\r\n{headers}") + content)


def _head(status: int, content_type: str, headers: str) -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\n{headers}Connection: close\r\n\r\n".encode()


def envelope(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    )


def soap(operation: str, result: str, status: int = 200) -> Answer:
    inner = f"<{operation}Result>{result}</{operation}Result>"
    response = f'<{operation}Response xmlns="http://www.theyukicompany.com/">{inner}</{operation}Response>'
    return http(status, envelope(response))


def fault(words: str, status: int = 500) -> Answer:
    return http(
        status,
        envelope(f"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{words}</faultstring></soap:Fault>"),
    )


def reset(connection: socket.socket, _: Event) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection: socket.socket, stopping: Event) -> None:
    """Never answer."""
    connection.setblocking(True)
    while not stopping.is_set() and connection.recv(1):
        pass


def drip(head: bytes, pieces: Iterable[bytes], seconds: float) -> Answer:
    """Send a head at once and then piece after piece, each after a pause, until the client goes."""

    def send(connection: socket.socket, stopping: Event) -> None:
        connection.sendall(head)
        for piece in pieces:
            if stopping.wait(seconds):
                return
            connection.sendall(piece)

    return send


def endless_body() -> Answer:
    """Announce no length and send 200 MB, or as much as the client takes."""

    def send(connection: socket.socket, stopping: Event) -> None:
        connection.sendall(_head(200, "text/xml", ""))
        megabyte = b"<a>" + b"x" * 1_000_000
        for _ in range(200):
            if stopping.is_set():
                return
            connection.sendall(megabyte)

    return send
