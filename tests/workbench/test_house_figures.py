"""The figures of the house's work: counted by the night, recomputed here by hand."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from access.outsiders import open_agency, place
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import MOMENT, make_case, make_promise, make_user
from workbench.test_compliance import make_attempt
from workbench.test_promise_quality import tell
from workbench.test_scorecard import complain

from carrears import layout
from carrears.access.models import User
from carrears.analytics.costs import NAME
from carrears.casework.hours import collector_minutes
from carrears.casework.models import Absence, Desk
from carrears.dayrun.house_figures import count_figures
from carrears.dayrun.models import DayRun, RunState
from carrears.evidence.models import Entry
from carrears.portfolio.models import Snapshot
from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.view_models.analytics import KeyFigure

pytestmark = pytest.mark.django_db
BEFORE, DAY = date(2026, 5, 31), date(2026, 6, 30)
THIRTY = {"first": "2026-06-01", "last": "2026-06-30"}
COUNT = THIRTY | {"currency": ""}
PRICES = """
- from: 2026-01-01
  currency: CNY
  per_contact_minor: {email: 0.5, call: 30, visit: 18000}
  per_hour_minor: 4500
"""


def state(folder: Path, *rows: tuple[int, int, int, int, int]) -> None:
    """loan, bucket, principal outstanding, arrears, of them principal"""
    values = ", ".join(f"({a}::bigint, 'CNY', {b}::int, {c}::bigint, {d}::bigint, {e}::bigint)"
                       for a, b, c, d, e in rows)  # fmt: skip
    folder.mkdir(parents=True)
    duckdb.execute(
        f"copy (select * from (values {values}) t(loan_id, currency, bucket,"  # noqa: S608
        " principal_outstanding, arrears, arrears_principal))"
        f" to '{folder}/state.parquet'"
    )


def payment(loan: int, day: date, amount: int, **more: str) -> dict[str, Any]:
    kind = more.pop("kind", "payment")
    told = {"loan_id": loan, "payment_no": f"{loan}-{day}-{amount}", "paid_on": day}
    return told | {"amount": amount, "kind": kind}


@pytest.fixture
def run(tmp_path: Path) -> DayRun:
    """Two loans were behind in May: 1,020.00 and 500.00 owed; the third only in June."""
    state(tmp_path / "may", (1, 1, 1_000_00, 120_00, 100_00), (2, 3, 500_00, 90_00, 90_00),
          (3, 0, 900_00, 0, 0))  # fmt: skip
    state(tmp_path / "june", (1, 0, 900_00, 0, 0), (2, 4, 500_00, 95_00, 95_00),
          (3, 1, 900_00, 50_00, 50_00))  # fmt: skip
    paid = [
        payment(1, BEFORE, 77_00),  # before the days
        payment(1, date(2026, 6, 1), 60_00),
        payment(1, DAY, 40_00),
        payment(2, date(2026, 6, 9), 30_00),
        payment(2, date(2026, 6, 9), -30_00, kind="reversal"),
        payment(3, date(2026, 6, 15), 5_00),  # before its case
        payment(3, date(2026, 6, 16), 20_00),
        payment(1, DAY + timedelta(days=1), 9_00),
    ]
    book = tmp_path / "book"
    book.mkdir()
    for name, schema in layout.TABLES.items():
        rows = paid if name == "payments" else []
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), book / f"{name}.parquet")
    snapshot = Snapshot.objects.create(
        as_of=DAY, revision=1, inputs_hash="june", folder=str(book), manifest={}
    )
    for day, name in ((BEFORE, "may"), (DAY, "june")):
        DayRun.objects.create(
            as_of=day, inputs_hash=name, state=RunState.DONE, folder=str(tmp_path / name),
            snapshot=snapshot,
        )  # fmt: skip
    return DayRun.objects.get(as_of=DAY)


def kept(run: DayRun) -> dict[str, Any]:
    """As a step keeps them and a page reads them."""
    run.summary = json.loads(json.dumps({"figures": count_figures(run)}))
    run.save()
    figures: dict[str, Any] = run.summary["figures"]
    return figures


def shown(key: str) -> KeyFigure:
    return next(one for one in dashboard(DAY).house if one.told and one.told.key == key)


def test_recovery_is_of_those_who_were_behind_before(run: DayRun) -> None:
    """60 + 40 of loan 1, 30 − 30 of loan 2; loan 3 was not behind. Owed 1,020 + 500."""
    assert kept(run)["recovery"] == THIRTY | {
        "above": 100_00, "below": 1_520_00, "currency": "CNY",
    }  # fmt: skip
    figure = shown("recovery")
    assert figure.value == pytest.approx(100 / 1520)
    assert figure.told is not None
    assert (figure.told.first, figure.told.last) == (date(2026, 6, 1), DAY)


@pytest.mark.parametrize(("days", "is_there"), [(29, False), (30, True), (35, True), (36, False)])
def test_without_a_run_of_then_nobody_knows_who_was_behind(
    run: DayRun, *, days: int, is_there: bool
) -> None:
    DayRun.objects.filter(as_of=BEFORE).update(as_of=DAY - timedelta(days=days))
    assert ("recovery" in kept(run)) is is_there
    if not is_there:
        assert shown("recovery").value is None


def test_what_the_own_desk_collected_came_in_while_cases_were_open(run: DayRun) -> None:
    make_case(loan_no="L1", loan_id=1, opened_on=date(2026, 5, 1))
    make_case(loan_no="L3", loan_id=3, name="", obligor_no="P-3", opened_on=date(2026, 6, 16))
    assert kept(run)["spent"]["collected"] == 100_00 + 20_00
    make_case(
        loan_no="L2", loan_id=2, name="", opened_on=date(2026, 5, 1), state="closed",
        closed_on=date(2026, 6, 8),
    )  # fmt: skip
    assert kept(run)["spent"]["collected"] == 120_00  # its payment came a day later
    placed = make_case(loan_no="L4", loan_id=4, name="", obligor_no="P-3")
    place(placed, open_agency("HENGXIN"), from_on=DAY, until_on=None)
    assert kept(run)["spent"]["collected"] == 100_00  # with an agency, as P-3's other loan


def test_contacts_promises_and_complaints_of_the_thirty_days(run: DayRun) -> None:
    case, other = make_case(), make_case(loan_no="B", name="钱试二", loan_id=9)
    begins = datetime.combine(date(2026, 6, 1), time(), UTC) - timedelta(hours=8)
    for at in (begins, MOMENT):  # the first moment of the first day counts, one before does not
        call = make_attempt(
            case, "allow", channel="call", state="made", result="conversation", at=at
        )
    tell(case, call, code="promised", next_step="promise")
    make_attempt(
        case, "allow", channel="call", state="made", result="conversation",
        at=begins - timedelta(seconds=1),
    )  # fmt: skip
    make_attempt(case, "allow", channel="call", state="made", result="no_answer", agency="HENGXIN")
    make_attempt(case, "block", channel="call")
    make_attempt(case, "allow", channel="email", state="sent")
    tell(case, channel="visit", result="met", staff=2)
    make_promise(case, (300_00, date(2026, 6, 1)), state="kept", paid_since=300_00)
    make_promise(case, (100_00, DAY), state="broken", paid_since=20_00)
    make_promise(case, (100_00, DAY), state="cancelled")
    make_promise(case, (100_00, BEFORE), state="broken")
    for number, at in enumerate((begins, MOMENT, begins - timedelta(seconds=1))):
        complain(f"c{number}", received_at=at)

    found = kept(run)

    assert found["contact"] == COUNT | {"above": 3, "below": 4}
    assert found["right_party"] == COUNT | {"above": 3, "below": 4}
    assert found["promise"] == COUNT | {"above": 1, "below": 3}
    assert found["kept"] == COUNT | {"above": 1, "below": 2}
    assert found["kept_amount"] == THIRTY | {"above": 320_00, "below": 400_00, "currency": "CNY"}
    assert found["complaint"] == COUNT | {"above": 2, "below": 1}
    assert found["spent"]["contacts"] == {"call": 2, "email": 1, "visit": 1}
    tell(other, channel="call")
    assert kept(run)["complaint"]["below"] == 2


def test_hours_are_shifts_without_pauses_absences_and_days_before_the_account(
    run: DayRun,
) -> None:
    """From Thursday 25 June: Thu, Fri, Mon of 9:00–17:30 with an hour's pause, Tue half of it."""
    anna = make_user(role="collector", username="anna")
    User.objects.filter(pk=anna.pk).update(date_joined=datetime(2026, 6, 25, 1, tzinfo=UTC))
    Desk.objects.create(
        user=anna, weekdays=[1, 2, 3, 4, 5], begins_at=time(9), ends_at=time(17, 30), room=9
    )
    Absence.objects.create(
        user=anna, from_on=DAY, until_on=DAY, from_at=time(13, 15), added_at=MOMENT
    )
    assert collector_minutes(first=date(2026, 6, 1), last=DAY) == 0  # nothing to work on
    make_case(assignee=anna)
    day = 8 * 60 + 30 - 60
    assert collector_minutes(first=date(2026, 6, 1), last=DAY) == 3 * day + day - 255
    assert kept(run)["spent"]["minutes"] == 4 * day - 255


