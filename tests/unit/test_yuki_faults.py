"""The table of Yuki's faults."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.details import said
from tribe_yuki.adapters.yuki.faults import KNOWN_FAULTS, error_for, field_in, meaning_of, until_midnight
from tribe_yuki.adapters.yuki.soap import (
    AUTHENTICATE,
    PROCESS_SALES_INVOICES,
    SEARCH_CONTACTS,
    UPDATE_CONTACT,
    Operation,
)
from tribe_yuki.core.errors import BudgetSpent, ConnectorError, CredentialsRefused, Defect, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.details import element_invalid

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PREFIX = "Server was unable to process request. ---> "
NAMESPACE = "urn:xmlns:http://www.theyukicompany.com:salesinvoices"
INVALID_CHILD = (
    f"The element 'SalesInvoice' in namespace '{NAMESPACE}' has invalid child element 'DueDate' in namespace "
    f"'{NAMESPACE}'. List of possible elements expected: 'Date'."
)
INVALID_VALUE = (
    f"The '{NAMESPACE}:SalesPrice' element is invalid - The value 'kanarie' is invalid according to its datatype "
    f"'{NAMESPACE}:Decimal14_4'"
)
NOT_VALID_AGAINST = (
    "The document is not valid against SalesInvoices.xsd:\n"
    f"Line 9: Element '{{{NAMESPACE}}}DueDate': This element is not expected."
)


def error(words: str, operation: Operation = SEARCH_CONTACTS) -> ConnectorError | None:
    known = meaning_of(words, operation)
    return error_for(known, words, operation, host="api.yukiworks.nl", now=NOW) if known else None


@pytest.mark.parametrize(
    "words",
    ["Invalid access key", PREFIX + "INVALID ACCESS KEY", "Administration not found", "x Administration NOT found"],
)
def test_a_refused_key(words: str) -> None:
    refused = error(words)
    assert isinstance(refused, CredentialsRefused)
    assert refused.reason is HoldReason.YUKI_KEY_REFUSED


def test_no_active_database_names_the_host_and_the_scope() -> None:
    refused = error(PREFIX + "Domain has no active database")
    assert isinstance(refused, CredentialsRefused)
    assert "api.yukiworks.nl" in said(refused.details)
    assert "right" in said(refused.details)


def test_authentication_failed_is_about_the_key_only_when_authenticating() -> None:
    assert isinstance(error("Authentication failed", AUTHENTICATE), CredentialsRefused)
    assert error("Authentication failed", SEARCH_CONTACTS) is None


def test_the_daily_limit_lasts_until_midnight_in_amsterdam() -> None:
    spent = error(PREFIX + "Daily limit exceeded", PROCESS_SALES_INVOICES)
    assert isinstance(spent, BudgetSpent)
    assert spent.retry_after == timedelta(hours=13)


def test_midnight_is_right_on_the_day_the_clocks_go_back() -> None:
    assert until_midnight(datetime(2026, 10, 24, 22, 0, tzinfo=UTC)) == timedelta(hours=25)


@pytest.mark.parametrize(
    "words",
    [
        "Server was unable to read request. ---> There is an error in XML document (1, 2)",
        "Server was unable to read request. ---> Maximum request length exceeded.",
        "Server did not recognize the value of HTTP Header SOAPAction: x.",
    ],
)
def test_a_request_that_yuki_does_not_understand_is_a_defect(words: str) -> None:
    assert isinstance(error(words, PROCESS_SALES_INVOICES), Defect)


@pytest.mark.parametrize(
    ("words", "field"), [(INVALID_CHILD, "DueDate"), (INVALID_VALUE, "SalesPrice"), (NOT_VALID_AGAINST, "DueDate")]
)
def test_a_schema_refusal_of_invoices_is_a_hold_with_the_field(words: str, field: str) -> None:
    held = error(PREFIX + words, PROCESS_SALES_INVOICES)
    assert isinstance(held, Held)
    assert (held.reason, held.details) == (HoldReason.INVOICE_INVALID, (element_invalid(field),))
    assert held.words.endswith(words[-20:])
    assert "kanarie" not in str(held)


def test_a_schema_refusal_of_a_contact_is_our_defect() -> None:
    assert isinstance(error(INVALID_CHILD, UPDATE_CONTACT), Defect)


def test_a_schema_refusal_of_a_call_without_document_is_unknown() -> None:
    assert error(INVALID_CHILD, SEARCH_CONTACTS) is None


def test_only_names_of_our_documents_are_taken_from_words() -> None:
    assert field_in("The element 'Jansen' has invalid child element 'Pietersen'") == "document"


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Session expired",
        "Invalid object name 'schema.table'",
        "Object reference not set to an instance of an object.",
    ],
)
def test_other_words_are_unknown(words: str) -> None:
    assert error(words) is None
    assert error(words, PROCESS_SALES_INVOICES) is None


def test_the_words_are_in_no_error_text() -> None:
    for row in KNOWN_FAULTS:
        operation = row.only_on[0] if row.only_on else SEARCH_CONTACTS
        found = error(f"kanarie {row.text} kanarie", operation)
        assert found is not None
        assert "kanarie" not in f"{found} {found!r}"
