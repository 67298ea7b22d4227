"""What every call on OData works with: the environment, the request, and the words of its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.simulator import Request
from local.tribe_simulator.bodies import BodyChecker
from local.tribe_simulator.changes import Work
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.model import EntityType
from local.tribe_simulator.odata_check import QueryChecker
from local.tribe_simulator.odata_query import Query, parse_query
from local.tribe_simulator.rendering import Renderer


@dataclass(frozen=True)
class ODataCall:
    """One request; whoever works with it holds the simulator's lock."""

    environment: Environment
    work: Work
    request: Request
    renderer: Renderer
    queries: QueryChecker
    bodies: BodyChecker

    @property
    def switches(self) -> Mapping[str, Any]:
        """Return the switches."""
        return self.environment.switches

    def query(self, declared: EntityType) -> Query:
        """Return the query options, checked against the type that they are about."""
        query = parse_query(self.request.query, plus_is_blank=bool(self.switches["accept_plus"]))
        return self.queries.checked(query, declared)

    def body(self) -> Mapping[str, Any]:
        """Return the body; raise NotAllowed unless it is a JSON object."""
        try:
            body = self.request.json()
        except ValueError:
            raise NotAllowed("the body is no JSON") from None
        if not isinstance(body, Mapping):
            raise NotAllowed("the body must be an object")
        return body


def odata_call(environment: Environment, work: Work, request: Request, base_url: str) -> ODataCall:
    """Return a call with everything it needs; `base_url` is where the simulator is reached."""
    renderer = Renderer(environment, base_url)
    queries = QueryChecker(environment.model, renderer.words, environment.switches)
    return ODataCall(environment, work, request, renderer, queries, BodyChecker(environment, renderer.words))
