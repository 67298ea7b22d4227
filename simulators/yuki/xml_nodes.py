"""Small pieces of XML in the shapes that Yuki answers in (yuki-api 2.3)."""

from collections.abc import Mapping
from typing import cast

from lxml import etree

SERVICE_NAMESPACE = "http://www.theyukicompany.com/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
NIL = f"{{{XSI}}}nil"


def default_namespace(namespace: str) -> Mapping[str, str]:
    """Return the namespace map that makes one namespace the default; an empty one resets it (`xmlns=""`)."""
    return cast("Mapping[str, str]", {None: namespace})  # the stubs do not know the default namespace


def payload(tag: str, namespace: str = "") -> etree._Element:
    """Return the root of a nested XML result; without a namespace it carries `xmlns=""`, as Yuki's do."""
    return etree.Element(f"{{{namespace}}}{tag}" if namespace else tag, nsmap=default_namespace(namespace))


def child(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    """Append an element without attributes; an empty text leaves it empty."""
    element = etree.SubElement(parent, tag)
    element.text = text or None
    return element


def bare_child(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    """Append an element in no namespace under a parent in one: it carries `xmlns=""`."""
    element = etree.SubElement(parent, tag, nsmap=default_namespace(""))
    element.text = text or None
    return element


def row(tag: str, values: dict[str, str | None]) -> etree._Element:
    """Return one row of a typed list, its children in Yuki's namespace; None becomes `xsi:nil`."""
    element = etree.Element(f"{{{SERVICE_NAMESPACE}}}{tag}")
    for name, value in values.items():
        field = child(element, f"{{{SERVICE_NAMESPACE}}}{name}", value)
        if value is None:
            field.set(NIL, "true")
    return element
