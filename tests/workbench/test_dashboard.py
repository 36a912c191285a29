from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils.translation import override
from factories import make_user
from homes import run_jobs
from pytest_django import DjangoAssertNumQueries
from small_book import keep_small_snapshot

from carrears import layout
from carrears.analytics import services
from carrears.dayrun.models import DayRun, DayStep, RunState
from carrears.dayrun.steps import STEPS
from carrears.money import Money
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.view_models.chart import HeatmapChart

pytestmark = pytest.mark.django_db
MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
Rows = list[tuple[int, int, int, int]]  # loan, bucket, balance, arrears
RunDay = Callable[..., DayRun]


@pytest.fixture
def run_day(tmp_path: Path) -> RunDay:
    def make(day: date, rows: Rows, **summary: int) -> DayRun:
        run = DayRun.objects.create(
            as_of=day, inputs_hash=str(DayRun.objects.count()), state=RunState.DONE,
            folder=str(tmp_path / f"{day}-{DayRun.objects.count()}"), summary=summary,
        )  # fmt: skip
        Path(run.folder).mkdir()
        values = ", ".join(f"({loan}::bigint, 'CNY', {b}::int, {p}::bigint, {a}::bigint)"
                           for loan, b, p, a in rows)  # fmt: skip
        duckdb.execute(
            f"copy (select * from (values {values})"  # noqa: S608
            " t(loan_id, currency, bucket, principal_outstanding, arrears))"
            f" to '{run.folder}/state.parquet'"
        )
        return run

    return make


@pytest.fixture
def two_months(run_day: RunDay) -> DayRun:
    """Of two loans behind in May one is current in June; one rolled on; one left."""
    run_day(MAY, [(1, 0, 100, 0), (2, 1, 50, 5), (3, 1, 30, 3), (4, 2, 20, 4)], actions_sent=3)
    return run_day(
        JUNE, [(1, 1, 90, 9), (2, 0, 40, 0), (3, 2, 30, 6)], actions_sent=2, actions_blocked=1
    )


def test_no_day_was_run_yet(sign_in: Any) -> None:
    assert dashboard(None).as_of is None
    assert "carrears day --as-of" in sign_in(make_user()).get("/").content.decode()


@pytest.mark.usefixtures("two_months")
def test_the_book_by_bucket_against_the_month_before() -> None:
    page = dashboard(None)

    assert (page.as_of, page.compared_with) == (JUNE, MAY)
    rows = [
        (r.bucket, r.loans, r.balance.minor, r.arrears.minor, r.loans_before) for r in page.buckets
    ]
    assert rows[:3] == [(0, 1, 40, 0, 1), (1, 1, 90, 9, 2), (2, 1, 30, 6, 1)]
    assert sum(r.share for r in page.buckets) == pytest.approx(1)
    assert page.tiles[0].money == Money(160, "CNY")
    assert page.tiles[1].count == 2
    assert page.tiles[1].trend is not None
    assert (page.tiles[1].trend.direction, page.tiles[1].trend.mood) == ("down", "good")


@pytest.mark.usefixtures("two_months")
def test_roll_and_cure_rates_follow_the_same_loans() -> None:
    page = dashboard(None)

    assert isinstance(page.roll_rates, HeatmapChart)
    cells = page.roll_rates.cells
    assert cells[0][:3] == (0.0, 0.9, 0.0)  # 90 of 100
    assert cells[1][:3] == (0.5, 0.0, 0.375)  # 40 and 30 of 80
    assert cells[2][:3] == (0.0, 0.0, 0.0)  # paid off
    assert cells[3][:3] == (None, None, None)  # nobody was there
    assert page.cure_rate is not None
    assert page.cure_rate.table == (("2026-05", (None,)), ("2026-06", (pytest.approx(1 / 3),)))
    assert page.flows is not None
    moved = {(l.source, l.target): l.value for l in page.flows.links}  # noqa: E741
    assert moved == {("from-0", "to-1"): 100, ("from-1", "to-0"): 50, ("from-1", "to-2"): 30,
                     ("from-2", "to-left"): 20}  # fmt: skip


