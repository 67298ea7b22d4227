"""What is remembered outlives the stack, encrypted, and can be restored."""

from collections.abc import Iterable, Mapping

import pytest

from local.stack import deployment
from tests.support.template.template import properties, resources, template

TABLES = sorted(resources("AWS::DynamoDB::Table"))


def key(schema: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in schema)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_on_demand_restorable_and_under_our_key(table: str) -> None:
    assert properties(table)["BillingMode"] == "PAY_PER_REQUEST"
    assert properties(table)["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties(table)["SSESpecification"]["SSEType"] == "KMS"
    assert properties(table)["SSESpecification"]["KMSMasterKeyId"]["Fn::If"][1] == {"Fn::GetAtt": ["DataKey", "Arn"]}


@pytest.mark.parametrize("name", [*TABLES, "DataKey"])
def test_tables_and_key_outlive_the_stack_and_are_never_replaced_away(name: str) -> None:
    resource = template()["Resources"][name]
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", TABLES)
def test_a_restored_table_takes_the_place_of_a_new_one(table: str) -> None:
    parameter = f"{table}Name"
    assert template()["Parameters"][parameter]["Default"] == ""
    condition = template()["Resources"][table]["Condition"]
    assert template()["Conditions"][condition] == {"Fn::Equals": [{"Ref": parameter}, ""]}
    assert template()["Outputs"][parameter]["Value"] == {"Fn::If": [condition, {"Ref": table}, {"Ref": parameter}]}
    assert "TableName" not in properties(table)  # a name would keep the old and the new one from standing side by side


def test_the_keys_and_indexes_are_those_that_the_package_asks_for() -> None:
    assert key(properties("ConnectionsTable")["KeySchema"]) == ("owner", "item")
    assert key(properties("ConsoleTable")["KeySchema"]) == ("owner", "item")
    assert key(properties("JournalTable")["KeySchema"]) == ("record", "at")
    id_map = properties("IdMapTable")
    assert key(id_map["KeySchema"]) == ("connection_id", "item")
    indexes = {one["IndexName"]: one for one in id_map["GlobalSecondaryIndexes"]}
    assert {name: key(index["KeySchema"]) for name, index in indexes.items()} == {
        "state": ("state_key", "since"),
        "due": ("due_key", "due_at"),
    }
    assert indexes["state"]["Projection"] == {"ProjectionType": "ALL"}
    assert indexes["due"]["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["kind", "state"]}


def test_pairs_and_transfers_never_expire_and_the_rest_does() -> None:
    expiring = {
        table: properties(table)["TimeToLiveSpecification"]["AttributeName"]
        for table in TABLES
        if "TimeToLiveSpecification" in properties(table)
    }
    assert expiring == dict.fromkeys(("ConnectionsTable", "ConsoleTable", "JournalTable"), "expires_at")


def test_the_local_stack_lets_the_same_tables_expire() -> None:
    expiring = {f"{table}Name" for table in TABLES if "TimeToLiveSpecification" in properties(table)}
    assert set(deployment.EXPIRING_TABLES) == expiring


def test_the_key_is_rotated() -> None:
    assert properties("DataKey")["EnableKeyRotation"] is True
