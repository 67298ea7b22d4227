"""Keys, sessions, hosts, rights, limits and the operations that every service has (yuki-api 1.1, 1.3, 2, 6)."""

from collections.abc import Iterator

import pytest

from tests.support.outside.simulated_yuki import (
    ADMINISTRATION,
    BELGIAN_ADMINISTRATION,
    BELGIAN_DOMAIN,
    BELGIAN_KEY,
    DOMAIN,
    KEY,
    NARROW_KEY,
    READ_ONLY_KEY,
    SECOND_ADMINISTRATION,
    UNSCOPED_KEY,
    Fault,
    Yuki,
    fresh,
    invoice,
    served,
    texts,
)

NO_SESSION = "The session is unknown or has expired"
NO_DATABASE = "Domain has no active database"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuki]:
    with served(tmp_path_factory.mktemp("seed")) as yuki:
        yield yuki


@pytest.fixture
def yuki(running: Yuki) -> Yuki:
    return fresh(running)


def vat_codes(yuki: Yuki, administration: str = ADMINISTRATION, key: str = KEY) -> int:
    parameters = f"<administrationID>{administration}</administrationID>"
    return len(yuki.with_session("Vat", "ActiveVATCodesList", parameters, key))


def test_a_session_of_one_service_works_on_the_others(yuki: Yuki) -> None:
    assert yuki.with_session("Accounting", "Language").text == "nl"
    assert vat_codes(yuki) == 6
    assert yuki.state()["sessions"] == 1


def test_keys_match_in_any_case(yuki: Yuki) -> None:
    assert yuki.call("Sales", "Authenticate", f"<accessKey> {KEY.upper()} </accessKey>").text


def test_a_client_needs_its_own_credentials_as_well(yuki: Yuki) -> None:
    key = f"<accessKey>{KEY}</accessKey>"
    assert yuki.call("Sales", "AuthenticateClient", f"<clientID>c</clientID><clientSecret>s</clientSecret>{key}").text
    with pytest.raises(Fault, match="Authentication failed"):
        yuki.call("Sales", "AuthenticateClient", key)
    with pytest.raises(Fault, match="Authentication failed"):
        yuki.call("Sales", "AuthenticateByUserName", "<userName>u</userName><password>p</password>")


def test_a_session_ends_with_its_lifetime(yuki: Yuki) -> None:
    yuki.session()
    yuki.control("clock", {"advance_seconds": 86_399})
    assert vat_codes(yuki) == 6
    yuki.control("clock", {"advance_seconds": 1})
    with pytest.raises(Fault, match=NO_SESSION):
        vat_codes(yuki)


def test_the_lifetime_and_the_words_are_switches(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"session_lifetime_seconds": 60, "session_fault_text": "Sessie verlopen"})
    yuki.session()
    yuki.control("clock", {"advance_seconds": 61})
    with pytest.raises(Fault, match="Sessie verlopen"):
        vat_codes(yuki)


@pytest.mark.parametrize("session", ["", "7a1c9f04-52de-4b8e-9a37-c0d1e2f30415"])
def test_no_session_is_a_fault(yuki: Yuki, session: str) -> None:
    with pytest.raises(Fault, match=NO_SESSION):
        yuki.call("Contact", "Domains", f"<sessionID>{session}</sessionID>")


def test_sessions_live_side_by_side_unless_a_switch_says_otherwise(yuki: Yuki) -> None:
    first = yuki.session()
    yuki.call("Sales", "Authenticate", f"<accessKey>{KEY}</accessKey>")
    yuki.call("Sales", "Language", f"<sessionID>{first}</sessionID>")
    yuki.simulator.set_switches({"authenticate_ends_sessions": True})
    yuki.call("Sales", "Authenticate", f"<accessKey>{KEY}</accessKey>")
    with pytest.raises(Fault, match=NO_SESSION):
        yuki.call("Sales", "Language", f"<sessionID>{first}</sessionID>")


