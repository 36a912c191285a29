"""What somebody wrote by hand and did not get through is work for whoever has the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_action, make_case, make_user

from carrears.access.models import User
from carrears.casework.day_plans import plans_today
from carrears.casework.models import Case, CaseEvent
from carrears.casework.next_case import next_case, order_by_worth
from carrears.casework.services import add_note, tell
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.channels import Handed, Result
from carrears.outreach.dead_letters import let_be, send_dead_again, settle_uncertain
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.overrides import ask_override, contact_overridden, decide_override
from carrears.outreach.retries import retrying_on
from carrears.outreach.sending import apply, keep
from carrears.outreach.services import contact
from carrears.parties.models import Party
from carrears.workbench.queries.unsent import unsent_of

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
Clock = Callable[[time], datetime]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """An hour of today, by the house's clock; 11:00 to begin with."""
    today = local_day(now(), ZONE)
    monkeypatch.setattr(
        "carrears.parties.services.now", lambda: at_local(today, time(0), ZONE) - timedelta(days=1)
    )

    def set_to(hour: time) -> datetime:
        at = at_local(today, hour, ZONE)
        for module in (
            "outreach.services", "outreach.sending", "outreach.judging", "outreach.dead_letters",
            "outreach.overrides", "casework.case_time", "casework.day_plan_stands",
            "casework.day_plans",
        ):  # fmt: skip
            monkeypatch.setattr(f"carrears.{module}.now", lambda: at)
        return at

    set_to(time(11))
    return set_to


@pytest.fixture
def me() -> User:
    return make_user(role="collector", username="me")


@pytest.fixture
def case(clock: Clock, me: User, settings: LazySettings) -> Case:
    del clock
    settings.SMS_URL = "smpp://lender:x@127.0.0.1:1?source=1069"  # a text waits for its line
    return make_case(loan_no="A-1", as_of=local_day(now(), ZONE), assignee=me)


def write(case: Case, by: User, key: str = "k") -> Attempt:
    assert case.party is not None
    return contact(case, party=case.party, template="sms_reminder", by=by, key=key)


def end(attempt: Attempt, result: Result, answer: str = "no such number") -> Delivery:
    """As the line tells it."""
    delivery = Delivery.objects.select_related("attempt__case", "attempt__verdict").get(
        attempt=attempt
    )
    apply(delivery, Handed(attempt.key, result, answer))
    keep([delivery])
    return delivery


def terms(case: Case, user: User, at: datetime) -> list[str]:
    [worth] = order_by_worth(
        Case.objects.filter(pk=case.pk), user=user, moment=at, first=0, number=9
    )
    return sorted(name for name, _ in worth.terms)


def bar(case: Case) -> DoNotContact:
    return DoNotContact.objects.create(party=case.party, reason="asked", from_on=case.as_of)


def test_what_the_gate_stopped_waits_until_its_hours_open(
    case: Case, me: User, clock: Clock
) -> None:
    at = clock(time(7))
    assert write(case, me).state == "blocked"
    [told] = CaseEvent.objects.filter(kind="message_unsent")
    opens = datetime.fromisoformat(told.data["opens_at"])
    assert opens > at
    before, after = opens - timedelta(minutes=1), opens
    assert "unsent" not in terms(case, me, before)
    assert "unsent" in terms(case, me, after)
    # What he did before the hours opened does not put it off then.
    add_note(case, text="等开门", by=me, at=at + timedelta(minutes=1))
    assert "worked" in terms(case, me, before)
    assert "worked" not in terms(case, me, after)


@pytest.mark.parametrize("result", ["refused", "uncertain"])
def test_what_failed_comes_at_once_although_a_later_day_was_set(
    case: Case, me: User, clock: Clock, result: Result
) -> None:
    Case.objects.update(follow_up_on=case.as_of + timedelta(days=3))
    attempt = write(case, me)
    add_note(case, text="已发短信", by=me, at=clock(time(11)))
    at = clock(time(12))
    assert terms(case, me, at) == ["follow_up_later", "worked"]
    assert next_case(me, moment=at) is None
    end(attempt, result)
    assert terms(case, me, at) == ["unsent"]
    assert next_case(me, moment=at) == case
    [shown] = unsent_of(me, case)
    assert (shown.state, shown.why) == (
        {"refused": "failed", "uncertain": "uncertain"}[result],
        ("no such number",),
    )


def test_what_a_line_puts_off_is_work_once_its_tries_are_used_up(
    case: Case, me: User, clock: Clock
) -> None:
    attempt = write(case, me)
    for _ in retrying_on("sms", case.as_of).waits_seconds:
        assert end(attempt, "deferred", "throttled").state == "waiting"
    at = clock(time(12))
    assert unsent_of(me, case) == ()
    assert "unsent" not in terms(case, me, at)
    assert end(attempt, "deferred", "throttled").state == "failed"
    assert [one.state for one in unsent_of(me, case)] == ["failed"]
    assert "unsent" in terms(case, me, at)


def test_it_comes_into_the_day_that_was_planned(case: Case, me: User, clock: Clock) -> None:
    Case.objects.update(follow_up_on=case.as_of + timedelta(days=3))
    attempt = write(case, me)
    assert plans_today([me])[me.pk].plan.cases == []
    clock(time(12))
    end(attempt, "refused")
    plan = plans_today([me])[me.pk]
    assert (plan.plan.cases, plan.plan.takes, plan.entered) == ([case.pk], [4], {"unsent": 1})


