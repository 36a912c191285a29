"""The pool says why nobody has a case; desks and absences change who gets the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user
from workbench.documents import Document

from carrears.access.models import Kind, User
from carrears.access.organisations import access_day, lender, open_organisation
from carrears.casework.models import Absence, Case, CaseEvent, Desk
from carrears.clock import now
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
COLLECTORS = "/allocation/collectors/"


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="team_lead"), language="en")
    return client


@pytest.fixture
def li() -> User:
    return make_user(role="collector", username="li")


def text_of(client: Client, path: str) -> str:
    document = Document()
    document.feed(client.get(path).content.decode())
    return " ".join(document.words)


def test_the_pool_says_why_nobody_has_a_case(client: Client, li: User) -> None:
    Desk.objects.create(user=li, languages=["ug"])
    make_case()
    page = text_of(client, "/allocation/")
    assert "Same language and region: nobody speaks the debtor's language" in page
    assert "Allocation 1" in page  # the mark in the navigation
    assert "1 case has nobody" in text_of(client, "/")

    client.post("/allocation/give/")
    assert Case.objects.get().assignee is None
    Desk.objects.update(languages=["zh"])
    assert "li would get it now" in text_of(client, "/allocation/")
    client.post("/allocation/give/")
    assert Case.objects.get().assignee == li
    assert "has nobody" not in text_of(client, "/")
    assert "Every case has somebody" in text_of(client, "/allocation/")
    assert "li · Same language and region" in text_of(client, "/case/A-03/")


def test_a_desk_is_saved_with_evidence(client: Client, li: User) -> None:
    told = {
        "room": "120", "a_day": "60", "skills": "litigation、hardship", "languages": "zh, ug",
        "regions": "", "weekdays": ["1", "5"], "begins_at": "09:00", "ends_at": "18:00",
    }  # fmt: skip
    answer = client.post(f"{COLLECTORS}{li.pk}/save/", told)
    assert answer.status_code == 302
    desk = Desk.objects.get()
    assert (desk.room, desk.a_day, desk.skills) == (120, 60, ["hardship", "litigation"])
    assert (desk.languages, desk.regions, desk.weekdays) == (["ug", "zh"], [], [1, 5])
    entry = Entry.objects.get(kind="casework.desk.changed")
    assert (entry.subject, entry.actor) == ("user:li", "team_lead")
    assert "litigation" in text_of(client, COLLECTORS)

    answer = client.post(f"{COLLECTORS}{li.pk}/save/", told | {"ends_at": "08:00"})
    assert answer.status_code == 422
    assert Desk.objects.get() == desk


def test_who_is_absent_gets_nothing_until_he_is_back(client: Client, li: User) -> None:
    make_case()
    day = access_day(now())
    far = (day + timedelta(days=30)).isoformat()
    client.post(f"{COLLECTORS}{li.pk}/absent/", {"from_on": day.isoformat(), "until_on": far})
    assert "whoever may get it is away" in text_of(client, "/allocation/")
    client.post("/allocation/give/")
    assert not CaseEvent.objects.exists()

    [absence] = Absence.objects.all()
    client.post(f"{COLLECTORS}{li.pk}/absent/{absence.pk}/end/")
    client.post("/allocation/give/")
    assert Case.objects.get().assignee == li
    kinds = Entry.objects.filter(kind__startswith="casework.").values_list("kind", flat=True)
    assert sorted(kinds) == ["casework.absence.added", "casework.absence.ended"]


@pytest.mark.parametrize(
    ("days", "status"), [((0, -1), 422), ((-5, -3), 422), ((0, 0), 302), ((0, None), 302)]
)
def test_days_of_an_absence(
    client: Client, li: User, days: tuple[int, int | None], status: int
) -> None:
    today = access_day(now())
    first, last = ("" if one is None else (today + timedelta(days=one)).isoformat() for one in days)
    answer = client.post(f"{COLLECTORS}{li.pk}/absent/", {"from_on": first, "until_on": last})
    assert answer.status_code == status
    assert Absence.objects.count() == (status == 302)


def test_a_lead_sees_the_desks_of_his_part_of_the_house_alone(sign_in: Any) -> None:
    east, west = (
        open_organisation(key, name=key, kind=Kind.BRANCH, parent=lender(), by=None, at=now())
        for key in ("EAST", "WEST")
    )
    near = make_user(role="collector", username="near", organisation=east)
    far = make_user(role="collector", username="far", organisation=west)
    client = sign_in(make_user(role="team_lead", organisation=east))

    page = text_of(client, COLLECTORS)
    assert ("near" in page, "far" in page) == (True, False)
    assert client.get(f"{COLLECTORS}{near.pk}/").status_code == 200
    for path in ("", "save/", "absent/"):
        ask = client.post if path else client.get
        assert ask(f"{COLLECTORS}{far.pk}/{path}").status_code == 404
    assert not Desk.objects.exists()
