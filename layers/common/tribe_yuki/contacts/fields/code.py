"""The code by which Yuki knows a contact: Tribe's debtor number."""

from tribe_yuki.contacts.fields.table import CODE_FIELD
from tribe_yuki.contacts.model import RoleKind, TribeRelation


def contact_code(relation: TribeRelation) -> str | None:
    """Return the code that the contact has in Yuki: the debtor number; for a pure supplier the creditor number."""
    is_pure_supplier = relation.has_role(RoleKind.SUPPLIER) and not relation.has_role(RoleKind.CUSTOMER)
    number = relation.debtor_number or (relation.creditor_number if is_pure_supplier else None)
    return CODE_FIELD.convert(number, "").written or None


def code_key(code: str | None) -> str:
    """Return what a relationship code is compared by, everywhere: Yuki finds it whatever its capitals; "" is none."""
    return CODE_FIELD.convert(code, "").key


def is_same_code(code: str | None, other: str | None) -> bool:
    """Whether two codes are the same to Yuki, or both are missing."""
    return code_key(code) == code_key(other)
