"""Field visits on the screens: ordered from a case, checked in, told of; the list of a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import Kind, User
from carrears.access.organisations import open_organisation
from carrears.casework.models import Case
from carrears.clock import now
from carrears.outreach.models import FieldVisit
from carrears.outreach.visit_ends import call_off_all_needless
from carrears.outreach.visit_queries import visitors_beside

pytestmark = pytest.mark.django_db
NEW = "/case/A-03/visit/"


@pytest.fixture
def me() -> User:
    return make_user(role="collector", username="li")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def client(sign_in: Any, me: User, case: Case) -> Client:  # noqa: ARG001  his case
    client: Client = sign_in(me)
    return client


def told(case: Case, me: User, **changes: Any) -> dict[str, Any]:
    """A visit on the day that the book has reached, where it is ten in the morning."""
    usual = {
        "key": "k1",
        "party": str(case.party_id),
        "day": "2026-06-30",
        "from_time": "10:00",
        "until_time": "12:00",
        "first": me.pk,
        "second": make_user(role="collector", username="wang").pk,
    }
    return usual | changes


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_visit_is_ordered_made_and_told(
    client: Client, case: Case, me: User, sign_in: Any
) -> None:
    assert f'href="{NEW}"' in page(client, "/case/A-03/")
    assert 'name="second"' in page(client, NEW)
    answer = client.post(NEW, told(case, me))
    visit = FieldVisit.objects.get()
    there = f"/visits/{visit.pk}/"
    assert answer.headers["Location"] == there
    assert 'data-step="check-in"' in page(client, there)
    assert f'data-visit="{visit.pk}"' in page(client, "/visits/?day=2026-06-30&who=mine")
    assert "data-visit=" not in page(client, "/visits/?day=2026-07-01")

    assert client.post(f"{there}result/", {"code": "will_pay"}).status_code == 409
    assert client.post(f"{there}check-in/").status_code == 302
    assert 'data-step="result"' in page(client, there)
    assert client.post(f"{there}result/", {"code": "no_such"}).status_code == 422
    alone = client.post(f"{there}result/", {"code": "will_pay"})
    assert alone.status_code == 409
    assert "另一人尚未签到" in alone.content.decode()
    assert 'data-step="check-in"' not in page(client, there)
    other = sign_in(visit.second)
    assert 'data-step="check-in"' in page(other, there)
    assert other.post(f"{there}check-in/").status_code == 302
    assert client.post(f"{there}result/", {"code": "will_pay"}).status_code == 302
    assert "本人愿还、未定日期" in page(client, there)
    timeline = page(client, "/case/A-03/")
    for line in ("外访已完成", "已到场", "本人愿还、未定日期"):
        assert line in timeline
    assert client.post(f"{there}fly/").status_code == 404


def test_what_the_gate_blocks_is_shown_with_its_reason(
    client: Client, case: Case, me: User
) -> None:
    client.post(NEW, told(case, me, from_time="20:00", until_time="22:30"))
    shown = page(client, f"/visits/{FieldVisit.objects.get().pk}/")
    assert "CN-09" in shown
    assert "data-step=" not in shown
    assert "外访被拦截" in page(client, "/case/A-03/")


def test_a_visit_is_called_off(client: Client, case: Case, me: User) -> None:
    client.post(NEW, told(case, me))
    there = f"/visits/{FieldVisit.objects.get().pk}/"
    assert client.post(f"{there}call-off/", {"why": "gate"}).status_code == 422
    assert client.post(f"{there}call-off/", {"why": "asked"}).status_code == 302
    shown = client.get(there).context["page"]
    assert "应对方要求" in page(client, there)
    assert (shown.called_off_by, shown.row.state) == (str(me), "called_off")
    assert shown.ordered_at <= shown.called_off_at
    assert shown.entry_no < shown.called_off_no


def test_who_ended_a_visit_that_the_house_called_off_is_said(
    client: Client, case: Case, me: User
) -> None:
    client.post(NEW, told(case, me))
    case.state, case.closed_on, case.close_reason = "closed", case.as_of, "cured"
    case.save(update_fields=["state", "closed_on", "close_reason"])
    assert call_off_all_needless(at=FieldVisit.objects.get().from_at - timedelta(hours=1)) == 1
    assert " · 系统自动 · " in page(client, f"/visits/{FieldVisit.objects.get().pk}/")


def test_a_visit_called_off_stands_on_the_case(client: Client, case: Case, me: User) -> None:
    client.post(NEW, told(case, me))
    client.post(f"/visits/{FieldVisit.objects.get().pk}/call-off/", {"why": "asked"})
    assert "外访已取消" in page(client, "/case/A-03/")


def test_what_does_not_fit_is_said(client: Client, case: Case, me: User) -> None:
    alone = client.post(NEW, told(case, me, second=me.pk))
    assert alone.status_code == 422
    assert "须由同一方的两名人员同行" in alone.content.decode()
    assert not FieldVisit.objects.exists()


def test_who_sees_and_who_does(client: Client, sign_in: Any, case: Case, me: User) -> None:
    client.post(NEW, told(case, me))
    there = f"/visits/{FieldVisit.objects.get().pk}/"
    auditor = sign_in(make_user(role="auditor"))
    assert "data-step=" not in page(auditor, there)
    assert auditor.post(f"{there}check-in/").status_code == 403
    stranger = sign_in(make_user(role="collector", username="zhao"))
    assert stranger.get(there).status_code == 404
    assert stranger.get(NEW).status_code == 404
    assert sign_in(make_user(role="operator")).get("/visits/").status_code == 403


def test_who_goes_is_chosen_from_ones_own_side(me: User) -> None:
    agency = open_organisation("AG", name="AG", kind=Kind.AGENCY, parent=None, by=None, at=now())
    team = open_organisation("AG-1", name="AG-1", kind=Kind.TEAM, parent=agency, by=None, at=now())
    theirs = [
        make_user(role="agency_user", username=name, organisation=one)
        for name, one in (("a", agency), ("b", team))
    ]
    reader, other = make_user(role="auditor"), make_user(role="collector", username="other")
    assert set(visitors_beside(me)) >= {me, other}
    assert not {*theirs, reader} & set(visitors_beside(me))
    assert list(visitors_beside(theirs[0])) == theirs