@pytest.fixture
def spent(run: DayRun) -> DayRun:
    """Three e-mails and a call, ninety minutes; 120.00 came in."""
    figures = kept(run)
    figures["spent"] |= {"contacts": {"email": 3, "call": 1}, "minutes": 90, "collected": 120_00}
    run.save()
    return run


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("text", "value", "hint"),
    [
        (None, None, f"未设置：本机构没有 {NAME}"),
        (PRICES, pytest.approx(6_782 / 12_000), "¥67.82 / ¥120.00"),  # 1.5 + 30 + 6,750
        (PRICES.replace("call: 30, ", ""), None, "缺少单价：电话"),
        (PRICES.replace("CNY", "USD"), None, "单价的币种不同"),
    ],
)
def test_cost_to_collect_is_by_the_houses_prices_or_not_at_all(
    tmp_path: Path, settings: Any, text: str | None, value: Any, hint: str
) -> None:
    settings.CARREARS_HOME = tmp_path
    if text:
        (tmp_path / NAME).write_text(text)
    figure = shown("cost")
    assert (figure.value, figure.hint) == (value, hint)


@pytest.mark.usefixtures("spent")
def test_a_mistake_in_the_prices_is_told_where_the_figure_would_stand(
    tmp_path: Path, settings: Any, sign_in: Any
) -> None:
    settings.CARREARS_HOME = tmp_path
    (tmp_path / NAME).write_text("[{from: 2026-01-01}]")
    answer = sign_in(make_user()).get("/")
    assert answer.status_code == 200
    assert f"{NAME}: 0.currency: Field required" in answer.content.decode()


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("language", "formula"),
    [("en", "what came in within the days on the loans"), ("zh-hans", "期初逾期贷款在期内的还款")],
)
def test_each_figure_has_its_definition_numbers_and_days_beside_it(
    sign_in: Any, language: str, formula: str
) -> None:
    text = sign_in(make_user(), language=language).get("/").content.decode()
    page = dashboard(DAY)
    for one in page.definitions:
        assert text.count(f'popovertarget="told-{one.key}"') == 1, one.key
        assert text.count(f'id="told-{one.key}"') == 1, one.key
    told = text.partition('id="told-recovery"')[2].partition("</div>")[0]
    assert formula in told
    assert ("1,520.00" in told, "100.00" in told) == (True, True)
    assert all(one.told is not None for one in (*page.tiles, *page.house))


