"""Steps of a cadence: on their days, once for an instalment, until something stops collection."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from casework.cadence_nights import DUE, LATER, OWN, ZONES, case, home, night, send, states, write
from factories import MOMENT, make_case, make_promise

from carrears.casework.models import Case, PlannedAction
from carrears.casework.planning import plan_actions
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.messages import read_message
from carrears.outreach.models import Attempt
from carrears.outreach.refused_calls import judge_refused_calls
from carrears.outreach.services import contact_planned
from carrears.parties.consents import record_consent
from carrears.parties.models import Consent, ContactPoint
from carrears.strategy.files import shipped_strategy
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import keep_version

__all__ = ["case", "home"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("case")
def test_each_step_is_said_on_its_day_and_once() -> None:
    planned = {days: night(days) for days in range(1, 12)}

    assert {days for days, number in planned.items() if number} == {1, 3, 5}
    assert night(5) == 0
    assert list(states()) == ["T+1", "T+3", "T+5"]


@pytest.mark.usefixtures("case")
def test_a_step_says_it_by_its_own_ways_else_by_the_treatments() -> None:
    for days in (1, 3, 5):
        night(days)
        send(days)
    said = Attempt.objects.order_by("pk").values_list("channel", "template", "state", "gate_action")
    assert list(said) == [
        ("email", "reminder_soft", "sent", "allow"),
        ("sms", "sms_reminder", "sent", "allow"),
        ("email", "reminder_soft", "sent", "allow"),
    ]
    assert set(states().values()) == {("sent", "")}


@pytest.mark.usefixtures("case")
def test_missed_nights_are_made_up_for_by_one_message() -> None:
    assert night(4) == 1
    assert list(states()) == ["T+3"]


@pytest.mark.usefixtures("case")
def test_the_last_step_is_said_for_so_many_days_and_no_more() -> None:
    assert (night(8), night(7)) == (0, 1)


def test_the_treatments_own_message_waits_while_the_cadence_speaks(case: Case) -> None:
    def plan(days: int) -> int:
        as_of = DUE + timedelta(days=days)
        Case.objects.update(as_of=as_of, dpd=days)
        return plan_actions(as_of=as_of, loan_ids=(0, 99), zones=ZONES, moment=LATER)

    assert (plan(2), plan(8)) == (0, 1)
    Case.objects.update(treatment="final_notice")
    assert plan(9) == 1
    assert case.actions.filter(step_day=None).count() == 2


def test_a_cadence_that_the_strategy_names_holds_for_that_loan(case: Case, home: Path) -> None:
    rare = "zh: 少, en: Rare, treatments: [reminder], steps: [{day: 2}]"
    with (home / "strategies" / "cadences.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  rare: {{{rare}, products: [truck]}}\n")
    case.decision |= {"cadence": "rare"}
    case.save()
    assert [days for days in range(1, 5) if night(days)] == [2]
    assert case.actions.get().cadence == "rare"


def refuse(case: Case, channel: str, *, granted: bool = False) -> None:
    given = Consent.objects.filter(party=case.party, channel=channel).latest("given_at")
    soon = given.given_at + timedelta(seconds=1)
    record_consent(given.party, channel=channel, granted=granted, source="call", at=soon)


def test_who_refuses_one_channel_is_written_to_by_the_next(case: Case) -> None:
    refuse(case, "sms")
    night(3)
    assert case.actions.get().channel == "email"


def test_of_who_refuses_all_of_them_each_verdict_is_kept(case: Case) -> None:
    refuse(case, "sms")
    refuse(case, "email")
    night(3)
    send(3)

    attempts = Attempt.objects.order_by("pk")
    assert [(one.channel, one.state) for one in attempts] == [
        ("sms", "blocked"), ("email", "blocked"),
    ]  # fmt: skip
    action = case.actions.get()
    assert (action.state, action.channel) == ("blocked", "email")
    against = [one["rule_id"] for one in attempts[1].verdict.findings
               if one["gate_action"] == "block"]  # fmt: skip
    assert against
    assert action.reason == ", ".join(against)
    contact_planned(as_of=DUE + timedelta(days=3))
    assert Attempt.objects.count() == 2


def only_a_call(home: Path, *, then: str = "") -> None:
    called = OWN.replace("{{channel: sms, template: sms_reminder}}", "{{channel: call}}")
    called = called.replace(", {{channel: email, template: reminder}}", then)
    rules = called.format(closed_day="as_is", closed_hours="later", language="debtor")
    (home / "strategies" / "cadences.yaml").write_text(rules, encoding="utf-8")


def test_who_refused_a_call_is_not_planned_to_be_called_and_has_the_verdict(
    case: Case, home: Path
) -> None:
    only_a_call(home)
    refuse(case, "call")
    assert night(3) == 0
    assert states() == {"T+3": ("cancelled", "refused")}

    as_of = DUE + timedelta(days=3)
    assert (judge_refused_calls(as_of=as_of), judge_refused_calls(as_of=as_of)) == (1, 0)

    [kept] = Attempt.objects.select_related("verdict")
    against = [f["rule_id"] for f in kept.verdict.findings if f["gate_action"] != "allow"]
    assert (kept.channel, kept.state, kept.gate_action) == ("call", "blocked", "block")
    assert kept.action == case.actions.get()
    assert states() == {"T+3": ("blocked", ", ".join(against))}
    assert Entry.objects.filter(kind="call.blocked", subject=case.loan_no).count() == 1


def test_of_ways_that_were_all_refused_each_has_its_verdict_the_call_too(
    case: Case, home: Path
) -> None:
    only_a_call(home, then=", {{channel: email, template: reminder}}")
    refuse(case, "call")
    refuse(case, "email")
    assert night(3) == 1
    send(3)
    as_of = DUE + timedelta(days=3)
    assert states() == {"T+3": ("cancelled", "refused")}  # nobody is asked to call
    assert (judge_refused_calls(as_of=as_of), judge_refused_calls(as_of=as_of)) == (1, 0)

    kept = Attempt.objects.select_related("verdict").order_by("pk")
    assert [(one.channel, one.state) for one in kept] == [
        ("email", "blocked"), ("call", "blocked"),
    ]  # fmt: skip
    assert all(one.verdict.gate_action == "block" for one in kept)
    against = [f["rule_id"] for f in kept[1].verdict.findings if f["gate_action"] != "allow"]
    assert states() == {"T+3": ("blocked", ", ".join(against))}
    assert set(kept.values_list("action", flat=True)) == {case.actions.get().pk}


def test_a_call_that_the_law_would_let_be_made_is_kept_as_not_dialled(
    case: Case, home: Path
) -> None:
    only_a_call(home)
    refuse(case, "call")
    night(3)
    refuse(case, "call", granted=True)  # meanwhile he changed his mind; the step is over
    judge_refused_calls(as_of=DUE + timedelta(days=3))
    kept = Attempt.objects.get()
    assert (kept.gate_action, kept.state, kept.result) == ("allow", "failed", "not_dialled")
    assert states() == {"T+3": ("cancelled", "refused")}


def test_what_the_gate_refuses_by_one_way_goes_by_the_next_at_once(case: Case) -> None:
    night(3)
    refuse(case, "sms")
    send(3)

    attempts = Attempt.objects.order_by("pk")
    assert [(one.channel, one.template, one.state) for one in attempts] == [
        ("sms", "sms_reminder", "blocked"), ("email", "reminder", "sent"),
    ]  # fmt: skip
    action = case.actions.get()
    assert (action.state, action.channel, action.template) == ("sent", "email", "reminder")


def test_a_way_without_an_address_is_passed_over(case: Case) -> None:
    night(3)
    refuse(case, "sms")
    ContactPoint.objects.filter(party=case.party, kind="email").update(valid=False)
    send(3)
    assert [one.channel for one in Attempt.objects.all()] == ["sms"]
    assert case.actions.get().state == "blocked"


def test_who_may_not_be_contacted_is_stopped_by_the_gate(case: Case) -> None:
    night(1)
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DUE)
    send(1)
    assert case.actions.get().state == "blocked"


def test_who_has_no_phone_gets_a_mail(case: Case) -> None:
    ContactPoint.objects.filter(party=case.party, kind="phone").update(valid=False)
    night(3)
    assert case.actions.get().channel == "email"


def test_one_reminder_of_a_promise_is_enough_for_a_day(case: Case) -> None:
    part = make_promise(case, (1_00, DUE + timedelta(days=1)), state="kept").parts.get()
    PlannedAction.objects.create(
        case=case, key="p", as_of=DUE + timedelta(days=1), channel="sms", template="sms_promise",
        planned_for=MOMENT, part=part,
    )  # fmt: skip
    assert night(1) == 0


def carried(cadences: dict[str, Any]) -> StrategyVersion:
    """A version of the strategy that carries these."""
    document = {**shipped_strategy().source, "cadences": cadences}
    return keep_version("treatment", document, shipped_strategy().declared)


def test_each_version_of_the_strategy_has_its_own_steps(case: Case) -> None:
    step = {"day": 2, "by": [{"channel": "email", "template": "reminder"}]}
    own = {"other": {"zh": "另", "en": "Other", "treatments": ["reminder"], "steps": [step]}}
    other = make_case(
        loan_no="B-1", oldest_due_on=DUE, as_of=DUE, decision=case.decision, opened_on=DUE,
        strategy=carried(own),
    )  # fmt: skip
    for days in range(4):
        night(days)
    said = PlannedAction.objects.order_by("pk").values_list("case", "cadence", "step_day")
    assert list(said) == [
        (case.pk, "standard", 1), (other.pk, "other", 2), (case.pk, "standard", 3),
    ]  # fmt: skip
    send(3)
    assert Attempt.objects.get(case=other).template == "reminder"


def test_what_a_version_carries_covers_its_own_treatments(case: Case) -> None:
    silent = {"none": {"zh": "无", "en": "None", "treatments": ["mid_call"], "steps": [{"day": 1}]}}
    Case.objects.update(strategy=carried(silent), as_of=DUE + timedelta(days=2))
    zones = {"zones": ZONES, "loan_ids": (0, 10**9), "moment": LATER}
    assert night(2) == 0
    assert plan_actions(as_of=DUE + timedelta(days=2), **zones) == 1  # the treatment's own message
    assert case.actions.get().template == "reminder_soft"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("as_is", [(5, "planned")]),
        ("later", [(7, "planned")]),
        ("earlier", [(3, "planned")]),
        ("skip", [(5, "cancelled")]),
    ],
)
def test_a_step_of_a_closed_day_goes_where_the_cadence_says(
    case: Case, home: Path, rule: str, said: list[tuple[int, str]]
) -> None:
    """The 20th of June 2026 is a Saturday in a holiday: the 18th and the 22nd are working days."""
    write(home, closed_day=rule)
    five = case.actions.filter(step_day=5)
    days = next(days for days in range(1, 9) if night(days) is not None and five.exists())
    assert [(days, five.get().state)] == said


def test_a_step_of_a_closed_hour_waits_for_the_next_open_one(case: Case, home: Path) -> None:
    """Its hour fell into the night, at which nobody may be written to; the gate says until when."""
    night(1)
    late = MOMENT.replace(day=16, hour=15)  # eleven in the evening in Shanghai
    case.actions.update(planned_for=late)
    contact_planned(as_of=DUE + timedelta(days=1))

    action = case.actions.get()
    assert (action.state, action.reason, action.as_of) == ("planned", "later", date(2026, 6, 17))
    assert action.planned_for > late
    contact_planned(as_of=action.as_of)
    assert case.actions.get().state == "sent"

    write(home, closed_hours="skip")
    night(3)
    case.actions.filter(step_day=3).update(planned_for=late + timedelta(days=2))
    contact_planned(as_of=DUE + timedelta(days=3))
    assert case.actions.get(step_day=3).state == "blocked"


@pytest.mark.parametrize(
    ("language", "words"), [("debtor", "截至"), ("en-US", "Dear"), ("product", "截至")]
)
@pytest.mark.usefixtures("case")
def test_a_step_is_said_in_the_language_of_the_rule(home: Path, language: str, words: str) -> None:
    write(home, language=language)
    night(3)
    send(3)
    assert read_message(Attempt.objects.get()).text.count(words) == 1
