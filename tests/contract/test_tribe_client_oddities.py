"""Odd answers are noticed, and large ones cut off."""

import gzip

import pytest

from local.simulator import Response
from tests.contract.tribe_scripted_server import (
    guid,
    html,
    listing,
    tribe,
)
from tribe_yuki.domain.errors import (
    Defect,
    Retryable,
)


def test_a_cut_off_or_endless_answer_may_be_asked_again() -> None:
    with tribe(lambda _: listing(*({"ID": guid(n)} for n in range(90)))) as (scripted, client):
        client.phases()
        scripted.faults.arm("truncate", 1)
        with pytest.raises(Retryable) as caught:
            client.phases()
        assert caught.value.code == "tribe_answer_unreadable"


@pytest.mark.parametrize("body", [b"[]", b'"text"', b'{"value": 5}', b'{"value": [1]}'])
def test_an_answer_of_another_shape_is_a_defect(body: bytes) -> None:
    with tribe(lambda _: Response(200, body)) as (_, client), pytest.raises(Defect):
        client.phases()


def test_a_web_page_instead_of_a_record_makes_nothing_disappear() -> None:
    with tribe(lambda _: html(404)) as (_, client), pytest.raises(Defect):
        client.resolve(guid(1))


def test_a_document_is_read_up_to_a_limit() -> None:
    with tribe(lambda _: Response(200, b"x" * 1000, "application/pdf")) as (scripted, client):
        assert client.read_document(guid(1), largest=1000) == b"x" * 1000
        assert client.read_document(guid(1), largest=999) is None
        assert scripted.api_requests[0].path == f"/v1/odata-file/Attachment/{guid(1)}/File"


def test_a_document_that_does_not_say_its_length_is_cut_at_the_limit() -> None:
    answer = Response(200, gzip.compress(b"x" * 100_000), "application/pdf", {"Content-Encoding": "gzip"})
    with tribe(lambda _: answer) as (_, client):
        assert client.read_document(guid(1), largest=99_999) is None
        assert client.read_document(guid(1), largest=100_000) == b"x" * 100_000