def settle_by_arriving(case: Case, me: User, dead: Delivery) -> None:
    del case, me
    dead.state = "delivered"
    keep([dead])


def settle_by_again(case: Case, me: User, dead: Delivery) -> None:
    del case
    assert send_dead_again(dead, by=me).state == "booked"


def settle_by_leaving(case: Case, me: User, dead: Delivery) -> None:
    del case
    let_be(dead, reason="号码已停机", by=me)


def settle_by_writing(case: Case, me: User, dead: Delivery) -> None:
    del dead
    assert write(case, me, "another").state == "booked"


def settle_by_outcome(case: Case, me: User, dead: Delivery) -> None:
    del dead
    tell(case, "outcome", at=now(), by=me, data={"code": "promised"})


@pytest.mark.parametrize(
    "settle",
    [
        settle_by_arriving,
        settle_by_again,
        settle_by_leaving,
        settle_by_writing,
        settle_by_outcome,
    ],
)
def test_it_is_seen_to(
    case: Case, me: User, clock: Clock, settle: Callable[[Case, User, Delivery], None]
) -> None:
    dead = end(write(case, me), "uncertain" if settle is settle_by_arriving else "refused")
    at = clock(time(16))
    assert len(unsent_of(me, case)) == 1
    settle(case, me, dead)
    assert unsent_of(me, case) == ()
    assert "unsent" not in terms(case, me, at)


def test_what_a_person_says_of_an_uncertain_one_is_told_in_its_place(case: Case, me: User) -> None:
    dead = end(write(case, me), "uncertain")
    settle_uncertain(dead, left=False, reason="运营商说没有发出", by=me)
    assert [one.state for one in unsent_of(me, case)] == ["failed"]


def test_what_took_its_place_and_failed_too_is_still_his(
    case: Case, me: User, clock: Clock
) -> None:
    first = end(write(case, me), "refused")
    clock(time(14))
    again = send_dead_again(first, by=None)  # by the house itself
    assert unsent_of(me, case) == ()
    end(again, "refused", "still none")
    assert [one.why for one in unsent_of(me, case)] == [("still none",)]


def test_where_the_gate_stops_the_next_try_one_thing_is_to_be_seen_to(case: Case, me: User) -> None:
    dead = end(write(case, me), "refused")
    bar(case)
    assert send_dead_again(dead, by=me).state == "blocked"
    assert [one.state for one in unsent_of(me, case)] == ["failed"]


def test_what_the_strategy_sent_is_nobodys_work(case: Case, me: User) -> None:
    action = make_action(case=case, key="a", channel="sms", template="sms_reminder")
    attempt = write(case, me)
    Attempt.objects.filter(pk=attempt.pk).update(action=action)
    Delivery.objects.filter(attempt=attempt).update(error="")
    end(Attempt.objects.get(pk=attempt.pk), "refused")
    assert not CaseEvent.objects.filter(kind="message_unsent").exists()


def test_what_a_promise_or_a_hold_stopped_is_nobodys_work(case: Case, me: User) -> None:
    attempt = write(case, me)
    delivery = Delivery.objects.select_related("attempt__case", "attempt__verdict").get(
        attempt=attempt
    )
    apply(delivery, Handed(attempt.key, "refused", "collection was stopped after it was judged"))
    delivery.closing, delivery.closed_at = "left", now()
    keep([delivery])
    assert unsent_of(me, case) == ()


def test_a_second_persons_word_is_waited_for_and_then_told(
    case: Case, me: User, clock: Clock, settings: LazySettings
) -> None:
    lead = make_user(role="team_lead", username="lead")
    second = make_user(role="compliance_officer", username="second")
    settings.LENDER_CODES = ()
    # Eleven in the morning in Shanghai is night in London, which is for this house to decide.
    Party.objects.update(time_zone="Europe/London", zones=[])
    stopped = write(case, me)
    assert (stopped.state, stopped.gate_action) == ("blocked", "review")
    assert len(unsent_of(me, case)) == 1
    asked = ask_override(stopped, reason="他要求再发一次", by=lead)
    assert unsent_of(me, case) == ()
    decide_override(asked, approve=True, reason="同意", by=second)
    assert [one.state for one in unsent_of(me, case)] == ["override_approved"]
    at = clock(time(11, 30))
    assert "unsent" in terms(case, me, at)
    assert contact_overridden(asked, by=me).state == "booked"
    assert unsent_of(me, case) == ()


def test_told_once_and_as_evidence(case: Case, me: User) -> None:
    dead = end(write(case, me), "refused")
    keep([dead])
    let_be(dead, reason="号码已停机", by=me)
    kinds = Entry.objects.filter(kind__in=("case.message_unsent", "case.message_settled"))
    assert sorted(kinds.values_list("kind", flat=True)) == [
        "case.message_settled",
        "case.message_unsent",
    ]


def test_the_page_of_the_case_says_so(case: Case, me: User, client: Client) -> None:
    attempt = write(case, me)
    end(attempt, "refused")
    client.force_login(me)
    page: Any = client.get("/case/A-1/").content.decode()
    assert 'id="unsent"' in page
    assert "no such number" in page
    assert f"to={attempt.party_id}&amp;template=sms_reminder" in page
    end_again = Delivery.objects.get(attempt=attempt)
    let_be(end_again, reason="号码已停机", by=me)
    assert 'id="unsent"' not in client.get("/case/A-1/").content.decode()
