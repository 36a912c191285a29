"""After the end of a placement: nothing is seen, and the agency states what it destroyed."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pypdfium2
import pytest
from access.outsiders import open_agency
from agencies.test_contact_logs import Abroad, abroad, at, row, take
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from factories import make_user

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.access.services import issue_token
from carrears.agencies.destruction import awaited, state_destroyed
from carrears.agencies.models import ContactLog, DestroyedPlacement, Destruction
from carrears.casework.models import Placement
from carrears.casework.placements import recall
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
__all__ = ["abroad"]  # a fixture


@pytest.fixture
def ended(abroad: Abroad) -> Abroad:
    """The agency's one placement was called back just now."""
    recall([abroad.placement], reason="paid", by=None, at=now())
    return abroad


def enter(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_what_it_held_here_is_cut_off_at_once(abroad: Abroad) -> None:
    take(abroad, row("A-1", at(1)))
    client = enter(abroad.user)
    bearer = {"Authorization": f"Bearer {issue_token(abroad.user, name='x')}"}
    assert client.get("/case/L-1/").status_code == 200
    [log] = ContactLog.objects.all()
    assert "L-1" in client.get(f"/agencies/logs/{log.pk}/").content.decode()
    recall([abroad.placement], reason="paid", by=None, at=now())
    assert client.get("/case/L-1/").status_code == 404
    assert "/case/L-1/" not in client.post("/search/", {"q": "L-1"}, follow=True).content.decode()
    assert "/case/L-1/" not in client.get("/queue/").content.decode()
    api = Client(headers=bearer)
    assert api.get("/api/cases").json()["items"] == []
    assert api.get(f"/api/cases/{abroad.case.pk}").status_code == 404
    assert "L-1" not in client.get(f"/agencies/logs/{log.pk}/").content.decode()


def test_it_is_awaited_within_the_term_and_overdue_after(ended: Abroad) -> None:
    [one] = awaited(None, at=now())
    today = access_day(now())
    assert (one.agency, one.loan_nos, one.tokens) == (
        "HENGXIN", ("L-1",), (str(ended.case.party_id),),
    )  # fmt: skip
    assert (one.ended_on, one.due_on, one.overdue) == (today, today + timedelta(days=10), False)
    assert awaited(None, at=now() + timedelta(days=10))[0].overdue is False
    assert awaited(None, at=now() + timedelta(days=11))[0].overdue is True


def test_nothing_is_awaited_while_it_runs_before_it_began_or_where_it_has_him_again(
    abroad: Abroad,
) -> None:
    assert awaited(None, at=now()) == []
    today = access_day(now())
    Placement.objects.update(from_on=today + timedelta(days=3), until_on=today + timedelta(days=9))
    recall(list(Placement.objects.all()), reason="x", by=None, at=now())
    assert awaited(None, at=now()) == []
    Placement.objects.update(
        from_on=today - timedelta(days=9), until_on=today - timedelta(days=1), recalled_at=None,
        recall_reason="",
    )  # fmt: skip
    assert len(awaited(abroad.agency, at=now())) == 1
    Placement.objects.create(obligor_no="P-1", agency=abroad.agency, from_on=today, placed_at=now())
    assert awaited(abroad.agency, at=now()) == []


def test_a_statement_is_kept_for_good_with_evidence_in_tokens(ended: Abroad) -> None:
    pk = ended.placement.pk
    state_destroyed([pk], method="both", by=ended.user, at=now())
    assert awaited(None, at=now()) == []
    entry = Entry.objects.get(kind="agencies.destruction.stated")
    told = json.loads(entry.payload)
    assert told["placements"] == [{"placement": pk, "parties": [str(ended.case.party_id)]}]
    assert "L-1" not in json.dumps(told)
    for change in (
        lambda: Destruction.objects.update(method="erased"),
        lambda: DestroyedPlacement.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
            change()
    with pytest.raises(CaseworkError, match="awaited of you"):
        state_destroyed([pk], method="both", by=ended.user, at=now())


def test_nobody_states_for_another(ended: Abroad) -> None:
    pk = ended.placement.pk
    rival = make_user(role="agency_user", username="rival", organisation=open_agency("RIVAL"))
    with pytest.raises(CaseworkError, match="awaited of you"):
        state_destroyed([pk], method="both", by=rival, at=now())
    with pytest.raises(PermissionDenied):
        state_destroyed([pk], method="both", by=make_user(role="compliance_officer"), at=now())
    made = state_destroyed([pk], method="both", by=ended.user, at=now())
    assert enter(rival).get(f"/agencies/destruction/{made.pk}/certificate/").status_code == 404
    assert "L-1" not in enter(rival).get("/agencies/destruction/").content.decode()


def test_by_the_screens_with_the_certificate(ended: Abroad) -> None:
    client, pk = enter(ended.user), ended.placement.pk
    page = client.get("/agencies/destruction/").content.decode()
    assert "L-1" in page
    assert 'data-check-all="placement" hidden' in page  # the script offers it
    assert page.count('name="placement"') == 1
    assert re.search(r'<input[^>]*type="file"[^>]*class="[^"]*file-input', page)
    told = {"placement": pk, "method": "erased"}
    assert client.post("/agencies/destruction/state/", told).status_code == 422
    assert Destruction.objects.count() == 0
    answer = client.post("/agencies/destruction/state/", told | {"is_stated": "on"})
    assert answer.status_code == 302
    made = Destruction.objects.get()

    house = enter(make_user(role="compliance_officer"))
    page = house.get("/agencies/destruction/").content.decode()
    assert f'data-stated="{made.pk}"' in page
    for reader, title in ((client, "数据销毁证明"), (house, "数据销毁证明")):
        pdf = reader.get(f"/agencies/destruction/{made.pk}/certificate/")
        assert pdf.headers["Content-Type"] == "application/pdf"
        text = pypdfium2.PdfDocument(pdf.content)[0].get_textpage().get_text_range()
        assert title in text
        assert "HENGXIN" in text
        assert "L-1" in text


def test_what_is_overdue_is_raised_to_the_house(ended: Abroad) -> None:
    long_ago = access_day(now()) - timedelta(days=12)
    Placement.objects.update(
        from_on=long_ago - timedelta(days=30), until_on=long_ago, recalled_at=None,
        recall_reason="",
    )  # fmt: skip
    house = enter(make_user(role="compliance_officer"))
    assert "data-overdue" in house.get("/agencies/destruction/").content.decode()
    assert "data-overdue" in enter(ended.user).get("/agencies/destruction/").content.decode()
