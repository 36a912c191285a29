"""What a loan that is not behind may be reminded of, and whose turn it is: said once for both.

A night asks its decided book in DuckDB, an event the session's tables in PostgreSQL.
"""

# ruff: noqa: S608  names are constants of this module and of its callers

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from carrears.calendars import load_calendars
from carrears.casework.cadence_before import ASKED_COLUMNS
from carrears.casework.cadence_steps import Turn
from carrears.clock import now
from carrears.portfolio.products import Products
from carrears.strategy.cadences import Cadences, due_step_before
from carrears.strategy.kept_cadences import KeptCadences

# Beyond the farthest step; a calendar moves a due date and a step by a month at most each.
_FARTHEST = timedelta(days=60 + 2 * 31)
_WAYS = ("channel", "template", "else_channel", "else_template")
# What is asked of a decided loan that is not behind, and what its strategy may say of it.
DECIDED = (
    "loan_no", "loan_id", "product", "strategy_id", "dpd", "oldest_due_on", "arrears",
    "next_due_on", "next_due_amount", "paid_ahead",
)  # fmt: skip
SAID = ("cadence", "treatment", *_WAYS)


def asking(decisions: str, *, as_of: date, version: int) -> str:
    """SQL of both engines: the instalments that those not behind may be reminded of.

    Columns as ``ASKED_COLUMNS``: what is due and open, and what falls due next, less what was paid
    ahead. ``decisions`` has a row a loan, ``DECIDED`` and ``SAID``; ``version`` decided those that
    no arm of an experiment did.
    """
    said = ", ".join(f"coalesce({name}, '') as {name}" for name in ("treatment", *_WAYS))
    about = (
        "loan_no, loan_id, product, coalesce(cadence, '') as named,"
        f" coalesce(strategy_id, {version:d}) as version, {said}"
    )
    return f"""
    select {", ".join(ASKED_COLUMNS)} from (
      select {about}, oldest_due_on as due_on, arrears as amount
      from {decisions} as open_now where dpd = 0
      union all
      select {about}, next_due_on, greatest(next_due_amount - paid_ahead, 0)
      from {decisions} as to_come where dpd = 0
    ) as either where amount > 0
      and due_on between date '{as_of - _FARTHEST}' and date '{as_of + _FARTHEST}'
    """


def said_to_all(cadences: Cadences) -> bool:
    """Whether any of these has anything said to all who are not behind."""
    return any(one.before_all for one in cadences.named.values())


def turns_of(
    found: Iterable[tuple[str, str, date, int]],
    kept: KeptCadences,
    *,
    products: Products,
    as_of: date,
    places: Collection[str],
) -> Iterator[dict[str, Any]]:
    """The steps whose turn it is; ``found`` are product, cadence, due date and version."""
    calendars = load_calendars(Path(settings.CARREARS_HOME))
    turn = Turn(kept, products, calendars, as_of, now(), rule=due_step_before)
    for product, named, due_on, version in sorted(found):
        for place in sorted({products[product].time_zone, *places}):
            yield from turn.rows(product, named, due_on, place, version)
