"""`make send`: Send is pressed on one invoice in the simulated Tribe, and its story is shown."""

from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.output import screen
from local.demo.invoices import SeedInvoice
from local.demo.send import send_and_watch
from local.stack.__main__ import app
from local.stack.errors import StackError
from tests.support.world.world import World
from tribe_yuki.invoices.transfer import Transfer

NUMBER = "2026-0101"


def find(world: World, seed: SeedInvoice) -> Transfer | None:
    return world.transfer(seed.tribe_invoice_id)


def test_an_invoice_is_sent_and_followed_to_its_end(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    sent = partial(send_and_watch, world.tribe_url, NUMBER, partial(find, world), sleep=partial(world.run, 0.5))
    assert sent(screen())
    assert len(world.booked(NUMBER)) == 1
    assert sent(screen())
    printed = capsys.readouterr().out
    assert f"Pressed Send in Tribe for {NUMBER}." in printed
    assert f"{NUMBER} was sent before." in printed


def test_a_number_that_no_draft_has_is_told_with_those_that_there_are(world: World) -> None:
    with pytest.raises(StackError, match=f"no invoice 2026-9999 in the seed data; say NUMBER= and one of {NUMBER}, "):
        send_and_watch(world.tribe_url, "2026-9999", partial(find, world), screen())


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["send", NUMBER, "--state", str(tmp_path)])
    assert result.exit_code == 1
    assert "No stack runs: make up starts it." in result.output
