"""A relation that is to be created in Tribe."""

from collections.abc import Mapping
from dataclasses import dataclass

from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress


@dataclass(frozen=True, slots=True)
class NewRelation:
    """A relation to be created in Tribe, with its roles.

    `values` are texts by attribute of TribeRelation, `addresses` by attribute, such as `invoice_address`. By
    `import_id` the relation is found again when its creation ended uncertainly. `roles` holds one at least; a person
    cannot be a supplier (tribe-api 5.4).
    """

    kind: ContactKind
    import_id: str
    values: Mapping[str, str]
    addresses: Mapping[str, TribeAddress]
    roles: tuple[RoleKind, ...]
