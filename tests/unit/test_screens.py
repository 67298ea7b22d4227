"""What every command prints: whole at any width, of one time zone, and inert whatever others typed."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from random import Random
from typing import Any
from unicodedata import category

import pytest
import typer
from rich.console import Console

from cli.explain import person, print_stories
from cli.holds import print_holds
from cli.invoices import print_invoices
from cli.output import Screen, json_text, print_result, tell, telling_errors
from cli.plan import _Shown
from cli.questions import chooser
from cli.reconcile import print_reconciliation
from cli.vat import print_vat_mapping
from local.demo import invoices as demo
from tests.support.outside.hostile_texts import ESCAPES, MARKUP
from tests.support.samples.results import WORDS, made_up
from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.outside_text import on_one_line
from tribe_yuki.doctor.examine import Diagnosis
from tribe_yuki.people.decisions import Decided, DecidedAll
from tribe_yuki.people.explain import Explained
from tribe_yuki.people.holds import Holds
from tribe_yuki.people.links_by_hand import LinkChanged
from tribe_yuki.people.redrive import Redriven
from tribe_yuki.privacy.personal_data import Erased
from tribe_yuki.setup.activate import Activated
from tribe_yuki.setup.change_settings import SettingsChanged, SettingsShown
from tribe_yuki.setup.connect import Connected
from tribe_yuki.setup.lifecycle import Disconnected, Started, StatusChanged
from tribe_yuki.setup.vat_mapping import VatMappingShown
from tribe_yuki.status.connection import ConnectionsShown, StatusShown
from tribe_yuki.status.invoices import InvoicesShown
from tribe_yuki.status.reconciliation import ReconciliationShown
from tribe_yuki.webhooks.rotation import RotatedWebhooks

WIDTHS = (60, 80, 120)
type Print = Callable[[Any, Screen], None]
# Every result that a command prints, with what prints it.
PRINTS: Mapping[Any, Print] = {
    Holds: print_holds,
    InvoicesShown: print_invoices,
    ReconciliationShown: print_reconciliation,
    VatMappingShown: print_vat_mapping,
    Explained: print_stories,
} | dict.fromkeys(
    (
        *(Activated, Connected, ConnectionsShown, Decided, DecidedAll, Diagnosis, Disconnected, Erased, LinkChanged),
        *(Redriven, RotatedWebhooks, SettingsChanged, SettingsShown, Started, StatusChanged, StatusShown, _Shown),
    ),
    print_result,
)
# What JSON holds and people are not shown: codes beside their sentences, sums, what a table says by its place.
NOT_PRINTED: Mapping[Any, frozenset[str]] = {
    Holds: frozenset({"connection", "waiting", "days"}),
    InvoicesShown: frozenset({"connection", "reason", "has_more"}),
    ReconciliationShown: frozenset(
        {
            "connection",
            "first",
            "last",
            "checked_at",
            "needs_a_person",
            "invoices",
            "euros",
            "typed_in_yuki",
            "yuki_calls",
        }
    )
    | {"found"},
    VatMappingShown: frozenset({"connection", "percentage", "name", "vat_percentage", "vat_type"}),
    Explained: frozenset({"connection", "language", "state", "since", "at", "when"}),
}


def printed(kind: Any, result: Any, width: int | None) -> str:
    out = StringIO()
    PRINTS[kind](result, Screen(Console(file=out, width=width or 80, highlight=False), width))
    return out.getvalue()


def acting(text: str) -> list[str]:
    """Return the characters that a terminal would act on, or not show."""
    return [one for one in text if one != "\n" and category(one) in ("Cc", "Cf", "Zl", "Zp")]


def leaves(value: Any, hidden: frozenset[str]) -> Iterator[Any]:
    """Yield what stands in the fields of a result that are printed."""
    if is_dataclass(value):
        for field in fields(value):
            if field.name not in hidden:
                yield from leaves(getattr(value, field.name), hidden)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield str(key).replace("_", " ")
            yield from leaves(one, hidden)
    elif isinstance(value, tuple):
        for one in value:
            yield from leaves(one, hidden)
    elif value is not None and value is not True and value is not False:
        yield value


def result_of(kind: Any, words: Sequence[str] = WORDS) -> Any:
    made = made_up(kind, Random(kind.__name__), words)
    return replace(made, language="en") if kind is Explained else made


@pytest.mark.parametrize("kind", PRINTS, ids=lambda kind: kind.__name__)
def test_every_value_of_every_result_is_printed_and_no_word_cut(kind: Any) -> None:
    result = result_of(kind)
    for width in WIDTHS:
        shown = printed(kind, result, width)
        for value in leaves(result, NOT_PRINTED.get(kind, frozenset())):
            if not isinstance(value, datetime):  # see below
                assert [word for word in str(getattr(value, "value", value)).split() if word not in shown] == []


@pytest.mark.parametrize("kind", PRINTS, ids=lambda kind: kind.__name__)
def test_nothing_that_others_typed_acts_on_the_terminal(kind: Any) -> None:
    result = result_of(kind, (*WORDS, *ESCAPES, *MARKUP))
    for width in (*WIDTHS, None):
        shown = printed(kind, result, width)
        assert acting(shown) == []
        for value in leaves(result, NOT_PRINTED.get(kind, frozenset())):
            if isinstance(value, str):
                assert [word for word in on_one_line(value).split() if word not in shown] == []


def test_json_says_the_same_without_acting_on_the_terminal() -> None:
    result = result_of(SettingsShown, (*WORDS, *ESCAPES))
    assert acting(json_text(result)) == []
    assert json.loads(json_text(result))["administration"] == result.administration


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "2026-07-02 00:30"),
        (datetime(2026, 11, 23, 13, 43, 51, tzinfo=UTC), "2026-11-23 14:43"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 02:30"),
    ],
)
def test_times_are_those_of_amsterdam_and_say_so(instant: datetime, text: str, width: int) -> None:
    for kind in (StatusShown, ConnectionsShown):
        shown = printed(kind, _at(result_of(kind), instant), width)
        assert text in shown
        assert "Amsterdam" in shown
        assert "UTC" not in shown


def _at(result: Any, instant: datetime) -> Any:
    """Return a result with one instant in the place of all."""
    if isinstance(result, tuple):
        return tuple(_at(one, instant) for one in result)
    if not is_dataclass(result) or isinstance(result, type):
        return instant if isinstance(result, datetime) else result
    return replace(result, **{field.name: _at(getattr(result, field.name), instant) for field in fields(result)})


def test_a_name_that_is_typed_stays_whole_where_there_is_no_room_for_it() -> None:
    name = "Stichting Voorbeeld Administratiekantoor van de Verenigde Timmerwerken B.V."
    for width in WIDTHS:
        assert name in printed(StatusShown, replace(result_of(StatusShown), administration=name), width)


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("arn:aws:iam::000000000000:root", "root"),
        ("arn:aws:iam::123456789012:user/jan", "jan"),
        ("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0/jan@example.nl", "jan@example.nl"),
        ("tester", "tester"),
        ("the connector", "the connector"),
    ],
)
def test_a_person_is_called_by_name(who: str, name: str) -> None:
    assert person(who) == name


@pytest.mark.parametrize("text", [*ESCAPES, *MARKUP])
def test_errors_and_questions_are_inert_too(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("9\n"))
    tell(text)
    with pytest.raises(typer.Exit), telling_errors(as_json=False):
        raise Declined("strange", text)
    with pytest.raises(Declined):
        chooser("administration")([demo.SeedInvoice(text, "", "", {})] * 2)
    shown = "".join(capsys.readouterr())
    assert acting(shown) == []
    assert on_one_line(text).split()[0] in shown


@pytest.mark.parametrize("width", [*WIDTHS, None])
def test_the_table_of_the_demo_is_whole_at_any_width(width: int | None) -> None:
    seeds = demo.seed_invoices()
    sides = {"RelationDescription": "Timmerwerken Voorbeeld en Zonen B.V.", "Amount": "1237.50", "Currency": "USD"}
    endings = [demo.Ending(seed, None, sides, [{"total_excl": "237.50", "currency": "EUR"}], ()) for seed in seeds]
    out = StringIO()
    demo.print_endings(Screen(Console(file=out, width=width or 80, highlight=False), width), endings)
    shown = out.getvalue()
    for seed in seeds:
        assert seed.number in shown
    assert shown.count("USD 1,237.50") == shown.count("missing") == len(seeds)
    assert "237.50" in shown
