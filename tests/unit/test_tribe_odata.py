"""Queries as Tribe understands them: %20 for a blank, quotes doubled, GUIDs bare."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tribe_yuki.adapters.tribe.odata import id_literal, instant_text, query, set_of, text_literal
from tribe_yuki.core.errors import Defect


def test_blanks_are_written_as_percent_20_and_a_plus_is_kept() -> None:
    built = query({"filter": f"PhoneNumber eq {text_literal('+31 20')}", "orderby": "Name desc", "expand": ""})
    assert built == "$filter=PhoneNumber%20eq%20'%2B31%2020'&$orderby=Name%20desc"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_through_a_filter_whole(value: str) -> None:
    built = query({"filter": f"Name eq {text_literal(value)}", "top": 1})
    assert "+" not in built
    assert " " not in built
    name, _, rest = unquote(built.split("&")[0]).partition("=")
    assert name == "$filter"
    assert rest == "Name eq '" + value.replace("'", "''") + "'"
    assert built.isascii()


def test_quotes_are_doubled() -> None:
    assert text_literal("Peter's 't Hof") == "'Peter''s ''t Hof'"


def test_ids_go_without_quotes_and_nothing_else_goes_as_an_id() -> None:
    assert id_literal("ABCDEF00-0000-4000-8000-000000000041") == "abcdef00-0000-4000-8000-000000000041"
    for bad in ("", "1) or (1 eq 1", "40000000-0000-4000-8000-000000000041)/Phase"):
        with pytest.raises(Defect):
            id_literal(bad)


def test_instants_are_utc_in_seconds() -> None:
    amsterdam = datetime(2026, 3, 4, 10, 15, 22, 999999, tzinfo=timezone(timedelta(hours=1)))
    assert instant_text(amsterdam) == "2026-03-04T09:15:22Z"
    assert instant_text(datetime(2026, 3, 4, tzinfo=UTC)) == "2026-03-04T00:00:00Z"
    with pytest.raises(ValueError, match="time zone"):
        instant_text(datetime(2026, 3, 4))  # noqa: DTZ001 (the point)


@pytest.mark.parametrize(
    ("record_type", "entity_set"),
    [
        ("Activity.Invoice", "Activity_Invoice"),
        (
            "Relationship.Organization.CommercialRelationship.Customer",
            "Relationship_Organization_CommercialRelationship_Customer",
        ),
        ("117ecf60-d492-48a1-8aab-a131ad465fd5", "_117ecf60__d492__48a1__8aab__a131ad465fd5"),
        ("e0d6534a-d492-48a1-8aab-a131ad465fd5", "e0d6534a__d492__48a1__8aab__a131ad465fd5"),
    ],
)
def test_a_type_becomes_the_name_of_its_set(record_type: str, entity_set: str) -> None:
    assert set_of(record_type) == entity_set


@pytest.mark.parametrize("record_type", ["", "../v1/webhooks", "Activity.Invoice?x", "1Set"])
def test_what_can_be_no_type_is_refused(record_type: str) -> None:
    with pytest.raises(Defect, match="cannot be a name"):
        set_of(record_type)
