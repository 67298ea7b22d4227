"""Whatever happens on the way, one catch-up and one comparison later both sides are as an orderly history left them.

Edits on both sides, webhooks that are dropped, doubled, shuffled and sent again long after, workers that die: a field
that only one side edited ends as it was edited last, on both sides, and nothing is doubled (design 5; reliability F5,
F16). What happens to a field that both sides edited is in the unit tests of the merge.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.faults.crashes import crashes
from tests.support.suite.sampling import long_histories
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import World, open_world
from tribe_yuki.connections.context import CATCH_UP, COMPARE_CONTACTS
from tribe_yuki.contacts.fields.phone import phone_number

CODES = ("D-10018", "D-10016")
# Fields by their names in Tribe and in Yuki, with what makes their values comparable.
FIELDS = {"EmailAddress": "EMailWork", "PhoneNumber": "PhoneWork", "Name": "Name"}


@dataclass(frozen=True)
class Edit:
    """A person changes a field some minutes after the last edit; `number` makes the value."""

    minutes: int
    code: str
    field: str
    number: int

    @property
    def value(self) -> str:
        return {
            "EmailAddress": f"adres{self.number}@voorbeeld.example",
            "PhoneNumber": f"038 555 {self.number:04}",
            "Name": f"Naam {self.number} B.V.",
        }[self.field]


edits = st.builds(
    Edit,
    minutes=st.integers(1, 25),
    code=st.sampled_from(CODES),
    field=st.sampled_from(sorted(FIELDS)),
    number=st.integers(100, 9999),
)
sides = st.fixed_dictionaries({(code, field): st.sampled_from(["tribe", "yuki"]) for code in CODES for field in FIELDS})
faults = st.fixed_dictionaries(
    {
        "drop_webhooks": st.sampled_from([0.0, 0.5, 1.0]),
        "duplicate_webhooks": st.sampled_from([0.0, 0.5]),
        "shuffle_webhooks": st.sampled_from([0.0, 1.0]),
    }
)


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return yuki_seed(tmp_path_factory.mktemp("seed"), CODES)


@long_histories(whole=50, few=4)
@given(
    history=st.lists(edits, min_size=2, max_size=7),
    side_of=sides,
    fault=faults,
    normalises=st.booleans(),
    strike=st.integers(3, 60),
)
def test_every_last_edit_stands_on_both_sides(
    seed: Path,
    history: list[Edit],
    side_of: dict[tuple[str, str], str],
    fault: dict[str, Any],
    normalises: bool,
    strike: int,
) -> None:
    with ExitStack() as stack:
        world = open_world(stack, yuki_seed=seed)
        world.switch_yuki(normalise_phones=normalises)
        world.import_everything()
        relations = len(world.tribe_state()["Relation_Organization"])
        world.switch_tribe(**fault)
        with crashes(world, lambda effect: effect % (strike * 7) == strike):
            for edit in history:
                _edit(world, edit, side_of[edit.code, edit.field])
                world.run(edit.minutes, step_seconds=30)
            world.control.post(f"{world.tribe_url}/_control/replay", json={"last": 5}).raise_for_status()
            world.run(5, step_seconds=30)
        world.switch_tribe(drop_webhooks=0.0)
        _settle(world)
        expected = {(edit.code, edit.field): edit.value for edit in history}
        for (code, field), value in expected.items():
            assert _key(field, _relation(world, code)[field]) == _key(field, value), (code, field, "in Tribe")
            assert _key(field, _contact(world, code)[FIELDS[field]]) == _key(field, value), (code, field, "in Yuki")
        assert len(world.tribe_state()["Relation_Organization"]) == relations
        assert len(world.yuki_state()["contacts"]) == len(CODES)
        before = _writes(world)
        _settle(world)
        assert _writes(world) == before


def _edit(world: World, edit: Edit, side: str) -> None:
    if side == "tribe":
        world.edit_in_tribe(_relation(world, edit.code)["ID"], **{edit.field: edit.value})
    else:
        world.edit_contact(_contact(world, edit.code)["ID"], **{FIELDS[edit.field]: edit.value})


def _settle(world: World) -> None:
    """Run one catch-up and one comparison, and what they ask for, to the end."""
    for task in (CATCH_UP, COMPARE_CONTACTS):
        world.start_task(task)
        world.run(20, step_seconds=30)


def _relation(world: World, code: str) -> dict[str, Any]:
    links = {link.code: link for link in world.links.page(limit=100)}
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    (found,) = [row for row in rows if row["ID"] == links[code].tribe_relation_id]
    return found


def _contact(world: World, code: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = world.yuki_state()["contacts"]
    (found,) = [row for row in rows if row["Code"] == code]
    return found


def _key(field: str, value: str) -> str:
    return phone_number(value, "NL").key if field == "PhoneNumber" else value


def _writes(world: World) -> int:
    tribe = sum(number for name, number in world.tribe_state()["calls"].items() if name.startswith(("PUT", "POST Re")))
    yuki: int = world.yuki_state()["calls"].get("UpdateContact", 0)
    return int(tribe) + yuki
