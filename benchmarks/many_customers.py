"""A world with many customers to import."""

from tests.support.world.world import World

SEED = 1
# Tribe numbers new relations on from the highest number, here beyond all codes of Yuki.
HIGHEST_NUMBER = "D-500000"
_SECONDS = 300


def fill(world: World, customers: int, *, in_tribe: int | None = None) -> None:
    """Give Yuki some customers, half of them with a code, and Tribe some of the same companies (one in 15)."""
    known = in_tribe if in_tribe is not None else customers // 15
    for url, wanted in (
        (f"{world.yuki_url}/_control/bulk", {"contacts": customers, "seed": SEED}),
        (f"{world.tribe_url}/_control/bulk", {"relations": known, "seed": SEED}),
        (
            f"{world.tribe_url}/_control/create/Relation_Organization",
            {"Name": "Hoogste Nummer", "DebtorNumber": HIGHEST_NUMBER},
        ),
    ):
        world.control.post(url, json=wanted, timeout=_SECONDS).raise_for_status()
