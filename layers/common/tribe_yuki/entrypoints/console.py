"""What `console` runs with: the pages, the tables behind them, and the login."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.logging import Logger
from botocore.config import Config

from tribe_yuki.adapters.aws.console_members import ConsoleMembers
from tribe_yuki.adapters.aws.console_sessions import ConsoleSessions
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.adapters.login.token_endpoint import TokenEndpoint
from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.admin.context import Operator
from tribe_yuki.console.request import security_headers
from tribe_yuki.console.routes import Console, make_routes
from tribe_yuki.console.sign_in import Login
from tribe_yuki.core.clock import Clock, SystemClock
from tribe_yuki.entrypoints.environment import ConsoleEnvironment, read_environment
from tribe_yuki.entrypoints.log import make_logger
from tribe_yuki.entrypoints.operator import Clients, Stack, make_operator

# A person waits for the answer.
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass(frozen=True, slots=True)
class Site:
    """Answers the requests of browsers."""

    routes: APIGatewayHttpResolver
    headers: Mapping[str, str]
    logger: Logger

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 (Lambda's own context)
        """Return the answer to a request; what is logged of it names neither a person nor what was asked for."""
        answer = self.routes.resolve(event, context)
        answer["headers"] = {**answer.get("headers", {}), **self.headers}
        request = event.get("requestContext", {}).get("http", {})
        said = {"method": request.get("method", ""), "status": answer["statusCode"]}
        self.logger.info("page answered", extra=said)
        return answer


def make_site(environment: ConsoleEnvironment, clients: Clients, clock: Clock, logger: Logger) -> Site:
    """Build the real thing; `clients` makes the AWS clients."""
    db = DynamoDb(clients("dynamodb"))
    operator = make_operator(_stack(environment), clients, HttpTransport(), "console", clock)
    login = Login(
        authorize_url=f"{environment.login_url}/oauth2/authorize",
        logout_url=f"{environment.login_url}/logout",
        client_id=environment.login_client_id,
        issuer=environment.login_issuer,
    )

    def at_work(who: str) -> Operator:
        return replace(operator, who=lambda: who)

    console = Console(
        address=environment.console_url,
        sessions=ConsoleSessions(db, environment.console_table),
        members=ConsoleMembers(db, environment.console_table),
        login=login,
        login_client=TokenEndpoint(f"{environment.login_url}/oauth2/token", environment.login_client_id),
        operator=at_work,
        now=clock.now,
    )
    parts = urlsplit(environment.login_url)
    return Site(make_routes(console), security_headers(f"{parts.scheme}://{parts.netloc}"), logger)


def _stack(environment: ConsoleEnvironment) -> Stack:
    """Return what the pages need to know of the deployment: its tables, and the queue that decisions go on by."""
    outputs = {
        "ConnectionsTableName": environment.connections_table,
        "IdMapTableName": environment.id_map_table,
        "JournalTableName": environment.journal_table,
        "InvoiceRetryQueueUrl": environment.invoice_retry_queue_url,
    }
    return Stack(
        name="",
        stage=environment.stage,
        outputs=outputs,
        webhook_base="",
        token_header="",
        signature_header="",
        tribe_api_url="",
        tribe_auth_url="",
        yuki_base_url="",
    )


def make_console(environment: ConsoleEnvironment) -> Site:
    """Build the real thing with clients of AWS."""
    # At level DEBUG botocore logs whole answers.
    logging.getLogger("botocore").setLevel(logging.INFO)
    session: Any = boto3.Session()
    clients = cache(lambda service: session.client(service, config=_CONFIG))
    return make_site(environment, clients, SystemClock(), make_logger())


@cache
def site() -> Site:
    """Return this process's own, made from its environment at the first request."""
    return make_console(read_environment(ConsoleEnvironment))
