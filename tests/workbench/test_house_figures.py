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
from analytics.test_sheets import read
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import MOMENT, make_case, make_promise, make_user
from workbench.test_compliance import make_attempt
from workbench.test_promise_quality import tell
from workbench.test_scorecard import complain

from carrears import layout
from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies.approving import approve, place_lines
from carrears.agencies.proposing import propose
from carrears.agencies.statements import commission_of_house
from carrears.analytics.costs import NAME
from carrears.analytics.sheets import MEDIA
from carrears.casework.hours import collector_minutes
from carrears.casework.models import Absence, Desk, Placement
from carrears.clock import now
from carrears.dayrun.house_figures import count_figures
from carrears.dayrun.models import DayRun, RunState
from carrears.evidence.models import Entry
from carrears.portfolio.models import Snapshot
from carrears.portfolio.received import PaymentTold, receive_payments
from carrears.workbench.queries.book import Keep
from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.queries.house_figures import house_figures
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


def test_what_was_collected_came_in_while_cases_were_open(run: DayRun) -> None:
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
    assert kept(run)["spent"]["collected"] == 120_00  # with an agency, as P-3's other loan


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
    """Three e-mails and a call, ninety minutes, 5.00 of commission; 120.00 came in."""
    figures = kept(run)
    figures["spent"] |= {
        "contacts": {"email": 3, "call": 1}, "minutes": 90, "collected": 120_00,
        "commission": 5_00,
    }  # fmt: skip
    run.save()
    return run


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("text", "value", "hint"),
    [
        (None, None, f"未设置：本机构没有 {NAME}"),
        # 1.5 + 30 + 6,750, and the commission
        (PRICES, pytest.approx(7_282 / 12_000), "¥72.82 / ¥120.00 · 其中佣金 ¥5.00"),
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
        assert len(dashboard(DAY).house) == 13
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
    text = answer.getvalue().decode()
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


@pytest.fixture
def months(tmp_path: Path) -> DayRun:
    """A book of seven loans at day runs 120, 90, 60, 30 days back and of the day.

    Loan 10 fell behind by the second run, owing 810.00; 12 by the third, owing 410.00; 13 is new in
    the book and behind by the fourth, owing 300.00; 14 fell behind since. 11 was behind all along;
    15 never was; 16 was not and has left.
    """
    behind = {
        120: [(11, 1, 700_00, 0, 0)],
        90: [(10, 1, 800_00, 100_00, 90_00), (11, 2, 700_00, 0, 0)],
        60: [(10, 2, 700_00, 0, 0), (11, 3, 700_00, 0, 0), (12, 1, 400_00, 50_00, 40_00)],
        30: [(10, 3, 700_00, 0, 0), (11, 4, 700_00, 0, 0), (12, 2, 400_00, 0, 0),
             (13, 1, 300_00, 30_00, 30_00)],
        0: [(10, 4, 700_00, 0, 0), (14, 1, 990_00, 0, 0)],
    }  # fmt: skip
    current = {
        120: [10, 12, 14], 90: [12, 14, 15, 16], 60: [14, 15, 16], 30: [14, 15, 16], 0: [15],
    }  # fmt: skip
    owes = {14: 1_000_00, 15: 600_00, 16: 200_00}
    paid = [
        payment(10, date(2026, 4, 10), 100_00),
        payment(10, date(2026, 6, 5), 62_00),
        payment(11, date(2026, 5, 5), 500_00),
        payment(12, date(2026, 5, 1), 7_00),  # the day on which it entered
        payment(12, date(2026, 5, 20), 41_00),
        payment(13, date(2026, 6, 10), 30_00),
        payment(13, date(2026, 6, 10), -15_00, kind="reversal"),
    ]
    book = tmp_path / "book"
    book.mkdir()
    for name, schema in layout.TABLES.items():
        rows = paid if name == "payments" else []
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), book / f"{name}.parquet")
    snapshot = Snapshot.objects.create(
        as_of=DAY, revision=1, inputs_hash="months", folder=str(book), manifest={}
    )
    for back, rows in behind.items():
        others = [(loan, 0, owes.get(loan, 900_00), 0, 0) for loan in current[back]]
        state(tmp_path / str(back), *rows, *others)
        DayRun.objects.create(
            as_of=DAY - timedelta(days=back), inputs_hash=str(back), state=RunState.DONE,
            folder=str(tmp_path / str(back)), snapshot=snapshot,
        )  # fmt: skip
    return DayRun.objects.get(as_of=DAY)


