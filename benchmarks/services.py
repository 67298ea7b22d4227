"""SQS and Secrets Manager on loopback, as far as one handler asks; they answer at once and keep nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, override

SECRET = "simulator-secret-0001"
TOKEN = "simulator-token-0001"


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of an answer leave in one packet

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps(self._answer(self.headers["x-amz-target"], request)).encode()
        self.send_response(200)
        self.send_header("content-type", self.headers["content-type"])
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _answer(self, target: str, request: dict[str, Any]) -> dict[str, Any]:
        if target == "secretsmanager.GetSecretValue":
            keys = {"secrets": [SECRET], "tokens": [TOKEN]}
            return {"Name": request["SecretId"], "SecretString": json.dumps(keys)}
        if target == "AmazonSQS.SendMessage":
            return {
                "MessageId": "1",
                "MD5OfMessageBody": md5(request["MessageBody"].encode(), usedforsecurity=False).hexdigest(),
            }
        raise ValueError(target)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the output is the table."""


@contextmanager
def running_services() -> Iterator[str]:
    """Serve until the block ends; the value is the endpoint URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
