"""Made-up relations and contacts for the tests of mapping and matching."""

from dataclasses import replace
from typing import Any

from hypothesis import settings

from tribe_yuki.contacts.fields.mapping import ContactMapping
from tribe_yuki.contacts.model import (
    AddressLines,
    ContactKind,
    RoleKind,
    TribeAddress,
    TribeRelation,
    TribeRole,
    YukiContact,
)

SETTINGS = ContactMapping()
# Hypothesis would fail an example for being slow, which says more about the machine.
unhurried = settings(deadline=None)
CONTACT_ID = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19"
OTHER_ID = "1a6d7c2a-91be-4c55-a1d0-2b7e6f3c8d20"
CUSTOMER = TribeRole("30000000-0000-4000-8000-000000000031", RoleKind.CUSTOMER)
SUPPLIER = TribeRole("30000000-0000-4000-8000-000000000033", RoleKind.SUPPLIER)

BAKERY = TribeRelation(
    tribe_relation_id="20000000-0000-4000-8000-000000000011",
    kind=ContactKind.ORGANISATION,
    name="Bakkerij De Korenschuur B.V.",
    debtor_number="D-10042",
    email="info@korenschuur.example",
    financial_email="facturen@korenschuur.example",
    phone="038 - 123 45 67",
    website="https://www.korenschuur.example/",
    vat_number="NL004495445B01",
    coc_number="12345678",
    invoice_address=TribeAddress(
        "70000000-0000-4000-8000-0000000000c1", "Molenweg", "12", "A", None, "8011AB", "Zwolle"
    ),
    postal_address=TribeAddress(None, "Postbus", "99", None, None, "8000 AA", "Zwolle", "NL"),
    roles=(CUSTOMER,),
)
BAKERY_IN_YUKI = YukiContact(
    yuki_contact_id=CONTACT_ID,
    kind=ContactKind.ORGANISATION,
    name="Bakkerij De Korenschuur B.V.",
    code="D-10042",
    hid=139,
    address=AddressLines("Molenweg 12 a", None, "8011 AB", "ZWOLLE", "NL"),
    mail_address=AddressLines("Postbus 99", None, "8000AA", "Zwolle", "NL"),
    email_work="INFO@korenschuur.example",
    phone_work="+31381234567",
    website="korenschuur.example",
    vat_number="NL 0044.95.445.B01",
    coc_number="1234 5678",
)
CLIENT = TribeRelation(
    tribe_relation_id="20000000-0000-4000-8000-000000000022",
    kind=ContactKind.PERSON,
    name="Femke van der Molen",
    debtor_number="D-10077",
    first_name="Femke",
    middle_name="van der",
    last_name="Molen",
    email="femke@vandermolen.example",
    phone="038 123 45 68",
    mobile="06 12345678",
    private_address=TribeAddress(None, "Kerkstraat", "7", "bis", None, "8011 CD", "Zwolle", "NL"),
    roles=(CUSTOMER,),
)
CLIENT_IN_YUKI = YukiContact(
    yuki_contact_id=OTHER_ID,
    kind=ContactKind.PERSON,
    name="Femke van der Molen",
    code="D-10077",
    hid=140,
    first_name="Femke",
    middle_name="van der",
    last_name="Molen",
    address=AddressLines("Kerkstraat 7 bis", None, "8011CD", "Zwolle", "NL"),
    email_home="femke@vandermolen.example",
    phone_home="+31 38 123 45 68",
    mobile_home="0612345678",
)


def bakery(**changes: Any) -> TribeRelation:
    """Return the organisation with changes."""
    return replace(BAKERY, **changes)


def bakery_in_yuki(**changes: Any) -> YukiContact:
    """Return the organisation's contact with changes."""
    return replace(BAKERY_IN_YUKI, **changes)
