"""What holds for every merge, whatever both sides hold and however they write it."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples.contact_samples import BAKERY, BAKERY_IN_YUKI, CLIENT, CLIENT_IN_YUKI, unhurried
from tests.support.samples.merge_sides import Sides, national
from tribe_yuki.contacts.fields.addresses import tribe_address, yuki_address
from tribe_yuki.contacts.fields.converters import Converted, Status
from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.fields.read import is_same
from tribe_yuki.contacts.fields.table import CODE_FIELD, FIELDS, AddressField, Direction, TextField
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.model import AddressLines, ContactKind, TribeAddress

STARTS = {ContactKind.ORGANISATION: (BAKERY, BAKERY_IN_YUKI), ContactKind.PERSON: (CLIENT, CLIENT_IN_YUKI)}
# Values of each kind of field: written differently but equal, other ones, and wrong ones.
NUMBERS = ("038 - 123 45 67", "+31381234567", "(038) 1234567", "038-7654321", "06 12345678")
EMAILS = (
    "info@korenschuur.example",
    "INFO@Korenschuur.example",
    "post@korenschuur.example",
    "boek@korenschuur.example",
)
VALID: dict[str, tuple[str, ...]] = {
    "name": ("De Korenschuur B.V.", "de korenschuur b.v.", "Bakkerij De Molen"),
    "first_name": ("Femke", "Fem", "F."),
    "middle_name": ("van der", "van de", "v.d."),
    "last_name": ("Molen", "Meulen", "Moolen"),
    "email": EMAILS,
    "website": ("https://www.korenschuur.example/", "korenschuur.example", "molen.example"),
    "phone": NUMBERS,
    "mobile": NUMBERS,
    "coc_number": ("12345678", "1234 5678", "87654321", "11223344"),
    "vat_number": ("NL004495445B01", "nl 0044.95.445.b01", "BE0403019261", "DE136695976"),
}
WRONG: dict[str, str] = {
    "email": "info@",
    "website": "geen site",
    "phone": "06-123",
    "mobile": "bellen na zes",
    "coc_number": "123",
    "vat_number": "NL004495446B01",
}
STREETS = (("Molenweg", "12", "A"), ("Molenweg", "12", "a"), ("Kade", "5", None), ("Plein 1944", "3", None))
PLACES = (("8011 AB", "Zwolle"), ("8011ab", "ZWOLLE"), ("1234", "Deventer"))
COUNTRIES = ("NL", "Nederland", None)
WRONG_COUNTRY = "Luilekkerland"

tribe_addresses = st.builds(
    lambda street, extra, place, country: TribeAddress(
        "a", street[0], street[1], street[2], extra, place[0], place[1], country
    ),
    st.sampled_from(STREETS),
    st.sampled_from((None, None, "Gebouw C")),
    st.sampled_from(PLACES),
    st.sampled_from((*COUNTRIES, WRONG_COUNTRY)),
)
yuki_addresses = st.builds(
    lambda street, extra, place: AddressLines(street, extra, place[0], place[1], "NL"),
    st.sampled_from(("Molenweg 12 A", "molenweg 12a", "Kade 5", "Postbus 99", "Kade 5, achter")),
    st.sampled_from((None, None, "Gebouw C", "Gebouw D")),
    st.sampled_from(PLACES),
)
TRIBE_ADDRESSES = {
    ContactKind.ORGANISATION: ("invoice_address", "postal_address", "visiting_address"),
    ContactKind.PERSON: ("private_address",),
}
kinds = st.sampled_from(ContactKind)
modes = st.booleans()


def texts(kind: ContactKind) -> list[TextField]:
    return [entry for entry in FIELDS[kind] if isinstance(entry, TextField) and entry is not CODE_FIELD]


def text_values(name: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *VALID[name], *([WRONG[name]] if name in WRONG else [])))


def edits_of_tribe(kind: ContactKind) -> st.SearchStrategy[dict[str, Any]]:
    """Give changes of a relation; the name of a person is computed."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        entry.tribe_attribute: text_values(entry.name)
        for entry in texts(kind)
        if not (kind is ContactKind.PERSON and entry.name == "name")
    }
    fields |= dict.fromkeys(TRIBE_ADDRESSES[kind], st.none() | tribe_addresses)
    return st.fixed_dictionaries({}, optional=fields).map(_named)


def edits_of_yuki(kind: ContactKind) -> st.SearchStrategy[dict[str, Any]]:
    fields: dict[str, st.SearchStrategy[Any]] = {entry.yuki_attribute: text_values(entry.name) for entry in texts(kind)}
    addresses = [entry for entry in FIELDS[kind] if isinstance(entry, AddressField)]
    fields |= {entry.yuki_attribute: st.none() | yuki_addresses for entry in addresses}
    return st.fixed_dictionaries({}, optional=fields).map(_named)


