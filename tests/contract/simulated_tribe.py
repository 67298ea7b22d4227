"""A simulated Tribe with a tiny seed, calls on it over real HTTP, and a receiver of its webhooks."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any, Self
from urllib.parse import quote

import httpx

from local.tribe_simulator import TribeSimulator
from tests.contract.tribe_scripted_server import shared_server

DATA = Path(__file__).parents[1] / "data" / "tribe"

OWN = "10000000-0000-4000-8000-000000000001"
BAKERY = "20000000-0000-4000-8000-000000000011"
MILL = "20000000-0000-4000-8000-000000000012"
JIP = "20000000-0000-4000-8000-000000000022"
VIRTUAL_PERSON = "20000000-0000-4000-8000-000000000029"
BAKERY_CUSTOMER = "30000000-0000-4000-8000-000000000031"
JIP_CUSTOMER = "30000000-0000-4000-8000-000000000032"
MILL_LEAD = "30000000-0000-4000-8000-000000000034"
BAKERY_CONTACT = "30000000-0000-4000-8000-000000000041"
INVOICE = "40000000-0000-4000-8000-000000000041"
SECOND_INVOICE = "40000000-0000-4000-8000-000000000042"
LINE = "50000000-0000-4000-8000-000000000051"
FREE_LINE = "50000000-0000-4000-8000-000000000052"
SECOND_LINE = "50000000-0000-4000-8000-000000000053"
PRODUCT = "60000000-0000-4000-8000-000000000061"
DRAFT, SENT, PAID = (f"70000000-0000-4000-8000-0000000000a{n}" for n in (1, 2, 3))
VAT_21, VAT_9 = (f"70000000-0000-4000-8000-00000000007{n}" for n in (1, 2))
LEDGER = "70000000-0000-4000-8000-000000000081"
NETHERLANDS = "70000000-0000-4000-8000-000000000091"
VISITING, BILLING, HOME = (f"80000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
EMPLOYEE = "b0000000-0000-4000-8000-000000000001"
UNKNOWN = "a0000000-0000-4000-8000-000000000001"
CUSTOMERS = "Relationship_Organization_CommercialRelationship_Customer"
LEADS = "Relationship_Organization_CommercialRelationship_Lead"
PERSON_CUSTOMERS = "Relationship_Person_CommercialRelationship_Customer"

type Fields = dict[str, Any]


def to(record_id: str) -> Fields:
    return {"ID": record_id}


ENTITIES: Mapping[str, list[Fields]] = {
    "Relation_Organization": [
        {"ID": OWN, "Name": "Voorbeeld Administratie B.V."},
        {
            "ID": BAKERY,
            "Name": "Bakkerij 't Korenschuurtje",
            "DebtorNumber": "D-10045",
            "Number": "R-1",
            "EmailAddress": "info@korenschuur.example",
            "NumberOfEmployees": 12,
            "VisitingAddress": to(VISITING),
            "InvoiceAddress": to(BILLING),
        },
        {"ID": MILL, "Name": "Molen De Windvang", "ImportId": "X-1"},
    ],
    "Relation_Person": [
        {
            "ID": JIP,
            "FirstName": "Jip",
            "MiddleName": "van der",
            "LastName": "Meulen",
            "BirthDate": "1988-07-09",
            "DebtorNumber": "D-10046",
            "Address": to(HOME),
            "_11111111__2222__4333__8444__555555555555": "blauw",
        },
        {"ID": VIRTUAL_PERSON, "LastName": "Yuki koppeling"},
    ],
    "Address": [
        {
            "ID": VISITING,
            "Street": "Molenweg",
            "HouseNumber": 12.0,
            "HouseNumberSuffix": "A",
            "City": "Voorbeeldstad",
            "Country": to(NETHERLANDS),
        },
        {"ID": BILLING, "Street": "Postbus", "HouseNumber": 99, "City": "Elders", "Country": to(NETHERLANDS)},
        {"ID": HOME, "Street": "Dorpsstraat", "HouseNumber": 5.0, "City": "Elders", "Country": to(NETHERLANDS)},
    ],
    CUSTOMERS: [
        {
            "ID": BAKERY_CUSTOMER,
            "Relation": to(OWN),
            "Organization": to(BAKERY),
            "PaymentTermInDays": 30,
            "AccountManager": to(EMPLOYEE),
        }
    ],
    LEADS: [{"ID": MILL_LEAD, "Relation": to(OWN), "Organization": to(MILL)}],
    PERSON_CUSTOMERS: [{"ID": JIP_CUSTOMER, "Relation": to(OWN), "Person": to(JIP), "IsFormer": True}],
    "Relationship_Person_Contact_Standard": [
        {"ID": BAKERY_CONTACT, "Relation": to(BAKERY), "Person": to(JIP), "Department": "Inkoop"}
    ],
    "Relationship_Person_Contact_Employee": [{"ID": EMPLOYEE, "Relation": to(OWN), "Person": to(VIRTUAL_PERSON)}],
    "Relationship_Organization_Identity": [
        {"ID": "30000000-0000-4000-8000-000000000001", "Name": "Voorbeeld Administratie B.V.", "Relation": to(OWN)}
    ],
    "Product": [
        {
            "ID": PRODUCT,
            "Name": "Roggebrood 800 g",
            "Code": "BR-800",
            "SalesPrice": 2.5,
            "VatGroup": to(VAT_9),
            "GeneralLedgerAccount": to(LEDGER),
        }
    ],
    "Datastore_VatGroup": [
        {"ID": VAT_21, "Name": "NL - 21%", "Code": "NL-21", "Percentage": 21.0, "IsDefault": True},
        {"ID": VAT_9, "Name": "NL - 9%", "Code": "NL-9", "Percentage": 9.0},
    ],
    "Datastore_GeneralLedgerAccount": [{"ID": LEDGER, "Name": "Omzet binnenland", "Code": "80000"}],
    "Datastore_Phase_ActivityInvoice": [
        {"ID": DRAFT, "Name": "Concept", "Code": "Draft", "IsDefault": True},
        {"ID": SENT, "Name": "Verstuurd", "Code": "Sent"},
        {"ID": PAID, "Name": "Betaald", "Code": "Paid"},
    ],
    "Datastore_Country": [{"ID": NETHERLANDS, "Name": "Nederland", "Code": "NL"}],
}


def line(line_id: str, **fields: Any) -> Fields:
    return {
        "ID": line_id,
        "Description": "Roggebrood 800 g",
        "Quantity": 40.0,
        "Price": 2.5,
        "PriceInCurrency": 2.5,
        "DiscountPercentage": 0.0,
        "Currency": "EUR",
        "Product": to(PRODUCT),
        "VatGroup": to(VAT_9),
        **fields,
    }


INVOICES: Mapping[str, Fields] = {
    "01-plain": {
        "invoice": {
            "ID": INVOICE,
            "Subject": "Levering maart",
            "Currency": "EUR",
            "Relationship": to(BAKERY_CUSTOMER),
            "ProductLines": [
                line(LINE),
                line(
                    FREE_LINE,
                    Description="Bezorging",
                    Quantity=1.0,
                    Price=30.0,
                    PriceInCurrency=30.0,
                    DiscountPercentage=10.0,
                    Product=None,
                    VatGroup=to(VAT_21),
                ),
            ],
        },
        "send": {"Number": "2026-0107", "InvoiceDate": "2026-11-20", "ExpirationDate": "2026-12-20"},
    },
    "02-second": {
        "invoice": {
            "ID": SECOND_INVOICE,
            "Subject": "Nog een",
            "Relationship": to(BAKERY_CUSTOMER),
            "ProductLines": [line(SECOND_LINE)],
        },
        "send": {"Number": "2026-0108", "InvoiceDate": "2026-06-30T22:30:00Z"},
    },
}


def write_seed(folder: Path, further: Mapping[str, list[Fields]] | None = None) -> Path:
    """Write the tiny seed, with further records, and return its folder."""
    for name in {**ENTITIES, **(further or {})}:
        _write(folder / "entities" / f"{name}.json", [*ENTITIES.get(name, []), *(further or {}).get(name, [])])
    for name, content in INVOICES.items():
        _write(folder / "invoices" / f"{name}.json", content)
    return folder


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


class Tribe:
    """The simulator, and an application that calls it."""

    def __init__(self, simulator: TribeSimulator, http: httpx.Client) -> None:
        self.simulator = simulator
        self.http = http
        self.headers = {"Authorization": f"Bearer {self.token()}"}

    def token(self, client: str = "demo-client", secret: str = "demo-client-secret", scope: str = "read write") -> str:
        answer = self.ask_token(
            grant_type="client_credentials", client_id=client, client_secret=secret, scope=scope
        ).raise_for_status()
        return str(answer.json()["access_token"])

    def ask_token(self, **form: str) -> httpx.Response:
        return self.http.post("/oauth2/token", data=form)

    def call(self, method: str, path: str, body: Any = None, **options: str) -> httpx.Response:
        """Call OData; options go without their dollar sign, blanks as %20."""
        query = "&".join(f"${name}={quote(value, safe=_SAFE)}" for name, value in options.items())
        target = f"/v1/odata/{path}" + (f"?{query}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        return self.http.request(method, target, content=content, headers=self.headers)

    def get(self, path: str, **options: str) -> Any:
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, entity_set: str, **options: str) -> list[str]:
        return [row["ID"] for row in self.get(entity_set, **options)["value"]]

    def refusal(self, method: str, path: str, body: Any = None, **options: str) -> str:
        """Return the words of a call that Tribe refuses with 400."""
        answer = self.call(method, path, body, **options)
        assert answer.status_code == 400, (answer.status_code, answer.text)
        assert answer.json()["error"]["code"] is None
        return str(answer.json()["error"]["message"])

    def control(self, name: str, body: Any = None) -> Any:
        answer = self.http.post(f"/_control/{name}", content=json.dumps(body if body is not None else {}).encode())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **switches: Any) -> None:
        self.control("switches", switches)

    def state(self) -> Any:
        return self.http.get("/_control/state").raise_for_status().json()

    def stored(self, entity_set: str, record_id: str) -> Fields:
        rows: list[Fields] = self.state()[entity_set]
        return next(row for row in rows if row["ID"] == record_id)

    def settle(self) -> None:
        """Wait until nothing is on its way to a receiver."""
        assert self.http.get("/_control/idle?wait_seconds=20").json()["idle"]

    def register(self, url: str, *entity_types: str, headers: Mapping[str, str] | None = None) -> list[Fields]:
        named = [{"name": name, "value": value} for name, value in (headers or {}).items()]
        made = []
        for entity_type in entity_types:
            body = {"entityType": entity_type, "webhookUrl": url, "headers": named}
            made.append(self.http.post("/v1/webhooks", json=body, headers=self.headers).raise_for_status().json())
        return made


_SAFE = "$(),;=:/'*"


@contextmanager
def simulated_tribe(folder: Path, further: Mapping[str, list[Fields]] | None = None) -> Iterator[Tribe]:
    """Serve the tiny seed; webhooks go out without delay."""
    simulator = TribeSimulator(write_seed(folder, further))
    server = shared_server()
    server.simulator = simulator
    simulator.set_switches({"webhook_delay_seconds": 0})
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as http:
        yield Tribe(simulator, http)


class Received:
    """One delivery as it came in."""

    def __init__(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def payload(self) -> Fields:
        payload: Fields = json.loads(self.body)["payload"]
        return payload


class Receiver(ThreadingHTTPServer):
    """Takes webhooks, and answers with `status`; while `hold` is not set, it lets its callers wait."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.status = 200
        self.hold = Event()
        self.hold.set()
        self.changed = Condition()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hooks"

    def payloads(self) -> list[Fields]:
        return [received.payload for received in self.received]

    def wait_for(self, number: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= number, 20)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.changed:
            self.server.received.append(Received(self.path, headers, body))
            self.server.changed.notify_all()
        self.server.hold.wait(20)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name that http.server gives it)
        """Stay silent."""
