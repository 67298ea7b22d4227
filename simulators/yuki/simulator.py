"""Yuki's web services over HTTP: both hosts, every service, the session and limit checks before each operation."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import parse_qsl

from lxml import etree

from simulators.shared import Request, Response, Simulator, check_values
from simulators.yuki import control, soap, wsdl
from simulators.yuki.agenda import Agenda
from simulators.yuki.arguments import read_arguments, read_form
from simulators.yuki.coding import compressed
from simulators.yuki.context import Context
from simulators.yuki.desk import Desk
from simulators.yuki.operations import OPERATIONS, Operation
from simulators.yuki.seed import DEFAULT_SEED, load
from simulators.yuki.sessions import NO_DATABASE, Sessions
from simulators.yuki.switches import SWITCHES, check_switches
from simulators.yuki.xml_nodes import SERVICE_NAMESPACE

_SERVICES = {name.lower(): name for name in OPERATIONS}
_PATH = re.compile(r"^(?:/(?P<region>nl|be))?/ws/(?P<service>\w+)\.asmx(?:/(?P<operation>\w+))?$", re.IGNORECASE)
_SCHEMA_PATH = re.compile(r"^(?:/(?:nl|be))?/schemas/(?P<name>SalesInvoices|Contact)\.xsd$", re.IGNORECASE)
_SCHEMAS = {"salesinvoices": "SalesInvoices.xsd", "contact": "Contact.xsd"}
_PREFIX = "Server was unable to process request. ---> "


class YukiSimulator(Simulator):
    """Simulate Yuki: the Dutch host at the base URL (or under `/nl`), the Belgian one under `/be`."""

    switch_table = SWITCHES

    def __init__(self, seed_dir: Path = DEFAULT_SEED) -> None:
        super().__init__()
        self._seed_dir = seed_dir
        self._lock = RLock()
        self.load_seed()

    def load_seed(self) -> None:
        """Forget everything and load the seed data, without sessions and with counters at zero."""
        books = load(self._seed_dir)
        with self._lock:
            self.books = books
            self.sessions = Sessions()
            self.agenda = Agenda()
            self.calls: Counter[str] = Counter()

    def set_switches(self, wanted: Mapping[str, Any]) -> None:
        """Set switches and arm faults; raise ValueError for an unknown name or a value that does not suit."""
        check_values(SWITCHES, wanted)
        check_switches(wanted)
        super().set_switches(wanted)

    def state(self) -> dict[str, Any]:
        """Return the books and the counters."""
        with self._lock:
            return {
                "contacts": [contact.state() for contact in self.books.all_contacts()],
                "invoices": [invoice.state() for invoice in self.books.invoices.all()],
                "products": [
                    {"administration_id": administration.id, **product.state()}
                    for administration in self.books.administrations.values()
                    for product in administration.products.values()
                ],
                "calls": dict(self.calls),
                "daily_calls": self.sessions.daily_calls(),
                "sessions": self.sessions.opened,
                "open_sessions": self.sessions.open_count,
                "postponed": len(self.agenda),
            }

    def control(self, request: Request) -> Response | None:
        """Answer what a person does in Yuki's screens."""
        with self._lock:
            desk = Desk(self.books, self.sessions, self.switches, self.clock, self.agenda)
            return control.answer(desk, request)

    def operation(self, request: Request) -> str:
        """Name the operation of a request: from the SOAP action, the form's path, or `WSDL`."""
        match = _PATH.match(request.path)
        if match is None:
            return request.path
        if match["operation"]:
            return str(match["operation"])
        if request.method == "GET":
            return "WSDL"
        return soap.action(request).rpartition("/")[2] or "unknown"

    def handle(self, request: Request) -> Response:
        """Answer a request to one of the hosts."""
        return compressed(request, self._answer(request), str(self.switches["compression"]))

    def _answer(self, request: Request) -> Response:
        match = _PATH.match(request.path)
        service = _SERVICES.get(match["service"].lower()) if match else None
        if match is None or service is None:
            return _schema(request) or _page(404, "The resource cannot be found.")
        region = (match["region"] or "nl").lower()
        host = _address(request, match["region"])
        if match["operation"]:
            return self._answer_form(request, service, str(match["operation"]), region, host)
        if request.method == "GET":
            return _describe(request, service, host)
        if request.method != "POST":
            return _page(405, "The HTTP verb is not allowed.")
        return self._answer_soap(request, service, region, host)

    def _answer_soap(self, request: Request, service: str, region: str, host: str) -> Response:
        version = soap.soap_version(request)
        if version is None:
            return _page(415, "The content type is not supported; send text/xml or application/soap+xml.")
        try:
            call = soap.read(request, version, self.switches["max_request_bytes"])
            operation = _operation(service, call.operation)
            arguments = read_arguments(
                wsdl.operations(service)[call.operation],
                call.wrapper,
                refuse_wrong=self.switches["wrong_parameter"] == "fault",
            )
            result = self._run(call.operation, operation, arguments, region, host)
        except soap.SoapFault as fault:
            return soap.fault_answer(version, fault, _PREFIX if self.switches["fault_prefix"] else "")
        if self.switches["payload_as_text"]:
            result = soap.as_text(result)
        return soap.answer(version, call.operation, result)

    def _answer_form(self, request: Request, service: str, name: str, region: str, host: str) -> Response:
        """Answer the bindings without an envelope: parameters in a form, the bare result back (yuki-api 1.2)."""
        operation = OPERATIONS[service].get(name)
        parameters = wsdl.operations(service).get(name, ())
        if operation is None or any(parameter.kind == "xml" for parameter in parameters):
            return _page(500, f"{name} Web Service method name is not valid.")
        form = request.query if request.method == "GET" else request.body.decode("utf-8", "replace")
        try:
            arguments = read_form(parameters, dict(parse_qsl(form, keep_blank_values=True)))
            result = self._run(name, operation, arguments, region, host)
        except soap.SoapFault as fault:
            return Response(500, fault.text.encode(), "text/plain; charset=utf-8")
        return soap.bare_answer(name, result)

    def _run(
        self, name: str, operation: Operation, arguments: Mapping[str, Any], region: str, host: str
    ) -> soap.Result:
        with self._lock:
            self.calls[name] += 1
            context = Context(self.books, self.sessions, self.switches, self.clock.now(), region, host, arguments)
            if operation.session:
                self._admit(context, operation)
            result = operation.run(context)
            self.agenda.answered(name)
            return result

    def _admit(self, context: Context, operation: Operation) -> None:
        """Check the session and the allowance, and for calls on the books the host, the domain and the rights."""
        session_id = str(context.arguments.get("sessionID") or context.arguments.get("sessionId") or "")
        session = context.sessions.find(session_id, region=context.region, now=context.now, switches=context.switches)
        context.opened = session
        context.sessions.check_limit(context.charged_domain, context.now, context.switches)
        if not operation.books:
            return
        domain = context.books.domains.get(context.charged_domain)
        if session.key.region != context.region or domain is None or not domain.active:
            raise soap.SoapFault(NO_DATABASE)
        if operation.rights and not session.key.rights.intersection(operation.rights):
            raise soap.SoapFault(str(context.switches["no_right_fault_text"]))


