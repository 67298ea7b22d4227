"""What CloudFormation gets at a deployment, and what of it Lambda would publish as a new version.

`PublishVersion` "doesn't publish a version if the function's configuration and code haven't changed since the last
version" (Lambda API reference), and CloudFormation then fails with "A version for this Lambda function exists". What
counts is what `UpdateFunctionCode` and `UpdateFunctionConfiguration` take; the AWS CDK keeps the same list (aws-lambda,
function-hash.ts, `VERSION_LOCKED`). The emulator publishes whatever it is asked to, so the question is answered here.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from local.stack.folders import ENVIRONMENTS
from tests.support.template.template import ROOT, template

PUBLISHED = frozenset(
    {
        *("Architectures", "Code", "DeadLetterConfig", "Description", "Environment", "EphemeralStorage"),
        *("FileSystemConfigs", "FunctionName", "Handler", "ImageConfig", "KmsKeyArn", "Layers", "LoggingConfig"),
        *("MemorySize", "PackageType", "Role", "Runtime", "RuntimeManagementConfig", "SnapStart", "Timeout"),
        *("TracingConfig", "VpcConfig"),
    }
)
NOT_PUBLISHED = frozenset({"CodeSigningConfigArn", "RecursiveLoop", "ReservedConcurrentExecutions", "Tags"})
UNRELEASED = ": unreleased\n"


@dataclass(frozen=True)
class Deployment:
    """One deployment: its resources, and the values that its parameters had."""

    resources: Mapping[str, dict[str, Any]]
    values: Mapping[str, str] = field(default_factory=dict)

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type by their logical ids."""
        return {name: one for name, one in self.resources.items() if one["Type"] == kind}

    def version_of(self, function: str) -> str:
        """Return the logical id of a function's version; another id has CloudFormation ask for another version."""
        (found,) = (
            name
            for name, one in self.of_type("AWS::Lambda::Version").items()
            if one["Properties"]["FunctionName"] == {"Ref": function}
        )
        return found

    def published(self, function: str) -> str:
        """Return what Lambda compares before it publishes a version; references to resources stay references."""
        properties = self.resources[function]["Properties"]
        unknown = set(properties) - PUBLISHED - NOT_PUBLISHED
        assert not unknown, f"say whether Lambda versions {unknown}"
        kept = {name: value for name, value in properties.items() if name in PUBLISHED}
        return json.dumps(self._resolved(kept), sort_keys=True)

    def is_refused_after(self, former: Self, function: str) -> bool:
        """Tell whether a version is asked for that is like the former one."""
        asks = self.version_of(function) != former.version_of(function)
        return asks and self.published(function) == former.published(function)

    def _resolved(self, value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if name in self.values:
                return self.values[name]
            case {"Fn::If": [str(condition), yes, no]}:
                return self._resolved(yes if self._holds(template()["Conditions"][condition]) else no)
            case {"Fn::Sub": str(text)}:
                known = {name: one for name, one in self.values.items() if f"${{{name}}}" in text}
                return {"Fn::Sub": [text, known]}
            case dict():
                return {name: self._resolved(one) for name, one in value.items()}
            case list():
                return [self._resolved(one) for one in value]
        return value

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Fn::Equals": [one, other]}:
                return bool(self._resolved(one) == self._resolved(other))
            case {"Fn::Not": [one]}:
                return not self._holds(one)
        raise AssertionError(condition)


@cache
def _translator() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ENVIRONMENTS / "sam" / "bin" / "python", ROOT / "tests" / "support" / "template" / "translate.py"],
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@contextmanager
def translations() -> Iterator[None]:
    """End the process that translates, if it was needed, and forget what it said."""
    try:
        yield
    finally:
        if _translator.cache_info().currsize:
            process = _translator()
            process.communicate()
        _translator.cache_clear()
        _translated.cache_clear()


@cache
def _translated(text: str, values: tuple[tuple[str, str], ...]) -> Deployment:
    process = _translator()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"template": text, "parameters": dict(values)}) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "the translation failed; run tests/support/template/translate.py by hand"
    defaults = {name: str(one["Default"]) for name, one in template()["Parameters"].items()}
    return Deployment(json.loads(answer), defaults | dict(values))


def deployed(text: str | None = None, **values: str) -> Deployment:
    """Return what is deployed with values of parameters: of the template, or of another text."""
    text = (ROOT / "template.yaml").read_text() if text is None else text
    return _translated(text, tuple(sorted(values.items())))


@cache
def released(release: str) -> str:
    """Return the template as `make build` writes it for a release, by the very command that it writes it with."""
    planned = subprocess.run(
        ["make", "--dry-run", "build", f"RELEASE={release}"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    (command,) = (line for line in planned.splitlines() if line.startswith("sed "))
    script, _, places = command.removeprefix("sed ").rpartition("' ")
    assert places == ".aws-sam/build/template.yaml > .aws-sam/build/released.yaml"
    made = subprocess.run(
        ["sed", script.strip("'"), ROOT / "template.yaml"], capture_output=True, text=True, check=True
    )
    return made.stdout
