"""What of the exhaustive tests a run walks: by default a sample that its seed chooses, with `--exhaustive` all of it.

The seed is the date, unless `--seed` gives another: whoever works tomorrow draws other cases. It stands in the header
of each run and beside each failure of a test that draws. Hypothesis makes up its examples from the same seed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from random import Random

import pytest
from hypothesis import HealthCheck, settings

# Examples of each property: enough to notice, and enough to trust.
FEW_EXAMPLES, MANY_EXAMPLES = 30, 500
_EXHAUSTIVE = "exhaustive"


@dataclass(frozen=True, slots=True)
class Sample:
    """How much is walked; `seed` chooses what."""

    seed: int
    is_whole: bool

    def of[T](self, cases: Iterable[T], few: int, name: str) -> list[T]:
        """Return all cases, or a few of them in their order; `name` has different tests draw different ones."""
        whole = list(cases)
        if self.is_whole or few >= len(whole):
            return whole
        return [whole[place] for place in sorted(self.random(name).sample(range(len(whole)), few))]

    def size(self, whole: int, few: int) -> int:
        """Return how much of something is done."""
        return whole if self.is_whole else few

    def random(self, name: str) -> Random:
        """Return the random numbers of that name."""
        return Random(f"{self.seed} {name}")

    def __str__(self) -> str:
        """Return how to walk the same again."""
        return "all cases (--exhaustive)" if self.is_whole else f"a sample of the cases (--seed={self.seed})"


_SAMPLE = pytest.StashKey[Sample]()


def add_options(parser: pytest.Parser) -> None:
    """Add the command line's options."""
    group = parser.getgroup("sampling")
    group.addoption("--exhaustive", action="store_true", help="walk all cases of the exhaustive tests, not a sample")
    group.addoption("--seed", type=int, help="what chooses the sample; the date unless it is given")


def configure(config: pytest.Config) -> None:
    """Settle the sample; workers of a parallel run get the options of the run, so they draw the same."""
    if config.option.seed is None:
        config.option.seed = int(f"{datetime.now(UTC):%Y%m%d}")
    config.stash[_SAMPLE] = Sample(config.option.seed, config.option.exhaustive)
    # Machines differ, and a test that times itself fails on the slow ones.
    settings.register_profile("sample", deadline=None, max_examples=FEW_EXAMPLES)
    settings.register_profile(_EXHAUSTIVE, deadline=None, max_examples=MANY_EXAMPLES)
    settings.load_profile(_EXHAUSTIVE if config.option.exhaustive else "sample")
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(config.option.seed)


def long_histories(*, whole: int, few: int, steps: int = 50) -> settings:
    """Return the settings of a property whose examples are long, for a decorator: how many of them."""
    is_whole = settings.get_current_profile_name() == _EXHAUSTIVE
    return settings(
        max_examples=whole if is_whole else few,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
    )


def sample_of(config: pytest.Config) -> Sample:
    """Return the sample of this run."""
    return config.stash[_SAMPLE]


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a few cases of each test marked `sampled(few)`; whoever names a case gets it."""
    if sample_of(config).is_whole or any("::" in argument for argument in config.args):
        return
    kept: list[pytest.Item] = []
    for function, cases in groupby(items, _function):
        some = list(cases)
        mark = some[0].get_closest_marker("sampled")
        kept += some if mark is None else sample_of(config).of(some, mark.args[0], function)
    left_out = set(items) - set(kept)
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = kept


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def explain(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add to a failure of a test that draws how to draw the same again."""
    draws = "sample" in getattr(item, "fixturenames", ()) or item.get_closest_marker("sampled") is not None
    if report.failed and draws:
        report.sections.append(("Sample", f"drawn by {sample_of(item.config)}"))