def test_a_page_reads_what_the_night_has_kept_and_asks_no_more(spent: DayRun) -> None:
    dashboard(DAY)  # what a process keeps is there
    with CaptureQueriesContext(connection) as with_figures:
        assert len(dashboard(DAY).house) == 8
    spent.summary = {}
    spent.save()
    with CaptureQueriesContext(connection) as without:
        assert dashboard(DAY).house == ()
    assert len(with_figures) == len(without)


def test_a_night_from_before_they_were_counted_shows_none(run: DayRun, sign_in: Any) -> None:
    assert dashboard(run.as_of).house == ()
    assert "house-figures" not in sign_in(make_user()).get("/").content.decode()


@pytest.mark.usefixtures("spent")
def test_the_file_has_what_the_page_shows_and_is_on_record(sign_in: Any) -> None:
    client: Client = sign_in(make_user(role="team_lead", username="li"), language="en")
    assert client.get("/figures.csv").status_code == 405
    answer = client.post("/figures.csv?as_of=2026-06-30")
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    rows = {row["figure"]: row for row in csv.DictReader(io.StringIO(text[1:]))}
    found = rows["recovery"]
    assert (found["numerator"], found["denominator"], found["currency"]) == (
        "10000", "152000", "CNY",
    )  # fmt: skip
    assert float(found["rate"]) == pytest.approx(100 / 1520)
    assert (found["first_day"], found["last_day"]) == ("2026-06-01", "2026-06-30")
    page = dashboard(DAY)
    assert list(rows) == [one.told.key for one in (*page.tiles, *page.house) if one.told]
    entry = Entry.objects.get(kind="dashboard.exported")
    assert (entry.subject, entry.actor) == ("2026-06-30", "li")


def test_who_may_not_see_the_figures_of_the_book_gets_no_file(run: DayRun, sign_in: Any) -> None:
    del run
    client = sign_in(make_user(role="collector"))
    assert client.post("/figures.csv").status_code == 403
    assert "/figures.csv" not in client.get("/").content.decode()
