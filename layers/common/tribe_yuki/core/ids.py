"""Ids and what they must look like."""

import re

CONNECTION_ID = re.compile(r"[a-z0-9-]{1,32}")
# All connections are listed under this owner, beside what belongs to each of them: one of this name would be taken for
# the list, and the list for it.
CONNECTION_LIST = "connections"
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def is_connection_id(text: str) -> bool:
    """Whether a text may be the id of a connection."""
    return CONNECTION_ID.fullmatch(text) is not None and text != CONNECTION_LIST


def is_guid(text: str) -> bool:
    """Whether a text is a GUID, in any case of letters."""
    return GUID.fullmatch(text) is not None
