"""A stack of the tests' own, on free ports and in its own folder: one that was started by hand is not disturbed."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.stack.emulator import REGION
from local.stack.folders import LOCAL, Folders
from local.stack.lifecycle import Stack, down, up
from local.stack.steps import Steps

FOLDERS = Folders(LOCAL / "test-stack")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Return where everything of the running stack is: the content of its `stack.json`."""
    # The tests speak to the simulators' control planes, so they want simulators.
    given = {name: os.environ.pop(name, None) for name in ("YUKI_BASE_URL", "TRIBE_API_URL", "TRIBE_AUTH_URL")}
    try:
        yield up(FOLDERS, Steps(), port=0)
    finally:
        down(FOLDERS)
        os.environ.update({name: value for name, value in given.items() if value is not None})


@pytest.fixture(scope="session")
def folders() -> Folders:
    """Return where the stack keeps its things."""
    return FOLDERS


@pytest.fixture(scope="session")
def aws(stack: Stack) -> Callable[[str], Any]:
    """Return a maker of AWS clients that may do everything."""
    session: Any = boto3.Session("test", "test", region_name=REGION)
    return lambda service: session.client(service, endpoint_url=stack["aws_endpoint"])


@pytest.fixture(scope="session")
def resources(stack: Stack, aws: Callable[[str], Any]) -> dict[str, str]:
    """Return the physical id of each resource by its logical id."""
    pages = aws("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack["stack"])
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"] for page in pages for one in page["StackResourceSummaries"]
    }


@pytest.fixture(scope="session")
def acting_as(stack: Stack, aws: Callable[[str], Any], resources: dict[str, str]) -> Callable[[str, str], Any]:
    """Return a maker of AWS clients with the permissions of a function: `acting_as("YukiPoll", "sqs")`."""

    def client(function: str, service: str) -> Any:
        role = aws("iam").get_role(RoleName=resources[f"{function}Role"])["Role"]["Arn"]
        credentials = aws("sts").assume_role(RoleArn=role, RoleSessionName="stack-tests")["Credentials"]
        session: Any = boto3.Session(
            credentials["AccessKeyId"],
            credentials["SecretAccessKey"],
            credentials["SessionToken"],
            region_name=REGION,
        )
        return session.client(service, endpoint_url=stack["aws_endpoint"])

    return client


@pytest.fixture(scope="session")
def is_refused() -> Callable[..., bool]:
    """Return a function that makes a call and tells whether its permission is missing."""

    def ask(call: Callable[..., Any], **parameters: Any) -> bool:
        try:
            call(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if "AccessDenied" not in code and code != "AuthorizationError":  # the latter is SNS's word for it
                raise
            return True
        return False

    return ask


@pytest.fixture(scope="session")
def logged(aws: Callable[[str], Any], resources: dict[str, str]) -> Callable[[str], str]:
    """Return a reader of a function's log: `logged("ContactPush")`."""

    def read(function: str) -> str:
        pages = aws("logs").get_paginator("filter_log_events").paginate(logGroupName=resources[f"{function}LogGroup"])
        return "\n".join(event["message"] for page in pages for event in page["events"])

    return read


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., None]:
    """Return a function that waits until a condition holds, and fails when it never does."""

    def wait(condition: Callable[[], object], *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} seconds"
            time.sleep(0.1)

    return wait