def test_all_sessions_can_be_ended_from_outside(yuki: Yuki) -> None:
    yuki.session()
    yuki.control("sessions/expire")
    with pytest.raises(Fault, match=NO_SESSION):
        vat_codes(yuki)
    assert yuki.state()["open_sessions"] == 0


def test_a_revoked_key_loses_its_sessions_and_gets_no_new_one(yuki: Yuki) -> None:
    yuki.session()
    yuki.control(f"keys/{KEY}/revoke")
    with pytest.raises(Fault, match=NO_SESSION):
        vat_codes(yuki)
    with pytest.raises(Fault, match="Invalid access key"):
        yuki.call("Sales", "Authenticate", f"<accessKey>{KEY}</accessKey>")
    yuki.control(f"keys/{KEY}", {"revoked": False})
    assert yuki.call("Sales", "Authenticate", f"<accessKey>{KEY}</accessKey>").text


def test_a_foreign_key_authenticates_and_lists_but_cannot_read_the_books(yuki: Yuki) -> None:
    listed = yuki.with_session("Accounting", "Administrations", key=BELGIAN_KEY)[0]
    assert [one.get("ID") for one in listed] == [BELGIAN_ADMINISTRATION]
    for service, operation in (("Archive", "DocumentFolders"), ("Contact", "SearchContacts")):
        with pytest.raises(Fault, match=NO_DATABASE):
            yuki.with_session(service, operation, key=BELGIAN_KEY)
    with pytest.raises(Fault, match=NO_DATABASE):
        vat_codes(yuki, BELGIAN_ADMINISTRATION, BELGIAN_KEY)
    with pytest.raises(Fault, match=NO_DATABASE):
        yuki.send(invoice(), administration=BELGIAN_ADMINISTRATION, key=BELGIAN_KEY)


def test_the_right_host_opens_the_books(yuki: Yuki) -> None:
    yuki.prefix = "/be"
    assert vat_codes(yuki, BELGIAN_ADMINISTRATION, BELGIAN_KEY) == 6
    assert yuki.with_session("Contact", "Language", key=BELGIAN_KEY).text == "nl-be"
    with pytest.raises(Fault, match=NO_DATABASE):
        vat_codes(yuki, ADMINISTRATION, KEY)


def test_the_dutch_host_also_has_a_name_of_its_own(yuki: Yuki) -> None:
    yuki.prefix = "/nl"
    assert vat_codes(yuki) == 6


def test_the_wrong_host_may_also_refuse_the_key(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"wrong_region": "refuse_key"})
    with pytest.raises(Fault, match="Invalid access key"):
        yuki.session(BELGIAN_KEY)


def test_a_session_stays_on_the_host_that_issued_it(yuki: Yuki) -> None:
    yuki.session()
    yuki.prefix = "/be"
    with pytest.raises(Fault, match=NO_SESSION):
        yuki.with_session("Contact", "Domains")


def test_a_key_without_scope_reads_like_the_wrong_host(yuki: Yuki) -> None:
    with pytest.raises(Fault, match=NO_DATABASE):
        yuki.with_session("Archive", "DocumentFolders", key=UNSCOPED_KEY)


def test_a_closed_domain_has_no_database(yuki: Yuki) -> None:
    yuki.control(f"domains/{DOMAIN}", {"Active": False})
    with pytest.raises(Fault, match=NO_DATABASE):
        vat_codes(yuki)


def test_a_key_without_the_right_is_refused_in_words_of_a_switch(yuki: Yuki) -> None:
    assert yuki.with_session("Archive", "DocumentFolders", key=READ_ONLY_KEY)[0].tag == "DocumentFolders"
    for text in ("This access key has no right for this web service", "Geen recht"):
        yuki.simulator.set_switches({"no_right_fault_text": text})
        with pytest.raises(Fault, match=text):
            yuki.send(invoice(), key=READ_ONLY_KEY)
    with pytest.raises(Fault, match="Geen recht"):
        yuki.with_session("Contact", "UpdateContact", f"<domainID>{DOMAIN}</domainID><xmlDoc/>", READ_ONLY_KEY)


