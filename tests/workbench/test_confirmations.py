"""What waits for a person's word is listed, confirmed or declined, and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import MOMENT, make_case, make_user

from carrears.casework.models import Case, CaseEvent, RulingKind
from carrears.dayrun.rulings import RulingWanted, judge_again, place_ruling
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
URL = "/compliance/treatments/"


@pytest.fixture
def case(settings: Any, tmp_path: Path) -> Case:
    """A case of somebody who is out of automated decisions; the strategy wants a call."""
    settings.BOOK_DIR = tmp_path / "book"
    made = make_case(treatment="reminder", decision={"treatment": "reminder", "channel": "email"})
    place_ruling(
        RulingWanted(party=made.party, kind=RulingKind.CONFIRM, cause="test", key="k1", at=MOMENT)
    )
    want(made, "mid_call")
    return made


def want(case: Case, treatment: str) -> None:
    """The strategy wants this from now on, as a night would bring it."""
    case.refresh_from_db()
    ruled = case.decision.get("ruled") or {"kind": "confirm", "ruling": 0}
    wanted = {"treatment": treatment, "channel": "call", "priority": 55, "review_days": 5}
    case.decision = case.decision | {"facts": {"dpd": 40}, "ruled": ruled | {"wanted": wanted}}
    case.save(update_fields=["decision"])
    judge_again([case.loan_no], at=MOMENT)
    case.refresh_from_db()


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(username="lead", role="team_lead"))
    return client


def say(client: Client, case: Case, said: str, key: str = "k1", **more: str) -> Any:
    told = {"answer": said, "wanted": "mid_call", "key": key} | more
    return client.post(f"{URL}{case.pk}/", told)


def test_it_is_listed_and_nothing_has_begun(client: Client, case: Case) -> None:
    assert (case.treatment, case.decision["channel"]) == ("reminder", "email")
    page = client.get(URL).content.decode()
    assert f'data-confirm="{case.loan_no}"' in page
    assert "中期致电" in page
    assert "赵试一" not in page
    shown = client.get(f"/case/{case.loan_no}/").content.decode()
    assert "每项新处置须由人确认" in shown


def test_confirmed_it_begins_with_its_evidence(client: Client, case: Case) -> None:
    answer = say(client, case, "confirm")
    again = say(client, case, "confirm")
    assert (answer.status_code, again.status_code) == (302, 302)
    case.refresh_from_db()
    assert (case.treatment, case.priority) == ("mid_call", 55)
    assert "ruled" not in case.decision
    assert case.decision["facts"] == {"dpd": 40}
    line = CaseEvent.objects.filter(kind="ruling").first()
    assert (line.data["what"], line.actor.username) == ("confirmed", "lead")
    told = [json.loads(one.payload) for one in Entry.objects.filter(kind="case.ruling")]
    assert [one["what"] for one in told].count("confirmed") == 1
    assert "data-confirm" not in client.get(URL).content.decode()


def test_declined_it_waits_no_more_until_something_else_is_wanted(
    client: Client, case: Case
) -> None:
    assert say(client, case, "decline").status_code == 422  # without words
    assert say(client, case, "decline", text="客户正在协商").status_code == 302
    case.refresh_from_db()
    assert case.treatment == "reminder"
    assert "data-confirm" not in client.get(URL).content.decode()

    want(case, "mid_call")
    assert "data-confirm" not in client.get(URL).content.decode()

    want(case, "formal_notice")
    assert "data-confirm" in client.get(URL).content.decode()
    assert say(client, case, "confirm", key="k2").status_code == 422  # not what is wanted now


def test_who_may_look_and_who_may_say(sign_in: Any, case: Case) -> None:
    officer = sign_in(make_user(role="compliance_officer"))
    page = officer.get(URL).content.decode()
    assert "data-confirm" in page
    assert "<form" not in page.split("data-confirm")[1].split("</section>")[0]
    assert say(officer, case, "confirm").status_code == 403
    told = officer.get("/compliance/").content.decode()
    assert "没有尝试" in told or "data-waiting" in told
