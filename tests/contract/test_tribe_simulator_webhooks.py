"""Webhooks of the simulated Tribe: managed by API, signed, delivered over HTTP, disturbed by switches (tribe-api 4)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.tribe_simulator.signatures import sign
from tests.contract.simulated_tribe import (
    BAKERY,
    BAKERY_CUSTOMER,
    BILLING,
    CUSTOMERS,
    DATA,
    EMPLOYEE,
    INVOICE,
    JIP,
    LEADS,
    LINE,
    MILL,
    MILL_LEAD,
    OWN,
    PAID,
    PERSON_CUSTOMERS,
    PRODUCT,
    SECOND_INVOICE,
    SENT,
    VAT_9,
    Receiver,
    Tribe,
    simulated_tribe,
    to,
)

CUSTOMER = CUSTOMERS.replace("_", ".")
ALL_TYPES = (
    *("Relation.Organization", "Relation.Person", "Address", CUSTOMER, PERSON_CUSTOMERS.replace("_", ".")),
    *("Relationship.Organization.Supplier", "Activity.Invoice", "ProductLine"),
)


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Tribe]:
    with simulated_tribe(tmp_path) as one:
        one.control("clock", {"now": "2026-03-04T09:15:22Z"})
        one.headers = {"Authorization": f"Bearer {one.token()}"}
        yield one


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


def example(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def outcomes(tribe: Tribe) -> list[str]:
    return sorted(row["outcome"] for row in tribe.state()["deliveries"])


# Managing


def test_webhooks_are_registered_listed_and_deleted(tribe: Tribe) -> None:
    headers = {"X-Route": "demo"}
    (made,) = tribe.register("https://hooks.example/x", "Relation.Organization", headers=headers)
    assert made == {
        "id": made["id"],
        "entityType": "Relation.Organization",
        "webhookUrl": "https://hooks.example/x",
        "headers": [{"name": "X-Route", "value": "demo"}],
        "secret": made["secret"],
    }
    assert tribe.http.get("/v1/webhooks", headers=tribe.headers).json() == [made]
    (row,) = tribe.get("Webhook")["value"]
    assert (row["ID"], row["EntityType"], row["WebhookUrl"]) == (made["id"], made["entityType"], made["webhookUrl"])
    gone = [tribe.http.delete(f"/v1/webhooks/{made['id']}", headers=tribe.headers).status_code for _ in range(2)]
    assert gone == [204, 404]
    assert tribe.http.get("/v1/webhooks", headers=tribe.headers).json() == []
    assert tribe.http.put(f"/v1/webhooks/{made['id']}", headers=tribe.headers).status_code == 405


def test_the_secret_may_be_shown_on_tribes_own_page_only(tribe: Tribe) -> None:
    tribe.switch(webhook_secret="hidden")
    (made,) = tribe.register("https://hooks.example/x", "Relation.Organization")
    assert "secret" not in made
    assert tribe.simulator.webhooks[made["id"]].secret


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"entityType": "Relation.Organization", "webhookUrl": "http://hooks.example/x"}, "HTTPS"),
        ({"entityType": "Relation.Organization"}, "HTTPS"),
        ({"entityType": "Relation_Organization", "webhookUrl": "https://hooks.example/x"}, "with dots"),
        ({"webhookUrl": "https://hooks.example/x"}, "entity type"),
        ({"entityType": "Address", "webhookUrl": "https://hooks.example/x", "headers": {"X": "y"}}, "headers"),
        ({"entityType": "Address", "webhookUrl": "https://h.example", "headers": [{"name": "X"}]}, "headers"),
        (
            {"entityType": "Address", "webhookUrl": "https://h.example", "headers": [{"name": "X", "value": "a\nb"}]},
            "printable",
        ),
        ([], "object"),
    ],
)
def test_registrations_that_make_no_sense(tribe: Tribe, body: Any, words: str) -> None:
    answer = tribe.http.post("/v1/webhooks", json=body, headers=tribe.headers)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


# Signatures


@pytest.mark.parametrize("vector", example("signature-vectors.json")["vectors"], ids=lambda vector: vector["case"])
def test_signatures_are_those_of_the_vectors(vector: dict[str, str]) -> None:
    body, secret = vector["body"].encode(), vector["secret"]
    assert sign("A", body, secret) == vector["A_hmac_sha512_base64_of_bytes"]
    assert sign("B", body, secret) == vector["B_sha512_body_then_secret_base64"]
    assert sign("C", body, secret) == vector["C_sha512_secret_then_body_base64"]
    assert sign("hex_text", body, secret) == vector["A_wrong_base64_of_hex_text"]


@pytest.mark.parametrize("variant", ["A", "B", "C", "hex_text", "wrong", "missing"])
def test_deliveries_are_signed_over_the_bytes_that_arrive(tribe: Tribe, receiver: Receiver, variant: str) -> None:
    tribe.switch(signature_variant=variant, signature_header="X-Tribe-Test")
    (made,) = tribe.register(receiver.url, "Relation.Organization", headers={"X-Token": "geheim"})
    tribe.control(f"edit/{BAKERY}", {"Name": "Café Zoë"})
    tribe.settle()
    (delivery,) = receiver.received
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["x-token"] == "geheim"
    assert delivery.headers.get("x-tribe-test") == sign(variant, delivery.body, made["secret"])
    assert ("x-tribe-test" in delivery.headers) is (variant != "missing")
    right = sign("A", delivery.body, made["secret"])
    assert (delivery.headers.get("x-tribe-test") == right) is (variant == "A")
    assert "Zoë".encode() in delivery.body
    assert json.loads(delivery.body)["webhookId"] == made["id"]


# What is told

EVENTS: dict[str, Callable[[Tribe], object]] = {
    "organization-created": lambda tribe: tribe.control(
        "create/Relation_Organization",
        {
            "Name": "Bakkerij De Korenschuur B.V.",
            "PhoneNumber": "+31 20 555 0101",
            "EmailAddress": "info@korenschuur.example",
            "Website": "https://korenschuur.example",
        },
    ),
    "organization-updated": lambda tribe: tribe.control(
        f"edit/{BAKERY}", {"FinancialEmailAddress": "facturen@korenschuur.example"}
    ),
    "organization-deleted": lambda tribe: _delete(tribe, INVOICE, SECOND_INVOICE, BAKERY),
    "person-created": lambda tribe: tribe.control(
        "create/Relation_Person",
        {
            "FirstName": "Jip",
            "MiddleName": "van der",
            "LastName": "Meulen",
            "EmailAddress": "jip.vandermeulen@example.org",
        },
    ),
    "person-updated": lambda tribe: tribe.control(f"edit/{JIP}", {"MobilePhoneNumber": "+31 6 5550 0202"}),
    "customer-created": lambda tribe: tribe.control(
        f"create/{CUSTOMERS}", {"Relation": to(OWN), "Organization": to(BAKERY), "PaymentTermInDays": 30}
    ),
    "customer-updated": lambda tribe: tribe.control(f"edit/{BAKERY_CUSTOMER}", {"PaymentTermInDays": 14}),
    "customer-set-former": lambda tribe: tribe.call(
        "PUT", f"{CUSTOMERS}({BAKERY_CUSTOMER})", {"IsFormer": True, "FormerDate": "2026-03-31"}
    ),
    "private-customer-created": lambda tribe: tribe.control(
        f"create/{PERSON_CUSTOMERS}", {"Relation": to(OWN), "Person": to(JIP)}
    ),
    "supplier-created": lambda tribe: tribe.control(
        "create/Relationship_Organization_Supplier", {"Relation": to(OWN), "Organization": to(BAKERY)}
    ),
    "invoice-created-draft": lambda tribe: tribe.control(
        "invoices", {"Subject": "Levering maart", "Relationship": to(BAKERY_CUSTOMER)}
    ),
    "invoice-updated-to-sent": lambda tribe: tribe.call(
        "PUT", f"Activity_Invoice({INVOICE})", {"Number": "2026-0107", "Phase": to(SENT)}
    ),
    "invoice-updated-to-paid": lambda tribe: tribe.control(f"edit/{INVOICE}", {"Phase": to(PAID)}),
    "invoice-deleted": lambda tribe: tribe.control(f"delete/{INVOICE}"),
    "invoice-line-created": lambda tribe: tribe.control(
        "create/ProductLine",
        {
            "Description": "Roggebrood 800 g",
            "Quantity": 40.0,
            "Price": 2.5,
            "DiscountPercentage": 0.0,
            "Product": to(PRODUCT),
            "VatGroup": to(VAT_9),
        },
    ),
    "invoice-line-updated": lambda tribe: tribe.control(f"edit/{LINE}", {"Quantity": 44.0}),
    "invoice-line-deleted": lambda tribe: tribe.control(f"delete/{LINE}"),
    "relationship-link-created": lambda tribe: tribe.control(
        f"create/{CUSTOMERS}", {"Relation": to(OWN), "Organization": to(BAKERY)}
    ),
    "relationship-link-updated": lambda tribe: tribe.control(f"edit/{BAKERY_CUSTOMER}", {"Organization": to(BAKERY)}),
    "relationship-link-deleted": lambda tribe: _delete(tribe, INVOICE, SECOND_INVOICE, BAKERY_CUSTOMER),
}


def _delete(tribe: Tribe, *record_ids: str) -> list[Any]:
    return [tribe.control(f"delete/{record_id}") for record_id in record_ids]


def fits(payload: dict[str, Any], expected: dict[str, Any], *, is_created: bool) -> bool:
    """Tell whether a payload says what an example says; new records have ids of their own, and may say more."""
    ids = ("entityId", "relationshipId", "parentEntityId") if is_created else ()
    for name, value in expected.items():
        if name in ids and name in payload:
            continue
        if name == "fields":
            if not payload.get("fields", {}).items() >= value.items():
                return False
        elif payload.get(name) != value:
            return False
    return payload.keys() == expected.keys()


@pytest.mark.parametrize("shape", ["rich", "minimal"])
@pytest.mark.parametrize("name", EVENTS)
def test_every_event_of_the_examples_is_told(tribe: Tribe, receiver: Receiver, name: str, shape: str) -> None:
    tribe.switch(webhook_shape=shape)
    tribe.register(receiver.url, *ALL_TYPES)
    EVENTS[name](tribe)
    tribe.settle()
    expected = example(f"minimal/{name}.json" if shape == "minimal" else f"{name}.json")["payload"]
    payloads = receiver.payloads()
    assert any(fits(payload, expected, is_created="created" in name) for payload in payloads), payloads


def test_all_examples_are_covered() -> None:
    files = {path.stem for path in DATA.glob("*.json")} - {"signature-vectors"}
    assert files == set(EVENTS)


VARIANTS = sorted(path.stem for path in (DATA / "variants").glob("*.json"))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_of_the_examples_is_a_shape(tribe: Tribe, receiver: Receiver, name: str) -> None:
    tribe.switch(webhook_shape=name, link_events="entity")
    tribe.register(receiver.url, "Activity.Invoice", CUSTOMER)
    if name.startswith("lead"):
        tribe.switch(upgrade_event="creation")
        tribe.control(f"upgrade/{MILL_LEAD}", {"to": CUSTOMERS})
    else:
        tribe.call("PUT", f"Activity_Invoice({INVOICE})", {"Phase": to(SENT)})
    tribe.settle()
    (payload,) = receiver.payloads()
    expected = example(f"variants/{name}.json")["payload"]
    if name.startswith("lead"):
        expected |= {"entityId": MILL_LEAD, "fields": {"UpgradeDate": "2026-03-04"}}
    assert payload == expected


def test_the_short_name_of_a_variant_will_do(tribe: Tribe) -> None:
    for name in VARIANTS:
        tribe.switch(webhook_shape=name.rpartition("--")[2])
    answer = tribe.http.post("/_control/switches", json={"webhook_shape": "nonsense"})
    assert (answer.status_code, "minimal" in answer.json()["error"]) == (400, True)


KINDS: dict[str, list[str]] = {
    "both": ["EntityUpdateMutation", "RelationshipUpdateMutation"],
    "entity": ["EntityUpdateMutation"],
    "relationship": ["RelationshipUpdateMutation"],
    "crm": ["EntityUpdateMutation"],
}


@pytest.mark.parametrize("mode", KINDS)
def test_how_a_changed_link_is_told_is_a_switch(tribe: Tribe, receiver: Receiver, mode: str) -> None:
    tribe.switch(link_events=mode)
    tribe.register(receiver.url, "Activity.Invoice")
    tribe.control(f"edit/{INVOICE}", {"Phase": to(SENT)})
    tribe.settle()
    assert sorted(payload["type"] for payload in receiver.payloads()) == KINDS[mode]


def test_in_the_other_reading_relationship_mutations_are_about_customers(tribe: Tribe, receiver: Receiver) -> None:
    tribe.switch(link_events="crm")
    tribe.register(receiver.url, CUSTOMER)
    tribe.control(f"edit/{BAKERY_CUSTOMER}", {"PaymentTermInDays": 14})
    tribe.settle()
    (payload,) = receiver.payloads()
    assert payload == {
        "type": "RelationshipUpdateMutation",
        "relationshipId": BAKERY_CUSTOMER,
        "relationshipType": CUSTOMER,
        "parentEntityId": OWN,
        "childEntityId": BAKERY,
    }


def test_a_link_that_is_emptied_is_told_as_a_deletion(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, CUSTOMER)
    tribe.control(f"edit/{BAKERY_CUSTOMER}", {"AccountManager": None})
    tribe.settle()
    (link,) = [one for one in receiver.payloads() if "relationshipId" in one]
    assert (link["type"], link["childEntityId"]) == ("RelationshipDeletionMutation", EMPLOYEE)
    assert tribe.call("GET", f"Entity({link['relationshipId']})").status_code == 404


def test_the_screens_save_field_by_field(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, "Relation.Organization", "Address")
    tribe.control(f"edit/{BAKERY}", {"Name": "Anders", "Website": "x", "InvoiceAddress": {"Street": "A", "City": "B"}})
    tribe.settle()
    told = sorted((one["entityId"], *one["fields"]) for one in receiver.payloads())
    assert told == [(BAKERY, "Name"), (BAKERY, "Website"), (BILLING, "City"), (BILLING, "Street")]


def test_one_call_by_api_is_one_event(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, "Relation.Organization")
    tribe.call("PUT", f"Relation_Organization({BAKERY})", {"Name": "Anders", "Website": "x"})
    tribe.settle()
    (payload,) = receiver.payloads()
    assert payload["fields"] == {"Name": "Anders", "Website": "x"}


def test_a_changed_street_is_told_about_the_address_and_not_its_owner(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BILLING}", {"Street": "Anders"})
    tribe.settle()
    assert receiver.payloads() == []


@pytest.mark.parametrize("echo", [True, False])
def test_what_the_api_writes_is_told_unless_the_switch_says_no(tribe: Tribe, receiver: Receiver, echo: bool) -> None:
    tribe.switch(echo_webhooks=echo)
    tribe.register(receiver.url, "Relation.Organization")
    tribe.call("PUT", f"Relation_Organization({BAKERY})", {"Name": "Door de API"})
    tribe.control(f"edit/{BAKERY}", {"Name": "Door een mens"})
    tribe.settle()
    told = {payload["fields"]["Name"] for payload in receiver.payloads()}
    assert told == ({"Door de API", "Door een mens"} if echo else {"Door een mens"})


def test_the_author_may_be_named(tribe: Tribe, receiver: Receiver) -> None:
    tribe.switch(webhook_author=True)
    tribe.register(receiver.url, "Relation.Organization")
    tribe.call("PUT", f"Relation_Organization({BAKERY})", {"Name": "Door de API"})
    tribe.control(f"edit/{BAKERY}", {"Name": "Door een mens"})
    tribe.settle()
    authors = {payload["fields"]["Name"]: payload["userId"] for payload in receiver.payloads()}
    assert authors["Door de API"] == EMPLOYEE != authors["Door een mens"]


def test_what_was_refused_is_not_told(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, *ALL_TYPES)
    tribe.refusal("POST", CUSTOMERS, {"Organization": {"Name": "Half"}, "PaymentTermInDays": "x"})
    tribe.settle()
    assert receiver.payloads() == []


def test_what_is_told_can_be_read(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, *ALL_TYPES)
    tribe.control(f"create/{CUSTOMERS}", {"Relation": to(OWN), "Organization": {"Name": "Nieuw"}})
    tribe.settle()
    ids = [payload["entityId"] for payload in receiver.payloads() if "entityId" in payload]
    assert len(ids) == 3  # the organisation, the customer, and the debtor number of the organisation
    assert {tribe.call("GET", f"Entity({one})").status_code for one in ids} == {200}


@pytest.mark.parametrize(
    ("event", "expected"), [("update", "EntityUpdateMutation"), ("creation", "EntityCreationMutation"), ("none", None)]
)
def test_how_a_change_of_type_is_told_is_a_switch(
    tribe: Tribe, receiver: Receiver, event: str, expected: str | None
) -> None:
    tribe.switch(upgrade_event=event, auto_numbering=False)
    tribe.register(receiver.url, CUSTOMER, LEADS.replace("_", "."))
    tribe.control(f"upgrade/{MILL_LEAD}", {"to": CUSTOMERS})
    tribe.settle()
    assert [payload["type"] for payload in receiver.payloads()] == ([expected] if expected else [])
    if expected:
        assert receiver.payloads()[0]["entityType"] == CUSTOMER


@pytest.mark.parametrize("base_types", [True, False])
def test_a_webhook_on_a_base_type(tribe: Tribe, receiver: Receiver, base_types: bool) -> None:
    tribe.switch(base_type_webhooks=base_types, link_events="entity")
    tribe.register(receiver.url, "Relation", "Relationship", "Entity")
    tribe.control(f"edit/{BAKERY}", {"Website": "x"})
    tribe.control(f"edit/{BAKERY_CUSTOMER}", {"PaymentTermInDays": 1})
    tribe.settle()
    assert len(receiver.received) == (4 if base_types else 0)


def test_merging_ends_with_the_deletion_of_the_loser(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, *ALL_TYPES, LEADS.replace("_", "."))
    tribe.control("merge", {"winner": MILL, "loser": BAKERY})
    tribe.settle()
    winner = tribe.get(f"Relation_Organization({MILL})", expand="InvoiceAddress,Relationships($select=ID)")
    assert (winner["DebtorNumber"], winner["Name"]) == ("D-10045", "Molen De Windvang")
    assert winner["InvoiceAddress"]["ID"] == BILLING
    assert {one["ID"] for one in winner["Relationships"]} == {MILL_LEAD, BAKERY_CUSTOMER}
    assert tribe.call("GET", f"Entity({BAKERY})").status_code == 404
    told = {(one["type"], one.get("entityId")) for one in receiver.payloads()}
    assert {
        ("EntityUpdateMutation", MILL),
        ("EntityUpdateMutation", BAKERY_CUSTOMER),
        ("EntityUpdateMutation", BILLING),
        ("EntityDeletionMutation", BAKERY),
    } <= told


def test_a_role_that_both_have_becomes_one_and_keeps_its_invoices(tribe: Tribe) -> None:
    tribe.control(f"upgrade/{MILL_LEAD}", {"to": CUSTOMERS})
    tribe.control(f"invoices/{INVOICE}/send")
    tribe.control("merge", {"winner": MILL, "loser": BAKERY})
    assert tribe.ids(CUSTOMERS) == [MILL_LEAD]
    assert tribe.ids("Activity_Invoice", filter=f"Relationship/ID eq {MILL_LEAD}") == [INVOICE, SECOND_INVOICE]


def test_records_keep_their_places_when_they_change(tribe: Tribe) -> None:
    tribe.control(f"edit/{LINE}", {"Quantity": 1.0})
    tribe.control(f"edit/{INVOICE}", {"Subject": "x"})
    (first, _) = tribe.get(f"Activity_Invoice({INVOICE})", expand="ProductLines")["ProductLines"]
    assert first["ID"] == LINE
    assert tribe.ids("Activity_Invoice") == [INVOICE, SECOND_INVOICE]


# Delivery


def test_dropped_deliveries_are_noted_down(tribe: Tribe, receiver: Receiver) -> None:
    tribe.switch(drop_webhooks=1.0)
    tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BAKERY}", {"Name": "x"})
    tribe.settle()
    assert (receiver.received, outcomes(tribe)) == ([], ["dropped"])


def test_a_share_of_the_deliveries_is_dropped_the_same_way_every_time(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, "Relation.Organization")
    numbers = []
    for _ in range(2):
        tribe.switch(drop_webhooks=0.5, seed=7)
        before = len(receiver.received)
        tribe.control(f"edit/{BAKERY}", dict.fromkeys(("Website", "Blog", "IBAN", "BIC", "Number", "Twitter"), "x"))
        tribe.settle()
        numbers.append(len(receiver.received) - before)
    assert numbers[0] == numbers[1]
    assert 0 < numbers[0] < 6


def test_duplicates_are_the_same_bytes(tribe: Tribe, receiver: Receiver) -> None:
    tribe.switch(duplicate_webhooks=1.0)
    tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BAKERY}", {"Name": "x"})
    tribe.settle()
    first, second = receiver.received
    assert (first.body, first.headers["x-webhook-signature"]) == (second.body, second.headers["x-webhook-signature"])


def test_shuffled_deliveries_come_after_later_ones(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, "Relation.Organization")
    tribe.switch(shuffle_webhooks=1.0)
    tribe.control(f"edit/{BAKERY}", {"Name": "eerst"})
    tribe.switch(shuffle_webhooks=0.0)
    for n in range(3):
        tribe.control(f"edit/{BAKERY}", {"Name": str(n)})
    tribe.settle()
    assert receiver.payloads()[-1]["fields"] == {"Name": "eerst"}


def test_the_state_tells_what_became_of_each_delivery(tribe: Tribe, receiver: Receiver) -> None:
    (made,) = tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BAKERY}", {"Name": "x"})
    tribe.settle()
    assert tribe.state()["deliveries"] == [
        {
            "at": "2026-03-04T09:15:22+00:00",
            "webhook_id": made["id"],
            "entity_type": "Relation.Organization",
            "entity_id": BAKERY,
            "mutation": "EntityUpdateMutation",
            "url": receiver.url,
            "outcome": "delivered",
            "status": 200,
            "attempt": 1,
        }
    ]


def test_a_receiver_that_is_gone_or_hangs_holds_up_nobody(tribe: Tribe, receiver: Receiver) -> None:
    with Receiver() as gone:
        dead_url = gone.url
    with Receiver() as hanging:
        hanging.hold.clear()
        tribe.register(dead_url, "Relation.Organization")
        tribe.register(hanging.url, "Relation.Organization")
        tribe.register(receiver.url, "Relation.Organization")
        tribe.control(f"edit/{BAKERY}", {"Name": "x", "Website": "y"})
        receiver.wait_for(2)
        hanging.wait_for(2)
        assert tribe.http.get("/_control/idle").json() == {"idle": False, "pending": 2, "waiting_for_retry": 0}
        assert tribe.call("GET", f"Entity({BAKERY})").status_code == 200
        hanging.hold.set()
        tribe.settle()
    assert outcomes(tribe) == [*["delivered"] * 4, *["no_answer"] * 2]


def test_refused_deliveries_are_not_repeated_by_default(tribe: Tribe, receiver: Receiver) -> None:
    receiver.status = 500
    tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BAKERY}", {"Name": "x"})
    tribe.settle()
    tribe.control("clock", {"advance_seconds": 3600})
    tribe.settle()
    assert (len(receiver.received), outcomes(tribe)) == (1, ["refused"])


def test_refused_deliveries_may_be_repeated_by_the_simulators_clock(tribe: Tribe, receiver: Receiver) -> None:
    receiver.status = 503
    tribe.switch(webhook_retries=3)
    tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BAKERY}", {"Name": "x"})
    tribe.settle()
    for attempts, seconds in ((1, 9), (2, 1), (2, 59), (3, 1), (3, 599), (4, 1), (4, 100_000)):
        tribe.control("clock", {"advance_seconds": seconds})
        tribe.settle()
        assert len(receiver.received) == attempts, seconds
    assert [row["attempt"] for row in tribe.state()["deliveries"]] == [1, 2, 3, 4]


def test_a_repetition_that_succeeds_is_the_last(tribe: Tribe, receiver: Receiver) -> None:
    receiver.status = 503
    tribe.switch(webhook_retries=3)
    tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BAKERY}", {"Name": "x"})
    tribe.settle()
    assert tribe.http.get("/_control/idle").json()["waiting_for_retry"] == 1
    receiver.status = 202
    tribe.control("clock", {"advance_seconds": 10})
    tribe.settle()
    assert tribe.http.get("/_control/idle").json() == {"idle": True, "pending": 0, "waiting_for_retry": 0}
    assert outcomes(tribe) == ["delivered", "refused"]


def test_webhooks_outlive_a_reset_and_deliveries_do_not(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, "Relation.Organization")
    tribe.control(f"edit/{BAKERY}", {"Name": "x"})
    tribe.settle()
    tribe.control("reset")
    assert tribe.state()["deliveries"] == []
    tribe.switch(webhook_delay_seconds=0)
    tribe.control(f"edit/{BAKERY}", {"Name": "y"})
    tribe.settle()
    assert len(receiver.received) == 2


def test_hundreds_of_events_arrive_once_each(tribe: Tribe, receiver: Receiver) -> None:
    tribe.register(receiver.url, "Relation.Organization")
    for start in range(0, 300, 2):
        tribe.control(f"edit/{BAKERY}", {"Name": str(start), "Website": str(start + 1)})
    tribe.settle()
    told = [next(iter(payload["fields"].values())) for payload in receiver.payloads()]
    assert sorted(told, key=int) == [str(n) for n in range(300)]
