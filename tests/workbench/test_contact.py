"""Writing to somebody: the verdict first, then the message, then its place in mailbox and log."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_person, make_user
from pytest_django import DjangoAssertNumQueries, Settings

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.messages import opt_out_url
from carrears.outreach.models import Attempt
from carrears.outreach.services import contact as send
from carrears.parties.consents import record_consent
from carrears.parties.models import Party
from carrears.workbench.queries.blocks import block_reasons

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
URL = "/case/A-03/contact/"


@pytest.fixture(autouse=True)
def mailbox(settings: Settings, tmp_path: Path) -> Path:
    settings.MAIL_DIR = tmp_path / "mail"
    settings.SMTP_URL = ""
    return tmp_path / "mail"


@pytest.fixture
def me() -> User:
    return make_user(role="collector")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me, decision={"channel": "email", "template": "reminder_firm"})


@pytest.fixture
def client(sign_in: Any, me: User, case: Case) -> Client:  # noqa: ARG001  his case
    client: Client = sign_in(me)
    return client


def key_of(text: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found
    return found.group(1)


def verdict_of(text: str) -> str:
    found = re.search(r'data-verdict="([^"]+)"', text)
    assert found
    return found.group(1)


def test_the_verdict_is_seen_before_anything_is_kept(client: Client) -> None:
    text = client.get(URL, headers=PART).content.decode()

    assert verdict_of(text) == "allow"
    assert "CN-01" in text
    assert 'value="reminder_firm" selected' in text
    assert not Attempt.objects.exists()
    assert not Entry.objects.exists()


def test_a_message_goes_out_once_and_is_found_again(client: Client, mailbox: Path) -> None:
    key = key_of(client.get(URL, headers=PART).content.decode())
    data = {"key": key, "to": "", "template": "reminder_soft", "language": "zh-CN"}

    answer = client.post(URL, data, headers=PART).content.decode()
    client.post(URL, data, headers=PART)

    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.template) == ("sent", "reminder_soft")
    assert len(list(mailbox.glob("*.eml"))) == 1
    assert "已发送" in answer
    assert f'href="/mail/{attempt.pk}/"' in answer
    assert 'id="timeline" hx-swap-oob' in answer
    page = client.get(f"/mail/{attempt.pk}/").content.decode()
    assert "赵试一，您好" in page
    assert "已送达邮箱" in page
    assert "debtor@example.com" not in page
    assert "CN-01" in page
    entry = Entry.objects.get(kind="message.sent")
    assert f"#{entry.position.index}" in page


def test_a_message_without_a_subject_is_called_by_its_channel(
    client: Client, case: Case, me: User
) -> None:
    assert case.party is not None
    attempt = send(case, party=case.party, template="sms_reminder", by=me, key="k")
    listed = client.get("/mail/").content.decode()
    assert f'href="/mail/{attempt.pk}/">短信</a>' in listed
    page = client.get(f"/mail/{attempt.pk}/").content.decode()
    assert "<h1>短信" in page
    assert "message-subject" not in page


def test_what_may_not_be_said_is_not_sent_but_kept(client: Client, case: Case, me: User) -> None:
    assert case.party is not None
    record_consent(case.party, channel="email", granted=False, source="call", at=now())
    text = client.get(URL, headers=PART).content.decode()

    assert verdict_of(text) == "block"
    assert re.search(r'<button class="btn btn-primary" type="submit" disabled>', text)
    answer = client.post(URL, {"key": key_of(text)}, headers=PART).content.decode()
    assert "已拦截" in answer
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.message_id, attempt.made_by) == ("blocked", "", me)
    listed = client.get("/mail/?state=blocked").content.decode()
    assert f'href="/mail/{attempt.pk}/"' in listed
    [reason, *_] = block_reasons(date(2026, 6, 30))
    assert reason.count == 1
    assert reason.title in listed
    assert block_reasons(date(2026, 6, 29)) == ()


def test_a_change_of_language_or_recipient_shows_that_message(client: Client) -> None:
    contact = make_person(loan_no="A-03", role="contact", name="周联系")
    query = {"to": str(contact.token), "template": "reminder", "language": "en-US"}

    text = client.get(URL, query, headers=PART).content.decode()

    assert "Dear 周联系" in text or "周联系" in text
    assert 'value="en-US" selected' in text
    assert verdict_of(text) == "block"  # a contact person is not asked to pay


@pytest.mark.parametrize(
    "query", [{"template": "../../etc/passwd"}, {"template": "none_such"}, {"to": "x"}]
)
def test_nothing_unknown_is_sent(client: Client, query: dict[str, str]) -> None:
    assert client.get(URL, query).status_code == 404
    assert client.post(URL, query).status_code == 404


def test_nobody_outside_the_loan_is_written_to(client: Client) -> None:
    other = make_person(loan_no="B-01", name="别人")

    assert client.post(URL, {"to": str(other.token)}).status_code == 404


def test_a_closed_case_sends_nothing(client: Client, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=case.as_of)

    assert client.get(URL).status_code == 404


def test_without_scripts_the_dialog_is_a_page(client: Client) -> None:
    text = client.get(URL).content.decode()

    assert text.lstrip().startswith("<!doctype html>")
    assert client.post(URL, {"key": key_of(text)}).status_code == 200
    assert Attempt.objects.get().state == "sent"


def test_names_in_messages_are_masked_for_whom_the_case_is_not(
    client: Client, sign_in: Any
) -> None:
    client.post(URL, {})
    page = sign_in(make_user(role="compliance_officer")).get(f"/mail/{Attempt.objects.get().pk}/")

    assert "赵试一" not in page.content.decode()
    assert "赵*一，您好" in page.content.decode()


def test_a_collector_reads_the_mail_of_his_own_cases(client: Client, sign_in: Any) -> None:
    client.post(URL, {})
    other = sign_in(make_user(role="collector", username="other"))

    assert Attempt.objects.count() == 1
    assert f"/mail/{Attempt.objects.get().pk}/" not in other.get("/mail/").content.decode()
    assert other.get(f"/mail/{Attempt.objects.get().pk}/").status_code == 404


def test_an_erased_persons_mail_can_no_longer_be_read(client: Client, case: Case) -> None:
    client.post(URL, {})
    Party.objects.filter(pk=case.party_id).update(wrapped_key=None, name_sealed=None)

    page = client.get(f"/mail/{Attempt.objects.get().pk}/")

    assert page.status_code == 200
    assert "已随个人信息删除" in page.content.decode()
    assert client.get("/case/A-03/").status_code == 200
    assert client.get("/queue/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_of_the_mail_do_not_grow(
    client: Client, rows: int, me: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        make_case(loan_no=f"C-{number}", assignee=me)
        client.post(f"/case/C-{number}/contact/", {})
    assert Attempt.objects.filter(state="sent").count() == rows

    with django_assert_num_queries(9):  # two of what waits, one each of his place and notices
        client.get("/mail/")


class TestOptOut:
    """The link at the end of each message."""

    @pytest.fixture
    def path(self, case: Case) -> str:
        return opt_out_url(case.party_id).removeprefix("http://localhost:8000")

    def test_following_the_link_only_asks(self, path: str, case: Case) -> None:
        answer = Client().get(path)

        assert answer.status_code == 200
        assert case.party is not None
        assert case.party.consents.filter(granted=False).count() == 0

    def test_one_click_of_a_mail_program_stops_the_channel(self, path: str, client: Client) -> None:
        answer = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

        assert answer.status_code == 200
        assert verdict_of(client.get(URL).content.decode()) == "block"
        assert Entry.objects.filter(kind="person.refused").count() == 1
        Client().post(path)
        assert Entry.objects.filter(kind="person.refused").count() == 1

    def test_an_altered_link_leads_nowhere(self, path: str) -> None:
        assert Client().get(path[:-3] + "x/").status_code == 404

    def test_it_speaks_the_persons_language(self, path: str, case: Case) -> None:
        Party.objects.filter(pk=case.party_id).update(language="en-US")

        assert "Stop these messages?" in Client().get(path).content.decode()
