"""The log of a function: a JSON object a line, each with the release that wrote it.

`tribe_webhook` imports this module: nothing slow to import belongs here.
"""

import os

from aws_lambda_powertools.logging import Logger

UNRELEASED = "unreleased"


def make_logger() -> Logger:
    """Return the logger of this process; while a new version takes over, two releases write to the same log."""
    return Logger(release=os.environ.get("RELEASE", UNRELEASED))
