"""Batches over HTTP: by whom, in which order, and not by an agency."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from access.outsiders import go_abroad, open_agency
from django.contrib.auth.models import Permission
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import Kind, User
from carrears.access.organisations import access_day, lender, open_organisation
from carrears.agencies.approving import approve, place_lines
from carrears.agencies.models import Placing
from carrears.agencies.proposing import propose
from carrears.casework.models import Placement
from carrears.clock import now
from carrears.signin.tokens import issue

pytestmark = pytest.mark.django_db
LATE = {"treatment": "agency_placement", "dpd": 130, "stage": "late", "name": ""}


def ask(user: User, method: str, path: str, *, area: str = "placings", **body: Any) -> Any:
    token = issue(
        user, name="test", scopes=(f"{area}:*",), valid_for=None, by="test", by_house=True
    ).secret
    client = Client(headers={"authorization": f"Bearer {token}"})
    call = getattr(client, method)
    if method == "get":
        return call(f"/api/{area}{path}")
    return call(f"/api/{area}{path}", data=body, content_type="application/json")


def test_one_proposes_another_approves() -> None:
    open_agency("HENGXIN")
    make_case(obligor_no="P-1", **LATE)
    manager, officer = make_user(role="strategy_manager"), make_user(role="compliance_officer")
    manager.user_permissions.add(Permission.objects.get(codename="approve_placing"))
    answer = ask(manager, "post", "")
    assert answer.status_code == 201
    told = answer.json()
    assert [one["people"] for one in told["batches"]] == [1]
    assert told["batches"][0]["arrears"] == 1_100_00
    number = told["id"]
    assert ask(manager, "post", f"/{number}/approve").status_code == 409
    assert ask(officer, "post", "").status_code == 403
    assert ask(officer, "post", f"/{number}/approve").json()["state"] == "approved"
    place_lines(Placing.objects.get(), at=now())
    lines = ask(officer, "get", f"/{number}/lines").json()
    assert [(one["obligor_no"], one["placed"]) for one in lines] == [("P-1", True)]
    assert ask(officer, "get", f"/{number}/lines?why=promise").json() == []


def test_whoever_proposed_takes_it_back_and_a_reader_does_not() -> None:
    open_agency("HENGXIN")
    make_case(obligor_no="P-1", **LATE)
    manager, auditor = make_user(role="strategy_manager"), make_user(role="auditor")
    number = ask(manager, "post", "").json()["id"]
    assert ask(auditor, "post", f"/{number}/refuse", reason="no").status_code == 403
    answer = ask(manager, "post", f"/{number}/refuse", reason="rates are wrong").json()
    assert (answer["state"], answer["decided_by"]) == ("refused", None)
    assert not Placement.objects.exists()


def test_part_of_a_house_and_an_agency_are_shown_nothing() -> None:
    abroad = go_abroad()
    branch = open_organisation(
        "EAST", name="EAST", kind=Kind.BRANCH, parent=lender(), by=None, at=now()
    )
    part = make_user(role="team_lead", username="part", organisation=branch)
    part.user_permissions.set(Permission.objects.filter(content_type__app_label="agencies"))
    for user in (abroad.user, part):
        for method, path in (("get", ""), ("post", ""), ("get", "/1"), ("get", "/1/lines")):
            assert ask(User.objects.get(pk=user.pk), method, path).status_code == 403


def test_a_batch_is_listed_extended_and_called_back() -> None:
    open_agency("HENGXIN")
    make_case(obligor_no="P-1", **LATE)
    officer, auditor = make_user(role="compliance_officer"), make_user(role="auditor")
    placing = propose(first_on=access_day(now()), by=None, at=now())
    approve(placing, by=None, at=now())
    place_lines(placing, at=now())
    [told] = ask(auditor, "get", "", area="batches").json()
    assert (told["agency"], told["states"]) == ("HENGXIN", {"live": 1})
    later = {"until_on": str(placing.batches.get().until_on + timedelta(days=9)), "reason": "x"}
    path = f"/{told['id']}"
    assert ask(auditor, "post", f"{path}/extend", area="batches", **later).status_code == 403
    assert ask(officer, "post", f"{path}/extend", area="batches", **later).json() == {"debtors": 1}
    assert ask(officer, "post", f"{path}/extend", area="batches", **later).status_code == 409
    assert ask(officer, "post", f"{path}/recall", area="batches", reason="x").status_code == 200
    assert ask(auditor, "get", "", area="batches").json()[0]["states"] == {"recalled": 1}
