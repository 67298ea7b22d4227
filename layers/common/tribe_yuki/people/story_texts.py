"""What every entry of the journal says to people, in English and Dutch: the catalogue of `explain`, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.holds import Owner, Release
from tribe_yuki.core.journal import JournalKind
from tribe_yuki.invoices.transfer import State


class Actor(StrEnum):
    """Who did what an entry tells."""

    CONNECTOR = "connector"
    TRIBE = "tribe"
    YUKI = "yuki"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing to say, in both languages, with the same placeholders in both."""

    english: str
    dutch: str

    def in_language(self, language: str) -> str:
        """Return it in `en` or `nl`."""
        return self.dutch if language == "nl" else self.english


@dataclass(frozen=True, slots=True)
class StoryText:
    """What an entry says; `more` is said of the facts that an entry may have, when it has them.

    Placeholders are the names of facts. An entry that tells of Yuki's own words shows them apart.
    """

    actor: Actor
    text: Sentence
    more: Mapping[str, Sentence] = field(default_factory=dict)


_LOOK_AGAIN = {"due_at": Sentence(" It is looked at again on {due_at}.", " Hij wordt weer bekeken op {due_at}.")}
_WHY = {"why": Sentence(" Reason given: {why}.", " Opgegeven reden: {why}.")}
_NOW_WAITS = Sentence("It waits: {reason}", "Hij wacht: {reason}")

