"""The storeys of the lender's house crossed: by a forgotten filter, SQL, pages and the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from access.storeys import House, ask, asked, make_house, work_on
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from factories import make_case, make_user

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.access.services import issue_token
from carrears.access.walls import TABLES
from carrears.casework.case_product import product_of
from carrears.casework.models import Case, CaseEvent, Move, Way
from carrears.casework.move_plans import Chosen, MoveWanted, plan_move
from carrears.casework.moves import move_cases, undo_move
from carrears.casework.placements import place_debtors
from carrears.clock import now
from carrears.conduct.disputes import DisputeWanted, LoanWanted, raise_dispute
from carrears.outreach import visit_queries
from carrears.outreach.calls import book_call, preview_call
from carrears.outreach.models import Attempt
from carrears.outreach.visit_queries import working_day
from carrears.outreach.visits import VisitOrder, order_visit
from carrears.parties.queries import search_by_name
from carrears.workbench.queries import queue

pytestmark = pytest.mark.django_db
_LOANS = "select loan_no from casework_case order by 1"


@pytest.fixture
def house() -> House:
    return make_house()


def test_a_forgotten_filter_shows_his_own(house: House) -> None:
    told: list[Any] = []

    def view(_: Any) -> HttpResponse:
        told.append([case.loan_no for case in Case.objects.order_by("loan_no")])
        told.append(Case.objects.filter(pk=house.others.pk).exists())
        told.append((search_by_name("周").count(), search_by_name("吴").count()))
        told.append(Case.objects.update(priority=1))
        return HttpResponse()

    ask(house.e1, view)
    assert told == [["OWN-1"], False, (1, 0), 1]
    ask(house.lead, view)  # his people's and what nobody works; nothing of what is placed
    assert told[4] == ["OTHERS-9", "OWN-1"]


@pytest.mark.parametrize("role", ["administrator", "integrator"])
def test_who_sees_no_case_is_shown_nothing_of_anybody(house: House, role: str) -> None:
    """Nor of what was his when he worked cases: by a page that forgot its filter, or by raw SQL."""
    him = make_user(role=role, username="him", organisation=house.places["LENDER"])
    for case in (house.own, house.others, house.pool, house.placed):
        Case.objects.filter(pk=case.pk).update(assignee=him)
        case.refresh_from_db()
        work_on(case)
    Attempt.objects.update(made_by=him)
    columns = (
        "select distinct table_name from information_schema.columns where column_name = any (%s)"
    )
    of_debtors = ["case_id", "party_id", "loan_no", "obligor_no", "attempt_id"]
    with connection.cursor() as cursor:
        cursor.execute(columns, [of_debtors])
        tables = sorted({table for (table,) in cursor.fetchall()} & TABLES.keys())
    assert len(tables) > 20
    for table in ("casework_case", "parties_party", "evidence_entry", *tables):
        if table != "notices_notice":  # his own
            assert asked(him, f"select count(*) from {table}") == [0], table  # noqa: S608
    written: list[int] = []

    def view(_: Any) -> HttpResponse:
        written.append(Case.objects.update(priority=1))
        return HttpResponse()

    ask(him, view)
    assert written == [0]


def test_visits_are_those_of_his_storey_whatever_a_page_forgets(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_for(house.own, (house.e1, house.e2), hour=10)
    order_for(house.others, (house.west, house.e2), hour=14)
    monkeypatch.setattr(visit_queries, "of_visible_cases", lambda found, _: found)
    pages = {}
    for who in (house.e1, house.e2, house.west):
        client = Client()
        client.force_login(who)
        page = client.get("/visits/", {"day": day_of_visit().isoformat()}).content.decode()
        pages[who.username] = sorted(set(re.findall(r"OWN-1|FAR-2", page)))
    assert pages == {"E1": ["OWN-1"], "E2": ["FAR-2", "OWN-1"], "far": ["FAR-2"]}


def day_of_visit() -> date:
    return working_day() + timedelta(days=1)


def order_for(case: Case, visitors: tuple[User, User], *, hour: int) -> None:
    """A visit of tomorrow, as it is ordered where the gate lets it go."""
    today = access_day(now())
    Case.objects.filter(pk=case.pk).update(as_of=today, opened_on=today - timedelta(days=60))
    case.refresh_from_db()
    on = day_of_visit()
    at = datetime(on.year, on.month, on.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert case.party is not None
    order = VisitOrder(
        key=f"v-{case.pk}", case=case, party=case.party, from_at=at,
        until_at=at + timedelta(hours=1), visitors=visitors, by=visitors[0],
    )  # fmt: skip
    order_visit(order, product_of(case))


def test_a_queue_that_forgets_its_filter_shows_his_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "visible_cases", lambda _: Case.objects.all())
    client = Client()
    client.force_login(house.e1)
    page = client.get("/queue/?owner=").content.decode()
    assert ("OWN-1" in page, "FAR-2" in page) == (True, False)


def test_pages_search_and_api_keep_to_his_storey(house: House) -> None:
    client = Client()
    client.force_login(house.e1)
    assert client.get("/case/OWN-1/").status_code == 200
    assert client.get("/case/FAR-2/").status_code == 404
    found = client.post("/search/", {"q": "FAR-2"}, follow=True).content.decode()
    assert "/case/FAR-2/" not in found
    token = {"HTTP_AUTHORIZATION": f"Bearer {issue_token(house.e1, name='x')}"}
    told = Client().get("/api/cases", **token).json()
    assert re.findall(r"(OWN-1|FAR-2|OTHERS-9|PLACED-1)", str(told)) == ["OWN-1"]
    assert Client().get(f"/api/cases/{house.others.pk}", **token).status_code == 404


_PAGES = (
    "/", "/queue/", "/team/", "/holds/", "/calls/", "/calls/open/", "/allocation/",
    "/allocation/moves/", "/allocation/pull-back/", "/analytics/", "/compliance/complaints/",
    "/compliance/rights/", "/compliance/treatments/", "/disputes/", "/mail/", "/mail/unknown/",
    "/notices/", "/organisations/", "/people/", "/visits/", "/visits/today/", "/warning/",
    "/case/OWN-1/", "/case/OWN-1/ledger/", "/case/OWN-1/contact/", "/case/OTHERS-9/",
)  # fmt: skip
_CHANGES = re.compile(
    r'nonce="[^"]*"|X-CSRFToken[^}]*|csrf[^>]*>|[\w-]{36,}|\d\d:\d\d(:\d\d)?|\d+(秒钟|分钟)[前后]'
)


@pytest.mark.parametrize("who", ["e1", "lead"])
def test_the_pages_are_the_same_behind_it(house: House, who: str, settings: Any) -> None:
    """No page of theirs reads what they are not shown, but by a name that says so."""
    for case in (house.own, house.others, house.pool):
        work_on(case)
    behind, without = Client(), Client()
    for client in (behind, without):
        client.force_login(getattr(house, who))
    wall = "carrears.access.middleware.BehindTheWall"
    rest = [one for one in settings.MIDDLEWARE if one != wall]
    shown = {}
    for page in _PAGES:
        answer = behind.get(page)
        with override_settings(MIDDLEWARE=rest):
            other = without.get(page)
        assert answer.status_code == other.status_code < 500, page
        texts = [_CHANGES.sub("", one.content.decode()) for one in (answer, other)]
        assert texts[0] == texts[1], page
        shown[page] = answer.status_code
    assert shown["/queue/"] == shown["/case/OWN-1/"] == 200
    assert (shown["/case/OTHERS-9/"], shown["/allocation/"]) == (
        (200, 200) if who == "lead" else (404, 403)
    )


@pytest.mark.parametrize(
    "statement",
    [
        "update casework_case set priority = 1 where loan_no = 'FAR-2' returning 1",
        "delete from casework_plannedaction where case_id <> {own} returning 1",
        "update parties_party set region = 'x' where token <> '{party}' returning 1",
    ],
)
def test_what_is_not_shown_is_not_changed(house: House, statement: str) -> None:
    work_on(house.others)
    told = statement.format(own=house.own.pk, party=house.own.party_id)
    assert asked(house.e1, told) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda house: Case.objects.filter(pk=house.own.pk).update(assignee=house.west),
        lambda house: CaseEvent.objects.create(
            case=house.others, key="x", happened_at=now(), kind="note"
        ),
    ],
)
def test_what_would_be_out_of_his_sight_is_refused(
    house: House, write: Callable[[House], Any]
) -> None:
    """Cases go to another storey by ``moves``, which acts for the house, and by nothing else."""

    def view(_: Any) -> HttpResponse:
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            write(house)
        return HttpResponse(str(Case.objects.count()))

    assert ask(house.e1, view).content == b"1"


@pytest.mark.parametrize(
    "statement",
    [
        "alter table casework_case disable row level security",
        "drop policy carrears_storey on casework_case",
        "truncate casework_case",
        "create table mine (a int)",
    ],
)
def test_the_role_changes_no_shape(house: House, statement: str) -> None:
    def view(_: Any) -> HttpResponse:
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        return HttpResponse()

    ask(house.e1, view)


# --- what must know the whole house --------------------------------------------------------------


def _share_a_debtor(house: House) -> tuple[Case, Case]:
    """Two loans of one person, each worked by somebody else's team."""
    person = house.own.party
    assert person is not None
    theirs = make_case(
        loan_no="SAME-3", loan_id=13, obligor_no="H-1", name="", party_id=person.pk,
        assignee=house.west,
    )  # fmt: skip
    return house.own, theirs


