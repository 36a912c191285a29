"""The storeys of the lender's house: what PostgreSQL shows to who sees a part of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from access.storeys import House, asked, make_house, work_on
from access.test_walls import OPEN
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction
from factories import make_case, make_user
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from carrears.access.models import Kind, Membership, Organisation, User
from carrears.access.organisations import access_day, lender
from carrears.access.services import ensure_roles
from carrears.access.storeys import STOREYS
from carrears.access.walls import TABLES, ensure_walls
from carrears.casework.models import CaseState, Placement
from carrears.casework.seeing import visible_cases
from carrears.clock import now

pytestmark = pytest.mark.django_db
_LOANS = "select loan_no from casework_case order by 1"
# What is every storey's: of people, moves, reports and terms.
SHARED = {
    "agencies_batch", "casework_absence", "casework_desk", "casework_move",
    "outreach_letterbatch", "reports_reportrun", "reports_reportschedule",
    "reports_reportschedule_recipients", "signin_invitation", "signin_proposal",
}  # fmt: skip


@pytest.fixture
def house() -> House:
    return make_house()


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


# --- one definition -----------------------------------------------------------------------------

_ROLES = ("collector", "team_lead", "compliance_officer", "agency_user", "auditor")
_PLACES = ("LENDER", "EAST", "E1", "E2", "WEST", "AGENCY", "")
_DAYS = st.tuples(st.integers(-3, 1), st.one_of(st.none(), st.integers(-2, 3)))


@st.composite
def _people(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Who has which role, his home and a further place, each on some days."""
    one = st.fixed_dictionaries(
        {
            "role": st.sampled_from(_ROLES),
            "home": st.sampled_from(_PLACES),
            "home_days": _DAYS,
            "further": st.sampled_from(_PLACES),
            "further_days": _DAYS,
        }
    )
    return draw(st.lists(one, min_size=2, max_size=5))


_CASES = st.lists(
    st.fixed_dictionaries(
        {
            "worked_by": st.integers(-2, 4),
            "state": st.sampled_from(CaseState.values),
            "placed": st.one_of(st.none(), _DAYS),
        }
    ),
    min_size=1,
    max_size=6,
)


def _have_places() -> dict[str, Organisation]:
    def have(key: str, kind: str, parent: Organisation | None) -> Organisation:
        told = {"name": key, "kind": kind, "parent": parent}
        return Organisation.objects.get_or_create(key=key, defaults=told)[0]

    east, west = (have(key, Kind.BRANCH, lender()) for key in ("EAST", "WEST"))
    teams = {key: have(key, Kind.TEAM, east) for key in ("E1", "E2")}
    agency = have("AGENCY", Kind.AGENCY, None)
    return {"LENDER": lender(), "EAST": east, "WEST": west, "AGENCY": agency} | teams


def _belong(user: User, place: Organisation, days: tuple[int, int | None], **more: Any) -> None:
    today = access_day(now())
    first = today + timedelta(days=days[0])
    last = None if days[1] is None else max(first, today + timedelta(days=days[1]))
    Membership.objects.create(user=user, organisation=place, from_on=first, until_on=last, **more)


def _make_people(told: list[dict[str, Any]], places: dict[str, Organisation]) -> list[User]:
    people = []
    for number, one in enumerate(told):
        user = User.objects.create(username=f"u{number}")
        user.groups.add(Group.objects.get(name=one["role"]))
        if one["home"]:
            _belong(user, places[one["home"]], one["home_days"])
        if one["further"]:
            _belong(user, places[one["further"]], one["further_days"], is_home=False)
        people.append(user)
    return people


def _make_cases(told: list[dict[str, Any]], people: list[User], agency: Organisation) -> None:
    today = access_day(now())
    placed: set[str] = set()
    for number, one in enumerate(told):
        worked = one["worked_by"]
        closed = one["state"] == CaseState.CLOSED
        make_case(
            loan_no=f"L-{number}",
            loan_id=number,
            obligor_no=f"O-{number % 4}",
            name="",
            state=one["state"],
            closed_on=today if closed else None,
            close_reason="cured" if closed else "",
            assignee=people[worked % len(people)] if worked >= 0 else None,
        )
        # A debtor is with one agency at a time.
        if one["placed"] is not None and f"O-{number % 4}" not in placed:
            placed.add(f"O-{number % 4}")
            first = today + timedelta(days=one["placed"][0])
            last = one["placed"][1]
            Placement.objects.create(
                obligor_no=f"O-{number % 4}",
                agency=agency,
                from_on=first,
                until_on=None if last is None else max(first, today + timedelta(days=last)),
                placed_at=now(),
            )


@pytest.mark.parametrize("setting", ["own", "team", "branch", "lender"])
def test_the_database_shows_the_cases_that_the_pages_do(settings: Any, setting: str) -> None:
    settings.COLLECTORS_SEE = setting
    ensure_roles()
    places = _have_places()

    @effort(max_examples=40)
    @given(people=_people(), cases=_CASES)
    def agree(people: list[dict[str, Any]], cases: list[dict[str, Any]]) -> None:
        with transaction.atomic():
            users = _make_people(people, places)
            _make_cases(cases, users, places["AGENCY"])
            for user in users:
                by_page = visible_cases(User.objects.get(pk=user.pk)).values_list("pk", flat=True)
                assert sorted(asked(user, "select id from casework_case")) == sorted(by_page)
            transaction.set_rollback(True)

    agree()


