"""What CloudFormation says of a deployed stack: its outputs, and the parameters that it was deployed with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tribe_yuki.adapters.aws.refusals import AwsError, aws_errors, code_of, say_why
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
    missing = f"there is no stack {name} in {client.meta.region_name}; check --stack, --region and --profile"
    with aws_errors(lambda error: _ours(error, missing)):
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    return DeployedStack(
        name,
        {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        {
            parameter["ParameterKey"]: parameter.get("ResolvedValue", parameter.get("ParameterValue", ""))
            for parameter in stack.get("Parameters", [])
        },
    )


def _ours(error: AwsError, missing: str) -> Defect | Retryable:
    code = code_of(error)
    if not code:
        return Retryable("aws_unreachable", say_why(error))
    return Defect("stack_unknown", missing if code == "ValidationError" else say_why(error))
