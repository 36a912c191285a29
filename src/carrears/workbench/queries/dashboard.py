"""The book at a glance, on the day of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.analytics import services
from carrears.analytics.choices import Choices
from carrears.dayrun.models import DayRun, RunState
from carrears.delinquency.buckets import load_buckets
from carrears.money import Money
from carrears.portfolio.services import BookError
from carrears.workbench.queries import charts
from carrears.workbench.queries.blocks import block_reasons
from carrears.workbench.queries.book import (
    BookFigures,
    Keep,
    Moves,
    book_figures,
    moves_between,
)
from carrears.workbench.queries.figure_told import told
from carrears.workbench.queries.formats import count, decimal, percent
from carrears.workbench.queries.house_figures import house_figures
from carrears.workbench.queries.key_figures import key_figures
from carrears.workbench.queries.narrowing import CUT
from carrears.workbench.queries.part import keep_of, part_choices, part_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.dashboard import (
    BucketRow,
    Dashboard,
    DayRunSummary,
    RunStep,
    Tile,
    Trend,
)
from carrears.workbench.view_models.figure_told import FigureTold

_MONTHS_SHOWN = 13
_DAYS_OFFERED = 120
_EMPTY = Dashboard(
    as_of=None,
    compared_with=None,
    days=(),
    tiles=(),
    buckets=(),
    balance_by_bucket=None,
    roll_rates=None,
    trend=None,
    cure_rate=None,
    actions=None,
    flows=None,
    blocks=(),
    run=None,
    filters=(),
    is_narrowed=False,
    key=None,
)


@dataclass(frozen=True, slots=True)
class _Month:
    """The last run of a month, and how the book moved since the month before."""

    run: DayRun
    figures: BookFigures
    moves: Moves | None

    @property
    def cured(self) -> float | None:
        return self.moves.cures.rate if self.moves and self.moves.cures else None


def dashboard(
    wanted: date | None, params: QueryDict | None = None, *, reader: User | None = None
) -> Dashboard:
    """The page of the day ``wanted``, else of the newest day that was run.

    By the filters of ``params`` only some loans count, by teams those that ``reader`` sees; what
    is known of the whole house alone does not follow them. What a table or chart shows by buckets
    is of all of them.

    Raises:
        NoSuchPartError: a team or branch that ``reader`` does not see.
    """
    params = QueryDict() if params is None else params
    part = part_of(params, reader)
    runs = _finished_runs()
    run = next((one for one in runs if one.as_of == wanted), runs[0] if runs else None)
    if run is None:
        return _EMPTY
    keep = keep_of(part)
    months = _months(run, runs, keep)
    now, before = _last_two(months, run)
    wide = months if part.bucket is None else _months(run, runs, _of_all_buckets(keep))
    wide_now, wide_before = _last_two(wide, run)
    return Dashboard(
        as_of=run.as_of,
        compared_with=before.run.as_of if before else None,
        days=tuple(
            Option(one.as_of.isoformat(), one.as_of.isoformat(), one.pk == run.pk)
            for one in runs[:_DAYS_OFFERED]
        ),
        filters=part_choices(_choices(), part),
        is_narrowed=not part.is_whole,
        narrowed=part.words(),
        address=urlencode(part.address()),
        of_team=part.organisation is not None,
        of_bucket=part.bucket,
        key=key_figures(run.as_of, params, part),
        house=house_figures(run, keep=keep, sees_work=part.sees_work),
        panels=tuple(told(key, days=(run.as_of, run.as_of)) for key in ("buckets", "roll", "late")),
        tiles=_tiles(run, now, before, is_narrowed=not part.is_whole),
        buckets=_bucket_rows(wide_now.figures, wide_before.figures if wide_before else None)
        if wide_now
        else (),
        balance_by_bucket=charts.balance_by_bucket(wide_now.figures) if wide_now else None,
        roll_rates=charts.roll_rates(wide_now.moves) if wide_now and wide_now.moves else None,
        trend=charts.trend([(m.run.as_of, m.figures) for m in wide]),
        cure_rate=charts.cure_rate([(m.run.as_of, m.cured) for m in months]),
        actions=charts.actions(
            [(one.as_of, one.summary) for one in reversed(runs) if one.as_of <= run.as_of][
                -_MONTHS_SHOWN:
            ]
        ),
        flows=charts.flows(wide_now.moves, wide_now.figures.currency)
        if wide_now and wide_now.moves
        else None,
        blocks=block_reasons(run.as_of),
        run=_run_summary(run),
    )


def _finished_runs() -> list[DayRun]:
    """The newest finished run of each day, newest day first."""
    done = DayRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-pk")
    return [next(same) for _, same in groupby(done, key=lambda run: run.as_of)]


def _choices() -> Choices | None:
    try:
        return services.choices(CUT)
    except BookError:
        return None


def _of_all_buckets(keep: Keep | None) -> Keep | None:
    if keep is None or (not keep.values and keep.loans is None):
        return None
    return replace(keep, bucket=None)


def _last_two(months: Sequence[_Month], run: DayRun) -> tuple[_Month | None, _Month | None]:
    """The run's own month and the one before, without which there is nothing to compare."""
    now = months[-1] if months and months[-1].run.pk == run.pk else None
    before = months[-2] if now and len(months) > 1 else None
    if before and not _follows(before.run.as_of, run.as_of):  # a month is missing
        before = None
    return now, before


