"""Views of lists: kept without names of people, shared with the team, begun with, dropped."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user
from workbench.documents import words

from carrears.access.models import Kind, User
from carrears.access.organisations import lender, open_organisation
from carrears.clock import now
from carrears.savedviews.models import SavedView

pytestmark = pytest.mark.django_db
SAVE = "/views/queue/save/"


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead", username="lead")


@pytest.fixture
def client(sign_in: Any, lead: User) -> Client:
    client: Client = sign_in(lead, language="en")
    return client


def test_a_view_keeps_filters_and_order_but_nobodys_name(client: Client) -> None:
    asked = "q=赵试一&bucket=2&bucket=1&sort=days&owner=&x=y"
    form = client.get(f"/views/queue/new/?{asked}", headers={"HX-Request": "true"})
    query = form.context["query"]
    assert query == "bucket=1&bucket=2&sort=days"
    answer = client.post(SAVE, {"name": " Early ", "query": f"{query}&q=赵试一"})
    assert answer.headers["Location"] == f"/queue/?{query}"
    kept = SavedView.objects.get()
    assert (kept.name, kept.query, kept.shared_with) == ("Early", query, None)
    page = client.get(f"/queue/?{query}")
    assert [(one.name, one.is_here) for one in page.context["views"].rows] == [("Early", True)]
    assert client.post(SAVE, {"name": "Early", "query": "sort=newest"}).status_code == 302
    assert SavedView.objects.get().query == "sort=newest"


def test_one_begins_with_ones_default_and_can_leave_it(client: Client) -> None:
    make_case()
    for name, query in (("a", "bucket=1"), ("b", "bucket=2")):
        client.post(SAVE, {"name": name, "query": query, "default": "on"})
    assert [one.name for one in SavedView.objects.filter(is_default=True)] == ["b"]
    assert client.get("/queue/").headers["Location"] == "/queue/?bucket=2"
    assert client.get("/queue/?all=1").status_code == 200
    assert client.get("/queue/", headers={"HX-Request": "true"}).status_code == 200
    assert "?all=1" in client.get("/queue/?bucket=2").content.decode()


def test_a_shared_view_is_the_teams_and_only_its_owners_to_change(
    sign_in: Any, client: Client, lead: User
) -> None:
    client.post(SAVE, {"name": "ours", "query": "bucket=1", "shared": "on", "default": "on"})
    view = SavedView.objects.get()
    mate = sign_in(make_user(role="collector", username="mate"), language="en")
    page = mate.get("/queue/")
    assert page.status_code == 200  # another's default is not his
    assert [(one.name, one.by) for one in page.context["views"].rows] == [("ours", str(lead))]
    team = open_organisation("T1", name="T1", kind=Kind.TEAM, parent=lender(), by=None, at=now())
    elsewhere = sign_in(make_user(role="collector", username="far", organisation=team))
    assert elsewhere.get("/queue/").context["views"].rows == ()
    for other in (mate, elsewhere):
        assert other.post(f"/views/{view.pk}/change/", {"name": "x"}).status_code == 404
        assert other.post(f"/views/{view.pk}/drop/").status_code == 404
    assert SavedView.objects.get().name == "ours"


def test_it_is_renamed_shared_and_dropped(client: Client) -> None:
    for name in ("a", "b"):
        client.post(SAVE, {"name": name, "query": "bucket=1"})
    first = SavedView.objects.get(name="a")
    told = words(client.post(f"/views/{first.pk}/change/", {"name": "b"}, follow=True))
    assert "another view has this name" in told
    client.post(f"/views/{first.pk}/change/", {"name": "c", "shared": "on", "default": "on"})
    first.refresh_from_db()
    assert (first.name, first.shared_with, first.is_default) == ("c", lender(), True)
    assert 'value="c"' in client.get("/views/").content.decode()
    client.post(f"/views/{first.pk}/drop/")
    assert [one.name for one in SavedView.objects.all()] == ["b"]


@pytest.mark.parametrize("place", ["holds", "disputes", "warning"])
def test_the_other_lists_have_them_too(client: Client, place: str) -> None:
    client.post(f"/views/{place}/save/", {"name": "n", "query": "state=all&level=high&q=x"})
    assert "q=" not in SavedView.objects.get().query
    assert [one.name for one in client.get(f"/{place}/").context["views"].rows] == ["n"]


def test_what_cannot_be_kept_is_refused(client: Client) -> None:
    answer = client.post(SAVE, {"name": " ", "query": "bucket=1"})
    assert answer.status_code == 422
    assert "a view needs a name" in words(answer)
    assert client.post("/views/nothing/save/", {"name": "x"}).status_code == 404
    assert client.post(SAVE, {"name": "x", "query": "treatment=" + "y" * 600}).status_code == 422
    assert not SavedView.objects.exists()
