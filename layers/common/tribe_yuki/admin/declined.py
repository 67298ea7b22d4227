"""What an operator is told instead of having it done."""

from tribe_yuki.core.errors import ConnectorError, Held
from tribe_yuki.core.texts import explain_hold


class Declined(ConnectorError):
    """Nothing was changed; the text says why, and what to do."""


def explain(error: ConnectorError) -> str:
    """Return an error as a sentence for the operator."""
    if isinstance(error, Held):
        return explain_hold(error.reason, details=error.details, words=error.words)
    return error.text or error.code
