"""How a new version takes over: at once, or a tenth of the work more every minute with alarms as the brake."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.stack.folders import ENVIRONMENTS
from tests.support.template.template import ROOT, functions, resources

FUNCTIONS = sorted(functions())
NOTHING = "nothing that stands in the template"


@cache
def translated(*values: str, replaced: str = NOTHING, replacement: str = NOTHING) -> dict[str, Any]:
    """Return the resources that CloudFormation gets for values of parameters, with one text replaced by another."""
    python, script = (
        ENVIRONMENTS / "sam" / "bin" / "python",
        Path(__file__).parents[1] / "support" / "template" / "translate.py",
    )
    ended = subprocess.run(
        [python, script, ROOT / "template.yaml", replaced, replacement, *values],
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def of_type(kind: str, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the resources of a type by their logical ids."""
    return {name: one for name, one in found.items() if one["Type"] == kind}


def versions(*values: str, **replacing: str) -> set[str]:
    """Return the logical ids of the versions; another one is a new version."""
    return set(of_type("AWS::Lambda::Version", translated(*values, **replacing)))


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_a_gradual_rollout_shifts_the_alias_and_stops_at_the_functions_own_errors(folder: str) -> None:
    found = translated("Stage=prod", "Rollout=gradual")
    group = f"{functions()[folder]}DeploymentGroup"
    alias = found[f"{functions()[folder]}Aliaslive"]
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {"Ref": group}
    deployment = found[group]["Properties"]
    assert deployment["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": "Linear10PercentEvery1Minute"}
    assert "DEPLOYMENT_STOP_ON_ALARM" in deployment["AutoRollbackConfiguration"]["Events"]
    brakes = [alarm["Name"]["Ref"] for alarm in deployment["AlarmConfiguration"]["Alarms"]]
    alarms = resources("AWS::CloudWatch::Alarm")
    own = [name for name in brakes if alarms[name]["Properties"]["MetricName"] == "Errors"]
    (dimension,) = alarms[own[0]]["Properties"]["Dimensions"]
    assert dimension["Value"] == {"Ref": functions()[folder]}


def test_no_brake_is_pulled_by_what_yuki_or_a_person_does() -> None:
    """Else a correction could not be deployed while Yuki is away, or while somebody has a hold to look at."""
    found = of_type("AWS::CodeDeploy::DeploymentGroup", translated("Stage=prod", "Rollout=gradual"))
    groups = (group["Properties"]["AlarmConfiguration"]["Alarms"] for group in found.values())
    brakes = {alarm["Name"]["Ref"] for group in groups for alarm in group}
    alarms = resources("AWS::CloudWatch::Alarm")
    metrics = {alarms[name]["Properties"]["MetricName"] for name in brakes}
    assert metrics == {"Errors", "FailedMessages", "WebhookUnavailable"}


@pytest.mark.parametrize("stage", ["dev", "prod", "local"])
def test_at_once_asks_nothing_of_code_deploy(stage: str) -> None:
    found = translated(f"Stage={stage}", "Rollout=at-once")
    assert not [one for one in found.values() if one["Type"].startswith("AWS::CodeDeploy::")]
    assert all("UpdatePolicy" not in one for one in of_type("AWS::Lambda::Alias", found).values())


def test_everybody_calls_the_version_that_is_live() -> None:
    found = translated()
    aliases = {f"{function}Aliaslive" for function in functions().values()}
    assert set(of_type("AWS::Lambda::Alias", found)) == aliases
    callers = [
        *(one["Properties"]["FunctionName"] for one in of_type("AWS::Lambda::EventSourceMapping", found).values()),
        *(one["Properties"]["FunctionName"] for one in of_type("AWS::Lambda::Permission", found).values()),
        *(one["Properties"]["IntegrationUri"] for one in of_type("AWS::ApiGatewayV2::Integration", found).values()),
        *(
            target["Arn"]
            for one in of_type("AWS::Events::Rule", found).values()
            for target in one["Properties"]["Targets"]
        ),
    ]
    assert {caller["Ref"] for caller in callers} == aliases


@pytest.mark.parametrize(
    ("replaced", "replacement"),
    [
        ("functions/", "other-functions/"),
        ("layers/common/", "layers/other/"),
        ("layers/dependencies/", "layers/others/"),
        ("POWERTOOLS_LOG_LEVEL: INFO", "POWERTOOLS_LOG_LEVEL: DEBUG"),
        ("release: unreleased", "release: 20261123"),
    ],
    ids=["code", "package", "dependencies", "variable", "release"],
)
def test_what_changes_a_function_makes_a_new_version_of_it(replaced: str, replacement: str) -> None:
    assert not versions() & versions(replaced=replaced, replacement=replacement)


def test_without_a_release_the_value_of_a_parameter_would_stay_as_it_was() -> None:
    """A restored table would be given and not be used; see the Makefile's `build`."""
    assert versions("ConnectionsTableName=restored") == versions()


def test_every_deployment_is_a_release_of_its_own() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "sed 's/release: unreleased/release: $(RELEASE)/' .aws-sam/build/template.yaml" in makefile
    assert "--template-file .aws-sam/build/released.yaml" in makefile
    assert (ROOT / "template.yaml").read_text().count("release: unreleased") == 1
