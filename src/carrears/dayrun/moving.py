"""Move the cases of a run's loans, stripe by stripe, while events go on.

Each stripe is one transaction that has the stripe alone for the moment. What came in after the
run had read the book or the cases is not lost: those loans are decided anew, by the same
questions, on all that is known by then.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection, transaction

from carrears.casework.holding_together import hold_opened_together
from carrears.casework.intake import take_in_incoming, weigh_incoming
from carrears.casework.models import Case, CaseEvent, CaseState
from carrears.conduct.complaint_holds import hold_opened
from carrears.conduct.dispute_holds import hold_disputed
from carrears.database.session import copy_table
from carrears.dayrun.asking import decide_loans, running_division
from carrears.dayrun.case_states import make_incoming, prepare_session
from carrears.dayrun.models import DayRun, StripeStep
from carrears.dayrun.promised import loan_ids, settle_loans
from carrears.dayrun.questions import load_questions
from carrears.dayrun.standing import (
    Rows,
    find_loans,
    have_stripe,
    read_ahead_loans,
    read_loans,
    strategy_of,
    stripe_bounds,
    stripe_of,
)
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment
from carrears.portfolio.products import Products

# A loan out of the middle of a book costs milliseconds, a scan of it a second.
_WORTH_A_SCAN = 500
_HANDS, _WORTH_TWO_HANDS = 2, 8


@dataclass(slots=True)
class Moved:
    """What became of the cases."""

    cases_opened: int = 0
    cases_closed: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """What a stripe's move needs: the run, and the rows of its loans that are to be moved.

    Those are the loans that are behind or were ``with_case`` when the run looked, less those that
    an earlier run has brought to where they are to be.
    """

    run: DayRun
    snapshot: Path
    products: Products
    at: datetime
    rows: Mapping[str, pa.Table]
    with_case: frozenset[str]
    places: dict[str, list[int]] = field(default_factory=dict)

    def find(self, loan_nos: Iterable[str]) -> dict[str, list[int]]:
        """``find_loans``, which is asked for each number once."""
        wanted = set(loan_nos)
        self.places.update(find_loans(wanted - self.places.keys()))
        return {number: self.places[number] for number in wanted}


def cut_lines() -> int:
    """Draw a line under the timelines of all cases; whatever is told later has a higher number.

    All that a decision asks of a case leaves a line there: holds, promises, events. See
    ``portfolio.received.cut_received`` for the lock.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("lock table casework_caseevent in share mode")
        cursor.execute("select coalesce(max(id), 0) from casework_caseevent")
        return int(cursor.fetchone()[0])


def each_stripe(
    run: DayRun, step: str, last_loan: int, work: Callable[[int], dict[str, Any]]
) -> dict[str, int]:
    """Do a step for all stripes up to that of ``last_loan`` that have not had it yet.

    Many are done two at a time, for half of the work is the database's. Returns the sums of the
    stripes' counters, those of an earlier, killed attempt included.
    """
    done = set(run.stripes.filter(step=step).values_list("stripe", flat=True))
    waiting = [stripe for stripe in range(stripe_of(last_loan) + 1) if stripe not in done]
    if len(waiting) < _WORTH_TWO_HANDS:
        for stripe in waiting:
            _do_stripe(run, step, stripe, work)
    else:
        _do_side_by_side(waiting, partial(_do_stripe, run, step, work=work))
    sums: dict[str, int] = defaultdict(int)
    for counters in run.stripes.filter(step=step).values_list("counters", flat=True):
        for name, number in counters.items():
            sums[name] += number
    return dict(sums)


def last_loan(snapshot: Path) -> int:
    """The highest loan id of a snapshot; its table is sorted by them."""
    footer = pq.read_metadata(snapshot / "loans.parquet")
    groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
    return max((group.column(0).statistics.max for group in groups if group.num_rows), default=0)


def _do_stripe(run: DayRun, step: str, stripe: int, work: Callable[[int], dict[str, Any]]) -> None:
    with transaction.atomic():
        have_stripe(stripe)
        StripeStep.objects.create(run=run, step=step, stripe=stripe, counters=work(stripe))


def _do_side_by_side(stripes: Sequence[int], work: Callable[[int], None]) -> None:
    """Each hand has a session of its own. Where one fails the others end with what they do."""
    waiting, failed, turn = deque(stripes), threading.Event(), threading.Lock()

    def take() -> int | None:
        with turn:
            return waiting.popleft() if waiting else None

    def do_some() -> None:
        try:
            while not failed.is_set() and (stripe := take()) is not None:
                work(stripe)
        except BaseException:
            failed.set()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(_HANDS) as pool:
        for hand in [pool.submit(do_some) for _ in range(_HANDS)]:
            hand.result()


