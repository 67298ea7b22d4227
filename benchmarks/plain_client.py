"""What the connector is measured against: a client that does per invoice what the manual shows.

For each invoice it opens a session, looks its customer up by code and sends the invoice, in three calls. It reads
nothing from Tribe, keeps no record, sends no document and never looks whether an invoice has arrived: all of that would
cost it more. When Yuki says that the day's calls are spent, it waits for the next day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from lxml import etree

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_SERVICES = "http://www.theyukicompany.com/"
_INVOICES = "urn:xmlns:http://www.theyukicompany.com:salesinvoices"
_DAILY_LIMIT = "Daily limit exceeded"


@dataclass(frozen=True, slots=True)
class PlainClient:
    """Sends invoices to Yuki, one after another; `wait_for_midnight` returns when the next day has begun."""

    http: httpx.Client
    yuki_url: str
    access_key: str
    domain_id: str
    administration_id: str
    wait_for_midnight: Callable[[], None]

    def push(self, invoice: Mapping[str, Any]) -> bool:
        """Bring one invoice, as the books show one, to Yuki on whatever day it takes it; tell whether it was booked."""
        while True:
            try:
                return self._push(invoice)
            except _DayIsSpent:
                self.wait_for_midnight()

    def _push(self, invoice: Mapping[str, Any]) -> bool:
        session = self._post("Contact", "Authenticate", _call("accessKey", self.access_key)).text or ""
        found = self._post("Contact", "SearchContacts", *self._search(session, invoice["contact_code"]))
        if found.findtext(".//{*}Contact/{*}Code") != invoice["contact_code"]:
            return False
        answer = self._post(
            "Sales",
            "ProcessSalesInvoices",
            _call("sessionId", session),
            _call("administrationId", self.administration_id),
            _call("xmlDoc", _document("SalesInvoices", _sales_invoice(invoice))),
        )
        return answer.findtext(".//{*}TotalSucceeded") == "1"

    def _search(self, session: str, code: str) -> list[etree._Element]:
        values = {
            "sessionID": session,
            "domainID": self.domain_id,
            "searchOption": "Code",
            "searchValue": code,
            "sortOrder": "Name",
            "modifiedAfter": "2000-01-01T00:00:00",
            "active": "Both",
            "pageNumber": "1",
        }
        return [_call(name, value) for name, value in values.items()]

    def _post(self, service: str, operation: str, *parameters: etree._Element) -> etree._Element:
        body = etree.tostring(_element(_SOAP, "Envelope", _element(_SOAP, "Body", _call(operation, *parameters))))
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{_SERVICES}{operation}"'}
        answer = self.http.post(f"{self.yuki_url}/ws/{service}.asmx", content=body, headers=headers)
        result = etree.fromstring(answer.content)[0][0]
        fault = result.findtext("faultstring")
        if fault is None:
            return result[0]
        if _DAILY_LIMIT in fault:
            raise _DayIsSpent
        raise RuntimeError(f"{operation}: {fault}")


class _DayIsSpent(Exception):
    """Yuki takes no more calls today."""


def _sales_invoice(invoice: Mapping[str, Any]) -> etree._Element:
    return _document(
        "SalesInvoice",
        _document("Reference", invoice["reference"]),
        _document("Subject", invoice["subject"]),
        _document("PaymentMethod", invoice["payment_method"]),
        _document("Process", "true"),
        _document("EmailToCustomer", "false"),
        _document("Date", invoice["date"]),
        _document("DueDate", invoice["due_date"]),
        _document(
            "Contact",
            _document("ContactCode", invoice["contact_code"]),
            _document("FullName", invoice["contact_name"]),
            _document("ContactType", "Company"),
        ),
        _document("InvoiceLines", *(_line(line) for line in invoice["lines"])),
    )


def _line(line: Mapping[str, Any]) -> etree._Element:
    return _document(
        "InvoiceLine",
        _document("Description", line["description"]),
        _document("ProductQuantity", line["quantity"]),
        _document(
            "Product",
            _document("Description", line["product"]),
            _document("Reference", line["product_reference"]),
            _document("SalesPrice", line["price"]),
            _document("VATPercentage", line["vat_percentage"]),
            _document("VATIncluded", "false"),
            _document("VATType", str(line["vat_type"])),
            _document("GLAccountCode", line["gl_account"]),
        ),
    )


def _call(name: str, *content: str | etree._Element) -> etree._Element:
    return _element(_SERVICES, name, *content)


def _document(name: str, *content: str | etree._Element) -> etree._Element:
    return _element(_INVOICES, name, *content)


def _element(namespace: str, name: str, *content: str | etree._Element) -> etree._Element:
    element = etree.Element(f"{{{namespace}}}{name}")
    for one in content:
        if isinstance(one, str):
            element.text = one
        else:
            element.append(one)
    return element