def _call(user: User, case: Case, key: str) -> Attempt:
    """A call booked in a request of this user."""
    booked: list[Attempt] = []

    def view(_: Any) -> HttpResponse:
        found = Case.objects.select_related("party").get(pk=case.pk)
        assert found.party is not None
        booked.append(book_call(found, party=found.party, key=key, by=user))
        return HttpResponse()

    ask(user, view)
    return booked[0]


def test_the_caps_of_contacts_count_what_every_team_did(house: House) -> None:
    own, theirs = _share_a_debtor(house)
    alone = 0
    with transaction.atomic():  # how many one team alone may make, and that both may
        assert _call(house.e1, own, "first").state == "booked"
        transaction.set_rollback(True)
    while _call(house.west, theirs, f"west {alone}").state == "booked":
        alone += 1
    assert alone > 0

    # He is shown none of the other team's contacts, and the gate counts them all the same.
    assert asked(house.e1, "select count(*) from outreach_attempt") == [0]
    mine = _call(house.e1, own, "mine")
    assert mine.state == "blocked"
    stopped = {one["rule_id"] for one in mine.verdict.findings if one["gate_action"] != "allow"}
    theirs_too = _call(house.west, theirs, "west again").verdict.findings
    assert stopped == {one["rule_id"] for one in theirs_too if one["gate_action"] != "allow"}
    assert len(mine.verdict.facts["facts"]["history"]) == alone

    told: list[str] = []

    def view(_: Any) -> HttpResponse:
        seen = Case.objects.select_related("party").get(pk=own.pk)
        assert seen.party is not None
        told.append(preview_call(seen, party=seen.party).gate_action)
        return HttpResponse()

    ask(house.e1, view)
    assert told == [mine.gate_action]


