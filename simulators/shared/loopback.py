"""A threaded HTTP server on the loopback address that starts and stops at once."""

import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self


class LoopbackServer(ThreadingHTTPServer):
    """Serve from a thread of its own, on a free port unless one is given; usable as a context manager.

    It sleeps until somebody connects, where `serve_forever` looks again and again whether it should end.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.stopping = Event()
        self._thread = Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """Return the base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self.stopping.set()
        if self._thread.is_alive():
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.server_address[1])).close()  # wakes it up
            self._thread.join(timeout=5)
        self.server_close()

    def _serve(self) -> None:
        while not self.stopping.is_set():
            self.handle_request()