def _named(edits: dict[str, Any]) -> dict[str, Any]:
    """Neither side keeps a contact without a name."""
    return {name: value for name, value in edits.items() if name != "name" or value}


@st.composite
def unmerged(draw: st.DrawFn) -> Sides:
    """Give a relation and a contact that were never merged."""
    kind = draw(kinds)
    relation, contact = STARTS[kind]
    sides = Sides(relation, contact, normalises=draw(modes), prefer=draw(st.sampled_from(Side)))
    sides.edit_tribe(**draw(edits_of_tribe(kind)))
    sides.edit_yuki(**draw(edits_of_yuki(kind)))
    return sides


@st.composite
def histories(draw: st.DrawFn) -> Sides:
    """Give two sides with anything behind them, and perhaps edits that no merge has seen yet."""
    sides = draw(unmerged())
    kind = sides.relation.kind
    for _ in range(draw(st.integers(0, 3))):
        sides.merge()
        sides.edit_tribe(**draw(edits_of_tribe(kind)))
        sides.edit_yuki(**draw(edits_of_yuki(kind)))
    return sides


def follow_ups(before: Sides) -> set[str]:
    """Return the fields that may need a second merge: Tribe computes the name of a person from what the first wrote."""
    return {"name"} if before.relation.kind is ContactKind.PERSON else set()


@unhurried
@given(sides=histories())
def test_a_merge_is_quiet_once_it_was_carried_out(sides: Sides) -> None:
    before = replace(sides)
    sides.merge()
    second = sides.merge()
    assert not second.to_tribe
    assert second.to_yuki <= follow_ups(before)
    third, fourth = sides.merge(), sides.merge()
    assert third.is_quiet
    assert fourth.is_quiet
    assert fourth.base == third.base
    assert (fourth.conflicts, fourth.emptied, fourth.not_reflected) == ((), (), ())


ABROAD = (("1000", "Brussel", "BE"), ("1000 AA", "Amsterdam", "NL"), ("1000", "Brussel", None))
NUMBERS_ABROAD = ("02 555 12 12", "+32 2 555 12 12", "020 123 45 67", "0403.019.261", "12345678", None)


@st.composite
def histories_abroad(draw: st.DrawFn) -> Sides:
    """Give companies whose addresses are in several countries, which says how their numbers are read."""
    mapping = st.builds(
        ContactMapping,
        company_address=st.sampled_from(("main", "work", "both")),
        address_fallback=st.booleans(),
        default_country=st.sampled_from(("NL", "BE")),
        excluded_fields=st.sampled_from(
            (frozenset[str](), frozenset({"billing_address"}), frozenset({"postal_address"}))
        ),
    )
    sides = Sides(BAKERY, BAKERY_IN_YUKI, settings=draw(mapping), prefer=draw(st.sampled_from(Side)))
    places = st.none() | st.sampled_from(ABROAD)
    streets = st.sampled_from(("Kade", "Nieuwstraat", "Molenweg"))
    numbers = st.sampled_from(NUMBERS_ABROAD)
    for _ in range(draw(st.integers(1, 4))):
        values: dict[str, Any] = {
            name: draw(numbers) for name in draw(st.sets(st.sampled_from(("phone", "coc_number", "vat_number"))))
        }
        for name in draw(st.sets(st.sampled_from(TRIBE_ADDRESSES[ContactKind.ORGANISATION]))):
            place, street = draw(places), draw(streets)
            values[name] = place and TribeAddress(None, street, "5", None, None, place[0], place[1], place[2])
        sides.edit_tribe(**values)
        values = {
            name: draw(numbers) for name in draw(st.sets(st.sampled_from(("phone_work", "coc_number", "vat_number"))))
        }
        country = draw(st.sampled_from(("NL", "BE")))
        for name in ("address", "mail_address"):
            place, street = draw(places), draw(streets)
            values[name] = place and AddressLines(f"{street} 5", None, place[0], place[1], country)
        sides.edit_yuki(**values)
        sides.merge()
    return sides


@unhurried
@given(sides=histories_abroad())
def test_countries_that_follow_each_other_come_to_rest(sides: Sides) -> None:
    for _ in range(3):
        sides.merge()
    assert sides.merge().is_quiet
    assert sides.merge().is_quiet


@unhurried
@given(sides=histories())
def test_our_own_writes_cause_no_work(sides: Sides) -> None:
    first = sides.merge()
    for _ in range(3):
        last = sides.merge()
    # A value that is wrong keeps the other side's from being compared, so that one is looked at again.
    if not last.warnings:
        assert not sides.changed_in_tribe
        assert not sides.changed_in_yuki
    assert set(first.base) == set(last.base)


