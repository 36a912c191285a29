"""Experiments with figures that look like a book's, made without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import translation

from carrears.experiments.models import Experiment, State
from carrears.workbench.experiment_forms import (
    ChallengerFormSet,
    ConfirmForm,
    ExperimentForm,
    StopForm,
    WinnerForm,
)
from carrears.workbench.forms import ReasonForm
from carrears.workbench.queries.experiment_drawings import intervals, over_time
from carrears.workbench.queries.experiment_words import (
    advised,
    difference_in,
    level_in,
    plan_facts,
    tick_in,
)
from carrears.workbench.view_models.drawing import Intervals, Plot
from carrears.workbench.view_models.experiments import (
    ArmRow,
    ExperimentPage,
    ExperimentRow,
    GuardRow,
    LogRow,
    OutcomeRow,
    Size,
    Steps,
)

START = date(2026, 7, 1)
AT = datetime(2026, 8, 1, 2, 30, tzinfo=UTC)
VERSIONS = [("f" * 64, "ffffffffffff · 2026-06-30")]
_KEY = "calls"


def _experiment() -> Experiment:
    return Experiment(
        key=_KEY, currency="CNY", metric="cure", window_days=30, matters=0.03, baseline=0.45,
        cap=1, planned_debtors=17_011, alpha=0.05, power=0.8,
    )  # fmt: skip


def _title(*, zh: bool) -> str:
    return "前期先打电话" if zh else "Call sooner"


def rows(*, zh: bool) -> tuple[ExperimentRow, ...]:
    codes = ("continue", "adopt", "keep", "no_difference", "stop_for_harm", "")
    ended = {State.STOPPED: "adopted", State.DROPPED: ""}
    return tuple(
        ExperimentRow(
            key=state.value,
            title=_title(zh=zh),
            state=state.value,
            conclusion=ended.get(state, ""),
            arms=(("champion", "50%"), (_KEY, "50%")),
            since=None if state == State.PLANNED else START,
            entered=8_120,
            planned=17_011,
            advice=() if state == State.PLANNED else tuple((f"arm-{c}", c) for c in codes),
        )
        for state in State
    )


def new() -> dict[str, Any]:
    return {
        "form": ExperimentForm(currencies=["CNY"]),
        "challengers": ChallengerFormSet(prefix="c", form_kwargs={"versions": VERSIONS}),
        "champion": "3f" * 6,
        "tried": "",
        "templates": ["sms_reminder"],
        "has_versions": False,
        "size": _size(),
        "section": "strategy",
    }


def _size() -> Size:
    return Size(
        debtors=17_011, arms=(("champion", "50%", 8_506), (_KEY, "50%", 8_506)), behind=379,
        pace="4.7 / 30", days=3_569, ready_on=date(2036, 8, 9), window_days=30,
    )  # fmt: skip


def _found(estimate: float, reach: float) -> dict[str, float]:
    return {"estimate": estimate, "lower": estimate - reach, "upper": estimate + reach}


def _drawings() -> tuple[Intervals | Plot, ...]:
    experiment = _experiment()
    tell, tick = difference_in(experiment, "cure"), tick_in(experiment, "cure")
    level = level_in(experiment, "cure")
    means = [("champion", "muted", _found(0.45, 0.03)), (_KEY, "series-0", _found(0.53, 0.03))]
    days = [(START + timedelta(days=n), _found(0.08, 0.5 / n)) for n in range(1, 40)]
    marks = [(0.0, "0", "none"), (0.03, "3", "matters")]
    return (
        intervals("means-cure", "1", means, tell=level, tick=level, within=(0.0, 1.0)),
        intervals(
            "difference-cure", "2", [(_KEY, "series-0", _found(0.08, 0.04))], tell=tell,
            tick=tick, marks=marks,
        ),
        over_time("days-1", "3", days, tell=tell, tick=tick, name="4", matters=0.03),
    )  # fmt: skip


def _arm(name: str, *, is_champion: bool, stopped_on: date | None = None) -> ArmRow:
    return ArmRow(
        name=name, is_champion=is_champion, version="3f3f3f3f3f3f",
        address="/strategy/1/", share="50%",
        stopped_on=stopped_on, stop_reason="–", entered=8_875, known=4_475, cured=1_995,
        cure="44.6%", recovery="–",
    )  # fmt: skip


def _guard(name: str, *, trips: bool) -> GuardRow:
    return GuardRow(
        arm=_KEY, guard=name, tolerance="1.25", champion=84, challenger=90,
        evidence="61" if trips else "1", limit="60", width="100%" if trips else "1.67%",
        trips=trips,
    )  # fmt: skip


def _steps(state: str) -> Steps:
    return Steps(
        day=START,
        may_start=state == "planned",
        may_drop=state == "planned",
        may_stop=state == "running",
        may_conclude=state == "stopped",
        may_confirm=state == "proposed",
        waits="…" if state == "planned" else "",
    )


def page(state: str, *, zh: bool) -> ExperimentPage:
    """``state`` is one of planned, running, stopped, and proposed: stopped with a proposal."""
    begun = state != "planned"
    figures = {"cure": {"difference": _found(0.08, 0.04)}}
    codes = ("continue", "adopt", "keep", "no_difference", "stop_for_harm", "")
    with translation.override("zh-hans" if zh else "en"):
        told = tuple(advised(_experiment(), f"arm-{c}", c, figures, START) for c in codes)
        facts, drawn = plan_facts(_experiment()), _drawings()
    kinds = ("adopted", "rejected", "proposed", "kept", "stopped", "arm_stopped", "dropped")
    return ExperimentPage(
        key=_KEY,
        title=_title(zh=zh),
        template="sms_reminder" if state == "running" else "",
        note="",
        state="stopped" if state == "proposed" else state,
        conclusion="proposed" if state == "proposed" else "",
        winner=_KEY,
        started_on=START if begun else None,
        stopped_on=START if state in {"stopped", "proposed"} else None,
        stop_reason="–",
        advised=told if begun else (),
        plan=facts,
        size=_size(),
        arms=(
            _arm("champion", is_champion=True),
            _arm(_KEY, is_champion=False, stopped_on=START if state == "stopped" else None),
        ),
        drawings=drawn if state in {"running", "proposed"} else (),
        outcomes=(
            tuple(
                OutcomeRow(
                    metric=name,
                    is_main=name == "paid",
                    arm=_KEY,
                    champion="44.6%",
                    challenger="46.0%",
                    difference="+1.4 pp",
                )
                for name in ("delivered", "replied", "promised", "paid")
            )
            if state == "running"
            else ()
        ),
        guards=((_guard("complaint", trips=True), _guard("block", trips=False)) if begun else ()),
        log=tuple(LogRow(AT, kind, "lin", "–") for kind in kinds) if begun else (),
        steps=_steps(state),
        has_recovery=state == "running",
        entered=18_000,
        known=9_000,
        progress=53,
    )


def context(state: str, *, zh: bool) -> dict[str, Any]:
    arms = [_KEY, "letters"]
    return {
        "page": page(state, zh=zh),
        "problems": ["–"] if state == "planned" else [],
        "section": "strategy",
        "start": forms.Form(auto_id="start-%s"),
        "drop": forms.Form(auto_id="drop-%s"),
        "stop": StopForm(arms=arms, auto_id="stop-%s"),
        "conclude": WinnerForm(arms=[(one, one) for one in arms], auto_id="conclude-%s"),
        "confirm": ConfirmForm(auto_id="confirm-%s"),
        "reject": ReasonForm(auto_id="reject-%s"),
    }
