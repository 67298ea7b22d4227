"""A country is recognised by its code, else by its name."""

import pytest

from tribe_yuki.adapters.tribe.relation_rows import country_code


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ({"Code": "NL", "Name": "Nederland"}, "NL"),
        ({"Code": " be ", "Name": None}, "BE"),
        ({"Code": "EL", "Name": "Griekenland"}, "GR"),
        ({"Code": "GR"}, "GR"),
        ({"Code": "UK"}, "GB"),
        ({"Code": "DE", "Name": "Nederland"}, "DE"),
        ({"Code": "NLD", "Name": "Nederland"}, "NL"),
        ({"Code": None, "Name": "België"}, "BE"),
        ({"Code": None, "Name": "Switzerland"}, "CH"),
        ({"Code": "31", "Name": None, "LocalizedName": "\nZWITSERLAND"}, "CH"),
        ({"Name": "Griekenland"}, "GR"),
        ({"Code": "QX", "Name": "Nergensland"}, "Nergensland"),
        ({"Code": "QQ"}, "QQ"),
        ({}, None),
        (None, None),
    ],
)
def test_a_country_becomes_two_letters(country: dict[str, object] | None, expected: str | None) -> None:
    assert country_code(country) == expected