@unhurried
@given(sides=histories())
def test_nothing_empty_is_written_and_nothing_is_emptied(sides: Sides) -> None:
    before = replace(sides)
    sides.merge()
    assert all(text.strip() for text in sides.elements.values())
    assert all(sides.values.values())
    for entry in FIELDS[sides.relation.kind]:
        if isinstance(entry, TextField):
            assert _still_filled(before.relation, sides.relation, entry.tribe_attribute)
        assert _still_filled(before.contact, sides.contact, entry.yuki_attribute)
    for name in TRIBE_ADDRESSES[sides.relation.kind]:
        assert _still_filled(before.relation, sides.relation, name)


def _still_filled(before: object, after: object, name: str) -> bool:
    return not getattr(before, name) or bool(getattr(after, name))


@unhurried
@given(sides=histories())
def test_what_is_wrong_is_neither_sent_nor_overwritten(sides: Sides) -> None:
    before = replace(sides)
    merge = sides.merge()
    told = {warning.field for warning in merge.warnings}
    for entry in texts(sides.relation.kind):
        values = [
            entry.convert(getattr(before.relation, entry.tribe_attribute), "NL"),
            entry.convert(getattr(before.contact, entry.yuki_attribute), "NL"),
        ]
        if any(_is_wrong(value) for value in values):
            assert entry.name in told
            assert entry.name not in merge.to_yuki | merge.to_tribe
            assert getattr(before.relation, entry.tribe_attribute) == getattr(sides.relation, entry.tribe_attribute)
            assert getattr(before.contact, entry.yuki_attribute) == getattr(sides.contact, entry.yuki_attribute)
    for name in TRIBE_ADDRESSES[sides.relation.kind]:
        address = getattr(before.relation, name)
        assert address is None or address.country != WRONG_COUNTRY or getattr(sides.relation, name) == address
    assert WRONG_COUNTRY not in sides.elements.values()
    assert not set(WRONG.values()) & {*sides.elements.values(), *map(str, sides.values.values())}


def _is_wrong(value: Converted) -> bool:
    return value.status is Status.INVALID


@st.composite
def settled(draw: st.DrawFn, kind: ContactKind) -> Sides:
    """Give two sides that say the same, and know it."""
    relation, contact = STARTS[kind]
    sides = Sides(relation, contact, normalises=draw(modes))
    for _ in range(3):
        assert sides.merge().is_quiet
    return sides


def both_ways(kind: ContactKind) -> list[TextField]:
    return [entry for entry in texts(kind) if entry.direction is Direction.BOTH]


@st.composite
def two_edits(draw: st.DrawFn) -> tuple[Sides, TextField, str, TextField, str]:
    """Give settled sides and two fields with new values, which differ from what is there and from each other."""
    kind = draw(kinds)
    sides = draw(settled(kind))
    fields = st.sampled_from(both_ways(kind))
    ours, theirs = draw(fields), draw(fields)
    here = ours.convert(getattr(sides.relation, ours.tribe_attribute), "NL").key
    mine = draw(st.sampled_from([text for text in VALID[ours.name] if ours.convert(text, "NL").key != here]))
    taken = {
        theirs.convert(getattr(sides.relation, theirs.tribe_attribute), "NL").key,
        theirs.convert(mine, "NL").key,
    }
    yours = [text for text in VALID[theirs.name] if theirs.convert(text, "NL").key not in taken]
    return sides, ours, mine, theirs, draw(st.sampled_from(yours))


@unhurried
@given(edits=two_edits())
def test_two_fields_survive_and_of_one_field_the_value_of_tribe(
    edits: tuple[Sides, TextField, str, TextField, str],
) -> None:
    sides, ours, mine, theirs, yours = edits
    sides.edit_tribe(**{ours.tribe_attribute: mine})
    sides.edit_yuki(**{theirs.yuki_attribute: yours})
    conflicts = [name for _ in range(4) for name in sides.merge().conflicts]
    assert conflicts == ([ours.name] if ours is theirs else [])
    expected = {theirs.name: (theirs, yours)} | {ours.name: (ours, mine)}
    for entry, text in expected.values():
        key = entry.convert(text, "NL").key
        assert entry.convert(getattr(sides.relation, entry.tribe_attribute), "NL").key == key
        assert entry.convert(getattr(sides.contact, entry.yuki_attribute), "NL").key == key


