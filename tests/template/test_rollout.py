"""How a new version takes over: at once, or a tenth of the work more every minute with alarms as the brake."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.template.deployments import Deployment, deployed, released, translations
from tests.support.template.template import ROOT, environment, functions, resources, template

FUNCTIONS = sorted(functions())
PARAMETERS = sorted(template()["Parameters"])
OTHER_VALUES = {
    **dict.fromkeys(("ConnectionsTableName", "IdMapTableName", "JournalTableName", "ConsoleTableName"), "restored"),
    **dict.fromkeys(("YukiBaseUrl", "TribeApiUrl", "TribeAuthUrl", "RunbookUrl"), "https://elsewhere.example"),
    **dict.fromkeys(("SalesEmail", "BookkeeperEmail", "OperatorEmail"), "somebody@elsewhere.example"),
    **dict.fromkeys(("SignatureHeader", "TokenHeader"), "x-elsewhere"),
    "EmulatorPort": "4566",
    "DataKeyArn": "arn:aws:kms:eu-west-1:000000000000:key/0",
}


@pytest.fixture(autouse=True, scope="module")
def translator() -> Iterator[None]:
    with translations():
        yield


def other_value(parameter: str) -> str:
    """Return a value of a parameter that is not its default."""
    described = template()["Parameters"][parameter]
    allowed = [str(value) for value in described.get("AllowedValues", []) if value != described["Default"]]
    return OTHER_VALUES[parameter] if parameter in OTHER_VALUES else allowed[0]


def tagged(release: str) -> str:
    """Return the template with the release where it once was: in a tag."""
    text = (ROOT / "template.yaml").read_text().replace("        RELEASE: unreleased\n", "")
    return text.replace("    AutoPublishAlias: live", f"    Tags: {{release: {release}}}\n    AutoPublishAlias: live")


def replaced(text: str, replacement: str) -> str:
    """Return the template with one text replaced by another."""
    return (ROOT / "template.yaml").read_text().replace(text, replacement)


def refused(before: Deployment, after: Deployment) -> list[str]:
    """Return the functions whose new version Lambda would refuse, which would take the whole deployment back."""
    return [folder for folder in FUNCTIONS if after.is_refused_after(before, functions()[folder])]


def unchanged(before: Deployment, after: Deployment) -> list[str]:
    """Return the functions that go on with the version that they had."""
    return [
        folder for folder, function in functions().items() if before.version_of(function) == after.version_of(function)
    ]


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_a_gradual_rollout_shifts_the_alias_and_stops_at_the_functions_own_errors(folder: str) -> None:
    found = deployed(Stage="prod", Rollout="gradual").resources
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
    found = deployed(Stage="prod", Rollout="gradual").of_type("AWS::CodeDeploy::DeploymentGroup")
    groups = (group["Properties"]["AlarmConfiguration"]["Alarms"] for group in found.values())
    brakes = {alarm["Name"]["Ref"] for group in groups for alarm in group}
    alarms = resources("AWS::CloudWatch::Alarm")
    metrics = {alarms[name]["Properties"]["MetricName"] for name in brakes}
    assert metrics == {"Errors", "FailedMessages", "WebhookUnavailable"}


@pytest.mark.parametrize("stage", ["dev", "prod", "local"])
def test_at_once_asks_nothing_of_code_deploy(stage: str) -> None:
    found = deployed(Stage=stage, Rollout="at-once")
    assert not [one for one in found.resources.values() if one["Type"].startswith("AWS::CodeDeploy::")]
    assert all("UpdatePolicy" not in one for one in found.of_type("AWS::Lambda::Alias").values())


def test_everybody_calls_the_version_that_is_live() -> None:
    found = deployed()
    aliases = {f"{function}Aliaslive" for function in functions().values()}
    assert set(found.of_type("AWS::Lambda::Alias")) == aliases
    callers = [
        *(one["Properties"]["FunctionName"] for one in found.of_type("AWS::Lambda::EventSourceMapping").values()),
        *(one["Properties"]["FunctionName"] for one in found.of_type("AWS::Lambda::Permission").values()),
        *(one["Properties"]["IntegrationUri"] for one in found.of_type("AWS::ApiGatewayV2::Integration").values()),
        *(
            target["Arn"]
            for one in found.of_type("AWS::Events::Rule").values()
            for target in one["Properties"]["Targets"]
        ),
    ]
    assert {caller["Ref"] for caller in callers} == aliases


@pytest.mark.parametrize(
    ("text", "replacement"),
    [
        ("functions/", "other-functions/"),
        ("layers/common/", "layers/other/"),
        ("layers/dependencies/", "layers/others/"),
        ("POWERTOOLS_LOG_LEVEL: INFO", "POWERTOOLS_LOG_LEVEL: DEBUG"),
    ],
    ids=["code", "package", "dependencies", "variable"],
)
def test_what_changes_a_function_makes_a_new_version_of_it(text: str, replacement: str) -> None:
    assert not unchanged(deployed(), deployed(replaced(text, replacement)))


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_whatever_parameter_changes_every_function_has_a_version_that_lambda_publishes(parameter: str) -> None:
    """A deployment that changes nothing else: another address for mails, another header, tables that were restored."""
    before, after = deployed(released("first")), deployed(released("second"), **{parameter: other_value(parameter)})
    assert not refused(before, after)
    assert not unchanged(before, after)


def test_the_same_commit_deployed_again_has_versions_that_lambda_publishes() -> None:
    """Also after a deployment that was stopped: the versions that it published stay, and are the last ones."""
    live, stopped, again = (deployed(released(name), Rollout="gradual") for name in ("live", "stopped", "again"))
    at_once = deployed(released("at-once"), Rollout="at-once")
    for former in (live, stopped):
        for later in (again, at_once):
            assert not refused(former, later)
            assert not unchanged(former, later)


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("OperatorEmail", FUNCTIONS),
        ("RunbookUrl", FUNCTIONS),
        ("LogRetentionDays", FUNCTIONS),
        ("SignatureHeader", sorted(set(FUNCTIONS) - {"tribe_webhook"})),
        ("ConnectionsTableName", ["tribe_webhook"]),
    ],
)
def test_with_the_release_in_a_tag_lambda_would_refuse_the_versions(parameter: str, expected: list[str]) -> None:
    """What the test above would miss if it looked at the ids of versions only: to Lambda a tag is no change."""
    before, after = deployed(tagged("first")), deployed(tagged("second"), **{parameter: other_value(parameter)})
    assert refused(before, after) == expected


def test_without_a_release_the_value_of_a_parameter_would_stay_as_it_was() -> None:
    """A restored table would be given and not be used; see the Makefile's `build`."""
    before, after = deployed(), deployed(ConnectionsTableName="restored")
    assert unchanged(before, after)
    function = functions()["contact_push"]
    assert before.published(function) != after.published(function)


