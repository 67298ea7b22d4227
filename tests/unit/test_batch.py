"""Which ready transfers go together, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.samples.samples import NOW, settings
from tribe_yuki.invoices.batch import next_batch
from tribe_yuki.invoices.transfer import State, Transfer, new_transfer

SETTINGS = settings(batch_size=3, batch_wait_seconds=20)


def ready(name: str, age: int, *, goes_alone: bool = False) -> Transfer:
    """Return a transfer that has been ready for some seconds."""
    since = NOW - timedelta(seconds=age)
    return replace(new_transfer("demo", name, NOW), state=State.READY, since=since, goes_alone=goes_alone)


def names(*transfers: Transfer) -> list[str]:
    return [transfer.tribe_invoice_id for transfer in next_batch(transfers, SETTINGS, NOW).transfers]


def test_the_oldest_go_first_and_no_more_than_fit() -> None:
    assert names(ready("b", 2), ready("d", 0), ready("a", 3), ready("c", 1)) == ["a", "b", "c"]


@pytest.mark.parametrize(("ages", "wait"), [([], 0), ([5], 15), ([20], 0), ([90], 0), ([5, 1], 15), ([2, 1, 0], 0)])
def test_a_full_batch_goes_at_once_and_another_when_its_oldest_has_waited(ages: list[int], wait: int) -> None:
    batch = next_batch([ready(str(age), age) for age in ages], SETTINGS, NOW)
    assert batch.wait == timedelta(seconds=wait)
    assert batch.may_go is (bool(ages) and not wait)


def test_what_yuki_was_just_asked_about_goes_at_once_and_takes_others_along() -> None:
    asked = replace(ready("asked", 0), due_at=NOW)
    assert next_batch([ready("a", 3), asked], SETTINGS, NOW).may_go
    assert names(ready("a", 3), asked) == ["a", "asked"]


def test_a_transfer_that_goes_alone_waits_until_it_is_the_oldest() -> None:
    assert names(ready("a", 3), ready("alone", 2, goes_alone=True), ready("c", 1)) == ["a", "c"]
    assert names(ready("alone", 4, goes_alone=True), ready("a", 3)) == ["alone"]
