"""What the faults of Yuki mean: one table, matched by "contains" whatever the case (yuki-api 7).

Everything in the table says that nothing was done. A fault that is not in it says nothing: on a read the session may
have expired (the text for that is not known), on a write the outcome is open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from tribe_yuki.adapters.yuki.markup import CONTACT, SALES_INVOICES
from tribe_yuki.adapters.yuki.soap import AUTHENTICATE, PROCESS_SALES_INVOICES, UPDATE_CONTACT, Operation
from tribe_yuki.core.calendar import AMSTERDAM
from tribe_yuki.core.details import Detail, DetailCode, no_books
from tribe_yuki.core.errors import BudgetSpent, ConnectorError, CredentialsRefused, Defect, Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.details import element_invalid

# So much of Yuki's words is handed on to be masked; what is stored of them is shorter.
WORDS_READ = 4_000


class Meaning(Enum):
    """What has to be done next."""

    KEY_REFUSED = "key refused"
    LIMIT_EXCEEDED = "limit exceeded"
    DOCUMENT_INVALID = "document invalid"
    OUR_MISTAKE = "our mistake"


@dataclass(frozen=True, slots=True)
class KnownFault:
    """A row of the table; without `only_on` it holds for every operation. `mistake` says what we did wrong."""

    text: str
    meaning: Meaning
    refusal: DetailCode = DetailCode.KEY_WRONG
    mistake: str = ""
    only_on: tuple[Operation, ...] = ()


_WITH_DOCUMENT = (PROCESS_SALES_INVOICES, UPDATE_CONTACT)

KNOWN_FAULTS: Sequence[KnownFault] = (
    KnownFault("invalid access key", Meaning.KEY_REFUSED, DetailCode.KEY_WRONG),
    KnownFault("authentication failed", Meaning.KEY_REFUSED, DetailCode.KEY_WRONG, only_on=(AUTHENTICATE,)),
    KnownFault("domain has no active database", Meaning.KEY_REFUSED, DetailCode.NO_BOOKS),
    KnownFault("administration not found", Meaning.KEY_REFUSED, DetailCode.NO_ACCESS),
    KnownFault("daily limit exceeded", Meaning.LIMIT_EXCEEDED),
    KnownFault("maximum request length exceeded", Meaning.OUR_MISTAKE, mistake="request too large"),
    KnownFault("server was unable to read request", Meaning.OUR_MISTAKE, mistake="request not understood"),
    KnownFault(
        "did not recognize the value of http header soapaction", Meaning.OUR_MISTAKE, mistake="unknown operation"
    ),
    # .NET's messages of schema validation. Narrow on purpose: taking another fault for one of these would let an
    # invoice that was booked be corrected and sent again, while an unknown fault is only looked up.
    *(
        KnownFault(text, Meaning.DOCUMENT_INVALID, only_on=_WITH_DOCUMENT)
        for text in (
            "invalid child element",
            "incomplete content",
            "is invalid according to its datatype",
            "list of possible elements expected",
            "schema validation",
            "xsd validation",
            "system.xml.schema",
            "not valid against",
        )
    ),
)

# The element that a .NET schema message complains about, most telling first.
_ELEMENT = (
    re.compile(r"invalid child element '(\w+)'"),
    re.compile(r"[:']([A-Za-z_]\w*)' element is invalid"),
    re.compile(r"[Ee]lement '(?:\{[^}]*\})?(\w+)'"),
)


def meaning_of(words: str, operation: Operation) -> KnownFault | None:
    """Return the row for the words of a fault, or None when nobody knows it."""
    lower = words.casefold()
    return next(
        (row for row in KNOWN_FAULTS if row.text in lower and (not row.only_on or operation in row.only_on)), None
    )


def error_for(known: KnownFault, words: str, operation: Operation, *, host: str, now: datetime) -> ConnectorError:
    """Return the error that a known fault means; the words themselves only go into a hold."""
    match known.meaning:
        case Meaning.KEY_REFUSED:
            detail = no_books(host) if known.refusal is DetailCode.NO_BOOKS else Detail(known.refusal)
            return CredentialsRefused(HoldReason.YUKI_KEY_REFUSED, detail)
        case Meaning.LIMIT_EXCEEDED:
            return BudgetSpent("yuki_daily_limit", operation.name, retry_after=until_midnight(now))
        case Meaning.DOCUMENT_INVALID if operation is PROCESS_SALES_INVOICES:
            return Held(HoldReason.INVOICE_INVALID, element_invalid(field_in(words)), words=words[:WORDS_READ])
        case Meaning.DOCUMENT_INVALID:
            return Defect("yuki_refuses_document", f"{operation.name}: {field_in(words)}")
        case Meaning.OUR_MISTAKE:
            return Defect("yuki_refuses_request", f"{operation.name}: {known.mistake}")


def field_in(words: str) -> str:
    """Return the element of our document that a schema message names, or `document`; never anything else of it."""
    known = {*SALES_INVOICES.names(), *CONTACT.names()}
    found = (name for pattern in _ELEMENT for name in pattern.findall(words))
    return next((str(name) for name in found if name in known), "document")


def until_midnight(now: datetime) -> timedelta:
    """Return how long it is until the next day begins in Amsterdam."""
    today = now.astimezone(AMSTERDAM).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), AMSTERDAM)
    return midnight.astimezone(now.tzinfo) - now
