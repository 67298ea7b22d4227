"""Tribe environments that are told apart by the company whose they are."""

from simulators.tribe import TribeSimulator

OTHER_COMPANY = "20000000-0000-4000-8000-0000000000fe"


def become_another_company(tribe: TribeSimulator, relation_id: str = OTHER_COMPANY, name: str = "Ander B.V.") -> str:
    """Have Tribe be the environment of another company from now on; return the id of the former one.

    The same simulator goes on at the same address with the same application: what tells environments apart is our own
    organisation, so that is what changes.
    """
    store = tribe.store
    (identity,) = store.by_set["Relationship_Organization_Identity"].values()
    former = identity.links["Relation"]
    if relation_id not in store.by_set["Relation_Organization"]:
        store.add("Relation_Organization", {"ID": relation_id, "Name": name})
    store.link(identity, "Relation", relation_id)
    store.put(identity, "Name", name)
    store.commit()
    return former
