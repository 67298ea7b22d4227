"""The command's frame: help, groups, versions, how it ends, and what it imports for that."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.main import SECTIONS, Commands, app

ROOT = Path(__file__).parents[2]
ENTRIES = [entry for entries in SECTIONS.values() for entry in entries]


def run(*arguments: str, **environment: str) -> str:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "80", **environment})
    assert result.exit_code == 0, result.output
    return result.output


def all_commands() -> Iterator[tuple[str, ...]]:
    """Yield the words that lead to each command and group."""
    group: Any = typer.main.get_command(app)
    assert isinstance(group, Commands)
    for entry in ENTRIES:
        yield from _below((entry.name,), group.load(entry.name))


def _below(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:
    yield words
    for name, one in getattr(command, "commands", {}).items():
        yield from _below((*words, name), one)


COMMANDS = list(all_commands())


def python(code: str, *arguments: str, **streams: Any) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, where the project is."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE, check=False, **streams)


def test_the_version_is_the_package_s() -> None:
    assert run("--version") == f"tribe-yuki {version('tribe-yuki')}\n"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_that_reads(words: tuple[str, ...]) -> None:
    short = run(*words, "-h")
    assert short == run(*words, "--help")
    assert "<" not in short  # a type as Python calls it
    assert "{" not in short
    assert "..." not in short.replace("[ARGS]...", "")
    assert "Examples:" in short or words == ("privacy",)


def test_all_commands_stand_under_a_heading_with_whole_summaries() -> None:
    shown = " ".join(run("-h").split())
    for heading, entries in SECTIONS.items():
        assert f"{heading}: {entries[0].name}" in shown
    for entry in ENTRIES:
        assert f"{entry.name} {entry.summary}" in shown


@pytest.mark.parametrize("width", [60, 80, 120])
def test_help_fits_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for words in ((), *COMMANDS):
        with pytest.raises(SystemExit):
            app([*words, "-h"], prog_name="tribe-yuki")
        lines = capsys.readouterr().out.splitlines()
        examples = lines.index("  Examples:") if "  Examples:" in lines else len(lines)
        assert max(map(len, lines[:examples])) <= width


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_example_is_one_of_this_command_and_can_be_read(entry: Any) -> None:
    for example in entry.examples:
        assert example.startswith(f"tribe-yuki {entry.name}")
        named = [word for word in example.split() if word.startswith("--")]
        shown = run(entry.name, "-h")
        assert [word for word in named if word not in shown] == []


def test_help_versions_and_completion_wait_for_nothing_heavy() -> None:
    code = (
        "import sys\nfrom cli.main import app\ntry: app(prog_name='tribe-yuki')\n"
        "finally: print([one for one in ('boto3', 'httpx', 'pydantic', 'lxml') if one in sys.modules], file=sys.stderr)"
    )
    for arguments in (("-h",), ("--version",)):
        assert python(code, *arguments, stdout=subprocess.PIPE).stderr == "[]\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_the_names_of_commands(shell: str) -> None:
    line = {"COMP_WORDS": "tribe-yuki in", "COMP_CWORD": "1"}
    typed = {"_TYPER_COMPLETE_ARGS": "tribe-yuki in", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    result = CliRunner().invoke(
        app, [], prog_name="tribe-yuki", env={"_TRIBE_YUKI_COMPLETE": f"complete_{shell}", **line, **typed}
    )
    assert "invoices" in result.output
    assert "holds" not in result.output


def test_options_are_completed_too() -> None:
    line = {"COMP_WORDS": "tribe-yuki holds --ow", "COMP_CWORD": "2"}
    result = CliRunner().invoke(app, [], prog_name="tribe-yuki", env={"_TRIBE_YUKI_COMPLETE": "complete_bash", **line})
    assert result.output.split() == ["--owner"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("explain", "--json"), "Missing argument 'RECORD'. Try --help."),
        (("nope", "--json"), "No such command 'nope'. Try --help."),
        (("invoices", "--json", "--limit", "many"), "Invalid value for '--limit'"),
        (("invoices", "--json", "--limit", "0"), "--limit takes a number from 1 to 10000."),
        (("--local", "--stack", "x", "status", "--json"), "--local is a stack of its own: leave --stack out"),
        (("--local", "--profile", "x", "status", "--json"), "leave --profile out"),
        (("--local", "--region", "x", "status", "--json"), "leave --region out"),
    ],
)
def test_a_command_line_that_is_not_understood_is_told_as_json_too(arguments: tuple[str, ...], sentence: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "command_line"
    assert sentence in error["text"]
    plain = CliRunner().invoke(app, [one for one in arguments if one != "--json"])
    assert plain.exit_code == 2
    assert "Error: " in plain.stderr
    assert plain.stdout == ""


def test_a_stack_of_the_environment_does_not_keep_from_the_local_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["--local", "status"], env={"TRIBE_YUKI_STACK": "tribe-yuki-dev"})
    assert "start it with `make up`" in result.output


# How it ends

INTERRUPTED_WHILE_IT_IMPORTS = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
{begin}
"""
AS_INSTALLED = "from cli.entry import main; main()"
WITHOUT_PROTECTION = "from cli.main import app; app(prog_name='tribe-yuki')"


@pytest.mark.parametrize(
    ("module", "code"),
    [("typer", -signal.SIGINT), ("cli.group", -signal.SIGINT), ("cli.status", 130), ("boto3", 130)],
)
def test_an_interrupt_ends_it_without_a_traceback(module: str, code: int) -> None:
    ended = python(INTERRUPTED_WHILE_IT_IMPORTS.format(module=module, begin=AS_INSTALLED), "--local", "status")
    assert (ended.returncode, ended.stderr) == (code, "")


def test_without_the_protection_an_interrupt_shows_a_traceback() -> None:
    ended = python(INTERRUPTED_WHILE_IT_IMPORTS.format(module="cli.group", begin=WITHOUT_PROTECTION), "--version")
    assert "KeyboardInterrupt" in ended.stderr


def test_a_full_disk_is_told_in_a_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        ended = python(AS_INSTALLED, "-h", stdout=full)
    assert (ended.returncode, ended.stderr) == (1, "✗ the output cannot be written: No space left on device\n")


def test_nobody_reading_is_no_fault_to_tell() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    try:
        ended = python(AS_INSTALLED, "-h", stdout=writes)
    finally:
        os.close(writes)
    assert (ended.returncode, ended.stderr) == (1, "")


def test_the_environment_may_name_the_connection() -> None:
    for words in COMMANDS:
        shown = " ".join(run(*words, "-h").split())
        names = "--connection ID" in shown and words != ("connect",)
        assert ("TRIBE_YUKI_CONNECTION" in shown) is names


def test_the_installed_command_begins_with_the_protection() -> None:
    import tomllib  # noqa: PLC0415 (for this alone)

    scripts: Mapping[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"tribe-yuki": "cli.entry:main"}
