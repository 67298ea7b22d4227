"""Which systems a linked relation and its contact may be written to, by roles and switches."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.samples.contact_samples import BAKERY, CLIENT, CUSTOMER, SUPPLIER
from tests.support.samples.samples import settings
from tribe_yuki.contacts.importable import writable_sides
from tribe_yuki.contacts.link import Side
from tribe_yuki.contacts.model import TribeRelation

BOTH, YUKI, TRIBE, NONE = frozenset(Side), frozenset({Side.YUKI}), frozenset({Side.TRIBE}), frozenset[Side]()
PURE_SUPPLIER = replace(BAKERY, roles=(SUPPLIER,))
BOTH_ROLES = replace(BAKERY, roles=(CUSTOMER, SUPPLIER))
FORMER_CUSTOMER = replace(BAKERY, roles=(replace(CUSTOMER, is_former=True),))


@pytest.mark.parametrize(
    ("relation", "switches", "expected"),
    [
        (BAKERY, {}, BOTH),
        (BAKERY, {"export_customers": False}, TRIBE),
        (BAKERY, {"import_customers": False}, YUKI),
        (BAKERY, {"export_customers": False, "import_customers": False}, NONE),
        (BAKERY, {"export_private_customers": False, "import_private_customers": False}, BOTH),
        (CLIENT, {}, BOTH),
        (CLIENT, {"export_private_customers": False}, TRIBE),
        (CLIENT, {"import_private_customers": False}, YUKI),
        (CLIENT, {"export_customers": False, "import_customers": False}, BOTH),
        (PURE_SUPPLIER, {}, NONE),
        (PURE_SUPPLIER, {"export_suppliers": True}, YUKI),
        (PURE_SUPPLIER, {"import_suppliers": True}, TRIBE),
        (BOTH_ROLES, {"export_customers": False, "import_suppliers": True}, TRIBE),
        (BOTH_ROLES, {"export_customers": False, "export_suppliers": True, "import_customers": False}, YUKI),
        (FORMER_CUSTOMER, {}, BOTH),
        (FORMER_CUSTOMER, {"export_customers": False}, TRIBE),
    ],
)
def test_the_switches_of_its_type_say_where_a_contact_is_written(
    relation: TribeRelation, switches: dict[str, Any], expected: frozenset[Side]
) -> None:
    assert writable_sides(relation, settings(**switches)) == expected
