"""What the functions read from their environment; every field is a variable of that name in capitals."""

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from tribe_yuki.core.errors import Defect


class _Environment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: str
    connections_table: str
    id_map_table: str


class WorkerEnvironment(_Environment):
    """The environment of the functions that talk to Tribe and Yuki."""

    journal_table: str
    invoice_retry_queue_url: str
    yuki_base_url: str = ""
    tribe_api_url: str
    tribe_auth_url: str


class ContactPushEnvironment(WorkerEnvironment):
    """The environment of `contact_push`."""

    contact_queue_url: str


class InvoicePushEnvironment(WorkerEnvironment):
    """The environment of `invoice_push`."""

    task_queue_url: str
    dead_letter_queue_url: str


class ConnectionTaskEnvironment(WorkerEnvironment):
    """The environment of `connection_task`."""

    task_queue_url: str
    contact_queue_url: str
    sales_topic_arn: str = ""
    bookkeeper_topic_arn: str = ""
    operator_topic_arn: str = ""
    console_url: str = ""


class YukiPollEnvironment(_Environment):
    """The environment of `yuki_poll`."""

    invoice_retry_queue_url: str
    contact_queue_url: str
    task_queue_url: str


class ConsoleEnvironment(_Environment):
    """The environment of `console`: what it reads and writes, where browsers find it, and where they sign in."""

    journal_table: str
    console_table: str
    invoice_retry_queue_url: str
    console_url: str
    login_url: str
    login_issuer: str
    login_client_id: str


def read_environment[Kind: BaseModel](kind: type[Kind], source: Mapping[str, str] | None = None) -> Kind:
    """Return a function's settings; raise Defect that names every variable that is missing or wrong."""
    values = {name.lower(): value for name, value in (source if source is not None else os.environ).items()}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        wrong = ", ".join(sorted(str(fault["loc"][0]).upper() for fault in error.errors()))
        raise Defect("settings_invalid", f"set these variables of the function: {wrong}") from None
