"""What did not get through is seen by whose case it is, and settled with two clicks."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user

from carrears.casework.models import Case
from carrears.clock import now
from carrears.notices.models import Notice
from carrears.outreach.dead_letters import tell_of_dead_letters
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.sending import OWN_ERRORS
from carrears.outreach.services import contact
from carrears.workbench.queries.dead_letters import ERRORS

pytestmark = pytest.mark.django_db
URL = "/mail/undelivered/"


@pytest.fixture
def lead(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="team_lead"))
    return client


@pytest.fixture
def dead(settings: LazySettings, tmp_path: Any) -> Delivery:
    settings.MAIL_DIR = tmp_path / "mail"
    case: Case = make_case()
    assert case.party is not None
    user = make_user(role="collector", username="writer")
    sent = contact(case, party=case.party, template="reminder", by=user, key="k1")
    Delivery.objects.filter(attempt=sent).update(state="undelivered", error="no such number")
    return sent.delivery


def settle(client: Client, dead: Delivery, **told: str) -> Any:
    return client.post(f"{URL}{dead.pk}/", told, follow=True)


def test_it_is_listed_with_its_address_masked_until_it_is_closed(
    lead: Client, dead: Delivery
) -> None:
    page = lead.get(URL).content.decode()
    assert f'data-dead-letter="{dead.pk}"' in page
    assert "no such number" in page
    assert "debtor@example.com" not in page

    settle(lead, dead, step="leave", reason="he came by")
    assert f'data-dead-letter="{dead.pk}"' not in lead.get(URL).content.decode()
    assert "he came by" in lead.get(f"{URL}?state=closed").content.decode()


def test_what_is_said_on_this_side_is_said_in_the_readers_words(
    lead: Client, dead: Delivery
) -> None:
    assert set(ERRORS) == OWN_ERRORS
    shown = (
        "重新判定",
        "已删除",
        "发送进程",
        "之后已停催",
        "已拒绝接收",
        "已列入禁止联系",
        "已作出还款承诺",
        "案件已关闭",
        "已过允许时段",
        "已无需发送",
        "模板代码",
        "已由工作人员",
        "内容不一致",
    )
    for error, said in zip(ERRORS, shown, strict=True):
        Delivery.objects.filter(pk=dead.pk).update(error=error)
        page = lead.get(URL).content.decode()
        assert (said in page, error in page) == (True, False)


def test_send_again_books_another_contact_once(lead: Client, dead: Delivery) -> None:
    settle(lead, dead, step="again")
    settle(lead, dead, step="again")
    dead.refresh_from_db()
    again = Attempt.objects.exclude(pk=dead.attempt_id).get()
    assert (dead.closing, dead.replaced_by, again.state) == ("again", again, "sent")


def test_without_a_reason_nothing_is_closed(lead: Client, dead: Delivery) -> None:
    settle(lead, dead, step="leave", reason=" ")
    dead.refresh_from_db()
    assert dead.closing == ""


def test_an_uncertain_one_is_first_told_of(lead: Client, dead: Delivery) -> None:
    Delivery.objects.filter(pk=dead.pk).update(state="uncertain")
    page = settle(lead, dead, step="again").content.decode()
    assert Attempt.objects.count() == 1
    assert "it may have arrived" in page or "可能已经送达" in page


def test_a_collector_settles_those_of_his_own_cases_only(sign_in: Any, dead: Delivery) -> None:
    other = make_case(loan_no="B-1", assignee=make_user(role="collector", username="other"))
    Case.objects.filter(pk=dead.attempt.case_id).update(assignee=other.assignee)
    client = sign_in(make_user(role="collector"))
    assert f'data-dead-letter="{dead.pk}"' not in client.get(URL).content.decode()
    assert client.post(f"{URL}{dead.pk}/", {"step": "again"}).status_code == 404


def test_the_notice_of_what_is_sent_again_goes_by_itself(lead: Client, dead: Delivery) -> None:
    tell_of_dead_letters(at=now())
    assert Notice.objects.filter(read_at=None, kind="dead_letters").count() == 1
    settle(lead, dead, step="again")
    assert Delivery.objects.get(pk=dead.pk).closing == "again"
    assert not Notice.objects.filter(read_at=None).exists()
