"""The short way in a world: a call that no fault strikes reaches the simulators without a socket, as webhooks do.

The clients do all that they do; a call that a fault strikes, and whatever else has an address, goes over HTTP as ever.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import ClassVar, override
from unittest.mock import patch
from urllib.parse import unquote

import httpcore

from simulators.shared import Request, Response, Simulator, SimulatorServer
from simulators.tribe import deliveries
from simulators.tribe.deliveries import Delivery
from tests.support.world.api_gateway import Receiver

_CONTROL = "/_control/"


class ShortWay(httpcore.ConnectionPool):
    """Connections of a client, of which those to simulators are none; `simulators` are found by their ports."""

    simulators: ClassVar[dict[int | None, Simulator]] = {}

    @override
    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        simulator = self.simulators.get(request.url.port)
        if simulator is None:
            return super().handle_request(request)
        asked = _asked(request)
        if asked.path.startswith(_CONTROL):
            return _answered(simulator.answer_control(asked))
        if simulator.faults.may_strike(simulator.operation(asked)):
            return super().handle_request(request)
        return _answered(simulator.handle(asked))


@contextmanager
def short_way(servers: Sequence[SimulatorServer]) -> Iterator[None]:
    """Have clients that are made in a block reach some servers the short way."""
    ports = {server.server_address[1]: server.simulator for server in servers}
    with patch.object(httpcore, "ConnectionPool", ShortWay), patch.dict(ShortWay.simulators, ports):
        yield


@contextmanager
def short_way_of_webhooks(receiver: Receiver) -> Iterator[None]:
    """Have Tribe's webhooks reach a receiver the short way."""
    over_http = deliveries.post

    def post(delivery: Delivery) -> int | str:
        if not delivery.webhook.url.startswith(f"{receiver.url}/"):
            return over_http(delivery)
        try:
            status: int = receiver.receive(delivery.webhook.url, delivery.body, delivery.headers)["statusCode"]
        except BaseException as error:  # noqa: BLE001 (a function that dies gives Tribe no answer)
            return type(error).__name__
        return status

    with patch.object(deliveries, "post", post):
        yield


def _asked(request: httpcore.Request) -> Request:
    path, _, query = request.url.target.decode("ascii").partition("?")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers}
    if not isinstance(request.stream, Iterable):
        raise TypeError("the clients here are not asynchronous")
    return Request(request.method.decode("ascii"), unquote(path), query, headers, b"".join(request.stream))


def _answered(answer: Response) -> httpcore.Response:
    body = answer.body if answer.status != HTTPStatus.NO_CONTENT else b""
    own = {"Content-Type": answer.content_type, "Content-Length": str(len(body))}
    headers = {**answer.headers, **(own if answer.status != HTTPStatus.NO_CONTENT else {})}
    return httpcore.Response(answer.status, headers=list(headers.items()), content=body)
