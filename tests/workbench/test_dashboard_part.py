"""The dashboard narrowed to a team and to a bucket: on the page, in its files, in its mail."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from analytics.test_sheets import read
from django.conf import LazySettings
from django.http import QueryDict
from factories import MOMENT, TERMS, make_case, make_promise, make_user
from reports.servers import MailServer, running_mail_server
from workbench.test_compliance import make_attempt
from workbench.test_house_figures import BEFORE, DAY, kept, payment, state
from workbench.test_scorecard import complain

from carrears import layout
from carrears.access.models import Kind, Membership, Organisation, User
from carrears.access.organisations import lender, open_organisation
from carrears.casework.models import CaseState
from carrears.casework.part_of_house import loans_worked_in, parts_seen
from carrears.dayrun.models import DayRun, RunState
from carrears.evidence.models import Entry
from carrears.portfolio.models import Snapshot
from carrears.reports.kinds import NARROWED_BY
from carrears.reports.models import ReportKind, ReportMail
from carrears.reports.rhythm import Rhythm
from carrears.reports.sending import send_due
from carrears.reports.services import ReportError, schedule_report
from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.queries.narrowing import FILTERS
from carrears.workbench.queries.part import BUCKET, ORGANISATION, NoSuchPartError
from carrears.workbench.queries.report_mails import write_report
from carrears.workbench.view_models.analytics import KeyFigure
from carrears.workbench.view_models.chart import HeatmapChart
from carrears.workbench.view_models.dashboard import Dashboard

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def open_part(key: str, kind: str, parent: Organisation) -> Organisation:
    return open_organisation(key, name=f"{key} 组", kind=kind, parent=parent, by=None, at=NOW)


@pytest.fixture
def house() -> dict[str, Any]:
    """Two branches; the first has a team, in which Li works, led by Wang; Chen is of the second."""
    first, second = (open_part(key, Kind.BRANCH, lender()) for key in ("B1", "B2"))
    team = open_part("T1", Kind.TEAM, first)
    return {
        "B1": first, "B2": second, "T1": team,
        "li": make_user(role="collector", username="li", organisation=team),
        "wang": make_user(role="team_lead", username="wang", organisation=team),
        "chen": make_user(role="collector", username="chen", organisation=second),
        "all": make_user(role="strategy_manager", username="all"),
    }  # fmt: skip


@pytest.fixture
def book(tmp_path: Path, settings: Any, house: dict[str, Any]) -> DayRun:
    """Six loans, 1 and 2 of region 51.

    Li works 1 and had 2, whose case is closed; 3 was his and is Chen's now. 4 is with nobody, 5
    and 6 were never behind.
    """
    settings.BOOK_DIR = tmp_path / "kept"
    state(tmp_path / "may", (1, 1, 1_000, 120, 100), (2, 2, 500, 90, 90), (3, 1, 700, 70, 70),
          (4, 3, 400, 40, 40), (5, 0, 900, 0, 0), (6, 0, 100, 0, 0))  # fmt: skip
    state(tmp_path / "june", (1, 2, 900, 200, 180), (2, 0, 450, 0, 0), (3, 2, 700, 99, 99),
          (4, 3, 400, 50, 50), (5, 0, 800, 0, 0), (6, 1, 100, 9, 9))  # fmt: skip
    paid = [payment(1, date(2026, 6, 5), 100), payment(2, DAY, 190), payment(3, DAY, 7)]
    rates = {"annual_rate": None, "payment_to_income": None}
    days = {"originated_on": date(2025, 12, 15), "first_due_on": date(2026, 1, 15)}
    common = dict(TERMS) | rates | days | {"product": "auto", "currency": "CNY"}
    loans = [
        common | {"loan_id": n, "loan_no": f"L{n}", "region": "51" if n in (1, 2) else "44"}
        for n in range(1, 7)
    ]
    folder = tmp_path / "book"
    folder.mkdir()
    for name, schema in layout.TABLES.items():
        rows = {"payments": paid, "loans": loans}.get(name, [])
        table = pa.Table.from_pylist(rows, schema=schema)
        pq.write_table(table, folder / f"{name}.parquet")
    snapshot = Snapshot.objects.create(
        as_of=DAY, revision=1, inputs_hash="june", folder=str(folder), manifest={}
    )
    for day, name in ((BEFORE, "may"), (DAY, "june")):
        DayRun.objects.create(
            as_of=day, inputs_hash=name, state=RunState.DONE, folder=str(tmp_path / name),
            snapshot=snapshot,
        )  # fmt: skip
    work(house)
    run = DayRun.objects.get(as_of=DAY)
    kept(run)
    return run


def work(house: dict[str, Any]) -> None:
    li, chen = house["li"], house["chen"]
    mine = make_case(loan_no="L1", loan_id=1, name="赵试一", assignee=li)
    make_case(
        loan_no="L2", loan_id=2, name="钱试二", assignee=li, state=CaseState.CLOSED,
        closed_on=DAY, close_reason="cured",
    )  # fmt: skip
    make_case(
        loan_no="L3", loan_id=3, name="", assignee=li, state=CaseState.CLOSED,
        opened_on=date(2026, 4, 1), closed_on=date(2026, 4, 9), close_reason="cured",
    )  # fmt: skip
    theirs = make_case(loan_no="L3", loan_id=3, name="孙试三", assignee=chen)
    make_case(loan_no="L4", loan_id=4, name="李试四")
    for case, result in ((mine, "conversation"), (mine, "no_answer"), (theirs, "no_answer")):
        make_attempt(case, "allow", channel="call", state="made", result=result)
    make_promise(mine, (300, DAY), state="kept", paid_since=300)
    make_promise(theirs, (100, DAY), state="broken", paid_since=20)
    complain("c1", case=theirs, received_at=MOMENT)


def narrowed(reader: User, **told: str) -> Dashboard:
    params = QueryDict(mutable=True)
    params.update(told)
    return dashboard(DAY, params, reader=reader)


def by_key(page: Dashboard) -> dict[str, KeyFigure]:
    return {one.told.key: one for one in page.house if one.told is not None}


def tiles(page: Dashboard) -> list[int | float | None]:
    return [one.money.minor if one.money else one.count or one.share for one in page.tiles]


def test_a_loan_is_of_whose_case_is_the_newest(book: DayRun, house: dict[str, Any]) -> None:
    del book
    found = {key: loans_worked_in(house[key], seen_by=house["all"]) for key in ("B1", "T1", "B2")}
    assert found == {"B1": (1, 2), "T1": (1, 2), "B2": (3,)}


def test_a_team_has_its_own_figures(book: DayRun, house: dict[str, Any]) -> None:
    del book
    page = narrowed(house["wang"], organisation="T1")

    assert page.narrowed == "小组或分公司: T1 组"
    assert tiles(page) == [1_350, 1, 200, pytest.approx(1 / 2)]
    found = by_key(page)
    assert found["recovery"].value == pytest.approx(290 / (1_020 + 500))
    assert found["contact"].value == pytest.approx(1 / 2)
    assert found["kept"].value == 1.0
    assert (found["complaint"].value, found["complaint"].told.above) == (0.0, 0)  # type: ignore[union-attr]
    whole = {key for key, one in found.items() if one.value is None and "全机构" in one.hint}
    assert whole == {"entered", "entered_balance", "cost"}
    assert page.key is not None
    assert [(one.value, "全机构" in one.hint) for one in page.key.figures] == [(None, True)] * 3
    assert isinstance(page.roll_rates, HeatmapChart)
    assert page.roll_rates.cells[0][0] is None  # nobody works a loan that is not behind


def test_a_bucket_is_that_of_the_beginning(book: DayRun, house: dict[str, Any]) -> None:
    """Of M1: loan 6 is in it in June; 1 and 3 were in it in May."""
    del book
    page = narrowed(house["all"], bucket="1")

    assert tiles(page) == [100, 1, 9, 0.0]
    assert [row.loans for row in page.buckets][:4] == [2, 1, 2, 1]  # all of them
    found = by_key(page)
    assert found["recovery"].value == pytest.approx(107 / (1_020 + 700))
    assert found["contact"].value == pytest.approx(1 / 3)
    assert found["kept"].value == pytest.approx(1 / 2)
    assert found["complaint"].value == pytest.approx(1 / 2)
    assert found["liquidation_1"].hint == "只统计全部账期：以期初未逾期者为起点"


def test_team_bucket_and_region_hold_together(book: DayRun, house: dict[str, Any]) -> None:
    del book
    found = by_key(narrowed(house["all"], organisation="B2", bucket="1", region="44"))
    assert found["recovery"].value == pytest.approx(7 / 700)
    assert by_key(narrowed(house["all"], organisation="B2", region="51"))["kept"].value is None


def test_one_chooses_only_what_one_sees(book: DayRun, house: dict[str, Any], sign_in: Any) -> None:
    del book
    assert [one.key for _, one in parts_seen(house["all"])] == ["B1", "T1", "B2"]
    assert [one.key for _, one in parts_seen(house["wang"])] == ["T1"]
    assert parts_seen(house["li"]) == []
    with pytest.raises(NoSuchPartError):
        narrowed(house["wang"], organisation="B2")
    client = sign_in(house["wang"])
    assert client.get("/?organisation=T1").status_code == 200
    for address in ("/", "/key-figures/"):
        for key in ("B2", "B1", "LENDER", "NOBODY"):
            asked = {"organisation": key, "as_of": "2026-06-30"}
            assert client.get(address, asked).status_code == 404, (address, key)
    assert client.post("/figures.csv?organisation=B2").status_code == 404
    choice = next(c for c in client.get("/").context["page"].filters if c.name == ORGANISATION)
    assert [option.value for option in choice.options] == ["", "T1"]
    # Of the loans of a region he sees a part: what was done for them he is not told.
    assert by_key(narrowed(house["wang"], region="51"))["contact"].value is None
    assert by_key(narrowed(house["all"], region="51"))["contact"].value == pytest.approx(1 / 2)


def test_a_bucket_that_is_empty_now_shows_no_figures_of_a_month_before(
    book: DayRun, house: dict[str, Any]
) -> None:
    """M1 of the first branch had loan 1 in May and nobody in June."""
    del book
    page = narrowed(house["all"], organisation="B1", bucket="1")
    assert page.tiles == ()
    assert page.is_narrowed


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_files_say_to_what_they_are_narrowed(
    book: DayRun, house: dict[str, Any], sign_in: Any, kind: str
) -> None:
    del book
    client = sign_in(house["wang"], language="en")
    text = client.get("/?organisation=T1&bucket=2").content.decode()
    assert 'action="/figures.csv?organisation=T1&amp;bucket=2"' in text
    assert "/reports/?report=book&amp;organisation=T1&amp;bucket=2#report-new" in text

    answer = client.post("/figures.csv?organisation=T1&as_of=2026-06-30", {"format": kind})

    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode()[1:])))
    else:
        head, *found = [[value for _, value in row] for row in read(answer.content)]
        rows = [dict(zip(head, row, strict=False)) for row in found]
    told = {row["figure"]: row for row in rows}
    assert {row["narrowed_to"] for row in rows} == {"Team or branch: T1 组"}
    assert float(told["recovery"]["rate"]) == pytest.approx(290 / 1_520)
    assert told["cost"]["note"].startswith("of the whole house only")
    kept_of = json.loads(Entry.objects.get(kind="dashboard.exported").payload)
    assert kept_of["filters"] == {"organisation": "T1"}


@pytest.fixture
def server(settings: LazySettings) -> Iterator[MailServer]:
    with running_mail_server() as running:
        settings.SMTP_URL = running.url
        yield running


def mailed(reader: User) -> User:
    reader.email = f"{reader.get_username()}@lender.example"
    reader.save(update_fields=["email"])
    return User.objects.get(pk=reader.pk)


def test_the_report_of_the_book_keeps_the_part(
    book: DayRun, house: dict[str, Any], server: MailServer, sign_in: Any
) -> None:
    del book
    wang, everybody = mailed(house["wang"]), mailed(house["all"])
    client = sign_in(wang, language="en")
    page = client.get("/reports/?report=book&organisation=T1&region=51")
    assert page.context["form"]["narrowed"].value() == "organisation=T1&region=51"
    assert "Team or branch: T1 组, Region: 51" in page.content.decode()
    form = {
        "report": "book", "every": "day", "clock": "08:30", "time_zone": "Asia/Shanghai",
        "language": "en-US", "readers": [str(wang.pk), str(everybody.pk)],
        "narrowed": "organisation=T1&region=51",
    }  # fmt: skip
    assert client.post("/reports/schedule/", form).status_code == 302
    text = client.get("/reports/").content.decode()
    assert "Team or branch: T1 组, Region: 51" in text

    # One of the two is moved to where he does not see the team.
    Membership.objects.filter(user=wang).update(organisation=house["B2"])
    at = datetime(2100, 1, 1, tzinfo=UTC)
    assert send_due(write_report, at=at) == 1
    states = ReportMail.objects.order_by("user__username").values_list("state", "error")
    assert list(states) == [("sent", ""), ("barred", "no_part")]
    [mail] = server.mails
    said = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Narrowed to Team or branch: T1 组, Region: 51." in said
    assert "/?region=51&organisation=T1" in said
    assert "Recovery rate: 19.08%" in said


def test_nobody_is_mailed_of_a_team_that_he_does_not_see(house: dict[str, Any]) -> None:
    wang, everybody = mailed(house["wang"]), mailed(house["all"])
    daily = Rhythm("day", time(8, 30), "Asia/Shanghai")

    def plan(by: User, to: User, kind: ReportKind = ReportKind.BOOK, **part: str) -> str:
        try:
            schedule_report(
                kind, daily, [to], language="en-US", by=by, at=NOW + timedelta(days=1),
                narrowed=part,
            )  # fmt: skip
        except ReportError as error:
            return str(error)
        return ""

    assert plan(everybody, wang, organisation="B2") == "one of the readers does not see this team"
    assert plan(wang, everybody, organisation="B2") == "you may not see this report yourself"
    assert plan(everybody, wang, organisation="T1") == ""
    refused = "only the report of the book is narrowed, as the dashboard is"
    assert plan(wang, wang, ReportKind.TEAM, bucket="1") == refused
    wrong = ({"colour": "red"}, {"bucket": "99"}, {"region": "\0"}, {"region": ""})
    assert [plan(wang, wang, **part) for part in wrong] == [refused] * 4


def test_a_report_is_narrowed_by_what_the_dashboard_is() -> None:
    assert (ORGANISATION, BUCKET, *FILTERS) == NARROWED_BY