def test_each_of_them_asks_as_his_role(house: House) -> None:
    who = "select current_user::text"
    caseless = [make_user(role=one, username=one) for one in ("administrator", "integrator", "")]
    for user in (house.e1, house.lead, *caseless):
        assert asked(user, who) == [settings.WEB_ROLES["part"]]
    for role in ("compliance_officer", "team_lead"):
        inside = make_user(role=role, username=f"a {role}")
        assert asked(inside, who) == [settings.WEB_ROLES["inside"]]
    assert asked(house.abroad.user, who) == [settings.WEB_ROLES["outside"]]


# --- every table --------------------------------------------------------------------------------


def test_of_every_table_it_is_said_what_a_storey_is_shown() -> None:
    told = dict(
        _rows(
            "select c.relname, pg_get_expr(p.polqual, p.polrelid) from pg_policy p"
            " join pg_class c on c.oid = p.polrelid where p.polname = 'carrears_storey'"
            " and p.polroles = array[%s::regrole::oid]",
            settings.WEB_ROLES["part"],
        )
    )
    columns = "select table_name from information_schema.columns where column_name = any (%s)"
    of_debtors = ["case_id", "party_id", "loan_no", "obligor_no", "attempt_id"]
    hanging = {table for (table,) in _rows(columns, of_debtors)}

    assert told.keys() == TABLES.keys()
    assert STOREYS.keys() <= TABLES.keys()
    assert {table for table, shown in told.items() if shown == "true"} == SHARED
    assert not SHARED & hanging
    assert not OPEN & STOREYS.keys()


def test_no_table_asks_for_one_that_asks_for_it() -> None:
    """Who may take all roles, as an owner who is no superuser, is behind all policies at once."""
    asks = {
        table: set(re.findall(r" from (\w+) ", f"{wall} {STOREYS.get(table, '')}")) & TABLES.keys()
        for table, wall in TABLES.items()
    }
    assert "casework_placement" in asks["casework_case"]

    def follow(path: tuple[str, ...]) -> None:
        for table in asks[path[-1]]:
            assert table not in path, (*path, table)
            follow((*path, table))

    for table in asks:
        follow((table,))


def test_what_hangs_on_the_case_of_another_storey_is_not_shown(house: House) -> None:
    for case in (house.own, house.others):
        work_on(case)
    hanging = [
        table
        for (table,) in _rows(
            "select table_name from information_schema.columns where column_name = 'case_id'"
            " and table_schema = current_schema() order by 1"
        )
        if table in TABLES
    ]
    ids = "select distinct case_id from {} where case_id is not null"
    seen, filled = {}, set()
    for table in hanging:
        seen[table] = set(asked(house.e1, ids.format(table)))
        if len(_rows(ids.format(table))) == 2:
            filled.add(table)

    assert filled >= {
        "casework_caseevent", "casework_hold", "casework_plannedaction", "casework_promise",
        "conduct_verdictrecord", "outreach_attempt",
    }  # fmt: skip
    assert all(found <= {house.own.pk} for found in seen.values())
    assert all(seen[table] == {house.own.pk} for table in filled)
    for case, column, table in (
        (house.own, "party_id", "parties_contactpoint"),
        (house.own, "party_id", "parties_loanparty"),
        (house.own, "token", "parties_party"),
    ):
        found = asked(house.e1, f"select distinct {column} from {table}")  # noqa: S608  ours
        assert found == [case.party_id]
    subjects = asked(house.e1, "select distinct subject from evidence_entry")
    assert subjects == ["OWN-1"]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_answers_each_of_them(house: House, table: str) -> None:
    work_on(house.others)
    count = f"select count(*) from {table}"  # noqa: S608  one of our own tables
    [whole] = _rows(count)
    for user in (house.e1, house.lead):
        assert asked(user, count)[0] <= whole[0]
    # Nothing said, nothing shown.
    with transaction.atomic(), connection.cursor() as cursor:
        for name in ("org", "day", "user", "pool", "people"):
            cursor.execute("select set_config(%s, '', true)", [f"carrears.{name}"])
        cursor.execute(f"set local role {settings.WEB_ROLES['part']}")
        cursor.execute(count)
        assert cursor.fetchone() == ((0,) if table not in SHARED else whole)
        transaction.set_rollback(True)


def test_a_database_of_an_older_release_gets_them(house: House) -> None:
    """As it stands before the upgrade: the walls that were, without storeys, and their rights."""
    role = settings.WEB_ROLES["part"]
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        for table in TABLES:
            cursor.execute(f"drop policy carrears_storey on {table}")
        cursor.execute(f"revoke all on all tables in schema public from {role}")
        cursor.execute("drop function carrears_people")
    with pytest.raises(psycopg.errors.UndefinedFunction), transaction.atomic():
        asked(house.e1, _LOANS)

    ensure_walls(keep_rights=True)  # the first half, while the old release still asks
    assert asked(house.e1, _LOANS) == ["OWN-1"]
    assert asked(house.abroad.user, _LOANS) == ["PLACED-1"]
