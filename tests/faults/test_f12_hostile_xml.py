"""F12: what Yuki answers cannot read our files, call out or fill our memory; what we send arrives literally.

Drips, endless bodies, listeners and every kind of document type are in `tests/contract/test_yuki_client_hostile.py`,
at the client. Here is what hostile XML, in both directions, does to the books and to Tribe.
"""

import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.faults.protections import Protection
from tests.support.faults.substitutes import parse_trusting
from tests.support.outside.hostile_transport import HostileTransport
from tests.support.outside.yuki_scripted_server import ScriptedServer, raw
from tests.support.world.contact_records import CUSTOMER, contact_with, relation_with
from tests.support.world.world import World
from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.adapters.yuki.markup import Element, UnreadableAnswer, parse_untrusted, text_of
from tribe_yuki.adapters.yuki.transport import TransportFailure
from tribe_yuki.invoices.transfer import State

PLAIN, PLAIN_NUMBER = "40000000-0000-4000-8000-000000000041", "2026-0101"
CANARY = "Kanarie uit een bestand B.V."
BOOKING = "ProcessSalesInvoices"

type Parse = Callable[[bytes], Element]


type Hostile = Callable[[str, Callable[[bytes], bytes]], HostileTransport]


@pytest.fixture
def hostile(world: World, exits: ExitStack, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    """Put a hostile Yuki before all workers of the world."""

    def put(operation: str, change: Callable[[bytes], bytes]) -> HostileTransport:
        transport = HostileTransport(operation, change)
        exits.callback(transport.close)
        for worker in world.workers.values():
            monkeypatch.setattr(worker, "yuki_transport", transport)
        return transport

    return put


def with_doctype(body: bytes, doctype: str) -> bytes:
    """Return an answer with a document type in front of its envelope."""
    declaration, end, rest = body.partition(b"?>")
    return declaration + end + doctype.encode() + rest if end else doctype.encode() + body


# --- XML in ---------------------------------------------------------------------------------------------------------


def bomb(levels: int, text: str = "ha") -> bytes:
    """Return an answer in which ten times as much unfolds with every level."""
    entities = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, levels + 1))
    return f'<!DOCTYPE x [<!ENTITY l0 "{text}">{entities}]><x>&l{levels};</x>'.encode()


def traced_peak(work: Callable[[], object]) -> int:
    """Return the most bytes that Python held for some work."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def unfold(body: bytes, parse: Parse) -> int:
    """Return how many characters come out of an answer; none when it is refused."""
    try:
        return len(text_of(parse(body)))
    except UnreadableAnswer:
        return 0


def test_a_bomb_is_refused_before_it_unfolds_and_a_trusting_parser_would_unfold_it() -> None:
    answer = bomb(levels=3, text="ha" * 250)  # libxml2 itself stops what unfolds to a megabyte
    unfolded = 500 * 10**3
    assert len(answer) < unfolded / 500

    assert unfold(answer, parse_untrusted) == 0
    assert traced_peak(lambda: unfold(answer, parse_untrusted)) < unfolded / 10

    assert unfold(answer, parse_trusting) == unfolded
    assert traced_peak(lambda: unfold(answer, parse_trusting)) > unfolded


def test_a_large_answer_is_left_unread_and_without_the_limit_it_would_be_held() -> None:
    size, limit = 16 * 2**20, 2**20
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n"
    # Held once already, by the server that sends it.
    answer = raw(head + b" " * size)

    def call(transport: HttpTransport) -> int | str:
        with ScriptedServer([answer]) as server:
            try:
                return len(transport.post(f"{server.url}/", b"", {}).body)
            except TransportFailure as failure:
                return failure.code
            finally:
                transport.close()

    assert call(HttpTransport(largest_answer=limit)) == "yuki_answer_too_large"
    assert traced_peak(lambda: call(HttpTransport(largest_answer=limit))) < 4 * limit

    assert call(HttpTransport(largest_answer=2 * size)) == size
    assert traced_peak(lambda: call(HttpTransport(largest_answer=2 * size))) > size


@pytest.fixture
def canary(tmp_path: Path) -> Callable[[bytes], bytes]:
    """Return what makes Yuki's contacts carry the content of a file of ours as their name."""
    file = tmp_path / "canary.txt"
    file.write_text(CANARY)
    doctype = f"<!DOCTYPE x [<!ENTITY canary SYSTEM '{file.as_uri()}'>]>"
    return lambda body: with_doctype(body, doctype).replace(b"Kwastenroller", b"&canary;")


def new_customer(world: World) -> None:
    """Have the bookkeeper type a new customer in, once the connector works."""
    world.run(minutes=20)
    fields = {"Name": "Kwastenroller Nieuw B.V.", "IsCustomer": True, "CoCNumber": "90000017"}
    world.control.post(f"{world.yuki_url}/_control/contacts", json=fields).raise_for_status()


def names_in_tribe(world: World) -> str:
    """Return the names of all organisations of Tribe."""
    return "\n".join(str(one["Name"]) for one in world.tribe_state()["Relation_Organization"])


