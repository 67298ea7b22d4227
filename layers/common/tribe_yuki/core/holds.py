"""Every hold reason: why a record waits for a person, who that is, and what releases it (design 6.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who has to act."""

    SALES = "sales"
    BOOKKEEPER = "bookkeeper"
    OPERATOR = "operator"


class HoldReason(StrEnum):
    """Stable codes of the reasons; one that only a newer version knows reads as `not_understood`."""

    CONTACT_NOT_CUSTOMER = "contact_not_customer"
    CONTACT_AMBIGUOUS = "contact_ambiguous"
    CODE_IN_USE = "code_in_use"
    CONTACT_INACTIVE_IN_YUKI = "contact_inactive_in_yuki"
    CONTACT_GONE_IN_YUKI = "contact_gone_in_yuki"
    CONTACT_TYPE_DIFFERS = "contact_type_differs"
    DEBTOR_NUMBER_MISSING = "debtor_number_missing"
    DEBTOR_NUMBER_DUPLICATE = "debtor_number_duplicate"
    NUMBER_MISSING = "number_missing"
    PDF_MISSING = "pdf_missing"
    VAT_NUMBER_MISSING = "vat_number_missing"
    INVOICE_INVALID = "invoice_invalid"
    VAT_UNMAPPED = "vat_unmapped"
    VAT_IMPLAUSIBLE = "vat_implausible"
    LEDGER_UNMAPPED = "ledger_unmapped"
    TOTALS_DIFFER = "totals_differ"
    REFERENCE_IN_USE = "reference_in_use"
    REFUSED_BY_YUKI = "refused_by_yuki"
    NOT_CONFIRMED = "not_confirmed"
    NOT_UNDERSTOOD = "not_understood"
    TRIBE_CONSENT_NEEDED = "tribe_consent_needed"
    YUKI_KEY_REFUSED = "yuki_key_refused"

    @classmethod
    def _missing_(cls, value: object) -> "HoldReason | None":
        return cls.NOT_UNDERSTOOD if isinstance(value, str) else None


