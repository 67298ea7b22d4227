"""The application's settings: safe to show, and wrong ones are refused with what to do."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import tribe_yuki
from tests.support.samples.samples import settings
from tribe_yuki.adapters.tribe import (
    Grant,
    RegisteredWebhook,
    TribeApplication,
    TribeClient,
    TribeEndpoints,
    TribeOptions,
    TribeTokens,
    consent_address,
)

SECRET = "canary-secret"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def application(grant: Grant = Grant.CLIENT_CREDENTIALS, scope: str = "") -> TribeApplication:
    return TribeApplication(grant, "app-1", SECRET, scope)


def tokens(life: int) -> TribeTokens:
    return TribeTokens(SECRET, SECRET, NOW, NOW + timedelta(seconds=life))


def test_nothing_secret_is_in_a_repr() -> None:
    shown = repr(application()) + repr(tokens(5)) + repr(RegisteredWebhook("1", SECRET)) + f"{tokens(5)}"
    assert SECRET not in shown


def test_the_scope_is_a_setting_with_a_default_for_each_grant() -> None:
    assert application().scope == "read write"
    assert application(Grant.AUTHORIZATION_CODE).scope == "read write offline"
    assert application(scope=" read ").scope == "read"
    assert TribeApplication("client_credentials", "app-1", SECRET).grant is Grant.CLIENT_CREDENTIALS  # type: ignore[arg-type]


@pytest.mark.parametrize(("client_id", "client_secret"), [("", SECRET), ("app-1", "")])
def test_an_application_needs_id_and_secret(client_id: str, client_secret: str) -> None:
    with pytest.raises(ValueError, match="client_id and client_secret") as caught:
        TribeApplication(Grant.CLIENT_CREDENTIALS, client_id, client_secret)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.tribecrm.nl",
        "ftp://127.0.0.1",
        "api.tribecrm.nl",
        "https://",
        "https://u:p@host",
        "https://h/?a=b",
        "",
    ],
)
def test_addresses_are_https_or_loopback(url: str) -> None:
    with pytest.raises(ValueError, match="auth_url must"):
        TribeEndpoints(auth_url=url)


def test_a_slash_at_the_end_of_an_address_does_no_harm() -> None:
    endpoints = TribeEndpoints("https://api-staging.tribecrm.nl/", "http://127.0.0.1:8080/")
    assert (endpoints.api_url, endpoints.auth_url) == ("https://api-staging.tribecrm.nl", "http://127.0.0.1:8080")


@pytest.mark.parametrize(("life", "renewed_after"), [(3599, 3539), (120, 60), (5, 2.5), (0, 0)])
def test_a_token_is_renewed_a_minute_early_or_at_half_time(life: int, renewed_after: float) -> None:
    assert tokens(life).renew_at == NOW + timedelta(seconds=renewed_after)


def test_the_consent_screen_gets_no_secret() -> None:
    address = consent_address(
        "https://auth.tribecrm.nl", application(Grant.AUTHORIZATION_CODE), "https://a.example/cb?x=1", "12345678"
    )
    assert address == (
        "https://auth.tribecrm.nl/oauth2/auth?client_id=app-1&redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1"
        "&response_type=code&scope=read%20write%20offline&state=12345678"
    )
    with pytest.raises(ValueError, match="8 characters"):
        consent_address("https://auth.tribecrm.nl", application(), "https://a.example/cb", "1234567")


def test_authorization_code_needs_a_store() -> None:
    with pytest.raises(ValueError, match="token store"):
        TribeClient(application(Grant.AUTHORIZATION_CODE), TribeEndpoints(), now=lambda: NOW)


def test_options_follow_from_the_settings_of_the_connection() -> None:
    options = TribeOptions.of(settings(external_id_field=None, payment_id_field="_x", totals={"amount": "incl"}))
    assert options.invoice_fields == ("_x",)
    assert options.totals.amount == "incl"


def test_only_this_adapter_and_the_consoles_login_import_httpx() -> None:
    package = Path(tribe_yuki.__file__).parent
    importers = {path for path in package.rglob("*.py") if "httpx" in _imported(path)}
    assert importers
    assert {path.relative_to(package).parts[:2] for path in importers} == {("adapters", "tribe"), ("adapters", "login")}


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
