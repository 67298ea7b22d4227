"""F15: what a person has to decide is parked at the first answer with the right owner, and goes once the cause is gone.

Each row of design 6.6 by itself: made, held, left alone for hours, mended, booked once. What the commands `accept`,
`round`, `already-booked` and `retry` release is in `tests/integration/test_decisions.py`, the digest that lists what
waits in `tests/integration/test_digest.py`.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.stack import demo_connection
from tests.support.faults.protections import Protection
from tests.support.world.contact_records import contact_with, relation_with
from tests.support.world.small_seed import yuki_seed
from tests.support.world.world import CONNECTION, World, open_world
from tests.support.world.yuki_key import connect_again, revoke_key
from tribe_yuki.adapters.aws.connections import Status
from tribe_yuki.connections.context import COMPARE_CONTACTS
from tribe_yuki.connections.settings import Location, VatRule
from tribe_yuki.contacts.deferred_event import Route
from tribe_yuki.core.holds import HOLDS, HoldReason, Owner
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.transfer import State
from tribe_yuki.people import links_by_hand as links
from tribe_yuki.people.decisions import accept, retry
from tribe_yuki.people.open_items import held_records
from tribe_yuki.setup.change_settings import load_settings

# A customer that both systems know under one number, its invoice, and the only line of it.
CUSTOMER, CUSTOMER_NAME = "D-10018", "Schildersbedrijf Kwast & Roller"
INVOICE, NUMBER = "40000000-0000-4000-8000-000000000009", "2026-0109"
BOOKING = "ProcessSalesInvoices"
OURS = (INVOICE, NUMBER)
OTHER_NUMBER = "D-10045"
# Other invoices: to a German customer without VAT number, of a line without product and account, and of small lines.
FOR_A_GERMAN, GERMAN = ("40000000-0000-4000-8000-000000000017", "2026-0118"), "20000000-0000-4000-8000-000000000116"
WITHOUT_ACCOUNT = ("40000000-0000-4000-8000-000000000024", "2026-0125")
EXPORT, SWISS = ("40000000-0000-4000-8000-000000000016", "2026-0117"), "20000000-0000-4000-8000-000000000115"
DUTCH_COUNTRY, SWISS_COUNTRY = "70000000-0000-4000-8000-000000000091", "70000000-0000-4000-8000-000000000096"
# What is on both lines of our invoice.
HIGH_RATE = "70000000-0000-4000-8000-000000000071"
PRODUCT, ITS_ACCOUNT = "60000000-0000-4000-8000-000000000120", "70000000-0000-4000-8000-000000000081"
SMALL_LINES, CUSTOMER_OF_SMALL_LINES = ("40000000-0000-4000-8000-000000000003", "2026-0103"), "D-10012"
SENT = {"ID": "70000000-0000-4000-8000-0000000000a2"}
ELSEWHERE = {"Name": "Heel Ander Bedrijf B.V.", "AddressLine_1": "Elders 1", "Postcode": "1234 AB", "City": "Elders"}
# Minutes: an event and what follows from it, a poll, the same with Yuki asked first because somebody may have typed the
# invoice in while it waited, and a night.
AN_EVENT, A_POLL, ASKED_FIRST, A_NIGHT = 4, 20, 30, 24 * 60
# The hours of the night in which anything happens, in UTC.
NIGHT_BEGINS, NIGHT = time(2, 55), 150
# What the first four steps of a ladder would take.
LONG_ENOUGH_TO_RETRY = 180

type Step = Callable[[World], None]


def nothing(_: World) -> None:
    """Do nothing."""


def send(world: World) -> None:
    """Press Send."""
    for invoice, number in (OURS, FOR_A_GERMAN, WITHOUT_ACCOUNT, SMALL_LINES, EXPORT):
        world.send(invoice, Number=number)


@dataclass(frozen=True)
class Case:
    """One row: why an invoice waits, what makes it wait, and what mends that.

    `patience` is how many minutes pass before it is held, `takes` within how many it is booked after it was mended.
    """

    reason: HoldReason
    breaks: Step
    mends: Step
    takes: int = AN_EVENT
    patience: int = AN_EVENT
    invoice: str = INVOICE
    number: str = NUMBER
    sends: Step = send


def contact(world: World) -> dict[str, Any]:
    """Return our customer in Yuki, whatever code it has."""
    (found,) = [one for one in world.yuki_state()["contacts"] if one["Name"] == CUSTOMER_NAME]
    return dict(found)


def in_yuki(**fields: Any) -> Step:
    """Edit our customer in Yuki."""
    return lambda world: world.edit_contact(contact(world)["ID"], **fields)


def in_tribe(**fields: Any) -> Step:
    """Edit our customer in Tribe."""
    return lambda world: world.edit_in_tribe(customer_in_tribe(world)["ID"], **fields)


def customer_in_tribe(world: World) -> dict[str, Any]:
    """Return our customer in Tribe, whatever number it has."""
    rows: list[dict[str, Any]] = world.tribe_state()["Relation_Organization"]
    (found,) = [row for row in rows if row["Name"] == CUSTOMER_NAME]
    return found


def on_invoice(**fields: Any) -> Step:
    """Edit the invoice in Tribe."""
    return lambda world: world.edit_in_tribe(INVOICE, **fields)


def add_contact(world: World, **fields: Any) -> dict[str, Any]:
    """Type a contact in, in Yuki."""
    made = world.control.post(f"{world.yuki_url}/_control/contacts", json={"IsCustomer": True} | fields)
    added: dict[str, Any] = made.raise_for_status().json()
    return added


def settings(**changes: Any) -> Step:
    """Change settings of the connection, as the operator does."""

    def change(world: World) -> None:
        with world.operator() as operator:
            load_settings(operator, CONNECTION, changes)

    return change


# --- for the bookkeeper, in Yuki --------------------------------------------------------------------------------------


def a_twin(world: World) -> None:
    """Let two contacts of Yuki be the customer, equally so, and neither of them with its code."""
    ours = contact(world)
    home = ("AddressLine_1", "Postcode", "City", "Country")
    same = {name: ours[name] for name in (*home, "CoCNumber", "VATNumber", "EMailWork", "PhoneWork") if name in ours}
    world.edit_contact(ours["ID"], Code="")
    twin = add_contact(world, Name="De dubbele", **same)
    world.edit_contact(twin["ID"], Name=CUSTOMER_NAME)


def join_the_twins(world: World) -> None:
    """Join them in Yuki."""
    one, other = [row["ID"] for row in world.yuki_state()["contacts"] if row["Name"] == CUSTOMER_NAME]
    world.edit_contact(other, merge_into=one)


def code_of_somebody_else(world: World) -> None:
    """Let another company have the code of our customer."""
    world.edit_contact(contact(world)["ID"], Code="")
    add_contact(world, **ELSEWHERE, Code=CUSTOMER, IsCustomer=False)


def free_the_code(world: World) -> None:
    """Take the code away from the other company."""
    world.edit_contact(contact_with(world, CUSTOMER)["ID"], Code="")


def gone(world: World) -> None:
    """Delete a contact that was linked."""
    in_tribe(EmailAddress="nieuw@kwastenroller.example")(world)
    world.run(minutes=2)
    world.edit_contact(contact(world)["ID"], deleted=True)
    world.start_task(COMPARE_CONTACTS)
    world.run(minutes=5)


def link_another(world: World) -> None:
    """Say which contact it is now."""
    made = add_contact(world, Name="Kwast en Roller")
    with world.operator() as operator:
        links.link(operator, CONNECTION, CUSTOMER, str(made["HID"]))


def known_and(step: Step) -> Step:
    """Do something to a contact that was linked before, and seen to be a customer."""

    def known(world: World) -> None:
        world.send("40000000-0000-4000-8000-000000000041")
        in_tribe(EmailAddress="nieuw@kwastenroller.example")(world)
        world.run(minutes=3)
        link = world.links.get(customer_in_tribe(world)["ID"])
        assert link is not None
        world.links.save(replace(link, is_customer=True), [], world.clock.now())
        step(world)

    return known


IN_YUKI = {
    "no customer": Case(
        HoldReason.CONTACT_NOT_CUSTOMER, in_yuki(IsCustomer=False), in_yuki(IsCustomer=True), takes=A_POLL
    ),
    "no customer any more": Case(
        HoldReason.CONTACT_NOT_CUSTOMER, known_and(in_yuki(IsCustomer=False)), in_yuki(IsCustomer=True), takes=A_POLL
    ),
    "twins": Case(HoldReason.CONTACT_AMBIGUOUS, a_twin, join_the_twins, takes=A_POLL),
    "code in use": Case(HoldReason.CODE_IN_USE, code_of_somebody_else, free_the_code, takes=A_POLL),
    "inactive": Case(HoldReason.CONTACT_INACTIVE_IN_YUKI, in_yuki(Active=False), in_yuki(Active=True), takes=A_POLL),
    "inactive since it was linked": Case(
        HoldReason.CONTACT_INACTIVE_IN_YUKI, known_and(in_yuki(Active=False)), in_yuki(Active=True), takes=ASKED_FIRST
    ),
    "gone": Case(HoldReason.CONTACT_GONE_IN_YUKI, gone, link_another),
    "a person in Yuki": Case(
        HoldReason.CONTACT_TYPE_DIFFERS, in_yuki(Type="Person"), in_yuki(Type="Company"), takes=A_POLL
    ),
}


# --- for sales, in Tribe ----------------------------------------------------------------------------------------------


def a_second_holder(world: World) -> None:
    """Give another customer the same number."""
    world.edit_in_tribe(relation_with(world, OTHER_NUMBER)["ID"], DebtorNumber=CUSTOMER)


def one_holder(world: World) -> None:
    """Give the other customer its own number back."""
    rows = [row for row in world.tribe_state()["Relation_Organization"] if row["DebtorNumber"] == CUSTOMER]
    (other,) = [row["ID"] for row in rows if row["Name"] != CUSTOMER_NAME]
    world.edit_in_tribe(other, DebtorNumber=OTHER_NUMBER)


def no_number(world: World) -> None:
    """Have Tribe give out no numbers, our customer without one, and its contact without a code to offer."""
    world.switch_tribe(auto_numbering=False)
    in_yuki(Code="")(world)
    in_tribe(DebtorNumber=None)(world)


def pdf_wanted(world: World) -> None:
    """Send invoices only with their PDF, and have Tribe make none."""
    settings(pdf="required")(world)
    world.switch_tribe(send_order="no_pdf")


def add_pdf(world: World) -> None:
    """Put a PDF on the invoice after all."""
    # A file is no change of the invoice that Tribe tells us of.
    world.control.post(f"{world.tribe_url}/_control/invoices/{INVOICE}/documents", json={}).raise_for_status()


def number_in_yuki(world: World) -> None:
    """Have the bookkeeper type in another invoice under the same number."""
    typed_in = {"reference": NUMBER, "contact_id": contact(world)["ID"], "date": "2026-11-01", "total_incl": "1.00"}
    world.control.post(f"{world.yuki_url}/_control/invoices", json=typed_in).raise_for_status()


def typed_in_otherwise(world: World) -> None:
    """Have the invoice sent before the activation, and typed in without its hyphen."""
    world.save_settings(activated_at=world.clock.instant + timedelta(minutes=10))
    typed_in = {"reference": NUMBER.replace("-", ""), "contact_id": contact(world)["ID"], "date": "2026-11-18"}
    world.control.post(f"{world.yuki_url}/_control/invoices", json=typed_in | {"total_incl": "1.00"}).raise_for_status()


def say_another(world: World) -> None:
    """Have a person say that it is another invoice."""
    with world.operator() as operator:
        retry(operator, CONNECTION, [NUMBER])


def small_lines(world: World) -> list[str]:
    return [line["ID"] for line in world.tribe_state()["ProductLine"] if line["Invoice"]["ID"] == SMALL_LINES[0]]


def vat_by_the_piece(world: World) -> None:
    """Have Tribe charge the VAT of a hundred pieces as a hundred times that of one piece, in cents."""
    world.switch_tribe(rounding="piece")
    world.edit_in_tribe(small_lines(world)[0], Quantity=100)


def vat_by_the_rate(world: World) -> None:
    """Have Tribe charge VAT as everybody does, and save the line again."""
    world.switch_tribe(rounding="rate")
    for line_id in small_lines(world):
        world.edit_in_tribe(line_id, Description="Broodje")
    world.edit_in_tribe(SMALL_LINES[0], Subject="Kleine regels, opnieuw")


def closed_year(world: World) -> None:
    """Close the books of the year."""
    world.switch_yuki(closed_until="2026-12-31")


def open_year(world: World) -> None:
    """Open them again, and save the invoice once more in Tribe."""
    world.switch_yuki(closed_until="")
    world.edit_in_tribe(INVOICE, Subject="Muurverf met retour, opnieuw")


def not_on_peppol(world: World) -> None:
    """Have Yuki send invoices over Peppol, which it cannot."""
    settings(peppol="yuki")(world)
    world.switch_yuki(peppol_registered=False)


def without_peppol(world: World) -> None:
    """Have this invoice booked without Peppol."""
    with world.operator() as operator:
        accept(operator, CONNECTION, NUMBER)


def vat_group_of_lines(group: str | None) -> Step:
    """Have another VAT group, or none, on the lines of our invoice."""

    def change(world: World) -> None:
        for line in world.tribe_state()["ProductLine"]:
            if line["Invoice"]["ID"] == INVOICE:
                world.edit_in_tribe(line["ID"], VatGroup={"ID": group} if group else None)

    return change


def phase_without_number(world: World) -> None:
    """Set the invoice to Sent by hand, so that it gets no number."""
    world.edit_in_tribe(INVOICE, InvoiceDate="2026-11-20", Phase=SENT, IsFinal=True)


def vat_number(world: World) -> None:
    """Tell the VAT number of the German customer."""
    world.edit_in_tribe(GERMAN, VatNumber="DE136695976")


def never_confirm(world: World) -> None:
    """Have Yuki put off every invoice."""
    world.switch_yuki(too_many_requests={"count": 1_000, "operations": [BOOKING]})


def confirm_again(world: World) -> None:
    """Have Yuki book again, and a person retry the invoice."""
    world.switch_yuki(too_many_requests=0)
    with world.operator() as operator:
        retry(operator, CONNECTION, [NUMBER])


IN_TRIBE = {
    "no debtor number": Case(HoldReason.DEBTOR_NUMBER_MISSING, no_number, in_tribe(DebtorNumber=CUSTOMER)),
    "a number that two have": Case(
        HoldReason.DEBTOR_NUMBER_DUPLICATE, a_second_holder, in_tribe(DebtorNumber="D-99999")
    ),
    "a number that two have, and the other one gets another": Case(
        HoldReason.DEBTOR_NUMBER_DUPLICATE, a_second_holder, one_holder, takes=A_POLL
    ),
    "no invoice number": Case(
        HoldReason.NUMBER_MISSING, nothing, on_invoice(Number=NUMBER), patience=35, sends=phase_without_number
    ),
    "no PDF": Case(HoldReason.PDF_MISSING, pdf_wanted, add_pdf, patience=35, takes=A_POLL),
    "no VAT number": Case(
        HoldReason.VAT_NUMBER_MISSING, nothing, vat_number, invoice=FOR_A_GERMAN[0], number=FOR_A_GERMAN[1]
    ),
    "an impossible currency": Case(HoldReason.INVOICE_INVALID, on_invoice(Currency="EURO"), on_invoice(Currency="EUR")),
    "a line without a VAT group": Case(
        HoldReason.INVOICE_INVALID, vat_group_of_lines(None), vat_group_of_lines(HIGH_RATE), takes=ASKED_FIRST
    ),
    "another total": Case(
        HoldReason.TOTALS_DIFFER, vat_by_the_piece, vat_by_the_rate, invoice=SMALL_LINES[0], number=SMALL_LINES[1]
    ),
    "a number that Yuki holds": Case(
        HoldReason.REFERENCE_IN_USE, number_in_yuki, on_invoice(Number="2026-9109"), number="2026-9109"
    ),
    "an invoice in Yuki that may be it": Case(
        HoldReason.MAYBE_ALREADY_BOOKED, typed_in_otherwise, say_another, takes=ASKED_FIRST, patience=40
    ),
    "a Yuki that never confirms it": Case(
        HoldReason.NOT_CONFIRMED, never_confirm, confirm_again, takes=ASKED_FIRST, patience=90
    ),
    "a customer who is not on Peppol": Case(
        HoldReason.PEPPOL_REFUSED, not_on_peppol, without_peppol, takes=ASKED_FIRST
    ),
    "a closed book year": Case(HoldReason.REFUSED_BY_YUKI, closed_year, open_year, takes=ASKED_FIRST),
}


# --- for the bookkeeper, in the settings ------------------------------------------------------------------------------

RULES = demo_connection.demo_vat_rules()
WITHOUT_HIGH_RATE = tuple(rule for rule in RULES if rule.vat_group != "NL-21")
SOLD_ABROAD = VatRule(vat_group="NL-21", location=Location.DOMESTIC, vat_type=8, percentage=Decimal(21))


def rules(*given: VatRule) -> Step:
    """Have another VAT mapping."""
    return lambda world: world.save_settings(vat_rules=given)


def refuse_account(world: World) -> None:
    """Have Yuki refuse the ledger account."""
    world.switch_yuki(refuse_invoices={NUMBER: "Onjuiste artikelcategorie"})


def another_account(world: World) -> None:
    """Have another account."""
    world.switch_yuki(refuse_invoices={})
    settings(default_ledger_account="80000")(world)


def swiss_address_in(country: str) -> Step:
    """Have the addresses of the Swiss customer in a country."""

    def move(world: World) -> None:
        for address in world.tribe_state()["Address"]:
            if SWISS in json.dumps(address):
                world.edit_in_tribe(address["ID"], Country={"ID": country})

    return move


def mistaken_for_dutch(world: World) -> None:
    """Have exports mapped wherever the customer is, and the Swiss customer's address in the Netherlands."""
    anywhere = VatRule(vat_group="EXPORT", vat_type=6, percentage=Decimal(0))
    rules(*(rule for rule in RULES if rule.vat_group != "EXPORT"), anywhere)(world)
    swiss_address_in(DUTCH_COUNTRY)(world)


