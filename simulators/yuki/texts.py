"""Display texts in the language of the session; clients should decide on ids instead (yuki-api 2.3)."""

from collections.abc import Mapping

# Dutch, French, English.
_TEXTS: Mapping[str, tuple[str, str, str]] = {
    "sales_invoice": ("Verkoopfactuur", "Facture de vente", "Sales invoice"),
    "purchase_invoice": ("Aankoopfactuur", "Facture d'achat", "Purchase invoice"),
    "bank": ("Bankafschrift", "Extrait bancaire", "Bank statement"),
    "standard": ("Standaard", "Standard", "Standard"),
    "statement": ("Rekeninguittreksel", "Relevé de compte", "Account statement"),
    "vat_return": ("Btw-aangifte", "Déclaration TVA", "VAT return"),
    "journal": ("Diverse posten boeking", "Opération diverse", "General journal"),
    "folder_purchase": ("Inkoop", "Achats", "Purchase"),
    "folder_sales": ("Verkoop", "Ventes", "Sales"),
    "folder_bank": ("Bank", "Banque", "Bank"),
    "folder_personnel": ("Personeel", "Personnel", "Personnel"),
    "folder_tax": ("Belasting", "Impôts", "Tax"),
    "folder_to_sort": ("Uit te zoeken", "À trier", "To be handled by Yuki"),
    "folder_other": ("Overig financieel", "Autres documents financiers", "Other financial"),
    "folder_own": ("Eigen map", "Dossier propre", "Own folder"),
    "tab_invoices": ("Facturen", "Factures", "Invoices"),
    "ElectronicTransfer": ("Overschrijving", "Virement", "Electronic transfer"),
    "Unspecified": ("Overschrijving", "Virement", "Electronic transfer"),
    "DirectCollection": ("Incasso", "Domiciliation", "Direct collection"),
    "ToSettle": ("Te verrekenen", "À régler", "To settle"),
    "CreditCard": ("Creditcard", "Carte de crédit", "Credit card"),
    "DebitCard": ("Pin", "Carte de débit", "Debit card"),
    "Cash": ("Contant", "Comptant", "Cash"),
}
_COLUMNS = {"fr": 1, "en": 2}


def display(name: str, language: str) -> str:
    """Return a text in a language of Yuki; Dutch when there is none in that language."""
    return _TEXTS[name][_COLUMNS.get(language[:2], 0)]


def payment_method(code: str, language: str) -> str:
    """Return how a payment method is shown; one of the administration's own is shown as it is."""
    return display(code, language) if code in _TEXTS else code
