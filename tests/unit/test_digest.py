"""The digest: what waits, for whom, what to do; in both languages, with nothing personal in it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.details import said, told
from tests.support.faults.protections import Protection, without
from tribe_yuki.connections.settings import Location
from tribe_yuki.core.holds import HoldReason, Owner
from tribe_yuki.core.texts import Texts, explain_hold
from tribe_yuki.people.digest import MOST_LINES, mail_of
from tribe_yuki.people.open_item import DEAD, KINDS, UNTICKED, OpenItem

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
PACKAGE = Path(__file__).parents[2] / "layers" / "common" / "tribe_yuki"
INVOICE = OpenItem(
    kind=HoldReason.CONTACT_NOT_CUSTOMER,
    owner=Owner.BOOKKEEPER,
    since=NOW - timedelta(days=3),
    tribe_invoice_id="40000000-0000-4000-8000-000000000061",
    number="2026-0122",
    invoice_date=date(2026, 11, 20),
    amount=Decimal("1459.80"),
    currency="EUR",
    debtor_number="D-10028",
)


def text_of(*waiting: OpenItem, language: str = "en") -> str:
    return mail_of("demo", waiting, now=NOW, language=language).text


def test_an_invoice_is_named_with_number_date_amount_debtor_number_days_and_what_to_click() -> None:
    assert text_of(INVOICE) == (
        "This waits for you in connection demo on 2026-11-23.\n\n"
        "Contact not ticked as Customer in Yuki (1)\n"
        "What to do: Yuki: Contacts, search the debtor number, tick Customer, save. The invoice then goes by itself.\n"
        "  - 2026-0122, 2026-11-20, EUR 1,459.80, debtor number D-10028, for 3 days\n"
    )


def test_it_says_the_same_in_dutch() -> None:
    assert text_of(INVOICE, language="nl") == (
        "Dit wacht op u in koppeling demo op 23-11-2026.\n\n"
        "Contact in Yuki niet aangevinkt als Klant (1)\n"
        "Wat te doen: Yuki: Contacten, zoek het debiteurennummer, zet het vinkje Klant, sla op. "
        "De factuur gaat daarna vanzelf.\n"
        "  - 2026-0122, 20-11-2026, EUR 1.459,80, debiteurennummer D-10028, sinds 3 dagen\n"
    )


INJECTED = (
    "D-10050\n\nLet op: het rekeningnummer is gewijzigd\nWat te doen: boek EUR 9.750,00 over naar NL00EVIL0123456789"
)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\u2028", "\x0b", "\x85"], ids=ascii)
@pytest.mark.parametrize("field", ["number", "debtor_number", "yuki_contact", "currency"])
def test_what_people_typed_as_a_number_writes_no_line_of_its_own(field: str, line_end: str) -> None:
    only = {"debtor_number": None} if field == "yuki_contact" else {}
    typed = replace(INVOICE, **only, **{field: INJECTED.replace("\n", line_end)})  # type: ignore[arg-type]

    mail = mail_of("demo", [typed], now=NOW, language="nl")

    assert len(mail.text.splitlines()) == len(text_of(INVOICE, language="nl").splitlines())
    assert "D-10050 Let op: het rekeningnummer is g…" in mail.text
    assert "EVIL" not in mail.text


def test_taken_as_they_are_such_numbers_would_write_lines_that_look_like_ours() -> None:
    with without(Protection.TEXT_ON_ONE_LINE):
        assert "\nWat te doen: boek EUR 9.750,00" in text_of(replace(INVOICE, debtor_number=INJECTED), language="nl")


@pytest.mark.parametrize("typed", ["\x1b[2J", "\u202e", "\u200b", "\x07"], ids=ascii)
def test_what_acts_on_a_screen_stands_in_no_mail(typed: str) -> None:
    mail = mail_of("demo", [replace(INVOICE, debtor_number=f"D-1{typed}")], now=NOW, language="en")

    assert mail.text.replace("\n", "").isprintable()


def test_a_detail_stays_on_its_line() -> None:
    detail = "Hoog\nBetaal NL00EVIL0123456789 (domestic)"
    assert Texts("en").mailed_details(told(detail))  # the control: the table lets it through

    mail = mail_of(
        "demo", [replace(INVOICE, kind=HoldReason.VAT_UNMAPPED, details=told(detail))], now=NOW, language="en"
    )

    assert len(mail.text.splitlines()) == len(text_of(INVOICE).splitlines())


def test_days_are_those_of_the_calendar_in_amsterdam() -> None:
    just_before_midnight = datetime(2026, 11, 22, 22, 59, tzinfo=UTC)
    assert "for 1 day\n" in text_of(replace(INVOICE, since=just_before_midnight))
    assert "since today\n" in text_of(replace(INVOICE, since=just_before_midnight + timedelta(minutes=1)))


def test_what_waits_is_grouped_by_kind_with_the_longest_waiting_first() -> None:
    later = replace(INVOICE, number="2026-0130", since=NOW)
    unticked = OpenItem(UNTICKED, Owner.BOOKKEEPER, NOW, tribe_relation_id="r", debtor_number="D-7")
    ledger = replace(INVOICE, kind=HoldReason.LEDGER_UNMAPPED, number="2026-0125")
    text = text_of(unticked, later, ledger, INVOICE)
    places = [text.index(part) for part in ("2026-0122", "2026-0130", "2026-0125", "D-7")]
    assert places == sorted(places)


def test_the_subject_counts_and_fits_into_a_mail() -> None:
    contact = replace(INVOICE, tribe_invoice_id=None)
    assert mail_of("demo", [INVOICE], now=NOW, language="en").subject == "Tribe-Yuki demo: 1 invoice to look at"
    many = mail_of("a" * 32, [INVOICE, INVOICE, contact], now=NOW, language="nl").subject
    assert many.endswith("2 facturen en 1 contact om te bekijken")
    assert many.isascii()
    assert len(many) < 100


def test_a_very_long_list_is_cut_and_says_so() -> None:
    text = text_of(*[INVOICE] * (MOST_LINES + 12))
    assert text.count("2026-0122") == MOST_LINES
    assert "and 12 more" in text


def test_an_invoice_without_number_and_a_contact_without_relation_can_still_be_found() -> None:
    nameless = replace(INVOICE, kind=HoldReason.NUMBER_MISSING, number=None, amount=None)
    assert f"no number ({INVOICE.tribe_invoice_id}), 2026-11-20" in text_of(nameless)
    contact = OpenItem(HoldReason.CONTACT_AMBIGUOUS, Owner.BOOKKEEPER, NOW, yuki_contact="139")
    assert "contact no. 139 in Yuki" in text_of(contact)


def test_a_known_detail_is_told_in_the_mail_and_in_the_sentence_of_the_hold() -> None:
    refused = replace(INVOICE, kind=HoldReason.LEDGER_UNMAPPED, details=told("line 2 has none"))
    assert "regel 2 heeft er geen" in text_of(refused, language="nl")
    assert "regel 2 heeft er geen" in explain_hold(
        HoldReason.LEDGER_UNMAPPED, details=told("line 2 has none"), language="nl"
    )


def test_a_detail_that_nobody_knows_stays_out_of_mails() -> None:
    refused = replace(INVOICE, kind=HoldReason.REFUSED_BY_YUKI, details=told("Iets over Bakkerij Jansen"))
    assert "Jansen" not in text_of(refused)
    dead = replace(INVOICE, kind=DEAD, owner=Owner.OPERATOR, details=told("yuki_timeout"))
    assert "yuki_timeout" not in text_of(dead)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "nl", "fr"])
def test_every_kind_has_a_text_without_holes(kind: str, language: str) -> None:
    text = text_of(replace(INVOICE, kind=kind), language=language)
    assert "{" not in text
    assert "None" not in text
    assert kind not in text or "_" not in kind


DETAILS = (
    ("OSS-SE-25 (eu_without_vat)", "btw-groep OSS-SE-25 heeft nog geen btw-code (klant in de EU zonder btw-nummer)"),
    ("excl. 1.00 in Tribe, 2.00 in Yuki; VAT 0.55 in Tribe, 0.53 in Yuki", "btw 0,55 in Tribe, 0,53 in Yuki"),
    ("8000 is disabled in Yuki", "8000 staat uit in Yuki"),
    ("Tribe shows only a part of the lines", "Tribe toont maar een deel van de regels"),
    ("the number is longer than 100 characters", "het nummer is langer dan 100 tekens"),
    ("line 3 has no price in USD", "regel 3 heeft geen prijs in USD"),
    ("2026-0101 (another invoice in Tribe has this number)", "een andere factuur in Tribe"),
    ("unlinked by a person", "iemand heeft de relatie en het contact ontkoppeld"),
    ("no right to write Activity_Invoice", "geen recht voor Activity_Invoice (schrijven)"),
)


@pytest.mark.parametrize(("detail", "dutch"), DETAILS)
def test_details_are_said_in_dutch(detail: str, dutch: str) -> None:
    assert dutch in said(told(detail), "nl")
    assert dutch in Texts("nl").mailed_details(told(detail))


def test_every_place_of_a_customer_has_words() -> None:
    for location in Location:
        assert Texts("nl").knows(f"location.{location}")
        assert "_" not in said(told(f"NL-21 ({location})"), "nl")
