"""The packaged schemas of the documents that go to Yuki (yuki-api 3.3, 4.2)."""

import re
from dataclasses import dataclass
from functools import cache
from threading import Lock

from lxml import etree

from tribe_yuki.adapters.yuki.markup import Element
from tribe_yuki.adapters.yuki.wsdl import packaged

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_ELEMENT_IN_MESSAGE = re.compile(r"Element '(?:\{[^}]*\})?(\w+)'")
_validating = Lock()  # a schema object keeps the errors of its last check


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
