"""What `$filter` of the simulated Tribe understands, finds and refuses (tribe-api 3.2)."""

from collections.abc import Iterator

import pytest

from tests.contract.simulated_tribe import (
    BAKERY,
    BAKERY_CUSTOMER,
    CUSTOMERS,
    FREE_LINE,
    INVOICE,
    JIP,
    JIP_CUSTOMER,
    LINE,
    MILL,
    OWN,
    PERSON_CUSTOMERS,
    SECOND_INVOICE,
    SECOND_LINE,
    VAT_9,
    VIRTUAL_PERSON,
    Tribe,
    simulated_tribe,
)

ORGANISATIONS = "Relation_Organization"


@pytest.fixture(scope="module")
def tribe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tribe]:
    with simulated_tribe(tmp_path_factory.mktemp("seed")) as one:
        yield one


@pytest.mark.parametrize(
    ("entity_set", "condition", "expected"),
    [
        (ORGANISATIONS, "Name eq 'Molen De Windvang'", [MILL]),
        (ORGANISATIONS, "Name eq 'Bakkerij ''t Korenschuurtje'", [BAKERY]),
        (ORGANISATIONS, "Name eq 'MOLEN DE WINDVANG'", [MILL]),
        (ORGANISATIONS, "'Molen De Windvang' eq Name", [MILL]),
        (ORGANISATIONS, "Name ne 'Molen De Windvang'", [OWN, BAKERY]),
        (ORGANISATIONS, "Name gt 'Molen De Windvang'", [OWN]),
        (ORGANISATIONS, "Name le 'Molen De Windvang'", [BAKERY, MILL]),
        (ORGANISATIONS, "DebtorNumber eq null", [OWN, MILL]),
        (ORGANISATIONS, "DebtorNumber ne null", [BAKERY]),
        (ORGANISATIONS, "DebtorNumber gt 'A'", [BAKERY]),
        (ORGANISATIONS, "contains(Name,'DE')", [MILL]),
        (ORGANISATIONS, "startswith(Name, 'bak')", [BAKERY]),
        (ORGANISATIONS, "endswith(Name,'B.V.')", [OWN]),
        (ORGANISATIONS, "contains(ImportId,'x-')", [MILL]),
        (ORGANISATIONS, "not contains(ImportId,'X')", []),  # what is null is neither
        (ORGANISATIONS, "not (Name eq 'x')", [OWN, BAKERY, MILL]),
        (ORGANISATIONS, "Name eq 'x' or DebtorNumber ne null and NumberOfEmployees gt 11", [BAKERY]),
        (ORGANISATIONS, "(Name ne 'x' or DebtorNumber ne null) and NumberOfEmployees gt 11.5", [BAKERY]),
        (ORGANISATIONS, "not contains(ImportId,'X') or Name ne 'x'", [OWN, BAKERY, MILL]),
        (ORGANISATIONS, f"ID eq {MILL}", [MILL]),
        (ORGANISATIONS, f"ID eq {MILL.upper()} or ID eq {BAKERY}", [BAKERY, MILL]),
        (ORGANISATIONS, f"ID eq {JIP}", []),
        (ORGANISATIONS, "VisitingAddress/City eq 'Voorbeeldstad'", [BAKERY]),
        (ORGANISATIONS, "VisitingAddress/Country/Code eq 'NL'", [BAKERY]),
        (ORGANISATIONS, "VisitingAddress eq null", [OWN, MILL]),
        (ORGANISATIONS, "NumberOfEmployees le -1", []),
        (ORGANISATIONS, "NumberOfEmployees eq 1.2e1", [BAKERY]),
        (ORGANISATIONS, "CreationDate gt 2021-05-17T12:43:48Z", [OWN, BAKERY, MILL]),
        (ORGANISATIONS, "CreationDate ge 2026-01-12T09:30:00+01:00", [OWN, BAKERY, MILL]),
        (ORGANISATIONS, "CreationDate gt 2026-01-12T09:30:00+01:00", []),
        (ORGANISATIONS, "CreationDate gt 2026-01-12", [OWN, BAKERY, MILL]),
        (ORGANISATIONS, "_Type eq 'Relation.Organization'", [OWN, BAKERY, MILL]),
        ("Relation_Person", "BirthDate eq 1988-07-09", [JIP]),
        ("Relation_Person", "_11111111__2222__4333__8444__555555555555 eq 'blauw'", [JIP]),
        ("Relation_Person", "_11111111__2222__4333__8444__555555555555 eq null", [VIRTUAL_PERSON]),
        ("Relation_Person", "contains(Name,'van der meulen')", [JIP]),
        (CUSTOMERS, f"Organization/ID eq {BAKERY}", [BAKERY_CUSTOMER]),
        (CUSTOMERS, f"Organization/ID eq {BAKERY} and PaymentTermInDays lt 30", []),
        (CUSTOMERS, f"Organization/ID eq {MILL}", []),
        (CUSTOMERS, f"Organization eq {BAKERY}", [BAKERY_CUSTOMER]),
        (CUSTOMERS, "IsFormer ne true", [BAKERY_CUSTOMER]),
        (CUSTOMERS, "IsFormer eq false", []),
        (PERSON_CUSTOMERS, "IsFormer eq true", [JIP_CUSTOMER]),
        ("Activity_Invoice", "Phase/Code eq 'Draft' and Phase/Code ne 'Paid'", [INVOICE, SECOND_INVOICE]),
        ("Activity_Invoice", "Amount gt 100.5", [INVOICE]),
        ("Activity_Invoice", f"Relationship/ID eq {BAKERY_CUSTOMER}", [INVOICE, SECOND_INVOICE]),
        ("ProductLine", f"Invoice/ID eq {INVOICE} and VatPercentage eq 9", [LINE]),
        ("ProductLine", f"VatGroup/ID eq {VAT_9}", [LINE, SECOND_LINE]),
        ("ProductLine", "Product/GeneralLedgerAccount/Code eq '80000'", [LINE, SECOND_LINE]),
        ("ProductLine", "Product/Code eq null", [FREE_LINE]),
    ],
)
def test_filters_find(tribe: Tribe, entity_set: str, condition: str, expected: list[str]) -> None:
    assert tribe.ids(entity_set, filter=condition) == expected


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("Name in ('a','b')", "'in' is not supported"),
        ("Name has 'a'", "'has' is not supported"),
        ("tolower(Name) eq 'a'", "'tolower' is not supported"),
        ("Addresses/any(one:one/City eq 'Elders')", "'any' is not supported"),
        ("Naam eq 'a'", "Naam"),
        ("name eq 'a'", "name"),
        ("VisitingAddress/Name eq 'a'", "Name"),
        ("Addresses/City eq 'Elders'", "no link to one record"),
        ("Addresses eq null", "no single value"),
        ("Name/Length eq 1", "no link to one record"),
        (f"ID eq '{BAKERY}'", "guid with text"),
        (f"Name eq {BAKERY}", "text with guid"),
        ("DebtorNumber eq 10045", "text with number"),
        ("NumberOfEmployees eq '12'", "number with text"),
        ("IsActive eq 'true'", "boolean with text"),
        ("CreationDate gt '2021-05-17'", "time with text"),
        ("contains(NumberOfEmployees,'1')", "number with text"),
        ("Name eq 'a", "cannot read"),
        ("Name eq", "ends too early"),
        ("(Name eq 'a'", "ends too early"),
        ("Name eq 'a')", "unexpected ')'"),
        ("Name eq 'a' 'b'", "unexpected"),
        ("Name = 'a'", "cannot read"),
        ("Name like 'a'", "'like' is no operator"),
        ("contains(Name)", "expected ','"),
        ("", "ends too early"),
    ],
)
def test_filters_are_refused(tribe: Tribe, condition: str, words: str) -> None:
    assert words in tribe.refusal("GET", ORGANISATIONS, filter=condition)


@pytest.mark.parametrize(("mode", "expected"), [("insensitive", [MILL]), ("sensitive", [])])
def test_upper_and_lower_case(tribe: Tribe, mode: str, expected: list[str]) -> None:
    tribe.switch(string_eq=mode)
    assert tribe.ids(ORGANISATIONS, filter="Name eq 'molen de windvang'") == expected
    assert tribe.ids(ORGANISATIONS, filter="contains(Name,'molen de windvang')") == [MILL]
    tribe.switch(string_eq="insensitive")


def test_any_and_all_by_a_switch(tribe: Tribe) -> None:
    tribe.switch(lambda_filters=True)
    any_line = f"ProductLines/any(line:line/ID eq {FREE_LINE})"
    all_bread = "ProductLines/all(line:line/Product/Code eq 'BR-800')"
    assert tribe.ids("Activity_Invoice", filter=any_line) == [INVOICE]
    assert tribe.ids("Activity_Invoice", filter=f"Subject ne null and {all_bread}") == [SECOND_INVOICE]
    tribe.refusal("GET", "Activity_Invoice", filter="Phase/any(one:one/Code eq 'Draft')")
    tribe.switch(lambda_filters=False)
