"""Read the parameters of a call as the platform does: in WSDL order, with defaults for what is missing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from lxml import etree

from simulators.yuki.local_time import EARLIEST, from_wire
from simulators.yuki.soap import SoapFault, unreadable
from simulators.yuki.wsdl import Parameter
from simulators.yuki.xml_nodes import NIL, SERVICE_NAMESPACE

# What the platform says when a text is no value of the type (yuki-api 1.2, 7).
_COMPLAINTS: Mapping[str, str] = {
    "int": "Input string was not in a correct format.",
    "boolean": "The string '{text}' is not a valid Boolean value.",
    "dateTime": "The string '{text}' is not a valid AllXsd value.",
    "enumeration": "Instance validation error: '{text}' is not a valid value.",
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "boolean": _BOOLEANS.__getitem__,
    "dateTime": from_wire,
}


def read_arguments(
    parameters: Iterable[Parameter], wrapper: etree._Element | None, *, refuse_wrong: bool
) -> dict[str, Any]:
    """Return a value for every parameter.

    A misplaced or misnamed element is skipped and its parameter gets the default (or, with `refuse_wrong`, the
    call ends in a fault that names it). An empty element is a fault for anything but a string.
    """
    parameters = tuple(parameters)
    arguments = {parameter.name: _default(parameter) for parameter in parameters}
    position = 0
    for element in wrapper.iterchildren(etree.Element) if wrapper is not None else ():
        found = _find(parameters, element, position)
        if found is not None:
            arguments[parameters[found].name] = _value(parameters[found], element)
            position = found + 1
        elif refuse_wrong:
            name = etree.QName(element).localname
            raise SoapFault(f"The parameter {name} was not expected here.", "Client")
    return arguments


def read_form(parameters: Iterable[Parameter], form: Mapping[str, str]) -> dict[str, Any]:
    """Return a value for every parameter of an HTTP GET or POST form; a missing one is a fault."""
    arguments = {}
    for parameter in parameters:
        if parameter.name not in form:
            raise SoapFault(f"Missing parameter: {parameter.name}.", "Client")
        arguments[parameter.name] = _typed(parameter, form[parameter.name], line=1)
    return arguments


def _find(parameters: tuple[Parameter, ...], element: etree._Element, position: int) -> int | None:
    for index in range(position, len(parameters)):
        if element.tag == f"{{{SERVICE_NAMESPACE}}}{parameters[index].name}":
            return index
    return None


def _default(parameter: Parameter) -> Any:
    if parameter.nillable:
        return None
    if parameter.members:
        return parameter.members[0]
    defaults = {"string": "", "int": 0, "boolean": False, "dateTime": EARLIEST, "xml": None}
    return defaults[parameter.kind]


def _value(parameter: Parameter, element: etree._Element) -> Any:
    if parameter.kind == "xml":
        return next(iter(element.iterchildren(etree.Element)), None)
    if parameter.nillable and element.get(NIL) in {"true", "1"}:
        return None
    return _typed(parameter, element.text or "", cast("int", element.sourceline))


def _typed(parameter: Parameter, text: str, line: int) -> Any:
    if parameter.kind == "string":
        return text
    try:
        if parameter.members:
            return parameter.members[parameter.members.index(text)]
        return _READERS[parameter.kind](text.strip())
    except (ValueError, KeyError):
        raise unreadable(line, 1, _COMPLAINTS[parameter.kind].format(text=text)) from None
