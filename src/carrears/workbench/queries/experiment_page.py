"""The parts of an experiment's page that its figures fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from carrears.dayrun.pace import Pace
from carrears.experiments.models import OF_WORDS, Arm, Experiment, Figure, Metric
from carrears.experiments.services import GUARDS
from carrears.outreach.models import TemplateVersion
from carrears.workbench.labels import label_of
from carrears.workbench.queries.experiment_drawings import intervals, over_time
from carrears.workbench.queries.experiment_words import (
    advised,
    difference_in,
    level_in,
    stop_reason,
    tick_in,
    with_interval,
)
from carrears.workbench.queries.formats import count, decimal, percent
from carrears.workbench.view_models.drawing import Intervals, Plot
from carrears.workbench.view_models.experiments import (
    Advised,
    ArmRow,
    GuardRow,
    OutcomeRow,
    Size,
)

_WHOLE = 10_000
Newest = Mapping[int, Figure]


def share_text(basis_points: int) -> str:
    """An arm's share."""
    return percent(basis_points / _WHOLE, 0 if basis_points % 100 == 0 else 2)


def size_of(
    debtors: int,
    *,
    arms: Sequence[tuple[str, int]],
    pace: Pace,
    window_days: int,
    day: date,
    template: str = "",
) -> Size:
    """What a plan needs, and when this book will have brought it if it begins on ``day``."""
    days = pace.days_until(debtors, window_days=window_days)
    a_day = decimal(pace.a_day, 1)
    told = (
        _("%(number)s newly written to a day by this template, as the last %(days)s days saw them")
        if template
        else _("%(number)s newly behind a day, as the last %(days)s days saw them")
        if pace.is_seen
        else _("%(number)s newly behind a day, by those 1 to %(days)s days behind now")
    )
    return Size(
        debtors=debtors,
        arms=tuple(
            (name, share_text(share), -(-debtors * share // _WHOLE)) for name, share in arms
        ),
        behind=pace.behind,
        pace=told % {"number": a_day, "days": pace.days},
        days=days,
        ready_on=None if days is None or days > _FAR else day + timedelta(days=days),
        window_days=window_days,
        of_words=bool(template),
    )


_FAR = 365 * 100  # days beyond which no calendar day is named


def advised_of(experiment: Experiment, arms: Sequence[Arm], newest: Newest) -> tuple[Advised, ...]:
    """What is recommended of each challenger."""
    told = []
    for arm in arms:
        if arm.is_champion:
            continue
        figure = newest.get(arm.pk)
        values = figure.values if figure else {}
        advice, as_of = (figure.advice, figure.as_of) if figure else ("", None)
        told.append(advised(experiment, arm.name, advice, values, as_of))
    return tuple(told)


def arm_rows(
    experiment: Experiment,
    arms: Sequence[Arm],
    newest: Newest,
    counts: Mapping[int, Mapping[str, int]],
) -> tuple[ArmRow, ...]:
    """Who takes part in each arm, and what became of them."""
    nobody = {"entered": 0, "known": 0, "cured": 0}
    words = [arm.words for arm in arms if arm.words]
    rows = TemplateVersion.objects.filter(version__in=words) if words else ()
    numbers = {row.version: str(row.number) for row in rows}
    return tuple(
        ArmRow(
            name=arm.name,
            is_champion=arm.is_champion,
            version=numbers.get(arm.words, arm.version[:12]),
            address=_address(experiment, arm, numbers),
            share=share_text(arm.share),
            stopped_on=arm.stopped_on,
            stop_reason=stop_reason(arm.stop_reason),
            entered=counts.get(arm.pk, nobody)["entered"],
            known=counts.get(arm.pk, nobody)["known"],
            cured=counts.get(arm.pk, nobody)["cured"],
            cure=_mean(experiment, arm, newest, Metric.CURE),
            recovery=_mean(experiment, arm, newest, Metric.RECOVERY),
        )
        for arm in arms
    )


def _address(experiment: Experiment, arm: Arm, numbers: Mapping[str, str]) -> str:
    """Where what an arm tries can be read."""
    if arm.words in numbers:
        number = int(numbers[arm.words])
        return reverse("workbench:template-version", args=[experiment.template, number])
    return reverse("workbench:strategy-version", args=[arm.strategy_id])


def outcome_rows(
    experiment: Experiment, arms: Sequence[Arm], newest: Newest
) -> tuple[OutcomeRow, ...]:
    """What became of the debtors whom messages were sent to, outcome by outcome."""
    if not experiment.template:
        return ()
    rows = []
    for metric in (*OF_WORDS, Metric.CURE):
        level, tell = level_in(experiment, metric), difference_in(experiment, metric)
        for arm in arms:
            figure = newest.get(arm.pk)
            if figure is None or not all(figure.values["known"].values()):
                continue
            found = figure.values[metric]
            rows.append(
                OutcomeRow(
                    metric=metric.value,
                    is_main=metric == experiment.metric,
                    arm=arm.name,
                    champion=with_interval(level, found["champion"]),
                    challenger=with_interval(level, found["challenger"]),
                    difference=with_interval(tell, found["difference"]),
                )
            )
    return tuple(rows)


def drawings_of(
    experiment: Experiment, arms: Sequence[Arm], figures: Mapping[int, Sequence[Figure]]
) -> tuple[Intervals | Plot, ...]:
    """Means by arm and differences of each metric, and the main difference over its days."""
    newest = {pk: rows[-1] for pk, rows in figures.items()}
    if not any(figure.values["known"]["champion"] for figure in newest.values()):
        return ()
    main = experiment.metric
    metrics = [main, *([Metric.CURE] if main == Metric.RECOVERY else [])]
    drawn: list[Intervals | Plot] = []
    for metric in metrics:
        drawn += [
            _means(experiment, arms, newest, metric),
            _differences(experiment, arms, newest, metric),
        ]
    tell = difference_in(experiment, main)
    for arm in arms:
        days = [
            (figure.as_of, figure.values[main]["difference"])
            for figure in figures.get(arm.pk, ())
            if figure.values["known"]["challenger"] and figure.values["known"]["champion"]
        ]
        if len(days) > 1:
            title = _in_unit(_("%(arm)s less champion, day by day") % {"arm": arm.name}, main)
            drawn.append(
                over_time(
                    f"days-{arm.pk}",
                    title,
                    days,
                    tell=tell,
                    tick=tick_in(experiment, main),
                    name=_("estimate and interval"),
                    matters=experiment.matters,
                )
            )
    return tuple(drawn)


def guard_rows(experiment: Experiment, arms: Sequence[Arm], newest: Newest) -> tuple[GuardRow, ...]:
    """Where each challenger's guard rails stand."""
    rows = []
    for arm in arms:
        figure = newest.get(arm.pk)
        stands = figure.values["guards"] if figure else {}
        for name in (guard for guard in GUARDS if guard in stands):
            found = stands[name]
            rows.append(
                GuardRow(
                    arm=arm.name,
                    guard=name,
                    tolerance=decimal(experiment.guards[name], 2),
                    champion=found["champion"],
                    challenger=found["challenger"],
                    evidence=decimal(found["evidence"], 2),
                    limit=decimal(found["limit"], 0),
                    width=f"{100 * min(found['evidence'] / found['limit'], 1):.2f}%",
                    trips=found["trips"],
                )
            )
    return tuple(rows)


def _mean(experiment: Experiment, arm: Arm, newest: Newest, metric: str) -> str:
    found = _found(arm, newest, metric)
    return with_interval(level_in(experiment, metric), found) if found else "–"


def _found(arm: Arm, newest: Newest, metric: str) -> dict[str, float] | None:
    """An arm's mean; the champion's stands beside each challenger's."""
    figure = next(iter(newest.values()), None) if arm.is_champion else newest.get(arm.pk)
    side = "champion" if arm.is_champion else "challenger"
    if figure is None or not figure.values["known"][side]:
        return None
    values: dict[str, float] | None = figure.values.get(metric, {}).get(side)
    return values


def _means(experiment: Experiment, arms: Sequence[Arm], newest: Newest, metric: str) -> Intervals:
    found = [(arm, _found(arm, newest, metric)) for arm in arms]
    rows = [
        (arm.name, "muted" if arm.is_champion else "series-0", mean) for arm, mean in found if mean
    ]
    within = None if metric == Metric.RECOVERY else (0.0, 1.0)
    title = _("%(metric)s by arm") % {"metric": label_of(metric, "metric").text}
    tell = level_in(experiment, metric)
    return intervals(f"means-{metric}", title, rows, tell=tell, tick=tell, within=within)


def _differences(
    experiment: Experiment, arms: Sequence[Arm], newest: Newest, metric: str
) -> Intervals:
    rows = [
        (arm.name, "series-0", newest[arm.pk].values[metric]["difference"])
        for arm in arms
        if arm.pk in newest
    ]
    marks = [(0.0, _("no difference"), "none")]
    if metric == experiment.metric:
        marks.append((experiment.matters, _("what matters"), "matters"))
    title = _("%(metric)s: challenger less champion") % {"metric": label_of(metric, "metric").text}
    tell, tick = difference_in(experiment, metric), tick_in(experiment, metric)
    title = _in_unit(title, metric)
    known = sum(newest[next(iter(newest))].values["known"].values())
    note = _("%(number)s outcomes known") % {"number": count(known)}
    return intervals(
        f"difference-{metric}", title, rows, tell=tell, tick=tick, marks=marks, note=note
    )


def _in_unit(title: str, metric: str) -> str:
    """A title that names the unit of its axis where the axis does not."""
    if metric == Metric.RECOVERY:
        return title
    return _("%(title)s, percentage points") % {"title": title}
