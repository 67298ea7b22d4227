"""Outstanding items and the archive of the simulator (yuki-api 5)."""

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from tests.support.outside.simulated_yuki import (
    ADMINISTRATION,
    BELGIAN_DOMAIN,
    ROOFER,
    SECOND_ADMINISTRATION,
    TWIN_NEW,
    Fault,
    Yuki,
    fresh,
    invoice,
    line,
    message,
    served,
    texts,
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as yuki:
        yield yuki


@pytest.fixture
def yuki(running: Yuki) -> Yuki:
    return fresh(running)


def items(
    yuki: Yuki, operation: str = "OutstandingDebtorItems", *, bank: bool = False, sort: str = "DateAsc", more: str = ""
) -> list[etree._Element]:
    parameters = (
        f"<administrationID>{ADMINISTRATION}</administrationID><includeBankTransactions>{str(bank).lower()}"
        f"</includeBankTransactions><sortOrder>{sort}</sortOrder>{more}"
    )
    answer = yuki.with_session("Accounting", operation, parameters)[0]
    assert answer.tag == "OutstandingDebtorItems"
    return list(answer)


def references(found: list[etree._Element]) -> list[str | None]:
    return [one.findtext("Reference") for one in found]


ADDRESS = [
    ("ContactCode", "TR-48213"),
    ("CoCNumber", "00000000"),
    ("VATNumber", "NL000000000B00"),
    ("AddressLine_1", "Voorbeeldstraat 12"),
    ("AddressLine_2", ""),
    ("Postcode", "8011 AB"),
    ("City", "Zwolle"),
    ("MailAddressLine_1", "Postbus 5"),
    ("MailAddressLine_2", ""),
    ("MailPostcode", "8000 AA"),
    ("MailCity", "Zwolle"),
    ("Country", "NL"),
    ("RecipientEmail", ""),
    ("PhoneHome", ""),
    ("PhoneWork", "038 000 00 00"),
    ("EmailHome", ""),
    ("EmailWork", "administratie@dakbedrijf.example"),
]
HEAD = [
    ("Date", "2025-12-16"),
    ("Description", "Uit het archief"),
    ("Contact", "Dakbedrijf Voorbeeld B.V."),
    ("ContactID", ROOFER),
    ("OpenAmount", "41.96"),
    ("OriginalAmount", "91.96"),
    ("Type", "Verkoopfactuur"),
    ("Reference", "NV2025/156"),
    ("DueDate", "2025-12-30"),
    ("PaymentMethod", "Overschrijving"),
]


def test_a_checked_item_reads_as_in_the_sample(yuki: Yuki) -> None:
    (item,) = yuki.outstanding("NV2025/156")
    assert item.getparent().tag == "OutstandingItems"  # type: ignore[union-attr]
    assert item.get("ID") == yuki.invoice("NV2025/156")["id"]
    assert item.find("Type").get("ID") == "6"  # type: ignore[union-attr]
    assert list(texts(item).items()) == HEAD + ADDRESS


def test_a_listed_item_has_a_document_as_well(yuki: Yuki) -> None:
    (item,) = items(yuki)
    document = ("DocumentID", yuki.invoice("NV2025/156")["document_id"])
    assert list(texts(item).items()) == [*HEAD[:-1], document, HEAD[-1], *ADDRESS]


@pytest.mark.parametrize("reference", ["", "unknown", "NV2025"])
def test_an_unknown_number_has_an_empty_answer(yuki: Yuki, reference: str) -> None:
    assert yuki.outstanding(reference) == []


def test_a_check_over_all_administrations_finds_it_too(yuki: Yuki) -> None:
    yuki.send(invoice("OTHER", lines=line(account="")), administration=SECOND_ADMINISTRATION)
    answer = yuki.with_session("Accounting", "CheckOutstandingItem", "<Reference>OTHER</Reference>")[0]
    assert references(list(answer)) == ["OTHER"]
    assert yuki.outstanding("OTHER") == []


def test_payment_lowers_and_ends_what_is_open(yuki: Yuki) -> None:
    yuki.send(invoice())
    yuki.control("invoices/2026-0107/pay", {"amount": "100.00"})
    item = texts(yuki.outstanding("2026-0107")[0])
    assert (item["OpenAmount"], item["OriginalAmount"]) == ("142.00", "242.00")
    assert yuki.invoice("2026-0107")["open_amount"] == "142.00"
    yuki.control("invoices/2026-0107/pay")
    assert yuki.outstanding("2026-0107") == []
    yuki.control("invoices/NV2025/156/pay")
    assert items(yuki) == []


def test_an_invoice_of_nothing_is_not_outstanding_but_is_in_the_archive(yuki: Yuki) -> None:
    yuki.send(invoice("FREE", lines=line("Gratis", price="0")))
    assert yuki.outstanding("FREE") == []
    assert "FREE" in references(yuki.documents())


@pytest.fixture
def three(yuki: Yuki) -> Yuki:
    """Yuki with three open items: 41.96 of 2025-12-16, 242.00 of 2026-03-31, 96.80 of 2026-04-01."""
    twin = "<ContactCode>TR-5</ContactCode>"
    yuki.send(
        invoice("MARCH", after_dates=""),
        invoice("APRIL", contact=twin, lines=line(quantity="1"), day="2026-04-01"),
    )
    return yuki


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("ContactAsc", ["NV2025/156", "MARCH", "APRIL"]),
        ("ContactDesc", ["APRIL", "NV2025/156", "MARCH"]),
        ("AmountAsc", ["NV2025/156", "APRIL", "MARCH"]),
        ("AmountDesc", ["MARCH", "APRIL", "NV2025/156"]),
        ("DateAsc", ["NV2025/156", "MARCH", "APRIL"]),
        ("DateDesc", ["APRIL", "MARCH", "NV2025/156"]),
    ],
)
def test_items_come_in_the_wanted_order(three: Yuki, sort: str, expected: list[str]) -> None:
    assert references(items(three, sort=sort)) == expected


