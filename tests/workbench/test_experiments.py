"""The screens of experiments: plan, size, start, look, stop, conclude, confirm."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user

from carrears.clock import now
from carrears.dayrun.decided import first_undecided_day
from carrears.experiments.figures import update_figures
from carrears.experiments.models import Conclusion, Enrolment, Experiment, State
from carrears.strategy.drafts import open_draft, save_draft, submit_draft
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import published_strategy
from carrears.workbench.queries.experiment_drawings import intervals
from carrears.workbench.queries.experiment_words import stop_reason

pytestmark = pytest.mark.django_db


def submitted() -> StrategyVersion:
    """A version that somebody has drafted and submitted, and nobody has approved."""
    author = make_user(role="strategy_manager", username="author")
    draft = open_draft("treatment", title="Call sooner", by=author, at=now())
    document = json.loads(json.dumps(draft.document).replace("'email'", "'call'"))
    save_draft(draft.pk, revision=1, document=document, by=author, at=now())
    day = first_undecided_day()
    sent = submit_draft(draft.pk, effective_on=day, reason="try", by=author, at=now())
    assert sent.version is not None
    return sent.version


def typed(version: StrategyVersion, **changes: str) -> dict[str, str]:
    """A plan as the form sends it."""
    return {
        "title": "Call sooner", "key": "calls", "currency": "CNY", "metric": "cure",
        "window_days": "30", "matters": "5", "baseline": "30", "alpha": "5", "power": "80",
        "complaint": "1.25", "block": "2", "opt_out": "", "c-TOTAL_FORMS": "3",
        "c-INITIAL_FORMS": "0", "c-0-version": version.version, "c-0-name": "calls",
        "c-0-share": "50",
    } | changes  # fmt: skip


@pytest.fixture
def manager(sign_in: Any) -> Client:
    make_case()
    client: Client = sign_in(make_user(role="strategy_manager", username="manager"))
    return client


def planned(manager: Client) -> Experiment:
    answer = manager.post("/experiments/new/", typed(submitted()))
    assert answer.headers["Location"] == "/experiments/calls/"
    return Experiment.objects.get()


def take(client: Client, step: str, **given: str) -> Any:
    return client.post(f"/experiments/calls/{step}/", given)


def test_the_size_is_shown_and_nothing_is_kept_by_it(manager: Client) -> None:
    answer = manager.post("/experiments/new/", typed(submitted()) | {"size": "1"})

    assert answer.status_code == 200
    size = answer.context["size"]
    assert [share for _name, share, _debtors in size.arms] == ["50%", "50%"]
    assert size.behind == 1
    assert size.days == (size.debtors - 1) * 30 + 30
    assert not Experiment.objects.exists()
    assert f"{size.debtors:,}" in answer.content.decode()


def test_what_is_typed_is_kept_in_units_of_the_plan(manager: Client) -> None:
    found = planned(manager)

    assert (found.state, found.matters, found.baseline) == (State.PLANNED, 0.05, 0.3)
    assert found.guards == {"complaint": 1.25, "block": 2.0}
    assert [(arm.name, arm.share) for arm in found.arms.all()] == [
        ("champion", 5000), ("calls", 5000)
    ]  # fmt: skip


def test_recovery_is_planned_in_major_units(manager: Client) -> None:
    money = {"metric": "recovery", "matters": "200", "deviation": "1000.50", "cap": "5000"}
    manager.post("/experiments/new/", typed(submitted(), **money))

    found = Experiment.objects.get()
    assert (found.matters, found.deviation, found.cap) == (200_00.0, 1000_50.0, 5000_00)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"baseline": ""}, "需要填冠军的比率。"),
        ({"baseline": "97"}, "加上冠军的回正率超过了 100%。"),
        ({"metric": "recovery", "deviation": "3", "cap": "5"}, "不能超过计入上限的一半。"),
        ({"metric": "recovery", "cap": "5"}, "看回款需要填这个金额。"),
        ({"c-0-version": ""}, "挑战者需要填这一项。"),
        ({"c-0-version": "", "c-0-name": "", "c-0-share": ""}, "实验至少要有一个挑战者"),
        ({"c-0-name": "champion"}, "每个挑战者都要有自己的名称，且不能叫 champion"),
        ({"c-0-share": "99.99", "c-1-share": "1"}, "挑战者需要填这一项。"),
        ({"key": "new"}, "这个代号是保留的网址，请换一个。"),
        ({"matters": "0.01", "c-0-share": "0.01"}, "差异太小，再大的账册也不够"),
    ],
)
def test_what_does_not_hold_together_is_told_on_the_form_in_chinese(
    manager: Client, changes: dict[str, str], told: str
) -> None:
    answer = manager.post("/experiments/new/", typed(submitted(), **changes))

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Experiment.objects.exists()


def test_a_key_that_is_taken_is_told(manager: Client) -> None:
    found = planned(manager)
    version = found.arms.get(name="calls").strategy

    answer = manager.post("/experiments/new/", typed(version))

    assert answer.status_code == 422
    assert "已有代号为 calls 的实验" in answer.content.decode()


def test_from_a_plan_to_a_strategy_in_force_by_two_people(manager: Client, sign_in: Any) -> None:
    found = planned(manager)
    officer = sign_in(make_user(role="compliance_officer", username="officer"))
    author = Client()
    author.force_login(found.arms.get(name="calls").strategy.drafts.get().author)
    assert "须由第二人启动" in author.get("/experiments/calls/").content.decode()
    assert "参与编写 calls 的人不能启动实验" in take(author, "start").content.decode()
    assert take(officer, "start").status_code == 302

    unreasoned = take(manager, "stop", arm="", reason="  ")
    assert unreasoned.status_code == 422
    assert take(manager, "stop", arm="", reason="enough").status_code == 302
    assert take(manager, "stop", arm="", reason="again").status_code == 422
    assert take(manager, "conclude", winner="calls").status_code == 302
    day = first_undecided_day()
    alone = take(manager, "confirm", effective_on=day.isoformat(), reason="it cures")
    assert "提议人不能自己确认，须由第二人确认" in alone.content.decode()
    early = take(
        officer, "confirm", effective_on=(day - timedelta(days=1)).isoformat(), reason="it cures"
    )
    assert early.status_code == 422
    assert (
        take(officer, "confirm", effective_on=day.isoformat(), reason="it cures").status_code == 302
    )

    found.refresh_from_db()
    assert found.conclusion == Conclusion.ADOPTED
    assert published_strategy(day) == found.arms.get(name="calls").strategy
    log = officer.get("/experiments/calls/").context["page"].log
    assert [(row.kind, row.by) for row in log] == [
        ("adopted", "officer"), ("proposed", "manager"), ("stopped", "manager"),
        ("started", "officer"), ("planned", "manager"),
    ]  # fmt: skip


def test_a_refused_proposal_waits_for_another_end(manager: Client, sign_in: Any) -> None:
    planned(manager)
    officer = sign_in(make_user(role="compliance_officer", username="officer"))
    take(manager, "start")
    take(manager, "stop", arm="", reason="enough")
    take(manager, "conclude", winner="calls")

    take(officer, "reject", reason="too few")
    take(manager, "conclude", winner="champion")

    assert Experiment.objects.get().conclusion == Conclusion.KEPT


def test_a_plan_may_be_given_up(manager: Client) -> None:
    planned(manager)

    take(manager, "drop")

    assert Experiment.objects.get().state == State.DROPPED
    assert manager.get("/experiments/").context["rows"][0].advice == ()


def enrolled(experiment: Experiment, *, cured: dict[str, int], each: int) -> None:
    """So many debtors of each arm with a known outcome, of whom so many are cured."""
    day = first_undecided_day() - timedelta(days=40)
    for arm in experiment.arms.all():
        Enrolment.objects.bulk_create(
            Enrolment(
                experiment=experiment, arm=arm, debtor=f"{arm.name}-{n}", entered_on=day,
                known_on=day + timedelta(days=30), cured=n < cured[arm.name], recovered=100,
            )
            for n in range(each)
        )  # fmt: skip


def test_what_became_of_the_arms_is_told_in_words_and_figures(manager: Client) -> None:
    found = planned(manager)
    take(manager, "start")
    Experiment.objects.update(started_on=first_undecided_day() - timedelta(days=40))
    found.refresh_from_db()
    enrolled(found, cured={"champion": 100, "calls": 400}, each=500)
    day = first_undecided_day() - timedelta(days=1)
    for as_of in (day - timedelta(days=1), day):
        update_figures(found, as_of=as_of, at=now())

    page = manager.get("/experiments/calls/").context["page"]

    assert [(arm.entered, arm.known, arm.cured) for arm in page.arms] == [
        (500, 500, 100), (500, 500, 400)
    ]  # fmt: skip
    assert page.arms[1].cure.startswith("80.0%（")
    assert [(one.arm, one.advice) for one in page.advised] == [("calls", "adopt")]
    assert "优于冠军" in page.advised[0].sentence
    assert [drawing.id.partition("-")[0] for drawing in page.drawings] == [
        "means", "difference", "days"
    ]  # fmt: skip
    assert [guard.guard for guard in page.guards] == ["complaint", "block"]
    assert page.progress == min(100, round(100 * 1000 / found.planned_debtors))
    (row,) = manager.get("/experiments/").context["rows"]
    assert (row.entered, row.advice) == (1000, (("calls", "adopt"),))


def test_lists_and_pages_without_figures_say_so(manager: Client) -> None:
    assert "还没有实验" in manager.get("/experiments/").content.decode()
    planned(manager)
    take(manager, "start")
    assert "尚无结果" in manager.get("/experiments/calls/").content.decode()


def test_an_interval_lies_where_its_axis_says() -> None:
    found = {"lower": 0.1, "estimate": 0.2, "upper": 0.3}

    drawn = intervals(
        "x", "x", [("a", "muted", found)], tell=str, tick=str, marks=[(0.0, "zero", "none")]
    )

    (row,) = drawn.rows
    assert (drawn.ticks[0].at, drawn.ticks[-1].at) == ("0.00%", "100.00%")
    assert (row.low, row.at, row.high) == ("33.33%", "66.67%", "100.00%")
    assert [mark.at for mark in drawn.marks] == ["0.00%"]


def test_a_guard_rail_that_stopped_an_arm_is_named() -> None:
    assert stop_reason("guard rail: complaint, opt_out") == "护栏：投诉, 退订"
    assert stop_reason("not wanted") == "not wanted"
