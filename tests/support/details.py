"""Details of holds in tests: what they say, and how they are made from the text that says them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tribe_yuki.adapters.aws.stored_details import read_details
from tribe_yuki.core.details import Details
from tribe_yuki.core.errors import Held
from tribe_yuki.core.texts import details_in


def said(details: Details, language: str = "en") -> str:
    """Return what details say to people."""
    return details_in(language, details)


def told(text: str) -> Details:
    """Return the details that a text was once stored for."""
    return read_details(text)


@contextmanager
def raises(error: type[Held], saying: str) -> Iterator[pytest.ExceptionInfo[Held]]:
    """Expect a hold whose details say something, as a pattern."""
    with pytest.raises(error) as caught:
        yield caught
    assert re.search(saying, said(caught.value.details))
