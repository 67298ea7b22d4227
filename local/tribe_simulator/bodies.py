"""Check the bodies of requests and the records of seeds before anything is done with them."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from local.tribe_simulator.environment import Environment
from local.tribe_simulator.errors import NotAllowed
from local.tribe_simulator.model import EntityType, fits
from local.tribe_simulator.store import Fields
from local.tribe_simulator.values import GUID, check_value
from local.tribe_simulator.wire_names import WireNames


class BodyChecker:
    """Raises NotAllowed for a body that Tribe would not take, nested records included."""

    def __init__(self, environment: Environment, words: WireNames) -> None:
        self._environment = environment
        self._words = words

    def checked(self, entity_type: EntityType, body: Any, *, creating: bool) -> Fields:
        """Return a body in the model's names."""
        if not isinstance(body, Mapping):
            raise NotAllowed("the body must be an object")
        fields = {self._name(entity_type, word): value for word, value in body.items()}
        for name, value in fields.items():
            fields[name] = self._value(entity_type, name, value, creating=creating)
        if creating:
            self._check_new(entity_type, fields)
        return fields

    def _name(self, entity_type: EntityType, word: str) -> str:
        name = self._words.inside(entity_type.entity_set, word)
        if name is None or not entity_type.knows(name):
            raise NotAllowed(f"The property '{word}' does not exist on type 'OData.{entity_type.entity_set}'.")
        if name in entity_type.computed:
            raise NotAllowed(f"{entity_type.entity_set}.{word} cannot be set")
        return name

    def _value(self, entity_type: EntityType, name: str, value: Any, *, creating: bool) -> Any:
        if name in entity_type.links:
            return self._link(entity_type, name, value)
        if name in entity_type.collections:
            return self._children(entity_type, name, value, creating=creating)
        check_value(entity_type.kind_of(name), name, value)
        if (entity_type.entity_set, name) == ("File", "Data") and value is not None:
            _check_base64(value)
        return value

    def _link(self, entity_type: EntityType, name: str, value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise NotAllowed(f'{name} is a link: give {{"ID": "…"}}')
        target = self._environment.model[entity_type.links[name]]
        if value.keys() != {"ID"}:
            if target.is_abstract:
                raise NotAllowed(f"{name} leads to several types: create the record first, then link it by its ID")
            return self.checked(target, value, creating=True)
        found = self._environment.store.get(str(value["ID"]))
        if found is None or not fits(found.type, target.entity_set):
            raise NotAllowed(f"{name}: there is no {target.entity_set} {value['ID']}")
        return {"ID": found.record_id}

    def _children(self, entity_type: EntityType, name: str, value: Any, *, creating: bool) -> list[Fields]:
        child_type = self._environment.model[entity_type.collections[name].target]
        if not creating or child_type.is_abstract:
            raise NotAllowed(f"{name} cannot be set this way; change its records one by one")
        if not isinstance(value, list):
            raise NotAllowed(f"{name} must be a list")
        # The link to the parent is made with the child, so it is not missing.
        return [self.checked(child_type, child, creating=True) for child in value]

    def _check_new(self, entity_type: EntityType, fields: Mapping[str, Any]) -> None:
        missing = [name for name in entity_type.required if not fields.get(name)]
        if missing:
            raise NotAllowed(f"{entity_type.entity_set}: {', '.join(missing)} must be filled in")
        record_id = fields.get("ID")
        if record_id is not None and (not GUID.fullmatch(record_id) or self._environment.store.get(record_id)):
            raise NotAllowed(f"{entity_type.entity_set}: the ID {record_id} is taken")


def _check_base64(data: str) -> None:
    try:
        b64decode(data, validate=True)
    except (NotBase64, ValueError):
        raise NotAllowed("File.Data must be Base64") from None
