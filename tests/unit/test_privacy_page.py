"""`docs/privacy.md` names every place where something about a person can be, and `SECURITY.md` what there is."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from local import records_document
from tests.support.template.template import ROOT, functions, resources
from tribe_yuki.contacts.link import Link
from tribe_yuki.contacts.unlinked import UnlinkedContact
from tribe_yuki.invoices.transfer import Transfer

PRIVACY = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = frozenset(re.findall(r"`([^`\n]+)`", PRIVACY))
# The kinds of resources that keep something, or send it on.
KEEPING = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Logs::LogGroup")


def items() -> Iterator[dict[str, Any]]:
    """Yield the examples of the records page: one of every item of the tables."""
    tables = records_document.render().partition("## Messages")[0]
    for block in re.findall(r"```json\n(.*?)\n```", tables, re.DOTALL):
        yield json.loads(block)


def kind(item: dict[str, Any]) -> str:
    """Return what stands before the ids in the name of an item: `seen#`, `contact#tribe#`, `settings`."""
    name = item["record"].partition("#")[2] if "record" in item else item["item"]
    if item.get("owner") == "connections":
        return "connections"
    people, is_of_people, _ = item.get("owner", "").partition("#")
    if is_of_people and people in {"person", "members", "session", "sign-in"}:
        return f"{people}#"
    parts = name.split("#")
    if parts[0] == "contact":
        return "#".join((*parts[:2], ""))
    return f"{parts[0]}#" if len(parts) > 1 else name


def test_every_kind_of_item_is_named() -> None:
    kinds = {kind(item) for item in items()}
    assert len(kinds) > 15
    assert kinds - NAMED == set(), "say in docs/privacy.md what these hold about a person, and how it is erased"


def test_an_item_that_is_not_named_is_noticed() -> None:
    assert kind({"owner": "demo", "item": "visitors#2026"}) not in NAMED


STORED_AS = {"details": "detail"}


@pytest.mark.parametrize("record", [Link, Transfer, UnlinkedContact])
def test_every_attribute_of_what_is_stored_of_a_person_is_named(record: Any) -> None:
    assert {STORED_AS.get(one.name, one.name) for one in fields(record)} - NAMED == set()


def test_every_attribute_of_the_examples_is_named() -> None:
    of_people = ("contact#tribe#", "unlinked#", "invoice#")
    stored = [item for item in items() if "connection_id" in item and kind(item) in of_people]
    assert len(stored) == len(of_people)
    assert {name for item in stored for name in item} - NAMED == set()


@pytest.mark.parametrize("type_", KEEPING)
def test_every_table_queue_topic_and_log_is_named(type_: str) -> None:
    made = set(resources(type_))
    assert made
    assert made - NAMED == set()


def test_every_function_is_in_the_table_of_permissions() -> None:
    assert [name for name in functions() if f"`{name}`" not in SECURITY] == []


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:tests|layers|requirements|docs)/[^`]*)`", SECURITY))))
def test_what_the_security_page_refers_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("page", [PRIVACY, SECURITY], ids=["privacy", "security"])
def test_the_commands_of_a_page_exist(page: str) -> None:
    named = {tuple(one.split()) for one in re.findall(r"tribe-yuki ([a-z-]+(?: (?:export|erase))?)", page)}
    assert named
    for words in named:
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0, words
    assert CliRunner().invoke(app, ["privacy", "forget", "--help"]).exit_code != 0