def test_items_between_dates_include_both(three: Yuki) -> None:
    between = "<startDate>2026-03-31T00:00:00</startDate><endDate>2026-04-01T00:00:00</endDate>"
    assert references(items(three, "OutstandingDebtorItemsByDate", more=between)) == ["MARCH", "APRIL"]
    before = between.replace("2026-04-01", "2026-03-31")
    assert references(items(three, "OutstandingDebtorItemsByDate", more=before)) == ["MARCH"]


def test_what_was_open_on_a_day_undoes_later_payments(three: Yuki) -> None:
    three.control("invoices/MARCH/pay", {"date": "2026-05-01"})
    on = "<dateOutstanding>2026-03-31</dateOutstanding>"
    assert references(items(three, "OutstandingDebtorItemsByDateOutstanding", more=on)) == ["NV2025/156", "MARCH"]
    later = "<dateOutstanding>2026-05-01</dateOutstanding>"
    assert references(items(three, "OutstandingDebtorItemsByDateOutstanding", more=later)) == ["NV2025/156", "APRIL"]


def test_the_variants_add_one_element_each(yuki: Yuki) -> None:
    yuki.control("invoices/NV2025/156", {"payment_id": "RF18"})
    language = list(texts(items(yuki, "OutstandingDebtorItemsWithLanguage")[0]).items())
    assert language[language.index(("PaymentMethod", "Overschrijving")) + 1] == ("LayoutLanguage", "nl")
    between = "<startDate>2025-01-01</startDate><endDate>2026-12-31</endDate>"
    payment = list(texts(items(yuki, "OutstandingDebtorWithPaymentReference", more=between)[0]).items())
    assert payment[payment.index(("Reference", "NV2025/156")) + 1] == ("PaymentReference", "RF18")