STORY_TEXTS: Mapping[tuple[JournalKind, str], StoryText] = {
    # An invoice, from the event to the books.
    (JournalKind.EVENT, "webhook"): StoryText(
        Actor.TRIBE,
        Sentence(
            "Tribe reported a change: its webhook came in.",
            "Tribe meldde een wijziging: de webhook kwam binnen.",
        ),
    ),
    (JournalKind.EVENT, "webhook_missed"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The nightly catch-up found the invoice in Tribe; no webhook had told of it.",
            "De nachtelijke controle vond de factuur in Tribe; geen webhook had hem gemeld.",
        ),
    ),
    (JournalKind.EVENT, "looked_up"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The connector looked the invoice up in Tribe by itself.",
            "De koppeling heeft de factuur zelf in Tribe opgezocht.",
        ),
    ),
    (JournalKind.DECISION, State.WAITING): StoryText(Actor.CONNECTOR, _NOW_WAITS, _LOOK_AGAIN),
    (JournalKind.DECISION, State.READY): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The invoice was read in Tribe, checked, and is ready to be sent to Yuki.",
            "De factuur is in Tribe gelezen, gecontroleerd en staat klaar om naar Yuki te gaan.",
        ),
        {
            "due_at": Sentence(
                " It goes with the next batch, from {due_at}.", " Hij gaat mee met de volgende zending, vanaf {due_at}."
            )
        },
    ),
    (JournalKind.ATTEMPT, "send"): StoryText(
        Actor.CONNECTOR,
        Sentence("Sent to Yuki (attempt {send}), {pdf}.", "Naar Yuki gestuurd (poging {send}), {pdf}."),
    ),
    (JournalKind.ANSWER, State.BOOKED): StoryText(
        Actor.YUKI,
        Sentence(
            "Yuki booked the invoice: it is an outstanding item.",
            "Yuki heeft de factuur geboekt: hij is een openstaande post.",
        ),
    ),
    (JournalKind.DECISION, State.BOOKED): StoryText(
        Actor.CONNECTOR,
        Sentence("The invoice counts as booked: {verification}.", "De factuur geldt als geboekt: {verification}."),
    ),
    (JournalKind.DECISION, State.HELD): StoryText(
        Actor.CONNECTOR, Sentence("Held for {owner}: {hold}", "Wacht op {owner}: {hold}")
    ),
    (JournalKind.DECISION, State.SKIPPED): StoryText(
        Actor.CONNECTOR, Sentence("It does not go to Yuki: {reason}", "Hij gaat niet naar Yuki: {reason}")
    ),
    (JournalKind.DECISION, State.UNCONFIRMED): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "Whether Yuki holds it is not certain: {reason} Nothing is sent before Yuki was asked.",
            "Of hij in Yuki staat is niet zeker: {reason} Er wordt niets gestuurd voordat Yuki het heeft gezegd.",
        ),
        {"due_at": Sentence(" Yuki is asked on {due_at}.", " Yuki wordt ernaar gevraagd op {due_at}.")},
    ),
    (JournalKind.DECISION, State.DEAD): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "Given up after the last retry: {reason} The operator was warned.",
            "Opgegeven na de laatste poging: {reason} De beheerder is gewaarschuwd.",
        ),
    ),
    (JournalKind.DECISION, "released"): StoryText(
        Actor.CONNECTOR, Sentence("It no longer has to wait: {cause}", "Hij hoeft niet langer te wachten: {cause}")
    ),
    (JournalKind.VERIFICATION, "found"): StoryText(
        Actor.YUKI,
        Sentence(
            "Asked whether it holds the invoice, Yuki showed one with the same number, contact, date and amount.",
            "Op de vraag of hij erin staat, toonde Yuki er een met dezelfde datum, nummer, contact en bedrag.",
        ),
    ),
    (JournalKind.VERIFICATION, "other"): StoryText(
        Actor.YUKI,
        Sentence(
            "Asked whether it holds the invoice, Yuki showed another one with the same number.",
            "Op de vraag of de factuur erin staat, toonde Yuki een andere met hetzelfde nummer.",
        ),
    ),
    (JournalKind.VERIFICATION, "absent"): StoryText(
        Actor.YUKI,
        Sentence(
            "Asked whether it holds the invoice, Yuki did not show it: neither open nor in the archive.",
            "Op de vraag of de factuur erin staat, toonde Yuki hem niet: niet openstaand en niet in het archief.",
        ),
        {
            "due_at": Sentence(
                " Yuki is asked once more on {due_at}.", " Yuki wordt er nog eens naar gevraagd op {due_at}."
            )
        },
    ),
    (JournalKind.VERIFICATION, "postponed"): StoryText(
        Actor.CONNECTOR,
        Sentence("Yuki could not settle it yet: {cause}", "Yuki gaf nog geen uitsluitsel: {cause}"),
        {"due_at": Sentence(" Yuki is asked again on {due_at}.", " Yuki wordt er weer naar gevraagd op {due_at}.")},
    ),
    (JournalKind.REPORT, "external_id_written"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The booking was noted on the invoice in Tribe, in {field}.",
            "De boeking is op de factuur in Tribe genoteerd, in {field}.",
        ),
    ),
    (JournalKind.REPORT, "external_id_not_written"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The booking could not be noted on the invoice in Tribe: {cause} The invoice stays booked.",
            "De boeking kon niet op de factuur in Tribe worden genoteerd: {cause} De factuur blijft geboekt.",
        ),
    ),
    (JournalKind.REPORT, "product_would_change"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "To Yuki the products of lines {lines} are one, because their names are equal, though their ledger account "
            "or VAT differs. Each line is booked with its own; give the products other names or codes in Tribe.",
            "Voor Yuki zijn de producten van de regels {lines} er één, omdat hun namen gelijk zijn, al verschilt hun "
            "grootboekrekening of btw. Elke regel wordt met de eigen geboekt; geef de producten in Tribe andere namen "
            "of codes.",
        ),
    ),
    (JournalKind.REPORT, "edited_after_sent"): StoryText(
        Actor.TRIBE,
        Sentence(
            "The invoice was changed in Tribe after it was booked ({changed}). Nothing is sent again: compare both.",
            "De factuur is in Tribe gewijzigd na de boeking ({changed}). Er gaat niets opnieuw: vergelijk beide.",
        ),
    ),
    (JournalKind.REPORT, "booked_differently"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "Yuki's books differ from what was sent: {difference}. Nothing is sent again: compare both.",
            "De boeken in Yuki wijken af van wat is verstuurd: {difference}. Er gaat niets opnieuw: vergelijk beide.",
        ),
    ),
    (JournalKind.REPORT, "difference_settled"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "What was reported is settled ({difference}): Tribe and Yuki are equal.",
            "Wat gemeld was is opgelost ({difference}): Tribe en Yuki zijn gelijk.",
        ),
    ),
    # A contact.
    (JournalKind.DECISION, "linked"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The relation in Tribe and the contact in Yuki were linked: {how}.",
            "De relatie in Tribe en het contact in Yuki zijn gekoppeld: {how}.",
        ),
    ),
    (JournalKind.ATTEMPT, "create_contact"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "No contact of Yuki is this relation; one is created.",
            "Geen contact in Yuki is deze relatie; er wordt er een aangemaakt.",
        ),
    ),
    (JournalKind.ANSWER, "contact_not_created"): StoryText(
        Actor.YUKI, Sentence("The contact was not created.", "Het contact is niet aangemaakt.")
    ),
    (JournalKind.ATTEMPT, "create_relation"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "No relation of Tribe is this contact; one is created.",
            "Geen relatie in Tribe is dit contact; er wordt er een aangemaakt.",
        ),
    ),
    (JournalKind.ANSWER, "written_to_yuki"): StoryText(
        Actor.CONNECTOR, Sentence("Brought from Tribe to Yuki: {fields}.", "Van Tribe naar Yuki gebracht: {fields}.")
    ),
    (JournalKind.ANSWER, "written_to_tribe"): StoryText(
        Actor.CONNECTOR, Sentence("Brought from Yuki to Tribe: {fields}.", "Van Yuki naar Tribe gebracht: {fields}.")
    ),
    (JournalKind.ANSWER, "code_written"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The contact in Yuki got relation code {written}.", "Het contact in Yuki kreeg relatiecode {written}."
        ),
        {"former": Sentence(" It had {former} before.", " Het had eerder {former}.")},
    ),
    (JournalKind.REPORT, "code_written"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The contact in Yuki got relation code {written}.", "Het contact in Yuki kreeg relatiecode {written}."
        ),
        {"found": Sentence(" It had {found} before.", " Het had eerder {found}.")},
    ),
    (JournalKind.REPORT, "code_put_back"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "The relation code was changed in Yuki. Tribe leads: {written} was put back.",
            "De relatiecode was in Yuki gewijzigd. Tribe is leidend: {written} is teruggezet.",
        ),
        {"found": Sentence(" Yuki had {found}.", " In Yuki stond {found}.")},
    ),
    (JournalKind.REPORT, "conflict"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "Both sides had another value for {field}; one of them was kept, as the connection's rules say.",
            "Beide kanten hadden een andere waarde voor {field}; een ervan bleef, volgens de regels van de koppeling.",
        ),
    ),
    (JournalKind.REPORT, "emptied"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "{field} was emptied in {side}. That is not carried over: the other side keeps its value.",
            "{field} is leeggemaakt in {side}. Dat wordt niet overgenomen: de andere kant houdt zijn waarde.",
        ),
    ),
    (JournalKind.REPORT, "not_reflected"): StoryText(
        Actor.CONNECTOR,
        Sentence(
            "What was written to {field} does not read back as it was written. Check it; it is not written back.",
            "Wat in {field} is geschreven, komt er anders uit. Controleer het; het wordt niet teruggeschreven.",
        ),
    ),
    (JournalKind.REPORT, "field_warning"): StoryText(
        Actor.CONNECTOR, Sentence("About {field}: {warning}", "Over {field}: {warning}")
    ),
    (JournalKind.ANSWER, "customer"): StoryText(
        Actor.YUKI,
        Sentence("The contact is ticked as Customer in Yuki.", "Het contact is in Yuki aangevinkt als Klant."),
    ),
    (JournalKind.ANSWER, "not_customer"): StoryText(
        Actor.YUKI,
        Sentence("The contact is not ticked as Customer in Yuki.", "Het contact is in Yuki niet aangevinkt als Klant."),
    ),
    (JournalKind.REPORT, "inactive_in_yuki"): StoryText(
        Actor.YUKI,
        Sentence(
            "The contact was made inactive in Yuki. That is not carried to Tribe.",
            "Het contact is in Yuki inactief gemaakt. Dat gaat niet naar Tribe.",
        ),
    ),
    (JournalKind.DECISION, LinkState.GONE_IN_TRIBE): StoryText(
        Actor.TRIBE,
        Sentence(
            "The relation is gone in Tribe. Nothing is deleted in Yuki.",
            "De relatie is weg uit Tribe. In Yuki wordt niets verwijderd.",
        ),
        {
            "merged_into": Sentence(
                " It was merged into another relation.", " Hij is samengevoegd met een andere relatie."
            )
        },
    ),
    (JournalKind.DECISION, LinkState.GONE_IN_YUKI): StoryText(
        Actor.YUKI,
        Sentence(
            "The contact is gone in Yuki. Nothing is deleted in Tribe.",
            "Het contact is weg uit Yuki. In Tribe wordt niets verwijderd.",
        ),
    ),
    (JournalKind.DECISION, "repointed"): StoryText(
        Actor.TRIBE,
        Sentence(
            "Another relation was merged into this one in Tribe; its contact in Yuki belongs to this one now.",
            "Een andere relatie is in Tribe met deze samengevoegd; haar contact in Yuki hoort nu bij deze.",
        ),
    ),
    # What people pressed.
    (JournalKind.DECISION, "retried"): StoryText(
        Actor.PERSON, Sentence("Had it looked at again.", "Heeft hem opnieuw laten bekijken."), _WHY
    ),
    (JournalKind.DECISION, "accepted"): StoryText(
        Actor.PERSON, Sentence("Accepted it as it is.", "Heeft het zo geaccepteerd."), _WHY
    ),
    (JournalKind.DECISION, "rounded"): StoryText(
        Actor.PERSON, Sentence("Had the totals rounded.", "Heeft de totalen laten afronden."), _WHY
    ),
    (JournalKind.DECISION, "said_to_be_booked"): StoryText(
        Actor.PERSON,
        Sentence("Said that it is in Yuki already.", "Heeft gezegd dat hij al in Yuki staat."),
        {"yuki_document_id": Sentence(" Document {yuki_document_id}.", " Document {yuki_document_id}."), **_WHY},
    ),
    (JournalKind.DECISION, "dismissed"): StoryText(
        Actor.PERSON, Sentence("Said that it is not to be booked.", "Heeft gezegd dat hij niet geboekt wordt."), _WHY
    ),
    (JournalKind.DECISION, "redriven"): StoryText(
        Actor.PERSON,
        Sentence(
            "Had it tried again after it was given up.", "Heeft hem opnieuw laten proberen nadat hij was opgegeven."
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "dead_letters_redriven"): StoryText(
        Actor.PERSON,
        Sentence(
            "Had {invoices} invoices and {messages} messages tried again that were given up.",
            "Heeft {invoices} opgegeven facturen en {messages} opgegeven berichten opnieuw laten proberen.",
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "mark_asked_again"): StoryText(
        Actor.PERSON,
        Sentence(
            "Had Yuki asked again whether the contact is marked as Customer.",
            "Heeft Yuki opnieuw laten vragen of het contact is aangevinkt als Klant.",
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "linked_by_hand"): StoryText(
        Actor.PERSON,
        Sentence("Linked with a contact of Yuki by hand.", "Met de hand gekoppeld aan een contact in Yuki."),
        _WHY,
    ),
    (JournalKind.DECISION, "unlinked_by_hand"): StoryText(
        Actor.PERSON,
        Sentence(
            "Took the link with the contact in Yuki away.", "Heeft de koppeling met het contact in Yuki weggehaald."
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "contact_given_away"): StoryText(
        Actor.PERSON,
        Sentence(
            "Gave the contact in Yuki to another relation.", "Heeft het contact in Yuki aan een andere relatie gegeven."
        ),
        _WHY,
    ),
    (JournalKind.DECISION, LinkState.ERASED): StoryText(
        Actor.PERSON,
        Sentence(
            "Erased what was stored about this person. Bookings are kept as long as the law wants.",
            "Heeft gewist wat over deze persoon was opgeslagen. Boekingen blijven zolang de wet dat wil.",
        ),
        _WHY,
    ),
    # The connection itself.
    (JournalKind.DECISION, "connected"): StoryText(
        Actor.PERSON, Sentence("Connected Tribe and Yuki.", "Heeft Tribe en Yuki gekoppeld."), _WHY
    ),
    (JournalKind.DECISION, "credentials_replaced"): StoryText(
        Actor.PERSON,
        Sentence("Connected again, with new credentials.", "Heeft opnieuw gekoppeld, met nieuwe inloggegevens."),
        _WHY,
    ),
    (JournalKind.DECISION, "resumed_after_restore"): StoryText(
        Actor.PERSON,
        Sentence(
            "Resumed the connection with tables that were restored from a backup.",
            "Heeft de koppeling hervat met tabellen die uit een back-up zijn teruggezet.",
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "webhooks_rotated"): StoryText(
        Actor.PERSON,
        Sentence(
            "Replaced the {webhooks} webhooks and their secrets.",
            "Heeft de {webhooks} webhooks en hun geheimen vervangen.",
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "former_webhook_secrets_forgotten"): StoryText(
        Actor.PERSON,
        Sentence(
            "Had the former secrets of the webhooks forgotten.",
            "Heeft de vorige geheimen van de webhooks laten vergeten.",
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "settings_changed"): StoryText(
        Actor.PERSON, Sentence("Changed settings: {changes}.", "Heeft instellingen gewijzigd: {changes}."), _WHY
    ),
    (JournalKind.DECISION, "activated"): StoryText(
        Actor.PERSON, Sentence("Activated the connection.", "Heeft de koppeling geactiveerd."), _WHY
    ),
    (JournalKind.DECISION, "import_started"): StoryText(
        Actor.PERSON, Sentence("Started the initial import.", "Heeft de eerste import gestart."), _WHY
    ),
    (JournalKind.DECISION, "paused"): StoryText(
        Actor.PERSON,
        Sentence(
            "Paused the connection: events are kept, nothing is sent.",
            "Heeft de koppeling gepauzeerd: meldingen worden bewaard, er gaat niets weg.",
        ),
        _WHY,
    ),
    (JournalKind.DECISION, "resumed"): StoryText(
        Actor.PERSON, Sentence("Let the connection go on.", "Heeft de koppeling hervat."), _WHY
    ),
    (JournalKind.DECISION, "resync_started"): StoryText(
        Actor.PERSON, Sentence("Had a relation looked at again.", "Heeft een relatie opnieuw laten bekijken."), _WHY
    ),
    (JournalKind.DECISION, "task_started"): StoryText(
        Actor.PERSON, Sentence("Started a task: {task}.", "Heeft een taak gestart: {task}."), _WHY
    ),
    (JournalKind.DECISION, "disconnected"): StoryText(
        Actor.PERSON, Sentence("Disconnected Tribe and Yuki.", "Heeft Tribe en Yuki ontkoppeld."), _WHY
    ),
}

# Why something waits, was skipped, is in doubt, was released or could not be done: the codes of reasons and errors.
CAUSES: Mapping[str, Sentence] = {
    "paused": Sentence("the connection is paused.", "de koppeling is gepauzeerd."),
    "first_look": Sentence(
        "Yuki is first asked which invoice numbers it holds already.",
        "eerst wordt Yuki gevraagd welke factuurnummers er al zijn.",
    ),
    "number_pending": Sentence(
        "it has no final number in Tribe yet.", "hij heeft in Tribe nog geen definitief nummer."
    ),
    "pdf_pending": Sentence("its PDF is not there yet.", "de pdf is er nog niet."),
    "out_of_time": Sentence("its turn comes in a moment.", "het is zo aan de beurt."),
    "relation_busy": Sentence("its customer is being worked on.", "aan de klant wordt op dit moment gewerkt."),
    "yuki_budget_spent": Sentence("today's calls of Yuki are used up.", "de Yuki-aanroepen van vandaag zijn op."),
    "yuki_daily_limit": Sentence("today's calls of Yuki are used up.", "de Yuki-aanroepen van vandaag zijn op."),
    "yuki_breaker_open": Sentence("Yuki does not answer.", "Yuki antwoordt niet."),
    "slow_down": Sentence("the connector was asked to slow down.", "de koppeling moest langzamer aan doen."),
    "tribe_rate_limited": Sentence("Tribe asked to slow down.", "Tribe vroeg om rustiger aan te doen."),
    "yuki_rate_limited": Sentence("Yuki asked to slow down.", "Yuki vroeg om rustiger aan te doen."),
    "before_start_date": Sentence(
        "its date lies before the start date of the connection.",
        "de factuurdatum ligt voor de startdatum van de koppeling.",
    ),
    "draft_again": Sentence("it is a draft in Tribe.", "hij is in Tribe een concept."),
    "nothing_to_book": Sentence(
        "nothing is sold on it: no line has a quantity and a price.",
        "er wordt niets op verkocht: geen enkele regel heeft een aantal en een prijs.",
    ),
    "phase_excluded": Sentence(
        "its status in Tribe is one that the connection excludes.",
        "zijn status in Tribe is er een die de koppeling overslaat.",
    ),
    "held_meanwhile": Sentence(
        "it was held for a while, and somebody may have typed it in.",
        "hij heeft een tijd gewacht, en iemand kan hem intussen hebben ingevoerd.",
    ),
    "retried_by_hand": Sentence("somebody had it tried again.", "iemand heeft hem opnieuw laten proberen."),
    "decided_by_hand": Sentence("somebody decided about it.", "iemand heeft erover beslist."),
    "dismissed": Sentence(
        "somebody said that it is not to be booked.", "iemand heeft gezegd dat hij niet geboekt wordt."
    ),
    "seen_in_yuki": Sentence("its equal was seen in Yuki.", "in Yuki is er een gezien die gelijk is."),
    "webhook_missed": Sentence(
        "no webhook told of it when it was sent.", "geen webhook heeft gemeld dat hij is verstuurd."
    ),
    "gone_in_tribe": Sentence("it is gone in Tribe.", "hij is weg uit Tribe."),
    "external_id_of_another_system": Sentence(
        "it carries the mark of another system in Tribe.", "hij draagt in Tribe het kenmerk van een ander systeem."
    ),
    "mark_copied": Sentence(
        "it carries the mark of a booking in Tribe that is not its own, as a copy does.",
        "hij draagt in Tribe het kenmerk van een boeking die niet de zijne is, zoals een kopie.",
    ),
    "number_claimed_meanwhile": Sentence(
        "another invoice claimed the number at the same moment.",
        "een andere factuur kreeg het nummer op hetzelfde moment.",
    ),
    "tribe_document_unreadable": Sentence(
        "what Tribe gave for the PDF is no PDF.", "wat Tribe als pdf gaf, is geen pdf."
    ),
    "number_freed": Sentence(
        "another invoice had its number before and may have been sent.",
        "een andere factuur had dit nummer eerder en is mogelijk verstuurd.",
    ),
    "attempted_before": Sentence(
        "it was sent before without being booked for certain.",
        "hij is eerder verstuurd zonder zeker geboekt te zijn.",
    ),
    "changed_after_attempt": Sentence(
        "it was changed or taken back in Tribe after it was sent without being booked for certain.",
        "hij is in Tribe gewijzigd of teruggenomen nadat hij was verstuurd zonder zeker geboekt te zijn.",
    ),
    "sent_before_activation": Sentence(
        "it was sent before the connection was activated.", "hij is verstuurd voordat de koppeling actief werd."
    ),
    "number_in_yuki": Sentence(
        "Yuki held this number before the connector's first push.",
        "Yuki had dit nummer al voor de eerste zending van de koppeling.",
    ),
    "worker_lost": Sentence(
        "the connector was cut off while it sent.", "de koppeling werd tijdens het versturen afgebroken."
    ),
    "no_answer": Sentence("Yuki's answer says nothing about it.", "het antwoord van Yuki zegt er niets over."),
    "contradictory_answers": Sentence(
        "Yuki's answer contradicts itself.", "het antwoord van Yuki spreekt zichzelf tegen."
    ),
    "duplicate_reference": Sentence("Yuki says that it has this number already.", "Yuki zegt dit nummer al te hebben."),
    "archive_unclear": Sentence("Yuki's archive does not say enough.", "het archief van Yuki zegt niet genoeg."),
    "yuki_is_back": Sentence("Yuki is back.", "Yuki is er weer."),
    "yuki_unreachable": Sentence("Yuki could not be reached.", "Yuki was niet bereikbaar."),
    "yuki_timeout": Sentence("Yuki took too long to answer.", "Yuki antwoordde niet op tijd."),
    "yuki_connection_broken": Sentence(
        "the connection to Yuki broke before the answer came.", "de verbinding met Yuki brak af voor het antwoord."
    ),
    "yuki_answer_unreadable": Sentence("Yuki's answer could not be read.", "het antwoord van Yuki was niet te lezen."),
    "yuki_answer_too_large": Sentence("Yuki's answer was too large.", "het antwoord van Yuki was te groot."),
    "yuki_fault_unknown": Sentence(
        "Yuki answered with a fault that nobody knows.", "Yuki gaf een foutmelding die niemand kent."
    ),
    "yuki_notation_unknown": Sentence(
        "Yuki answered in a way that nobody knows.", "Yuki antwoordde op een manier die niemand kent."
    ),
    "yuki_session_unstable": Sentence("Yuki's session did not hold.", "de sessie bij Yuki hield geen stand."),
    "tribe_unreachable": Sentence("Tribe could not be reached.", "Tribe was niet bereikbaar."),
    "tribe_unavailable": Sentence("Tribe does not answer.", "Tribe antwoordt niet."),
    "tribe_web_page": Sentence(
        "a web page came instead of Tribe's answer: a proxy, a firewall, or maintenance.",
        "er kwam een webpagina in plaats van het antwoord van Tribe: een proxy, een firewall, of onderhoud.",
    ),
    "tribe_answer_unreadable": Sentence(
        "Tribe's answer could not be read.", "het antwoord van Tribe was niet te lezen."
    ),
    "tribe_outcome_unknown": Sentence(
        "what became of a write to Tribe is not known.",
        "wat er van een wijziging in Tribe is geworden, is niet bekend.",
    ),
    "tribe_record_changed": Sentence(
        "the record was changed in Tribe meanwhile.", "het record werd intussen in Tribe gewijzigd."
    ),
    "tribe_record_gone": Sentence("the record is gone in Tribe.", "het record is weg uit Tribe."),
    "changed_meanwhile": Sentence("another worker was busy with it.", "een ander proces was ermee bezig."),
    "linked_meanwhile": Sentence("another worker was busy with it.", "een ander proces was ermee bezig."),
    "creation_unsettled": Sentence(
        "Yuki did not say whether it made the new contact; it is looked for first.",
        "Yuki liet niet weten of het nieuwe contact is gemaakt; het wordt eerst opgezocht.",
    ),
    "queue_unavailable": Sentence("a queue was not available.", "een wachtrij was niet beschikbaar."),
    "aws_throttled": Sentence("the connector's tables were too busy.", "de tabellen van de koppeling waren te druk."),
    "aws_unreachable": Sentence(
        "the connector's tables could not be reached.", "de tabellen van de koppeling waren niet bereikbaar."
    ),
    "not_tried": Sentence(
        "Yuki stopped before it came to this invoice.", "Yuki stopte voordat deze factuur aan de beurt was."
    ),
    "refused_as_a_whole": Sentence(
        "Yuki refused the whole batch; each invoice goes alone.",
        "Yuki weigerde de hele zending; elke factuur gaat apart.",
    ),
    **dict.fromkeys(
        ("tribe_token_being_renewed", "tribe_token_not_stored", "tribe_token_unreadable"),
        Sentence("the access to Tribe is being renewed.", "de toegang tot Tribe wordt vernieuwd."),
    ),
    "tribe_consent_needed": Sentence(
        "Tribe no longer accepts the application.", "Tribe accepteert de applicatie niet meer."
    ),
    "yuki_key_refused": Sentence("Yuki no longer accepts the API key.", "Yuki accepteert de API-sleutel niet meer."),
}
UNKNOWN_CAUSE = Sentence(
    "something that the operator has to look at ({code}).", "iets waar de beheerder naar moet kijken ({code})."
)

# How an invoice came to count as booked without Yuki's own answer.
VERIFICATIONS: Mapping[str, Sentence] = {
    "person": Sentence("a person said so", "iemand heeft dat gezegd"),
    "answer": Sentence("Yuki said so", "Yuki heeft dat gezegd"),
    "found_in_yuki": Sentence(
        "it was found in Yuki's books after the attempt", "hij is na de poging in de boeken van Yuki gevonden"
    ),
    "already_in_yuki": Sentence(
        "it was in Yuki's books already, and was not sent", "hij stond al in de boeken van Yuki en is niet verstuurd"
    ),
    "external_id": Sentence(
        "it carries the mark of its booking in Tribe", "hij draagt in Tribe het kenmerk van zijn boeking"
    ),
}
BOOKED = Sentence("Yuki holds it", "hij staat in Yuki")

# How a relation and a contact found each other.
WAYS: Mapping[str, Sentence] = {
    "found": Sentence("the contact was found in Yuki", "het contact is in Yuki gevonden"),
    "created": Sentence("the missing one was created", "de ontbrekende is aangemaakt"),
    "imported": Sentence("the import found the relation in Tribe", "de import vond de relatie in Tribe"),
}

FIELDS: Mapping[str, Sentence] = {
    "code": Sentence("relation code", "relatiecode"),
    "name": Sentence("name", "naam"),
    "email": Sentence("e-mail address", "e-mailadres"),
    "financial_email": Sentence("e-mail address for invoices", "e-mailadres voor facturen"),
    "website": Sentence("website", "website"),
    "phone": Sentence("phone number", "telefoonnummer"),
    "mobile": Sentence("mobile phone number", "mobiel nummer"),
    "coc_number": Sentence("Chamber of Commerce number", "KvK-nummer"),
    "vat_number": Sentence("VAT number", "btw-nummer"),
    "billing_address": Sentence("billing address", "factuuradres"),
    "postal_address": Sentence("postal address", "postadres"),
    "private_address": Sentence("private address", "privéadres"),
    "first_name": Sentence("first name", "voornaam"),
    "middle_name": Sentence("middle name", "tussenvoegsel"),
    "last_name": Sentence("last name", "achternaam"),
    # Of an invoice.
    "number": Sentence("number", "nummer"),
    "date": Sentence("date", "datum"),
    "currency": Sentence("currency", "valuta"),
    "amount": Sentence("amount", "bedrag"),
    "customer": Sentence("customer", "klant"),
    "phase": Sentence("status", "status"),
}
SIDES: Mapping[str, Sentence] = {"tribe": Sentence("Tribe", "Tribe"), "yuki": Sentence("Yuki", "Yuki")}
WITH_PDF, WITHOUT_PDF = Sentence("with its PDF", "met de pdf"), Sentence("without a PDF", "zonder pdf")

TASKS: Mapping[str, Sentence] = {
    "poll_contacts": Sentence("look for changes in Yuki", "kijken wat er in Yuki is gewijzigd"),
    "compare_contacts": Sentence("compare all contacts", "alle contacten vergelijken"),
    "reconcile_invoices": Sentence("compare all invoices", "alle facturen vergelijken"),
}

ACTORS: Mapping[Actor, Sentence] = {
    Actor.CONNECTOR: Sentence("connector", "koppeling"),
    Actor.TRIBE: Sentence("Tribe", "Tribe"),
    Actor.YUKI: Sentence("Yuki", "Yuki"),
    Actor.PERSON: Sentence("a person", "een persoon"),
}
OWNERS: Mapping[Owner, Sentence] = {
    Owner.SALES: Sentence("sales", "verkoop"),
    Owner.BOOKKEEPER: Sentence("the bookkeeper", "de boekhouder"),
    Owner.OPERATOR: Sentence("the operator", "de beheerder"),
}

# Where a record stands.
TRANSFER_STATES: Mapping[State, Sentence] = {
    State.WAITING: Sentence("waiting", "wacht"),
    State.READY: Sentence("ready to be sent", "klaar om te versturen"),
    State.SENDING: Sentence("being sent", "wordt verstuurd"),
    State.UNCONFIRMED: Sentence("in doubt", "onzeker"),
    State.BOOKED: Sentence("booked in Yuki", "geboekt in Yuki"),
    State.HELD: Sentence("held", "wacht op actie"),
    State.SKIPPED: Sentence("not for Yuki", "niet voor Yuki"),
    State.DEAD: Sentence("given up", "opgegeven"),
}
LINK_STATES: Mapping[LinkState, Sentence] = {
    LinkState.NEW: Sentence("not in Yuki yet", "nog niet in Yuki"),
    LinkState.CREATING: Sentence("being created in Yuki", "wordt in Yuki aangemaakt"),
    LinkState.LINKED: Sentence("linked", "gekoppeld"),
    LinkState.HELD: Sentence("held", "wacht op actie"),
    LinkState.GONE_IN_TRIBE: Sentence("gone in Tribe", "weg uit Tribe"),
    LinkState.GONE_IN_YUKI: Sentence("gone in Yuki", "weg uit Yuki"),
    LinkState.ERASED: Sentence("erased, and not linked again", "gewist, en niet weer gekoppeld"),
}

# What comes next.
NEXT: Mapping[State, Sentence] = {
    State.WAITING: Sentence("The connector looks again by itself.", "De koppeling kijkt vanzelf opnieuw."),
    State.READY: Sentence(
        "The connector sends it with the next batch.", "De koppeling stuurt hem met de volgende zending."
    ),
    State.SENDING: Sentence(
        "Yuki's answer is awaited; without one, Yuki is asked whether it holds the invoice.",
        "Het antwoord van Yuki komt nog; blijft het uit, dan wordt Yuki gevraagd of de factuur erin staat.",
    ),
    State.UNCONFIRMED: Sentence(
        "The connector asks Yuki whether it holds the invoice; nothing is sent before.",
        "De koppeling vraagt Yuki of de factuur erin staat; daarvoor wordt niets gestuurd.",
    ),
    State.DEAD: Sentence(
        "The operator removes the cause, and has it sent again with `tribe-yuki redrive`.",
        "De beheerder neemt de oorzaak weg en laat hem opnieuw gaan met `tribe-yuki redrive`.",
    ),
}
AFTER_THE_PERSON: Mapping[Release, Sentence] = {
    Release.CAUSE_GONE_IN_YUKI: Sentence(
        "The connector looks in Yuki by itself; `tribe-yuki retry` looks at once.",
        "De koppeling kijkt vanzelf in Yuki; `tribe-yuki retry` kijkt meteen.",
    ),
    Release.RECORD_CHANGED: Sentence(
        "Saving it in Tribe lets it go by itself.", "Opslaan in Tribe laat hem vanzelf verdergaan."
    ),
    Release.MAPPING_SAVED: Sentence(
        "Saving the setting lets it go by itself.", "Opslaan van de instelling laat hem vanzelf verdergaan."
    ),
    Release.PERSON_DECIDES: Sentence(
        "It goes on once somebody has decided: see `tribe-yuki holds`.",
        "Hij gaat verder zodra iemand beslist: zie `tribe-yuki holds`.",
    ),
    Release.NEW_CREDENTIALS: Sentence(
        "`tribe-yuki connect` lets it go by itself.", "`tribe-yuki connect` laat hem vanzelf verdergaan."
    ),
}
REPORTED: Mapping[str, Sentence] = {
    "edited_after_sent": Sentence(
        "The bookkeeper compares the invoice in both systems, and corrects the one that is wrong.",
        "De boekhouder vergelijkt de factuur in beide systemen en verbetert wat niet klopt.",
    ),
    "booked_differently": Sentence(
        "The bookkeeper compares the invoice in both systems, and corrects the one that is wrong.",
        "De boekhouder vergelijkt de factuur in beide systemen en verbetert wat niet klopt.",
    ),
}
INACTIVE = Sentence("The contact is inactive in Yuki.", "Het contact is inactief in Yuki.")
# Why a Yuki contact without a link waits, where the sentence of the hold speaks of a relation.
HELD_CONTACT: Mapping[str, Sentence] = {
    "contact_ambiguous": Sentence(
        "It is not certain which relation in Tribe this contact of Yuki is, or the one that it is has another contact. "
        "Link the right one; if there is none, make it in Tribe first.",
        "Het is niet zeker welke relatie in Tribe dit contact uit Yuki is, of de relatie heeft al een ander contact. "
        "Koppel de juiste; is die er niet, maak haar dan eerst in Tribe.",
    ),
    "contact_gone_in_yuki": Sentence(
        "The relation in Tribe that this contact of Yuki seems to be was once unlinked or is gone. Link it if they "
        "belong together.",
        "De relatie in Tribe die dit contact uit Yuki lijkt te zijn, was ooit ontkoppeld of is weg. Koppel ze als ze "
        "bij elkaar horen.",
    ),
}
LABELS: Mapping[str, Sentence] = {
    "invoice": Sentence("Invoice", "Factuur"),
    "contact": Sentence("Contact", "Contact"),
    "yuki_contact": Sentence("Contact of Yuki without a relation in Tribe", "Contact in Yuki zonder relatie in Tribe"),
    "connection": Sentence("Connection", "Koppeling"),
    "dated": Sentence("dated", "van"),
    "debtor": Sentence("debtor number", "debiteurennummer"),
    "next": Sentence("Next", "Hierna"),
    "when": Sentence("When", "Wanneer"),
    "who": Sentence("Who", "Wie"),
    "what": Sentence("What happened", "Wat er gebeurde"),
    "words": Sentence("Yuki's words", "Woorden van Yuki"),
    "since": Sentence("since", "sinds"),
    "held": Sentence("held", "wacht op actie"),
    "creating": Sentence("a relation is being created in Tribe", "er wordt een relatie in Tribe aangemaakt"),
    "not_importable": Sentence("not imported: it has no role that is", "niet geïmporteerd: zonder rol die meegaat"),
    "connected": Sentence("connected, not activated yet", "gekoppeld, nog niet actief"),
    "active": Sentence("active", "actief"),
    "paused": Sentence("paused", "gepauzeerd"),
    "in_yuki": Sentence(
        "Yuki held an invoice with this number before the connector's first push; the connector never sent one.",
        "Yuki had al een factuur met dit nummer voor de eerste zending van de koppeling; de koppeling stuurde er geen.",
    ),
}
