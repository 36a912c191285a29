"""Figures by month and segment, of the small book, which one can follow by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.utils import translation
from factories import make_user
from homes import run_jobs
from procrastinate.contrib.django.models import ProcrastinateJob
from small_book import keep_small_snapshot
from workbench.documents import Document

from carrears import layout
from carrears.analytics import choices, services
from carrears.analytics.figures import Figure
from carrears.portfolio.models import Snapshot
from carrears.workbench.view_models.analytics import AnalyticsPage
from carrears.workbench.view_models.drawing import HeatTable, Plot, Ranking

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def book(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.BOOK_DIR = tmp_path / "kept"
    keep_small_snapshot(tmp_path / "book")
    with translation.override("en"):
        yield


@pytest.fixture
def client(sign_in: Any) -> Client:
    signed_in: Client = sign_in(make_user(role="team_lead"), language="en")
    return signed_in


def page_of(client: Client, **asked: str) -> AnalyticsPage:
    page = client.get("/analytics/", asked).context["page"]
    assert isinstance(page, AnalyticsPage)
    return page


def test_the_matrix_of_a_month(client: Client) -> None:
    page = page_of(client, **{"from": "2026-06", "measure": "loans"})

    # Seven current at the end of May: three stayed, three rolled to M1, one was paid off.
    (matrix,) = page.drawings
    assert isinstance(matrix, HeatTable)
    current = matrix.rows[0]
    assert (current[0], current[1]) == (0, "7")
    texts = [cell.text for cell in current[2]]
    assert (texts[0], texts[1], texts[-1]) == ("42.9%", "42.9%", "14.3%")
    assert [cell.tone for cell in current[2]][:2] == ["same", "worse"]
    assert [row[0] for row in matrix.rows] == [0, 1, 2, 5]


@pytest.mark.parametrize("figure", Figure)
@pytest.mark.parametrize("by", ["", "dealer"])
def test_every_figure_is_drawn_and_told(client: Client, figure: Figure, by: str) -> None:
    answer = client.get("/analytics/", {"figure": figure, "by": by, "from": "2025-12"})

    assert answer.status_code == 200
    document = Document()
    document.feed(answer.content.decode())
    assert document.forbidden == []
    assert len(document.ids) == len(set(document.ids))
    page = answer.context["page"]
    # Nobody of the small book was ever cured, so nobody was behind again.
    assert bool(page.drawings) == (figure is not Figure.REDEFAULT)
    assert page.told.key == figure


def test_lines_and_their_table_say_the_same(client: Client) -> None:
    page = page_of(client, figure="vintage", measure="loans", cohort="cohort_month")

    plot = page.drawings[0]
    assert isinstance(plot, Plot)
    assert plot.title == "Ever 30+"
    # One of ten since February, two in May, three in June: months on book 0 … 6.
    told = ["0.00%", "0.00%", "10.00%", "10.00%", "10.00%", "20.00%", "30.00%"]
    assert [values[0] for _, values in plot.rows] == told
    (line,) = plot.lines
    assert [dot.text.rpartition(" ")[2] for dot in line.dots] == told
    assert (line.dots[0].y, line.dots[-1].y, line.dots[-1].x) == ("100%", "0%", "100%")
    assert line.path.startswith("M0 1000L166.67 1000L")


def test_the_ranking_is_of_the_newest_month(client: Client) -> None:
    page = page_of(client, figure="concentration", segment="dealer")

    ranking = page.drawings[0]
    assert isinstance(ranking, Ranking)
    assert (ranking.title, ranking.rows[0].share, ranking.rows[0].width) == (
        "Dealer · 2026-06",
        "100.0%",
        "100.0%",
    )


def test_the_files_hold_the_rows_that_are_shown(client: Client) -> None:
    page = page_of(client, figure="flow", region="浙江", **{"from": "2026-05"})
    assert page.table is not None

    text = client.get(page.csv_url)
    table = pq.read_table(io.BytesIO(client.get(page.parquet_url).content))

    rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert len(rows) == table.num_rows == len(page.table.rows) == page.table.pager.total
    months = [row[0] for row in page.table.rows]
    assert [row["month"][:7] for row in rows] == months
    assert set(months) == {"2026-05", "2026-06"}
    assert 'filename="flow-2026-05-2026-06.csv"' in text.headers["Content-Disposition"]


def test_filters_narrow_the_loans_and_stay_with_the_next_figure(client: Client) -> None:
    page = page_of(client, figure="stock", region="nowhere")

    assert (page.drawings, page.is_narrowed) == ((), True)
    tab = next(tab for tab in page.tabs if "figure=cure" in tab.url)
    assert tab.url == "/analytics/?figure=cure&region=nowhere"
    region = next(choice for choice in page.choices if choice.name == "region")
    assert [(o.value, o.selected) for o in region.options] == [
        ("", False), ("浙江", False), ("nowhere", True),
    ]  # fmt: skip
    assert page_of(client, figure="stock", region="浙江").drawings


def test_a_loan_whose_tape_does_not_say_can_be_asked_for(client: Client, tmp_path: Path) -> None:
    Snapshot.objects.all().delete()
    book = keep_small_snapshot(tmp_path / "other")
    loans = pq.read_table(f"{book.folder}/loans.parquet").to_pylist()
    loans[0]["dealer"] = loans[1]["dealer"] = None
    pq.write_table(pa.Table.from_pylist(loans, layout.LOANS), f"{book.folder}/loans.parquet")

    page = page_of(client, figure="stock", dealer="–", **{"from": "2026-06"})

    assert page.table is not None
    assert [(row[2], row[3]) for row in page.table.rows] == [("M0", "2")]
    dealer = next(choice for choice in page.choices if choice.name == "dealer")
    assert [(o.label, o.selected) for o in dealer.options] == [
        ("All", False), ("D1", False), ("not stated", True),
    ]  # fmt: skip


def test_with_many_values_a_filter_takes_any_text(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "MOST_VALUES", 1)
    choices.segment_choices.cache_clear()

    page = page_of(client, figure="stock", dealer="D1")

    dealer = next(choice for choice in page.choices if choice.name == "dealer")
    assert (dealer.is_open, dealer.value) == (True, "D1")
    choices.segment_choices.cache_clear()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"from": "2026-06", "to": "2026-01"}, "from, to: from 1 to 120 months"),
        ({"to": "9999-12"}, "to: '9999-12' is no month"),
        ({"to": "2026-0x"}, "to: '2026-0x' is no month"),
        ({"to": "2031-01"}, "to: the book's last whole month is 2026-06"),
        ({"by": "shade"}, "by: 'shade' is no segment"),
        ({"figure": "redefault", "within": "x"}, "within: 'x' is no whole number"),
        ({"figure": "redefault", "within": "99"}, "within: from 1 to 24 months"),
        ({"figure": "concentration", "segment": "shade"}, "segment: 'shade' is no segment"),
    ],
)
def test_what_does_not_fit_is_named(client: Client, asked: dict[str, str], told: str) -> None:
    answer = client.get("/analytics/", asked)

    assert answer.status_code == 422
    assert answer.context["page"].problem.startswith(told)
    file = client.get("/analytics/file/", asked)
    assert (file.status_code, file.content.decode().startswith(told)) == (422, True)


def test_htmx_gets_the_changing_part_only(client: Client) -> None:
    part = client.get("/analytics/", headers={"HX-Request": "true"}).content.decode()

    assert part.lstrip().startswith('<div id="analytics"')
    assert "<html" not in part


def test_without_a_book_it_says_so(client: Client) -> None:
    Snapshot.objects.all().delete()

    assert page_of(client) == AnalyticsPage()
    assert client.get("/analytics/file/").status_code == 409
    assert "carrears book import" in client.get("/analytics/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_large_book_is_worked_out_with_its_progress_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_AT_ONCE", 1)
    page = page_of(client, figure="cure", **{"from": "2026-05"})
    assert page.waiting is not None
    assert (page.waiting.done, page.waiting.total, page.table) == (0, 2, None)
    assert client.get(page.csv_url).status_code == 503
    answer = client.get("/analytics/", {"figure": "cure", "from": "2026-05"})
    assert '<progress class="progress-bar" max="100" value="0"' in answer.content.decode()

    run_jobs()

    ready = page_of(client, figure="cure", **{"from": "2026-05"})
    assert (ready.waiting, len(ready.drawings)) == (None, 1)
    # A month more is one month of work.
    more = page_of(client, figure="cure", **{"from": "2026-04"})
    assert more.waiting is not None
    assert (more.waiting.done, more.waiting.total, more.waiting.percent) == (0, 3, 0)


@pytest.mark.django_db(transaction=True)
def test_work_that_failed_is_told_and_tried_again_when_asked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_AT_ONCE", 1)
    asked = {"figure": "cure", "from": "2026-05"}
    assert page_of(client, **asked).waiting is not None
    with monkeypatch.context() as patch:
        patch.setattr(services, "ask", lambda _: 1 / 0)
        run_jobs()

    page = page_of(client, **asked)
    assert (page.waiting, page.failed_query) == (None, "figure=cure&from=2026-05")
    assert ProcrastinateJob.objects.filter(status="todo", queue_name="analytics").count() == 0

    again = client.post(f"/analytics/again/?{page.failed_query}")
    assert again.headers["Location"] == f"/analytics/?{page.failed_query}"
    assert ProcrastinateJob.objects.filter(status="todo", queue_name="analytics").count() == 1


def test_definitions_are_told_for_every_figure(client: Client) -> None:
    page = client.get("/analytics/definitions/").context["page"]

    assert {told.key for told in page} == set(Figure)
