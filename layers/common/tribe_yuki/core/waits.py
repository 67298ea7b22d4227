"""Why a record of any kind waits."""

WAIT_PAUSED = "paused"
WAIT_BUSY = "relation_busy"
