"""Recorded answers of Tribe become relations and invoices of the domain."""

from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.details import said
from tribe_yuki.adapters.tribe import TribeOptions, invoice_rows, relation_rows
from tribe_yuki.adapters.tribe.answers import Answer, parse_json
from tribe_yuki.connections.settings import TotalsReading
from tribe_yuki.contacts.model import ContactKind, RoleKind, TribeAddress
from tribe_yuki.invoices.model import TribeInvoice

DATA = Path(__file__).parent.parent / "data" / "tribe" / "odata"
OPTIONS = TribeOptions()


def recorded(name: str) -> dict[str, Any]:
    value = parse_json(Answer(200, {}, (DATA / f"{name}.json").read_bytes()), name)
    assert isinstance(value, dict)
    return deepcopy(value)


def invoice(record: dict[str, Any], options: TribeOptions = OPTIONS) -> TribeInvoice:
    files = [file for row in record["Attachments"] if (file := invoice_rows.attachment(row))]
    return invoice_rows.invoice(record, None, files, options)


def test_every_recorded_answer_is_json_that_can_be_read() -> None:
    names = [path.stem for path in DATA.glob("*.json")]
    assert len(names) >= 19
    for name in names:
        assert recorded(name)


def test_an_organisation() -> None:
    role = relation_rows.role(recorded("Customer-single-expanded"), RoleKind.CUSTOMER)
    relation = relation_rows.relation(
        recorded("Relation_Organization-single-expanded"), ContactKind.ORGANISATION, [role]
    )
    assert relation.tribe_relation_id == "20000000-0000-4000-8000-000000000011"
    assert relation.kind is ContactKind.ORGANISATION
    assert relation.name == "Bakkerij De Korenschuur B.V."
    assert (relation.debtor_number, relation.creditor_number) == ("D-10045", None)
    assert relation.email == "info@korenschuur.example"
    assert relation.financial_email == "facturen@korenschuur.example"
    assert (relation.vat_number, relation.coc_number) == ("NL000000000B01", "00000000")
    assert relation.website == "https://korenschuur.example"
    assert relation.postal_address is None
    assert relation.visiting_address == TribeAddress(
        tribe_address_id="80000000-0000-4000-8000-000000000001",
        street="Molenweg",
        house_number="12",
        house_number_suffix="A",
        postcode="1234 AB",
        city="Voorbeeldstad",
        country="NL",
    )
    assert relation.invoice_address is not None
    assert relation.invoice_address.extra == "t.a.v. Crediteuren"
    assert relation.has_role(RoleKind.CUSTOMER)
    assert relation.roles[0].payment_term_days == 30
    assert relation.modified_at == datetime(2026, 3, 4, 9, 15, 22, tzinfo=UTC)


def test_a_person_whose_computed_name_starts_with_line_breaks() -> None:
    relation = relation_rows.relation(recorded("Relation_Person-single-expanded"), ContactKind.PERSON, [])
    assert relation.kind is ContactKind.PERSON
    assert relation.name == "Jip van der Meulen"
    assert (relation.first_name, relation.middle_name, relation.last_name) == ("Jip", "van der", "Meulen")
    assert relation.mobile == "+31 6 5550 0202"
    assert relation.private_address is not None
    assert (relation.private_address.house_number, relation.private_address.postcode) == ("5", "4321BA")
    assert not relation.has_role(RoleKind.CUSTOMER)


@pytest.mark.parametrize(
    ("name", "prefix", "expected"),
    [
        ("de de Vries", "de", "de Vries"),
        ("\n\nJan de de Vries", "de", "Jan de Vries"),
        ("Jip van der van der Meulen", "van der", "Jip van der Meulen"),
        ("Jan de Vries", "de", "Jan de Vries"),
        ("Bo Bo Jansen", None, "Bo Bo Jansen"),
        (None, "de", "Jip de Meulen"),
    ],
)
def test_a_prefix_that_tribe_writes_twice_is_written_once(name: str | None, prefix: str | None, expected: str) -> None:
    record = recorded("Relation_Person-single-expanded") | {"Name": name, "_Name": None, "MiddleName": prefix}
    assert relation_rows.relation(record, ContactKind.PERSON).name == expected


