"""Ask the lender's own book for its figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
from django.conf import settings
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from carrears.analytics.choices import Choices, segment_choices
from carrears.analytics.figures import Figure, Question, answer
from carrears.analytics.months import Months, whole_months
from carrears.dayrun.models import DayRun, RunState
from carrears.dayrun.run import inputs_hash
from carrears.portfolio.models import Snapshot
from carrears.portfolio.products import load_products
from carrears.portfolio.services import BookError, snapshot_hash

# Loans times months that a page may work out while its reader waits, about two seconds.
_AT_ONCE: Final = 150_000


class NotReadyError(RuntimeError):
    """Months are being worked out in the background; ask again in a while."""


class WorkError(RuntimeError):
    """The background work on these months failed; the worker's log tells why."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the background work for a question is, in steps; months, but for first payments."""

    done: int
    total: int


def ask(question: Question, *, progress: Callable[[str], None] = lambda _: None) -> pa.Table:
    """The figure over the newest snapshot; months not yet worked out are, and are kept.

    Raises:
        BookError: no tape has been imported.
    """
    return answer(question, open_months(progress=progress))


def ask_soon(question: Question) -> pa.Table:
    """The same for somebody who waits: what takes long is begun in the background.

    Raises:
        BookError: no tape has been imported.
        NotReadyError: months are being worked out.
        WorkError: working them out has failed and was not asked for again.
    """
    months = open_months()
    if not _is_quick(question, months):
        _begin(question)
        raise NotReadyError("the months are being worked out; ask again in a while")
    return answer(question, months)


def ask_now(question: Question) -> pa.Table | None:
    """The same where nothing has to be worked out for it, else None.

    Raises:
        BookError: no tape has been imported.
    """
    months = open_months()
    return answer(question, months) if _is_kept(question, months) else None


def try_again(question: Question) -> None:
    """Begin anew what has failed."""
    _begin(question, anew=True)


def progress_of(question: Question) -> Progress:
    """How far the months of a question are.

    Raises:
        BookError: no tape has been imported.
    """
    months = open_months()
    if question.figure is Figure.FIRST_PAYMENT:
        return Progress(int(months.has_early(days=question.days)), 1)
    done = months.count_kept(question.first, question.last)
    return Progress(done, len(whole_months(question.first, question.last)))


def choices(segments: Sequence[str]) -> Choices | None:
    """By what the newest book can be narrowed; None while a large one's is not known yet.

    Raises:
        BookError: no tape has been imported.
    """
    months = open_months()
    if not months.has_lent and months.loans > _AT_ONCE:
        return None
    return segment_choices(months.lent(), tuple(segments))


def open_months(*, progress: Callable[[str], None] = lambda _: None) -> Months:
    """The months of the newest snapshot.

    Raises:
        BookError: no tape has been imported.
    """
    return Months(
        Path(_newest_snapshot().folder),
        Path(settings.BOOK_DIR) / "analytics",
        products=load_products(settings.CARREARS_HOME),
        ready=_state_of_day_run,
        progress=progress,
    )


def newest_month() -> date:
    """The newest month-end that the book speaks of.

    Raises:
        BookError: no tape has been imported.
    """
    after: date = _newest_snapshot().as_of + timedelta(days=1)
    return after.replace(day=1) - timedelta(days=1)


def _newest_snapshot() -> Snapshot:
    newest = Snapshot.objects.order_by("-as_of", "-revision").first()
    if newest is None:
        raise BookError("the book is empty: import a tape first (carrears book import PATH)")
    return newest


def _is_quick(question: Question, months: Months) -> bool:
    count = len(whole_months(question.first, question.last)) + 1
    return months.loans * count <= _AT_ONCE or _is_kept(question, months)


def _is_kept(question: Question, months: Months) -> bool:
    if not months.has_lent:
        return False
    if question.figure is Figure.FIRST_PAYMENT:
        return months.has_early(days=question.days)
    return months.kept(question.first, question.last) is not None


def _begin(question: Question, *, anew: bool = False) -> None:
    from carrears.analytics.jobs import work_out  # noqa: PLC0415  the job calls back here

    asked = {
        "figure": question.figure.value,
        "first": question.first.isoformat(),
        "last": question.last.isoformat(),
        "days": question.days,
    }
    if not anew and _has_failed(work_out.name, asked):
        raise WorkError("the months could not be worked out; the worker's log tells why")
    try:
        work_out.configure(queueing_lock="analytics.work_out").defer(**asked)
    except AlreadyEnqueued:
        return  # it waits; whoever asks again finds what is still missing


def _has_failed(task: str, asked: dict[str, str | int]) -> bool:
    """Whether the last try at just this has failed."""
    tries = ProcrastinateJob.objects.filter(task_name=task, args=asked).order_by("-id")
    last = tries.values_list("status", flat=True).first()
    return bool(last == "failed")


def _state_of_day_run(day: date) -> Path | None:
    """The state that a day run of the same inputs has left."""
    done = DayRun.objects.filter(as_of=day, state=RunState.DONE)
    runs = done.select_related("strategy", "warning")
    for run in runs:
        path = Path(run.folder) / "state.parquet"
        if run.strategy is None or not path.is_file():
            continue
        inputs = inputs_hash(
            snapshot_hash(day),
            strategy=run.strategy.version,
            warning=run.warning.version if run.warning else "",
        )
        if run.inputs_hash == inputs:
            return path
    return None
