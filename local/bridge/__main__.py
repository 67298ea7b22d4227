"""Keep metrics and alarms of a running local stack alive: `python -m local.bridge --endpoint URL --stack NAME`."""

import argparse
import sys
import time
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from local.bridge.bridge import Bridge
from local.stack.deployment import client

SECONDS_BETWEEN_ROUNDS = 5


def main() -> NoReturn:
    """Go round until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m local.bridge", description="Make metrics of logs and queues.")
    parser.add_argument("--endpoint", required=True, help="address of the AWS emulator")
    parser.add_argument("--stack", required=True, help="name of the deployed stack")
    given = parser.parse_args()
    clients: Any = cache(partial(client, given.endpoint))
    bridge = Bridge.of_stack(clients, given.stack, datetime.now(UTC))
    print(f"{len(bridge.functions)} functions and {len(bridge.queue_urls)} queues of {given.stack}", flush=True)
    while True:
        try:
            bridge.round(datetime.now(UTC))
        except (BotoCoreError, ClientError) as error:
            # The emulator is busy, or about to end; the next round looks again.
            print(f"{datetime.now(UTC):%H:%M:%S} {error}", file=sys.stderr, flush=True)
        time.sleep(SECONDS_BETWEEN_ROUNDS)


if __name__ == "__main__":
    main()
