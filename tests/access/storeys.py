"""A lender's house of two branches, with people, cases and what hangs on them on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from access.outsiders import NOW, Abroad, go_abroad
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from factories import make_action, make_case, make_promise, make_user

from carrears.access.middleware import BehindTheWall
from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import lender, open_organisation
from carrears.casework.holds import place_hold
from carrears.casework.models import Case
from carrears.casework.services import add_note
from carrears.clock import now
from carrears.outreach.calls import book_call


@dataclass(frozen=True)
class House:
    """East has two teams; a case each, of debtors of their own, one that nobody works, one placed.

    ``placed`` is with ``abroad``'s agency; the other case there is nobody's as well.
    """

    places: dict[str, Organisation]
    e1: User
    e2: User
    west: User
    lead: User  # of the branch east
    own: Case
    others: Case
    pool: Case
    placed: Case
    abroad: Abroad


def part(key: str, kind: str, parent: Organisation) -> Organisation:
    return open_organisation(key, name=key, kind=kind, parent=parent, by=None, at=NOW)


def make_house() -> House:
    abroad = go_abroad()
    east, west = (part(key, Kind.BRANCH, lender()) for key in ("EAST", "WEST"))
    teams = {key: part(key, Kind.TEAM, east) for key in ("E1", "E2")}
    e1, e2 = (make_user(role="collector", username=key, organisation=teams[key]) for key in teams)
    far = make_user(role="collector", username="far", organisation=west)
    return House(
        places={"EAST": east, "WEST": west, "LENDER": lender()} | teams,
        e1=e1,
        e2=e2,
        west=far,
        lead=make_user(role="team_lead", username="lead", organisation=east),
        own=make_case(loan_no="OWN-1", loan_id=11, obligor_no="H-1", name="周试一", assignee=e1),
        others=make_case(
            loan_no="FAR-2", loan_id=12, obligor_no="H-2", name="吴试二", assignee=far
        ),
        pool=abroad.other,
        placed=abroad.placed,
        abroad=abroad,
    )


def work_on(case: Case) -> None:
    """A line, a plan, a promise, a hold and a call that was refused by it."""
    assert case.party is not None
    add_note(case, text="spoke to him", by=case.assignee or make_user(username="x"), at=now())
    make_action(case=case)
    make_promise(case, (100_00, date(2026, 7, 1)))
    book_call(case, party=case.party, key="first", by=None)
    told: dict[str, Any] = {"until_on": None, "by": None, "at": now(), "why": "病重"}
    place_hold(case, reason="hardship", today=case.as_of, **told)


def ask(user: User | None, view: Any) -> Any:
    """Run a view in a request of this user, behind the wall, as the server does."""
    request = RequestFactory().get("/")
    if user is not None:
        request.user = User.objects.get(pk=user.pk)
    return BehindTheWall(view)(request)


def asked(user: User | None, statement: str, *values: Any) -> list[Any]:
    """The first column of what this user's request gets for raw SQL."""
    found: list[Any] = []

    def view(_: Any) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            found.extend(row[0] for row in cursor.fetchall())
        return HttpResponse()

    ask(user, view)
    return found