def account_of_product(account: str | None) -> Step:
    """Have an account on the product, or none; that tells us nothing of any invoice."""
    return lambda world: world.edit_in_tribe(PRODUCT, GeneralLedgerAccount={"ID": account} if account else None)


IN_SETTINGS = {
    "an unmapped VAT group": Case(
        HoldReason.VAT_UNMAPPED, rules(*WITHOUT_HIGH_RATE), settings(vat_rules=[one.model_dump() for one in RULES])
    ),
    "an implausible VAT code": Case(
        HoldReason.VAT_IMPLAUSIBLE,
        rules(*WITHOUT_HIGH_RATE, SOLD_ABROAD),
        settings(vat_rules=[one.model_dump() for one in RULES]),
    ),
    "a country by mistake": Case(
        HoldReason.VAT_IMPLAUSIBLE,
        mistaken_for_dutch,
        swiss_address_in(SWISS_COUNTRY),
        invoice=EXPORT[0],
        number=EXPORT[1],
        takes=ASKED_FIRST,
    ),
    "a country by mistake, and a group that is mapped abroad only": Case(
        HoldReason.VAT_UNMAPPED,
        swiss_address_in(DUTCH_COUNTRY),
        swiss_address_in(SWISS_COUNTRY),
        invoice=EXPORT[0],
        number=EXPORT[1],
        takes=ASKED_FIRST,
    ),
    "no account on the product": Case(
        HoldReason.LEDGER_UNMAPPED, account_of_product(None), account_of_product(ITS_ACCOUNT), takes=A_POLL
    ),
    "no ledger account": Case(
        HoldReason.LEDGER_UNMAPPED,
        nothing,
        settings(default_ledger_account="80000"),
        invoice=WITHOUT_ACCOUNT[0],
        number=WITHOUT_ACCOUNT[1],
    ),
    "a ledger account that Yuki refuses": Case(
        HoldReason.LEDGER_UNMAPPED, refuse_account, another_account, takes=ASKED_FIRST
    ),
}


