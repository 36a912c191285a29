"""What the gate did, counted: every number is that of the attempts it leads to."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from factories import MOMENT, make_case, make_user

from carrears.access.models import Membership, Organisation, User
from carrears.access.organisations import lender
from carrears.casework.models import Case
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.models import VerdictRecord
from carrears.outreach.models import Attempt, Pacing
from carrears.workbench.queries.compliance import compliance_page
from carrears.workbench.queries.compliance_asked import parse_asked

pytestmark = pytest.mark.django_db
_numbers = count()
TITLES = {"CN-01": "night", "CN-02": "calls", "CN-35": "refused", "CN-WORDS/insult": "words"}
LATE = {"near_miss": True, "minutes_left": 3}
LAST = {"near_miss": True, "used": 3, "of": 3}
ROOMY = {"near_miss": False, "used": 1, "of": 3}


def finding(rule: str, action: str, room: dict[str, Any] | None = None) -> dict[str, Any]:
    return ({} if room is None else {"room": room}) | {
        "rule_id": rule,
        "title_zh": f"{TITLES[rule]}（中）",
        "title_en": TITLES[rule],
        "strength": "prohibited",
        "text_status": "text",
        "outcome": action,
        "gate_action": action,
        "reason": "x",
        "explanation_zh": "因为",
        "explanation_en": "because",
        "citation": "法",
        "url": None,
        "used": ["attempt.at"],
        "retry_at": None,
    }


def make_attempt(case: Case, action: str, *rules: tuple[Any, ...], **changes: Any) -> Attempt:
    """One attempt of ``case`` with its verdict; ``rules`` are its findings."""
    key = f"{case.loan_no}:{next(_numbers)}"
    told = {"case": case, "channel": "email"} | changes
    at = told.pop("at", MOMENT)
    verdict = VerdictRecord.objects.create(
        attempt_key=key,
        case=case,
        party=case.party,
        channel=told["channel"],
        attempt_at=at,
        pack="cn",
        pack_version="1.0.0+x",
        gate_action=action,
        expect=action,
        findings=[finding(*one) for one in rules or [("CN-01", "allow")]],
        facts={"facts": {"history": []}, "attempt": {"channel": "email"}, "law_on": "2026-11-28"},
        next_allowed_at=at + timedelta(hours=9) if action == "block" else None,
    )
    return Attempt.objects.create(
        key=key,
        party=case.party,
        verdict=verdict,
        gate_action=action,
        state=told.pop("state", "sent" if action == "allow" else "blocked"),
        at=at,
        template="reminder",
        template_version="x",
        locale="zh-CN",
        **told,
    )


@pytest.fixture
def collector() -> User:
    return make_user(role="collector")


@pytest.fixture
def attempts(collector: User) -> Sequence[Attempt]:
    case = make_case()
    before = MOMENT - timedelta(days=2)
    return [
        make_attempt(case, "allow", ("CN-02", "allow", ROOMY)),
        make_attempt(case, "allow", ("CN-01", "allow", LATE), made_by=collector),
        make_attempt(
            case,
            "allow",
            ("CN-01", "allow", LATE),
            ("CN-02", "allow", LAST),
            at=before,
            agency="HENGXIN",
            channel="call",
        ),
        make_attempt(case, "block", ("CN-01", "block"), ("CN-35", "block"), made_by=collector),
        make_attempt(case, "block", ("CN-01", "block"), ("CN-35", "review"), at=before),
        make_attempt(case, "review", ("CN-01", "allow"), ("CN-WORDS/insult", "review")),
        make_attempt(case, "block", ("CN-01", "block"), at=MOMENT - timedelta(days=200)),
    ]


@pytest.fixture
def client(sign_in: Any, attempts: Sequence[Attempt]) -> Client:  # noqa: ARG001  what is counted
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def test_the_numbers_are_those_of_the_thirty_days_up_to_the_newest(client: Client) -> None:
    page = client.get("/compliance/").context["page"]

    assert (page.period.first.isoformat(), page.period.last.isoformat()) == (
        "2026-06-01",
        "2026-06-30",
    )
    assert (page.all.allowed, page.all.blocked, page.all.review) == (3, 2, 1)
    assert [(r.rule_id, r.blocked, r.review, r.near, r.has_page) for r in page.rules] == [
        ("CN-01", 2, 0, 2, True),
        ("CN-35", 2, 0, 0, True),
        ("CN-WORDS/insult", 0, 1, 0, False),
        ("CN-02", 0, 0, 1, True),
    ]
    assert page.rules[0].title == "night（中）"
    assert page.rules[3].title == "calls（中）"
    assert [(t.title, t.allowed, t.blocked, t.review, t.near) for t in page.actors] == [
        ("策略自动", 1, 1, 1, 0),
        ("collector", 1, 1, 0, 1),
        ("HENGXIN", 1, 0, 0, 1),
    ]
    assert [(t.mark, t.total) for t in page.channels] == [("email", 5), ("call", 1)]
    days = dict(page.trend.table)
    assert days["2026-06-28"] == (1, 0, 1)
    assert days["2026-06-30"] == (2, 1, 1)
    assert sum(map(sum, days.values())) == page.all.total


def test_each_number_leads_to_its_attempts(client: Client) -> None:
    page = client.get("/compliance/").context["page"]

    def listed(query: str, action: str) -> int:
        found = client.get(f"/compliance/attempts/?{query}&action={action}").context["page"]
        return int(found.pager.total)

    for tally in (page.all, *page.actors, *page.channels):
        for action, number in (
            ("allow", tally.allowed),
            ("block", tally.blocked),
            ("review", tally.review),
            ("near", tally.near),
            ("", tally.total),
        ):
            assert listed(tally.query, action) == number, (tally.title, action)
    for rule in page.rules:
        assert listed(rule.query, "block") == rule.blocked
        assert listed(rule.query, "review") == rule.review
        assert listed(rule.query, "near") == rule.near


def test_a_team_is_where_people_were_at_home_on_the_day(
    client: Client, attempts: Sequence[Attempt]
) -> None:
    first, second = (
        Organisation.objects.create(key=key, name=key, kind="team", parent=lender())
        for key in ("FIRST", "SECOND")
    )
    collector = User.objects.get(username="collector")
    collector.memberships.all().delete()
    moved = date(2026, 6, 30)
    yesterday = moved - timedelta(days=1)
    Membership.objects.create(
        user=collector, organisation=first, from_on=date(2026, 1, 1), until_on=yesterday
    )
    Membership.objects.create(user=collector, organisation=second, from_on=moved)
    case = attempts[0].case
    make_attempt(case, "block", ("CN-02", "block"), made_by=collector, at=MOMENT - timedelta(3))
    Complaint.objects.create(
        key="c-1",
        complainant="borrower",
        jurisdiction="cn",
        channel="phone",
        category="conduct",
        collector=collector,
        received_at=MOMENT - timedelta(3),
    )

    page = client.get("/compliance/").context["page"]
    told = {t.title: (t.allowed, t.blocked, t.review, t.near) for t in page.teams}
    assert told == {"FIRST": (0, 1, 0, 0), "SECOND": (1, 1, 0, 1)}
    for tally in page.teams:
        shown = client.get(f"/compliance/?{tally.query}").context["page"]
        listed = client.get(f"/compliance/attempts/?{tally.query}").context["page"]
        assert (shown.all.allowed, shown.all.blocked, shown.all.near) == (
            tally.allowed, tally.blocked, tally.near,
        )  # fmt: skip
        assert listed.pager.total == tally.total
        assert sum(sum(day) for _, day in shown.trend.table) == tally.total
        assert shown.complaints == (tally.title == "FIRST")
    [rule] = client.get(f"/compliance/?actor=team:{first.pk}").context["page"].rules
    assert (rule.rule_id, rule.blocked) == ("CN-02", 1)


@pytest.mark.parametrize(
    ("query", "counts"),
    [
        ("from=2026-06-28&to=2026-06-28", (1, 1, 0)),
        ("from=2025-01-01&to=2026-06-30", (3, 3, 1)),
        ("days=7", (3, 2, 1)),
        ("to=2026-06-29", (1, 1, 0)),
        ("channel=call", (1, 0, 0)),
        ("actor=auto", (1, 1, 1)),
        ("actor=agency:HENGXIN", (1, 0, 0)),
        ("rule=CN-35", (0, 2, 0)),
        ("rule=NONE", (0, 0, 0)),
        ("from=x&to=y&actor=staff:x&action=z&days=8", (3, 2, 1)),
        ("from=9999-12-31&to=0001-01-01", (3, 2, 1)),
    ],
)
def test_the_numbers_are_narrowed(client: Client, query: str, counts: tuple[int, int, int]) -> None:
    page = client.get(f"/compliance/?{query}").context["page"]

    assert (page.all.allowed, page.all.blocked, page.all.review) == counts


def test_rules_are_counted_of_one_collector(client: Client, collector: User) -> None:
    page = client.get(f"/compliance/?actor=staff:{collector.pk}").context["page"]

    assert [(r.rule_id, r.blocked) for r in page.rules] == [("CN-01", 1), ("CN-35", 1)]


@pytest.mark.parametrize(
    ("query", "near", "rules"),
    [
        ("", 2, {"CN-01": 2, "CN-02": 1}),
        ("action=near", 2, {"CN-01": 2, "CN-02": 1}),
        ("action=near&rule=CN-02", 1, {"CN-02": 1}),
        ("action=block", 0, {}),
        ("rule=CN-01", 0, {}),
        ("actor=agency:HENGXIN", 1, {"CN-01": 1, "CN-02": 1}),
        ("channel=email", 1, {"CN-01": 1}),
        ("from=2026-06-28&to=2026-06-28", 1, {"CN-01": 1, "CN-02": 1}),
    ],
)
def test_near_misses_are_narrowed(
    client: Client, query: str, near: int, rules: dict[str, int]
) -> None:
    page = client.get(f"/compliance/?{query}").context["page"]

    assert page.all.near == near
    assert {rule.rule_id: rule.near for rule in page.rules if rule.near} == rules
    drawn = page.watched.table if page.watched else ()
    assert sum(values[0] for _, values in drawn) == near


def test_an_attempt_tells_how_much_room_it_left(
    client: Client, attempts: Sequence[Attempt]
) -> None:
    text = client.get(f"/compliance/attempts/{attempts[2].pk}/").content.decode()

    assert "上限 3 次中的第 3 次" in text
    assert "距时段结束 3 分钟" in text


def test_a_year_is_drawn_by_week_and_loses_nothing(client: Client) -> None:
    page = client.get("/compliance/?days=365").context["page"]

    assert len(page.trend.categories) == 53
    assert sum(sum(values) for _, values in page.trend.table) == page.all.total == 7


def test_an_attempt_shows_its_verdict_and_what_the_gate_was_told(
    client: Client, attempts: Sequence[Attempt]
) -> None:
    text = client.get(f"/compliance/attempts/{attempts[3].pk}/").content.decode()

    assert 'data-verdict="block"' in text
    assert "night（中）" in text
    assert '所依据的事实： <span class="break-words">时间</span>' in text
    assert "1.0.0+x" in text
    assert "2026-06-30 19:00" in text  # nine hours later, by the debtor's clock
    assert 'href="/rules/cn/CN-01/"' in text
    assert client.get("/compliance/attempts/999999/").status_code == 404


def test_the_file_holds_every_attempt_asked_for(client: Client, collector: User) -> None:
    collector.username = "=cmd()"
    collector.save()
    answer = client.get("/compliance/attempts/file/?action=block")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["rules"] for row in rows] == ["CN-01 CN-35", "CN-01 CN-35"]
    assert [row["made_by"] for row in rows] == ["'=cmd()", ""]
    assert {row["gate_action"] for row in rows} == {"block"}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="attempts.csv"'


def test_what_stands_in_the_way_is_told_by_the_findings(attempts: Sequence[Attempt]) -> None:
    found = {pk: VerdictRecord.objects.get(attempt=pk).against for pk in (a.pk for a in attempts)}

    assert list(found.values()) == [
        [],
        [],
        [],
        ["CN-01", "CN-35"],
        ["CN-01", "CN-35"],
        ["CN-WORDS/insult"],
        ["CN-01"],
    ]


def test_a_day_is_counted_by_the_lenders_clock(sign_in: Any) -> None:
    case = make_case()
    make_attempt(case, "allow", at=datetime(2026, 6, 30, 15, 59, tzinfo=UTC))
    make_attempt(case, "allow", at=datetime(2026, 6, 30, 16, 0, tzinfo=UTC))
    client = sign_in(make_user(role="compliance_officer"))

    days = dict(client.get("/compliance/?days=7").context["page"].trend.table)

    assert (days["2026-06-30"], days["2026-07-01"]) == ((1, 0, 0), (1, 0, 0))


def plan_over_a_year(table: str, moment: str, own: str, question: str) -> str:
    """How PostgreSQL would answer of 9,000 rows of a year, of which ``own`` makes each its own.

    Of the few rows of a test any index serves as well as another, and which one is taken hangs on
    what else has been in the table: so the rows stand in a copy of it with its indexes.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table many (like {table} including indexes)")
        cursor.execute(
            f"insert into many select (jsonb_populate_record(null::{table}, "  # noqa: S608
            f"to_jsonb(t) || jsonb_build_object({own}, '{moment}', "
            "timestamptz '2026-07-01' - n * interval '1 hour'))).* "
            f"from (select * from {table} order by id limit 1) t, generate_series(1, 9000) n"
        )
        cursor.execute("analyze many")
        conditions, values = parse_asked(QueryDict("days=7")).conditions(moment=moment)
        cursor.execute(f"explain {question}".replace("WITHIN", conditions), values)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_near_misses_are_found_by_their_own_index(attempts: Sequence[Attempt]) -> None:  # noqa: ARG001
    plan = plan_over_a_year(
        "conduct_verdictrecord",
        "attempt_at",
        "'id', n, 'attempt_id', n, "
        "'near', case when n % 9 = 0 then '[\"CN-01\"]' else '[]' end::jsonb",
        "select count(*) from many where gate_action = 'allow' and near <> '[]' and WITHIN",
    )

    assert re.search(r"Index (Only )?Scan .*many_attempt_at_idx", plan), plan
    assert re.search(r"Index Cond: .*attempt_at >= ", plan), plan


