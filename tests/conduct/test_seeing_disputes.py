"""Who sees a dispute of a loan that has no case: as he would a case of whoever deals with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from access.outsiders import open_agency
from access.test_walls import asked
from conduct.disputing import dispute
from django.test import Client
from factories import make_user

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import lender, open_organisation
from carrears.access.walls import ensure_walls
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.dispute_queries import visible_disputes
from carrears.conduct.disputes import BareLoan, LoanWanted

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def make_part(key: str, kind: str, parent: Organisation) -> Organisation:
    return open_organisation(key, name=key, kind=kind, parent=parent, by=None, at=NOW)


def bare(key: str, assigned_to: User | None = None) -> Dispute:
    loan = BareLoan(loan_no=f"L-{key}", currency="CNY", jurisdiction="cn", party=None)
    wanted = [LoanWanted(loan=loan, amount=10_00)]
    return dispute(key=key, loans=wanted, assigned_to=assigned_to)


@pytest.fixture
def house() -> dict[str, Any]:
    """Two branches with a lead each; disputes without a case are of each lead, and of nobody."""
    places = {key: make_part(key, Kind.BRANCH, lender()) for key in ("EAST", "WEST")}
    for key, place in places.items():
        lead = make_user(role="team_lead", username=f"lead {key}", organisation=place)
        bare(key, lead)
    bare("nobody")
    return places | {"LENDER": lender(), "HENGXIN": open_agency("HENGXIN")}


@pytest.mark.parametrize(
    ("role", "at", "sees"),
    [
        ("collector", "EAST", set()),
        ("team_lead", "EAST", {"EAST", "nobody"}),
        ("team_lead", "WEST", {"WEST", "nobody"}),
        ("team_lead", "LENDER", {"EAST", "WEST", "nobody"}),
        ("compliance_officer", "EAST", {"EAST", "WEST", "nobody"}),
        ("agency_user", "HENGXIN", set()),
        ("team_lead", "HENGXIN", set()),
        ("compliance_officer", "HENGXIN", set()),
    ],
)
def test_who_sees_what(house: dict[str, Any], role: str, at: str, sees: set[str]) -> None:
    user = make_user(role=role, username="me", organisation=house[at])
    assert {one.key for one in visible_disputes(user)} == sees


@pytest.mark.usefixtures("house")
def test_it_is_opened_by_who_sees_it_and_by_nobody_else() -> None:
    client = Client()
    client.force_login(User.objects.get(username="lead EAST"))
    listed = client.get("/disputes/").content.decode()
    assert ("L-EAST" in listed, "L-nobody" in listed, "L-WEST" in listed) == (True, True, False)
    for key, status in (("EAST", 200), ("nobody", 200), ("WEST", 404)):
        made = Dispute.objects.get(key=key)
        assert client.get(f"/disputes/{made.pk}/").status_code == status


@pytest.mark.parametrize(
    "table", ["conduct_dispute", "conduct_disputedloan", "conduct_disputestep"]
)
def test_the_database_shows_none_to_an_agency(house: dict[str, Any], table: str) -> None:
    ensure_walls()
    user = make_user(role="agency_user", organisation=house["HENGXIN"])
    count = f"select count(*) from {table}"  # noqa: S608  one of three names
    assert asked(user, count) == [0]
    assert asked(make_user(role="team_lead"), count) == [3]