def test_a_former_customer_is_no_customer() -> None:
    record = recorded("PrivateCustomer-single-expanded") | {"IsFormer": True}
    relation = relation_rows.relation(
        record["Person"], ContactKind.PERSON, [relation_rows.role(record, RoleKind.CUSTOMER)]
    )
    assert relation.roles[0].is_former
    assert not relation.has_role(RoleKind.CUSTOMER)


def test_an_address_without_content_is_none() -> None:
    empty = {"ID": "80000000-0000-4000-8000-000000000009", "Street": " ", "HouseNumber": None, "Country": None}
    assert relation_rows.address(empty) is None
    assert relation_rows.address(None) is None


def test_a_sent_invoice() -> None:
    sent = invoice(recorded("Activity_Invoice-sent-expanded"))
    assert sent.number == "2026-0107"
    assert (sent.phase_code, sent.is_final) == ("Sent", True)
    assert (sent.currency, sent.is_vat_included) == ("EUR", False)
    assert (sent.invoice_date, sent.due_date) == (date(2026, 3, 4), date(2026, 4, 3))
    assert sent.amount == Decimal(127)
    bread, delivery = sent.lines
    assert (bread.description, bread.quantity, bread.price) == ("Roggebrood 800 g", Decimal(40), Decimal("2.5"))
    assert bread.product is not None
    assert (bread.product.code, bread.product.ledger_account) == ("BR-800", "80000")
    assert bread.vat_group is not None
    assert bread.vat_group.percentage == Decimal(9)
    assert (bread.total_excl, bread.total_incl, bread.vat_amount) == (Decimal(100), Decimal(109), Decimal(9))
    assert delivery.product is None
    assert delivery.discount_percentage == Decimal(10)
    assert delivery.vat_amount == Decimal("5.67")  # after the line's discount; VatAmount says 6.30
    assert [(file.file_name, file.mime_type) for file in sent.attachments] == [("2026-0107.pdf", "application/pdf")]
    assert sent.fields == {}


def test_a_draft_has_neither_number_nor_date() -> None:
    draft = invoice(recorded("Activity_Invoice-draft-expanded"))
    assert (draft.number, draft.invoice_date, draft.due_date) == (None, None, None)
    assert (draft.phase_code, draft.is_final) == ("Draft", False)


def test_a_credit_invoice_is_negative() -> None:
    credit = invoice(recorded("Activity_Invoice-credit-expanded"))
    assert credit.amount == Decimal(-100)
    assert credit.lines[0].quantity == Decimal(-40)


def test_an_invoice_without_a_line_is_still_an_invoice() -> None:
    record = recorded("Activity_Invoice-sent-expanded") | {"ProductLines": None, "Phase": None, "Attachments": []}
    empty = invoice(record)
    assert empty.lines == ()
    assert empty.phase_code == ""


def in_dollars(**changes: Any) -> dict[str, Any]:
    """The sent invoice in dollars, at 1.10."""
    record = recorded("Activity_Invoice-sent-expanded") | {"Currency": "usd"}
    for line in record["ProductLines"]:
        for name in [name for name in line if name.endswith("InCurrency") and line[name] is not None]:
            line[name] = line[name] * Decimal("1.1")
        line.update(changes)
    return record


def test_another_currency_uses_the_amounts_in_that_currency() -> None:
    sent = invoice(in_dollars())
    assert sent.currency == "USD"
    assert sent.lines[0].price == Decimal("2.75")
    assert sent.lines[0].total_excl == Decimal(110)
    assert sent.lines[1].vat_amount == Decimal("6.237")
    assert sent.amount == Decimal("139.7")


