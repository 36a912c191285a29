"""The register of complaints on the screens: who registers, who deals with it, who sees it."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from factories import make_case, make_user
from workbench.test_compliance import make_attempt

from carrears.access.models import User
from carrears.casework.models import Case, Hold
from carrears.clock import at_local, now
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.complaint_queries import today
from carrears.conduct.complaint_raising import raise_complaints
from carrears.conduct.complaints import open_words

pytestmark = pytest.mark.django_db
URL = "/compliance/complaints/"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


@pytest.fixture
def client(sign_in: Any, officer: User) -> Client:
    client: Client = sign_in(officer)
    return client


def told(**changes: Any) -> dict[str, Any]:
    usual = {
        "key": "k1",
        "loan_no": "A-03",
        "category": "conduct",
        "complainant": "borrower",
        "channel": "phone",
        "received_at": (now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "text": "态度恶劣",
    }
    return usual | changes


def step(client: Client, pk: int, kind: str, **more: Any) -> Any:
    return client.post(f"{URL}{pk}/step/", {"key": f"{kind}-1", "kind": kind} | more)


def test_a_collector_registers_from_his_case(sign_in: Any) -> None:
    collector = make_user(role="collector")
    case = make_case(assignee=collector)
    client = sign_in(collector)
    assert f"{URL}new/?loan_no=A-03" in client.get("/case/A-03/").content.decode()

    answer = client.post(f"{URL}new/", told())
    again = client.post(f"{URL}new/", told())

    assert (answer.status_code, answer.headers["Location"]) == (302, "/case/A-03/")
    assert again.status_code == 302
    complaint = Complaint.objects.get()
    assert (complaint.case, complaint.party, complaint.due_on is not None) == (
        case,
        case.party,
        True,
    )
    assert Hold.objects.get().reason == "complaint"
    text = client.get("/case/A-03/").content.decode()
    assert "言行粗暴或威胁" in text
    assert "态度恶劣" not in text  # sealed: for those who may see complaints


def test_other_peoples_cases_are_none_of_his(sign_in: Any) -> None:
    make_case()
    client = sign_in(make_user(role="collector"))
    assert client.post(f"{URL}new/", told()).status_code == 422
    assert client.post(f"{URL}new/", told(loan_no="", jurisdiction="cn")).status_code == 422
    assert Complaint.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"loan_no": ""}, "jurisdiction"),
        ({"loan_no": "NONE"}, "loan_no"),
        ({"received_at": "2126-01-01T10:00"}, "received_at"),
        ({"category": "food"}, "category"),
        ({"agency": "恒信"}, "agency"),
    ],
)
def test_what_is_wrong_is_told_by_field(
    client: Client, changes: dict[str, Any], field: str
) -> None:
    make_case()
    answer = client.post(f"{URL}new/", told(**changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_a_complaint_about_a_contact_knows_whose_it_was(
    client: Client, case: Case, officer: User
) -> None:
    attempt = make_attempt(case, "allow", agency="HENGXIN", channel="call", made_by=officer)
    page = client.get(f"/compliance/attempts/{attempt.pk}/").content.decode()
    assert f"{URL}new/?attempt={attempt.pk}" in page
    form = client.get(f"{URL}new/?attempt={attempt.pk}").context["form"]
    assert (form["agency"].value(), form["loan_no"].value()) == ("HENGXIN", "A-03")

    client.post(f"{URL}new/", told(attempt=attempt.pk, agency="HENGXIN", collector=officer.pk))

    complaint = Complaint.objects.get()
    assert (complaint.contact, complaint.agency, complaint.collector) == (
        attempt.verdict,
        "HENGXIN",
        officer,
    )
    shown = client.get(f"{URL}{complaint.pk}/").content.decode()
    assert f'href="/compliance/attempts/{attempt.pk}/"' in shown


def test_it_is_dealt_with_to_the_end(client: Client, officer: User) -> None:
    make_case()
    client.post(f"{URL}new/", told())
    pk = Complaint.objects.get().pk
    page = client.get(f"{URL}{pk}/")
    assert next(form.step for form in page.context["forms"]) == "acknowledge"
    assert "态度恶劣" in page.content.decode()

    assert step(client, pk, "assign", assign_to=officer.pk).status_code == 302
    assert step(client, pk, "acknowledge").status_code == 302
    assert step(client, pk, "acknowledge").status_code == 302  # a second click
    assert step(client, pk, "close", outcome="upheld", remedy="apology").status_code == 422
    assert step(client, pk, "answer").status_code == 422  # needs words
    assert step(client, pk, "answer", text="已致歉").status_code == 302
    assert step(client, pk, "close", outcome="upheld", remedy="apology").status_code == 302

    complaint = Complaint.objects.get()
    assert (complaint.state, complaint.assigned_to, complaint.outcome) == (
        "closed",
        officer,
        "upheld",
    )
    assert Hold.objects.get().lifted_on is not None
    shown = client.get(f"{URL}{pk}/").context["page"]
    assert [one.kind for one in shown.steps] == [
        "received",
        "assign",
        "acknowledge",
        "answer",
        "close",
    ]
    assert all(one.entry_no is not None for one in shown.steps)
    assert shown.steps[3].text == "已致歉"
    assert shown.possible == ("escalate", "note")


def test_an_unknown_step_or_complaint_is_not_there(client: Client) -> None:
    make_case()
    client.post(f"{URL}new/", told())
    pk = Complaint.objects.get().pk
    assert step(client, pk, "burn").status_code == 404
    assert step(client, pk + 1, "note", text="x").status_code == 404
    assert client.get(f"{URL}{pk + 1}/").status_code == 404


@pytest.fixture
def three(client: Client) -> list[Complaint]:
    make_case()
    client.post(f"{URL}new/", told())
    old = datetime(2026, 7, 1, 2).strftime("%Y-%m-%dT%H:%M")  # noqa: DTZ001  as it is typed
    client.post(f"{URL}new/", told(key="k2", received_at=old, agency="HENGXIN", category="hours"))
    client.post(f"{URL}new/", told(key="k3", loan_no="", jurisdiction="uk", channel="ombudsman"))
    made = list(Complaint.objects.order_by("pk"))
    step(client, made[2].pk, "close", outcome="withdrawn")
    # Working days are not counted here: seen from a weekend, the third is only three days off.
    Complaint.objects.filter(pk=made[0].pk).update(due_on=today() + timedelta(days=10))
    return made


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("", [1, 0]),
        ("state=all", [1, 0, 2]),
        ("state=closed", [2]),
        ("due=overdue", [1]),
        ("due=30", [1, 0]),
        ("agency=HENGXIN", [1]),
        ("agency=LENDER", [0]),
        ("category=hours", [1]),
        ("jurisdiction=uk&state=all", [2]),
        ("state=all&outcome=withdrawn", [2]),
        ("state=all&outcome=found", []),
        ("from=2026-06-30&to=2026-07-01", [1]),
        ("state=x&due=x&category=x&from=x", [1, 0]),
    ],
)
def test_the_list_is_narrowed(
    client: Client, three: list[Complaint], query: str, which: list[int]
) -> None:
    page = client.get(f"{URL}?{query}").context["page"]
    assert [row.pk for row in page.rows] == [three[n].pk for n in which]
    assert (page.open, page.overdue, page.soon) == (2, 1, 0)


def test_what_is_due_soon_is_counted(client: Client, three: list[Complaint]) -> None:
    for one, days in ((three[0], 3), (three[1], -1)):
        Complaint.objects.filter(pk=one.pk).update(due_on=today() + timedelta(days=days))
    page = client.get(URL).context["page"]
    assert (page.overdue, page.soon) == (1, 1)
    assert [row.due for row in page.rows] == ["overdue", "soon"]


def test_the_file_holds_what_the_list_shows_and_no_words(
    client: Client, three: list[Complaint]
) -> None:
    answer = client.get(f"{URL}file/?state=all")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["complaint"]) for row in rows] == [three[n].pk for n in (1, 0, 2)]
    assert "态度恶劣" not in text
    assert rows[2]["outcome"] == "withdrawn"


def test_a_team_lead_sees_and_a_collector_does_not(sign_in: Any) -> None:
    make_case()
    lead = sign_in(make_user(role="team_lead"))
    lead.post(f"{URL}new/", told())
    pk = Complaint.objects.get().pk
    assert lead.get(f"{URL}{pk}/").status_code == 200
    collector = sign_in(make_user(role="collector"))
    assert [collector.get(path).status_code for path in (URL, f"{URL}{pk}/", f"{URL}file/")] == [
        403,
        403,
        403,
    ]


def test_the_limits_are_shown_with_their_sources(client: Client, three: list[Complaint]) -> None:
    text = client.get(f"{URL}{three[1].pk}/").content.decode()
    assert "银保监会令2020年第3号" in text
    assert len(re.findall("data-limit", text)) == 2
    assert open_words(three[1].party, three[1].text_sealed) == "态度恶劣"


def test_what_was_raised_is_told_where_one_looks(client: Client, case: Case, sign_in: Any) -> None:
    assert case.loan_no == told()["loan_no"]
    client.post(f"{URL}new/", told())
    complaint = Complaint.objects.get()
    assert complaint.due_on is not None
    late = at_local(complaint.due_on + timedelta(days=1), time(10), settings.TIME_ZONE)
    assert raise_complaints(at=late) == 1

    page = client.get(URL, {"due": "raised"})
    assert [row.raised_to for row in page.context["page"].rows] == ["组长、合规官"]
    assert page.context["page"].raised == 1
    assert "已报：组长、合规官" in page.content.decode()
    assert "1 件投诉期限将至或已过" in client.get("/compliance/").content.decode()
    assert 'data-waiting="workbench:compliance">1<' in page.content.decode()
    steps = client.get(f"{URL}{complaint.pk}/").context["page"].steps
    assert steps[-1].detail == "报：组长、合规官 · 贷款人内部制度 投诉督办"
    lead = sign_in(make_user(role="team_lead"))
    assert 'data-waiting="workbench:complaints">1<' in lead.get(URL).content.decode()