def _months(run: DayRun, runs: Sequence[DayRun], keep: Keep | None) -> list[_Month]:
    """The last runs of the months up to ``run``, oldest first; ``run`` itself is the last."""
    chosen = [run]
    for one in runs:
        if one.as_of < chosen[-1].as_of.replace(day=1):
            chosen.append(one)
        if len(chosen) > _MONTHS_SHOWN:
            break
    chosen.reverse()
    months = []
    for place, one in enumerate(chosen):
        if figures := book_figures(one, keep=keep):
            earlier = chosen[place - 1] if place else None
            moves = (
                moves_between(earlier, one, currency=figures.currency, keep=keep)
                if earlier and _follows(earlier.as_of, one.as_of)
                else None
            )
            months.append(_Month(one, figures, moves))
    return months[-_MONTHS_SHOWN:]


def _follows(earlier: date, later: date) -> bool:
    """Whether ``earlier`` lies in the month before ``later``: rates are by the month."""
    last_month = later.replace(day=1) - timedelta(days=1)
    return (earlier.year, earlier.month) == (last_month.year, last_month.month)


def _tiles(
    run: DayRun, now: _Month | None, before: _Month | None, *, is_narrowed: bool
) -> tuple[Tile, ...]:
    if now is None:
        return ()
    tiles = _book_tiles(now, before)
    return tiles if is_narrowed else (*tiles, *_house_tiles(run, now))


def _book_tiles(now: _Month, before: _Month | None) -> tuple[Tile, ...]:
    book, then = now.figures, before.figures if before else None
    days = (now.run.as_of, now.run.as_of)
    tiles = (
        _tile(
            told("balance", above=book.balance, currency=book.currency, days=days),
            hint=gettext("%(loans)s loans") % {"loans": count(book.loans)},
        ),
        _tile(
            told("behind", above=book.behind, below=book.loans, days=days),
            hint=gettext("%(share)s of loans") % {"share": percent(book.behind / book.loans)},
            trend=_change(book.behind, then.behind if then else None),
        ),
        _tile(
            told("arrears", above=book.arrears, currency=book.currency, days=days),
            trend=_change(book.arrears, then.arrears if then else None),
        ),
    )
    if now.cured is None or now.moves is None or now.moves.cures is None or before is None:
        return tiles
    cures = now.moves.cures
    cured = told(
        "cured", above=cures.cured, below=cures.behind, days=(before.run.as_of, now.run.as_of)
    )
    trend = _points(now.cured, before.cured)
    return (*tiles, Tile(title=cured.title, share=now.cured, trend=trend, told=cured))


def _house_tiles(run: DayRun, now: _Month) -> tuple[Tile, ...]:
    counted = {"sent": "actions_sent", "blocked": "actions_blocked"}
    if now.cured is None:
        counted = {"cases": "cases_open", **counted}
    days = (run.as_of, run.as_of)
    return tuple(
        _tile(told(key, above=run.summary.get(name, 0), days=days)) for key, name in counted.items()
    )


