"""Check a document against its schema, and complain in the words of .NET (yuki-api 7)."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Protocol, cast

from lxml import etree

from simulators.yuki.wsdl import FOLDER

_EXPECTED = re.compile(r"\{([^}]*)\}(\w+)")
_WRONG_VALUE = re.compile(r"is not a valid value of the (?:local )?atomic type|: \[facet '")


class _Entry(Protocol):
    type_name: str
    message: str
    path: str


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / f"{name}.xsd"))


def _log(schema: etree.XMLSchema) -> Iterable[_Entry]:
    return cast("Iterable[_Entry]", schema.error_log)


def schema_errors(name: str, document: etree._Element | None) -> list[str]:
    """Return one message per violation of a schema (`SalesInvoices` or `Contact`), none for a valid document."""
    if document is None:
        return [f"The parameter xmlDoc holds no '{name}' element."]
    # A copy, so that the document is judged alone, with the namespaces that it inherits.
    alone = etree.fromstring(etree.tostring(document, with_tail=False))
    if _schema(name).validate(alone):
        return []
    told = (_message(entry, alone) for entry in _log(_schema(name)))
    return list(dict.fromkeys(told))  # a facet and the type it belongs to say the same


def _message(entry: _Entry, root: etree._Element) -> str:
    element = _element_at(root, entry.path)
    name = etree.QName(element)
    if entry.type_name == "SCHEMAV_ELEMENT_CONTENT" and "not expected" in entry.message:
        return _unexpected(entry.message, element)
    if entry.type_name == "SCHEMAV_ELEMENT_CONTENT":
        return f"The element {_named(name)} has incomplete content.{_possible(entry.message)}"
    if _WRONG_VALUE.search(entry.message):
        return (
            f"The '{name.namespace}:{name.localname}' element is invalid - The value '{element.text or ''}' "
            "is invalid according to its datatype."
        )
    if entry.type_name == "SCHEMAV_CVC_ELT_1":
        return f"The '{name.localname}' element is not declared."
    return entry.message


def _element_at(root: etree._Element, path: str) -> etree._Element:
    found = root.xpath(path) if path else []
    return cast("etree._Element", found[0]) if isinstance(found, list) and found else root  # noqa: SLF001 (a type)


def _unexpected(message: str, element: etree._Element) -> str:
    parent = element.getparent()
    where = _named(etree.QName(parent)) if parent is not None else "'document'"
    return f"The element {where} has invalid child element {_named(etree.QName(element))}.{_possible(message)}"


def _named(name: etree.QName) -> str:
    return f"'{name.localname}' in namespace '{name.namespace}'"


def _possible(message: str) -> str:
    expected = _EXPECTED.findall(message.partition("Expected is")[2])
    if not expected:
        return ""
    names = ", ".join(name for _, name in expected)
    return f" List of possible elements expected: '{names}' in namespace '{expected[0][0]}'."