def test_bank_lines_have_no_type(yuki: Yuki) -> None:
    yuki.control("bank_transactions", {"amount": "-10.00", "Description": "Onbekend", "Date": "2026-01-01"})
    assert len(items(yuki)) == 1
    bank = items(yuki, bank=True)[-1]
    assert bank.find("Type").get("ID") == ""  # type: ignore[union-attr]
    assert (bank.findtext("OpenAmount"), bank.findtext("ContactID"), bank.findtext("Reference")) == ("-10.00", "", "")
    before = "<dateOutstanding>2025-12-31</dateOutstanding>"
    assert len(items(yuki, "OutstandingDebtorItemsByDateOutstanding", bank=True, more=before)) == 1


def test_creditors_are_an_empty_list(yuki: Yuki) -> None:
    parameters = (
        f"<administrationID>{ADMINISTRATION}</administrationID>"
        "<includeBankTransactions>false</includeBankTransactions><sortOrder>DateAsc</sortOrder>"
    )
    answer = yuki.with_session("Accounting", "OutstandingCreditorItems", parameters)[0]
    assert (answer.tag, len(answer)) == ("OutstandingCreditorItems", 0)


def test_display_texts_follow_the_language_of_the_session(yuki: Yuki) -> None:
    yuki.with_session("Contact", "SetLanguage", "<language>en</language>")
    item = texts(yuki.outstanding("NV2025/156")[0])
    assert (item["Type"], item["PaymentMethod"]) == ("Sales invoice", "Electronic transfer")
    assert yuki.documents()[0].findtext("TypeDescription") == "Sales invoice"


def test_a_new_invoice_may_show_late(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"outstanding_delay_seconds": 60, "archive_delay_seconds": 300})
    yuki.send(invoice())
    assert yuki.outstanding("2026-0107") == []
    yuki.control("clock", {"advance_seconds": 60})
    assert len(yuki.outstanding("2026-0107")) == 1
    assert "2026-0107" not in references(yuki.documents())
    yuki.control("clock", {"advance_seconds": 240})
    assert "2026-0107" in references(yuki.documents())


# The archive


def archive(yuki: Yuki, operation: str, parameters: str, count: int = 100, start: int = 0) -> list[etree._Element]:
    page = f"<numberOfRecords>{count}</numberOfRecords><startRecord>{start}</startRecord>"
    return list(yuki.with_session("Archive", operation, parameters + page)[0])


def test_a_document_reads_as_on_a_live_domain(yuki: Yuki) -> None:
    yuki.send(invoice())
    document = yuki.documents()[-1]
    assert document.get("ID") == yuki.invoice("2026-0107")["document_id"]
    assert list(texts(document).items()) == [
        ("Subject", "Onderhoud maart 2026"),
        ("DocumentDate", "2026-03-31"),
        ("Amount", "242.00"),
        ("Type", "6"),
        ("TypeDescription", "Verkoopfactuur"),
        ("FileName", "Invoice 2026-0107.pdf"),
        ("ContentType", "application/pdf"),
        ("FileSize", "0"),
        ("ContactName", "Dakbedrijf Voorbeeld B.V."),
        ("ContactId", ROOFER),
        ("Reference", "2026-0107"),
        ("VATAmount", "42.00"),
        ("Created", "2026-11-23T11:00:00"),
        ("Creator", "yuki"),
        ("Modified", "2026-11-23T11:00:00"),
        ("Modifier", "yuki"),
    ]


def test_contact_and_number_of_a_document_are_switches(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"archive_contact_element": "ContactID"})
    assert yuki.documents()[0].findtext("ContactID") == ROOFER
    yuki.simulator.set_switches({"archive_reference": False})
    assert not {"ContactID", "ContactId", "Reference"} & set(texts(yuki.documents()[0]))


def test_changed_documents_include_the_moment_itself(yuki: Yuki) -> None:
    yuki.send(invoice())
    assert references(yuki.documents(since="2026-11-23T11:00:00")) == ["2026-0107"]
    assert yuki.documents(since="2026-11-23T11:00:01") == []
    assert yuki.documents(kind=2) == []