def _tile(figure: FigureTold, *, hint: str = "", trend: Trend | None = None) -> Tile:
    """A figure that is a number or an amount, not a share."""
    number = figure.above or 0
    if figure.currency:
        amount = Money(number, figure.currency)
        return Tile(title=figure.title, money=amount, hint=hint, trend=trend, told=figure)
    return Tile(title=figure.title, count=number, hint=hint, trend=trend, told=figure)


def _change(now: int, before: int | None) -> Trend | None:
    """The change since the month before, where more is worse."""
    if not before:
        return None
    share = now / before - 1
    mood = "flat" if round(share, 3) == 0 else "bad" if share > 0 else "good"
    return _trend(share, mood, percent(abs(share)))


def _points(now: float, before: float | None) -> Trend | None:
    """The change of a rate in percentage points, where more is better."""
    if before is None:
        return None
    points = now - before
    mood = "flat" if round(points, 3) == 0 else "good" if points > 0 else "bad"
    text = gettext("%(points)s points") % {"points": decimal(abs(points) * 100)}
    return _trend(points, mood, text)


def _trend(change: float, mood: Any, amount: str) -> Trend:
    direction: Any = "flat" if mood == "flat" else "up" if change > 0 else "down"
    sign = {"flat": "±", "up": "+", "down": "−"}[direction]
    text = gettext("%(change)s against the month before") % {"change": f"{sign}{amount}"}
    return Trend(text, direction, mood)


def _bucket_rows(now: BookFigures, then: BookFigures | None) -> tuple[BucketRow, ...]:
    before = {one.bucket: one.loans for one in then.buckets} if then else None
    found = {one.bucket: one for one in now.buckets}
    rows = []
    for number in range(len(load_buckets().names)):
        one = found.get(number)
        rows.append(
            BucketRow(
                bucket=number,
                loans=one.loans if one else 0,
                share=(one.loans if one else 0) / now.loans,
                balance=Money(one.balance if one else 0, now.currency),
                arrears=Money(one.arrears if one else 0, now.currency),
                loans_before=before.get(number, 0) if before is not None else None,
            )
        )
    return tuple(rows)


def _run_summary(run: DayRun) -> DayRunSummary:
    steps = tuple(
        RunStep(step.name, step.seconds, _counters(step.counters)) for step in run.steps.all()
    )
    return DayRunSummary(
        as_of=run.as_of,
        state=run.state,
        started_at=run.started_at,
        seconds=sum(step.seconds for step in steps),
        steps=steps,
    )


def _counters(counters: dict[str, Any]) -> str:
    """A step's counters that are plain numbers, each with its name."""
    names = {
        "loans": gettext("loans"),
        "behind": gettext("behind"),
        "cases_opened": gettext("cases opened"),
        "cases_closed": gettext("closed"),
        "cases_open": gettext("open"),
        "cases_assigned": gettext("assigned"),
        "cases_pulled_back": gettext("taken back from collectors"),
        "promises_kept": gettext("promises kept"),
        "promises_partly": gettext("promises partly kept"),
        "promises_broken": gettext("promises broken"),
        "actions_planned": gettext("planned"),
        "promise_reminders": gettext("of them reminders of promises"),
        "cadence_steps": gettext("of them reminder steps"),
        "actions_sent": gettext("sent"),
        "actions_blocked": gettext("blocked"),
        "actions_failed": gettext("failed"),
        "actions_for_people": gettext("for people"),
        "days_planned": gettext("collectors planned"),
        "warned_begun": gettext("newly warned of"),
        "warned_ended": gettext("warned of no more"),
        "reminders_planned": gettext("planned"),
        "reminders_to_all": gettext("planned"),
        "debtors_entered": gettext("entered"),
        "outcomes_known": gettext("outcomes known"),
        "evidence_size": gettext("entries"),
    }
    lines = [
        f"{name} {count(counters[key])}"
        for key, name in names.items()
        if isinstance(counters.get(key), int)
    ]
    return " · ".join(lines)
