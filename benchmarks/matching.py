"""How many customers that both systems know the import links, asks about, doubles or links wrongly (design 5)."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cases import answer_cases
from benchmarks.company_bases import SETTINGS, CompanyBase, answer_base, decided, read_base, told
from benchmarks.noisy_systems import TwoSystems, two_systems
from benchmarks.report import Line, print_lines
from tribe_yuki.contacts.fields.mapping import contact_mapping
from tribe_yuki.contacts.match import evidence, verdict
from tribe_yuki.contacts.match.profile import NUMBERS, Key, contact_profile, relation_profile
from tribe_yuki.contacts.match.verdict import Against, Answer

SEEDS = range(1, 11)
CONTROL_SEEDS = range(1, 4)
LINKED, CREATED_TWICE, PROPOSED_FIRST, WRONG_PER_LINK = 0.88, 0.003, 0.85, 0.001
# What a person would see that tells two customers apart.
TELLS_APART = frozenset(Against) - {Against.BRANCH, Against.RELATIVE}

_WEIGHING = verdict.answer.__name__


@dataclass(slots=True)
class Tally:
    """What became of the customers of some bases; `unforeseeable` are wrong links that no field could have told."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unforeseeable: list[str] = field(default_factory=list)

    def share(self, of: str, whole: str = "pairs") -> float:
        """Return a count as a share of another."""
        return self.counts[of] / max(1, self.counts[whole])


def main(arguments: Sequence[str] = ()) -> int:
    """Answer the cases of a file, or tell how well the customers of ten made-up bases find their own."""
    parser = ArgumentParser("benchmarks matching", description="Match both systems of a company as the import does.")
    parser.add_argument("--from", dest="file", type=Path, help="a file with a case in JSON on each line")
    file: Path | None = parser.parse_args(arguments).file
    if file is not None:
        return answer_cases(file, answer_base)
    return int(not print_lines(_report()))


def tally(seeds: Sequence[int]) -> Tally:
    """Match the bases of some seeds, and compare with the truth."""
    found = Tally()
    for seed in seeds:
        systems = two_systems(seed)
        base = read_base(systems.case)
        _take_in(found, seed, systems, base)
    return found


def _take_in(found: Tally, seed: int, systems: TwoSystems, base: CompanyBase) -> None:
    found.counts["pairs"] += len(systems.pairs)
    for contact_id, action in decided(base).items():
        answer = told(action, base)
        partner, proposed = systems.pairs.get(contact_id), answer["tribe"]
        outcome = f"{answer['decision']}{'' if partner else ' alone'}"
        found.counts[outcome] += 1
        if answer["decision"] == Answer.SAME and proposed != [partner]:
            listed = _told_apart(base, proposed[0], contact_id)
            found.counts["wrong"] += 1
            names = f"{base.relations[proposed[0]].name} / {base.contacts[contact_id].name}"
            line = f"base {seed}, {systems.sorts[contact_id] or 'strangers'}: {names} {listed}".rstrip()
            (found.wrong if listed else found.unforeseeable).append(line)
        elif partner and answer["decision"] == Answer.SAME:
            found.counts["linked"] += 1
        elif partner and proposed[:1] == [partner]:
            found.counts["proposed first"] += 1


def _told_apart(base: CompanyBase, relation_id: str, contact_id: str) -> str:
    """Return by which fields a relation and a contact could be told apart, "" when by none."""
    mapping = contact_mapping(SETTINGS)
    seen = evidence.weigh(
        relation_profile(base.relations[relation_id], mapping), contact_profile(base.contacts[contact_id], mapping)
    )
    told = seen.against & TELLS_APART
    # Another house number in the same town is a slip more often than another place.
    return ", ".join(sorted(told - {Against.ADDRESS} if Key.TOWN in seen.agrees else told))


@contextmanager
def without_weighing() -> Iterator[None]:
    """Match by number with name or address, and by name with address, as before anything was weighed."""
    weighed = getattr(evidence, _WEIGHING)
    setattr(evidence, _WEIGHING, _by_equal_keys)
    try:
        yield
    finally:
        setattr(evidence, _WEIGHING, weighed)


def _by_equal_keys(agrees: frozenset[Key], against: frozenset[Against]) -> Answer:
    is_named, is_there = Key.NAME in agrees, Key.ADDRESS in agrees
    has_number = bool(agrees.intersection(NUMBERS))
    is_hit = (has_number and (is_named or is_there)) or (is_named and is_there)
    contradicts = against & {Against.VAT_NUMBER, Against.COC_NUMBER, Against.KIND}
    if not is_hit:
        return Answer.DIFFERENT
    return Answer.MAYBE if contradicts else Answer.SAME


def _report() -> Iterator[Line]:
    found = tally(SEEDS)
    yield Line(f"customers that both systems know, in {len(SEEDS)} bases", str(found.counts["pairs"]))
    yield _share("  linked", found.share("linked"), LINKED, is_least=True)
    yield _share("  created a second time", found.share("different"), CREATED_TWICE)
    yield Line("  a person decides", f"{found.share('maybe'):.1%}")
    yield _share(
        "    with the right proposal first", found.share("proposed first", "maybe"), PROPOSED_FIRST, is_least=True
    )
    yield Line("customers of Yuki alone: created", str(found.counts["different alone"]))
    yield Line("  a person decides", str(found.counts["maybe alone"]))
    yield Line("linked wrongly although a field tells", str(len(found.wrong)), "none", not found.wrong)
    yield from (Line(f"  {line}", "") for line in found.wrong)
    links = found.counts["linked"] + found.counts["wrong"]
    most = WRONG_PER_LINK * links
    count = len(found.unforeseeable)
    yield Line("linked wrongly where nothing tells", f"{count} of {links}", "at most 1 in 1000", count <= most)
    yield from (Line(f"  {line}", "") for line in found.unforeseeable)
    with without_weighing():
        control = tally(CONTROL_SEEDS)
    yield Line(f"without weighing, in {len(CONTROL_SEEDS)} bases: linked", f"{control.share('linked'):.1%}")
    yield Line("  created a second time", f"{control.share('different'):.1%}")
    yield Line("  linked wrongly", str(control.counts["wrong"]))


def _share(what: str, share: float, limit: float, *, is_least: bool = False) -> Line:
    required = f"at {'least' if is_least else 'most'} {limit:.1%}"
    return Line(what, f"{share:.2%}", required, share >= limit if is_least else share <= limit)