def test_rights_can_be_taken_away(yuki: Yuki) -> None:
    assert vat_codes(yuki) == 6
    yuki.control(f"keys/{KEY}", {"rights": ["Contacts"]})
    with pytest.raises(Fault, match="no right"):
        vat_codes(yuki)


@pytest.mark.parametrize("administration", ["", DOMAIN, "nonsense", BELGIAN_ADMINISTRATION])
def test_an_administration_must_be_one_of_the_key(yuki: Yuki, administration: str) -> None:
    with pytest.raises(Fault, match="Administration not found"):
        vat_codes(yuki, administration)


def test_a_domain_must_be_one_of_the_key(yuki: Yuki) -> None:
    with pytest.raises(Fault, match=NO_DATABASE):
        yuki.with_session("Contact", "SearchContacts", f"<domainID>{BELGIAN_DOMAIN}</domainID>")
    with pytest.raises(Fault, match=NO_DATABASE):
        yuki.with_session("Contact", "SetCurrentDomain", f"<domainID>{BELGIAN_DOMAIN}</domainID>")


def test_a_key_of_one_administration_sees_only_that_one(yuki: Yuki) -> None:
    listed = yuki.with_session("Sales", "Administrations", key=NARROW_KEY)[0]
    assert [one.get("ID") for one in listed] == [ADMINISTRATION]
    with pytest.raises(Fault, match="Administration not found"):
        vat_codes(yuki, SECOND_ADMINISTRATION, NARROW_KEY)


def test_domains_and_administrations_have_the_documented_shape(yuki: Yuki) -> None:
    (domain,) = yuki.with_session("Contact", "Domains")[0]
    assert domain.get("ID") == DOMAIN
    assert texts(domain) == {"Name": "voorbeeld-groep", "URL": "voorbeeld-groep.yukiworks.nl"}
    assert texts(yuki.with_session("Contact", "GetCurrentDomain")[0][0]) == {"Name": "voorbeeld-groep"}
    first = yuki.with_session("Contact", "Administrations")[0][0]
    assert first.get("ID") == ADMINISTRATION
    assert list(texts(first).items()) == [
        ("Name", "Voorbeeld Dakwerken B.V."),
        ("AddressLine", "Handelskade 1"),
        ("Postcode", "8011 AB"),
        ("City", "Zwolle"),
        ("Country", "NL"),
        ("CoCNumber", "00000000"),
        ("VATNumber", "NL000000000B00"),
        ("StartDate", "2019-01-01"),
        ("DomainID", DOMAIN),
        ("Active", "true"),
    ]
    with_code = yuki.with_session("Contact", "AdministrationsWithInternalCustomerCode")[0][0]
    assert texts(with_code)["InternalCustomerCode"] == ""
    company = yuki.with_session("Contact", "Companies")[0][1]
    assert (company.get("ID"), texts(company)) == (
        SECOND_ADMINISTRATION,
        {"Name": "Voorbeeld Vastgoed B.V.", "Active": "true"},
    )


@pytest.mark.parametrize(("name", "expected"), [("voorbeeld dakwerken b.v.", ADMINISTRATION), ("Niemand", None)])
def test_an_administration_is_found_by_name(yuki: Yuki, name: str, expected: str | None) -> None:
    parameters = f"<administrationName>{name}</administrationName>"
    assert yuki.with_session("Sales", "AdministrationID", parameters).text == expected


def test_the_current_domain_is_the_one_that_was_set(yuki: Yuki) -> None:
    answer = yuki.with_session("Contact", "SetCurrentDomain", f"<domainID>{DOMAIN}</domainID>")
    assert (len(answer), answer.text) == (0, None)
    assert yuki.with_session("Contact", "GetCurrentDomain")[0][0].get("ID") == DOMAIN


