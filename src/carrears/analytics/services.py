"""Ask the lender's own book, as it stands, for its figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from django.conf import settings

from carrears.analytics.figures import Question, answer
from carrears.analytics.months import Months
from carrears.dayrun.models import DayRun, RunState
from carrears.dayrun.run import inputs_hash
from carrears.portfolio.models import Snapshot
from carrears.portfolio.products import load_products
from carrears.portfolio.services import BookError, newest_book, snapshot_hash


def ask(question: Question, *, progress: Callable[[str], None] = lambda _: None) -> pa.Table:
    """The figure over the newest book; months not yet worked out are, and are kept.

    Raises:
        BookError: no tape has been imported.
    """
    return answer(question, open_months(progress=progress))


def open_months(*, progress: Callable[[str], None] = lambda _: None) -> Months:
    """The months of the newest book.

    Raises:
        BookError: no tape has been imported.
    """
    return Months(
        newest_book(),
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
    newest = Snapshot.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    if newest is None:
        raise BookError("the book is empty: import a tape first (carrears book import PATH)")
    after: date = newest + timedelta(days=1)
    return after.replace(day=1) - timedelta(days=1)


def _state_of_day_run(day: date) -> Path | None:
    """The state that a day run of the same inputs has left."""
    runs = DayRun.objects.filter(as_of=day, state=RunState.DONE).select_related("strategy")
    found = snapshot_hash(day) if runs else ""
    for run in runs:
        path = Path(run.folder) / "state.parquet"
        if run.strategy is None or not path.is_file():
            continue
        if run.inputs_hash == inputs_hash(found, strategy=run.strategy.version):
            return path
    return None
