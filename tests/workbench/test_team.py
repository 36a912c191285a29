"""The team's screen: who does what now, what was done, how quick the house is, handing over."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from factories import DAY, MOMENT, make_action, make_case, make_promise, make_user
from workbench.documents import words
from workbench.test_compliance import make_attempt
from workbench.test_promise_quality import tell

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import lender
from carrears.casework.models import Case, CaseEvent, Desk, Move, Showing
from carrears.casework.moves import reasons_of
from carrears.clock import now
from carrears.outreach.models import AttemptState
from carrears.workbench.team_labels import FIGURES, LEVELS

pytestmark = pytest.mark.django_db
URL = "/team/"


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="team_lead"), language="en")
    return client


@pytest.fixture
def li() -> User:
    return make_user(role="collector", username="li")


@pytest.fixture
def wang() -> User:
    return make_user(role="collector", username="wang")


@pytest.fixture
def case(li: User) -> Case:
    return make_case(assignee=li)


def tiles(client: Client) -> dict[str, tuple[str, str]]:
    now_shown = client.get(f"{URL}now/").context["now"]
    return {one.key: (one.value, one.hint) for one in now_shown.tiles}


def event(case: Case, key: str, **changes: Any) -> CaseEvent:
    told = {"case": case, "key": key, "kind": "note", "happened_at": now(), "data": {}} | changes
    return CaseEvent.objects.create(**told)


def test_it_says_what_the_day_brought_and_what_went_unworked(
    client: Client, sign_in: Any, li: User
) -> None:
    gone, answered = (make_case(loan_no=f"B-{n}", loan_id=n, name="", assignee=li,
                                obligor_no=f"P-{n}") for n in (1, 2))  # fmt: skip
    later = DAY + timedelta(days=5)
    Case.objects.filter(pk=answered.pk).update(follow_up_on=later)
    client.get(f"{URL}now/")
    Case.objects.filter(pk=gone.pk).update(state="closed", closed_on=DAY, close_reason="cured")
    event(answered, "reply", happened_at=MOMENT, data={"means": "dispute", "text": "?"})
    found = client.get(f"{URL}now/")
    sums = {one.key: one.value for one in found.context["now"].sums}
    assert (sums["followed"], sums["plan"]) == ("1 / 1", "0 / 1")
    assert "came in 1 · unworked 1" in words(found)
    exported = b"".join(client.get(f"{URL}file/")).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(exported))
    assert (row["came_in"], row["went_unworked"]) == ("1", "1")
    own = words(sign_in(li, language="en").get("/queue/"))
    assert "Came in: 1 (new reply 1) Went unworked: 1 (paid 1)" in own
    assert "came in today" in own


def test_it_says_who_has_what_open_and_who_is_on_a_call(
    client: Client, case: Case, li: User, wang: User
) -> None:
    soon = now() + timedelta(minutes=2)
    Showing.objects.create(case=case, user=li, since=now(), until=soon)
    called = make_case(loan_no="B-1", loan_id=4, name="", assignee=wang)
    called.party = case.party
    called.save()
    make_attempt(
        called, "allow", channel="call", state=AttemptState.BOOKED, made_by=wang, at=MOMENT
    )
    over = make_case(loan_no="B-2", loan_id=5, name="", assignee=wang)
    Showing.objects.create(case=over, user=wang, since=now(), until=now() - timedelta(seconds=1))

    rows = {row.name: row for row in client.get(f"{URL}now/").context["now"].rows}
    assert [one.loan_no for one in rows["li"].doing] == ["A-03"]
    assert rows["li"].doing[0].call_since is None
    assert [one.loan_no for one in rows["wang"].doing] == ["B-1"]
    assert rows["wang"].doing[0].call_since is not None
    assert tiles(client)["open"] == ("2", "calls not told of: 1")
    assert tiles(client)["here"] == ("2 / 2", "")


def test_who_is_not_in_his_shift_is_not_there(client: Client, li: User) -> None:
    begins = (now() + timedelta(hours=9)).astimezone().time()  # eight in China is the day before
    Desk.objects.create(user=li, begins_at=begins, ends_at=begins.replace(second=59))
    assert client.get(f"{URL}now/").context["now"].rows[0].state == "off"
    assert tiles(client)["here"] == ("0 / 1", "")
    Desk.objects.update(weekdays=[(now().isoweekday() + 3) % 7 + 1])
    assert client.get(f"{URL}now/").context["now"].rows[0].state == "away"


def test_what_was_done_on_the_day_of_the_book(client: Client, case: Case, li: User) -> None:
    told = {"channel": "call", "state": "made", "made_by": li, "result": "conversation"}
    spoken = make_attempt(case, "allow", **told)
    tell(case, spoken, told_by=li, next_step="promise")
    make_attempt(case, "allow", **(told | {"result": "no_answer"}))
    make_attempt(case, "allow", **(told | {"at": MOMENT - timedelta(days=1)}))
    make_attempt(case, "allow")  # sent by the machine
    nobodys = make_user(role="team_lead", username="without-a-desk")
    make_attempt(case, "allow", **(told | {"result": "no_answer", "made_by": nobodys}))
    make_attempt(case, "block", channel="call", state="blocked", made_by=li)
    make_attempt(case, "review", channel="call", state="blocked", made_by=li)
    make_attempt(case, "block", state="blocked")
    for state, more in (("open", {}), ("cancelled", {"cancelled_for": "replaced"})):
        made = make_promise(case, (300_00, DAY), (100_00, DAY + timedelta(days=9)), state=state)
        made.made_by, made.made_on = li, DAY
        made.cancelled_for = more.get("cancelled_for", "")
        made.save()

    found = client.get(f"{URL}now/").context["now"]
    assert found.day == DAY
    [row] = found.rows
    assert (row.done, row.contacts, row.right_party) == (1, 2, 1)
    assert (row.promises, [one.minor for one in row.promised]) == (1, [400_00])
    assert (row.blocked, row.review) == (1, 1)
    shown = tiles(client)
    assert shown["done"] == ("1", "")  # one case, whoever worked it
    assert (shown["contacts"], shown["right"]) == (("3", ""), ("1", "33.3%"))
    assert shown["promises"] == ("1", "CN¥400.00")
    assert shown["stopped"] == ("2", "needs review: 1")
    assert shown["due"] == ("1", "CN¥300.00; met: 0")


def test_what_waits_and_since_when(client: Client, case: Case, li: User) -> None:
    assert {key: tiles(client)[key][0] for key in ("waiting", "pool", "overdue", "replies")} == {
        "waiting": "0", "pool": "0", "overdue": "0", "replies": "0",
    }  # fmt: skip
    make_action(case=case, channel="call", key="k1")
    make_action(case=case, channel="email", key="k2")
    make_action(case=case, channel="call", key="k3", as_of=DAY + timedelta(days=1))
    make_case(loan_no="B-1", loan_id=4, name="", opened_on=date(2026, 6, 1))
    late = make_case(loan_no="B-2", loan_id=5, name="", assignee=li,
                     follow_up_on=DAY - timedelta(days=3))  # fmt: skip
    make_case(loan_no="B-3", loan_id=6, name="", assignee=li, follow_up_on=DAY)
    event(case, "r1", data={"text": "我周五还", "means": ["promise"]})
    event(late, "r2", data={"text": "x", "means": ["other"]})
    event(late, "o2", kind="outcome")

    shown = tiles(client)
    assert shown["waiting"] == ("1", f"oldest: {DAY:%-d %b %Y}")
    assert shown["pool"] == ("1", "oldest: 1 Jun 2026")
    assert shown["overdue"] == ("1", f"oldest: {DAY - timedelta(days=3):%-d %b %Y}")
    assert shown["replies"][0] == "1"
    page = client.get(URL)
    assert [(one.loan_no, one.why) for one in page.context["waiting_cases"]] == [
        ("A-03", "reply"),
        ("B-2", "follow_up"),
    ]


def test_service_levels_count_what_fell_due(client: Client, li: User) -> None:
    def opened(number: int, day: date, **changes: Any) -> Case:
        return make_case(loan_no=f"S-{number}", loan_id=number, name="", opened_on=day,
                         assignee=li, **changes)  # fmt: skip

    quick, slow = opened(1, DAY - timedelta(days=3)), opened(2, DAY - timedelta(days=3))
    opened(3, DAY - timedelta(days=1))  # its time is not up
    opened(4, DAY - timedelta(days=9))  # fell due before the days that are asked about
    opened(5, DAY - timedelta(days=3), state="closed", closed_on=DAY - timedelta(days=2),
           close_reason="cured")  # fmt: skip
    for case, days in ((quick, 2), (slow, 1)):
        case.party = make_case(loan_no=f"P{case.pk}", loan_id=70 + days).party
        Case.objects.filter(loan_no=f"P{case.pk}").delete()
        case.save()
        make_attempt(case, "allow", state="sent", at=MOMENT - timedelta(days=days))
    # A reminder of when there was no case yet, and calls that were not made, are no first action.
    make_attempt(slow, "allow", state="sent", at=MOMENT - timedelta(days=8))
    not_made = {"channel": "call", "at": MOMENT - timedelta(days=3)}
    make_attempt(slow, "allow", state="booked", **not_made)
    make_attempt(slow, "allow", state="made", result="not_dialled", **not_made)
    for number, hours in enumerate((30, 40, 2)):
        at = now() - timedelta(hours=hours)
        event(quick, f"r{number}", happened_at=at, data={"means": ["other"], "text": "x"})
    tell(quick, told_by=li, told_at=now() - timedelta(hours=15), party=quick.party)

    rows = {row.key: row for row in client.get(f"{URL}levels/").context["levels"].rows}
    assert (rows["first_action"].in_time, rows["first_action"].due) == (1, 2)
    assert (rows["reply"].in_time, rows["reply"].due) == (1, 2)
    assert rows["reply"].is_reached is False
    assert (rows["complaint"].due, rows["complaint"].share) == (0, None)


def test_levels_are_the_lenders_own_data(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.CARREARS_HOME = tmp_path
    (tmp_path / "service_levels.yaml").write_text(
        "[{from: 2020-01-01, days: 30, first_action_days: 3, reply_hours: 8,"
        " targets: {first_action: 0.5, reply: 0.6, complaint: 0.7}}]"
    )
    page = client.get(URL)
    assert page.context["levels"].days == 30
    assert [row.target for row in page.context["levels"].rows] == [0.5, 0.6, 0.7]
    assert "within 8 hours" in words(page)


def test_each_figure_says_what_it_is_and_the_book_of_figures_too(client: Client) -> None:
    make_user(role="collector")
    page = client.get(URL).content.decode()
    assert re.search(r'<td class="card-wide" data-label="[^"]+"><span class="muted">–', page)
    told = Path("docs/kpi.md").read_text(encoding="utf-8")
    for key, one in (FIGURES | LEVELS).items():
        assert f'popovertarget="told-{key}"' in page
        assert f'popover id="told-{key}"' in page
        with override("en"):
            assert f"| {one.title} |" in told


def test_a_lead_sees_and_hands_over_within_his_teams(sign_in: Any, li: User) -> None:
    teams = [
        Organisation.objects.create(key=key, name=key, kind=Kind.TEAM, parent=lender())
        for key in ("T1", "T2")
    ]
    lead = make_user(role="team_lead", username="lead1", organisation=teams[0])
    own, second = (
        make_user(role="collector", username=name, organisation=teams[0])
        for name in ("collector-own", "collector-second")
    )
    other = make_user(role="collector", username="collector-other", organisation=teams[1])
    mine = make_case(loan_no="M-1", loan_id=1, name="", assignee=own, follow_up_on=date(2026, 1, 1))
    theirs = make_case(loan_no="loan-theirs", loan_id=2, name="", assignee=other,
                       follow_up_on=date(2026, 1, 1))  # fmt: skip
    Showing.objects.create(
        case=theirs, user=own, since=now(), until=now() + timedelta(minutes=2)
    )  # seen before he was moved
    client = sign_in(lead, language="en")
    for path in (URL, f"{URL}now/", f"{URL}file/"):
        answer = client.get(path)
        text = b"".join(answer) if answer.streaming else answer.content
        assert b"collector-own" in text
        assert b"collector-other" not in text
        assert b"loan-theirs" not in text
    assert client.get(f"{URL}hand/?owner={other.pk}").status_code == 404
    assert client.get(f"{URL}hand/?owner={li.pk}").status_code == 404
    assert client.get(f"{URL}hand/?loan=loan-theirs").status_code == 404
    for told in ({"loan": "loan-theirs", "target": own.pk}, {"loan": "M-1", "target": other.pk},
                 {"owner": other.pk, "target": own.pk}, {"target": own.pk}):  # fmt: skip
        assert client.post(f"{URL}hand/to/", told).status_code == 404
    assert not Move.objects.exists()
    assert client.post(f"{URL}hand/to/", {"loan": "M-1", "target": second.pk}).status_code == 302
    mine.refresh_from_db()
    assert mine.assignee == second


def test_cases_are_handed_over_by_two_clicks_and_back(
    client: Client, case: Case, li: User, wang: User
) -> None:
    Case.objects.filter(pk=case.pk).update(follow_up_on=DAY - timedelta(days=1))
    page = client.get(URL).content.decode()
    assert f"{URL}hand/?owner={li.pk}" in page
    assert f"{URL}hand/?loan=A-03" in page
    offered = client.get(f"{URL}hand/?owner={li.pk}", headers={"HX-Request": "true"})
    assert [one.name for one in offered.context["handing"].targets] == ["wang"]
    assert "Would go: cases 1, people 1." in words(offered)

    done = client.post(f"{URL}hand/to/", {"owner": li.pk, "target": wang.pk}, follow=True)
    assert "1 case is handed to wang" in words(done)
    case.refresh_from_db()
    assert case.assignee == wang
    move = Move.objects.get()
    assert reasons_of([move])[move.pk] == "Handed over by the team lead"
    client.post(f"/allocation/moves/{move.pk}/undo/")
    case.refresh_from_db()
    assert case.assignee == li


def test_what_cannot_go_is_told(client: Client, case: Case, li: User, wang: User) -> None:
    Showing.objects.create(case=case, user=li, since=now(), until=now() + timedelta(minutes=2))
    told = words(client.post(f"{URL}hand/to/", {"loan": "A-03", "target": wang.pk}, follow=True))
    assert "somebody has it open now: 1" in told
    Showing.objects.all().delete()
    Desk.objects.create(user=wang, room=0)
    shown = client.get(f"{URL}hand/?loan=A-03").context["handing"].targets
    assert [(one.state, one.may) for one in shown] == [("full", False)]
    client.post(f"{URL}hand/to/", {"loan": "A-03", "target": wang.pk})
    assert not Move.objects.exists()


@pytest.mark.usefixtures("case")
def test_the_files_have_every_figure(client: Client) -> None:
    def rows(path: str) -> list[list[str]]:
        text = b"".join(client.get(path)).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))

    head, row = rows(f"{URL}file/")
    assert dict(zip(head, row, strict=True))["collector"] == "li"
    assert dict(zip(head, row, strict=True))["people"] == "1"
    figures = rows(f"{URL}file/?of=figures")[1:]
    assert {row[1] for row in figures} == (FIGURES.keys() | LEVELS.keys()) - {"room"}
    assert all(row[5] for row in figures)


@pytest.mark.parametrize("role", ["collector", "compliance_officer", "auditor"])
def test_it_is_for_team_leads(sign_in: Any, role: str) -> None:
    client = sign_in(make_user(role=role))
    for path in ("", "now/", "levels/", "file/", "hand/"):
        assert client.get(f"{URL}{path}").status_code == 403
    assert client.post(f"{URL}hand/to/").status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_it_asks_the_same_however_many_there_are(
    client: Client, many: int, django_assert_num_queries: Any
) -> None:
    for number in range(many):
        collector = make_user(role="collector", username=f"c{number}")
        made = make_case(loan_no=f"L{number}", loan_id=number, name="", assignee=collector,
                         follow_up_on=date(2026, 1, 1))  # fmt: skip
        Showing.objects.create(
            case=made, user=collector, since=now(), until=now() + timedelta(minutes=2)
        )
    client.get(f"{URL}now/")  # plans the day of each
    with django_assert_num_queries(46):
        client.get(f"{URL}now/")