def test_every_deployment_is_a_release_of_its_own() -> None:
    """The name holds the second in which it is made, so that no two deployments of a commit have the same."""
    assert (ROOT / "template.yaml").read_text().count(": unreleased\n") == 2
    text = released("20261123T050000Z-abc1234")
    assert "        RELEASE: 20261123T050000Z-abc1234\n" in text
    assert "    Value: 20261123T050000Z-abc1234\n" in text
    assert "unreleased" not in text
    planned = subprocess.run(
        ["make", "--dry-run", "deploy", "STAGE=dev"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"sed 's/: unreleased\$/: \d{8}T\d{6}Z(-[0-9a-f]+)?/'", planned)
    assert "--template-file .aws-sam/build/released.yaml" in planned


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_every_function_knows_its_release(folder: str) -> None:
    assert environment(functions()[folder])["RELEASE"] == "unreleased"


def test_prod_is_refused_without_an_address_of_the_runbook() -> None:
    """Else the links in the mails of its alarms would lead nowhere."""
    rule = template()["Rules"]["AlarmsOfProdLeadToTheRunbook"]
    described = template()["Parameters"]["RunbookUrl"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "RunbookUrl"}, described["Default"]]}]}
    assert "RunbookUrl=" in assertion["AssertDescription"]


@pytest.mark.parametrize(
    ("value", "is_taken"),
    [
        ("https://github.example/tribe-yuki/blob/main/docs/runbook.md", True),
        ("https://wiki.example/x?page=1", True),
        ("docs/runbook.md", True),
        ("", False),
        ("wiki/runbook", False),
        ("http://wiki.example/runbook", False),
        ("https://wiki.example/runbook#errors", False),
        ("https://wiki.example/run book", False),
    ],
)
def test_the_runbooks_address_is_absolute(value: str, *, is_taken: bool) -> None:
    pattern = template()["Parameters"]["RunbookUrl"]["AllowedPattern"]
    assert (re.search(pattern, value) is not None) is is_taken
