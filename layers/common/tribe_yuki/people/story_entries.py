"""What happens to a record, as the journal tells it: who did it, and which facts its sentence is continued with.

The sentences are `story.<kind>.<code>` in the catalogue, the continuations `story.<kind>.<code>.<fact>`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tribe_yuki.contacts.link import LinkState
from tribe_yuki.core.journal import JournalKind
from tribe_yuki.invoices.transfer import State


class Actor(StrEnum):
    """Who did what an entry tells."""

    CONNECTOR = "connector"
    TRIBE = "tribe"
    YUKI = "yuki"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Story:
    """Who did it, and the facts that are told besides, when an entry has them. Of a person, the reason given, too."""

    actor: Actor
    more: tuple[str, ...] = ()


STORIES: Mapping[tuple[JournalKind, str], Story] = {
    (JournalKind.EVENT, "webhook"): Story(Actor.TRIBE),
    (JournalKind.EVENT, "webhook_missed"): Story(Actor.CONNECTOR),
    (JournalKind.EVENT, "looked_up"): Story(Actor.CONNECTOR),
    (JournalKind.DECISION, State.WAITING): Story(Actor.CONNECTOR, ("due_at",)),
    (JournalKind.DECISION, State.READY): Story(Actor.CONNECTOR, ("due_at",)),
    (JournalKind.ATTEMPT, "send"): Story(Actor.CONNECTOR),
    (JournalKind.ANSWER, State.BOOKED): Story(Actor.YUKI),
    (JournalKind.DECISION, State.BOOKED): Story(Actor.CONNECTOR),
    (JournalKind.DECISION, State.HELD): Story(Actor.CONNECTOR),
    (JournalKind.DECISION, State.SKIPPED): Story(Actor.CONNECTOR),
    (JournalKind.DECISION, State.UNCONFIRMED): Story(Actor.CONNECTOR, ("due_at",)),
    (JournalKind.DECISION, State.DEAD): Story(Actor.CONNECTOR),
    (JournalKind.DECISION, "released"): Story(Actor.CONNECTOR),
    (JournalKind.VERIFICATION, "found"): Story(Actor.YUKI),
    (JournalKind.VERIFICATION, "other"): Story(Actor.YUKI),
    (JournalKind.VERIFICATION, "alike"): Story(Actor.YUKI),
    (JournalKind.VERIFICATION, "absent"): Story(Actor.YUKI, ("due_at",)),
    (JournalKind.VERIFICATION, "postponed"): Story(Actor.CONNECTOR, ("due_at",)),
    (JournalKind.REPORT, "external_id_written"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "external_id_not_written"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "product_would_change"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "vat_number_of_another_country"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "payment_reference_left_out"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "edited_after_sent"): Story(Actor.TRIBE),
    (JournalKind.REPORT, "booked_differently"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "difference_settled"): Story(Actor.CONNECTOR),
    (JournalKind.DECISION, "linked"): Story(Actor.CONNECTOR),
    (JournalKind.ATTEMPT, "create_contact"): Story(Actor.CONNECTOR),
    (JournalKind.ANSWER, "contact_not_created"): Story(Actor.YUKI),
    (JournalKind.ATTEMPT, "create_relation"): Story(Actor.CONNECTOR),
    (JournalKind.ANSWER, "written_to_yuki"): Story(Actor.CONNECTOR),
    (JournalKind.ANSWER, "written_to_tribe"): Story(Actor.CONNECTOR),
    (JournalKind.ANSWER, "code_written"): Story(Actor.CONNECTOR, ("former",)),
    (JournalKind.REPORT, "code_written"): Story(Actor.CONNECTOR, ("found",)),
    (JournalKind.REPORT, "code_put_back"): Story(Actor.CONNECTOR, ("found",)),
    (JournalKind.REPORT, "conflict"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "emptied"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "not_reflected"): Story(Actor.CONNECTOR),
    (JournalKind.REPORT, "field_warning"): Story(Actor.CONNECTOR),
    (JournalKind.ANSWER, "customer"): Story(Actor.YUKI),
    (JournalKind.ANSWER, "not_customer"): Story(Actor.YUKI),
    (JournalKind.REPORT, "inactive_in_yuki"): Story(Actor.YUKI),
    (JournalKind.DECISION, LinkState.GONE_IN_TRIBE): Story(Actor.TRIBE, ("merged_into",)),
    (JournalKind.DECISION, LinkState.GONE_IN_YUKI): Story(Actor.YUKI),
    (JournalKind.DECISION, "repointed"): Story(Actor.TRIBE),
    (JournalKind.DECISION, "retried"): Story(Actor.PERSON),
    (JournalKind.DECISION, "accepted"): Story(Actor.PERSON),
    (JournalKind.DECISION, "rounded"): Story(Actor.PERSON),
    (JournalKind.DECISION, "said_to_be_booked"): Story(Actor.PERSON, ("yuki_document_id",)),
    (JournalKind.DECISION, "dismissed"): Story(Actor.PERSON),
    (JournalKind.DECISION, "redriven"): Story(Actor.PERSON),
    (JournalKind.DECISION, "dead_letters_redriven"): Story(Actor.PERSON),
    (JournalKind.DECISION, "mark_asked_again"): Story(Actor.PERSON),
    (JournalKind.DECISION, "linked_by_hand"): Story(Actor.PERSON),
    (JournalKind.DECISION, "unlinked_by_hand"): Story(Actor.PERSON),
    (JournalKind.DECISION, "contact_given_away"): Story(Actor.PERSON),
    (JournalKind.DECISION, LinkState.ERASED): Story(Actor.PERSON),
    (JournalKind.DECISION, "connected"): Story(Actor.PERSON),
    (JournalKind.DECISION, "credentials_replaced"): Story(Actor.PERSON),
    (JournalKind.DECISION, "resumed_after_restore"): Story(Actor.PERSON),
    (JournalKind.DECISION, "person_invited"): Story(Actor.PERSON),
    (JournalKind.DECISION, "person_removed"): Story(Actor.PERSON),
    (JournalKind.DECISION, "webhooks_rotated"): Story(Actor.PERSON),
    (JournalKind.DECISION, "former_webhook_secrets_forgotten"): Story(Actor.PERSON),
    (JournalKind.DECISION, "settings_changed"): Story(Actor.PERSON),
    (JournalKind.DECISION, "activated"): Story(Actor.PERSON),
    (JournalKind.DECISION, "import_started"): Story(Actor.PERSON),
    (JournalKind.DECISION, "paused"): Story(Actor.PERSON),
    (JournalKind.DECISION, "resumed"): Story(Actor.PERSON),
    (JournalKind.DECISION, "resync_started"): Story(Actor.PERSON),
    (JournalKind.DECISION, "task_started"): Story(Actor.PERSON),
    (JournalKind.DECISION, "disconnected"): Story(Actor.PERSON),
}