def _operation(service: str, name: str) -> Operation:
    operation = OPERATIONS[service].get(name)
    if operation is None:
        raise soap.unknown_action(SERVICE_NAMESPACE + name)
    return operation


def _address(request: Request, prefix: str | None) -> str:
    return f"http://{request.headers.get('host', '127.0.0.1')}" + (f"/{prefix.lower()}" if prefix else "")


def _describe(request: Request, service: str, host: str) -> Response:
    if request.query.lower() != "wsdl":
        return _page(200, f"{service}: the description of this service is at {host}/ws/{service}.asmx?WSDL")
    body = wsdl.published(service, f"{host}/ws/{service}.asmx", OPERATIONS[service])
    return Response(200, body, "text/xml; charset=utf-8")


def _schema(request: Request) -> Response | None:
    match = _SCHEMA_PATH.match(request.path)
    if match is None:
        return None
    content = (wsdl.FOLDER / _SCHEMAS[match["name"].lower()]).read_bytes()
    return Response(200, content, "text/xml; charset=utf-8")


def _page(status: int, text: str) -> Response:
    page = etree.Element("html")
    etree.SubElement(etree.SubElement(page, "body"), "p").text = text
    return Response(status, etree.tostring(page, method="html", encoding="utf-8"), "text/html; charset=utf-8")
