"""Tribe's OData: addresses, literals, pages, and records in and out (tribe-api 3)."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from urllib.parse import quote, urljoin, urlsplit

from tribe_yuki.adapters.tribe.answers import Answer, Effect, parse_json
from tribe_yuki.adapters.tribe.application import TribeOptions
from tribe_yuki.adapters.tribe.transport import Call, Transport
from tribe_yuki.adapters.tribe.values import Record, record_id, text
from tribe_yuki.core.errors import ConnectorError, Defect, Gone
from tribe_yuki.core.ids import GUID, is_guid

ROOT = "/v1/odata/"
FILES = "/v1/odata-file/"
# Tribe never returns more, whatever is asked for (tribe-api 3.2).
PAGE = 100
# No server is known that gives fewer records than this when there are more.
SMALLEST_PAGE = 25
NEXT_LINK = "@odata.nextLink"

_NOTHING = object()
_IN_ADDRESS = re.compile(rf"\(({GUID.pattern})\)\s*$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What stays as it is in a query. A blank becomes %20 (never +, which Tribe does not understand), a plus %2B.
_PLAIN = "$(),;=:/'@*"


def text_literal(value: str) -> str:
    """Write a text for a filter; quotes are doubled."""
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def id_literal(record_id: str) -> str:
    """Write an id for a filter or an address: without quotes. Raises Defect for what is no GUID."""
    if not is_guid(record_id):
        raise Defect("tribe_id_malformed", "an id of Tribe must be a GUID")
    return record_id.lower()


def instant_text(instant: datetime) -> str:
    """Write an instant for a filter or a body: UTC, seconds cut off. Raises ValueError without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def set_of(record_type: str) -> str:
    """Return the entity set of a type: dots become underscores; a type of the tenant's own is a GUID (tribe-api 3.1).

    Raises Defect for a type that no set can have.
    """
    if is_guid(record_type):
        name = record_type.replace("-", "__")
        return f"_{name}" if name[0].isdigit() else name
    return _checked(record_type.replace(".", "_"))


def query(options: Mapping[str, str | int]) -> str:
    """Return a query string from options without their dollar sign; empty options are left out."""
    return "&".join(f"${name}={quote(str(value), safe=_PLAIN)}" for name, value in options.items() if value != "")


