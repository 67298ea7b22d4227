"""The rules that one invoice must keep, whatever its contact and lines (yuki-api 4.2, 4.6, 4.9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from simulators.yuki.books import Administration
from simulators.yuki.context import Context
from simulators.yuki.invoice_contact import Debtor, Refused
from simulators.yuki.invoices import DEFERRED_METHODS, IMMEDIATE_METHODS
from simulators.yuki.local_time import parse_date
from simulators.yuki.switches import BUNDLES

DAYS_TO_PAY = 30
PDF_WITH_DRAFT = "When supplying a document process must be set to true"


@dataclass(frozen=True)
class Draft:
    """The plain elements of one SalesInvoice by name, and what they are for."""

    context: Context
    administration: Administration
    sent: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return an element's text without spaces around it; empty when it is missing."""
        return self.sent.get(name, "").strip()

    def flag(self, name: str) -> bool:
        """Return a boolean element; missing means false."""
        return self.text(name) in {"true", "1"}

    @property
    def process(self) -> bool:
        """Return whether the invoice is to be booked at once."""
        return self.flag("Process")

    @property
    def day(self) -> date:
        """Return the invoice date."""
        return parse_date(self.text("Date")[:10], "Date")

    @property
    def due(self) -> date:
        """Return the due date; without one, Yuki's own term."""
        sent = self.text("DueDate")
        return parse_date(sent[:10], "DueDate") if sent else self.day + timedelta(days=DAYS_TO_PAY)

    @property
    def currency(self) -> str:
        """Return the currency code."""
        return self.text("Currency").upper() or "EUR"

    def bundle_below(self, name: str) -> bool:
        """Return whether the bundle of the administration is a smaller one than `name`."""
        return BUNDLES.index(self.context.switches["bundle"]) < BUNDLES.index(name)


def check(draft: Draft) -> None:
    """Raise Refused with the first rule that an invoice breaks."""
    for rule in RULES:
        message = rule(draft)
        if message:
            raise Refused(message)


def check_peppol(draft: Draft, debtor: Debtor) -> None:
    """Raise Refused when an invoice cannot go over Peppol."""
    if not draft.flag("SentToPeppol"):
        return
    if not draft.process:
        raise Refused("Een factuur die via Peppol wordt verzonden moet direct worden verwerkt.")
    if not draft.context.switches["peppol_registered"]:
        raise Refused("De administratie is niet geregistreerd voor Peppol.")
    if not (debtor["CoCNumber"] or debtor["VATNumber"]) or not debtor["AddressLine_1"]:
        raise Refused("Voor Peppol is een ondernemings- of btw-nummer en een adres van de klant nodig.")


def _refused_on_purpose(draft: Draft) -> str:
    wanted: Mapping[str, str] = draft.context.switches["refuse_invoices"]
    return wanted.get(draft.text("Reference")) or wanted.get("*") or ""


def _document(draft: Draft) -> str:
    name, content = draft.text("DocumentFileName"), draft.text("DocumentBase64")
    if (name or content) and not draft.process:
        return PDF_WITH_DRAFT
    return "DocumentFileName en DocumentBase64 horen bij elkaar." if bool(name) != bool(content) else ""


def _duplicate(draft: Draft) -> str:
    reference = draft.text("Reference")
    if not draft.process or not reference or draft.context.switches["duplicate_reference"] == "accept":
        return ""
    invoices, same = draft.context.books.invoices, draft.context.switches["same_reference"]
    known = invoices.with_same_reference(draft.administration.id, reference, same)
    return f"Er bestaat al een verkoopfactuur met referentie {reference}." if known else ""


def _currency(draft: Draft) -> str:
    if draft.text("PriceList") and draft.currency != "EUR":
        return f'The pricelist\'s currency "EUR" does not match the invoice currency "{draft.currency}"'
    return "" if draft.currency in draft.context.books.currency_rates else f"Onbekende valuta {draft.currency}."


def _payment_method(draft: Draft) -> str:
    method = draft.text("PaymentMethod")
    custom = {str(method["Description"]) for method in draft.administration.payment_methods}
    known = {"", *DEFERRED_METHODS, *IMMEDIATE_METHODS, *custom}
    if method not in known and draft.context.switches["unknown_payment_method"] == "refuse":
        return f"Onbekende betaalmethode {method}."
    if method == "DirectCollection" and draft.bundle_below("medium"):
        return "Automatische incasso is niet beschikbaar in deze bundel."
    return ""


def _bundle(draft: Draft) -> str:
    if draft.bundle_below("small") and (not draft.process or draft.flag("EmailToCustomer")):
        return "In deze bundel kunnen facturen alleen direct en zonder e-mail worden verwerkt."
    if (draft.text("ProjectID") or draft.text("ProjectCode")) and draft.bundle_below("medium"):
        return "Projecten zijn niet beschikbaar in deze bundel."
    return ""


def _sales_settings(draft: Draft) -> str:
    needed = draft.flag("EmailToCustomer") or draft.text("PaymentMethod") == "DirectCollection"
    complete = draft.context.switches["sales_settings_complete"]
    return "De verkoopinstellingen zijn niet volledig ingevuld." if needed and not complete else ""


def _period(draft: Draft) -> str:
    closed = draft.context.switches["closed_until"]
    return f"De boekingsperiode tot en met {closed} is afgesloten." if draft.day.isoformat() <= closed else ""


RULES: tuple[Callable[[Draft], str], ...] = (
    _refused_on_purpose,
    _document,
    _duplicate,
    _currency,
    _payment_method,
    _bundle,
    _sales_settings,
    _period,
)