@unhurried
@given(sides=histories(), again=st.integers(1, 3))
def test_a_stale_read_of_yuki_writes_nothing(sides: Sides, again: int) -> None:
    stale, late = sides.contact, follow_ups(sides)
    first = sides.merge()
    expected = [name for name in first.to_yuki if name != "name"]
    for _ in range(again):
        merge = sides.merge(stale)
        assert not merge.to_tribe
        assert merge.to_yuki <= late
        assert not merge.not_reflected
    sides.merge()
    last = sides.merge()
    assert last.is_quiet
    assert all(last.base[name].expected_on is None for name in expected)


@dataclass(frozen=True)
class Edit:
    side: Side
    entry: TextField
    text: str


@st.composite
def edit_lists(draw: st.DrawFn, kind: ContactKind, *, fresh: bool) -> list[Edit]:
    """Give edits of fields that go both ways; fresh ones never come back to a value that was there before."""
    edits: list[Edit] = []
    for number in range(draw(st.integers(1, 8))):
        entry = draw(st.sampled_from([one for one in both_ways(kind) if not fresh or one.name not in WRONG]))
        text = f"{entry.name} {number}" if fresh else draw(st.sampled_from(VALID[entry.name]))
        edits.append(Edit(draw(st.sampled_from(Side)), entry, text))
    return edits


def _apply(sides: Sides, edit: Edit) -> None:
    if edit.side is Side.TRIBE:
        sides.edit_tribe(**{edit.entry.tribe_attribute: edit.text})
    else:
        sides.edit_yuki(**{edit.entry.yuki_attribute: edit.text})


def _keys(sides: Sides, side: Side) -> dict[str, str]:
    record = sides.relation if side is Side.TRIBE else sides.contact
    return {
        entry.name: entry.convert(
            getattr(record, entry.tribe_attribute if side is Side.TRIBE else entry.yuki_attribute), "NL"
        ).key
        for entry in both_ways(sides.relation.kind)
    }


def _assert_last_edits_stand(sides: Sides, start: dict[str, str], edits: list[Edit]) -> None:
    expected = start | {edit.entry.name: edit.entry.convert(edit.text, "NL").key for edit in edits}
    assert _keys(sides, Side.TRIBE) == expected
    assert _keys(sides, Side.YUKI) == expected


@unhurried
@given(data=st.data(), kind=kinds)
def test_with_a_merge_after_each_edit_the_last_edit_stands(data: st.DataObject, kind: ContactKind) -> None:
    sides = data.draw(settled(kind))
    start = _keys(sides, Side.TRIBE)
    edits = data.draw(edit_lists(kind, fresh=False))
    for edit in edits:
        _apply(sides, edit)
        # The second merge is that of the poll, or of the webhook, which our own write brings about.
        conflicts = [*sides.merge().conflicts, *sides.merge().conflicts]
        assert conflicts == []
    _assert_last_edits_stand(sides, start, edits)


@unhurried
@given(data=st.data(), kind=kinds)
def test_the_order_stands_even_when_nobody_reads_our_writes_back(data: st.DataObject, kind: ContactKind) -> None:
    sides = data.draw(settled(kind))
    start = _keys(sides, Side.TRIBE)
    edits = data.draw(edit_lists(kind, fresh=True))
    for edit in edits:
        stale = sides.contact
        _apply(sides, edit)
        assert sides.merge().not_reflected == ()
        if edit.side is Side.TRIBE and data.draw(st.booleans()):
            assert not sides.merge(stale).to_tribe
    sides.merge()
    _assert_last_edits_stand(sides, start, edits)


def test_comparing_texts_without_a_base_would_write_for_ever() -> None:
    relation, contact = replace(BAKERY, phone="+31 38 765 43 21"), BAKERY_IN_YUKI
    writes = 0
    for _ in range(20):
        if relation.phone and relation.phone != contact.phone_work:
            contact = replace(contact, phone_work=national(relation.phone))
            writes += 1
    assert writes == 20

    sides = Sides(relation, BAKERY_IN_YUKI, normalises=True)
    assert sum(not sides.merge().is_quiet for _ in range(20)) == 1
    assert sides.contact.phone_work == contact.phone_work


@unhurried
@given(sides=unmerged())
def test_what_was_filled_in_on_one_side_is_on_both(sides: Sides) -> None:
    wrong = {warning.field for warning in sides.merge().warnings}
    for entry in both_ways(sides.relation.kind):
        is_carried = entry.name in sides.base and entry.name not in wrong
        assert not is_carried or is_same(entry, sides.relation, sides.contact, sides.settings)
    for address in FIELDS[sides.relation.kind]:
        # A new postal address stands in for a billing address that neither side has; nobody asked Yuki to have it.
        is_carried = address.name in sides.base and address.name not in {"billing_address", *wrong}
        if isinstance(address, AddressField) and is_carried:
            there = tribe_address(address, sides.relation, sides.settings), yuki_address(address, sides.contact)
            assert all(there) or not any(there)