def test_a_hold_of_the_person_stops_what_the_other_team_works(house: House) -> None:
    own, theirs = _share_a_debtor(house)
    client = Client()
    client.force_login(house.e1)
    told = {"reason": "hospital", "scope": "person", "until_on": "2026-07-10", "why": "住院证明"}
    assert client.post(f"/case/{own.loan_no}/hold/", told).status_code == 302
    assert _call(house.west, theirs, "after").state == "blocked"
    assert CaseEvent.objects.filter(case=theirs, kind="hold").exists()


# --- connections that many share ----------------------------------------------------------------


def test_nothing_of_one_is_left_for_the_next(house: House) -> None:
    for _ in range(2):
        assert asked(house.e1, _LOANS) == ["OWN-1"]
        assert asked(house.west, _LOANS) == ["FAR-2"]
        assert asked(None, _LOANS) == []
        assert asked(house.lead, _LOANS) == ["OTHERS-9", "OWN-1"]
        assert asked(house.abroad.user, _LOANS) == ["PLACED-1"]
    assert Case.objects.count() == 4


def _in_a_request(user: User, work: Callable[[User], Any]) -> Any:
    """What a service gives that is called in a request of this user."""
    told: list[Any] = []

    def view(request: Any) -> HttpResponse:
        told.append(work(request.user))
        return HttpResponse()

    ask(user, view)
    return told[0]