@pytest.mark.usefixtures("two_months")
def test_contacts_by_day_run() -> None:
    page = dashboard(None)

    assert page.actions is not None
    assert page.actions.table == (("2026-05-31", (3, 0)), ("2026-06-30", (2, 1)))


@pytest.mark.usefixtures("two_months")
def test_an_earlier_day_can_be_looked_at_again(sign_in: Any) -> None:
    assert dashboard(MAY).as_of == MAY
    assert dashboard(MAY).roll_rates is None
    client = sign_in(make_user())
    assert client.get("/?as_of=2026-05-31").context["page"].as_of == MAY
    assert client.get("/?as_of=nonsense").context["page"].as_of == JUNE


def test_of_two_runs_of_a_day_the_later_counts(run_day: RunDay) -> None:
    run_day(JUNE, [(1, 0, 100, 0)])
    run_day(JUNE, [(1, 1, 100, 1), (2, 1, 100, 1)])

    assert dashboard(None).tiles[1].count == 2
    assert len(dashboard(None).days) == 1


def test_a_gap_of_months_gives_no_rates(run_day: RunDay) -> None:
    run_day(date(2026, 3, 31), [(1, 1, 100, 1)])
    run_day(JUNE, [(1, 0, 100, 0)])

    page = dashboard(None)

    assert (page.roll_rates, page.cure_rate, page.flows) == (None, None, None)
    assert page.compared_with is None  # the month before is not there
    assert page.trend is not None


