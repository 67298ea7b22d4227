"""Why a transfer is where it is: a vocabulary for each state that has a reason."""

from enum import StrEnum
from typing import NewType

from tribe_yuki.core.holds import HoldReason
from tribe_yuki.core.waits import WaitReason


class DoubtReason(StrEnum):
    """Why it is not known whether Yuki holds an invoice."""

    ATTEMPTED = "attempted_before"
    BEFORE_ACTIVATION = "sent_before_activation"
    CHANGED = "changed_after_attempt"
    CONTRADICTORY = "contradictory_answers"
    DUPLICATE = "duplicate_reference"
    HELD = "held_meanwhile"
    MARKED = "mark_copied"
    MISSED = "webhook_missed"
    NO_ANSWER = "no_answer"
    NOT_TRIED = "not_tried"
    NUMBER_FREED = "number_freed"
    NUMBER_IN_YUKI = "number_in_yuki"
    REFUSED_AS_A_WHOLE = "refused_as_a_whole"
    RETRIED = "retried_by_hand"
    WORKER_LOST = "worker_lost"


class SkipReason(StrEnum):
    """Why an invoice is not for Yuki."""

    BEFORE_START = "before_start_date"
    DISMISSED = "dismissed"
    DRAFT = "draft_again"
    EMPTY = "nothing_to_book"
    EXTERNAL_ID = "external_id_of_another_system"
    GONE = "gone_in_tribe"
    PHASE = "phase_excluded"


class ReportReason(StrEnum):
    """What is reported about a booked invoice."""

    BOOKED_DIFFERENTLY = "booked_differently"
    EDITED_AFTER_SENT = "edited_after_sent"


UnlistedReason = NewType("UnlistedReason", str)
"""A reason of no vocabulary: the code of an error that left Yuki's answer open, or what a newer version stored."""

type Reason = HoldReason | WaitReason | DoubtReason | SkipReason | ReportReason | UnlistedReason
