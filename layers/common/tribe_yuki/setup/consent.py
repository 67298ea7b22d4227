"""What a user's consent in Tribe led to (tribe-api 2)."""

from urllib.parse import parse_qs, urlsplit

from tribe_yuki.admin.declined import Declined


def code_of(address: str, state: str) -> str:
    """Return the code from the address that the consent screen led to.

    It must carry the state that this consent was begun with: an address without it may be of somebody else's consent,
    and would connect their Tribe. Raises Declined for another state or none, and when Tribe gave no consent.
    """
    if "?" not in address:
        raise Declined(
            "state_missing",
            "paste the whole address that the consent screen led to, from https:// on",
        )
    query = parse_qs(urlsplit(address).query)
    if query.get("state") != [state]:
        raise Declined("state_differs", "this address belongs to another consent; start again")
    if "code" not in query:
        said = ", ".join(query.get("error", ["no code"]))
        raise Declined("consent_refused", f"Tribe gave no consent: {said}")
    return query["code"][0]


def bare_code(given: str) -> str:
    """Return a code that was given by itself; raise Declined for an address, whose state nobody can check."""
    if "://" in given or "code=" in given:
        raise Declined(
            "code_is_an_address",
            "--tribe-code takes the code alone, and only of a consent that you began yourself; without it, connect "
            "leads to the consent screen",
        )
    return given
