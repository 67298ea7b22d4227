"""The simulator's rules and faults, met by the client: tokens, limits, rights, frozen invoices, uncertain writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support import details
from tests.support.outside import tribe_seed as seed
from tests.support.outside.tribe_tokens import SharedStore
from tests.support.outside.tribe_world import APPLICATION, LONG_AGO, World, world
from tribe_yuki.adapters.tribe import Grant, TribeApplication, TribeClient, TribeOptions, consent_address, exchange_code
from tribe_yuki.core.errors import CredentialsRefused, Held, OutcomeUnknown, RateLimited, Retryable
from tribe_yuki.core.holds import HoldReason

TOKEN = "POST oauth2"


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as one:
        yield one


# Tokens


def test_a_token_lives_as_long_as_tribe_says(tribe: World) -> None:
    for seconds, asked in ((0, 1), (3538, 1), (2, 2)):
        tribe.simulator.clock.advance(seconds)
        tribe.client.resolve(seed.BAKERY)
        assert tribe.calls(TOKEN) == asked


def test_a_very_short_life_of_tokens_does_no_harm(tribe: World) -> None:
    tribe.switch(token_lifetime_seconds=5)
    for _ in range(4):
        assert tribe.client.resolve(seed.BAKERY)
        tribe.simulator.clock.advance(2)
    assert tribe.calls(TOKEN) == 2


def test_a_token_that_tribe_forgot_is_renewed(tribe: World) -> None:
    tribe.client.resolve(seed.BAKERY)
    tribe.control("reset", {})
    assert tribe.client.resolve(seed.BAKERY) == "Relation.Organization"
    assert tribe.calls(TOKEN) == 1  # counted since the reset


@pytest.mark.parametrize("scope_error", ["invalid_grant", "invalid_scope"])
def test_a_scope_that_is_not_registered_names_the_setting(tribe: World, scope_error: str) -> None:
    tribe.switch(scope_error=scope_error)
    greedy = TribeApplication(
        Grant.CLIENT_CREDENTIALS, APPLICATION.client_id, APPLICATION.client_secret, "read write offline"
    )
    with tribe.another_client(application=greedy) as client, pytest.raises(CredentialsRefused) as caught:
        client.resolve(seed.BAKERY)
    assert caught.value.reason is HoldReason.TRIBE_CONSENT_NEEDED
    assert details.said(caught.value.details) == "scope not allowed for this application: setting tribe.scope"


def test_a_wrong_secret_is_refused(tribe: World) -> None:
    wrong = TribeApplication(Grant.CLIENT_CREDENTIALS, APPLICATION.client_id, "canary-wrong")
    with tribe.another_client(application=wrong) as client, pytest.raises(CredentialsRefused) as caught:
        client.resolve(seed.BAKERY)
    assert details.said(caught.value.details) == "the client id or secret is not accepted"
    assert "canary" not in str(caught.value)


MARKETPLACE = TribeApplication(Grant.AUTHORIZATION_CODE, "marketplace-client", "marketplace-secret")
REDIRECT = "https://connector.example/callback"


def consented(tribe: World) -> SharedStore:
    """Give consent as a user does, and store the first tokens."""
    address = consent_address(tribe.url, MARKETPLACE, REDIRECT, "state-0001")
    location = httpx.get(address, trust_env=False).headers["location"]
    query = parse_qs(urlsplit(location).query)
    assert query["state"] == ["state-0001"]
    now = tribe.simulator.clock.now
    return SharedStore(exchange_code(MARKETPLACE, tribe.endpoints, query["code"][0], REDIRECT, now))


@pytest.mark.parametrize("hours", [0, 2])
def test_refresh_tokens_rotate_under_the_lease(tribe: World, hours: int) -> None:
    store = consented(tribe)
    assert store.tokens is not None
    first = store.tokens
    tribe.simulator.clock.advance(hours * 3600)
    together = Barrier(6)

    def work(_: int) -> str | None:
        client = tribe.another_client(application=MARKETPLACE, token_store=store, wait=store.wait_until_free)
        with client:
            together.wait(timeout=10)
            return client.resolve(seed.BAKERY)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(6))) == ["Relation.Organization"] * 6
    renewals = 1 if hours else 0
    assert (tribe.calls(TOKEN), store.writes) == (1 + renewals, renewals)
    assert (store.tokens.refresh_token != first.refresh_token) is bool(hours)
    tribe.simulator.clock.advance(7200)  # the chain is unbroken: the next renewal works too
    with tribe.another_client(application=MARKETPLACE, token_store=store) as client:
        assert client.resolve(seed.BAKERY)


def test_a_withdrawn_consent_needs_a_person(tribe: World) -> None:
    store = consented(tribe)
    tribe.control("reset", {})
    with (
        tribe.another_client(application=MARKETPLACE, token_store=store) as client,
        details.raises(CredentialsRefused, saying="was withdrawn, has expired"),
    ):
        client.resolve(seed.BAKERY)
    assert store.leased_until is None


# Limits and rights


@pytest.mark.parametrize("retry_after", [False, True])
def test_the_limit_per_minute(tribe: World, retry_after: bool) -> None:
    tribe.switch(rate_limit_per_minute=2, retry_after=retry_after)
    tribe.client.resolve(seed.BAKERY)
    tribe.client.resolve(seed.BAKERY)
    with pytest.raises(RateLimited) as caught:
        tribe.client.resolve(seed.BAKERY)
    assert caught.value.retry_after is not None
    tribe.simulator.clock.advance(caught.value.retry_after.total_seconds())
    assert tribe.client.resolve(seed.BAKERY)


@pytest.mark.parametrize("module_off", ["404", "400"])
def test_without_the_invoicing_module_invoices_wait_and_relations_do_not(tribe: World, module_off: str) -> None:
    tribe.switch(module_off=module_off)
    for call in (
        lambda: tribe.client.read_invoices([seed.INVOICE]),
        lambda: tribe.client.sent_invoices(modified_since=LONG_AGO),
        lambda: tribe.client.write_invoice_field(seed.INVOICE, "ImportId", "yuki:1"),
        lambda: tribe.client.invoice_of_line(seed.LINE),
    ):
        with pytest.raises(Held) as caught:
            call()
        assert caught.value.reason is HoldReason.TRIBE_CONSENT_NEEDED
        assert caught.value.details == details.told("invoicing module is off")
    assert tribe.client.read_relation(seed.BAKERY)


# Writing


@pytest.mark.parametrize("put_status", [200, 204])
def test_one_field_of_a_sent_invoice_is_written_and_the_others_stay(tribe: World, put_status: int) -> None:
    tribe.switch(put_status=put_status)
    tribe.send(seed.INVOICE)
    (before,) = tribe.client.read_invoices([seed.INVOICE])
    tribe.client.write_invoice_field(seed.INVOICE, "ImportId", "yuki:2026-0101")
    (after,) = tribe.client.read_invoices([seed.INVOICE])
    assert (before.fields, after.fields) == ({}, {"ImportId": "yuki:2026-0101"})
    assert (after.number, after.lines, after.amount) == (before.number, before.lines, before.amount)


@pytest.mark.parametrize(("frozen", "field"), [("numbers_and_lines", "Number"), ("all_but_phase", "ImportId")])
def test_a_frozen_field_of_a_sent_invoice_holds(tribe: World, frozen: str, field: str) -> None:
    tribe.send(seed.INVOICE)
    tribe.switch(frozen=frozen)
    with pytest.raises(Held) as caught:
        tribe.client.write_invoice_field(seed.INVOICE, field, "x")
    assert caught.value.reason is HoldReason.INVOICE_INVALID
    assert details.said(caught.value.details) == "Tribe does not let the field of the booking mark be changed"


CUSTOMERS = "Relationship_Organization_CommercialRelationship_Customer"


def new_customer() -> dict[str, Any]:
    return {
        "ImportId": "yuki:77",
        "PaymentTermInDays": 21,
        "Relation": seed.to(seed.OWN),
        "Organization": {
            "Name": "O'Hara & Zn.",
            "ImportId": "yuki:77",
            "InvoiceAddress": {
                "Street": "Kade",
                "HouseNumber": 7,
                "City": "Voorbeeldstad",
                "Country": seed.to(seed.NETHERLANDS),
            },
        },
    }


@pytest.mark.parametrize("post_status", [200, 201, 204])
def test_a_customer_is_created_with_relation_and_address_in_one_call(tribe: World, post_status: int) -> None:
    tribe.switch(post_status=post_status)
    tribe.client._odata.create(CUSTOMERS, new_customer())
    (role_id,) = tribe.client._odata.ids_with(CUSTOMERS, "ImportId", "yuki:77")
    relation_id = tribe.client.relation_of(role_id, "Relationship.Organization.CommercialRelationship.Customer")
    assert relation_id is not None
    relation = tribe.client.read_relation(relation_id)
    assert relation is not None
    assert (relation.name, relation.import_id) == ("O'Hara & Zn.", "yuki:77")
    assert relation.invoice_address is not None
    assert (relation.invoice_address.street, relation.invoice_address.house_number) == ("Kade", "7")
    assert relation.invoice_address.country == "NL"
    assert [role.payment_term_days for role in relation.roles] == [21]


@pytest.fixture
def impatient(tribe: World) -> Iterator[TribeClient]:
    """A client that has its token and waits half a second for an answer."""
    with tribe.another_client(options=TribeOptions(read_timeout_seconds=0.5)) as client:
        client.resolve(seed.BAKERY)
        yield client


@pytest.mark.parametrize(("fault", "is_made"), [("timeout_before_commit", False), ("timeout_after_commit", True)])
def test_a_creation_that_was_not_answered_may_or_may_not_exist(
    tribe: World, impatient: TribeClient, fault: str, is_made: bool
) -> None:
    tribe.switch(**{fault: 1})
    with pytest.raises(OutcomeUnknown):
        impatient._odata.create("Relation_Organization", {"Name": "Nieuw", "ImportId": "yuki:78"})
    made = [row for row in tribe.simulator.state()["Relation_Organization"] if row["ImportId"] == "yuki:78"]
    assert len(made) == int(is_made)


@pytest.mark.parametrize("fault", ["unavailable", "timeout_after_commit", "truncate", "reset_connection"])
def test_a_read_that_failed_works_the_next_time(tribe: World, impatient: TribeClient, fault: str) -> None:
    tribe.switch(**{fault: 1})
    with pytest.raises(Retryable):
        impatient.read_relation(seed.BAKERY)
    assert impatient.read_relation(seed.BAKERY)


@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset_connection"])
def test_a_field_that_may_have_been_written_is_written_again(tribe: World, impatient: TribeClient, fault: str) -> None:
    tribe.send(seed.INVOICE)
    tribe.switch(**{fault: 1})
    with pytest.raises(Retryable):
        impatient.write_invoice_field(seed.INVOICE, "ImportId", "yuki:2026-0101")
    impatient.write_invoice_field(seed.INVOICE, "ImportId", "yuki:2026-0101")
    assert tribe.stored("Activity_Invoice", seed.INVOICE)["ImportId"] == "yuki:2026-0101"
