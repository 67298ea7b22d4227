"""What each function is deployed with."""

from pathlib import Path

import pytest

from tests.support.template.template import ROOT, environment, functions, properties, resources, sources, template
from tribe_yuki.entrypoints.environment import (
    ConnectionTaskEnvironment,
    ConsoleEnvironment,
    ContactPushEnvironment,
    InvoicePushEnvironment,
    YukiPollEnvironment,
)
from tribe_yuki.entrypoints.webhook import IngestSettings

FUNCTIONS = sorted(functions())

SETTINGS = {
    "tribe_webhook": set(IngestSettings._fields),
    "contact_push": set(ContactPushEnvironment.model_fields),
    "invoice_push": set(InvoicePushEnvironment.model_fields),
    "connection_task": set(ConnectionTaskEnvironment.model_fields),
    "yuki_poll": set(YukiPollEnvironment.model_fields),
    "console": set(ConsoleEnvironment.model_fields),
}


def test_each_function_folder_is_one_function_and_the_reverse() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert folders == set(functions())
    assert len(resources("AWS::Serverless::Function")) == len(folders)


def test_every_function_has_the_handler_of_its_one_module() -> None:
    assert template()["Globals"]["Function"]["Handler"] == "app.lambda_handler"
    for folder in FUNCTIONS:
        modules = {path.name for path in Path(ROOT / "functions" / folder).glob("*.py")}
        assert modules == {"__init__.py", "app.py"}
        assert "Handler" not in properties(functions()[folder])


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_the_environment_is_what_the_functions_settings_model_reads(folder: str) -> None:
    powertools = {name for name in environment(functions()[folder]) if name.startswith("POWERTOOLS_")}
    assert powertools == {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
    read = {name.upper() for name in SETTINGS[folder]}
    assert set(environment(functions()[folder])) - powertools - {"RELEASE"} == read  # the log names the release


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_no_variable_holds_a_secret(folder: str) -> None:
    for name, value in environment(functions()[folder]).items():
        assert not any(word in name for word in ("SECRET", "PASSWORD", "ACCESS_KEY", "TOKEN")) or name == "TOKEN_HEADER"
        assert "resolve:" not in str(value)


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_every_function_writes_to_a_log_group_of_its_own_that_is_kept_for_a_while(folder: str) -> None:
    function = functions()[folder]
    group = properties(function)["LoggingConfig"]["LogGroup"]["Ref"]
    assert group == f"{function.removesuffix('Function')}LogGroup"
    assert properties(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_every_log_group_has_a_retention() -> None:
    for group in resources("AWS::Logs::LogGroup").values():
        assert group["Properties"]["RetentionInDays"]


def test_the_webhook_is_answered_before_tribe_gives_up() -> None:
    assert properties("TribeWebhookFunction")["Timeout"] <= 10
    assert not sources("TribeWebhookFunction")


def test_the_schedule_looks_every_minute_and_never_overlaps_itself() -> None:
    poll = properties("YukiPollFunction")
    (event,) = poll["Events"].values()
    assert event["Type"] == "Schedule"
    assert event["Properties"]["Schedule"] == "rate(1 minute)"
    assert poll["Timeout"] < 60
    assert poll["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


@pytest.mark.parametrize(
    ("api", "function", "expected"),
    [
        (
            "Webhook",
            "TribeWebhookFunction",
            {"POST /webhooks/tribe/{connection_id}/contacts", "POST /webhooks/tribe/{connection_id}/invoices"},
        ),
        ("Console", "ConsoleFunction", {"$default"}),
    ],
)
def test_every_route_of_an_api_reaches_its_function_with_the_payload_it_understands(
    api: str, function: str, expected: set[str]
) -> None:
    routes = [
        route["Properties"]
        for route in resources("AWS::ApiGatewayV2::Route").values()
        if route["Properties"]["ApiId"] == {"Ref": f"{api}Api"}
    ]
    assert {route["RouteKey"] for route in routes} == expected
    assert all(route["Target"] == {"Fn::Sub": f"integrations/${{{api}Integration}}"} for route in routes)
    integration = properties(f"{api}Integration")
    assert integration["IntegrationUri"] == {"Ref": f"{function}.Alias"}
    assert integration["PayloadFormatVersion"] == "2.0"


def test_only_its_own_api_may_call_a_function_and_webhooks_and_people_share_no_limit() -> None:
    permissions = {
        permission["Properties"]["FunctionName"]["Ref"]: permission["Properties"]["SourceArn"]["Fn::Sub"]
        for permission in resources("AWS::Lambda::Permission").values()
    }
    assert {function: source.rpartition(":")[2] for function, source in permissions.items()} == {
        "TribeWebhookFunction.Alias": "${WebhookApi}/$default/POST/webhooks/tribe/*",
        "ConsoleFunction.Alias": "${ConsoleApi}/$default/*",
    }
    assert {stage["Properties"]["ApiId"]["Ref"] for stage in resources("AWS::ApiGatewayV2::Stage").values()} == {
        "WebhookApi",
        "ConsoleApi",
    }


def test_nobody_registers_alone() -> None:
    assert properties("ConsolePeople")["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    client = properties("ConsoleClient")
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_AUTH"]


def test_functions_and_layers_are_for_the_same_python_and_processor() -> None:
    common = template()["Globals"]["Function"]
    for layer in resources("AWS::Serverless::LayerVersion").values():
        assert layer["Properties"]["CompatibleRuntimes"] == [common["Runtime"]] == ["python3.13"]
        assert layer["Properties"]["CompatibleArchitectures"] == common["Architectures"] == [{"Ref": "Architecture"}]
        assert layer["Metadata"]["BuildMethod"] == "makefile"  # that is where they are precompiled