def test_documents_are_paged_from_zero(yuki: Yuki) -> None:
    yuki.send(*(invoice(f"P-{number}") for number in range(4)))
    wanted = "<documentType>6</documentType><sortOrder>CreatedAsc</sortOrder><modifiedSince>2000-01-01</modifiedSince>"
    pages = [archive(yuki, "ModifiedDocumentsByType", wanted, count=2, start=start) for start in (0, 2, 4, 6)]
    assert [references(page) for page in pages] == [["NV2025/156", "P-0"], ["P-1", "P-2"], ["P-3"], []]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("CreatedDesc", "MARCH"),
        ("CreatedAsc", "NV2025/156"),
        ("ModifiedDesc", "MARCH"),
        ("ModifiedAsc", "NV2025/156"),
        ("DocumentDateDesc", "APRIL"),
        ("DocumentDateAsc", "NV2025/156"),
        ("ContactNameAsc", "NV2025/156"),
        ("ContactNameDesc", "APRIL"),
    ],
)
def test_documents_come_in_the_wanted_order(three: Yuki, sort: str, first: str) -> None:
    wanted = f"<documentType>6</documentType><sortOrder>{sort}</sortOrder><modifiedSince>2000-01-01</modifiedSince>"
    assert references(archive(three, "ModifiedDocumentsByType", wanted))[0] == first


def test_documents_are_found_by_type_folder_and_date(three: Yuki) -> None:
    dates = "<startDate>2026-03-31</startDate><endDate>2026-03-31</endDate>"
    by_type = f"<documentType>6</documentType><sortOrder>CreatedAsc</sortOrder>{dates}"
    assert references(archive(three, "DocumentsByType", by_type)) == ["MARCH"]
    by_folder = f"<folderID>2</folderID><sortOrder>CreatedAsc</sortOrder>{dates}"
    assert references(archive(three, "DocumentsInFolder", by_folder)) == ["MARCH"]
    changed = "<folderID>2</folderID><sortOrder>CreatedAsc</sortOrder><modifiedSince>2026-01-01</modifiedSince>"
    assert references(archive(three, "ModifiedDocumentsInFolder", changed)) == ["MARCH", "APRIL"]
    elsewhere = changed.replace("<folderID>2", "<folderID>1")
    assert archive(three, "ModifiedDocumentsInFolder", elsewhere) == []


def test_the_archive_knows_no_administrations(yuki: Yuki) -> None:
    yuki.send(invoice("OTHER", lines=line(account="")), administration=SECOND_ADMINISTRATION)
    assert references(yuki.documents()) == ["NV2025/156", "OTHER"]


def test_folders_have_the_documented_shape(yuki: Yuki) -> None:
    folders = yuki.with_session("Archive", "DocumentFolders")[0]
    sales = next(one for one in folders if one.get("ID") == "2")
    assert texts(sales) == {
        "Description": "Verkoop",
        "Icon": "DocumentFolder_red_label.png",
        "ProcessedByYuki": "True",
    }
    assert [one.get("ID") for one in folders if one.findtext("ProcessedByYuki") == "False"] == ["100"]


def test_a_document_is_found_by_id_with_its_folder(yuki: Yuki) -> None:
    identity = yuki.invoice("NV2025/156")["document_id"]
    (document,) = yuki.with_session("Archive", "FindDocument", f"<documentID>{identity}</documentID>")[0]
    assert [(document.find(name).get("ID"), document.findtext(name)) for name in ("Folder", "Tab")] == [  # type: ignore[union-attr]
        ("2", "Verkoop"),
        ("201", "Facturen"),
    ]
    with pytest.raises(Fault, match="Invalid document ID"):
        yuki.with_session("Archive", "FindDocument", "<documentID>nothing</documentID>")


def test_documents_of_other_kinds_may_carry_the_same_number(yuki: Yuki) -> None:
    wanted = {"Type": 10, "Folder": 3, "Reference": "NV2025/156", "Amount": "5", "Subject": "Afschrift"}
    made = yuki.control("documents", wanted)
    (statement,) = yuki.documents(kind=10)
    assert (statement.get("ID"), statement.findtext("Reference")) == (made["ID"], "NV2025/156")
    assert statement.findtext("Amount") == "5.00"
    assert len(yuki.documents(kind=6)) == 1
    yuki.control("documents", {**wanted, "DomainID": BELGIAN_DOMAIN})
    assert len(yuki.documents(kind=10)) == 1