def test_the_total_in_another_currency_is_read_as_the_setting_says() -> None:
    record = in_dollars() | {"DiscountPercentage": Decimal(10)}
    incl = TribeOptions(totals=TotalsReading(amount="incl"))
    after = TribeOptions(totals=TotalsReading(line_totals="after_document_discount"))
    assert invoice(record).amount == Decimal("125.73")
    assert invoice(record, incl).amount == Decimal("140.2533")
    assert invoice(record, after).amount == Decimal("139.7")
    assert invoice(record | {"AmountInCurrency": Decimal("125.70")}).amount == Decimal("125.70")


def test_the_base_currency_is_an_option() -> None:
    assert invoice(in_dollars(), TribeOptions(base_currency="USD")).lines[0].price == Decimal("2.5")


def test_a_price_in_the_base_currency_is_never_taken_for_one_in_the_invoices() -> None:
    flawed = invoice(in_dollars(PriceInCurrency=None))
    assert said(flawed.flaws) == "line 1 has no price in USD"
    assert flawed.lines[0].price == 0
    assert not invoice(in_dollars()).flaws


def test_a_total_that_is_missing_on_a_line_makes_the_whole_total_unknown() -> None:
    assert invoice(in_dollars(TotalExcludingVatInCurrency=None)).amount is None


def test_vat_before_discount_is_used_only_without_discount() -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    for line in record["ProductLines"]:
        line["VatAmountIncludingDiscount"] = None
    bread, delivery = invoice(record).lines
    assert bread.vat_amount == Decimal(9)
    assert delivery.vat_amount is None


def test_named_fields_are_carried_as_text() -> None:
    custom = "_117ecf60__d492__48a1__8aab__a131ad465fd5"
    record = recorded("Activity_Invoice-sent-expanded") | {
        "ImportId": "yuki:2026-0107",
        custom: Decimal("4500.0"),
        "IsBilled": True,
        "Empty": None,
    }
    fields = invoice(record, TribeOptions(invoice_fields=("ImportId", custom, "IsBilled", "Empty", "Absent"))).fields
    assert fields == {"ImportId": "yuki:2026-0107", custom: "4500", "IsBilled": "true"}


def test_dates_and_the_final_flag_may_have_other_names() -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    for name in ("InvoiceDate", "ExpirationDate", "IsFinal"):
        del record[name]
    assert invoice(record).invoice_date is None
    assert invoice(record).is_final  # it has a number, and Tribe gives one only when an invoice is final
    renamed = invoice(record | {"Date": "2026-06-30T22:30:00Z", "DueDate": "2026-07-31", "Final": None})
    assert (renamed.invoice_date, renamed.due_date) == (date(2026, 7, 1), date(2026, 7, 31))
    assert not renamed.is_final


def test_lines_come_in_tribes_own_order() -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    record["ProductLines"][0]["SortIndex"], record["ProductLines"][1]["SortIndex"] = 2, 1
    assert [line.price for line in invoice(record).lines] == [Decimal(30), Decimal("2.5")]


def test_the_product_group_and_a_line_without_text() -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    record["ProductLines"][0]["Description"] = None
    record["ProductLines"][0]["Product"]["ProductGroup"] = {"ID": "x", "Code": None, "Name": "Diensten"}
    line = invoice(record).lines[0]
    assert line.description == "Roggebrood 800 g"
    assert line.product is not None
    assert line.product.product_group == "Diensten"


def test_attachments_without_a_file_are_left_out_and_a_missing_type_is_guessed() -> None:
    row = recorded("Activity_Invoice-sent-expanded")["Attachments"][0]
    assert invoice_rows.attachment(row | {"File": None}) is None
    untyped = invoice_rows.attachment(row | {"File": {"Name": "2026-0107.PDF", "MimeType": None}})
    assert untyped is not None
    assert untyped.mime_type == "application/pdf"