# --- for the operator -------------------------------------------------------------------------------------------------


def work_and_revoke_key(world: World) -> None:
    """Revoke the API key in Yuki, once the connector has worked with it."""
    world.run(minutes=2)
    world.send("40000000-0000-4000-8000-000000000041")
    world.run(minutes=3)
    revoke_key(world)


def refuse_application(world: World) -> None:
    """Have Tribe refuse the application from now on: its secret is another one."""
    client, name = world.aws_client("secretsmanager"), f"local/{CONNECTION}/credentials"
    stored = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    stored["tribe"]["client_secret"] = "another one"
    client.put_secret_value(SecretId=name, SecretString=json.dumps(stored))
    world.advance(600)  # credentials are remembered for five minutes


def send_and_refuse_application(world: World) -> None:
    """Send the invoice while the connection is paused; when that ends, Tribe refuses the application."""
    now = world.connections.settings(CONNECTION)
    assert now is not None
    world.connections.save(CONNECTION, now, Status.PAUSED, world.clock.now())
    send(world)
    world.run(minutes=1)
    refuse_application(world)
    world.connections.save(CONNECTION, now, Status.ACTIVE, world.clock.now())


FOR_OPERATOR = {
    "a revoked key": Case(HoldReason.YUKI_KEY_REFUSED, work_and_revoke_key, connect_again),
    "a refused application": Case(
        HoldReason.TRIBE_CONSENT_NEEDED, nothing, connect_again, sends=send_and_refuse_application, takes=ASKED_FIRST
    ),
}