def move_stripe(move: Move, stripe: int) -> dict[str, int]:
    """Bring the cases of one stripe's loans to the run's day. The caller has the stripe."""
    bounds = stripe_bounds(stripe)
    rows = {name: slice_rows(table, bounds) for name, table in move.rows.items()}
    ahead = dict(
        Case.objects.filter(loan_id__range=bounds, as_of__gt=move.run.as_of)
        .order_by("as_of")
        .values_list("loan_no", "as_of")
    )
    late = _late_loans(move, bounds, known=rows["loans"]) | ahead.keys()
    moved = Moved()
    _take_prepared(move, _without(rows, late), moved)
    found = {n: ids for n, ids in move.find(late).items() if ids and stripe_of(ids[0]) == stripe}
    by_day: dict[date, dict[str, list[int]]] = defaultdict(dict)
    for number, ids in found.items():
        by_day[max(move.run.as_of, ahead.get(number, move.run.as_of))][number] = ids
    for as_of, numbers in sorted(by_day.items()):
        _take_late(move, numbers, as_of, moved)
    return asdict(moved)


def slice_rows(table: pa.Table, bounds: tuple[int, int]) -> pa.Table:
    """The rows of a stripe's loans; the table is sorted by them."""
    ids = table.column("loan_id").to_numpy()
    start, end = np.searchsorted(ids, bounds[0], "left"), np.searchsorted(ids, bounds[1], "right")
    return table.slice(int(start), int(end - start))


def _without(rows: Rows, loan_nos: set[str]) -> Rows:
    if not loan_nos:
        return rows
    loans = rows["loans"]
    kept = pc.invert(pc.is_in(loans.column("loan_no"), pa.array(sorted(loan_nos), pa.string())))
    ids = loans.filter(kept).column("loan_id").combine_chunks()
    return {name: t.filter(pc.is_in(t.column("loan_id"), ids)) for name, t in rows.items()}


def read_late_ahead(move: Move) -> None:
    """Read the rows of the loans that are late already in one scan, where they are many."""
    ids = [one for found in move.find(_told_since(move)).values() for one in found]
    if len(ids) > _WORTH_A_SCAN:
        read_ahead_loans(move.snapshot, ids)


def _told_since(move: Move) -> set[str]:
    assert move.run.snapshot is not None  # noqa: S101  set when the run begins
    manifest: dict[str, Any] = move.run.snapshot.manifest
    payments = ReceivedPayment.objects.filter(pk__gt=manifest["received_up_to"])
    events = ReceivedEvent.objects.filter(pk__gt=manifest.get("events_up_to", 0))
    return {
        number
        for rows in (payments, events)
        for number in rows.order_by().values_list("loan_no", flat=True).distinct()
    }


def _late_loans(move: Move, bounds: tuple[int, int], *, known: pa.Table) -> set[str]:
    """Loans of which something was told, or done, after the run had looked."""
    lines = CaseEvent.objects.filter(
        pk__gt=move.run.known_lines, case__loan_id__range=bounds
    ).values_list("case__loan_no", flat=True)
    cases = Case.objects.filter(state=CaseState.OPEN, loan_id__range=bounds)
    opened = set(cases.values_list("loan_no", flat=True)) - move.with_case
    return _told_since(move) | set(lines) | (opened - set(known.column("loan_no").to_pylist()))


def _take_prepared(move: Move, rows: Rows, moved: Moved) -> None:
    if not rows["loans"].num_rows:
        return
    prepare_session(load_questions())
    for name, table in rows.items():
        copy_table(name, table)
    make_incoming(as_of=move.run.as_of)
    weigh_incoming()
    _take_in(move, move.run.as_of, moved)


def _take_late(move: Move, numbers: Mapping[str, Sequence[int]], as_of: date, moved: Moved) -> None:
    """Decide these loans as an event would, on this run's snapshot and all told since."""
    rows = read_loans(move.snapshot, numbers)
    if not rows["loans"].num_rows:
        return
    assert move.run.strategy_id is not None  # noqa: S101  set when the run begins
    settle_loans(loan_ids(rows), rows["payments"], as_of=as_of, at=move.at, by_newest_book=True)
    decide_loans(
        rows,
        as_of=as_of,
        products=move.products,
        strategy=strategy_of(move.run.strategy_id),
        questions=load_questions(),
        division=running_division(strategy_of, on=as_of),
    )
    _take_in(move, as_of, moved)


def _take_in(move: Move, as_of: date, moved: Moved) -> None:
    intake = take_in_incoming(as_of=as_of, at=move.at, strategy_id=move.run.strategy_id)
    hold_opened(intake.opened, from_on=as_of, at=move.at)
    hold_disputed(intake.opened, from_on=as_of, at=move.at)
    hold_opened_together(intake.opened, from_on=as_of, at=move.at)
    moved.cases_opened += len(intake.opened)
    moved.cases_closed += len(intake.closed)
