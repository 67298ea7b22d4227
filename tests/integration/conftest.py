"""What integration tests share."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.support.world.fixture import world
from tests.support.world.operator_command import Command, open_command
from tests.support.world.virtual_dynamodb import VirtualDynamoDb
from tests.support.world.world_tables import create_tables
from tribe_yuki.adapters.aws.dynamodb import DynamoDb

__all__ = ["command", "db", "world"]


@pytest.fixture(params=["moto", "virtual"])
def db(request: pytest.FixtureRequest) -> Iterator[DynamoDb]:
    """The tables, empty; in moto, and in the quick ones that stand in for it in worlds."""
    if request.param == "virtual":
        virtual = VirtualDynamoDb()
        create_tables(virtual)
        yield DynamoDb(virtual)  # type: ignore[arg-type]
        return
    with mock_aws():
        client = boto3.Session("test", "test", region_name="eu-west-1").client("dynamodb")
        create_tables(client)
        yield DynamoDb(client)


@pytest.fixture
def command(exits: ExitStack, tmp_path: Path) -> Command:
    """The operator's command, at work on a world to which nothing is connected yet."""
    return open_command(exits, tmp_path)
