"""What Yuki says of writes: only what is said plainly counts."""

import pytest
from lxml import etree

from tribe_yuki.adapters.yuki.documents import batch_answer_of, contact_id_of
from tribe_yuki.adapters.yuki.faults import WORDS_READ
from tribe_yuki.adapters.yuki.markup import UnreadableAnswer
from tribe_yuki.adapters.yuki.values import UnknownNotation
from tribe_yuki.core.errors import Held
from tribe_yuki.core.holds import HoldReason
from tribe_yuki.invoices.model import BatchAnswer, InvoiceAnswer

ADMINISTRATION = "5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4c"
CONTACT_ID = "0f6d7c2a-91be-4c55-a1d0-2b7e6f3c8d19"
BOOKED = """<Invoice xmlns=""><Succeeded>true</Succeeded><Processed>true</Processed><EmailSent>false</EmailSent>
  <Reference>2026-0107</Reference><Subject>Onderhoud</Subject><Contact>Dakbedrijf</Contact><Message></Message></Invoice>"""
REFUSED = """<Invoice xmlns=""><Succeeded>false</Succeeded><Processed>false</Processed><EmailSent>false</EmailSent>
  <Reference>2026-0108</Reference><Message>Onjuiste artikelcategorie</Message></Invoice>"""

read_batch = batch_answer_of(ADMINISTRATION)


def batch(inner: str, succeeded: int = 1, failed: int = 1, skipped: int = 0) -> etree._Element:
    return etree.fromstring(
        f"""<ProcessSalesInvoicesResult><SalesInvoicesImportResponse
          xmlns="urn:xmlns:http://www.theyukicompany.com:salesinvoicesresponse">
        <TimeStamp xmlns="">2026-03-31</TimeStamp><AdministrationId xmlns="">{ADMINISTRATION.upper()}</AdministrationId>
        <TotalSucceeded xmlns="">{succeeded}</TotalSucceeded><TotalFailed xmlns="">{failed}</TotalFailed>
        <TotalSkipped xmlns="">{skipped}</TotalSkipped>{inner}
        </SalesInvoicesImportResponse></ProcessSalesInvoicesResult>"""
    )


def test_a_partly_failed_batch() -> None:
    assert read_batch(batch(BOOKED + REFUSED, skipped=3)) == BatchAnswer(
        invoices=(
            InvoiceAnswer("2026-0107", succeeded=True, processed=True),
            InvoiceAnswer("2026-0108", succeeded=False, processed=False, message="Onjuiste artikelcategorie"),
        ),
        total_succeeded=1,
        total_failed=1,
        total_skipped=3,
    )


def test_the_older_form_with_the_children_in_the_namespace() -> None:
    older = etree.fromstring(etree.tostring(batch(BOOKED)).replace(b' xmlns=""', b""))
    assert read_batch(older).invoices == (InvoiceAnswer("2026-0107", succeeded=True, processed=True),)


def test_a_draft_is_not_processed() -> None:
    draft = BOOKED.replace("<Processed>true</Processed>", "").replace("<Reference>2026-0107</Reference>", "")
    assert read_batch(batch(draft)).invoices == (InvoiceAnswer("", succeeded=True, processed=False),)


def test_order_and_number_are_those_of_the_answer() -> None:
    answer = read_batch(batch(REFUSED + BOOKED + BOOKED))
    assert [invoice.reference for invoice in answer.invoices] == ["2026-0108", "2026-0107", "2026-0107"]


def test_missing_totals_are_counted_and_nothing_is_taken_for_skipped() -> None:
    bare = etree.fromstring(
        f"<R><SalesInvoicesImportResponse>{BOOKED}{REFUSED}{REFUSED}</SalesInvoicesImportResponse></R>"
    )
    answer = read_batch(bare)
    assert (answer.total_succeeded, answer.total_failed, answer.total_skipped) == (1, 2, 0)


def test_an_invoice_without_a_verdict_makes_the_answer_unusable() -> None:
    for strange in ("", "<Succeeded/>", "<Succeeded>misschien</Succeeded>"):
        with pytest.raises(UnknownNotation):
            read_batch(batch(BOOKED + REFUSED.replace("<Succeeded>false</Succeeded>", strange)))


@pytest.mark.parametrize("answer", ["<R/>", "<R>Klaar</R>", "<R><Other/></R>", "<R>&lt;html&gt;</R>"])
def test_another_answer_is_unreadable(answer: str) -> None:
    with pytest.raises(UnreadableAnswer):
        read_batch(etree.fromstring(answer))
    with pytest.raises(UnreadableAnswer):
        contact_id_of(etree.fromstring(answer))


def test_the_answer_of_another_administration_is_unreadable() -> None:
    with pytest.raises(UnreadableAnswer, match="administration"):
        batch_answer_of("5b0f2c1e-3d4a-4f6b-8a7c-9d0e1f2a3b4d")(batch(BOOKED))


def contact_answer(inner: str) -> etree._Element:
    return etree.fromstring(
        '<UpdateContactResult><ContactResponse xmlns="urn:xmlns:http://www.theyukicompany.com:contactResponse">'
        f'<TimeStamp xmlns="">2026-03-31</TimeStamp>{inner}</ContactResponse></UpdateContactResult>'
    )


@pytest.mark.parametrize(
    "sentence",
    [
        f"Succesfully updated Contact {CONTACT_ID}",
        f"Contact {{{CONTACT_ID.upper()}}} is aangemaakt (1 van 1)",
    ],
)
def test_the_contact_id_is_found_anywhere_in_the_sentence(sentence: str) -> None:
    assert contact_id_of(contact_answer(f'<Succeeded xmlns="">{sentence}</Succeeded>')) == CONTACT_ID


def test_a_refused_contact_keeps_the_words() -> None:
    with pytest.raises(Held) as held:
        contact_id_of(contact_answer(f"<Failed>Code onbekend</Failed><Failed>{'x' * 6000}</Failed><Failed/>"))
    assert held.value.reason is HoldReason.REFUSED_BY_YUKI
    assert held.value.words.startswith("Code onbekend; xxx")
    assert len(held.value.words) == WORDS_READ
    assert "Code" not in str(held.value)


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<Succeeded>Succesfully updated Contact</Succeeded>",
        f"<Succeeded>Contact {CONTACT_ID}</Succeeded><Failed>en toch niet</Failed>",
    ],
)
def test_neither_or_both_is_unreadable(inner: str) -> None:
    with pytest.raises(UnreadableAnswer):
        contact_id_of(contact_answer(inner))
