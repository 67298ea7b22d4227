"""One table says what each status means, for reading, for changing and for creating."""

import json
from datetime import timedelta

import pytest

from tribe_yuki.adapters.tribe.answers import Answer, Effect, Failure, NotKnown, Refused, Verdict, error_of, verdict_of
from tribe_yuki.core.errors import (
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
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.texts import details_in


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


PAGE = b"<html><head><title>Even geduld</title></head><body>Er wordt onderhoud gepleegd</body></html>"
ODATA_ERROR = b'{"error": {"code": null, "message": "the field is not known"}}'
# What is no answer of Tribe's API: bodies with their content types.
NO_ANSWERS = {
    "a maintenance page": (PAGE, "text/html; charset=utf-8"),
    "a page that says it were JSON": (PAGE, "application/json"),
    "a page with a mark and blanks before it": (b"\xef\xbb\xbf \r\n<!DOCTYPE html><html></html>", ""),
    "an error of a store of files": (
        b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
        "application/xml",
    ),
    "an empty page": (b"", "text/html"),
    "a page that is too large": (None, "TEXT/HTML"),
}
# What is as good as an answer to a change.
ANSWERS = {
    "nothing": (b"", ""),
    "a word": (b"OK", "text/plain"),
    "a record": (b'{"ID": "1"}', "application/json"),
    "a record with a field of that name": (b'{"ID": "1", "error": "x"}', "application/json"),
    "a list with a member of that name": (b'{"value": [], "error": {"code": 1}}', "application/json"),
    "no error": (b'{"error": null}', "application/json"),
    "a list": (b"[]", "application/json"),
    "true": (b"true", "application/json"),
}


def said(status: int, body: bytes | None, content_type: str, effect: Effect = Effect.UPDATE) -> ConnectorError:
    return error_of(Failure(Answer(status, {"content-type": content_type}, body), "Activity_Invoice", effect))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize(("body", "content_type"), ANSWERS.values(), ids=ANSWERS.keys())
def test_every_2xx_is_a_success(status: int, body: bytes, content_type: str) -> None:
    assert verdict_of(Answer(status, {"content-type": content_type}, body)) is Verdict.SUCCESS


@pytest.mark.parametrize("status", [200, 201, 202, 299])
@pytest.mark.parametrize(("body", "content_type"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_a_2xx_that_is_no_answer_is_no_success(status: int, body: bytes | None, content_type: str) -> None:
    assert verdict_of(Answer(status, {"content-type": content_type}, body)) is Verdict.PAGE
    assert type(said(status, body, content_type, Effect.READ)) is Retryable
    assert type(said(status, body, content_type, Effect.UPDATE)) is Retryable
    assert type(said(status, body, content_type, Effect.CREATE)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("body", "may_be_repeated"),
    [
        (ODATA_ERROR, Refused),
        (b'{"error": {"message": "Rate limit exceeded"}}', Retryable),
        (b'{"error": "server_error"}', Retryable),
        (b'{"status": "x", "error": "Bad Gateway", "path": "/v1/odata"}', Retryable),
    ],
)
def test_a_2xx_with_an_error_in_it_is_no_success(body: bytes, may_be_repeated: type[ConnectorError]) -> None:
    assert type(said(200, body, "application/json", Effect.READ)) is may_be_repeated
    assert type(said(200, body, "application/json", Effect.UPDATE)) is may_be_repeated
    assert type(said(200, body, "application/json", Effect.CREATE)) is OutcomeUnknown


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 406, 409, 413, 414, 423, 451])
@pytest.mark.parametrize(("body", "content_type"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_a_page_with_a_4xx_is_no_refusal_of_tribe(status: int, body: bytes | None, content_type: str) -> None:
    error = said(status, body, content_type)
    assert type(error) is Retryable
    assert error.code == "tribe_web_page"
    assert "wrong address" in error.text
    assert type(said(status, body, content_type, Effect.CREATE)) is OutcomeUnknown


@pytest.mark.parametrize(
    "words",
    [
        "Rate limit exceeded",
        "ratelimit reached, try later",
        "Too many requests",
        "temporary block",
        "Application is temporarily blocked",
        "more than 1000 calls per minute",
    ],
)
@pytest.mark.parametrize("status", [403, 400])
def test_a_refusal_that_tells_of_the_limit_asks_for_a_pause(status: int, words: str) -> None:
    error = said(status, json.dumps({"error": {"code": None, "message": words}}).encode(), "application/json")
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=1)


def test_a_refusal_that_does_not_is_about_the_right() -> None:
    assert isinstance(said(403, b'{"error": {"message": "Insufficient rights"}}', "application/json"), Held)


@pytest.mark.parametrize(
    ("status", "body", "is_known"),
    [
        (400, ODATA_ERROR, True),
        (404, ODATA_ERROR, True),
        (400, b"", False),
        (404, b"", False),
        (402, ODATA_ERROR, False),
        (406, ODATA_ERROR, False),
        (413, ODATA_ERROR, False),
        (414, b"Request-URI Too Long", False),
        (451, ODATA_ERROR, False),
    ],
)
def test_only_tribes_api_says_what_it_does_not_know(status: int, body: bytes, is_known: bool) -> None:
    error = said(status, body, "", Effect.READ)
    assert isinstance(error, Refused)
    assert isinstance(error, NotKnown) is is_known


def test_what_is_too_large_is_said_to_be() -> None:
    assert "too large" in said(413, b"", "").text


def test_404_on_one_record_is_about_that_record() -> None:
    assert type(failed(404, is_record=True)) is Gone


@pytest.mark.parametrize("body", [b"default backend - 404", b"Not Found"])
def test_404_of_another_server_makes_no_record_disappear(body: bytes) -> None:
    answer = Answer(404, {"content-type": "text/plain"}, body)
    error = error_of(Failure(answer, "Relation_Person", Effect.READ, is_record=True))
    assert type(error) is Defect
    assert "check the address" in str(error)


@pytest.mark.parametrize(
    ("effect", "detail"),
    [(Effect.READ, "no right to read Activity_Invoice"), (Effect.UPDATE, "no right to write Activity_Invoice")],
)
def test_403_names_the_right_that_is_missing(effect: Effect, detail: str) -> None:
    error = failed(403, effect)
    assert isinstance(error, Held)
    assert (error.reason, details_in("en", error.details)) == (HoldReason.TRIBE_CONSENT_NEEDED, detail)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("", 60),
        ("5", 60),
        ("120", 120),
        (" 90 ", 90),
        ("999999999", 86400),
        ("99999999999999999999", 86400),
        ("Wed, 21 Oct 2026 07:30:00 GMT", 120),
        ("Wed, 21 Oct 2026 07:28:10 GMT", 60),
        ("Sat, 21 Nov 2026 07:28:00 GMT", 86400),
        ("Wed, 21 Oct 2020 07:28:00 GMT", 60),
        ("Wed, 99 Oct 2026 07:28:00 GMT", 60),
        ("-5", 60),
        ("²", 60),
    ],
)
def test_the_pause_is_a_minute_at_least_and_a_day_at_most(asked: str, seconds: int) -> None:
    error = failed(429, retry_after=asked, date="Wed, 21 Oct 2026 07:28:00 GMT")
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize("date", ["", "today"])
def test_a_pause_until_a_date_needs_the_date_of_the_answer(date: str) -> None:
    error = failed(429, retry_after="Wed, 21 Oct 2026 07:30:00 GMT", date=date)
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=1)


@pytest.mark.parametrize(("asked", "pause"), [("120", timedelta(minutes=2)), ("", None), ("soon", None)])
def test_503_may_ask_for_a_pause_too(asked: str, pause: timedelta | None) -> None:
    error = failed(503, retry_after=asked)
    assert isinstance(error, Retryable)
    assert error.retry_after == pause