def test_the_language_of_the_session_can_be_set(yuki: Yuki) -> None:
    languages = yuki.with_session("Contact", "SupportedLanguages")[0]
    assert [one.get("Code") for one in languages] == ["nl", "nl-be", "fr", "en"]
    assert texts(languages[3]) == {"Description": "Engels", "NativeDescription": "English"}
    yuki.with_session("Contact", "SetLanguage", "<language>en</language>")
    yuki.with_session("Contact", "SetLanguage", "<language>tlh</language>")
    assert yuki.with_session("Contact", "Language").text == "en"


def test_the_daily_limit_stops_everything_until_midnight_in_amsterdam(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"daily_limit": 3})
    assert vat_codes(yuki) == 6
    assert vat_codes(yuki) == 6
    for operation in ("Language", "Administrations"):
        with pytest.raises(Fault, match="Daily limit exceeded"):
            yuki.with_session("Contact", operation)
    with pytest.raises(Fault, match="Daily limit exceeded"):
        yuki.call("Contact", "Authenticate", f"<accessKey>{KEY}</accessKey>")
    yuki.control("clock", {"now": "2026-11-23T22:59:59+00:00"})
    with pytest.raises(Fault, match="Daily limit exceeded"):
        vat_codes(yuki)
    yuki.control("clock", {"now": "2026-11-23T23:00:00+00:00"})
    assert vat_codes(yuki) == 6


def test_each_domain_has_its_own_allowance(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"daily_limit": 1})
    yuki.session()
    yuki.session(BELGIAN_KEY)
    assert yuki.state()["daily_calls"] == {DOMAIN: {"2026-11-23": 1}, BELGIAN_DOMAIN: {"2026-11-23": 1}}


def test_authenticate_may_be_free(yuki: Yuki) -> None:
    yuki.simulator.set_switches({"daily_limit": 1, "authenticate_counts": False})
    assert vat_codes(yuki) == 6
    with pytest.raises(Fault, match="Daily limit exceeded"):
        vat_codes(yuki)


def test_calls_are_counted_per_operation(yuki: Yuki) -> None:
    vat_codes(yuki)
    with pytest.raises(Fault):
        vat_codes(yuki, "nonsense")
    assert yuki.state()["calls"] == {"Authenticate": 1, "ActiveVATCodesList": 2}


def test_vat_codes_accounts_and_payment_methods_have_the_documented_shape(yuki: Yuki) -> None:
    parameters = f"<administrationID>{ADMINISTRATION}</administrationID>"
    first, second, *_ = yuki.with_session("Vat", "ActiveVATCodesList", parameters)
    assert list(texts(first).items()) == [
        ("description", "BTW hoog 21%"),
        ("type", "1"),
        ("typeDescription", "BTW hoog"),
        ("percentage", "21.00"),
        ("country", "NL"),
        ("startDate", ""),
        ("endDate", ""),
    ]
    assert first[5].get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
    assert texts(second)["startDate"] == "2019-01-01T00:00:00"
    assert "country" not in texts(second)
    accounts = yuki.with_session("AccountingInfo", "GetGLAccountScheme", parameters)
    assert list(texts(accounts[2]).items()) == [
        ("code", "80999"),
        ("type", "4"),
        ("subtype", "0"),
        ("isEnabled", "false"),
        ("descripton", "Rekening 80999"),
    ]
    (method,) = yuki.with_session("AccountingInfo", "GetCustomPaymentMethods", parameters)
    assert texts(method) == {"ID": "5", "Description": "Bezorgd"}


def test_zeep_reads_the_typed_lists(yuki: Yuki) -> None:
    parameters = {"sessionID": yuki.session(), "administrationID": ADMINISTRATION}
    codes = yuki.client("Vat").service.ActiveVATCodesList(**parameters)
    assert [str(code.percentage) for code in codes] == ["21.00", "9.00", "6.00", "0.00", "25.00", "25.00"]
    accounts = yuki.client("AccountingInfo").service.GetGLAccountScheme(**parameters)
    assert [account.code for account in accounts if account.isEnabled] == ["80000", "80100", "10000"]
