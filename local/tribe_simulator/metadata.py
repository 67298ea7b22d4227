"""`$metadata`: what the environment declares, as CSDL in XML or JSON."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from local.tribe_simulator.model import EntityType, Model
from local.tribe_simulator.wire_names import WireNames

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"


def metadata_xml(model: Model, words: WireNames) -> bytes:
    """Return the document."""
    root = etree.Element(f"{{{_EDMX}}}Edmx", {"Version": "4.0"}, nsmap={"edmx": _EDMX})
    services = etree.SubElement(root, f"{{{_EDMX}}}DataServices")
    schema = etree.SubElement(services, f"{{{_EDM}}}Schema", {"Namespace": "OData"}, nsmap={None: _EDM})  # type: ignore[dict-item]
    for entity_type in (*model.abstract(), *model):
        _add_type(schema, entity_type, words)
    container = etree.SubElement(schema, f"{{{_EDM}}}EntityContainer", {"Name": "Container"})
    for entity_set in _sets(model):
        etree.SubElement(container, f"{{{_EDM}}}EntitySet", {"Name": entity_set, "EntityType": f"OData.{entity_set}"})
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def metadata_json(model: Model, words: WireNames) -> dict[str, Any]:
    """Return the same as JSON."""
    types = {
        entity_type.entity_set: {
            "$Kind": "EntityType",
            "$Key": ["ID"],
            **({"$Abstract": True} if entity_type.is_abstract else {}),
            **{name: {"$Type": kind, "$Nullable": True} for name, kind in _properties(entity_type, words)},
            **{
                name: {"$Kind": "NavigationProperty", "$Type": f"OData.{target}", "$Collection": is_collection}
                for name, target, is_collection in _navigation(entity_type, words)
            },
        }
        for entity_type in (*model.abstract(), *model)
    }
    sets = {entity_set: {"$Collection": True, "$Type": f"OData.{entity_set}"} for entity_set in _sets(model)}
    container = {"$Kind": "EntityContainer", **sets}
    return {"$Version": "4.0", "$EntityContainer": "OData.Container", "OData": {**types, "Container": container}}


def _add_type(schema: etree._Element, entity_type: EntityType, words: WireNames) -> None:
    attributes = {"Name": entity_type.entity_set, **({"Abstract": "true"} if entity_type.is_abstract else {})}
    element = etree.SubElement(schema, f"{{{_EDM}}}EntityType", attributes)
    key = etree.SubElement(element, f"{{{_EDM}}}Key")
    etree.SubElement(key, f"{{{_EDM}}}PropertyRef", {"Name": "ID"})
    for name, kind in _properties(entity_type, words):
        etree.SubElement(element, f"{{{_EDM}}}Property", {"Name": name, "Type": kind})
    for name, target, is_collection in _navigation(entity_type, words):
        whole = f"Collection(OData.{target})" if is_collection else f"OData.{target}"
        etree.SubElement(element, f"{{{_EDM}}}NavigationProperty", {"Name": name, "Type": whole})


def _properties(entity_type: EntityType, words: WireNames) -> Iterator[tuple[str, str]]:
    for name, kind in entity_type.properties.items():
        if word := words.outside(entity_type.entity_set, name):
            yield word, kind.value


def _navigation(entity_type: EntityType, words: WireNames) -> Iterator[tuple[str, str, bool]]:
    for name, target in entity_type.links.items():
        if word := words.outside(entity_type.entity_set, name):
            yield word, target, False
    for name, source in entity_type.collections.items():
        yield name, source.target, True


def _sets(model: Model) -> Iterator[str]:
    yield "Entity"
    for entity_type in model:
        yield entity_type.entity_set
