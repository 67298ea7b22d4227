"""The console as people use it: signing in, what waits, decisions, and who may do what."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from local.demo.invoices import seed_invoices
from tests.support.console.browser import Answer, Browser
from tests.support.console.consoles import WorldsConsole, open_console
from tests.support.world.world import CONNECTION, World, open_world
from tribe_yuki.adapters.aws.dynamodb import DynamoDb
from tribe_yuki.console.roles import Role
from tribe_yuki.console.session import IDLE, LONGEST
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.transfer import State

BOOKKEEPER, SALES, VIEWER, ADMINISTRATOR, OPERATOR, STRANGER = (f"subject-{number}" for number in range(6))
ATTENTION = f"/connections/{CONNECTION}/attention"


@pytest.fixture(scope="module")
def console() -> Iterator[WorldsConsole]:
    """A console behind which some invoices are held, and people with each role."""
    with ExitStack() as stack:
        world = open_world(stack)
        for seed in seed_invoices():
            world.send(seed.tribe_invoice_id)
        world.run(minutes=5)
        role = world.roles["console"]
        console = open_console(stack, world, lambda service: role.client(world.aws_client(service)))
        for subject, its_role in (
            (BOOKKEEPER, Role.BOOKKEEPER),
            (SALES, Role.SALES),
            (VIEWER, Role.VIEWER),
            (ADMINISTRATOR, Role.ADMINISTRATOR),
        ):
            console.give(subject, CONNECTION, its_role)
        console.give(OPERATOR, "", Role.OPERATOR)
        yield console
        assert role.refused == set()


def held(world: World, reason: HoldReason | None = None) -> str:
    """Return the id of an invoice that is held."""
    return next(
        transfer.tribe_invoice_id
        for transfer in world.transfers.in_state(State.HELD)
        if reason in (None, transfer.hold_reason)
    )


# Signing in


def test_without_a_session_every_page_leads_to_the_login(console: WorldsConsole) -> None:
    browser = console.browser()
    for address in ("/", ATTENTION, f"/connections/{CONNECTION}/invoices", f"/connections/{CONNECTION}/invoices/x"):
        answer = browser.get(address)
        assert answer.status == 303
        assert "/oauth2/authorize?" in answer.headers["location"]


def test_whoever_signs_in_comes_back_to_the_page_that_was_asked_for(console: WorldsConsole) -> None:
    browser = console.browser()
    answer = browser.sign_in(BOOKKEEPER, to=f"/connections/{CONNECTION}/invoices?state=held")
    assert answer.status == 200
    assert answer.path == f"/connections/{CONNECTION}/invoices?state=held"


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", ""])
def test_the_way_back_never_leads_elsewhere(console: WorldsConsole, to: str) -> None:
    browser = console.browser()
    assert browser.sign_in(BOOKKEEPER, to=to).path == ATTENTION
    assert not browser.get(f"/language/nl?back={to}").path.startswith("http")


def test_a_code_of_another_browser_signs_nobody_in(console: WorldsConsole) -> None:
    mine, theirs = console.browser(), console.browser()
    begun = theirs.request("GET", "/sign-in")
    back = console.login.sign_in(begun.headers["location"], BOOKKEEPER)
    answer = mine.request("GET", back.removeprefix("https://console.example"))
    assert answer.status == 403
    assert mine.get(ATTENTION).status == 303


def test_the_way_back_is_good_once(console: WorldsConsole) -> None:
    browser = console.browser()
    begun = browser.request("GET", "/sign-in")
    back = console.login.sign_in(begun.headers["location"], BOOKKEEPER).removeprefix("https://console.example")
    kept = dict(browser.cookies)
    assert browser.get(back).status == 200
    browser.cookies = kept
    assert browser.request("GET", back).status == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/another"},
        {"aud": "another"},
        {"nonce": "another"},
        {"token_use": "access"},
        {"exp": 1},
        {"exp": "soon"},
        {"sub": ""},
        {"sub": None},
    ],
)
def test_claims_that_are_not_of_this_attempt_sign_nobody_in(console: WorldsConsole, claims: dict[str, object]) -> None:
    browser = console.browser()
    console.login.claims = claims
    try:
        assert browser.sign_in(BOOKKEEPER).status == 403
    finally:
        console.login.claims = {}
    assert browser.get(ATTENTION).status == 303


@pytest.mark.parametrize(("status", "shown"), [(400, 403), (500, 503), (429, 503)])
def test_a_login_that_fails_is_told(console: WorldsConsole, status: int, shown: int) -> None:
    console.login.status = status
    try:
        answer = console.browser().sign_in(BOOKKEEPER)
    finally:
        console.login.status = 0
    assert answer.status == shown
    assert answer.page.xpath("//main//a")


def test_a_session_ends_when_nobody_is_there_and_after_eight_hours(console: WorldsConsole) -> None:
    world = console.world
    idle, busy = console.browser(BOOKKEEPER), console.browser(BOOKKEEPER)
    begun = world.clock.instant
    while world.clock.instant - begun < LONGEST - IDLE:
        world.advance((IDLE / 2).total_seconds())
        assert busy.get(ATTENTION).status == 200
    assert idle.get(ATTENTION).status == 303
    world.advance(IDLE.total_seconds())
    assert busy.get(ATTENTION).status == 303


def test_signing_out_ends_the_session_for_everybody_who_has_its_cookie(console: WorldsConsole) -> None:
    browser = console.browser(BOOKKEEPER)
    stolen = replace(browser, cookies=dict(browser.cookies))
    page = browser.get(ATTENTION)
    answer = browser.post("/sign-out", page.form_to("/sign-out"))
    assert "/logout?" in answer.headers["location"]
    assert stolen.get(ATTENTION).status == 303


def test_the_tables_hold_no_id_that_signs_in(console: WorldsConsole) -> None:
    browser = console.browser(BOOKKEEPER)
    stored = str(console.world.dynamodb.tables)
    assert all(value not in stored for value in browser.cookies.values())


# What is to be seen


@pytest.mark.parametrize("language", ["nl", "en", "fr"])
def test_what_waits_is_there_with_what_to_do(console: WorldsConsole, language: str) -> None:
    browser = console.browser(BOOKKEEPER, language)
    page = browser.get(ATTENTION)
    assert page.status == 200
    assert page.page.get("lang") == language
    for transfer in console.world.transfers.in_state(State.HELD):
        assert (transfer.reference or transfer.tribe_invoice_id) in page.words
    assert not re.search(r"\bconsole\.[a-z]|\{[a-z_]+\}", page.words)


def test_an_invoice_tells_its_story(console: WorldsConsole) -> None:
    invoice = held(console.world)
    browser = console.browser(VIEWER)
    page = browser.get(f"/connections/{CONNECTION}/invoices/{invoice}")
    assert page.status == 200
    assert len(page.page.xpath("//ol[@class='story']/li")) >= 2
    assert not page.page.xpath("//main//form")


def test_invoices_are_found_by_state_and_number(console: WorldsConsole) -> None:
    browser = console.browser(VIEWER)
    booked = next(iter(console.world.transfers.in_state(State.BOOKED)))
    listed = browser.get(f"/connections/{CONNECTION}/invoices?state=held")
    assert booked.reference is not None
    assert booked.reference not in listed.words
    assert browser.get(f"/connections/{CONNECTION}/invoices?number={booked.reference}").path.endswith(
        booked.tribe_invoice_id
    )
    assert browser.get(f"/connections/{CONNECTION}/invoices?number=nothing").status == 200


def test_a_page_takes_few_requests(console: WorldsConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = console.browser(BOOKKEEPER)
    requests = []
    for name in ("get", "query"):
        original = getattr(DynamoDb, name)

        def counted(*arguments: object, original: object = original, **more: object) -> object:
            requests.append(arguments)
            return original(*arguments, **more)  # type: ignore[operator]

        monkeypatch.setattr(DynamoDb, name, counted)
    assert browser.get(ATTENTION).status == 200
    assert len(requests) <= 12


# Who may do what


def press(browser: Browser, action: str, invoice: str, why: str = "") -> Answer:
    """Open an invoice and press a button there."""
    page = browser.get(f"/connections/{CONNECTION}/invoices/{invoice}")
    (fields,) = page.forms(action)
    return browser.post(f"/connections/{CONNECTION}/decisions", fields | ({"why": why} if why else {}))


def test_a_decision_is_made_once_however_often_it_is_pressed(console: WorldsConsole) -> None:
    world, browser = console.world, console.browser(BOOKKEEPER)
    invoice = held(world, HoldReason.CONTACT_NOT_CUSTOMER)
    page = browser.get(f"/connections/{CONNECTION}/invoices/{invoice}")
    (fields,) = page.forms("retry")
    first = browser.post(f"/connections/{CONNECTION}/decisions", fields)
    second = browser.post(f"/connections/{CONNECTION}/decisions", fields)
    assert "binnen een minuut" in first.words
    assert "al ingedrukt" in second.words
    assert world.story(invoice).count("retried") == 1
    story = browser.get(f"/connections/{CONNECTION}/invoices/{invoice}").words
    assert f"bookkeeper {BOOKKEEPER}" in story
    world.run(minutes=2)
    assert world.transfer(invoice).state is State.HELD  # type: ignore[union-attr]


def test_what_cannot_be_taken_back_needs_a_reason(console: WorldsConsole) -> None:
    world, browser = console.world, console.browser(ADMINISTRATOR)
    invoice = held(world)
    answer = press(browser, "dismiss", invoice)
    assert "vul in waarom" in answer.words
    answer = press(browser, "dismiss", invoice, "dubbel <script>alert(1)</script>")
    assert "wordt niet geboekt" in answer.words
    assert world.transfer(invoice).state is State.SKIPPED  # type: ignore[union-attr]
    assert "<script>" not in answer.text
    assert "dubbel <script>" in answer.words
    assert "opnieuw bekeken" in press(browser, "retry", invoice).words
    world.run(minutes=2)


@pytest.mark.parametrize("subject", [VIEWER, SALES])
def test_another_role_has_no_button_and_is_refused(console: WorldsConsole, subject: str) -> None:
    invoice = held(console.world, HoldReason.CONTACT_NOT_CUSTOMER)
    browser = console.browser(subject)
    page = browser.get(f"/connections/{CONNECTION}/invoices/{invoice}")
    assert not page.forms("retry")
    fields = page.form_to("/sign-out")
    before = console.world.story(invoice)
    answer = browser.post(
        f"/connections/{CONNECTION}/decisions", fields | {"action": "retry", "invoice": invoice, "page": "invoice"}
    )
    assert "beslist iemand anders" in answer.words
    assert console.world.story(invoice) == before


@pytest.mark.parametrize("subject", [BOOKKEEPER, STRANGER])
def test_somebody_elses_connection_is_not_there(console: WorldsConsole, subject: str) -> None:
    browser = console.browser(subject)
    other = "somebody-elses"
    for path in ("attention", "invoices", f"invoices/{held(console.world)}"):
        assert browser.get(f"/connections/{other}/{path}").status == 404
    assert browser.post(f"/connections/{other}/decisions", {"action": "retry"}).status == 404


def test_a_person_without_a_role_is_told_whom_to_ask(console: WorldsConsole) -> None:
    answer = console.browser(STRANGER).get("/")
    assert answer.status == 403
    assert "nog geen rol" in answer.words


def test_an_operator_sees_all_connections(console: WorldsConsole) -> None:
    assert console.browser(OPERATOR).get("/").path == ATTENTION


def test_a_role_that_was_taken_away_ends_at_once(console: WorldsConsole) -> None:
    leaving = "subject-leaving"
    console.give(leaving, CONNECTION, Role.BOOKKEEPER)
    browser = console.browser(leaving)
    assert browser.get(ATTENTION).status == 200
    console.members.remove(leaving, CONNECTION)
    assert browser.get(ATTENTION).status == 404


@pytest.mark.parametrize("change", [{"token": "0" * 64}, {"once": "another"}, {"token": ""}])
def test_a_form_that_is_not_of_this_session_does_nothing(console: WorldsConsole, change: dict[str, str]) -> None:
    invoice = held(console.world, HoldReason.CONTACT_NOT_CUSTOMER)
    browser = console.browser(BOOKKEEPER)
    (fields,) = browser.get(f"/connections/{CONNECTION}/invoices/{invoice}").forms("retry")
    before = console.world.story(invoice)
    assert browser.post(f"/connections/{CONNECTION}/decisions", fields | change).status == 403
    assert console.world.story(invoice) == before


def test_a_form_of_another_session_or_site_does_nothing(console: WorldsConsole) -> None:
    invoice = held(console.world, HoldReason.CONTACT_NOT_CUSTOMER)
    theirs, mine = console.browser(ADMINISTRATOR), console.browser(BOOKKEEPER)
    (fields,) = theirs.get(f"/connections/{CONNECTION}/invoices/{invoice}").forms("retry")
    assert mine.post(f"/connections/{CONNECTION}/decisions", fields).status == 403
    (fields,) = mine.get(f"/connections/{CONNECTION}/invoices/{invoice}").forms("retry")
    mine.headers = {"sec-fetch-site": "cross-site"}
    assert mine.post(f"/connections/{CONNECTION}/decisions", fields).status == 403


def test_a_session_that_ended_between_page_and_press_leads_to_the_login(console: WorldsConsole) -> None:
    invoice = held(console.world, HoldReason.CONTACT_NOT_CUSTOMER)
    browser = console.browser(BOOKKEEPER)
    (fields,) = browser.get(f"/connections/{CONNECTION}/invoices/{invoice}").forms("retry")
    console.world.advance((IDLE + timedelta(minutes=1)).total_seconds())
    before = console.world.story(invoice)
    answer = browser.post(f"/connections/{CONNECTION}/decisions", fields)
    assert answer.status == 303
    assert "/oauth2/authorize" in answer.headers["location"]
    assert console.world.story(invoice) == before


def test_two_people_at_once_decide_once(console: WorldsConsole) -> None:
    world = console.world
    invoice = held(world, HoldReason.CONTACT_NOT_CUSTOMER)
    first, second = console.browser(BOOKKEEPER), console.browser(ADMINISTRATOR)
    page = f"/connections/{CONNECTION}/invoices/{invoice}"
    forms = [browser.get(page).forms("retry")[0] for browser in (first, second)]
    answers = [
        browser.post(f"/connections/{CONNECTION}/decisions", fields)
        for browser, fields in zip((first, second), forms, strict=True)
    ]
    before = world.story(invoice).count("retried")
    assert "binnen een minuut" in answers[0].words
    assert "Er hoefde niets meer" in answers[1].words
    world.run(minutes=2)
    assert world.story(invoice).count("retried") == before


# What every answer says to the browser


def test_every_answer_lets_nothing_foreign_run(console: WorldsConsole) -> None:
    browser = console.browser(BOOKKEEPER)
    style = browser.get(ATTENTION).page.xpath("//link/@href")[0]
    for address in ("/sign-in", ATTENTION, "/nowhere", style, "/signed-out"):
        headers = browser.request("GET", address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert ("immutable" if address == style else "no-store") in headers.get("cache-control", "no-store")
    for address in (ATTENTION, f"/connections/{CONNECTION}/invoices", "/nowhere"):
        page = browser.get(address).page
        assert not page.xpath("//script | //style | //@style | //@onclick")