def test_cases_are_moved_to_another_storey_and_back(house: House) -> None:
    wanted = MoveWanted(chosen=Chosen(owner=house.e1), way=Way.PERSON, to=house.west)
    plan = _in_a_request(house.lead, lambda lead: plan_move(wanted, by=lead))
    assert [one.after for one in plan.going] == [house.west.pk]

    def move(lead: User) -> Move:
        return move_cases(wanted, reason="轮岗", seen=plan.digest, by=lead, at=now())[0]

    moved = _in_a_request(house.lead, move)
    assert asked(house.lead, _LOANS) == ["OTHERS-9"]
    assert asked(house.west, _LOANS) == ["FAR-2", "OWN-1"]
    assert asked(house.e1, _LOANS) == []
    # He sees that one of his people's went, and takes it back.
    assert asked(house.lead, "select count(*) from casework_movedcase") == [1]
    back = _in_a_request(house.lead, lambda lead: undo_move(moved, by=lead, at=now()))
    assert back == (1, 0)
    assert asked(house.e1, _LOANS) == ["OWN-1"]


def test_a_lead_places_a_debtor_sees_it_and_calls_it_back(house: House) -> None:
    agency = house.abroad.agency

    def give(lead: User) -> Any:
        told = {"agency": agency, "from_on": access_day(now()), "until_on": None}
        return place_debtors([house.pool.obligor_no], by=lead, at=now(), **told)

    [placed] = _in_a_request(house.lead, give)
    assert asked(house.lead, _LOANS) == ["OWN-1"]
    client = Client()
    client.force_login(house.lead)
    page = f"/organisations/{agency.pk}/"
    [row] = client.get(page).context["page"].placements
    assert (row.loans, row.state, row.may_recall) == (("OTHERS-9",), "live", True)
    client.post(f"{page}recall/{placed.pk}/", {"reason": "投诉"})
    assert asked(house.lead, _LOANS) == ["OTHERS-9", "OWN-1"]


def test_a_dispute_of_loans_of_two_teams_is_seen_by_both(house: House) -> None:
    own, theirs = _share_a_debtor(house)

    def dispute(by: User) -> Any:
        told = {"kind": "paid", "channel": "phone", "text": "不对", "received_at": now()}
        loans = [LoanWanted(loan=Case.objects.get(pk=own.pk)), LoanWanted(loan=theirs)]
        return raise_dispute(DisputeWanted(key="d", loans=loans, by=by, at=now(), **told))

    made = _in_a_request(house.e1, dispute)
    disputes = "select id from conduct_dispute"
    for user, sees in ((house.e1, [made.pk]), (house.west, [made.pk]), (house.e2, [])):
        assert asked(user, disputes) == sees
        loans = asked(user, "select loan_no from conduct_disputedloan order by 1")
        assert loans == (["OWN-1", "SAME-3"] if sees else [])
    assert _call(house.west, theirs, "after").state == "blocked"
