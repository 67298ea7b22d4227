"""Cases of both systems of a company are matched as the import does, and what cannot be read is told per case."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.matching import main

RELATION: dict[str, Any] = {
    "id": "t1",
    "kind": "organization",
    "name": "Verhoeven & Partners V.O.F.",
    "email": "info@verhoeven.example",
    "street": "Kade",
    "house_number": 12,
    "postcode": "8011 AB",
    "city": "Zwolle",
    "country": "NL",
}
CONTACT: dict[str, Any] = {
    "id": "y1",
    "type": "Company",
    "name": "Verhoeven en Partners",
    "email": "INFO@verhoeven.example",
    "address_line_1": "Kade 12",
    "postcode": "8011AB",
    "city": "ZWOLLE",
    "country": "NL",
}
PERSON = {"id": "y2", "type": "Person", "first_name": "Femke", "last_name": "Molen", "city": "Zwolle"}


def answers(tmp_path: Path, capsys: pytest.CaptureFixture[str], *lines: str) -> tuple[int, list[dict[str, Any]]]:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    code = main(["--from", str(file)])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_contact_of_a_case_is_decided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twin = CONTACT | {"id": "y3"}
    namesake = {"id": "y4", "type": "Company", "name": "Verhoeven + Partners", "city": "Breda"}
    case = {"tribe": [RELATION], "yuki": [CONTACT, PERSON, twin, namesake]}
    code, (answer,) = answers(tmp_path, capsys, json.dumps(case))
    assert code == 0
    assert answer["yuki"] == {
        "y1": {"decision": "same", "tribe": ["t1"]},
        "y2": {"decision": "different", "tribe": []},
        "y3": {"decision": "maybe", "tribe": ["t1"]},
        "y4": {"decision": "maybe", "tribe": ["t1"]},
    }


@pytest.mark.parametrize(
    "case",
    [
        "{",
        "[]",
        json.dumps({"tribe": []}),
        json.dumps({"tribe": [{"kind": "person"}], "yuki": []}),
        json.dumps({"tribe": [RELATION | {"kind": "cat"}], "yuki": []}),
        json.dumps({"tribe": [RELATION | {"name": ["a"]}], "yuki": []}),
        json.dumps({"tribe": [RELATION | {"house_number": float("nan")}], "yuki": []}),
        json.dumps({"tribe": [RELATION, RELATION], "yuki": []}),
    ],
)
def test_a_case_that_cannot_be_read_is_told_and_the_others_go_on(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (wrong, right) = answers(tmp_path, capsys, case, json.dumps({"tribe": [], "yuki": [CONTACT]}))
    assert code == 1
    assert set(wrong) == {"error"}
    assert right["yuki"]["y1"]["decision"] == "different"
