"""Why a record waits for something that comes by itself."""

from enum import StrEnum


class WaitReason(StrEnum):
    """Stable codes of what is waited for; a transfer that was given up keeps the last of them."""

    BREAKER = "yuki_breaker_open"
    BUDGET = "yuki_budget_spent"
    BUSY = "relation_busy"
    DECIDED = "decided_by_hand"
    DEFECT = "defect"
    FIRST_LOOK = "first_look"
    MISSED = "webhook_missed"
    NUMBER = "number_pending"
    PAUSED = "paused"
    PDF = "pdf_pending"
    RETRY = "retry"
    SETTLING = "import_settling"
    SLOW_DOWN = "slow_down"