class Release(StrEnum):
    """What ends a hold without anybody telling us."""

    CAUSE_GONE_IN_YUKI = "cause_gone_in_yuki"
    RECORD_CHANGED = "record_changed"
    MAPPING_SAVED = "mapping_saved"
    PERSON_DECIDES = "person_decides"
    NEW_CREDENTIALS = "new_credentials"


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of a reason: its owner, its release, and its sentence in English and Dutch.

    Sentences may name `{detail}`, `{code}` (the debtor number) and `{words}` (Yuki's own).
    """

    owner: Owner
    release: Release
    english: str
    dutch: str


HOLDS: Mapping[HoldReason, Hold] = {
    HoldReason.CONTACT_NOT_CUSTOMER: Hold(
        Owner.BOOKKEEPER,
        Release.CAUSE_GONE_IN_YUKI,
        "Contact {code} is not marked as Customer in Yuki. Open the contact in Yuki, tick Customer and save; "
        "the invoice then goes by itself.",
        "Contact {code} is in Yuki niet aangevinkt als Klant. Open het contact in Yuki, zet het vinkje Klant en "
        "sla op; de factuur gaat daarna vanzelf.",
    ),
    HoldReason.CONTACT_AMBIGUOUS: Hold(
        Owner.BOOKKEEPER,
        Release.CAUSE_GONE_IN_YUKI,
        "It is not certain which contact in Yuki is relation {code} ({detail}). If it is one of these, link it; if "
        "not, make a contact of its own in Yuki, with this code, and link that.",
        "Het is niet zeker welk contact in Yuki relatie {code} is ({detail}). Is het een van deze, koppel het dan; zo "
        "niet, maak in Yuki een eigen contact met deze code en koppel dat.",
    ),
    HoldReason.CODE_IN_USE: Hold(
        Owner.BOOKKEEPER,
        Release.CAUSE_GONE_IN_YUKI,
        "Relation code {code} belongs to another contact in Yuki. Give that contact another code, or link it if it "
        "is the same company.",
        "Relatiecode {code} is in Yuki van een ander contact. Geef dat contact een andere code, of koppel het als het "
        "hetzelfde bedrijf is.",
    ),
    HoldReason.CONTACT_INACTIVE_IN_YUKI: Hold(
        Owner.BOOKKEEPER,
        Release.CAUSE_GONE_IN_YUKI,
        "Contact {code} is inactive in Yuki. Activate it in Yuki; the invoice then goes by itself.",
        "Contact {code} is inactief in Yuki. Maak het in Yuki actief; de factuur gaat daarna vanzelf.",
    ),
    HoldReason.CONTACT_GONE_IN_YUKI: Hold(
        Owner.BOOKKEEPER,
        Release.PERSON_DECIDES,
        "The contact that relation {code} was linked to no longer exists in Yuki. Link the contact that replaces it.",
        "Het contact waaraan relatie {code} was gekoppeld bestaat niet meer in Yuki. Koppel het contact dat ervoor in "
        "de plaats komt.",
    ),
    HoldReason.CONTACT_TYPE_DIFFERS: Hold(
        Owner.BOOKKEEPER,
        Release.CAUSE_GONE_IN_YUKI,
        "Relation {code} is {detail} in Tribe and the other kind in Yuki. Correct the kind in Yuki, or link the right "
        "contact.",
        "Relatie {code} is in Tribe van een andere soort ({detail}) dan in Yuki. Verbeter de soort in Yuki of koppel "
        "het juiste contact.",
    ),
    HoldReason.DEBTOR_NUMBER_MISSING: Hold(
        Owner.SALES,
        Release.RECORD_CHANGED,
        "The customer has no debtor number in Tribe. Fill it in on the relation, or switch on automatic numbering.",
        "De klant heeft geen debiteurennummer in Tribe. Vul het in op de relatie of zet automatische nummering aan.",
    ),
    HoldReason.DEBTOR_NUMBER_DUPLICATE: Hold(
        Owner.SALES,
        Release.RECORD_CHANGED,
        "Debtor number {code} is used by more than one relation in Tribe. Give one of them another number.",
        "Debiteurennummer {code} komt in Tribe bij meer relaties voor. Geef een van hen een ander nummer.",
    ),
    HoldReason.NUMBER_MISSING: Hold(
        Owner.SALES,
        Release.RECORD_CHANGED,
        "The invoice is Sent but has no number. Send or finalise it again in Tribe.",
        "De factuur is Verstuurd maar heeft geen nummer. Verstuur of finaliseer de factuur opnieuw in Tribe.",
    ),
    HoldReason.PDF_MISSING: Hold(
        Owner.SALES,
        Release.RECORD_CHANGED,
        "The invoice has no PDF in Tribe. Make the PDF in Tribe, or choose to book it without.",
        "De factuur heeft geen pdf in Tribe. Maak de pdf in Tribe, of kies voor boeken zonder pdf.",
    ),
    HoldReason.VAT_NUMBER_MISSING: Hold(
        Owner.SALES,
        Release.RECORD_CHANGED,
        "The VAT treatment of this invoice needs a valid VAT number of the customer{detail}. Fill it in on the "
        "relation in Tribe.",
        "Voor de btw-behandeling van deze factuur is een geldig btw-nummer van de klant nodig{detail}. Vul het in op "
        "de relatie in Tribe.",
    ),
    HoldReason.INVOICE_INVALID: Hold(
        Owner.SALES,
        Release.RECORD_CHANGED,
        "The invoice cannot be booked as it is: {detail}. Correct it in Tribe.",
        "De factuur kan zo niet worden geboekt: {detail}. Verbeter de factuur in Tribe.",
    ),
    HoldReason.VAT_UNMAPPED: Hold(
        Owner.BOOKKEEPER,
        Release.MAPPING_SAVED,
        "VAT group {detail} has no VAT code of Yuki. Choose one in the VAT mapping of the connection.",
        "Btw-groep {detail} heeft geen btw-code van Yuki. Kies er een in de btw-koppeling van de verbinding.",
    ),
    HoldReason.VAT_IMPLAUSIBLE: Hold(
        Owner.BOOKKEEPER,
        Release.MAPPING_SAVED,
        "The VAT code does not fit the customer's country: {detail}. Check the VAT mapping and the customer's address.",
        "De btw-code past niet bij het land van de klant: {detail}. Controleer de btw-koppeling en het adres.",
    ),
    HoldReason.LEDGER_UNMAPPED: Hold(
        Owner.BOOKKEEPER,
        Release.MAPPING_SAVED,
        "No usable ledger account: {detail}. Set a revenue account on the product in Tribe, or a default "
        "ledger account in the connection.",
        "Geen bruikbare grootboekrekening: {detail}. Stel een omzetrekening in op het product in Tribe, of een "
        "standaardrekening in de verbinding.",
    ),
    HoldReason.TOTALS_DIFFER: Hold(
        Owner.BOOKKEEPER,
        Release.PERSON_DECIDES,
        "Yuki would come to other amounts than Tribe: {detail}. Accept the difference, let it be rounded, or correct "
        "the invoice.",
        "Yuki zou op andere bedragen uitkomen dan Tribe: {detail}. Accepteer het verschil, laat het afronden of "
        "verbeter de factuur.",
    ),
    HoldReason.REFERENCE_IN_USE: Hold(
        Owner.BOOKKEEPER,
        Release.PERSON_DECIDES,
        "The number of this invoice is in use: {detail}. Compare the two. Correct the number in Tribe, say that this "
        "one is already booked, or have it retried.",
        "Het nummer van deze factuur is al in gebruik: {detail}. Vergelijk de twee. Verbeter het nummer in Tribe, geef "
        "aan dat deze al geboekt is, of laat hem opnieuw versturen.",
    ),
    HoldReason.REFUSED_BY_YUKI: Hold(
        Owner.BOOKKEEPER,
        Release.PERSON_DECIDES,
        "Yuki refused the invoice: {words} Correct the cause and have it retried.",
        "Yuki heeft de factuur geweigerd: {words} Verhelp de oorzaak en laat hem opnieuw versturen.",
    ),
    HoldReason.NOT_CONFIRMED: Hold(
        Owner.BOOKKEEPER,
        Release.PERSON_DECIDES,
        "The invoice was sent {detail} times, Yuki never confirmed it, and its lists do not show it. Look in Yuki "
        "yourself; say that it is already booked, or have it retried.",
        "De factuur is {detail} keer verstuurd, Yuki heeft hem nooit bevestigd en in de lijsten van Yuki staat hij "
        "niet. Kijk zelf in Yuki; geef aan dat hij al geboekt is, of laat hem opnieuw versturen.",
    ),
    HoldReason.NOT_UNDERSTOOD: Hold(
        Owner.OPERATOR,
        Release.RECORD_CHANGED,
        "Something in this record is too unusual to be worked with: {detail}. Correct it; or have it retried when "
        "there is a version that can.",
        "Iets in dit record is te ongewoon om mee te werken: {detail}. Verbeter het, of laat het opnieuw proberen "
        "zodra er een versie is die dat kan.",
    ),
    HoldReason.TRIBE_CONSENT_NEEDED: Hold(
        Owner.OPERATOR,
        Release.NEW_CREDENTIALS,
        "Tribe no longer accepts the application ({detail}). Connect again.",
        "Tribe accepteert de applicatie niet meer ({detail}). Koppel opnieuw.",
    ),
    HoldReason.YUKI_KEY_REFUSED: Hold(
        Owner.OPERATOR,
        Release.NEW_CREDENTIALS,
        "Yuki no longer accepts the API key ({detail}). Make a key with the right rights in Yuki and connect again.",
        "Yuki accepteert de API-sleutel niet meer ({detail}). Maak in Yuki een sleutel met de juiste rechten en koppel "
        "opnieuw.",
    ),
}
