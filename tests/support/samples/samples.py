"""Small records for unit tests."""

from datetime import UTC, date, datetime
from typing import Any

from tribe_yuki.connections.settings import ConnectionSettings

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DOMAIN_ID = "c3d1b9a0-6f0e-4f7e-8a55-0b2c4d6e8f10"
ADMINISTRATION_ID = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"


def settings(**changes: Any) -> ConnectionSettings:
    """Return settings of a Dutch connection."""
    values: dict[str, Any] = {
        "yuki_domain_id": DOMAIN_ID,
        "yuki_administration_id": ADMINISTRATION_ID,
        "yuki_administration_name": "Voorbeeld Administratie B.V.",
        "activated_at": datetime(2026, 1, 1, tzinfo=UTC),
        "start_date": date(2026, 1, 1),
    }
    return ConnectionSettings(**(values | changes))
