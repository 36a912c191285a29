"""The screen and the API of reports by mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_user
from reports.servers import MailServer, running_mail_server

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.clock import now
from carrears.reports.models import ReportMail, ReportSchedule
from carrears.reports.sending import send_due
from carrears.workbench.queries.report_mails import write_report

pytestmark = pytest.mark.django_db
URL = "/reports/"
FORM = {
    "report": "team", "every": "week", "weekday": "1", "clock": "08:30",
    "time_zone": "Asia/Shanghai", "language": "zh-CN",
}  # fmt: skip
BODY = {"report": "team", "every": "day", "clock": "08:30", "readers": ["lead1"]}


@pytest.fixture
def server(settings: LazySettings) -> Iterator[MailServer]:
    with running_mail_server() as running:
        settings.SMTP_URL = running.url
        yield running


@pytest.fixture
def lead() -> User:
    user = make_user(role="team_lead", username="lead1")
    user.email = "lead1@lender.example"
    user.save(update_fields=["email"])
    return user


@pytest.fixture
def client(sign_in: Any, lead: User) -> Client:
    found: Client = sign_in(lead, language="en")
    return found


def call(user: User, method: str, path: str, body: Any = None, key: str = "key-00001") -> Any:
    secret = issue_token(user, name="t")
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
    return Client().generic(
        method, f"/api{path}", json.dumps(body or {}), "application/json",
        headers=headers,
    )  # fmt: skip


def test_a_report_is_scheduled_sent_stopped_and_sent_again(
    client: Client, lead: User, server: MailServer
) -> None:
    answer = client.post(f"{URL}schedule/", {**FORM, "readers": [str(lead.pk)]})
    assert answer.status_code == 302
    planned = ReportSchedule.objects.get()
    assert planned.next_at is not None
    assert planned.next_at > now()
    assert client.post(f"{URL}{planned.pk}/again/").status_code == 302
    assert send_due(write_report, at=now()) == 1
    [row] = client.get(URL).context["page"].rows
    assert (row.when, row.readers) == ("every Monday at 08:30 (Asia/Shanghai)", (str(lead),))
    assert [(one.asked_by, one.mails[0].state) for one in row.runs] == [(str(lead), "sent")]
    assert "团队实况" in server.mails[0]["Subject"]
    client.post(f"{URL}{planned.pk}/stop/")
    [row] = client.get(URL).context["page"].rows
    assert row.next_at is None
    assert send_due(write_report, at=now() + timedelta(days=9)) == 0
    client.post(f"{URL}{planned.pk}/start/")
    assert ReportSchedule.objects.get().next_at is not None


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"every": "month", "monthday": ""}, "a report needs a day of the week"),
        ({"time_zone": "Asia/Nowhere"}, "this time zone is not known"),
        ({"report": "agencies"}, "you may not see this report yourself"),
        ({"readers": []}, "This field is required"),
    ],
)
def test_what_cannot_go_is_refused_in_words(
    client: Client, lead: User, told: dict[str, Any], why: str
) -> None:
    answer = client.post(f"{URL}schedule/", {**FORM, "readers": [str(lead.pk)], **told})
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert not ReportSchedule.objects.exists()


def test_readers_are_those_with_a_right_and_an_address(client: Client, lead: User) -> None:
    make_user(role="team_lead", username="mute")
    collector = make_user(role="collector", username="c1")
    collector.email = "c1@lender.example"
    collector.save(update_fields=["email"])
    form = client.get(URL).context["form"]
    assert [pk for pk, _ in form.fields["readers"].choices] == [str(lead.pk)]


def test_the_page_asks_as_often_for_three_reports_as_for_one(
    client: Client, lead: User, django_assert_max_num_queries: Any
) -> None:
    for key in ("key-00001", "key-00002"):
        assert call(lead, "POST", "/reports", BODY, key).status_code == 201
    client.get(URL)
    with django_assert_max_num_queries(30):
        client.get(URL)


def test_by_api_a_report_is_made_once_by_its_key(lead: User, server: MailServer) -> None:
    first, again = (call(lead, "POST", "/reports", BODY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    pk = first.json()["id"]
    assert call(lead, "POST", f"/reports/{pk}/again").status_code == 200
    assert call(lead, "POST", f"/reports/{pk}/again").status_code == 409
    assert send_due(write_report, at=now()) == 1
    assert len(server.given) == 1
    [one] = call(lead, "GET", "/reports").json()["items"]
    assert (one["readers"], one["runs"][0]["mails"][0]["state"]) == (["lead1"], "sent")
    assert call(lead, "POST", f"/reports/{pk}/stop").json()["next_at"] is None
    assert call(lead, "POST", f"/reports/{pk}/stop").status_code == 409
    assert call(lead, "POST", f"/reports/{pk}/start").json()["next_at"] is not None
    assert call(lead, "POST", "/reports/999/stop").status_code == 404


def test_by_api_strangers_and_unknown_readers_are_refused(lead: User) -> None:
    collector = make_user(role="collector", username="c1")
    assert call(collector, "GET", "/reports").status_code == 403
    assert call(collector, "POST", "/reports", BODY).status_code == 403
    for wrong in ({"readers": ["nobody"]}, {"every": "week"}, {"readers": ["c1"]}):
        assert call(lead, "POST", "/reports", {**BODY, **wrong}).status_code == 422
    assert not ReportSchedule.objects.exists()


def test_the_auditor_looks_and_changes_nothing(sign_in: Any, lead: User) -> None:
    pk = call(lead, "POST", "/reports", BODY).json()["id"]
    auditor: Client = sign_in(make_user(role="auditor"), language="en")
    assert b"Have it mailed" not in auditor.get(URL).content
    assert auditor.post(f"{URL}{pk}/stop/").status_code == 403
    assert not ReportMail.objects.exists()
