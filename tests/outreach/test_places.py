"""Messages to the United States: by its rules, and by every clock that may be the debtor's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from factories import make_action, make_case, make_person, make_user

from carrears.casework.holds import place_hold
from carrears.casework.models import Case
from carrears.outreach import services
from carrears.outreach.models import Attempt
from carrears.outreach.services import contact, contact_planned
from carrears.parties.models import Party
from carrears.parties.services import change_phone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(tmp_path: Path, settings: LazySettings) -> None:
    settings.MAIL_DIR = tmp_path / "mail"
    settings.SMTP_URL = "smtp://127.0.0.1:1"  # nobody listens there


def us_case(**person: Any) -> tuple[Case, Party]:
    case = make_case(loan_no="U-01", name="", product="us-auto", jurisdiction="us", currency="USD")
    told = {"language": "en-US", "time_zone": "", "region": "CA", "phone": "+12125550123"}
    party = make_person(loan_no="U-01", name="Test Person", **(told | person))
    Case.objects.filter(pk=case.pk).update(party=party)
    case.refresh_from_db()
    return case, party


def send_at(moment: datetime, case: Case, party: Party, monkeypatch: pytest.MonkeyPatch) -> Attempt:
    monkeypatch.setattr(services, "contact_moment", lambda _: moment)
    user = make_user(role="collector", username=f"c{moment:%H%M}")
    return contact(case, party=party, template="reminder", by=user, key=f"k{moment:%H%M}")


def test_eastern_number_of_a_californian_keeps_both_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    case, party = us_case()
    assert party.zones == ["America/Los_Angeles", "America/New_York"]
    early = send_at(datetime(2026, 6, 30, 14, 59, tzinfo=UTC), case, party, monkeypatch)
    assert (early.state, early.verdict.pack) == ("blocked", "us")
    # 8:00 on the Pacific coast
    assert early.verdict.next_allowed_at == datetime(2026, 6, 30, 15, tzinfo=UTC)
    late = send_at(datetime(2026, 7, 1, 1, 30, tzinfo=UTC), case, party, monkeypatch)
    assert late.state == "blocked"  # 21:30 on the eastern one
    noon = send_at(datetime(2026, 6, 30, 19, tzinfo=UTC), case, party, monkeypatch)
    assert noon.state == "sent"


def test_new_number_moves_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    case, party = us_case()
    assert change_phone("U-01", "(310) 555-0123", source="debtor")
    party.refresh_from_db()
    assert party.zones == ["America/Los_Angeles"]
    late = send_at(datetime(2026, 7, 1, 1, 30, tzinfo=UTC), case, party, monkeypatch)
    assert late.state == "sent"


def test_a_hold_lasts_its_last_day_by_his_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    case, party = us_case(region="NY")
    user = make_user(role="team_lead")
    place_hold(
        case,
        reason="hospital",
        today=date(2026, 6, 20),
        until_on=date(2026, 6, 30),
        by=user,
        at=datetime(2026, 6, 20, 12, tzinfo=UTC),
    )
    # The first of July where the lender sits, and noon of the last of June where the debtor lives.
    held = send_at(datetime(2026, 6, 30, 19, tzinfo=UTC), case, party, monkeypatch)
    assert held.state == "blocked"
    after = send_at(datetime(2026, 7, 1, 18, tzinfo=UTC), case, party, monkeypatch)
    assert after.state == "sent"


def test_state_of_the_debtor_is_told_to_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    case, party = us_case(region="MA", phone="+16175550123")
    attempt = send_at(datetime(2026, 6, 30, 19, tzinfo=UTC), case, party, monkeypatch)
    assert attempt.verdict.facts["facts"]["state"] == "MA"


def test_without_consent_no_safe_harbour_lets_an_email_out(monkeypatch: pytest.MonkeyPatch) -> None:
    case, party = us_case(consent_email=None)
    attempt = send_at(datetime(2026, 6, 30, 19, tzinfo=UTC), case, party, monkeypatch)
    assert (attempt.state, attempt.gate_action) == ("blocked", "review")
    against = {f["rule_id"] for f in attempt.verdict.findings if f["gate_action"] != "allow"}
    assert against == {"US-25"}


def test_action_for_who_has_no_address_is_settled_without_an_attempt() -> None:
    case, _ = us_case(email=None)
    action = make_action(case=case)
    assert contact_planned(as_of=action.as_of) == 1
    action.refresh_from_db()
    assert (action.state, action.reason) == ("blocked", "no e-mail address on record")
    assert not Attempt.objects.exists()
