"""How many calls of Yuki were used, by Yuki's own count and by the connector's."""

from collections import Counter

from tests.support.world.world import CONNECTION, World
from tests.support.world.world_tables import CONNECTIONS
from tribe_yuki.core.calendar import AMSTERDAM


def calls(world: World) -> Counter[str]:
    """Return how often each operation of Yuki was called."""
    return Counter(world.yuki_state()["calls"])


def counted_today(world: World) -> int:
    """Return how many calls the connector counted on this day of Amsterdam."""
    settings = world.connections.settings(CONNECTION)
    assert settings is not None
    day = world.clock.instant.astimezone(AMSTERDAM).date()
    key = {"owner": f"domain#{settings.yuki_domain_id}", "item": f"calls#{day}"}
    return int((world.db.get(CONNECTIONS, key) or {"calls": 0})["calls"])


def calls_today(world: World) -> int:
    """Return how many calls Yuki counted for the day so far."""
    (days,) = world.yuki_state()["daily_calls"].values()
    return int(days[max(days)])
