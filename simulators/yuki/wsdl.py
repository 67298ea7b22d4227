"""The bundled WSDLs: what each service offers, which parameters it takes, and what it publishes."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).parent / "wsdl"
SERVICES = ("Accounting", "AccountingInfo", "Archive", "Contact", "Sales", "Vat")

_OPERATION = "{http://schemas.xmlsoap.org/wsdl/}operation"
_S = "{http://www.w3.org/2001/XMLSchema}"
_ADDRESSES = (
    "{http://schemas.xmlsoap.org/wsdl/soap/}address",
    "{http://schemas.xmlsoap.org/wsdl/soap12/}address",
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation: `kind` is string, int, boolean, dateTime, enumeration or xml."""

    name: str
    kind: str
    nillable: bool
    members: tuple[str, ...] = ()


type Operations = Mapping[str, tuple[Parameter, ...]]


@cache
def operations(service: str) -> Operations:
    """Return the parameters of every operation of a service, in the order of its WSDL."""
    tree = _tree(service)
    schema = next(tree.iter(f"{_S}schema"))
    enumerations = {
        str(kind.get("name")): tuple(str(member.get("value")) for member in kind.iter(f"{_S}enumeration"))
        for kind in schema.findall(f"{_S}simpleType")
    }
    names = {operation.get("name") for operation in tree.iter(_OPERATION)}
    return {
        str(element.get("name")): tuple(_parameter(part, enumerations) for part in _parts(element))
        for element in schema.findall(f"{_S}element")
        if element.get("name") in names
    }


def published(service: str, address: str, offered: Container[str]) -> bytes:
    """Return the WSDL of a service with its own address in it, and only the operations that are offered."""
    tree = _tree(service)
    for operation in list(tree.iter(_OPERATION)):
        if operation.get("name") not in offered:
            operation.getparent().remove(operation)  # type: ignore[union-attr]  # it always has one
    for name in _ADDRESSES:
        for element in tree.iter(name):
            element.set("location", address)
    return etree.tostring(tree, xml_declaration=True, encoding="utf-8")


def _content(service: str) -> bytes:
    return (FOLDER / f"{service}.wsdl").read_bytes()


def _tree(service: str) -> etree._Element:
    return etree.fromstring(_content(service))


def _parts(element: etree._Element) -> list[etree._Element]:
    return element.findall(f"{_S}complexType/{_S}sequence/{_S}element")


def _parameter(part: etree._Element, enumerations: Mapping[str, tuple[str, ...]]) -> Parameter:
    kind = str(part.get("type", "xml")).rpartition(":")[2]
    members = enumerations.get(kind, ())
    return Parameter(
        name=str(part.get("name")),
        kind="enumeration" if members else kind,
        nillable=part.get("nillable") == "true",
        members=members,
    )
