"""Requests, written by zeep from the packaged WSDLs.

zeep does what it is good at: order, names, types and nil of the parameters. It never gets to see the network or an
answer. It is imported when the first request is written, because that takes a tenth of a second.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any, NoReturn

from lxml import etree

from tribe_yuki.adapters.yuki.operations import Operation
from tribe_yuki.core.errors import Defect

_NAMESPACE = "http://www.theyukicompany.com/"
_BINDINGS = {"Vat": "VATSoap"}  # the WSDL of Vat.asmx calls its service VAT (yuki-api 1.2)
_building = Lock()


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """A SOAP 1.1 envelope and its action. It holds keys, sessions and personal data, and is never shown."""

    action: str
    envelope: bytes = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that belong to it."""
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{self.action}"'}


def write_request(operation: Operation, **parameters: Any) -> SoapRequest:  # noqa: ANN401 (what the WSDL declares)
    """Write the request of an operation; raise Defect when the parameters do not fit the WSDL."""
    import zeep.exceptions  # noqa: PLC0415 (cold start)

    client = _client(operation.service)
    binding = f"{{{_NAMESPACE}}}{_BINDINGS.get(operation.service, operation.service + 'Soap')}"
    service = client.create_service(binding, "")
    try:
        envelope = client.create_message(service, operation.name, **parameters)
    except (zeep.exceptions.Error, TypeError, ValueError):
        # These texts may quote parameters, so they are not passed on.
        raise Defect("yuki_request_does_not_fit", operation.name) from None
    return SoapRequest(_NAMESPACE + operation.name, etree.tostring(envelope, encoding="utf-8", xml_declaration=True))


def packaged(name: str) -> bytes:
    """Return a file of the package's folder `schemas`."""
    return resources.files(__package__).joinpath("schemas", name).read_bytes()


def _client(service: str) -> Any:  # noqa: ANN401 (zeep ships no types)
    with _building:
        return _build_client(service)


@cache  # one for each service and process
def _build_client(service: str) -> Any:  # noqa: ANN401 (zeep ships no types)
    import io  # noqa: PLC0415 (with zeep, below)

    import zeep  # noqa: PLC0415 (cold start)

    settings = zeep.Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False)
    build: Any = zeep.Client
    return build(io.BytesIO(packaged(f"{service}.wsdl")), transport=_NoTransport(), settings=settings)


class _NoTransport:
    """What zeep gets instead of a way to the network."""

    def load(self, url: str) -> NoReturn:
        raise Defect("yuki_wsdl_incomplete", f"the packaged WSDLs must not refer to {url}")