def test_a_day_whose_files_are_gone_still_shows_its_run(run_day: RunDay) -> None:
    run = run_day(JUNE, [(1, 0, 100, 0)])
    DayStep.objects.create(run=run, name="cases", seconds=0.5, counters={"cases_opened": 7})
    counters = {"experiment": "calls", "debtors_entered": 12, "outcomes_known": 3}
    DayStep.objects.create(run=run, name="experiment", seconds=0.1, counters=counters)
    (Path(run.folder) / "state.parquet").unlink()

    page = dashboard(None)

    assert page.tiles == ()
    assert page.run is not None
    assert [(s.name, s.counters) for s in page.run.steps] == [
        ("cases", "入催 7"),
        ("experiment", "新参加 12 · 结果已知 3"),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_step_of_a_day_run_has_a_name(language: str) -> None:
    steps = {"snapshot", *(step.name for step in STEPS)}

    assert set(LABELS["step"]) == steps
    with override(language):
        names = [str(label_of(step, "step").text) for step in steps]
    assert len(set(names)) == len(steps)
    assert all(re.search("[\u4e00-\u9fff]", name) for name in names) == (language != "en")


def test_a_state_made_again_is_read_again(run_day: RunDay) -> None:
    run = run_day(JUNE, [(1, 0, 100, 0)])
    assert dashboard(None).tiles[1].count == 0
    duckdb.execute(
        "copy (select 1::bigint as loan_id, 'CNY' as currency, 3::int as bucket,"
        " 9::bigint as principal_outstanding, 9::bigint as arrears)"
        f" to '{run.folder}/state.parquet'"
    )

    assert dashboard(None).tiles[1].count == 1


@pytest.fixture
def two_dealers(tmp_path: Path, settings: Any) -> None:
    """The small book; its first loan is of another dealer than the rest."""
    settings.BOOK_DIR = tmp_path / "kept"
    book = keep_small_snapshot(tmp_path / "book")
    loans = pq.read_table(f"{book.folder}/loans.parquet").to_pylist()
    loans[0]["dealer"] = "D2"
    pq.write_table(pa.Table.from_pylist(loans, layout.LOANS), f"{book.folder}/loans.parquet")


@pytest.mark.usefixtures("two_dealers", "two_months")
def test_filters_narrow_the_book_but_not_the_house(sign_in: Any) -> None:
    client = sign_in(make_user(), language="en")

    page = client.get("/", {"dealer": "D2"}).context["page"]

    assert page.is_narrowed
    assert [(t.title, t.count, t.money) for t in page.tiles] == [
        ("Balance of the book", None, Money(90, "CNY")),
        ("Loans behind", 1, None),
        ("Arrears", None, Money(9, "CNY")),
    ]
    assert page.roll_rates.cells[0][:2] == (0.0, 0.9)
    assert page.roll_rates.cells[1][0] is None  # of M1 there was no loan of this dealer
    assert page.actions.table == (("2026-05-31", (3, 0)), ("2026-06-30", (2, 1)))
    dealer = next(choice for choice in page.filters if choice.name == "dealer")
    assert [(o.value, o.selected) for o in dealer.options] == [
        ("", False), ("D1", False), ("D2", True),
    ]  # fmt: skip
    nobody = client.get("/", {"dealer": "D9"})
    assert nobody.context["page"].tiles == ()
    assert "No loan fits these filters on this day" in nobody.content.decode()


@pytest.mark.usefixtures("two_dealers", "two_months")
def test_key_figures_of_the_last_whole_month_lead_to_the_figures(sign_in: Any) -> None:
    client = sign_in(make_user(role="team_lead"), language="en")
    first = client.get("/").context["page"].key
    assert (first.poll_url, first.figures) == ("/key-figures/?as_of=2026-06-30", ())

    key = client.get(first.poll_url).context["key"]

    # By the small book, not the runs: of 7 current in May, owing 7 each, 3 are in M1 with all
    # they owed, A-10 was paid off; rolled on; nobody was in M3.
    told = [(one.title, one.value, one.hint) for one in key.figures]
    assert [value for _, value, _ in told] == [
        pytest.approx(21 / 49), 1.0, 1.0, None, 0.0, None,
    ]  # fmt: skip
    assert [title for title, _, _ in told][3:] == [
        "M3 → M4", "Cure rate", "First-payment default",
    ]  # fmt: skip
    assert [hint for _, _, hint in told][4:] == [
        "of 3 loans behind", "of the loans lent in 2026-04",
    ]  # fmt: skip
    assert key.figures[0].url == "/analytics/?figure=flow&to=2026-06"
    assert client.get("/").context["page"].key == key  # kept, so it stands at once


@pytest.mark.usefixtures("two_dealers", "two_months")
def test_key_figures_keep_the_filters(sign_in: Any) -> None:
    client = sign_in(make_user(), language="en")
    answer = client.get("/key-figures/", {"as_of": "2026-07-15", "dealer": "D2"})

    key = answer.context["key"]
    assert key.month == "2026-06"
    assert key.figures[0].url == "/analytics/?figure=flow&to=2026-06&dealer=D2"
    assert "/analytics/" not in answer.content.decode()  # who may not go there gets no link


def test_key_figures_without_a_book(sign_in: Any) -> None:
    client = sign_in(make_user())
    assert client.get("/key-figures/", {"as_of": "2026-06-30"}).status_code == 204
    assert client.get("/key-figures/", {"as_of": "nonsense"}).status_code == 204


@pytest.mark.usefixtures("two_dealers")
@pytest.mark.django_db(transaction=True)
def test_key_figures_of_a_large_book_come_from_the_background(
    sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_AT_ONCE", 1)
    client = sign_in(make_user())
    asked = {"as_of": "2026-06-30"}

    waits = client.get("/key-figures/", asked)
    assert (waits.context["key"].waiting.total, "every 3s" in waits.content.decode()) == (1, True)
    while (key := client.get("/key-figures/", asked).context["key"]).poll_url:
        run_jobs()

    assert len(key.figures) == 6


@pytest.mark.parametrize("months", [1, 3])
def test_queries_do_not_grow_with_days(
    run_day: RunDay, months: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for month in range(1, months + 1):
        run_day(date(2026, month, 28), [(1, 0, 100, 0)])

    with django_assert_num_queries(5):
        dashboard(None)
