"""Converters: what is the same, what fails its check, and that converting twice changes nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.support.samples.contact_samples import unhurried
from tribe_yuki.contacts.fields.converters import (
    Converted,
    Status,
    country_code,
    country_of_postcode,
    email_address,
    loose_text,
    plain_text,
    postcode,
    tidy,
    website,
)
from tribe_yuki.contacts.fields.countries import COUNTRY_CODES, COUNTRY_NAMES
from tribe_yuki.contacts.fields.numbers import coc_number, vat_number
from tribe_yuki.contacts.fields.phone import phone_number
from tribe_yuki.contacts.merge.warnings import WarningCode
from tribe_yuki.core.texts import Texts

COUNTRIES = ("NL", "BE", "DE", "GR", "GB", "US")
Converter = Callable[[str | None, str], Converted]
CONVERTERS: dict[str, Converter] = {
    "plain_text": lambda text, _: plain_text(text),
    "loose_text": lambda text, _: loose_text(text),
    "email_address": lambda text, _: email_address(text),
    "website": lambda text, _: website(text),
    "country_code": lambda text, _: country_code(text),
    "postcode": postcode,
    "phone_number": phone_number,
    "vat_number": vat_number,
    "coc_number": coc_number,
}
# Free text, and text that looks like what the converters are for.
texts = st.one_of(
    st.text(max_size=30),
    st.text("0123456789 .-+()/ABNLEDRb@www:x", max_size=20),
    st.sampled_from(
        [
            *("NL004495445B01", "BE 403.019.261", "GR094259216", "12345678", "+31 (0)38 123 45 67 x5", "0470 12 34 56"),
            *(
                "https://www.Voorbeeld.example/Pad/",
                "Jan@Voorbeeld.EXAMPLE",
                "1234ab",
                "B-1000",
                "België",
                "uk",
                "ß@ß.be",
            ),
        ]
    ),
)


@pytest.mark.parametrize("name", CONVERTERS)
@unhurried
@given(text=texts, country=st.sampled_from(COUNTRIES))
def test_converting_again_changes_nothing(name: str, text: str, country: str) -> None:
    convert = CONVERTERS[name]
    once = convert(text, country)
    again = convert(once.written, country)
    assert (again.status, again.written, again.key) == (once.status, once.written, once.key)
    if once.is_valid:
        assert convert(once.key, country).key == once.key


@pytest.mark.parametrize("name", CONVERTERS)
@unhurried
@given(text=texts, country=st.sampled_from(COUNTRIES))
def test_a_result_is_empty_valid_or_has_a_warning(name: str, text: str, country: str) -> None:
    result = CONVERTERS[name](text, country)
    assert bool(result.written) == bool(result.key) == (result.status is not Status.EMPTY)
    assert (result.warning is not None) == (result.status is Status.INVALID)


@pytest.mark.parametrize("name", CONVERTERS)
@pytest.mark.parametrize("empty", [None, "", "  ", "\u200b\t\n"])
def test_nothing_is_empty(name: str, empty: str | None) -> None:
    assert CONVERTERS[name](empty, "NL").status is Status.EMPTY


@unhurried
@given(st.text(max_size=40))
def test_a_tidy_text_can_be_written_as_xml(text: str) -> None:
    tidied = tidy(text)
    element = etree.Element("FullName")
    element.text = tidied
    assert (etree.fromstring(etree.tostring(element)).text or "") == tidied


def test_texts_are_composed_and_lose_control_characters_and_double_spaces() -> None:
    assert tidy(" Cafe\u0301\u00a0 De\x07\u200b\tZon \ufeff") == "Café De Zon"
    assert tidy("a\ud800b\ufffec\uffff") == "abc"


def test_capitals_matter_in_names_only() -> None:
    assert plain_text("Bakkerij").key != plain_text("bakkerij").key
    assert loose_text("d-1").key == loose_text("D-1").key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Info@Voorbeeld.EXAMPLE", "info@voorbeeld.example"),
        ("jan+facturen@sub.voorbeeld.example", "jan+facturen@sub.voorbeeld.example"),
        ("info@café.be", "info@xn--caf-dma.be"),
    ],
)
def test_email_addresses(text: str, key: str) -> None:
    assert email_address(text) == Converted(Status.VALID, text, key)


@pytest.mark.parametrize(
    "text",
    [
        *("n.v.t.", "info@", "@voorbeeld.example", "info@voorbeeld", "a b@voorbeeld.example", "a..b@voorbeeld.example"),
        *("a@voorbeeld.example; b@voorbeeld.example", "Jan <jan@voorbeeld.example>", "a@-x.example", "a@b..example"),
    ],
)
def test_wrong_email_addresses(text: str) -> None:
    assert email_address(text).warning is WarningCode.EMAIL_INVALID


@pytest.mark.parametrize(
    ("text", "country", "key"),
    [
        ("038 - 123 45 67", "NL", "+31381234567"),
        ("+31 (0)38 1234567", "BE", "+31381234567"),
        ("0031381234567", "NL", "+31381234567"),
        ("0470 12 34 56", "BE", "+32470123456"),
        ("+32 470 12 34 56", "NL", "+32470123456"),
        ("038-1234567 ext 12", "NL", "+31381234567 x12"),
        ("0800-1234", "NL", "+318001234"),
    ],
)
def test_phone_numbers_are_compared_in_e164_and_stay_as_written(text: str, country: str, key: str) -> None:
    assert phone_number(text, country) == Converted(Status.VALID, text, key)


@pytest.mark.parametrize("text", ["onbekend", "06-12345", "123", "038-1234567 / 06-12345678", "+", "0000000000"])
def test_wrong_phone_numbers(text: str) -> None:
    assert phone_number(text, "NL").warning is WarningCode.PHONE_INVALID


@pytest.mark.parametrize(
    "text",
    [
        *("www.voorbeeld.example", "voorbeeld.example", "HTTP://Voorbeeld.example/", "https://www.voorbeeld.example"),
        "WWW.VOORBEELD.EXAMPLE/",
    ],
)
def test_web_addresses_are_the_same_without_scheme_www_and_closing_slash(text: str) -> None:
    assert website(text) == Converted(Status.VALID, text, "voorbeeld.example")


def test_a_path_is_part_of_a_web_address() -> None:
    assert website("https://voorbeeld.example/Over?x=1").key == "voorbeeld.example/Over?x=1"


@pytest.mark.parametrize(
    "text", ["geen", "ftp://voorbeeld.example", "voor beeld.example", "jan@voorbeeld.example", "http://"]
)
def test_wrong_web_addresses(text: str) -> None:
    assert website(text).warning is WarningCode.WEBSITE_INVALID


@pytest.mark.parametrize(
    ("text", "country", "written"),
    [
        ("NL004495445B01", None, "NL004495445B01"),
        ("nl 0044.95.445.B.01", "NL", "NL004495445B01"),
        ("004495445B01", None, "NL004495445B01"),
        ("004495445B01", "NL", "NL004495445B01"),
        ("BE 0403.019.261", "NL", "BE0403019261"),
        ("BE403019261", None, "BE0403019261"),
        ("403 019 261", "BE", "BE0403019261"),
        ("GR094259216", "NL", "EL094259216"),
        ("EL 094259216", "GR", "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("DE136695976", "NL", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("FR 61 954 506 077", None, "FR61954506077"),
        ("XI980780684", "NL", "XI980780684"),
        ("GB 980 7806 84", "NL", "GB980780684"),
        ("980780684", "GB", "GB980780684"),
        ("CHE-107.787.577 MWST", "NL", "CHE107787577MWST"),
        ("12-3456789", "US", "123456789"),
    ],
)
def test_vat_numbers(text: str, country: str | None, written: str) -> None:
    assert (vat_number(text, country).status, vat_number(text, country).written) == (Status.VALID, written)


@pytest.mark.parametrize(
    ("text", "country", "written"),
    [
        ("BTW NL 0044.95.445.B01", "NL", "NL004495445B01"),
        ("BTW-nr.: NL004495445B01", "NL", "NL004495445B01"),
        ("btw nummer 004495445B01", "NL", "NL004495445B01"),
        ("TVA BE 0403.019.261", "BE", "BE0403019261"),
        ("N° TVA: BE0403019261", "BE", None),
        ("TVA n° BE0403019261", "BE", "BE0403019261"),
        ("MWST DE136695976", "DE", "DE136695976"),
        ("UST-ID DE136695976", "DE", "DE136695976"),
        ("USt-IdNr. DE 136 695 976", "NL", "DE136695976"),
        ("VAT no. GB 980 7806 84", "GB", "GB980780684"),
        ("VAT NO 995 525 828 MVA", "NO", "NO995525828MVA"),
        ("Tax ID 12-3456789", "US", "123456789"),
    ],
)
def test_a_word_in_front_of_a_vat_number_is_left_out(text: str, country: str, written: str | None) -> None:
    found = vat_number(text, country)
    assert (found.written if found.is_valid else None) == written


@pytest.mark.parametrize(
    "text",
    [
        *("GEEN", "PARTICULIER", "NIET VAN TOEPASSING", "marge", "nvt", "n.v.t.", "Onbekend", "BTW", "vrijgesteld"),
        *("BTW NL004495446B01", "TVA BE0403019262", "UST-ID DE136695975", "BTW 123", "INTERN 2024", "GEEN 12345"),
    ],
)
@pytest.mark.parametrize("country", ["NL", "BE", "DE", "US", "PA", None])
def test_words_are_no_vat_numbers_wherever_the_company_is(text: str, country: str | None) -> None:
    assert vat_number(text, country).status is Status.INVALID


@pytest.mark.parametrize(
    ("text", "country", "is_valid"),
    [
        ("PA 155612345", "PA", True),
        ("PA 155612345", "NL", False),
        ("PA 1556", "PA", False),
        ("GE 204876543", "GE", True),
        ("GE 204876543", "US", False),
        ("CHE-107.787.577 MWST", "NL", True),  # its check says so, wherever it is sent to
    ],
)
def test_a_number_of_a_country_without_a_check_is_of_the_country_of_the_address(
    text: str, country: str, *, is_valid: bool
) -> None:
    assert vat_number(text, country).is_valid is is_valid


def test_a_swiss_vat_number_is_the_same_with_and_without_the_word_behind_it() -> None:
    written = ("CHE-116.281.710", "CHE-116.281.710 MWST", "CHE 116281710 TVA", "che116281710iva")
    assert {vat_number(text, "CH").key for text in written} == {"CHE116281710"}
    assert not vat_number("CHE-116.281.711", "CH").is_valid


@pytest.mark.parametrize(
    ("text", "country"),
    [
        *(("00000", "US"), ("0000000000", "US"), ("EIN 00-0000000", "US"), ("99-99999999", "US")),
        *(("FI00000000", "FI"), ("LU00000000", "NL"), ("PL0000000000", "PL"), ("XI000000000", "GB")),
        ("NL004495446B01", "NL"),
        ("NL123", "NL"),
        ("BE0403019262", "BE"),
        ("0403019261", None),
        ("0403019261", "NL"),
        ("DE136695975", "DE"),
        ("GB980780685", "GB"),
        ("onbekend", "NL"),
        ("---", "NL"),
        ("?", "US"),
    ],
)
def test_wrong_vat_numbers(text: str, country: str | None) -> None:
    result = vat_number(text, country)
    assert (result.status, result.warning) == (Status.INVALID, WarningCode.VAT_NUMBER_INVALID)


@pytest.mark.parametrize(
    ("text", "country", "written"),
    [
        ("1234 5678", "NL", "12345678"),
        ("BE 0403.019.261", "BE", "0403019261"),
        ("403.019.261", "BE", "0403019261"),
        ("HRB 12345", "DE", "HRB 12345"),
    ],
)
def test_coc_numbers(text: str, country: str, written: str) -> None:
    assert coc_number(text, country).written == written
    assert coc_number(text, country).is_valid


@pytest.mark.parametrize(
    ("text", "country"),
    [
        *(("1234567", "NL"), ("n.v.t.", "NL"), ("0403019262", "BE"), ("-", "DE")),
        *(("geen", "DE"), ("n.v.t.", "FR"), ("unknown", "US"), ("HRB", "DE"), ("000", "GB")),
        *(("00000000", "NL"), ("99999999", "NL"), ("11.11.11.11", "NL"), ("0000000000", "BE"), ("0", "US")),
    ],
)
def test_wrong_coc_numbers(text: str, country: str) -> None:
    assert coc_number(text, country).warning is WarningCode.COC_NUMBER_INVALID


@pytest.mark.parametrize(
    ("text", "country", "written"),
    [
        ("1234ab", "NL", "1234 AB"),
        ("NL-1234 ab", "NL", "1234 AB"),
        ("B-1000", "BE", "1000"),
        ("D-10115", "DE", "10115"),
        ("sw1a 2aa", "GB", "SW1A 2AA"),
    ],
)
def test_postcodes(text: str, country: str, written: str) -> None:
    assert postcode(text, country).written == written
    assert postcode(text, country).is_valid


@pytest.mark.parametrize(
    ("text", "country"),
    [
        *(
            ("8011 AB", "NL"),
            ("8011ab", "NL"),
            ("NL-8011AB", "NL"),
            ("SW1A 2AA", "GB"),
            ("B-9000", "BE"),
            ("BE 9000", "BE"),
        ),
        *(
            ("D-10115", "DE"),
            ("F-75001", "FR"),
            ("L-1234", "LU"),
            ("A-1010", "AT"),
            ("CH-8000", "CH"),
            ("DK-2100", "DK"),
        ),
        # These are of many countries.
        *(
            ("9000", None),
            ("10115", None),
            ("75001", None),
            ("", None),
            (None, None),
            ("0000 AB", None),
            ("Gent", None),
        ),
    ],
)
def test_a_postcode_tells_its_country_only_when_no_other_country_writes_so(
    text: str | None, country: str | None
) -> None:
    assert country_of_postcode(text) == country


def test_a_postcode_that_does_not_fit_its_country_is_kept_with_a_warning() -> None:
    assert postcode("1000", "NL") == Converted(Status.INVALID, "1000", "1000", WarningCode.POSTCODE_INVALID)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("nl", "NL"), ("EL", "GR"), ("UK", "GB"), ("België", "BE"), ("The Netherlands", "NL"), ("Griekenland", "GR")),
        *(("Marokko", "MA"), ("Oekraïne", "UA"), ("Rusland", "RU"), ("Israël", "IL"), ("Zuid-Afrika", "ZA")),
        *(("Mexico", "MX"), ("Brazilië", "BR"), ("Hong Kong", "HK"), ("Aruba", "AW"), ("Schotland", "GB")),
        *(("NLD", "NL"), ("BEL", "BE"), ("DEU", "DE"), ("Pays-Bas", "NL"), ("Österreich", "AT")),
    ],
)
def test_countries(text: str, code: str) -> None:
    assert country_code(text) == Converted(Status.VALID, code, code)


def test_an_unknown_country_has_a_warning() -> None:
    assert country_code("Luilekkerland").warning is WarningCode.COUNTRY_UNKNOWN


def test_every_named_country_has_an_iso_code() -> None:
    assert set(COUNTRY_NAMES.values()) <= COUNTRY_CODES
    assert len(COUNTRY_CODES) == 249


def test_every_warning_has_a_sentence_in_both_languages() -> None:
    for code in WarningCode:
        assert Texts("en").say(f"warning.{code}") != Texts("nl").say(f"warning.{code}")
