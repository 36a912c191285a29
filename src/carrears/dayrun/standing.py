"""Where loans stand: on which run's day, snapshot and strategy a loan is decided now.

A day run moves the cases stripe by stripe, some 16,000 loans at a time, while events go on.
Whoever decides a loan holds its stripe: events share it, the run has it alone for the moment
that it needs. So an event goes on either from before the run or from after it, and never from
between.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from carrears import layout
from carrears.casework.models import Case, CaseState
from carrears.database.prepared import prepared
from carrears.dayrun.asking import Strategy
from carrears.dayrun.models import DayRun, RunState, StripeStep
from carrears.delinquency.reckoning.columns import COLUMNS
from carrears.portfolio.loan_rows import LoanRows, read_loan_numbers
from carrears.portfolio.models import Snapshot
from carrears.portfolio.services import BookError
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import strategy_document

Rows = dict[str, pa.Table]
CASES = "cases"  # the step that a stripe stands on
_LOANS_A_STRIPE = 16_384
_BYTES_A_LOAN = 3 * 1024
_STRIPE_LOCK = 0x7374_7270  # "strp"


@dataclass(frozen=True, slots=True)
class Base:
    """The run that a loan's case stands on."""

    as_of: date
    snapshot: Path
    strategy_id: int
    warning_id: int | None = None


def bases_of(stripes: Iterable[int]) -> dict[int, Base | None]:
    """Where each of these stripes stands; None before the first run. Hold them while it counts.

    Loans that no run has reached stand on the newest finished run.
    """
    wanted = sorted(set(stripes))
    reached = (
        StripeStep.objects.filter(step=CASES, stripe__in=wanted)
        .order_by("stripe", "-pk")
        .distinct("stripe")
        .values_list("stripe", "run_id")
    )
    found = dict(reached)
    otherwise = None if len(found) == len(wanted) else current_base()
    return {stripe: _base_of(found[stripe]) if stripe in found else otherwise for stripe in wanted}


def moved_before(run: DayRun) -> tuple[DayRun, list[int]] | None:
    """The newest other run of the same day and strategy, and the stripes that stand on it."""
    others = DayRun.objects.filter(as_of=run.as_of, strategy=run.strategy_id).exclude(pk=run.pk)
    before = others.exclude(snapshot=None).select_related("snapshot").order_by("-pk").first()
    if before is None:
        return None
    newest = (
        StripeStep.objects.filter(step=CASES)
        .exclude(run=run)
        .order_by("stripe", "-pk")
        .distinct("stripe")
        .values_list("stripe", "run_id")
    )
    return before, [stripe for stripe, run_id in newest if run_id == before.pk]


@lru_cache(maxsize=8)
def _base_of(run_id: int) -> Base | None:
    """What a run stands on is settled when it begins."""
    return _base(DayRun.objects.select_related("snapshot").get(pk=run_id))


def current_base() -> Base | None:
    """The newest finished run; None before the first."""
    done = DayRun.objects.filter(state=RunState.DONE).select_related("snapshot")
    run = done.order_by("-as_of", "-pk").first()
    return _base(run) if run is not None else None


def _base(run: DayRun) -> Base | None:
    if run.snapshot is None or run.strategy_id is None:
        return None
    return Base(run.as_of, Path(run.snapshot.folder), run.strategy_id, run.warning_id)


def newest_snapshot() -> Path:
    """The folder of the snapshot of the newest day, run or not.

    Raises:
        BookError: the book is empty.
    """
    found = _newest_snapshot.find()
    if not found:
        raise BookError("the book is empty: import a tape first (carrears book import PATH)")
    return Path(found[0].folder)


@prepared
def _newest_snapshot() -> QuerySet[Snapshot]:
    return Snapshot.objects.order_by("-as_of", "-revision").only("folder")[:1]


def find_loans(loan_nos: Iterable[str]) -> dict[str, list[int]]:
    """The ids that each number may have; none where no tape has ever told of the loan."""
    registry = Path(settings.BOOK_DIR) / "registry.parquet"
    wanted = sorted(set(loan_nos))
    if not registry.exists():
        return {number: [] for number in wanted}
    return dict(read_loan_numbers(registry).candidates(wanted))


