"""$metadata: the model as CSDL."""

from lxml import etree

from simulators.tribe.model import TYPES, RecordType

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_NAMESPACE = "OData"


def metadata() -> bytes:
    """Return the CSDL document of all entity sets."""
    root = etree.Element(f"{{{_EDMX}}}Edmx", {"Version": "4.0"}, {"edmx": _EDMX})
    services = etree.SubElement(root, f"{{{_EDMX}}}DataServices")
    schema = etree.SubElement(services, f"{{{_EDM}}}Schema", {"Namespace": _NAMESPACE}, {None: _EDM})  # type: ignore[dict-item]  # None is the default namespace
    container = etree.Element(f"{{{_EDM}}}EntityContainer", {"Name": "Container"})
    for kind in TYPES.values():
        _entity(schema, kind)
        name = {"Name": kind.entity_set, "EntityType": f"{_NAMESPACE}.{kind.entity_set}"}
        etree.SubElement(container, f"{{{_EDM}}}EntitySet", name)
    schema.append(container)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _entity(schema: etree._Element, kind: RecordType) -> None:
    entity = etree.SubElement(schema, f"{{{_EDM}}}EntityType", {"Name": kind.entity_set})
    key = etree.SubElement(entity, f"{{{_EDM}}}Key")
    etree.SubElement(key, f"{{{_EDM}}}PropertyRef", {"Name": "ID"})
    for name, property_kind in kind.properties.items():
        etree.SubElement(entity, f"{{{_EDM}}}Property", {"Name": name, "Type": str(property_kind)})
    for name, target in kind.links.items():
        _navigation(entity, name, f"{_NAMESPACE}.{target.replace('.', '_')}")
    for name, listed in kind.collections.items():
        _navigation(entity, name, f"Collection({_NAMESPACE}.{listed.child_type.replace('.', '_')})")


def _navigation(entity: etree._Element, name: str, kind: str) -> None:
    etree.SubElement(entity, f"{{{_EDM}}}NavigationProperty", {"Name": name, "Type": kind})
