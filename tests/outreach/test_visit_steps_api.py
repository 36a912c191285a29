"""A visit is ordered, told and read over HTTP; an agency visits what is placed with it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from access.outsiders import go_abroad, open_agency, place
from django.test import Client
from factories import make_case, make_user
from outreach.visit_day import PNG, case, day, pair, told, vault, visit

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.access.services import issue_token
from carrears.casework.models import Case
from carrears.clock import now
from carrears.conduct.models import Mandate
from carrears.outreach.models import Breach, FieldVisit

__all__ = ["case", "pair", "vault", "visit"]  # fixtures
pytestmark = pytest.mark.django_db


def bearer(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='test')}"})


def test_over_http_a_visit_is_ordered_told_and_read(
    case: Case, pair: tuple[User, User], settings: Any
) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns of none
    Case.objects.update(assignee=pair[0])
    client = bearer(pair[0])
    wanted = {
        "from_at": day(-1).isoformat(),
        "until_at": day(-1, 12).isoformat(),
        "visitors": ["li", "wang"],
    }
    ordered = client.post(
        f"/api/cases/{case.pk}/visits",
        json.dumps(wanted),
        content_type="application/json",
        headers={"Idempotency-Key": "from-a-device-1"},
    )
    assert (ordered.status_code, ordered.json()["state"]) == (201, "ordered")
    number = ordered.json()["id"]
    FieldVisit.objects.update(from_at=day(1), until_at=day(1, 12))
    second = bearer(pair[1])  # who sees no case of a colleague
    for step, file in ((told("check_in", day(1)), None), (told("photo", day(1)), PNG)):
        sent: dict[str, Any] = {"told": step.model_dump_json()}
        if file is not None:
            sent["file"] = io.BytesIO(file)
        answer = second.post(f"/api/visits/{number}/steps", sent)
        assert (answer.status_code, answer.json()["late"]) == (201, True), answer.content
    bad = second.post(f"/api/visits/{number}/steps", {"told": '{"kind": "dance"}'})
    assert bad.status_code == 422
    shown = client.get(f"/api/visits/{number}").json()
    assert (shown["state"], [one["kind"] for one in shown["steps"]]) == (
        "there", ["check_in", "photo"],
    )  # fmt: skip
    on = day(1).date().isoformat()
    assert [one["id"] for one in client.get(f"/api/visits?day={on}&mine=1").json()] == [number]
    assert client.get("/api/visits?day=2020-01-01").json() == []
    off = client.post(
        f"/api/visits/{number}/call-off", '{"why": "asked"}', content_type="application/json"
    )
    assert off.status_code == 409
    stranger = bearer(make_user(role="collector"))
    assert stranger.get(f"/api/visits/{number}").status_code == 404
    step = told("check_out", day(1)).model_dump_json()
    assert stranger.post(f"/api/visits/{number}/steps", {"told": step}).status_code == 404
    outsider = bearer(go_abroad().user)
    assert outsider.get(f"/api/visits/{number}").status_code == 404
    assert outsider.get(f"/api/visits?day={on}").json() == []


def test_two_people_of_an_agency_visit_what_is_placed_with_it(settings: Any) -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns of none
    today = access_day(now())
    agency = open_agency("HENGXIN")
    Mandate.objects.create(agency="HENGXIN", starts_on=today - timedelta(days=60))
    since = today - timedelta(days=60)
    case = make_case(
        loan_no="L-1", obligor_no="P-1", as_of=today, opened_on=since, dpd=90, assignee=None
    )
    place(case, agency, from_on=since, until_on=today + timedelta(days=14))
    first, second = (
        make_user(role="agency_user", username=name, organisation=agency)
        for name in ("heng", "heng2")
    )
    lender = make_user(role="collector", username="li")

    def order(visitors: list[str], key: str) -> Any:
        wanted = {"from_at": day(-1).isoformat(), "until_at": day(-1, 12).isoformat()}
        return bearer(first).post(
            f"/api/cases/{case.pk}/visits",
            json.dumps(wanted | {"visitors": visitors}),
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    assert order(["heng", "li"], "with-a-stranger").status_code == 409
    made = order(["heng", "heng2"], "of-its-own")
    assert (made.status_code, made.json()["state"]) == (201, "ordered"), made.content
    visit = FieldVisit.objects.get()
    assert visit.attempt.agency == "HENGXIN"
    FieldVisit.objects.update(from_at=day(1), until_at=day(1, 12))
    for step, by in (
        (told("check_in", day(1)), first), (told("check_in", day(1)), second),
        (told("result", day(1, 11), code="will_pay"), second),
    ):  # fmt: skip
        answer = bearer(by).post(f"/api/visits/{visit.pk}/steps", {"told": step.model_dump_json()})
        assert (answer.status_code, answer.json()["standing"]) == (201, "kept"), answer.content
    assert FieldVisit.objects.get().state == "done"
    assert not Breach.objects.exists()
    there = f"/api/visits/{visit.pk}"
    assert bearer(first).get(there).json()["visitors"] == ["heng", "heng2"]
    assert bearer(make_user(role="auditor")).get(there).status_code == 200
    rival = make_user(role="agency_user", username="rival", organisation=open_agency("RIVAL"))
    assert bearer(rival).get(there).status_code == 404
    assert bearer(lender).get(there).status_code == 404
