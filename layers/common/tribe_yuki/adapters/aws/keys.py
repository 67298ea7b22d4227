"""The only place that knows how a table's keys, its indexes' keys and the names of leases are written.

A stored key never changes: what earlier versions wrote under it is still read.
"""

from collections.abc import Mapping
from datetime import date

from tribe_yuki.connections.lease import Lease, LeaseKind
from tribe_yuki.contacts.deferred_event import Route
from tribe_yuki.contacts.link import LinkState
from tribe_yuki.contacts.store import MirrorKind
from tribe_yuki.core.journal import Subject, SubjectKind
from tribe_yuki.invoices.transfer import State

# The connections table
SETTINGS = "settings"
CODES = "books"
OWN_COMPANIES = "own_companies"
ANNOUNCED = "told"
BREAKER = "breaker"
YUKI_SESSION = "yuki_session"
RECONCILIATION = "reconciliation"
TIMESTAMP = "mark#"
UNFINISHED = "unfinished#"
PROGRESS = "progress#"
VISITED = "seen#"
RECONCILIATION_PART = "reconciliation#"
YUKI_ANSWERED = f"{TIMESTAMP}yuki_answered"

_LEASES: Mapping[LeaseKind, str] = {
    LeaseKind.RELATION: "contact#",
    LeaseKind.YUKI_CONTACT: "yuki#",
    LeaseKind.TASK: "task#",
    LeaseKind.SENDING: "send",
    LeaseKind.TRIBE_TOKEN: "tribe_token",
}

# The console's table
SESSION = "session"

# The id map table
LINK = "contact#tribe#"
UNLINKED = "unlinked#"
INVOICE = "invoice#"
FINGERPRINT = "key#"
CODE_MIRROR = "code#"
CONTACT_MIRROR = "contact#yuki#"
RECORD_MIRROR = "record#"
MIRRORS: Mapping[MirrorKind, str] = {
    MirrorKind.CODE: CODE_MIRROR,
    MirrorKind.YUKI_CONTACT: CONTACT_MIRROR,
    MirrorKind.RECORD: RECORD_MIRROR,
}

# The journal
CONNECTION_JOURNAL = "connection#settings"
_SUBJECTS: Mapping[SubjectKind, str] = {
    SubjectKind.INVOICE: INVOICE,
    SubjectKind.RELATION: LINK,
    SubjectKind.YUKI_CONTACT: UNLINKED,
    SubjectKind.CONNECTION: CONNECTION_JOURNAL,
}


def lease(of: Lease) -> str:
    """Return the item of a lease."""
    return f"lease#{_LEASES[of.kind]}{of.name}"


def calls(yuki_domain_id: str, day: date) -> dict[str, str]:
    """Return the key of the counter of a domain's calls on a day."""
    return {"owner": f"domain#{yuki_domain_id}", "item": f"calls#{day}"}


def session(key: str) -> dict[str, str]:
    """Return the key of a console session."""
    return {"owner": f"{SESSION}#{key}", "item": SESSION}


def session_form(key: str, digest: str) -> dict[str, str]:
    """Return the key of a form of a session that was sent."""
    return {"owner": f"{SESSION}#{key}", "item": f"form#{digest}"}


def sign_in(digest: str) -> dict[str, str]:
    """Return the key of an attempt to sign in."""
    return {"owner": f"sign-in#{digest}", "item": "attempt"}


def roles_of(subject: str) -> str:
    """Return under which owner a person's roles stand, by connection."""
    return f"person#{subject}"


def members_of(connection_id: str) -> str:
    """Return under which owner the people of a connection stand, by subject; of the deployment for the empty id."""
    return f"members#{connection_id}"


def subject(of: Subject) -> str:
    """Return what a subject is called in the journal."""
    return f"{_SUBJECTS[of.kind]}{of.record_id}"


def number(reference: str, year: int | None) -> str:
    """Return the item that reserves an invoice's number in a book year, or in all of them."""
    return f"reference#{reference}" if year is None else f"reference#{reference}#{year}"


def deferred(route: Route, record_id: str) -> str:
    """Return the item of a deferred event."""
    return f"pending#{route}#{record_id}"


def fingerprint(text: str, record_id: str) -> str:
    """Return the item that says that a record has a fingerprint."""
    return f"{FINGERPRINT}{text}#{record_id}"


def link_state(connection_id: str, state: LinkState) -> str:
    """Return the key of the index for links in a state."""
    return f"{connection_id}#contact#{state}"


def transfer_state(connection_id: str, state: State) -> str:
    """Return the key of the index for transfers in a state."""
    return f"{connection_id}#invoice#{state}"


def transfer_reported(connection_id: str) -> str:
    """Return the key of the index for the few booked transfers that somebody has to look at, apart from the others."""
    return f"{connection_id}#invoice#reported"


def unlinked_held(connection_id: str) -> str:
    """Return the key of the index for contacts without link that wait for a person."""
    return f"{connection_id}#unlinked#held"


def deferred_held(connection_id: str) -> str:
    """Return the key of the index for deferred events that wait for a person."""
    return f"{connection_id}#pending#held"
