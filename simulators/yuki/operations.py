"""Every operation of every service: what it does, which right it needs, and whether it touches the books."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulators.yuki import archive, contact_search, contact_update, domains, lists, outstanding, sales
from simulators.yuki.context import Context
from simulators.yuki.soap import Result


@dataclass(frozen=True)
class Operation:
    """An operation; any of `rights` is enough, `books` marks the calls that fail on the wrong host (yuki-api 1.1)."""

    run: Callable[[Context], Result]
    rights: tuple[str, ...] = ()
    books: bool = False
    session: bool = True


def _reads(run: Callable[[Context], Result], *rights: str) -> Operation:
    return Operation(run, rights, books=True)


COMMON: Mapping[str, Operation] = {
    "Authenticate": Operation(domains.authenticate, session=False),
    "AuthenticateClient": Operation(domains.authenticate_client, session=False),
    "AuthenticateByUserName": Operation(domains.authenticate_by_user_name, session=False),
    "Domains": Operation(domains.domains),
    "Companies": Operation(domains.companies),
    "AdministrationID": Operation(domains.administration_id),
    "Administrations": Operation(domains.administrations),
    "AdministrationsWithInternalCustomerCode": Operation(domains.administrations_with_customer_code),
    "GetCurrentDomain": Operation(domains.current_domain),
    "SetCurrentDomain": Operation(domains.set_current_domain),
    "Language": Operation(domains.language),
    "SetLanguage": Operation(domains.set_language),
    "SupportedLanguages": Operation(domains.supported_languages),
}

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "Accounting": {
        **COMMON,
        "OutstandingDebtorItems": _reads(outstanding.debtor_items, "Accounting"),
        "OutstandingDebtorItemsByDate": _reads(outstanding.debtor_items_by_date, "Accounting"),
        "OutstandingDebtorItemsByDateOutstanding": _reads(outstanding.debtor_items_by_date_outstanding, "Accounting"),
        "OutstandingDebtorItemsWithLanguage": _reads(outstanding.debtor_items_with_language, "Accounting"),
        "OutstandingDebtorWithPaymentReference": _reads(outstanding.debtor_items_with_payment_reference, "Accounting"),
        "OutstandingCreditorItems": _reads(outstanding.creditor_items, "Accounting"),
        "OutstandingCreditorItemsByDate": _reads(outstanding.creditor_items, "Accounting"),
        "OutstandingCreditorItemsByDateOutstanding": _reads(outstanding.creditor_items, "Accounting"),
        "CheckOutstandingItem": _reads(outstanding.check_item, "Accounting"),
        "CheckOutstandingItemAdmin": _reads(outstanding.check_item_of_administration, "Accounting"),
    },
    "AccountingInfo": {
        **COMMON,
        "GetGLAccountScheme": _reads(lists.gl_account_scheme, "AccountingInfo"),
        "GetCustomPaymentMethods": _reads(lists.custom_payment_methods, "AccountingInfo"),
    },
    "Archive": {
        **COMMON,
        "DocumentFolders": _reads(archive.document_folders, "Archive"),
        "DocumentsInFolder": _reads(archive.documents_in_folder, "Archive"),
        "DocumentsByType": _reads(archive.documents_by_type, "Archive"),
        "ModifiedDocumentsByType": _reads(archive.modified_documents_by_type, "Archive"),
        "ModifiedDocumentsInFolder": _reads(archive.modified_documents_in_folder, "Archive"),
        "FindDocument": _reads(archive.find_document, "Archive"),
    },
    "Contact": {
        **COMMON,
        "SearchContacts": _reads(contact_search.search_contacts, "Contacts", "ContactsUpdate"),
        "GetSuppliersAndCustomers": _reads(contact_search.suppliers_and_customers, "Contacts", "ContactsUpdate"),
        "UpdateContact": _reads(contact_update.update_contact, "ContactsUpdate"),
    },
    "Sales": {
        **COMMON,
        "ProcessSalesInvoices": _reads(sales.process_sales_invoices, "Sales"),
        "SalesInvoiceSchemaPath": Operation(sales.sales_invoice_schema_path, session=False),
        "GetSalesItems": _reads(sales.sales_items, "Sales"),
    },
    "Vat": {**COMMON, "ActiveVATCodesList": _reads(lists.active_vat_codes, "Vat")},
}
