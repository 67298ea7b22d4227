"""One table says what each status means, for reading, for changing and for creating."""

from datetime import timedelta

import pytest

from tribe_yuki.adapters.tribe.answers import Answer, Effect, Failure, Refused, Verdict, error_of, verdict_of
from tribe_yuki.domain.errors import (
    Conflict,
    ConnectorError,
    CredentialsRefused,
    Defect,
    Gone,
    Held,
    OutcomeUnknown,
    RateLimited,
    Retryable,
)
from tribe_yuki.domain.holds import HoldReason


def failed(status: int, effect: Effect = Effect.READ, *, is_record: bool = False, **headers: str) -> ConnectorError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(Failure(Answer(status, names, b""), "Activity_Invoice", effect, is_record))


@pytest.mark.parametrize(
    ("status", "on_read", "on_update", "on_create"),
    [
        (302, Defect, Defect, Defect),
        (400, Refused, Refused, Refused),
        (401, CredentialsRefused, CredentialsRefused, CredentialsRefused),
        (403, Held, Held, Held),
        (404, Refused, Refused, Refused),
        (405, Refused, Refused, Refused),
        (408, Retryable, Retryable, OutcomeUnknown),
        (409, Conflict, Conflict, Conflict),
        (413, Refused, Refused, Refused),
        (429, RateLimited, RateLimited, RateLimited),
        (500, Retryable, Retryable, OutcomeUnknown),
        (502, Retryable, Retryable, OutcomeUnknown),
        (503, Retryable, Retryable, OutcomeUnknown),
        (504, Retryable, Retryable, OutcomeUnknown),
        (101, Defect, Defect, Defect),
        (999, Defect, Defect, Defect),
    ],
)
def test_every_status_has_its_error(
    status: int, on_read: type[ConnectorError], on_update: type[ConnectorError], on_create: type[ConnectorError]
) -> None:
    assert type(failed(status, Effect.READ)) is on_read
    assert type(failed(status, Effect.UPDATE)) is on_update
    assert type(failed(status, Effect.CREATE)) is on_create


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_every_2xx_is_a_success(status: int) -> None:
    assert verdict_of(status) is Verdict.SUCCESS


def test_404_on_one_record_is_about_that_record() -> None:
    assert type(failed(404, is_record=True)) is Gone


def test_a_web_page_with_404_makes_no_record_disappear() -> None:
    error = failed(404, is_record=True, content_type="text/html; charset=utf-8")
    assert type(error) is Defect
    assert "check the address" in str(error)


@pytest.mark.parametrize(
    ("effect", "detail"),
    [(Effect.READ, "no right to read Activity_Invoice"), (Effect.UPDATE, "no right to write Activity_Invoice")],
)
def test_403_names_the_right_that_is_missing(effect: Effect, detail: str) -> None:
    error = failed(403, effect)
    assert isinstance(error, Held)
    assert (error.reason, error.detail) == (HoldReason.TRIBE_CONSENT_NEEDED, detail)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("", 60),
        ("5", 60),
        ("120", 120),
        (" 90 ", 90),
        ("999999999", 86400),
        ("99999999999999999999", 60),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("-5", 60),
        ("²", 60),
    ],
)
def test_the_pause_is_a_minute_at_least_and_a_day_at_most(asked: str, seconds: int) -> None:
    error = failed(429, retry_after=asked)
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=seconds)
