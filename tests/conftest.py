"""What all tests share: the options of a run, the marks of the tiers, and that everything opened is closed."""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest

from local.compile_messages import compile_messages
from tests.support.suite import sampling, tiers
from tests.support.suite.sampling import Sample

_TAKEN = pytest.StashKey[tiers.Taken]()


def pytest_addoption(parser: pytest.Parser) -> None:
    sampling.add_options(parser)
    parser.getgroup("sampling").addoption("--cpu-files", type=int, default=0, help="name the files that took most")


def pytest_configure(config: pytest.Config) -> None:
    compile_messages()
    sampling.configure(config)
    tiers.register(config)
    config.stash[_TAKEN] = tiers.Taken()
    # Reports of tests come to the process that the run was started in, wherever they ran.
    config.pluginmanager.register(_Listener(config.stash[_TAKEN]))


class _Listener:
    def __init__(self, taken: tiers.Taken) -> None:
        self._taken = taken

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._taken.add(report)


def pytest_report_header(config: pytest.Config) -> str:
    return f"exhaustive tests: {sampling.sample_of(config)}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tiers.mark(items)
    sampling.choose(config, items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    times = os.times()
    until_now = times.user + times.system + times.children_user + times.children_system
    tiers.note_cpu(report, until_now - item.config.stash.get(_UNTIL_NOW, until_now))
    item.config.stash[_UNTIL_NOW] = until_now
    sampling.explain(item, report)
    return report


_UNTIL_NOW = pytest.StashKey[float]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    config.stash[_TAKEN].show(terminalreporter, config.option.cpu_files)


@pytest.fixture(scope="session")
def sample(request: pytest.FixtureRequest) -> Sample:
    """How much of its cases an exhaustive test walks in this run."""
    return sampling.sample_of(request.config)


@pytest.fixture
def exits() -> Iterator[ExitStack]:
    """Everything that a test opens is closed after it."""
    with ExitStack() as stack:
        yield stack
