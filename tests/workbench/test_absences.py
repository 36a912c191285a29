"""Hours of absence as a lead notes them, by page and API, and as who is away sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest
from casework.test_attendance import DAY, at, clock, li, owned
from django.test import Client
from factories import make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.attendance import Away
from carrears.casework.desks import add_absence

__all__ = ["clock", "li"]
Clock = Callable[[datetime], None]


@pytest.mark.django_db
def test_the_screen_and_the_api_tell_the_hours(li: User, sign_in: Any, clock: Clock) -> None:
    lead = make_user(role="team_lead")
    api = Client(headers={"Authorization": f"Bearer {issue_token(lead, name='test')}"})
    clock(at(14))
    page: Client = sign_in(lead, language="en")
    told = {"from_on": "2026-12-01", "until_on": "2026-12-01", "from_at": "13:00",
            "until_at": "15:30"}  # fmt: skip
    assert page.post(f"/allocation/collectors/{li.pk}/absent/", told).status_code == 302
    text = page.get(f"/allocation/collectors/{li.pk}/").content.decode()
    assert "13:00" in text
    assert "15:30" in text
    assert "back at 15:30" in page.get("/allocation/collectors/").content.decode()
    desk = api.get("/api/desks/li").json()
    assert (desk["state"], desk["away_until"]) == ("away", "15:30:00")
    [one] = api.get("/api/desks/li/absences").json()
    assert (one["from_at"], one["until_at"]) == ("13:00:00", "15:30:00")
    answer = api.post(
        "/api/desks/li/absences",
        {"from_on": "2026-12-02", "until_on": "2026-12-02", "until_at": "11:00"},
        content_type="application/json",
        headers={"Idempotency-Key": "absence-0001"},
    )
    assert (answer.status_code, answer.json()["until_at"]) == (201, "11:00:00")


@pytest.mark.django_db
def test_who_asks_for_the_next_case_is_told_until_when_he_is_away(
    li: User, sign_in: Any, clock: Clock
) -> None:
    owned(1, li)
    add_absence(li, Away(DAY, DAY, time(13), time(15)), by=None, at=at(8))
    clock(at(14))
    shown = sign_in(li, language="en").post("/queue/next/", follow=True).content.decode()
    assert "you are away now (today until 15:00)" in shown
