"""What CloudFormation says of a deployed stack: its outputs, and the parameters that it was deployed with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tribe_yuki.adapters.aws.refusals import say_why
from tribe_yuki.core.errors import Defect, Retryable

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack by name, with its outputs and parameters."""

    name: str
    outputs: dict[str, str]
    parameters: dict[str, str]


def describe_stack(client: "CloudFormationClient", name: str) -> DeployedStack:
    """Return a deployed stack.

    Raises Defect when there is none with this name or it may not be looked at, Retryable when AWS is not reached.
    """
    try:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"].get("Code", "") != "ValidationError":
            raise Defect("stack_unknown", say_why(error)) from error
        text = f"there is no stack {name} in {client.meta.region_name}; check --stack, --region and --profile"
        raise Defect("stack_unknown", text) from error
    except BotoCoreError as error:
        raise Retryable("aws_unreachable", say_why(error)) from error
    return DeployedStack(
        name,
        {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
        {
            one["ParameterKey"]: one.get("ResolvedValue", one.get("ParameterValue", ""))
            for one in stack.get("Parameters", [])
        },
    )
