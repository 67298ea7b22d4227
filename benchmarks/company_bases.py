"""Read both systems of one company from a case, and let the product's own plan decide about every contact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from benchmarks.cases import Case, UnreadableCaseError, text_of
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.initial_import.decide import Action, Create, Hold, LinkTo
from tribe_yuki.contacts.initial_import.forecast.forecast import Forecast
from tribe_yuki.contacts.initial_import.forecast.foreseen_links import ForeseenLinks
from tribe_yuki.contacts.initial_import.forecast.foreseen_systems import ForeseenSystems
from tribe_yuki.contacts.match.verdict import Answer
from tribe_yuki.contacts.model import (
    AddressLines,
    ContactKind,
    RoleKind,
    TribeAddress,
    TribeRelation,
    TribeRole,
    YukiContact,
)
from tribe_yuki.core.fingerprint import FingerprintKey, Fingerprints

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SETTINGS = ConnectionSettings(
    yuki_domain_id="00000000-0000-4000-8000-000000000001",
    yuki_administration_id="00000000-0000-4000-8000-000000000002",
    yuki_administration_name="Our own company",
    activated_at=NOW,
    start_date=date(2026, 12, 1),
)
_TRIBE_KINDS = {"organization": ContactKind.ORGANISATION, "person": ContactKind.PERSON}
_YUKI_KINDS = {"company": ContactKind.ORGANISATION, "person": ContactKind.PERSON}
_KEYS = (FingerprintKey("1", b"of a benchmark"),)


@dataclass(frozen=True, slots=True)
class CompanyBase:
    """The relations and contacts of one company, by id."""

    relations: Mapping[str, TribeRelation]
    contacts: Mapping[str, YukiContact]


def read_base(case: Case) -> CompanyBase:
    """Return both systems of a case; raises UnreadableCaseError."""
    relations = [_relation(record) for record in _records(case, "tribe")]
    contacts = [_contact(record) for record in _records(case, "yuki")]
    return CompanyBase(
        _by_id("tribe", ((relation.tribe_relation_id, relation) for relation in relations)),
        _by_id("yuki", ((contact.yuki_contact_id, contact) for contact in contacts)),
    )


def decided(base: CompanyBase) -> dict[str, Action]:
    """Return what the initial import would do with each contact, by its id."""
    systems = ForeseenSystems(SETTINGS, NOW, assigns_numbers=False, relations=dict(base.relations))
    forecast = Forecast(
        ForeseenLinks("benchmark", NOW, {}),
        systems,
        (),
        lambda relation_id: Fingerprints(relation_id, _KEYS),
        merges_fields=False,
    )
    forecast.run([list(base.contacts.values())], [])
    return forecast.actions


def answer_base(case: Case) -> Case:
    """Return the decision about each contact of a case, with the relations that it is about, likeliest first."""
    base = read_base(case)
    actions = decided(base)
    return {"yuki": {contact_id: told(actions[contact_id], base) for contact_id in base.contacts}}


def told(action: Action, base: CompanyBase) -> Case:
    """Return a decision in the words of the matching; a relation that the import itself makes is no proposal."""
    match action:
        case LinkTo(tribe_relation_id):
            return {"decision": Answer.SAME.value, "tribe": [tribe_relation_id]}
        case Create():
            return {"decision": Answer.DIFFERENT.value, "tribe": []}
        case Hold(_, tribe_relation_ids):
            known = [relation_id for relation_id in tribe_relation_ids if relation_id in base.relations]
            return {"decision": Answer.MAYBE.value, "tribe": known}
    return {"decision": Answer.MAYBE.value, "tribe": []}


def _records(case: Case, system: str) -> list[Case]:
    records = case.get(system)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise UnreadableCaseError(f"{system} has to be a list of objects")
    return records


def _by_id[Record](system: str, records: Iterable[tuple[str, Record]]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for record_id, record in records:
        if record_id in found:
            raise UnreadableCaseError(f"{system} has the id {record_id} twice")
        found[record_id] = record
    return found


def _relation(record: Case) -> TribeRelation:
    kind = _kind(record, "kind", _TRIBE_KINDS)
    address = TribeAddress(
        None,
        _text(record, "street"),
        _number(record, "house_number"),
        _text(record, "suffix"),
        None,
        _text(record, "postcode"),
        _text(record, "city"),
        _text(record, "country"),
    )
    is_person = kind is ContactKind.PERSON
    relation_id = _id(record)
    return TribeRelation(
        relation_id,
        kind,
        _name(record),
        debtor_number=_number(record, "debtor_number"),
        first_name=_text(record, "first_name"),
        middle_name=_text(record, "middle_name"),
        last_name=_text(record, "last_name"),
        email=_text(record, "email"),
        phone=_number(record, "phone"),
        vat_number=_number(record, "vat_number"),
        coc_number=_number(record, "coc_number"),
        private_address=address if is_person else None,
        invoice_address=None if is_person else address,
        roles=(TribeRole(f"{relation_id}#role", RoleKind.CUSTOMER),),
    )


def _contact(record: Case) -> YukiContact:
    kind = _kind(record, "type", _YUKI_KINDS)
    email, phone = _text(record, "email"), _number(record, "phone")
    is_person = kind is ContactKind.PERSON
    return YukiContact(
        _id(record),
        kind,
        _name(record),
        code=_number(record, "code"),
        first_name=_text(record, "first_name"),
        middle_name=_text(record, "middle_name"),
        last_name=_text(record, "last_name"),
        address=AddressLines(
            _text(record, "address_line_1"),
            None,
            _text(record, "postcode"),
            _text(record, "city"),
            _text(record, "country"),
        ),
        email_work=None if is_person else email,
        email_home=email if is_person else None,
        phone_work=None if is_person else phone,
        phone_home=phone if is_person else None,
        vat_number=_number(record, "vat_number"),
        coc_number=_number(record, "coc_number"),
        is_customer=True,
    )


def _id(record: Case) -> str:
    found = text_of(record, "id")
    if not found:
        raise UnreadableCaseError("id has to be a text")
    return found


def _kind(record: Case, name: str, kinds: Mapping[str, ContactKind]) -> ContactKind:
    kind = kinds.get(text_of(record, name).lower())
    if kind is None:
        raise UnreadableCaseError(f"{name} has to be one of {', '.join(kinds)}")
    return kind


def _name(record: Case) -> str:
    parts = (text_of(record, part, optional=True) for part in ("first_name", "middle_name", "last_name"))
    return text_of(record, "name", optional=True) or " ".join(part for part in parts if part)


def _text(record: Case, name: str) -> str | None:
    return text_of(record, name, optional=True) or None


def _number(record: Case, name: str) -> str | None:
    """Return a number that may be written as a text, or as a whole number."""
    value = record.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _text(record, name)
