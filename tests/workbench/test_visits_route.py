"""The way of a day on the screens: drawn from where check-ins were made, the rest apart."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from factories import make_case, make_person, make_user

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.case_product import product_of
from carrears.clock import now
from carrears.outreach.models import FieldVisit
from carrears.outreach.visit_places import VAGUEST_M, places_of
from carrears.outreach.visit_steps import keep_step
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import VisitOrder, order_visit

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def day(days: int, hour: int) -> datetime:
    on = access_day(now()) - timedelta(days=days)
    return datetime(on.year, on.month, on.day, hour, tzinfo=ZONE)


def visited(number: int, pair: tuple[User, User], hour: int, **told: Any) -> FieldVisit:
    """Of yesterday; checked in at a place, if one is told."""
    today = access_day(now())
    case = make_case(
        loan_no=f"R-{number}",
        name=f"赵试{number}",
        obligor_no=f"P-{number}",
        loan_id=number,
        as_of=today,
        opened_on=today - timedelta(days=60),
        dpd=60,
    )
    order = VisitOrder(
        key=f"v-{number}",
        case=case,
        party=case.party,  # type: ignore[arg-type]
        from_at=day(-1, hour),
        until_at=day(-1, hour + 1),
        visitors=pair,
        by=pair[0],
    )
    visit = order_visit(order, product_of(case))
    FieldVisit.objects.filter(pk=visit.pk).update(from_at=day(1, hour), until_at=day(1, hour + 1))
    step = {"id": uuid.uuid4(), "kind": "check_in", "claimed_at": day(1, hour)}
    keep_step(FieldVisit.objects.get(pk=visit.pk), ToldStep.model_validate(step | told), by=pair[0])
    return visit


def place(lat: float, lon: float, accuracy_m: float = 10) -> dict[str, Any]:
    return {"position": {"lat": lat, "lon": lon, "accuracy_m": accuracy_m}}


@pytest.fixture
def pair() -> tuple[User, User]:
    return (
        make_user(role="collector", username="li"),
        make_user(role="collector", username="wang"),
    )


def test_the_day_is_a_way_and_the_rest_is_apart(sign_in: Any, pair: tuple[User, User]) -> None:
    late = visited(1, pair, 16, **place(30.25, 120.17))
    early = visited(2, pair, 9, **place(30.27, 120.15))
    refused = visited(3, pair, 12, no_position="denied")
    vague = visited(4, pair, 13, **place(30.27, 120.15, VAGUEST_M + 1))
    client: Client = sign_in(pair[1])  # a colleague's cases are his way, too
    on = day(1, 0).date().isoformat()
    page = client.get(f"/visits/route/?day={on}").content.decode()
    assert re.findall(r'data-stop="(\d+)"', page) == [str(early.pk), str(late.pk)]
    assert re.findall(r'data-apart="(\d+)"', page) == [str(refused.pk), str(vague.pk)]
    assert "<polyline" in page
    assert "2.9 km" in page  # 2,224 m north to south and 1,922 m west to east
    assert "30.25" not in page
    assert "赵试1" not in page  # masked, as he does not work the case
    assert "tile" not in page.casefold().replace("title", "")


def test_nobody_elses_way_is_shown(sign_in: Any, pair: tuple[User, User]) -> None:
    visited(1, pair, 16, **place(30.25, 120.17))
    on = day(1, 0).date().isoformat()
    page = sign_in(make_user(role="team_lead")).get(f"/visits/route/?day={on}").content.decode()
    assert "data-stop" not in page
    assert sign_in(make_user(role="operator")).get("/visits/route/").status_code == 403


def test_an_address_is_where_the_newest_check_in_was(pair: tuple[User, User]) -> None:
    visit = visited(1, pair, 9, **place(30.25, 120.17))
    moved = {"id": uuid.uuid4(), "kind": "check_in", "claimed_at": day(1, 10)}
    told = ToldStep.model_validate(moved | place(30.26, 120.18))
    keep_step(FieldVisit.objects.get(pk=visit.pk), told, by=pair[1])
    point = visit.attempt.contact_point_id or 0
    assert places_of({point})[point].lat == 30.26
    assert places_of({0}) == {}


def test_what_the_tape_says_goes_before_check_ins(pair: tuple[User, User]) -> None:
    visit = visited(1, pair, 9, **place(30.25, 120.17))
    point = visit.attempt.contact_point_id or 0
    make_person(
        loan_no="R-1", name="赵试1", address_lat=Decimal("31.175304"),
        address_lon=Decimal("121.531542"), address_crs="GCJ-02",
    )  # fmt: skip
    found = places_of({point})[point]
    assert (found.lat, found.lon) == pytest.approx((31.1774276, 121.5272106), abs=1e-6)
    assert found.accuracy_m is None
