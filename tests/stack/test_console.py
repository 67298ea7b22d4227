"""The console in a real browser on the deployed stack: from the invitation's mail to a decision, by clicking only."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from local.demo.invoices import open_transfers
from local.stack.demo_people import PASSWORD
from tests.support.stack.chromium import open_browser
from tests.support.stack.stack_books import new_sent_invoice
from tribe_yuki.console.invitations import invite
from tribe_yuki.console.roles import Role
from tribe_yuki.entrypoints.cli import clients_of, local_session, local_stack
from tribe_yuki.entrypoints.invitations import open_invitations
from tribe_yuki.invoices.transfer import State

PATIENCE = 120
NEW = "nieuw@voorbeeld.example"
NEW_PASSWORD = "Een-eigen-wachtwoord-7"
# A customer whom Yuki knows without the mark as Customer.
UNMARKED = "Stichting Buurthuis De Brug"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def held(stack: Mapping[str, Any], wait_for: Callable[..., None]) -> tuple[str, str]:
    """Return id and number of an invoice that is held for the bookkeeper."""
    with httpx.Client(trust_env=False, timeout=60) as http:
        made = new_sent_invoice(http, stack, "Zaalhuur", customer=UNMARKED)
    transfers = open_transfers(stack)

    def is_held() -> bool:
        transfer = transfers.get(made["ID"])
        return transfer is not None and transfer.state is State.HELD

    wait_for(is_held, seconds=PATIENCE)
    return made["ID"], made["Number"]


def signed_in(browser: Browser, stack: Mapping[str, Any], email: str, password: str, **context: Any) -> Page:
    """Return a page of somebody who went through the login; nothing that the browser complains about goes unnoticed."""
    page = browser.new_context(**{"locale": "nl-NL", "viewport": {"width": 1280, "height": 900}, **context}).new_page()
    page.goto(stack["outputs"]["ConsoleUrl"])
    log_in(page, email, password)
    return page


def log_in(page: Page, email: str, password: str) -> None:
    """Go through the pages of the login."""
    page.fill("input[name=username]", email)
    page.click("button")
    page.click("button[value=PASSWORD]")
    page.fill("input[type=password]", password)
    page.click("button[type=submit]")


def complaints(page: Page) -> list[str]:
    """Return what the browser says of a page from now on, as it comes."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def invitation(stack: Mapping[str, Any], email: str) -> str:
    """Return the text of the invitation that somebody got."""
    mails = httpx.get(f"{stack['aws_endpoint']}/_ministack/ses/messages", trust_env=False).raise_for_status().json()
    sent = [mail for account in mails["messages"].values() for mail in account if mail["To"] == [email]]
    return str(sent[-1]["BodyHtml"])


def test_from_the_invitation_to_a_decision(browser: Browser, stack: Mapping[str, Any], held: tuple[str, str]) -> None:
    invoice, number = held
    with open_invitations(
        local_stack(dict(stack)), clients_of(local_session(), stack["aws_endpoint"]), who="tester"
    ) as invitations:
        invite(invitations, stack["connection_id"], NEW, Role.BOOKKEEPER)
    mail = invitation(stack, NEW)
    assert stack["outputs"]["ConsoleUrl"] in mail
    temporary = mail.rpartition(": ")[2]
    page = signed_in(browser, stack, NEW, temporary)
    for field in page.query_selector_all("input[type=password]"):
        field.fill(NEW_PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wacht op actie")
    said = complaints(page)
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.get_by_role("button", name="Nu opnieuw proberen").click()
    expect(page.get_by_role("status")).to_have_text("De factuur wordt binnen een minuut opnieuw bekeken.")
    page.get_by_text("Niet boeken…").click()
    page.get_by_label("Waarom?").fill("dubbel verstuurd")
    page.get_by_role("button", name=f"Niet boeken: {number}").click()
    expect(page.get_by_role("status")).to_have_text("Vastgelegd: de factuur wordt niet geboekt.")
    expect(page.locator(".story")).to_contain_text("dubbel verstuurd")
    transfer = open_transfers(stack).get(invoice)
    assert transfer is not None
    assert transfer.state is State.SKIPPED
    assert said == []
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("U bent uitgelogd")
    page.goto(f"{stack['outputs']['ConsoleUrl']}/connections/{stack['connection_id']}/attention")
    expect(page.locator("input[name=username]")).to_be_visible()


@pytest.mark.parametrize(("language", "width"), [("nl-NL", 1280), ("en-GB", 360), ("fr-BE", 360)])
def test_every_page_is_accessible_and_fits(
    browser: Browser, stack: Mapping[str, Any], held: tuple[str, str], language: str, width: int
) -> None:
    page = signed_in(
        browser,
        stack,
        "beheer@voorbeeld.example",
        PASSWORD,
        locale=language,
        viewport={"width": width, "height": 800},
    )
    base = f"{stack['outputs']['ConsoleUrl']}/connections/{stack['connection_id']}"
    said = complaints(page)
    for path in ("attention", "invoices", f"invoices/{held[0]}", "nowhere"):
        page.goto(f"{base}/{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not re.search(r"\bconsole\.[a-z]|\{[a-z_]+\}", page.inner_text("body"))
    assert [text for text in said if "404" not in text] == []


def test_everything_works_without_scripts(browser: Browser, stack: Mapping[str, Any], held: tuple[str, str]) -> None:
    page = signed_in(browser, stack, "beheer@voorbeeld.example", PASSWORD, java_script_enabled=False)
    page.goto(f"{stack['outputs']['ConsoleUrl']}/connections/{stack['connection_id']}/invoices/{held[0]}")
    page.get_by_role("button", name="Nu opnieuw proberen").click()
    expect(page.get_by_role("status")).to_be_visible()


def test_the_log_names_neither_a_person_nor_a_code_of_the_login(
    browser: Browser, stack: Mapping[str, Any], logged: Callable[[str], str]
) -> None:
    page = signed_in(browser, stack, "boekhouder@voorbeeld.example", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    cookies = [cookie["value"] for cookie in page.context.cookies() if "session" in cookie["name"]]
    assert cookies
    log = logged("Console")
    assert "page answered" in log
    assert not re.search(r"voorbeeld\.example|code=|state=|nonce", log)
    assert all(value not in log for value in cookies)
