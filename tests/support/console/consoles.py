"""The console of a world: its pages over the world's tables, with what its role allows."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from aws_lambda_powertools.logging import Logger

from tests.support.console.browser import ADDRESS, Browser
from tests.support.console.login import CLIENT_ID, ISSUER, Login, LoginServer
from tests.support.world.world import World
from tests.support.world.world_queues import RETRY
from tests.support.world.world_tables import CONNECTIONS, CONSOLE, ID_MAP, JOURNAL
from tribe_yuki.adapters.aws.console_members import ConsoleMembers
from tribe_yuki.console.roles import Role
from tribe_yuki.entrypoints.console import Site, make_site
from tribe_yuki.entrypoints.environment import ConsoleEnvironment


@dataclass(frozen=True)
class WorldsConsole:
    """The console, the login before it, and who may do what."""

    world: World
    site: Site
    login: Login

    def give(self, subject: str, connection_id: str, role: Role) -> None:
        """Give somebody a role."""
        self.members.save(subject, connection_id, role, self.world.clock.now())

    @property
    def members(self) -> ConsoleMembers:
        """Return who is what."""
        return ConsoleMembers(self.world.db, CONSOLE)

    def browser(self, subject: str | None = None, language: str = "nl") -> Browser:
        """Return a browser, signed in as somebody."""
        browser = Browser(self.site, self.login, language=language)
        if subject is not None:
            browser.sign_in(subject)
        return browser


def open_console(stack: ExitStack, world: World, client_of: Callable[[str], object]) -> WorldsConsole:
    """Open the console of a world for as long as the exit stack lives."""
    login = Login()
    server = stack.enter_context(LoginServer(login, world.clock.now))
    environment = ConsoleEnvironment(
        stage="local",
        connections_table=CONNECTIONS,
        id_map_table=ID_MAP,
        journal_table=JOURNAL,
        console_table=CONSOLE,
        invoice_retry_queue_url=RETRY,
        console_url=ADDRESS,
        login_url=server.url,
        login_issuer=ISSUER,
        login_client_id=CLIENT_ID,
    )
    site = make_site(environment, client_of, world.clock, Logger(service="test", level="CRITICAL"))
    return WorldsConsole(world, site, login)