# What a bookkeeper does

TYPED = {"reference": "HAND-1", "contact_id": ROOFER, "date": "2026-03-31", "total_excl": "10", "total_incl": "12.10"}


def test_a_typed_invoice_is_like_any_other(yuki: Yuki) -> None:
    yuki.control("invoices", {**TYPED, "due_date": "2026-05-01", "administration_id": ADMINISTRATION.upper()})
    booked = yuki.invoice("HAND-1")
    assert (booked["source"], booked["total_vat"], booked["open_amount"]) == ("bookkeeper", "2.10", "12.10")
    assert texts(yuki.outstanding("HAND-1")[0])["DueDate"] == "2026-05-01"
    assert "HAND-1" in references(yuki.documents())


def test_a_typed_invoice_can_be_in_another_currency(yuki: Yuki) -> None:
    yuki.control("invoices", {**TYPED, "currency": "USD"})
    assert texts(yuki.outstanding("HAND-1")[0])["OpenAmount"] == "10.52"


def test_a_bookkeeper_changes_an_invoice(yuki: Yuki) -> None:
    yuki.send(invoice())
    yuki.control("clock", {"advance_seconds": 60})
    changes = {"total_incl": "240.00", "due_date": "2026-06-01", "contact_id": TWIN_NEW, "reference": "2026-0170"}
    yuki.control("invoices/2026-0107", changes)
    assert yuki.outstanding("2026-0107") == []
    item = texts(yuki.outstanding("2026-0170")[0])
    assert (item["OriginalAmount"], item["DueDate"], item["ContactID"]) == ("240.00", "2026-06-01", TWIN_NEW)
    assert yuki.documents()[-1].findtext("Modified") == "2026-11-23T11:01:00"


def test_a_bookkeeper_deletes_an_invoice(yuki: Yuki) -> None:
    yuki.send(invoice())
    yuki.control("invoices/2026-0107", {"deleted": True})
    assert yuki.outstanding("2026-0107") == []
    assert references(yuki.documents()) == ["NV2025/156"]
    yuki.send(invoice())
    assert "bestaat al" in message(yuki.send(invoice()))


def test_the_same_number_is_told_apart_by_administration(yuki: Yuki) -> None:
    for administration in (ADMINISTRATION, SECOND_ADMINISTRATION):
        yuki.control("invoices", {**TYPED, "administration_id": administration})
    yuki.control("invoices/HAND-1/pay", {"administration_id": SECOND_ADMINISTRATION})
    assert len(yuki.outstanding("HAND-1")) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("invoices", {}),
        ("invoices", {**TYPED, "contact_id": "nobody"}),
        ("invoices", {**TYPED, "administration_id": "nowhere"}),
        ("invoices", {**TYPED, "date": "31-03-2026"}),
        ("invoices", {**TYPED, "total_incl": "much"}),
        ("invoices", {**TYPED, "currency": "XTS"}),
        ("invoices", {**TYPED, "total": "1"}),
        ("invoices/UNKNOWN/pay", {}),
        ("invoices/NV2025/156/pay", {"amount": "all"}),
        ("invoices/NV2025/156/pay", {"when": "now"}),
        ("invoices/NV2025/156", {"total_incl": "much"}),
        ("invoices/NV2025/156", {"contact_id": "nobody", "subject": "x"}),
        ("invoices/NV2025/156", {"deleted": "yes"}),
        ("documents", {"Subject": "x", "DomainID": "elsewhere"}),
        ("documents", {"Title": "x"}),
        ("bank_transactions", {"amount": "1", "administration_id": "nowhere"}),
        ("bank_transactions", {}),
    ],
)
def test_a_wrong_control_call_says_so_and_changes_nothing(yuki: Yuki, path: str, body: Any) -> None:
    before = yuki.state()
    answer = yuki.http.post(f"{yuki.server.url}/_control/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert yuki.state() == before
