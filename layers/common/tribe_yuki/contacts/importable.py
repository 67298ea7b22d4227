"""Which contacts of Yuki are importable, in which roles, and where a linked pair may be written (design 5)."""

from collections.abc import Iterable

from tribe_yuki.connections.administration import OwnCompany
from tribe_yuki.connections.settings import ConnectionSettings
from tribe_yuki.contacts.fields.numbers import coc_number, vat_number
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.match.names import yuki_name_key
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeRelation, YukiContact


def roles_in_tribe(contact: YukiContact, settings: ConnectionSettings) -> tuple[RoleKind, ...]:
    """Return the roles that a contact gets in Tribe; none when it is not to be imported.

    Tribe knows no persons as suppliers (tribe-api 5.4).
    """
    is_person = contact.kind is ContactKind.PERSON
    customers = settings.import_private_customers if is_person else settings.import_customers
    roles = []
    if contact.is_customer and customers:
        roles.append(RoleKind.CUSTOMER)
    if contact.is_supplier and settings.import_suppliers and not is_person:
        roles.append(RoleKind.SUPPLIER)
    return tuple(roles)


def writable_sides(relation: TribeRelation, settings: ConnectionSettings) -> frozenset[Side]:
    """Return the systems that a linked relation and its contact may be written to: the switches hold for them too.

    Who is neither customer nor supplier, such as a lead that got an invoice, counts as a customer.
    """
    is_supplier = relation.has_role(RoleKind.SUPPLIER)
    is_customer = relation.has_role(RoleKind.CUSTOMER) or not is_supplier
    if relation.kind is ContactKind.PERSON:
        exports, imports = settings.export_private_customers, settings.import_private_customers
    else:
        exports, imports = settings.export_customers, settings.import_customers
    is_exported = (is_customer and exports) or (is_supplier and settings.export_suppliers)
    is_imported = (is_customer and imports) or (is_supplier and settings.import_suppliers)
    return frozenset(side for side, is_open in ((Side.YUKI, is_exported), (Side.TRIBE, is_imported)) if is_open)


def is_own_company(contact: YukiContact, own: Iterable[OwnCompany], country: str) -> bool:
    """Whether a contact is one of the administrations themselves, by name, VAT or CoC number."""
    if contact.kind is ContactKind.PERSON:
        return False
    ours = _keys(contact, country)
    return any(ours & _keys(company, country) for company in own)


def _keys(company: OwnCompany | YukiContact, country: str) -> set[tuple[str, str]]:
    converted = (
        ("vat", vat_number(company.vat_number, country)),
        ("coc", coc_number(company.coc_number, country)),
    )
    numbers = {(kind, value.key) for kind, value in converted if value.is_valid}
    return numbers | {("name", yuki_name_key(company.name))}
