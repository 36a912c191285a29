"""The screens of batches: propose, look, approve by another, refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from access.outsiders import go_abroad, open_agency
from django.contrib.auth.models import Permission
from django.test import Client
from factories import make_case, make_user
from workbench.documents import words

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies.approving import approve, place_lines
from carrears.agencies.models import Placing
from carrears.casework.holds import place_hold
from carrears.casework.models import Placement
from carrears.clock import now

pytestmark = pytest.mark.django_db
LATE = {"treatment": "agency_placement", "dpd": 130, "stage": "late", "name": ""}


@pytest.fixture
def people() -> tuple[User, User]:
    manager = make_user(role="strategy_manager")
    manager.user_permissions.add(Permission.objects.get(codename="approve_placing"))
    return User.objects.get(pk=manager.pk), make_user(role="compliance_officer")


def propose(client: Client) -> Placing:
    answer = client.post("/agencies/propose/", {"first_on": access_day(now()).isoformat()})
    placing = Placing.objects.get()
    assert answer["Location"] == f"/agencies/{placing.pk}/"
    return placing


def test_it_is_proposed_by_one_and_approved_by_another(
    sign_in: Any, people: tuple[User, User]
) -> None:
    open_agency("HENGXIN")
    make_case(loan_no="L-1", obligor_no="P-1", **LATE)
    held = make_case(loan_no="L-2", obligor_no="P-2", **LATE)
    place_hold(held, reason="insolvency", today=held.as_of, until_on=None, by=None, at=now())
    manager: Client = sign_in(people[0], language="en")
    placing = propose(manager)
    page = words(manager.get(f"/agencies/{placing.pk}/"))
    assert "You proposed it; somebody else approves it." in page
    assert "up to 180 days: 18%" in page
    assert "Insolvency" in page
    assert "L-2" in page
    assert "L-2" not in words(
        manager.get(f"/agencies/{placing.pk}/?only={placing.batches.get().pk}")
    )
    assert manager.post(f"/agencies/{placing.pk}/approve/").status_code == 302
    assert "whoever proposed it does not approve it" in words(manager.get("/agencies/"))

    officer: Client = sign_in(people[1], language="en")
    officer.post(f"/agencies/{placing.pk}/approve/")
    assert "It is approved." in words(officer.get(f"/agencies/{placing.pk}/"))
    place_lines(placing, at=now())
    assert Placement.objects.get().obligor_no == "P-1"
    assert "HENGXIN" in words(officer.get("/case/L-1/"))


def test_it_is_refused_with_a_reason(sign_in: Any, people: tuple[User, User]) -> None:
    open_agency("HENGXIN")
    make_case(obligor_no="P-1", **LATE)
    placing = propose(sign_in(people[0], language="en"))
    officer: Client = sign_in(people[1], language="en")
    officer.post(f"/agencies/{placing.pk}/refuse/", {"reason": "not assessed yet"})
    assert "not assessed yet" in words(officer.get("/agencies/"))
    assert not Placement.objects.exists()


def test_an_agency_has_no_way_there(sign_in: Any) -> None:
    client: Client = sign_in(go_abroad().user, language="en")
    for path in ("/agencies/", "/agencies/1/"):
        assert client.get(path).status_code == 403
    assert client.post("/agencies/propose/").status_code == 403


def test_a_batch_is_extended_and_called_back_on_its_page(
    sign_in: Any, people: tuple[User, User]
) -> None:
    open_agency("HENGXIN")
    make_case(loan_no="L-1", obligor_no="P-1", **LATE)
    placing = propose(sign_in(people[0], language="en"))
    approve(placing, by=None, at=now())
    place_lines(placing, at=now())
    batch = placing.batches.get()
    officer: Client = sign_in(people[1], language="en")
    path, later = f"/agencies/batches/{batch.pk}/", batch.until_on + timedelta(days=30)
    assert "With the agency 1" in words(officer.get(path))
    officer.post(f"{path}extend/", {"until_on": later.isoformat(), "reason": "works well"})
    assert "Stay longer: 1." in words(officer.get(path))
    assert Placement.objects.get().until_on == later
    officer.post(f"{path}extend/", {"until_on": "x", "reason": "works well"})
    impossible = {"until_on": "2027-02-30", "reason": "works well"}
    assert officer.post(f"{path}extend/", impossible).status_code == 302
    assert "That is no day." in words(officer.get(path))
    officer.post(f"{path}recall/", {"reason": "contract ended"})
    page = words(officer.get(path))
    assert "Called back: 1." in page
    assert "contract ended" in page
    assert "Call the batch back" not in page
