"""The catalogue of stories is whole: every entry that the code writes has its sentences, alike in both languages."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from local import messages
from tribe_yuki.contacts.link import TOMBSTONES
from tribe_yuki.core.holds import HOLDS, HoldReason
from tribe_yuki.core.journal import JournalKind
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.transfer import State
from tribe_yuki.invoices.verify import Finding
from tribe_yuki.people.open_item import KINDS
from tribe_yuki.people.story_entries import STORIES

PACKAGE = Path(__file__).parents[2] / "layers" / "common" / "tribe_yuki"

# Codes that are not written out where an entry is made: by file and by the expression that stands there.
COMPUTED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("invoices/failure_policy.py", "transfer.state.value"): tuple(State),
    ("invoices/verify.py", "finding.name.lower()"): tuple(
        finding.name.lower() for finding in Finding if finding is not Finding.UNSURE
    ),
    ("contacts/gone.py", "state.value"): tuple(TOMBSTONES),
    ("contacts/merge/apply.py", "code"): ("code_put_back", "code_written"),
    ("setup/connect.py", "code"): ("connected", "credentials_replaced"),
    ("people/decisions.py", "code"): (
        "retried",
        "accepted",
        "rounded",
        "said_to_be_booked",
        "dismissed",
        "redriven",
    ),
    ("setup/lifecycle.py", "code"): ("paused", "resumed"),
    ("admin/context.py", "code"): (),  # its callers name the codes
}
# A transfer is never told to be `sending` or `booked` by Yuki's answer through `decision`, but by entries of their own.
NEVER_DECIDED = (JournalKind.DECISION, State.SENDING)


def codes_written() -> Iterator[tuple[JournalKind, str, str]]:
    """Yield kind, code and place of every journal entry in the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "JournalEntry" and len(node.args) >= 2:
                kinds, code = [ast.unparse(node.args[0]).rpartition(".")[2]], node.args[1]
            elif called in ("operator.entry", "self.entry"):
                kinds, code = ["DECISION"], node.args[0]
            else:
                continue
            if kinds[0] not in JournalKind.__members__:
                continue  # read back from the table
            for one in _codes(name, code):
                yield JournalKind[kinds[0]], one, f"{name}:{node.lineno}"


def _codes(name: str, code: ast.expr) -> tuple[str, ...]:
    if isinstance(code, ast.Constant):
        return (str(code.value),)
    if isinstance(code, ast.IfExp):
        return (*_codes(name, code.body), *_codes(name, code.orelse))
    assert (name, ast.unparse(code)) in COMPUTED, f"{name}:{code.lineno}: say in COMPUTED which codes these are"
    return COMPUTED[name, ast.unparse(code)]


def test_every_entry_that_the_code_writes_has_its_sentences() -> None:
    written = set(codes_written())
    assert len({(kind, code) for kind, code, _ in written}) > 40, "the entries of the package were not found"
    missing = {
        f"{kind} {code} ({place})"
        for kind, code, place in written
        if (kind, code) not in STORIES and (kind, code) != NEVER_DECIDED
    }
    assert missing == set(), "add these to people/story_entries.py"


def test_the_catalogue_tells_nothing_that_is_never_written() -> None:
    written = {(kind, code) for kind, code, _ in codes_written()}
    assert set(STORIES) - written == set()


def test_what_is_told_of_a_fact_names_that_fact() -> None:
    facts = [(kind, code, fact) for (kind, code), story in STORIES.items() for fact in story.more]
    wrong = [
        f"{code}: {fact}"
        for kind, code, fact in facts
        if fact != "merged_into" and "{}" not in Texts("en").say(f"story.{kind}.{code}.{fact}", {fact: "{}"})
    ]
    assert wrong == []


def test_every_reason_to_hold_has_a_mail_text() -> None:
    assert set(HoldReason) - set(KINDS) == set()
    assert set(HOLDS) == set(HoldReason)


def test_the_catalogues_are_whole_and_used() -> None:
    assert list(messages.faults()) == []


# Every reason that the code gives a transfer or a link by name, and every error that may come out of Tribe or Yuki.
def reasons_given() -> Iterator[tuple[str, str]]:
    retryable = {"Retryable", "RateLimited", "OutcomeUnknown", "BudgetSpent", "Conflict", "TransportFailure"}
    for path in sorted([*PACKAGE.rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in retryable and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    yield str(code.value), f"{path.name}:{node.lineno}"


def test_every_passing_trouble_has_a_sentence() -> None:
    missing = {
        f"{code} ({place})"
        for code, place in reasons_given()
        if not Texts("en").knows(f"cause.{code}") and code not in NOT_STORED
    }
    assert missing == set(), "add a message `cause.…` for these"


# Troubles that end a task, a webhook or a command, and are never the reason of a record.
NOT_STORED = frozenset(
    {
        "credentials_unreadable",
        "login_unavailable",
        "people_unavailable",
        "secrets_unavailable",
        "topic_unavailable",
        "tribe_pace",
        "webhook_secret_unreadable",
    }
)
