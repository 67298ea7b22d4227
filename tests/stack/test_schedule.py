"""The schedule of the running stack; it fires a minute after the deployment, so this comes after the other tests."""

from typing import Any


def test_the_schedule_fires(wait_for: Any, logged: Any) -> None:
    wait_for(lambda: "swept" in logged("YukiPoll"), seconds=90)
