"""XML: reading it safely, making text fit for it, and the packaged schemas of our documents (yuki-api 3.3, 4.2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from threading import Lock

from lxml import etree

Element = etree._Element  # noqa: SLF001 (lxml has no public name for the type)

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnreadableAnswer(Exception):
    """What came back is not the answer that was asked for; the text holds nothing of it."""


def parse_untrusted(body: bytes) -> Element:
    """Parse XML from outside: no DTD, no entities, no network, no huge trees.

    Raises UnreadableAnswer, also when there is a document type at all: Yuki never sends one.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        # The parser's own message quotes the answer, so it is not passed on.
        raise UnreadableAnswer("the answer is not XML, or only a part of it") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableAnswer("the answer has a document type")
    return root


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def elements(parent: Element) -> Iterator[Element]:
    """Yield the child elements, and nothing else that may stand between them."""
    return (child for child in parent if isinstance(child.tag, str))


def child_named(parent: Element, name: str) -> Element | None:
    """Return the first child with a local name, whatever its namespace (yuki-api 4.8)."""
    return next((child for child in elements(parent) if local_name(child) == name), None)


def text_of(element: Element | None) -> str:
    """Return all text inside an element, stripped; empty for None."""
    return "".join(str(piece) for piece in element.itertext()).strip() if element is not None else ""


def fit_for_xml(text: str) -> str:
    """Remove what XML 1.0 forbids and other control characters, and strip the ends."""
    return _NOT_IN_XML.sub("", text).strip()


_XSD = "{http://www.w3.org/2001/XMLSchema}"
_ELEMENT_IN_MESSAGE = re.compile(r"Element '(?:\{[^}]*\})?(\w+)'")
_validating = Lock()  # a schema object keeps the errors of its last check


def packaged(name: str) -> bytes:
    """Return a file of the package's folder `schemas`."""
    return resources.files(__package__).joinpath("schemas", name).read_bytes()


@dataclass(frozen=True, slots=True)
class DocumentSchema:
    """One schema: the namespace of its elements, and its file in the package."""

    namespace: str
    file: str

    def tag(self, name: str) -> str:
        """Return the qualified name of an element."""
        return f"{{{self.namespace}}}{name}"

    def names(self) -> tuple[str, ...]:
        """Return all element names in the order in which the schema lists them."""
        return _names(self.file)

    def field_at_fault(self, document: Element) -> str | None:
        """Check a document; return the element that is wrong, or None when the document is valid.

        Only the element's name: the validator's messages quote values.
        """
        with _validating:
            schema = _schema(self.file)
            if schema.validate(document):
                return None
            found = _ELEMENT_IN_MESSAGE.search(str(schema.error_log))
        return found[1] if found else "document"


SALES_INVOICES = DocumentSchema("urn:xmlns:http://www.theyukicompany.com:salesinvoices", "SalesInvoices.xsd")
CONTACT = DocumentSchema("urn:xmlns:http://www.theyukicompany.com:contact", "Contact.xsd")


@cache
def _schema(file: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(packaged(file)))


@cache
def _names(file: str) -> tuple[str, ...]:
    declared = etree.fromstring(packaged(file)).iter(f"{_XSD}element")
    return tuple(dict.fromkeys(str(element.get("name")) for element in declared))
