"""The mail that tells people what waits for them: numbers, dates, amounts and what to do, and nothing personal."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.details import Details
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.core.money import amount_in
from tribe_yuki.core.outside_text import LONGEST_CODE, on_one_line
from tribe_yuki.core.texts import mailed_details_in
from tribe_yuki.invoices.reasons import ReportReason

# What waits without being held: given up, undecided or unsent for a day, reported after booking, not ticked yet.
DEAD = "dead"
LONG_IN_DOUBT = "long_in_doubt"
LONG_WAIT = "long_wait"
UNTICKED = "unticked"

MOST_LINES = 100
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record that waits for a person; `kind` is the reason of its hold, or one of the kinds of this module.

    An invoice has a `tribe_invoice_id`; `yuki_contact` is the number in Yuki's screens of a contact without a relation.
    """

    kind: str
    owner: Owner
    since: datetime
    tribe_invoice_id: str | None = None
    number: str | None = None
    invoice_date: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    debtor_number: str | None = None
    tribe_relation_id: str | None = None
    yuki_contact: str | None = None
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to an owner."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class KindText:
    """What is the matter with a kind, and what to click where: English, then Dutch."""

    english: tuple[str, str]
    dutch: tuple[str, str]


KINDS: Mapping[str, KindText] = {
    HoldReason.CONTACT_NOT_CUSTOMER: KindText(
        (
            "Contact not ticked as Customer in Yuki",
            "Yuki: Contacts, search the debtor number, tick Customer, save. The invoice then goes by itself.",
        ),
        (
            "Contact in Yuki niet aangevinkt als Klant",
            "Yuki: Contacten, zoek het debiteurennummer, zet het vinkje Klant, sla op. De factuur gaat daarna vanzelf.",
        ),
    ),
    HoldReason.CONTACT_AMBIGUOUS: KindText(
        (
            "It is not clear which contact in Yuki is which relation in Tribe",
            "Have the operator link the right one (`tribe-yuki link`). If it is none, make a contact with that code.",
        ),
        (
            "Niet duidelijk welk contact in Yuki welke relatie in Tribe is",
            "Laat de beheerder het juiste koppelen (`tribe-yuki link`). Is het geen, maak een contact met die code.",
        ),
    ),
    HoldReason.CODE_IN_USE: KindText(
        (
            "The relation code belongs to another contact in Yuki",
            "Yuki: Contacts, search the code, give that contact another one. Same company? Have it linked instead.",
        ),
        (
            "De relatiecode is in Yuki van een ander contact",
            "Yuki: Contacten, zoek de code, geef dat contact een andere. Hetzelfde bedrijf? Laat het dan koppelen.",
        ),
    ),
    HoldReason.CONTACT_INACTIVE_IN_YUKI: KindText(
        (
            "Contact inactive in Yuki",
            "Yuki: Contacts, search the debtor number, make it active. The rest goes by itself.",
        ),
        (
            "Contact inactief in Yuki",
            "Yuki: Contacten, zoek het debiteurennummer, maak het actief. De rest gaat vanzelf.",
        ),
    ),
    HoldReason.CONTACT_GONE_IN_YUKI: KindText(
        ("Contact deleted in Yuki", "Have the operator link the contact that replaces it (`tribe-yuki link`)."),
        (
            "Contact verwijderd in Yuki",
            "Laat de beheerder het contact koppelen dat ervoor in de plaats komt (`tribe-yuki link`).",
        ),
    ),
    HoldReason.CONTACT_TYPE_DIFFERS: KindText(
        (
            "A company on one side, a person on the other",
            "Yuki: Contacts, search the debtor number, correct company or person, save.",
        ),
        (
            "Aan de ene kant een bedrijf, aan de andere een persoon",
            "Yuki: Contacten, zoek het debiteurennummer, verbeter bedrijf of persoon, sla op.",
        ),
    ),
    HoldReason.DEBTOR_NUMBER_MISSING: KindText(
        ("Customer without a debtor number", "Tribe: open the invoice's customer, fill in the debtor number, save."),
        ("Klant zonder debiteurennummer", "Tribe: open de klant van de factuur, vul het debiteurennummer in, sla op."),
    ),
    HoldReason.DEBTOR_NUMBER_DUPLICATE: KindText(
        (
            "More relations with the same debtor number",
            "Tribe: search the debtor number, give one of the relations another one, save.",
        ),
        (
            "Meer relaties met hetzelfde debiteurennummer",
            "Tribe: zoek het debiteurennummer, geef een van de relaties een ander nummer, sla op.",
        ),
    ),
    HoldReason.NUMBER_MISSING: KindText(
        ("Sent invoice without a number", "Tribe: open the invoice, send or finalise it again."),
        ("Verstuurde factuur zonder nummer", "Tribe: open de factuur, verstuur of finaliseer hem opnieuw."),
    ),
    HoldReason.PDF_MISSING: KindText(
        ("Invoice without a PDF", "Tribe: open the invoice, make the PDF. Or have it booked without."),
        ("Factuur zonder pdf", "Tribe: open de factuur, maak de pdf. Of laat hem zonder boeken."),
    ),
    HoldReason.VAT_NUMBER_MISSING: KindText(
        (
            "The VAT treatment needs the customer's VAT number",
            "Tribe: open the invoice's customer, fill in a valid VAT number, save.",
        ),
        (
            "De btw-behandeling vraagt het btw-nummer van de klant",
            "Tribe: open de klant van de factuur, vul een geldig btw-nummer in, sla op.",
        ),
    ),
    HoldReason.INVOICE_INVALID: KindText(
        ("Invoice that cannot be booked as it is", "Tribe: open the invoice, correct what is named, save."),
        ("Factuur die zo niet geboekt kan worden", "Tribe: open de factuur, verbeter wat erbij staat, sla op."),
    ),
    HoldReason.VAT_UNMAPPED: KindText(
        (
            "VAT group without a VAT code of Yuki",
            "Tell the operator which VAT code of Yuki belongs to it (`tribe-yuki settings vat`).",
        ),
        (
            "Btw-groep zonder btw-code van Yuki",
            "Geef de beheerder door welke btw-code van Yuki erbij hoort (`tribe-yuki settings vat`).",
        ),
    ),
    HoldReason.VAT_IMPLAUSIBLE: KindText(
        (
            "VAT code that does not fit the customer's country",
            "Tribe: check the customer's address. Is it right? Have the VAT mapping corrected (`settings vat`).",
        ),
        (
            "Btw-code die niet past bij het land van de klant",
            "Tribe: controleer het adres van de klant. Klopt het? Laat de btw-koppeling verbeteren (`settings vat`).",
        ),
    ),
    HoldReason.LEDGER_UNMAPPED: KindText(
        (
            "No usable ledger account",
            "Tribe: set a revenue account of Yuki on the product. Or have a default account chosen (`settings`).",
        ),
        (
            "Geen bruikbare grootboekrekening",
            "Tribe: zet een omzetrekening van Yuki op het product. Of laat een standaardrekening kiezen (`settings`).",
        ),
    ),
    HoldReason.TOTALS_DIFFER: KindText(
        (
            "Yuki would come to other amounts than Tribe",
            "Correct the invoice in Tribe, or say that the difference is accepted (`tribe-yuki accept` or `round`).",
        ),
        (
            "Yuki zou op andere bedragen uitkomen dan Tribe",
            "Verbeter de factuur in Tribe, of geef aan dat het verschil akkoord is (`tribe-yuki accept` of `round`).",
        ),
    ),
    HoldReason.REFERENCE_IN_USE: KindText(
        (
            "Invoice number in use",
            "Compare both. Booked already? `tribe-yuki already-booked`. Another one? Correct its number, then `retry`.",
        ),
        (
            "Factuurnummer al in gebruik",
            "Vergelijk ze. Al geboekt? `tribe-yuki already-booked`. Een andere? Verbeter het nummer, dan `retry`.",
        ),
    ),
    HoldReason.NOT_UNDERSTOOD: KindText(
        (
            "Something in the record is too unusual to be worked with",
            "Correct the number or date that looks odd. Nothing does? Show `tribe-yuki explain` to a developer.",
        ),
        (
            "Iets in het record is te ongewoon om mee te werken",
            "Verbeter het vreemde getal of de vreemde datum. Geen van beide? Toon een ontwikkelaar `explain`.",
        ),
    ),
    HoldReason.REFUSED_BY_YUKI: KindText(
        (
            "Refused by Yuki",
            "`tribe-yuki explain` with the number shows Yuki's words. Remove the cause, then `tribe-yuki retry`.",
        ),
        (
            "Geweigerd door Yuki",
            "`tribe-yuki explain` met het nummer toont Yuki's woorden. Verhelp de oorzaak, dan `tribe-yuki retry`.",
        ),
    ),
    HoldReason.NOT_CONFIRMED: KindText(
        (
            "Sent several times, never confirmed by Yuki",
            "Yuki: look for the number. There? `tribe-yuki already-booked`. Not there? `tribe-yuki retry`.",
        ),
        (
            "Meermaals verstuurd, nooit bevestigd door Yuki",
            "Yuki: zoek het nummer. Gevonden? `tribe-yuki already-booked`. Niet gevonden? `tribe-yuki retry`.",
        ),
    ),
    HoldReason.TRIBE_CONSENT_NEEDED: KindText(
        ("Tribe no longer accepts the application", "Run `tribe-yuki connect` again. Everything then goes by itself."),
        ("Tribe accepteert de applicatie niet meer", "Draai `tribe-yuki connect` opnieuw. Daarna gaat alles vanzelf."),
    ),
    HoldReason.YUKI_KEY_REFUSED: KindText(
        (
            "Yuki no longer accepts the API key",
            "Yuki: make a key with the right rights. Then run `tribe-yuki connect` again.",
        ),
        (
            "Yuki accepteert de API-sleutel niet meer",
            "Yuki: maak een sleutel met de juiste rechten. Draai daarna `tribe-yuki connect` opnieuw.",
        ),
    ),
    DEAD: KindText(
        (
            "Given up after the last retry",
            "`tribe-yuki explain` with the number shows why. Remove the cause, then `tribe-yuki redrive`.",
        ),
        (
            "Opgegeven na de laatste poging",
            "`tribe-yuki explain` met het nummer toont waarom. Verhelp de oorzaak, dan `tribe-yuki redrive`.",
        ),
    ),
    LONG_IN_DOUBT: KindText(
        (
            "Not certain for a day whether Yuki holds it",
            "Look in Yuki, then `tribe-yuki already-booked` or `retry`. Nothing is sent before.",
        ),
        (
            "Al een dag onzeker of hij in Yuki staat",
            "Kijk in Yuki, dan `tribe-yuki already-booked` of `retry`. Tot dan gaat er niets weg.",
        ),
    ),
    LONG_WAIT: KindText(
        (
            "Waiting for a day",
            "`tribe-yuki explain` with the number shows what for; `tribe-yuki status` whether both systems answer.",
        ),
        (
            "Wacht al een dag",
            "`tribe-yuki explain` met het nummer toont waarop; `tribe-yuki status` of beide systemen antwoorden.",
        ),
    ),
    ReportReason.EDITED_AFTER_SENT: KindText(
        (
            "Changed in Tribe after it was booked",
            "Compare the invoice in both systems, and correct the one that is wrong.",
        ),
        ("In Tribe gewijzigd na de boeking", "Vergelijk de factuur in beide systemen en verbeter wat niet klopt."),
    ),
    ReportReason.BOOKED_DIFFERENTLY: KindText(
        (
            "Booked differently than it was sent",
            "Compare the invoice in both systems, and correct the one that is wrong.",
        ),
        ("Anders geboekt dan verstuurd", "Vergelijk de factuur in beide systemen en verbeter wat niet klopt."),
    ),
    UNTICKED: KindText(
        (
            "Contacts not ticked as Customer in Yuki yet",
            "Yuki: Contacts, search the number, tick Customer, save. Otherwise their first invoice waits.",
        ),
        (
            "Contacten die in Yuki nog niet zijn aangevinkt als Klant",
            "Yuki: Contacten, zoek het nummer, zet het vinkje Klant, sla op. Anders wacht hun eerste factuur.",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class _Words:
    """The words between the facts, in one language."""

    subject: str
    heading: str
    to_do: str
    invoice: tuple[str, str]
    contact: tuple[str, str]
    and_: str
    debtor: str
    yuki_contact: str
    no_number: str
    days: tuple[str, str, str]
    more: str
    day_format: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        subject="Tribe-Yuki {connection}: {count} to look at",
        heading="This waits for you in connection {connection} on {day}.",
        to_do="What to do",
        invoice=("invoice", "invoices"),
        contact=("contact", "contacts"),
        and_="and",
        debtor="debtor number {number}",
        yuki_contact="contact no. {number} in Yuki",
        no_number="no number",
        days=("since today", "for 1 day", "for {days} days"),
        more="… and {count} more; see `tribe-yuki holds`.",
        day_format="%Y-%m-%d",
    ),
    "nl": _Words(
        subject="Tribe-Yuki {connection}: {count} om te bekijken",
        heading="Dit wacht op u in koppeling {connection} op {day}.",
        to_do="Wat te doen",
        invoice=("factuur", "facturen"),
        contact=("contact", "contacten"),
        and_="en",
        debtor="debiteurennummer {number}",
        yuki_contact="contact nr. {number} in Yuki",
        no_number="zonder nummer",
        days=("sinds vandaag", "sinds 1 dag", "sinds {days} dagen"),
        more="… en nog {count}; zie `tribe-yuki holds`.",
        day_format="%d-%m-%Y",
    ),
}


def mail_of(connection_id: str, waiting: Collection[Waiting], *, now: datetime, language: str) -> Mail:
    """Return the mail about what waits for one owner, grouped by kind, longest waiting first."""
    words = _WORDS[language]
    today = now.astimezone(AMSTERDAM).date()
    groups: dict[str, list[Waiting]] = defaultdict(list)
    for one in sorted(waiting, key=lambda one: one.since):
        groups[one.kind].append(one)
    heading = words.heading.format(connection=connection_id, day=today.strftime(words.day_format))
    # In the order of the table: what stops invoices comes before what may stop one.
    parts = ["\n".join(_group(kind, groups[kind], today, language)) for kind in KINDS if kind in groups]
    subject = words.subject.format(connection=connection_id, count=_count(waiting, words))
    return Mail(on_one_line(subject), "\n\n".join([heading, *parts]) + "\n")


def _count(waiting: Collection[Waiting], words: _Words) -> str:
    invoices = sum(one.tribe_invoice_id is not None for one in waiting)
    counts = ((invoices, words.invoice), (len(waiting) - invoices, words.contact))
    return f" {words.and_} ".join(f"{count} {names[count != 1]}" for count, names in counts if count)


def _group(kind: str, waiting: Sequence[Waiting], today: date, language: str) -> Iterator[str]:
    words = _WORDS[language]
    title, to_do = KINDS[kind].dutch if language == "nl" else KINDS[kind].english
    yield f"{title} ({len(waiting)})"
    yield f"{words.to_do}: {to_do}"
    for one in waiting[:MOST_LINES]:
        yield f"  - {_line(one, today, language)}"
    if len(waiting) > MOST_LINES:
        yield f"  {words.more.format(count=len(waiting) - MOST_LINES)}"


def _line(one: Waiting, today: date, language: str) -> str:
    words = _WORDS[language]
    parts = []
    if one.tribe_invoice_id is not None:
        parts.append(_short(one.number) or f"{words.no_number} ({one.tribe_invoice_id})")
        if one.invoice_date is not None:
            parts.append(one.invoice_date.strftime(words.day_format))
        if one.amount is not None:
            parts.append(f"{_short(one.currency)} {amount_in(language, one.amount)}")
    if one.debtor_number:
        parts.append(words.debtor.format(number=_short(one.debtor_number)))
    elif one.yuki_contact:
        parts.append(words.yuki_contact.format(number=_short(one.yuki_contact)))
    elif one.tribe_relation_id and one.tribe_invoice_id is None:
        parts.append(f"{words.no_number} ({one.tribe_relation_id})")
    detail = mailed_details_in(language, one.details)
    if detail:
        parts.append(on_one_line(detail, LONGEST_CODE))
    days = (today - one.since.astimezone(AMSTERDAM).date()).days
    parts.append(words.days[min(days, 2)].format(days=days))
    return ", ".join(parts)


def _short(text: str | None) -> str:
    """Return what people typed as a number, too short for a message of their own: a mail of ours is believed."""
    return on_one_line(text or "", _LONGEST_NUMBER)