def test_who_fell_behind_of_those_who_were_not(months: DayRun) -> None:
    """Loans 14, 15, 16 were not behind, owing 1,800.00; 14 is, with 1,000.00 of it."""
    found = kept(months)
    assert found["entered"] == COUNT | {"above": 1, "below": 3}
    assert found["entered_balance"] == THIRTY | {
        "above": 1_000_00, "below": 1_800_00, "currency": "CNY",
    }  # fmt: skip
    assert shown("entered").value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("back", "first", "collected", "owed"),
    [
        (1, "2026-06-01", 15_00, 300_00),  # 30 − 15 of loan 13
        (2, "2026-05-02", 41_00, 410_00),  # of loan 12
        (3, "2026-04-02", 162_00, 810_00),  # 100 + 62 of loan 10
    ],
)
def test_what_came_in_since_entry_of_what_was_owed_then(
    months: DayRun, back: int, first: str, collected: int, owed: int
) -> None:
    assert kept(months)[f"liquidation_{back}"] == {
        "first": first, "last": "2026-06-30", "above": collected, "below": owed, "currency": "CNY",
    }  # fmt: skip
    assert shown(f"liquidation_{back}").value == pytest.approx(collected / owed)


def test_without_a_run_of_then_nothing_is_said_of_who_entered(months: DayRun) -> None:
    DayRun.objects.filter(as_of=DAY - timedelta(days=120)).delete()
    found = kept(months)
    assert "liquidation_2" in found
    assert "liquidation_3" not in found
    assert (shown("liquidation_3").value, shown("liquidation_3").hint) == (
        None, "当时没有日终批，或当时未统计此项",
    )  # fmt: skip


def test_of_a_part_of_the_book_what_the_book_tells_is_told(months: DayRun, tmp_path: Path) -> None:
    """Of loans 10, 14 and 15; who does not see all that was done is not told of it, and why."""
    kept(months)
    lent = tmp_path / "lent.parquet"
    regions = [(n, "51" if n in {10, 14, 15} else "44") for n in range(10, 17)]
    pq.write_table(
        pa.table({"loan_id": [n for n, _ in regions], "region": [r for _, r in regions]}), lent
    )
    found = {
        one.told.key: one
        for one in house_figures(months, keep=Keep(str(lent), (("region", "51"),)))
        if one.told
    }
    assert found["entered"].value == pytest.approx(1 / 2)
    assert found["entered_balance"].value == pytest.approx(1_000 / 1_600)
    assert found["liquidation_3"].value == pytest.approx(162 / 810)
    assert found["liquidation_1"].value is None  # none of them entered then
    assert found["recovery"].value == pytest.approx(62 / 700)
    for key in ("contact", "right_party", "promise", "kept", "kept_amount", "complaint"):
        assert (found[key].value, found[key].hint) == (
            None, "只统计全机构；选择您所见的小组即可缩小范围",
        )  # fmt: skip
    assert (found["cost"].value, found["cost"].hint) == (
        None, "只统计全机构：工时不按这些范围记录",
    )  # fmt: skip
    assert found["cost"].told is not None
    assert found["cost"].told.note == found["cost"].hint


def test_what_agencies_are_owed_for_the_days_is_counted(run: DayRun) -> None:
    """Two payments of 1,000.00 and 500.00 at 18 %, one of them taken back: 90.00."""
    open_agency("HENGXIN")
    make_case(
        loan_no="L-1", obligor_no="P-1", treatment="agency_placement", dpd=130, stage="late",
    )  # fmt: skip
    placing = propose(first_on=access_day(now()), by=None, at=now())
    approve(placing, by=None, at=now())
    place_lines(placing, at=now())
    Placement.objects.update(from_on=DAY - timedelta(days=10), until_on=DAY + timedelta(days=50))
    told = {"early": (900_00, -11), "a": (1_000_00, -9), "b": (500_00, -3), "back": (-1_000_00, 0)}
    receive_payments([
        PaymentTold(
            loan_no="L-1", amount=amount, currency="CNY", paid_on=DAY + timedelta(days=days),
            key=key, source="test",
        )
        for key, (amount, days) in told.items()
    ])  # fmt: skip
    assert kept(run)["spent"]["commission"] == 90_00
    assert commission_of_house(DAY - timedelta(days=29), DAY, "USD") == 0
    assert commission_of_house(DAY - timedelta(days=29), DAY - timedelta(days=1), "CNY") == 270_00


@pytest.mark.usefixtures("spent")
def test_the_workbook_has_the_same_with_amounts_as_numbers(sign_in: Any) -> None:
    client: Client = sign_in(make_user(role="team_lead", username="li"), language="en")
    answer = client.post("/figures.csv?as_of=2026-06-30", {"format": "xlsx"})
    assert answer["Content-Type"] == MEDIA
    assert answer["Content-Disposition"] == 'attachment; filename="dashboard-2026-06-30.xlsx"'
    rows = {row[0][1]: row for row in read(answer.content)[1:]}
    assert [kind for kind, _ in rows["recovery"][:4]] == ["s", "s", "n", "n"]
    assert [float(value) for _, value in rows["recovery"][2:4]] == pytest.approx([100 / 1520, 100])
    told = json.loads(Entry.objects.get(kind="dashboard.exported").payload)
    assert told["format"] == "xlsx"
