"""Load the records of an environment from a folder with `entities/` and `invoices/`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.tribe_simulator.changes import ADDRESS_LINKS, back_links
from local.tribe_simulator.entity_types import custom_relationship
from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.invoice_numbers import note_number
from local.tribe_simulator.model import EntityType, fits, is_custom_set
from local.tribe_simulator.rules import DRAFT, INVOICE, phase_link
from local.tribe_simulator.values import GUID, check_value

DEFAULT_SEED = Path(__file__).parent / "seed"
# When the made-up data was made, for records that do not say.
CREATED = "2026-01-12T08:30:00Z"


def load_seed(environment: Environment, folder: Path) -> None:
    """Add all records of a folder; raise ValueError that names the file and says what is wrong."""
    if not (folder / "entities").is_dir():
        raise FileNotFoundError(f"{folder / 'entities'} is missing: give a folder with seed data (--seed)")
    for path in sorted((folder / "entities").glob("*.json")):
        _in_file(path, lambda path=path: _load_entities(environment, path))
    for path in sorted((folder / "invoices").glob("*.json")):
        _in_file(path, lambda path=path: _load_invoice(environment, path))
    _check_links(environment)
    _adopt_addresses(environment)
    for record in environment.store.by_set[INVOICE].values():
        note_number(environment, str(record.fields.get("Number", "")))


def _in_file(path: Path, load: Any) -> None:
    try:
        load()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path.name}: {type(error).__name__}: {error}") from error


def _load_entities(environment: Environment, path: Path) -> None:
    if is_custom_set(path.stem) and path.stem not in environment.model:
        environment.model.add(custom_relationship(path.stem))
    if path.stem not in environment.model:
        raise NotAllowed(f"there is no entity set {path.stem}")
    for fields in json.loads(path.read_text(encoding="utf-8")):
        _add(environment, environment.model[path.stem], fields)


def _load_invoice(environment: Environment, path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    body = dict(content["invoice"])
    lines = body.pop("ProductLines", [])
    invoice_id = _add(environment, environment.model[INVOICE], {"Phase": phase_link(environment, DRAFT), **body})
    for line in lines:
        _add(environment, environment.model["ProductLine"], {**line, "Invoice": {"ID": invoice_id}})
    environment.to_be_sent[invoice_id.lower()] = dict(content.get("send") or {})
    note_number(environment, str(environment.to_be_sent[invoice_id.lower()].get("Number", "")))


def _add(environment: Environment, entity_type: EntityType, fields: Mapping[str, Any]) -> str:
    record_id = str(fields["ID"])
    if not GUID.fullmatch(record_id):
        raise NotAllowed(f"{record_id} is no GUID")
    if environment.store.get(record_id):
        raise NotAllowed(f"the ID {record_id} is there twice")
    filled = {name: value for name, value in fields.items() if value is not None}
    for name, value in filled.items():
        _check(entity_type, name, value)
    stamps = {"CreationDate": CREATED, "LastMutationDate": filled.get("CreationDate", CREATED)}
    environment.store.add(entity_type.entity_set, {**stamps, **filled})
    return record_id


def _check(entity_type: EntityType, name: str, value: Any) -> None:
    if name in entity_type.links:
        if not (isinstance(value, Mapping) and value.keys() == {"ID"}):
            raise NotAllowed(f'{name} is a link: write {{"ID": "…"}}')
    elif not entity_type.knows(name) or name in entity_type.collections:
        raise NotAllowed(f"{entity_type.entity_set} has no property {name}")
    else:
        check_value(entity_type.kind_of(name), name, value)


def _check_links(environment: Environment) -> None:
    for record, name, target_id in _links(environment):
        target = environment.store.get(target_id)
        if target is None or not fits(target.type, record.type.links[name]):
            wanted = record.type.links[name]
            raise ValueError(f"{record.entity_set} {record.record_id}: {name} leads to no {wanted}: {target_id}")


def _links(environment: Environment) -> Iterator[Any]:
    for record in environment.store.by_id.values():
        for name in record.type.links:
            if target_id := record.link(name):
                yield record, name, target_id


def _adopt_addresses(environment: Environment) -> None:
    """Give addresses their links back to the owner; seeds name only one direction."""
    for entity_set, links in ADDRESS_LINKS.items():
        for owner in environment.store.by_set[entity_set].values():
            for name in links:
                if address := environment.store.linked(owner, name):
                    environment.store.change(address, back_links(owner.type, owner.record_id))
