"""What integration tests share."""

from collections.abc import Iterator
from contextlib import ExitStack

import boto3
import pytest
from moto import mock_aws

from tests.world_tables import create_tables
from tribe_yuki.adapters.aws.dynamodb import DynamoDb


@pytest.fixture
def db() -> Iterator[DynamoDb]:
    """The tables, empty."""
    with mock_aws():
        client = boto3.Session("test", "test", region_name="eu-west-1").client("dynamodb")
        create_tables(client)
        yield DynamoDb(client)


@pytest.fixture
def exits() -> Iterator[ExitStack]:
    """Everything that a test opens is closed after it."""
    with ExitStack() as stack:
        yield stack
