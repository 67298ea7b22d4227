"""Invoices of the simulated Tribe: their amounts, and what the Send button does (tribe-api 4.7, 6)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.simulated_tribe import (
    BAKERY_CUSTOMER,
    INVOICE,
    JIP_CUSTOMER,
    PAID,
    SECOND_INVOICE,
    UNKNOWN,
    VAT_9,
    VAT_21,
    Receiver,
    Tribe,
    simulated_tribe,
    to,
)


@pytest.fixture
def tribe(tmp_path: Path) -> Iterator[Tribe]:
    with simulated_tribe(tmp_path) as one:
        one.control("clock", {"now": "2026-11-23T23:30:00Z"})  # already the 24th in Amsterdam
        one.headers = {"Authorization": f"Bearer {one.token()}"}
        yield one


def draft(tribe: Tribe, *lines: dict[str, Any], **fields: Any) -> str:
    body = {"Relationship": to(BAKERY_CUSTOMER), "ProductLines": list(lines), **fields}
    return str(tribe.control("invoices", body)["ID"])


def line(quantity: float, price: float, vat_group: str = VAT_21, **fields: Any) -> dict[str, Any]:
    return {"Quantity": quantity, "Price": price, "VatGroup": to(vat_group), **fields}


def shown(tribe: Tribe, invoice_id: str) -> Any:
    return tribe.get(f"Activity_Invoice({invoice_id})", expand="Phase,ProductLines,Attachments($expand=File)")


# Amounts


def test_the_amounts_of_a_line(tribe: Tribe) -> None:
    (one,) = shown(tribe, draft(tribe, line(3, 9.995, DiscountPercentage=10.0)))["ProductLines"]
    assert one["Total"] == one["TotalExcludingVat"] == 26.9865
    assert one["TotalIncludingVat"] == 32.653665
    assert (one["VatPercentage"], one["VatAmount"], one["VatAmountIncludingDiscount"]) == (21.0, 6.29685, 5.667165)
    assert one["TotalIncludingVatInCurrency"] == one["TotalIncludingVat"]


def test_prices_with_vat_included(tribe: Tribe) -> None:
    invoice = shown(tribe, draft(tribe, line(2, 121.0), line(1, 10.9, VAT_9), IsVatIncluded=True))
    first, second = invoice["ProductLines"]
    assert (first["Total"], first["TotalExcludingVat"], first["TotalIncludingVat"]) == (242.0, 200.0, 242.0)
    assert (first["VatAmount"], second["TotalExcludingVat"], second["VatAmount"]) == (42.0, 10.0, 0.9)
    assert invoice["Amount"] == 210.0


def test_a_draft_is_answered_with_its_lines(tribe: Tribe) -> None:
    body = {"Relationship": to(BAKERY_CUSTOMER), "ProductLines": [line(1, 5.0), line(2, 5.0)]}
    answer = tribe.control("invoices", body)
    assert (answer["Amount"], [one["Total"] for one in answer["ProductLines"]]) == (15.0, [5.0, 10.0])
    assert {one["Invoice"]["ID"] for one in answer["ProductLines"]} == {answer["ID"]}


def test_a_line_without_vat_group_has_no_vat(tribe: Tribe) -> None:
    (one,) = shown(tribe, draft(tribe, {"Price": 5.0}))["ProductLines"]
    assert (one["VatPercentage"], one["TotalIncludingVat"], one["VatAmount"]) == (None, 5.0, 0.0)


def test_amounts_in_another_currency_come_from_its_own_price(tribe: Tribe) -> None:
    dollars = line(2, 100.0, PriceInCurrency=115.0)
    invoice = shown(tribe, draft(tribe, dollars, line(1, 50.0), Currency="USD"))
    first, second = invoice["ProductLines"]
    assert (first["TotalIncludingVat"], first["TotalIncludingVatInCurrency"]) == (242.0, 278.3)
    assert (second["Total"], second["TotalInCurrency"], second["PriceInCurrency"]) == (50.0, None, None)
    assert invoice["Amount"] == 250.0


@pytest.mark.parametrize(("included", "total"), [(False, 100.0), (True, 90.0)])
def test_the_document_discount_counts_for_the_amount_and_by_a_switch_for_the_lines(
    tribe: Tribe, included: bool, total: float
) -> None:
    tribe.switch(line_totals_include_document_discount=included)
    invoice = shown(tribe, draft(tribe, line(1, 100.0), DiscountPercentage=10.0))
    assert (invoice["Amount"], invoice["ProductLines"][0]["Total"]) == (90.0, total)


@pytest.mark.parametrize(("meaning", "amount"), [("excl", 0.33), ("incl", 0.4)])
def test_what_the_amount_means_is_a_switch(tribe: Tribe, meaning: str, amount: float) -> None:
    tribe.switch(amount_meaning=meaning)
    assert shown(tribe, draft(tribe, line(1, 0.115), line(1, 0.215)))["Amount"] == amount


@pytest.mark.parametrize(
    ("form", "total", "vat"),
    [("exact", 0.3, 0.063), ("rounded", 0.3, 0.06), ("binary", 0.30000000000000004, 0.063)],
)
def test_the_precision_of_line_amounts_is_a_switch(tribe: Tribe, form: str, total: float, vat: float) -> None:
    tribe.switch(line_amounts=form)
    (one,) = shown(tribe, draft(tribe, line(3, 0.1)))["ProductLines"]
    assert (one["Total"], one["VatAmount"]) == (total, vat)


def test_half_cents_are_rounded_away_from_zero(tribe: Tribe) -> None:
    assert shown(tribe, draft(tribe, line(1, 1.005)))["Amount"] == 1.01
    assert shown(tribe, draft(tribe, line(-1, 1.005)))["Amount"] == -1.01


def test_totals_of_an_invoice_are_shown_by_a_switch(tribe: Tribe) -> None:
    invoice_id = draft(tribe, line(1, 100.0))
    assert "TotalIncludingVat" not in shown(tribe, invoice_id)
    tribe.switch(invoice_totals=True)
    invoice = tribe.get(f"Activity_Invoice({invoice_id})", select="TotalExcludingVat,TotalIncludingVat")
    assert (invoice["TotalExcludingVat"], invoice["TotalIncludingVat"]) == (100.0, 121.0)


# The Send button


def test_sending_assigns_what_the_seed_says(tribe: Tribe) -> None:
    tribe.control(f"invoices/{INVOICE}/send")
    invoice = shown(tribe, INVOICE)
    assert (invoice["Number"], invoice["InvoiceDate"], invoice["ExpirationDate"]) == (
        "2026-0107",
        "2026-11-20",
        "2026-12-20",
    )
    assert (invoice["Phase"]["Code"], invoice["IsFinal"], invoice["_Name"]) == ("Sent", True, "2026-0107")
    tribe.control(f"invoices/{SECOND_INVOICE}/send")
    second = shown(tribe, SECOND_INVOICE)
    assert (second["InvoiceDate"], second["ExpirationDate"]) == ("2026-06-30T22:30:00Z", None)


def test_the_body_overrides_the_seed(tribe: Tribe) -> None:
    tribe.switch(send_gap_seconds=0.01)
    wanted = {"Number": "F-1", "ExpirationDate": None}
    answer = tribe.control(f"invoices/{INVOICE}/send", wanted)
    assert (answer["Number"], answer["InvoiceDate"], answer["ExpirationDate"]) == ("F-1", "2026-11-20", None)


def test_without_a_seed_the_next_number_and_the_day_in_amsterdam_are_given(tribe: Tribe) -> None:
    first = tribe.control(f"invoices/{draft(tribe, line(1, 1.0))}/send")
    assert (first["Number"], first["InvoiceDate"], first["ExpirationDate"]) == ("2026-0109", "2026-11-24", "2026-12-24")
    private = draft(tribe, line(1, 1.0), Relationship=to(JIP_CUSTOMER))
    second = tribe.control(f"invoices/{private}/send", {"InvoiceDate": "2027-01-02"})
    assert (second["Number"], second["ExpirationDate"]) == ("2027-0001", None)
    third = tribe.control(f"invoices/{draft(tribe, line(1, 1.0))}/send")
    assert third["Number"] == "2026-0110"


def test_the_pdf_is_whole_and_names_the_invoice(tribe: Tribe) -> None:
    tribe.control(f"invoices/{INVOICE}/send")
    (attachment,) = shown(tribe, INVOICE)["Attachments"]
    file = attachment["File"]
    assert (file["Name"], file["MimeType"]) == ("2026-0107.pdf", "application/pdf")
    answer = tribe.http.get(file["Url"], headers=tribe.headers)
    assert answer.headers["content-type"] == "application/pdf"
    assert_is_pdf(answer.content)
    assert b"(Factuur 2026-0107)" in answer.content
    assert 700 < len(answer.content) < 1500


def assert_is_pdf(content: bytes) -> None:
    """Follow the cross-reference table: each row must point at its object, and the trailer at the table."""
    assert content.startswith(b"%PDF-1.4\n")
    assert content.endswith(b"%%EOF\n")
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    header, count, *rows = content[start:].split(b"trailer")[0].splitlines()
    assert header == b"xref"
    assert int(count.split()[1]) == len(rows)
    for number, row in enumerate(rows[1:], start=1):
        assert content[int(row[:10]) :].startswith(b"%d 0 obj\n" % number)
    stream = re.search(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", content, re.DOTALL)
    assert stream is not None
    assert int(stream[1]) == len(stream[2])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("gaps", ["Attachment", "Number", "Phase", "IsFinal"]),
        ("at_once", ["Attachment", "Number"]),
        ("pdf_last", ["Number", "Phase", "IsFinal", "Attachment"]),
        ("no_pdf", ["Number", "Phase", "IsFinal"]),
    ],
)
def test_each_thing_that_sending_does_is_told_by_itself(tribe: Tribe, order: str, expected: list[str]) -> None:
    tribe.switch(send_order=order, link_events="entity", webhook_concurrency=1)
    with Receiver() as receiver:
        tribe.register(receiver.url, "Activity.Invoice", "Attachment")
        tribe.control(f"invoices/{INVOICE}/send")
        tribe.settle()
        told = [
            "Attachment" if payload["entityType"] == "Attachment" else next(iter(payload["fields"]))
            for payload in receiver.payloads()
        ]
    assert told == expected


def test_a_pdf_may_come_later(tribe: Tribe) -> None:
    tribe.switch(send_order="no_pdf")
    tribe.control(f"invoices/{INVOICE}/send")
    assert shown(tribe, INVOICE)["Attachments"] == []
    tribe.control(f"invoices/{INVOICE}/pdf")
    assert [one["Description"] for one in shown(tribe, INVOICE)["Attachments"]] == ["2026-0107.pdf"]


@pytest.mark.parametrize(("how", "linked", "attached"), [("both", 1, 1), ("invoice", 1, 0), ("attachments", 0, 1)])
def test_how_the_pdf_hangs_on_its_invoice_is_a_switch(tribe: Tribe, how: str, linked: int, attached: int) -> None:
    tribe.switch(pdf_link=how)
    tribe.control(f"invoices/{INVOICE}/send")
    assert len(tribe.ids("Attachment", filter=f"Invoice/ID eq {INVOICE}")) == linked
    assert len(shown(tribe, INVOICE)["Attachments"]) == attached


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (f"invoices/{INVOICE}/send", {"Nummer": "1"}, 400, "Nummer"),
        (f"invoices/{UNKNOWN}/send", {}, 404, UNKNOWN),
        (f"invoices/{BAKERY_CUSTOMER}/send", {}, 400, "only invoices"),
        (f"invoices/{INVOICE}/pdf", {}, 400, "no number"),
        ("invoices", {"Amount": 1.0}, 400, "Amount"),
        (f"delete/{UNKNOWN}", {}, 404, UNKNOWN),
        ("create/Nonsense", {}, 404, "Nonsense"),
        (f"upgrade/{INVOICE}", {"to": "Nonsense"}, 404, "Nonsense"),
        (f"upgrade/{INVOICE}", {}, 400, "to"),
        ("merge", {"winner": INVOICE, "loser": SECOND_INVOICE}, 400, "two different"),
    ],
)
def test_what_a_person_cannot_do(tribe: Tribe, path: str, body: Any, status: int, words: str) -> None:
    answer = tribe.http.post(f"/_control/{path}", json=body)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_an_invoice_is_sent_once(tribe: Tribe) -> None:
    tribe.control(f"invoices/{INVOICE}/send")
    answer = tribe.http.post(f"/_control/invoices/{INVOICE}/send")
    assert (answer.status_code, "sent already" in answer.text) == (400, True)
    tribe.control(f"edit/{INVOICE}", {"Phase": to(PAID)})
    assert shown(tribe, INVOICE)["Phase"]["Code"] == "Paid"


def test_deleting_a_draft_loses_no_number(tribe: Tribe) -> None:
    tribe.control(f"delete/{draft(tribe, line(1, 1.0))}")
    assert tribe.control(f"invoices/{draft(tribe, line(1, 1.0))}/send")["Number"] == "2026-0109"
