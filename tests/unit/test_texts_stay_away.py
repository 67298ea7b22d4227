"""The functions that only move records start without any text for people."""

import subprocess
import sys

import pytest

TEXTS = "tribe_yuki.core.texts"


def modules_of(function: str) -> set[str]:
    """Return what importing a function loads, in a process of its own."""
    code = f"import sys, functions.{function}.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("function", ["tribe_webhook", "contact_push", "invoice_push", "yuki_poll"])
def test_a_function_that_moves_records_loads_no_texts(function: str) -> None:
    assert TEXTS not in modules_of(function)


def test_the_function_that_sends_mails_does() -> None:
    assert TEXTS in modules_of("connection_task")
