"""A contact that was not booked is told on the case page: another way, or somebody who called."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from workbench.calling import PART, case, client, contact

from carrears.casework.models import Case
from carrears.outreach.models import ContactOutcome

__all__ = ["case", "client"]  # fixtures
pytestmark = pytest.mark.django_db


def test_a_contact_that_was_not_booked_is_kept(client: Client, case: Case) -> None:
    answer = contact(client, note="已转账")

    told = ContactOutcome.objects.get()
    assert (told.party, told.direction, told.right_party) == (case.party, "in", True)
    text = answer.content.decode()
    assert "联系已登记" in text
    assert "对方来电 · 本人称已还款 · 触达本人 · 2026-07-02 跟进" in text
    assert "已转账" in text


def test_another_way_has_other_results(client: Client) -> None:
    form = client.get("/case/A-03/contacts/?way=out-visit", headers=PART).content.decode()

    assert 'value="moved_away"' in form
    assert 'value="no_answer"' not in form
    assert 'name="staff"' in form
    assert contact(client, way="out-visit", code="moved_away", staff="2").status_code == 200
    assert ContactOutcome.objects.get().staff == 2


def test_another_way_asks_for_its_results_alone(client: Client) -> None:
    """The time, the day and the note that were typed before stay."""
    for address in ("/case/A-03/", "/case/A-03/contacts/?way=out-visit"):
        form = client.get(address, headers=PART).content.decode().partition("contact-told-form")[2]
        way, _, rest = form.partition('id="contact-told-results"')
        assert 'hx-target="#contact-told-results" hx-select="#contact-told-results"' in way
        results, _, others = rest.partition("</div>\n  <div")
        assert 'name="code"' in results
        assert all(f'name="{name}"' in others for name in ("follow_up_on", "note"))
        assert 'name="at"' in way


def test_who_calls_is_there(client: Client) -> None:
    codes = client.get("/case/A-03/").context["contact_form"].fields["code"].choices
    offered = {code for _, group in codes[1:] for code, _ in group}
    assert {"says_paid", "relative", "dropped"} <= offered
    assert not offered & {"no_answer", "busy", "not_in_service", "voicemail", "not_dialled"}
    assert contact(client, code="no_answer").status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"code": "no_answer", "way": "in-sms"},
        {"at": "2026-06-30T12:00"},
        {"at": "2026-05-01T12:00"},
        {"staff": "2", "way": "out-visit", "code": "moved_away", "follow_up_on": "2027-01-01"},
        {"party": str(uuid.uuid4())},
        {"way": "out-call"},
    ],
)
def test_a_contact_that_cannot_be_is_refused_in_its_form(
    client: Client, change: dict[str, str]
) -> None:
    answer = contact(client, **change)

    assert answer.status_code == 422
    assert answer.context["contact_form"].errors
    assert not ContactOutcome.objects.exists()