ALL = {**IN_YUKI, **IN_TRIBE, **IN_SETTINGS, **FOR_OPERATOR}
# What the mail tells people to do: what the rows do.
REMEDIES = {
    HoldReason.CONTACT_NOT_CUSTOMER: "tick Customer",
    HoldReason.CONTACT_AMBIGUOUS: "make a contact with that code",
    HoldReason.CODE_IN_USE: "give that contact another one",
    HoldReason.CONTACT_INACTIVE_IN_YUKI: "make it active",
    HoldReason.CONTACT_GONE_IN_YUKI: "the contact in Yuki that replaces it",
    HoldReason.CONTACT_TYPE_DIFFERS: "correct company or person",
    HoldReason.DEBTOR_NUMBER_MISSING: "fill in the debtor number",
    HoldReason.DEBTOR_NUMBER_DUPLICATE: "give one of the relations another one",
    HoldReason.NUMBER_MISSING: "send or finalise it again",
    HoldReason.PDF_MISSING: "make the PDF",
    HoldReason.VAT_NUMBER_MISSING: "fill in a valid VAT number",
    HoldReason.INVOICE_INVALID: "correct what is named",
    HoldReason.VAT_UNMAPPED: "which VAT code of Yuki belongs to it",
    HoldReason.VAT_IMPLAUSIBLE: "correct the customer's address",
    HoldReason.LEDGER_UNMAPPED: "set a revenue account of Yuki on the product",
    HoldReason.TOTALS_DIFFER: "make a credit invoice and a new invoice in Tribe",
    HoldReason.REFERENCE_IN_USE: "give it another number in Tribe",
    HoldReason.REFUSED_BY_YUKI: "remove the cause and have it sent again",
    HoldReason.MAYBE_ALREADY_BOOKED: "Have it retried",
    HoldReason.PEPPOL_REFUSED: "book it without Peppol",
    HoldReason.NOT_CONFIRMED: "Not there? Have it sent again",
    HoldReason.NOT_UNDERSTOOD: "Correct the number or date that looks odd",
    HoldReason.TRIBE_CONSENT_NEEDED: "Run `tribe-yuki connect` again",
    HoldReason.YUKI_KEY_REFUSED: "make a key with the right rights",
}


