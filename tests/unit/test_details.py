"""Details: each code has values for its sentence, a stored form, and the text that earlier versions stored for it."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.details import said
from tribe_yuki.adapters.aws.stored_details import read_details
from tribe_yuki.adapters.yuki.markup import CONTACT, SALES_INVOICES
from tribe_yuki.contacts.details import contact_changed, kind_of, relations
from tribe_yuki.contacts.model import ContactKind
from tribe_yuki.core.details import (
    Detail,
    DetailCode,
    error_code,
    failure,
    field_malformed,
    field_missing,
    from_text,
    no_books,
    no_right,
    notation_unknown,
    outside_text,
    phase_code,
    to_text,
)
from tribe_yuki.core.texts import Texts
from tribe_yuki.invoices.details import (
    account_missing,
    account_unusable,
    alike_in_yuki,
    booked_otherwise,
    currency_unknown,
    days_out_of_range,
    edited,
    edited_amount,
    edited_value,
    element_invalid,
    eu_supply_to,
    export_to,
    field_fixed,
    foreign_rate_to,
    more_than_rounding,
    number_in_use,
    number_too_long,
    numbers_missing,
    oss_to_company,
    price_missing,
    same_number,
    sends,
    times_in_yuki,
    too_large,
    total_differs,
    vat_code_ambiguous,
    vat_code_inactive,
    vat_code_not_for_country,
    vat_code_without_country,
    vat_differs,
    vat_group_unmapped,
    vat_number_elsewhere,
    vat_number_not_eu,
    vat_number_of,
    vat_percentage_differs,
    year_out_of_range,
)

ID, OTHER_ID = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c", "6b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"
# Every detail with values, and the text that earlier versions stored for it (None: there was none, or none of its own).
WITH_VALUES: tuple[tuple[Detail, str | None], ...] = (
    (number_too_long(100), "the number is longer than 100 characters"),
    (currency_unknown("€"), "currency '€' is not a currency code"),
    (
        Detail(DetailCode.CHECK_DIGITS_WRONG, {"in_field": "PaymentReference"}),
        "PaymentReference: check digits of +++090/9337/55494+++ are wrong",
    ),
    (Detail(DetailCode.PRICE_TOO_PRECISE, {"price": "1.23456"}), "price 1.23456 has more than four decimals"),
    (Detail(DetailCode.QUANTITY_TOO_PRECISE, {"quantity": "1E-7"}), "quantity 1E-7 has more than four decimals"),
    (price_missing(2, "USD"), "line 2 has no price in USD"),
    (element_invalid("Product/Description"), "Product/Description"),
    (field_fixed("ImportId"), "Tribe does not let ImportId be changed"),
    (too_large("discount"), "discount: too large"),
    (too_large("vat_amount", 12), "line 12, VAT amount: too large"),
    (year_out_of_range("invoice_date", 1990, 2100), "invoice date: not between 1990 and 2100"),
    (days_out_of_range(3650), "payment term: not between 0 and 3650 days"),
    (field_malformed("DueDate", "date"), "DueDate should be a date"),
    (field_malformed("ProductLines", "records"), "ProductLines should be a list of records"),
    (notation_unknown("HID"), "HID is written in an unknown way"),
    (field_missing("ID"), "ID is missing"),
    (failure(KeyError("a name")), "error KeyError"),
    (account_missing(2), "line 2 has none"),
    (account_unusable(DetailCode.ACCOUNT_UNKNOWN, "8000"), "8000 does not exist in Yuki"),
    (account_unusable(DetailCode.ACCOUNT_DISABLED, "8000"), "8000 is disabled in Yuki"),
    (account_unusable(DetailCode.ACCOUNT_NOT_REVENUE, "8000"), "8000 is not a revenue account"),
    (vat_group_unmapped("OSS-SE-25; € & co", "eu_without_vat"), "OSS-SE-25; € & co (eu_without_vat)"),
    (
        vat_code_inactive("NL 21", 1, Decimal("21.00"), date(2026, 11, 23)),
        "NL 21: type 1, 21.00 % is not active in Yuki on 2026-11-23",
    ),
    (vat_code_ambiguous("NL 21", 1), "NL 21: several codes of type 1, choose one"),
    (vat_code_not_for_country("OSS-25", 40, Decimal("25.00"), "DK"), None),
    (vat_code_without_country("BE-21", 8), None),
    (vat_percentage_differs("NL 21", Decimal("21.00"), Decimal(9)), None),
    (foreign_rate_to("CH"), None),
    (oss_to_company("SE"), None),
    (export_to("DE"), "export, DE"),
    (eu_supply_to("US"), "EU supply, US"),
    (vat_number_of("DE"), " (DE)"),
    (vat_number_not_eu("DE", "XI"), " (DE): one of another EU country, it is one of XI"),
    (vat_number_not_eu("DE", "CH"), " (DE): one of another EU country, it is one of CH"),
    (vat_number_elsewhere("NL", "NL", None), " (NL): one of NL, it is one of no country"),
    (vat_differs(Decimal("21.00"), Decimal("21.00"), Decimal("9.00")), None),
    (Detail(DetailCode.NO_CODE_WITHOUT_VAT), None),
    (more_than_rounding(Decimal("0.05")), None),
    (total_differs("vat", Decimal("0.55"), Decimal("-0.53")), "VAT 0.55 in Tribe, -0.53 in Yuki"),
    (Detail(DetailCode.CONTACT_NUMBERS, {"numbers": "7 12"}), "no. 7, no. 12"),
    (Detail(DetailCode.CONTACT_IDS, {"numbers": f"7 {ID}"}), f"no. 7, {ID}"),
    (kind_of(ContactKind.ORGANISATION), "organisation"),
    (contact_changed(139), "Yuki changed contact 139 instead of making one"),
    (relations([ID, OTHER_ID]), f"{ID}, {OTHER_ID}"),
    (number_in_use(DetailCode.NUMBER_IN_TRIBE, "R-1"), "R-1 (another invoice in Tribe has this number)"),
    (number_in_use(DetailCode.NUMBER_BOOKED, "R-1"), "R-1 (another invoice with this number is booked)"),
    (number_in_use(DetailCode.NUMBER_IN_YUKI, "R-1"), "R-1 (Yuki holds another invoice with this number)"),
    (
        alike_in_yuki("20260777", date(2026, 11, 20), Decimal("121.00")),
        None,
    ),
    (alike_in_yuki("?", None, None), None),
    (Detail(DetailCode.SENT_SINCE_ACTIVATION), None),
    (sends(3), "3"),
    (edited(["number", "phase"]), "number, phase"),
    (edited(["lines"], "0a1b"), None),
    (edited_value("due_date", date(2026, 12, 20), date(2027, 1, 20)), None),
    (edited_value("number", "R-1", None), None),
    (edited_amount("amount", Decimal("121.00"), Decimal("109.00")), None),
    (edited_amount("vat_amount", Decimal("21.00"), None, "0a1b"), None),
    (times_in_yuki(2), "2 times in Yuki"),
    (booked_otherwise("due_date", "2026-12-20", "2027-01-20"), "due date 2026-12-20 sent, 2027-01-20 in Yuki"),
    (same_number([ID, OTHER_ID]), None),
    (numbers_missing(2), None),
    (
        no_books("api.yukiworks.nl"),
        "api.yukiworks.nl has no books for it: a key of the other country",
    ),
    (no_right("write", "Activity_Invoice"), "no right to write Activity_Invoice"),
    (error_code("yuki_timeout"), "yuki_timeout"),
    (phase_code("Cancelled"), None),
    (outside_text("Iets over Bakkerij Jansen; en meer?"), "Iets over Bakkerij Jansen; en meer?"),
)
WITHOUT_VALUES: dict[DetailCode, str] = {
    DetailCode.INVOICE_DATE_MISSING: "the invoice date is missing",
    DetailCode.CUSTOMER_MISSING: "the customer is missing",
    DetailCode.CUSTOMER_NAMELESS: "the customer has no name",
    DetailCode.COUNTRY_UNKNOWN: "the country of the customer's address is not known",
    DetailCode.NOT_FINAL: "it is Sent but not final",
    DetailCode.NO_AMOUNTS: "no line has an amount",
    DetailCode.LINES_CUT_OFF: "Tribe shows only a part of the lines",
    DetailCode.OF_ANOTHER_VERSION: "stored by another version of the connector",
    DetailCode.VAT_GROUP_MISSING: "(none)",
    DetailCode.TOTALS_MISSING: "Tribe shows no totals",
    DetailCode.UNLINKED_BY_HAND: "unlinked by a person",
    DetailCode.LINKED_ELSEWHERE: "the contact is linked to another relation",
    DetailCode.DELETED_IN_TRIBE: "deleted in Tribe",
    DetailCode.NOT_IN_YUKI: "not in Yuki",
    DetailCode.OTHER_CONTACT: "contact",
    DetailCode.KEY_WRONG: "it is wrong or was withdrawn",
    DetailCode.NO_ACCESS: f"it does not give access to administration {ID}",
    DetailCode.MODULE_OFF: "invoicing module is off",
    DetailCode.CONSENT_MISSING: "nobody gave consent yet",
    DetailCode.CONSENT_LOST: "the consent was withdrawn, has expired, or the answer to its last renewal was lost",
    DetailCode.TOKEN_REFUSED: "the access token is not accepted",
    DetailCode.CLIENT_REFUSED: "the client id or secret is not accepted",
    DetailCode.CONSENT_CODE_USED: "the code of the consent screen is used up or too old",
    DetailCode.GRANT_REFUSED: "the application is not registered for this way of signing in: setting tribe.grant",
    DetailCode.SCOPE_REFUSED: "scope not allowed for this application: setting tribe.scope",
    DetailCode.NO_REFRESH_TOKEN: "no refresh token came along: setting tribe.scope must hold offline",
}
ALL = (*WITH_VALUES, *((Detail(code), former) for code, former in WITHOUT_VALUES.items()))


def test_every_code_is_here() -> None:
    assert {detail.code for detail, _ in ALL} == set(DetailCode)


@pytest.mark.parametrize(("detail", "former"), ALL)
def test_a_detail_is_stored_and_read_and_so_is_what_was_stored_before(detail: Detail, former: str | None) -> None:
    assert from_text(to_text((detail,))) == read_details(to_text((detail,))) == (detail,)
    assert former is None or read_details(former) == (detail,)


@pytest.mark.parametrize("detail", [detail for detail, _ in ALL])
@pytest.mark.parametrize("language", ["en", "nl", "fr"])
def test_a_detail_has_the_values_of_its_sentence(detail: Detail, language: str) -> None:
    texts = Texts(language)
    said = texts.details((detail,))  # KeyError for a placeholder without a value
    assert "_" not in said or detail.code in (DetailCode.ERROR, DetailCode.NO_RIGHT)
    assert bool(texts.mailed_details((detail,))) == detail.code.is_mailed


def test_several_details_are_stored_and_said_one_after_the_other() -> None:
    details = tuple(detail for detail, _ in ALL)
    assert read_details(to_text(details)) == details
    assert read_details("date; contact; 2 times in Yuki") == (
        edited(["date"]),
        Detail(DetailCode.OTHER_CONTACT),
        times_in_yuki(2),
    )
    assert said((sends(2), sends(3))) == "2; 3"


@pytest.mark.parametrize("stored", ["of_a_newer_version?line=2", "Wat?", "?", ";", "date; Jansen", "account_missing"])
def test_a_text_that_no_version_knows_is_said_as_it_stands_and_in_no_mail(stored: str) -> None:
    details = read_details(stored)
    assert details in ((outside_text(stored),), (error_code(stored),))
    assert said(details) == stored
    assert Texts("en").mailed_details(details) == ""


def test_no_detail_is_an_empty_text() -> None:
    assert (to_text(()), read_details("")) == ("", ())


@pytest.mark.parametrize("stranger", ["Jansen", "ReferenceJansen", "Bakkerij Jansen", "document of Jansen"])
def test_no_other_word_passes_for_an_element(stranger: str) -> None:
    assert Texts("en").mailed_details(read_details(stranger)) == ""
    assert all(detail.code.may_name_somebody for detail in read_details(stranger))


@pytest.mark.parametrize("element", ["ContactCode", "FullName", "Reference", "Subject"])
def test_an_element_with_words_of_its_own_is_one_of_the_schemas(element: str) -> None:
    assert Texts("nl").knows(f"element.{element}")
    assert element in {*SALES_INVOICES.names(), *CONTACT.names()}
