"""What `tribe_webhook` runs with. It answers while Tribe waits, so nothing slow to import belongs here.

Not pydantic, httpx, zeep or Powertools' parameters, and botocore without boto3 around it: `make bench` holds the limit.
"""

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from aws_lambda_powertools.logging import Logger
from botocore.config import Config
from botocore.session import get_session

from tribe_yuki.adapters.aws.inbox import Inbox
from tribe_yuki.adapters.aws.webhook_secrets import WebhookSecrets
from tribe_yuki.core.errors import Defect
from tribe_yuki.entrypoints.log import make_logger
from tribe_yuki.entrypoints.metrics import Metric, emit

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

# Two attempts at each of two services end before the function's ten seconds do, so that a slow one becomes a 503.
_CONFIG = Config(connect_timeout=1, read_timeout=1.5, retries={"mode": "standard", "total_max_attempts": 2})

# SQS forgets a deduplication id after five minutes; a longer window would let duplicates through.
LONGEST_WINDOW_SECONDS = 299


class IngestSettings(NamedTuple):
    """The environment of `tribe_webhook`: each field is a variable of that name in capitals."""

    stage: str
    signature_header: str
    token_header: str
    window_seconds: int
    contact_queue_url: str
    invoice_queue_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "IngestSettings":
        """Read the settings; raises Defect that names every variable that is missing or wrong."""
        values = {field: environment.get(field.upper(), "").strip() for field in cls._fields}
        wrong = [field.upper() for field, value in values.items() if not value]
        if not _is_window(values["window_seconds"]) and "WINDOW_SECONDS" not in wrong:
            wrong.append(f"WINDOW_SECONDS (a whole number from 1 to {LONGEST_WINDOW_SECONDS})")
        if wrong:
            raise Defect("settings_invalid", f"set these variables of tribe_webhook: {', '.join(wrong)}")
        return cls(
            stage=values["stage"],
            signature_header=values["signature_header"].lower(),
            token_header=values["token_header"].lower(),
            window_seconds=int(values["window_seconds"]),
            contact_queue_url=values["contact_queue_url"],
            invoice_queue_url=values["invoice_queue_url"],
        )


def _is_window(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_WINDOW_SECONDS


class Ingest(NamedTuple):
    """Everything that receiving a webhook needs; `now` returns the current instant, aware, in UTC."""

    settings: IngestSettings
    secrets: WebhookSecrets
    inbox: Inbox
    logger: Logger
    now: Callable[[], datetime]

    def emit(self, metric: str) -> None:
        """Count one of a metric, embedded in the log: a line of its own, and no state between requests."""
        emit(self.logger.service, {Metric(metric): 1})


def _utc_now() -> datetime:
    return datetime.now(UTC)


def make_ingest(environment: Mapping[str, str], now: Callable[[], datetime] = _utc_now) -> Ingest:
    """Build the real thing; both clients share one session, because loading botocore's data twice costs time."""
    settings = IngestSettings.from_environment(environment)
    # At level DEBUG botocore logs whole answers, and Secrets Manager's answer is the secret.
    logging.getLogger("botocore").setLevel(logging.INFO)
    session = get_session()
    sqs = cast("SQSClient", session.create_client("sqs", config=_CONFIG))
    secrets_manager = cast("SecretsManagerClient", session.create_client("secretsmanager", config=_CONFIG))
    return Ingest(
        settings=settings,
        secrets=WebhookSecrets(secrets_manager, settings.stage, now),
        inbox=Inbox(sqs),
        logger=make_logger(),
        now=now,
    )


@cache
def ingest() -> Ingest:
    """Return this process's own, made from its environment at the first call."""
    return make_ingest(os.environ)