@pytest.fixture
def world(exits: ExitStack, tmp_path: Path) -> World:
    """The whole product with few contacts in Yuki, which books a number as often as it gets it."""
    world = open_world(exits, yuki_seed=yuki_seed(tmp_path, [CUSTOMER, OTHER_NUMBER, CUSTOMER_OF_SMALL_LINES]))
    world.switch_yuki(duplicate_reference="accept", new_contact_role="customer")
    return world


def hold(world: World, case: Case) -> list[str]:
    """Send the invoice, see it held, and return its story."""
    case.breaks(world)
    world.run(minutes=1)
    case.sends(world)
    world.run(minutes=case.patience)
    transfer = world.transfer(case.invoice)
    assert transfer is not None
    assert (transfer.state, transfer.reason) == (State.HELD, case.reason)
    return world.story(case.invoice)


def wait(world: World, minutes: int) -> None:
    """Let time pass; of a night only the hours in which anything happens."""
    if minutes < A_NIGHT:
        world.run(minutes=minutes, step_seconds=10 if minutes <= A_POLL else 300)
        return
    for _ in range(minutes // A_NIGHT):
        tomorrow = world.clock.instant.date() + timedelta(days=1)
        world.set_time(datetime.combine(tomorrow, NIGHT_BEGINS, UTC))
        world.run(minutes=NIGHT, step_seconds=60)


def state(world: World, case: Case) -> State | None:
    """Return where the transfer stands."""
    transfer = world.transfer(case.invoice)
    return transfer.state if transfer else None


def test_every_reason_has_its_row_here_and_the_owner_of_the_design() -> None:
    # What nobody foresaw has no usual cause: test_containment_of_invoices.py makes it.
    assert {case.reason for case in ALL.values()} == set(HoldReason) - {HoldReason.NOT_UNDERSTOOD}
    in_tribe_or_yuki = {HoldReason.TOTALS_DIFFER, HoldReason.REFERENCE_IN_USE, HoldReason.REFUSED_BY_YUKI}
    in_tribe_or_yuki |= {HoldReason.NOT_CONFIRMED, HoldReason.MAYBE_ALREADY_BOOKED, HoldReason.PEPPOL_REFUSED}
    for cases, owner in ((IN_YUKI, Owner.BOOKKEEPER), (IN_SETTINGS, Owner.BOOKKEEPER), (FOR_OPERATOR, Owner.OPERATOR)):
        assert {HOLDS[case.reason].owner for case in cases.values()} == {owner}
    for case in IN_TRIBE.values():
        owner = Owner.BOOKKEEPER if case.reason in in_tribe_or_yuki else Owner.SALES
        assert HOLDS[case.reason].owner is owner


@pytest.mark.parametrize("reason", HoldReason)
def test_the_text_of_each_reason_names_what_its_row_does(reason: HoldReason) -> None:
    assert REMEDIES[reason] in Texts("en").say(f"open.{reason}.to_do")


@pytest.mark.parametrize("case", ALL.values(), ids=ALL.keys())
def test_it_is_parked_at_the_first_answer_and_goes_when_the_cause_is_gone(world: World, case: Case) -> None:
    story = hold(world, case)
    sent = world.yuki_state()["calls"].get(BOOKING, 0)
    wait(world, LONG_ENOUGH_TO_RETRY)
    assert world.story(case.invoice) == story, "nobody tried again"
    assert world.yuki_state()["calls"].get(BOOKING, 0) == sent

    case.mends(world)
    wait(world, case.takes)
    world.run(minutes=3)  # Yuki is asked first for what was sent once, and the batch waits for its moment

    assert state(world, case) is State.BOOKED
    assert len(world.booked(case.number)) == 1


def send_unread(world: World) -> None:
    """Send an invoice that cannot be read, because Tribe refuses the application."""
    world.run(minutes=2)
    refuse_application(world)
    world.send(INVOICE, Number=NUMBER)
    world.run(minutes=AN_EVENT)
    assert world.transfer(INVOICE) is None


def told_to_the_operator(world: World) -> set[tuple[str, str | None]]:
    """Return the reasons and invoices that the operator is told of."""
    told = held_records(world.stores())
    return {(one.kind, one.tribe_invoice_id) for one in told if one.owner is Owner.OPERATOR}


def test_the_operator_is_told_of_an_invoice_that_cannot_be_read(world: World) -> None:
    send_unread(world)

    assert (HoldReason.TRIBE_CONSENT_NEEDED, INVOICE) in told_to_the_operator(world)
    assert world.poller.tick()["HeldForOperator"] > 0


def test_an_invoice_that_cannot_be_read_is_left_alone_and_goes_as_soon_as_it_is_connected_again(world: World) -> None:
    send_unread(world)
    kept = world.deferred.get(Route.INVOICES, INVOICE)
    wait(world, LONG_ENOUGH_TO_RETRY)
    assert world.deferred.get(Route.INVOICES, INVOICE) == kept, "nobody tried again"

    connect_again(world)
    world.run(minutes=AN_EVENT)

    assert len(world.booked(NUMBER)) == 1
    assert told_to_the_operator(world) == set()


# --- the controls -----------------------------------------------------------------------------------------------------


def test_without_the_hold_a_refused_invoice_would_be_sent_again_and_again(world: World) -> None:

    world.without(Protection.HOLDING_OF_REFUSALS)
    closed_year(world)
    world.run(minutes=1)
    send(world)

    wait(world, LONG_ENOUGH_TO_RETRY)

    assert world.yuki_state()["calls"][BOOKING] > 2


# Of each way to be released one; and those that an event about the invoice itself releases.
RELEASED = {
    name: ALL[name]
    for name in (
        "no customer",
        "code in use",
        "inactive since it was linked",
        "gone",
        "no debtor number",
        "an unmapped VAT group",
        "a revoked key",
    )
}
WITH_THE_POLL = ("no invoice number", "an impossible currency", "no VAT number", "a country by mistake")
IN_THE_NIGHT = ("a closed book year", "a number that Yuki holds")


@pytest.mark.parametrize("case", RELEASED.values(), ids=RELEASED.keys())
def test_without_the_releases_it_would_wait_for_ever(world: World, case: Case) -> None:
    world.without(Protection.RELEASES)
    hold(world, case)

    case.mends(world)
    wait(world, case.takes)

    assert state(world, case) is State.HELD
    assert world.booked(case.number) == []


def mend_without_webhooks(world: World, name: str) -> Case:
    """Have an invoice held, and its cause gone without a webhook that tells."""
    case = ALL[name]
    hold(world, case)
    world.switch_tribe(drop_webhooks=1.0)
    case.mends(world)
    return case


@pytest.mark.parametrize("name", WITH_THE_POLL)
def test_what_no_webhook_tells_is_found_with_the_next_poll(world: World, name: str) -> None:
    case = mend_without_webhooks(world, name)

    wait(world, ASKED_FIRST)

    assert state(world, case) is State.BOOKED
    assert len(world.booked(case.number)) == 1


def test_without_the_look_at_causes_it_would_wait_for_the_night(world: World) -> None:
    world.without(Protection.LOOKS_AT_CAUSES)
    case = mend_without_webhooks(world, "an impossible currency")

    wait(world, ASKED_FIRST)

    assert state(world, case) is State.HELD


@pytest.mark.parametrize("name", IN_THE_NIGHT)
def test_a_correction_of_what_was_sent_whose_webhook_got_lost_is_found_in_the_night(world: World, name: str) -> None:
    case = mend_without_webhooks(world, name)
    wait(world, ASKED_FIRST)
    assert state(world, case) is State.HELD

    wait(world, A_NIGHT)

    assert state(world, case) is State.BOOKED
    assert len(world.booked(case.number)) == 1


def test_without_the_look_at_held_invoices_such_a_correction_would_stay_lost(world: World) -> None:
    world.without(Protection.LOOK_AT_HELD)
    case = mend_without_webhooks(world, "a closed book year")

    wait(world, A_NIGHT)

    assert state(world, case) is State.HELD


def test_a_refused_invoice_that_nobody_touches_is_not_sent_again_in_the_night(world: World) -> None:
    case = ALL["a closed book year"]
    hold(world, case)
    sent = world.yuki_state()["calls"][BOOKING]

    wait(world, 2 * A_NIGHT)

    assert world.yuki_state()["calls"][BOOKING] == sent
    assert state(world, case) is State.HELD
