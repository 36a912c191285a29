"""Promise quality and contact rates on the screen, in the file and over HTTP."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from factories import MOMENT, make_case, make_promise, make_user
from workbench.test_compliance import make_attempt

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case
from carrears.outreach.models import Attempt, ContactOutcome

pytestmark = pytest.mark.django_db
URL, DAYS = "/promises/", "from=2026-06-01&to=2026-06-30"


def tell(case: Case, attempt: Attempt | None = None, **changes: Any) -> None:
    told = {
        "key": f"o{ContactOutcome.objects.count()}", "case": case, "party": case.party,
        "attempt": attempt, "channel": "call", "direction": "out", "at": MOMENT,
        "code": "will_pay", "codes_from": date(2026, 1, 1), "result": "conversation",
        "effective": True, "right_party": True, "next_step": "", "told_at": MOMENT,
    }  # fmt: skip
    ContactOutcome.objects.create(**(told | changes))


@pytest.fixture
def collector() -> User:
    return make_user(role="collector", username="anna")


@pytest.fixture(autouse=True)
def case(collector: User) -> Case:
    """Six calls: a promise, a bare conversation, a relative, no answer twice, one not dialled."""
    case = make_case(assignee=collector)

    def call(result: str, **changes: Any) -> Attempt:
        told = {"channel": "call", "state": "made", "made_by": collector, "result": result}
        return make_attempt(case, "allow", **(told | changes))

    tell(case, call("conversation"), code="promised", next_step="promise", told_by=collector)
    call("conversation")
    tell(
        case, call("answered_other_person"), code="relative", right_party=False,
        result="answered_other_person", effective=False,
    )  # fmt: skip
    call("no_answer")
    call("no_answer", agency="HENGXIN", made_by=None)
    call("not_dialled")
    call("conversation", at=MOMENT - timedelta(days=60))
    make_attempt(case, "block", channel="call", made_by=collector)
    make_attempt(case, "allow")
    tell(case, channel="visit", result="met", told_by=collector, staff=2)
    tell(case, channel="visit", result="not_home", right_party=False, effective=False, staff=2)
    tell(case, direction="in", result="received")
    kept = make_promise(case, (300_00, date(2026, 6, 20)), state="kept", paid_since=300_00)
    kept.made_by, kept.channel = collector, "call"
    kept.save()
    make_promise(case, (100_00, date(2026, 6, 21)), state="broken")
    return case


@pytest.fixture
def client(sign_in: Any) -> Client:
    signed: Client = sign_in(make_user(role="team_lead"))
    return signed


def test_the_page_says_what_became_of_promises_and_what_each_figure_is(client: Client) -> None:
    answer = client.get(f"{URL}?{DAYS}")
    page = answer.context["page"]
    assert (page.all.made, page.all.kept_rate, page.all.met_rate) == (2, 0.5, 0.75)
    assert {row.title: (row.kept, row.broken) for row in page.rows} == {
        "anna": (1, 0), "未知": (0, 1),
    }  # fmt: skip
    text = answer.content.decode()
    for words in ("兑现 ÷（兑现 + 部分兑现 + 未兑现）", "本人联系率：联系到负责还款的本人 ÷ 次数"):
        assert words in text


@pytest.mark.parametrize("way", ["channel", "collector", "team", "treatment", "strategy", "?"])
def test_every_grouping_has_all_promises(client: Client, way: str) -> None:
    page = client.get(f"{URL}?{DAYS}&by={way}").context["page"]
    assert sum(row.made for row in page.rows) == 2


def test_contacts_are_counted_by_whom_they_reached(client: Client) -> None:
    page = client.get(f"{URL}?{DAYS}").context["page"]
    channels = {
        row.key: (row.made, row.reached, row.right_party, row.promised) for row in page.channels
    }
    assert channels == {"call": (5, 3, 2, 1), "visit": (2, 1, 1, 0)}
    [call] = [row for row in page.channels if row.key == "call"]
    assert (call.contact_rate, call.right_party_rate, call.promise_rate) == (3 / 5, 2 / 5, 1 / 2)
    people = {row.title: (row.made, row.right_party) for row in page.collectors}
    assert people["anna"] == (5, 3)
    assert people["HENGXIN"] == (1, 0)


def test_days_without_anything_are_said_to_be_so(client: Client) -> None:
    text = client.get(f"{URL}?from=2024-01-01&to=2024-01-31").content.decode()
    assert "这些天没有到期的承诺" in text
    assert "这些天没有电话，也没有外访" in text


def test_the_file_has_every_grouping(client: Client) -> None:
    text = b"".join(client.get(f"{URL}file/?{DAYS}").streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert {row["by"] for row in rows} == {"channel", "collector", "team", "treatment", "strategy"}
    [call] = [row for row in rows if (row["by"], row["key"]) == ("channel", "call")]
    assert (call["kept"], call["kept_amount"], call["currency"]) == ("1", "30000", "CNY")


def test_it_is_for_those_who_see_the_cases_of_others(sign_in: Any, collector: User) -> None:
    mine = sign_in(collector)
    assert [mine.get(f"{URL}{part}").status_code for part in ("", "file/")] == [403, 403]


def test_the_same_over_http(client: Client) -> None:
    secret = issue_token(make_user(role="strategy_manager"), name="t")
    asked = Client(headers={"authorization": f"Bearer {secret}"})
    days = "first=2026-06-01&last=2026-06-30"
    [found] = asked.get(f"/api/analytics/promises?{days}&currency=CNY").json()
    assert (found["kept"], found["broken"], found["met_rate"]) == (1, 1, 0.75)
    rows = asked.get(f"/api/analytics/contacts?{days}").json()
    assert {row["channel"]: row["right_party"] for row in rows} == {"call": 2, "visit": 1}
    assert client.get(f"/api/analytics/promises?{days}").status_code in {401, 422}
