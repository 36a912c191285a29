"""The screen on which cases are moved by hand: look, do, take back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user
from workbench.documents import words

from carrears.access.models import User
from carrears.casework.models import Case, Move

pytestmark = pytest.mark.django_db
MOVES = "/allocation/moves/"


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="team_lead"), language="en")
    return client


@pytest.fixture
def two() -> tuple[User, User]:
    li, wang = (make_user(role="collector", username=name) for name in ("li", "wang"))
    for number in (1, 2, 3):
        make_case(loan_no=f"L{number}", loan_id=number, name="", obligor_no=f"P-{number // 2}",
                  assignee=li)  # fmt: skip
    return li, wang


def test_it_is_looked_at_then_done_then_taken_back(client: Client, two: tuple[User, User]) -> None:
    li, wang = two
    told = {"owner": str(li.pk), "target": str(wang.pk), "reason": "illness", "loan_nos": "L1，X9"}
    looked = client.post(f"{MOVES}preview/", told)
    page = words(looked)
    assert "would be moved: cases 1, people 1" in page
    assert "no open case that you see: 1 X9" in page
    assert set(Case.objects.values_list("assignee", flat=True)) == {li.pk}

    seen = looked.context["preview"].seen
    assert client.post(f"{MOVES}do/", told | {"seen": "stale"}).status_code == 409
    assert client.post(f"{MOVES}do/", told | {"seen": seen}).status_code == 302
    assert Case.objects.get(loan_no="L1").assignee == wang
    page = words(client.get(MOVES))
    assert "1 case is moved." in page
    assert "illness" in page
    assert "li → wang illness" in words(client.get("/case/L1/"))

    move = Move.objects.get()
    client.post(f"{MOVES}{move.pk}/undo/")
    assert Case.objects.get(loan_no="L1").assignee == li
    page = words(client.get(MOVES))
    assert "Went back: 1." in page
    assert "Stays, as it ended" not in page
    assert "taken back by team_lead" in page
    client.post(f"{MOVES}{move.pk}/undo/")
    assert "this move was taken back before" in words(client.get(MOVES))


def test_a_collectors_cases_are_pulled_back_from_his_desk(
    client: Client, two: tuple[User, User]
) -> None:
    li, wang = two
    begun = f"{MOVES}?owner={li.pk}&target=rules"
    assert (
        begun.replace("&", "&amp;")
        in client.get(f"/allocation/collectors/{li.pk}/").content.decode()
    )
    assert client.get(begun).context["form"].initial == {"owner": str(li.pk), "target": "rules"}
    told = {"owner": str(li.pk), "target": "rules", "reason": "away"}
    seen = client.post(f"{MOVES}preview/", told).context["preview"].seen
    client.post(f"{MOVES}do/", told | {"seen": seen})
    assert set(Case.objects.values_list("assignee", flat=True)) == {wang.pk}


@pytest.mark.parametrize(
    "told",
    [
        {"target": "rules", "reason": "x"},
        {"owner": "none", "target": "rules", "reason": " "},
        {"owner": "none", "target": "999999", "reason": "x"},
        {"loan_nos": " ".join(f"L{n}" for n in range(1001)), "target": "rules", "reason": "x"},
    ],
)
def test_what_cannot_be_meant_is_refused(client: Client, told: dict[str, str]) -> None:
    for path in ("preview/", "do/"):
        assert client.post(f"{MOVES}{path}", told).status_code == 422
    assert not Move.objects.exists()


def test_the_newest_move_comes_first(client: Client, two: tuple[User, User]) -> None:
    li, wang = two
    for loan in ("L1", "L2"):
        told = {"owner": str(li.pk), "target": str(wang.pk), "reason": loan, "loan_nos": loan}
        seen = client.post(f"{MOVES}preview/", told).context["preview"].seen
        client.post(f"{MOVES}do/", told | {"seen": seen})
    assert [row.reason for row in client.get(MOVES).context["rows"]] == ["L2", "L1"]
