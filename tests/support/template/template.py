"""The template, with the questions that the tests ask about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local.template_file import read_template

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Statement:
    """One statement of a policy; resources are still references."""

    actions: tuple[str, ...]
    resources: tuple[Any, ...]
    condition: Mapping[str, Any]


@cache
def template() -> dict[str, Any]:
    return read_template(ROOT / "template.yaml")


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a type such as `AWS::SQS::Queue`, whole, by their logical ids."""
    return {name: one for name, one in template()["Resources"].items() if one["Type"] == kind}


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][name]["Properties"]
    return found


def functions() -> dict[str, str]:
    """Return the logical id of each function by its folder's name."""
    return {
        Path(one["Properties"]["CodeUri"]).name: name for name, one in resources("AWS::Serverless::Function").items()
    }


def environment(function: str) -> dict[str, Any]:
    """Return the variables of a function, the ones of all functions included."""
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = properties(function).get("Environment", {}).get("Variables", {})
    return {**everywhere, **own}


def sources(function: str) -> list[dict[str, Any]]:
    """Return the queues that feed a function, as its events describe them."""
    events = properties(function).get("Events", {}).values()
    return [event["Properties"] for event in events if event["Type"] == "SQS"]


def statements(function: str) -> Iterator[Statement]:
    """Yield what the role of a function allows."""
    role = properties(referred(properties(function)["Role"]))
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    documents += [properties(referred(arn))["PolicyDocument"] for arn in role.get("ManagedPolicyArns", [])]
    for document in documents:
        for one in document["Statement"]:
            assert one["Effect"] == "Allow"
            yield Statement(tuple(_list(one["Action"])), tuple(_list(one["Resource"])), one.get("Condition", {}))


def may(function: str, action: str) -> set[str]:
    """Return the logical ids (or patterns) of what a function's role allows an action on."""
    return {
        referred(resource)
        for statement in statements(function)
        if action in statement.actions
        for resource in statement.resources
    }


def referred(value: Any) -> str:
    """Return what a `Ref`, `GetAtt` or `Sub` is about; of an `If` the part that is made by this template."""
    match value:
        case {"Fn::If": [_, made_here, _]}:
            return referred(made_here)
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), _]}:
            return name
        case {"Fn::Sub": str(text)}:
            return text
    raise AssertionError(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