def test_a_file_of_ours_never_becomes_the_name_of_a_customer(
    world: World, hostile: Hostile, canary: Callable[[bytes], bytes]
) -> None:
    transport = hostile("SearchContacts", canary)
    new_customer(world)
    world.run(minutes=40)
    assert transport.changed > 0
    assert CANARY not in names_in_tribe(world)
    assert "Kwastenroller Nieuw" not in names_in_tribe(world)

    transport.is_hostile = False
    world.run(minutes=40)

    assert "Kwastenroller Nieuw" in names_in_tribe(world), "the poll goes on where it was"
    assert CANARY not in names_in_tribe(world)


def test_a_trusting_parser_would_carry_a_file_of_ours_into_tribe(
    world: World,
    hostile: Hostile,
    canary: Callable[[bytes], bytes],
) -> None:
    world.without(Protection.CAREFUL_PARSING)
    hostile("SearchContacts", canary)
    new_customer(world)

    world.run(minutes=40)

    assert CANARY in names_in_tribe(world)


@pytest.mark.parametrize(
    "change",
    [lambda body: with_doctype(body, "<!DOCTYPE x>"), lambda _: bomb(levels=9), lambda body: body[: len(body) // 2]],
    ids=["a document type", "a bomb", "half of it"],
)
def test_a_booking_with_a_hostile_answer_is_asked_for_and_not_repeated(
    world: World, hostile: Hostile, change: Callable[[bytes], bytes]
) -> None:
    transport = hostile(BOOKING, change)
    world.switch_yuki(duplicate_reference="accept")
    world.send(PLAIN)
    world.run(minutes=2)
    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert (transport.changed, transfer.state) == (1, State.UNCONFIRMED)

    world.run(minutes=20)

    transfer = world.transfer(PLAIN)
    assert transfer is not None
    assert transfer.state is State.BOOKED
    assert len(world.booked(PLAIN_NUMBER)) == 1


# --- XML out --------------------------------------------------------------------------------------------------------

NAMES = (
    "]]></FullName><Code>1",
    "Smit &amp; Zoon",
    "Bakker <b>Vet</b>",
    "<![CDATA[Kaas]]> & \"wijn\" 'rood'",
    "&#60;Code&#62;9",
)
# Well formed and valid wherever a line's description is pasted into a document: a second line of a thousand euros.
SECOND_LINE = (
    "Advies</Description><ProductQuantity>1</ProductQuantity><Product><Description>Advies</Description>"
    "<SalesPrice>1000</SalesPrice><VATPercentage>21</VATPercentage><VATIncluded>false</VATIncluded>"
    "<VATType>1</VATType><GLAccountCode>80000</GLAccountCode></Product></InvoiceLine><InvoiceLine><Description>en meer"
)


def rename(world: World, name: str) -> dict[str, Any]:
    """Give a linked customer another name in Tribe, and return what Yuki holds of it then."""
    relation = relation_with(world, CUSTOMER)
    world.edit_in_tribe(relation["ID"], EmailAddress="nieuw@kwastenroller.example")
    world.run(minutes=2)
    world.edit_in_tribe(relation["ID"], Name=name)
    world.run(minutes=3)
    return contact_with(world, CUSTOMER)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_full_of_markup_arrives_literally(world: World, name: str) -> None:
    contacts = len(world.yuki_state()["contacts"])

    contact = rename(world, name)

    assert contact["Name"] == name
    assert len(world.yuki_state()["contacts"]) == contacts


def test_a_name_that_was_pasted_into_a_document_would_be_another_in_yuki(world: World) -> None:
    world.without(Protection.BUILT_CONTACTS)

    assert rename(world, "Smit &amp; Zoon")["Name"] == "Smit & Zoon"


def send_with_second_line(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send an invoice one of whose lines would like to be two; return it as both systems hold it."""
    lines = [one for one in world.tribe_state()["ProductLine"] if one["Invoice"]["ID"] == PLAIN]
    world.edit_in_tribe(lines[0]["ID"], Description=SECOND_LINE)
    world.send(PLAIN)
    world.run(minutes=3)
    (in_tribe,) = [one for one in world.tribe_state()["Activity_Invoice"] if one["ID"] == PLAIN]
    (in_yuki,) = world.booked(PLAIN_NUMBER)
    assert len(lines) > 0
    return in_tribe, in_yuki


def test_a_line_cannot_bring_another_line_along(world: World) -> None:
    in_tribe, in_yuki = send_with_second_line(world)

    assert in_yuki["lines"][0]["description"] == SECOND_LINE
    assert float(in_yuki["total_excl"]) == in_tribe["Amount"]


def test_a_line_that_was_pasted_into_a_document_would_bring_another_along(world: World) -> None:

    world.without(Protection.BUILT_INVOICES)

    in_tribe, in_yuki = send_with_second_line(world)

    assert float(in_yuki["total_excl"]) == in_tribe["Amount"] + 1000
