"""Real answers of commands on terminals of sixty, eighty and a hundred and twenty columns, and in a pipe."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.world.operator_command import CONNECT_DUTCH, Command

# The command, the list in its answer, and the parts of a record that people have to read whole.
TABLES: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("settings",), "settings", ("name", "allowed")),
    (("settings", "vat"), "rows", ("vat_group", "location", "state", "yuki_code")),
    (("doctor",), "checks", ("check", "state", "finding", "to_do")),
)


def words(records: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[str]:
    for record in records:
        for name in names:
            # Counts of calls grow from one run to the next.
            yield from (word for word in record[name].split() if not word.isdecimal())


@pytest.mark.parametrize(("arguments", "key", "names"), TABLES, ids=["settings", "settings vat", "doctor"])
def test_every_word_is_there_whole_and_no_line_is_too_long(
    command: Command, arguments: tuple[str, ...], key: str, names: tuple[str, ...]
) -> None:
    command.done(*CONNECT_DUTCH)
    records = command.result(*arguments)[key]
    assert records
    for width in (60, 80, 120):
        lines = command.on_terminal(width, *arguments).splitlines()
        assert max(map(len, lines)) <= width
        shown = {word for line in lines for word in line.split()}
        assert {word for word in words(records, names) if word not in shown} == set()


def test_a_pipe_gets_each_record_on_one_line(command: Command) -> None:
    command.done(*CONNECT_DUTCH)
    lines = command.done("settings").splitlines()
    for setting in command.result("settings")["settings"]:
        (line,) = [one for one in lines if one.split() and one.split()[0] == setting["name"]]
        assert line.endswith(setting["allowed"])
