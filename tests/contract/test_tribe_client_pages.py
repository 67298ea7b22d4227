"""Lists are read whole, also while they change."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest

from simulators.shared import Request, Response
from tests.support.faults.protections import Protection, without
from tests.support.outside.tribe_scripted_server import (
    SINCE,
    Script,
    guid,
    listing,
    tribe,
)
from tribe_yuki.core.errors import (
    Defect,
)


def pages_of(total: int) -> Script:
    def answer(request: Request) -> Response:
        options = dict(option.split("=", 1) for option in unquote(request.query).split("&"))
        skip, top = int(options.get("$skip", 0)), min(int(options["$top"]), 100)
        return listing(*({"ID": guid(n), "Code": str(n)} for n in range(total)[skip : skip + top]))

    return answer


@pytest.mark.parametrize(("total", "calls"), [(0, 1), (1, 1), (24, 1), (99, 2), (100, 2), (250, 3), (300, 4)])
def test_pages_are_read_until_a_short_one(total: int, calls: int) -> None:
    with tribe(pages_of(total)) as (scripted, client):
        assert [phase.code for phase in client.phases()] == [str(n) for n in range(total)]
        assert len(scripted.api_requests) == calls


def test_a_size_of_pages_that_was_seen_costs_no_further_call() -> None:
    totals = iter([60, 60, 59, 24, 0, 61])
    lists: list[int] = []

    def answer(request: Request) -> Response:
        if "$skip=0" in unquote(request.query):
            lists.append(next(totals))
        return pages_of(lists[-1])(request)

    with tribe(answer) as (scripted, client):
        read = []
        for _ in range(6):
            before = len(scripted.api_requests)
            client.phases()
            read.append(len(scripted.api_requests) - before)
    # Nobody knows of 60 whether a page holds more; of 59 it is known by then that one does.
    assert read == [2, 2, 1, 1, 1, 2]


@pytest.mark.parametrize("most", [25, 50, 99])
@pytest.mark.parametrize("total", [0, 1, 24, 25, 50, 99, 131, 250])
def test_pages_that_hold_fewer_than_tribe_says_are_read_to_the_end(most: int, total: int) -> None:
    def answer(request: Request) -> Response:
        query = unquote(request.query)
        return pages_of(total)(replace(request, query=query.replace("$top=100", f"$top={most}")))

    with tribe(answer) as (scripted, client):
        assert len(client.phases()) == total
        assert len(scripted.api_requests) <= total // most + 2
        assert total or len(scripted.api_requests) == 1


def test_an_empty_page_that_leads_on_is_not_the_end() -> None:
    def answer(request: Request) -> Response:
        if "more" in request.query:
            return listing({"ID": guid(1), "Code": "late", "LastMutationDate": "2026-11-02T00:00:00Z"})
        return listing(**{"@odata.nextLink": f"{request.path.rpartition('/')[2]}?$skiptoken=more"})

    with tribe(answer) as (_, client):
        assert [phase.code for phase in client.phases()] == ["late"]
        assert client.sent_invoices(modified_since=SINCE) == [guid(1)]


@pytest.mark.parametrize("name", ["phases", "sent_invoices"])
def test_a_page_that_leads_to_itself_is_noticed(name: str) -> None:
    def answer(request: Request) -> Response:
        return listing(**{"@odata.nextLink": f"{request.path.rpartition('/')[2]}?$skiptoken=same"})

    with tribe(answer) as (scripted, client):
        with pytest.raises(Defect):
            list(client.phases() if name == "phases" else client.sent_invoices(modified_since=SINCE))
        assert len(scripted.api_requests) <= 3


def test_a_small_set_that_knows_no_pages_is_read_once() -> None:
    with tribe(lambda _: listing(*({"ID": guid(n)} for n in range(60)))) as (_, client):
        assert len(client.phases()) == 60


def test_pages_that_repeat_are_noticed() -> None:
    with tribe(lambda _: listing(*({"ID": guid(n)} for n in range(100)))) as (scripted, client):
        with pytest.raises(Defect, match="earlier pages"):
            client.phases()
        assert len(scripted.api_requests) == 2


@pytest.mark.parametrize("form", ["relative", "absolute", "with blanks"])
def test_a_link_to_the_next_page_is_followed(form: str) -> None:
    def answer(request: Request) -> Response:
        if "more" in request.query:
            return listing({"ID": guid(2), "Code": "second"})
        links = {
            "relative": "Datastore_Phase_ActivityInvoice?$skiptoken=more",
            "absolute": "https://elsewhere.example/v1/odata/Datastore_Phase_ActivityInvoice?$skiptoken=more",
            "with blanks": "Datastore_Phase_ActivityInvoice?$filter=Code ne 'x'&$skiptoken=more",
        }
        return listing({"ID": guid(1), "Code": "first"}, **{"@odata.nextLink": links[form]})

    with tribe(answer) as (_, client):  # the token stays with our own host, whatever host the link names
        assert [phase.code for phase in client.phases()] == ["first", "second"]


@pytest.mark.parametrize("link", ["https://elsewhere.example/steal", "/v1/webhooks", "/v1/odata/Entity?$skip=1"])
def test_a_link_that_leads_elsewhere_is_not_followed(link: str) -> None:
    with tribe(lambda _: listing({"ID": guid(1)}, **{"@odata.nextLink": link})) as (scripted, client):
        with pytest.raises(Defect, match="leads elsewhere"):
            client.phases()
        assert len(scripted.api_requests) == 1


class ChangingInvoices:
    """Invoices by the second of their change; some change while they are being listed."""

    def __init__(self, seconds: dict[int, int], *, most: int = 100, has_links: bool = False) -> None:
        self.seconds = seconds
        self.most, self.has_links = most, has_links
        self.touch_after_first_page: list[int] = []
        self.queries: list[str] = []

    def __call__(self, request: Request) -> Response:
        query = unquote(request.query)
        self.queries.append(query)
        options = dict(option.split("=", 1) for option in query.split("&"))
        since = datetime.fromisoformat(options["$filter"].split(" ge ")[1])
        rows = sorted((second, number) for number, second in self.seconds.items() if _at(second) >= since)
        skip = int(options["$skip"])
        page = rows[skip : skip + self.most]
        links = {"@odata.nextLink": f"Activity_Invoice?$skip={skip + self.most}"} if self.has_links else {}
        for number in self.touch_after_first_page:
            self.seconds[number] = 10_000 + number
        self.touch_after_first_page = []
        return listing(
            *({"ID": guid(number), "LastMutationDate": f"{_at(second):%Y-%m-%dT%H:%M:%SZ}"} for second, number in page),
            **(links if rows[skip + self.most :] else {}),
        )


def _at(second: int) -> datetime:
    return SINCE + timedelta(seconds=second)


def test_sent_invoices_asks_for_every_phase_but_draft() -> None:
    invoices = ChangingInvoices({1: 0, 2: 5})
    with tribe(invoices) as (_, client):
        assert client.sent_invoices(modified_since=SINCE) == [guid(1), guid(2)]
    assert invoices.queries == [
        (
            "$top=100&$filter=Phase/Code ne 'Draft' and LastMutationDate ge 2026-11-01T00:00:00Z"
            "&$orderby=LastMutationDate,ID&$select=ID,LastMutationDate&$skip=0"
        )
    ]


@pytest.mark.parametrize("same_second", [1, 7, 100, 101, 350])
def test_no_sent_invoice_is_skipped_or_named_twice(same_second: int) -> None:
    invoices = ChangingInvoices({number: number // same_second for number in range(350)})
    with tribe(invoices) as (_, client):
        assert sorted(client.sent_invoices(modified_since=SINCE)) == [guid(number) for number in range(350)]


def test_no_sent_invoice_is_skipped_when_others_change_meanwhile() -> None:
    invoices = ChangingInvoices({number: number for number in range(250)})
    invoices.touch_after_first_page = list(range(40))
    with tribe(invoices) as (_, client):
        assert sorted(client.sent_invoices(modified_since=SINCE)) == [guid(number) for number in range(250)]


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("most", [25, 50, 99])
@pytest.mark.parametrize("same_second", [1, 60, 200])
def test_no_change_is_missed_when_pages_hold_fewer_than_tribe_says(
    same_second: int, most: int, has_links: bool
) -> None:
    invoices = ChangingInvoices({n: n // same_second for n in range(131)}, most=most, has_links=has_links)
    with tribe(invoices) as (_, client):
        assert sorted(client.sent_invoices(modified_since=SINCE)) == [guid(number) for number in range(131)]


@pytest.mark.parametrize(("changed", "calls"), [(0, 1), (1, 1), (24, 1), (30, 2)])
def test_a_poll_takes_one_call_when_little_changed(changed: int, calls: int) -> None:
    invoices = ChangingInvoices({number: number for number in range(changed)})
    with tribe(invoices) as (scripted, client):
        assert len(client.sent_invoices(modified_since=SINCE)) == changed
        assert len(scripted.api_requests) == calls


def test_a_short_page_taken_for_the_last_would_lose_changes() -> None:
    served = ChangingInvoices({number: number for number in range(131)}, most=50)
    with without(Protection.SHORT_PAGES), tribe(served) as (_, client):
        assert len(client.sent_invoices(modified_since=SINCE)) == 50


def test_sent_invoices_notices_an_order_that_is_not_kept() -> None:
    rows = [{"ID": guid(n), "LastMutationDate": "2026-10-01T00:00:00Z"} for n in range(100)]
    with tribe(lambda _: listing(*rows)) as (_, client), pytest.raises(Defect, match="not sorted"):
        client.sent_invoices(modified_since=SINCE)
