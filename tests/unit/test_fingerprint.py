"""Fingerprints: they tell whether a value changed, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from tribe_yuki.core.fingerprint import FingerprintKey, Fingerprints

OLD = FingerprintKey("k1", b"the old secret of the link keys")
NEW = FingerprintKey("k2", b"the new secret of the link keys")


def fingerprints(*keys: FingerprintKey, scope: str = "demo#relation-1") -> Fingerprints:
    return Fingerprints(scope, keys)


@given(one=st.text(), other=st.text())
def test_a_fingerprint_is_that_of_its_own_value_only(one: str, other: str) -> None:
    made = fingerprints(OLD)
    assert made.is_of(made.of("phone.tribe", one), "phone.tribe", one)
    assert made.is_of(made.of("phone.tribe", one), "phone.tribe", other) == (one == other)


def test_an_empty_value_is_no_secret() -> None:
    made = fingerprints(OLD)
    assert made.of("phone.tribe", "") == ""
    assert made.is_of("", "phone.tribe", "")
    assert not made.is_of("", "phone.tribe", "038 1234567")
    assert not made.is_of(made.of("phone.tribe", "038 1234567"), "phone.tribe", "")


def test_equal_values_of_other_fields_sides_and_links_do_not_show() -> None:
    here, there = fingerprints(OLD), fingerprints(OLD, scope="demo#relation-2")
    marks = {
        here.of("phone.tribe", "038 1234567"),
        here.of("phone.yuki", "038 1234567"),
        here.of("mobile.tribe", "038 1234567"),
        there.of("phone.tribe", "038 1234567"),
    }
    assert len(marks) == 4
    assert not here.is_of(there.of("phone.tribe", "038 1234567"), "phone.tribe", "038 1234567")


def test_a_fingerprint_shows_its_key_but_neither_value_nor_secret() -> None:
    mark = fingerprints(OLD).of("phone.tribe", "038 1234567")
    assert mark.startswith("k1:")
    assert "038" not in mark
    assert "secret of the link" not in repr(OLD)


def test_a_key_can_be_replaced() -> None:
    before, both, after = fingerprints(OLD), fingerprints(NEW, OLD), fingerprints(NEW)
    mark = before.of("email.yuki", "info@korenschuur.example")
    assert both.is_readable(mark)
    assert both.is_of(mark, "email.yuki", "info@korenschuur.example")
    assert not both.is_of(mark, "email.yuki", "anders@korenschuur.example")
    assert both.of("email.yuki", "info@korenschuur.example").startswith("k2:")
    assert list(both.all_of("email.yuki", "info@korenschuur.example"))[1] == mark
    assert not after.is_readable(mark)
    assert not after.is_of(mark, "email.yuki", "info@korenschuur.example")
    assert after.is_readable("")
