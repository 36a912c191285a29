"""Reminders of promised payments: on their days, once, of what lacks, by what reaches him."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import DAY, MOMENT, make_case, make_promise, make_user

from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.matching import Paid
from carrears.casework.models import Case, PlannedAction, Promise
from carrears.casework.planning import cancel_overtaken, plan_actions
from carrears.casework.promise_reminders import cancel_answered_reminders, plan_promise_reminders
from carrears.casework.promises import lock_promises, settle_promises
from carrears.clock import now
from carrears.conduct.models import DoNotContact
from carrears.outreach.messages import OutreachError, read_message
from carrears.outreach.models import Attempt
from carrears.outreach.services import contact_planned, preview_contact
from carrears.parties.consents import record_consent
from carrears.parties.models import ContactPoint

pytestmark = pytest.mark.django_db
ZONES = {"auto": "Asia/Shanghai"}
LATER = MOMENT + timedelta(days=100)  # the book is replayed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.CARREARS_HOME = tmp_path
    settings.SMS_DIR, settings.MAIL_DIR = tmp_path / "sms", tmp_path / "mail"
    settings.DEMO = True  # texts go to its box
    return tmp_path


def night(as_of: date) -> int:
    return plan_promise_reminders(as_of=as_of, zones=ZONES, moment=LATER)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def keys(case: Case) -> list[str]:
    return [key.partition(":T-")[2] for key in case.actions.values_list("key", flat=True)]


def pay(case: Case, amount: int, on: date) -> None:
    paid = {case.loan_no: [Paid(no=f"{on}", paid_on=on, amount=amount)]}
    found = lock_promises([case.loan_no], as_of=on)
    settle_promises(paid, found, as_of=on, at=MOMENT, by_newest_book=True)


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def promise(case: Case) -> Promise:
    return make_promise(case, (300_00, after(3)), (200_00, after(9)))


@pytest.mark.usefixtures("promise")
def test_each_part_is_reminded_of_the_day_before_and_on_its_day(case: Case) -> None:
    planned = {days: night(after(days)) for days in range(12)}

    assert {days for days, number in planned.items() if number} == {2, 3, 8, 9}
    assert keys(case) == ["1", "0", "1", "0"]
    assert night(after(9)) == 0


@pytest.mark.usefixtures("promise")
def test_he_is_written_to_where_texts_would_reach_nobody(case: Case, settings: Any) -> None:
    settings.DEMO, settings.SMS_URL = False, ""
    night(after(2))
    assert list(case.actions.values_list("channel", "template")) == [("email", "promise_reminder")]


@pytest.mark.usefixtures("promise")
def test_a_night_that_was_missed_is_made_up_for_by_one_message(case: Case) -> None:
    night(after(3))
    assert keys(case) == ["0"]


def test_a_message_that_leaves_the_day_after_counts_from_that_day(case: Case) -> None:
    """The night of a live book runs late: what it plans is said when the house writes again."""
    today = MOMENT.date()
    make_promise(case, (300_00, today + timedelta(days=1)))
    evening = datetime.fromisoformat(f"{today}T21:00:00+08:00")

    plan_promise_reminders(as_of=today, zones=ZONES, moment=evening)

    [action] = case.actions.all()
    said_on = action.planned_for.astimezone(evening.tzinfo).date()
    assert (action.key[-3:], said_on) == ("T-0", today + timedelta(days=1))


def test_the_text_says_what_lacks_and_passes_the_gate(case: Case, promise: Promise) -> None:
    night(after(2))
    pay(case, 100_00, after(2))
    contact_planned(as_of=after(2))

    attempt = Attempt.objects.get()
    assert (attempt.channel, attempt.state, attempt.gate_action) == ("sms", "sent", "allow")
    text = read_message(attempt).text
    assert "200.00" in text
    assert "2026年7月3日" in text
    assert promise.parts.first().met == 100_00  # type: ignore[union-attr]


@pytest.mark.usefixtures("promise")
def test_a_payment_cancels_what_was_planned(case: Case) -> None:
    night(after(2))
    pay(case, 300_00, after(2))

    assert list(case.actions.values_list("state", "reason")) == [("cancelled", "paid")]
    assert night(after(3)) == 0


def test_a_promise_that_is_withdrawn_cancels_what_was_planned(case: Case, promise: Promise) -> None:
    night(after(2))
    Promise.objects.filter(pk=promise.pk).update(state="cancelled")
    assert cancel_answered_reminders(today=after(2)) == 1
    assert case.actions.get().reason == "overtaken"


@pytest.mark.usefixtures("promise")
def test_a_day_that_is_past_is_not_reminded_of(case: Case) -> None:
    night(after(3))
    assert cancel_answered_reminders(today=after(3)) == 0
    assert cancel_answered_reminders(today=after(4)) == 1
    assert case.actions.get().state == "cancelled"


@pytest.mark.usefixtures("promise")
def test_who_is_on_hold_is_not_reminded(case: Case) -> None:
    night(after(2))
    place_hold(
        case, reason="hospital", today=DAY, until_on=None, by=make_user(), at=MOMENT,
        whole_person=True,
    )  # fmt: skip
    night(after(3))
    assert list(case.actions.values_list("state", flat=True)) == ["cancelled"]


@pytest.mark.usefixtures("promise")
def test_who_may_not_be_contacted_is_stopped_by_the_gate(case: Case) -> None:
    night(after(2))
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)
    contact_planned(as_of=after(2))
    assert case.actions.get().state == "blocked"
    assert not Attempt.objects.filter(state="sent").exists()


@pytest.mark.usefixtures("promise")
def test_who_has_no_phone_gets_a_mail(case: Case) -> None:
    ContactPoint.objects.filter(party=case.party, kind="phone").update(valid=False)
    night(after(2))
    contact_planned(as_of=after(2))
    attempt = Attempt.objects.get()
    assert (attempt.channel, attempt.template, attempt.state) == (
        "email", "promise_reminder", "sent",
    )  # fmt: skip


@pytest.mark.usefixtures("promise")
def test_the_terms_of_a_lender_say_when_and_by_what(case: Case, home: Path) -> None:
    terms = "slack_minor: 0, slack_days: 0, longest_days: 31, most_parts: 6, rejudged_days: 90"
    by = "remind_by: [{channel: email, template: promise_reminder}]"
    (home / "promises.yaml").write_text(
        f"auto:\n- {{from: 2020-01-01, {terms}}}\n"
        f"- {{from: {after(8)}, {terms}, remind_days: [0], {by}}}\n"
    )
    assert [days for days in range(12) if night(after(days))] == [9]
    assert case.actions.get().channel == "email"


@pytest.mark.usefixtures("promise")
def test_the_plan_of_the_night_leaves_reminders_alone(case: Case) -> None:
    """One message a day, and no wait of the cadence for what follows a broken promise."""
    case.decision = {"channel": "email", "template": "reminder", "cadence_days": 5}
    case.treatment, case.as_of = "final_notice", after(9)
    case.save()

    def plan(as_of: date) -> int:
        return plan_actions(as_of=as_of, loan_ids=(0, 99), zones=ZONES, moment=LATER)

    night(after(3))
    assert (plan(after(3)), plan(after(4))) == (0, 1)
    cancel_overtaken(as_of=after(4))
    assert PlannedAction.objects.exclude(part=None).get().state == "planned"


def test_a_template_of_promises_needs_one_that_is_open(case: Case) -> None:
    assert case.party is not None
    with pytest.raises(OutreachError, match="no promise is open"):
        preview_contact(case, party=case.party, template="sms_promise")
    make_promise(case, (300_00, after(3)))
    drafted = preview_contact(case, party=case.party, template="sms_promise")
    assert "300.00" in drafted.body


@pytest.mark.usefixtures("promise")
def test_a_hold_that_was_lifted_in_time_silences_no_reminder(case: Case) -> None:
    night(after(2))
    user = make_user(role="team_lead")
    held = place_hold(case, reason="dispute", today=DAY, until_on=None, by=user, at=MOMENT)
    assert case.actions.get().state == "cancelled"
    lift_hold(held, today=after(2), by=user, at=MOMENT)

    assert night(after(2)) == 1
    assert list(case.actions.values_list("state", "reason")) == [("planned", "")]
    assert night(after(2)) == 0


@pytest.mark.usefixtures("promise")
def test_who_refused_texts_is_reminded_by_mail(case: Case) -> None:
    assert case.party is not None
    record_consent(
        case.party, channel="sms", granted=False, source="call", at=now() + timedelta(minutes=1)
    )
    night(after(2))
    assert case.actions.get().channel == "email"