def read_loans(snapshot: Path, found: Mapping[str, Iterable[int]]) -> Rows:
    """All rows of the loans found; one that the snapshot does not know has none."""
    rows = _opened(snapshot).of(one for ids in found.values() for one in ids)
    rows = {name: layout.as_laid_out(name, table) for name, table in rows.items()}
    loans = rows["loans"]
    numbers = pa.array(list(found), pa.string())
    return rows | {"loans": loans.filter(pc.is_in(loans.column("loan_no"), numbers))}


def rows_of(rows: Rows, loan_nos: Collection[str]) -> Rows:
    """Those rows of ``rows`` that belong to these loans."""
    loans = rows["loans"]
    if set(loans.column("loan_no").to_pylist()) <= set(loan_nos):
        return rows
    wanted = loans.filter(pc.is_in(loans.column("loan_no"), pa.array(list(loan_nos), pa.string())))
    ids = wanted.column("loan_id").combine_chunks()
    return {
        name: table.filter(pc.is_in(table.column("loan_id"), ids)) for name, table in rows.items()
    }


@lru_cache(maxsize=4)
def _opened(snapshot: Path) -> LoanRows:
    return LoanRows(snapshot, tables=COLUMNS)


def read_ahead(snapshot: Path) -> None:
    """Read the rows of this snapshot's loans with an open case, which events mostly tell of.

    Takes a second or so for a hundred thousand cases; made for a thread of its own.
    """
    cases = Case.objects.filter(state=CaseState.OPEN).order_by("-priority", "pk")
    read_ahead_loans(snapshot, cases.values_list("loan_id", flat=True).iterator())


def read_ahead_loans(snapshot: Path, loan_ids: Iterable[int]) -> None:
    """The same for these loans, or as many of them as memory is allowed for."""
    _opened(snapshot)  # where two threads open it, the first one's is kept
    most = settings.BOOK_MEMORY_MB * 2**20 // _BYTES_A_LOAN
    _opened(snapshot).read_ahead(itertools.islice(loan_ids, most))


def snapshot_to_come() -> Path | None:
    """The folder of the snapshot on which the newest run stands, finished or not."""
    newest = DayRun.objects.exclude(snapshot=None).select_related("snapshot").order_by("-pk")
    run = newest.first()
    return Path(run.snapshot.folder) if run and run.snapshot else None


@lru_cache(maxsize=8)
def strategy_of(pk: int) -> Strategy:
    """A kept strategy, as one loan is decided by it."""
    return Strategy(*strategy_document(StrategyVersion.objects.get(pk=pk)))


def stripe_of(loan_id: int) -> int:
    """The stripe that a loan belongs to, for ever."""
    return loan_id // _LOANS_A_STRIPE


def stripe_bounds(stripe: int) -> tuple[int, int]:
    """The first and the last loan id of a stripe."""
    return stripe * _LOANS_A_STRIPE, (stripe + 1) * _LOANS_A_STRIPE - 1


def stripes_of(found: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """The stripe of each loan of ``find_loans``."""
    return {number: stripe_of(ids[0]) if ids else 0 for number, ids in found.items()}


def free_stripes(stripes: Iterable[int]) -> set[int]:
    """Hold those of these stripes that no run has now, until the transaction ends.

    They are shared with other writers, and kept from a run that would move their cases.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select stripe from unnest(%s::integer[]) as wanted (stripe)"
            " where pg_try_advisory_xact_lock_shared(%s, stripe)",
            [sorted(set(stripes)), _STRIPE_LOCK],
        )
        return {row[0] for row in cursor.fetchall()}


def take_turns(loan_nos: Iterable[str], stripes: Iterable[int]) -> None:
    """One writer a loan at a time, until the transaction ends: each sees what others left.

    ``stripes`` are those of the loans, held as by ``free_stripes``; here a run that has one is
    waited for. Locks are taken in one order, stripes before loans, so that writers wait for each
    other and never in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock_shared(%s, stripe)"
            " from unnest(%s::integer[]) as wanted (stripe)",
            [_STRIPE_LOCK, sorted(set(stripes))],
        )
        cursor.execute(
            "select pg_advisory_xact_lock(turn) from (select distinct"
            " hashtextextended('loan ' || loan_no, 0) as turn"
            " from unnest(%s::text[]) as wanted (loan_no) order by turn) as turns",
            [sorted(set(loan_nos))],
        )


def have_stripe(stripe: int) -> None:
    """Keep everybody else from a stripe's loans until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_STRIPE_LOCK, stripe])
