"""What the cadence of an instalment has said, what comes next, and why a step was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from carrears.calendars import load_calendars
from carrears.casework.case_product import product_of
from carrears.casework.models import Case, CaseState, PlannedAction
from carrears.strategy.cadences import Cadence, CadenceStep, step_day
from carrears.strategy.kept_cadences import cadences_of_document, cadences_of_version
from carrears.workbench.labels import label_of
from carrears.workbench.queries.catalogue import titled
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.treatment import step_of
from carrears.workbench.view_models.cadence import (
    CadenceOfHouse,
    CadenceShown,
    StepOfHouse,
    StepShown,
)


def cadence_of(case: Case, *, hold: str, is_promised: bool) -> CadenceShown | None:
    """The steps of the case's oldest open instalment; None where no cadence speaks of it.

    ``hold`` is the reason for which collection is stopped now, ``is_promised`` whether a promise
    stands: they hold back what comes next.
    """
    home = Path(settings.CARREARS_HOME)
    named = str(case.decision.get("cadence") or "")
    known = cadences_of_version(case.strategy) if case.strategy else cadences_of_document({})
    cadence = known.of(case.product, named=named)
    if cadence is None or case.state != CaseState.OPEN or case.oldest_due_on is None:
        return None
    terms = product_of(case).due_dates
    calendar = load_calendars(home)[terms.calendar]
    due_on = calendar.shift(case.oldest_due_on, terms.convention)
    if (case.as_of - due_on).days > cadence.last_day:
        return None
    found = case.actions.filter(key__startswith=f"{case.loan_no}:due:{due_on}:")
    told = {one.step_day: one for one in found if one.step_day is not None}
    held = _held(case, cadence, hold=hold, is_promised=is_promised)
    days = {
        step.day: step_day(cadence, step, due_on=due_on, calendar=calendar)
        for step in cadence.steps
    }
    return CadenceShown(
        title=chosen(cadence.zh, cadence.en),
        due_on=due_on,
        steps=tuple(_steps(cadence, days, told, as_of=case.as_of, held=held)),
    )


def _steps(
    cadence: Cadence,
    days: Mapping[int, tuple[date, bool]],
    told: Mapping[int, PlannedAction],
    *,
    as_of: date,
    held: str,
) -> Iterator[StepShown]:
    for step in cadence.steps:
        # Whether the days before the due date are said is for the early warning to choose.
        if step.day > 0 or step.day in told:
            on, is_skipped = days[step.day]
            why = held or (gettext("closed day") if is_skipped else "")
            yield _step(step, on, told.get(step.day), as_of=as_of, held=why)


def _held(case: Case, cadence: Cadence, *, hold: str, is_promised: bool) -> str:
    """Why the next step would not be said today; empty where it would."""
    if hold:
        return str(label_of(hold, "hold").text)
    if is_promised:
        return gettext("a promise stands")
    if case.treatment not in cadence.covered:
        return gettext("not under this treatment: %(treatment)s") % {
            "treatment": titled(case.treatment, "treatment").title
        }
    return ""


def _step(
    step: CadenceStep, on: date, action: PlannedAction | None, *, as_of: date, held: str
) -> StepShown:
    if action is not None:
        shown = step_of(action)
        return StepShown(
            label=step.label,
            on=on,
            state=shown.state,
            channel=shown.channel,
            at=shown.at,
            reason=shown.reason,
        )
    if on <= as_of:
        return StepShown(label=step.label, on=on, state="passed")
    return StepShown(label=step.label, on=on, state="to_come", reason=held)


def cadences_shown(document: Mapping[str, Any]) -> tuple[CadenceOfHouse, ...]:
    """All cadences of a strategy's document, else as the files have them."""
    found = cadences_of_document(document).named.values()
    return tuple(
        CadenceOfHouse(
            key=one.key,
            title=chosen(one.zh, one.en),
            products=one.products,
            last_days=one.last_days,
            steps=tuple(_step_of_house(one, step) for step in one.steps),
        )
        for one in found
    )


def _step_of_house(cadence: Cadence, step: CadenceStep) -> StepOfHouse:
    is_for_all = step in cadence.before_all
    before = step.treatments or () if is_for_all else ()
    treatments = cadence.treatments_of(step) if step.day > 0 else before
    return StepOfHouse(
        label=step.label,
        ways=tuple((way.channel, way.template) for way in step.by),
        treatments=tuple(titled(code, "treatment").title for code in treatments),
        closed_day=cadence.closed_day_of(step),
        closed_hours=cadence.closed_hours_of(step.day),
        language=cadence.language_of(step.day),
        is_for_all=is_for_all,
    )