def test_counting_uses_the_index_of_its_days(attempts: Sequence[Attempt]) -> None:  # noqa: ARG001
    plan = plan_over_a_year(
        "outreach_attempt",
        "at",
        "'id', n, 'key', n, 'verdict_id', n",
        "select gate_action, count(*) from many where WITHIN group by 1",
    )

    assert re.search(r"Index Only Scan using many_at_gate_action_\w+", plan), plan
    assert re.search(r"Index Cond: .*at >= ", plan), plan
    assert compliance_page(QueryDict("")).all.total == 6


def test_how_a_day_was_spread_stands_below_also_where_nothing_was_tried(
    sign_in: Any,
) -> None:
    day = date(2026, 6, 30)
    told = {"paced": 7, "changed": 2, "full": 3, "later": 4, "unlawful": 5, "gone": 0, "wasted": 1}
    Pacing.objects.create(
        as_of=day, moment=MOMENT, per_hour={"call": 12}, told=told, finished_at=MOMENT
    )
    Pacing.objects.create(as_of=day - timedelta(days=1), moment=MOMENT, per_hour={})
    params = QueryDict("from=2026-06-01&to=2026-06-30")
    [row] = compliance_page(params).spreads
    assert {name: getattr(row, name) for name in told} == told
    assert (row.as_of, row.emails_per_hour, row.calls_per_hour) == (day, None, 12)
    assert compliance_page(QueryDict("from=2026-05-01&to=2026-05-31")).spreads == ()
    client = sign_in(make_user(role="compliance_officer"))
    html = client.get("/compliance/", {"from": "2026-06-01", "to": "2026-06-30"}).content.decode()
    cells = re.findall(
        r"<td class=\"number\">([^<]+)</td>", html.partition('data-day="2026-06-30"')[2]
    )
    assert cells == ["–", "12", "7", "2", "3", "4", "5", "0", "1"]
