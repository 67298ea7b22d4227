"""The simulated Tribe as it stands on the wire: plain HTTP with a token, and a receiver of its webhooks."""

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Condition
from typing import Any, Self
from urllib.parse import quote

import httpx

from simulators.shared.loopback import LoopbackServer
from tests.support.outside.tribe_world import APPLICATION, NOW, World, world

ORGANISATIONS, PERSONS, ADDRESSES = "Relation_Organization", "Relation_Person", "Address"
CUSTOMERS = "Relationship_Organization_CommercialRelationship_Customer"
PRIVATE_CUSTOMERS = "Relationship_Person_CommercialRelationship_Customer"
LEADS = "Relationship_Organization_CommercialRelationship_Lead"
TYPES = ("Relation.Organization", "Relation.Person", "Address", *(one.replace("_", ".") for one in (CUSTOMERS, LEADS)))

type Row = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """A webhook as it came: path, body and signature."""

    path: str
    body: bytes
    signature: str | None

    @property
    def payload(self) -> Row:
        payload: Row = json.loads(self.body)["payload"]
        return payload


@dataclass
class Receiver:
    """Keeps what it is sent; while it is `closed` it leaves callers waiting."""

    received: list[Received] = field(default_factory=list)
    waiting: int = 0
    most_at_once: int = 0
    is_closed: bool = False
    condition: Condition = field(default_factory=Condition)

    def take(self, one: Received) -> None:
        with self.condition:
            self.waiting += 1
            self.most_at_once = max(self.most_at_once, self.waiting)
            self.condition.notify_all()
            assert self.condition.wait_for(lambda: not self.is_closed, timeout=10)
            self.waiting -= 1
            self.received.append(one)

    def open(self) -> None:
        with self.condition:
            self.is_closed = False
            self.condition.notify_all()

    def wait_until_waiting(self, count: int) -> None:
        with self.condition:
            assert self.condition.wait_for(lambda: self.waiting >= count, timeout=10)


@contextmanager
def receiver() -> Iterator[tuple[Receiver, str]]:
    """Serve a receiver; yield it with its address."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.take(Received(self.path, body, self.headers["X-Webhook-Signature"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with LoopbackServer(Handler) as server:
        try:
            yield kept, server.url
        finally:
            kept.open()


@dataclass
class Wire:
    """Calls of Tribe's API and of the control plane."""

    world: World
    http: httpx.Client

    @classmethod
    def connect(cls, world: World, http: httpx.Client) -> Self:
        form = {"grant_type": "client_credentials", "scope": "read write"}
        credentials = {"client_id": APPLICATION.client_id, "client_secret": APPLICATION.client_secret}
        token = http.post("/oauth2/token", data=form | credentials).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        return cls(world, http)

    def call(self, method: str, path: str, body: Row | None = None) -> httpx.Response:
        return self.http.request(method, f"/v1/odata/{path}", json=body)

    def list(self, entity_set: str, **options: str | int) -> list[Row]:
        query = "&".join(f"${name}={quote(str(value))}" for name, value in options.items())
        rows: list[Row] = self.call("GET", f"{entity_set}?{query}").raise_for_status().json()["value"]
        return rows

    def read(self, entity_set: str, record_id: str, expand: str = "") -> Row:
        query = f"?$expand={expand}" if expand else ""
        row: Row = self.call("GET", f"{entity_set}({record_id}){query}").raise_for_status().json()
        return row

    def exists(self, record_id: str) -> bool:
        return self.call("GET", f"Entity({record_id})").status_code == 200

    def post(self, entity_set: str, **body: Any) -> Row:
        row: Row = self.call("POST", entity_set, body).raise_for_status().json()
        return row

    def put(self, entity_set: str, record_id: str, **body: Any) -> Row:
        row: Row = self.call("PUT", f"{entity_set}({record_id})", body).raise_for_status().json()
        return row

    def control(self, call: str, **body: Any) -> Any:
        answer = self.http.post(f"/_control/{call}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, call: str, **body: Any) -> str:
        """Return why a control call was refused."""
        answer = self.http.post(f"/_control/{call}", json=body)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    def edit(self, record_id: str, **fields: Any) -> None:
        self.control(f"edit/{record_id}", **fields)

    def switch(self, **switches: Any) -> None:
        self.control("switches", **switches)

    def subscribe(self, url: str, *types: str) -> dict[str, str]:
        """Register a webhook for each type, with its type as path; return the secrets by path."""
        secrets = {}
        for entity_type in types or TYPES:
            body = {"entityType": entity_type, "webhookUrl": f"{url}/{entity_type}", "headers": []}
            made = self.http.post("/v1/webhooks", json=body).raise_for_status().json()
            secrets[f"/{entity_type}"] = made["secret"]
        return secrets

    def settle(self) -> None:
        """Wait until every webhook is delivered."""
        while not self.http.get("/_control/idle").json()["idle"]:
            pass

    def later(self, seconds: float = 60) -> str:
        """Let time pass; return how the new instant is written."""
        self.control("clock", advance_seconds=seconds)
        return f"{self.world.simulator.clock.now():%Y-%m-%dT%H:%M:%SZ}"


def is_signed(one: Received, secret: str) -> bool:
    expected = base64.b64encode(hmac.digest(secret.encode(), one.body, "sha512")).decode()
    return one.signature == expected


@contextmanager
def wire(folder: Path) -> Iterator[Wire]:
    """Serve the small seed at NOW, without any delay of webhooks."""
    with world(folder) as one, httpx.Client(base_url=one.url, trust_env=False, timeout=10, verify=False) as http:
        one.simulator.clock.set(NOW)
        one.simulator.switches["webhook_delay_seconds"] = 0
        yield Wire.connect(one, http)
