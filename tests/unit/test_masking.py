"""What Yuki says is stored without people, and still tells what is wrong."""

import pytest

from tribe_yuki.contacts.masking import OwnValues, mask

NAME = "Kanariepiet Zangvogels B.V."
OWN = OwnValues(
    names=(
        NAME,
        "Zoë",
        "Kanarie",
        "piet.kanarie@kanarie.example",
        "https://www.kanarie.example",
        "Kwetterlaan 12a",
        "Zangstad",
    ),
    texts=("1234 AB", "NL123456789B01", "12345678", "RF18 5390 0754 7034", "Consult mevrouw Merel"),
    reference="2026-0109",
)
# What must be nowhere, without capitals and punctuation.
CANARIES = (
    "kanarie",
    "zangvogel",
    "zoe",
    "zoë",
    "kwetter",
    "zangstad",
    "merel",
    "abna",
    "4164",
    "345678",
    "1234ab",
    "555",
)
DATATYPE = "is invalid according to its datatype 'http://www.w3.org/2001/XMLSchema:string' - The Pattern failed."

SAID = [
    # Schema messages of .NET, which quote what was sent.
    f"The 'theyukicompany:EmailAddress' element is invalid - The value 'piet.kanarie@kanarie.example' {DATATYPE}",
    f"The 'FullName' element is invalid - The value '{NAME}' {DATATYPE}",
    f"The 'FullName' element is invalid - The value 'O'Kanarie & Zn' {DATATYPE}",
    "System.Xml.Schema: the string 'Zoë Kanarie' is not a valid Date value.",
    # Refusals, in the writings of others.
    f"Contact {NAME} wordt geweigerd",
    "Contact KANARIEPIET ZANGVOGELS BV wordt geweigerd",
    "Contact kanariepiet zangvogels b v wordt geweigerd",
    "Contact Kanariepiet-Zangvogels wordt geweigerd",
    "Contact KanariepietZangvogels wordt geweigerd",
    "Contact Zangvogels, Kanariepiet wordt geweigerd",
    "Contact Kanariepiet Zangvo... wordt geweigerd",
    "Contact zoe kanarie (Zoé) bestaat niet",
    "Contact Kanariepiet &amp; Zangvogels &#90;oë bestaat niet",
    "Contact Kanarie\u200bpiet Zang\u00advogels bestaat niet",
    "E-mail PIET.KANARIE@KANARIE.EXAMPLE is ongeldig",
    "Website kanarie.example is ongeldig",
    "Adres kwetterlaan 12A, 1234ab ZANGSTAD is onvolledig",
    "Btw-nummer NL123456789B01 is ongeldig",
    "Btw-nummer nl 1234.56.789.b.01 is ongeldig",
    "Btw-nummer BE0417.497.106 van Zangvogels",
    "KvK-nummer 12345678 is onbekend",
    "KvK-nummer 12 34 56 78 is onbekend",
    "Telefoon +31 6 555 01 234 is te lang",
    "Telefoon 06-55501234 is te lang",
    "Telefoon (020) 555 01 23 is te lang",
    "Rekening NL91ABNA0417164300 bestaat al",
    "Rekening nl91 abna 0417 1643 00 bestaat al",
    "Rekening NL91-ABNA-0417-1643-00 bestaat al",
    "Omschrijving 'Consult  MEVROUW merel' is te lang",
    "Betalingskenmerk RF18539007547034 klopt niet",
    f"Factuur 2026-0109 van {NAME} bestaat al",
    f"{NAME}\nTelefoon 06-55501234\n{NAME}",
]


@pytest.mark.parametrize("words", SAID)
def test_nothing_about_anybody_stays(words: str) -> None:
    masked = mask(words, OWN)
    plain = "".join(one for one in masked.lower() if one.isalnum() or one == "…")
    assert [one for one in CANARIES if one in plain] == []
    assert "…" in masked
    assert mask(masked, OWN) == masked


HELPFUL = [
    "The element 'SalesInvoice' has invalid child element 'DueDate'. List of possible elements expected: 'Date'.",
    "Onjuiste artikelcategorie",
    "Grootboekrekening 8000 is geblokkeerd in boekjaar 2026",
    "Bedrag 1.234,56 wijkt af van 1234.57 op 23-11-2026",
    "op de dag",
    "",
]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (
            f"The 'FullName' element is invalid - The value '{NAME}' {DATATYPE}",
            f"The 'FullName' element is invalid - The value '…' {DATATYPE}",
        ),
        *((words, words) for words in HELPFUL),
        ("Contact KANARIEPIET ZANGVOGELS BV is niet gemarkeerd als klant", "Contact … is niet gemarkeerd als klant"),
        (f"Factuur 2026-0109 van {NAME} bestaat al", "Factuur 2026-0109 van …. bestaat al"),
        ("KvK-nummer 12345678 is onbekend", "KvK-nummer … is onbekend"),
    ],
)
def test_what_helps_a_person_stays(words: str, left: str) -> None:
    assert mask(words, OWN) == left


def test_a_customer_that_is_called_like_a_refusal_leaves_the_refusal_as_it_is() -> None:
    own = OwnValues(("De Klant en Factuur B.V.", "Groot", "de"))
    assert mask("Contact is niet gemarkeerd als klant", own) == "Contact is niet gemarkeerd als klant"
    assert mask("Grootboekrekening 8000 bestaat niet", own) == "Grootboekrekening 8000 bestaat niet"
    assert mask("Contact de klant en factuur bv bestaat niet", own) == "Contact … bestaat niet"


def test_short_names_are_found_as_words_only() -> None:
    own = OwnValues(("Li Ng",))
    assert mask("Contact LI NG: limiet bereikt", own) == "Contact …: limiet bereikt"
    assert mask("Contact Ng, Li bestaat al", own) == "Contact …, … bestaat al"


def test_no_more_is_kept_than_is_said_and_a_name_at_the_cut_leaves_no_part() -> None:
    masked = mask(f"{'x ' * 245}{NAME}", OWN)
    assert len(masked) <= 500
    assert "Kana" not in masked
    assert len(mask("x" * 100_000, OWN)) == 500


def test_without_the_values_of_the_record_a_name_would_stay() -> None:
    assert "Zangvogels" in mask(f"Contact {NAME} wordt geweigerd", OwnValues(()))
