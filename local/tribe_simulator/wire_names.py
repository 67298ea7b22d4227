"""The words by which properties are known outside: the usual ones, or those of the switch `property_names`."""

from collections.abc import Mapping
from typing import Any

from local.tribe_simulator.entity_types import INVOICE_TOTALS


class WireNames:
    """Translates between the names of the model and the names in requests and answers."""

    def __init__(self, switches: Mapping[str, Any]) -> None:
        self._outside: dict[tuple[str, str], str] = {}
        if not switches["invoice_totals"]:
            self._outside = {("Activity_Invoice", name): "" for name in INVOICE_TOTALS}
        for name, other in switches["property_names"].items():
            entity_set, _, property_name = name.partition(".")
            self._outside[entity_set, property_name] = other
        self._inside = {(entity_set, other): name for (entity_set, name), other in self._outside.items() if other}

    def outside(self, entity_set: str, name: str) -> str | None:
        """Return the word for a property, or None when it is hidden."""
        return self._outside.get((entity_set, name), name) or None

    def inside(self, entity_set: str, word: str) -> str | None:
        """Return the property that a word stands for; None when it stands for none any more."""
        if (entity_set, word) in self._inside:
            return self._inside[entity_set, word]
        return None if (entity_set, word) in self._outside else word

    def rename(self, entity_set: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return fields under their words outside, without the hidden ones."""
        if not self._outside:
            return dict(fields)
        words = ((self.outside(entity_set, name), value) for name, value in fields.items())
        return {word: value for word, value in words if word}
