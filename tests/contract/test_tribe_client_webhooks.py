"""Webhooks are registered once, whatever the answer looks like."""

import pytest

from simulators.shared import Request, Response, json_response
from tests.support.outside.tribe_scripted_server import (
    answers,
    html,
    tribe,
)
from tribe_yuki.core.errors import (
    OutcomeUnknown,
)


@pytest.mark.parametrize("wrapped", ["list", "value", "data", "webhooks", "content"])
def test_webhooks_are_listed_in_any_wrapping(wrapped: str) -> None:
    rows = [{"ID": "7", "EntityType": "Address", "webhookUrl": "https://a.example/x"}]
    body = rows if wrapped == "list" else {wrapped: rows}
    with tribe(lambda _: json_response(body)) as (_, client):
        (webhook,) = client.webhooks()
    assert (webhook.webhook_id, webhook.entity_type, webhook.url) == ("7", "Address", "https://a.example/x")


MADE = {"id": "7", "entityType": "Address", "webhookUrl": "https://a.example/x", "secret": "canary-secret"}


@pytest.mark.parametrize(
    "body",
    [
        MADE,
        {"webhook": MADE},
        {"data": MADE},
        {"status": "ok", "data": {"webhook": MADE}},
        [MADE],
        {"value": [MADE]},
        {"webhookId": "7", "signingSecret": "canary-secret", "url": "https://a.example/x"},
        {"ID": 7, "WebhookSecret": " canary-secret ", "headers": [{"name": "a", "value": "b"}]},
        {"id": "7", "secret": None, "clientSecret": "canary-secret"},
    ],
    ids=str,
)
def test_a_new_webhook_and_its_secret_are_found_in_any_wrapping(body: object) -> None:
    with tribe(lambda _: json_response(body, 201)) as (scripted, client):
        webhook = client.register_webhook("Address", "https://a.example/x", {})
    assert (webhook.webhook_id, webhook.secret) == ("7", "canary-secret")
    assert len(scripted.api_requests) == 1
    assert "canary" not in repr(webhook)


def test_webhooks_are_listed_to_the_end() -> None:
    def answer(request: Request) -> Response:
        more = "more" in request.query
        row = {"id": "8" if more else "7", "entityType": "Address", "webhookUrl": "https://a.example/x"}
        return json_response({"value": [row]} | ({} if more else {"@odata.nextLink": "/v1/webhooks?page=more"}))

    with tribe(answer) as (_, client):
        assert [webhook.webhook_id for webhook in client.webhooks()] == ["7", "8"]


@pytest.mark.parametrize("answer", [Response(204), json_response({"ok": True}, 201)])
def test_a_webhook_registered_without_an_answer_is_found_in_the_list(answer: Response) -> None:
    rows = [
        {"id": "7", "entityType": "Address", "webhookUrl": "https://a.example/x"},
        {"id": "8", "entityType": "Address", "webhookUrl": "https://b.example/x"},
    ]
    with tribe(answers(answer, json_response(rows))) as (scripted, client):
        webhook = client.register_webhook("Address", "https://b.example/x", {"X-Token": "t"})
    assert (webhook.webhook_id, webhook.secret) == ("8", None)
    assert scripted.api_requests[0].json() == {
        "entityType": "Address",
        "webhookUrl": "https://b.example/x",
        "headers": [{"name": "X-Token", "value": "t"}],
    }


TWICE = [{"id": one, "entityType": "Address", "webhookUrl": "https://b.example/x"} for one in ("8", "9")]


@pytest.mark.parametrize("found", [json_response([]), json_response(TWICE), html(503)])
def test_a_webhook_that_cannot_be_found_has_an_unknown_outcome(found: Response) -> None:
    with tribe(answers(Response(204), found)) as (_, client), pytest.raises(OutcomeUnknown):
        client.register_webhook("Address", "https://b.example/x", {})


def test_deleting_a_webhook_twice_is_fine() -> None:
    with tribe(answers(Response(204), json_response({}, 404))) as (scripted, client):
        client.delete_webhook("a/b")
        client.delete_webhook("a/b")
    assert scripted.api_requests[0].method == "DELETE"
