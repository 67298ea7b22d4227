"""The operations that are called: where they are, how they spell the session, and whether they write."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service (yuki-api 1.3, 1.4). A misspelt session parameter means "no session" to Yuki."""

    name: str
    service: str
    session_parameter: str = "sessionID"
    writes: bool = False


# The operations that every service has are called on Contact: its WSDL is needed anyway.
AUTHENTICATE = Operation("Authenticate", "Contact")
DOMAINS = Operation("Domains", "Contact")
GET_CURRENT_DOMAIN = Operation("GetCurrentDomain", "Contact")
# Choosing a domain concerns the session alone and may be repeated, so it does not count as writing.
SET_CURRENT_DOMAIN = Operation("SetCurrentDomain", "Contact")
ADMINISTRATIONS = Operation("Administrations", "Contact")
SEARCH_CONTACTS = Operation("SearchContacts", "Contact")
GET_SUPPLIERS_AND_CUSTOMERS = Operation("GetSuppliersAndCustomers", "Contact")
UPDATE_CONTACT = Operation("UpdateContact", "Contact", writes=True)
PROCESS_SALES_INVOICES = Operation("ProcessSalesInvoices", "Sales", session_parameter="sessionId", writes=True)
CHECK_OUTSTANDING_ITEM = Operation("CheckOutstandingItemAdmin", "Accounting")
OUTSTANDING_DEBTOR_ITEMS = Operation("OutstandingDebtorItems", "Accounting")
ACTIVE_VAT_CODES = Operation("ActiveVATCodesList", "Vat")
GL_ACCOUNT_SCHEME = Operation("GetGLAccountScheme", "AccountingInfo")
MODIFIED_DOCUMENTS_BY_TYPE = Operation("ModifiedDocumentsByType", "Archive")

# zeep does not check enumerations, and Yuki takes the first member for what it cannot read (yuki-api 1.4).
CONTACT_SEARCH_OPTIONS = frozenset(
    [
        "All",
        "Name",
        "City",
        "Postcode",
        "Tag",
        "Email",
        "Website",
        "Phone",
        "Code",
        "CoCNumber",
        "VATNumber",
        "BankAccount",
        "ID",
        "ContactType",
        "HID",
    ]
)
CONTACT_SORT_ORDERS = frozenset(["Name", "LastName", "CreatedAsc", "CreatedDesc", "ModifiedAsc", "ModifiedDesc", "HID"])
CONTACT_ACTIVE = frozenset(["Both", "Active", "Inactive"])
CONTACT_TYPES = frozenset(["Customer", "Supplier", "Both", "None"])

SALES_INVOICE_DOCUMENT_TYPE = 6  # the type of the archive, and of outstanding items (yuki-api 5.2, 5.4)
