"""What every line of a function's log names."""

import json
from collections.abc import Callable

import pytest
from aws_lambda_powertools.logging import Logger

from tests.support.template.template import environment, functions
from tribe_yuki.budget.yuki_budget import Priority
from tribe_yuki.entrypoints.console import make_console
from tribe_yuki.entrypoints.environment import (
    ConnectionTaskEnvironment,
    ConsoleEnvironment,
    ContactPushEnvironment,
    InvoicePushEnvironment,
    YukiPollEnvironment,
    read_environment,
)
from tribe_yuki.entrypoints.poller import make_poller
from tribe_yuki.entrypoints.webhook import make_ingest
from tribe_yuki.entrypoints.worker import make_worker

LOGGERS: dict[str, Callable[[dict[str, str]], Logger]] = {
    "tribe_webhook": lambda variables: make_ingest(variables).logger,
    "contact_push": lambda variables: (
        make_worker(read_environment(ContactPushEnvironment, variables), Priority.CONTACTS).logger
    ),
    "invoice_push": lambda variables: (
        make_worker(read_environment(InvoicePushEnvironment, variables), Priority.INVOICES).logger
    ),
    "connection_task": lambda variables: (
        make_worker(read_environment(ConnectionTaskEnvironment, variables), Priority.CONTACTS).logger
    ),
    "yuki_poll": lambda variables: make_poller(read_environment(YukiPollEnvironment, variables)).logger,
    "console": lambda variables: make_console(read_environment(ConsoleEnvironment, variables)).logger,
}


@pytest.fixture(params=sorted(functions()))
def folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"log-of-{request.param}")
    return str(request.param)


def test_every_line_of_every_function_names_the_release_that_wrote_it(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELEASE", "20261123T050000Z-abc1234")
    variables = dict.fromkeys(environment(functions()[folder]), "1")
    logger = LOGGERS[folder](variables)
    logger.append_keys(connection_id="demo")
    logger.info("one")
    logger.clear_state()
    logger.warning("two")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in lines] == ["one", "two"]
    assert {line["release"] for line in lines} == {"20261123T050000Z-abc1234"}
