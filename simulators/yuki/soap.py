"""SOAP 1.1 and 1.2 envelopes, in and out, as an ASP.NET `.asmx` service reads and writes them (yuki-api 1.2)."""

from dataclasses import dataclass
from email.message import Message
from typing import Literal

from lxml import etree

from simulators.shared import Request, Response
from simulators.yuki.xml_nodes import SERVICE_NAMESPACE, XSD, XSI, child, default_namespace

Version = Literal["1.1", "1.2"]
ENVELOPES: dict[Version, str] = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
_CONTENT_TYPES: dict[str, Version] = {"text/xml": "1.1", "application/soap+xml": "1.2"}
_CODES_1_2 = {"Client": "Sender", "Server": "Receiver"}

# What an operation answers: a text, a nested XML node, the rows of a typed list, or nothing.
type Result = str | etree._Element | list[etree._Element] | None  # noqa: SLF001 (lxml has no other name for it)


class SoapFault(Exception):
    """End a call with a SOAP fault; `code` is SOAP 1.1's: Client, Server or VersionMismatch."""

    def __init__(self, text: str, code: str = "Server") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


@dataclass(frozen=True)
class Call:
    """One SOAP request: which version and operation, and the element that wraps the parameters, if there is one."""

    version: Version
    operation: str
    wrapper: etree._Element | None


def content_type(request: Request) -> tuple[str, str]:
    """Return the media type of a request, and its `action` parameter (empty when there is none)."""
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "")
    return header.get_content_type(), str(header.get_param("action", "") or "")


def soap_version(request: Request) -> Version | None:
    """Return the SOAP version that the content type names; None when it is no SOAP request."""
    return _CONTENT_TYPES.get(content_type(request)[0])


def action(request: Request) -> str:
    """Return the SOAP action of a request, without quotes; empty when it names none."""
    media_type, parameter = content_type(request)
    text = parameter if _CONTENT_TYPES.get(media_type) == "1.2" else request.headers.get("soapaction", "")
    return text.strip().strip('"')


def read(request: Request, version: Version, most_bytes: int) -> Call:
    """Parse a request; raise SoapFault when it is too long, no envelope of this version, or names no operation."""
    if len(request.body) > most_bytes:
        raise SoapFault("Server was unable to read request. ---> Maximum request length exceeded.", "Client")
    body = _body(parse(request.body), version)
    wrapper = next(iter(body.iterchildren(etree.Element)), None)
    named = action(request)
    if version == "1.2" and not named and wrapper is not None:
        named = SERVICE_NAMESPACE + etree.QName(wrapper).localname  # the action is optional in SOAP 1.2
    if not named.startswith(SERVICE_NAMESPACE):
        raise unknown_action(named)
    operation = named.removeprefix(SERVICE_NAMESPACE)
    if wrapper is not None and wrapper.tag != f"{{{SERVICE_NAMESPACE}}}{operation}":
        wrapper = None  # the platform finds none of the parameters it looks for, and uses their defaults
    return Call(version, operation, wrapper)


def unknown_action(named: str) -> SoapFault:
    """Return the fault for an action that the service does not have."""
    return SoapFault(f"Server did not recognize the value of HTTP Header SOAPAction: {named}.", "Client")


def unreadable(line: int, column: int, reason: str) -> SoapFault:
    """Return the fault for a request that the platform cannot read."""
    place = f"There is an error in XML document ({line}, {column})."
    return SoapFault(f"Server was unable to read request. ---> {place} ---> {reason}", "Client")