class OData:
    """Reads and writes records by entity set. Every call raises what `Transport.call` raises."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._holds = SMALLEST_PAGE

    def single(self, entity_set: str, tribe_id: str, *, expand: str = "") -> Record | None:
        """Return one record, or None when there is none with this id."""
        target = _address(entity_set, tribe_id, {"expand": expand})
        try:
            return self._read_object(Call("GET", target, entity_set, is_record=True))
        except Gone:
            return None

    def function(self, name: str, *, expand: str = "") -> Record:
        """Return the one record that a function such as GetCurrentEmployee gives."""
        return self._read_object(Call("GET", _with_query(f"{ROOT}{_checked(name)}()", {"expand": expand}), name))

    def rows(self, entity_set: str, options: Mapping[str, str | int]) -> Iterator[Record]:
        """Yield all records of a set, page by page; `options` as for `query`.

        Sort by something that does not change meanwhile, or a record may be skipped. Raises Defect when pages repeat.
        """
        return chain.from_iterable(self._pages(entity_set, options, 0))

    def rows_from(self, entity_set: str, options: Mapping[str, str | int], skip: int) -> list[Record]:
        """Return at least 100 records of a set after the first ones; fewer only when there are no more."""
        found: list[Record] = []
        for page in self._pages(entity_set, options, skip):
            found += page
            if len(found) >= PAGE:
                break
        return found

    def _pages(self, entity_set: str, options: Mapping[str, str | int], skip: int) -> Iterator[list[Record]]:
        seen: set[str] = set()
        target = ""
        while True:
            page, following = self.page(entity_set, {**options, "skip": skip}, target)
            new = {record_id(row) for row in page} - seen
            if not new:
                if (page and (following or len(page) >= PAGE)) or following == target != "":
                    raise Defect("tribe_pages_repeat", f"{entity_set}: a page holds only records of earlier pages")
                if not following:
                    return  # the end, or a small set that knows no pages and was read whole
            seen |= new
            yield page
            if not following and self.is_last(page):
                return
            skip, target = skip + len(page), following

    def is_last(self, page: Sequence[Record]) -> bool:
        """Whether nothing comes after a page without a link to the next.

        Nothing does after an empty page, nor after fewer records than a page of Tribe is known to hold. Tribe says
        that it is 100 (tribe-api 3.2); should it be fewer without being told, a page of a size not seen before costs
        one call more, so that no record is missed.
        """
        return len(page) < self._holds

    def ids_with(self, entity_set: str, field: str, value: str) -> list[str]:
        """Return the ids of records with exactly this text in a field; Tribe's own comparison may ignore case."""
        options = {"filter": f"{_checked(field)} eq {text_literal(value)}", "select": f"ID,{field}"}
        return [record_id(row) for row in self.rows(entity_set, options) if text(row, field) == value]

    def page(self, entity_set: str, options: Mapping[str, str | int], target: str = "") -> tuple[list[Record], str]:
        """Return one page, and the address of the next if Tribe gives it (it is not known to)."""
        address = target or _with_query(ROOT + _checked(entity_set), {"top": PAGE, **options})
        answer = self._read_object(Call("GET", address, entity_set))
        rows = answer.get("value", _NOTHING)
        rows = [] if rows is None else rows  # Tribe writes null for much that is empty
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Defect("tribe_answer_malformed", f"{entity_set}: the answer holds no list of records")
        self._holds = min(max(self._holds, len(rows)), PAGE)
        return rows, following(ROOT + entity_set, address, answer.get(NEXT_LINK))

    def create(self, entity_set: str, fields: Mapping[str, object]) -> Record | None:
        """Create a record, with children where a field holds records, and return what Tribe says of it, if anything.

        Without a record in the answer its id may stand in the header Location or OData-EntityId.

        Raises OutcomeUnknown when the record may exist now.
        """
        target = ROOT + _checked(entity_set)
        call = Call("POST", target, entity_set, Effect.CREATE, _json(fields))
        answer = self.transport.call(call)
        value: object = None
        with suppress(ConnectorError):
            value = parse_json(answer, entity_set) if answer.body else None
        made = value if isinstance(value, dict) else {}
        if "ID" not in made and (tribe_id := _id_in_headers(answer)):
            made = {**made, "ID": tribe_id}
        return made or None

    def update(self, entity_set: str, tribe_id: str, fields: Mapping[str, object]) -> None:
        """Set some fields of a record; the others stay (tribe-api 3.3). Raises Gone, and Refused for a frozen field."""
        target = _address(entity_set, tribe_id, {})
        self.transport.call(Call("PUT", target, entity_set, Effect.UPDATE, _json(fields), is_record=True))

    def file(self, entity_set: str, tribe_id: str, field: str, *, largest: int) -> bytes | None:
        """Return the bytes of a file field; None when they are more than `largest`, or there is no such record."""
        target = f"{FILES}{_checked(entity_set)}/{id_literal(tribe_id)}/{_checked(field)}"
        call = Call("GET", target, f"{entity_set}/{field}", is_record=True, is_file=True, largest=largest)
        try:
            return self.transport.call(call).body
        except Gone:
            return None

    def _read_object(self, call: Call) -> Record:
        value = parse_json(self.transport.call(call), call.what)
        if not isinstance(value, dict):
            raise Defect("tribe_answer_malformed", f"{call.what}: the answer is not an object")
        return value


def _id_in_headers(answer: Answer) -> str | None:
    places = (answer.headers.get(name, "") for name in ("location", "odata-entityid"))
    return next((found[1] for place in places if (found := _IN_ADDRESS.search(place))), None)


def _address(entity_set: str, tribe_id: str, options: Mapping[str, str | int]) -> str:
    return _with_query(f"{ROOT}{_checked(entity_set)}({id_literal(tribe_id)})", options)


def _with_query(path: str, options: Mapping[str, str | int]) -> str:
    written = query(options)
    return f"{path}?{written}" if written else path


def following(wanted: str, address: str, link: object) -> str:
    """Return path and query of a link to the next page; its host is ours, so that the token goes nowhere else."""
    if not link:
        return ""
    parts = urlsplit(urljoin(address, str(link)))
    if not parts.path.startswith(wanted):
        raise Defect("tribe_answer_malformed", f"{wanted}: the link to the next page leads elsewhere")
    return f"{parts.path}?{parts.query}".replace(" ", "%20")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Defect("tribe_name_malformed", f"{name[:40]!r} cannot be a name in Tribe")
    return name


def _json(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, default=_plain_value).encode()


def _plain_value(value: object) -> object:
    match value:
        case Decimal():
            return float(value)  # Tribe declares all numbers as doubles (tribe-api 3.2)
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case _:
            raise TypeError(f"{type(value).__name__} cannot be sent to Tribe")


class TribeApi:
    """Tribe's API behind OData; what differs between environments is in the options."""

    def __init__(self, odata: OData, options: TribeOptions | None = None) -> None:
        self._odata = odata
        self._options = options or TribeOptions()
