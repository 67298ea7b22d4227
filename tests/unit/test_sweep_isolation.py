"""What is wrong with one connection keeps no other from its turn in the sweep."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.faults.protections import Protection, without
from tests.support.samples.samples import NOW, settings
from tests.support.world.swept_tables import CONTACT, RETRY, TASK, Tables, invoice
from tests.support.world.world_tables import CONNECTIONS
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.ids import is_connection_id
from tribe_yuki.core.waits import WaitReason
from tribe_yuki.invoices.moves import Wait
from tribe_yuki.invoices.transfer import new_transfer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    """Three connections, each with an invoice that is due."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "TribeYuki")
    tables = Tables()
    for number, connection_id in enumerate(("alpha", "middle", "omega"), 1):
        tables.connect(connection_id)
        due = new_transfer(connection_id, invoice(number), NOW).after(Wait(WaitReason.RETRY, NOW), NOW)
        tables.stores(connection_id).transfers.save(due, [], NOW)
    return tables


def store(tables: Tables, connection_id: str, **changes: Any) -> None:
    """Store settings as another version would."""
    text = json.dumps(settings().model_dump(mode="json") | changes)
    tables.db.put(CONNECTIONS, {"owner": connection_id, "item": "settings", "settings": text, "saved_at": "then"})


def woken(tables: Tables) -> list[str]:
    """Let a minute pass; return the connections whose due invoice was put on the queue, in order."""
    tables.sqs.queues[RETRY].messages.clear()
    tables.poller.tick()
    tables.clock.instant += MINUTE
    return [json.loads(message.body)["connection_id"] for message in tables.sqs.queues[RETRY].messages]


BROKEN = [
    {"country": "LU"},
    {"vat_rules": [{"vat_group": "high", "location": "moon", "vat_type": 1, "percentage": "21"}]},
    {"poll_interval_minutes": 1},
    {"activated_at": "yesterday"},
]


@pytest.mark.parametrize("changes", BROKEN)
def test_settings_that_this_version_does_not_take_hold_up_their_connection_only(
    tables: Tables, changes: dict[str, Any]
) -> None:
    store(tables, "middle", **changes)
    assert sorted(woken(tables)) == ["alpha", "omega"]
    assert tables.poller.tick()["ConnectionsFailing"] == 1


def test_settings_that_this_version_does_not_take_are_named_and_their_values_are_not(tables: Tables) -> None:
    store(tables, "middle", country="LU")
    with pytest.raises(Defect, match=r"settings of middle \(country\)") as raised:
        tables.connections.settings("middle")
    assert "LU" not in str(raised.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"sends_greetings": True},
        {"totals": {"amount": "incl", "currency": "EUR"}},
        {"vat_rules": [{"vat_group": "high", "vat_type": 1, "percentage": "21", "valid_until": "2027-01-01"}]},
    ],
)
def test_a_setting_of_a_newer_version_is_ignored_when_it_is_read(tables: Tables, changes: dict[str, Any]) -> None:
    store(tables, "middle", **changes)
    assert sorted(woken(tables)) == ["alpha", "middle", "omega"]
    assert tables.poller.tick()["ConnectionsFailing"] == 0


def test_an_operator_cannot_type_a_setting_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="sends_greetings"):
        ConnectionSettings.model_validate(settings().model_dump() | {"sends_greetings": True})


@pytest.mark.parametrize("stored", [{}, {"settings": "…", "saved_at": "then"}, {"at": "2026-11-23T09:00:00.000Z"}])
def test_what_stands_under_the_name_of_the_register_is_no_connection(tables: Tables, stored: dict[str, str]) -> None:
    for item in ("settings", "mark#poll_contacts", "books", "connections"):
        tables.db.put(CONNECTIONS, {"owner": "connections", "item": item, **stored})
    assert sorted(one for one, _ in tables.connections.all_ids()) == ["alpha", "middle", "omega"]
    assert sorted(woken(tables)) == ["alpha", "middle", "omega"]


def test_a_status_that_only_a_newer_version_knows_rests_like_a_pause(tables: Tables) -> None:
    tables.db.put(CONNECTIONS, {"owner": "connections", "item": "middle", "status": "archived"})
    assert tables.connections.status("middle") is Status.PAUSED
    assert sorted(woken(tables)) == ["alpha", "omega"]


@pytest.mark.parametrize("text", ["connections", "Connections", "connections#", "#", "domain#1", "", "x" * 33])
def test_a_key_of_something_else_is_no_id(text: str) -> None:
    assert not is_connection_id(text)


def test_tables_that_fail_for_one_connection_leave_the_others_their_turn(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = tables.dynamodb.query

    def failing(**request: Any) -> dict[str, Any]:
        if {"S": "middle"} in request["ExpressionAttributeValues"].values():
            raise OverflowError
        return query(**request)

    monkeypatch.setattr(tables.dynamodb, "query", failing)
    assert sorted(woken(tables)) == ["alpha", "omega"]


def test_without_isolation_one_connection_stops_all(tables: Tables) -> None:
    """Control."""
    store(tables, "middle", country="LU")
    with without(Protection.TURNS_OF_CONNECTIONS), pytest.raises(Defect):
        tables.poller.tick()


def test_each_minute_another_connection_has_the_first_turn(tables: Tables) -> None:
    assert {woken(tables)[0] for _ in range(3)} == {"alpha", "middle", "omega"}


def test_a_tick_without_time_leaves_connections_out_and_tells_its_metrics_all_the_same(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    left = [timedelta(seconds=50), timedelta(seconds=19), *[timedelta(seconds=4)] * 10]
    seen = tables.poller.tick(lambda: left.pop(0))
    assert seen["ConnectionsFailing"] == 3
    assert len(tables.sqs.queues[RETRY].messages) == 1
    assert '"ConnectionsFailing"' in capsys.readouterr().out


@pytest.mark.parametrize("queue", [CONTACT, RETRY, TASK])
def test_a_queue_that_takes_nothing_costs_no_metric(
    tables: Tables, queue: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    send = tables.sqs.send_message

    def refusing(**request: Any) -> dict[str, Any]:
        if request["QueueUrl"] == queue:
            raise RuntimeError
        return send(**request)

    monkeypatch.setattr(tables.sqs, "send_message", refusing)
    tables.poller.tick()
    assert '"ConnectionsFailing"' in capsys.readouterr().out
