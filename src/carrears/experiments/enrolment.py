"""Who takes part, what became of them, and what befell them: written by the day run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from carrears.experiments.models import Arm, Enrolment, Experiment

_BLOCK = 5_000


def enrol(experiment: Experiment, arms: Mapping[str, str], *, on: date) -> int:
    """Let these debtors take part, each in the arm given by name; returns how many are new."""
    by_name = {arm.name: arm for arm in Arm.objects.filter(experiment=experiment)}
    before = Enrolment.objects.filter(experiment=experiment).count()
    Enrolment.objects.bulk_create(
        (
            Enrolment(experiment=experiment, arm=by_name[arm], debtor=debtor, entered_on=on)
            for debtor, arm in sorted(arms.items())
        ),
        ignore_conflicts=True,
        batch_size=_BLOCK,
    )
    return Enrolment.objects.filter(experiment=experiment).count() - before


def note_exposed(shown: Iterable[tuple[int, int, str, date]]) -> None:
    """Let debtors take part from the first message on: experiment, arm (ids), debtor and day."""
    Enrolment.objects.bulk_create(
        (
            Enrolment(experiment_id=experiment, arm_id=arm, debtor=debtor, entered_on=on)
            for experiment, arm, debtor, on in shown
        ),
        ignore_conflicts=True,
    )


def awaited(experiment: Experiment, *, as_of: date) -> dict[str, date]:
    """The debtors whose window has ended and whose outcome is not yet read: when they entered."""
    last = as_of - timedelta(days=experiment.window_days)
    rows = Enrolment.objects.filter(experiment=experiment, known_on=None, entered_on__lte=last)
    return dict(rows.values_list("debtor", "entered_on"))


def keep_outcomes(
    experiment: Experiment, outcomes: Iterable[tuple[str, bool, int]], *, on: date
) -> int:
    """Keep what became of debtors: whether cured, and what they paid in minor units."""
    found = {debtor: (cured, paid) for debtor, cured, paid in outcomes}
    rows = list(
        Enrolment.objects.filter(experiment=experiment, known_on=None, debtor__in=list(found))
    )
    for row in rows:
        row.known_on = on
        row.cured, row.recovered = found[row.debtor]
    Enrolment.objects.bulk_update(rows, ["known_on", "cured", "recovered"], batch_size=_BLOCK)
    return len(rows)
