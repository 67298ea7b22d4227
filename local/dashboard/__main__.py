"""Draw the dashboard of the running local stack: `python -m local.dashboard [--state DIR]`."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from local.dashboard.page import render
from local.dashboard.readings import read
from local.stack.deployment import client
from local.stack.folders import LOCAL, ROOT, Folders
from local.stack.lifecycle import Stack, running_stack

PAGE = "dashboard.html"


def draw(folders: Folders, stack: Stack) -> Path:
    """Write the page next to the stack's other files; return where."""
    cloudwatch = client(stack["aws_endpoint"], "cloudwatch")
    readings = read(cloudwatch, stack["outputs"]["DashboardName"], datetime.now(UTC))
    path = folders.state / PAGE
    path.write_text(render(readings, os.path.relpath(ROOT, folders.state) + "/"), encoding="utf-8")
    return path


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.dashboard", description="Draw the dashboard as a page.")
    parser.add_argument("--state", type=Path, default=LOCAL, help="folder of the stack's files")
    folders = Folders(parser.parse_args(arguments).state.resolve())
    stack = running_stack(folders)
    if stack is None:
        print("No local stack runs. `make up` starts it; metrics come a minute later.", file=sys.stderr)
        return 1
    print(f"Open {draw(folders, stack).as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
