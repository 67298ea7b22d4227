"""Which stack the operator's command works on: the local one, or one in AWS, and the AWS clients for it."""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tribe_yuki.adapters.aws.stack_outputs import describe_stack
from tribe_yuki.core.errors import Defect
from tribe_yuki.entrypoints.operator import Clients, Stack

_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
LOCAL_REGION = "eu-west-1"


def local_stack(described: Mapping[str, Any]) -> Stack:
    """Return the local stack from the content of `.local/stack.json`."""
    return Stack(
        name=described["stack"],
        stage="local",
        outputs=described["outputs"],
        webhook_base=described["webhook_base"],
        token_header=described["token_header"],
        signature_header=described["signature_header"],
        tribe_api_url=described["tribe_url"],
        tribe_auth_url=described.get("tribe_auth_url", described["tribe_url"]),
        yuki_base_url=described["yuki_url"],
    )


def read_local_stack(path: Path) -> tuple[Stack, str | None]:
    """Return the running local stack and where its AWS is; raise Defect when it does not run."""
    try:
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Defect("local_stack_down", f"{path} tells of no running stack; start it with `make up`") from None
    return local_stack(described), described["aws_endpoint"] or None


def local_session() -> boto3.Session:
    """Return AWS credentials that are good on the emulator only."""
    return boto3.Session("test", "test", region_name=LOCAL_REGION)


def cloud_stack(session: boto3.Session, name: str) -> Stack:
    """Return a stack in AWS by its name; raise what `describe_stack` raises, and Defect for one of something else."""
    stack = describe_stack(session.client("cloudformation", config=_CONFIG), name)
    try:
        return Stack(
            name=name,
            stage=stack.parameters["Stage"],
            outputs=stack.outputs,
            webhook_base=_webhook_base(stack.outputs),
            token_header=stack.parameters["TokenHeader"],
            signature_header=stack.parameters["SignatureHeader"],
            tribe_api_url=stack.parameters["TribeApiUrl"],
            tribe_auth_url=stack.parameters["TribeAuthUrl"],
            yuki_base_url=stack.parameters["YukiBaseUrl"],
        )
    except KeyError as missing:
        raise Defect("stack_strange", f"stack {name} is not one of this connector: it has no {missing}") from None


def emulated_webhook_base(endpoint: str, outputs: Mapping[str, str]) -> str:
    """Return where an AWS emulator serves the HTTP API: names under amazonaws.com lead to AWS itself."""
    return f"{endpoint}/_aws/execute-api/{outputs['WebhookApiId']}/webhooks/tribe"


def _webhook_base(outputs: Mapping[str, str]) -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL")  # of all services at once: that is an emulator
    return emulated_webhook_base(endpoint, outputs) if endpoint else outputs["WebhookBase"]


def clients_of(session: boto3.Session, endpoint: str | None = None) -> Clients:
    """Return what makes AWS clients, one for each service."""
    aws: Any = session
    return cache(lambda service: aws.client(service, endpoint_url=endpoint, config=_CONFIG))
