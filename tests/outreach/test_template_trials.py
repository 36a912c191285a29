"""Versions of a template try each other: by lot, only approved ones, judged like any message."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction
from django.db.utils import IntegrityError
from django.test import Client
from factories import DAY, make_action, make_case, make_promise, make_user
from outreach.test_template_versions import approved, drafted

from carrears.access.models import ApiToken, User
from carrears.access.services import issue_token
from carrears.clock import now
from carrears.dayrun.trial import note_first_events
from carrears.evidence.models import Entry
from carrears.experiments.assignment import assign_arm
from carrears.experiments.ending import conclude
from carrears.experiments.enrolment import keep_outcomes
from carrears.experiments.figures import update_figures
from carrears.experiments.models import Arm, Enrolment, Experiment, Metric
from carrears.experiments.services import (
    ExperimentError,
    drop_experiment,
    running_trial,
    stop_experiment,
)
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.services import contact, contact_planned
from carrears.outreach.template_book import house_in_force, template_in_force, today
from carrears.outreach.template_experiments import confirm_words, plan_any, plan_of, start_any
from carrears.outreach.template_versions import (
    approve_template,
    open_template,
    propose_template,
    row_words,
    withdraw_template,
)

pytestmark = pytest.mark.django_db
SHARES = {"champion": 5000, "kinder": 5000}
FAR = today() + timedelta(days=3650)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    settings.MAIL_DIR = tmp_path / "mail"
    return tmp_path


@pytest.fixture
def author() -> User:
    return make_user(username="author", role="team_lead")


@pytest.fixture
def officer() -> User:
    return make_user(username="officer", role="compliance_officer")


def planned(version: Any, **changes: Any) -> Experiment:
    plan = plan_of(
        template="reminder", key="kinder", title="Kinder words", currency="CNY", metric="paid",
        window_days=7, matters=0.1, baseline=0.3, challengers=[("kinder", str(version), 5000)],
        **changes,
    )  # fmt: skip
    return plan_any(plan, by=None, at=now())


def running(author: User, officer: User) -> Experiment:
    version = approved(author, officer, on=FAR)
    experiment = planned(version.number)
    start_any(experiment, on=DAY, by=None, at=now())
    return experiment


def send_to(number: int) -> list[Attempt]:
    """A reminder to each of so many debtors."""
    for nth in range(number):
        loan = f"T-{nth}"
        case = make_case(loan_no=loan, obligor_no=f"P-{nth}", loan={"obligor_no": f"P-{nth}"})
        make_action(case=case, key=f"{loan}:{DAY}:email:")
    contact_planned(as_of=DAY)
    return list(Attempt.objects.order_by("pk").select_related("case", "arm"))


def test_each_debtor_is_written_to_in_the_words_of_his_arm(author: User, officer: User) -> None:
    experiment = running(author, officer)
    words = {arm.name: arm.words for arm in experiment.arms.all()}

    sent = send_to(12)

    assert words["champion"] == template_in_force("reminder").version
    assert {one.state for one in sent} == {"sent"}
    for one in sent:
        assert one.arm is not None
        own = assign_arm(one.case.loan["obligor_no"], experiment="kinder", shares=SHARES)
        assert (one.arm.name, one.template_version) == (own, words[own])
    assert {one.arm.name for one in sent if one.arm} == {"champion", "kinder"}
    entered = Enrolment.objects.values_list("debtor", "arm_id", "entered_on")
    assert set(entered) == {(one.case.loan["obligor_no"], one.arm_id, DAY) for one in sent}
    told = Entry.objects.filter(kind="message.sent", subject="T-0").get()
    assert f'"arm":{sent[0].arm_id}' in told.payload.replace(" ", "")


def test_a_second_message_keeps_the_arm_and_the_first_day(author: User, officer: User) -> None:
    running(author, officer)
    [first] = send_to(1)
    later = DAY + timedelta(days=5)
    make_action(
        case=first.case, key="T-0:later", as_of=later, planned_for=first.at + timedelta(days=5)
    )

    contact_planned(as_of=later)

    assert Attempt.objects.latest("pk").arm_id == first.arm_id
    assert [one.entered_on for one in Enrolment.objects.all()] == [DAY]


def test_what_a_person_sends_himself_is_no_part_of_it(author: User, officer: User) -> None:
    running(author, officer)
    case = make_case(loan_no="T-0")
    assert case.party is not None

    kept = contact(case, party=case.party, template="reminder", by=author, key="one")

    assert (kept.arm_id, kept.template_version) == (None, template_in_force("reminder").version)
    assert not Enrolment.objects.exists()


def test_loans_in_another_currency_get_what_is_in_force(author: User, officer: User) -> None:
    running(author, officer)
    case = make_case(loan_no="T-0", currency="USD")
    make_action(case=case)

    contact_planned(as_of=DAY)

    assert Attempt.objects.get().arm_id is None


def test_what_the_gate_stops_counts_in_its_arm(author: User, officer: User) -> None:
    experiment = running(author, officer)
    case = make_case(loan_no="T-0", loan={"obligor_no": "P-0"})
    assert case.party is not None
    case.party.consents.create(
        channel="email", purpose="contact", granted=False, source="test", given_at=now()
    )
    make_action(case=case)

    contact_planned(as_of=DAY)
    note_first_events(experiment, as_of=DAY)

    assert Attempt.objects.get().state == "blocked"
    assert Enrolment.objects.get().blocked_on == DAY


def test_only_approved_words_can_be_in_an_arm(author: User, officer: User) -> None:
    draft = drafted(author)
    with pytest.raises(ExperimentError, match="no approved version 2"):
        planned(draft.number)
    waiting = propose_template(
        draft.pk, effective_on=today(), reason="x", by=author, at=now(), not_before=today()
    )
    with pytest.raises(ExperimentError, match="no approved version"):
        planned(waiting.version[:12])
    approve_template(waiting.pk, reason="", by=officer, at=now(), not_before=FAR)
    experiment = planned(2)

    row = open_template("reminder", by=author, at=now())
    with pytest.raises(DatabaseError, match="approved words"), transaction.atomic():
        Arm.objects.create(experiment=experiment, name="other", words="a" * 64, share=1)
    with pytest.raises(DatabaseError, match="keeps what it tries"), transaction.atomic():
        experiment.arms.filter(name="kinder").update(words="b" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        experiment.arms.filter(name="kinder").update(words="")
    assert row.number == 3


def test_a_text_in_another_channel_is_no_challenger(author: User, officer: User) -> None:
    words = row_words(drafted(author))
    assert words.purpose == "collect"
    version = approved_as_notice(author, officer)

    with pytest.raises(ExperimentError, match="another channel or purpose"):
        planned(version)


def approved_as_notice(author: User, officer: User) -> int:
    from carrears.outreach.models import TemplateVersion  # noqa: PLC0415  the one made above
    from carrears.outreach.template_versions import save_template  # noqa: PLC0415  see above

    draft = TemplateVersion.objects.get(key="reminder", state="draft")
    words = row_words(draft).model_copy(update={"purpose": "service_notice"})
    save_template(draft.pk, revision=draft.revision, words=words, by=author, at=now())
    propose_template(
        draft.pk, effective_on=FAR, reason="x", by=author, at=now(), not_before=today()
    )
    approve_template(draft.pk, reason="x", by=officer, at=now(), not_before=today())
    return draft.number


def test_a_withdrawn_version_is_sent_no_more_and_its_arm_stops(author: User, officer: User) -> None:
    experiment = running(author, officer)
    version = template_of(experiment, "kinder")

    withdraw_template(version, reason="unclear", by=officer, at=now())
    sent = send_to(6)

    experiment.refresh_from_db()
    assert (experiment.state, experiment.stop_reason) == ("stopped", "unclear")
    assert {one.template_version for one in sent} == {template_in_force("reminder").version}
    assert {one.arm_id for one in sent} == {None}


def template_of(experiment: Experiment, arm: str) -> int:
    from carrears.outreach.models import TemplateVersion  # noqa: PLC0415  for its number only

    words = experiment.arms.get(name=arm).words
    return TemplateVersion.objects.get(version=words).pk


def test_what_was_approved_since_goes_before_the_experiment(author: User, officer: User) -> None:
    running(author, officer)
    newer = approved(author, officer, new="如方便")

    [sent, *_] = send_to(3)

    assert (sent.template_version, sent.arm_id) == (newer.version, None)


def test_a_challenger_does_not_come_into_force_on_its_day(author: User, officer: User) -> None:
    day = today() + timedelta(days=1)
    version = approved(author, officer, on=day)
    assert template_in_force("reminder", on=day).number == version.number

    experiment = planned(version.number)
    assert template_in_force("reminder", on=day).number == 1
    start_any(experiment, on=DAY, by=None, at=now())
    assert template_in_force("reminder", on=FAR).number == 1
    stop_experiment(experiment, on=today(), reason="x", by=None, at=now())
    assert template_in_force("reminder", on=FAR).number == 1
    assert house_in_force()["reminder"] == template_in_force("reminder")


def test_given_up_before_its_start_it_is_sent_as_it_was_approved(
    author: User, officer: User
) -> None:
    day = today() + timedelta(days=1)
    experiment = planned(approved(author, officer, on=day).number)
    drop_experiment(experiment, by=None, at=now())
    assert template_in_force("reminder", on=day).number == 2


def test_what_was_in_force_before_it_was_tried_is_so_again(author: User, officer: User) -> None:
    version = approved(author, officer)
    planned(1)
    withdraw_template(version.pk, reason="x", by=officer, at=now())
    assert template_in_force("reminder").number == 1


def test_a_champion_that_is_sent_no_more_cannot_start(author: User, officer: User) -> None:
    version = approved(author, officer, on=FAR)
    experiment = planned(version.number)
    approved(author, officer, new="如方便")

    with pytest.raises(ExperimentError, match="no longer in force"):
        start_any(experiment, on=DAY, by=None, at=now())


def test_strategies_are_decided_beside_it(author: User, officer: User) -> None:
    running(author, officer)

    assert running_trial() is None


def test_outcomes_are_told_with_their_statistics(author: User, officer: User) -> None:
    experiment = running(author, officer)
    sent = send_to(40)
    first = sent[0]
    Delivery.objects.filter(attempt__in=sent[:20]).update(state="delivered")
    make_promise(first.case, (100_00, DAY + timedelta(days=3)), made_on=DAY + timedelta(days=2))
    end = DAY + timedelta(days=7)
    by_debtor = [(one.case.loan["obligor_no"], False, 5 * n) for n, one in enumerate(sent)]

    keep_outcomes(experiment, by_debtor, on=end)
    note_first_events(experiment, as_of=DAY + timedelta(days=2))
    [figure] = update_figures(experiment, as_of=end, at=now())

    values = figure.values
    assert set(values) == {
        "entered", "known", "cure", "delivered", "replied", "promised", "paid", "guards",
    }  # fmt: skip
    own = {
        side: [one for one in sent if one.arm and one.arm.name == name]
        for side, name in (("champion", "champion"), ("challenger", "kinder"))
    }
    for side, mine in own.items():
        paid = sum(one is not first for one in mine) / len(mine)
        delivered = sum(one in sent[:20] for one in mine) / len(mine)
        assert values["paid"][side]["estimate"] == pytest.approx(paid)
        assert values["delivered"][side]["estimate"] == pytest.approx(delivered)
        assert values["promised"][side]["estimate"] == pytest.approx((first in mine) / len(mine))
        assert values["replied"][side]["estimate"] == 0
        assert values["known"][side] == len(mine)
    assert figure.advice == "continue"


def test_a_mail_counts_as_delivered_after_three_days_without_a_bounce(
    author: User, officer: User
) -> None:
    experiment = running(author, officer)
    send_to(1)

    note_first_events(experiment, as_of=DAY + timedelta(days=2))
    assert Enrolment.objects.get().delivered_on is None
    note_first_events(experiment, as_of=DAY + timedelta(days=3))
    assert Enrolment.objects.get().delivered_on == DAY


def test_the_winner_becomes_the_version_in_force_by_a_second_person(
    author: User, officer: User
) -> None:
    experiment = running(author, officer)
    manager = make_user(username="manager", role="strategy_manager")
    stop_experiment(experiment, on=DAY, reason="enough", by=manager, at=now())
    winner = experiment.arms.get(name="kinder")
    conclude(experiment, winner=winner, by=manager, at=now())
    how: dict[str, Any] = {"effective_on": today(), "reason": "pays more", "at": now()}

    for nobody in (manager, author):
        with pytest.raises(ExperimentError, match="a second person"):
            confirm_words(experiment, by=nobody, **how)
    adopted = confirm_words(experiment, by=officer, **how)

    assert (adopted.number, adopted.state) == (3, "approved")
    assert (adopted.author, adopted.proposed_by, adopted.approved_by) == (manager, manager, officer)
    tried = template_of(experiment, "kinder")
    assert adopted.locales == type(adopted).objects.get(pk=tried).locales
    assert template_in_force("reminder").version == adopted.version
    experiment.refresh_from_db()
    assert experiment.conclusion == "adopted"


def test_a_program_confirms_the_winner_only_when_it_says_who_is_behind_it(
    author: User, officer: User
) -> None:
    experiment = running(author, officer)
    manager = make_user(username="manager", role="strategy_manager")
    stop_experiment(experiment, on=DAY, reason="enough", by=manager, at=now())
    conclude(experiment, winner=experiment.arms.get(name="kinder"), by=manager, at=now())
    client = Client(headers={"Authorization": f"Bearer {issue_token(officer, name='x')}"})
    path = f"/api/experiments/{experiment.key}/adopt"
    ask = {"data": {"reason": "pays more"}, "content_type": "application/json"}
    ApiToken.objects.update(created_at=now() - timedelta(minutes=31))

    refused = client.post(path, **ask)  # type: ignore[arg-type]
    assert (refused.status_code, "One-Time-Code" in refused.json()["detail"]) == (403, True)
    experiment.refresh_from_db()
    assert experiment.conclusion != "adopted"

    ApiToken.objects.update(created_at=now())
    assert client.post(path, **ask).status_code == 201  # type: ignore[arg-type]
    experiment.refresh_from_db()
    assert experiment.conclusion == "adopted"


def test_strategies_are_not_compared_by_what_messages_bring() -> None:
    from carrears.strategy.services import published_strategy  # noqa: PLC0415  used once

    version = published_strategy().version
    plan = plan_of(
        key="x", title="x", currency="CNY", metric=Metric.PAID, window_days=7, matters=0.1,
        baseline=0.3, challengers=[("other", version, 5000)],
    )  # fmt: skip
    with pytest.raises(ExperimentError, match="cure or recovery"):
        plan_any(plan, by=None, at=now())


def test_a_day_before_its_first_is_not_its_own(author: User, officer: User) -> None:
    version = approved(author, officer, on=FAR)
    start_any(planned(version.number), on=DAY + timedelta(days=1), by=None, at=now())

    [sent] = send_to(1)

    assert (sent.arm_id, sent.at.date()) == (None, date(2026, 6, 30))
