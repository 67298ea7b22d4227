"""No person's data and no secret is in a table, a queue, a log or a metric (design 4, 8; reliability F13)."""

import json
import logging
from typing import Any

import pytest

from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import CONNECTIONS, ID_MAP, JOURNAL
from tribe_yuki.connections.context import CATCH_UP, COMPARE_CONTACTS

# Words that occur nowhere else, in every field that travels.
NAME, FIRST, LAST = "Kanariepiet Zangvogels B.V.", "Kanarinus", "Zangzaadhuis"
WORDS = (
    "kanariepiet",
    "kanarinus",
    "zangzaadhuis",
    "zwartkoplaan",
    "geelgorsdorp",
    "5550987",
    "555 0987",
    "kanarie.example",
)
NUMBERS = ("NL999961731B01", "99469421", "NL91ABNA0417164300")
SECRETS = ("demo-client-secret", "00000000-aaaa-bbbb-cccc-000000000001")
# A customer, and the number that its invoice of the seed data gets.
NUMBER, INVOICE_NUMBER = "D-10018", "2026-0109"


@pytest.fixture
def streams(world: World, caplog: pytest.LogCaptureFixture) -> World:
    """A world that writes down everything it logs."""
    caplog.set_level(logging.INFO)
    for worker in world.workers.values():
        worker.logger.setLevel(logging.DEBUG)
    return world


def relation_with(world: World, number: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    (found,) = [row for row in rows if row["DebtorNumber"] == number]
    return found


def make_canaries(world: World) -> None:
    """Give a customer on both sides, and a company and a person that only Yuki has, the words of the canary."""
    relation = relation_with(world, NUMBER)
    world.edit_in_tribe(
        relation["ID"],
        Name=NAME,
        EmailAddress="factuur@kanarie.example",
        PhoneNumber="+31 38 555 0987",
        IBAN=NUMBERS[2],
    )
    world.edit_in_tribe(relation["InvoiceAddress"]["ID"], Street="Zwartkoplaan", City="Geelgorsdorp")
    known = next(row for row in world.yuki_state()["contacts"] if row["Code"] == NUMBER)
    world.edit_contact(known["ID"], Name=NAME, EMailWork="factuur@kanarie.example")
    contacts = [
        row for row in world.yuki_state()["contacts"] if row["IsCustomer"] and row["Active"] and not row["Code"]
    ]
    company = next(row for row in contacts if row["Type"] == "Company" and row["HID"] > 150)
    person = next(row for row in contacts if row["Type"] == "Person" and row["HID"] > 150)
    shared = {"AddressLine_1": "Zwartkoplaan 7", "City": "Geelgorsdorp"}
    world.edit_contact(company["ID"], Name=NAME, EMailWork="info@kanarie.example", PhoneWork="038 5550987", **shared)
    world.edit_contact(
        person["ID"], Name=f"{FIRST} {LAST}", FirstName=FIRST, LastName=LAST, EMailHome="ik@kanarie.example", **shared
    )


def test_no_canary_is_anywhere(
    streams: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    world = streams
    bodies: list[str] = []
    send = world.sqs.send_message
    world.sqs.send_message = lambda **request: bodies.append(json.dumps(request)) or send(**request)  # type: ignore[method-assign, func-returns-value]
    make_canaries(world)
    world.switch_yuki(refuse_invoices={INVOICE_NUMBER: f"Contact {NAME}, factuur@kanarie.example wordt geweigerd"})
    world.import_everything()
    for invoice in world.tribe_state()["Activity_Invoice"]:
        world.send(invoice["ID"])
    world.run(minutes=5)
    world.switch_tribe(unavailable=3)
    world.switch_yuki(truncate=2, unavailable=2, refuse_invoices={})
    make_canaries(world)
    world.run(minutes=20)
    for task in (COMPARE_CONTACTS, CATCH_UP):
        world.start_task(task)
        world.run(minutes=10)
    items = [world.dynamodb.scan(TableName=name)["Items"] for name in (CONNECTIONS, ID_MAP, JOURNAL)]
    printed = capsys.readouterr()
    logged = [record.getMessage() for record in caplog.records]
    seen = "\n".join([json.dumps(items), *bodies, printed.out, printed.err, *logged])
    assert len(bodies) > 100
    assert "YukiCalls" in printed.out
    assert "linked" in seen
    low = seen.lower()
    assert [word for word in (*WORDS, *(number.lower() for number in NUMBERS)) if word in low] == []
    assert [secret for secret in SECRETS if secret in seen] == []
    assert CONNECTION in seen
