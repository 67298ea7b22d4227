"""The newest customers of Tribe: by their debtor numbers it is judged whether Tribe gives out any."""

from datetime import datetime, timedelta

from simulators.tribe import TribeSimulator


def number_newest_customers(tribe: TribeSimulator, now: datetime, numbers: list[str | None]) -> None:
    """Have the newest customers of Tribe have these debtor numbers, newest first, and all others one."""
    store = tribe.store
    customers = [
        (role, store.target(role, owner))
        for kind, owner in (("Organization", "Organization"), ("Person", "Person"))
        for role in store.by_set[f"Relationship_{kind}_CommercialRelationship_Customer"].values()
    ]
    for place, (role, relation) in enumerate(customers):
        assert relation is not None
        number = numbers[place] if place < len(numbers) else f"D-{place}"
        store.put(relation, "DebtorNumber", number)
        store.put(role, "CreationDate", (now - timedelta(minutes=place)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    store.commit()
