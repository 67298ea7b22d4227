"""VAT groups come with their country where Tribe tells it."""

from decimal import Decimal

import pytest

from simulators.shared import Request, Response, json_response
from tests.support.outside.tribe_scripted_server import guid, listing
from tests.support.outside.tribe_scripted_server import tribe as scripted_tribe

GROUP = {"ID": guid(1), "Code": "NL-9", "Name": "NL - 9%", "Percentage": 9.0}


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ({"ID": guid(2), "Code": "NL", "Name": "Nederland"}, "NL"),
        ({"ID": guid(2), "Name": "Zweden"}, "SE"),
        ({"ID": guid(2), "Code": "EL"}, "GR"),
        (None, None),
    ],
)
def test_a_group_has_the_country_that_tribe_links_it_to(country: dict[str, str] | None, expected: str | None) -> None:
    with scripted_tribe(lambda _: listing(GROUP | {"Country": country})) as (_, client):
        (group,) = client.vat_groups()
    assert (group.code, group.percentage, group.country) == ("NL-9", Decimal(9), expected)


def test_an_environment_without_that_link_has_groups_all_the_same() -> None:
    def answer(request: Request) -> Response:
        if "Country" in request.query:
            return json_response({"error": {"code": "", "message": "Could not find a property named 'Country'"}}, 400)
        return listing(GROUP)

    with scripted_tribe(answer) as (_, client):
        (group,) = client.vat_groups()
    assert (group.code, group.country) == ("NL-9", None)
