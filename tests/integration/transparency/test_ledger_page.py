"""The public ledger tells sums of closed months, in cells that five households stand behind."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from catalog.models import Produce
from marketplace.foundation import clock
from marketplace.foundation.clock import shanghai
from marketplace.settlement.services import settlements_run
from marketplace.transparency.selectors.open_books import ledger_by, ledger_total, month_cells
from tests.factories.orders import SETTLES_AT, Market

pytestmark = pytest.mark.django_db

#: What `Market` delivers settles on 29 November; the month is over two days later.
DECEMBER = shanghai(date(2026, 12, 1), 9)


def settled(households: int = 62, packs: int = 1) -> Market:
    market = Market()
    cooperative = market.harvests[0].cooperative
    cooperative.num_households = households
    cooperative.save()
    market.delivered(packs)
    settlements_run(at=SETTLES_AT)
    return market


@pytest.fixture
def december(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: DECEMBER)
    return DECEMBER


def read(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_closed_month_is_told_to_the_fen() -> None:
    market = settled()

    (cell,) = month_cells(DECEMBER)

    assert (cell.month, cell.produce) == (date(2026, 11, 1), market.pool.produce)
    assert (cell.num_lines, cell.paid_fen, cell.refunded_fen, cell.kept_fen) == (1, 4780, 0, 4780)
    assert list(cell.parts_fen.values()) == [3442, 800, 350, 188]


def test_a_month_is_not_told_before_it_is_over() -> None:
    settled()

    assert month_cells(shanghai(date(2026, 12, 1)) - timedelta(microseconds=1)) == []
    assert len(month_cells(shanghai(date(2026, 12, 1)))) == 1


def test_refunds_are_told_and_the_parts_are_what_is_left() -> None:
    market = Market()
    order = market.delivered(2)
    market.claim_accepted(order.lines.get(), spoilt_g=1_000)
    settlements_run(at=SETTLES_AT)

    (cell,) = month_cells(DECEMBER)

    # 7960 + 800 paid, one kilogram of five is 1592.
    assert (cell.paid_fen, cell.refunded_fen) == (8760, 1592)
    assert sum(cell.parts_fen.values()) == cell.kept_fen == 7168


def test_small_cells_are_told_together_in_every_table() -> None:
    settled(households=62, packs=3)
    settled(households=3)
    settled(households=2)

    cells = month_cells(DECEMBER)

    assert [cell.produce is None for cell in cells] == [False, True]
    by_county = ledger_by(cells, lambda cell: cell.produce.region if cell.produce else None)
    by_month = ledger_by(cells, lambda cell: cell.month)
    total = ledger_total(cells)
    assert total is not None
    # Every table is a sum over the same cells, so none can be held against another.
    assert [row.paid_fen for row in by_county] == [3 * 3980 + 800, 2 * 4780]
    assert [row.about for row in by_county][1] is None
    assert sum(row.paid_fen for row in by_month) == total.paid_fen == 5 * 3980 + 3 * 800


def test_a_month_behind_which_too_few_stand_is_withheld(client: Client, december: datetime) -> None:
    settled(households=4)

    assert month_cells(DECEMBER) == []
    page = client.get("/ledger/").content.decode()
    assert "第一个月的账会写在这里" in page
    assert "34.42" not in page
    assert len(read(client.get("/ledger/fenglu-ledger.csv").content)) == 1


@pytest.mark.parametrize(
    ("by", "word"), [("produce", "秭归脐橙"), ("county", "秭归县"), ("month", "2026年11月"), ("nonsense", "秭归脐橙")]
)
def test_the_page_tells_by_produce_county_and_month(client: Client, december: datetime, by: str, word: str) -> None:
    settled()

    answer = client.get("/ledger/", {"by": by}, headers={"accept-language": "zh-hans"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f">{word}<" in page
    for amount in ("47.80 元", "34.42 元", "8.00 元", "3.50 元", "1.88 元"):
        assert amount in page, amount


def test_the_page_speaks_english(client: Client, december: datetime) -> None:
    settled()

    page = client.get("/ledger/?by=month", headers={"accept-language": "en"}).content.decode()

    assert "The open ledger" in page
    assert "November 2026" in page
    assert "Cooperatives and households" in page
    assert "¥34.42" in page


def test_the_file_holds_the_cells_with_a_guard_against_formulas(client: Client, december: datetime) -> None:
    market = settled()
    Produce.objects.filter(pk=market.pool.produce_id).update(name_en="=HYPERLINK(1)")

    answer = client.get("/ledger/fenglu-ledger.csv", headers={"accept-language": "en"})

    head, row = read(answer.content)
    assert answer["Content-Disposition"] == 'attachment; filename="fenglu-ledger.csv"'
    assert head[:4] == ["Month", "County code", "County", "Produce"]
    region = market.pool.produce.region
    assert row == [
        "2026-11",
        region.code,
        "Zigui",
        "'=HYPERLINK(1)",
        "1",
        "47.80",
        "0.00",
        "34.42",
        "8.00",
        "3.50",
        "1.88",
    ]


def test_the_file_is_chinese_for_chinese_readers(client: Client, december: datetime) -> None:
    settled()

    head, row = read(client.get("/ledger/fenglu-ledger.csv", headers={"accept-language": "zh-hans"}).content)

    assert head[0] == "月份"
    assert row[3] == "秭归脐橙"


def test_the_page_costs_the_same_however_much_was_sold(
    client: Client, december: datetime, django_assert_max_num_queries: Any
) -> None:
    for _number in range(3):
        settled()

    with django_assert_max_num_queries(4):
        client.get("/ledger/")
