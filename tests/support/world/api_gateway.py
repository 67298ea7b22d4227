"""What stands where API Gateway stands: it gives the function the webhooks that Tribe sends."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from functions.tribe_webhook.app import handle as handle_webhook
from simulators.shared.loopback import LoopbackServer
from tribe_yuki.entrypoints.webhook import Ingest


class Receiver(LoopbackServer):
    """Turn each HTTP request into the event that the function gets; `answers` are the statuses of its answers.

    `ingest` gives what the function works with at that moment: tests exchange its logger or its queues.
    """

    def __init__(self, ingest: Callable[[], Ingest], answers: list[int]) -> None:
        super().__init__(_ReceiverHandler)
        self.ingest, self.answers = ingest, answers


class _ReceiverHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        *_, connection_id, kind = self.path.split("/")
        event = webhook_event(connection_id, kind, body, {key.lower(): value for key, value in self.headers.items()})
        answer = handle_webhook(event, self.server.ingest())
        self.server.answers.append(answer["statusCode"])
        self.send_response(answer["statusCode"])
        self.send_header("Content-Length", str(len(answer["body"])))
        self.end_headers()
        self.wfile.write(answer["body"].encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name that http.server gives it)
        """Stay silent."""


def webhook_event(connection_id: str, kind: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the event that API Gateway makes of a request to the webhook."""
    return {
        "version": "2.0",
        "routeKey": f"POST /webhooks/tribe/{{connection_id}}/{kind}",
        "pathParameters": {"connection_id": connection_id},
        "headers": dict(headers),
        "isBase64Encoded": True,
        "body": b64encode(body).decode(),
    }