def parse(content: bytes) -> etree._Element:
    """Parse XML without document types, entities or network; raise SoapFault when it is not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise unreadable(line, column, error.msg or "The document is empty.") from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # missing in the stubs
        raise unreadable(1, 1, "For security reasons DTD is prohibited in this XML document.")
    return root


def _body(envelope: etree._Element, version: Version) -> etree._Element:
    expected = ENVELOPES[version]
    name = etree.QName(envelope)
    if name.localname != "Envelope":
        raise unreadable(1, 1, "Unable to handle request without a valid action parameter.")
    if name.namespace != expected:
        text = f"Possible SOAP version mismatch: Envelope namespace {name.namespace} was unexpected."
        raise SoapFault(f"{text} Expecting {expected}.", "VersionMismatch")
    body = envelope.find(f"{{{expected}}}Body")
    if body is None:
        raise unreadable(1, 1, "The envelope has no body.")
    return body


def answer(version: Version, operation: str, result: Result) -> Response:
    """Wrap a result in its envelope."""
    envelope, body = _envelope(version)
    response = etree.SubElement(
        body, f"{{{SERVICE_NAMESPACE}}}{operation}Response", nsmap=default_namespace(SERVICE_NAMESPACE)
    )
    if result is not None:
        wrapper = etree.SubElement(response, f"{{{SERVICE_NAMESPACE}}}{operation}Result")
        if isinstance(result, str):
            wrapper.text = result
        else:
            wrapper.extend(result if isinstance(result, list) else [result])
    return _response(version, 200, envelope)


def fault_answer(version: Version, fault: SoapFault, prefix: str = "") -> Response:
    """Answer with a fault: HTTP 500 and a SOAP body; `prefix` stands before texts of the server's own."""
    envelope, body = _envelope(version)
    text = prefix + fault.text if fault.code == "Server" else fault.text
    fill = _fill_fault_1_1 if version == "1.1" else _fill_fault_1_2
    fill(etree.SubElement(body, f"{{{ENVELOPES[version]}}}Fault"), fault.code, text)
    return _response(version, 500, envelope)


def _fill_fault_1_1(element: etree._Element, code: str, text: str) -> None:
    child(element, "faultcode", f"soap:{code}")
    child(element, "faultstring", text)
    child(element, "detail")


def _fill_fault_1_2(element: etree._Element, code: str, text: str) -> None:
    namespace = f"{{{ENVELOPES['1.2']}}}"
    child(child(element, f"{namespace}Code"), f"{namespace}Value", f"soap:{_CODES_1_2.get(code, code)}")
    reason = child(child(element, f"{namespace}Reason"), f"{namespace}Text", text)
    reason.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    child(element, f"{namespace}Detail")


def _envelope(version: Version) -> tuple[etree._Element, etree._Element]:
    namespace = ENVELOPES[version]
    prefixes = {"soap": namespace, "xsi": XSI, "xsd": XSD}
    envelope = etree.Element(f"{{{namespace}}}Envelope", nsmap=prefixes)
    return envelope, etree.SubElement(envelope, f"{{{namespace}}}Body")


def _response(version: Version, status: int, envelope: etree._Element) -> Response:
    media_type = next(name for name, known in _CONTENT_TYPES.items() if known == version)
    return Response(status, _document(envelope), f"{media_type}; charset=utf-8")


def as_text(result: Result) -> Result:
    """Return XML as .NET's writer of strings puts it: its strings are UTF-16, and it says so."""
    if result is None or isinstance(result, str | list):
        return result
    return f'<?xml version="1.0" encoding="utf-16"?>\r\n{etree.tostring(result, encoding="unicode")}'


def bare_answer(operation: str, result: Result) -> Response:
    """Answer without an envelope, as the HttpGet and HttpPost bindings do."""
    if result is None:
        return Response(200, b"", "text/plain; charset=utf-8")
    root = _bare_root(operation, result) if isinstance(result, str | list) else result
    return Response(200, _document(root), "text/xml; charset=utf-8")


def _document(root: etree._Element) -> bytes:
    """Return XML bytes with .NET's declaration; lxml's own has other quotes and a line end."""
    return b'<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(root, xml_declaration=False, encoding="utf-8")


def _bare_root(operation: str, result: str | list[etree._Element]) -> etree._Element:
    tag = "string" if isinstance(result, str) else f"ArrayOf{operation}"
    root = etree.Element(f"{{{SERVICE_NAMESPACE}}}{tag}", nsmap=default_namespace(SERVICE_NAMESPACE))
    if isinstance(result, str):
        root.text = result
    else:
        root.extend(result)
    return root
