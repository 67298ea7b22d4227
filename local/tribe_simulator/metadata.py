"""`$metadata`: what the simulated environment declares, as CSDL."""

from lxml import etree

from local.tribe_simulator.model import BOOLEANS, COMMON, TYPES

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
_DOUBLES = frozenset(
    {"HouseNumber", "Latitude", "Longitude", "Quantity", "Amount", "Percentage", "DiscountPercentage", "SalesPrice"}
)


def metadata() -> bytes:
    """Return the document."""
    root = etree.Element(f"{{{EDMX}}}Edmx", {"Version": "4.0"}, nsmap={"edmx": EDMX})
    services = etree.SubElement(root, f"{{{EDMX}}}DataServices")
    schema = etree.SubElement(services, f"{{{EDM}}}Schema", {"Namespace": "OData"}, nsmap={None: EDM})  # type: ignore[dict-item]
    container = etree.Element(f"{{{EDM}}}EntityContainer", {"Name": "Container"})
    for kind in TYPES.values():
        entity = etree.SubElement(schema, f"{{{EDM}}}EntityType", {"Name": kind.entity_set})
        key = etree.SubElement(entity, f"{{{EDM}}}Key")
        etree.SubElement(key, f"{{{EDM}}}PropertyRef", {"Name": "ID"})
        for name in dict.fromkeys((*COMMON, *kind.properties)):
            etree.SubElement(entity, f"{{{EDM}}}Property", {"Name": name, "Type": _edm_type(name)})
        for name in kind.links:
            etree.SubElement(entity, f"{{{EDM}}}NavigationProperty", {"Name": name, "Type": "OData.Entity"})
        for name, collection in kind.collections.items():
            target = f"Collection(OData.{collection.entity_set})"
            etree.SubElement(entity, f"{{{EDM}}}NavigationProperty", {"Name": name, "Type": target})
        etree.SubElement(
            container, f"{{{EDM}}}EntitySet", {"Name": kind.entity_set, "EntityType": f"OData.{kind.entity_set}"}
        )
    schema.append(container)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _edm_type(name: str) -> str:
    if name == "ID":
        return "Edm.Guid"
    if name in BOOLEANS:
        return "Edm.Boolean"
    if name in _DOUBLES or "Total" in name or "Price" in name or name.startswith("VatAmount"):
        return "Edm.Double"
    return "Edm.DateTimeOffset" if name in ("CreationDate", "LastMutationDate") else "Edm.String"