@pytest.mark.parametrize(("stated", "expected"), [(9, 9), (6, 6), (0, 9), (None, 9)])
def test_a_line_keeps_the_percentage_that_it_was_invoiced_at(stated: int | None, expected: int) -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    record["ProductLines"][0]["VatPercentage"] = stated
    record["ProductLines"][0]["VatGroup"]["Percentage"] = 9
    group = invoice(record).lines[0].vat_group
    assert group is not None
    assert group.percentage == expected


def test_vat_groups() -> None:
    groups = [invoice_rows.vat_group(row) for row in recorded("Datastore_VatGroup-list")["value"]]
    assert [(group.code, group.percentage) for group in groups if group] == [
        ("NL-21", Decimal(21)),
        ("NL-9", Decimal(9)),
        ("NL-0", Decimal(0)),
    ]


# --- what people type -------------------------------------------------------------------------------------------------

INJECTED = "D-10050\n\nLet op: boek EUR 9.750,00 over\x1b[2J"
ON_ONE_LINE = "D-10050 Let op: boek EUR 9.750,00 over[2J"


def test_what_people_type_in_a_relation_stays_on_one_line() -> None:
    record = recorded("Relation_Organization-single-expanded")
    names = ("DebtorNumber", "CreditorNumber", "Name", "EmailAddress", "PhoneNumber", "VatNumber")
    typed = record | dict.fromkeys(names, INJECTED)
    typed["InvoiceAddress"] = record["InvoiceAddress"] | {"Street": INJECTED, "City": "Zw\u202eolle\u200b"}

    relation = relation_rows.relation(typed, ContactKind.ORGANISATION)

    assert relation.invoice_address is not None
    assert relation.invoice_address.city == "Zwolle"
    assert {
        relation.debtor_number,
        relation.creditor_number,
        relation.name,
        relation.email,
        relation.phone,
        relation.vat_number,
        relation.invoice_address.street,
    } == {ON_ONE_LINE}


def test_what_people_type_in_an_invoice_stays_on_one_line_but_for_the_text_of_its_lines() -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    line = record["ProductLines"][0]
    line |= {"Description": "Brood\r\n\twit\x07\u202e", "VatGroup": line["VatGroup"] | {"Code": INJECTED}}
    read = invoice(record | {"Subject": INJECTED, "ImportId": f"\x1b[2J\n{INJECTED}", "Number": "2026\r\n 0101"})

    mapped = next(one for one in read.lines if one.tribe_line_id == line["ID"])
    assert (read.number, read.subject, read.fields["ImportId"]) == ("2026 0101", ON_ONE_LINE, f"[2J {ON_ONE_LINE}")
    assert mapped.vat_group is not None
    assert mapped.vat_group.code == ON_ONE_LINE
    assert mapped.description == "Brood\nwit"


@pytest.mark.parametrize("field", ["DebtorNumber", "CreditorNumber"])
def test_a_number_of_a_relation_has_an_end(field: str) -> None:
    record = recorded("Relation_Organization-single-expanded") | {field: "9" * 5_000}
    relation = relation_rows.relation(record, ContactKind.ORGANISATION)
    assert f"{'9' * 99}…" in {relation.debtor_number, relation.creditor_number}


def test_an_invoice_of_which_tribe_shows_only_some_lines_is_not_booked() -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    assert said(invoice(record | {"ProductLines@odata.nextLink": "x"}).flaws) == "Tribe shows only a part of the lines"


def test_an_invoice_is_never_booked_under_a_part_of_its_number() -> None:
    record = recorded("Activity_Invoice-sent-expanded")
    assert not invoice(record | {"Number": "9" * 100}).flaws
    assert said(invoice(record | {"Number": "9" * 101}).flaws) == "the number is longer than 100 characters"
    assert invoice(record | {"Number": "9" * 100_000}).number == f"{'9' * 99}…"
