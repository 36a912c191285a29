"""The screens of people, organisations and four eyes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from access.outsiders import open_agency, place
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day, lender, open_organisation
from carrears.casework.models import Placement
from carrears.casework.placements import recall_words
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.signin.models import Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="administrator"))
    return client


@pytest.fixture
def officer(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def add(client: Client, **changes: str) -> Any:
    told = {"username": "lin", "display_name": "林晓", "email": "", "organisation": "LENDER"}
    return client.post("/people/new/", told | changes)


def link_in(answer: Any) -> str:
    [found] = re.findall(r"http://testserver(/invitation/[^<]+)</code>", answer.content.decode())
    return str(found)


def test_an_account_is_made_with_a_link_that_is_shown_once(admin: Client) -> None:
    answer = add(admin)

    address = link_in(answer)
    user = User.objects.get(username="lin")
    assert Client().get(address).status_code == 200
    assert "/invitation/" not in admin.get(f"/people/{user.pk}/").content.decode()
    found = admin.post("/people/", {"q": "lin"}, follow=True)
    [row] = found.context["page"].rows
    assert (row.state, row.places, row.has_factor) == ("invited", (lender().name,), False)
    assert add(admin).status_code == 422


def test_a_harmless_role_is_set_and_a_dangerous_one_proposed(
    admin: Client, officer: Client
) -> None:
    user = make_user(username="lin")
    roles = f"/people/{user.pk}/roles/"

    admin.post(roles, {"roles": ["collector"], "reason": ""})
    assert list(user.groups.values_list("name", flat=True)) == ["collector"]
    said = admin.post(roles, {"roles": ["team_lead"], "reason": ""}, follow=True)
    assert "须填写原因" in said.content.decode()
    admin.post(roles, {"roles": ["team_lead"], "reason": "升职"})

    asked = Proposal.objects.get()
    assert list(user.groups.values_list("name", flat=True)) == ["collector"]
    own = admin.post(f"/people/proposals/{asked.pk}/confirm/", follow=True)
    assert Proposal.objects.get().state == "asked"
    assert "须由第二人" in own.content.decode()
    page = officer.get("/people/proposals/", {"state": "asked"}).context["page"]
    assert [(row.kind, row.may_decide, row.says) for row in page.rows] == [
        ("roles", True, "角色：组长")
    ]
    officer.post(f"/people/proposals/{asked.pk}/confirm/")
    assert list(user.groups.values_list("name", flat=True)) == ["team_lead"]


def test_a_refusal_needs_a_reason_and_one_takes_back_his_own(
    admin: Client, officer: Client
) -> None:
    user = make_user(username="lin")
    admin.post(f"/people/{user.pk}/roles/", {"roles": ["auditor"], "reason": "审计"})
    asked = Proposal.objects.get()

    officer.post(f"/people/proposals/{asked.pk}/refuse/", {"reason": ""})
    assert Proposal.objects.get().state == "asked"
    assert admin.post(f"/people/proposals/{asked.pk}/other/").status_code == 404
    admin.post(f"/people/proposals/{asked.pk}/withdraw/")
    assert Proposal.objects.get().state == "withdrawn"


def test_the_link_of_a_dangerous_reset_goes_to_who_confirms(admin: Client, officer: Client) -> None:
    user = make_user(role="auditor", username="lin")
    answer = admin.post(f"/people/{user.pk}/reset/", {"reason": "忘记密码"}, follow=True)
    assert "/invitation/" not in answer.content.decode()

    done = officer.post(f"/people/proposals/{Proposal.objects.get().pk}/confirm/")

    assert Client().get(link_in(done)).status_code == 200


def test_a_collector_is_reset_deactivated_and_taken_in_again(admin: Client) -> None:
    user = make_user(role="collector", username="lin")
    page = f"/people/{user.pk}/"
    link_in(admin.post(f"{page}reset/", {"reason": ""}))

    assert "须填写原因" in admin.post(f"{page}deactivate/", follow=True).content.decode()
    admin.post(f"{page}deactivate/", {"reason": "离职"})
    assert admin.get(page).context["page"].row.state == "inactive"
    assert [r.username for r in admin.get("/people/?state=inactive").context["page"].rows] == [
        "lin"
    ]

    assert Client().get(link_in(admin.post(f"{page}reset/", {"reason": ""}))).status_code == 200
    assert User.objects.get(pk=user.pk).is_active


def test_people_are_moved_and_memberships_end(admin: Client) -> None:
    open_organisation("T-1", name="一组", kind=Kind.TEAM, parent=lender(), by=None, at=now())
    user = make_user(role="collector", username="lin")
    today = access_day(now()).isoformat()
    told = {"organisation": "T-1", "home": "home", "from_on": today, "until_on": "", "reason": ""}

    admin.post(f"/people/{user.pk}/place/", told)

    page = admin.get(f"/people/{user.pk}/").context["page"]
    assert page.row.places == ("一组",)
    admin.post(f"/people/{user.pk}/leave/{page.memberships[0].pk}/", {"last_on": today})
    row = admin.get(f"/people/{user.pk}/").context["page"].memberships[0]
    assert row.until_on == access_day(now())


def test_a_lead_sees_and_moves_the_people_of_his_branch_only(sign_in: Any) -> None:
    branch = open_organisation(
        "EAST", name="华东", kind=Kind.BRANCH, parent=lender(), by=None, at=now()
    )
    team = open_organisation("E-1", name="一组", kind=Kind.TEAM, parent=branch, by=None, at=now())
    lead = sign_in(make_user(role="team_lead", organisation=branch))
    own = make_user(role="collector", username="own", organisation=team)
    other = make_user(role="collector", username="other")

    assert {row.username for row in lead.get("/people/").context["page"].rows} == {
        "team_lead", "own",
    }  # fmt: skip
    assert lead.get(f"/people/{own.pk}/").status_code == 200
    assert lead.get(f"/people/{other.pk}/").status_code == 404
    assert lead.post(f"/people/{own.pk}/roles/", {"roles": []}).status_code == 403
    assert lead.post(f"/people/{own.pk}/reset/").status_code == 403


def test_the_tree_is_shown_and_grows(admin: Client) -> None:
    told = {"kind": "branch", "key": "EAST", "name": "华东", "parent": "LENDER"}
    admin.post("/organisations/open/", told)
    again = admin.post("/organisations/open/", told)
    admin.post("/organisations/open/", told | {"kind": "team", "key": "E-1", "parent": "EAST"})

    assert again.status_code == 422
    rows = admin.get("/organisations/").context["rows"]
    assert [(row.key, row.depth) for row in rows] == [("LENDER", 0), ("EAST", 1), ("E-1", 2)]
    east = Organisation.objects.get(key="EAST")
    assert (
        "下级机构" in admin.post(f"/organisations/{east.pk}/close/", follow=True).content.decode()
    )
    admin.post(f"/organisations/{Organisation.objects.get(key='E-1').pk}/close/")
    admin.post(f"/organisations/{east.pk}/close/")
    assert Organisation.objects.get(key="EAST").closed_at is not None


def test_placements_of_an_agency_are_listed_and_called_back(sign_in: Any) -> None:
    lead = sign_in(make_user(role="team_lead"))
    agency = open_agency("HENGXIN")
    placed = place(make_case(obligor_no="P-1"), agency)
    page = f"/organisations/{agency.pk}/"

    [row] = lead.get(page).context["page"].placements
    assert (row.loans, row.state, row.may_recall) == (("A-03",), "live", True)
    recall = f"{page}recall/{placed.pk}/"
    assert "须填写原因" in lead.post(recall, follow=True).content.decode()
    lead.post(recall, {"reason": "投诉"})

    assert recall_words(Placement.objects.all()) == {Placement.objects.get().pk: "投诉"}
    [row] = lead.get(page).context["page"].placements
    assert (row.state, row.may_recall) == ("recalled", False)
    assert Entry.objects.filter(kind__endswith="recalled").exists()


def test_a_wide_token_needs_a_reason_and_waits(admin: Client) -> None:
    told = {"name": "all", "days": "9", "scopes": ["*:*"], "reason": ""}
    assert admin.post("/account/tokens/", told).status_code == 422

    page = admin.post("/account/tokens/", told | {"reason": "迁移"}).context["page"]

    assert [row.state for row in page] == ["waiting"]
    assert Proposal.objects.get().wanted["scopes"] == ["*:*"]


def test_changing_people_asks_who_one_is(admin: Client) -> None:
    user = make_user(role="collector", username="lin")
    session = admin.session
    session["carrears_began"] = 0
    session["account_authentication_methods"] = []
    session.save()

    for path in ("/people/new/", f"/people/{user.pk}/reset/", f"/people/{user.pk}/deactivate/"):
        answer = admin.post(path, {"reason": "x"})
        assert answer.status_code == 302
    assert User.objects.get(pk=user.pk).is_active
    assert User.objects.get(pk=user.pk).has_usable_password()
